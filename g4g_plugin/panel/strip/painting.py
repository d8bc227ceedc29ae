"""How a clip, a sound, a ruler and a waveform look on the strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap, QPolygonF

from g4g_plugin.panel.strip.time_scale import TimeScale, label_frames
from g4g_plugin.panel.widgets.style import MARKER_COLOURS, state_colour, state_sign
from g4g_plugin.panel.widgets.waveform import draw_wave
from g4g_plugin.project.clip_state import ClipState
from g4g_plugin.project.markers import Mark

TEXT_HEIGHT = 16  # pixels of a line of text in a clip
MARK_HEIGHT = 9  # pixels, and nearly so wide


@dataclass(frozen=True, slots=True)
class ClipAppearance:
    """All that decides how a clip looks."""

    label: str
    state: ClipState
    selected: bool = False
    over: bool = False  # files hover over it
    share: float = 0.0  # of a running dub, 0..1
    picture: QPixmap | None = None
    marks: tuple[tuple[float, Mark], ...] = ()  # (pixel, marker), left to right
    peaks: NDArray[np.float32] | None = None
    stretch: float = 1.0  # the take's length over the clip's
    begin: float = 0.0  # where in the clip the take begins, of the clip's length


def draw_clip(
    painter: QPainter, rect: QRectF, look: ClipAppearance, palette: QPalette, width: int
) -> None:
    """Draw a clip.

    Args:
        painter: of the strip.
        rect: of the clip.
        look: what is drawn.
        palette: its colours.
        width: the pixels seen, so that the name stays in sight of a long clip.
    """
    colour = state_colour(look.state)
    painter.fillRect(rect, colour.lighter(140) if look.over else colour)
    if rect.width() >= 6:
        seen = rect.intersected(QRectF(0, rect.top(), width, rect.height()))
        if look.picture is not None:
            _draw_picture(painter, rect, look.picture)
        if look.peaks is not None:
            draw_wave(
                painter,
                QRectF(
                    rect.left() + rect.width() * look.begin,
                    rect.center().y(),
                    rect.width() * look.stretch,
                    rect.height() / 2 - 2,
                ),
                look.peaks,
                rect,
            )
        if look.state == "running":
            _draw_share(painter, rect, look.share)
        for x, mark in look.marks:
            draw_mark(painter, x, rect.top() + TEXT_HEIGHT, mark)
        _draw_name(painter, seen, look)
    if rect.width() >= 3:
        painter.setPen(
            QPen(
                palette.highlight().color() if look.selected else palette.base().color(),
                2 if look.selected else 1,
            )
        )
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))


def _draw_picture(painter: QPainter, rect: QRectF, picture: QPixmap) -> None:
    height = rect.height() - TEXT_HEIGHT - 2
    wide = min(picture.width() * height / max(picture.height(), 1), rect.width() - 2)
    source = QRectF(0, 0, picture.height() * wide / height, picture.height())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(
        QRectF(rect.left() + 1, rect.top() + TEXT_HEIGHT + 1, wide, height), picture, source
    )


def _draw_share(painter: QPainter, rect: QRectF, share: float) -> None:
    painter.fillRect(QRectF(rect.left(), rect.bottom() - 5, rect.width(), 5), QColor("#3a2408"))
    painter.fillRect(
        QRectF(rect.left(), rect.bottom() - 5, rect.width() * share, 5), QColor("#ffb454")
    )


def _draw_name(painter: QPainter, seen: QRectF, look: ClipAppearance) -> None:
    if seen.width() < 14:
        return
    percent = f" {look.share:.0%}" if look.state == "running" else ""
    text = f"{state_sign(look.state)}{percent} {look.label}".strip()
    line = QRectF(seen.left() + 4, seen.top() + 1, seen.width() - 6, TEXT_HEIGHT)
    painter.setPen(Qt.GlobalColor.white)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
    painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def draw_sound(
    painter: QPainter,
    rect: QRectF,
    label: str,
    palette: QPalette,
    peaks: NDArray[np.float32] | None = None,
) -> None:
    """Draw a clip of an audio track.

    Args:
        painter: of the strip.
        rect: of the clip.
        label: its name.
        palette: its colours.
        peaks: its wave.
    """
    painter.fillRect(rect, QColor("#2f4a48"))
    if peaks is not None:
        draw_wave(painter, rect.adjusted(0, 3, 0, -3), peaks, rect)
    if rect.width() > 20:
        painter.setPen(QColor("#e6f2f1"))
        line = rect.adjusted(4, 0, -2, 0)
        shown = painter.fontMetrics().elidedText(
            label, Qt.TextElideMode.ElideRight, int(line.width())
        )
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), shown)
    if rect.width() >= 3:
        painter.setPen(palette.base().color())
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))


def draw_ruler(
    painter: QPainter,
    width: int,
    height: int,
    scale: TimeScale,
    rate: Fraction,
    drop: bool,
    palette: QPalette,
    marks: Sequence[Mark],
) -> None:
    """Draw timecode labels, ticks and markers.

    Args:
        painter: of the strip.
        width: pixels.
        height: pixels.
        scale: of the strip.
        rate: frames per second.
        drop: whether it is drop-frame.
        palette: its colours.
        marks: the markers.
    """
    painter.setPen(palette.windowText().color())
    for frame, text in label_frames(scale, width, rate, drop):
        x = scale.x(frame)
        painter.drawLine(QPointF(x, height - 8), QPointF(x, height))
        painter.drawText(QPointF(x + 3, height - 10), text)
    for mark in marks:
        x = scale.x(mark.frame)
        if -6 <= x <= width + 6:
            draw_mark(painter, x, height - MARK_HEIGHT, mark)


def draw_mark(painter: QPainter, x: float, top: float, mark: Mark) -> None:
    """Draw a marker: a triangle in its colour that points down at its frame's left edge.

    Args:
        painter: of the strip.
        x: left edge of its frame.
        top: of the triangle.
        mark: the marker.
    """
    painter.setPen(QPen(QColor("#000000"), 0.5))
    painter.setBrush(QColor(MARKER_COLOURS.get(mark.colour, MARKER_COLOURS["WHITE"])))
    painter.drawPolygon(
        QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + MARK_HEIGHT)])
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
