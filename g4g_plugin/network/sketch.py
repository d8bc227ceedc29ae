"""Landmarks drawn as pictures: the pose sketch L_r, the wanted mouth, and what is hidden (section
3.1).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.face import INNER_LIPS, LANDMARKS_68, OUTER_LIPS
from g4g_plugin.network.shape import SHAPE_POINTS

Floats = NDArray[np.float32]

SUBPIXEL_BITS = 4  # fractional bits of OpenCV's drawing coordinates: 1/16 pixel
_OUTER, _INNER = len(OUTER_LIPS), len(OUTER_LIPS) + len(INNER_LIPS)

# Points that carry a picture along: lips and jaw, upper contour, nose.
ANCHOR_POINTS: tuple[int, ...] = SHAPE_POINTS + tuple(
    LANDMARKS_68[i] for i in (*range(4), *range(13, 17), *range(27, 36))
)
# Of M: how far a point of the lips, any other point carries its surroundings along
ANCHOR_REACH = (0.04, 0.09)
GRID_PIXELS = 2  # the field is smooth: worked out at every second pixel

# Runs of the 68 points in the sketch. No lips, and of the contour only what speech leaves alone:
# the jaw would tell in training how far the hidden mouth is open, and in dubbing it is the wrong
# mouth's jaw.
STROKES: tuple[tuple[tuple[int, ...], bool], ...] = (
    (tuple(range(0, 4)), False),
    (tuple(range(13, 17)), False),
    (tuple(range(17, 22)), False),
    (tuple(range(22, 27)), False),
    (tuple(range(27, 31)), False),
    (tuple(range(31, 36)), False),
    (tuple(range(36, 42)), True),
    (tuple(range(42, 48)), True),
)


def crop_size(mouth: int) -> tuple[int, int]:
    """Return (height, width) of the crop whose mouth box is M: 3r + r//4 by 2r + 2 (r//4), r = M /
    2.
    """
    radius = mouth // 2
    return 3 * radius + radius // 4, 2 * radius + 2 * (radius // 4)


def crop_scale(mouth: int) -> tuple[float, float]:
    """Return (across, down): from the crop of 320 x 416 (M = 256) to the crop of M."""
    height, width = crop_size(mouth)
    tall, wide = CROP_SIZES[256]
    return width / wide, height / tall


def scale_matrix(to_crop: Floats, mouth: int) -> Floats:
    """Turn a matrix to the 320 x 416 crop into one to the crop of M; (2, 3), pixel centres on whole
    numbers.
    """
    scaled = np.asarray(to_crop, np.float64).copy()
    for row, factor in enumerate(crop_scale(mouth)):
        scaled[row] *= factor
        scaled[row, 2] += 0.5 * factor - 0.5
    return scaled.astype(np.float32)


def apply_matrix(matrix: Floats, points: Floats) -> Floats:
    """Take points (..., 2 or more) through a (2, 3) matrix; returns (..., 2) float32."""
    return (points[..., :2] @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def draw_sketch(mesh: Floats, mouth: int) -> NDArray[np.uint8]:
    """Draw L_r (eq. 4): upper contour, brows, nose and eyes of a mesh (478, 2) in crop pixels; (H,
    W) uint8.
    """
    canvas = np.zeros(crop_size(mouth), np.uint8)
    points = mesh[list(LANDMARKS_68), :2]
    for indices, closed in STROKES:
        cv2.polylines(
            canvas,
            [_fixed(points[list(indices)])],
            closed,
            255,
            _pen(mouth),
            cv2.LINE_AA,
            SUBPIXEL_BITS,
        )
    return canvas


def draw_mouth(points: Floats, mouth: int) -> NDArray[np.uint8]:
    """Draw the wanted mouth: (59, 2) SHAPE_POINTS in crop pixels -> (3, H, W) uint8: outer lips,
    inner lips, jaw line.

    The shape code as the decoder sees it, laid out in space: where the lips shall be, where the
    mouth is open, where the chin ends. Not in the paper, whose audio feature is a vector only; see
    docs/decisions.md.
    """
    canvas = np.zeros((3, *crop_size(mouth)), np.uint8)
    cv2.fillPoly(canvas[0], [_fixed(points[:_OUTER])], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.fillPoly(canvas[1], [_fixed(points[_OUTER:_INNER])], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.polylines(
        canvas[2], [_fixed(points[_INNER:])], False, 255, _pen(mouth), cv2.LINE_AA, SUBPIXEL_BITS
    )
    return canvas


def draw_hidden(
    nose_base: float, mouth: int, inset: tuple[int, int, int] = (0, 0, 0)
) -> NDArray[np.uint8]:
    """Return what of the source is hidden from the generator, (H, W) uint8 0 or 1.

    The mouth box below the nose (DINet's whole box erases the nose and re-invents it).

    Args:
        nose_base: crop row of the mesh's point under the nose.
        mouth: size of the mouth box, pixels.
        inset: pixels by which top, left and right come in; training varies them, so that the
            cheeks at the mask's edge tell nothing about the source's own mouth.
    """
    radius = mouth // 2
    top = (
        int(np.clip(round(nose_base + 0.02 * mouth), radius + mouth // 8, radius + mouth // 2))
        + inset[0]
    )
    left, right = radius // 4 + inset[1], radius // 4 + mouth - inset[2]
    canvas = np.zeros(crop_size(mouth), np.uint8)
    canvas[top : radius + mouth, left:right] = 1
    return canvas


def warp_onto(picture: Floats, wanted: Floats, have: Floats, mouth: int) -> Floats:
    """Warp a picture so that its mesh becomes another; same size.

    Every pixel follows the mesh points around it, weighted by a Gaussian of their distance: smooth
    everywhere.

    Args:
        picture: (H, W, 3).
        wanted: (478, 2) crop pixels.
        have: (478, 2) the picture's own mesh, crop pixels.
        mouth: size of the mouth box, pixels.
    """
    to, back = (
        wanted[list(ANCHOR_POINTS), :2].astype(np.float32),
        have[list(ANCHOR_POINTS), :2].astype(np.float32),
    )
    height, width = picture.shape[:2]
    y, x = (
        np.arange(0, size + GRID_PIXELS, GRID_PIXELS, dtype=np.float32) for size in (height, width)
    )
    reach = (
        np.where(np.arange(len(to)) < _INNER, *ANCHOR_REACH).astype(np.float32) * mouth
    )  # (anchors,)
    across = np.exp(-((x[:, None] - to[None, :, 0]) ** 2) / (2 * reach**2))  # (columns, anchors)
    down = np.exp(-((y[:, None] - to[None, :, 1]) ** 2) / (2 * reach**2))
    share = down[:, None] * across[None] + np.float32(1e-6)
    field = ((share @ (back - to)) / share.sum(axis=2, keepdims=True)).astype(np.float32)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = np.asarray(
        cv2.remap(field, columns / GRID_PIXELS, rows / GRID_PIXELS, cv2.INTER_LINEAR), np.float32
    )
    edge = cv2.BORDER_REPLICATE
    out = cv2.remap(
        picture, columns + moved[..., 0], rows + moved[..., 1], cv2.INTER_LINEAR, borderMode=edge
    )
    return np.asarray(out, np.float32)


def align_references(
    pictures: Floats, meshes: Floats, mesh: Floats, points: Floats, mouth: int
) -> Floats:
    """Warp a shot's references to one frame's pose and wanted mouth, (3 R, H, W).

    The intra-modality alignment (section 3.1.1) by landmarks, on pixels: what the affine maps of
    eq. 11 start from.

    Args:
        pictures: (R, H, W, 3).
        meshes: (R, 478, 2) the references' own, crop pixels.
        mesh: (478, 2) the frame's, crop pixels.
        points: (59, 2) SHAPE_POINTS as they shall be, crop pixels.
        mouth: size of the mouth box, pixels.
    """
    wanted = mesh[:, :2].copy()
    wanted[list(SHAPE_POINTS)] = points
    warped = [
        warp_onto(p, wanted, have, mouth).transpose(2, 0, 1)
        for p, have in zip(pictures, meshes, strict=True)
    ]
    return np.concatenate(warped)


def _fixed(points: Floats) -> NDArray[np.int32]:
    bounded = np.clip(np.nan_to_num(points), -4096, 4096)
    return np.round(bounded * (1 << SUBPIXEL_BITS)).astype(np.int32)


def _pen(mouth: int) -> int:
    return max(1, round(mouth / 64))
