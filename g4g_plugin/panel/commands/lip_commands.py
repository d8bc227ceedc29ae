"""Place the line and shape the lips by key: nudge, begin here, ranges from in to out."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from g4g_plugin.core.decisions import Mouth, RangeSetting
from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.lane.lane import Lane
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.viewer.transport import Transport

FAR_FRAMES = 10  # frames: a nudge with Shift


class LipCommands(QObject):
    """The menu Lips."""

    def __init__(
        self, document: Document, transport: Transport, lane: Lane, parent: QObject
    ) -> None:
        """Args:
        document: what is decided.
        transport: playhead and in and out marks of the shot.
        lane: shows it.
        parent: owns this.
        """
        super().__init__(parent)
        self._document, self._transport, self._lane = document, transport, lane

    def handlers(self) -> Handlers:
        """Return what each action does."""
        document = self._document
        return {
            "earlier": partial(document.nudge, -1),
            "later": partial(document.nudge, 1),
            "far_earlier": partial(document.nudge, -FAR_FRAMES),
            "far_later": partial(document.nudge, FAR_FRAMES),
            "lips_earlier": partial(document.nudge_lips, -1),
            "lips_later": partial(document.nudge_lips, 1),
            "begin_here": self.begin_here,
            "fit_trim": partial(document.change_shot, self.tr("change the fit"), fit="trim"),
            "fit_pad": partial(document.change_shot, self.tr("change the fit"), fit="pad"),
            "keep_range": partial(self.add_range, "keep"),
            "shut_range": partial(self.add_range, "shut"),
            "strength_range": partial(self.add_range, "move"),
            "remove_range": self.remove_range,
            "lane_fit": self._lane.fit,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now."""
        document = self._document
        has_take = any(document.decisions(clip) for clip in document.selection)
        for name in self.handlers():
            actions[name].setEnabled(has_take)
        actions["lane_fit"].setEnabled(document.slot is not None)
        given = document.decisions(document.clip)
        actions["remove_range"].setEnabled(given is not None and bool(given.ranges))

    def begin_here(self) -> None:
        """Let the line of the shot begin with the frame that is shown."""
        move = self._transport
        self._document.place_line(0, move.frame - move.span.first)

    def add_range(self, mouth: Mouth) -> None:
        """Let the mouth do something from in to out; where nothing is marked, on the frame shown.

        A strength is half of what is heard until it is changed on the lane or in the inspector.
        """
        move, first = self._transport, self._transport.span.first
        marked = (move.mark_in, move.mark_out)
        low, high = (move.frame, move.frame) if marked == (None, None) else marked
        setting = RangeSetting(
            0 if low is None else low - first,
            move.span.count - 1 if high is None else high - first,
            mouth,
            0.5 if mouth == "move" else 1.0,
        )
        self._lane.put_range(setting)

    def remove_range(self) -> None:
        """Take away the range that lies under the playhead."""
        given = self._document.decisions(self._document.clip)
        frame = self._transport.frame - self._transport.span.first
        for number, setting in enumerate(given.ranges if given else ()):
            if setting.first <= frame <= setting.last:
                self._lane.remove_range(number)
                return
        self._document.status_changed.emit(self.tr("No range lies under the playhead."))
