"""Sees results in their own pixels: meshes found again, lips and opening looked at.

Nothing here trusts what was asked for; ground truth passes through the same finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.composite.matte import face_matte, outside
from g4g_plugin.core.face import MESH_POINTS, OUTER_LIPS
from g4g_plugin.core.picture import Picture
from g4g_plugin.evaluation import metrics
from g4g_plugin.evaluation.articulation import Speech, closed_opening
from g4g_plugin.evaluation.interior import Frame, Interior, gather, inspect, nothing, teeth_plane
from g4g_plugin.evaluation.metrics import Mouth
from g4g_plugin.evaluation.subjects import Subject
from g4g_plugin.faces.landmarks import FaceMesh
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.sketch import crop_size, scale_matrix

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Find = Callable[[Pixels, Floats], Floats | None]  # RGB picture, a mesh nearby -> the mesh there

RING_WEIGHTS = (0.02, 0.98)  # weights of the face matte between which a seam is looked for
FROM_LIPS = 0.25  # eye distances from the lips, within which a change is the new mouth and no seam


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A result as it was seen: times (N,) s, head-aligned crops (N, H, W, 3) of mouth size M,
    meshes found in them.

    texture (N,): of the mouth in the plate's own pixels; a crop would hide that a mouth is softer
    than a large plate. interior: lips and opening, likewise. closed: aperture of this person's
    closed mouth.
    """

    times: NDArray[np.float64]
    pictures: Pixels
    mesh: Floats  # (N, 478, 3) crop pixels, NaN where no face was found
    texture: NDArray[np.float64]
    interior: Interior
    closed: float
    ring: Floats | None = None  # (N, H, W), of a truth: where seams are looked for

    @property
    def found(self) -> NDArray[np.bool_]:
        """Return where a face was found, (N,)."""
        return np.isfinite(self.mesh[:, 0, 0])

    def first(self, count: int) -> Seen:
        """Keep the first `count` frames."""
        return self.where(np.arange(len(self.times)) < count)

    def where(self, keep: NDArray[np.bool_]) -> Seen:
        """Keep the frames marked in `keep` (N,)."""
        ring = None if self.ring is None else self.ring[keep]
        return Seen(
            self.times[keep],
            self.pictures[keep],
            self.mesh[keep],
            self.texture[keep],
            self.interior.where(keep),
            self.closed,
            ring,
        )

    def ringed(self) -> Seen:
        """Return the same with its rings, found once for all rows that are compared with it."""
        return replace(self, ring=rings(self))

    def mouth(self) -> Mouth:
        """Return aperture and texture where a face was found."""
        keep = self.found
        return Mouth(self.times[keep], metrics.aperture(self.mesh[keep]), self.texture[keep])

    def speech(self) -> Speech:
        """Return opening and width where a face was found."""
        mesh = self.mesh[self.found]
        opening = metrics.aperture(mesh) - self.closed
        return Speech(self.times[self.found], opening, metrics.width(mesh))

    @property
    def opened(self) -> NDArray[np.bool_]:
        """Return where the mouth is open, (N,)."""
        return metrics.aperture(self.mesh) > self.closed + metrics.OPEN_DISTANCE


class MeshFinder:
    """Finds meshes with the house's own face mesh: the `find` of real footage."""

    def __init__(self) -> None:
        self._net = FaceMesh()

    def __enter__(self) -> MeshFinder:
        return self

    def __exit__(self, *_: object) -> None:
        self._net.close()

    def __call__(self, rgb: Pixels, near: Floats) -> Floats | None:
        """Return the mesh of the face near another frame's mesh, None without one."""
        found = self._net(rgb, near=near)
        return None if found is None else found[0]


def look(
    pictures: Iterable[Picture], subject: Subject, mouth: int, find: Find, basis: ShapeBasis
) -> Seen:
    """Look at a result: crop every frame with a face as the plate's own head stands, and find the
    mesh in it.

    Args:
        pictures: the result's frames.
        subject: the clip it was made of.
        mouth: side of the mouth box in the crop, pixels.
        find: finds the mesh in a crop.
        basis: of the codes.
    """
    own = np.concatenate([subject.crops.pool.mesh, subject.track.mesh])
    plane = teeth_plane(basis, own)
    track = subject.track
    rows = {int(frame): row for row, frame in enumerate(track.frames)}
    (height, width), crops, meshes, times, texture = crop_size(mouth), [], [], [], []
    inside: list[Frame] = []
    for picture in pictures:
        row = rows.get(picture.index)
        if row is None:
            continue
        rgb, matrix = picture.rgb8(), scale_matrix(track.to_crop[row], mouth)
        crops.append(_cropped(rgb, matrix, (width, height)))
        found = find(rgb, track.mesh[row])
        meshes.append(
            np.full((MESH_POINTS, 3), np.nan, np.float32)
            if found is None
            else into_crop(found, matrix)
        )
        texture.append(float("nan") if found is None else metrics.texture(rgb, found))
        inside.append(nothing() if found is None else inspect(rgb, found, basis, plane))
        times.append(subject.times[row])
    return Seen(
        np.array(times),
        np.stack(crops),
        np.stack(meshes),
        np.array(texture),
        gather(inside),
        closed_opening(metrics.aperture(own)),
    )


def _cropped(rgb: Pixels, matrix: Floats, size: tuple[int, int]) -> Pixels:
    """Warp a plate frame into the crop; one far larger than the crop is softened first, or it
    aliases.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.6:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale), np.uint8)
    out = cv2.warpAffine(
        rgb,
        matrix.astype(np.float64),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(out, np.uint8)


def into_crop(mesh: Floats, matrix: Floats) -> Floats:
    """Take a mesh (478, 3) from plate to crop pixels; depth is scaled likewise."""
    flat = mesh[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return np.column_stack([flat, mesh[:, 2] * np.hypot(matrix[0, 0], matrix[1, 0])]).astype(
        np.float32
    )


def rings(seen: Seen) -> Floats:
    """Return where seams are looked for, (N, H, W): the lower face's edge, away from the lips."""
    height, width = seen.pictures.shape[1:3]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float64)
    found = np.zeros((len(seen.mesh), height, width), np.float32)
    for ring, mesh in zip(found, seen.mesh, strict=True):
        if np.isfinite(mesh[0, 0]):
            matte = face_matte(mesh, (0, 0, width, height))
            eyes = float(
                np.linalg.norm(mesh[metrics.EYE_CORNERS[0], :2] - mesh[metrics.EYE_CORNERS[1], :2])
            )
            lips = outside(mesh[list(OUTER_LIPS), :2], grid) / eyes
            ring[:] = (matte > RING_WEIGHTS[0]) & (lips > FROM_LIPS)
    return found
