"""Batches that tell nothing they should not; a generator that learns; a resume that changes
nothing.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_pack import DrawnPack

from g4g_plugin.network.encoders import ShapeEncoder
from g4g_plugin.network.generator import G4G, SMALL_CONFIG, G4GConfig
from g4g_plugin.network.syncnet import SyncConfig, SyncNet
from g4g_plugin.network.weights import load_weights, read_card
from g4g_plugin.training.loop.curves import read_curves
from g4g_plugin.training.nets.batches import (
    REFERENCE_GAP_FRAMES,
    BatchConfig,
    Sampler,
    mirror_codes,
    mirror_points,
)
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig, config_from
from g4g_plugin.training.nets.generator_losses import LossWeights
from g4g_plugin.training.nets.train_generator import Teaching, export_generator, train_generator

TINY = dataclasses.replace(
    SMALL_CONFIG, width=8, dim=16, reference_blocks=0, align_blocks=1, decoder_blocks=1
)
CONFIG = TrainGeneratorConfig(
    net=TINY, batch=BatchConfig(clips=2), gan_from=2, bfloat16=False, warm=5, queue=16, log_every=1
)


def sampler(**changes: object) -> Sampler:
    pack = DrawnPack()
    return Sampler(
        pack, pack.clips, pack.basis(), dataclasses.replace(BatchConfig(clips=2), **changes), 3
    )


def test_a_step_is_always_the_same_batch_and_steps_differ() -> None:
    one, two = sampler().batch(5), sampler().batch(5)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["pictures"], sampler().batch(6)["pictures"])


def test_batches_have_the_shapes_the_network_takes() -> None:
    batch = sampler().batch(0)
    shapes = {name: tuple(value.shape) for name, value in batch.items()}
    assert shapes["pictures"] == (10, 3, 104, 80)
    assert shapes["references"] == (2, 15, 104, 80)
    assert shapes["planes"] == (10, 3, 104, 80)
    assert shapes["mask"] == shapes["matte"] == shapes["sketch"] == (10, 1, 104, 80)
    assert shapes["audio"] == (10, 12)
    assert set(batch["mask"].unique().tolist()) == {0.0, 1.0}
    assert batch["matte"].max() <= 1
    direct = sampler(direct=True).batch(0)
    assert tuple(direct["audio"].shape) == (10, 16, 80)


def test_references_are_never_near_their_target_and_rise_in_openness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, asked = sampler(elsewhere=0.0), []
    whole = made.pack.pictures
    monkeypatch.setattr(
        made.pack,
        "pictures",
        lambda clip, frames=None: asked.append(np.array(frames)) or whole(clip, frames),
    )
    for start in (0, 17, 35):
        asked.clear()
        made.references(made.clips[0], start, np.random.default_rng(0))
        chosen = asked[0]
        assert len(chosen) == 5
        assert (
            np.abs(chosen[:, None] - np.arange(start, start + 5)[None]).min()
            >= REFERENCE_GAP_FRAMES
        )
        opened = made.known(made.clips[0]).aperture[chosen]
        assert (np.diff(opened) >= 0).all()


def test_aligned_references_show_the_frames_own_mouth_and_change_with_it() -> None:
    made = sampler(aligned=True, mirror=False, gain=0.0, elsewhere=0.0, shape_noise=0.0)
    clip, rng = made.clips[0], np.random.default_rng
    row = made.item(clip, 4, rng(0))
    assert row["lent"].shape == (5, 15, 104, 80)
    box = (..., slice(55, 92), slice(20, 60))
    true, lent = row["pictures"][:, :3], row["lent"].reshape(5, 5, 3, 104, 80)
    plain = row["references"].reshape(1, 5, 3, 104, 80)
    after = np.abs(lent - true[:, None])[box].mean()
    assert after < 0.8 * np.abs(plain - true[:, None])[box].mean()
    with pytest.raises(ValueError, match="agree"):
        Teaching(
            made,
            dataclasses.replace(CONFIG, net=dataclasses.replace(TINY, aligned=False)),
            None,
            None,
        )


def test_the_mask_hides_the_mouth_and_its_edge_varies() -> None:
    made, known = sampler(), None
    widths = set()
    for step in range(6):
        row = made.item(made.clips[0], 3, np.random.default_rng(step))
        known = made.known(made.clips[0])
        mouth = known.mesh[3][[61, 291, 0, 17]]
        hidden = row["mask"][0, 0]
        flipped = hidden[:, ::-1]
        for x, y in mouth:
            assert hidden[int(y), int(x)] == 1 or flipped[int(y), int(x)] == 1
        widths.add(int(hidden.any(axis=0).sum()))
    assert len(widths) > 2


def test_drawn_mouth_follows_other_codes_than_the_frames_own() -> None:
    made, rng = sampler(mirror=False), np.random.default_rng
    clip = made.clips[0]
    open_codes = np.zeros((5, 12), np.float32)
    open_codes[:, 0] = 1.0
    wide = made.item(clip, 0, rng(0), 0, open_codes)["planes"][:, 1].sum()
    shut = made.item(clip, 0, rng(0), 0, 0 * open_codes)["planes"][:, 1].sum()
    assert wide > 3 * shut


def test_mirroring_twice_is_nothing_and_a_symmetric_opening_stays() -> None:
    order = mirror_points()
    assert (order[order] == np.arange(59)).all()
    matrix = mirror_codes(DrawnPack().basis())
    assert matrix[0, 0] == pytest.approx(1.0, abs=0.05)


def test_training_lowers_the_losses_and_the_exported_weights_are_the_average(
    tmp_path: Path,
) -> None:
    pack = DrawnPack()
    config = dataclasses.replace(CONFIG, gan_from=1000, rate=2e-3, average=0.9)
    teaching = train_generator(pack, pack.basis(), config, tmp_path, 5, steps=20)
    table = np.genfromtxt(tmp_path / "log.csv", delimiter=",", names=True)
    assert table["r"][-5:].mean() < 0.85 * table["r"][:3].mean()
    assert {"r", "detail", "v", "nce", "total"} <= set(table.dtype.names)
    assert list(tmp_path.glob("strip-*.png"))
    path = tmp_path / "generator.safetensors"
    export_generator(teaching, pack.basis(), path, {"steps": 20})
    state, settings, _ = load_weights(path)
    net = G4G(G4GConfig.from_json(settings))
    net.load_state_dict({k: v for k, v in state.items() if not k.startswith("shape.")})
    assert torch.allclose(
        net.decoder.out.weight, teaching.mean["decoder.out.weight"].half().float()
    )
    assert isinstance(net.audio, ShapeEncoder)
    assert not torch.allclose(net.audio.spread, torch.ones(12))
    assert read_card(path)["steps"] == 20
    assert state["shape.components"].shape == (12, 59, 3)


def test_a_resumed_run_is_the_same_run_critics_and_queue_included(tmp_path: Path) -> None:
    pack = DrawnPack()
    straight = train_generator(pack, pack.basis(), CONFIG, tmp_path / "a", 5, steps=5)
    train_generator(pack, pack.basis(), CONFIG, tmp_path / "b", 5, steps=3)
    resumed = train_generator(pack, pack.basis(), CONFIG, tmp_path / "b", 5, steps=5)
    assert resumed.step == straight.step == 5
    for name in ("net", "frame_critic", "clip_critic", "queue"):
        one, two = getattr(straight, name).state_dict(), getattr(resumed, name).state_dict()
        assert all(torch.equal(one[k], two[k]) for k in one), name
    assert all(torch.equal(straight.mean[k], resumed.mean[k]) for k in straight.mean)
    assert {"gan", "clip"} <= read_curves(tmp_path / "a").keys()


def test_minutes_stop_it_and_a_stage_begins_from_the_one_before(tmp_path: Path) -> None:
    pack = DrawnPack()
    first = train_generator(pack, pack.basis(), CONFIG, tmp_path / "a", 0.0)
    assert first.step == 0
    first = train_generator(pack, pack.basis(), CONFIG, tmp_path / "a", 5, steps=1)
    larger = dataclasses.replace(CONFIG, net=dataclasses.replace(TINY, mouth=96))
    pack = DrawnPack(mouth=96)
    second = train_generator(
        pack,
        pack.basis(),
        larger,
        tmp_path / "b",
        5,
        steps=2,
        begin=tmp_path / "a" / "checkpoint.pt",
    )
    assert second.step == 2
    assert second.seconds > 0


def test_supervision_and_the_direct_route_are_one_line_changes(tmp_path: Path) -> None:
    pack = DrawnPack()
    for name, net, batch in (
        ("supervised", dataclasses.replace(TINY, supervision=True), BatchConfig(clips=1)),
        (
            "direct",
            dataclasses.replace(TINY, audio="direct", planes=False),
            BatchConfig(clips=1, direct=True),
        ),
    ):
        config = dataclasses.replace(CONFIG, net=net, batch=batch, gan_from=100)
        train_generator(pack, pack.basis(), config, tmp_path / name, 5, steps=2)
        assert ("coarse" in read_curves(tmp_path / name)) == (name == "supervised")


def test_a_frozen_sync_expert_is_heard_from_its_step_on_and_stays_frozen(tmp_path: Path) -> None:
    pack, expert = DrawnPack(), SyncNet(SyncConfig(width=8, size=16)).eval().requires_grad_(False)
    before = {k: v.clone() for k, v in expert.state_dict().items()}
    batch, weights = BatchConfig(clips=2, sound=True), LossWeights(sync=0.03)
    config = dataclasses.replace(CONFIG, gan_from=100, sync_from=1, batch=batch, weights=weights)
    train_generator(pack, pack.basis(), config, tmp_path, 5, steps=2, expert=expert)
    curves = read_curves(tmp_path)
    assert [step for step, _ in curves["sync"]] == [2]
    assert [step for step, _ in curves["r"]] == [1, 2]
    assert all(torch.equal(v, expert.state_dict()[k]) for k, v in before.items())


def test_settings_read_back_and_unknown_ones_are_refused() -> None:
    values = dataclasses.asdict(CONFIG)
    assert config_from(values) == CONFIG
    assert config_from({"weights": {"r": 1.0}}).weights == LossWeights(r=1.0)
    with pytest.raises(Exception, match="Unknown settings"):
        config_from({"learning": 3})
