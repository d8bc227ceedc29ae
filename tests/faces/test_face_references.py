"""References spread over lip openness, stand as the target stands, and never come near what is
forbidden.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from test_face_crop import turned

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.faces.references import openness, pick


@pytest.fixture
def pool(still) -> FaceTrack:
    """200 frames: the mouth opens and closes, the head turns slowly from -25 to 25 degrees and
    back.
    """
    count = 200
    lower = still[:, 1] > still[13, 1]
    mesh = []
    for n in range(count):
        one = still.copy()
        one[lower, 1] += 10 * (1 + np.sin(0.9 * n))
        mesh.append(turned(one, 25 * np.sin(2 * np.pi * n / count)))
    score = np.ones(count, np.float32)
    return FaceTrack(
        np.arange(1000, 1000 + count), np.stack(mesh), np.zeros((count, 2, 3), np.float32), score
    )


def only(pool: FaceTrack, keep: np.ndarray, score: np.ndarray | None = None) -> FaceTrack:
    return FaceTrack(
        pool.frames[keep],
        pool.mesh[keep],
        pool.to_crop[keep],
        (pool.score if score is None else score)[keep],
    )


def yaw_of(pool: FaceTrack, i: int) -> float:
    return 25 * np.sin(2 * np.pi * (pool.frames[i] - 1000) / 200)


def test_spread_over_openness_and_sorted(pool):
    picked = pick(pool, 5)
    opened, all_of_it = openness(pool.mesh)[picked], openness(pool.mesh)
    ranks = np.searchsorted(np.sort(all_of_it), opened) / len(pool)
    assert len(set(picked.tolist())) == 5
    assert (np.diff(opened) > 0).all()
    for share, rank in enumerate(ranks):
        assert share / 5 - 0.01 <= rank <= (share + 1) / 5 + 0.01


def test_openness_does_not_see_the_turn(still):
    assert openness(np.stack([still, turned(still, 35)])) == pytest.approx(
        openness(still[None])[0], rel=0.01
    )


@pytest.mark.parametrize("yaw", [-20, 0, 20])
def test_the_pose_is_near_the_target_s(pool, still, yaw):
    picked = pick(pool, 5, near=turned(still, yaw))
    assert [yaw_of(pool, i) for i in picked] == pytest.approx([yaw] * 5, abs=8)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(50)])
def test_the_forbidden_window_is_kept_clear(pool, still, rate):
    forbid = range(1040, 1075)
    free = pick(pool, 5, near=pool.mesh[55])
    kept = pick(pool, 5, near=pool.mesh[55], forbid=forbid, rate=rate)
    frames = pool.frames[kept]
    assert ((frames < 1040 - rate / 2) | (frames > 1074 + rate / 2)).all()
    assert ((pool.frames[free] >= 1040 - 12) & (pool.frames[free] <= 1074 + 12)).any()


def test_nothing_allowed_is_nothing(pool):
    assert len(pick(pool, 5, forbid=range(900, 1300))) == 0
    assert len(pick(only(pool, np.zeros(200, bool)), 5)) == 0
    assert len(pick(pool, 0)) == 0


def test_few_frames_are_taken_twice(pool):
    few = only(pool, np.arange(200) < 3)
    picked = pick(few, 5)
    assert len(picked) == 5
    assert set(picked.tolist()) == {0, 1, 2}


def test_poor_and_far_turned_frames_are_avoided(pool, still):
    score = np.where(np.arange(200) % 2, 0.55, 1.0).astype(np.float32)
    assert (pick(only(pool, np.ones(200, bool), score), 5) % 2 == 0).all()
    mesh = pool.mesh.copy()
    mesh[::2] = np.stack([turned(m, 60) for m in mesh[::2]])
    far = FaceTrack(pool.frames, mesh, pool.to_crop, pool.score)
    assert (pick(far, 5, near=mesh[0]) % 2 == 1).all()


def test_the_same_pool_gives_the_same_answer(pool, still):
    assert np.array_equal(pick(pool, 5, near=still), pick(pool, 5, near=still))
