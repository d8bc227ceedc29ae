"""What the pages share: the edit, the decisions about it, the worker. Everything here runs in the
main thread.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings, load_settings, save_settings
from g4g_plugin.core.shot import Dub, FaceChoice, Fit, Take
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.panel.state.preferences import load_memory, save_memory
from g4g_plugin.panel.state.queue_model import Jobs
from g4g_plugin.project.markers import Mark, markers
from g4g_plugin.project.session import (
    Assignment,
    Changes,
    ClipState,
    Session,
    load_session,
    save_session,
    state_of,
)

if TYPE_CHECKING:
    from g4g_plugin.project.take_matching import Pair
    from g4g_plugin.timeline.edit import Edit, Slot

LOG = logging.getLogger(__name__)
TICK = 20  # ms between two looks at what the threads have answered
AUTOSAVE = "autosave"  # folder beside the dubs
SAVE_AFTER = 300  # ms of quiet before a change is saved


class _Assign(QUndoCommand):
    """Give clips other takes; undone, they have what they had."""

    def __init__(self, desk: Desk, changes: Changes, text: str) -> None:
        super().__init__(text)
        self._desk = desk
        self._after = dict(changes)
        self._before = desk.session.before(changes) if desk.session else {}

    def redo(self) -> None:
        """Apply."""
        self._desk.apply_changes(self._after)

    def undo(self) -> None:
        """Take back."""
        self._desk.apply_changes(self._before)


class Desk(QObject):
    """The open timeline and what is decided about it. Pages read from it, ask it, and listen to its
    signals.
    """

    opened = Signal()  # another timeline lies on the desk
    changed = Signal()  # takes, versions or states are others
    stepped = Signal()  # a job went on; or the queue is another
    selected = Signal()  # other clips are selected
    failed = Signal(str, str)  # a sentence and a hint, to be shown
    crashed = Signal(str)  # a bug of ours: the report
    told = Signal(str)  # a sentence for the status line

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.memory = load_memory()
        self.settings = Settings()
        self.edit: Edit | None = None
        self.session: Session | None = None
        self.slots: dict[str, Slot] = {}
        self.marks: list[Mark] = []
        self.selection: tuple[str, ...] = ()
        self.refused: dict[
            str, tuple[str, str]
        ] = {}  # clip -> sentence and hint of a plan that failed
        self.undo = QUndoStack(self)
        self.files = Background("files", self.explain)
        self.looks = Background("looks", self.ignore)
        self.frames = Background("frames", self.explain)
        self.jobs = Jobs(self)
        self._unsaid: G4GError | None = None  # until somebody listens
        self._read_settings()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.drain)
        self._timer.start(TICK)
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.timeout.connect(self.save)

    def _read_settings(self) -> None:
        try:
            self.settings = load_settings()
        except G4GError as error:
            self._unsaid = error

    def drain(self) -> None:
        """Hand out what the threads have answered and what the worker tells."""
        if self._unsaid is not None:
            unsaid, self._unsaid = self._unsaid, None
            self.explain(unsaid)
        for pool in (self.files, self.frames, self.looks):
            pool.drain()
        self.jobs.drain()

    # What went wrong, in words

    def explain(self, error: BaseException) -> None:
        """Show a G4GError as its sentence; anything else is a bug of ours, with a report."""
        if isinstance(error, G4GError):
            self.failed.emit(say(error.message), say(error.hint))
        else:
            self.crashed.emit("".join(traceback.format_exception(error)))

    def ignore(self, error: BaseException) -> None:
        """Pass over what failed only for looks (a thumbnail, a waveform); the log has it."""
        LOG.info("not shown: %s", error)

    # The timeline

    def open(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Read a timeline and what was decided about it, in the background."""
        path = path.absolute()
        path_map = dict(self.settings.path_map)
        self.told.emit(self.tr("Reading {name}…").format(name=path.name))

        def read() -> tuple[Edit, Session, list[Mark]]:
            from g4g_plugin.timeline.read import open_timeline

            edit = open_timeline(path, path_map)
            return edit, load_session(path, path.parent / "g4g-dubs"), markers(edit)

        def show(found: tuple[Edit, Session, list[Mark]]) -> None:
            self.show_edit(*found)
            then()

        self.files.ask(read, show)

    def show_edit(self, edit: Edit, session: Session, marks: list[Mark]) -> None:
        """Lay a timeline on the desk."""
        self.save()
        self.edit, self.session, self.marks = edit, session, marks
        self.slots = {slot.clip: slot for slot in edit.slots}
        self.refused.clear()
        self.undo.clear()
        self.remember(recent=self.memory.opened(edit.path).recent)
        self.selection = next(
            ((clip,) for clip, slot in self.slots.items() if not slot.blocked), ()
        )
        self.jobs.reindex()
        self.opened.emit()
        self.selected.emit()
        self.changed.emit()
        self.told.emit(
            self.tr("{name}: {count} clips").format(
                name=edit.name or edit.path.name, count=len(self.slots)
            )
        )

    def state(self, clip: str) -> ClipState:
        """Say where a clip stands."""
        if self.session is None:
            return "plain"
        return state_of(
            self.slots[clip], self.session, self.jobs.row_of(clip), clip in self.refused
        )

    def trouble(self, clip: str) -> str:
        """Say in a sentence why a clip is blocked or failed; empty where nothing is wrong."""
        blocked = self.slots[clip].blocked
        if blocked is not None:
            return say(blocked.message)
        row = self.jobs.row_of(clip)
        if self.state(clip) != "failed":
            return ""
        words = self.refused.get(clip) or ((row.message, row.hint) if row is not None else ("", ""))
        return " ".join(say(word) for word in words if word)

    @property
    def clip(self) -> str | None:
        """The clip the pages are about: the first selected."""
        return self.selection[0] if self.selection else None

    @property
    def slot(self) -> Slot | None:
        """The slot of that clip."""
        return self.slots.get(self.clip) if self.clip else None

    def select(self, clips: Sequence[str]) -> None:
        """Select clips; the first is the one the pages show."""
        known = tuple(clip for clip in clips if clip in self.slots)
        if known != self.selection:
            self.selection = known
            self.selected.emit()

    # Decisions

    def given(self, clip: str | None) -> Assignment | None:
        """Return what a clip is to say."""
        return self.session.assignments.get(clip) if self.session and clip else None

    def assign(self, changes: Changes, text: str) -> None:
        """Give clips takes; can be undone."""
        if self.session is not None and changes:
            self.undo.push(_Assign(self, changes, text))

    def assign_files(self, pairs: Sequence[Pair]) -> None:
        """Give clips the files found for them, keeping face and fit."""
        changes = {}
        for pair in pairs:
            old = self.given(pair.clip)
            fit: Fit = old.fit if old else "pad"
            changes[pair.clip] = Assignment(
                Take(pair.audio, label=pair.audio.stem), fit, old.face if old else None
            )
        self.assign(changes, self.tr("assign {count} takes").format(count=len(changes)))

    def alter(self, text: str, take: Take | None = None, fit: Fit | None = None) -> None:
        """Change take or fit of the selected clips that have one."""
        changes: dict[str, Assignment | None] = {}
        for clip in self.selection:
            old = self.given(clip)
            if old is not None:
                changes[clip] = replace(old, take=take or old.take, fit=fit or old.fit)
        self.assign(changes, text)

    def choose_face(self, face: FaceChoice | None) -> None:
        """Say whose mouth moves in the first selected clip."""
        old = self.given(self.clip)
        if old is None or self.clip is None:
            self.failed.emit(self.tr("Choose a take first, then click the face."), "")
            return
        self.assign({self.clip: replace(old, face=face)}, self.tr("choose the face"))

    def apply_changes(self, changes: Changes) -> None:
        """Apply an assignment (called by the undo stack)."""
        if self.session is not None:
            for clip in changes:
                self.refused.pop(clip, None)
            self.keep(self.session.assign(changes))

    def keep(self, session: Session) -> None:
        """Take over changed decisions; they are saved a moment later."""
        self.session = session
        self._saver.start(SAVE_AFTER)
        self.changed.emit()

    def save(self) -> None:
        """Save the decisions now."""
        self._saver.stop()
        if self.session is None:
            return
        try:
            save_session(self.session)
        except G4GError as error:
            self.explain(error)

    def remember(self, **values: object) -> None:
        """Change what the window remembers, and save it."""
        self.memory = replace(self.memory, **values)  # type: ignore[arg-type]
        save_memory(self.memory)

    def autosave(self) -> None:
        """Write the project with every dub in use beside the dubs, in the background: a copy that
        needs no export.
        """
        edit, session = self.edit, self.session
        if edit is None or session is None or not session.dubs():
            return
        dubs, folder = session.dubs(), session.out / AUTOSAVE

        def write() -> None:
            from g4g_plugin.timeline.write import write_dubs

            folder.mkdir(parents=True, exist_ok=True)
            write_dubs(edit, dubs, folder)

        self.files.ask(write, lambda _: None, self.ignore)

    def set_settings(self, settings: Settings) -> None:
        """Take over and save settings."""
        self.settings = settings
        try:
            save_settings(settings)
        except OSError as err:
            self.failed.emit(
                self.tr("The settings cannot be saved: {why}.").format(why=say(err.strerror or "")),
                "",
            )
        self.changed.emit()

    # Versions

    def choose_version(self, clip: str, index: int) -> None:
        """Use a version; -1 is the original picture."""
        if self.session is not None:
            self.keep(self.session.choose(clip, index))

    def drop_version(self, clip: str, index: int) -> None:
        """Forget a version; its file is moved to the wastebasket by the page that asks."""
        if self.session is not None:
            self.keep(self.session.drop(clip, index))

    def version(self, clip: str | None) -> Dub | None:
        """Return what is shown as dubbed for a clip: the preview where one is newer, else the
        version in use.
        """
        if self.session is None or clip is None:
            return None
        return self.jobs.previews.get(clip) or self.session.version(clip)

    def close(self) -> None:
        """Save, and end the threads."""
        self._timer.stop()
        self.save()
        for pool in (self.looks, self.frames, self.files):
            pool.close()
