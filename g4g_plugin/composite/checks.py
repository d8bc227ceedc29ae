"""Is a patch fit to be laid down? What is black, blown, out of range, no number, or unlike its
surroundings is not; the plate stays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
SAMPLED = 96  # pixels across are enough to judge a patch by
BEYOND = 0.1  # of full scale past black and white (and past the plate): lanczos rings less
MOST_BEYOND = 0.02  # share of the matte that may lie there
BLACK, WHITE = 0.02, 0.98  # levels that hold no picture any more
MOST_BLACK, MOST_WHITE = (
    0.3,
    0.15,
)  # share of the matte that may become so: an open mouth is a tenth
UNLIKE = 1.6  # largest ratio of mean light, patch to plate; a wide open mouth reaches 1.25
NOTICED = 0.04  # of full scale: a difference below it is no fault, whatever the ratio
RING = 0.12  # mean difference at the matte's edge, where patch and plate show the same skin
FLAT = 0.08  # least share of the plate's contrast: one colour is no face


def fault(patch: Floats, plate: Floats, matte: Floats, seen: Floats | None = None) -> str | None:
    """Return what is wrong with a patch, None where nothing is.

    Args:
        patch: (h, w, 3) R'G'B'.
        plate: the same pixels of the plate.
        matte: (h, w) 0..1.
        seen: (h, w), 1 where the face is: what covers it is not compared.
    """
    if seen is not None:
        matte = np.where(seen > 0.98, matte, np.float32(0))
    if not (np.isfinite(patch).all() and np.isfinite(matte).all()):
        return "no number"
    step = max(1, min(matte.shape) // SAMPLED)
    patch, plate, matte = (part[::step, ::step] for part in (patch, plate, matte))
    inside = matte > 0.5
    if not inside.any():
        return None
    made, shown = patch[inside], plate[inside]
    low, high = min(0.0, float(shown.min())) - BEYOND, max(1.0, float(shown.max())) + BEYOND
    if np.mean((made < low) | (made > high)) > MOST_BEYOND:
        return "out of range"
    return _levels(made @ LUMA, shown @ LUMA) or _edge(patch @ LUMA, plate @ LUMA, matte)


def _levels(made: Floats, shown: Floats) -> str | None:
    if np.mean(made < BLACK) - np.mean(shown < BLACK) > MOST_BLACK:
        return "black"
    if np.mean(made > WHITE) - np.mean(shown > WHITE) > MOST_WHITE:
        return "blown"
    before, after = max(float(shown.mean()), 1e-3), max(float(made.mean()), 1e-3)
    if max(before / after, after / before) > UNLIKE and abs(before - after) > NOTICED:
        return "unlike its surroundings"
    if made.std() < FLAT * shown.std() and shown.std() > NOTICED:
        return "flat"
    return None


def _edge(made: Floats, shown: Floats, matte: Floats) -> str | None:
    ring = (matte > 0.02) & (matte < 0.5)
    if ring.any() and float(np.abs(made - shown)[ring].mean()) > RING:
        return "unlike its surroundings"
    return None
