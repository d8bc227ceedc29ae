"""What the pages share: the open timeline, the decisions about it, its queue. Everything here runs
in the main thread.
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

from g4g_plugin.core.decisions import FaceChoice, Fit, Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings, load_settings, save_settings
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import reason_of
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.panel.state.planning import Marks, Plan, plan_dubs, plan_previews
from g4g_plugin.panel.state.preferences import load_preferences, save_preferences
from g4g_plugin.panel.state.queue_model import QueueModel
from g4g_plugin.project.job_store import Job, JobRow
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
    from g4g_plugin.project.edit import Edit, Slot
    from g4g_plugin.project.take_matching import Pair

LOG = logging.getLogger(__name__)
DRAIN_INTERVAL = (
    20  # ms between two looks at what the threads have answered: half a frame at 25 fps
)
AUTOSAVE_FOLDER = "autosave"  # beside the dubs
SAVE_DELAY = 300  # ms after a change: dragging a bar is one save, not a hundred


class _AssignCommand(QUndoCommand):
    """Give clips other takes; undone, they have what they had."""

    def __init__(self, document: Document, changes: Changes, text: str) -> None:
        super().__init__(text)
        self._document = document
        self._after = dict(changes)
        self._before = document.session.before(changes) if document.session else {}

    def redo(self) -> None:
        """Apply."""
        self._document.apply_changes(self._after)

    def undo(self) -> None:
        """Take back."""
        self._document.apply_changes(self._before)


class Document(QObject):
    """The open timeline and what is decided about it. Pages read from it, ask it, and listen to its
    signals.
    """

    opened = Signal()  # another timeline is open
    changed = Signal()  # takes, versions or states are others
    progressed = Signal()  # a job went on; or the queue is another
    selection_changed = Signal()
    failed = Signal(str, str)  # a sentence and a hint, to be shown
    crashed = Signal(str)  # a bug of ours: the report
    status_changed = Signal(str)  # a sentence for the status line

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preferences = load_preferences()
        self.settings = Settings()
        self.edit: Edit | None = None
        self.session: Session | None = None
        self.slots: dict[str, Slot] = {}
        self.marks: list[Mark] = []
        self.selection: tuple[str, ...] = ()
        self.refused: dict[str, tuple[str, str]] = {}  # clip -> why its last plan failed, and hint
        self.previews: dict[str, Dub] = {}  # clip -> the last preview of it
        self.undo = QUndoStack(self)
        self.files = Background("files", self.report)
        self.looks = Background("looks", self.log_failure)
        self.frames = Background("frames", self.report)
        self.queue = QueueModel(self.report, self)
        self._latest: dict[str, str] = {}  # clip -> its latest full job
        self._postponed: G4GError | None = None  # raised before anybody could listen
        self._read_settings()
        self._connect_queue()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.drain)
        self._timer.start(DRAIN_INTERVAL)
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.timeout.connect(self.save)

    def _read_settings(self) -> None:
        try:
            self.settings = load_settings()
        except G4GError as error:
            self._postponed = error

    def _connect_queue(self) -> None:
        self.queue.changed.connect(self._queue_changed)
        self.queue.finished.connect(self._deliver)
        for mine, queues in (
            (self.progressed, self.queue.progressed),
            (self.failed, self.queue.failed),
            (self.crashed, self.queue.crashed),
            (self.status_changed, self.queue.status_changed),
        ):
            queues.connect(mine)

    def drain(self) -> None:
        """Hand out what the threads have answered and what the worker tells."""
        if self._postponed is not None:
            error, self._postponed = self._postponed, None
            self.report(error)
        for pool in (self.files, self.frames, self.looks):
            pool.drain()
        self.queue.drain()

    # What went wrong, in words

    def report(self, error: BaseException) -> None:
        """Show a G4GError as its sentence; anything else is a bug of ours, with a report."""
        if isinstance(error, G4GError):
            self.failed.emit(say(error.message), say(error.hint))
        else:
            self.crashed.emit("".join(traceback.format_exception(error)))

    def log_failure(self, error: BaseException) -> None:
        """Pass over what failed only for looks (a thumbnail, a waveform); the log has it."""
        LOG.info("not shown: %s", error)

    # The timeline

    def open(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Read a timeline and what was decided about it, in the background."""
        path = path.absolute()
        path_map = dict(self.settings.path_map)
        self.status_changed.emit(self.tr("Reading {name}…").format(name=path.name))

        def read() -> tuple[Edit, Session, list[Mark]]:
            from g4g_plugin.timeline.read import open_timeline

            edit = open_timeline(path, path_map)
            return edit, load_session(path, path.parent / "g4g-dubs"), markers(edit)

        def show(answer: tuple[Edit, Session, list[Mark]]) -> None:
            self.show_edit(*answer)
            then()

        self.files.ask(read, show)

    def show_edit(self, edit: Edit, session: Session, marks: list[Mark]) -> None:
        """Take a timeline in place of the one that was open."""
        self.save()
        self.edit, self.session, self.marks = edit, session, marks
        self.slots = {slot.clip: slot for slot in edit.slots}
        self.refused.clear()
        self.previews.clear()
        self.undo.clear()
        self.set_preferences(recent=self.preferences.opened(edit.path).recent)
        self.selection = next(
            ((clip,) for clip, slot in self.slots.items() if not slot.blocked), ()
        )
        self._index_jobs()
        self._collect_finished()
        self.opened.emit()
        self.selection_changed.emit()
        self.changed.emit()
        self.status_changed.emit(
            self.tr("{name}: {count} clips").format(
                name=edit.name or edit.path.name, count=len(self.slots)
            )
        )

    def state(self, clip: str) -> ClipState:
        """Return where a clip stands."""
        if self.session is None:
            return "plain"
        return state_of(self.slots[clip], self.session, self.row_of(clip), clip in self.refused)

    def problem(self, clip: str) -> str:
        """Return in a sentence why a clip is blocked or failed; empty where nothing is wrong."""
        blocked = self.slots[clip].blocked
        if blocked is not None:
            return say(blocked.message)
        row = self.row_of(clip)
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
            self.selection_changed.emit()

    # Decisions

    def assignment(self, clip: str | None) -> Assignment | None:
        """Return what a clip is to say."""
        return self.session.assignments.get(clip) if self.session and clip else None

    def assign(self, changes: Changes, text: str) -> None:
        """Give clips takes; can be undone."""
        if self.session is not None and changes:
            self.undo.push(_AssignCommand(self, changes, text))

    def assign_files(self, pairs: Sequence[Pair]) -> None:
        """Give clips the files found for them, keeping face and fit."""
        changes = {}
        for pair in pairs:
            old = self.assignment(pair.clip)
            fit: Fit = old.fit if old else "pad"
            changes[pair.clip] = Assignment(
                Take(pair.audio, label=pair.audio.stem), fit, old.face if old else None
            )
        self.assign(changes, self.tr("assign {count} takes").format(count=len(changes)))

    def change_take(self, text: str, take: Take | None = None, fit: Fit | None = None) -> None:
        """Change take or fit of the selected clips that have one."""
        changes: dict[str, Assignment | None] = {}
        for clip in self.selection:
            old = self.assignment(clip)
            if old is not None:
                changes[clip] = replace(old, take=take or old.take, fit=fit or old.fit)
        self.assign(changes, text)

    def choose_face(self, face: FaceChoice | None) -> None:
        """Choose whose mouth moves in the first selected clip."""
        old = self.assignment(self.clip)
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
        self._saver.start(SAVE_DELAY)
        self.changed.emit()

    def save(self) -> None:
        """Save the decisions now."""
        self._saver.stop()
        if self.session is None:
            return
        try:
            save_session(self.session)
        except G4GError as error:
            self.report(error)

    def set_preferences(self, **values: object) -> None:
        """Change what the window remembers, and save it."""
        self.preferences = replace(self.preferences, **values)  # type: ignore[arg-type]
        save_preferences(self.preferences)

    def set_settings(self, settings: Settings) -> None:
        """Take over and save settings."""
        self.settings = settings
        try:
            save_settings(settings)
        except OSError as err:
            self.failed.emit(
                self.tr("The settings cannot be saved: {why}.").format(why=say(reason_of(err))),
                "",
            )
        self.changed.emit()

    # Dubbing

    def dub(self, clips: Sequence[str], preview: Marks | None = None) -> None:
        """Plan the clips that have a take, in the background, and queue them."""
        session = self.session
        if session is None:
            return
        wanted = [
            (self.slots[clip], session.assignments[clip])
            for clip in clips
            if clip in session.assignments
        ]
        if not wanted:
            self.failed.emit(
                self.tr("The selected clips have no take."),
                self.tr("Drop an audio file on a clip."),
            )
            return
        settings, folder = self.settings, self.queue.previews_folder

        def plan() -> Plan:
            if preview is not None:
                return plan_previews(wanted, settings, preview, folder)
            return plan_dubs(wanted, settings, settings.deliver, session.out)

        self.status_changed.emit(self.tr("Checking shot and take…"))
        self.queue.plan(plan, self._planned)

    def _planned(self, plan: Plan) -> None:
        self.status_changed.emit("")  # it is checked
        for clip, error in plan.refused.items():
            self.refused[clip] = (error.message, error.hint)
        for error in [*plan.refused.values()][:1]:
            self.failed.emit(say(error.message), say(error.hint))
        queued = {row.job.id for row in self.queue.unfinished}
        new = [job for job in plan.jobs if job.id not in queued]
        if len(new) < len(plan.jobs):
            self.status_changed.emit(
                self.tr("In the queue already: {count}.").format(count=len(plan.jobs) - len(new))
            )
        self._submit(new)

    def retry(self, jobs: Sequence[str] | None = None) -> None:
        """Queue again what failed or was cancelled of this timeline."""
        ended = [
            row.job for row in self.queue.rows.values() if row.state in ("failed", "cancelled")
        ]
        again = [job for job in ended if self._owns(job.id) and (jobs is None or job.id in jobs)]
        self._submit(again, again=True)

    def _submit(self, jobs: Sequence[Job], again: bool = False) -> None:
        if self.queue.worker is None or self.session is None or not jobs:
            self.changed.emit()
            return
        self.keep(self.session.with_jobs(self._assignments_of(jobs, again)))
        self.save()
        self.queue.submit(jobs)

    def _assignments_of(self, jobs: Sequence[Job], again: bool) -> dict[str, Assignment]:
        """Return what is asked of each job: what is assigned now; of one tried again, what was
        asked before.
        """
        session = self.session
        assert session is not None
        asked = {}
        for job in jobs:
            planned = Assignment(job.shot.take, job.shot.fit, job.shot.face)
            now = session.assignments.get(job.shot.clip, planned)
            asked[job.id] = session.jobs.get(job.id, now) if again else now
        return asked

    def _owns(self, job: str) -> bool:
        """Return whether a job belongs to the open timeline."""
        return self.session is not None and job in self.session.jobs

    def _index_jobs(self) -> None:
        full = [row.job for row in self.queue.rows.values() if not self.queue.is_preview(row.job)]
        self._latest = {job.shot.clip: job.id for job in full if self._owns(job.id)}

    def row_of(self, clip: str) -> JobRow | None:
        """Return the latest full job of a clip."""
        return self.queue.rows.get(self._latest.get(clip, ""))

    def progress_of(self, clip: str) -> float:
        """Return how much of a clip's running dub is done, 0..1."""
        return self.queue.estimate.fraction(self._latest.get(clip, ""))

    def _queue_changed(self) -> None:
        self._index_jobs()
        self.changed.emit()

    def open_queue(self, then: Callable[[list[JobRow]], object] = lambda rows: None) -> None:
        """Open the job store; `then` is told what waits there from last time."""

        def show(waiting: list[JobRow]) -> None:
            self._collect_finished()
            then(waiting)

        self.queue.open_store(show)

    def _collect_finished(self) -> None:
        """Stack what was finished for this timeline while it was closed, or before a crash."""
        session = self.session
        if session is None:
            return
        known = {dub.media for stack in session.versions.values() for dub in stack}
        for row in self.queue.rows.values():
            dub = row.dub if row.state == "done" and self._owns(row.job.id) else None
            if dub is None or dub.media in known or self.queue.is_preview(row.job):
                continue
            if dub.media.is_file():
                session = session.deliver(dub, row.job.id)
        if session is not self.session:
            self.keep(session)

    def _deliver(self, job: str, dub: Dub) -> None:
        clip = dub.shot.clip
        if self.queue.is_preview(self.queue.rows[job].job):
            self.previews[clip] = dub
        elif self._owns(job) and self.session is not None:
            self.previews.pop(clip, None)
            self.keep(self.session.deliver(dub, job))
            self.save()
            self.autosave()

    def autosave(self) -> None:
        """Write the project with every dub in use beside the dubs, in the background: a copy that
        needs no export.
        """
        edit, session = self.edit, self.session
        if edit is None or session is None or not session.dubs():
            return
        dubs, folder = session.dubs(), session.out / AUTOSAVE_FOLDER

        def write() -> None:
            from g4g_plugin.timeline.write import write_dubs

            folder.mkdir(parents=True, exist_ok=True)
            write_dubs(edit, dubs, folder)

        self.files.ask(write, lambda _: None, self.log_failure)

    # Versions

    def choose_version(self, clip: str, index: int) -> None:
        """Use a version; -1 is the original picture."""
        if self.session is not None:
            self.keep(self.session.choose(clip, index))

    def revert_selection(self) -> None:
        """Give the selected clips their original picture back."""
        for clip in self.selection:
            if self.session and self.session.version(clip):
                self.choose_version(clip, -1)

    def remove_version(self, clip: str, index: int) -> None:
        """Forget a version; its file is deleted by the page that asks."""
        if self.session is not None:
            self.keep(self.session.drop(clip, index))

    def shown_dub(self, clip: str | None) -> Dub | None:
        """Return what is shown as dubbed for a clip: the preview where one is newer, else the
        version in use.
        """
        if self.session is None or clip is None:
            return None
        return self.previews.get(clip) or self.session.version(clip)

    def close(self) -> None:
        """Save, and end the threads."""
        self._timer.stop()
        self.save()
        for pool in (self.looks, self.frames, self.files):
            pool.close()
