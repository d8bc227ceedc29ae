"""The timeline strip: tracks and clips to scale, with states, thumbnails and waveforms; only what
is seen is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from g4g_plugin.core.shot import Take
from g4g_plugin.core.time import timecode
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Desk
from g4g_plugin.panel.strip.painting import LINE, MARK, Look, draw_clip, draw_ruler, draw_sound
from g4g_plugin.panel.strip.time_scale import Scale, fitted, seen
from g4g_plugin.panel.viewer.thumbnails import Pictures
from g4g_plugin.panel.widgets.style import state_text
from g4g_plugin.project.markers import Mark
from g4g_plugin.project.take_matching import is_audio
from g4g_plugin.timeline.edit import Sound

RULER = 26  # pixels
HEAD = 40  # pixels of track names at the left
TRACK = 62
SOUND = 34
GAP = 2
ZOOM = 1.25  # per wheel notch


@dataclass(slots=True)
class Lane:
    """One track as it is drawn: clips by place, sorted, so that what is seen is found by bisection."""

    name: str
    sound: bool
    clips: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def lanes_of(desk: Desk) -> list[Lane]:
    """Return the lanes of the edit on the desk: video from the top track down, then sound."""
    edit = desk.edit
    if edit is None:
        return []
    video: dict[str, Lane] = {}
    for slot in sorted(edit.slots, key=lambda slot: slot.record.first):
        lane = video.setdefault(slot.track, Lane(slot.track, False))
        _add(lane, slot.clip, slot.name or slot.clip, slot.record.first, slot.record.end)
    sound: dict[str, Lane] = {}
    for track, clips in edit.sounds.items():
        lane = sound.setdefault(track, Lane(track, True))
        for clip in sorted(clips, key=lambda clip: clip.begin):
            first, end = (
                edit.start + round(clip.begin * edit.rate),
                edit.start + round(clip.end * edit.rate),
            )
            _add(lane, clip.clip, clip.name, first, max(end, first + 1))
    return [
        *(video[name] for name in sorted(video, key=_order, reverse=True)),
        *(sound[n] for n in sorted(sound, key=_order)),
    ]


def _add(lane: Lane, clip: str, label: str, first: int, end: int) -> None:
    lane.clips.append(clip)
    lane.labels.append(label)
    lane.starts.append(first)
    lane.ends.append(end)


def _order(track: str) -> tuple[int, str]:
    digits = "".join(letter for letter in track if letter.isdigit())
    return (int(digits) if digits else 0, track)


class Strip(QAbstractScrollArea):
    """The timeline. Signals name clips and timeline frames; nothing is decided here."""

    moved = Signal(int)  # the playhead, in timeline frames
    dropped = Signal(list)  # [(clip, path)]
    shown = Signal(str)  # a clip was opened by double click or Enter
    opened = Signal(str)  # a timeline file was dropped

    def __init__(self, desk: Desk, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._pictures = desk, pictures
        self.lanes: list[Lane] = []
        self.scale = Scale()
        self.playhead = 0
        self._span = (0, 1)
        self._rate = Fraction(25)
        self._drop = False
        self._over: str | None = None
        self._marks: dict[
            str, list[Mark]
        ] = {}  # by clip, in order; those of the timeline itself under ""
        self._sounds: dict[str, Sound] = {}
        self._rubber: tuple[QPoint, QPoint] | None = None
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setMinimumHeight(RULER + TRACK + 20)
        self.setAccessibleName(self.tr("Timeline"))
        self._tell()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.viewport().update())
        desk.opened.connect(self.reload)
        desk.changed.connect(self.viewport().update)
        desk.stepped.connect(self.viewport().update)
        desk.selected.connect(self.viewport().update)
        for signal in (desk.selected, desk.changed):
            signal.connect(self._tell)
        pictures.arrived.connect(self.viewport().update)

    def reload(self) -> None:
        """Lay out the edit on the desk, and show all of it."""
        edit = self._desk.edit
        self.lanes = lanes_of(self._desk)
        self._marks = {}
        for mark in self._desk.marks:
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
        self.playhead = self._desk.slot.record.first if self._desk.slot else edit.start
        self.fit()

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
                Scale(frame - self._width() / self.scale.per_frame / 4, self.scale.per_frame)
            )
        self.viewport().update()

    def bring_into_sight(self, clip: str) -> None:
        """Scroll so far that a clip's beginning and its track are seen."""
        first = self._desk.slots[clip].record.first
        if not 0 <= self.scale.x(first) <= self._width() - 8:
            self._set_scale(
                Scale(first - self._width() / self.scale.per_frame / 4, self.scale.per_frame)
            )
        place, bar = self.rect_of(clip), self.verticalScrollBar()
        if place.top() < RULER:
            bar.setValue(bar.value() + place.top() - RULER)
        elif place.bottom() > self.viewport().height():
            bar.setValue(bar.value() + place.bottom() - self.viewport().height() + GAP)

    def _width(self) -> int:
        return max(self.viewport().width() - HEAD, 1)

    def _set_scale(self, scale: Scale) -> None:
        start, end = self._span
        self.scale = scale.held(start, end, self._width())
        bar = self.horizontalScrollBar()
        bar.blockSignals(True)
        bar.setPageStep(self._width())
        bar.setRange(0, max(0, round((end - start) * self.scale.per_frame) - self._width()))
        bar.setValue(round((self.scale.first - start) * self.scale.per_frame))
        bar.blockSignals(False)
        tall = RULER + sum(self._tall(lane) + GAP for lane in self.lanes)
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setRange(0, max(0, tall - self.viewport().height()))
        self.viewport().update()

    def _scrolled(self, value: int) -> None:
        self.scale = Scale(self._span[0] + value / self.scale.per_frame, self.scale.per_frame)
        self.viewport().update()

    def _tall(self, lane: Lane) -> int:
        return SOUND if lane.sound else TRACK

    def _rows(self) -> list[tuple[Lane, int]]:
        y, rows = RULER - self.verticalScrollBar().value(), []
        for lane in self.lanes:
            rows.append((lane, y))
            y += self._tall(lane) + GAP
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
            if y + self._tall(lane) > RULER and y < self.viewport().height():
                self._draw_lane(painter, lane, y)
        self._draw_heads(painter)
        self._draw_ruler(painter)
        if self._rubber is not None:
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(QRect(*self._rubber).normalized())

    def _draw_lane(self, painter: QPainter, lane: Lane, y: int) -> None:
        painter.save()
        painter.setClipRect(HEAD, max(y, RULER), self._width(), self._tall(lane))
        painter.fillRect(HEAD, y, self._width(), self._tall(lane), self.palette().alternateBase())
        painter.translate(HEAD, y)
        drawn = (
            -2.0
        )  # the right edge of what was drawn last: clips thinner than a pixel are drawn once
        for at in seen(lane.starts, lane.ends, self.scale.first, self.scale.frame(self._width())):
            left, right = self.scale.x(lane.starts[at]), self.scale.x(lane.ends[at])
            if right - drawn < 1.0:
                continue
            drawn = max(right, left + 1.0)
            rect = QRectF(left, 1, drawn - left, self._tall(lane) - 2)
            if lane.sound:
                draw_sound(
                    painter,
                    rect,
                    lane.labels[at],
                    self.palette(),
                    self._sound_peaks(lane.clips[at], rect),
                )
            else:
                draw_clip(painter, rect, self._look(lane, at, rect), self.palette(), self._width())
        painter.restore()

    def _look(self, lane: Lane, at: int, rect: QRectF) -> Look:
        clip = lane.clips[at]
        desk = self._desk
        given = desk.given(clip)
        wide = rect.width() > 24
        return Look(
            label=lane.labels[at],
            state=desk.state(clip),
            selected=clip in desk.selection,
            over=clip == self._over,
            share=desk.jobs.share_of(clip),
            picture=self._pictures.thumbnail(desk.slots[clip], int(rect.height()))
            if wide
            else None,
            peaks=self._pictures.peaks(given.take)
            if wide and given and desk.memory.waveforms
            else None,
            stretch=self._pictures.stretch(given.take, desk.slots[clip].record) if given else 1.0,
            marks=tuple((self.scale.x(mark.frame), mark) for mark in self._marks.get(clip, ()))
            if wide
            else (),
        )

    def _sound_peaks(self, clip: str, rect: QRectF) -> NDArray[np.float32] | None:
        sound = self._sounds.get(clip)
        if sound is None or sound.media is None or sound.start is None or rect.width() < 24:
            return None
        if not self._desk.memory.waveforms:
            return None
        return self._pictures.peaks(
            Take(sound.media, max(sound.start, Fraction(0)), sound.seconds, sound.channel)
        )

    def _draw_heads(self, painter: QPainter) -> None:
        painter.fillRect(0, 0, HEAD, self.viewport().height(), self.palette().window())
        painter.setPen(self.palette().windowText().color())
        for lane, y in self._rows():
            painter.drawText(
                QRect(0, y, HEAD, self._tall(lane)), int(Qt.AlignmentFlag.AlignCenter), lane.name
            )
        painter.fillRect(0, 0, HEAD, RULER, self.palette().window())

    def _draw_ruler(self, painter: QPainter) -> None:
        painter.save()
        painter.translate(HEAD, 0)
        painter.setClipRect(0, 0, self._width(), self.viewport().height())
        painter.fillRect(0, 0, self._width(), RULER, self.palette().window())
        draw_ruler(
            painter,
            self._width(),
            RULER,
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
        if point.x() < HEAD or point.y() < RULER:
            return None
        frame = self.scale.frame(point.x() - HEAD)
        for lane, y in self._rows():
            if not lane.sound and y <= point.y() < y + self._tall(lane):
                found = seen(lane.starts, lane.ends, frame, frame + 1e-9)
                return lane.clips[found[0]] if found else None
        return None

    def marks_at(self, point: QPoint) -> list[Mark]:
        """Return the markers under a point of the viewport: of the timeline on the ruler, of a clip
        in the clip.
        """
        x = point.x() - HEAD
        if point.y() < RULER:
            return [
                mark
                for mark in self._marks.get("", ())
                if abs(self.scale.x(mark.frame) - x) <= MARK / 2 + 1
            ]
        for lane, y in self._rows():
            if not lane.sound and y + LINE <= point.y() <= y + LINE + MARK + 2:
                seen_clips = seen(
                    lane.starts, lane.ends, self.scale.frame(x - MARK), self.scale.frame(x + MARK)
                )
                near = [mark for at in seen_clips for mark in self._marks.get(lane.clips[at], ())]
                return [mark for mark in near if abs(self.scale.x(mark.frame) - x) <= MARK / 2 + 1]
        return []

    def rect_of(self, clip: str) -> QRect:
        """Return where a clip is drawn in the viewport; empty where it is not."""
        for lane, y in self._rows():
            if clip in lane.clips and not lane.sound:
                at = lane.clips.index(clip)
                left, right = self.scale.x(lane.starts[at]), self.scale.x(lane.ends[at])
                return QRect(HEAD + round(left), y, max(1, round(right - left)), self._tall(lane))
        return QRect()

    def ordered(self) -> list[str]:
        """Return the video clips in order of track and time."""
        return [clip for lane in self.lanes if not lane.sound for clip in lane.clips]

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a clip, or move the playhead on the ruler."""
        point = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if point.y() < RULER:
            self._seek(point)
            return
        clip = self.clip_at(point)
        if clip is None:
            self._rubber = (point, point)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._toggle(clip)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._desk.select(self.run_to(clip))
        else:
            self._desk.select([clip])
            self._seek(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub on the ruler, draw the selection frame, tell what lies under the mouse."""
        point = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._rubber is not None:
                self._rubber = (self._rubber[0], point)
                self.viewport().update()
            elif point.y() < RULER:
                self._seek(point)
            return
        clip = self.clip_at(point)
        lines = [*self.mark_lines(self.marks_at(point)), *([self.tip(clip)] if clip else [])]
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join(lines), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what the frame has caught."""
        if self._rubber is not None:
            caught = QRect(*self._rubber).normalized()
            self._rubber = None
            self._desk.select(
                [clip for clip in self.ordered() if self.rect_of(clip).intersects(caught)]
            )
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the clip in the viewer."""
        clip = self.clip_at(event.position().toPoint())
        if clip:
            self.shown.emit(clip)

    def tip(self, clip: str) -> str:
        """Say of a clip what it is, where it stands, and why."""
        slot = self._desk.slots[clip]
        lines = [
            f"{clip} · {slot.name}",
            state_text(self._desk.state(clip)),
            self._desk.trouble(clip),
        ]
        lines += [say(problem.message) for problem in slot.problems if not problem.blocks]
        given = self._desk.given(clip)
        if given is not None:
            lines.append(self.tr("Take: {name}").format(name=given.take.audio.name))
        return "\n".join(line for line in lines if line)

    def _tell(self) -> None:
        """Say to a screen reader what is selected, once it is another."""
        clips = self._desk.selection
        words = self.tr("Clips on their tracks. The page Clips lists the same as a table.")
        if len(clips) > 0:
            more = (
                self.tr("  (and {count} more)").format(count=len(clips) - 1)
                if len(clips) > 1
                else ""
            )
            words = self.tip(clips[0]) + more
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    def mark_lines(self, marks: Iterable[Mark]) -> list[str]:
        """Say of markers what they are called and where they stand."""
        return [
            self.tr("Marker {name} at {tc}").format(
                name=f"“{mark.name}”" if mark.name else "",
                tc=timecode(mark.frame, self._rate, self._drop),
            )
            for mark in marks
        ]

    def _seek(self, point: QPoint) -> None:
        start, end = self._span
        frame = int(self.scale.frame(point.x() - HEAD))
        self.moved.emit(min(max(frame, start), end - 1))

    def _toggle(self, clip: str) -> None:
        selection = list(self._desk.selection)
        if clip in selection:
            selection.remove(clip)
        else:
            selection.append(clip)
        self._desk.select(selection)

    def run_to(self, clip: str) -> Sequence[str]:
        """Return the clips from the one the pages are about to this one; that one first."""
        clips = self.ordered()
        anchor = self._desk.clip or clip
        low, high = sorted((clips.index(anchor), clips.index(clip)))
        run = clips[low : high + 1]
        return [anchor, *(other for other in run if other != anchor)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the clip; every other key belongs to an action."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._desk.clip:
            self.shown.emit(self._desk.clip)
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms to the cursor, Shift scrolls the tracks, plain scrolls in time."""
        turn = event.angleDelta()
        notches = (turn.y() or turn.x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM**notches, event.position().x() - HEAD)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(notches * TRACK))
        else:
            self._set_scale(self.scale.scrolled(-notches * 80))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is shown; a timeline that was shown whole stays whole."""
        whole = event.oldSize().width() <= HEAD or self.horizontalScrollBar().maximum() == 0
        if self.lanes:
            self.fit() if whole else self._set_scale(self.scale)

    # Files dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the clip under the files."""
        self._over = self.clip_at(event.position().toPoint())
        event.acceptProposedAction()
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Sound goes to the clip under it and the ones after it; a timeline is opened."""
        clip, self._over = self.clip_at(event.position().toPoint()), None
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        sounds = [path for path in paths if is_audio(path)]
        if sounds and clip is not None:
            clips = self.ordered()
            self.dropped.emit(list(zip(clips[clips.index(clip) :], sounds, strict=False)))
        elif sounds:
            self._desk.failed.emit(self.tr("Drop the audio file on a clip."), "")
        elif paths:
            self.opened.emit(str(paths[0]))
        self.viewport().update()
