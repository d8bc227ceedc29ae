"""The actor's own mouths: which frames of the pool lend their teeth, tongue and lips, and when."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.engine.light import LEAST_WORTH, EvenCrops
from g4g_plugin.network.mesh import (
    INNER_PLACES,
    LIP_PLACES,
    LOWER_LINE,
    OUTER_PLACES,
    UPPER_LINE,
    Parting,
)
from g4g_plugin.network.shape import Pose, gaps

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]

POOL_CANDIDATES = 48  # frames kept in memory
LOOKED_AT = 1500  # frames of the pool compared; more are thinned out evenly
AT_ONCE = 6  # frames decoded at a time
LIP_BORDER = 0.30  # eye distances kept around the lips
DEPTH_WEIGHT = 0.4  # the mesh's z counts less than x and y
INNER_LIP_WEIGHT = 2.0  # inner lips count double: they frame the teeth
TURN_COST = 1.2  # eye distances per radian: what a wrong yaw or pitch costs
STRETCH_WEIGHT = 2.0  # an opening that must be stretched costs more than one that must be covered
TEETH_RATIO_COST = 0.003  # cost of teeth e times too high or too low
SHUT_OPENING = 0.03  # eye distances, the least opening that shows anything
UNSURE_FACE_COST = 0.01  # cost of a face the mesh was not sure of
SWITCH_COST = 0.004  # cost of a change of mouth, in squared eye distances of lip shape
SWITCH_OPEN = 3.0  # so many times that more in an open mouth
# eye distances a frame: lips slower than this are sharp, faster ones are blurred at any shutter
AT_REST, BLURRED_MOVEMENT = 0.008, 0.03
FEW_FRAMES = 2  # frames apart, at most, between which a speed is known
BLURRED_FRAME_COST = 0.003  # cost of a frame that is surely blurred
FADE_OPENING_LIMIT = 0.06  # eye distances of opening
PART_FROM = 9  # of 24 heights: the upper teeth lie above
GAP_IS_DARK = 0.5  # of the brightest height: what is darker lies between the teeth
# How far an opening is stretched before it is torn: with a dark gap, without
GIVE_GAP, GIVE_TEETH = (1.1, 1.6)
BADLY_LIT = 0.5  # cost of a frame that must not lend: more than any shape costs
CASTING_ROUNDS = 3  # times mouths are chosen anew when one turns out badly lit
# R'G'B': what is lighter than this is tooth, gum or lip, not the inside of a mouth
DARK_LEVEL = 0.2
TOOTH_GREY = 0.75  # times as bright as the lips, at least
TOOTH_RED = 0.6  # of the lips' redness, at most
TOOTH_SHARE = (0.06, 0.2)  # of the opening: no teeth to speak of, plainly teeth
TOOTH_PERCENTILE = 80  # of a column's grey: its teeth
PARTING_HEIGHTS = 3  # of 24 heights: half the width of the line between two rows
NO_VALLEY = 0.8  # of the teeth's grey: a line lighter than this parts nothing
MIDDLE_COLUMNS = slice(3, 8)  # of the 11 points of a lip's line
DARK_NOISE = 0.03  # R'G'B': below, a colour has no hue
# the lower lip's outer edge, image left to right
LOWER_EDGE: tuple[int, ...] = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
OWN_MOUTH = 0  # the state "the target frame's own mouth"


@dataclass(frozen=True, slots=True, eq=False)
class Bite:
    """The teeth a mouth shows: sure, how surely it shows any, 0..1; cut (9,): where from left to
    right its two rows part, 0 at the upper lip .. 1 at the lower; 1 where no line is seen between
    them.
    """

    sure: float
    cut: Floats

    @classmethod
    def of(cls, pixels: NDArray[np.floating], origin: tuple[int, int], mesh: Floats) -> Bite:
        """See the teeth of a mouth.

        Args:
            pixels: (h, w, 3) R'G'B'.
            origin: (x, y) of their first in the plate.
            mesh: (478, 3) plate pixels.
        """
        lines = mesh[list(UPPER_LINE), :2], mesh[list(LOWER_LINE), :2]
        inside = between_lines(pixels, origin, *lines, 24, slice(1, 10))
        return cls(teeth(inside[:, 2:7], lip_pixels(pixels, origin, mesh)), cut_line(inside))


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """A mouth of the actor, cut out: frame, pixels (h, w, 3) float16, origin (x, y) on the plate,
    mesh (478, 3).

    part: where its opening may be torn; bite: what it shows of the teeth.
    """

    frame: int
    pixels: NDArray[np.float16]
    origin: tuple[int, int]
    mesh: Floats
    part: Parting
    bite: Bite


def features(points: Floats, pose: Pose) -> Matrix:
    """Describe mouths for comparison, (N, F): lip shapes (N, 59, 3), canonical, and the way the
    head is turned.
    """
    shape = points[:, LIP_PLACES].astype(np.float64) * np.array([1.0, 1.0, DEPTH_WEIGHT])
    weight = np.r_[np.ones(len(OUTER_PLACES)), np.full(len(INNER_PLACES), INNER_LIP_WEIGHT)]
    shape = shape * np.sqrt(weight / weight.sum())[:, None]
    turned = TURN_COST * turns(pose) / 3
    return np.concatenate([shape.reshape(len(points), -1), turned], axis=1)


def turns(pose: Pose) -> Matrix:
    """Return yaw and pitch of each face in radians, (N, 2)."""
    r = pose.rotation.astype(np.float64)
    return np.stack(
        [np.arcsin(np.clip(r[:, 0, 2], -1, 1)), np.arctan2(-r[:, 1, 2], r[:, 2, 2])], axis=1
    )


def openings(points: Floats) -> Matrix:
    """Return the height of the opening of canonical points (N, 59, 3), (N,) eye distances, never
    negative.
    """
    return np.maximum(gaps(points), 0.0).astype(np.float64)


def costs(wanted: Matrix, lent: Matrix, wanted_gap: Matrix, lent_gap: Matrix) -> Matrix:
    """Return what it costs to show mouth b where a is wanted, (A, B), squared eye distances.

    Args:
        wanted: (A, ...) shapes wanted.
        lent: (B, ...) shapes that may be lent.
        wanted_gap: (A, ...) how far the wanted ones are open.
        lent_gap: (B, ...) the same of the lent ones.
    """
    apart = (wanted**2).sum(1)[:, None] + (lent**2).sum(1)[None] - 2 * wanted @ lent.T
    ratio = np.log((wanted_gap + SHUT_OPENING)[:, None] / (lent_gap + SHUT_OPENING)[None])
    return np.maximum(apart, 0.0) + TEETH_RATIO_COST * ratio**2 * np.where(
        ratio > 0, 1 + STRETCH_WEIGHT, 1.0
    )


def choose(cost: Matrix, count: int = POOL_CANDIDATES) -> NDArray[np.int64]:
    """Choose up to `count` columns that together serve all rows of `cost` (T, P) best, greedily;
    ascending.
    """
    best = np.full(len(cost), np.inf)
    chosen: list[int] = []
    for _ in range(min(count, cost.shape[1])):
        gain = np.minimum(best[:, None], cost).sum(axis=0)
        gain[chosen] = np.inf
        pick = int(gain.argmin())
        if chosen and gain[pick] > best.sum() * 0.999:
            break
        chosen.append(pick)
        best = np.minimum(best, cost[:, pick])
    return np.sort(np.array(chosen, np.int64))


def schedule(cost: Matrix, switch: Matrix | float = SWITCH_COST) -> NDArray[np.int64]:
    """Return the cheapest run of states (T,) through `cost` (T, K) (Viterbi 1967).

    switch: what a change costs, for all frames or (T,) for one that shows from that frame on.
    """
    switch = np.broadcast_to(switch, len(cost))
    total, back = cost[0].copy(), np.zeros(cost.shape, np.int64)
    stay = np.arange(cost.shape[1])
    for t in range(1, len(cost)):
        leave = int(total.argmin())
        change = total[leave] + switch[t] < total
        back[t] = np.where(change, leave, stay)
        total = np.where(change, total[leave] + switch[t], total) + cost[t]
    path = np.empty(len(cost), np.int64)
    path[-1] = total.argmin()
    for t in range(len(cost) - 1, 0, -1):
        path[t - 1] = back[t][path[t]]
    return path


def switches(opening: Matrix) -> Matrix:
    """Return what a change of mouth costs at each frame, (T,): much while the mouth is open, when
    everybody sees other teeth come.

    opening (T,): of the wanted mouths, eye distances; the nearer to shut of two frames counts.
    """
    shown = np.minimum(opening, np.r_[opening[:1], opening[:-1]])
    return SWITCH_COST * (1 + SWITCH_OPEN * np.clip((shown - SHUT_OPENING) / SHUT_OPENING, 0, 1))


def restless(points: Floats, frames: NDArray[np.int64]) -> Matrix:
    """Return how likely frames are blurred by motion, (N,) 0..1, as told by their meshes.

    Args:
        points: (N, P, 2) in eye distances, as the plate shows them.
        frames: (N,) ascending; a frame without a neighbour is taken to be at rest.
    """
    steps = np.linalg.norm(np.diff(points, axis=0), axis=2).mean(axis=1) / np.diff(frames)
    steps = np.where(np.diff(frames) <= FEW_FRAMES, steps, 0.0)
    speed = np.maximum(np.r_[0.0, steps], np.r_[steps, 0.0]) if len(frames) > 1 else np.zeros(1)
    return np.clip((speed - AT_REST) / (BLURRED_MOVEMENT - AT_REST), 0, 1)


def fades(
    path: NDArray[np.int64], frames: NDArray[np.int64], heights: Matrix
) -> list[list[tuple[int, float]]]:
    """Turn a run of states into (state, weight) per frame, cross-faded over three frames around
    each change.

    Nothing is faded across frames without a face.

    Args:
        path: (N,) state of each frame.
        frames: (N,) frame numbers.
        heights: (T, K) how far each state's mouth is open; mouths that differ by more than
            `FADE_OPENING_LIMIT` are cut, not faded, or teeth would shine through lips.
    """
    mixed: list[list[tuple[int, float]]] = []
    for t in range(len(path)):
        weights: dict[int, float] = {}
        for near, share in ((t - 1, 0.25), (t, 0.5), (t + 1, 0.25)):
            at = min(max(near, 0), len(path) - 1)
            far = abs(int(frames[at]) - int(frames[t])) > 1
            unlike = abs(heights[t, path[at]] - heights[t, path[t]]) > FADE_OPENING_LIMIT
            state = int(path[t] if far or unlike else path[at])
            weights[state] = weights.get(state, 0.0) + share
        mixed.append(sorted(weights.items()))
    return mixed


def cast(
    crops: EvenCrops,
    frames: NDArray[np.int64],
    cost: Matrix,
    stay: Matrix,
    switch: Matrix,
    scales: dict[int, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[Mouth]]:
    """Choose which mouth each frame shows, and fetch those that are lent.

    Badly lit frames lend nothing while there are others; how well a frame is lit is known once it
    is decoded, so the choice is made again, a few times, when one turns out dark.

    Args:
        crops: the shot; decodes mouths and knows their light.
        frames: (P,) the frames of the pool that are compared.
        cost: (N, P) what it costs to show each in each frame.
        stay: (N,) what it costs to show the frame's own mouth.
        switch: (N,) what a change of mouth costs there.
        scales: plate pixels per eye distance, by frame.

    Returns:
        States (N,) (0 the own mouth, k the k-th lent), columns (M,) of the lent, and their mouths.
    """
    mouths: dict[int, Mouth] = {}
    path, columns = np.zeros(len(cost), np.int64), np.empty(0, np.int64)
    for _ in range(CASTING_ROUNDS):
        lit = cost + BADLY_LIT * (1 - crops.worth(frames))[None]
        chosen = choose(lit)
        path = schedule(np.concatenate([stay[:, None], lit[:, chosen]], axis=1), switch)
        used = np.unique(path[path != OWN_MOUTH]) - 1
        columns = chosen[used]
        path = np.where(path == OWN_MOUTH, OWN_MOUTH, np.searchsorted(used, path - 1) + 1)
        missing = [frame for frame in frames[columns] if int(frame) not in mouths]
        fetched = fetch(crops, np.array(missing, np.int64), scales)
        mouths |= {mouth.frame: mouth for mouth in fetched}
        if (crops.worth(np.array(missing, np.int64)) >= LEAST_WORTH).all():
            break
    return path, columns, [mouths[int(frame)] for frame in frames[columns]]


def thinned(track: FaceTrack) -> NDArray[np.int64]:
    """Return the indices of the frames of the pool that are compared."""
    if len(track) <= LOOKED_AT:
        return np.arange(len(track))
    return np.unique(np.linspace(0, len(track) - 1, LOOKED_AT).round().astype(np.int64))


def fetch(crops: Crops, frames: NDArray[np.int64], scales: dict[int, float]) -> list[Mouth]:
    """Decode these frames of the pool a few at a time and keep their mouths alone.

    Args:
        crops: the shot.
        frames: frame numbers of the pool.
        scales: plate pixels per eye distance, by frame.
    """
    mouths: list[Mouth] = []
    for at in range(0, len(frames), AT_ONCE):
        mouths += [cut(crop, scales[crop.frame]) for crop in crops.fetch(frames[at : at + AT_ONCE])]
    return mouths


def cut(crop: Crop, scale: float) -> Mouth:
    """Cut the mouth out of a crop; scale: plate pixels per eye distance."""
    height, width = crop.pixels.shape[:2]
    lips = crop.mesh[list(OUTER_LIPS), :2] - np.asarray(crop.origin, np.float32)
    low, high = (
        np.floor(lips.min(axis=0) - LIP_BORDER * scale),
        np.ceil(lips.max(axis=0) + LIP_BORDER * scale) + 1,
    )
    left, top = np.clip(low.astype(int), 0, (width - 1, height - 1))
    right, bottom = np.maximum(high.astype(int), (left + 1, top + 1))
    pixels = crop.pixels[top:bottom, left:right].astype(np.float16)
    origin = (crop.origin[0] + int(left), crop.origin[1] + int(top))
    seen = crop.pixels, crop.origin, crop.mesh
    part, bite = parting(opening_pixels(*seen)), Bite.of(*seen)
    return Mouth(crop.frame, pixels, origin, crop.mesh, part, bite)


def opening_pixels(pixels: NDArray[np.floating], origin: tuple[int, int], mesh: Floats) -> Floats:
    """Return the R'G'B' between the inner lips on a grid, (24 heights, 5 columns, 3): row 0 at the
    upper lip.

    Args:
        pixels: (h, w, 3) R'G'B'.
        origin: (x, y) of their first in the plate.
        mesh: (478, 3) plate pixels.
    """
    return between_lines(pixels, origin, mesh[list(UPPER_LINE), :2], mesh[list(LOWER_LINE), :2], 24)


def lip_pixels(pixels: NDArray[np.floating], origin: tuple[int, int], mesh: Floats) -> Floats:
    """Return the R'G'B' of the lower lip on a grid, (6 heights, 5 columns, 3)."""
    inner, outer = mesh[list(LOWER_LINE), :2], mesh[list(LOWER_EDGE), :2]
    return between_lines(pixels, origin, inner, outer, 6)


def between_lines(
    pixels: NDArray[np.floating],
    origin: tuple[int, int],
    above: Floats,
    below: Floats,
    heights: int,
    columns: slice = MIDDLE_COLUMNS,
) -> Floats:
    """Return the R'G'B' between two lines, (heights, columns, 3).

    Args:
        pixels: (h, w, 3).
        origin: the plate pixel of pixels[0, 0].
        above: (11, 2) plate pixels, left to right.
        below: (11, 2) likewise.
        heights: how many rows of the grid.
        columns: which of the lines' points.
    """
    upper, lower = (line[columns] - np.asarray(origin, np.float32) for line in (above, below))
    t = np.linspace(0.02, 0.98, heights, dtype=np.float32)[:, None, None]
    at = (upper * (1 - t) + lower * t).astype(np.float32)
    left, top = np.maximum(np.floor(at.min(axis=(0, 1))).astype(int) - 1, 0)
    right, bottom = np.ceil(at.max(axis=(0, 1))).astype(int) + 2
    part = np.ascontiguousarray(pixels[top:bottom, left:right], np.float32)
    if not part.size:
        return np.zeros((heights, at.shape[1], 3), np.float32)
    at = at - np.array([left, top], np.float32)
    return np.asarray(cv2.remap(part, at[..., 0], at[..., 1], cv2.INTER_LINEAR), np.float32)


def teeth(inside: Floats, lip: Floats) -> float:
    """Say how surely a mouth shows teeth, 0..1: as bright as its lips about, and far less red.

    Args:
        inside: (24, 5, 3) R'G'B' of the opening.
        lip: (6, 5, 3) of the lower lip.
    """
    grey, lip_grey = inside.mean(axis=2), float(np.median(lip.mean(axis=2)))
    red = (inside[..., 0] - inside[..., 1:].mean(axis=2)) / (grey + DARK_NOISE)
    lip_red = float(np.median(lip[..., 0] - lip[..., 1:].mean(axis=2))) / (lip_grey + DARK_NOISE)
    tooth = (grey > TOOTH_GREY * lip_grey) & (red < TOOTH_RED * lip_red)
    return float(np.clip((tooth.mean() - TOOTH_SHARE[0]) / np.diff(TOOTH_SHARE)[0], 0, 1))


def cut_line(inside: Floats) -> Floats:
    """Return where two rows of teeth part, (C,) heights 0..1: along the valley of grey that runs
    from side to side below the upper teeth; 1 where there is none, and all that is seen is one row.

    Args:
        inside: (24, C, 3) R'G'B' of the opening.
    """
    grey = inside.mean(axis=2).astype(np.float64)
    rows = np.pad(grey, ((PARTING_HEIGHTS, PARTING_HEIGHTS), (0, 0)), mode="edge")
    beside = (rows[: -2 * PARTING_HEIGHTS] + rows[2 * PARTING_HEIGHTS :]) / 2
    bright = np.maximum(np.percentile(grey, TOOTH_PERCENTILE, axis=0), DARK_NOISE)
    cost = (2 * grey - beside) / bright
    cost[:PART_FROM] = np.inf
    path = valley(cost)
    depth = grey[path, np.arange(len(path))] / bright
    if float(np.median(depth)) > NO_VALLEY:
        return np.ones(len(path), np.float32)
    return (np.linspace(0.02, 0.98, len(grey))[path]).astype(np.float32)


def valley(cost: Matrix) -> NDArray[np.int64]:
    """Return the row in each column (C,) of the cheapest path through `cost` (R, C) from left to
    right; it climbs or falls by a row a column at no charge, by more never.
    """
    total, back = cost[:, 0], []
    for column in cost.T[1:]:
        near = np.stack([np.r_[np.inf, total[:-1]], total, np.r_[total[1:], np.inf]])
        back.append(near.argmin(axis=0) - 1)
        total = near.min(axis=0) + column
    path = [int(total.argmin())]
    for step in reversed(back):
        path.append(path[-1] + int(step[path[-1]]))
    return np.array(path[::-1], np.int64)


def parting(inside: Floats) -> Parting:
    """Return where an opening (24, 5, 3) may be torn: at its darkest height below the upper teeth,
    where that is dark.

    Where nothing is dark (a smile whose teeth rest on the lip) the lower edge of the teeth, and
    only when the teeth would grow beyond belief.

    Args:
        inside: R'G'B' of the opening, as `opening_pixels` gives it.
    """
    rows = inside.mean(axis=(1, 2))
    rows = np.convolve(np.pad(rows, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    heights = np.linspace(0.02, 0.98, 24)
    if rows[PART_FROM:].min() > GAP_IS_DARK * rows.max():
        return Parting(
            float(heights[PART_FROM + int(np.diff(rows[PART_FROM:]).argmin())]), GIVE_TEETH
        )
    return Parting(float(heights[PART_FROM + int(rows[PART_FROM:].argmin())]), GIVE_GAP)


def darkness(mouths: list[Mouth]) -> Floats | None:
    """Return the colour inside the actor's mouth, (3,) R'G'B': the darkest that those lent show;
    None if unseen.
    """
    seen = [
        opening_pixels(m.pixels.astype(np.float32), m.origin, m.mesh).reshape(-1, 3) for m in mouths
    ]
    if not seen:
        return None
    every = np.concatenate(seen)
    grey = every.mean(axis=1)
    dark = every[grey <= np.percentile(grey, 5)].mean(axis=0)
    return dark.astype(np.float32) if dark.mean() < DARK_LEVEL else None
