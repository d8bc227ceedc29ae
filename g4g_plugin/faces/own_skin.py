"""Whether what a net calls covered shows the person's own skin: laughter and turned heads, which it
takes for something strange, do; whatever lies before a face does not.

Skin is compared with itself, mesh point by mesh point, so that no turn, laugh or light matters.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COLOUR_SIGMA = 1.0  # pixels of the square over which a point's colour is averaged
BORDER_PIXELS = 1.5  # pixels from the square's edge within which nothing is read
SPOT_POINTS_LEAST = 8  # points of a spot below which nothing can be said of it
# relative departure from the usual colour: laughing faces show .09 in the mean, and .08 of their
# points depart by more than `OTHER_DISTANCE`; fingers, cups and letters .1 to .7, and .13 to 1
OWN_SKIN_DISTANCE, OTHER_DISTANCE, OWN_SHARE = 0.105, 0.2, 0.1
DARK_SHARE = 0.25  # of the face's median: darker colours have too few codes to be divided by


def without_own_skin(maps: Floats, frames: Floats, points: Floats, sure: float) -> Floats:
    """Drop the spots of maps that show what the person's skin shows in the other frames.

    Args:
        maps: (N, side, side) how surely each pixel is covered, 0..1.
        frames: (N, side, side, 3) R'G'B' 0..1.
        points: (N, P, 2) mesh points in the squares.
        sure: above this a pixel counts as covered.
    """
    seen = [
        _at(cv2.GaussianBlur(f, (0, 0), COLOUR_SIGMA), p)
        for f, p in zip(frames, points, strict=True)
    ]
    colours = np.array(seen, np.float32)
    covered = np.array([_at(m, p) for m, p in zip(maps, points, strict=True)]) > sure
    last = maps.shape[1] - 1 - BORDER_PIXELS
    inside = ((points > BORDER_PIXELS) & (points < last)).all(axis=2)
    apart = departures(colours, inside & ~covered)
    out = maps.copy()
    for i in np.flatnonzero((inside & covered).any(axis=1)):
        count, labels = cv2.connectedComponents((maps[i] > sure).astype(np.uint8))
        spot = _at(labels.astype(np.float32), points[i], cv2.INTER_NEAREST).astype(int)
        for label in range(1, count):
            of_it = apart[i][inside[i] & (spot == label)]
            of_it = of_it[np.isfinite(of_it)]
            own = (
                len(of_it) >= SPOT_POINTS_LEAST
                and of_it.mean() < OWN_SKIN_DISTANCE
                and (of_it > OTHER_DISTANCE).mean() < OWN_SHARE
            )
            if own:
                out[i][labels == label] = 0
    return out


def departures(colours: Floats, free: NDArray[np.bool_]) -> Floats:
    """Return how far each point's colour departs from what it usually is, (N, P), relative; NaN
    where it is free in no frame.

    colours (N, P, 3) R'G'B'; free (N, P): which points say what is usual. Each frame's light is
    taken out, by the median of how its free points differ from the usual.
    """
    known = np.where(free[..., None], np.maximum(colours, 1e-3), np.nan).astype(np.float32)
    light = _medians(known, 1)
    usual = _medians(known / light, 0)
    light = _medians(known / usual, 1)  # the free points of two frames may be others
    usual = _medians(known / light, 0)
    away = np.abs(colours / light - usual).max(axis=2)
    return (away / np.maximum(usual.max(axis=2), DARK_SHARE)).astype(np.float32)


def _medians(values: Floats, axis: int) -> Floats:
    """Return medians over an axis of what is a number, the axis kept; NaN where nothing is."""
    some = np.isfinite(values).any(axis=axis, keepdims=True)
    medians = np.nanmedian(np.where(some, values, 1), axis=axis, keepdims=True)
    return np.where(some, medians, np.nan).astype(np.float32)


def _at(picture: Floats, points: Floats, flags: int = cv2.INTER_LINEAR) -> Floats:
    """Return what a picture shows at points (P, 2)."""
    x, y = (np.ascontiguousarray(points[None, :, k], np.float32) for k in (0, 1))
    return np.asarray(cv2.remap(picture, x, y, flags, borderMode=cv2.BORDER_REPLICATE)[0])
