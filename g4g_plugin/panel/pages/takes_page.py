"""The take of the selected clip: its sound, in and out, channel, fit; and a bin of files to drag
onto clips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPointF, QRectF, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QColor,
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.shot import Fit, Take
from g4g_plugin.media.take_level import frames_off
from g4g_plugin.panel.state.document import Desk
from g4g_plugin.panel.strip.painting import draw_wave
from g4g_plugin.panel.viewer.audio_player import RATE, Floats, Sound
from g4g_plugin.panel.viewer.thumbnails import Pictures
from g4g_plugin.panel.widgets.focus import on_enter
from g4g_plugin.project.take_matching import Pair

_PATH, _DRAWN = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
SMALL = QSize(96, 20)  # pixels of a waveform in the list
LEAST_LIST = 56  # pixels of height of the list, two files
TAKE = QColor("#4d4370")  # behind a waveform
FITS: tuple[Fit, ...] = ("exact", "trim", "pad")


class TakesPage(QWidget):
    """Everything about the take of the first selected clip."""

    def __init__(self, desk: Desk, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._pictures = desk, pictures
        self._filling = False
        self.name = QLabel(wordWrap=True)
        self.wave = Wave(self)
        self.begin, self.end = _seconds_box(self.tr("In")), _seconds_box(self.tr("Out"))
        self.channel, self.fit = QComboBox(), QComboBox()
        self.off = QLabel(wordWrap=True)
        self.bin = Bin(self)
        self.sound = Sound()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._played)
        self._length = 0.0
        self._begin: float | None = (
            None  # seconds into the take that is heard; None: a file of the list is
        )
        self._until = 0.0
        self._channels: dict[Path, int] = {}  # by file, once counted
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.channel.setAccessibleName(self.tr("Channel"))
        self.fit.setAccessibleName(self.tr("Fit"))
        self.channel.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.fit.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.fit.setMinimumContentsLength(
            8
        )  # letters: the page must fit in its dock in every language
        for fit, text in zip(
            FITS,
            (self.tr("exact"), self.tr("trim a longer take"), self.tr("pad a shorter take")),
            strict=True,
        ):
            self.fit.addItem(text, fit)
        form = QGridLayout()
        for row, column, text, widget in (
            (0, 0, self.tr("In"), self.begin),
            (0, 2, self.tr("Out"), self.end),
            (1, 0, self.tr("Channel"), self.channel),
            (1, 2, self.tr("Fit"), self.fit),
        ):
            label = QLabel(text)
            label.setBuddy(widget)
            form.addWidget(label, row, column)
            form.addWidget(widget, row, column + 1)
        form.setColumnStretch(1, 1)
        form.setColumnStretch(3, 1)
        rows = QVBoxLayout(self)
        rows.addWidget(self.name)
        rows.addWidget(self.wave)
        rows.addLayout(form)
        rows.addWidget(self.off)
        files = self.tr(
            "Files (drag one onto a clip, or double-click or Enter; the space bar plays it):"
        )
        rows.addWidget(QLabel(files, wordWrap=True))
        self.bin.setMinimumHeight(LEAST_LIST)
        self.bin.setSizePolicy(
            QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored
        )  # it takes what is left over
        rows.addWidget(self.bin, 1)
        self._buttons = QGridLayout()
        rows.addLayout(self._buttons)

    def add_actions(self, actions: Iterable[QAction]) -> None:
        """Put buttons for these actions of the window below the files."""
        for at, action in enumerate(actions):
            button = QPushButton(action.iconText())
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            action.enabledChanged.connect(button.setEnabled)
            self._buttons.addWidget(button, at // 2, at % 2)

    def _connect(self) -> None:
        self.begin.editingFinished.connect(self._ranged)
        self.end.editingFinished.connect(self._ranged)
        self.wave.ranged.connect(self._pulled)
        self.channel.activated.connect(self._channelled)
        self.fit.activated.connect(self._fitted)
        self.bin.listened.connect(self._listen)
        self.bin.itemDoubleClicked.connect(lambda item: self._give(Path(item.data(_PATH))))
        on_enter(self.bin, lambda: self._give(Path(self.bin.currentItem().data(_PATH))))
        self._desk.selected.connect(self.refresh)
        self._desk.changed.connect(self.refresh)
        self._pictures.arrived.connect(self.refresh)

    # What is there

    def refresh(self) -> None:
        """Show the take of the first selected clip."""
        clip, given = self._desk.clip, self._desk.given(self._desk.clip)
        self._filling = True
        for widget in (self.begin, self.end, self.channel, self.fit, self.wave):
            widget.setEnabled(given is not None)
        if clip is None or given is None:
            self.name.setText(
                self.tr("{clip} has no take: drop an audio file on it.").format(clip=clip)
                if clip
                else self.tr("No clip is selected.")
            )
            self.off.clear()
            self.wave.show_take(None, 0, 0, 0)
        else:
            self.bin.add([given.take.audio])
            self.name.setText(f"{clip} ← {given.take.audio.name}")
            self.name.setToolTip(str(given.take.audio))
            self._show_take(given.take, given.fit)
        self.bin.draw(self._pictures)
        self._filling = False

    def _show_take(self, take: Take, fit: Fit) -> None:
        whole = replace(take, start=Fraction(0), length=None, label="")
        peaks, seconds = self._pictures.peaks(whole), self._pictures.seconds(whole)
        length = float(seconds) if seconds is not None else float(take.start + (take.length or 1))
        begin = float(take.start)
        end = length if take.length is None else float(take.start + take.length)
        self._length = length
        for box in (self.begin, self.end):
            box.setMaximum(length)
        if not self.begin.hasFocus():
            self.begin.setValue(begin)
        if not self.end.hasFocus():
            self.end.setValue(end)
        self.wave.show_take(peaks, length, begin, end)
        self.fit.setCurrentIndex(FITS.index(fit))
        self._fill_channels(take)
        slot = self._desk.slot
        if seconds is None or slot is None:
            self.off.setText(self.tr("Measuring…"))
            return
        self.off.setText(
            self._off_words(frames_off(Fraction(end) - Fraction(begin), slot.record), fit)
        )

    def _off_words(self, off: int, fit: Fit) -> str:
        if off == 0:
            return self.tr("The take is exactly as long as the clip.")
        if off > 0 and fit == "trim":
            words = self.tr("Longer than the clip by {count} frames: its end is cut.")
        elif off > 0:
            words = self.tr(
                "Longer than the clip by {count} frames: choose “trim”, or set its out point."
            )
        elif fit == "pad":
            words = self.tr("Shorter than the clip by {count} frames: the rest is silent.")
        else:
            words = self.tr("Shorter than the clip by {count} frames: choose “pad”.")
        return words.format(count=abs(off))

    def _fill_channels(self, take: Take) -> None:
        if take.audio not in self._channels:
            self._channels[take.audio] = 0  # until it is counted
            self._count_channels(take.audio)
        counted = max(self._channels[take.audio], 0 if take.channel is None else take.channel + 1)
        names = [
            self.tr("{number} of {count}").format(number=at + 1, count=counted)
            for at in range(counted)
        ]
        if [self.channel.itemText(at + 1) for at in range(self.channel.count() - 1)] != names:
            self.channel.clear()
            self.channel.addItem(self.tr("all, mixed"), None)
            for number, name in enumerate(names):
                self.channel.addItem(name, number)
        self.channel.setCurrentIndex(0 if take.channel is None else take.channel + 1)

    def _count_channels(self, audio: Path) -> None:
        def count() -> int:
            from g4g_plugin.media.take import count_channels

            return count_channels(audio)

        def counted(channels: int) -> None:
            self._channels[audio] = channels
            self.refresh()

        self._desk.looks.ask(count, counted, self._desk.ignore)

    # What is done

    def _give(self, path: Path) -> None:
        if self._desk.clip:
            self._desk.assign_files([Pair(self._desk.clip, path, "")])

    def _pulled(self, begin: float, end: float) -> None:
        self.begin.setValue(begin)
        self.end.setValue(end)
        self._ranged()

    def _ranged(self) -> None:
        given = self._desk.given(self._desk.clip)
        if self._filling or given is None:
            return
        begin = Fraction(self.begin.value()).limit_denominator(48_000)
        end = Fraction(self.end.value()).limit_denominator(48_000)
        if end <= begin:
            return
        whole = self.end.value() >= self._length - 1e-3
        take = replace(given.take, start=begin, length=None if whole else end - begin)
        if take != given.take:
            self._desk.alter(self.tr("set in and out"), take=take)

    def _channelled(self) -> None:
        given = self._desk.given(self._desk.clip)
        if given is not None and self.channel.currentData() != given.take.channel:
            self._desk.alter(
                self.tr("choose the channel"),
                take=replace(given.take, channel=self.channel.currentData()),
            )

    def _fitted(self) -> None:
        given = self._desk.given(self._desk.clip)
        if given is not None and self.fit.currentData() != given.fit:
            self._desk.alter(self.tr("change the fit"), fit=self.fit.currentData())

    # Listening

    def audition(self) -> None:
        """Play the take of the selected clip from in to out; again to stop."""
        given = self._desk.given(self._desk.clip)
        if self._clock.isActive():
            self.quiet()
        elif given is None:
            self._desk.failed.emit(self.tr("The clip has no take to listen to."), "")
        else:
            self._ask_to_play(given.take, float(given.take.start))

    def _listen(self, path: str) -> None:
        """Play a file of the list, whole; again to stop."""
        if self._clock.isActive():
            self.quiet()
        else:
            self._ask_to_play(Take(Path(path)), None)

    def _ask_to_play(self, take: Take, begin: float | None) -> None:
        self._desk.looks.ask(
            lambda: _samples(take), lambda samples: self._play(samples, begin), self._desk.explain
        )

    def _play(self, samples: Floats, begin: float | None) -> None:
        self._begin, self._until = begin, len(samples) / RATE
        self.sound.start(samples, 0.0)
        self._clock.start(30)

    def _played(self) -> None:
        self.sound.feed()
        if self._begin is not None:
            self.wave.show_heard(self._begin + self.sound.seconds)
        if self.sound.seconds >= self._until:
            self.quiet()

    def quiet(self) -> None:
        """Stop listening."""
        self._clock.stop()
        self.sound.stop()
        self.wave.show_heard(None)


def _samples(take: Take) -> Floats:
    from g4g_plugin.media.take import read_take

    return read_take(take, RATE)


def _seconds_box(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(decimals=3, singleStep=0.04, suffix=" s")
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    return box


def _small_wave(peaks: Floats) -> QIcon:
    picture = QPixmap(SMALL * 2)  # sharp at 200 %
    picture.setDevicePixelRatio(2)
    picture.fill(TAKE)
    painter = QPainter(picture)
    whole = QRectF(0, 0, SMALL.width(), SMALL.height())
    draw_wave(painter, whole, peaks, whole)
    painter.end()
    return QIcon(picture)


class Wave(QWidget):
    """The take's outline with its in and out, which can be pulled."""

    ranged = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peaks: NDArray[np.float32] | None = None
        self._length, self._begin, self._end = 0.0, 0.0, 0.0
        self._heard: float | None = None
        self._pulling: str | None = None
        self.setFixedHeight(64)
        self.setAccessibleName(self.tr("Waveform of the take"))

    def show_take(
        self, peaks: NDArray[np.float32] | None, length: float, begin: float, end: float
    ) -> None:
        """Draw this; seconds."""
        self._peaks, self._length = peaks, length
        if self._pulling is None:
            self._begin, self._end = begin, end
        self.update()

    def show_heard(self, seconds: float | None) -> None:
        """Draw where it is being heard."""
        self._heard = seconds
        self.update()

    def _x(self, seconds: float) -> float:
        return seconds / self._length * self.width() if self._length else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw outline, what is cut away, and the handles."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if self._peaks is None or not self._length:
            return
        whole = QRectF(self.rect())
        painter.fillRect(whole, TAKE)
        draw_wave(painter, whole, self._peaks, whole)
        shade = QColor(0, 0, 0, 150)
        painter.fillRect(QRectF(0, 0, self._x(self._begin), self.height()), shade)
        painter.fillRect(
            QRectF(self._x(self._end), 0, self.width() - self._x(self._end), self.height()), shade
        )
        for at in (self._begin, self._end):
            painter.fillRect(
                QRectF(min(self._x(at), self.width() - 3) - 1, 0, 4, self.height()),
                self.palette().highlight(),
            )
        if self._heard is not None:
            painter.setPen(self.palette().brightText().color())
            painter.drawLine(
                QPointF(self._x(self._heard), 0), QPointF(self._x(self._heard), self.height())
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the nearer handle."""
        x = event.position().x()
        self._pulling = (
            "in" if abs(x - self._x(self._begin)) <= abs(x - self._x(self._end)) else "out"
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pull it."""
        if self._pulling is None or not self._length:
            return
        at = min(max(event.position().x() / self.width() * self._length, 0.0), self._length)
        if self._pulling == "in":
            self._begin = min(at, self._end - 0.04)
        else:
            self._end = max(at, self._begin + 0.04)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._pulling is not None:
            self._pulling = None
            self.ranged.emit(max(self._begin, 0.0), self._end)


class Bin(QListWidget):
    """Audio files at hand with their waveforms; they can be dragged onto clips, and files can be
    dropped here.
    """

    listened = Signal(str)  # a file is to be heard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Audio files"))
        self.setDragEnabled(True)
        self.setMinimumHeight(60)
        self.setIconSize(SMALL)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.draw(self._pictures))
        self._pictures: Pictures | None = None
        self.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)

    def paths(self) -> list[Path]:
        """Return the files."""
        return [Path(self.item(row).data(_PATH)) for row in range(self.count())]

    def add(self, paths: Iterable[Path]) -> None:
        """Add files that are not there yet."""
        known = set(self.paths())
        for path in paths:
            if path not in known:
                known.add(path)
                item = QListWidgetItem(path.name)
                item.setData(_PATH, str(path))
                item.setToolTip(str(path))
                self.addItem(item)

    def draw(self, pictures: Pictures | None) -> None:
        """Draw the waveforms of the files in sight, as far as they are made."""
        self._pictures = pictures
        if pictures is None or not self.isVisible():
            return
        for row in range(self.count()):
            item = self.item(row)
            seen = self.visualItemRect(item).intersects(self.viewport().rect())
            if not seen or item.data(_DRAWN):
                continue
            take = Take(Path(item.data(_PATH)))
            peaks, seconds = pictures.peaks(take), pictures.seconds(take)
            if peaks is not None and seconds is not None:
                item.setData(_DRAWN, True)
                item.setIcon(_small_wave(peaks))
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
            self.listened.emit(self.currentItem().data(_PATH))
            return
        super().keyPressEvent(event)

    def mimeData(self, items: list[QListWidgetItem]) -> QMimeData:  # type: ignore[override]
        """Drag files as every program does."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(item.data(_PATH)) for item in items])
        return mime
