"""Dub and preview what is selected; pause, cancel and retry the queue; go back to the original."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.viewer.transport import Transport


class DubCommands(QObject):
    """The menu Dub."""

    def __init__(
        self,
        document: Document,
        transport: Transport,
        show_queue: Callable[[], object],
        parent: QObject,
    ) -> None:
        """Args:
        document: what is dubbed.
        transport: its in and out marks bound a preview.
        show_queue: brings the queue page to the front.
        parent: owns this.
        """
        super().__init__(parent)
        self._document, self._transport, self._show_queue = document, transport, show_queue

    def handlers(self) -> Handlers:
        """Return what each action does."""
        queue = self._document.queue
        return {
            "dub": self.dub,
            "preview": self.preview,
            "pause": queue.pause,
            "cancel": queue.cancel_running,
            "cancel_all": queue.cancel_all,
            "retry": self._document.retry,
            "revert": self._document.revert_selection,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now."""
        document = self._document
        has_take = any(document.decisions(clip) for clip in document.selection)
        for name in ("dub", "preview"):
            actions[name].setEnabled(has_take)
        project = document.project
        actions["revert"].setEnabled(
            any(project and project.version(clip) for clip in document.selection)
        )
        self.refresh_queue(actions)

    def refresh_queue(self, actions: dict[str, QAction]) -> None:
        """Enable what the queue allows now."""
        queue = self._document.queue
        actions["cancel"].setEnabled(queue.busy)
        actions["cancel_all"].setEnabled(bool(queue.unfinished))
        actions["pause"].setChecked(queue.paused)

    def dub(self) -> None:
        """Queue the selected clips."""
        self._document.dub(self._document.selection)
        self._show_queue()

    def preview(self) -> None:
        """Render in to out of the first selected clip, or its first seconds."""
        if self._document.clip:
            marks = (self._transport.mark_in, self._transport.mark_out)
            self._document.dub([self._document.clip], marks)
