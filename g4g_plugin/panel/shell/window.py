"""The window: viewer in the middle, pages at the right, timeline below; it lays out and connects,
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMainWindow,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.commands.actions import build_actions, set_shortcuts
from g4g_plugin.panel.commands.dub_commands import DubCommands
from g4g_plugin.panel.commands.file_commands import FileCommands
from g4g_plugin.panel.commands.help_commands import HelpCommands
from g4g_plugin.panel.commands.lip_commands import LipCommands
from g4g_plugin.panel.commands.picture_commands import PictureCommands
from g4g_plugin.panel.commands.play_commands import PlayCommands
from g4g_plugin.panel.commands.take_commands import TakeCommands
from g4g_plugin.panel.commands.timeline_commands import TimelineCommands
from g4g_plugin.panel.commands.view_commands import ViewCommands
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.lane.lane import Lane
from g4g_plugin.panel.pages.clips_page import ClipsPage
from g4g_plugin.panel.pages.export_page import ExportPage
from g4g_plugin.panel.pages.inspector_page import InspectorPage
from g4g_plugin.panel.pages.queue_page import QueuePage
from g4g_plugin.panel.pages.shot_page import ShotPage
from g4g_plugin.panel.pages.takes_page import TakesPage
from g4g_plugin.panel.shell.docks import lay_docks, scrolled
from g4g_plugin.panel.shell.greeting import Greeting
from g4g_plugin.panel.shell.tool_bar import (
    add_context_menus,
    add_menu_of_recent,
    add_page_buttons,
    build_tool_bar,
)
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.strip.strip import Strip
from g4g_plugin.panel.viewer.viewer import Viewer
from g4g_plugin.panel.widgets.banner import Banner
from g4g_plugin.panel.widgets.focus import (
    focus_areas,
    focus_next,
    keep_focus_on_click,
    keeps_key,
    return_focus_from,
)
from g4g_plugin.panel.widgets.focus_frame import FocusIndicator

STATUS_TIME = 8000  # ms a sentence stands in the status line; one that ends in "…" until the next
CLOSE_INTERVAL = 50  # ms between two looks at whether the worker has ended


class Window(QMainWindow):
    """The desktop panel."""

    ended = (
        Signal()
    )  # closed for good; Qt's own count of open windows misses it at times (seen at 200 % scale)

    def __init__(self, document: Document | None = None) -> None:
        super().__init__()
        self.setWindowTitle("G4G Dub")
        self.document = document or Document(self)
        self.pictures = PictureCache(self.document.looks, self)
        self.banner = Banner()
        self.viewer = Viewer(self.document)
        self.strip = Strip(self.document, self.pictures)
        self.clips, self.shot = ClipsPage(self.document), ShotPage(self.document)
        self.takes = TakesPage(self.document, self.pictures)
        self.inspector = InspectorPage(self.document, self.viewer, self.pictures)
        self.lane = Lane(self.document, self.pictures, self.viewer.transport)
        self.queue = QueuePage(self.document)
        self.export = ExportPage(self.document)
        self._ended = self._ending = False
        self.setAcceptDrops(True)
        self._lay_out()
        self._make_commands()
        build_tool_bar(self, self.actions_by_name)
        add_menu_of_recent(self, self.actions_by_name, self.file_commands.recent)
        add_page_buttons(self.actions_by_name, self.viewer, self.takes, self.queue)
        add_context_menus((self.strip, self.viewer.canvas, self.clips), self.actions_by_name)
        self._guard_keys()
        self._connect()
        self._restore()
        self.greeting = Greeting(self.document, self.banner, self.actions_by_name, self)
        self._refresh_actions()
        self.focus_indicator = FocusIndicator(self)
        self.strip.setFocus()

    # Laying out

    def _lay_out(self) -> None:
        middle = QWidget()
        rows = QVBoxLayout(middle)
        rows.setContentsMargins(2, 2, 2, 0)
        rows.addWidget(self.banner)
        rows.addWidget(self.viewer, 1)
        self.setCentralWidget(middle)
        self.docks = lay_docks(
            self,
            {
                "shot": (self.tr("Shot"), self.shot),
                "takes": (self.tr("Takes"), scrolled(self.takes)),
                "inspector": (self.tr("Inspector"), self.inspector),
                "queue": (self.tr("Queue"), self.queue),
                "export": (self.tr("Export"), self.export),
                "clips": (self.tr("Clips"), self.clips),
                "lane": (self.tr("Lip lane"), self.lane),
                "strip": (self.tr("Timeline"), self.strip),
            },
        )
        self.docks["takes"].raise_()
        self.progress = QLabel()
        self.statusBar().addPermanentWidget(self.progress)

    def _make_commands(self) -> None:
        document, viewer = self.document, self.viewer
        self.file_commands = FileCommands(
            document, self.export, self.takes.bin, self._show_export, self
        )
        self.take_commands = TakeCommands(document, self.takes, self)
        self.dub_commands = DubCommands(
            document, viewer.transport, self.docks["queue"].raise_, self
        )
        self.picture_commands = PictureCommands(document, viewer, self)
        self.timeline_commands = TimelineCommands(document, self.strip, viewer, self)
        self.view_commands = ViewCommands(document, self, self.docks)
        self._refreshed = (
            self.file_commands,
            self.take_commands,
            self.dub_commands,
            self.picture_commands,
            self.timeline_commands,
            self.view_commands,
            LipCommands(document, viewer.transport, self.lane, self),
            HelpCommands(document, self),
        )
        handlers: dict[str, Callable[..., object]] = {"quit": self.close}
        for commands in (*self._refreshed, PlayCommands(viewer.transport, self)):
            handlers |= commands.handlers()
        self.actions_by_name = build_actions(self, handlers)
        set_shortcuts(self.actions_by_name, document.preferences.shortcuts)

    def _show_export(self) -> None:
        self.docks["export"].show()
        self.docks["export"].raise_()

    def _guard_keys(self) -> None:
        """Let what has the focus keep the keys that mean something to it; a page that floats is a
        window of its own.
        """
        for widget in (self, *self.docks.values()):
            widget.installEventFilter(self)
        keep_focus_on_click(self.findChildren(QAbstractButton))
        return_focus_from(self.docks.values(), self.strip)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep such keys from becoming shortcuts."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            kept = keeps_key(QApplication.focusWidget(), event)
            event.setAccepted(kept)
            return kept
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes as one reads, through what is seen."""
        return focus_next(
            [stop for area in focus_areas(self, self.docks) for stop in area], forward
        )

    def _connect(self) -> None:
        document, timeline = self.document, self.timeline_commands
        document.failed.connect(self._show_failure)
        document.crashed.connect(self._show_report)
        document.status_changed.connect(self._show_status)
        document.opened.connect(self._opened)
        document.progressed.connect(self._show_progress)
        for signal in (
            document.changed,
            document.selection_changed,
            document.undo.canUndoChanged,
            document.undo.canRedoChanged,
            self.viewer.view_changed,
        ):
            signal.connect(self._refresh_actions)
        self.banner.focus_left.connect(self.strip.setFocus)
        self.strip.playhead_moved.connect(timeline.seek)
        self.strip.takes_dropped.connect(self.take_commands.assign_dropped)
        self.strip.timeline_dropped.connect(lambda path: document.open(Path(path)))
        for signal in (self.strip.clip_activated, self.clips.clip_activated):
            signal.connect(timeline.show_clip)
        self.viewer.moved.connect(self.strip.set_playhead)
        self.viewer.transport.speed_changed.connect(self._show_speed)
        self.shot.compared.connect(self.viewer.compare)
        document.queue.finished.connect(self._tell_when_done)

    def _restore(self) -> None:
        preferences = self.document.preferences
        if preferences.geometry:
            self.restoreGeometry(QByteArray.fromHex(preferences.geometry.encode("ascii", "ignore")))
        if preferences.layout:
            self.restoreState(QByteArray.fromHex(preferences.layout.encode("ascii", "ignore")))

    # What goes on

    def begin(self, timeline: Path | None = None) -> None:
        """Open the job store and the timeline; offer to go on with what was left; the first time,
        check the machine.
        """
        self.document.open_queue(self.greeting.offer_waiting)
        if timeline is not None:
            self.document.open(timeline)
        if not self.document.preferences.checked:
            self.greeting.check_machine()

    def _opened(self) -> None:
        edit = self.document.edit
        if edit is not None:
            name = edit.value.get("name")  # as its program calls it; else the file's
            title = name if isinstance(name, str) and name.strip() else edit.name
            self.setWindowTitle(f"{title or edit.path.name} · G4G Dub")
        self.docks["takes"].raise_()

    def _show_status(self, words: str) -> None:
        self.statusBar().showMessage(words, 0 if words.endswith("…") else STATUS_TIME)

    def _show_failure(self, message: str, hint: str) -> None:
        self.statusBar().clearMessage()  # what was going on goes on no more
        self.banner.show_message(message, hint)

    def _show_report(self, report: str) -> None:
        """Offer a report; a bug that comes again while one is read opens no second."""
        self.statusBar().clearMessage()
        if not any(dialog.isVisible() for dialog in self.findChildren(ReportDialog)):
            ReportDialog(report, self).open()

    def _refresh_actions(self) -> None:
        for commands in self._refreshed:
            commands.refresh(self.actions_by_name)
        self._show_progress()

    def _show_progress(self) -> None:
        self.dub_commands.refresh_queue(self.actions_by_name)
        queue = self.document.queue
        running = queue.running
        words = self.queue.summary.text() if queue.unfinished else ""
        if running is not None:
            share = queue.estimate.fraction(running.job.id)
            words = f"{running.job.shot.name} {share:.0%} · {words}"
        self.progress.setText(words)

    def _tell_when_done(self) -> None:
        """Make the task bar call, where the window is not in front and nothing is left to do."""
        if not self.document.queue.unfinished:
            QApplication.alert(self)

    def _show_speed(self, speed: int) -> None:
        words = self.tr("Playing {speed}×").format(speed=speed) if speed else ""
        self.statusBar().showMessage(words)
        if not speed:
            self.viewer.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the full screen, else takes the message away; Enter presses the button in
        hand.
        """
        focused = QApplication.focusWidget()
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.view_commands.toggle_full_screen()
        elif event.key() == Qt.Key.Key_Escape:
            self.viewer.pick.setChecked(False)
            self.banner.hide()
        elif enter and isinstance(focused, QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    # Files dropped anywhere

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """A timeline is opened; sound goes into the bin."""
        from g4g_plugin.project.take_matching import is_audio

        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        sounds = [path for path in paths if is_audio(path)]
        self.takes.bin.add(sounds)
        if paths and not sounds:
            self.document.open(paths[0])

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where a dub runs; cancel it, wait for it, then close. It goes on at the next start."""
        if self._ended:
            event.accept()
            return
        event.ignore()
        if self._ending or (self.document.queue.busy and not self._may_stop()):
            return
        self._ending = True
        self.viewer.transport.stop()
        self.takes.stop_listening()
        self.view_commands.narrow.set(False)  # the next start is not beside anything
        self.document.set_preferences(
            geometry=self.saveGeometry().toHex().toStdString(),
            layout=self.saveState().toHex().toStdString(),
        )
        self.statusBar().showMessage(self.tr("Stopping…"))
        self.document.queue.begin_close()
        self._end()

    def _may_stop(self) -> bool:
        words = self.tr("A dub is being rendered. Stop it and close? It goes on at the next start.")
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        return QMessageBox.question(self, self.tr("Close"), words, yes | no, no) == yes

    def _end(self) -> None:
        if not self.document.queue.closed:
            QTimer.singleShot(CLOSE_INTERVAL, self._end)
            return
        self.focus_indicator.end()
        self.document.close()
        self.document.queue.close()
        self.viewer.close_files()
        self._ended = True
        self.close()
        self.ended.emit()
