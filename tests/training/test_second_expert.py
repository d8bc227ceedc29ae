"""The second expert: half of the people, the other half to choose by, mouths turned and bands
masked.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from drawn_people import draw_pack

from g4g_plugin.network.syncnet import SyncConfig, load_sync
from g4g_plugin.training.corpus.pack import Clip, Corpus
from g4g_plugin.training.loop.loop import LoopConfig
from g4g_plugin.training.nets import train_sync
from g4g_plugin.training.nets.train_sync import half_of, mask_bands, move_mouths, share_people


def clips(frames: dict[str, int]) -> list[Clip]:
    return [Clip(f"{who}/0.mp4", who, "train", count, 0, 0, 0, 0) for who, count in frames.items()]


def test_the_halves_share_nobody_and_are_as_large():
    people = clips({f"p{k}": 30 + 7 * k for k in range(20)})
    halves = [half_of(people, part) for part in (0, 1)]
    assert not halves[0] & halves[1]
    assert halves[0] | halves[1] == {c.identity for c in people}
    weight = [sum(c.frames for c in people if c.identity in half) for half in halves]
    assert abs(weight[0] - weight[1]) < 40
    assert half_of(people[::-1], 1) == halves[1]


def test_who_is_held_back_was_never_taught():
    people = clips({f"p{k}": 30 for k in range(20)})
    for part in (None, 0, 1):
        own, held = share_people(people, train_sync.TrainSyncConfig(part=part, held=3))
        assert len(held) == 3
        assert not own & held
        assert (
            own == {c.identity for c in people} - held
            if part is None
            else own == half_of(people, part)
        )


def test_moved_mouths_are_shifted_turned_and_zoomed():
    rng = np.random.default_rng(0)
    ramp = np.broadcast_to(np.arange(70, dtype=np.uint8) * 3, (4, 54, 70))
    still = move_mouths(ramp, rng, 0, 0)
    assert still.shape == (4, 48, 64)
    assert np.abs(np.diff(still.astype(int), axis=2) - 3).max() <= 1
    assert (still == still[0]).all()  # all alike
    assert 0 <= still[0, 0, 0] <= 18
    shifts = {int(move_mouths(ramp, rng, 0, 0)[0, 0, 0]) for _ in range(20)}
    assert len(shifts) > 3
    tilted = [
        np.diff(move_mouths(ramp, rng, 30, 0)[0].astype(int), axis=0).mean() for _ in range(10)
    ]
    assert np.abs(tilted).max() > 0.3
    steps = [
        np.diff(move_mouths(ramp, rng, 0, 0.5)[0, :, 24:40].astype(int), axis=1).mean()
        for _ in range(10)
    ]
    assert max(steps) > 3.3
    assert min(steps) < 2.7


def test_masked_bands_are_flat_and_the_others_as_they_were():
    mel = np.random.default_rng(1).normal(size=(50, 80)).astype(np.float32)
    rng = np.random.default_rng(2)
    assert mask_bands(mel, 0.0, rng) is mel
    masked = mask_bands(mel, 1.0, rng)
    flat = masked.std(axis=0) < 1e-6
    assert 2 <= flat.sum() <= 12
    np.testing.assert_array_equal(masked[:, ~flat], mel[:, ~flat])
    assert mel.std(axis=0).min() > 0.5


def test_the_second_expert_tells_what_it_scores_on_the_other_half(tmp_path):
    pack = draw_pack(tmp_path / "pack", people=6, clips=2, frames=40)
    config = train_sync.TrainSyncConfig(
        net=SyncConfig(width=16, size=32),
        loop=LoopConfig(steps=2, check_every=2),
        clips=3,
        windows=3,
        held=1,
        part=1,
    )
    train_sync.train(config, pack, tmp_path / "out", 60)
    told = json.loads((tmp_path / "out" / "test.json").read_text())
    for figures in (told, told["as they are"], told["other half"]):
        assert 0 <= figures["windows"] <= 1
    assert load_sync(tmp_path / "out" / "sync.safetensors")[0].config.width == 16
    train_sync.train(replace(config, part=None), pack, tmp_path / "all", 60)
    assert "other half" not in json.loads((tmp_path / "all" / "test.json").read_text())
    assert len({c.identity for c in Corpus(pack).select("train")}) >= 4


def test_no_such_half_and_no_such_width(tmp_path, capfd):
    from g4g_plugin.cli import main

    argv = [
        "train",
        "sync",
        "--pack",
        "/nowhere",
        "--out",
        str(tmp_path / "x"),
        "--minutes",
        "1",
        "--width",
        "20",
    ]
    assert main(argv) == 1
    assert "multiple of 8" in capfd.readouterr().err
    with pytest.raises(SystemExit):
        main([*argv[:-2], "--half", "2"])
