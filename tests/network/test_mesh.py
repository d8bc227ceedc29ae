"""The deformation against drawn faces: what is asked for arrives, what is not asked for stays."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_mouth import basis, canonical, picture, turned

from g4g_plugin.core.face import OUTER_LIPS
from g4g_plugin.network.limits import hold_jaw, keep_apart
from g4g_plugin.network.mesh import (
    INNER_PLACES,
    LIP_PLACES,
    LOWER_PLACES,
    OUTER_PLACES,
    UPPER_PLACES,
    Opening,
    Parting,
    View,
    Warp,
    between,
    places,
    sample,
)
from g4g_plugin.network.shape import SHAPE_POINTS

YAWS = [0.0, 0.5, -0.7]
EYES = 60.0


def stage(present: float, wanted: float, yaw: float = 0.0) -> tuple[View, np.ndarray, np.ndarray]:
    """Return (view, mesh as it is, wanted points (59, 2)) of a face that opens from one shape to
    another.
    """
    mesh = turned(canonical(present), EYES, yaw=yaw)
    asked = turned(canonical(wanted), EYES, yaw=yaw)[list(SHAPE_POINTS), :2]
    pose = basis().pose(mesh[None])
    return View.of(pose, 0, mesh, asked), mesh, asked


@pytest.mark.parametrize("yaw", YAWS)
def test_a_shape_that_is_already_there_moves_no_pixel(yaw: float) -> None:
    view, mesh, asked = stage(0.5, 0.5, yaw)
    image = picture(mesh)
    box = view.box(240, 240)
    found = sample(image, Warp.own(view, mesh, asked).own_sources(box)[0], (0, 0))
    np.testing.assert_array_equal(found, image[box[1] : box[3], box[0] : box[2]])


@pytest.mark.parametrize("yaw", YAWS)
@pytest.mark.parametrize(("present", "wanted"), [(0.0, 0.7), (0.8, 0.3), (0.4, 1.0)])
def test_the_lips_come_from_where_they_were(present: float, wanted: float, yaw: float) -> None:
    view, mesh, asked = stage(present, wanted, yaw)
    warp = Warp.own(view, mesh, asked)
    for layer, points in ((warp.upper, UPPER_PLACES[1:-1]), (warp.lower, LOWER_PLACES[1:-1])):
        moved = asked[points] + layer.at(view.local(asked[points]))
        assert np.abs(moved - mesh[list(SHAPE_POINTS), :2][points]).max() < 0.02 * EYES
    assert (
        np.abs(asked - mesh[list(SHAPE_POINTS), :2]).max() > 0.03 * EYES
    )  # there was something to do


def test_nothing_moves_outside_the_region_nor_at_the_nose() -> None:
    view, mesh, asked = stage(0.0, 1.0)
    box = (0, 0, 240, 240)
    sources, matte = Warp.own(view, mesh, asked).own_sources(box)
    y, x = np.mgrid[0:240, 0:240]
    shift = np.hypot(sources[..., 0] - x, sources[..., 1] - y)
    left, top, right, bottom = view.box(240, 240)
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)
    assert (shift[~inside] == 0).all()
    assert (shift[matte == 0] == 0).all()
    assert (shift[y < mesh[2, 1] - 0.1 * EYES] == 0).all()
    assert shift.max() > 0.1 * EYES


@pytest.mark.parametrize("yaw", [-0.9, 0.0, 0.9])
def test_what_lies_behind_a_cheek_stays_where_it_is(yaw: float) -> None:
    view, mesh, asked = stage(0.0, 1.0, yaw)
    sources, _ = Warp.own(view, mesh, asked).own_sources((0, 0, 240, 240))
    y, x = np.mgrid[0:240, 0:240]
    shift = np.hypot(sources[..., 0] - x, sources[..., 1] - y)
    local = view.local(np.stack([x, y], -1))
    heights, left, right = view.outline
    beyond = np.maximum(
        local[..., 0] - np.interp(local[..., 1], heights, right),
        np.interp(local[..., 1], heights, left) - local[..., 0],
    )
    behind = (beyond > 0.16) & (local[..., 1] < 0.0)  # two cells of the grid farther
    assert shift[behind].max() < 0.01 * EYES
    assert shift[beyond < 0].max() > 0.1 * EYES  # the mouth itself moves


@pytest.mark.parametrize("yaw", YAWS)
@pytest.mark.parametrize(("present", "wanted"), [(0.0, 0.8), (0.8, 0.0), (0.2, 0.6)])
def test_the_skin_never_folds(present: float, wanted: float, yaw: float) -> None:
    view, mesh, asked = stage(present, wanted, yaw)
    box = view.box(240, 240)
    sources = Warp.own(view, mesh, asked).own_sources(box)[0].astype(np.float64)
    across, down = np.gradient(sources, axis=1), np.gradient(sources, axis=0)
    area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    height = between(view, asked, box)
    skin = (height <= 0) | (height >= 1)
    edge = np.zeros_like(skin)
    edge[1:-1, 1:-1] = skin[2:, 1:-1] & skin[:-2, 1:-1] & skin[1:-1, 2:] & skin[1:-1, :-2]
    same = np.abs(np.gradient((height > 0.5).astype(float), axis=0)) == 0
    assert area[skin & edge & same].min() > 0.04
    assert area.max() < 6


@pytest.mark.parametrize("yaw", [1.2, 1.5, -1.57])
def test_a_face_in_profile_breaks_nothing(yaw: float) -> None:
    view, mesh, asked = stage(0.0, 0.8, yaw)
    box = view.box(240, 240)
    sources, _ = Warp.own(view, mesh, asked).own_sources(box)
    y, x = np.mgrid[box[1] : box[3], box[0] : box[2]]
    assert np.isfinite(sources).all()
    assert np.hypot(sources[..., 0] - x, sources[..., 1] - y).max() < 0.4 * EYES


def test_the_field_is_smooth_along_the_lips() -> None:
    view, mesh, asked = stage(0.0, 0.9)
    box = view.box(240, 240)
    sources, _ = Warp.own(view, mesh, asked).own_sources(box)
    y, x = np.mgrid[box[1] : box[3], box[0] : box[2]]
    drop = sources[..., 1] - y
    lip = round(float(asked[LOWER_PLACES[5], 1])) + 3 - box[1]
    along = drop[
        lip, int(asked[LOWER_PLACES[2], 0]) - box[0] : int(asked[LOWER_PLACES[8], 0]) - box[0]
    ]
    assert np.abs(np.diff(along, 2)).max() < 0.25  # plate pixels: no teeth in the lip's edge
    assert x.shape == drop.shape


def test_a_shut_mouth_opens_between_the_lips_and_nowhere_else() -> None:
    view, mesh, asked = stage(0.0, 1.0)
    box = view.box(240, 240)
    moved = sample(picture(mesh, grain=0), Warp.own(view, mesh, asked).own_sources(box)[0], (0, 0))
    truth = picture(turned(canonical(1.0), EYES), grain=0)[box[1] : box[3], box[0] : box[2]]
    red = (moved[..., 0] - moved[..., 1] > 0.25) & (truth[..., 0] - truth[..., 1] > 0.25)
    lips = truth[..., 0] - truth[..., 1] > 0.25
    assert red[lips].mean() > 0.9


def test_another_frame_is_brought_to_the_targets_pose_and_shape() -> None:
    view, mesh, asked = stage(0.0, 0.7)
    source = turned(canonical(0.7), 80.0, (150.0, 110.0), 0.0)
    warp = Warp.other(view, mesh, asked, source)
    box = view.box(240, 240)
    lent = sample(picture(source, (300, 300), grain=0), warp.sources(box), (0, 0))
    truth = picture(turned(canonical(0.7), EYES), grain=0)[box[1] : box[3], box[0] : box[2]]
    y, x = np.mgrid[box[1] : box[3], box[0] : box[2]]
    lips = mesh[list(OUTER_LIPS), :2]
    near = (np.abs(x - lips[:, 0].mean()) < 0.25 * EYES) & (
        np.abs(y - 0.92 * EYES - 90) < 0.2 * EYES
    )
    assert np.abs(lent[..., 1] - truth[..., 1])[near].mean() < 0.05


def test_between_the_lips_heights_run_from_lip_to_lip() -> None:
    view, _, asked = stage(0.0, 1.0)
    box = view.box(240, 240)
    height = between(view, asked, box)
    column = round(float(asked[UPPER_PLACES[5], 0])) - box[0]
    top, bottom = (
        round(float(asked[line[5], 1])) - box[1] for line in (UPPER_PLACES, LOWER_PLACES)
    )
    assert height[top - 3, column] == 0.0
    assert height[bottom + 3, column] == 1.0
    assert height[(top + bottom) // 2, column] == pytest.approx(0.5, abs=0.1)
    assert (np.diff(height[:, column]) >= 0).all()


@pytest.mark.parametrize("stretch", [0.3, 0.7, 1.0, 1.3, 2.2, 4.0])
def test_an_opening_is_shown_from_lip_to_lip_without_folding(stretch: float) -> None:
    heights = np.linspace(0, 1, 101, dtype=np.float32)
    side = Opening(0.3, stretch, Parting(0.6, 1.1)).side(heights)
    source = stretch * heights + side * (1 - stretch)
    assert source[0] == pytest.approx(0, abs=1e-6)
    assert source[-1] == pytest.approx(1, abs=1e-6)
    assert (np.diff(source) > -1e-5).all()


def test_teeth_keep_their_height_when_an_opening_grows() -> None:
    opening = Opening(0.3, 2.2, Parting(0.6, 1.1))
    low, high = opening.bounds
    assert (low, high) == (pytest.approx(0.3), pytest.approx(0.8))  # 0.6 / 2 above, 0.4 / 2 below
    heights = np.linspace(0, 1, 101, dtype=np.float32)
    hollow = opening.hollow(heights)
    source = 2.2 * heights + opening.side(heights) * (1 - 2.2)
    np.testing.assert_allclose(
        np.gradient(source, heights)[heights < 0.28], 2.2 / 1.1, rtol=0.02
    )  # of 2.2: 1.1 high
    assert np.abs(np.diff(source[(heights > 0.32) & (heights < 0.78)])).max() < 1e-4
    assert hollow.max() > 0.9
    assert (hollow[(heights < 0.29) | (heights > 0.81)] == 0).all()
    assert not Opening(0.3, 1.5, Parting(0.6, 1.6)).hollow(heights).any()


def test_an_opening_that_shrinks_shows_no_hollow_and_hides_its_teeth_only_when_shut() -> None:
    heights = np.linspace(0, 1, 51, dtype=np.float32)
    assert not Opening(0.1, 0.6, Parting(0.6, 1.1)).hollow(heights).any()
    assert not Opening(0.1, 1.0, Parting(0.6, 1.1)).line(heights).any()
    shut = Opening(0.0, 0.1, Parting(0.6, 1.1)).line(heights)
    assert shut[25] == 1.0
    assert shut[0] == shut[-1] == 0.0


def test_lips_that_would_cross_meet_and_others_are_left_alone() -> None:
    shape = canonical(0.0)[list(SHAPE_POINTS)].astype(np.float32)[None]
    crossed = shape.copy()
    crossed[:, LOWER_PLACES[1:-1], 1] -= 0.05
    mended = keep_apart(crossed)
    gap = mended[:, LOWER_PLACES, 1] - mended[:, UPPER_PLACES, 1]
    assert gap.min() > -1e-6
    wide = canonical(0.6)[list(SHAPE_POINTS)].astype(np.float32)[None]
    np.testing.assert_array_equal(keep_apart(wide), wide)


def test_the_jaw_follows_at_the_chin_and_stays_at_the_ears() -> None:
    rest, asked = (canonical(o)[list(SHAPE_POINTS)].astype(np.float32) for o in (0.0, 1.0))
    held = hold_jaw(asked[None], rest[None], rest)[0]
    np.testing.assert_allclose(held[LIP_PLACES], asked[LIP_PLACES], atol=1e-6)
    chin, ear = places((152,))[0], places((93,))[0]
    np.testing.assert_allclose(held[chin], asked[chin], atol=1e-6)
    np.testing.assert_allclose(held[ear], rest[ear], atol=1e-3)


def test_places_are_the_lips() -> None:
    assert len(set(OUTER_PLACES.tolist()) & set(INNER_PLACES.tolist())) == 0
    assert [SHAPE_POINTS[i] for i in UPPER_PLACES[[0, -1]]] == [78, 308]
