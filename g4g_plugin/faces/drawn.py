"""Is a face drawn? A drawing, or flat CG, has skin of a few colours; a filmed one never has."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces.follow import Followed
from g4g_plugin.faces.mouth_square import LUMA, SQUARE_PIXELS

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SAMPLED_FRAMES = 12  # frames of a shot that are looked at
# codes in which two pixels of skin count as one colour, in a picture levelled to `SKIN_LEVEL`
COLOUR_STEP = 6.0
SKIN_LEVEL, MOST_GAIN = 140.0, 15.0
TONE_COUNT = 3  # skin, its shade, and lips or beard
# share of the face that so few colours make up: .80 in the drawn face, .18 at most in 90 clips of
# 73 people
DRAWN_FLATNESS = 0.45
DARK_CODES = 12.0  # codes: what is darker has too few of them to tell


def is_drawn(face: Followed) -> bool:
    """Return whether a followed face is a drawing, by the median of some of its frames."""
    rows = np.unique(np.linspace(0, len(face.track) - 1, SAMPLED_FRAMES).astype(int))
    shares = [flatness(face.squares[i], face.track.mesh[i, :, :2], face.to_square[i]) for i in rows]
    return float(np.median(shares)) > DRAWN_FLATNESS


def flatness(square: Pixels, points: Floats, to_square: Floats) -> float:
    """Return the share of the face, 0..1, that its `TONE_COUNT` most frequent colours make up.

    square (64, 64, 3) uint8; points (478, 2) of the mesh, plate pixels; to_square (2, 3).

    Args:
        square: (64, 64, 3) uint8.
        points: (478, 2) of the mesh, plate pixels.
        to_square: (2, 3) plate pixels -> square.
    """
    hull = cv2.convexHull((points @ to_square[:, :2].T + to_square[:, 2]).astype(np.float32))
    inside = np.zeros((SQUARE_PIXELS, SQUARE_PIXELS), np.uint8)
    cv2.fillConvexPoly(inside, np.rint(hull).astype(np.int32), 1)
    skin = square[inside > 0].astype(np.float32)
    bright = float(np.percentile(skin @ LUMA, 75)) if len(skin) else 0.0
    if bright < DARK_CODES:
        return 0.0
    skin *= min(SKIN_LEVEL / bright, MOST_GAIN)
    return max(_most_frequent(skin + shift) for shift in (0.0, COLOUR_STEP / 2))


def _most_frequent(colours: Floats) -> float:
    bins = (colours // COLOUR_STEP).astype(np.int64) @ np.array([1_000_000, 1_000, 1])
    counts = np.sort(np.unique(bins, return_counts=True)[1])[::-1]
    return float(counts[:TONE_COUNT].sum() / len(colours))
