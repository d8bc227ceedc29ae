"""Select shots, go from shot to shot and from marker to marker, zoom the strip."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.strip.strip import ZOOM_STEP, Strip
from g4g_plugin.panel.viewer.viewer import Viewer


class TimelineCommands(QObject):
    """What is done on the timeline strip, and the playhead it shares with the viewer."""

    def __init__(self, document: Document, strip: Strip, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._strip, self._viewer = document, strip, viewer

    def handlers(self) -> Handlers:
        """Return what each action does."""
        strip = self._strip
        return {
            "select_all": lambda: self._document.select(strip.ordered()),
            "extend_previous": partial(self.extend_selection, -1),
            "extend_next": partial(self.extend_selection, 1),
            "previous_shot": partial(self.go_to_neighbour, -1),
            "next_shot": partial(self.go_to_neighbour, 1),
            "previous_marker": partial(self.go_to_marker, -1),
            "next_marker": partial(self.go_to_marker, 1),
            "zoom_in": partial(strip.zoom, ZOOM_STEP),
            "zoom_out": partial(strip.zoom, 1 / ZOOM_STEP),
            "zoom_fit": strip.fit,
            "waveforms": self._show_waveforms,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now."""
        for name in ("select_all", "zoom_fit"):
            actions[name].setEnabled(self._document.edit is not None)
        actions["waveforms"].setChecked(self._document.preferences.waveforms)

    def seek(self, frame: int) -> None:
        """Put the playhead on a timeline frame, and show the shot that lies there."""
        document = self._document
        slot = document.slot
        if slot is None or not slot.record.first <= frame < slot.record.end:
            under = [
                s.clip for s in document.slots.values() if s.record.first <= frame < s.record.end
            ]
            if under:
                document.select([under[-1]])
        self._strip.set_playhead(frame)
        self._viewer.seek_record(frame)

    def show_clip(self, clip: str) -> None:
        """Select one clip, at its first frame."""
        self._document.select([clip])
        self._strip.set_playhead(self._document.slots[clip].record.first)
        self._strip.bring_into_sight(clip)

    def go_to_neighbour(self, by: int) -> None:
        """Show the shot before or after."""
        clips, clip = self._strip.ordered(), self._document.clip
        if not clips:
            return
        at = clips.index(clip) if clip in clips else -by
        self.show_clip(clips[min(max(at + by, 0), len(clips) - 1)])

    def extend_selection(self, by: int) -> None:
        """Select from the shot the pages are about to one shot further, or nearer."""
        strip, document = self._strip, self._document
        clips = strip.ordered()
        if not document.clip:
            return
        order = {clip: at for at, clip in enumerate(clips)}
        places = [order[clip] for clip in document.selection]
        anchor, low, high = places[0], min(places), max(places)
        head = (high if anchor == low else low) + by
        if 0 <= head < len(clips):
            document.select(strip.run_to(clips[head]))
            strip.bring_into_sight(clips[head])

    def go_to_marker(self, by: int) -> None:
        """Go to the marker before or after the playhead, and say its name."""
        strip = self._strip
        marks = sorted(self._document.marks, key=lambda mark: mark.frame * by)
        mark = next((mark for mark in marks if mark.frame * by > strip.playhead * by), None)
        if mark is None:
            self._document.status_changed.emit(self.tr("There are no more markers."))
            return
        self.seek(mark.frame)
        self._document.status_changed.emit(strip.mark_lines([mark])[0])

    def _show_waveforms(self, on: bool) -> None:
        self._document.set_preferences(waveforms=on)
        self._strip.viewport().update()
