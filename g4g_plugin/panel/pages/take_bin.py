"""Audio files at hand, to be dragged onto clips."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from g4g_plugin.core.decisions import Take
from g4g_plugin.panel.state.picture_cache import Floats, PictureCache
from g4g_plugin.panel.widgets.waveform import TAKE_COLOUR, draw_wave

PATH_ROLE, _DRAWN_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
WAVE_SIZE = QSize(96, 20)  # pixels: as high as a line of text


def _wave_icon(peaks: Floats) -> QIcon:
    picture = QPixmap(WAVE_SIZE * 2)  # sharp at 200 %
    picture.setDevicePixelRatio(2)
    picture.fill(TAKE_COLOUR)
    painter = QPainter(picture)
    whole = QRectF(0, 0, WAVE_SIZE.width(), WAVE_SIZE.height())
    draw_wave(painter, whole, peaks, whole)
    painter.end()
    return QIcon(picture)


class TakeBin(QListWidget):
    """Audio files at hand with their waveforms; they can be dragged onto clips, and files can be
    dropped here.
    """

    listened = Signal(str)  # a file is to be heard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Audio files"))
        self.setDragEnabled(True)
        self.setMinimumHeight(60)
        self.setIconSize(WAVE_SIZE)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.draw(self._pictures))
        self._pictures: PictureCache | None = None
        self.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)

    def paths(self) -> list[Path]:
        """Return the files."""
        return [Path(self.item(row).data(PATH_ROLE)) for row in range(self.count())]

    def add(self, paths: Iterable[Path]) -> None:
        """Add files that are not there yet."""
        known = set(self.paths())
        for path in paths:
            if path not in known:
                known.add(path)
                item = QListWidgetItem(path.name)
                item.setData(PATH_ROLE, str(path))
                item.setToolTip(str(path))
                self.addItem(item)

    def mark(self, path: Path) -> None:
        """Let the file of the clip in hand be the current one, so that Enter gives no other."""
        paths = self.paths()
        if path in paths:
            self.setCurrentRow(paths.index(path))

    def draw(self, pictures: PictureCache | None) -> None:
        """Draw the waveforms of the files in sight, as far as they are made."""
        self._pictures = pictures
        if pictures is None or not self.isVisible():
            return
        for row in range(self.count()):
            item = self.item(row)
            seen = self.visualItemRect(item).intersects(self.viewport().rect())
            if not seen or item.data(_DRAWN_ROLE):
                continue
            take = Take(Path(item.data(PATH_ROLE)))
            peaks, seconds = pictures.peaks(take), pictures.seconds(take)
            if peaks is not None and seconds is not None:
                item.setData(_DRAWN_ROLE, True)
                item.setIcon(_wave_icon(peaks))
                item.setText(
                    self.tr("{name} · {seconds:.2f} s").format(
                        name=take.audio.name, seconds=float(seconds)
                    )
                )

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came into sight."""
        super().showEvent(event)
        self.draw(self._pictures)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar plays the file under the cursor."""
        if event.key() == Qt.Key.Key_Space and self.currentItem() is not None:
            self.listened.emit(self.currentItem().data(PATH_ROLE))
            return
        super().keyPressEvent(event)

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        """Drag files as every program does."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(item.data(PATH_ROLE)) for item in items])
        return mime
