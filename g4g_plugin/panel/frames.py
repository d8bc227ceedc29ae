"""Decode what the viewer shows, by frame index, in one background thread; a bounded store of decoded frames."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from g4g_plugin.media.plate import FilePlate
    from g4g_plugin.render.triage import Seen

Pixels = NDArray[np.uint8]
OPEN = 4  # files kept open
HELD = 256 << 20  # bytes of decoded frames kept
GAIN = 4  # the difference is shown this many times as strong
MODES = ("original", "dubbed", "wipe", "side", "difference")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be seen: one frame of the original, and the same moment of the dub where there is one."""

    plate: Path
    index: int  # file frame index of the original
    dub: Path | None
    dub_index: int
    mode: str
    faces: bool = False  # look for faces too
    matte: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The answer: pictures as they are on file; `second` is the dub, or the difference."""

    wish: Wish
    first: QImage
    second: QImage | None
    seen: Seen | None = None
    matte: QImage | None = None


def to_image(rgb: Pixels) -> QImage:
    """Copy (h, w, 3) uint8 into a QImage of its own."""
    height, width = rgb.shape[:2]
    rgb = np.ascontiguousarray(rgb)
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def difference(one: Pixels, other: Pixels) -> Pixels:
    """Return |one - other| times the gain, clipped, (h, w, 3) uint8. Equal pixels are black, all others are not."""
    if one.shape != other.shape:
        return np.full_like(one, 255)
    apart = np.abs(one.astype(np.int16) - other)
    return np.minimum(apart * GAIN, 255).astype(np.uint8)


class Decoder:
    """Keeps files open and frames at hand. Used from the background thread alone."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, FilePlate] = OrderedDict()
        self._held: OrderedDict[tuple[Path, int], Pixels] = OrderedDict()
        self._bytes = 0
        self._faces: OrderedDict[tuple[Path, int], Any] = OrderedDict()

    def show(self, wish: Wish) -> Shown:
        """Decode what is wished.

        Raises:
            MediaError: a frame is not there or cannot be decoded.
        """
        first = self.get(wish.plate, wish.index)
        second: Pixels | None = None
        if wish.dub is not None and wish.mode != "original":
            second = self.get(wish.dub, wish.dub_index)
        if wish.mode == "difference" and second is not None:
            second = difference(first, second)
        seen = self._look(wish) if wish.faces or wish.matte else None
        matte = _matte(seen, first.shape[1], first.shape[0]) if wish.matte and seen else None
        return Shown(wish, to_image(first), None if second is None else to_image(second), seen, matte)

    def get(self, path: Path, index: int) -> Pixels:
        """Return frame `index` of a file, (h, w, 3) uint8."""
        key = (path, index)
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        rgb = self._plate(path).fetch([index])[0].rgb8()
        self._held[key] = rgb
        self._bytes += rgb.nbytes
        while self._bytes > HELD and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].nbytes
        return rgb

    def _plate(self, path: Path) -> FilePlate:
        from g4g_plugin.media.plate import open_plate

        if path not in self._open:
            self._open[path] = open_plate(path)
        self._open.move_to_end(path)
        while len(self._open) > OPEN:
            self._open.popitem(last=False)[1].close()
        return self._open[path]

    def _look(self, wish: Wish) -> Seen:
        from g4g_plugin.render.triage import look_at

        key = (wish.plate, wish.index)
        if key not in self._faces:
            self._faces[key] = look_at(wish.plate, [wish.index])[0]
            while len(self._faces) > 200:
                self._faces.popitem(last=False)
        return self._faces[key]

    def close(self) -> None:
        """Let the files go."""
        for plate in self._open.values():
            plate.close()
        self._open.clear()
        self._held.clear()
        self._bytes = 0


def _matte(seen: Seen, width: int, height: int) -> QImage | None:
    """Draw the matte of the largest face as white over the picture, its strength as alpha."""
    from g4g_plugin.composite.matte import face_matte

    if not seen.faces:
        return None
    face = max(seen.faces, key=lambda face: face.height)
    alpha = face_matte(face.mesh, (0, 0, width, height))
    rgba = np.full((height, width, 4), 255, np.uint8)
    rgba[..., 3] = (np.clip(alpha, 0, 1) * 150).astype(np.uint8)
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()
