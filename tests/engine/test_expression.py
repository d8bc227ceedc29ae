"""What the plate's face does slowly stays under the new words; a mouth that stands open is shut."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from drawn_mouth import basis, canonical
from drawn_shot import DrawnCrops, codes

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.engine.native import NativeRenderer, expression, needed, sealed
from g4g_plugin.network.mesh import places
from g4g_plugin.network.shape import SHAPE_POINTS, gaps

CORNERS = places((61, 291))
RATE = Fraction(25)


def shapes(raised: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Return canonical points (N, 59, 3) with the corners raised and the mouth open as said."""
    rows = []
    for up, gap in zip(raised, opened, strict=True):
        points = canonical(float(gap))[list(SHAPE_POINTS)].astype(np.float32)
        share = np.clip(np.abs(points[:40, 0]) / 0.3, 0, 1)
        points[:40, 1] -= up * share
        rows.append(points)
    return np.stack(rows)


def held(own: np.ndarray) -> np.ndarray:
    """Return how far shapes are off rest, their opening taken out."""
    rest = shapes(np.zeros(1), np.zeros(1))[0]
    return own - rest - (gaps(own) - gaps(rest[None]))[:, None, None] * basis().opening


@pytest.mark.parametrize("raised", [0.08, 0.12])
def test_a_smile_is_kept_and_the_mouth_opens_no_more_for_it(raised: float) -> None:
    frames = np.arange(75)
    smile = raised * np.clip((frames - 20) / 10, 0, 1)
    own = shapes(smile, 0.5 + 0.5 * np.sin(frames))
    kept = expression(held(own), frames, RATE)
    assert -kept[60, CORNERS, 1].mean() == pytest.approx(raised, abs=0.02)
    assert np.abs(gaps(kept)).max() < 1e-5
    assert (kept[:, 40:] == 0).all()  # the jaw speaks


@pytest.mark.parametrize("hertz", [3.0, 5.0])
def test_lips_that_merely_speak_leave_nothing(hertz: float) -> None:
    frames = np.arange(75)
    own = shapes(0.05 * np.sin(2 * np.pi * hertz * frames / 25), 0.5 + 0.5 * np.sin(frames))
    own[:, :40] -= own[:, :40].mean(axis=0) - shapes(np.zeros(1), np.zeros(1))[0][:40]
    kept = expression(held(own), frames, RATE)
    assert np.abs(kept).max() < 0.01


def test_an_expression_is_not_carried_over_a_gap_in_the_track() -> None:
    frames = np.r_[np.arange(40), np.arange(200, 240)]
    own = shapes(np.where(frames < 100, 0.1, 0.0), np.zeros(80))
    kept = expression(held(own), frames, RATE)
    assert -kept[39, CORNERS, 1].mean() > 0.08
    assert np.abs(kept[40:]).max() < 1e-6


def test_the_share_kept_is_the_one_asked_for() -> None:
    crops = DrawnCrops([0.0] * 60)
    mesh = crops.pool.mesh.copy()
    mesh[30:, [61, 291], 1] -= 0.1 * 60
    track = FaceTrack(crops.pool.frames, mesh, crops.pool.to_crop, crops.pool.score)
    said = codes([0.6] * 60)
    plain, half, whole = (
        NativeRenderer(basis(), keep_expression=keep).shapes(track, track, said)
        for keep in (0.0, 0.5, 1.0)
    )
    moved = np.abs(whole - plain)[50].max()
    assert moved > 0.03
    np.testing.assert_allclose(half - plain, (whole - plain) / 2, atol=1e-5)


def test_a_mouth_held_open_is_no_expression() -> None:
    openings = [0.0] * 40 + [0.9] * 35
    crops = DrawnCrops(openings)
    plain, kept = (
        NativeRenderer(basis(), keep_expression=keep).shapes(
            crops.track, crops.pool, codes([0.0] * 75)
        )
        for keep in (0.0, 1.0)
    )
    np.testing.assert_allclose(kept, plain, atol=5e-3)


@pytest.mark.parametrize("length", [1, 2, 4])
def test_a_mouth_that_stands_open_for_a_moment_is_wholly_shut_under_silence(length: int) -> None:
    openings = np.zeros(30)
    openings[12 : 12 + length] = 0.8
    crops = DrawnCrops(openings.tolist())
    own, rest = basis().points(crops.track.mesh), sealed(basis(), crops.pool)
    share = needed(np.repeat(rest[None], 30, axis=0), own, rest)
    assert share[12 : 12 + length].min() > 0.98
    assert share[:4].max() < 0.01
    shown = NativeRenderer(basis()).shapes(crops.track, crops.pool, codes([0.0] * 30))
    assert gaps(shown).max() < 0.01
