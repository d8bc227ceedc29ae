"""Drawn teeth under lips that move otherwise than they do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_mouth import basis, canonical, picture, turned

from g4g_plugin.core.picture import Box
from g4g_plugin.engine.dentition import Inside, inside, skull
from g4g_plugin.engine.pool import Bite, cut_line
from g4g_plugin.network.mesh import Parting, View, Warp, between, sample
from g4g_plugin.network.shape import SHAPE_POINTS

SCALE = 160.0
AT = (320.0, 240.0)
BAND, CUT = Parting(0.5, 1.1), np.full(9, 0.5, np.float32)


def stage(present: float, wanted: float) -> tuple[View, np.ndarray, np.ndarray, Box]:
    """Return (view, mesh as it is, wanted points, the box of the lips) of a drawn face."""
    mesh, goal = (turned(canonical(o), SCALE, AT) for o in (present, wanted))
    points = goal[list(SHAPE_POINTS), :2].astype(np.float32)
    pose = basis().pose(mesh[None])
    view = View.of(pose, 0, mesh, points)
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    return view, mesh, points, (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def rows_of(
    present: float, wanted: float, sure: float = 1.0
) -> tuple[Inside | None, np.ndarray, Warp, Box]:
    """Return (the rows of a drawn mouth, heights, source pixels of the plain warp)."""
    view, mesh, points, box = stage(present, wanted)
    warp = Warp.own(view, mesh, points, BAND)
    found = inside(warp, mesh, mesh, Bite(sure, CUT), box)
    return found, between(view, points, box), warp, box


def test_a_shape_that_is_already_there_moves_no_tooth() -> None:
    found, heights, _, box = rows_of(1.0, 1.0)
    assert found is not None
    x, y = np.meshgrid(np.arange(box[0], box[2]), np.arange(box[1], box[3]))
    deep = (found.weight > 0.99) & (heights > 0.02) & (heights < 0.98)
    shown = np.where(found.row[..., None] > 0.5, found.upper, found.lower)
    assert deep.sum() > 200
    away = np.abs(shown - np.stack([x, y], -1))[deep]
    assert np.median(away) < 0.2
    assert found.hollow[deep].max() < 0.05


@pytest.mark.parametrize("wanted", [0.6, 1.6])
def test_upper_teeth_stand_with_the_skull_whatever_the_lips_do(wanted: float) -> None:
    """Away from the lip the upper row comes from where it is; the plain warp moves it."""
    found, _, warp, box = rows_of(1.0, wanted)
    assert found is not None
    x, y = np.meshgrid(np.arange(box[0], box[2]), np.arange(box[1], box[3]))
    at = np.stack([x, y], -1).astype(np.float64)
    local = warp.view.local(at)
    upper = (found.weight > 0.99) & (found.row > 0.99) & (found.hollow < 0.01)
    upper &= np.abs(local[..., 0]) < 0.1
    rigid = np.abs(found.upper - at)[upper]
    assert upper.sum() > 30
    assert np.percentile(rigid, 50) < 1.0


def test_a_mouth_opened_wider_than_seen_shows_the_dark_between_its_rows() -> None:
    found, heights, _, _ = rows_of(0.6, 1.8)
    assert found is not None
    middle = (heights > 0.4) & (heights < 0.8) & (found.weight > 0.9)
    assert found.hollow[middle].max() > 0.9
    near_lip = (heights > 0) & (heights < 0.08)
    assert found.hollow[near_lip].max() < 0.2


def test_rows_part_along_the_line_between_them_and_not_through_a_tooth() -> None:
    """A curved line of two heights, darker than teeth; without it all is one row."""
    grey = np.full((24, 9), 0.8)
    for column in range(9):
        line = 12 + min(column, 8 - column)
        grey[line - 1 : line + 1, column] = 0.3
    cut = cut_line(np.repeat(grey[..., None], 3, axis=2).astype(np.float32))
    heights = np.linspace(0.02, 0.98, 24)
    wanted = heights[[12 + min(c, 8 - c) for c in range(9)]]
    np.testing.assert_allclose(cut, wanted, atol=0.06)
    np.testing.assert_array_equal(cut_line(np.full((24, 9, 3), 0.8, np.float32)), 1)


def test_no_row_is_drawn_where_none_is_sure_or_the_mouth_is_shut() -> None:
    assert rows_of(1.0, 1.0, sure=0.0)[0] is None
    assert rows_of(1.0, 0.0)[0] is None
    assert rows_of(0.0, 1.0)[0] is None  # a shut mouth has no teeth to show


def test_teeth_of_another_frame_are_led_by_nose_and_eyes() -> None:
    one, other = turned(canonical(1.0), SCALE, AT), turned(canonical(0.2), 1.2 * SCALE, (500, 300))
    matrix = skull(one, other)
    np.testing.assert_allclose(matrix[:, :2], 1.2 * np.eye(2), atol=0.02)
    nose = one[2, :2]
    np.testing.assert_allclose(matrix[:, :2] @ nose + matrix[:, 2], other[2, :2], atol=1.0)


def test_a_tooth_keeps_its_height_under_a_rising_lip() -> None:
    """A stripe drawn on the upper row is as thick in a wider mouth as in the one it comes from."""
    found, _, _, box = rows_of(1.0, 1.3)
    assert found is not None
    _, mesh, _, _ = stage(1.0, 1.3)
    image = picture(mesh, (640, 480), grain=0)
    edge = int(mesh[13, 1])
    cv2.line(image, (0, edge + 10), (639, edge + 10), (1.0, 0.0, 0.0), 3)
    rows = sample(image, found.upper, (0, 0))
    column = int(mesh[13, 0]) - box[0]
    drawn = int((image[:, int(mesh[13, 0]), 0] - image[:, int(mesh[13, 0]), 1] > 0.5).sum())
    red = (rows[:, column, 0] - rows[:, column, 1] > 0.5) & (found.weight[:, column] > 0.9)
    assert abs(int(red.sum()) - drawn) <= 1
