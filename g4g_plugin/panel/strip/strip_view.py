"""How the timeline strip looks: tracks and clips to scale, with states, thumbnails and waveforms;
only what is seen is drawn.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from g4g_plugin.core.decisions import Take
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.strip.lanes import Lane, lanes_of
from g4g_plugin.panel.strip.painting import (
    MARK_HEIGHT,
    TEXT_HEIGHT,
    ClipAppearance,
    draw_clip,
    draw_ruler,
    draw_sound,
)
from g4g_plugin.panel.strip.time_scale import TimeScale, fitted, visible
from g4g_plugin.project.edit import Sound
from g4g_plugin.project.markers import Mark, dub_marks

RULER_HEIGHT = 26  # pixels: a line of text and the ticks
HEAD_WIDTH = 40  # pixels of track names at the left: "V12"
TRACK_HEIGHT = 62  # pixels: a name, a picture of 44 and a wave over it
SOUND_HEIGHT = 34  # pixels
LANE_GAP = 2  # pixels


class StripView(QAbstractScrollArea):
    """Draws the open timeline, and knows where each clip lies."""

    def __init__(
        self, document: Document, pictures: PictureCache, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._pictures = document, pictures
        self.lanes: list[Lane] = []
        self.scale = TimeScale()
        self.playhead = 0
        self._span = (0, 1)
        self._rate = Fraction(25)
        self._drop = False
        self._drop_target: str | None = None
        self._marks: dict[
            str, list[Mark]
        ] = {}  # by clip, in order; those of the timeline itself under ""
        self._sounds: dict[str, Sound] = {}
        self._selection_frame: tuple[QPoint, QPoint] | None = None
        self.setMinimumHeight(RULER_HEIGHT + TRACK_HEIGHT + 20)
        self.setAccessibleName(self.tr("Timeline"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.viewport().update())
        document.opened.connect(self.reload)
        document.changed.connect(self.viewport().update)
        document.progressed.connect(self.viewport().update)
        document.selection_changed.connect(self.viewport().update)
        pictures.arrived.connect(self.viewport().update)

    def reload(self) -> None:
        """Lay out the open timeline, and show all of it."""
        edit = self._document.edit
        self.lanes = lanes_of(self._document)
        self._marks = {}
        for mark in self._document.marks:
            self._marks.setdefault(mark.clip, []).append(mark)
        self._sounds = (
            {sound.clip: sound for track in edit.sounds.values() for sound in track} if edit else {}
        )
        if edit is None:
            return
        self._rate = edit.rate
        self._drop = any(slot.drop for slot in edit.slots)
        ends = [lane.ends[-1] for lane in self.lanes if lane.ends]
        self._span = (edit.start, max(ends, default=edit.start + 1))
        self.playhead = self._document.slot.record.first if self._document.slot else edit.start
        self.fit()

    def _clip_marks(self, clip: str) -> list[Mark]:
        """Return the markers of a clip, and what was found in its dub."""
        slot = self._document.slots.get(clip)
        found = dub_marks(slot, self._document.shown_dub(clip)) if slot is not None else []
        return sorted([*self._marks.get(clip, []), *found], key=lambda mark: mark.frame)

    def fit(self) -> None:
        """Show the whole timeline."""
        self._set_scale(fitted(*self._span, self._width()))

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Zoom about a pixel, else about the playhead."""
        about = self.scale.x(self.playhead) if x is None else x
        if not 0 <= about <= self._width():
            about = self._width() / 2
        least = fitted(*self._span, self._width()).per_frame
        self._set_scale(self.scale.zoomed(factor, about, least))

    def set_playhead(self, frame: int) -> None:
        """Draw the playhead at a timeline frame, scrolled into view."""
        if frame == self.playhead:
            return
        self.playhead = frame
        x = self.scale.x(frame)
        if not 0 <= x <= self._width():
            self._set_scale(
                TimeScale(frame - self._width() / self.scale.per_frame / 4, self.scale.per_frame)
            )
        self.viewport().update()

    def bring_into_sight(self, clip: str) -> None:
        """Scroll so far that a clip's beginning and its track are seen."""
        first = self._document.slots[clip].record.first
        if not 0 <= self.scale.x(first) <= self._width() - 8:
            self._set_scale(
                TimeScale(first - self._width() / self.scale.per_frame / 4, self.scale.per_frame)
            )
        place, bar = self.rect_of(clip), self.verticalScrollBar()
        if place.top() < RULER_HEIGHT:
            bar.setValue(bar.value() + place.top() - RULER_HEIGHT)
        elif place.bottom() > self.viewport().height():
            bar.setValue(bar.value() + place.bottom() - self.viewport().height() + LANE_GAP)

    def _width(self) -> int:
        return max(self.viewport().width() - HEAD_WIDTH, 1)

    def _set_scale(self, scale: TimeScale) -> None:
        start, end = self._span
        self.scale = scale.bounded(start, end, self._width())
        bar = self.horizontalScrollBar()
        bar.blockSignals(True)
        bar.setPageStep(self._width())
        bar.setRange(0, max(0, round((end - start) * self.scale.per_frame) - self._width()))
        bar.setValue(round((self.scale.first - start) * self.scale.per_frame))
        bar.blockSignals(False)
        tall = RULER_HEIGHT + sum(self._lane_height(lane) + LANE_GAP for lane in self.lanes)
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, tall - self.viewport().height()))
        self.viewport().update()

    def _scrolled(self, value: int) -> None:
        self.scale = TimeScale(self._span[0] + value / self.scale.per_frame, self.scale.per_frame)
        self.viewport().update()

    def _lane_height(self, lane: Lane) -> int:
        return SOUND_HEIGHT if lane.sound else TRACK_HEIGHT

    def _rows(self) -> list[tuple[Lane, int]]:
        y, rows = RULER_HEIGHT - self.verticalScrollBar().value(), []
        for lane in self.lanes:
            rows.append((lane, y))
            y += self._lane_height(lane) + LANE_GAP
        return rows

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is seen."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self.palette().base())
        if not self.lanes:
            painter.setPen(self.palette().placeholderText().color())
            text = self.tr("Drop a timeline here, or open one with Ctrl+O.")
            painter.drawText(self.viewport().rect(), int(Qt.AlignmentFlag.AlignCenter), text)
            return
        for lane, y in self._rows():
            if y + self._lane_height(lane) > RULER_HEIGHT and y < self.viewport().height():
                self._draw_lane(painter, lane, y)
        self._draw_heads(painter)
        self._draw_ruler(painter)
        if self._selection_frame is not None:
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(QRect(*self._selection_frame).normalized())

    def _draw_lane(self, painter: QPainter, lane: Lane, y: int) -> None:
        painter.save()
        painter.setClipRect(
            HEAD_WIDTH, max(y, RULER_HEIGHT), self._width(), self._lane_height(lane)
        )
        painter.fillRect(
            HEAD_WIDTH, y, self._width(), self._lane_height(lane), self.palette().alternateBase()
        )
        painter.translate(HEAD_WIDTH, y)
        drawn = (
            -2.0
        )  # the right edge of what was drawn last: clips thinner than a pixel are drawn once
        for at in visible(
            lane.starts, lane.ends, self.scale.first, self.scale.frame(self._width())
        ):
            left, right = self.scale.x(lane.starts[at]), self.scale.x(lane.ends[at])
            if right - drawn < 1.0:
                continue
            drawn = max(right, left + 1.0)
            rect = QRectF(left, 1, drawn - left, self._lane_height(lane) - 2)
            if lane.sound:
                draw_sound(
                    painter,
                    rect,
                    lane.labels[at],
                    self.palette(),
                    self._sound_peaks(lane.clips[at], rect),
                )
            else:
                draw_clip(
                    painter, rect, self._appearance(lane, at, rect), self.palette(), self._width()
                )
        painter.restore()

    def _appearance(self, lane: Lane, at: int, rect: QRectF) -> ClipAppearance:
        clip = lane.clips[at]
        document = self._document
        given = document.decisions(clip)
        wide = rect.width() > 24
        return ClipAppearance(
            label=lane.labels[at],
            state=document.state(clip),
            selected=clip in document.selection,
            over=clip == self._drop_target,
            share=document.progress_of(clip),
            picture=self._pictures.thumbnail(document.slots[clip], int(rect.height()))
            if wide
            else None,
            peaks=self._pictures.peaks(given.take)
            if wide and given and document.preferences.waveforms
            else None,
            stretch=self._pictures.stretch(given.take, document.slots[clip].record)
            if given
            else 1.0,
            begin=given.lines[0].at / document.slots[clip].source.count if given else 0.0,
            marks=tuple((self.scale.x(mark.frame), mark) for mark in self._clip_marks(clip))
            if wide
            else (),
        )

    def _sound_peaks(self, clip: str, rect: QRectF) -> NDArray[np.float32] | None:
        sound = self._sounds.get(clip)
        if sound is None or sound.media is None or sound.start is None or rect.width() < 24:
            return None
        if not self._document.preferences.waveforms:
            return None
        return self._pictures.peaks(
            Take(sound.media, max(sound.start, Fraction(0)), sound.seconds, sound.channel)
        )

    def _draw_heads(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, HEAD_WIDTH, self.viewport().height(), self.palette().window())
        painter.setPen(self.palette().windowText().color())
        for lane, y in self._rows():
            painter.drawText(
                QRect(0, y, HEAD_WIDTH, self._lane_height(lane)),
                int(Qt.AlignmentFlag.AlignCenter),
                lane.name,
            )
        painter.fillRect(0, 0, HEAD_WIDTH, RULER_HEIGHT, self.palette().window())

    def _draw_ruler(self, painter: QPainter) -> None:
        painter.save()
        painter.translate(HEAD_WIDTH, 0)
        painter.setClipRect(0, 0, self._width(), self.viewport().height())
        painter.fillRect(0, 0, self._width(), RULER_HEIGHT, self.palette().window())
        draw_ruler(
            painter,
            self._width(),
            RULER_HEIGHT,
            self.scale,
            self._rate,
            self._drop,
            self.palette(),
            self._marks.get("", ()),
        )
        x = self.scale.x(self.playhead)
        painter.setPen(self.palette().brightText().color())
        painter.drawLine(QPointF(x, 0), QPointF(x, self.viewport().height()))
        painter.restore()

    # Where things are

    def clip_at(self, point: QPoint) -> str | None:
        """Return the video clip under a point of the viewport."""
        if point.x() < HEAD_WIDTH or point.y() < RULER_HEIGHT:
            return None
        frame = self.scale.frame(point.x() - HEAD_WIDTH)
        for lane, y in self._rows():
            if not lane.sound and y <= point.y() < y + self._lane_height(lane):
                found = visible(lane.starts, lane.ends, frame, frame + 1e-9)
                return lane.clips[found[0]] if found else None
        return None

    def marks_at(self, point: QPoint) -> list[Mark]:
        """Return the markers under a point of the viewport: of the timeline on the ruler, of a clip
        in the clip.
        """
        x = point.x() - HEAD_WIDTH
        if point.y() < RULER_HEIGHT:
            return [
                mark
                for mark in self._marks.get("", ())
                if abs(self.scale.x(mark.frame) - x) <= MARK_HEIGHT / 2 + 1
            ]
        for lane, y in self._rows():
            if not lane.sound and y + TEXT_HEIGHT <= point.y() <= y + TEXT_HEIGHT + MARK_HEIGHT + 2:
                seen_clips = visible(
                    lane.starts,
                    lane.ends,
                    self.scale.frame(x - MARK_HEIGHT),
                    self.scale.frame(x + MARK_HEIGHT),
                )
                near = [mark for at in seen_clips for mark in self._clip_marks(lane.clips[at])]
                return [
                    mark
                    for mark in near
                    if abs(self.scale.x(mark.frame) - x) <= MARK_HEIGHT / 2 + 1
                ]
        return []

    def rect_of(self, clip: str) -> QRect:
        """Return where a clip is drawn in the viewport; empty where it is not."""
        for lane, y in self._rows():
            if clip in lane.clips and not lane.sound:
                at = lane.clips.index(clip)
                left, right = self.scale.x(lane.starts[at]), self.scale.x(lane.ends[at])
                return QRect(
                    HEAD_WIDTH + round(left),
                    y,
                    max(1, round(right - left)),
                    self._lane_height(lane),
                )
        return QRect()

    def ordered(self) -> list[str]:
        """Return the video clips in order of track and time."""
        return [clip for lane in self.lanes if not lane.sound for clip in lane.clips]
