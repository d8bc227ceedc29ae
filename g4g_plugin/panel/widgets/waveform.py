"""How a waveform is drawn, on the strip and on the page of takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

WAVE_COLOUR = QColor("#d9ccff")
TAKE_COLOUR = QColor("#4d4370")  # behind it


def draw_wave(painter: QPainter, box: QRectF, peaks: NDArray[np.float32], clip: QRectF) -> None:
    """Draw an outline into `box`; what lies beyond `clip` (a take longer than its clip) is left
    out.

    Args:
        painter: of the widget.
        box: of the whole wave.
        peaks: the outline.
        clip: what lies beyond it (a take longer than its clip) is left out.
    """
    count = max(2, min(len(peaks), int(box.width())))
    picked = peaks[np.linspace(0, len(peaks) - 1, count).astype(int)]
    xs = np.linspace(box.left(), box.right(), count)
    half = box.height() / 2
    middle = box.center().y()
    top = [
        QPointF(x, middle - p * half) for x, p in zip(xs, picked, strict=True) if x <= clip.right()
    ]
    low = [QPointF(p.x(), 2 * middle - p.y()) for p in reversed(top)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(WAVE_COLOUR)
    painter.drawPolygon(QPolygonF([*top, *low]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
