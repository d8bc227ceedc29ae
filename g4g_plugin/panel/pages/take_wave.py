"""The waveform of a take with its in and out, which can be pulled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from g4g_plugin.panel.widgets.waveform import TAKE_COLOUR, draw_wave

SHORTEST_TAKE = 0.04  # seconds: one frame at 25 fps


class TakeWave(QWidget):
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
        painter.fillRect(whole, TAKE_COLOUR)
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
            self._begin = min(at, self._end - SHORTEST_TAKE)
        else:
            self._end = max(at, self._begin + SHORTEST_TAKE)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._pulling is not None:
            self._pulling = None
            self.ranged.emit(max(self._begin, 0.0), self._end)
