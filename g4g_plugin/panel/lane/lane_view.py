"""How the lip lane looks: rows one above the other, a frame of the shot at each place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from g4g_plugin.core.assessment import Rating
from g4g_plugin.core.decisions import RangeSetting
from g4g_plugin.panel.lane.lane_model import LaneLine, LaneModel, Result, lane_model
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.strip.time_scale import TimeScale, fitted, ruler_step
from g4g_plugin.panel.viewer.transport import Transport
from g4g_plugin.panel.widgets.range_look import mouth_text, range_colour
from g4g_plugin.panel.widgets.waveform import TAKE_COLOUR, draw_wave

HEAD_WIDTH = 64  # pixels of row names at the left: "Original"
RULER_HEIGHT = 18  # pixels: one line of frame numbers
RANGES_HEIGHT = 20  # pixels: a line of text
RESULT_HEIGHT = 10  # pixels: a stripe of what became of each frame, one of what is wrong there
FAULT_HEIGHT = 4  # pixels of it
LEAST_WAVE = 20  # pixels of a sound's row, at least
ROW_GAP = 2  # pixels between rows
SHOT_MARGIN = 0.04  # of the shot's length, shown before and after it
ORIGINAL_COLOUR = QColor("#2f4a48")  # as sounds on the strip
RESULT_COLOURS: dict[Result, str] = {"dubbed": "#57d38c", "covered": "#e09a3e", "kept": "#8b9096"}

FAULT_COLOURS: dict[Rating, str] = {"good": "#2d9a55", "look": "#d69a1c", "bad": "#d6454f"}


@dataclass(slots=True)
class Dragged:
    """What the mouse is pulling: a line to another frame, or a range that is not decided yet."""

    line: int | None = None  # its number
    at: int = 0  # the frame with which it would begin
    cut: tuple[int, int] | None = None  # frames it would begin later and end earlier
    lips: int | None = None  # the lip offset there would be
    range: RangeSetting | None = None  # as it would be
    replaces: int | None = None  # the number of the range that it would replace


class LaneView(QWidget):
    """Draws the selected shot's lane, and knows where everything lies on it."""

    def __init__(
        self,
        document: Document,
        pictures: PictureCache,
        transport: Transport,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._pictures, self._transport = document, pictures, transport
        self.model: LaneModel | None = None
        self.scale = TimeScale()
        self.dragged: Dragged | None = None
        self._shot: object = None  # the shot that the scale was made for
        self.setMinimumHeight(
            RULER_HEIGHT + RANGES_HEIGHT + RESULT_HEIGHT + 2 * LEAST_WAVE + 5 * ROW_GAP
        )
        self.setAccessibleName(self.tr("Lip lane"))
        document.opened.connect(self.reload)
        document.changed.connect(self.reload)
        document.selection_changed.connect(self.reload)
        pictures.arrived.connect(self.reload)
        transport.moved.connect(self.update)
        transport.marks_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Have room for the waves."""
        return QSize(600, self.minimumHeight() + 40)

    def reload(self) -> None:
        """Show what is decided now; another shot is shown whole."""
        self.model = lane_model(self._document, self._pictures)
        shot = None if self.model is None else (self._document.clip, self.model.span)
        if shot != self._shot:
            self._shot = shot
            self.fit()
        self.update()

    # Scale

    def _bounds(self) -> tuple[int, int]:
        """Return the frames that can be shown: the shot, its lines, and a margin."""
        if self.model is None:
            return 0, 1
        count = self.model.span.count
        margin = max(2, round(count * SHOT_MARGIN))
        firsts = [line.first for line in self.model.lines]
        ends = [round(line.first + line.frames) for line in self.model.lines]
        return min(0, *firsts, 0) - margin, max(count, *ends, 0) + margin

    def fit(self) -> None:
        """Show the whole shot, with a margin."""
        count = self.model.span.count if self.model else 1
        margin = max(2, round(count * SHOT_MARGIN))
        self.scale = fitted(-margin, count + margin, self._width())
        self.update()

    def zoom(self, factor: float, x: float) -> None:
        """Zoom about a pixel."""
        least = fitted(*self._bounds(), self._width()).per_frame
        self.scale = self.scale.zoomed(factor, x, least).bounded(*self._bounds(), self._width())
        self.update()

    def scroll_by(self, pixels: float) -> None:
        """Show what lies further on."""
        self.scale = self.scale.scrolled(pixels).bounded(*self._bounds(), self._width())
        self.update()

    def _width(self) -> int:
        return max(self.width() - HEAD_WIDTH, 1)

    # Where things are

    def _wave_height(self) -> float:
        rows = 1 + max(1, len(self.model.lines) if self.model else 1)
        room = self.height() - RULER_HEIGHT - RANGES_HEIGHT - RESULT_HEIGHT - (rows + 2) * ROW_GAP
        return max(room / rows, 12.0)

    def original_rect(self) -> QRectF:
        """Return the row of the original's sound, without its name."""
        return QRectF(HEAD_WIDTH, RULER_HEIGHT, self._width(), self._wave_height())

    def line_row(self, number: int) -> QRectF:
        """Return the row of a line."""
        height = self._wave_height()
        top = RULER_HEIGHT + (number + 1) * (height + ROW_GAP)
        return QRectF(HEAD_WIDTH, top, self._width(), height)

    def line_rect(self, number: int) -> QRectF:
        """Return where a line is drawn."""
        assert self.model is not None
        drawn, row = self._as_dragged(number, self.model.lines[number]), self.line_row(number)
        left = HEAD_WIDTH + self.scale.x(drawn.first)
        return QRectF(left, row.top(), drawn.frames * self.scale.per_frame, row.height())

    def ranges_row(self) -> QRectF:
        """Return the row of the ranges."""
        count = len(self.model.lines) if self.model else 0
        top = self.line_row(max(count, 1) - 1).bottom() + ROW_GAP
        return QRectF(HEAD_WIDTH, top, self._width(), RANGES_HEIGHT)

    def range_rect(self, setting: RangeSetting) -> QRectF:
        """Return where a range is drawn."""
        row = self.ranges_row()
        left, right = self.scale.x(setting.first), self.scale.x(setting.last + 1)
        return QRectF(HEAD_WIDTH + left, row.top(), max(right - left, 3.0), row.height())

    def result_row(self) -> QRectF:
        """Return the stripe of what became of each frame."""
        return QRectF(
            HEAD_WIDTH, self.ranges_row().bottom() + ROW_GAP, self._width(), RESULT_HEIGHT
        )

    def frame_at(self, x: float) -> int:
        """Return the frame of the shot under a pixel."""
        return int(self.scale.frame(x - HEAD_WIDTH) // 1)

    def x_of(self, frame: float) -> float:
        """Return the pixel of a frame's left edge."""
        return HEAD_WIDTH + self.scale.x(frame)

    def _as_dragged(self, number: int, line: LaneLine) -> LaneLine:
        dragged = self.dragged
        if dragged is None or dragged.line != number:
            return line
        moved = replace(line, line=replace(line.line, at=dragged.at))
        if dragged.cut is not None:
            return replace(moved, frames=line.frames - sum(dragged.cut))
        return moved

    def shown_ranges(self) -> Iterator[RangeSetting]:
        """Yield the ranges as they would be when the mouse lets go now."""
        ranges = list(self.model.ranges) if self.model else []
        dragged = self.dragged
        if dragged is not None and dragged.range is not None:
            if dragged.replaces is None:
                ranges.append(dragged.range)
            else:
                ranges[dragged.replaces] = dragged.range
        yield from ranges

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, the names at the left, and the playhead."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if self.model is None:
            painter.setPen(self.palette().placeholderText().color())
            words = self.tr("The lane of the selected shot.")
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), words)
            return
        painter.setClipRect(HEAD_WIDTH, 0, self._width(), self.height())
        self._draw_original(painter)
        for number in range(len(self.model.lines)):
            self._draw_line(painter, number)
        if not self.model.lines:
            self._draw_hint(painter)
        self._draw_ranges(painter)
        self._draw_result(painter)
        self._draw_outside(painter)
        self._draw_ruler(painter)
        self._draw_playhead(painter)
        painter.setClipping(False)
        self._draw_names(painter)

    def _draw_original(self, painter: QPainter) -> None:
        assert self.model is not None
        row = self.original_rect()
        left, right = self.x_of(0), self.x_of(self.model.span.count)
        box = QRectF(left, row.top(), right - left, row.height())
        painter.fillRect(box, ORIGINAL_COLOUR)
        if self.model.original is not None:
            draw_wave(painter, box, self.model.original, box)

    def _draw_line(self, painter: QPainter, number: int) -> None:
        assert self.model is not None
        line, box = self.model.lines[number], self.line_rect(number)
        held = self.dragged is not None and self.dragged.line == number
        painter.fillRect(box, TAKE_COLOUR.lighter(130) if held else TAKE_COLOUR)
        if line.peaks is not None:
            self._draw_line_wave(painter, line.peaks, box, line)
        painter.setPen(QPen(self.palette().highlight().color(), 2 if held else 1))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        self._draw_label(painter, box.intersected(self.line_row(number)), number)

    def _draw_label(self, painter: QPainter, box: QRectF, number: int) -> None:
        """Write a line's name on a plate of its own, so that it is read over the wave."""
        assert self.model is not None
        text, metrics = self._line_text(self.model.lines[number], number), painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(int(box.width()) - 8, 0))
        wide = metrics.horizontalAdvance(text)
        plate = QColor(TAKE_COLOUR.darker(160))
        plate.setAlpha(200)
        place = QRectF(box.left() + 2, box.top() + 2, wide + 6, metrics.height())
        if text:
            painter.fillRect(place, plate)
        painter.setPen(Qt.GlobalColor.white)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)

    def _draw_line_wave(
        self, painter: QPainter, peaks: object, box: QRectF, line: LaneLine
    ) -> None:
        """Draw the outline; while an end is pulled, what is cut off lies outside the box."""
        whole = QRectF(box)
        dragged = self.dragged
        if dragged is not None and dragged.cut is not None and dragged.line is not None:
            begin, end = (cut * self.scale.per_frame for cut in dragged.cut)
            mine = self.model is not None and self.model.lines[dragged.line] is line
            whole = box.adjusted(-begin, 0, end, 0) if mine else whole
        painter.save()
        painter.setClipRect(box.intersected(QRectF(HEAD_WIDTH, 0, self._width(), self.height())))
        draw_wave(painter, whole, peaks, whole)  # type: ignore[arg-type]
        painter.restore()

    def _line_text(self, line: LaneLine, number: int) -> str:
        """Say the line's name, where it begins, and how the lips lie to it."""
        assert self.model is not None
        dragged = self.dragged if self.dragged and self.dragged.line == number else None
        at = line.first if dragged is None else dragged.at
        lips = self.model.lip_offset if dragged is None or dragged.lips is None else dragged.lips
        words = line.line.take.label or line.line.take.audio.name
        if at:
            words += self.tr(" · at {frame}").format(frame=at)
        if lips:
            words += self.tr(" · lips {count:+d}").format(count=lips)
        return words

    def _draw_hint(self, painter: QPainter) -> None:
        painter.setPen(self.palette().placeholderText().color())
        words = self.tr("No take: drop an audio file on the clip, or press T.")
        painter.drawText(self.line_row(0), int(Qt.AlignmentFlag.AlignCenter), words)

    def _draw_ranges(self, painter: QPainter) -> None:
        painter.fillRect(self.ranges_row(), self.palette().alternateBase())
        for setting in self.shown_ranges():
            box, colour = self.range_rect(setting), range_colour(setting)
            if setting.ramp:
                ramp = setting.ramp * self.scale.per_frame
                faint = QColor(colour)
                faint.setAlpha(110)
                painter.fillRect(box.adjusted(-ramp, 5, ramp, -5), faint)
            painter.fillRect(box, colour)
            painter.setPen(Qt.GlobalColor.white)
            text = mouth_text(setting)
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, int(box.width()) - 6
            )
            painter.drawText(box.adjusted(4, 0, -2, 0), int(Qt.AlignmentFlag.AlignVCenter), shown)

    def _draw_result(self, painter: QPainter) -> None:
        assert self.model is not None
        row = self.result_row()
        for run in self.model.runs:
            left, right = self.x_of(run.first), self.x_of(run.end)
            box = QRectF(left, row.top(), right - left, row.height() - FAULT_HEIGHT - 1)
            painter.fillRect(box, QColor(RESULT_COLOURS[run.result]))
        for fault in self.model.faults:
            left, right = self.x_of(fault.first), self.x_of(fault.end)
            box = QRectF(left, row.bottom() - FAULT_HEIGHT, right - left, FAULT_HEIGHT)
            painter.fillRect(box, QColor(FAULT_COLOURS[fault.rating]))

    def _draw_outside(self, painter: QPainter) -> None:
        """Shade what lies beyond the shot: it is not heard."""
        assert self.model is not None
        shade = QColor(self.palette().window().color())
        shade.setAlpha(170)
        left, right = self.x_of(0), self.x_of(self.model.span.count)
        painter.fillRect(QRectF(HEAD_WIDTH, 0, left - HEAD_WIDTH, self.height()), shade)
        painter.fillRect(QRectF(right, 0, self.width() - right, self.height()), shade)

    def _draw_ruler(self, painter: QPainter) -> None:
        assert self.model is not None
        painter.fillRect(HEAD_WIDTH, 0, self._width(), RULER_HEIGHT, self.palette().window())
        painter.setPen(self.palette().windowText().color())
        step = ruler_step(self.scale, self.model.span.rate)
        frame = int(self.scale.first) // step * step
        while self.x_of(frame) < self.width():
            x = self.x_of(frame)
            painter.drawLine(QPointF(x, RULER_HEIGHT - 6), QPointF(x, RULER_HEIGHT))
            painter.drawText(QPointF(x + 3, RULER_HEIGHT - 5), str(frame))
            frame += step
        move = self._transport
        low, high = move.mark_in, move.mark_out
        if low is not None or high is not None:
            first = self.x_of((low if low is not None else move.span.first) - move.span.first)
            end = self.x_of((high if high is not None else move.span.end - 1) + 1 - move.span.first)
            painter.fillRect(QRectF(first, 0, end - first, 4), self.palette().highlight())

    def _draw_playhead(self, painter: QPainter) -> None:
        x = self.x_of(self._transport.frame - self._transport.span.first)
        wide = max(self.scale.per_frame, 1.0)
        shade = QColor(self.palette().brightText().color())
        shade.setAlpha(60)
        painter.fillRect(QRectF(x, 0, wide, self.height()), shade)
        painter.setPen(self.palette().brightText().color())
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))

    def _draw_names(self, painter: QPainter) -> None:
        assert self.model is not None
        painter.fillRect(0, 0, HEAD_WIDTH, self.height(), self.palette().window())
        painter.setPen(self.palette().windowText().color())
        many = len(self.model.lines) > 1
        rows = [(self.original_rect(), self.tr("Original"))]
        for number in range(max(1, len(self.model.lines))):
            name = self.tr("Line {number}").format(number=number + 1) if many else self.tr("Line")
            rows.append((self.line_row(number), name))
        rows.append((self.ranges_row(), self.tr("Ranges")))
        for row, name in rows:
            box = QRectF(4, row.top(), HEAD_WIDTH - 6, row.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), name)
