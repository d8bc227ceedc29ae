"""The viewer: the shot under the playhead, original against dubbed, frame for frame, with its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFontDatabase, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from g4g_plugin.core.shot import Dub, FaceChoice, Take
from g4g_plugin.core.time import timecode
from g4g_plugin.panel.canvas import Canvas
from g4g_plugin.panel.desk import Desk
from g4g_plugin.panel.frames import MODES, Decoder, Shown, Wish
from g4g_plugin.panel.sound import RATE, Floats
from g4g_plugin.panel.transport import Transport, plate_frame, record_frame

if TYPE_CHECKING:
    from g4g_plugin.timeline.edit import Slot

UNSEEN = ("missing-media", "no-media", "image-sequence", "generator", "unknown-media", "unknown-item", "still-image")


class Viewer(QWidget):
    """Canvas, position bar, buttons. It asks for the newest frame only: what is late is passed over."""

    moved = Signal(int)  # timeline frame of what is shown
    painted = Signal()  # a frame has arrived

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.transport = Transport(self)
        self.canvas = Canvas(self)
        self.bar = PositionBar(self.transport, self)
        self.mode = "wipe"
        self.choosing = False
        self.slot: Slot | None = None
        self._asked_for: Slot | None = None  # as the timeline has it; `slot` knows its media too
        self.other: Dub | None = None  # a version to compare with instead of the original
        self._decoder = Decoder()
        self._asking: Wish | None = None
        self._wanted: Wish | None = None
        self.heard: Take | None = None
        self._build()
        self.transport.moved.connect(self._frame_due)
        self.transport.marked.connect(self.bar.update)
        self.canvas.clicked.connect(self._clicked)
        desk.selected.connect(self.load)
        desk.changed.connect(self.refresh)
        self.load()

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.canvas, 1)
        rows.addWidget(self.bar)
        self.source_label, self.record_label = QLabel(), QLabel()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        for label, name in (
            (self.source_label, self.tr("Source timecode")),
            (self.record_label, self.tr("Record timecode")),
        ):
            label.setFont(fixed)
            label.setAccessibleName(name)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(4, 0, 4, 2)
        self._row.setSpacing(4)
        self._row.addWidget(self.source_label)
        self._row.addSpacing(10)
        self._row.addWidget(self.record_label)
        self._row.addStretch(1)
        rows.addLayout(self._row)

    def add_buttons(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons of these actions below the picture."""
        for name, sign in (("backward", "◀"), ("play", "▶"), ("mark_in", "["), ("mark_out", "]"), ("loop", "⟲")):
            self._row.addWidget(_button(actions[name], sign))
        self._row.addSpacing(8)
        signs = (self.tr("Orig"), self.tr("Dub"), self.tr("Wipe"), self.tr("2-up"), self.tr("Diff"))
        for name, sign in zip(MODES, signs, strict=True):
            self._row.addWidget(_button(actions[name], sign))
        self.pick = QToolButton()
        self.pick.setText(self.tr("Speaker"))
        self.pick.setToolTip(self.tr("Click the face whose mouth is to move"))
        self.pick.setAccessibleName(self.tr("Choose the speaker by clicking a face"))
        self.pick.setCheckable(True)
        self.pick.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pick.toggled.connect(self.choose)
        self._row.addWidget(self.pick)

    # What is shown

    def load(self) -> None:
        """Take up the selected clip."""
        slot = self._desk.slot
        if slot is None or slot.media is None or not self._readable(slot):
            self._asked_for = None
        if slot is None:
            self.slot = None
            self.canvas.clear(self.tr("Open a timeline and click a clip."))
            return
        if slot.media is None or not self._readable(slot):
            self.slot = None
            self.canvas.clear(self._desk.trouble(slot.clip) or self.tr("This clip has no media to show."))
            return
        if self._asked_for == slot:
            return
        self._asked_for, self.other = slot, None
        self.canvas.clear(self.tr("Opening {name}…").format(name=slot.media.name))
        self._desk.frames.ask(lambda: _known(slot), self._loaded, self._broken)

    def _readable(self, slot: Slot) -> bool:
        return slot.blocked is None or slot.blocked.code not in UNSEEN

    def _loaded(self, slot: Slot) -> None:
        if self._asked_for is None or self._asked_for.clip != slot.clip:
            return
        self.slot = slot
        self.canvas.zoom_to(0, 0, 1.0)
        self.transport.load(slot.source, slot.drop)
        self._load_sound()

    def _broken(self, error: BaseException) -> None:
        self._asking = None
        self.canvas.clear(getattr(error, "message", "") or str(error))

    def refresh(self) -> None:
        """The dub or the take may be another one."""
        if self.slot is not None:
            self._frame_due(self.transport.frame)
            self._load_sound()

    def set_mode(self, mode: str) -> None:
        """Show original, dubbed, wipe, side by side or difference; the sound goes with it."""
        self.mode = mode
        self.refresh()

    def set_overlay(self, name: str, on: bool) -> None:
        """Switch face box, landmarks, matte or dubbed ranges."""
        (self.canvas.overlays.add if on else self.canvas.overlays.discard)(name)
        self.bar.ranges = "ranges" in self.canvas.overlays
        self.bar.update()
        self.refresh()

    def compare(self, dub: Dub | None) -> None:
        """Put this version in the original's place, to hold two versions against each other."""
        self.other = dub
        self.refresh()

    def dub(self) -> Dub | None:
        """Return the dub that is shown for this shot."""
        return self._desk.version(self.slot.clip) if self.slot else None

    def seek_record(self, frame: int) -> None:
        """Show the frame seen at a timeline frame, where it lies in this shot."""
        if self.slot is not None and self.slot.record.first <= frame < self.slot.record.end:
            self.transport.go(plate_frame(self.slot, frame))

    def _frame_due(self, frame: int) -> None:
        if self.slot is None:
            return
        rec = record_frame(self.slot, frame)
        self.source_label.setText(self.tr("SRC {tc}").format(tc=self.transport.text))
        edit = self._desk.edit
        if edit is not None:
            self.record_label.setText(self.tr("REC {tc}").format(tc=timecode(rec, edit.rate, self.slot.drop)))
        self.bar.update()
        self.moved.emit(rec)
        self._ask(self.wish(frame))

    def wish(self, frame: int) -> Wish | None:
        """Return what must be decoded to show a plate frame."""
        slot = self.slot
        if slot is None or slot.media is None or slot.available is None:
            return None
        plate, index = slot.media, frame - slot.available.first
        if self.other is not None and self.other.available.first <= frame < self.other.available.end:
            plate, index = self.other.media, frame - self.other.available.first
        dub = self._desk.version(slot.clip)
        inside = dub is not None and dub.available.first <= frame < dub.available.end
        path: Path | None = dub.media if dub is not None and inside else None
        dub_index = frame - dub.available.first if dub is not None else 0
        looks = self.canvas.overlays
        still = self.transport.speed == 0
        return Wish(
            plate,
            index,
            path,
            dub_index,
            self.mode,
            still and bool(looks & {"box", "landmarks"}),
            still and "matte" in looks,
        )

    def _ask(self, wish: Wish | None) -> None:
        self._wanted = wish
        if wish is None or self._asking is not None:
            return
        self._asking = wish
        self._desk.frames.ask(lambda: self._decoder.show(wish), self._came, self._broken)

    def _came(self, shown: Shown) -> None:
        self._asking = None
        if self.slot is not None:
            self.canvas.show_frame(shown)
            self.painted.emit()
        if self._wanted is not None and self._wanted != shown.wish:
            self._ask(self._wanted)

    # Sound

    def _load_sound(self) -> None:
        slot = self.slot
        if slot is None or slot.media is None or slot.available is None:
            return
        given = self._desk.given(slot.clip)
        if self.mode == "original" or given is None:
            start = (slot.source.first - slot.available.first) / slot.source.rate
            take = Take(slot.media, start, slot.source.seconds)
        else:
            take = given.take
        if take == self.heard:
            return
        self.heard = take
        self._desk.looks.ask(lambda: _samples(take), lambda samples: self._sound_came(take, samples), lambda _: None)

    def _sound_came(self, take: Take, samples: Floats) -> None:
        if take == self.heard:
            self.transport.samples = samples
            if self.transport.speed == 1:
                self.transport.go(self.transport.frame)

    # Whose mouth

    def choose(self, on: bool) -> None:
        """The next click chooses the speaker."""
        self.choosing = on
        self.canvas.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.set_overlay("box", on)

    def _clicked(self, x: float, y: float) -> None:
        if not self.choosing or self.slot is None:
            return
        self.pick.setChecked(False)
        self._desk.choose_face(FaceChoice(round(x, 1), round(y, 1), self.transport.frame - self.slot.source.first))

    def close_files(self) -> None:
        """Let the files go; the decoding thread has ended."""
        self._decoder.close()


def _button(action: QAction, sign: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setText(sign)
    action.changed.connect(lambda: button.setText(sign))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def _known(slot: Slot) -> Slot:
    """Settle what the media holds (in the background)."""
    from g4g_plugin.media.probe import probe
    from g4g_plugin.render.edit import known_slot

    slot = known_slot(slot)
    if slot.media is not None and slot.available is None:
        return replace(slot, available=probe(slot.media).available)
    return slot


def _samples(take: Take) -> Floats:
    from g4g_plugin.media.take import read_take

    return read_take(take, RATE)


class PositionBar(QWidget):
    """Where the frame lies in the shot: marks, dubbed range, and a click to go there."""

    def __init__(self, transport: Transport, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._transport, self._viewer = transport, viewer
        self.ranges = False
        self.setFixedHeight(18)
        self.setAccessibleName(self.tr("Position in the shot"))

    def _x(self, frame: float) -> float:
        span = self._transport.span
        return (frame - span.first) / span.count * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar."""
        painter = QPainter(self)
        span, move = self._transport.span, self._transport
        painter.fillRect(self.rect(), self.palette().base())
        low = span.first if move.mark_in is None else move.mark_in
        high = span.end if move.mark_out is None else move.mark_out + 1
        painter.fillRect(QRectF(self._x(low), 4, self._x(high) - self._x(low), 10), self.palette().mid())
        slot = self._viewer.slot
        dub = self._viewer.dub() if slot else None
        if self.ranges and dub is not None:
            first, end = max(dub.available.first, span.first), min(dub.available.end, span.end)
            painter.fillRect(QRectF(self._x(first), 12, self._x(end) - self._x(first), 4), QColor("#57d38c"))
        x = self._x(move.frame)
        painter.fillRect(QRectF(x, 0, max(2.0, self._x(move.frame + 1) - x), 18), self.palette().highlight())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, point: QPointF) -> None:
        span = self._transport.span
        self._transport.go(span.first + int(point.x() / max(self.width(), 1) * span.count))
