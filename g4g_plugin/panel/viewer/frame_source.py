"""Decode what the viewer shows, by frame index, in one background thread; a bounded store of
decoded frames.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from g4g_plugin.project import pictures
from g4g_plugin.project.pictures import FrameReader, face_alpha

if TYPE_CHECKING:
    from g4g_plugin.core.decisions import FaceChoice
    from g4g_plugin.core.plate import Conform
    from g4g_plugin.project.pictures import Faces, Seen

LOG = logging.getLogger(__name__)
Pixels = NDArray[np.uint8]
CACHE_BYTES = 256 << 20  # of decoded frames: 41 of 1080p
DIFFERENCE_GAIN = 4  # the difference is shown this many times as strong
MATTE_OPACITY = 150  # opacity of the matte where it is whole, 0..255
FACES_KEPT = 200  # frames whose faces were looked for
VIEW_MODES = ("original", "dubbed", "wipe", "side", "difference")


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """What is to be seen: one frame of the original, and the same moment of the dub where there is
    one.
    """

    plate: Path
    index: int  # file frame index of the original
    dub: Path | None
    dub_index: int
    mode: str
    faces: bool = False  # tell of the faces too
    matte: bool = False
    # look for them where nothing is kept of them: slow, for a frame that stands still and is seen
    # already
    search: bool = field(default=False, compare=False)
    choice: FaceChoice | None = None  # whose mouth moves, where a frame is searched
    known: Faces | None = None  # what an earlier look has kept of the plate's faces
    look: tuple[Path, int] | None = None  # where faces are looked for, if not in the picture itself
    names: tuple[str, str] = ("", "")  # of the two pictures
    kept: bool = False  # the dub is said to show the plate's own picture here
    conform: Conform | None = None  # how `plate` is counted
    look_conform: Conform | None = None  # and the file of `look`


@dataclass(frozen=True, slots=True, eq=False)
class DecodedFrame:
    """The answer: pictures as they are on file; `second` is the dub, or the difference.

    `moving` is the place of the face that moves among those seen; `matte` lies at plate pixel
    `matte_at`.
    """

    request: FrameRequest
    first: QImage
    second: QImage | None
    seen: Seen | None = None
    matte: QImage | None = None
    matte_at: tuple[int, int] = (0, 0)
    moving: int | None = None


def to_image(rgb: Pixels) -> QImage:
    """Copy (h, w, 3) uint8 into a QImage of its own."""
    height, width = rgb.shape[:2]
    rgb = np.ascontiguousarray(rgb)
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def difference(one: Pixels, other: Pixels) -> Pixels:
    """Return |one - other| times the gain, clipped, (h, w, 3) uint8. Equal pixels are black, all
    others are not.
    """
    if one.shape != other.shape:
        return np.full_like(one, 255)
    apart = np.abs(one.astype(np.int16) - other)
    return np.minimum(apart * DIFFERENCE_GAIN, 255).astype(np.uint8)


class FrameDecoder:
    """Keeps files open and frames at hand. Used from the background thread alone."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._cache: OrderedDict[tuple[Path, int, Conform | None], Pixels] = OrderedDict()
        self._bytes = 0
        self._faces: OrderedDict[tuple[Path, int], Any] = OrderedDict()

    def show(self, request: FrameRequest) -> DecodedFrame:
        """Decode what is asked for.

        Raises:
            MediaError: a frame is not there or cannot be decoded.
        """
        first = self.get(request.plate, request.index, request.conform)
        second: Pixels | None = None
        if request.dub is not None and request.mode != "original":
            second = self.get(request.dub, request.dub_index)
        if request.mode == "difference" and second is not None:
            second = difference(first, second)
        seen, moving = self._look(request) if request.faces or request.matte else (None, None)
        matte, at = None, (0, 0)
        if request.matte and seen is not None and moving is not None:
            matte, at = draw_matte(seen.faces[moving].mesh, first.shape[1], first.shape[0])
        shown = None if second is None else to_image(second)
        return DecodedFrame(request, to_image(first), shown, seen, matte, at, moving)

    def get(self, path: Path, index: int, conform: Conform | None = None) -> Pixels:
        """Return frame `index` of a file, (h, w, 3) uint8."""
        key = (path, index, conform)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        rgb = self._reader.read(path, index, conform)
        self._cache[key] = rgb
        self._bytes += rgb.nbytes
        while self._bytes > CACHE_BYTES and len(self._cache) > 1:
            self._bytes -= self._cache.popitem(last=False)[1].nbytes
        return rgb

    def _look(self, request: FrameRequest) -> tuple[Seen | None, int | None]:
        """Return the faces of the frame and which of them moves; None where it is not known and not
        to be searched.
        """
        known, key = request.known, request.look or (request.plate, request.index)
        path, index = key
        if known is not None and known.covers(index):
            return known.at(index), None if known.moving(index) is None else 0
        if key not in self._faces:
            if not request.search:
                return None, None
            self._faces[key] = pictures.search_faces(path, index, request.look_conform)
            while len(self._faces) > FACES_KEPT:
                self._faces.popitem(last=False)
        seen: Seen = self._faces[key]
        return seen, _speaker(seen, request.choice)

    def close(self) -> None:
        """Let the files go."""
        self._reader.close()
        self._cache.clear()
        self._bytes = 0


def _speaker(seen: Seen, choice: FaceChoice | None) -> int | None:
    """Return the place of the face that would move: the one chosen, or the only one. Of several,
    one frame does not tell who speaks.
    """
    if not seen.faces:
        return None
    if choice is None:
        return 0 if len(seen.faces) == 1 else None
    away = [
        np.hypot(*(face.mesh[:, :2].mean(axis=0) - (choice.x, choice.y))) for face in seen.faces
    ]
    return int(np.argmin(away))


def draw_matte(
    mesh: NDArray[np.float32], width: int, height: int
) -> tuple[QImage, tuple[int, int]]:
    """Draw the matte of a face as white, its strength as alpha: (picture, the plate pixel of its
    first).

    Args:
        mesh: (478, 3) plate pixels.
        width: of the plate.
        height: of the plate.
    """
    alpha, place = face_alpha(mesh, width, height)
    tall, wide = alpha.shape
    rgba = np.full((tall, wide, 4), 255, np.uint8)
    rgba[..., 3] = (alpha * MATTE_OPACITY).astype(np.uint8)
    image = QImage(rgba.data, wide, tall, 4 * wide, QImage.Format.Format_RGBA8888)
    return image.copy(), place
