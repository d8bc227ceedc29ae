"""What lies before a mouth: hands, microphones, cups, hair, letters, another head, smoke.

A small net looks at each frame's square beside the person's own look: the median of frames of the
same shot in which the lips have about the same shape. So light that changes is no cover (it
multiplies what was there), and what stands before the mouth all the shot is judged by its own
appearance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.visibility import Visibility
from g4g_plugin.faces.follow import Followed
from g4g_plugin.faces.mouth_square import SQUARE_PIXELS, levelled, lip_planes, lips, planes
from g4g_plugin.faces.own_skin import without_own_skin
from g4g_plugin.faces.standing import still

if TYPE_CHECKING:  # torch comes when the net is opened, not when a window is
    from g4g_plugin.network.visibility_net import VisibilityNet

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

LOOK_COUNT = 24  # frames of a shot whose looks are made; each frame takes the one of its lip shape
LOOK_FRAMES = 5  # frames in the median of a look
FREE_SHARE = 0.15  # share of lips that may be covered in a frame a look is taken from
POOL_STEP = 4  # of the footage around the shot, every fourth frame is looked at
LOOK_ROUNDS = 1  # in which the looks are freed of what they show to be covered
BATCH_FRAMES = 32
# That share where more than this part of the frames would be kept
ALWAYS_COVERED_SHARE, MOSTLY_KEPT_SHARE = (0.65, 0.9)
INSIDE_SHARE = 0.6  # share of a cover's core inside the opening from which it is the mouth itself
# Share of the lips from which a mouth is not dubbed; and until which
COVERED_SHARE, UNCOVERED_SHARE = (0.35, 0.2)
LENDER_SHARE = 0.08  # share from which a frame lends nothing
# Probability from which a pixel is covered; beside one that is
SURE_PROBABILITY, NEIGHBOUR_PROBABILITY = (0.5, 0.3)
SPOT_PIXELS = 10  # pixels of the square: a smaller spot is noise
APPROACH_FRAMES = 4  # frames: a hand on its way lies before chin and neck, which move too
DUBBED_RUN_FRAMES = 3  # frames dubbed between two covered ones: fewer would flicker
# Pixels of the square by which a cover is grown, and its edge's softness
COVER_GROWTH, COVER_SOFTNESS = (3, 1.2)


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What was found: the track and pool without covered frames, the frames left out, the maps."""

    track: FaceTrack
    pool: FaceTrack
    covered: NDArray[np.int64]  # file frame indices of the track
    maps: Visibility


def probabilities(net: VisibilityNet, frames: Floats, lip_shapes: Floats, points: Floats) -> Floats:
    """Return how surely each pixel is covered, (N, 64, 64) 0..1.

    The looks are made twice: what the first ones show to be covered is not in the second.

    Args:
        net: the visibility net.
        frames: (N, 64, 64, 3) 0..1 in order of time.
        lip_shapes: (N, 40, 2) in the squares.
        points: (N, 478, 2), the mesh in the squares.
    """
    drawn = np.array([lip_planes(shape) for shape in lip_shapes], np.float32)
    anchors = np.unique(np.linspace(0, len(frames) - 1, LOOK_COUNT).astype(np.int64))
    few, shapes, lips_few = frames[anchors], lip_shapes[anchors], drawn[anchors]
    blank = np.zeros((SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
    maps = _run(net, [planes(f, f * 0, blank, d) for f, d in zip(few, lips_few, strict=True)])
    for _ in range(LOOK_ROUNDS):
        maps = without_own_skin(maps, few, points[anchors], NEIGHBOUR_PROBABILITY)
        looks, known = own_looks(few, shapes, maps, lips_few)
        maps = np.maximum(maps, _beside(net, few, lips_few, looks, known))
    maps = without_own_skin(maps, few, points[anchors], NEIGHBOUR_PROBABILITY)
    looks, known = own_looks(few, shapes, maps, lips_few)
    nearest = np.abs(lip_shapes[:, None] - shapes[None]).mean((2, 3)).argmin(1)
    return _beside(net, frames, drawn, looks[nearest], known[nearest])


def _beside(
    net: VisibilityNet, frames: Floats, drawn: Floats, looks: Floats, known: Floats
) -> Floats:
    """Run the net on frames (N, 64, 64, 3), each beside its look."""
    rows = zip(frames, looks, known, drawn, strict=True)
    return _run(net, [planes(*row) for row in rows])


def own_looks(
    frames: Floats, lip_shapes: Floats, maps: Floats, drawn: Floats
) -> tuple[Floats, Floats]:
    """Return (looks (K, 64, 64, 3), known (K, 64, 64)): the person at K lip shapes.

    A look is the median of the frames alike in shape that are least covered; where all of them are
    covered it is unknown.

    Args:
        frames: (K, 64, 64, 3) 0..1.
        lip_shapes: (K, 40, 2) in the squares.
        maps: (K, 64, 64) 0..1, covered, as far as it is known.
        drawn: (K, 2, 64, 64) the lips drawn.
    """
    share = np.array([lip_share(p, d) for p, d in zip(maps, drawn, strict=True)])
    share = share + (maps > SURE_PROBABILITY).mean((1, 2))
    free = np.flatnonzero(share < FREE_SHARE)
    free = free if len(free) >= min(LOOK_FRAMES, len(frames)) else np.argsort(share)[:LOOK_FRAMES]
    bright = np.array([levelled(frames[i]) for i in free], np.float32)
    bright[maps[free] > SURE_PROBABILITY] = np.nan
    away = np.abs(lip_shapes[:, None] - lip_shapes[free][None]).mean((2, 3))
    looks = [_median(bright[np.argsort(row)[:LOOK_FRAMES]]) for row in away]
    known = np.array([np.isfinite(look[..., 0]) for look in looks], np.float32)
    return np.nan_to_num(np.array(looks, np.float32)), known


def _median(pictures: Floats) -> Floats:
    """Return the median over axis 0 of what is a number; NaN where nothing is."""
    ordered = np.sort(pictures, axis=0)  # NaN last
    count = np.isfinite(pictures).sum(0)
    middle = np.maximum((count - 1) // 2, 0)[None]
    return np.take_along_axis(ordered, middle, 0)[0]


def _open_net() -> VisibilityNet:
    from g4g_plugin.network.visibility_net import open_visibility

    return open_visibility()


def _run(net: VisibilityNet, stacked: list[Floats]) -> Floats:
    import torch

    out = []
    with torch.inference_mode():
        for at in range(0, len(stacked), BATCH_FRAMES):
            part = torch.from_numpy(np.stack(stacked[at : at + BATCH_FRAMES]))
            out.append(torch.sigmoid(net(part))[:, 0].numpy())
    return np.concatenate(out) if out else np.zeros((0, SQUARE_PIXELS, SQUARE_PIXELS), np.float32)


def lip_share(covered: Floats, drawn: Floats) -> float:
    """Return the share of the lips, (2, 64, 64) drawn, that is covered, 0..1."""
    return float((covered * drawn[0]).sum() / max(float(drawn[0].sum()), 1.0))


def find_cover(
    track: Followed,
    pool: Followed,
    free: NDArray[np.int64] | None = None,
    net: VisibilityNet | None = None,
) -> Cover:
    """Find what lies before a mouth, in the frames of its track and around them.

    Frames whose lips are covered for more than `COVERED_SHARE` leave the track, those with more
    than `LENDER_SHARE` the pool. Where all of the pool is covered the frames with the least cover
    stay in it.

    Args:
        track: the frames to dub.
        pool: the same person's footage that may lend.
        free: frames (file frame index) of the track that are free, whatever the net says.
        net: the visibility net; None takes the installed one.

    Raises:
        EngineError: the net's weights are missing or damaged.
    """
    first, last = int(track.track.frames[0]), int(track.track.frames[-1])
    outside = np.flatnonzero((pool.track.frames < first) | (pool.track.frames > last))
    rows = outside[::POOL_STEP]
    before = rows[pool.track.frames[rows] < first]
    after = rows[pool.track.frames[rows] > last]
    parts = [(pool, before), (track, np.arange(len(track.track))), (pool, after)]
    squares = np.concatenate([part.squares[r] for part, r in parts])
    shapes = np.array([_lips(part, int(i)) for part, r in parts for i in r], np.float32)
    ways = np.concatenate([part.to_square[r] for part, r in parts])
    frames = _unit(squares)
    drawn = np.array([lip_planes(shape) for shape in shapes], np.float32)
    points = np.concatenate([_points(part.track.mesh[r], part.to_square[r]) for part, r in parts])
    maps = probabilities(net or _open_net(), frames, shapes, points)
    maps = lasting(without_own_skin(cleaned(maps, drawn), frames, points, NEIGHBOUR_PROBABILITY))
    maps = np.maximum(maps, still(maps, frames, ways, points))
    share = lip_shares(maps, shapes)
    own = slice(len(before), len(before) + len(track.track))
    maps[own] = np.maximum(maps[own], others_before(track))
    if free is not None:
        maps[own][np.isin(track.track.frames, free)] = 0
    share[own] = lip_shares(maps[own], shapes[own])
    covered = steadied(share[own])
    if free is not None:
        covered &= ~np.isin(track.track.frames, free)
    looked = np.concatenate([part.track.frames[r] for part, r in parts])
    return Cover(
        track.track.where(~covered),
        lenders(pool.track, looked, share),
        track.track.frames[covered],
        Visibility(looked, seen(maps), ways),
    )


def _unit(squares: Pixels) -> Floats:
    return squares.astype(np.float32) / np.float32(255)


def _lips(part: Followed, row: int) -> Floats:
    return lips(part.track.mesh[row], part.to_square[row])


def _points(mesh: Floats, ways: Floats) -> Floats:
    """Return meshes (N, 478, 3), plate pixels, in their squares, (N, 478, 2)."""
    placed = np.einsum("nij,npj->npi", ways[:, :, :2], mesh[..., :2]) + ways[:, None, :, 2]
    return placed.astype(np.float32)


def cleaned(maps: Floats, drawn: Floats) -> Floats:
    """Keep the spots (N, 64, 64) that a frame beside shows too; the rest is noise."""
    return lasting(spots(maps, drawn))


def lasting(maps: Floats) -> Floats:
    """Empty the maps (N, 64, 64) beside which no other shows a cover."""
    area = maps.sum((1, 2))
    beside = np.maximum(np.r_[area[1:], 0], np.r_[0, area[:-1]]) if len(area) > 1 else area
    return maps * (beside > 0)[:, None, None]


def glance(squares: Pixels, meshes: Floats, ways: Floats) -> Floats:
    """Return the covered share of the lips in a few frames far from each other, (N,).

    squares (N, 64, 64, 3) uint8; meshes (N, 478, 3), plate pixels; ways (N, 2, 3), plate -> square.
    """
    shapes = np.array([lips(*one) for one in zip(meshes, ways, strict=True)], np.float32)
    drawn = np.array([lip_planes(shape) for shape in shapes], np.float32)
    frames, points = _unit(squares), _points(meshes, ways)
    maps = spots(probabilities(_open_net(), frames, shapes, points), drawn)
    maps = without_own_skin(maps, frames, points, NEIGHBOUR_PROBABILITY)
    return lip_shares(maps, shapes)


def spots(maps: Floats, drawn: Floats) -> Floats:
    """Keep what holds together in maps (N, 64, 64): areas above `NEIGHBOUR_PROBABILITY` with a core
    above `SURE_PROBABILITY` of `SPOT_PIXELS` pixels or more.

    drawn (N, 2, 64, 64): lips and opening. What lies in the opening alone is teeth or tongue: an
    occluder comes from outside.
    """
    out = np.zeros_like(maps)
    for i, covered in enumerate(maps):
        count, labels = cv2.connectedComponents((covered > NEIGHBOUR_PROBABILITY).astype(np.uint8))
        sure = covered > SURE_PROBABILITY
        core = np.bincount(labels[sure], minlength=count)
        inside = cv2.dilate(drawn[i, 1], np.ones((3, 3), np.uint8)) > 0
        teeth = np.bincount(labels[sure & inside], minlength=count)
        whole = (core >= SPOT_PIXELS) & (teeth < INSIDE_SHARE * core)
        whole[0] = False
        out[i] = whole[labels] * np.minimum(covered / SURE_PROBABILITY, 1)
    return out


def lip_shares(maps: Floats, shapes: Floats) -> Floats:
    """Return the covered share of the lips, (N,): of those the mesh shows, or of those where they
    mostly are; behind an occluder the mesh only guesses.
    """
    usual = lip_planes(np.median(shapes, axis=0))
    return np.array(
        [
            max(lip_share(p, lip_planes(shape)), lip_share(p, usual))
            for p, shape in zip(maps, shapes, strict=True)
        ],
        np.float32,
    )


def others_before(track: Followed) -> Floats:
    """Return where other faces lie over the square of this one, (N, 64, 64) 0 or 1: the smaller of
    two faces that meet lies behind, and its frame is not to be trusted.
    """
    maps = np.zeros((len(track.track), SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
    for frame, points in zip(track.other_frames, track.others, strict=True):
        row = int(np.searchsorted(track.track.frames, frame))
        if row >= len(maps) or track.track.frames[row] != frame:
            continue
        matrix = track.to_square[row]
        hull = cv2.convexHull((points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32))
        cv2.fillConvexPoly(maps[row], np.rint(hull).astype(np.int32), 1.0)
    return maps


def steadied(share: Floats) -> NDArray[np.bool_]:
    """Return which frames are kept, (N,), by the covered share of their lips: from `COVERED_SHARE`,
    and on either side as long as it is above `UNCOVERED_SHARE`, and `APPROACH_FRAMES` more; gaps
    too short are closed.

    Where hardly a frame is free there is no look to compare with: then it takes
    `ALWAYS_COVERED_SHARE`.
    """
    kept = _kept(share, COVERED_SHARE, UNCOVERED_SHARE)
    return (
        kept
        if kept.mean() < MOSTLY_KEPT_SHARE
        else _kept(share, ALWAYS_COVERED_SHARE, COVERED_SHARE)
    )


def _kept(share: Floats, enter: float, leave: float) -> NDArray[np.bool_]:
    partly = _numbered(share > leave)
    whole = np.bincount(partly[share > enter], minlength=len(share) + 1) > 0
    whole[0] = False
    near = maximum_filter1d(whole[partly].astype(np.uint8), 2 * APPROACH_FRAMES + 1, mode="nearest")
    grown = near.astype(bool)
    gaps = _numbered(~grown)
    short = np.bincount(gaps, minlength=2) < DUBBED_RUN_FRAMES
    short[[0, gaps[0], gaps[-1]]] = False  # before the first and after the last cover all is well
    return grown | short[gaps]


def _numbered(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the runs of marked frames from 1; 0 elsewhere."""
    begins = marks & ~np.r_[False, marks[:-1]]
    return np.where(marks, np.cumsum(begins), 0).astype(np.int64)


def lenders(pool: FaceTrack, looked: NDArray[np.int64], share: Floats) -> FaceTrack:
    """Return the frames of the pool between looked-at frames that are free on both sides.

    Where there are none, the looked-at frames with the least cover: what it is is known of them.

    Args:
        pool: the footage that may lend.
        looked: (M,) frames that were looked at.
        share: (M,) how much of the lips is covered, 0..1.
    """
    after = np.clip(np.searchsorted(looked, pool.frames), 0, len(looked) - 1)
    before = np.where(looked[after] == pool.frames, after, np.maximum(after - 1, 0))
    worst = np.maximum(share[before], share[after])
    free = worst <= LENDER_SHARE
    return pool.where(free if free.any() else (looked[after] == pool.frames) & _least(worst))


def _least(share: Floats) -> NDArray[np.bool_]:
    return share <= share.min() + LENDER_SHARE


def seen(maps: Floats) -> Pixels:
    """Turn covers (N, 64, 64) 0..1 into visibility, 255..0: grown, with a soft edge."""
    shape = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE, (2 * COVER_GROWTH + 1, 2 * COVER_GROWTH + 1)
    )
    out = np.full(maps.shape, 255, np.uint8)
    for row in np.flatnonzero(maps.any((1, 2))):
        grown = cv2.GaussianBlur(cv2.dilate(maps[row], shape), (0, 0), COVER_SOFTNESS)
        out[row] = np.rint(255 * (1 - np.clip(grown * 2, 0, 1)))
    return out
