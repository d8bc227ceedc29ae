"""What stands still in the plate while the face moves: letters, logos, a microphone on its stand.

Where a face moves, its edges cannot stay where they are: how much brightness varies at an edge is
known from how steep it is and how far the mesh moves there. What varies far less is no part of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces.mouth_square import SQUARE_PIXELS

Floats = NDArray[np.float32]

STRETCH = 24  # frames in which letters stand still together
VOTES, STILL = 0.3, 0.045  # share of frames that show a still cover; how far its colour varies
EDGED = 0.2  # contrast beside it, of full scale: letters have edges, collars and necks have few
SURE = 0.5  # probability from which the net calls a pixel covered
LEAST = 10  # pixels of a still cover that the net has seen too
# brightness, of full scale, that a moving edge would vary by: less is noise; and share of it up to
# which an edge stands
VARIES, STANDS = 0.05, 0.35
AROUND = 2.5  # pixels of the square over which mesh points say how far the face moves
WHOLE = 0.99  # beside it a square of some frame ends
# pixels of standing edges: letters make 250 to 700, glints and folds 135 at most in ten free shots
LETTERS = 150
INSIDE = 2  # pixels of the square that the face's outline is taken in: behind it the wall stands


def still(maps: Floats, frames: Floats, ways: Floats, points: Floats) -> Floats:
    """Return covers that stand still in the plate, (N, 64, 64) 0..1: those found in some frames of
    a stretch, or of the shot, and edges that stand while the face moves, lie there in all of them.

    Args:
        maps: (N, 64, 64) how surely each pixel is covered.
        frames: (N, 64, 64, 3) 0..1.
        ways: (N, 2, 3) plate pixels -> square.
        points: (N, P, 2) mesh points in the squares.
    """
    out = np.zeros_like(maps)
    every = np.arange(len(maps))
    for rows in [every, *np.array_split(every, max(1, round(len(maps) / STRETCH)))]:
        if len(rows) < STRETCH // 2:
            continue
        middle = ways[rows[len(rows) // 2]]
        there = [_between(ways[i], middle) for i in rows]
        shown = np.array([_moved(frames[i], m) for i, m in zip(rows, there, strict=True)])
        voted = [_moved(maps[i], m) > SURE for i, m in zip(rows, there, strict=True)]
        seen = _seen_by_the_net(np.mean(voted, axis=0), shown)
        at = [points[i] @ m[:, :2].T + m[:, 2] for i, m in zip(rows, there, strict=True)]
        whole = np.min([_moved(np.ones_like(maps[0]), m) for m in there], axis=0) > WHOLE
        stands = np.maximum(seen, standing_edges(shown, np.array(at, np.float32), whole))
        if stands.any():
            for i, matrix in zip(rows, there, strict=True):
                out[i] = np.maximum(out[i], _moved(stands, matrix, cv2.WARP_INVERSE_MAP))
    return out


def _seen_by_the_net(votes: NDArray[np.float64], shown: Floats) -> Floats:
    """Return what the net has found in a part of the frames and does not change, (64, 64) 0 or 1."""
    moving = np.std(shown, axis=0).max(-1)
    plain = np.mean(shown, axis=0).mean(-1).astype(np.float32)
    edges = cv2.morphologyEx(plain, cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8)) > EDGED
    stands = (votes > VOTES) & (moving < STILL) & edges
    return stands.astype(np.float32) * (stands.sum() >= LEAST)


def standing_edges(shown: Floats, points: Floats, whole: NDArray[np.bool_]) -> Floats:
    """Return where edges stand in the plate although the face moves there, (64, 64) 0 or 1.

    shown (K, 64, 64, 3): frames of a stretch laid upon each other as the plate lies; points (K, P,
    2): the mesh in them; whole (64, 64): where each of them shows something.
    """
    mean, hull = points.mean(axis=0), np.zeros((SQUARE_PIXELS, SQUARE_PIXELS), np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.rint(mean).astype(np.int32)), 1)
    hull = cv2.erode(hull, np.ones((2 * INSIDE + 1,) * 2, np.uint8), borderValue=1)
    usual = shown.mean(axis=0)
    right, down = (cv2.Sobel(usual, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    across, along, both = np.moveaxis(motion(points), -1, 0)[..., None]
    expected = right**2 * across + down**2 * along + 2 * right * down * both
    expected = np.sqrt(np.maximum(expected, 0)).max(axis=2)
    stands = (expected > VARIES) & (shown.std(axis=0).max(axis=2) < STANDS * expected)
    inside = (stands & (hull > 0) & whole).astype(np.uint8)
    joined = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return joined.astype(np.float32) * (joined.sum() >= LETTERS)


def motion(points: Floats) -> Floats:
    """Return the variance of the face's place at each pixel, (64, 64, 3): in x, in y, of both;
    points (K, P, 2). An edge does not show that it moves along itself, so how far alone says
    nothing.
    """
    mean = points.mean(axis=0)
    x, y = np.moveaxis(points - mean, -1, 0)
    found = np.stack([x * x, y * y, x * y, np.ones_like(x)], -1).mean(axis=0)
    cell = np.rint(mean).astype(int)
    inside = ((cell >= 0) & (cell < SQUARE_PIXELS)).all(axis=1)
    sums = np.zeros((SQUARE_PIXELS, SQUARE_PIXELS, 4), np.float32)
    np.add.at(sums, (cell[inside, 1], cell[inside, 0]), found[inside])
    spread = np.asarray(cv2.GaussianBlur(sums, (0, 0), AROUND))
    return (spread[..., :3] / np.maximum(spread[..., 3:], 1e-4)).astype(np.float32)


def _between(one: Floats, other: Floats) -> Floats:
    """Return (2, 3): one frame's square -> another's, through the plate where both lie still."""
    back = cv2.invertAffineTransform(one.astype(np.float64))
    whole = np.vstack([back, [0, 0, 1]])
    return np.asarray(other.astype(np.float64) @ whole, np.float32)


def _moved(picture: Floats, matrix: Floats, flags: int = 0) -> Floats:
    return np.asarray(
        cv2.warpAffine(
            picture, matrix, (SQUARE_PIXELS, SQUARE_PIXELS), flags=cv2.INTER_LINEAR | flags
        ),
        np.float32,
    )
