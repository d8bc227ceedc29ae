"""What the pages share: the open timeline, the decisions about it, its queue. Everything here runs
in the main thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from g4g_plugin.core.shot import Dub
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.queue_model import QueueModel
from g4g_plugin.panel.state.shot_decisions import ShotDecisions
from g4g_plugin.project.clip_state import ClipState, asks_for
from g4g_plugin.project.decisions import Changes
from g4g_plugin.project.job_store import Job, JobRow

if TYPE_CHECKING:
    from g4g_plugin.project.preview import Marks
    from g4g_plugin.project.service import Plan

# Ms between two looks at what the threads have answered: half a frame at 25 fps
DRAIN_INTERVAL = 20


class Document(ShotDecisions):
    """The open timeline, what is decided about it, and what is dubbed of it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refused: dict[str, tuple[str, str]] = {}  # clip -> why its last plan failed, and hint
        self.previews: dict[str, Dub] = {}  # clip -> the last preview of it
        self.queue = QueueModel(self.report, self)
        self._latest: dict[str, str] = {}  # clip -> its latest full job
        self._connect_queue()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.drain)
        self._timer.start(DRAIN_INTERVAL)

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
        super().drain()
        self.queue.drain()

    def _begin(self) -> None:
        self.refused.clear()
        self.previews.clear()
        self._index_jobs()
        self._collect_finished()

    def apply(self, changes: Changes) -> None:
        """Apply decisions; why a clip was refused is no longer true of it."""
        for clip in changes:
            self.refused.pop(clip, None)
        super().apply(changes)

    def state(self, clip: str) -> ClipState:
        """Return where a clip stands."""
        if self.project is None:
            return "plain"
        from g4g_plugin.project.clip_state import clip_state

        return clip_state(self.slots[clip], self.project, self.row_of(clip), clip in self.refused)

    def problem(self, clip: str) -> str:
        """Return in a sentence why a clip is blocked, or why its last dub failed (beside which an
        older version may stand); empty where nothing is wrong.
        """
        blocked = self.slots[clip].blocked
        if blocked is not None:
            return say(blocked.message)
        words, row, given = self.refused.get(clip), self.row_of(clip), self.decisions(clip)
        if words is None and row is not None and row.state == "failed" and asks_for(row.job, given):
            words = (row.message, row.hint)
        if words is None:
            return ""
        return " ".join(say(word) for word in words if word)

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
                self.tr("Already in the queue: {count}.").format(count=len(plan.jobs) - len(new))
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
                self.read_edit()
                self.changed.emit()

        self.files.ask(service.deliver, written)

    # Versions

    def remove_version(self, clip: str, index: int) -> None:
        """Forget a version; its file is deleted by the page that asks."""
        if self.service is not None:
            self.service.drop(clip, index)
            self.decided()
            self.write_project()

    def move_to(self, out: Path) -> None:
        """Deliver into another folder from now on."""
        service = self.service
        if service is not None:

            def moved(_: object) -> None:
                self.read_edit()
                self.decided()

            self.files.ask(lambda: service.move_to(out), moved)

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
        super().close()
