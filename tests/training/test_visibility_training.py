"""The visibility net is taught on drawn occluders: what they are, what it learns, that it goes on."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from g4g_plugin.network.visibility_net import VisibilityNet, open_visibility
from g4g_plugin.training.loop.loop import LoopConfig, teach
from g4g_plugin.training.nets import pasted_occluders
from g4g_plugin.training.nets.train_visibility import (
    TrainVisibilityConfig,
    VisibilityLesson,
    begun,
    chosen_clips,
    export_visibility,
    overlap,
)
from g4g_plugin.training.nets.visibility_samples import STORED_PIXELS, Clip, SampleConfig, Samples

CONFIG = TrainVisibilityConfig(
    width=8, batch=4, samples=SampleConfig(stock=12), loop=LoopConfig(steps=6, check_every=3)
)
TEXTURE = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)


def clip(seed: int) -> Clip:
    """Draw a face of flat skin with dark lips."""
    rng = np.random.default_rng(seed)
    pixels = np.full((8, STORED_PIXELS, STORED_PIXELS, 3), rng.integers(90, 220, 3), np.uint8)
    pixels[:, 44:54, 36:60] = (120, 40, 40)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    outer = np.stack([48 + 12 * np.cos(turn), 49 + 5 * np.sin(turn)], 1)
    inner = np.stack([48 + 8 * np.cos(turn), 49 + 2 * np.sin(turn)], 1)
    down = np.linspace(np.pi, 0, 17)
    chin = np.stack([48 + 30 * np.cos(down), 40 + 35 * np.sin(down)], 1)
    lips = np.repeat(np.concatenate([outer, inner])[None], 8, 0).astype(np.float32)
    return Clip(pixels, lips, np.repeat(chin[None], 8, 0).astype(np.float32))


@pytest.fixture(scope="module")
def samples() -> Samples:
    return Samples([clip(0), clip(1)], [TEXTURE], CONFIG.samples)


@pytest.mark.parametrize("drawer", [d for d, _ in pasted_occluders.DRAWERS])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_occluder_has_colours_and_a_mask_on_the_canvas(drawer, seed: int) -> None:
    palette = pasted_occluders.Palette(np.full((2, 3), 0.5, np.float32), [TEXTURE], [TEXTURE])
    paint, cover = drawer(palette, np.random.default_rng(seed))
    side = pasted_occluders.CANVAS_PIXELS
    assert paint.shape == (side, side, 3)
    assert cover.shape == (side, side)
    assert cover.min() >= 0
    assert 0.1 < cover.max() <= 1
    assert np.isfinite(paint).all()


@pytest.mark.parametrize("drawer", [pasted_occluders.strands, pasted_occluders.whiskers])
def test_hairs_are_thinner_than_two_pixels_of_the_nets_square(drawer) -> None:
    palette = pasted_occluders.Palette(np.full((2, 3), 0.5, np.float32), [], [])
    covers = [drawer(palette, np.random.default_rng(seed))[1] for seed in range(6)]
    inside = cv2.distanceTransform((np.hstack(covers) > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    assert 0 < np.median(inside[inside > 0]) <= 2  # of the canvas, which is twice the square


def test_what_is_half_a_pixel_wide_counts_as_a_cover(samples: Samples) -> None:
    rng = np.random.default_rng(4)
    covers = np.array([samples.draw(rng)[1] for _ in range(40)])
    assert covers.max() == 1
    once = Samples([clip(0)], [TEXTURE], replace(CONFIG.samples, thin=1.0))
    rng = np.random.default_rng(4)
    plain = np.array([once.draw(rng)[1] for _ in range(40)])
    assert covers.mean() > plain.mean()


def test_the_net_is_taught_kept_and_gone_on_with(samples: Samples, tmp_path: Path) -> None:
    torch.manual_seed(0)
    lesson = VisibilityLesson(VisibilityNet(CONFIG.width), samples, samples, CONFIG)
    batch = lesson.batch(np.random.default_rng(0))
    before = float(lesson.losses(batch)["total"].detach())
    outcome = teach(lesson, replace(CONFIG.loop, steps=30, rate=3e-3), tmp_path / "run", 5)
    assert outcome.finished
    assert 0 <= outcome.best["recall"] <= 1
    lesson.net.train()
    assert float(lesson.losses(batch)["total"].detach()) < before
    export_visibility(lesson.net, CONFIG, tmp_path / "net.safetensors", {})
    kept = open_visibility(tmp_path / "net.safetensors")
    goes_on = begun(VisibilityNet(CONFIG.width), tmp_path / "net.safetensors").eval()
    with torch.no_grad():
        assert torch.equal(kept(batch["planes"]), goes_on(batch["planes"]))


def test_two_maps_overlap_as_far_as_they_agree() -> None:
    one = torch.zeros(2, 1, 64, 64)
    one[:, :, :32] = 1
    other = one.clone()
    other[1] = 1 - other[1]
    assert overlap(one, other).tolist() == pytest.approx([1.0, 0.0], abs=0.01)


def test_each_person_gives_as_many_clips_and_only_of_its_split() -> None:
    from g4g_plugin.training.corpus.pack import Clip as PackClip

    rows = [
        PackClip(f"g/{who}/{n}.mp4", who, "test" if who == "c" else "train", 75, 0, 0, 0, 0)
        for who, count in (("a", 9), ("b", 1), ("c", 4))
        for n in range(count)
    ]
    chosen = chosen_clips(rows, "train", 0)
    assert [c.identity for c in chosen] == ["a", "a", "b"]
    assert chosen == chosen_clips(rows, "train", 0)
