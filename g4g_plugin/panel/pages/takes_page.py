"""The take of the selected clip: its sound, in and out, channel, fit; and a bin of files to drag
onto clips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import (
    QAction,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.decisions import Fit, Line, Take
from g4g_plugin.panel.pages.take_bin import PATH_ROLE, TakeBin
from g4g_plugin.panel.pages.take_wave import TakeWave
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.viewer.audio_player import SAMPLE_RATE, AudioPlayer, Floats
from g4g_plugin.panel.widgets.channel_box import ChannelBox
from g4g_plugin.panel.widgets.field_grid import field_grid
from g4g_plugin.panel.widgets.focus import activate_on_enter
from g4g_plugin.project.choices import FITS
from g4g_plugin.project.take_matching import Pair
from g4g_plugin.project.takes import frames_too_long, read_samples

LIST_MIN_HEIGHT = 56  # pixels: two files


class TakesPage(QWidget):
    """Everything about the take of the first selected clip."""

    def __init__(
        self, document: Document, pictures: PictureCache, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._pictures = document, pictures
        self._filling = False
        self.name = QLabel(wordWrap=True)
        self.wave = TakeWave(self)
        self.begin, self.end = _seconds_box(self.tr("In")), _seconds_box(self.tr("Out"))
        self.channel, self.fit = ChannelBox(), QComboBox()
        self.off = QLabel(wordWrap=True)
        self.mend = QPushButton()  # lets a take be dubbed that would be refused
        self.bin = TakeBin(self)
        self.audio = AudioPlayer()
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._played)
        self._length = 0.0
        self._mending: Fit | None = None  # the fit that `mend` chooses
        self._begin: float | None = (
            None  # seconds into the take that is heard; None: a file of the list is
        )
        self._until = 0.0
        self._assigned: set[Path] = set()  # files of the bin that are takes of the open project
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        self.fit.setAccessibleName(self.tr("Fit"))
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
        form = field_grid(
            (
                (0, 0, self.tr("In"), self.begin),
                (0, 2, self.tr("Out"), self.end),
                (1, 0, self.tr("Channel"), self.channel),
                (1, 2, self.tr("Fit"), self.fit),
            )
        )
        rows = QVBoxLayout(self)
        rows.addWidget(self.name)
        rows.addWidget(self.wave)
        rows.addLayout(form)
        rows.addWidget(self.off)
        rows.addWidget(self.mend)
        files = self.tr(
            "Files (drag one onto a clip, or double-click or Enter; the space bar plays it):"
        )
        rows.addWidget(QLabel(files, wordWrap=True))
        self.bin.setMinimumHeight(LIST_MIN_HEIGHT)
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
        self.begin.editingFinished.connect(self._range_edited)
        self.end.editingFinished.connect(self._range_edited)
        self.wave.ranged.connect(self._range_dragged)
        self.channel.activated.connect(self._channel_chosen)
        self.fit.activated.connect(self._fit_chosen)
        self.mend.clicked.connect(self._mend)
        self.bin.listened.connect(self._listen)
        self.bin.itemDoubleClicked.connect(
            lambda item: self._assign_file(Path(item.data(PATH_ROLE)))
        )
        activate_on_enter(
            self.bin, lambda: self._assign_file(Path(self.bin.currentItem().data(PATH_ROLE)))
        )
        self._document.selection_changed.connect(self.refresh)
        self._document.changed.connect(self.refresh)
        self._document.opened.connect(self._show_project)
        self._pictures.arrived.connect(self.refresh)

    # What is there

    def _show_project(self) -> None:
        """List the takes of the project in place of those of the one before; files that nobody
        gave to a clip yet stay.
        """
        project = self._document.project
        given = project.decisions.values() if project else ()
        loose = [path for path in self.bin.paths() if path not in self._assigned]
        takes = [line.take.audio for decided in given for line in decided.lines]
        self._assigned = set(takes)
        self.bin.clear()
        self.bin.add([*loose, *takes])

    def refresh(self) -> None:
        """Show the take of the first selected clip."""
        clip, given = self._document.clip, self._document.decisions(self._document.clip)
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
            self.mend.hide()
            self.wave.show_take(None, 0, 0, 0)
        else:
            self.bin.add([given.take.audio])
            self._assigned.add(given.take.audio)
            if not self.bin.hasFocus():
                self.bin.mark(given.take.audio)
            self.name.setText(f"{clip} ← {given.take.audio.name}")
            self.name.setToolTip(str(given.take.audio))
            self._show_take(given.lines[0], given.fit)
        self.bin.draw(self._pictures)
        self._filling = False

    def _show_take(self, line: Line, fit: Fit) -> None:
        take = line.take
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
        self.channel.show_channels(self._pictures.channels(take.audio), take.channel)
        slot = self._document.slot
        if seconds is None or slot is None:
            self.off.setText(self.tr("Measuring…"))
            self.mend.hide()
            return
        ends = Fraction(end) - Fraction(begin) + line.at / slot.source.rate
        off = frames_too_long(ends, slot.record)
        self.off.setText(self._length_text(off, line.at, fit))
        self._offer_mend(off, line.at, fit)

    def _offer_mend(self, off: int, at: int, fit: Fit) -> None:
        """Offer in one press what lets a take be dubbed that would be refused."""
        self._mending, words = None, ""
        if off > 0 and fit != "trim":
            self._mending, words = "trim", self.tr("Cut {count} frames off its end")
        elif off < 0 and at == 0 and fit != "pad":
            self._mending, words = "pad", self.tr("Fill {count} frames with silence")
        self.mend.setVisible(bool(words))
        self.mend.setText(words.format(count=abs(off)))

    def _mend(self) -> None:
        if self._mending is not None:
            self._document.change_shot(self.tr("change the fit"), fit=self._mending)

    def _length_text(self, off: int, at: int, fit: Fit) -> str:
        if off < 0 and at:
            words = self.tr("Begins at frame {at} and ends {count} frames before the clip does.")
            return words.format(at=at, count=-off)
        if off == 0 and at:
            return self.tr("Begins at frame {at} and ends with the clip.").format(at=at)
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

    # What is done

    def _assign_file(self, path: Path) -> None:
        if self._document.clip:
            self._document.assign_files([Pair(self._document.clip, path)])

    def _range_dragged(self, begin: float, end: float) -> None:
        self.begin.setValue(begin)
        self.end.setValue(end)
        self._range_edited()

    def _range_edited(self) -> None:
        given = self._document.decisions(self._document.clip)
        if self._filling or given is None:
            return
        begin = Fraction(self.begin.value()).limit_denominator(48_000)
        end = Fraction(self.end.value()).limit_denominator(48_000)
        if end <= begin:
            return
        whole = self.end.value() >= self._length - 1e-3
        take = replace(given.take, start=begin, length=None if whole else end - begin)
        if take != given.take:
            self._document.change_take(self.tr("set in and out"), take=take)

    def _channel_chosen(self) -> None:
        given = self._document.decisions(self._document.clip)
        if given is not None and self.channel.currentData() != given.take.channel:
            self._document.change_take(
                self.tr("choose the channel"),
                take=replace(given.take, channel=self.channel.currentData()),
            )

    def _fit_chosen(self) -> None:
        given = self._document.decisions(self._document.clip)
        if given is not None and self.fit.currentData() != given.fit:
            self._document.change_take(self.tr("change the fit"), fit=self.fit.currentData())

    # Listening

    def audition(self) -> None:
        """Play the take of the selected clip from in to out; again to stop."""
        given = self._document.decisions(self._document.clip)
        if self._clock.isActive():
            self.stop_listening()
        elif given is None:
            self._document.failed.emit(self.tr("The clip has no take to listen to."), "")
        else:
            self._ask_to_play(given.take, float(given.take.start))

    def _listen(self, path: str) -> None:
        """Play a file of the list, whole; again to stop."""
        if self._clock.isActive():
            self.stop_listening()
        else:
            self._ask_to_play(Take(Path(path)), None)

    def _ask_to_play(self, take: Take, begin: float | None) -> None:
        self._document.looks.ask(
            lambda: read_samples(take, SAMPLE_RATE),
            lambda samples: self._play(samples, begin),
            self._document.report,
        )

    def _play(self, samples: Floats, begin: float | None) -> None:
        self._begin, self._until = begin, len(samples) / SAMPLE_RATE
        self.audio.start(samples, 0.0)
        self._clock.start(30)

    def _played(self) -> None:
        self.audio.feed()
        if self._begin is not None:
            self.wave.show_heard(self._begin + self.audio.seconds)
        if self.audio.seconds >= self._until:
            self.stop_listening()

    def stop_listening(self) -> None:
        """Stop listening."""
        self._clock.stop()
        self.audio.stop()
        self.wave.show_heard(None)


def _seconds_box(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(decimals=3, singleStep=0.04, suffix=" s")
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    return box
