"""The native renderer on real footage: what is there stays, and what is asked for is as sharp as
the plate.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from g4g_plugin.composite.merge import merge
from g4g_plugin.core.crop import Crops
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.weight_files import models_folder
from g4g_plugin.engine.g4g import MOUTH_WEIGHTS
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.faces import crop, follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network.mouth import load_mouth
from g4g_plugin.network.shape import ShapeBasis

CLIP = Path(__file__).parents[3] / "shared/data/addresses-and-demos/person-177/0001.mp4"
FRAMES = 24
pytestmark = [
    pytest.mark.footage,
    pytest.mark.skipif(not CLIP.is_file(), reason="the footage ../shared/data is not here"),
    pytest.mark.skipif(
        not (models_folder() / MOUTH_WEIGHTS).is_file(), reason="no mouth weights are installed"
    ),
]
Shot = tuple[Crops, list[Picture], FaceTrack, ShapeBasis]


@pytest.fixture(scope="module")
def shot() -> Iterator[Shot]:
    plate = open_plate(CLIP)
    track = follow.follow(plate, 0, FRAMES, None, SILENT, None, 0)
    net, _ = load_mouth(models_folder() / MOUTH_WEIGHTS)
    yield crop.crops(plate, track, track, 0), list(plate.read(0, FRAMES)), track, net.basis
    plate.close()


def comp(shot: Shot, codes: np.ndarray) -> list[Picture]:
    crops, pictures, track, basis = shot
    return list(merge(pictures, track, NativeRenderer(basis).render(crops, codes)))


def own_codes(shot: Shot) -> np.ndarray:
    _, _, track, basis = shot
    return basis.encode(track.mesh)[0]


def detail(picture: Picture, mesh: np.ndarray) -> float:
    left, top = mesh[list(OUTER_LIPS), :2].min(axis=0).astype(int) - 8
    right, bottom = mesh[list(OUTER_LIPS), :2].max(axis=0).astype(int) + 8
    grey = picture.rgb((int(left), int(top), int(right), int(bottom))).mean(axis=2)
    return float(((grey - cv2.GaussianBlur(grey, (0, 0), 1.5)) ** 2).mean())


def test_asked_for_its_own_shapes_the_plate_stays_much_as_it_was(shot: Shot) -> None:
    pictures = shot[1]
    errors = [a.rgb() - b.rgb() for a, b in zip(comp(shot, own_codes(shot)), pictures, strict=True)]
    assert -10 * np.log10(np.mean([np.mean(e**2) for e in errors])) > 36


def test_another_line_moves_the_mouth_and_keeps_its_sharpness(shot: Shot) -> None:
    _, pictures, track, _ = shot
    made = comp(shot, own_codes(shot)[::-1].copy())
    ratio = np.mean([detail(p, m) for p, m in zip(made, track.mesh, strict=True)]) / np.mean(
        [detail(p, m) for p, m in zip(pictures, track.mesh, strict=True)]
    )
    assert 0.8 < ratio < 1.5
    for picture, before, mesh in zip(made, pictures, track.mesh, strict=True):
        eyes = int(mesh[[33, 263], 1].max())
        for plane, was in zip(picture.planes, before.planes, strict=True):
            rows = eyes if plane.shape == picture.planes[0].shape else eyes // 2
            np.testing.assert_array_equal(plane[:rows], was[:rows])
    assert any((a.planes[0] != b.planes[0]).any() for a, b in zip(made, pictures, strict=True))
