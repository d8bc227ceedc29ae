"""The queue as the panel sees it: the render worker, driven; its events, drained; its rows,
mirrored. It knows no timeline: what a job was asked for is the document's business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from g4g_plugin.core.errors import DeliverError, G4GError
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.project.job_store import Job, JobRow, JobStore
from g4g_plugin.project.time_estimate import TimeEstimate

if TYPE_CHECKING:
    from g4g_plugin.project.worker import Event, Worker

ENDED_STATES = ("done", "delivered", "failed", "cancelled")
Answer = TypeVar("Answer")


class QueueModel(QObject):
    """Submits jobs and mirrors what becomes of them. All methods run in the main thread."""

    changed = Signal()  # rows are others, or their state is
    progressed = Signal()  # a job went on
    finished = Signal(str, object)  # job, Dub
    failed = Signal(str, str)  # a sentence and a hint, to be shown
    crashed = Signal(str)  # a bug of ours: the report
    status_changed = Signal(str)  # a sentence for the status line

    def __init__(
        self, report: Callable[[BaseException], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._report = report
        self._planner = Background("plans", report)
        self.worker: Worker | None = None
        self.rows: dict[str, JobRow] = {}  # in queue order
        self.estimate = TimeEstimate()
        self.last_step: Event | None = None  # of the running job
        self.paused = False
        self._paused_at = 0.0
        self._cancel_count = 0  # plans that were asked for before the last "cancel all" are dropped
        self.waiting: list[JobRow] = []  # found queued at the start, not yet agreed to

    @property
    def previews_folder(self) -> Path:
        """Where previews go."""
        return cache_dir() / "previews"

    def open_store(self, then: Callable[[list[JobRow]], object] = lambda rows: None) -> None:
        """Open the store and look for what a crash or a closing left queued; `then` is told what
        was found.
        """

        def read() -> tuple[Worker, list[JobRow], list[JobRow]]:
            from g4g_plugin.project.worker import Worker

            store = JobStore(cache_dir() / "jobs.sqlite3")
            left = store.recover()
            return Worker(store, cache_dir()), left, store.rows()

        def show(answer: tuple[Worker, list[JobRow], list[JobRow]]) -> None:
            self.worker, self.waiting, rows = answer
            self.rows = {row.job.id: row for row in rows}
            self.changed.emit()
            self.progressed.emit()
            then(self.waiting)

        self._planner.ask(read, show)

    @property
    def unfinished(self) -> list[JobRow]:
        """Rows that wait or run, in order."""
        return [row for row in self.rows.values() if row.state in ("running", "queued")]

    @property
    def running(self) -> JobRow | None:
        """The row that runs now."""
        return next((row for row in self.rows.values() if row.state == "running"), None)

    @property
    def planning(self) -> bool:
        """Return whether shots are being checked or put into the store."""
        return self._planner.busy

    @property
    def busy(self) -> bool:
        """Return whether the worker has something to lose."""
        return self.running is not None

    def is_preview(self, job: Job) -> bool:
        """Return whether a job renders only a preview."""
        return job.out == self.previews_folder

    def time_left(self) -> float | None:
        """Return seconds until the queue is done, None where nothing is known."""
        waiting = {row.job.id: row.job.shot.deliver.count for row in self.unfinished}
        return self.estimate.seconds_left(waiting, time.monotonic()) if waiting else None

    def time_left_of(self, row: JobRow) -> float | None:
        """Return seconds until one job is done, once it runs; None where nothing is known."""
        frames = {row.job.id: row.job.shot.deliver.count}
        return self.estimate.seconds_left(frames, time.monotonic())

    # Asking

    def plan(self, work: Callable[[], Answer], then: Callable[[Answer], object]) -> None:
        """Check shots in the background; the answer is dropped where all was cancelled meanwhile."""
        asked_at = self._cancel_count

        def planned(answer: Answer) -> None:
            if asked_at == self._cancel_count:
                then(answer)

        self._planner.ask(work, planned)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs; one that is done already is made anew as the next version."""
        worker = self.worker
        if worker is None or not jobs:
            return
        done = {job.id for job in jobs if (row := self.rows.get(job.id)) and row.state == "done"}
        for job in jobs:
            self.rows.pop(job.id, None)
            self.rows[job.id] = JobRow(job, "queued")

        def put() -> None:
            for job in jobs:
                _make_folder(job.out)
                if job.id in done:
                    worker.store.deliver(job.id)
                worker.submit(job)

        self._planner.ask(put, lambda _: self.start(), lambda error: self._not_put(jobs, error))
        self.changed.emit()
        self.progressed.emit()

    def _not_put(self, jobs: Sequence[Job], error: BaseException) -> None:
        told = error if isinstance(error, G4GError) else G4GError(str(error))
        for job in jobs:
            if self.worker is None or self.worker.store.get(job.id) is None:
                self.rows[job.id] = JobRow(job, "failed", message=told.message, hint=told.hint)
        self._report(error)
        self.changed.emit()

    def start(self) -> None:
        """Start the worker where it has not begun; agree to what was found queued."""
        self.waiting = []
        if self.worker is not None and not self.worker.alive:
            self.worker.start()
        self.progressed.emit()

    def decline_waiting(self) -> None:
        """Do not go on with what was found queued; it can be retried."""
        for row in self.waiting:
            self.cancel(row.job.id)
        self.waiting = []

    def cancel(self, job: str) -> None:
        """Stop a job that runs or waits; one that is just being put into the store is stopped
        there.
        """
        worker = self.worker
        if worker is None:
            return
        worker.cancel(job)
        if self.planning:
            self._planner.ask(lambda: worker.cancel(job), lambda _: None)

    def cancel_running(self) -> None:
        """Stop the job that runs."""
        if self.running is not None:
            self.cancel(self.running.job.id)

    def cancel_all(self) -> None:
        """Stop everything, the waiting ones first, and what is still being planned."""
        self._cancel_count += 1
        for row in reversed(self.unfinished):
            self.cancel(row.job.id)

    def pause(self, on: bool) -> None:
        """Hold the running job at its next frame, or go on."""
        if self.paused and not on:
            self.estimate.exclude_pause(time.monotonic() - self._paused_at)
        self.paused, self._paused_at = on, time.monotonic()
        if self.worker is not None:
            (self.worker.pause if on else self.worker.resume)()
        self.progressed.emit()

    def move(self, job: str, by: int) -> None:
        """Move a waiting job up (-1) or down (+1) in the queue."""
        waiting = [row.job.id for row in self.unfinished if row.state == "queued"]
        at = waiting.index(job) if job in waiting else -1
        if self.worker is None or at < 0 or not 0 <= at + by < len(waiting):
            return
        order = [other for other in waiting if other != job]
        order.insert(at + by, job)
        after = order[at + by + 1] if at + by + 1 < len(order) else None
        self.worker.store.move(job, after)
        rest = {key: row for key, row in self.rows.items() if key not in order}
        self.rows = {**rest, **{key: self.rows[key] for key in order}}
        self.progressed.emit()

    def clear_finished(self) -> None:
        """Take what is done, failed or cancelled off the list; versions and files stay."""
        ended = [key for key, row in self.rows.items() if row.state in ENDED_STATES]
        for key in ended:
            del self.rows[key]
            if self.worker is not None:
                self.worker.store.remove(key)
        self.changed.emit()
        self.progressed.emit()

    # Listening

    def drain(self) -> None:
        """Hand on what the planner and the worker tell."""
        self._planner.drain()
        if self.worker is None or self.worker.events.empty():
            return
        rows_changed = False
        while not self.worker.events.empty():
            event = self.worker.events.get()
            row = self.rows.get(event.job)
            frames = row.job.shot.deliver.count if row else 0
            self.estimate.record(event, frames, time.monotonic())
            if event.kind == "stepped":
                self.last_step = event
            elif event.kind != "idle":
                self._apply(event, row)
                rows_changed = True
        if rows_changed:
            self.changed.emit()
        self.progressed.emit()

    def _apply(self, event: Event, row: JobRow | None) -> None:
        if row is None:
            if not event.job:  # the store itself
                self.failed.emit(say(event.message), say(event.hint))
            return
        if event.kind == "started":
            self.rows[event.job] = replace(row, state="running")
        elif event.kind == "cancelled":
            closing = self.worker is not None and self.worker.closing
            self.rows[event.job] = replace(row, state="queued" if closing else "cancelled")
        elif event.kind == "failed":
            self._keep_failure(row, event.message, event.hint)
            self.failed.emit(f"{row.job.shot.name}: {say(event.message)}", say(event.hint))
        elif event.kind == "crashed":
            self._keep_failure(row, event.message, self.tr("See the report."))
            self.crashed.emit(event.hint)
        elif event.kind == "finished" and event.dub is not None:
            self._finish(row, event.dub)

    def _keep_failure(self, row: JobRow, message: str, hint: str) -> None:
        self.rows[row.job.id] = replace(row, state="failed", message=message, hint=hint)

    def _finish(self, row: JobRow, dub: Dub) -> None:
        self.rows[row.job.id] = replace(row, state="done", dub=dub)
        self.finished.emit(row.job.id, dub)
        self.status_changed.emit(self.tr("{name} is dubbed.").format(name=row.job.shot.name))

    def begin_close(self) -> None:
        """Ask the worker to stop at its next frame; what ran stays queued."""
        if self.worker is not None:
            self.worker.close(0)

    @property
    def closed(self) -> bool:
        """Return whether the worker's thread has ended."""
        return self.worker is None or not self.worker.alive

    def close(self) -> None:
        """End the planner."""
        self._planner.close()


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise DeliverError(
            "The folder {out} cannot be made: {err}.",
            tr("Export to another one."),
            out=out,
            err=err,
        ) from err
