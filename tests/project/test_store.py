from __future__ import annotations

import os
import pickle
import sqlite3
from fractions import Fraction
from pathlib import Path

import pytest

from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import FarmError
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.project.job_store import Job, JobStore

RATE = Fraction(24000, 1001)


def make_job(tmp_path: Path, clip: str = "V1/1") -> Job:
    span = FrameRange(86_400, 48, RATE)
    shot = Shot(
        "a",
        clip,
        FrameRange(0, 48, RATE),
        tmp_path / "a.mov",
        span,
        span,
        (Line(Take(tmp_path / "line.wav")),),
    )
    return Job(shot, tmp_path / "out", "copy", EngineOptions(weights=Path("w.safetensors")))


def make_dub(job: Job) -> Dub:
    media = job.out / "a.mov"
    media.parent.mkdir(exist_ok=True)
    media.write_bytes(b"x")
    return Dub(
        job.shot, media, job.shot.deliver, "01:00:00:00", "copy", None, 40, 8, {"offset": 0.5}
    )


def test_job_survives_json_and_pickle(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    assert from_plain(Job, to_plain(job)) == job == pickle.loads(pickle.dumps(job))
    assert from_plain(Job, to_plain(job)).id == job.id
    assert make_job(tmp_path, "V1/2").id != job.id


def test_done_job_is_not_queued_again_unless_its_comp_is_gone(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs.sqlite3"), make_job(tmp_path)
    store.put(job)
    store.start(job.id)
    dub = make_dub(job)
    store.finish(job.id, dub)
    assert store.put(job).dub == dub
    dub.media.unlink()
    assert store.put(job).state == "queued"


def test_delivered_job_is_queued_afresh(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs.sqlite3"), make_job(tmp_path)
    store.put(job)
    store.finish(job.id, make_dub(job))
    store.deliver(job.id)
    row = store.get(job.id)
    assert row is not None
    assert row.dub is not None
    assert store.put(job).state == "queued"


def test_job_of_a_dead_process_goes_back_into_the_queue(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs.sqlite3"), make_job(tmp_path)
    store.put(job)
    store.start(job.id)
    assert store.recover() == []  # this process lives
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE jobs SET owner = ?", (_dead_pid(),))
    db.close()
    assert [row.job.id for row in store.recover()] == [job.id]


def test_a_number_given_out_again_is_not_the_process_that_died(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs.sqlite3"), make_job(tmp_path)
    store.put(job)
    store.start(job.id)
    with sqlite3.connect(store.path) as db:
        db.execute(
            "UPDATE jobs SET owner = ?", (f"{os.getpid()} 1",)
        )  # began a hundredth of a second after the boot
    db.close()
    assert [row.job.id for row in store.recover()] == [job.id]


def test_store_that_breaks_later_is_told_of(tmp_path: Path) -> None:
    store, job = JobStore(tmp_path / "jobs.sqlite3"), make_job(tmp_path)
    store.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(FarmError, match="is damaged"):
        store.put(job)
    assert JobStore(store.path).rows() == []  # the next start sets it aside


def _dead_pid() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_order_can_be_changed(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "jobs.sqlite3")
    jobs = [make_job(tmp_path, f"V1/{n}") for n in (1, 2, 3)]
    for job in jobs:
        store.put(job)
    store.move(jobs[2].id, before=jobs[0].id)
    store.move(jobs[0].id, before=None)
    assert [row.job.shot.clip for row in store.rows()] == ["V1/3", "V1/2", "V1/1"]
    store.remove(jobs[1].id)
    assert len(store.rows()) == 2


def test_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(FarmError, match="newer"):
        JobStore(path)


def test_store_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path, damaged = tmp_path / "jobs.sqlite3", b"no database at all" * 100
    path.write_bytes(damaged)
    store = JobStore(path)
    store.put(make_job(tmp_path))
    assert len(store.rows()) == 1
    assert path.with_name("jobs.sqlite3.damaged").read_bytes() == damaged
    assert "jobs.sqlite3.damaged" in store.problems[0]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE jobs SET job = substr(job, 1, 40) WHERE rowid = 1",
        "UPDATE jobs SET job = '[]' WHERE rowid = 1",
        "UPDATE jobs SET state = 'lost' WHERE rowid = 1",
        "UPDATE jobs SET dub = '{}' WHERE rowid = 1",
        "UPDATE jobs SET id = 'another' WHERE rowid = 1",
    ],
)
def test_a_damaged_row_is_set_aside_and_the_rest_goes_on(tmp_path: Path, damage: str) -> None:
    store = JobStore(tmp_path / "jobs.sqlite3")
    jobs = [make_job(tmp_path, f"V1/{n}") for n in (1, 2)]
    for job in jobs:
        store.put(job)
    with sqlite3.connect(store.path) as db:
        db.execute(damage)
    db.close()
    again = JobStore(store.path)
    assert [row.job.id for row in again.rows()] == [jobs[1].id]
    assert "damaged_jobs" in again.problems[0]
    with sqlite3.connect(store.path) as db:
        assert db.execute("SELECT count(*) FROM damaged_jobs").fetchone() == (1,)
    db.close()
