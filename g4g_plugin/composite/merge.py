"""Lay patches over the plate as differences, in the plate's own planes and depth."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.composite.checks import PatchFigures, fault, measure
from g4g_plugin.composite.matte import face_matte
from g4g_plugin.core.crop import Patch
from g4g_plugin.core.errors import CompositeError
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.core.kept import KeptReason
from g4g_plugin.core.picture import Box, Picture, PixelFormat, rgb_to_ycc
from g4g_plugin.core.visibility import Visibility
from g4g_plugin.core.words import tr

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

WHOLE_PIXEL_TOLERANCE = 1e-4  # a shift this near to whole pixels is laid down unresampled
LEVEL_LIMIT = 0.08  # of full scale: how far levels are matched at the ring
LEVEL_GRID = 96  # samples across are enough for a plane
WHOLLY_SEEN = 0.98  # visibility from which a pixel's level is the skin's own
AROUND_LIPS = 0.5  # of the lips' width: what is measured of a mouth, lips and skin beside them
LEVEL_HOLD = 0.02  # weight of "no correction", as a share of the ring


def merge(
    pictures: Iterable[Picture],
    track: FaceTrack,
    patches: Iterable[Patch],
    visibility: Visibility | None = None,
    reasons: dict[int, KeptReason] | None = None,
    figures: dict[int, PatchFigures] | None = None,
) -> Iterator[Picture]:
    """Yield each picture with its patch laid over it; a picture without a patch, or with one that
    is not fit to be shown (checks.py), passes as the very same object.

    Pictures and patches both ascend by frame; every patch has its picture and its face in `track`.

    Args:
        pictures: the plate's frames.
        track: the face, by which a patch is bounded.
        patches: what the engine made.
        visibility: what lies before the mouth, which stays the plate's.
        reasons: is told the frames (file frame index) whose patch was refused; None: patches are
            laid down as they are.
        figures: is told what was measured of each patch laid down.

    Raises:
        CompositeError: a patch without a picture or a face, or out of order; with `reasons` None
            one with pixels that are no numbers too.
    """
    waiting = iter(patches)
    patch = next(waiting, None)
    for picture in pictures:
        if patch is not None and patch.frame < picture.index:
            raise _astray(patch)
        if patch is None or patch.frame > picture.index:
            yield picture
            continue
        placed = place(picture, _face_of(track, patch), patch, visibility)
        mesh = _face_of(track, patch)
        if placed is not None and _refused(placed, patch, mesh, reasons):
            placed = None
        if placed is None:
            yield picture
        else:
            difference = _difference(placed)
            told = measure_placed(placed, difference, mesh)
            if figures is not None and told is not None:
                figures[patch.frame] = told
            yield lay(picture, placed, difference)
        patch = next(waiting, None)
    if patch is not None:
        raise _astray(patch)


def _refused(
    placed: Placed, patch: Patch, mesh: Floats, reasons: dict[int, KeptReason] | None
) -> bool:
    """Return whether a patch is not fit to be laid down, and note it in `reasons`."""
    if reasons is None:
        if np.isfinite(placed.pixels).all() and np.isfinite(placed.matte).all():
            return False
        raise CompositeError(
            "The engine's patch for frame {frame} holds values that are not numbers.",
            tr("{@choose_device_cpu}, or {@choose_weights}."),
            frame=patch.frame,
        )
    wrong = fault(*placed[1:], mouth_of(placed, mesh))
    if wrong is not None:
        log.warning("the patch of frame %d is not laid down: %s", patch.frame, wrong)
        reasons[patch.frame] = "bad-patch"
    return wrong is not None


def _astray(patch: Patch) -> CompositeError:
    return CompositeError(
        "The engine returned a patch for frame {frame} out of turn.",
        tr("Use another engine, or report this one."),
        frame=patch.frame,
    )


def _face_of(track: FaceTrack, patch: Patch) -> Floats:
    row = int(np.searchsorted(track.frames, patch.frame))
    if row >= len(track) or track.frames[row] != patch.frame:
        raise CompositeError(
            "The engine returned a patch for frame {frame}, which shows no face.",
            tr("Report this engine to its author."),
            frame=patch.frame,
        )
    return track.mesh[row]


class Placed(NamedTuple):
    """A patch at the plate's pixels: its box; patch and plate (h, w, 3) R'G'B'; its matte (h, w);
    and how far the face is seen there, None where all of it is.
    """

    box: Box
    pixels: Floats
    plate: Floats
    matte: Floats
    seen: Floats | None


def place(
    picture: Picture, mesh: Floats, patch: Patch, visibility: Visibility | None = None
) -> Placed | None:
    """Bring a patch to the plate's pixels; None where it touches none of them.

    Args:
        picture: the plate's.
        mesh: (478, 3) plate pixels; bounds what the patch may touch.
        patch: to be placed.
        visibility: of the face; None where nothing covers it.
    """
    box = _aligned(patch_box(patch, picture.size), picture)
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    pixels, matte = to_plate(patch, box)
    matte = np.clip(matte, 0.0, 1.0) * face_matte(mesh, box)
    if not matte.any():
        return None
    seen = None if visibility is None else visibility.over(picture.index, box)
    return Placed(box, pixels, picture.rgb(box), matte, seen)


def mouth_of(placed: Placed, mesh: Floats) -> NDArray[np.bool_]:
    """Return where the lips and the skin beside them lie in a patch, (h, w); mesh (478, 3)."""
    left, top = placed.box[:2]
    mouth = np.zeros(placed.matte.shape, np.uint8)
    hull = cv2.convexHull((mesh[list(OUTER_LIPS), :2] - (left, top)).astype(np.float32))
    cv2.fillConvexPoly(mouth, np.rint(hull).astype(np.int32), 1)
    reach = max(3, round(AROUND_LIPS * float(np.ptp(hull[..., 0]))))
    return cv2.dilate(mouth, np.ones((reach, reach), np.uint8)) > 0


def measure_placed(placed: Placed, difference: Floats, mesh: Floats) -> PatchFigures | None:
    """Return what is measured of a patch as it is laid down.

    Args:
        placed: the patch.
        difference: (h, w, 3), what is added to the plate.
        mesh: (478, 3) of the face, plate pixels.
    """
    return measure(difference, placed.plate, placed.matte, mouth_of(placed, mesh), placed.seen)


def _difference(placed: Placed) -> Floats:
    """Return what is laid down, patch less plate, its levels met at the ring."""
    difference = placed.pixels - placed.plate
    return difference + level(-difference, placed.matte, placed.seen)


def lay(picture: Picture, placed: Placed, difference: Floats) -> Picture:
    """Lay a patch over its picture, as a difference (h, w, 3); what is covered stays the plate's."""
    box, _, _, matte, seen = placed
    shown = matte if seen is None else matte * seen
    if not shown.any():
        return picture
    difference = (difference * shown[..., None]).astype(np.float32)
    return replace(picture, planes=_added(picture, box, difference, shown > 0), native=None)


def patch_box(patch: Patch, size: tuple[int, int]) -> Box:
    """Return the plate box that holds a patch, clipped to a picture of `size` (width, height)."""
    height, width = patch.matte.shape
    corners = np.array(
        [[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], np.float64
    )
    ends = corners @ patch.to_plate.astype(np.float64).T
    left, top = np.floor(ends.min(axis=0) + WHOLE_PIXEL_TOLERANCE).astype(int)
    right, bottom = np.ceil(ends.max(axis=0) - WHOLE_PIXEL_TOLERANCE).astype(int) + 1
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])


def _aligned(box: Box, picture: Picture) -> Box:
    """Grow a box to whole chroma samples."""
    across, down = (1 << shift for shift in picture.format.chroma)
    width, height = picture.size
    left, top = box[0] // across * across, box[1] // down * down
    return (
        left,
        top,
        min(-(-box[2] // across) * across, width),
        min(-(-box[3] // down) * down, height),
    )


def to_plate(patch: Patch, box: Box) -> tuple[Floats, Floats]:
    """Return the patch's (pixels (h, w, 3), matte (h, w)) at the plate pixels of `box`.

    A whole-pixel translation is copied; anything else is resampled with Lanczos, after a blur where
    it shrinks.
    """
    matrix = patch.to_plate.astype(np.float64)
    shift = np.round(matrix[:, 2])
    if np.abs(matrix - np.c_[np.eye(2), shift]).max() < WHOLE_PIXEL_TOLERANCE:
        return _copied(patch, box, int(shift[0]), int(shift[1]))
    local = matrix.copy()
    local[:, 2] -= box[:2]
    size = (box[2] - box[0], box[3] - box[1])
    shrink = 1 / max(float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))), 1e-6)
    pixels = cv2.GaussianBlur(patch.pixels, (0, 0), 0.4 * shrink) if shrink > 1.25 else patch.pixels
    moved = cv2.warpAffine(
        pixels, local, size, flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    matte = cv2.warpAffine(patch.matte, local, size, flags=cv2.INTER_LINEAR)
    return np.asarray(moved, np.float32), np.asarray(matte, np.float32)


def _copied(patch: Patch, box: Box, left: int, top: int) -> tuple[Floats, Floats]:
    height, width = patch.matte.shape
    rows = slice(max(top, box[1]), min(top + height, box[3]))
    columns = slice(max(left, box[0]), min(left + width, box[2]))
    pixels = np.zeros((box[3] - box[1], box[2] - box[0], 3), np.float32)
    matte = np.zeros(pixels.shape[:2], np.float32)
    into = np.s_[
        rows.start - box[1] : rows.stop - box[1], columns.start - box[0] : columns.stop - box[0]
    ]
    out_of = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    pixels[into], matte[into] = patch.pixels[out_of], patch.matte[out_of]
    return pixels, matte


def level(missing: Floats, matte: Floats, seen: Floats | None = None) -> Floats:
    """Return what to add to a patch, (h, w, 3), so that its levels meet the plate's at the ring of
    the matte.

    Low frequency only: one plane per channel, fitted where the matte is neither 0 nor 1 and nothing
    covers it.

    Args:
        missing: (h, w, 3) plate minus patch.
        matte: (h, w) 0..1.
        seen: (h, w), 1 where the face is, 0 where it is covered.
    """
    height, width = matte.shape
    step = max(1, min(height, width) // LEVEL_GRID)
    ring = 4 * matte[::step, ::step] * (1 - matte[::step, ::step])
    if seen is not None:
        ring = ring * (seen[::step, ::step] > WHOLLY_SEEN)
    if ring.sum() * step * step < 1:
        return np.zeros(3, np.float32)
    x, y = np.meshgrid(
        np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    )
    terms = np.stack([np.ones_like(x), x, y], -1)[::step, ::step]
    weighted = (terms * ring[..., None]).reshape(-1, 3)
    system = weighted.T @ terms.reshape(-1, 3) + LEVEL_HOLD * ring.sum() * np.eye(3)
    flat, across, down = np.linalg.solve(
        system, weighted.T @ missing[::step, ::step].reshape(-1, 3)
    )
    plane = (flat + y[:, :1, None] * down) + x[:1, :, None] * across
    return np.clip(plane, -LEVEL_LIMIT, LEVEL_LIMIT).astype(np.float32)


def _added(
    picture: Picture, box: Box, difference: Floats, touched: NDArray[np.bool_]
) -> tuple[NDArray[Any], ...]:
    """Return the picture's planes with R'G'B' differences (h, w, 3) added inside the box; other
    planes are shared.
    """
    form = picture.format
    planes = list(picture.planes)
    left, top = box[:2]
    if form.rgb:
        for plane, channel in ((0, 1), (1, 2), (2, 0)):  # G, B, R
            planes[plane] = _raised(
                planes[plane], (left, top), difference[..., channel] * form.top, (0, form.top)
            )
        return tuple(planes)
    ycc = rgb_to_ycc(difference, form.matrix)
    offset, span = form.luma_levels()
    planes[0] = _raised(planes[0], (left, top), ycc[..., 0] * span, (offset, offset + span))
    if form.gray:
        return tuple(planes)
    middle, reach = form.chroma_levels()
    across, down = form.chroma
    for plane in (1, 2):
        chroma = averaged(ycc[..., plane], touched, form) * reach
        legal = (middle - reach / 2, min(middle + reach / 2, form.top))
        planes[plane] = _raised(planes[plane], (left >> across, top >> down), chroma, legal)
    return tuple(planes)


def averaged(values: Floats, touched: NDArray[np.bool_], form: PixelFormat) -> Floats:
    """Average values over each chroma sample's pixels; 0 where one of them lies outside the matte.

    Args:
        values: (h, w).
        touched: (h, w) inside the matte.
        form: how the plate's planes are kept.
    """
    across, down = (1 << shift for shift in form.chroma)
    if across == down == 1:
        return np.where(touched, values, np.float32(0))
    odd = ((0, -values.shape[0] % down), (0, -values.shape[1] % across))
    values, touched = np.pad(values, odd, mode="edge"), np.pad(touched, odd, mode="edge")
    parts = [(row, column) for row in range(down) for column in range(across)]
    mean = sum(values[row::down, column::across] for row, column in parts) / np.float32(len(parts))
    whole = np.logical_and.reduce([touched[row::down, column::across] for row, column in parts])
    return np.where(whole, mean, np.float32(0)).astype(np.float32)


def _raised(
    plane: NDArray[Any], at: tuple[int, int], codes: Floats, legal: tuple[float, float]
) -> NDArray[Any]:
    """Return a copy of `plane` with `codes` added at (left, top), inside the legal range or where
    the plate was.
    """
    left, top = at
    height, width = codes.shape
    part = plane[top : top + height, left : left + width]
    before = part.astype(np.float32)
    low, high = np.minimum(before, legal[0]), np.maximum(before, legal[1])
    after = np.clip(np.floor(before + codes + 0.5), low, high)
    out = plane.copy()
    out[top : top + height, left : left + width] = after.astype(plane.dtype)
    return out
