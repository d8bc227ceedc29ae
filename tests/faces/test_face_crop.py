"""The crop is a similarity hung on the head and not on the jaw; regions hold the face and the neck;
crops are lazy.
"""

from __future__ import annotations

import numpy as np
import pytest
from drawn_faces import DrawnPlate, moved, similarity, where

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.progress import SILENT
from g4g_plugin.faces import crop
from g4g_plugin.faces.crop import crops, fit_pose, region, runs, smooth_pose, to_crop
from g4g_plugin.faces.follow import follow, steady


def into(mesh: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    return np.einsum("nij,npj->npi", matrices[:, :, :2], mesh[..., :2]) + matrices[:, None, :, 2]


def turned(mesh: np.ndarray, yaw: float, roll: float = 0.0) -> np.ndarray:
    """Turn a mesh in space about its own middle, degrees."""
    a, b = np.radians(yaw), np.radians(roll)
    side = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    tilt = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    middle = mesh.mean(0)
    return ((mesh - middle) @ (tilt @ side).T + middle).astype(np.float32)


def test_the_mouth_box_covers_nose_to_just_under_the_chin(still):
    matrices = to_crop(still[None])
    points = into(still[None], matrices)[0]
    top, left, bottom, right = mouth_box(256)
    assert points[5, 1] == pytest.approx(top - 0.5, abs=0.5)  # the bridge
    assert top < points[2, 1] < points[0, 1] < points[17, 1] < points[152, 1] < bottom
    assert 0.1 < (bottom - points[152, 1]) / 256 < 0.3
    assert points[2, 0] == pytest.approx((left + right - 1) / 2, abs=0.5)
    assert left < points[61, 0] < points[291, 0] < right


def test_it_is_a_similarity_and_upright(still):
    mesh = np.stack([turned(still, 0, roll) for roll in (-30, 0, 25)])
    for i in range(3):
        matrix = to_crop(mesh[i : i + 1])[0]
        linear = matrix[:, :2].astype(float)
        assert np.allclose(linear @ linear.T, np.eye(2) * np.linalg.det(linear), atol=1e-5)
        eyes = into(mesh[i : i + 1], matrix[None])[0, [33, 263]]
        assert abs(np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1]))) < 3


@pytest.mark.parametrize("mouth", [64, 128])
def test_smaller_geometries_are_the_same_picture(still, mouth):
    large, small = (
        into(still[None], to_crop(still[None])),
        into(still[None], to_crop(still[None], mouth=mouth)),
    )
    assert np.allclose((large + 0.5) * mouth / 256 - 0.5, small, atol=0.02)


def test_the_scale_does_not_follow_the_jaw(still):
    mesh = np.repeat(still[None], 60, 0)
    lower = still[:, 1] > still[13, 1]
    opening = 12 * (1 + np.sin(np.arange(60))) / 2
    mesh[:, lower, 1] += opening[:, None].astype(np.float32)
    matrices = to_crop(mesh)
    assert np.ptp(matrices, axis=0).max() < 1e-3
    chin = into(mesh, matrices)[:, 152, 1]
    assert np.ptp(chin) > 20  # the jaw is seen to move


def test_the_crop_follows_a_push_in(still):
    middle = still.mean(0)
    mesh = np.stack([(still - middle) * (1 + n / 40) + middle for n in range(60)]).astype(
        np.float32
    )
    points = into(mesh, to_crop(mesh))
    assert points.std(axis=0).max() < 1.5  # of 320 pixels


def test_pose_is_recovered(still):
    mesh = np.stack(
        [turned(still, yaw, roll) for yaw, roll in ((0, 0), (20, 0), (-30, 10), (0, -15))]
    )
    mesh[1:, 152, 1] += 20  # a dropped jaw is no pose
    pose = fit_pose(mesh)
    assert np.degrees(pose.yaw - pose.yaw[0]) == pytest.approx([0, 20, -30, 0], abs=1)
    assert np.degrees(pose.roll - pose.roll[0]) == pytest.approx([0, 0, 10, -15], abs=1.5)
    assert pose.scale / pose.scale[0] == pytest.approx(1, abs=0.01)
    assert np.allclose(pose.place(pose.frontal(mesh)), mesh, atol=1e-3)
    assert np.allclose(np.linalg.det(pose.turn), 1)


def test_a_sudden_move_is_kept(still):
    mesh = np.repeat(still[None], 20, 0)
    mesh[10:, :, 0] += 60
    frames = np.arange(20)
    pose = smooth_pose(fit_pose(mesh), frames)
    assert np.abs(pose.at[:, 0] - fit_pose(mesh).at[:, 0]).max() < 1.5


def test_runs():
    assert runs(np.array([3, 4, 5, 9, 10, 40])) == [slice(0, 3), slice(3, 5), slice(5, 6)]
    assert runs(np.array([3, 4, 5, 9, 10, 40]), 12) == [slice(0, 5), slice(5, 6)]
    assert runs(np.array([], np.int64)) == []


def test_to_crop_of_nothing():
    assert to_crop(np.empty((0, 478, 3), np.float32)).shape == (0, 2, 3)


def test_the_region_holds_face_and_neck(still):
    left, top, right, bottom = region(still, (512, 512))
    low, high = still[:, :2].min(0), still[:, :2].max(0)
    wide, tall = high - low
    assert left == pytest.approx(low[0] - 0.35 * wide, abs=10)
    assert right == pytest.approx(high[0] + 0.35 * wide, abs=10)
    assert bottom == pytest.approx(high[1] + 0.5 * tall, abs=10)
    assert top < low[1]
    assert (left % 2, top % 2) == (0, 0)


@pytest.mark.parametrize(
    "shift", [(-240, 0), (260, 0), (0, -150), (0, 400), (5000, 5000), (-5000, 0)]
)
def test_the_region_stays_in_the_picture(still, shift):
    left, top, right, bottom = region(still + np.float32([*shift, 0]), (512, 511))
    assert 0 <= left < right <= 512
    assert 0 <= top < bottom <= 511


@pytest.fixture
def plate(face):
    return DrawnPlate(lambda n: moved(face, similarity(0, 1, n, 0)), 40, "crops")


@pytest.fixture
def track(still):
    frames = np.array([*range(2, 9), *range(12, 15), *range(36, 40)])
    mesh = np.stack(
        [np.column_stack([where(still, similarity(0, 1, n, 0)), still[:, 2]]) for n in frames]
    )
    return steady(frames, mesh.astype(np.float32), np.ones(len(frames), np.float32))


def test_crops_come_in_order_with_the_plate_s_own_pixels(plate, track):
    made = crops(plate, track, track, 2)
    assert (made.rate, made.start, made.track is track, made.pool is track) == (25, 2, True, True)
    assert not plate.decoded  # nothing before it is asked for
    seen = list(made)
    assert [c.frame for c in seen] == track.frames.tolist()
    assert plate.decoded == [
        *range(2, 15),
        *range(36, 40),
    ]  # a short gap is read over, a long one is not
    for i, c in enumerate(seen):
        x, y = c.origin
        picture = plate.draw(c.frame)[y : y + c.pixels.shape[0], x : x + c.pixels.shape[1]]
        assert c.pixels.dtype == np.float32
        assert np.allclose(c.pixels * 255, picture, atol=1e-3)
        assert np.array_equal(c.mesh, track.mesh[i])
        assert np.array_equal(c.to_crop, track.to_crop[i])


def test_crops_decode_as_they_are_pulled(plate, track):
    one = next(iter(crops(plate, track, track, 2)))
    assert one.frame == 2
    assert plate.decoded == [2]


def test_fetch_in_any_order(plate, track):
    made = crops(plate, track.within(2, 9), track, 2)
    got = made.fetch(np.array([37, 3, 12, 3, 39, 2, 4, 5, 6, 7, 8]))
    assert [c.frame for c in got] == [37, 3, 12, 3, 39, 2, 4, 5, 6, 7, 8]
    assert len(plate.decoded) == 10
    with pytest.raises(ValueError, match="no face in frames"):
        made.fetch(np.array([3, 20]))
    with pytest.raises(ValueError, match="are the most"):
        crops(plate, track, track, 2, cap=3).fetch(np.arange(2, 6))


def test_follow_and_crop_agree(face):
    plate = DrawnPlate(lambda n: moved(face, similarity(0, 1, n, 0)), 12, "agree")
    track = follow(plate, 0, 12, None, SILENT, None, 0)
    assert isinstance(track, FaceTrack)
    for c in crops(plate, track, track, 0):
        inside = c.mesh[:, :2] - c.origin
        assert (inside > 0).all()
        assert (inside < np.array(c.pixels.shape[1::-1])).all()
    assert crop.MOUTH_PIXELS == 256
