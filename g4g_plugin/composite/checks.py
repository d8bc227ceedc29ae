"""Is a patch fit to be laid down? What is black, blown, out of range, no number, or unlike its
surroundings is not; the plate stays. Of what is laid down, figures are kept for the verdict.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
SAMPLE_PIXELS = 96  # pixels across are enough to judge a patch by
OVERSHOOT_LIMIT = 0.1  # of full scale past black and white (and past the plate): lanczos rings less
MOST_BEYOND = 0.02  # share of the matte that may lie there
BLACK_LEVEL, WHITE_LEVEL = 0.02, 0.98  # levels that hold no picture any more
# Share of the matte that may become so: an open mouth is a tenth
MOST_BLACK, MOST_WHITE = (0.3, 0.15)
MOST_OF_MOUTH = 0.5  # share of lips and the skin beside them: a mouth open wide is a third
# Largest ratio of mean light, patch to plate; a wide open mouth reaches 1.25
LIGHT_RATIO_LIMIT = 1.6
VISIBLE_DIFFERENCE = 0.04  # of full scale: a difference below it is no fault, whatever the ratio
# Mean difference at the matte's edge, where patch and plate show the same skin
EDGE_DIFFERENCE_LIMIT = 0.12
CONTRAST_SHARE_LEAST = 0.08  # least share of the plate's contrast: one colour is no face

RIM_KERNEL = np.ones((3, 3), np.uint8)
DETAIL_SIGMA = 1.0  # pixels: detail is what a blur of this radius takes away
DARK_OFFSET = 0.02  # of full scale, added to levels before they are compared: black has no ratio


class PatchFigures(NamedTuple):
    """What was measured of a patch as it was laid down, against the plate at the same pixels.

    edge: mean difference of luma at the matte's edge, of full scale; the others around the lips:
    light, log2 of the ratio of the median luma; colour, largest change of a channel's share of the
    light; detail, ratio of the finest detail; seen, share of the matte that nothing covers.
    """

    edge: float
    light: float
    colour: float
    detail: float
    seen: float


def measure(
    difference: Floats,
    plate: Floats,
    matte: Floats,
    mouth: NDArray[np.bool_],
    seen: Floats | None = None,
) -> PatchFigures | None:
    """Return the figures of a patch; None where nothing of it lies at the mouth.

    Args:
        difference: patch less plate as it is laid down, (h, w, 3) R'G'B'.
        plate: (h, w, 3) R'G'B' of the same pixels.
        matte: (h, w) 0..1.
        mouth: (h, w), where the lips are and the skin beside them.
        seen: (h, w) 1 where the face is seen; None: everywhere.
    """
    whole = (matte > 0.5) & mouth
    if not whole.any():
        return None
    free = np.ones_like(whole) if seen is None else seen > 0.98
    inside = whole & free if (whole & free).any() else whole
    made, shown = np.clip(plate + difference, 0, 1), plate
    light, before = made @ LUMA, shown @ LUMA
    mean, own = made[inside].mean(axis=0) + DARK_OFFSET, shown[inside].mean(axis=0) + DARK_OFFSET
    return PatchFigures(
        edge=edge_difference(light, before, matte, free),
        light=float(
            np.log2(
                (np.median(light[inside]) + DARK_OFFSET) / (np.median(before[inside]) + DARK_OFFSET)
            )
        ),
        colour=float(np.abs(mean / mean.sum() - own / own.sum()).max()),
        detail=_detail(light, inside) / max(_detail(before, inside), 1e-4),
        seen=float(free[whole].mean()),
    )


def _detail(luma: NDArray[np.floating], inside: NDArray[np.bool_]) -> float:
    fine = luma - cv2.GaussianBlur(luma, (0, 0), DETAIL_SIGMA)
    return float(np.std(fine[inside]))


def fault(
    patch: Floats,
    plate: Floats,
    matte: Floats,
    seen: Floats | None = None,
    mouth: NDArray[np.bool_] | None = None,
) -> str | None:
    """Return what is wrong with a patch, None where nothing is.

    Args:
        patch: (h, w, 3) R'G'B'.
        plate: the same pixels of the plate.
        matte: (h, w) 0..1.
        seen: (h, w), 1 where the face is: what covers it is not compared.
        mouth: (h, w), where the lips are and the skin beside them; of a matte over the whole lower
            face a black mouth is a small part.
    """
    free = np.ones(matte.shape, np.bool_) if seen is None else seen > 0.98
    if not (np.isfinite(patch).all() and np.isfinite(matte).all()):
        return "no number"
    step = max(1, min(matte.shape) // SAMPLE_PIXELS)
    patch, plate = patch[::step, ::step], plate[::step, ::step]
    matte, free = matte[::step, ::step], free[::step, ::step]
    inside = (matte > 0.5) & free
    if not inside.any():
        return None
    made, shown = patch[inside], plate[inside]
    if mouth is not None:
        near = inside & mouth[::step, ::step]
        if near.any() and (lost := _lost(patch[near] @ LUMA, plate[near] @ LUMA)):
            return lost
    low, high = (
        min(0.0, float(shown.min())) - OVERSHOOT_LIMIT,
        max(1.0, float(shown.max())) + OVERSHOOT_LIMIT,
    )
    if np.mean((made < low) | (made > high)) > MOST_BEYOND:
        return "out of range"
    apart = edge_difference(patch @ LUMA, plate @ LUMA, matte, free)
    return _levels(made @ LUMA, shown @ LUMA) or (
        "unlike its surroundings" if apart > EDGE_DIFFERENCE_LIMIT else None
    )


def _lost(made: Floats, shown: Floats) -> str | None:
    """Return what is wrong with a mouth that holds no picture any more: most of it black or white."""
    if np.mean(made < BLACK_LEVEL) - np.mean(shown < BLACK_LEVEL) > MOST_OF_MOUTH:
        return "black"
    if np.mean(made > WHITE_LEVEL) - np.mean(shown > WHITE_LEVEL) > MOST_OF_MOUTH:
        return "blown"
    return None


def _levels(made: Floats, shown: Floats) -> str | None:
    if np.mean(made < BLACK_LEVEL) - np.mean(shown < BLACK_LEVEL) > MOST_BLACK:
        return "black"
    if np.mean(made > WHITE_LEVEL) - np.mean(shown > WHITE_LEVEL) > MOST_WHITE:
        return "blown"
    before, after = max(float(shown.mean()), 1e-3), max(float(made.mean()), 1e-3)
    if (
        max(before / after, after / before) > LIGHT_RATIO_LIMIT
        and abs(before - after) > VISIBLE_DIFFERENCE
    ):
        return "unlike its surroundings"
    if made.std() < CONTRAST_SHARE_LEAST * shown.std() and shown.std() > VISIBLE_DIFFERENCE:
        return "flat"
    return None


def edge_difference(
    made: NDArray[np.floating], shown: NDArray[np.floating], matte: Floats, free: NDArray[np.bool_]
) -> float:
    """Return how far patch and plate differ in luma where one goes over into the other: over the
    soft part of the matte, or along its rim where it ends hard.

    Args:
        made: (h, w), luma of the patch.
        shown: (h, w), luma of the plate.
        matte: (h, w) 0..1.
        free: (h, w), where nothing covers the face.
    """
    apart = np.abs(made - shown)
    soft = (matte > 0.02) & (matte < 0.5) & free
    laid = (matte > 0.02).astype(np.uint8)
    rim = ((laid - cv2.erode(laid, RIM_KERNEL, borderValue=1)) > 0) & free
    across = float(apart[soft].mean()) if soft.any() else 0.0
    along = float((apart * matte)[rim].mean()) if rim.any() else 0.0
    return max(across, along)
