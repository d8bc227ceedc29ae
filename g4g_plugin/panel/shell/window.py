"""The window: viewer in the middle, pages at the right, timeline below; it lays out and connects,
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QMainWindow,
    QMenu,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin import __version__
from g4g_plugin.panel.commands.actions import build_actions, set_shortcuts
from g4g_plugin.panel.commands.keyboard_commands import ByKey
from g4g_plugin.panel.commands.take_commands import Deeds
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.pages.clips_page import ClipsPage
from g4g_plugin.panel.pages.export_page import ExportPage
from g4g_plugin.panel.pages.queue_page import QueuePage
from g4g_plugin.panel.pages.shot_page import ShotPage
from g4g_plugin.panel.pages.takes_page import TakesPage
from g4g_plugin.panel.shell.dialogs import (
    DoctorDialog,
    ReportDialog,
    SettingsDialog,
    ShortcutsDialog,
)
from g4g_plugin.panel.shell.docks import Beside, lay_docks, scrolled, show_page, stay_on_top
from g4g_plugin.panel.state.document import Desk
from g4g_plugin.panel.strip.strip import ZOOM, Strip
from g4g_plugin.panel.viewer.frame_source import MODES
from g4g_plugin.panel.viewer.thumbnails import Pictures
from g4g_plugin.panel.viewer.viewer import Viewer
from g4g_plugin.panel.widgets.banner import Banner
from g4g_plugin.panel.widgets.focus import Ring, areas, hand_on, keeps, leave_on_click, walk
from g4g_plugin.panel.widgets.style import dress
from g4g_plugin.project.job_store import JobRow

OVERLAYS = {
    "show_box": "box",
    "show_landmarks": "landmarks",
    "show_matte": "matte",
    "show_ranges": "ranges",
}
TOLD = 8000  # ms a sentence stands in the status line; what goes on ("…") stands until the next
CLOSING = 50  # ms between two looks at whether the worker has ended


class Window(QMainWindow):
    """The desktop panel."""

    ended = (
        Signal()
    )  # closed for good; Qt's own count of open windows misses it at times (seen at 200 % scale)

    def __init__(self, desk: Desk | None = None) -> None:
        super().__init__()
        self.setWindowTitle("G4G Dub")
        self.desk = desk or Desk(self)
        self.pictures = Pictures(self.desk.looks, self)
        self.banner = Banner()
        self.viewer = Viewer(self.desk)
        self.strip = Strip(self.desk, self.pictures)
        self.clips, self.shot = ClipsPage(self.desk), ShotPage(self.desk)
        self.takes, self.queue = TakesPage(self.desk, self.pictures), QueuePage(self.desk)
        self.export = ExportPage(self.desk)
        self.deeds, self.by_key = Deeds(self), ByKey(self)
        self._ended = self._ending = False
        self.setAcceptDrops(True)
        self._lay_out()
        self.actions_by_name = build_actions(self, self._handlers())
        set_shortcuts(self.actions_by_name, self.desk.memory.shortcuts)
        self._tools()
        self._connect()
        self._tick_actions()
        self._restore()
        self._refresh_actions()
        self.ring = Ring(self)
        self.ring.begin()
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
                "queue": (self.tr("Queue"), self.queue),
                "export": (self.tr("Export"), self.export),
                "clips": (self.tr("Clips"), self.clips),
                "strip": (self.tr("Timeline"), self.strip),
            },
        )
        self.docks["takes"].raise_()
        self.beside = Beside(self, self.docks)
        self.progress = QLabel()
        self.statusBar().addPermanentWidget(self.progress)

    def _tools(self) -> None:
        bar = self.addToolBar(self.tr("Tools"))
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        short = {
            "open": self.tr("Open…"),
            "undo": self.tr("Undo"),
            "redo": self.tr("Redo"),
            "assign": self.tr("Take…"),
            "preview": self.tr("Preview"),
            "dub": self.tr("Dub"),
            "pause": self.tr("Pause"),
            "cancel": self.tr("Cancel"),
            "export": self.tr("Export…"),
        }
        self.actions_by_name["csv"].setIconText(self.tr("Import a CSV"))
        self.actions_by_name["from_track"].setIconText(self.tr("From an audio track"))
        for name, text in short.items():
            action = self.actions_by_name[name]
            action.setIconText(text)
            bar.addAction(action)
            if name in ("open", "redo", "cancel"):
                bar.addSeparator()
        self.viewer.add_buttons(self.actions_by_name)
        self.takes.add_actions(
            self.actions_by_name[name]
            for name in ("assign", "audition", "match_name", "match_timecode", "csv", "from_track")
        )
        self.queue.add_action(self.actions_by_name["pause"])
        self.recent = QMenu(self.tr("Open &recent"), self)
        self.recent.aboutToShow.connect(self._fill_recent)
        menu = self.menuBar().actions()[0].menu()
        assert isinstance(menu, QMenu)
        menu.insertMenu(self.actions_by_name["export"], self.recent)
        self._guard_keys()

    def _guard_keys(self) -> None:
        """Let what has the focus keep the keys that mean something to it; a page that floats is a
        window of its own.
        """
        for widget in (self, *self.docks.values()):
            widget.installEventFilter(self)
        leave_on_click(self.findChildren(QAbstractButton))
        hand_on(self.docks.values(), self.strip)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep such keys from becoming shortcuts."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            kept = keeps(QApplication.focusWidget(), event)
            event.setAccepted(kept)
            return kept
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes as one reads, through what is seen."""
        return walk([stop for area in areas(self, self.docks) for stop in area], forward)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        move, desk, jobs, deeds = self.viewer.transport, self.desk, self.desk.jobs, self.deeds
        handlers: dict[str, Callable[[], object]] = {
            "open": deeds.open,
            "demo": deeds.demo,
            "export": self._export,
            "quit": self.close,
            "undo": desk.undo.undo,
            "redo": desk.undo.redo,
            "select_all": lambda: desk.select(self.strip.ordered()),
            "settings": lambda: SettingsDialog(desk, self).open(),
            "shortcuts": self._shortcuts,
            "assign": deeds.assign,
            "unassign": deeds.unassign,
            "from_track": deeds.from_track,
            "csv": deeds.csv,
            "match_name": partial(deeds.match, "name"),
            "match_timecode": partial(deeds.match, "timecode"),
            "audition": self.takes.audition,
            "dub": self._dub,
            "preview": self._preview,
            "pause": self._pause,
            "cancel": lambda: jobs.cancel(jobs.running.job.id) if jobs.running else None,
            "cancel_all": jobs.cancel_all,
            "retry": jobs.retry,
            "revert": self.shot.to_original,
            "backward": lambda: move.shuttle(-1),
            "stop": move.stop,
            "forward": lambda: move.shuttle(1),
            "play": move.toggle,
            "previous_frame": lambda: move.step(-1),
            "next_frame": lambda: move.step(1),
            "first_frame": lambda: move.go(move.span.first),
            "last_frame": lambda: move.go(move.span.end - 1),
            "mark_in": lambda: move.mark("in"),
            "mark_out": lambda: move.mark("out"),
            "clear_marks": move.clear_marks,
            "loop": self._loop,
            "previous_shot": lambda: self._neighbour(-1),
            "next_shot": lambda: self._neighbour(1),
            "full_screen": self._full_screen,
            "zoom_in": lambda: self.strip.zoom(ZOOM),
            "zoom_out": lambda: self.strip.zoom(1 / ZOOM),
            "zoom_fit": self.strip.fit,
            "waveforms": self._waveforms,
            "theme": self._theme,
            "beside": lambda: self.beside.set(self.actions_by_name["beside"].isChecked()),
            "on_top": lambda: stay_on_top(self, self.actions_by_name["on_top"].isChecked()),
            "doctor": lambda: DoctorDialog(desk, self).open(),
            "help": self._help,
            "about": self._about,
        }
        handlers |= {mode: partial(self._mode, mode) for mode in MODES}
        handlers |= {f"page_{name}": partial(show_page, dock) for name, dock in self.docks.items()}
        handlers |= {name: partial(self._overlay, name) for name in OVERLAYS}
        handlers |= self.by_key.handlers()
        return {name: _plain(handler) for name, handler in handlers.items()}

    def _connect(self) -> None:
        desk = self.desk
        desk.failed.connect(self._failed)
        desk.crashed.connect(self._report)
        self.banner.left.connect(self.strip.setFocus)
        desk.told.connect(
            lambda words: self.statusBar().showMessage(words, 0 if words.endswith("…") else TOLD)
        )
        desk.opened.connect(self._opened)
        desk.changed.connect(self._refresh_actions)
        desk.selected.connect(self._refresh_actions)
        desk.stepped.connect(self._tell_progress)
        for signal in (desk.undo.canUndoChanged, desk.undo.canRedoChanged):
            signal.connect(self._refresh_actions)
        self.strip.moved.connect(self.seek)
        self.strip.dropped.connect(self.deeds.dropped)
        self.strip.shown.connect(self._show_clip)
        self.strip.opened.connect(lambda path: desk.open(Path(path)))
        self.clips.shown.connect(self._show_clip)
        self.viewer.moved.connect(self.strip.set_playhead)
        self.viewer.transport.speeded.connect(self._speeded)
        self.shot.compared.connect(self.viewer.compare)

    def _tick_actions(self) -> None:
        acts, memory = self.actions_by_name, self.desk.memory
        acts[self.viewer.mode].setChecked(True)
        acts["waveforms"].setChecked(memory.waveforms)
        acts["theme"].setChecked(memory.theme == "light")

    def _restore(self) -> None:
        memory = self.desk.memory
        if memory.geometry:
            self.restoreGeometry(QByteArray.fromHex(memory.geometry.encode()))
        if memory.layout:
            self.restoreState(QByteArray.fromHex(memory.layout.encode()))

    # What goes on

    def begin(self, timeline: Path | None = None) -> None:
        """Open the job store and the timeline; offer to go on with what was left; the first time,
        check the machine.
        """
        self.desk.jobs.prepare(self._offer)
        if timeline is not None:
            self.desk.open(timeline)
        if not self.desk.memory.checked:
            self.desk.files.ask(self._first_check, self._first_checked, self.desk.ignore)

    def _welcome(self) -> None:
        acts = self.actions_by_name
        words = self.tr("Open a timeline, or try the demo: a shot and a new line for it lie ready.")
        buttons = [
            (self.tr("Open…"), acts["open"].trigger),
            (self.tr("Demo"), acts["demo"].trigger),
        ]
        self.banner.say(words, "", buttons)
        self.desk.opened.connect(
            lambda: self.banner.unsay(words), Qt.ConnectionType.SingleShotConnection
        )

    def _first_check(self) -> list[str]:
        from g4g_plugin.project.doctor import examine

        return [finding.what for finding in examine(self.desk.settings) if not finding.ok]

    def _first_checked(self, missing: list[str]) -> None:
        self.desk.remember(checked=True)
        if missing:
            words = self.tr("Missing on this machine: {what}.").format(
                what=", ".join(map(say, missing))
            )
            self.banner.say(
                words, "", [(self.tr("Details"), self.actions_by_name["doctor"].trigger)]
            )

    def _offer(self, waiting: list[JobRow]) -> None:
        if not waiting:
            if self.desk.session is None and not self.desk.files.busy:
                self._welcome()
            return
        if self.desk.session is None and not self.desk.files.busy and self.desk.memory.recent:
            last = Path(self.desk.memory.recent[0])
            if last.is_file():
                self.desk.open(last)
        words = self.tr("Dubs waiting from last time: {count}.").format(count=len(waiting))
        jobs = self.desk.jobs
        self.banner.say(
            words, "", [(self.tr("Go on"), jobs.go_on), (self.tr("Not now"), jobs.forget_waiting)]
        )

    def _opened(self) -> None:
        edit = self.desk.edit
        if edit is not None:
            self.setWindowTitle(f"{edit.name or edit.path.name} · G4G Dub")
        self.docks["takes"].raise_()

    def _failed(self, message: str, hint: str) -> None:
        self.statusBar().clearMessage()  # what was going on goes on no more
        self.banner.say(message, hint)

    def _report(self, report: str) -> None:
        """Offer a report; a bug that comes again while one is read opens no second."""
        self.statusBar().clearMessage()
        if not any(dialog.isVisible() for dialog in self.findChildren(ReportDialog)):
            ReportDialog(report, self).open()

    def _refresh_actions(self) -> None:
        desk, acts = self.desk, self.actions_by_name
        there, selected = desk.edit is not None, bool(desk.selection)
        taken = any(desk.given(clip) for clip in desk.selection)
        for name in ("select_all", "from_track", "csv", "match_name", "match_timecode", "zoom_fit"):
            acts[name].setEnabled(there)
        for name in ("dub", "preview", "unassign", "audition"):
            acts[name].setEnabled(taken)
        acts["assign"].setEnabled(selected)
        acts["export"].setEnabled(bool(desk.session and desk.session.dubs()))
        acts["revert"].setEnabled(
            any(desk.session and desk.session.version(clip) for clip in desk.selection)
        )
        acts["undo"].setEnabled(desk.undo.canUndo())
        acts["redo"].setEnabled(desk.undo.canRedo())
        self._tell_progress()

    def _tell_progress(self) -> None:
        jobs, acts = self.desk.jobs, self.actions_by_name
        acts["cancel"].setEnabled(jobs.busy)
        acts["cancel_all"].setEnabled(bool(jobs.queue))
        acts["pause"].setChecked(jobs.paused)
        running = jobs.running
        words = self.queue.summary.text() if jobs.queue else ""
        if running is not None:
            words = f"{running.job.shot.name} {jobs.pace.share(running.job.id):.0%} · {words}"
        self.progress.setText(words)

    # Handlers

    def _dub(self) -> None:
        self.desk.jobs.dub(self.desk.selection)
        self.docks["queue"].raise_()

    def _preview(self) -> None:
        move = self.viewer.transport
        if self.desk.clip:
            self.desk.jobs.dub([self.desk.clip], (move.mark_in, move.mark_out))

    def _pause(self) -> None:
        self.desk.jobs.pause(self.actions_by_name["pause"].isChecked())

    def _export(self) -> None:
        self.docks["export"].show()
        self.docks["export"].raise_()
        self.export.export()

    def _loop(self) -> None:
        self.viewer.transport.loop = self.actions_by_name["loop"].isChecked()

    def _mode(self, mode: str) -> None:
        for name in MODES:
            self.actions_by_name[name].setChecked(name == mode)
        self.viewer.set_mode(mode)

    def _overlay(self, name: str) -> None:
        self.viewer.set_overlay(OVERLAYS[name], self.actions_by_name[name].isChecked())

    def _speeded(self, speed: int) -> None:
        words = self.tr("Playing {speed}×").format(speed=speed) if speed else ""
        self.statusBar().showMessage(words)
        if not speed:
            self.viewer.refresh()

    def _neighbour(self, by: int) -> None:
        clips = self.strip.ordered()
        if not clips:
            return
        at = clips.index(self.desk.clip) if self.desk.clip in clips else -by
        self._show_clip(clips[min(max(at + by, 0), len(clips) - 1)])

    def _show_clip(self, clip: str) -> None:
        self.desk.select([clip])
        self.strip.set_playhead(self.desk.slots[clip].record.first)
        self.strip.bring_into_sight(clip)

    def seek(self, frame: int) -> None:
        """Put the playhead on a timeline frame, and show the shot that lies there."""
        slot = self.desk.slot
        if slot is None or not slot.record.first <= frame < slot.record.end:
            under = [
                s.clip for s in self.desk.slots.values() if s.record.first <= frame < s.record.end
            ]
            if under:
                self.desk.select([under[-1]])
        self.strip.set_playhead(frame)
        self.viewer.seek_record(frame)

    def _full_screen(self) -> None:
        full = not self.isFullScreen()
        if full:
            self._before = self.saveState()
        for dock in self.docks.values():
            dock.setVisible(not full)
        if not full:
            self.restoreState(self._before)
        (self if full else self.strip).setFocus()
        self.statusBar().setVisible(not full)
        (self.showFullScreen if full else self.showNormal)()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves the full screen, else takes the message away; Enter presses the button in
        hand.
        """
        held = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self._full_screen()
        elif event.key() == Qt.Key.Key_Escape:
            self.viewer.pick.setChecked(False)
            self.banner.hide()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            held, QAbstractButton
        ):
            held.click()
        else:
            super().keyPressEvent(event)

    def _waveforms(self) -> None:
        self.desk.remember(waveforms=self.actions_by_name["waveforms"].isChecked())
        self.strip.viewport().update()

    def _theme(self) -> None:
        self.desk.remember(theme="light" if self.actions_by_name["theme"].isChecked() else "dark")
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        dress(app, self.desk.memory.theme)

    def _shortcuts(self) -> None:
        dialog = ShortcutsDialog(self.desk, self)

        def keep() -> None:
            self.desk.remember(shortcuts=dialog.changed)
            set_shortcuts(self.actions_by_name, dialog.changed)

        dialog.accepted.connect(keep)
        dialog.open()

    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in self.desk.memory.recent:
            self.recent.addAction(path, partial(self.desk.open, Path(path)))

    def _help(self) -> None:
        steps = self.tr(
            "1. Open a timeline (Ctrl+O), exported as OpenTimelineIO from your editing program.\n"
            "2. Drop the new line, an audio file, on its clip.\n"
            "3. Press Dub (Ctrl+D); go on working while it renders.\n"
            "4. Watch it with the wipe (3) or the difference (5).\n"
            "5. Export (Ctrl+E) and open the new timeline in your editing program."
        )
        self._tell(self.tr("First dub in five steps"), steps)

    def _about(self) -> None:
        self._tell(
            self.tr("About G4G Dub"),
            self.tr("G4G Dub {version}\nThe lips follow the new line.").format(version=__version__),
        )

    def _tell(self, title: str, text: str) -> None:
        box = QMessageBox(
            QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Close, self
        )
        box.open()

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
            self.desk.open(paths[0])

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where a dub runs; cancel it, wait for it, then close. It goes on at the next start."""
        if self._ended:
            event.accept()
            return
        event.ignore()
        if self._ending or (self.desk.jobs.busy and not self._may_stop()):
            return
        self._ending = True
        self.viewer.transport.stop()
        self.takes.quiet()
        self.beside.set(False)  # the next start is not beside anything
        self.desk.remember(
            geometry=self.saveGeometry().toHex().toStdString(),
            layout=self.saveState().toHex().toStdString(),
        )
        self.statusBar().showMessage(self.tr("Stopping…"))
        self.desk.jobs.begin_close()
        self._end()

    def _may_stop(self) -> bool:
        words = self.tr("A dub is being rendered. Stop it and close? It goes on at the next start.")
        return QMessageBox.question(self, self.tr("Close"), words) == QMessageBox.StandardButton.Yes

    def _end(self) -> None:
        if not self.desk.jobs.closed:
            QTimer.singleShot(CLOSING, self._end)
            return
        self.ring.end()
        self.desk.close()
        self.desk.jobs.close()
        self.viewer.close_files()
        self._ended = True
        self.close()
        self.ended.emit()


def _plain(handler: Callable[[], object]) -> Callable[..., object]:
    """Drop the `checked` that QAction passes along."""
    return lambda *_: handler()


def action_names(window: Window) -> list[str]:
    """Return the names of all actions, in the order of the menus."""
    return [
        action.objectName()
        for action in window.findChildren(QAction)
        if action.objectName() in window.actions_by_name
    ]
