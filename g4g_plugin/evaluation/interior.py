"""Looks at what opens between the lips, and at the colour of the lips: what sync judges never see.

Everything is measured in the plate's own pixels, and in a skull-fixed view: the opening unwrapped
through the head's pose onto one plane just behind the lips, where the teeth of a real mouth stand
still while lips and head move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.network.mesh import INNER_PLACES, UPPER_PLACES
from g4g_plugin.network.shape import ShapeBasis

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Pixels = NDArray[np.uint8]

VIEW_ROWS, VIEW_COLUMNS = 40, 64  # of the skull-fixed view
VIEW_WIDTH = 0.64  # eye distances across the view: as wide as any mouth
VIEW_ABOVE_LIP = 0.1  # eye distances of it above the upper lip's inner edge
TEETH_DEPTH = 0.02  # eye distances from the inner lips to the plane of the teeth
LEAST_AREA = 25  # view pixels that two openings must share to be compared
LEAST_OPEN = 3  # frames, below which nothing is said of the inside


@dataclass(frozen=True, slots=True, eq=False)
class Interior:
    """Lips and opening of N frames; NaN where there is nothing to be seen.

    chroma (N,): mean CIE Lab chroma of the lips without the opening; texture, contrast (N,):
    deviation of the Laplacian and of the luma inside the inner lips, 8-bit code values; views (N,
    40, 64): luma of the skull-fixed view, NaN outside the opening.
    """

    chroma: Doubles
    texture: Doubles
    contrast: Doubles
    views: Floats

    def where(self, keep: NDArray[np.bool_]) -> Interior:
        """Keep the frames marked in `keep` (N,)."""
        return Interior(
            self.chroma[keep], self.texture[keep], self.contrast[keep], self.views[keep]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What `Interior` holds, of one frame."""

    chroma: float
    texture: float
    contrast: float
    view: Floats


def gather(frames: Sequence[Frame]) -> Interior:
    """Put frames behind one another."""
    views = np.stack([f.view for f in frames]) if frames else np.zeros((0, VIEW_ROWS, VIEW_COLUMNS))
    return Interior(
        np.array([f.chroma for f in frames]),
        np.array([f.texture for f in frames]),
        np.array([f.contrast for f in frames]),
        views.astype(np.float32),
    )


def nothing() -> Frame:
    """Return the frame in which no face was found."""
    blank = np.full((VIEW_ROWS, VIEW_COLUMNS), np.nan, np.float32)
    return Frame(float("nan"), float("nan"), float("nan"), blank)


def teeth_plane(basis: ShapeBasis, meshes: Floats) -> Floats:
    """Return the points of the skull-fixed view, (40, 64, 3) canonical, of one person's meshes.

    meshes (N, 478, 3): the plane stands where this person's upper lip ends on the median.
    """
    lip = np.median(basis.points(meshes), axis=0)[UPPER_PLACES[3:8]].mean(axis=0)
    x = lip[0] + (np.arange(VIEW_COLUMNS) - (VIEW_COLUMNS - 1) / 2) * VIEW_WIDTH / VIEW_COLUMNS
    y = lip[1] - VIEW_ABOVE_LIP + np.arange(VIEW_ROWS) * VIEW_WIDTH / VIEW_COLUMNS
    grid = np.stack(
        [*np.meshgrid(x, y), np.full((VIEW_ROWS, VIEW_COLUMNS), lip[2] + TEETH_DEPTH)], -1
    )
    return grid.astype(np.float32)


def inspect(rgb: Pixels, mesh: Floats, basis: ShapeBasis, plane: Floats) -> Frame:
    """Measure lips and opening of one picture.

    Args:
        rgb: (h, w, 3).
        mesh: (478, 3) in its pixels.
        basis: of the canonical shape.
        plane: of the teeth, canonical (`teeth_plane`).
    """
    lips = mesh[list(OUTER_LIPS), :2]
    left, top = np.maximum(np.floor(lips.min(axis=0)).astype(int) - 2, 0)
    right, bottom = np.ceil(lips.max(axis=0)).astype(int) + 3
    part = np.ascontiguousarray(rgb[top : max(bottom, 0), left : max(right, 0)])
    if part.shape[0] < 3 or part.shape[1] < 3:
        return nothing()
    outer, inner = (
        _filled(mesh[list(ring), :2] - (left, top), part.shape[:2])
        for ring in (OUTER_LIPS, INNER_LIPS)
    )
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    inside = cv2.erode(inner.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # no edge of a lip
    return Frame(
        _chroma(part, outer & ~inner),
        _deviation(np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32), inside),
        _deviation(grey.astype(np.float32), inside),
        _unwrapped(rgb, mesh, basis, plane),
    )


def _filled(points: Floats, size: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(points).astype(np.int32)], 1)
    return mask.astype(np.bool_)


def _chroma(rgb: Pixels, mask: NDArray[np.bool_]) -> float:
    if not mask.any():
        return float("nan")
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(*lab[mask][:, 1:].mean(axis=0)))


def _deviation(values: Floats, mask: NDArray[np.bool_]) -> float:
    return float(values[mask].std()) if mask.sum() >= LEAST_AREA else float("nan")


def _unwrapped(rgb: Pixels, mesh: Floats, basis: ShapeBasis, plane: Floats) -> Floats:
    """Return the luma of the skull-fixed view, NaN outside the opening, (40, 64)."""
    pose = basis.pose(mesh[None])
    at = pose.to_plate(plane.reshape(1, -1, 3))[0, :, :2].reshape(VIEW_ROWS, VIEW_COLUMNS, 2)
    left, top = np.clip(np.floor(at.min(axis=(0, 1))).astype(int) - 1, 0, None)
    right, bottom = np.ceil(at.max(axis=(0, 1))).astype(int) + 2
    part = np.ascontiguousarray(rgb[top : max(bottom, 0), left : max(right, 0)])
    if not part.size:
        return nothing().view
    at = (at - (left, top)).astype(np.float32)
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    view = np.asarray(cv2.remap(grey, at[..., 0], at[..., 1], cv2.INTER_LINEAR), np.float32)
    inner = basis.points(mesh[None])[0, INNER_PLACES, :2]
    inside = _filled(
        (inner - plane[0, 0, :2]) * VIEW_COLUMNS / VIEW_WIDTH, (VIEW_ROWS, VIEW_COLUMNS)
    )
    return np.where(inside, view, np.float32(np.nan))


def changes(interior: Interior) -> Doubles:
    """Return how much the inside changes from frame to frame, (N - 1,) code values.

    Over what both openings show of the skull-fixed plane; NaN where that is next to nothing. Teeth
    that are bent, swapped or doubled change; teeth that lips uncover do not.
    """
    away = np.abs(np.diff(interior.views, axis=0)).reshape(max(len(interior.views) - 1, 0), -1)
    shared = np.isfinite(away).sum(axis=1)
    total = np.nansum(away, axis=1)
    return np.where(shared >= LEAST_AREA, total / np.maximum(shared, 1), np.nan).astype(np.float64)


def interior_figures(
    made: Interior, own: Interior, opened: NDArray[np.bool_], own_opened: NDArray[np.bool_]
) -> dict[str, float]:
    """Return the looks of a result's lips and inside over those of the person's own frames.

    Args:
        made: the result.
        own: the person's own frames.
        opened: (N,) where the made mouth is open, which alone tells of its inside.
        own_opened: (M,) the same of the own frames.
    """
    return {
        "lip_chroma": _ratio(made.chroma, own.chroma),
        "inner_texture": _ratio(made.texture[opened], own.texture[own_opened]),
        "inner_contrast": _ratio(made.contrast[opened], own.contrast[own_opened]),
        "teeth_change": _ratio(changes(made), changes(own)),
    }


def _ratio(made: Doubles, own: Doubles) -> float:
    a, b = made[np.isfinite(made)], own[np.isfinite(own)]
    if min(len(a), len(b)) < LEAST_OPEN:
        return float("nan")
    return float(a.mean() / max(float(b.mean()), 1e-6))
