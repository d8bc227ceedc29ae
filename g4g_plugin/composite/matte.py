"""The region a patch may touch: a soft matte from the landmarks of the lower face."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.core.picture import Box

Floats = NDArray[np.float32]

# 27 of the 68: the contour below the ears, nose bridge to nostrils, the upper lip's outline and the
# mouth corners.
LOWER_FACE: tuple[int, ...] = (*range(2, 15), *range(29, 36), *range(48, 55))
# eye distances outside the polygon up to which the matte is whole: a chin that opens wide moves its
# neck
MATTE_FULL_UNTIL = 0.50
MATTE_ENDS_AT = 0.85  # and from which it is exactly 0
MATTE_PIXELS = 96  # the matte is drawn at most this large and raised: it is smooth


def face_matte(mesh: Floats, box: Box) -> Floats:
    """Return the matte of the lower face over plate pixels `box`, (h, w) float32: 1 on it, 0 away
    from it.

    mesh (478, 3) float32 plate pixels. The 27 points' hull, grown and faded in proportion to the
    face (section 3.2).
    """
    left, top, right, bottom = box
    points = mesh[list(LANDMARKS_68), :2]
    size = face_size(points)
    step = max(1.0, max(right - left, bottom - top) / MATTE_PIXELS)
    grid = np.meshgrid(np.arange(left, right + step, step), np.arange(top, bottom + step, step))
    away = outside(points[list(LOWER_FACE)], np.stack(grid, -1)) / size
    t = np.clip((MATTE_ENDS_AT - away) / (MATTE_ENDS_AT - MATTE_FULL_UNTIL), 0.0, 1.0)
    soft = (t * t * (3 - 2 * t)).astype(np.float32)
    x = np.arange(right - left, dtype=np.float32) / np.float32(step)
    y = np.arange(bottom - top, dtype=np.float32) / np.float32(step)
    return np.asarray(cv2.remap(soft, *np.meshgrid(x, y), cv2.INTER_LINEAR), np.float32)


def outside(points: Floats, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far grid points (h, w, 2) lie outside the hull of `points` (P, 2); negative
    inside. Mitred corners.
    """
    hull = cv2.convexHull(np.ascontiguousarray(points, np.float32))[:, 0].astype(np.float64)
    edges = np.roll(hull, -1, axis=0) - hull
    normals = (
        np.stack([edges[:, 1], -edges[:, 0]], 1) / np.maximum(np.hypot(*edges.T), 1e-9)[:, None]
    )
    normals *= np.sign(((hull - hull.mean(axis=0)) * normals).sum(axis=1) + 1e-12)[:, None]
    away = np.full(grid.shape[:2], -np.inf)
    for corner, normal in zip(hull, normals, strict=True):
        away = np.maximum(away, (grid - corner) @ normal)
    return away


def face_size(landmarks: Floats) -> float:
    """Return the size of a face in plate pixels, about its outer eye distance, turned or not;
    landmarks (68, 2).
    """
    eyes = float(np.linalg.norm(landmarks[45] - landmarks[36]))
    length = float(np.linalg.norm(landmarks[8] - landmarks[27]))
    return max(eyes, 0.8 * length, 1.0)
