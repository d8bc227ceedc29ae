"""One thread that dubs job after job and tells what happens. It knows no screen: CLI, panel and
tests run this one.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from g4g_plugin.core.errors import Cancelled, FarmError, G4GError
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import NO_WORDS, Words, tr
from g4g_plugin.deliver.delivery import WorkFolder
from g4g_plugin.deliver.provenance import sidecar
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.project.engine_pool import OpenEngine, Opener
from g4g_plugin.project.identity import check_unchanged
from g4g_plugin.project.job_store import Job, JobStore
from g4g_plugin.project.ownership import owned
from g4g_plugin.render.dub import dub_shot

LOG = logging.getLogger(__name__)
PAUSE_POLL_SECONDS = 0.1  # seconds between two looks at the stop flag while paused
Kind = Literal["started", "stepped", "finished", "failed", "crashed", "cancelled", "idle"]


def take_back(dub: Dub) -> None:
    """Remove what was delivered and is in no timeline: the media first, so that none is unlabelled."""
    dub.media.unlink(missing_ok=True)
    sidecar(dub.media).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a job. `stepped`: stage, done, total (frames) and frames per second of that
    stage.
    """

    kind: Kind
    job: str = ""
    stage: str = ""
    done: int = 0
    total: int = 0
    fps: float = 0.0
    dub: Dub | None = None
    message: Words = NO_WORDS
    hint: Words = NO_WORDS


class _Watch:
    """The Progress handed to the rooms: turns steps into events and the stop flags into Cancelled."""

    def __init__(
        self,
        job: str,
        tell: Callable[[Event], None],
        stopped: Callable[[], bool],
        paused: threading.Event,
    ):
        self._job = job
        self._tell = tell
        self._stopped = stopped
        self._running = paused
        self._stage = ""
        self._since = 0.0

    def step(self, stage: str, done: int, total: int) -> None:
        """Report a step; wait while paused; raise Cancelled when asked to stop. A total of 0 tells
        nothing.
        """
        self._hold()
        if self._stopped():
            raise Cancelled
        if total == 0:
            return
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._since = stage, now
        fps = done / (now - self._since) if now > self._since else 0.0
        self._tell(Event("stepped", self._job, stage, done, total, fps))

    def _hold(self) -> None:
        began = time.monotonic()
        while not self._running.wait(PAUSE_POLL_SECONDS):
            if self._stopped():
                raise Cancelled
        self._since += time.monotonic() - began  # a pause does not slow the frames per second


class Worker:
    """Dubs the queued jobs of a store in order. `events` is read by whoever watches, from one
    thread.

    An engine stays open from one job to the next like it. An unexpected error fails its job and
    spares the queue. A job's folder is owned while it is worked on, and its plate and takes are
    looked at when it begins and when it ends.
    """

    def __init__(
        self,
        store: JobStore,
        cache: Path | None = None,
        engines: OpenEngine = open_engine,
        own_only: bool = False,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            store: the queue.
            cache: folder for what was seen of faces.
            engines: opens an engine by its name.
            own_only: work on what is submitted here, not on what others left queued.
        """
        self.store = store
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._cache = cache
        self._opener = Opener(engines)
        self._wake: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._own: set[str] | None = set() if own_only else None
        self._closing = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._thread = threading.Thread(target=self._run, name="g4g-worker", daemon=True)

    @property
    def alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    @property
    def closing(self) -> bool:
        """Return whether the end has been asked for: what is cancelled from now on stays queued."""
        return self._closing.is_set()

    def start(self) -> None:
        """Begin: queued jobs of the store first, then what is submitted."""
        self._thread.start()
        self._wake.put("start")

    def submit(self, job: Job) -> None:
        """Queue a job; done ones are told as finished at once."""
        self._cancelled.discard(job.id)
        if self._own is not None:
            self._own.add(job.id)
        row = self.store.put(job)
        if row.state == "done":
            WorkFolder(job.out, job.id).discard()  # a run may have ended just before it did
            self.events.put(Event("finished", job.id, dub=row.dub))
        self._wake.put(job.id)

    def cancel(self, job_id: str) -> None:
        """Stop a job that runs or waits."""
        self._cancelled.add(job_id)
        row = self.store.get(job_id)
        if row is not None and row.state == "queued":
            self.store.cancel(job_id)
            self.events.put(Event("cancelled", job_id))

    def pause(self) -> None:
        """Hold the running job at its next frame."""
        self._running.clear()

    def resume(self) -> None:
        """Go on."""
        self._running.set()

    def close(self, wait: float | None = None) -> bool:
        """Cancel what runs (it stays queued for the next start), end the thread; says whether it
        ended in time.
        """
        self._closing.set()
        self._running.set()
        self._wake.put(None)
        if self._thread.ident is not None:
            self._thread.join(wait)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while self._wake.get() is not None and not self._closing.is_set():
            try:
                while (
                    not self._closing.is_set() and (job := self.store.next(self._own)) is not None
                ):
                    self._work(job)
            except (
                FarmError
            ) as error:  # the store cannot be used now: the queue stands until it is woken again
                self.events.put(Event("failed", message=error.message, hint=error.hint))
            if not self._closing.is_set():
                self.events.put(Event("idle"))
        self._opener.close()

    def _work(self, job: Job) -> None:
        watch = _Watch(
            job.id,
            self.events.put,
            lambda: self._closing.is_set() or job.id in self._cancelled,
            self._running,
        )
        try:
            with owned(job.out, wait=True, waiting=lambda: watch.step("wait", 0, 0)):
                if not self.store.start(job.id):
                    return  # whoever worked in the folder meanwhile has taken it
                self.events.put(Event("started", job.id))
                dub = self._dub(job, watch)
        except Cancelled:
            self._stopped(job)
        except G4GError as error:
            self.store.fail(job.id, error.message, error.hint)
            self.events.put(Event("failed", job.id, message=error.message, hint=error.hint))
        except (Exception, SystemExit) as error:  # a plug-in that ends the program, too
            LOG.debug("job %s crashed", job.id, exc_info=True)
            message = tr("Unexpected: {error}").filled(error=str(error))
            self.store.fail(job.id, message, tr("Please send the report."))
            self.events.put(
                Event(
                    "crashed", job.id, message=Words(str(error)), hint=Words(traceback.format_exc())
                )
            )
        else:
            self.store.finish(job.id, dub)
            WorkFolder(job.out, job.id).discard()
            self.events.put(Event("finished", job.id, dub=dub))

    def _dub(self, job: Job, watch: _Watch) -> Dub:
        """Dub a job of whose plate and takes nothing has changed since it was planned."""
        if job.origin is not None:
            check_unchanged(job.shot, job.origin)
        engine = self._opener.engine(job.engine, job.options, watch)
        dub = dub_shot(job.shot, engine, job.out, job.codec, watch, self._cache, job.origin, job.id)
        try:
            if job.origin is not None:
                check_unchanged(job.shot, job.origin)
        except G4GError:
            take_back(dub)
            raise
        return dub

    def _stopped(self, job: Job) -> None:
        if job.id in self._cancelled:
            self.store.cancel(job.id)
            WorkFolder(job.out, job.id).discard()
        else:
            self.store.requeue(job.id)
        self.events.put(Event("cancelled", job.id))
