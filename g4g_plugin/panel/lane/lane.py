"""The lip lane: what mouse, wheel and keys do on it. What is decided goes through the document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from g4g_plugin.core.decisions import Line, RangeSetting
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.lane.lane_view import HEAD_WIDTH, RULER_HEIGHT, Dragged, LaneView
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.viewer.transport import Transport
from g4g_plugin.panel.widgets.range_look import RANGES, mouth_name, range_text

ZOOM_STEP = 1.25  # a notch of the wheel
SCROLL_STEP = 80  # pixels a notch
EDGE_PIXELS = 5  # pixels beside an edge that still mean it
SNAP_PIXELS = 7  # pixels from which an edge jumps to the next mark
LINE_FRAMES_LEAST = 1  # frames that are left of a line whose ends are pulled
OFFERED_STRENGTHS = (0.0, 0.5, 0.75, 1.25, 1.5)  # offered for a range
OFFERED_RAMPS = (0, 2, 4, 8)  # frames offered


@dataclass(slots=True)
class _Grip:
    """Where the mouse has taken hold, and of what."""

    kind: str  # line, lips, begin, end, range, range-first, range-last, new-range, playhead
    x: float
    number: int = 0


class Lane(LaneView):
    """The lane of the selected shot."""

    def __init__(
        self,
        document: Document,
        pictures: PictureCache,
        transport: Transport,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, pictures, transport, parent)
        self._grip: _Grip | None = None
        self.menu: QMenu | None = None  # the one that was opened last
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def reload(self) -> None:
        """Show what is decided now, and say it to a screen reader."""
        super().reload()
        words = self._description()
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def _description(self) -> str:
        if self.model is None or not self.model.lines:
            return self.tr("The shot has no line.")
        words = [
            self.tr("{name} begins at frame {frame}.").format(
                name=line.line.take.label or line.line.take.audio.name, frame=line.first
            )
            for line in self.model.lines
        ]
        return " ".join([*words, *(f"{range_text(setting)}." for setting in self.model.ranges)])

    # Where the mouse is

    def _grip_at(self, point: QPointF, alt: bool = False) -> _Grip:
        """Return of what the mouse takes hold at a point."""
        x = point.x()
        if self.ranges_row().contains(point):
            return self._range_grip(x)
        for number in range(len(self.model.lines) if self.model else 0):
            box = self.line_rect(number)
            if box.adjusted(-EDGE_PIXELS, 0, EDGE_PIXELS, 0).contains(point):
                if alt:
                    return _Grip("lips", x, number)
                if abs(x - box.left()) <= EDGE_PIXELS and box.width() > 4 * EDGE_PIXELS:
                    return _Grip("begin", x, number)
                if abs(x - box.right()) <= EDGE_PIXELS and box.width() > 4 * EDGE_PIXELS:
                    return _Grip("end", x, number)
                return _Grip("line", x, number)
        return _Grip("playhead", x)

    def _range_grip(self, x: float) -> _Grip:
        if self.model is None or not self.model.lines:
            return _Grip("playhead", x)
        for number, setting in enumerate(self.model.ranges):
            box = self.range_rect(setting)
            if abs(x - box.left()) <= EDGE_PIXELS:
                return _Grip("range-first", x, number)
            if abs(x - box.right()) <= EDGE_PIXELS:
                return _Grip("range-last", x, number)
            if box.left() < x < box.right():
                return _Grip("range", x, number)
        return _Grip("new-range", x)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a line, one of its ends, a range, or the playhead."""
        if event.button() != Qt.MouseButton.LeftButton or self.model is None:
            return
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self._grip = self._grip_at(event.position(), alt)
        self._pull(event.position(), False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pull it; Shift lets it go past the marks it would snap to."""
        if self._grip is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._pull(event.position(), not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            return
        self._show_cursor(event.position())
        QToolTip.showText(event.globalPosition().toPoint(), self.tip(event.position()), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: what was pulled is decided."""
        grip, dragged = self._grip, self.dragged
        self._grip = None
        if grip is None or dragged is None:
            return
        if grip.kind == "new-range":
            self._ask_for_range(event)
            return
        self.dragged = None
        self._decide(dragged)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what a range can be, and to remove it."""
        grip = self._grip_at(QPointF(event.pos()))
        if self.model is not None and grip.kind.startswith("range"):
            self.dragged = None
            self._open_menu(self.model.ranges[grip.number], grip.number).popup(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms to the cursor, plain scrolls."""
        turn = event.angleDelta()
        notches = (turn.y() or turn.x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP**notches, event.position().x() - HEAD_WIDTH)
        else:
            self.scroll_by(-notches * SCROLL_STEP)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole shot again."""
        self.fit()

    # Pulling

    def _pull(self, point: QPointF, snapping: bool) -> None:
        grip, model = self._grip, self.model
        if grip is None or model is None:
            return
        frames = round((point.x() - grip.x) / self.scale.per_frame)
        if grip.kind == "playhead":
            self._transport.go(model.span.first + self.frame_at(point.x()))
        elif grip.kind == "new-range":
            first, last = sorted((self.frame_at(grip.x), self.frame_at(point.x())))
            self.dragged = Dragged(range=RangeSetting(first, last, "keep"))
        elif grip.kind.startswith("range"):
            self.dragged = self._pulled_range(grip, frames)
        else:
            self.dragged = self._pulled_line(grip, frames, snapping)
        self.update()

    def _pulled_range(self, grip: _Grip, frames: int) -> Dragged:
        assert self.model is not None
        old = self.model.ranges[grip.number]
        first, last = old.first, old.last
        if grip.kind in ("range", "range-first"):
            first += frames
        if grip.kind in ("range", "range-last"):
            last += frames
        first, last = (min(first, old.last), last) if grip.kind == "range-first" else (first, last)
        return Dragged(range=replace(old, first=first, last=max(first, last)), replaces=grip.number)

    def _pulled_line(self, grip: _Grip, frames: int, snapping: bool) -> Dragged:
        assert self.model is not None
        held = self.model.lines[grip.number]
        length, at = held.frames, held.first
        if grip.kind == "lips":
            return Dragged(grip.number, at, lips=self.model.lip_offset + frames)
        rate = self.model.span.rate
        if grip.kind == "begin":
            earliest = -int(held.line.take.start * rate)
            cut = min(max(frames, earliest), int(length) - LINE_FRAMES_LEAST)
            return Dragged(grip.number, at + cut, (cut, 0))
        if grip.kind == "end":
            cut = min(
                max(-frames, -self._unheard(held.line, rate)), int(length) - LINE_FRAMES_LEAST
            )
            return Dragged(grip.number, at, (0, cut))
        wanted = at + frames
        return Dragged(grip.number, self._snapped(wanted, length) if snapping else wanted)

    def _unheard(self, line: Line, rate: Fraction) -> int:
        """Return how many frames the file goes on after the line's out point."""
        if line.take.length is None:
            return 0
        whole = self._pictures.seconds(replace(line.take, start=Fraction(0), length=None, label=""))
        after = (whole or Fraction(0)) - line.take.start - line.take.length
        return max(0, int(after * rate))

    def _snapped(self, at: int, length: float) -> int:
        """Return the frame near `at` with which begin or end of a line lies on a mark."""
        assert self.model is not None
        marks = [*self.model.snaps, self._transport.frame - self._transport.span.first]
        near = [mark - edge for mark in marks for edge in (0, round(length))]
        best = min(near, key=lambda place: abs(place - at))
        return best if abs(best - at) * self.scale.per_frame <= SNAP_PIXELS else at

    def _decide(self, dragged: Dragged) -> None:
        document, model = self._document, self.model
        if model is None:
            return
        if dragged.line is not None and dragged.lips is not None:
            document.change_shot(self.tr("nudge the lips"), lip_offset=dragged.lips)
        elif dragged.line is not None and dragged.cut is not None and any(dragged.cut):
            self._cut_line(dragged.line, dragged.cut)
        elif dragged.line is not None:
            document.place_line(dragged.line, dragged.at)
        elif dragged.range is not None and dragged.replaces is not None:
            ranges = list(model.ranges)
            ranges[dragged.replaces] = dragged.range
            document.set_ranges(ranges, self.tr("change a range"))

    def _cut_line(self, number: int, cut: tuple[int, int]) -> None:
        """Let a line begin later and end earlier by frames; what is left stays where it lies."""
        assert self.model is not None
        given, clip = self._document.decisions(self._document.clip), self._document.clip
        if given is None or clip is None:
            return
        held, frame = self.model.lines[number], 1 / self.model.span.rate
        line = held.line
        length = line.take.length or self._pictures.seconds(line.take)
        if length is None:
            return
        take = replace(
            line.take, start=line.take.start + cut[0] * frame, length=length - sum(cut) * frame
        )
        changed = given.with_line(number, take=take, at=line.at + cut[0])
        self._document.assign({clip: changed}, self.tr("set in and out"))

    # Ranges

    def _ask_for_range(self, event: QMouseEvent) -> None:
        """Offer what the frames drawn shall do; where nothing is chosen, nothing is decided."""
        assert self.dragged is not None
        assert self.dragged.range is not None
        self._open_menu(self.dragged.range).popup(event.globalPosition().toPoint())

    def _open_menu(self, setting: RangeSetting, number: int | None = None) -> QMenu:
        if self.menu is not None:
            self.menu.deleteLater()
        menu = self.menu = QMenu(self)
        for mouth in RANGES:
            if mouth != "move":
                new = replace(setting, mouth=mouth, strength=1.0)
                menu.addAction(mouth_name(mouth), lambda new=new: self.put_range(new, number))
        moved = mouth_name("move")
        strengths = menu.addMenu(moved)
        for strength in OFFERED_STRENGTHS:
            new = replace(setting, mouth="move", strength=strength)
            strengths.addAction(f"{strength:g}", lambda new=new: self.put_range(new, number))
        ramps = menu.addMenu(self.tr("Ramp"))
        for ramp in OFFERED_RAMPS:
            new = replace(setting, ramp=ramp)
            words = self.tr("{count} frames").format(count=ramp)
            ramps.addAction(words, lambda new=new: self.put_range(new, number))
        if number is not None:
            menu.addSeparator()
            menu.addAction(self.tr("Remove"), lambda: self.remove_range(number))
        menu.aboutToHide.connect(self._forget_drawn)
        return menu

    def _forget_drawn(self) -> None:
        self.dragged = None
        self.update()

    def put_range(self, setting: RangeSetting, number: int | None = None) -> None:
        """Decide about a range: a new one, or in place of one there is."""
        ranges = list(self.model.ranges) if self.model else []
        if number is None:
            self._document.set_ranges([*ranges, setting], self.tr("add a range"))
        elif number < len(ranges):
            ranges[number] = setting
            self._document.set_ranges(ranges, self.tr("change a range"))

    def remove_range(self, number: int) -> None:
        """Take a range away."""
        ranges = list(self.model.ranges) if self.model else []
        if number < len(ranges):
            del ranges[number]
            self._document.set_ranges(ranges, self.tr("remove a range"))

    # What is said

    def tip(self, point: QPointF) -> str:
        """Return what lies under a point, in words."""
        model = self.model
        if model is None or point.x() < HEAD_WIDTH or point.y() < RULER_HEIGHT:
            return ""
        frame = self.frame_at(point.x())
        if self.result_row().adjusted(0, -2, 0, 2).contains(point):
            faults = [say(f.words) for f in model.faults if f.first <= frame < f.end]
            run = next((run for run in model.runs if run.first <= frame < run.end), None)
            if run is None:
                return "\n".join(faults)
            words = run.words and self.tr("kept: {why}").format(why=say(run.words))
            count = self.tr("frames {first} to {last}").format(first=run.first, last=run.end - 1)
            return "\n".join([f"{count}: {words or self.tr('dubbed')}", *faults])
        if self.ranges_row().contains(point):
            under = [r for r in model.ranges if r.first <= frame <= r.last]
            return range_text(under[0]) if under else self.tr("Draw a range with the mouse.")
        return ""

    def _show_cursor(self, point: QPointF) -> None:
        kind = self._grip_at(point).kind
        edges = ("begin", "end", "range-first", "range-last")
        hand = Qt.CursorShape.OpenHandCursor if kind in ("line", "range") else None
        shape = Qt.CursorShape.SizeHorCursor if kind in edges else hand
        self.setCursor(shape or Qt.CursorShape.ArrowCursor)
