"""The native renderer: the target frame's own pixels moved, at the plate's resolution, to the shape the take asks for.

Skin, chin and lips are the target frame itself; what only opens now (teeth, tongue) comes from the actor's other
frames, under the same deformation, its light matched to the lips around it. Nothing is painted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Box
from g4g_plugin.engine import pool
from g4g_plugin.engine.pool import OWN, Mouth
from g4g_plugin.network.mesh import (
    INNER_PLACES,
    OUTER_PLACES,
    View,
    Warp,
    hold_jaw,
    keep_apart,
    sample,
)
from g4g_plugin.network.shape import Pose, ShapeBasis

Floats = NDArray[np.float32]
Weights = dict[int, float]

SMOOTH = 0.6  # frames: standard deviation of the smoothing of wanted shapes
GAP_RAMP = 3  # frames over which the mouth leaves and regains the plate's own shape beside a missing face
RIDGE = 0.02  # how far the pose must vary (radians squared) before the mesh's pose errors are believed and undone
LIP_HOLD = 0.45  # share of the lip's width, from inside, that is the lent mouth's wholly
RING = 0.05  # eye distances around the lips where light is matched
LIGHT_LIMIT = 0.5  # natural log: a lent mouth is at most this much brightened or darkened
LIGHT_MEMORY = 0.5  # share of the last frame's light that stays


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """What every frame of a shot is to show.

    wanted (N, 59, 3) canonical; pose of each frame; mouths the pool lends; mixes: per frame, weights by state (0: the
    frame's own mouth, k: mouths[k - 1]).
    """

    wanted: Floats
    pose: Pose
    mouths: list[Mouth]
    mixes: list[Weights]


@dataclass(slots=True)
class Lighting:
    """The light of each lent mouth, remembered from frame to frame so that it does not flicker."""

    last: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def settle(self, state: int, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """Blend what was found with what was used last for this mouth."""
        kept = self.last.get(state)
        self.last[state] = found if kept is None else LIGHT_MEMORY * kept + (1 - LIGHT_MEMORY) * found
        return self.last[state]


class NativeRenderer:
    """Deforms the actor's own pixels; needs a shape basis and no net."""

    def __init__(self, basis: ShapeBasis) -> None:
        self._basis = basis

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield a patch for each frame of `crops.track`; codes (N, 12), one for each of those frames."""
        script = self.script(crops, codes)
        light = Lighting()
        for index, crop in enumerate(crops):
            yield draw(crop, script, index, light)

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
        gaps = dict(zip(frames[chosen].tolist(), pool.openings(points[chosen]).tolist(), strict=True))
        mouths = pool.fetch(crops, frames[chosen][used], sizes, gaps)
        mixes = pool.fades(np.array([number[int(k)] for k in path]), track.frames)
        return Script(wanted, pose, mouths, mixes)

    def shapes(self, track: FaceTrack, seen: FaceTrack, codes: Floats) -> Floats:
        """Return the canonical shape each frame is to take, (N, 59, 3)."""
        rest = self._basis.neutral(seen.mesh)
        own = self._basis.points(track.mesh)
        bias = PoseBias.fit(self._basis.points(seen.mesh), self._basis.pose(seen.mesh))
        asked = rest + self._basis.decode(codes)
        asked = np.asarray(gaussian_filter1d(asked, SMOOTH, axis=0, mode="nearest"), np.float32)
        wanted = keep_apart(asked) + bias.at(self._basis.pose(track.mesh))
        wanted = hold_jaw(wanted, own, rest)
        share = gap_ramp(track.frames)[:, None, None]
        return (own + share * (wanted - own)).astype(np.float32)


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


def draw(crop: Crop, script: Script, index: int, light: Lighting) -> Patch:
    """Make one frame's patch."""
    pose, wanted3 = script.pose, script.wanted[index : index + 1]
    one = Pose(pose.scale[index : index + 1], pose.rotation[index : index + 1], pose.shift[index : index + 1])
    wanted = one.to_plate(wanted3)[0, :, :2]
    view = View.of(pose, index, crop.mesh, wanted)
    box = within(view.box(2**30, 2**30), crop)
    sources = Warp.own(view, crop.mesh, wanted).own_sources(box)
    moved = sample(crop.pixels, sources, crop.origin)
    mix = script.mixes[index]
    for state, weight in mix.items():
        if state != OWN:
            moved = lay(moved, script.mouths[state - 1], weight_of(mix, state, weight), crop, view, wanted, box, state, light)
    matte = edge_matte(view, box)
    return Patch(crop.frame, moved, matte, np.array([[1, 0, box[0]], [0, 1, box[1]]], np.float32))


def weight_of(mix: Weights, state: int, weight: float) -> float:
    """Return the opacity of a state laid over those before it, so that all end up with their own weight."""
    before = mix.get(OWN, 0.0)
    for other, share in mix.items():
        if other == state:
            break
        before += share if other != OWN else 0.0
    return weight / max(before + weight, 1e-6)


def within(box: Box, crop: Crop) -> Box:
    """Clip a plate box to the pixels a crop holds."""
    height, width = crop.pixels.shape[:2]
    left, top = crop.origin
    return max(box[0], left), max(box[1], top), min(box[2], left + width), min(box[3], top + height)


def edge_matte(view: View, box: Box) -> Floats:
    """Return 1 wherever anything may have moved, 0 elsewhere, (h, w) float32."""
    x, y = np.meshgrid(np.arange(box[0], box[2]), np.arange(box[1], box[3]))
    return (view.window(view.local(np.stack([x, y], -1))) > 0).astype(np.float32)


def lay(
    under: Floats, mouth: Mouth, weight: float, crop: Crop, view: View, wanted: Floats, box: Box, state: int, light: Lighting
) -> Floats:
    """Lay a lent mouth over the moved target frame, inside the lips; returns a new picture."""
    part = mouth_box(view, wanted, box)
    matte, ring = lip_mattes(wanted, part, RING * view.scale)
    sources = Warp.other(view, crop.mesh, wanted, mouth.mesh).sources(part)
    lent = sample(mouth.pixels.astype(np.float32), sources, mouth.origin)
    rows = slice(part[1] - box[1], part[3] - box[1])
    columns = slice(part[0] - box[0], part[2] - box[0])
    base = under[rows, columns]
    lent = lent * light_of(base, lent, ring, state, light)
    out = under.copy()
    out[rows, columns] = base + (weight * matte[..., None]) * (lent - base)
    return out


def mouth_box(view: View, wanted: Floats, box: Box) -> Box:
    """Return the plate box around the wanted lips and their ring."""
    lips = wanted[OUTER_PLACES]
    margin = 2 * RING * view.scale + 2
    left, top = np.floor(lips.min(axis=0) - margin).astype(int)
    right, bottom = np.ceil(lips.max(axis=0) + margin).astype(int) + 1
    return max(left, box[0]), max(top, box[1]), min(right, box[2]), min(bottom, box[3])


def lip_mattes(wanted: Floats, box: Box, ring: float) -> tuple[Floats, Floats]:
    """Return (matte of the lent mouth, weight of the ring where light is matched), both (h, w) float32.

    The matte is 1 in the opening and on the inner lip, and dies away before the lip's outer edge.
    """
    outer, inner = polygon(wanted[OUTER_PLACES], box), polygon(wanted[INNER_PLACES], box)
    to_edge = cv2.distanceTransform((outer > 127).astype(np.uint8), cv2.DIST_L2, 5)
    from_inner = cv2.distanceTransform((inner <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((outer <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    share = to_edge / np.maximum(to_edge + from_inner, 1e-6)
    t = np.clip(share / (1 - LIP_HOLD), 0.0, 1.0)
    matte = (t * t * (3 - 2 * t)).astype(np.float32)
    weight = np.where(to_edge > 0, 1 - share, np.clip(1 - outside / max(ring, 1.0), 0, 1))
    return cv2.GaussianBlur(matte, (0, 0), 0.7), weight.astype(np.float32)


def polygon(points: Floats, box: Box) -> NDArray[np.uint8]:
    """Draw a filled outline, (h, w) uint8, its edge placed to 1/16 pixel."""
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    local = np.round((points - np.array(box[:2], np.float32)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [local], 255, cv2.LINE_AA, 4)
    return mask


def light_of(base: Floats, lent: Floats, ring: Floats, state: int, light: Lighting) -> Floats:
    """Return the gain (h, w, 3) that brings a lent mouth to the light of the target: a plane in log values, per channel."""
    height, width = ring.shape
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    terms = np.stack([np.ones_like(x), x, y], -1)
    log = np.log(np.maximum(base, 0) + 0.03) - np.log(np.maximum(lent, 0) + 0.03)
    log = np.clip(log, -2 * LIGHT_LIMIT, 2 * LIGHT_LIMIT)
    weighted = terms * ring[..., None]
    system = np.einsum("hwi,hwj->ij", weighted, terms) + np.diag([1e-6, 1.0, 1.0]) * ring.sum() * 0.05
    found = np.linalg.solve(system, np.einsum("hwi,hwc->ic", weighted, log))
    plane = terms @ light.settle(state, found)
    return np.exp(np.clip(plane, -LIGHT_LIMIT, LIGHT_LIMIT)).astype(np.float32)
