"""The native renderer on a drawn actor: what is asked for is shown, with the plate's own pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_mouth import basis, canonical, picture, turned
from drawn_shot import DrawnCrops, codes

from g4g_plugin.core.crop import Crop
from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.engine import draw, native, pool
from g4g_plugin.engine.native import NativeRenderer, PoseBias, gap_ramp
from g4g_plugin.network.mesh import LOWER_PLACES, UPPER_PLACES
from g4g_plugin.network.shape import SHAPE_POINTS, fit_pose

TALK = [0.0, 0.1, 0.3, 0.6, 0.8, 0.6, 0.3, 0.1] * 4


def render(crops: DrawnCrops, asked: np.ndarray) -> list:
    return list(NativeRenderer(basis()).render(crops, asked))


def seen(patch: object, mesh: np.ndarray, opening: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (patch pixels, the drawn truth for this opening) over the patch's box."""
    left, top = (int(v) for v in patch.to_plate[:, 2])  # type: ignore[attr-defined]
    pose = fit_pose(
        basis().stable,
        mesh[None, [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 151, 9, 8, 127, 356]],
    )
    at = pose.shift[0, :2]
    truth = picture(turned(canonical(opening), 60.0, (float(at[0]), float(at[1]))), grain=0)
    height, width = patch.matte.shape  # type: ignore[attr-defined]
    return patch.pixels, truth[top : top + height, left : left + width]  # type: ignore[attr-defined]


def lips_of(patch: object, mesh: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of a patch that the open mouth may cover."""
    points = mesh[list(OUTER_LIPS), :2] - patch.to_plate[:, 2]  # type: ignore[attr-defined]
    low, high = points.min(axis=0).astype(int), points.max(axis=0).astype(int)
    return slice(low[1] - 3, low[1] + 24), slice(low[0], high[0])


def test_one_patch_a_frame_in_order_in_whole_pixels() -> None:
    crops = DrawnCrops(TALK, frames=range(100, 132), first=104, end=124)
    patches = render(crops, codes([0.4] * 20))
    assert [p.frame for p in patches] == list(range(104, 124))
    for patch in patches:
        np.testing.assert_array_equal(patch.to_plate[:, :2], np.eye(2))
        np.testing.assert_array_equal(patch.to_plate[:, 2], np.round(patch.to_plate[:, 2]))
        assert np.isfinite(patch.pixels).all()
        assert set(np.unique(patch.matte)) <= {0.0, 1.0}


def test_the_mouth_that_is_asked_for_is_the_one_that_is_seen() -> None:
    slow = [0.0, 0.0, 0.4, 0.4, 0.4, 0.8, 0.8, 0.8] * 4
    crops = DrawnCrops(slow)
    asked = slow[4:] + slow[:4]
    patches = render(crops, codes(asked))
    worse = 0
    for at, (patch, mesh, wanted, present) in enumerate(
        zip(patches, crops.track.mesh, asked, slow, strict=True)
    ):
        shown, truth = seen(patch, mesh, wanted)
        _, before = seen(patch, mesh, present)
        region = lips_of(patch, mesh)
        away, was = np.abs(shown - truth)[region].mean(), np.abs(before - truth)[region].mean()
        if (
            abs(wanted - present) > 0.25
            and asked[max(at - 1, 0)] == wanted == asked[min(at + 1, 31)]
        ):
            assert away < 0.6 * was
            worse += 1
    assert worse >= 5


def test_nothing_changes_where_the_face_does_not_move_and_at_the_patchs_edge() -> None:
    crops = DrawnCrops(TALK)
    for patch, crop in zip(render(crops, codes([0.5] * len(TALK))), crops, strict=True):
        left, top = (int(v) for v in patch.to_plate[:, 2])
        height, width = patch.matte.shape
        plate = crop.pixels[top - 20 : top - 20 + height, left - 10 : left - 10 + width]
        edge = np.ones((height, width), bool)
        edge[2:-2, 2:-2] = False
        inside = edge & (patch.matte == 0)
        np.testing.assert_array_equal(patch.pixels[inside], plate[inside])
        assert np.abs(patch.pixels - plate).max() > 0.02


def test_the_renderer_is_the_same_each_time_and_reads_no_frame_twice() -> None:
    asked = codes(TALK[::-1])
    first, again = (render(DrawnCrops(TALK), asked) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.pixels, b.pixels)
    crops = DrawnCrops(TALK)
    render(crops, asked)
    assert len(crops.fetched) == len(set(crops.fetched)) <= pool.POOL_CANDIDATES


def test_a_darker_frames_mouth_is_lent_in_the_targets_light() -> None:
    openings = [0.0] * 12 + [0.8] * 12
    crops = DrawnCrops(openings, end=12, light=[1.0] * 12 + [0.7] * 12)
    patches = render(crops, codes([0.8] * 12))
    assert max(crops.fetched) >= 12  # the open mouth comes from the dark frames
    shown, truth = seen(patches[6], crops.track.mesh[6], 0.8)
    teeth = truth.min(axis=2) > 0.7
    assert teeth.sum() > 20
    assert (
        np.abs(np.median(shown[teeth]) - np.median(truth[teeth])) < 0.12
    )  # 0.24 would be its own light


def test_a_mouth_never_seen_open_shows_a_dark_inside() -> None:
    crops = DrawnCrops([0.0] * 16)
    patches = render(crops, codes([0.8] * 16))
    shown, _ = seen(patches[8], crops.track.mesh[8], 0.8)
    left, top = patches[8].to_plate[:, 2]
    inner = crops.track.mesh[8][list(INNER_LIPS), :2].mean(axis=0) - (left, top) + (0, 3)
    x, y = (round(float(v)) for v in inner)
    assert shown[y, x].max() < 0.3
    assert shown[y, x].max() < 0.6 * crops.crop(8).pixels[30:60, 30:60].mean()


def test_an_open_mouth_is_shut_without_its_teeth() -> None:
    crops = DrawnCrops([0.8] * 16)
    patches = render(crops, codes([-0.1] * 16))
    shown, _ = seen(patches[8], crops.track.mesh[8], 0.0)
    left, top = patches[8].to_plate[:, 2]
    lips = crops.track.mesh[8][list(OUTER_LIPS), :2] - (left, top)
    low, high = lips.min(axis=0).astype(int), lips.max(axis=0).astype(int)
    region = shown[low[1] : high[1], low[0] + 6 : high[0] - 6]
    assert (region[..., 2] < 0.62).all()  # teeth have .75 blue, lips .25, skin .45


def test_a_shut_mouth_that_rests_stays_the_plates_own() -> None:
    crops = DrawnCrops([0.0] * 8 + [0.6] * 8 + [0.0] * 8)
    patches = render(crops, codes([0.0] * 24))
    for patch, crop in zip(patches, crops, strict=True):
        left, top = (int(v) for v in patch.to_plate[:, 2])
        height, width = patch.matte.shape
        plate = crop.pixels[top - 20 : top - 20 + height, left - 10 : left - 10 + width]
        away = np.abs(patch.pixels - plate).max()
        assert (
            away < 0.02
            if crop.frame in (0, 1, 22, 23)
            else crop.frame not in range(9, 15) or away > 0.2
        )


def test_coverage_says_how_much_the_footage_shows() -> None:
    renderer = NativeRenderer(basis())
    asked = codes([0.0] * 10 + [0.9] * 10)
    assert renderer.coverage(DrawnCrops([0.0, 0.9] * 10), asked) == 1.0
    assert renderer.coverage(DrawnCrops([0.0] * 20), asked) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("count", [1, 2])
def test_a_shot_of_a_frame_or_two_is_enough(count: int) -> None:
    patches = render(DrawnCrops([0.5] * count), codes([0.0] * count))
    assert len(patches) == count
    assert all(np.isfinite(p.pixels).all() for p in patches)


@pytest.mark.parametrize("cut", [(0, 60), (0, 140), (130, 240), (160, 240), (0, 10)], ids=str)
def test_a_face_cut_by_the_picture_is_dubbed_as_far_as_it_is_seen(cut: tuple[int, int]) -> None:
    class Cut(DrawnCrops):
        def crop(self, frame: int) -> Crop:
            whole = super().crop(frame)
            rows = slice(max(cut[0] - 20, 0), cut[1] - 20 if cut[1] > 20 else 1)
            return replace(whole, pixels=whole.pixels[rows], origin=(10, 20 + rows.start))

    crops = Cut([0.0, 0.6] * 6)
    for patch, crop in zip(render(crops, codes([0.5] * 12)), crops, strict=True):
        left, top = patch.to_plate[:, 2]
        assert np.isfinite(patch.pixels).all()
        assert left >= crop.origin[0]
        assert top >= crop.origin[1]
        assert top + patch.matte.shape[0] <= crop.origin[1] + crop.pixels.shape[0]


def test_frames_beside_a_gap_ease_out_of_the_new_line() -> None:
    share = gap_ramp(np.array([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13]))
    np.testing.assert_allclose(share, [1, 1, 1, 0.75, 0.5, 0.25, 0.25, 0.5, 0.75, 1, 1])
    np.testing.assert_array_equal(gap_ramp(np.arange(5)), np.ones(5))


def test_the_meshs_error_with_the_pose_is_undone_and_speech_is_not() -> None:
    rng = np.random.default_rng(1)
    yaw, opening = rng.normal(0, 0.3, 300), rng.random(300)
    mesh = np.stack([turned(canonical(o), yaw=y) for o, y in zip(opening, yaw, strict=True)])
    pose = basis().pose(mesh)
    points = basis().points(mesh)
    crooked = points + 0.1 * yaw[:, None, None] * np.ones(3, np.float32) * (1, 0, 0)
    bias = PoseBias.fit(crooked.astype(np.float32), pose).at(pose)
    left = (crooked - bias)[:, :, 0] - points[:, :, 0]
    assert left.std() < 0.004
    assert (bias[..., 1]).std() < 0.01


def test_the_run_of_mouths_holds_until_a_change_pays() -> None:
    cost = np.tile([1.0, 0.8], (10, 1))
    np.testing.assert_array_equal(pool.schedule(cost, 0.5), np.ones(10))
    cost[3, 1] = 1.1  # one dear frame is no reason
    np.testing.assert_array_equal(pool.schedule(cost, 0.5), np.ones(10))
    cost[5:, 1] = 3.0  # five are
    np.testing.assert_array_equal(pool.schedule(cost, 0.5), [1] * 5 + [0] * 5)
    assert len(np.unique(np.diff(pool.schedule(cost, 0.0)))) > 1


def test_schedule_finds_the_cheapest_run() -> None:
    rng = np.random.default_rng(0)
    cost = rng.random((7, 3))
    runs = np.stack(np.meshgrid(*[np.arange(3)] * 7, indexing="ij"), -1).reshape(-1, 7)
    price = cost[np.arange(7), runs].sum(axis=1) + 0.3 * (np.diff(runs, axis=1) != 0).sum(axis=1)
    np.testing.assert_array_equal(pool.schedule(cost, 0.3), runs[price.argmin()])


def test_changes_are_cross_faded_but_not_across_a_gap() -> None:
    alike = np.full((4, 3), 0.1)
    mixes = pool.fades(np.array([0, 0, 2, 2]), np.arange(4), alike)
    assert mixes == [[(0, 1.0)], [(0, 0.75), (2, 0.25)], [(0, 0.25), (2, 0.75)], [(2, 1.0)]]
    apart = pool.fades(np.array([0, 0, 2, 2]), np.array([0, 1, 7, 8]), alike)
    assert apart == [[(0, 1.0)], [(0, 1.0)], [(2, 1.0)], [(2, 1.0)]]
    alike[:, 0] = 0.0  # shut lips do not fade into teeth
    assert pool.fades(np.array([0, 0, 2, 2]), np.arange(4), alike) == apart


def test_choice_serves_what_is_wanted() -> None:
    wanted = np.array([[0.0], [1.0], [1.1]])
    lent = np.array([[5.0], [0.1], [1.05], [9.0]])
    np.testing.assert_array_equal(pool.choose((wanted - lent.T) ** 2, 2), [1, 2])


def test_features_tell_shapes_and_turns_apart() -> None:
    meshes = np.stack(
        [turned(canonical(o), yaw=y) for o, y in ((0.0, 0.0), (0.8, 0.0), (0.0, 0.5))]
    )
    pose, points = basis().pose(meshes), basis().points(meshes)
    found = pool.features(points, pose)
    cost = pool.costs(found, found, pool.openings(points), pool.openings(points))
    assert np.abs(np.diag(cost)).max() < 1e-6
    assert min(cost[0, 1], cost[0, 2], cost[1, 2]) > 0.002
    np.testing.assert_allclose(np.abs(pool.turns(pose)[:, 0]), [0, 0, 0.5], atol=0.02)


def test_a_change_of_mouth_waits_until_the_lips_are_nearly_shut() -> None:
    opening = np.array([0.0, 0.02, 0.1, 0.2, 0.2, 0.1, 0.02, 0.0])
    cost = np.zeros((8, 2))
    cost[:3, 1] = cost[3:, 0] = 0.003  # by shape alone the best change is in the open mouth
    assert (np.diff(pool.schedule(cost)) != 0).nonzero()[0].tolist() == [2]
    held = pool.schedule(cost, pool.switches(opening))
    assert set((np.diff(held) != 0).nonzero()[0].tolist()) <= {0, 1, 5, 6}


def test_frames_in_which_the_lips_race_are_taken_for_blurred() -> None:
    points = np.zeros((6, 20, 2), np.float32)
    points[3:] += 0.1  # a jump between frames 2 and 3
    frames = np.array([0, 1, 2, 3, 4, 40])
    np.testing.assert_array_equal(pool.restless(points, frames), [0, 0, 1, 1, 0, 0])
    assert pool.restless(points[:1], frames[:1]).tolist() == [0]


def test_teeth_are_told_from_tongue_dark_and_lip() -> None:
    lip = np.tile(np.array([0.6, 0.3, 0.3], np.float32), (6, 5, 1))
    dark, tongue, tooth = (
        np.tile(np.array(c, np.float32), (24, 5, 1))
        for c in ([0.08, 0.05, 0.05], [0.6, 0.33, 0.33], [0.7, 0.65, 0.55])
    )
    assert pool.teeth(dark, lip) == pool.teeth(tongue, lip) == 0
    assert pool.teeth(np.concatenate([tooth[:8], dark[:16]]), lip) == 1


def test_an_opening_is_parted_below_the_upper_teeth() -> None:
    mesh = turned(canonical(1.0), 120.0, (200.0, 100.0))
    image = picture(mesh, (400, 400), grain=0)
    inside = pool.opening_pixels(image, (0, 0), mesh)
    found, give = pool.parting(inside)
    assert give == pool.GIVE_GAP
    assert 0.37 <= found <= 1.0
    rows = inside.mean(axis=(1, 2))
    assert rows[4] > 0.6  # teeth
    assert rows[round(found * 23)] < 0.15


def test_the_light_of_a_lent_mouth_is_found_as_a_plane() -> None:
    rng = np.random.default_rng(2)
    lent = (0.3 + 0.2 * rng.random((40, 60, 3))).astype(np.float32)
    slope = np.exp(0.2 + 0.1 * np.linspace(-1, 1, 60, dtype=np.float32))[None, :, None]
    gain = draw.gain(
        lent * slope, lent, np.ones((40, 60), np.float32), 1, draw.Light(np.zeros(3, np.float32))
    )
    assert np.abs(np.log(gain / slope)).mean() < 0.03


def test_the_light_moves_slowly() -> None:
    light = draw.Light(np.zeros(3, np.float32))
    assert light.settle(1, np.array([1.0]))[0] == 1.0
    light.row = 1
    assert light.settle(1, np.array([0.0]))[0] == pytest.approx(draw.LIGHT_MEMORY)
    assert light.settle(2, np.array([0.0]))[0] == 0.0


def test_the_lent_mattes_lie_inside_the_lips() -> None:
    mesh = turned(canonical(0.6), 120.0, (200.0, 100.0))
    points = mesh[list(SHAPE_POINTS), :2]
    box = (120, 160, 280, 260)
    matte, ring = draw.lip_mattes(points, box, 6.0)
    outer = draw.polygon(points[:20], box)
    assert (matte[outer == 0] < 0.1).all()
    assert matte[outer == 0].mean() < 0.002
    x, y = (
        round(float(v))
        for v in points[[*UPPER_PLACES[4:7], *LOWER_PLACES[4:7]]].mean(axis=0) - box[:2]
    )
    assert matte[y, x] > 0.99
    assert ring[y, x] < 0.05
    assert ring[outer == 0].max() > 0.5


def test_smoothing_is_light() -> None:
    assert native.SMOOTHING_FRAMES < 1.0
