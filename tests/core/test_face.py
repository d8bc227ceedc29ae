"""Faces, crops and patches: the paper's 68 points, tables that fit together, JSON both ways."""

import pickle

import numpy as np
import pytest

from g4g_plugin.core.crop import CROP_SIZES, Patch, mouth_box
from g4g_plugin.core.face import (
    INNER_LIPS,
    JAW,
    LANDMARKS_68,
    MESH_POINTS,
    OUTER_LIPS,
    STABLE,
    FaceTrack,
)


def drawn(frames: list[int]) -> FaceTrack:
    rng = np.random.default_rng(0)
    n = len(frames)
    return FaceTrack(
        np.array(frames, np.int64),
        rng.uniform(0, 999, (n, MESH_POINTS, 3)).astype(np.float32),
        rng.uniform(-1, 1, (n, 2, 3)).astype(np.float32),
        rng.uniform(0, 1, n).astype(np.float32),
    )


def test_the_table_has_68_points_and_its_lips_are_lips() -> None:
    assert len(set(LANDMARKS_68)) == 68
    assert set(LANDMARKS_68[48:60]) <= set(OUTER_LIPS)
    assert set(LANDMARKS_68[60:68]) <= set(INNER_LIPS)
    everything = {*LANDMARKS_68, *OUTER_LIPS, *INNER_LIPS, *JAW, *STABLE}
    assert min(everything) >= 0
    assert max(everything) < MESH_POINTS
    assert not set(STABLE) & {*OUTER_LIPS, *INNER_LIPS, *JAW}


def test_landmarks_are_the_mesh_s_own() -> None:
    track = drawn([3, 4])
    assert track.landmarks.shape == (2, 68, 2)
    assert np.array_equal(track.landmarks[1, 8], track.mesh[1, 152, :2])  # the chin


def test_frames_without_a_face_are_absent_not_shifted() -> None:
    track = drawn([3, 4, 7, 9])
    inner = track.within(4, 9)
    assert inner.frames.tolist() == [4, 7]
    assert np.array_equal(inner.mesh, track.mesh[1:3])
    assert len(track.within(5, 7)) == 0


@pytest.mark.parametrize("track", [drawn([3, 4, 7]), drawn([])])
def test_a_track_travels(track: FaceTrack) -> None:
    other = pickle.loads(pickle.dumps(track))
    for name in ("frames", "mesh", "to_crop", "score"):
        assert np.array_equal(getattr(other, name), getattr(track, name))
        assert getattr(other, name).dtype == getattr(track, name).dtype


@pytest.mark.parametrize("frames", [[4, 3], [3, 3]])
def test_a_track_ascends(frames: list[int]) -> None:
    with pytest.raises(ValueError):
        drawn(frames)


def test_a_track_s_tables_fit_together() -> None:
    track = drawn([1, 2])
    with pytest.raises(ValueError):
        FaceTrack(track.frames[:1], track.mesh, track.to_crop, track.score)


@pytest.mark.parametrize("mouth", CROP_SIZES)
def test_crop_sizes_are_what_the_paper_s_geometry_says(mouth: int) -> None:
    height, width = CROP_SIZES[mouth]
    radius = mouth // 2
    assert (height, width) == (3 * radius + radius // 4, 2 * radius + 2 * (radius // 4))
    top, left, bottom, right = mouth_box(mouth)
    assert (bottom - top, right - left) == (mouth, mouth)
    assert right + left == width


def test_a_patch_and_its_matte_have_one_size() -> None:
    pixels, place = np.zeros((4, 6, 3), np.float32), np.eye(2, 3, dtype=np.float32)
    Patch(0, pixels, np.zeros((4, 6), np.float32), place)
    with pytest.raises(ValueError):
        Patch(0, pixels, np.zeros((6, 4), np.float32), place)
    with pytest.raises(ValueError):
        Patch(0, pixels[..., :2], np.zeros((4, 6), np.float32), place)
