"""Where a new picture begins. Light that comes, goes, flashes or changes colour begins none."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces.mouth_square import LUMA

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

THUMBNAIL_SIZE = (32, 18)  # width, height of what cuts are seen in
# Mean change of the thumbnail, of 255; and over the median of the changes around it
CUT_CHANGE, CUT_RATIO = (10.0, 4.0)
DARK_OFFSET = 4.0  # of 255, added before the logarithm: noise in the dark is no structure
LIGHT_SIGMA = 2.5  # thumbnail pixels: light varies over more than this, things over less
# least correlation of what two thumbnails show beside their light, for one and the same scene
SAME_SCENE = 0.6
# Frames on either side of a step of light that are compared: a flash is shorter
COMPARED_FRAMES = 3


def thumbnail(rgb: Pixels) -> Pixels:
    """Reduce a picture (h, w, 3) to (18, 32, 3) uint8."""
    step = max(
        1, min(rgb.shape[0] // (4 * THUMBNAIL_SIZE[1]), rgb.shape[1] // (4 * THUMBNAIL_SIZE[0]))
    )
    few = np.ascontiguousarray(rgb[::step, ::step])
    return np.asarray(cv2.resize(few, THUMBNAIL_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def changes(thumbs: Pixels) -> NDArray[np.float64]:
    """Return the mean change of each thumbnail from the one before, 0..255; the first has none."""
    change = np.abs(np.diff(thumbs.astype(np.int16), axis=0)).mean((1, 2, 3))
    return np.concatenate([[0.0], change])


def _structure(thumb: Pixels) -> Floats:
    """Return what a thumbnail shows beside its light: a unit vector."""
    tone = np.log(thumb.astype(np.float32) @ LUMA + DARK_OFFSET)
    fine = tone - cv2.GaussianBlur(tone, (0, 0), LIGHT_SIGMA)
    limit = 2.5 * float(fine.std())
    fine = np.clip(fine, -limit, limit).ravel()
    return (fine / max(float(np.linalg.norm(fine)), 1e-6)).astype(np.float32)


def same_scene(one: Pixels, other: Pixels) -> bool:
    """Return whether two thumbnails show one scene, be it in another light."""
    return float(_structure(one) @ _structure(other)) >= SAME_SCENE


def find_cuts(thumbs: Pixels, first: int) -> Frames:
    """Return the frames that begin a new picture: a change that is large, far larger than those
    around it, and not of the light alone.
    """
    change = changes(thumbs)
    cuts = []
    for i in np.flatnonzero(change > CUT_CHANGE):
        around = np.concatenate([change[max(i - 4, 1) : i], change[i + 1 : i + 5]])
        sudden = not len(around) or change[i] > CUT_RATIO * float(np.median(around))
        before, behind = thumbs[max(i - COMPARED_FRAMES, 0) : i], thumbs[i : i + COMPARED_FRAMES]
        if sudden and not any(same_scene(a, b) for a in before for b in behind):
            cuts.append(first + int(i))
    return np.array(cuts, np.int64)
