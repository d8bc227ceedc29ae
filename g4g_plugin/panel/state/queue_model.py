"""The queue as the panel sees it: the render worker, driven; its events, drained; its rows,
mirrored.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from g4g_plugin.core.errors import DeliverError, G4GError
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.shot import Dub
from g4g_plugin.engine.base import EngineOptions, Renderer
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.project.job_store import Job, JobRow, JobStore
from g4g_plugin.project.session import Assignment
from g4g_plugin.project.time_estimate import Pace

if TYPE_CHECKING:
    from g4g_plugin.panel.state.document import Desk
    from g4g_plugin.project.worker import Event, Worker
    from g4g_plugin.timeline.edit import Slot

ENDED = ("done", "delivered", "failed", "cancelled")
Span = tuple[int | None, int | None]  # in and out marks, plate time, both inclusive


class Jobs:
    """Plans shots, submits them, mirrors what becomes of them. All methods run in the main thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._planner = Background("plans", desk.explain)
        self.worker: Worker | None = None
        self.rows: dict[str, JobRow] = {}  # in queue order
        self.pace = Pace()
        self.previews: dict[str, Dub] = {}  # clip -> the last preview of it
        self.now: Event | None = None  # the last step of the running job
        self.paused = False
        self._paused_at = 0.0
        self._asked_to_stop = (
            0  # how often all was cancelled: what was still being planned then is not queued
        )
        self.waiting: list[JobRow] = []  # found queued at the start, not yet agreed to
        self._latest: dict[str, str] = {}  # clip -> its latest full job

    @property
    def previews_folder(self) -> Path:
        """Where previews go."""
        return cache_dir() / "previews"

    def prepare(self, then: Callable[[list[JobRow]], object] = lambda rows: None) -> None:
        """Open the store and look for what a crash or a closing left queued; `then` is told what
        was found.
        """

        def look() -> tuple[Worker, list[JobRow], list[JobRow]]:
            from g4g_plugin.project.worker import Worker

            store = JobStore(cache_dir() / "jobs.sqlite3")
            left = store.recover()
            return Worker(store, cache_dir()), left, store.rows()

        def show(found: tuple[Worker, list[JobRow], list[JobRow]]) -> None:
            self.worker, self.waiting, rows = found
            self.rows = {row.job.id: row for row in rows}
            self.reindex()
            self._desk.changed.emit()
            self._desk.stepped.emit()
            then(self.waiting)

        self._planner.ask(look, show)

    def _index(self) -> None:
        full = [row.job for row in self.rows.values() if row.job.out != self.previews_folder]
        self._latest = {job.shot.clip: job.id for job in full if self.mine(job.id)}

    def mine(self, job: str) -> bool:
        """Return whether a job belongs to the timeline on the desk."""
        return self._desk.session is not None and job in self._desk.session.jobs

    def row_of(self, clip: str) -> JobRow | None:
        """Return the latest full job of a clip."""
        return self.rows.get(self._latest.get(clip, ""))

    def reindex(self) -> None:
        """Another timeline lies on the desk: stack what was finished for it while it was away, or
        before a crash.
        """
        self.previews.clear()
        self._index()
        session = self._desk.session
        if session is None:
            return
        known = {dub.media for stack in session.versions.values() for dub in stack}
        for row in self.rows.values():
            dub = row.dub if row.state == "done" and self.mine(row.job.id) else None
            if dub is None or dub.media in known or row.job.out == self.previews_folder:
                continue
            if dub.media.is_file():
                session = session.deliver(dub, row.job.id)
        if session is not self._desk.session:
            self._desk.keep(session)

    @property
    def queue(self) -> list[JobRow]:
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

    def time_left(self) -> float | None:
        """Return seconds until the queue is done, None where nothing is known."""
        waiting = {row.job.id: row.job.shot.deliver.count for row in self.queue}
        return self.pace.left(waiting, time.monotonic()) if waiting else None

    def time_left_of(self, row: JobRow) -> float | None:
        """Return seconds until one job is done, once it runs; None where nothing is known."""
        return self.pace.left({row.job.id: row.job.shot.deliver.count}, time.monotonic())

    def share_of(self, clip: str) -> float:
        """Return how much of a clip's running dub is done, 0..1."""
        return self.pace.share(self._latest.get(clip, ""))

    # Asking

    def options(self) -> EngineOptions:
        """Return the engine's options: a core is left to the interface where there are several."""
        settings = self._desk.settings
        threads = settings.threads or max(1, (os.cpu_count() or 2) - 1)
        renderer: Renderer = (
            settings.renderer if settings.renderer in ("native", "network") else "auto"
        )  # type: ignore[assignment]
        return EngineOptions(settings.device, renderer, settings.strength, None, threads)

    def dub(self, clips: Sequence[str], preview: Span | None = None) -> None:
        """Plan the clips that have a take, in the background, and queue them."""
        desk, session = self._desk, self._desk.session
        if session is None:
            return
        wanted = [
            (desk.slots[clip], session.assignments[clip])
            for clip in clips
            if clip in session.assignments
        ]
        if not wanted:
            desk.failed.emit(
                QCoreApplication.translate("Desk", "The selected clips have no take."),
                QCoreApplication.translate("Desk", "Drop an audio file on a clip."),
            )
            return
        settings, options = desk.settings, self.options()
        out, codec = session.out, settings.deliver

        from g4g_plugin.deliver.encode import check_encoder
        from g4g_plugin.project.preview import CODEC as PREVIEW_CODEC

        def plan() -> tuple[list[Job], dict[str, G4GError]]:
            jobs, refused = [], {}
            for slot, given in wanted:
                try:
                    check_encoder(codec if preview is None else PREVIEW_CODEC)
                    made = Job(
                        _plan(slot, given, settings.handles), out, settings.engine, options, codec
                    )
                    jobs.append(
                        made if preview is None else _preview(made, preview, self.previews_folder)
                    )
                except G4GError as error:
                    refused[slot.clip] = error
            return jobs, refused

        desk.told.emit(QCoreApplication.translate("Desk", "Checking shot and take…"))
        stops = self._asked_to_stop
        self._planner.ask(
            plan, lambda found: self._planned(*found) if stops == self._asked_to_stop else None
        )

    def _planned(self, jobs: list[Job], refused: dict[str, G4GError]) -> None:
        desk = self._desk
        desk.told.emit("")  # it is checked
        for clip, error in refused.items():
            desk.refused[clip] = (error.message, error.hint)
        if refused:
            first = next(iter(refused.values()))
            desk.failed.emit(say(first.message), say(first.hint))
        there = {row.job.id for row in self.queue}
        new = [job for job in jobs if job.id not in there]
        if len(new) < len(jobs):
            desk.told.emit(
                QCoreApplication.translate("Desk", "In the queue already: {count}.").format(
                    count=len(jobs) - len(new)
                )
            )
        self.submit(new)

    def submit(self, jobs: Sequence[Job], again: bool = False) -> None:
        """Queue jobs; one that is done already is made anew as the next version. again: they were
        asked for before.
        """
        desk, worker = self._desk, self.worker
        if worker is None or desk.session is None or not jobs:
            desk.changed.emit()
            return
        desk.keep(desk.session.with_jobs(self._asked(jobs, again)))
        desk.save()
        done = {job.id for job in jobs if (row := self.rows.get(job.id)) and row.state == "done"}
        for job in jobs:
            self.rows.pop(job.id, None)
            self.rows[job.id] = JobRow(job, "queued")
        self._index()

        def put() -> None:
            for job in jobs:
                _make_folder(job.out)
                if job.id in done:
                    worker.store.deliver(job.id)
                worker.submit(job)

        self._planner.ask(put, lambda _: self.go_on(), lambda error: self._not_put(jobs, error))
        desk.changed.emit()
        desk.stepped.emit()

    def _asked(self, jobs: Sequence[Job], again: bool) -> dict[str, Assignment]:
        """Return what is asked of each job: what is assigned now; of one tried again, what was
        asked before.
        """
        session = self._desk.session
        assert session is not None
        asked = {}
        for job in jobs:
            worded = Assignment(job.shot.take, job.shot.fit, job.shot.face)
            now = session.assignments.get(job.shot.clip, worded)
            asked[job.id] = session.jobs.get(job.id, now) if again else now
        return asked

    def _not_put(self, jobs: Sequence[Job], error: BaseException) -> None:
        message, hint = (
            (error.message, error.hint) if isinstance(error, G4GError) else (str(error), "")
        )
        for job in jobs:
            if self.worker is None or self.worker.store.get(job.id) is None:
                self.rows[job.id] = JobRow(job, "failed", message=message, hint=hint)
        self._desk.explain(error)
        self._desk.changed.emit()

    def go_on(self) -> None:
        """Start the worker where it has not begun; agree to what was found queued."""
        self.waiting = []
        if self.worker is not None and not self.worker.alive:
            self.worker.start()
        self._desk.stepped.emit()

    def forget_waiting(self) -> None:
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

    def cancel_all(self) -> None:
        """Stop everything, the waiting ones first, and what is still being planned."""
        self._asked_to_stop += 1
        for row in reversed(self.queue):
            self.cancel(row.job.id)

    def pause(self, on: bool) -> None:
        """Hold the running job at its next frame, or go on."""
        if self.paused and not on:
            self.pace.rest(time.monotonic() - self._paused_at)
        self.paused, self._paused_at = on, time.monotonic()
        if self.worker is not None:
            (self.worker.pause if on else self.worker.resume)()
        self._desk.stepped.emit()

    def retry(self, jobs: Sequence[str] | None = None) -> None:
        """Queue again what failed or was cancelled."""
        ended = [row.job for row in self.rows.values() if row.state in ("failed", "cancelled")]
        self.submit(
            [job for job in ended if self.mine(job.id) and (jobs is None or job.id in jobs)],
            again=True,
        )

    def move(self, job: str, by: int) -> None:
        """Move a waiting job up (-1) or down (+1) in the queue."""
        waiting = [row.job.id for row in self.queue if row.state == "queued"]
        at = waiting.index(job) if job in waiting else -1
        if self.worker is None or at < 0 or not 0 <= at + by < len(waiting):
            return
        order = [other for other in waiting if other != job]
        order.insert(at + by, job)
        after = order[at + by + 1] if at + by + 1 < len(order) else None
        self.worker.store.move(job, after)
        rest = {key: row for key, row in self.rows.items() if key not in order}
        self.rows = {**rest, **{key: self.rows[key] for key in order}}
        self._desk.stepped.emit()

    def clear_ended(self) -> None:
        """Take what is done, failed or cancelled off the list; versions and files stay."""
        gone = [key for key, row in self.rows.items() if row.state in ENDED]
        for key in gone:
            del self.rows[key]
            if self.worker is not None:
                self.worker.store.remove(key)
        self._index()
        self._desk.changed.emit()
        self._desk.stepped.emit()

    # Listening

    def drain(self) -> None:
        """Take what the planner and the worker tell."""
        self._planner.drain()
        if self.worker is None or self.worker.events.empty():
            return
        whole, last = False, None
        while not self.worker.events.empty():
            event = self.worker.events.get()
            row = self.rows.get(event.job)
            self.pace.take(event, row.job.shot.deliver.count if row else 0, time.monotonic())
            if event.kind == "stepped":
                last = event
            elif event.kind != "idle":
                self._happened(event, row)
                whole = True
        self.now = last or self.now
        if whole:
            self._desk.changed.emit()
        self._desk.stepped.emit()

    def _happened(self, event: Event, row: JobRow | None) -> None:
        desk = self._desk
        if row is None:
            if not event.job:  # the store itself
                desk.failed.emit(say(event.message), say(event.hint))
            return
        if event.kind == "started":
            self.rows[event.job] = replace(row, state="running")
        elif event.kind == "cancelled":
            closing = self.worker is not None and self.worker.closing
            self.rows[event.job] = replace(row, state="queued" if closing else "cancelled")
        elif event.kind in ("failed", "crashed"):
            self.rows[event.job] = replace(
                row, state="failed", message=event.message, hint=event.hint
            )
            self._failed(event, row)
        elif event.kind == "finished" and event.dub is not None:
            self.rows[event.job] = replace(row, state="done", dub=event.dub)
            if row.job.out == self.previews_folder:
                self.previews[row.job.shot.clip] = event.dub
            elif self.mine(event.job) and desk.session is not None:
                self.previews.pop(row.job.shot.clip, None)
                desk.keep(desk.session.deliver(event.dub, event.job))
                desk.save()
                desk.autosave()
            desk.told.emit(
                QCoreApplication.translate("Desk", "{name} is dubbed.").format(
                    name=row.job.shot.name
                )
            )

    def _failed(self, event: Event, row: JobRow) -> None:
        if event.kind == "crashed":
            self.rows[event.job] = replace(
                self.rows[event.job], hint=QCoreApplication.translate("Desk", "See the report.")
            )
            self._desk.crashed.emit(event.hint)
        else:
            self._desk.failed.emit(f"{row.job.shot.name}: {say(event.message)}", say(event.hint))

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
            f"The folder {out} cannot be made: {err.strerror}.", "Export to another one."
        ) from err


def _plan(slot: Slot, given: Assignment, handles: int):
    from g4g_plugin.project.service import Request, plan_shot

    return plan_shot(
        slot, given.take, Request(slot.clip, given.take.audio, given.face, given.fit), handles
    )


def _preview(job: Job, marks: Span, folder: Path) -> Job:
    from g4g_plugin.project.preview import CODEC, preview_range, preview_shot

    span = preview_range(job.shot.source, marks)
    return Job(preview_shot(job.shot, span), folder, job.engine, job.options, CODEC)
