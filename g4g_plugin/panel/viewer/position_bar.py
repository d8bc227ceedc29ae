"""The bar below the picture: where the frame lies in the shot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from g4g_plugin.core.shot import Dub
from g4g_plugin.panel.viewer.transport import Transport

DUBBED_COLOUR = QColor("#57d38c")


class PositionBar(QWidget):
    """Where the frame lies in the shot: marks, dubbed range, and a click to go there."""

    def __init__(
        self, transport: Transport, shown_dub: Callable[[], Dub | None], parent: QWidget
    ) -> None:
        """Args:
        transport: the playhead that is drawn and moved.
        shown_dub: returns the dub whose ranges are drawn.
        parent: the viewer.
        """
        super().__init__(parent)
        self._transport, self._shown_dub = transport, shown_dub
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
        if not self.isEnabled():  # nothing is shown
            return
        low = span.first if move.mark_in is None else move.mark_in
        high = span.end if move.mark_out is None else move.mark_out + 1
        painter.fillRect(
            QRectF(self._x(low), 4, self._x(high) - self._x(low), 10), self.palette().mid()
        )
        dub = self._shown_dub()
        if self.ranges and dub is not None:
            self._draw_ranges(painter, dub)
        x = self._x(move.frame)
        painter.fillRect(
            QRectF(x, 0, max(2.0, self._x(move.frame + 1) - x), 18), self.palette().highlight()
        )

    def _draw_ranges(self, painter: QPainter, dub: Dub) -> None:
        """Draw which frames were dubbed; hatched where the dub does not say."""
        known = dub.dubbed is not None
        brush = QBrush(
            DUBBED_COLOUR, Qt.BrushStyle.SolidPattern if known else Qt.BrushStyle.BDiagPattern
        )
        span = self._transport.span
        for run in dub.dubbed if dub.dubbed is not None else (dub.available,):
            first, end = max(run.first, span.first), min(run.end, span.end)
            if first < end:
                painter.fillRect(
                    QRectF(self._x(first), 12, self._x(end) - self._x(first), 6), brush
                )

    def _ranges_text(self) -> str:
        dub = self._shown_dub()
        if not self.ranges or dub is None:
            return ""
        if dub.dubbed is None:
            return self.tr(
                "This dub is of an older version and does not say which of its frames were dubbed."
            )
        return self.tr("{count} frames dubbed, {kept} kept").format(
            count=dub.frames_dubbed, kept=dub.frames_kept
        )

    def event(self, event: QEvent) -> bool:
        """Explain the ranges when the mouse rests on them."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self._ranges_text())
        return super().event(event)

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
