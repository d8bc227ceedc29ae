"""What disturbs a batch does what it says, where it says, and nothing at all when it is switched
off.
"""

import dataclasses

import numpy as np
import pytest
import torch
from drawn_pack import DrawnPack

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.network.mel import SILENCE_LEVEL
from g4g_plugin.training.nets import augment
from g4g_plugin.training.nets.batches import SHUT_APERTURE, BatchConfig, Sampler

PLAIN = BatchConfig(
    clips=1, mirror=False, gain=0.0, inset=0, code_noise=0.0, shape_noise=0.0, elsewhere=0.0
)


def row(**changes: object) -> dict[str, np.ndarray]:
    pack = DrawnPack()
    made = Sampler(pack, pack.clips, pack.basis(), dataclasses.replace(PLAIN, **changes), 3)
    return made.item(made.clips[0], 4, np.random.default_rng(1))


def test_switched_off_the_batches_are_those_of_older_runs() -> None:
    pack = DrawnPack()
    batch = Sampler(pack, pack.clips, pack.basis(), BatchConfig(clips=2), 3).batch(5)
    rng = np.random.default_rng(
        [3, 5]
    )  # what an older run drew first: a person, a clip of it, a frame
    made = Sampler(pack, pack.clips, pack.basis(), BatchConfig(clips=2), 3)
    rng.choice(len(made.names), p=made.share)
    rng.choice(1, p=[1.0])
    assert batch["seconds"][0] * 25 == pytest.approx(int(rng.integers(0, 36)))


def test_light_changes_frames_and_references_apart() -> None:
    plain, lit = row(), row(light=0.3)
    for name in ("pictures", "references"):
        assert np.abs(lit[name] - plain[name]).mean() > 0.01
    shift = [float((lit[n] - plain[n]).mean()) for n in ("pictures", "references")]
    assert abs(shift[0] - shift[1]) > 0.005
    assert np.array_equal(lit["matte"], plain["matte"])


def test_compression_leaves_blocks_and_little_else() -> None:
    plain, packed = row(), row(jpeg=1.0)
    for name in ("pictures", "references"):
        assert 0.001 < np.abs(packed[name] - plain[name]).mean() < 0.03
    picture = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    errors = [np.abs(augment.compressed(picture, q) - picture).mean() for q in (95, 20)]
    assert errors[0] < errors[1]


def test_occluders_cross_the_border_and_spare_the_middle() -> None:
    box = mouth_box(64)
    top, left, bottom, right = box
    for seed in range(40):
        _, cover = augment.occluder(box, (104, 80), np.random.default_rng(seed))
        inside = cover[top:bottom, left:right]
        assert inside.max() > 0.5 or cover[:, :left].max() > 0.5 or cover[bottom:].max() > 0.5
        middle = inside[
            len(inside) // 3 : -len(inside) // 3, inside.shape[1] // 3 : -inside.shape[1] // 3
        ]
        assert middle.max() < 0.05
        assert inside.max() > 0.1
    plain, covered = row(), row(occluders=1.0)
    changed = np.abs(covered["pictures"] - plain["pictures"]).max(axis=1)
    assert (changed.reshape(5, -1).max(axis=1) > 0.05).all()  # in every frame of the run
    assert (
        np.abs(covered["references"] - plain["references"]).max() < 0.1
    )  # but for their light, drawn anew


def test_references_are_posed_with_their_meshes() -> None:
    plain, posed = row(), row(pose=4.0)
    assert np.array_equal(plain["pictures"], posed["pictures"])
    assert np.abs(plain["references"] - posed["references"]).mean() > 0.003
    dot, mesh = np.zeros((1, 104, 80, 3), np.float32), np.array([[[50.0, 30.0]]], np.float32)
    dot[0, 29:32, 49:52] = 1
    moved, points = augment.posed(dot, mesh, np.random.default_rng(0), 5.0, (40.0, 60.0))
    y, x = np.unravel_index(moved[0, ..., 0].argmax(), (104, 80))
    assert np.hypot(x - points[0, 0, 0], y - points[0, 0, 1]) < 1.5
    assert np.hypot(*(points - mesh)[0, 0]) > 0.5


def test_silence_is_shown_with_a_shut_mouth_and_heard_as_silence() -> None:
    pack = DrawnPack()
    config = dataclasses.replace(PLAIN, clips=4, run=1, silent=1.0, direct=True)
    made = Sampler(pack, pack.clips, pack.basis(), config, 3)
    pack.windows = lambda clip, frames=None: np.ones((len(frames), 16, 80), np.float32)  # pyright: ignore
    batch = made.batch(0)
    assert (batch["audio"] == SILENCE_LEVEL).all()
    frames = (batch["seconds"] * 25).round().long()
    assert ((frames >= 10) & (frames < 30)).all()
    shut = [(made.known(c).aperture < SHUT_APERTURE)[10:30].any() for c in pack.clips]
    assert all(shut)
    other = Sampler(
        pack, pack.clips, pack.basis(), dataclasses.replace(config, silent=0.0), 3
    ).batch(0)
    assert (other["audio"] == 1).all()


def test_shared_out_batches_are_the_whole_batch() -> None:
    pack = DrawnPack()
    made = Sampler(pack, pack.clips, pack.basis(), BatchConfig(clips=3, split=True), 3)
    whole, parts = made.batch(2), [made.batch(2, [k]) for k in range(3)]
    assert torch.equal(whole["pictures"], torch.cat([p["pictures"] for p in parts]))
    assert whole["clip"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    with pytest.raises(ValueError, match="shared out"):
        Sampler(pack, pack.clips, pack.basis(), BatchConfig(clips=3), 3).batch(2, [0])


def test_mouths_are_shut_in_long_silence_and_free_near_speech() -> None:
    codes, silent = np.ones((60, 12), np.float32), np.zeros(60, bool)
    silent[20:50] = True
    shut = augment.shut_in_silence(codes, silent)
    assert (shut[:24] == 1).all()
    assert (shut[30:40] == 0).all()
    assert (np.diff(shut[20:35, 0]) <= 0).all()
    assert (augment.shut_in_silence(codes, silent & False) == 1).all()
    assert (augment.shut_in_silence(codes, silent | True) == 0).all()
