"""The square around a mouth in which covers are looked for: hung on eyes and nose, never on the
lips, which an occluder hides.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import EYE_CORNERS, INNER_LIPS, NOSE_BASE, OUTER_LIPS

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SQUARE_PIXELS = 64  # pixels: at a mouth of 25 of them a pencil is still 2 wide
SQUARE_FACE_SIZES = 1.8  # the square's side, in face sizes: what a dub changes measures 1.2 by 1.0
SQUARE_DROP = 0.35  # face sizes from the nose base down to the square's middle
NOSE_RATIO = 1.8  # eye distances over nose length, face on
NOSE_BRIDGE = 168
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# Where the brighter quarter of a square is brought, and by how much
LIT_LEVEL, MOST_GAIN = (0.55, 15.0)


def face_size(mesh: Floats) -> float:
    """Return the size of a face (478, 3) in pixels: about its outer eye distance, turned or not."""
    eyes = float(np.linalg.norm(mesh[EYE_CORNERS[1], :2] - mesh[EYE_CORNERS[0], :2]))
    nose = float(np.linalg.norm(mesh[NOSE_BASE, :2] - mesh[NOSE_BRIDGE, :2]))
    return max(eyes, NOSE_RATIO * nose, 1.0)


def square(mesh: Floats, side: int = SQUARE_PIXELS, reach: float = SQUARE_FACE_SIZES) -> Floats:
    """Return (2, 3) float32: plate pixels -> pixels of the mouth's square.

    Args:
        mesh: (478, 3) plate pixels.
        side: of the square, pixels.
        reach: the side in face sizes.
    """
    across = mesh[EYE_CORNERS[1], :2] - mesh[EYE_CORNERS[0], :2]
    x = across / max(float(np.linalg.norm(across)), 1e-6)
    turn = np.array([x, [-x[1], x[0]]], np.float64)
    size = face_size(mesh)
    centre = mesh[NOSE_BASE, :2] + turn[1] * SQUARE_DROP * size
    linear = turn * (side / (reach * size))
    shift = (side - 1) / 2 - linear @ centre
    return np.column_stack([linear, shift]).astype(np.float32)


def cut_square(rgb: Pixels, matrix: Floats, side: int = SQUARE_PIXELS) -> Pixels:
    """Cut a square out of a picture (h, w, 3) uint8, averaged where it shrinks.

    Args:
        rgb: (h, w, 3) uint8.
        matrix: (2, 3) plate pixels -> square.
        side: of the square, pixels.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    factor = max(1, int(1 / max(scale, 1e-6)))
    inverse = cv2.invertAffineTransform(matrix.astype(np.float64))
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]], np.float64)
    ends = corners @ inverse.T
    left, top = np.maximum(np.floor(ends.min(0)).astype(int) - factor, 0)
    right, bottom = np.maximum(np.ceil(ends.max(0)).astype(int) + factor, (left + 1, top + 1))
    part = rgb[top:bottom, left:right]
    if not part.size:
        return np.zeros((side, side, 3), np.uint8)
    local = matrix.astype(np.float64) @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
    if factor > 1 and min(part.shape[:2]) >= factor:
        height, width = (n // factor * factor for n in part.shape[:2])
        part = cv2.resize(
            part[:height, :width],
            (width // factor, height // factor),
            interpolation=cv2.INTER_AREA,
        )
        half = (factor - 1) / 2
        local = local @ np.array([[factor, 0, half], [0, factor, half], [0, 0, 1]])
    seen = cv2.warpAffine(
        part, local, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, np.uint8)


def lips(mesh: Floats, matrix: Floats) -> Floats:
    """Return the lips' outlines in the square, (40, 2): outer then inner."""
    points = mesh[[*OUTER_LIPS, *INNER_LIPS], :2]
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def lip_planes(outlines: Floats, side: int = SQUARE_PIXELS) -> Floats:
    """Draw lips and opening, (2, side, side) 0 or 1, from outlines (40, 2)."""
    planes = np.zeros((2, side, side), np.float32)
    for plane, part in zip(planes, (outlines[:20], outlines[20:]), strict=True):
        cv2.fillPoly(plane, [np.rint(part * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
    return planes


def levelled(picture: Floats) -> Floats:
    """Bring the brighter quarter of a picture (h, w, 3) 0..1 to one level: a fade changes nothing."""
    bright = float(np.percentile(picture[::2, ::2] @ LUMA, 75))
    return picture * np.float32(min(LIT_LEVEL / max(bright, 1e-3), MOST_GAIN))


def planes(frame: Floats, look: Floats, known: Floats, lips_drawn: Floats) -> Floats:
    """Return what the net sees, (9, side, side): frame, own look where it is known, lips.

    Args:
        frame: (side, side, 3) 0..1.
        look: the person uncovered, alike.
        known: (side, side) 0..1, where the look is known.
        lips_drawn: (2, side, side).
    """
    shown = levelled(look) * known[..., None]
    colours = [np.moveaxis(levelled(frame), -1, 0), np.moveaxis(shown, -1, 0)]
    return np.concatenate([*colours, known[None], lips_drawn]).astype(np.float32) - np.float32(0.3)
