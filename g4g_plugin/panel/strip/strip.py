"""The timeline strip: what mouse, wheel, keys and dropped files do on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from g4g_plugin.core.time import timecode
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.strip.strip_view import HEAD_WIDTH, RULER_HEIGHT, TRACK_HEIGHT, StripView
from g4g_plugin.panel.widgets.style import state_text
from g4g_plugin.project.markers import Mark
from g4g_plugin.project.take_matching import is_audio

ZOOM_STEP = 1.25  # a notch of the wheel


class Strip(StripView):
    """The timeline. Signals name clips and timeline frames; nothing is decided here."""

    playhead_moved = Signal(int)  # timeline frame
    takes_dropped = Signal(list)  # [(clip, path)]
    clip_activated = Signal(str)  # a clip was opened by double click or Enter
    timeline_dropped = Signal(str)  # a timeline file was dropped

    def __init__(
        self, document: Document, pictures: PictureCache, parent: QWidget | None = None
    ) -> None:
        super().__init__(document, pictures, parent)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self._describe()
        for signal in (document.selection_changed, document.changed):
            signal.connect(self._describe)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a clip, or move the playhead on the ruler."""
        point = event.position().toPoint()
        if event.button() == Qt.MouseButton.RightButton:
            clip = self.clip_at(point)
            if clip is not None and clip not in self._document.selection:
                self._document.select([clip])  # the menu is about it
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if point.y() < RULER_HEIGHT:
            self._seek(point)
            return
        clip = self.clip_at(point)
        if clip is None:
            self._selection_frame = (point, point)
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._toggle(clip)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._document.select(self.run_to(clip))
        else:
            self._document.select([clip])
            self._seek(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub on the ruler, draw the selection frame, tell what lies under the mouse."""
        point = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._selection_frame is not None:
                self._selection_frame = (self._selection_frame[0], point)
                self.viewport().update()
            elif point.y() < RULER_HEIGHT:
                self._seek(point)
            return
        clip = self.clip_at(point)
        lines = [*self.mark_lines(self.marks_at(point)), *([self.tip(clip)] if clip else [])]
        QToolTip.showText(event.globalPosition().toPoint(), "\n".join(lines), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what the frame has caught."""
        if self._selection_frame is not None:
            caught = QRect(*self._selection_frame).normalized()
            self._selection_frame = None
            clips = [clip for clip in self.ordered() if self.rect_of(clip).intersects(caught)]
            if clips:  # a click beside all clips leaves the one in hand where it is
                self._document.select(clips)
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the clip in the viewer."""
        clip = self.clip_at(event.position().toPoint())
        if clip:
            self.clip_activated.emit(clip)

    def tip(self, clip: str) -> str:
        """Return of a clip what it is, where it stands, and why."""
        slot = self._document.slots[clip]
        lines = [
            f"{clip} · {slot.name}",
            state_text(self._document.state(clip)),
            self._document.problem(clip),
        ]
        lines += [say(problem.message) for problem in slot.problems if not problem.blocks]
        given = self._document.decisions(clip)
        if given is not None:
            lines.append(self.tr("Take: {name}").format(name=given.take.audio.name))
        return "\n".join(line for line in lines if line)

    def _describe(self) -> None:
        """Tell a screen reader what is selected, once it is another."""
        clips = self._document.selection
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
        """Return of markers what they are called and where they stand."""
        return [
            self.tr("Marker {name} at {tc}").format(
                name=f"“{say(mark.name)}”" if mark.name else "",
                tc=timecode(mark.frame, self._rate, self._drop),
            )
            for mark in marks
        ]

    def _seek(self, point: QPoint) -> None:
        start, end = self._span
        frame = int(self.scale.frame(point.x() - HEAD_WIDTH))
        self.playhead_moved.emit(min(max(frame, start), end - 1))

    def _toggle(self, clip: str) -> None:
        selection = list(self._document.selection)
        if clip in selection:
            selection.remove(clip)
        else:
            selection.append(clip)
        self._document.select(selection)

    def run_to(self, clip: str) -> Sequence[str]:
        """Return the clips from the one the pages are about to this one; that one first."""
        clips = self.ordered()
        anchor = self._document.clip or clip
        low, high = sorted((clips.index(anchor), clips.index(clip)))
        run = clips[low : high + 1]
        return [anchor, *(other for other in run if other != anchor)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the clip; every other key belongs to an action."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._document.clip:
            self.clip_activated.emit(self._document.clip)
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms to the cursor, Shift scrolls the tracks, plain scrolls in time."""
        turn = event.angleDelta()
        notches = (turn.y() or turn.x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM_STEP**notches, event.position().x() - HEAD_WIDTH)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(notches * TRACK_HEIGHT))
        else:
            self._set_scale(self.scale.scrolled(-notches * 80))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what is shown; a timeline that was shown whole stays whole."""
        whole = event.oldSize().width() <= HEAD_WIDTH or self.horizontalScrollBar().maximum() == 0
        if self.lanes:
            self.fit() if whole else self._set_scale(self.scale)

    # Files dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Light up the clip under the files."""
        self._drop_target = self.clip_at(event.position().toPoint())
        event.acceptProposedAction()
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        """Sound goes to the clip under it and the ones after it; a timeline is opened."""
        clip, self._drop_target = self.clip_at(event.position().toPoint()), None
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        sounds = [path for path in paths if is_audio(path)]
        if sounds and clip is not None:
            clips = self.ordered()
            self.takes_dropped.emit(list(zip(clips[clips.index(clip) :], sounds, strict=False)))
        elif sounds:
            self._document.failed.emit(self.tr("Drop the audio file on a clip."), "")
        elif paths:
            self.timeline_dropped.emit(str(paths[0]))
        self.viewport().update()
