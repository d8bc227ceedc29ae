"""How a waveform is drawn, on the strip, the lane and the page of takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

WAVE_COLOUR = QColor("#d9ccff")
TAKE_COLOUR = QColor("#4d4370")  # behind it
WAVE_HEIGHT = 0.9  # of the row's half height, for the loudest place: a quiet line is seen as well
LEAST_PEAK = 0.02  # what is quieter (-34 dB) is drawn as quiet: room tone is no speech


def draw_wave(painter: QPainter, box: QRectF, peaks: NDArray[np.float32], clip: QRectF) -> None:
    """Draw an outline into `box`, scaled to its loudest place; what lies beyond `clip` (a take
    longer than its clip) is left out.
    """
    count = max(2, min(len(peaks), int(box.width())))
    scale = WAVE_HEIGHT / max(float(peaks.max(initial=0.0)), LEAST_PEAK)
    picked = peaks[np.linspace(0, len(peaks) - 1, count).astype(int)] * scale
    xs = np.linspace(box.left(), box.right(), count)
    half = box.height() / 2
    middle = box.center().y()
    top = [
        QPointF(x, middle - p * half)
        for x, p in zip(xs, picked, strict=True)
        if clip.left() <= x <= clip.right()
    ]
    low = [QPointF(p.x(), 2 * middle - p.y()) for p in reversed(top)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(WAVE_COLOUR)
    painter.drawPolygon(QPolygonF([*top, *low]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
