"""The curriculum as one command, a perceptual network of two makes, and what a run leaves to look
at.
"""

import dataclasses
import sys
import types
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_pack import DrawnPack

from g4g_plugin.core.errors import EngineError
from g4g_plugin.network.generator import SMALL_CONFIG
from g4g_plugin.training.loop import curves
from g4g_plugin.training.loop.curves import Journal, draw_curves, read_curves, write_log
from g4g_plugin.training.loop.loop import read_checkpoint, write_checkpoint
from g4g_plugin.training.nets.batches import BatchConfig
from g4g_plugin.training.nets.generator_config import (
    CURRICULUM,
    Stage,
    TrainGeneratorConfig,
    config_from,
)
from g4g_plugin.training.nets.generator_stages import parse_stages, stage_folder, train_stages
from g4g_plugin.training.nets.perceptual import FIRES, Squeeze, label_of, open_perceptual
from g4g_plugin.training.nets.train_generator import train_generator

TINY = dataclasses.replace(
    SMALL_CONFIG, width=8, dim=16, reference_blocks=0, align_blocks=1, decoder_blocks=1
)
PLAN = (Stage(64, 2, clips=2, run=1), Stage(96, 1, clips=1, run=1), Stage(64, 1, clips=1, run=5))
CONFIG = TrainGeneratorConfig(
    net=TINY, batch=BatchConfig(), stages=PLAN, gan_from=0, bfloat16=False, queue=16, log_every=1
)


def teach(out: Path, minutes: float = 60.0, config: TrainGeneratorConfig = CONFIG):
    basis = DrawnPack().basis()
    return train_stages(lambda mouth: DrawnPack(people=2, mouth=mouth), basis, config, out, minutes)


def test_stages_follow_one_another_and_a_killed_run_goes_on_inside_its_stage(
    tmp_path: Path,
) -> None:
    assert teach(tmp_path / "none", 0.0) is None
    straight = teach(tmp_path / "a")
    assert straight is not None
    assert straight.step == 4
    assert straight.config.batch.run == 5
    folders = [stage_folder(tmp_path / "a", k, stage) for k, stage in enumerate(PLAN)]
    assert [read_checkpoint(f / "checkpoint.pt")["step"] for f in folders] == [2, 3, 4]
    begun = DrawnPack(people=2)
    first = dataclasses.replace(
        CONFIG,
        batch=dataclasses.replace(CONFIG.batch, clips=2, run=1),
        net=dataclasses.replace(TINY, mouth=64),
    )
    train_generator(
        begun, begun.basis(), first, stage_folder(tmp_path / "b", 0, PLAN[0]), 60, steps=1
    )  # killed here
    resumed = teach(tmp_path / "b")
    assert resumed is not None
    assert all(torch.equal(straight.mean[k], resumed.mean[k]) for k in straight.mean)
    assert teach(tmp_path / "b") is None  # nothing is left to do


def test_plans_are_read_and_kept_in_the_settings() -> None:
    assert [(s.mouth, s.run) for s in CURRICULUM] == [(64, 1), (128, 1), (256, 1), (256, 5)]
    assert parse_stages("64:4000,128:300:3x1") == (Stage(64, 4000, 6, 5), Stage(128, 300, 3, 1))
    assert config_from(dataclasses.asdict(CONFIG)) == CONFIG
    for wrong in ("64", "65:10", "64:0", "64:9:2x3", "x"):
        with pytest.raises(EngineError, match="no stage"):
            parse_stages(wrong)


def test_a_checkpoint_with_critics_of_another_make_is_still_read(tmp_path: Path) -> None:
    pack = DrawnPack(people=2)
    config = dataclasses.replace(CONFIG, batch=BatchConfig(clips=1, run=1), gan_from=9)
    taught = train_generator(pack, pack.basis(), config, tmp_path, 60, steps=1)
    state = taught.state()
    state["frame_critic"] = {
        name: value[:1] for name, value in state["frame_critic"].items() if value.ndim
    }
    write_checkpoint(tmp_path / "checkpoint.pt", state)
    again = train_generator(pack, pack.basis(), config, tmp_path, 60, steps=1)
    assert again.step == 1
    assert all(torch.equal(taught.mean[k], again.mean[k]) for k in taught.mean)


def squeezenet(path: Path) -> Path:
    rng, arrays, wide = np.random.default_rng(0), {}, 8
    arrays["conv1/kernel"], arrays["conv1/bias"] = (
        rng.normal(0, 0.2, (3, 3, 3, wide)),
        np.zeros(wide),
    )
    for number in FIRES:
        for part, side, inside, outside in (
            ("squeeze1x1", 1, wide, 4),
            ("expand1x1", 1, 4, 4),
            ("expand3x3", 3, 4, 4),
        ):
            arrays[f"fire{number}/{part}/kernel"] = rng.normal(
                0.1, 0.3, (side, side, inside, outside)
            )
            arrays[f"fire{number}/{part}/bias"] = rng.normal(0, 0.1, outside)
        wide = 8
    np.savez(path, **{name: np.asarray(value, np.float32) for name, value in arrays.items()})  # pyright: ignore
    return path


def test_squeezenet_serves_where_there_is_no_vgg(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "g4g_plugin")
    net = open_perceptual(squeezenet(tmp_path / "squeeze.npz"))
    assert isinstance(net, Squeeze)
    assert "SqueezeNet 1.1 up to fire9" in caplog.text
    true = torch.rand(1, 3, 64, 64, generator=torch.manual_seed(0))
    near, far = (
        net(true + s * torch.rand(true.shape, generator=torch.manual_seed(1)), true)
        for s in (0.02, 0.3)
    )
    assert 0 < float(near) < float(far)
    assert float(net(true, true)) == 0
    assert label_of(None) == "none"
    for wrong in (tmp_path, tmp_path / "nothing.npz"):
        with pytest.raises(EngineError):
            open_perceptual(wrong)


def test_squeezenets_own_file_is_read(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    with (
        np.load(squeezenet(tmp_path / "s.npz")) as stored,
        h5py.File(tmp_path / "squeezenet1_1.h5", "w") as file,
    ):
        for name in stored.files:
            layer, kind = name.rsplit("/", 1)
            file[f"{layer}/{layer}_3/{kind}:0"] = stored[name]
    true = torch.rand(1, 3, 64, 64, generator=torch.manual_seed(0))
    nets = [open_perceptual(path) for path in (tmp_path / "s.npz", tmp_path)]
    for one, two in zip(*[net.features(true) for net in nets if net is not None], strict=True):
        assert torch.equal(one, two)


def test_curves_strips_and_the_board_are_drawn_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points: list[tuple] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            points.append(("opened", folder))

        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
            points.append((tag, scalar_value, global_step))

        def add_image(
            self, tag: str, img_tensor: np.ndarray, global_step: int, *, dataformats: str
        ) -> None:
            points.append((tag, img_tensor.shape, dataformats))

        def close(self) -> None:
            points.append(("closed",))

    fake = types.ModuleType("torch.utils.tensorboard")
    fake.SummaryWriter = Writer  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    now = [0.0]
    journal = Journal(tmp_path, 10.0, clock=lambda: now[0])
    assert journal.pace(0) == 0
    now[0] = 20.0
    assert journal.pace(50) == 2.5
    journal.row("log", 10, {"r": 0.5})
    assert not journal.due()
    now[0] = 601.0
    assert journal.due()
    journal.draw(10, np.zeros((4, 6, 3), np.uint8))
    assert not journal.due()
    journal.close()
    assert points[1:] == [("log/r", 0.5, 10), ("strip", (4, 6, 3), "HWC"), ("closed",)]
    assert (tmp_path / "curves.png").is_file()
    assert (tmp_path / "strip-000010.png").is_file()
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert curves.open_board(tmp_path) is None


def test_a_log_of_other_columns_goes_on_in_another_file_and_curves_join_them(
    tmp_path: Path,
) -> None:
    for step in range(1, 40):
        write_log(tmp_path / "log.csv", {"step": step, "loss": 1.0 / step})
    write_log(tmp_path / "log.csv", {"step": 40, "loss": 0.02, "gan": 0.7})
    write_log(tmp_path / "checks.csv", {"step": 40, "score": 0.5})
    found = read_curves(tmp_path)
    assert len(found["loss"]) == 40
    assert found["gan"] == [(40, 0.7)]
    assert found["check: score"] == [(40, 0.5)]
    draw_curves(tmp_path)
    drawn = np.asarray(cv2.imread(str(tmp_path / "curves.png")))
    assert drawn.shape == (170, 960, 3)
    blue = (drawn[..., 0].astype(int) - drawn[..., 2] > 80)[:, 320:640]
    columns = np.flatnonzero(blue.any(axis=0))
    rows = [np.flatnonzero(blue[:, x]).mean() for x in (columns[2], columns[-3])]
    assert rows[0] + 40 < rows[1]  # the loss falls
