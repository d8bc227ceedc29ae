"""How the head stands (its pose), the way to the network's crop, and the region around the face as
an engine sees it.

A head's pose takes a frontal face, whose unit is the distance between the outer corners of the
eyes, to the plate:
plate = at + scale * turn @ frontal. It is fitted to the points that speech leaves where they are,
never to the jaw:
a scale that follows the chin would tell the network what it is to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from g4g_plugin.core.crop import Crop, Crops, mouth_box
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.face import (
    CHIN,
    EYE_CORNERS,
    FOREHEAD,
    LANDMARKS_68,
    MESH_POINTS,
    NOSE_BASE,
    STABLE,
    FaceTrack,
)
from g4g_plugin.core.picture import Box, Picture
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.visibility import Visibility

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

TEMPLES = (127, 356)  # ends of the contour
NOSE_BRIDGE = LANDMARKS_68[29]  # DINet hangs the mouth box on this point
# Mouth box side over chin - bridge, over contour width; the larger one holds
CHIN_SIDE, WIDTH_SIDE = (1.3, 0.8)
# The geometry `FaceTrack.to_crop` speaks of: mouth box 256 in a crop of 320 x 416
MOUTH_PIXELS = 256
POSE_WINDOW = 9  # frames; Savitzky-Golay, second order: follows a nod, takes the tremble out
SCALE_WINDOW = 25  # frames, first order: the crop's scale follows a camera move and nothing quicker
# of the distance between the eyes: a pose this far off the smoothed one is a movement, not noise
SUDDEN_MOVE = 0.02
# Margins of the region in face widths and heights
SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = (0.35, 0.08, 0.5)
FETCH_AT_ONCE = 8  # whole pictures in memory
FILLING_PIXELS = 24  # pixels around what is covered that its filling is taken from
READ_OVER = 12  # frames without a face that are decoded and dropped rather than sought past


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Where the head is in each frame: scale (N,) plate pixels, turn (N, 3, 3), at (N, 3) plate
    pixels.
    """

    scale: Doubles
    turn: Doubles
    at: Doubles

    def frontal(self, mesh: Floats) -> Doubles:
        """Bring plate points (N, P, 3) to the frontal face."""
        return (
            np.einsum("nji,npj->npi", self.turn, mesh - self.at[:, None])
            / self.scale[:, None, None]
        )

    def place(self, shape: Doubles) -> Doubles:
        """Bring points of the frontal face, (N, P, 3) or (P, 3), to the plate: (N, P, 3)."""
        turned = np.einsum(
            "nij,npj->npi", self.turn, np.broadcast_to(shape, (len(self.at), *shape.shape[-2:]))
        )
        return self.at[:, None] + self.scale[:, None, None] * turned

    @property
    def yaw(self) -> Doubles:
        """Turn to the side, (N,) radians, 0 = towards the camera."""
        return np.arctan2(self.turn[:, 0, 2], self.turn[:, 2, 2])

    @property
    def roll(self) -> Doubles:
        """Tilt in the picture, (N,) radians, clockwise positive."""
        return np.arctan2(self.turn[:, 1, 0], self.turn[:, 0, 0])


def _unit(vector: Doubles) -> Doubles:
    return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)


def _axes(mesh: Floats) -> Doubles:
    """Return the head's own axes (N, 3, 3) as columns: x across the eyes, y down the face, z into
    the picture.
    """
    x = _unit(mesh[:, EYE_CORNERS[1]].astype(np.float64) - mesh[:, EYE_CORNERS[0]])
    down = mesh[:, NOSE_BASE].astype(np.float64) - mesh[:, FOREHEAD]
    y = _unit(down - x * np.sum(down * x, -1, keepdims=True))
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _kabsch(points: Doubles, reference: Doubles) -> Pose:
    """Fit pose by pose: points (N, K, 3) ~ at + scale * turn @ reference (K, 3), least squares
    (Umeyama 1991).
    """
    centre, middle = points.mean(1), reference.mean(0)
    away, shape = points - centre[:, None], reference - middle
    u, s, vt = np.linalg.svd(np.einsum("nki,kj->nij", away, shape))
    flip = np.ones_like(s)
    flip[:, 2] = np.sign(np.linalg.det(u @ vt))
    turn = (u * flip[:, None]) @ vt
    scale = (s * flip).sum(1) / (shape**2).sum()
    return Pose(scale, turn, centre - scale[:, None] * (turn @ middle))


def fit_pose(mesh: Floats) -> Pose:
    """Fit the pose of each mesh (N >= 1, 478, 3) to the face's own stable points, which are found
    on the way.
    """
    stable = mesh[:, STABLE].astype(np.float64)
    eyes = np.linalg.norm(
        mesh[:, EYE_CORNERS[1]].astype(np.float64) - mesh[:, EYE_CORNERS[0]], axis=-1
    )
    rough = Pose(np.maximum(eyes, 1e-6), _axes(mesh), stable.mean(1))
    reference = np.median(rough.frontal(mesh[:, STABLE]), axis=0)
    return _kabsch(stable, reference)


def runs(frames: NDArray[np.int64], over: int = 1) -> list[slice]:
    """Cut ascending frame numbers where more than `over - 1` of them are missing."""
    cuts = np.flatnonzero(np.diff(frames) > over) + 1
    edges = [0, *cuts.tolist(), len(frames)]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _savgol(values: Doubles, frames: NDArray[np.int64], window: int, order: int) -> Doubles:
    """Smooth along axis 0 within each run without a gap; a run too short for the filter stays as it
    is.
    """
    smooth = values.copy()
    for run in runs(frames):
        length = min(window, (run.stop - run.start - 1) // 2 * 2 + 1)
        if length > order + 1:
            smooth[run] = savgol_filter(values[run], length, order, axis=0)
    return smooth


def smooth_pose(pose: Pose, frames: NDArray[np.int64]) -> Pose:
    """Take the tremble out of a pose, run by run; movements larger than `SUDDEN_MOVE` are left as
    measured.
    """
    at = _savgol(pose.at, frames, POSE_WINDOW, 2)
    scale = np.exp(_savgol(np.log(pose.scale), frames, POSE_WINDOW, 2))
    turn = _savgol(pose.turn, frames, POSE_WINDOW, 2)
    moved = np.linalg.norm((at - pose.at)[:, :2], axis=1) / pose.scale
    turned = (
        np.linalg.norm(turn - pose.turn, axis=(1, 2)) / 2
    )  # of points half an eye distance from the middle
    off = moved + turned + np.abs(np.log(scale / pose.scale)) / 2
    trust = 1 / (1 + (off / SUDDEN_MOVE) ** 4)
    at = pose.at + trust[:, None] * (at - pose.at)
    scale = pose.scale + trust * (scale - pose.scale)
    u, _, vt = np.linalg.svd(pose.turn + trust[:, None, None] * (turn - pose.turn))
    return Pose(scale, u @ vt, at)


def box_side(shape: Doubles) -> float:
    """Return the mouth box's side for frontal shapes (N, 478, 3), in eye distances; one for the
    whole shot.
    """
    chin = np.median(shape[:, CHIN, 1] - shape[:, NOSE_BRIDGE, 1])
    width = np.median(np.abs(shape[:, TEMPLES[1], 0] - shape[:, TEMPLES[0], 0]))
    return float(max(CHIN_SIDE * chin, WIDTH_SIDE * width))


def to_crop(
    mesh: Floats, frames: NDArray[np.int64] | None = None, mouth: int = MOUTH_PIXELS
) -> Floats:
    """Return (N, 2, 3) float32: plate pixels -> pixels of the crop around a mouth box.

    The crop stands upright with the head; the mouth box begins at the nose bridge, is centred on
    the nose base and ends just under the chin. Its side follows the head's size (eyes, nose,
    forehead) and not the jaw: one radius per shot, relative to the head.

    Args:
        mesh: (N, 478, 3) plate pixels.
        frames: (N,) tell where the shot has gaps.
        mouth: side of the mouth box, pixels.
    """
    if not len(mesh):
        return np.empty((0, 2, 3), np.float32)
    frames = np.arange(len(mesh)) if frames is None else frames
    measured = fit_pose(mesh)
    shape = measured.frontal(mesh)
    pose = smooth_pose(measured, frames)
    scale = np.exp(_savgol(np.log(measured.scale), frames, SCALE_WINDOW, 1))
    anchors = pose.place(np.median(shape[:, (NOSE_BASE, NOSE_BRIDGE)], axis=0))[..., :2]
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    upright = np.stack(
        [np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2
    )  # (N, 2, 2) plate -> upright
    zoom = mouth / (box_side(shape) * scale)
    linear = upright * zoom[:, None, None]
    placed = np.einsum("nij,npj->npi", linear, anchors)
    top, left, _, right = mouth_box(mouth)
    shift = np.stack([(left + right) / 2 - 0.5 - placed[:, 0, 0], top - 0.5 - placed[:, 1, 1]], -1)
    return np.concatenate([linear, shift[..., None]], -1).astype(np.float32)


def region(mesh: Floats, size: tuple[int, int]) -> Box:
    """Return the box an engine is given: the whole face, the neck below the chin and a margin,
    even, in the picture.

    mesh (478, 3) plate pixels; size (width, height) of the picture. Empty boxes are never returned.
    """
    eyes = mesh[EYE_CORNERS[1], :2] - mesh[EYE_CORNERS[0], :2]
    x = eyes / max(float(np.linalg.norm(eyes)), 1e-6)
    axes = np.array([x, [-x[1], x[0]]])
    face = mesh[:, :2] @ axes.T
    low, high = face.min(0), face.max(0)
    wide, tall = high - low
    left, right = low[0] - SIDE_MARGIN * wide, high[0] + SIDE_MARGIN * wide
    top, bottom = low[1] - TOP_MARGIN * tall, high[1] + BOTTOM_MARGIN * tall
    corners = np.array([[left, top], [right, top], [left, bottom], [right, bottom]]) @ axes
    first = np.floor(corners.min(0) / 2).astype(int) * 2
    last = np.ceil((corners.max(0) + 1) / 2).astype(int) * 2
    width, height = size
    x0, y0 = (
        min(max(int(first[0]), 0), (width - 1) // 2 * 2),
        min(max(int(first[1]), 0), (height - 1) // 2 * 2),
    )
    return x0, y0, min(max(int(last[0]), x0 + 1), width), min(max(int(last[1]), y0 + 1), height)


class _PlateCrops:
    """The shot as an engine sees it, decoded when asked for."""

    def __init__(
        self,
        plate: Plate,
        track: FaceTrack,
        pool: FaceTrack,
        start: int,
        cap: int,
        begin: int,
        visibility: Visibility | None,
        direction: Direction,
    ) -> None:
        self._begin = begin
        self._direction = direction
        self._plate = plate
        self._visibility = visibility
        self._track = track
        self._pool = pool
        self._start = start
        self._cap = cap

    @property
    def rate(self) -> Fraction:
        return self._plate.facts.rate

    @property
    def start(self) -> int:
        return self._start

    @property
    def track(self) -> FaceTrack:
        return self._track

    @property
    def pool(self) -> FaceTrack:
        return self._pool

    @property
    def direction(self) -> Direction:
        return self._direction

    def __iter__(self) -> Iterator[Crop]:
        skipped = int(np.searchsorted(self._track.frames, self._begin))
        frames = self._track.frames[skipped:]
        for run in runs(frames, READ_OVER):
            wanted = {int(frames[i]): i + skipped for i in range(run.start, run.stop)}
            first, last = int(frames[run.start]), int(frames[run.stop - 1])
            for picture in self._plate.read(first, last - first + 1):
                if picture.index in wanted:
                    yield self._crop(picture, self._track, wanted[picture.index])

    def fetch(self, frames: NDArray[np.int64]) -> list[Crop]:
        asked = [int(frame) for frame in frames]
        if len(asked) > self._cap:
            raise ValueError(f"{len(asked)} crops at once, {self._cap} are the most")
        where = {int(frame): i for i, frame in enumerate(self._pool.frames)}
        missing = [frame for frame in asked if frame not in where]
        if missing:
            raise ValueError(f"the pool has no face in frames {missing[:5]}")
        unique = sorted(set(asked))
        found: dict[int, Crop] = {}
        for i in range(0, len(unique), FETCH_AT_ONCE):
            part = unique[i : i + FETCH_AT_ONCE]
            for frame, picture in zip(part, self._plate.fetch(part), strict=True):
                found[frame] = self._crop(picture, self._pool, where[frame])
        return [found[frame] for frame in asked]

    def _crop(self, picture: Picture, track: FaceTrack, i: int) -> Crop:
        box = region(track.mesh[i], picture.size)
        pixels, hidden = picture.rgb(box), None
        if self._visibility is not None:
            hidden = self._visibility.over(picture.index, box)
        if hidden is not None:
            pixels = filled(pixels, hidden)
        return Crop(picture.index, pixels, box[:2], track.mesh[i], track.to_crop[i])


def filled(pixels: Floats, visible: Floats) -> Floats:
    """Fill what is covered with what lies around it, smoothly: push and pull (Gortler 1996).

    pixels (h, w, 3), visible (h, w) 0..1. So an engine that moves skin moves no occluder along.
    """
    rows, columns = np.flatnonzero(visible.min(1) < 1), np.flatnonzero(visible.min(0) < 1)
    if not len(rows):
        return pixels
    top, left = max(int(rows[0]) - FILLING_PIXELS, 0), max(int(columns[0]) - FILLING_PIXELS, 0)
    box = np.s_[
        top : int(rows[-1]) + FILLING_PIXELS + 1, left : int(columns[-1]) + FILLING_PIXELS + 1
    ]
    out = pixels.copy()
    out[box] = _push_pull(pixels[box], visible[box])
    return out


def _push_pull(pixels: Floats, visible: Floats) -> Floats:
    levels = [(pixels * visible[..., None], visible)]
    while min(levels[-1][1].shape) > 2:
        paint, weight = (cv2.pyrDown(part) for part in levels[-1])
        levels.append((np.asarray(paint, np.float32), np.asarray(weight, np.float32)))
    fill = np.asarray(levels[-1][0] / np.maximum(levels[-1][1], 1e-4)[..., None], np.float32)
    for paint, weight in reversed(levels[:-1]):
        fill = np.asarray(cv2.pyrUp(fill, dstsize=weight.shape[::-1]), np.float32)
        share = np.clip(weight, 0, 1)[..., None]
        mixed = paint / np.maximum(weight, 1e-4)[..., None] * share + fill * (1 - share)
        fill = np.asarray(mixed, np.float32)
    return fill


def crops(
    plate: Plate,
    track: FaceTrack,
    pool: FaceTrack,
    start: int,
    cap: int = 64,
    begin: int = 0,
    visibility: Visibility | None = None,
    direction: Direction | None = None,
) -> Crops:
    """Hand an engine the shot: `track`'s frames in order, decoded lazily, one in memory at a time.

    Args:
        plate: the open plate.
        track: the face over the delivered frames.
        pool: the same face over all that was looked at.
        start: the plate's file frame index at which the take's first sample is heard.
        cap: how many frames of `pool` may be fetched at once.
        begin: file frame index from which crops are given.
        visibility: what is covered is filled with the skin around it.
        direction: what is asked of each frame of `track`; None: nothing.
    """
    for name in (track, pool):
        if name.mesh.shape[1:] != (MESH_POINTS, 3):
            raise ValueError("a track holds the whole mesh")
    direction = direction or Direction.plain(len(track))
    return _PlateCrops(plate, track, pool, start, cap, begin, visibility, direction)
