"""The worker with the real rooms and the copy engine, and with engines that break."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pytest

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import EngineError, FarmError
from g4g_plugin.engine.base import Engine, EngineOptions, EngineSpec
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.media.probe import probe
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.engine_pool import load_ahead
from g4g_plugin.project.job_store import Job, JobStore
from g4g_plugin.project.planning import plan_shot
from g4g_plugin.project.worker import Event, Worker, _Watch
from g4g_plugin.timeline.read import open_timeline

HOUR = 90_000
PATIENCE = 60


class Broken:
    """Opens like an engine; `dub` does what the test asks."""

    def __init__(self, dub: Callable[[Crops], Iterator[Patch]]) -> None:
        self.spec = EngineSpec("broken", needs_face=False)
        self._dub = dub
        self.closed = False

    def dub(self, crops: Crops, take: np.ndarray) -> Iterator[Patch]:
        return self._dub(crops)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def make_job(tmp_path: Path, draw_plate, draw_tone, draw_timeline) -> Callable[..., Job]:
    def make(
        count: int = 10, name: str = "shot", picture: Callable[[int], np.ndarray] | None = None
    ) -> Job:
        plate, line = (
            draw_plate(f"{name}.mov", count + 10, picture=picture),
            draw_tone(f"{name}.wav", count / 25),
        )
        timeline = draw_timeline(
            [(name, plate, HOUR + 5, count, HOUR, count + 10)], name=f"cut-{name}"
        )
        slot = open_timeline(timeline, {}).slots[0]
        shot = plan_shot(slot, Decisions((Line(Take(line)),)))
        return Job(shot, tmp_path / "out", "copy", EngineOptions(), "ffv1")

    return make


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    (tmp_path / "out").mkdir()
    return JobStore(tmp_path / "jobs.sqlite3")


def run(worker: Worker, *jobs: Job) -> list[Event]:
    """Submit jobs, start, and gather events until the queue is empty."""
    for job in jobs:
        worker.submit(job)
    worker.start()
    events: list[Event] = []
    while not events or events[-1].kind != "idle":
        events.append(worker.events.get(timeout=PATIENCE))
    assert worker.close(PATIENCE)
    return events


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events if event.kind != "stepped"]


def test_copy_engine_delivers_and_tells_every_step(make_job, store: JobStore) -> None:
    job = make_job()
    events = run(Worker(store), job)
    assert kinds(events) == ["started", "finished", "idle"]
    dub = events[-2].dub
    assert dub is not None
    assert dub.media.is_file()
    assert probe(dub.media).count == job.shot.source.count
    assert (dub.frames_dubbed, dub.frames_kept) == (0, 10)
    stages = {event.stage: event for event in events if event.kind == "stepped"}
    assert all(event.done == event.total for event in stages.values())
    row = store.get(job.id)
    assert row is not None
    assert (row.state, row.dub) == ("done", dub)


def test_done_job_is_told_as_finished_without_work(make_job, store: JobStore) -> None:
    job = make_job()
    run(Worker(store), job)
    again = run(Worker(store), job)
    assert kinds(again) == ["finished", "idle"]
    assert len(list(job.out.glob("*.mov")) + list(job.out.glob("*.mkv"))) == 1


def test_an_error_of_ours_spares_the_queue(make_job, store: JobStore) -> None:
    def opened(name: str, options: EngineOptions) -> Engine:
        if options.strength == 2:
            raise EngineError("No weights.", "Install them.")
        return open_engine(name, options)

    bad, good = make_job(name="bad"), make_job(name="good")
    bad = Job(bad.shot, bad.out, "copy", EngineOptions(strength=2), "ffv1")
    events = run(Worker(store, engines=opened), bad, good)
    assert kinds(events) == ["started", "failed", "started", "finished", "idle"]
    assert (events[1].message, events[1].hint) == ("No weights.", "Install them.")


def test_a_bug_spares_the_queue_and_offers_a_report(make_job, store: JobStore) -> None:
    def opened(name: str, options: EngineOptions) -> Engine:
        if options.strength == 2:
            raise ZeroDivisionError("frame 7")
        return open_engine(name, options)

    bad, good = make_job(name="bad"), make_job(name="good")
    bad = Job(bad.shot, bad.out, "copy", EngineOptions(strength=2), "ffv1")
    events = run(Worker(store, engines=opened), bad, good)
    assert kinds(events) == ["started", "crashed", "started", "finished", "idle"]
    assert "ZeroDivisionError" in events[1].hint
    row = store.get(bad.id)
    assert row is not None
    assert row.state == "failed"


def test_cancel_stops_at_the_next_frame_and_leaves_nothing_behind(
    make_job, store: JobStore
) -> None:
    job = make_job(count=400)
    worker = Worker(store)
    worker.submit(job)
    worker.start()
    while worker.events.get(timeout=PATIENCE).kind != "stepped":
        pass
    worker.cancel(job.id)
    already = worker.events.qsize()
    after = 0
    while worker.events.get(timeout=PATIENCE).kind != "cancelled":
        after += 1
    assert after <= already + 2  # how long that takes is measured in benchmarks/
    assert worker.close(PATIENCE)
    assert list(job.out.iterdir()) == []
    row = store.get(job.id)
    assert row is not None
    assert row.state == "cancelled"


def test_closing_keeps_the_running_job_for_the_next_start(make_job, store: JobStore) -> None:
    job = make_job(count=400)
    worker = Worker(store)
    worker.submit(job)
    worker.start()
    while worker.events.get(timeout=PATIENCE).kind != "stepped":
        pass
    assert worker.close(PATIENCE)
    assert [row.job.id for row in store.recover()] == [job.id]
    assert kinds(run(Worker(store)))[-2:] == ["finished", "idle"]


def test_pause_holds_and_resume_goes_on(make_job, store: JobStore) -> None:
    job = make_job(count=100)
    worker = Worker(store)
    worker.submit(job)
    worker.pause()
    worker.start()
    assert worker.events.get(timeout=PATIENCE).kind == "started"
    threading.Event().wait(0.5)
    assert worker.events.empty()
    worker.resume()
    while worker.events.get(timeout=PATIENCE).kind != "finished":
        pass
    assert worker.close(PATIENCE)


def test_cancel_does_not_wait_for_an_engine_that_opens(make_job, store: JobStore) -> None:
    asked, let_go = threading.Event(), threading.Event()
    opened: list[str] = []

    def slow(name: str, options: EngineOptions) -> Engine:
        asked.set()
        let_go.wait(PATIENCE)
        opened.append(name)
        return open_engine(name, options)

    first, second = make_job(name="first"), make_job(name="second")
    worker = Worker(store, engines=slow)
    worker.submit(first)
    worker.submit(second)
    worker.start()
    assert asked.wait(PATIENCE)
    worker.cancel(first.id)
    while worker.events.get(timeout=PATIENCE).kind != "cancelled":
        pass
    assert opened == []  # it still opens, and the next job will have it
    let_go.set()
    while worker.events.get(timeout=PATIENCE).kind != "finished":
        pass
    assert opened == ["copy"]
    assert worker.close(PATIENCE)


def test_pause_does_not_slow_the_frames_per_second() -> None:
    events: list[Event] = []
    running = threading.Event()
    running.set()
    watch = _Watch("job", events.append, lambda: False, running)
    watch.step("encode", 0, 100)
    running.clear()
    threading.Timer(1.0, running.set).start()
    watch.step("encode", 50, 100)
    assert events[-1].fps > 100  # 50 frames a second, were the pause counted


def test_a_store_that_fails_stops_no_thread(
    make_job, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job()
    whole = store.next
    broken = [FarmError("The disk is full.", "Free some space.")]

    def next_job(among: Collection[str] | None) -> Job | None:
        if broken:
            raise broken.pop()
        return whole(among)

    monkeypatch.setattr(store, "next", next_job)
    worker = Worker(store)
    worker.start()
    told = worker.events.get(timeout=PATIENCE)
    assert (told.kind, told.message) == ("failed", "The disk is full.")
    worker.submit(job)
    while worker.events.get(timeout=PATIENCE).kind != "finished":
        pass
    assert worker.close(PATIENCE)


def test_a_library_is_linked_before_python_imports_it() -> None:
    assert load_ahead("torch", "lib/libtorch_python.so") is sys.platform.startswith("linux")
    assert not load_ahead("torch", "lib/no_such.so")
    assert not load_ahead("no_such_package", "lib/no_such.so")
