"""Thumbnails and waveforms: made in the background, the newest wish first; kept on disk, a bounded
few in memory.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap

from g4g_plugin.core.decisions import Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.files import write_whole
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.state.background import Background
from g4g_plugin.project.pictures import middle_frame
from g4g_plugin.project.takes import count_channels, read_waveform

if TYPE_CHECKING:
    from g4g_plugin.project.edit import Slot

LOG = logging.getLogger(__name__)
THUMBNAIL_HEIGHT = 120  # pixels a thumbnail is kept at: twice the lane, for screens at 200 %
IN_MEMORY = 400  # thumbnails and waveforms each; 400 of 213 x 120 pixels are 41 MB
ON_DISK = 5000  # thumbnail files; about 4 KB each
PENDING_MOST = 64  # outstanding; what was scrolled past is forgotten
WAVE_POINTS = 600  # of a waveform: a page is 400 pixels wide, and has twice as many at 200 %

Floats = NDArray[np.float32]
Key = tuple[Any, ...]


class PictureCache(QObject):
    """Answers at once with what there is, and makes the rest; `arrived` says that there is more to
    draw.
    """

    arrived = Signal()

    def __init__(self, pool: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = pool
        self._made: OrderedDict[Key, Any] = OrderedDict()  # None: cannot be made
        self._wishes: OrderedDict[Key, Callable[[], Any]] = OrderedDict()
        self._making: Key | None = None
        self.folder = cache_dir() / "thumbs"

    def thumbnail(self, slot: Slot, height: int) -> QPixmap | None:
        """Return a clip's middle frame, None while it is being made or where there is none."""
        if slot.media is None or height < 8:
            return None
        return self._get(
            ("thumb", str(slot.media), slot.source),
            lambda: _thumbnail(slot, self.folder),
            QPixmap.fromImage,
        )

    def peaks(self, take: Take) -> Floats | None:
        """Return a take's outline, (600,) float32 0..1; None while it is being made."""
        found = self._get(("peaks", take), lambda: read_waveform(take, WAVE_POINTS))
        return None if found is None else found[0]

    def seconds(self, take: Take) -> Fraction | None:
        """Return a take's length, None while it is not known."""
        found = self._get(("peaks", take), lambda: read_waveform(take, WAVE_POINTS))
        return None if found is None else found[1]

    def stretch(self, take: Take, span: FrameRange) -> float:
        """Return a take's length over its clip's; 1 while it is not known."""
        seconds = self.seconds(take)
        return 1.0 if seconds is None else float(seconds / span.seconds)

    def channels(self, audio: Path) -> int:
        """Return how many channels a file has; 0 while they are being counted."""
        return self._get(("channels", str(audio)), lambda: count_channels(audio)) or 0

    def _get(
        self, key: Key, make: Callable[[], Any], finish: Callable[[Any], Any] | None = None
    ) -> Any:
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        self._wishes[key] = (lambda: (make(), finish)) if finish else (lambda: (make(), None))
        self._wishes.move_to_end(key)
        while len(self._wishes) > PENDING_MOST:
            self._wishes.popitem(last=False)
        self._next()
        return None

    def _next(self) -> None:
        if self._making is not None or not self._wishes:
            return
        key, make = self._wishes.popitem(last=True)
        self._making = key
        self._pool.ask(
            make, lambda answer: self._came(key, *answer), lambda error: self._broke(key, error)
        )

    def _came(self, key: Key, made: Any, finish: Callable[[Any], Any] | None) -> None:
        self._made[key] = finish(made) if finish and made is not None else made
        while len(self._made) > 2 * IN_MEMORY:
            self._made.popitem(last=False)
        self._making = None
        self.arrived.emit()
        self._next()

    def _broke(self, key: Key, error: BaseException) -> None:
        if not isinstance(error, G4GError):
            LOG.warning("no picture for %s: %r", key, error)
        self._came(key, None, None)


def _thumbnail(slot: Slot, folder: Path) -> QImage:
    """Decode, shrink and keep a clip's middle frame (in the background thread)."""
    assert slot.media is not None
    name = hashlib.sha256(
        f"{slot.media} {_changed(slot.media)} {slot.source}".encode()
    ).hexdigest()[:24]
    path = folder / f"{name}.jpg"
    image = QImage(str(path)) if path.is_file() else QImage()
    if not image.isNull():
        return image
    rgb = middle_frame(slot)
    height, width = rgb.shape[:2]
    whole = QImage(
        np.ascontiguousarray(rgb).data, width, height, 3 * width, QImage.Format.Format_RGB888
    )
    image = whole.scaledToHeight(THUMBNAIL_HEIGHT, Qt.TransformationMode.SmoothTransformation)
    _keep(image, path)
    return image


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _keep(image: QImage, path: Path) -> None:
    buffer = QBuffer()
    if image.save(buffer, "JPG", 85):  # type: ignore[call-overload]
        with suppress(OSError):  # a full disk: it is drawn anew next time
            write_whole(path, bytes(buffer.data().data()))
    files = list(path.parent.glob("*.jpg"))
    if len(files) > ON_DISK:
        files.sort(key=lambda file: file.stat().st_mtime)
        for file in files[: len(files) // 4]:
            file.unlink(missing_ok=True)
