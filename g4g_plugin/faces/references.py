"""Choose frames of the same person to borrow from: every opening of the mouth, in a pose like the
wanted one.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import EYE_CORNERS, LOWER_LIP, UPPER_LIP, FaceTrack
from g4g_plugin.faces.crop import Doubles, Floats, Pose, fit_pose

KEEP_AWAY = Fraction(1, 2)  # seconds between a reference and the frames it must not be taken from
LEAST_SCORE = 0.8  # of the best one in the pool
MOST_TURNED = np.radians(35)  # beyond it half of the mouth is hidden
SIZE_WEIGHT = 0.3  # how much a face twice as large counts against one turned by a radian


def openness(mesh: Floats) -> Doubles:
    """Return how far the lips are apart, in eye distances: (N,), from meshes (N, 478, 3); a turn
    changes nothing.
    """
    apart = np.linalg.norm(mesh[:, UPPER_LIP].astype(np.float64) - mesh[:, LOWER_LIP], axis=-1)
    return apart / np.maximum(
        np.linalg.norm(mesh[:, EYE_CORNERS[0]] - mesh[:, EYE_CORNERS[1]], axis=-1), 1e-6
    )


def _away(pose: Pose, yaw: float, pitch: float, scale: float) -> Doubles:
    """Return how far each pose is from the wanted one, about in radians."""
    size = SIZE_WEIGHT * np.abs(np.log2(np.maximum(pose.scale, 1e-6) / scale))
    return np.hypot(pose.yaw - yaw, _pitch(pose) - pitch) + size


def _pitch(pose: Pose) -> Doubles:
    return np.arcsin(np.clip(pose.turn[:, 1, 2], -1, 1))


def _allowed(
    pool: FaceTrack, yaw: Doubles, forbid: range | None, rate: Fraction
) -> NDArray[np.bool_]:
    """Return which frames may be used at all, (N,); blurred and far turned ones only where there
    are no others.
    """
    free = np.ones(len(pool), bool)
    if forbid is not None and len(forbid):
        margin = -(-KEEP_AWAY * rate // 1)
        free = (pool.frames < min(forbid) - int(margin)) | (pool.frames > max(forbid) + int(margin))
    good = free & (np.abs(yaw) < MOST_TURNED) & (pool.score >= LEAST_SCORE * pool.score.max())
    return good if good.any() else free


def pick(
    pool: FaceTrack,
    count: int,
    near: Floats | None = None,
    forbid: range | None = None,
    rate: Fraction = Fraction(25),
) -> NDArray[np.int64]:
    """Return `count` positions in `pool` (not frame numbers), from the most closed mouth to the
    most open one.

    The frames are split into `count` equal shares by openness, and of each the one whose pose is
    nearest is taken. Where fewer frames are allowed, some are taken twice; none where none is. The
    same pool gives the same answer.

    Args:
        pool: the person's footage.
        count: how many.
        near: mesh (478, 3) whose pose is wanted; None takes the pool's own middle.
        forbid: frame numbers that no reference may come within half a second of.
        rate: frames per second.
    """
    if count < 1 or not len(pool):
        return np.empty(0, np.int64)
    pose = fit_pose(pool.mesh)
    allowed = np.flatnonzero(_allowed(pool, pose.yaw, forbid, rate))
    if not len(allowed):
        return np.empty(0, np.int64)
    yaw, pitch, scale = (float(np.median(v[allowed])) for v in (pose.yaw, _pitch(pose), pose.scale))
    if near is not None:
        wanted = fit_pose(np.concatenate([near[None], pool.mesh]))
        yaw, pitch, scale = float(wanted.yaw[0]), float(_pitch(wanted)[0]), float(wanted.scale[0])
    away = _away(pose, yaw, pitch, scale)
    by_openness = allowed[np.argsort(openness(pool.mesh[allowed]), kind="stable")]
    edges = pairwise(np.linspace(0, len(by_openness), count + 1))
    shares = [by_openness[int(a) : max(int(np.ceil(b)), int(a) + 1)] for a, b in edges]
    picked = np.array([share[np.argmin(away[share])] for share in shares], np.int64)
    return picked[np.argsort(openness(pool.mesh[picked]), kind="stable")]
