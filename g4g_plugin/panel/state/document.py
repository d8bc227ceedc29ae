"""What the pages share: the open timeline, the decisions about it, its queue. Everything here runs
in the main thread.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from g4g_plugin.core.decisions import FaceChoice, Fit, Line, Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings, cache_dir, load_settings, save_settings
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import reason_of
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.panel.state.preferences import load_preferences, save_preferences
from g4g_plugin.panel.state.queue_model import QueueModel
from g4g_plugin.project.clip_state import ClipState
from g4g_plugin.project.decisions import Changes, Decisions, default_settings
from g4g_plugin.project.job_store import Job, JobRow
from g4g_plugin.project.markers import Mark, markers

if TYPE_CHECKING:
    from g4g_plugin.project.edit import Edit, Slot
    from g4g_plugin.project.preview import Marks
    from g4g_plugin.project.project import Project
    from g4g_plugin.project.service import Plan, Service
    from g4g_plugin.project.take_matching import Pair

LOG = logging.getLogger(__name__)
DRAIN_INTERVAL = (
    20  # ms between two looks at what the threads have answered: half a frame at 25 fps
)
SAVE_DELAY = 300  # ms after a change: dragging a bar is one save, not a hundred


class _AssignCommand(QUndoCommand):
    """Give clips other takes; undone, they have what they had."""

    def __init__(self, document: Document, changes: Changes, text: str) -> None:
        super().__init__(text)
        self._document = document
        self._after = dict(changes)
        self._before = document.project.before(changes) if document.project else {}

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
        self.service: Service | None = None
        self.project: Project | None = None  # as it was last shown: the service goes on meanwhile
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
        self.status_changed.emit(self.tr("Reading {name}…").format(name=path.name))

        settings = self._machine_settings()

        def read() -> tuple[Service, list[Mark]]:
            from g4g_plugin.project.service import Service

            service = Service(settings, cache_dir())
            service.open(path)
            assert service.edit is not None
            return service, markers(service.edit)

        def show(answer: tuple[Service, list[Mark]]) -> None:
            self.show_project(*answer)
            then()

        self.files.ask(read, show)

    def _machine_settings(self) -> Settings:
        """Return the settings, with a core left to the interface where there are several."""
        threads = self.settings.threads or max(1, (os.cpu_count() or 2) - 1)
        return replace(self.settings, threads=threads)

    def show_project(self, service: Service, marks: list[Mark]) -> None:
        """Take a timeline in place of the one that was open."""
        self.save()
        if self.service is not None:
            self.service.close()
        self.service, self.marks = service, marks
        self._read_edit()
        assert self.edit is not None
        self.refused.clear()
        self.previews.clear()
        self.undo.clear()
        self.set_preferences(recent=self.preferences.opened(self.edit_path).recent)
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
                name=self.edit.name or self.edit_path.name, count=len(self.slots)
            )
        )
        for problem in service.project.problems[:1] if service.project else ():
            self.failed.emit(problem, "")

    def _read_edit(self) -> None:
        assert self.service is not None
        self.edit, self.project = self.service.edit, self.service.project
        self.slots = {slot.clip: slot for slot in self.edit.slots} if self.edit else {}

    @property
    def edit_path(self) -> Path:
        """The timeline that was opened."""
        assert self.project is not None
        return self.project.timeline

    def state(self, clip: str) -> ClipState:
        """Return where a clip stands."""
        if self.project is None:
            return "plain"
        from g4g_plugin.project.clip_state import clip_state

        return clip_state(self.slots[clip], self.project, self.row_of(clip), clip in self.refused)

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

    def decisions(self, clip: str | None) -> Decisions | None:
        """Return what is decided about a clip."""
        return self.project.decisions.get(clip) if self.project and clip else None

    def default_decisions(self, take: Take, fit: Fit | None = None) -> Decisions:
        """Return what a clip gets with its first take: the same as in the shell."""
        settings = default_settings(self.settings)
        return Decisions((Line(take),), replace(settings, fit=fit) if fit else settings)

    def assign(self, changes: Changes, text: str) -> None:
        """Decide about clips; can be undone."""
        if self.project is not None and changes:
            self.undo.push(_AssignCommand(self, changes, text))

    def assign_files(self, pairs: Sequence[Pair]) -> None:
        """Give clips the files found for them, keeping face and settings."""
        changes = {}
        try:
            for pair in pairs:
                take = Take(pair.audio, label=pair.audio.stem)
                old = self.decisions(pair.clip)
                changes[pair.clip] = (
                    old.with_line(take=take) if old else self.default_decisions(take)
                )
        except G4GError as error:
            self.report(error)
            return
        self.assign(changes, self.tr("assign {count} takes").format(count=len(changes)))

    def change_take(self, text: str, take: Take | None = None, fit: Fit | None = None) -> None:
        """Change take or fit of the selected clips that have one."""
        changes: dict[str, Decisions | None] = {}
        for clip in self.selection:
            old = self.decisions(clip)
            if old is not None:
                new = old.with_line(take=take) if take else old
                changes[clip] = new.with_settings(fit=fit) if fit else new
        self.assign(changes, text)

    def change_shot(self, text: str, at: int | None = None, **settings: object) -> None:
        """Change settings of the selected clips that have a take.

        Args:
            text: what undo calls it.
            at: the frame of the shot with which its line begins.
            settings: fields of `ShotSettings`.
        """
        changes: dict[str, Decisions | None] = {}
        for clip in self.selection:
            old = self.decisions(clip)
            if old is not None:
                new = old if at is None else old.with_line(at=at)
                changes[clip] = new.with_settings(**settings)
        if any(changes[clip] != self.decisions(clip) for clip in changes):
            self.assign(changes, text)

    def choose_face(self, face: FaceChoice | None) -> None:
        """Choose whose mouth moves in the first selected clip."""
        old = self.decisions(self.clip)
        if old is None or self.clip is None:
            self.failed.emit(self.tr("Choose a take first, then click the face."), "")
            return
        self.assign({self.clip: old.with_line(face=face)}, self.tr("choose the face"))

    def apply_changes(self, changes: Changes) -> None:
        """Apply decisions (called by the undo stack)."""
        if self.service is not None:
            for clip in changes:
                self.refused.pop(clip, None)
            self.service.assign(changes)
            self._decided()

    def _decided(self) -> None:
        """Decisions are others; they are saved a moment later."""
        self.project = self.service.project if self.service else None
        self._saver.start(SAVE_DELAY)
        self.changed.emit()

    def save(self) -> None:
        """Save the decisions now."""
        self._saver.stop()
        if self.service is None:
            return
        try:
            self.service.save()
        except G4GError as error:
            self.report(error)

    def set_preferences(self, **values: object) -> None:
        """Change what the window remembers, and save it."""
        self.preferences = replace(self.preferences, **values)  # type: ignore[arg-type]
        save_preferences(self.preferences)

    def set_settings(self, settings: Settings) -> None:
        """Take over and save settings."""
        self.settings = settings
        if self.service is not None:
            self.service.settings = self._machine_settings()
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
        service = self.service
        if service is None:
            return
        wanted = [clip for clip in clips if self.decisions(clip) is not None]
        if not wanted:
            self.failed.emit(
                self.tr("The selected clips have no take."),
                self.tr("Drop an audio file on a clip."),
            )
            return
        folder = self.queue.previews_folder

        def plan() -> Plan:
            from g4g_plugin.project.preview import preview_plan

            whole = service.plan(wanted)
            return whole if preview is None else preview_plan(whole, preview, folder)

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
        self._submit([job for job in ended if self._owns(job) and (jobs is None or job.id in jobs)])

    def _submit(self, jobs: Sequence[Job]) -> None:
        if self.queue.worker is None or self.service is None or not jobs:
            self.changed.emit()
            return
        self.save()
        self.queue.submit(jobs)

    def _owns(self, job: Job) -> bool:
        """Return whether a job is of the open timeline: the same place in the same plate, delivered
        into its folder.
        """
        project, slot = self.project, self.slots.get(job.shot.clip)
        if project is None or slot is None or slot.media is None:
            return False
        here = job.out in (project.out, self.queue.previews_folder)
        return here and slot.media == job.shot.plate and slot.record.first == job.shot.record.first

    def _index_jobs(self) -> None:
        full = [row.job for row in self.queue.rows.values() if not self.queue.is_preview(row.job)]
        self._latest = {job.shot.clip: job.id for job in full if self._owns(job)}

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
        """Deliver what was finished for this timeline while it was closed, or before a crash."""
        rows = [row for row in self.queue.rows.values() if row.state == "done" and row.dub]
        self._deliver_dubs(
            [
                row.dub
                for row in rows
                if row.dub and self._owns(row.job) and not self.queue.is_preview(row.job)
            ]
        )

    def _deliver(self, job: str, dub: Dub) -> None:
        """Take over what the queue has finished."""
        row = self.queue.rows[job]
        if self.queue.is_preview(row.job):
            self.previews[dub.shot.clip] = dub
        elif self._owns(row.job):
            self.previews.pop(dub.shot.clip, None)
            self._deliver_dubs([dub])

    def _deliver_dubs(self, dubs: Sequence[Dub]) -> None:
        """Write finished dubs into the project, in the background."""
        service = self.service
        if service is None or service.project is None:
            return
        known = {v.media for stack in service.project.versions.values() for v in stack}
        new = [dub for dub in dubs if dub.media not in known and dub.media.is_file()]
        if new:
            service.take_over(new)
            self.write_project()

    def write_project(self) -> None:
        """Write what is decided and delivered into the project file, in the background."""
        service = self.service
        if service is None:
            return

        def written(_: object) -> None:
            if service is self.service:
                self._read_edit()
                self.changed.emit()

        self.files.ask(service.deliver, written)

    # Versions

    def choose_version(self, clip: str, index: int) -> None:
        """Use a version; -1 is the original picture."""
        if self.service is not None:
            self.service.choose(clip, index)
            self._decided()

    def revert_selection(self) -> None:
        """Give the selected clips their original picture back."""
        for clip in self.selection:
            if self.project and self.project.version(clip):
                self.choose_version(clip, -1)

    def remove_version(self, clip: str, index: int) -> None:
        """Forget a version; its file is deleted by the page that asks."""
        if self.service is not None:
            self.service.drop(clip, index)
            self._decided()
            self.write_project()

    def move_to(self, out: Path) -> None:
        """Deliver into another folder from now on."""
        service = self.service
        if service is not None:

            def moved(_: object) -> None:
                self._read_edit()
                self._decided()

            self.files.ask(lambda: service.move_to(out), moved)

    def versions(self, clip: str | None) -> list[Dub]:
        """Return the dubs of a clip, the oldest first."""
        stack = self.project.versions.get(clip, ()) if self.project and clip else ()
        return [version.dub for version in stack]

    def dubs(self) -> list[Dub]:
        """Return every dub in use."""
        project = self.project
        used = [project.version(clip) for clip in project.versions] if project else []
        return [version.dub for version in used if version is not None]

    def shown_dub(self, clip: str | None) -> Dub | None:
        """Return what is shown as dubbed for a clip: the preview where one is newer, else the
        version in use.
        """
        if self.project is None or clip is None:
            return None
        version = self.project.version(clip)
        return self.previews.get(clip) or (version.dub if version else None)

    def close(self) -> None:
        """Save, and end the threads."""
        self._timer.stop()
        self.save()
        if self.service is not None:
            self.service.close()
        for pool in (self.looks, self.frames, self.files):
            pool.close()
