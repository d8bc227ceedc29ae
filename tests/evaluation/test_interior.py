"""Drawn mouths whose lips are pale or red, whose teeth stand still or slide."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
from drawn_mouth import basis, canonical, turned

from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.evaluation.interior import (
    Interior,
    changes,
    gather,
    inspect,
    interior_figures,
    nothing,
    teeth_plane,
)

SIZE, MIDDLE = 220.0, (200.0, 150.0)
OPEN = np.ones(6, bool)


def face(opening: float, shift: float = 0.0) -> np.ndarray:
    return turned(canonical(opening), SIZE, (MIDDLE[0] + shift, MIDDLE[1]))


def picture(mesh: np.ndarray, shift: float, lips=(170, 60, 60), soft: float = 0.0) -> np.ndarray:
    """A face with lips of one colour; behind them stripes, teeth, that move by `shift` pixels."""
    canvas = np.full((420, 420, 3), 200, np.uint8)
    cv2.fillPoly(canvas, [np.rint(mesh[list(OUTER_LIPS), :2]).astype(np.int32)], lips)
    stripes = 120 + 90 * np.sin((np.arange(420) - MIDDLE[0] - shift) / 3.0)
    inside = np.zeros((420, 420), np.uint8)
    cv2.fillPoly(inside, [np.rint(mesh[list(INNER_LIPS), :2]).astype(np.int32)], 1)
    teeth = np.repeat(stripes[None], 420, axis=0).astype(np.uint8)
    if soft:
        teeth = cv2.GaussianBlur(teeth, (0, 0), soft)
    canvas[inside > 0] = np.repeat(teeth[..., None], 3, axis=2)[inside > 0]
    return canvas


def seen(slide: float = 0.0, **looks) -> Interior:
    """Six frames in which the head moves four pixels a frame, teeth with it but for `slide`."""
    meshes = [face(0.25 + 0.05 * (k % 2), 4.0 * k) for k in range(6)]
    plane = teeth_plane(basis(), np.stack(meshes))
    pictures = [picture(m, 4.0 * k + slide * k, **looks) for k, m in enumerate(meshes)]
    return gather([inspect(p, m, basis(), plane) for p, m in zip(pictures, meshes, strict=True)])


def test_a_person_is_like_himself() -> None:
    found = interior_figures(seen(), seen(), OPEN, OPEN)
    assert list(found.values()) == pytest.approx([1, 1, 1, 1])


def test_paled_lips_and_fogged_teeth_are_seen() -> None:
    pale = interior_figures(seen(lips=(180, 120, 120)), seen(), OPEN, OPEN)
    assert pale["lip_chroma"] < 0.7
    assert pale["inner_texture"] == pytest.approx(1, abs=0.02)
    fog = interior_figures(seen(soft=3.0), seen(), OPEN, OPEN)
    assert fog["inner_texture"] == pytest.approx(np.exp(-0.5), abs=0.03)  # of a sine of 6 pi pixels
    assert fog["inner_contrast"] == pytest.approx(np.exp(-0.5), abs=0.1)
    assert fog["lip_chroma"] == pytest.approx(1)


def test_teeth_that_stand_still_in_the_skull_hardly_change_and_sliding_ones_do() -> None:
    still, sliding = changes(seen()), changes(seen(slide=3.0))
    assert sliding.mean() > 4 * still.mean()
    assert interior_figures(seen(slide=3.0), seen(), OPEN, OPEN)["teeth_change"] > 4


def test_nothing_is_said_of_a_face_that_was_not_found_or_a_mouth_that_hardly_opens() -> None:
    blank = gather([nothing()] * 6)
    assert np.isnan(list(interior_figures(blank, seen(), OPEN, OPEN).values())).all()
    rarely = interior_figures(seen(), seen(), OPEN & (np.arange(6) < 2), OPEN)
    assert np.isnan(rarely["inner_texture"])
    assert rarely["lip_chroma"] == pytest.approx(1)
