"""What is lent or painted carries the light of the frame it lands in, whatever that light does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_mouth import basis, canonical, picture, turned
from drawn_shot import DrawnCrops, codes
from lights import LAMPS, under

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS, FaceTrack
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.weight_files import GENERATOR_WEIGHTS, models_folder
from g4g_plugin.engine.g4g import MOUTH_WEIGHTS
from g4g_plugin.engine.light import EvenCrops, place, read_skin
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.engine.network import open_renderer
from g4g_plugin.faces import crop, follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network.mouth import MouthNet, load_mouth

DATA = Path(__file__).parents[3] / "shared/data"
CLIPS = ("grid/person-013/0001.mp4", "addresses-and-demos/person-177/0001.mp4")
FRAMES = 30
TALK = [0.0, 0.2, 0.5, 0.8, 0.5, 0.2] * 4
LARGEST = 1.15  # times brighter or darker than the plate: what an eye forgives
OFFSET = 2 / 255  # so that black frames have a ratio
footage = pytest.mark.skipif(
    not all((DATA / clip).is_file() for clip in CLIPS), reason="../shared/data is not here"
)


class LitCrops:
    """Crops under a lamp that was not there; `whole` are the frames as they were, float 0..1."""

    def __init__(self, crops: Crops, whole: list[np.ndarray], lamp: str, seed: int) -> None:
        self._crops, self.lit = crops, under(lamp, whole, seed)
        self.track, self.pool = crops.track, crops.pool
        self.rate, self.start, self.direction = crops.rate, crops.start, crops.direction

    def _relit(self, crop: Crop) -> Crop:
        (x, y), (height, width) = crop.origin, crop.pixels.shape[:2]
        pixels = self.lit[crop.frame][y : y + height, x : x + width]
        return replace(crop, pixels=np.ascontiguousarray(pixels))

    def __iter__(self) -> Iterator[Crop]:
        return map(self._relit, self._crops)

    def fetch(self, frames: np.ndarray) -> list[Crop]:
        return [self._relit(crop) for crop in self._crops.fetch(frames)]


def drawn(openings: list[float]) -> list[np.ndarray]:
    """Draw the frames of `DrawnCrops` with the mouth as open as `openings` say."""
    sway = 3 * np.sin(np.arange(len(openings)) / 5)
    meshes = [
        turned(canonical(o), 60.0, (120.0 + s, 90.0)) for o, s in zip(openings, sway, strict=True)
    ]
    return [picture(mesh, seed=frame).astype(float) for frame, mesh in enumerate(meshes)]


def lips_box(mesh: np.ndarray) -> tuple[slice, slice]:
    low, high = (f(mesh[list(OUTER_LIPS), :2], axis=0).astype(int) for f in (np.min, np.max))
    tall = high[0] - low[0]
    return slice(low[1] - tall // 4, low[1] + tall), slice(low[0], high[0])


def ratio(made: np.ndarray, true: np.ndarray) -> float:
    share = (made.mean() + OFFSET) / (true.mean() + OFFSET)
    return float(max(share, 1 / share))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("lamp", sorted(LAMPS))
def test_another_line_under_any_light_is_lit_as_if_it_had_been_filmed(lamp: str, seed: int) -> None:
    wanted = TALK[3:] + TALK[:3]
    crops = LitCrops(DrawnCrops(TALK), drawn(TALK), lamp, seed)
    true = under(lamp, drawn(wanted), seed)
    for patch in NativeRenderer(basis()).render(crops, codes(wanted)):
        row = patch.frame
        made = crops.lit[row].copy()
        left, top = patch.to_plate[:, 2].astype(int)
        height, width = patch.matte.shape
        made[top : top + height, left : left + width] = patch.pixels.clip(0, 1)
        box = lips_box(crops.track.mesh[row])
        assert ratio(made[box], true[row][box]) < LARGEST, f"frame {row}"


def test_a_patch_that_shows_the_plate_is_the_plate_bit_for_bit() -> None:
    crops = LitCrops(DrawnCrops(TALK), drawn(TALK), "shadow", 3)
    even = EvenCrops(crops)
    for crop_, frame in zip(even, crops, strict=True):
        here = np.array([[1, 0, crop_.origin[0]], [0, 1, crop_.origin[1]]], np.float32)
        matte = np.ones(crop_.pixels.shape[:2], np.float32)
        (patch,) = even.relit([Patch(crop_.frame, crop_.pixels.copy(), matte, here)])
        np.testing.assert_array_equal(patch.pixels, frame.pixels)
        assert place(patch, frame) == (slice(0, matte.shape[0]), slice(0, matte.shape[1]))


@pytest.mark.parametrize("lamp", ["fade", "flicker", "white"])
def test_in_even_light_every_frame_of_a_shot_looks_alike(lamp: str) -> None:
    crops = LitCrops(DrawnCrops(TALK), drawn(TALK), lamp, 4)
    lit = [frame.pixels for frame in crops]
    skin = np.array([c.pixels[30:50, 60:90].mean() for c in EvenCrops(crops)])
    level = np.array([p[30:50, 60:90].mean() for p in lit])
    seen = (level > 0.1) & (level < 0.9)
    assert np.ptp(level[seen]) > 0.25
    assert np.ptp(skin[seen]) < 0.08


def test_a_shot_without_changes_of_light_is_left_as_it_is() -> None:
    crops = DrawnCrops(TALK)
    for even, frame in zip(EvenCrops(crops), crops, strict=True):
        box = np.s_[60:190, 40:180]
        np.testing.assert_allclose(even.pixels[box], frame.pixels[box], rtol=0.04, atol=0.004)


def test_dark_frames_lend_nothing_while_there_are_others() -> None:
    openings = [0.0] * 12 + [0.8, 0.8, 0.0, 0.0] * 3
    light = [1.0] * 12 + [0.06, 1.0, 1.0, 1.0] * 3
    crops = DrawnCrops(openings, end=12, light=light)
    even = EvenCrops(crops)
    script = NativeRenderer(basis()).script(even, codes([0.8] * 12))
    lent = {mouth.frame for mouth in script.mouths}
    assert lent
    assert not lent & {12, 16, 20}


def test_night_is_brightened_for_the_renderers_and_day_is_not() -> None:
    for lamp, wanted in (("night", 0.3), ("flicker", 0.45)):
        crops = LitCrops(DrawnCrops(TALK), drawn(TALK), lamp, 5)
        skin = np.median([np.median(c.pixels[40:200, 30:190]) for c in EvenCrops(crops)])
        assert abs(skin - wanted) < 0.12


def test_skin_outside_the_picture_says_nothing() -> None:
    crop_ = DrawnCrops([0.0]).crop(0)
    cut = replace(crop_, pixels=crop_.pixels[:, :70])
    assert (read_skin(cut)[1][crop_.mesh[:, 0] > 82] == 0).all()
    assert read_skin(crop_)[1][list(INNER_LIPS)].max() > 0


@cache
def filmed(clip: str) -> tuple[FaceTrack, list[np.ndarray], Crops, MouthNet]:
    plate = open_plate(DATA / clip)
    track = follow.follow(plate, 0, FRAMES, None, SILENT, None, 0)
    whole = [p.rgb().astype(float) for p in plate.read(0, FRAMES)]
    net, _ = load_mouth(models_folder() / MOUTH_WEIGHTS)
    return track, whole, crop.crops(plate, track, track, 0), net


@footage
@pytest.mark.footage
@pytest.mark.parametrize("renderer", ["native", "network"])
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("lamp", sorted(LAMPS))
def test_real_people_under_any_light_keep_that_light(lamp: str, clip: str, renderer: str) -> None:
    track, whole, plain, net = filmed(clip)
    crops = LitCrops(plain, whole, lamp, 6)
    asked = np.roll(net.basis.encode(track.mesh)[0], 8, axis=0)
    painter = NativeRenderer(net.basis)
    if renderer == "network":
        weights = models_folder() / GENERATOR_WEIGHTS
        painter, _ = open_renderer(weights, net.basis, torch.device("cpu"))
    for row, patch in enumerate(painter.render(crops, asked)):
        plate = crops.lit[patch.frame]
        made = plate.copy()
        left, top = patch.to_plate[:, 2].astype(int)
        height, width = patch.matte.shape
        area = np.s_[top : top + height, left : left + width]
        made[area] += patch.matte[..., None] * (patch.pixels.clip(0, 1) - made[area])
        mesh = track.mesh[row]
        middle = mesh[[13, 14], :2].mean(axis=0)
        eyes = float(np.linalg.norm(mesh[33, :2] - mesh[263, :2]))
        low, high = (middle - eyes * np.array([0.35, 0.25]), middle + eyes * np.array([0.35, 0.3]))
        box = np.s_[int(low[1]) : int(high[1]), int(low[0]) : int(high[0])]
        assert ratio(made[box], plate[box]) < LARGEST, f"frame {patch.frame}"
