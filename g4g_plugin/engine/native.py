"""The native renderer: the target frame's own pixels moved, at the plate's resolution, to the shape the take asks for.

Skin, chin and lips are the target frame itself; what only opens now (teeth, tongue) comes from the actor's other
frames, under the same deformation, its light matched to the lips around it. Nothing is painted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.engine import pool
from g4g_plugin.engine.draw import Light, Mix, draw
from g4g_plugin.engine.pool import OWN, Mouth
from g4g_plugin.network.mesh import hold_jaw, keep_apart
from g4g_plugin.network.shape import CLOSED_GAP, Pose, ShapeBasis, gaps

Floats = NDArray[np.float32]

SMOOTH = 0.45  # frames: standard deviation of the smoothing of wanted shapes
GAP_RAMP = 3  # frames over which the mouth leaves and regains the plate's own shape beside a missing face
TOUCH = 0.005  # eye distances between inner lips that touch, as the mesh sees them
RIDGE = 0.02  # how far the pose must vary (radians squared) before the mesh's pose errors are believed and undone


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """What every frame of a shot is to show.

    wanted (N, 59, 3) canonical; pose of each frame; mouths the pool lends; mixes: per frame, states and
    their weights (state 0: the frame's own mouth, k: mouths[k - 1]).
    """

    wanted: Floats
    pose: Pose
    mouths: list[Mouth]
    mixes: list[Mix]
    dark: Floats | None  # (3,) R'G'B' of the inside of this mouth


class NativeRenderer:
    """Deforms the actor's own pixels; needs a shape basis and no net."""

    def __init__(self, basis: ShapeBasis) -> None:
        self._basis = basis

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield a patch for each frame of `crops.track`; codes (N, 12), one for each of those frames."""
        script = self.script(crops, codes)
        light = Light(script.dark)
        for index, crop in enumerate(crops):
            lent = [(script.mouths[state - 1] if state != OWN else None, share) for state, share in script.mixes[index]]
            yield draw(crop, script.pose, index, script.wanted[index], lent, light)

    def script(self, crops: Crops, codes: Floats) -> Script:
        """Settle every frame's shape and mouth before the first pixel is moved."""
        track, seen = crops.track, crops.pool
        pose = self._basis.pose(track.mesh)
        wanted = self.shapes(track, seen, codes)
        lending = seen.mesh[pool.thinned(seen)]
        frames = seen.frames[pool.thinned(seen)]
        lent_pose = self._basis.pose(lending)
        points = self._basis.points(lending)
        own = self._basis.points(track.mesh)
        asked, areas = pool.features(wanted, pose), pool.openings(wanted)
        cost = pool.costs(asked, pool.features(points, lent_pose), areas, pool.openings(points))
        cost = cost + pool.UNSURE * (1 - seen.score[pool.thinned(seen)])[None] ** 2
        chosen = pool.choose(cost)
        stay = pool.costs(asked, pool.features(own, pose), areas, pool.openings(own)).diagonal()
        path = pool.schedule(np.concatenate([stay[:, None], cost[:, chosen]], axis=1))
        used = np.unique(path[path != OWN]) - 1
        number = {int(k) + 1: i + 1 for i, k in enumerate(used)} | {OWN: OWN}
        sizes = dict(zip(frames[chosen].tolist(), lent_pose.scale[chosen].tolist(), strict=True))
        mouths = pool.fetch(crops, frames[chosen][used], sizes)
        heights = np.c_[pool.openings(own), np.tile(pool.openings(points[chosen][used]), (len(own), 1))]
        mixes = pool.fades(np.array([number[int(k)] for k in path]), track.frames, heights)
        return Script(wanted, pose, mouths, mixes, pool.darkness(mouths))

    def shapes(self, track: FaceTrack, seen: FaceTrack, codes: Floats) -> Floats:
        """Return the canonical shape each frame is to take, (N, 59, 3)."""
        rest = sealed(self._basis, seen)
        own = self._basis.points(track.mesh)
        bias = PoseBias.fit(self._basis.points(seen.mesh), self._basis.pose(seen.mesh))
        asked = rest + self._basis.decode(codes)
        asked = np.asarray(gaussian_filter1d(asked, SMOOTH, axis=0, mode="nearest"), np.float32)
        wanted = keep_apart(asked) + bias.at(self._basis.pose(track.mesh))
        wanted = hold_jaw(wanted, own, rest)
        share = gap_ramp(track.frames)[:, None, None]
        return (own + share * (wanted - own)).astype(np.float32)


def sealed(basis: ShapeBasis, seen: FaceTrack) -> Floats:
    """Return the person's closed mouth (59, 3); of one that is never seen shut, with the lips brought together."""
    rest = basis.neutral(seen.mesh)
    if float(np.percentile(gaps(basis.points(seen.mesh)), 5)) <= CLOSED_GAP:
        return rest
    unit = basis.opening / max(float(gaps(basis.opening[None])[0]), 1e-6)
    return (rest - (float(gaps(rest[None])[0]) - TOUCH) * unit).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PoseBias:
    """How the mesh's guess of depth shifts the mouth when the head turns: linear in yaw, pitch and their squares."""

    centre: NDArray[np.float64]  # (4,)
    slope: NDArray[np.float64]  # (4, 59, 3)

    @classmethod
    def fit(cls, points: Floats, pose: Pose) -> PoseBias:
        """Regress canonical points (N, 59, 3) on the pose, held small by a ridge."""
        terms = cls._terms(pose)
        centre = np.median(terms, axis=0)
        x, y = terms - centre, (points - points.mean(axis=0)).reshape(len(points), -1).astype(np.float64)
        slope = np.linalg.solve(x.T @ x / len(x) + RIDGE**2 * np.eye(x.shape[1]), x.T @ y / len(x))
        return cls(centre, slope.reshape(-1, *points.shape[1:]))

    @staticmethod
    def _terms(pose: Pose) -> NDArray[np.float64]:
        turned = pool.turns(pose)
        return np.concatenate([turned, turned**2], axis=1)

    def at(self, pose: Pose) -> Floats:
        """Return the shift of the points at each pose, (N, 59, 3)."""
        return np.einsum("nk,kpd->npd", self._terms(pose) - self.centre, self.slope).astype(np.float32)


def gap_ramp(frames: NDArray[np.int64]) -> Floats:
    """Return how much of the wanted shape each frame takes, (N,): less beside frames without a face."""
    share = np.ones(len(frames))
    for cut in np.flatnonzero(np.diff(frames) > 1):
        for step in range(GAP_RAMP):
            part = (step + 1) / (GAP_RAMP + 1)
            for at in (cut - step, cut + 1 + step):
                if 0 <= at < len(frames):
                    share[at] = min(share[at], part)
    return share.astype(np.float32)
