"""What is measured of a patch as it is laid down: the right value for each fault."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from g4g_plugin.composite.checks import PatchFigures, edge_difference, measure

SIDE = 96
MOUTH = np.zeros((SIDE, SIDE), np.bool_)
MOUTH[30:66, 24:72] = True
FREE = np.ones((SIDE, SIDE), np.bool_)


def skin() -> np.ndarray:
    """Return a grainy picture of one skin colour, (96, 96, 3)."""
    grain = np.random.default_rng(0).normal(0, 0.02, (SIDE, SIDE, 1))
    return (np.array([0.6, 0.45, 0.4]) + grain).astype(np.float32)


def soft() -> np.ndarray:
    """Return a matte that fades out before the picture's edge."""
    matte = np.zeros((SIDE, SIDE), np.float32)
    matte[16:80, 16:80] = 1
    return cv2.GaussianBlur(matte, (0, 0), 5)


def told(patch: np.ndarray, seen: np.ndarray | None = None) -> PatchFigures:
    plate = skin()
    figures = measure((patch - plate).astype(np.float32), plate, soft(), MOUTH, seen)
    assert figures is not None
    return figures


def test_the_plate_itself_has_no_fault() -> None:
    assert told(skin()) == PatchFigures(0.0, 0.0, 0.0, pytest.approx(1.0), 1.0)


@pytest.mark.parametrize("factor", [0.7, 1.3])
def test_light_is_the_ratio_of_levels(factor: float) -> None:
    figures = told(skin() * factor)
    level = 0.6 * 0.2126 + 0.45 * 0.7152 + 0.4 * 0.0722
    expected = np.log2((factor * level + 0.02) / (level + 0.02))
    assert figures.light == pytest.approx(expected, abs=0.01)
    assert figures.edge == pytest.approx(abs(factor - 1) * level, rel=0.05)


def test_a_tint_is_the_change_of_a_channels_share() -> None:
    tinted = skin() * np.array([0.8, 1.0, 1.3], np.float32)
    shares = [np.array(c) / sum(c) for c in ((0.62, 0.47, 0.42), (0.5, 0.47, 0.54))]
    expected = np.abs(shares[1] - shares[0]).max()
    assert told(tinted).colour == pytest.approx(expected, abs=2e-3)


def test_softness_and_grain_are_ratios_of_detail() -> None:
    blurred = cv2.GaussianBlur(skin(), (0, 0), 3)
    assert told(blurred).detail < 0.15
    rough = skin() + np.random.default_rng(1).normal(0, 0.04, (SIDE, SIDE, 1)).astype(np.float32)
    assert told(rough).detail == pytest.approx(np.sqrt(1 + 2**2), rel=0.1)


def test_what_is_covered_is_counted_and_not_compared() -> None:
    seen = np.ones((SIDE, SIDE), np.float32)
    seen[:, 48:] = 0
    patch = skin()
    patch[:, 48:] = 1
    figures = told(patch, seen)
    assert figures.seen == pytest.approx(0.5, abs=0.02)
    assert figures.light == pytest.approx(0, abs=1e-3)
    assert figures.edge == pytest.approx(0, abs=1e-3)


def test_an_edge_that_ends_hard_is_seen_and_one_that_meets_the_plate_is_not() -> None:
    plate = np.full((SIDE, SIDE), 0.5, np.float32)
    hard = np.zeros((SIDE, SIDE), np.float32)
    hard[20:76, 20:76] = 1
    assert edge_difference(plate * 0.7, plate, hard, FREE) == pytest.approx(0.15, abs=1e-6)
    inside = plate.copy()
    inside[30:66, 30:66] = 0.2
    assert edge_difference(inside, plate, hard, FREE) == 0
    assert edge_difference(plate * 0.7, plate, np.ones_like(hard), FREE) == 0  # the picture's edge


def test_a_patch_beside_the_mouth_has_no_figures() -> None:
    nowhere = np.zeros((SIDE, SIDE), np.bool_)
    assert measure(skin() * 0, skin(), soft(), nowhere) is None
