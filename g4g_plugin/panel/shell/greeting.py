"""What a start has to say: a first timeline, dubs left from last time, what this machine lacks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction

from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.banner import Banner
from g4g_plugin.project.job_store import JobRow


class Greeting(QObject):
    """The messages of the first seconds."""

    def __init__(
        self, document: Document, banner: Banner, actions: Mapping[str, QAction], parent: QObject
    ) -> None:
        """Args:
        document: what is open, what waits.
        banner: shows the messages.
        actions: what their buttons do.
        parent: owns this.
        """
        super().__init__(parent)
        self._document, self._banner, self._actions = document, banner, actions

    def welcome(self) -> None:
        """Offer to open a timeline or the demo, until one is open."""
        words = self.tr("Open a timeline, or try the demo: a shot and a new line for it lie ready.")
        buttons = [
            (self.tr("Open…"), self._actions["open"].trigger),
            (self.tr("Demo"), self._actions["demo"].trigger),
        ]
        self._banner.show_message(words, "", buttons)
        self._document.opened.connect(
            lambda: self._banner.withdraw(words), Qt.ConnectionType.SingleShotConnection
        )

    def offer_waiting(self, waiting: list[JobRow]) -> None:
        """Offer to go on with what was left, and open the timeline it belongs to."""
        document = self._document
        idle = document.project is None and not document.files.busy
        recent = [path for path in document.preferences.recent[:1] if path.is_file()]
        if idle and recent:
            document.open(recent[0])
        if not waiting:
            if idle and not recent:
                self.welcome()
            return
        words = self.tr("Dubs waiting from last time: {count}.").format(count=len(waiting))
        buttons = [
            (self.tr("Go on"), document.queue.start),
            (self.tr("Not now"), document.queue.decline_waiting),
        ]
        self._banner.show_message(words, "", buttons)

    def check_machine(self) -> None:
        """Look once at what this machine lacks, in the background."""
        document = self._document
        settings = document.settings

        def look() -> list[str]:
            from g4g_plugin.project.doctor import examine

            return [
                finding.what for finding in examine(settings, try_window=False) if not finding.ok
            ]

        document.files.ask(look, self._show_missing, document.log_failure)

    def _show_missing(self, missing: list[str]) -> None:
        self._document.set_preferences(checked=True)
        if missing:
            words = self.tr("Missing on this machine: {what}.")
            self._banner.show_message(
                words.format(what=", ".join(map(say, missing))),
                "",
                [(self.tr("Details"), self._actions["doctor"].trigger)],
            )
