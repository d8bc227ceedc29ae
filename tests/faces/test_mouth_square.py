"""The square around a mouth: upright with the head, as large as the face, blind to the lips."""

import numpy as np
import pytest

from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.faces.mouth_square import (
    SQUARE_PIXELS,
    cut_square,
    face_size,
    levelled,
    lip_planes,
    square,
)


def mesh(scale: float = 100.0, turn: float = 0.0) -> np.ndarray:
    """Return a mesh with eyes one `scale` apart, turned about (300, 200) by radians."""
    points = np.zeros((478, 3), np.float32)
    points[33], points[263] = (-0.5, 0, 0), (0.5, 0, 0)
    points[168], points[2] = (0, 0, 0), (0, 0.5, 0)
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    for lips, wide in ((OUTER_LIPS, 0.3), (INNER_LIPS, 0.15)):
        points[list(lips), 0] = wide * np.cos(angles)
        points[list(lips), 1] = 0.8 + wide / 3 * np.sin(angles)
    cos, sin = np.cos(turn), np.sin(turn)
    points[:, :2] = points[:, :2] @ np.array([[cos, sin], [-sin, cos]]) * scale + (300, 200)
    return points


@pytest.mark.parametrize("turn", [0.0, 0.6, np.pi / 2])
@pytest.mark.parametrize("scale", [40.0, 200.0])
def test_the_mouth_lies_at_the_same_place_however_the_head_stands(scale, turn) -> None:
    face = mesh(scale, turn)
    matrix = square(face)
    middle = face[[*OUTER_LIPS], :2].mean(0) @ matrix[:, :2].T + matrix[:, 2]
    straight = mesh(100, 0)
    expected = straight[[*OUTER_LIPS], :2].mean(0) @ square(straight)[:, :2].T
    assert middle == pytest.approx(expected + square(straight)[:, 2], abs=0.05)
    assert face_size(face) == pytest.approx(scale, rel=0.01)


def test_lips_that_are_hidden_move_nothing() -> None:
    face = mesh()
    before = square(face)
    face[[*OUTER_LIPS, *INNER_LIPS]] += 40
    assert np.array_equal(square(face), before)


def test_a_square_is_cut_to_the_pixel_and_averaged_where_it_shrinks() -> None:
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[200:, :] = 200  # an edge at y = 199.5
    shown = cut_square(picture, np.array([[1, 0, -300], [0, 1, -180]], np.float32))
    assert shown.shape == (SQUARE_PIXELS, SQUARE_PIXELS, 3)
    assert shown[19].max() == 0
    assert shown[20].min() == 200
    small = cut_square(picture, np.array([[0.25, 0, 0], [0, 0.25, -20]], np.float32))
    assert small[:29].max() == 0
    assert small[31:].min() == 200


def test_a_square_beside_the_picture_is_black_and_no_error() -> None:
    picture = np.full((50, 50, 3), 99, np.uint8)
    assert cut_square(picture, np.array([[1, 0, 900], [0, 1, 900]], np.float32)).shape == (
        64,
        64,
        3,
    )


def test_a_fade_changes_nothing_once_levelled() -> None:
    picture = np.random.default_rng(0).uniform(0.2, 0.9, (64, 64, 3)).astype(np.float32)
    assert levelled(picture * 0.1) == pytest.approx(levelled(picture), abs=1e-4)


def test_lips_and_opening_are_drawn_where_they_are() -> None:
    face = mesh()
    matrix = square(face)
    points = face[[*OUTER_LIPS, *INNER_LIPS], :2] @ matrix[:, :2].T + matrix[:, 2]
    outer, inner = lip_planes(points.astype(np.float32))
    x, y = points[:20].mean(0).round().astype(int)
    assert outer[y, x] == inner[y, x] == 1
    assert inner.sum() < outer.sum() < 0.2 * SQUARE_PIXELS**2
