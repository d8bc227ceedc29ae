"""The job store: what is queued, running and done, in one SQLite table that survives a crash."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from g4g_plugin.core.conversion import ConversionError, canonical, content_id, from_plain, to_plain
from g4g_plugin.core.decisions import Origin
from g4g_plugin.core.errors import FarmError
from g4g_plugin.core.files import set_aside
from g4g_plugin.core.process import process_began, process_lives
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.words import NO_WORDS, Words, tr
from g4g_plugin.engine.base import EngineOptions

SCHEMA = 1
State = Literal["queued", "running", "done", "failed", "cancelled", "delivered"]

_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, place REAL NOT NULL, job TEXT NOT NULL, state TEXT NOT NULL,
    dub TEXT, message TEXT, hint TEXT, owner
)
"""
_DAMAGED = "CREATE TABLE IF NOT EXISTS damaged_jobs AS SELECT * FROM jobs WHERE 0"
_COLUMNS = ("id", "place", "job", "state", "dub", "message", "hint", "owner")
_SELECT = "SELECT rowid, id, job, state, dub, message, hint FROM jobs"


@dataclass(frozen=True, slots=True)
class Job:
    """One shot to dub, how, and where the comp goes. The same job has the same `id` on any machine."""

    shot: Shot
    out: Path
    engine: str = "g4g"
    options: EngineOptions = field(default_factory=EngineOptions)
    codec: str = "prores"
    origin: Origin | None = None  # what plate and takes hold; None: not looked at

    @property
    def id(self) -> str:
        """12 hex digits of SHA-256 over the canonical JSON, the content's digests included."""
        return content_id(self)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as the store knows it; `dub` where it is done, `message` and `hint` where it failed."""

    job: Job
    state: State
    dub: Dub | None = None
    message: Words = NO_WORDS
    hint: Words = NO_WORDS


def _owner(pid: int) -> str:
    return f"{pid} {process_began(pid)}".strip()


def _alive(owner: str | int | None) -> bool:
    number, _, began = str(owner).partition(" ")
    return number.isdecimal() and process_lives(int(number), began)  # a damaged note names nobody


def _others(owner: str | int | None) -> bool:
    """Return whether a note names another process, and it lives."""
    return _alive(owner) and str(owner) != _owner(os.getpid())


def _is_damage(error: FarmError) -> bool:
    """Return whether the file is no store any more; a full disk or a lock passes."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


def _row(key: Any, job: Any, state: Any, dub: Any, message: Any, hint: Any) -> JobRow:
    """Return a row of the table.

    Raises:
        ValueError: it is damaged.
    """
    value = json.loads(_text(job))
    if content_id(value) != key:
        raise ConversionError(tr("it is not the job it says"))
    made = None if dub is None else from_plain(Dub, json.loads(_text(dub)), "dub")
    read = from_plain(Job, value, "job")
    if state not in get_args(State):
        raise ConversionError(tr("its state is {state}").filled(state=str(state)[:80]))
    return JobRow(read, state, made, _words(message), _words(hint))


def _text(value: Any) -> str:
    return from_plain(str, value)


def _words(stored: Any) -> Words:
    """Read what `_stored` wrote; an older store holds the English text alone."""
    if stored is None:
        return NO_WORDS
    try:
        return Words.from_json(json.loads(_text(stored)))
    except ValueError:
        return Words(_text(stored))


def _stored(words: Words) -> str:
    return json.dumps(words.to_json())


def _check_whole(db: sqlite3.Connection) -> None:
    """See that a database is in order and its tables have the columns we know.

    Raises:
        sqlite3.DatabaseError: not so.
    """
    said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(said)
    for table in ("jobs", "damaged_jobs"):
        there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        lacking = [name for name in _COLUMNS if name not in there]
        if there and lacking:
            raise sqlite3.DatabaseError(f"{table} has no {', '.join(lacking)}")


class JobStore:
    """Jobs in `path` (WAL). Safe to use from several threads and processes: each call opens its own
    connection.

    A damaged row is moved into the table `damaged_jobs`, a damaged file is renamed; `problems` says
    so, and the rest goes on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(path) and not path.is_file():
                self._set_aside(tr("it is no file"))
            self._begin()
        except FarmError as err:
            if not _is_damage(err):
                raise
            self._set_aside(err.__cause__)
            self._begin()
        except OSError as err:
            raise FarmError(
                "The job store {path} cannot be opened: {err}.",
                tr("Move it away, or free disk space."),
                path=path,
                err=err,
            ) from err

    def _set_aside(self, reason: object) -> None:
        """Rename a damaged store, and what of it lies in files of SQLite's own."""
        aside = set_aside(self.path)
        for rest in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + rest).rename(
                    aside.with_name(aside.name + rest)
                )
        text = tr("The job store {path} is damaged and was set aside as {aside}: {reason}.")
        self.problems.append(text.filled(path=self.path, aside=aside.name, reason=reason))

    def _begin(self) -> None:
        """Make the tables, or see that they can be read, before anything is written."""
        path = self.path
        with self._open() as db:
            written_by = db.execute("PRAGMA user_version").fetchone()[0]
            if written_by > SCHEMA:
                raise FarmError(
                    "The job store {path} was written by a newer G4G.",
                    tr("Update G4G, or move it away."),
                    path=path,
                )
            _check_whole(db)
            db.execute("PRAGMA journal_mode=WAL")
            db.execute(_TABLE)
            db.execute(_DAMAGED)
            db.execute(f"{_SELECT} ORDER BY place").fetchall()
            db.execute(f"PRAGMA user_version={SCHEMA}")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as db, db:
                db.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
                yield db
        except sqlite3.OperationalError as err:
            hint = tr("Free some disk space; a damaged store can be moved away.")
            raise FarmError(
                "The job store {path} cannot be used: {err}.", hint, path=self.path, err=err
            ) from err
        except sqlite3.DatabaseError as err:
            raise FarmError(
                "The job store {path} is damaged: {err}.",
                tr("Start again: it is set aside then."),
                path=self.path,
                err=err,
            ) from err

    def recover(self) -> list[JobRow]:
        """Put jobs that a dead process left running back into the queue; returns all that are
        queued.
        """
        with self._open() as db:
            for job, owner in db.execute(
                "SELECT id, owner FROM jobs WHERE state = 'running'"
            ).fetchall():
                if not _alive(owner):
                    db.execute(
                        "UPDATE jobs SET state = 'queued', owner = NULL WHERE id = ?", (job,)
                    )
        return [row for row in self.rows() if row.state == "queued"]

    def put(self, job: Job) -> JobRow:
        """Queue a job at the end; one that is already done (its comp still there) is returned as
        done.
        """
        found = self.get(job.id)
        if (
            found is not None
            and found.state == "done"
            and found.dub is not None
            and found.dub.media.is_file()
        ):
            return found
        with self._open() as db:
            last = db.execute("SELECT COALESCE(MAX(CAST(place AS REAL)), 0) FROM jobs").fetchone()[
                0
            ]
            db.execute(
                "INSERT OR REPLACE INTO jobs (id, place, job, state, owner) "
                "VALUES (?, ?, ?, 'queued', ?)",
                (job.id, last + 1, json.dumps(canonical(job)), _owner(os.getpid())),
            )
        return JobRow(job, "queued")

    def get(self, job_id: str) -> JobRow | None:
        """Return one job, None where the store does not know it."""
        with self._open() as db:
            found = db.execute(f"{_SELECT} WHERE id = ?", (job_id,)).fetchone()
            return None if found is None else self._checked(db, *found)

    def _checked(self, db: sqlite3.Connection, number: int, key: Any, *rest: Any) -> JobRow | None:
        """Return a row that was read; None where it is damaged: it is set aside."""
        try:
            row = _row(key, *rest)
        except (ValueError, RecursionError) as err:
            names = ", ".join(_COLUMNS)
            copied = f"INSERT INTO damaged_jobs ({names}) SELECT {names} FROM jobs WHERE rowid = ?"
            db.execute(copied, (number,))
            db.execute("DELETE FROM jobs WHERE rowid = ?", (number,))
            text = tr("Job {key} in {path} is damaged: {reason}. It is now in damaged_jobs there.")
            self.problems.append(text.filled(key=str(key), path=self.path, reason=err))
            return None
        if row.job.id != key:  # as an older version wrote it
            values = (row.job.id, json.dumps(to_plain(row.job)), number)
            db.execute("UPDATE OR REPLACE jobs SET id = ?, job = ? WHERE rowid = ?", values)
        return row

    def rows(self) -> list[JobRow]:
        """Return every job in queue order."""
        with self._open() as db:
            found = db.execute(f"{_SELECT} ORDER BY place").fetchall()
            read = [self._checked(db, *row) for row in found]
        return [row for row in read if row is not None]

    def next(self, among: Collection[str] | None = None) -> Job | None:
        """Return the job to work on next, None where nothing waits.

        Args:
            among: ids of the jobs that may be worked on; None: all.
        """
        with self._open() as db:
            waiting = db.execute("SELECT id, owner FROM jobs WHERE state = 'queued' ORDER BY place")
            ids = [
                key
                for key, owner in waiting.fetchall()
                if (among is None or key in among) and not _others(owner)
            ]
        rows = (self.get(key) for key in ids)
        return next((row.job for row in rows if row is not None), None)

    def busy_elsewhere(self) -> set[str]:
        """Return the ids of jobs that wait or run in another process that lives."""
        with self._open() as db:
            rows = db.execute("SELECT id, owner FROM jobs WHERE state IN ('queued', 'running')")
            return {key for key, owner in rows.fetchall() if _others(owner)}

    def start(self, job_id: str) -> bool:
        """Mark a queued job as running in this process; returns whether it was still queued."""
        row = self.get(job_id)
        if row is None or row.state != "queued":
            return False
        self._set(job_id, "running", owner=_owner(os.getpid()))
        return True

    def requeue(self, job_id: str) -> None:
        """Put a job back where it stood in the queue."""
        self._set(job_id, "queued")

    def finish(self, job_id: str, dub: Dub) -> None:
        """Mark a job as done, with what was delivered."""
        self._set(job_id, "done", dub=json.dumps(to_plain(dub)))

    def fail(self, job_id: str, message: Words, hint: Words) -> None:
        """Mark a job as failed, with the sentence a person reads."""
        self._set(job_id, "failed", message=_stored(message), hint=_stored(hint))

    def cancel(self, job_id: str) -> None:
        """Mark a job as cancelled."""
        self._set(job_id, "cancelled")

    def deliver(self, job_id: str) -> None:
        """Mark a done job as handed over in a written timeline: the next like it makes a new
        version.
        """
        self._set(job_id, "delivered")

    def move(self, job_id: str, before: str | None) -> None:
        """Put a job before another in the queue (None: at the end)."""
        with self._open() as db:
            places = dict(
                db.execute("SELECT id, CAST(place AS REAL) FROM jobs ORDER BY place").fetchall()
            )
            if before is None:
                place = max(places.values(), default=0.0) + 1
            else:
                upper = places[before]
                lower = max((p for p in places.values() if p < upper), default=upper - 2)
                place = (lower + upper) / 2
            db.execute("UPDATE jobs SET place = ? WHERE id = ?", (place, job_id))

    def remove(self, *job_ids: str) -> None:
        """Forget jobs, all in one step."""
        with self._open() as db:
            db.executemany("DELETE FROM jobs WHERE id = ?", [(key,) for key in job_ids])

    def _set(self, job_id: str, state: State, **values: object) -> None:
        columns = {
            "state": state,
            "dub": None,
            "message": None,
            "hint": None,
            "owner": None,
            **values,
        }
        if state == "delivered":
            del columns["dub"]
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._open() as db:
            db.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*columns.values(), job_id))
