"""Damage settings, memory, projects, journals, sessions and job stores, and see that each is read
or refused in a sentence.

    just fuzz                       10,000 cases, seeded; a table by kind
    python benchmarks/fuzz_state.py --count 600 --seed 7 --kinds journal,store
    python benchmarks/fuzz_state.py --kinds store --only 1234      one case again, with its
    traceback

A case is well when nothing but a G4GError is raised, within ten seconds; when plates, takes and the
timeline hold what they held; when a damaged file's content is still there, under its own name or
one that says so; and when a decision made afterwards is found again.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

if "G4G_HOME" not in os.environ:
    os.environ["G4G_HOME"] = tempfile.mkdtemp(prefix="g4g-fuzz-home-")

from fuzz_damage import damage_file, damaged_bytes, damaged_toml, damaged_value
from fuzz_samples import Bench, digest_of, timeline_of

from g4g_plugin.core.conversion import content_id
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings, cache_dir, load_settings, save_settings
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.project.job_store import Job, JobStore
from g4g_plugin.project.journal import journal_file, session_file
from g4g_plugin.project.service import Service

LIMIT_SECONDS = 10


class TooSlow(BaseException):
    """A case took longer than it may."""


@dataclass
class Tally:
    """What came of the cases of one kind."""

    read: int = 0
    refused: int = 0
    slowest: float = 0
    faults: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)  # fault -> number of a case


def settings_case(bench: Bench, rng: random.Random) -> None:
    """Settings, as every command reads them."""
    path = cache_dir().parent / "config" / "settings.toml"
    path.parent.mkdir(parents=True)
    content = bench.samples["settings"]
    if rng.random() < 0.05:
        damage_file(path, rng)
    else:
        damaged = damaged_toml if rng.random() < 0.6 else damaged_bytes
        path.write_bytes(damaged(content, rng))
    settings = load_settings()
    Service(settings, cache_dir()).open(bench.cut)
    save_settings(settings)
    assert load_settings() == settings


def memory_case(bench: Bench, rng: random.Random) -> None:
    """What the panel remembers."""
    from g4g_plugin.panel.state.preferences import (
        load_preferences,
        preferences_file,
        save_preferences,
    )

    path = preferences_file()
    path.parent.mkdir(parents=True)
    content = _damage(path, bench.samples["memory"], rng)
    memory = load_preferences()
    _still_there(path, content)
    for recent in memory.recent:
        recent.is_file()
    save_preferences(memory)
    if path.is_file() or not path.exists():
        assert load_preferences() == memory


def project_case(bench: Bench, rng: random.Random) -> None:
    """The project, or a delivery copy, opened by itself or beside its timeline."""
    name = rng.choice(("project", "project", "delivery copy"))
    path = bench.project if name == "project" else bench.out / "cut.dubbed.otio"
    content = _damage(path, bench.samples[name], rng, ours="g4g")
    opened = rng.choice((bench.cut, path, path))
    _use(bench, opened, rng)
    if opened == path and content is not None:
        assert path.is_file()


def journal_case(bench: Bench, rng: random.Random) -> None:
    """The journal of a delivered project."""
    bench.project.write_bytes(bench.samples["project"])
    path = journal_file(bench.cut)
    content = _damage(path, bench.samples["journal"], rng)
    _use(bench, bench.cut, rng, lambda: _still_there(path, content))


def session_case(bench: Bench, rng: random.Random) -> None:
    """A session of before 0.2.0."""
    path = session_file(bench.cut)
    path.parent.mkdir(parents=True)
    content = _damage(path, bench.samples["session"], rng)
    _use(bench, bench.cut, rng, lambda: _still_there(path, content))


def store_case(bench: Bench, rng: random.Random) -> None:
    """The job store: its file, its tables, one of its rows."""
    bench.project.write_bytes(bench.samples["project"])
    jobs = _jobs(bench)
    store = JobStore(bench.store)
    for job in jobs:
        store.put(job)
    store.finish(jobs[0].id, bench.dub("V1/1", 1))
    content, hurt = None, None
    if rng.random() < 0.3:
        _merge_wal(bench.store)
        content = _damage(bench.store, bench.store.read_bytes(), rng, text=False)
    else:
        hurt = _damage_table(bench.store, rng)
    known = JobStore(bench.store)
    rows = known.rows()
    if hurt is not None:
        ids = {row.job.id for row in rows}
        assert all(job.id in ids for job in jobs if job.id != hurt), "an undamaged row is gone"
    _still_there(bench.store, content)
    known.recover()
    known.next()
    job = known.put(replace(jobs[1], codec="prores")).job
    if rows:
        known.move(job.id, rows[0].job.id)
    known.start(job.id)
    known.fail(job.id, rng.choice(rows).message if rows else bench_words(), bench_words())
    known.get(job.id)
    _use(bench, bench.cut, rng)


def bench_words() -> Any:
    """Return a sentence with places."""
    return G4GError("{path} is gone.", path="x").message


CASES: dict[str, tuple[Callable[[Bench, random.Random], None], int]] = {  # and their share
    "settings": (settings_case, 2),
    "memory": (memory_case, 1),
    "project": (project_case, 3),
    "journal": (journal_case, 2),
    "session": (session_case, 1),
    "store": (store_case, 2),
}


def _damage(
    path: Path, content: bytes, rng: random.Random, ours: str = "", text: bool = True
) -> bytes | None:
    """Write a damaged sample; returns its content, None where it is no file."""
    if rng.random() < 0.05:
        damage_file(path, rng)
        return None
    if text and rng.random() < 0.75:
        damaged = damaged_value(json.loads(content), rng, ours).encode("utf-8", "surrogateescape")
    else:
        damaged = damaged_bytes(content, rng)
    path.write_bytes(damaged)
    return damaged


def _still_there(path: Path, content: bytes | None) -> None:
    """See that a damaged file was kept as it was, or read without a word."""
    if content is None:
        return
    aside = list(path.parent.glob(f"{path.name}.damaged*"))
    kept = [file for file in (path, *aside) if file.is_file()]
    if aside:
        assert any(file.read_bytes() == content for file in kept), "a damaged file is lost"


def _jobs(bench: Bench) -> list[Job]:
    shots = [bench.dub(f"V1/{number}", 1).shot for number in (1, 2)]
    shots += [replace(shots[0], handles=(0, 0), lip_offset=3), replace(shots[1], fit="trim")]
    return [Job(shot, bench.out, "copy", EngineOptions(), "ffv1") for shot in shots]


def _merge_wal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")


def _damage_table(path: Path, rng: random.Random) -> str | None:
    """Damage one row, or the table; returns the id of the row, None where others may suffer."""
    with closing(sqlite3.connect(path)) as db, db:
        rows = db.execute("SELECT rowid, id, job, dub FROM jobs").fetchall()
        number, key, job, dub = rng.choice(rows)
        wrong = rng.choice((None, 3, 1.5, "", "x", "{}", "[]", b"\xff\xfe", "\0", '{"a": 1}'))
        match rng.randrange(7):
            case 0 | 1:  # a job that is what its id says, and yet wrong
                text = damaged_value(json.loads(job), rng)
                try:
                    new = content_id(json.loads(text))
                except (ValueError, RecursionError):
                    new = key
                values = (new, text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
                db.execute("UPDATE jobs SET id = ?, job = ? WHERE rowid = ?", (*values, number))
            case 2:
                text = damaged_value(json.loads(dub or job), rng)
                text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                db.execute(
                    "UPDATE jobs SET dub = ?, state = 'done' WHERE rowid = ?", (text, number)
                )
            case 3 | 4:
                column = rng.choice(("id", "job", "state", "dub", "message", "hint", "owner"))
                cast = "CAST(? AS TEXT)" if isinstance(wrong, bytes) else "?"
                statement = f"UPDATE OR IGNORE jobs SET {column} = {cast} WHERE rowid = ?"
                try:
                    db.execute(statement, (wrong, number))
                except sqlite3.IntegrityError:
                    return None
            case 5:
                said = rng.choice(('{"context": 1}', '{"pattern": "{a:9999999999}"}', "[[[[", "{}"))
                whole = {
                    "context": "",
                    "pattern": rng.choice(("{a:99999999}", "{a.b}", "{", "{x!r}")),
                }
                text = rng.choice((said, json.dumps(whole | {"values": {"a": 1, "self": 2}})))
                db.execute("UPDATE jobs SET message = ? WHERE rowid = ?", (text, number))
            case _:
                db.execute(
                    rng.choice(
                        (
                            "PRAGMA user_version=99",
                            "PRAGMA user_version=-1",
                            "DROP TABLE jobs",
                            "DROP TABLE damaged_jobs",
                            "ALTER TABLE jobs DROP COLUMN dub",
                            "ALTER TABLE jobs ADD COLUMN mood",
                            "ALTER TABLE jobs RENAME TO old",
                            "UPDATE jobs SET place = 'x'",
                        )
                    )
                )
                return None
    return str(key)


def _use(
    bench: Bench, timeline: Path, rng: random.Random, opened: Callable[[], None] = lambda: None
) -> None:
    """Do with a timeline what both faces do: open, look, plan, decide, save, deliver, open again."""
    service = Service(Settings(), cache_dir())
    project = service.open(timeline, bench.out if rng.random() < 0.7 else None)
    opened()
    for stack in project.versions.values():
        for version in stack:
            version.decisions, version.missing, version.dub.is_dubbed(90_000)
    assert isinstance(service.rows, list)
    service.plan()
    assert service.edit is not None
    clips = [slot.clip for slot in service.edit.slots]
    decided = bench.decisions()
    for clip in clips[:1]:
        service.assign({clip: decided})
    service.save()
    again = Service(Settings(), cache_dir())
    reopened = again.open(timeline, service.project.out if service.project else None)
    for clip in clips[:1]:
        if reopened.journaled:
            assert reopened.decisions.get(clip) == decided, "a decision is lost"
    again.deliver()
    for clip in [*reopened.versions][:1]:
        again.revert(clip)
    assert json.loads(bench.cut.read_text()) == timeline_of(bench.plates), (
        "the timeline was changed"
    )


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


def run_case(bench: Bench, kind: str, number: int, seed: int, tally: Tally) -> str:
    """Run one case and count it; returns the traceback of a fault."""
    rng = random.Random(f"{seed}-{kind}-{number}")
    begun, trace, fault = time.perf_counter(), "", ""
    try:
        bench.begin()
        with _in_time():
            CASES[kind][0](bench, rng)
        tally.read += 1
    except G4GError as err:
        tally.refused += 1
        if not str(err) or len(str(err)) > 2000:
            fault = f"no sentence: {str(err)[:60]!r}"
    except (Exception, TooSlow) as err:  # noqa: BLE001 - a fault, which is what is looked for
        trace = traceback.format_exc()
        where = traceback.extract_tb(err.__traceback__)[-1]
        fault = (
            f"{type(err).__name__} in {Path(where.filename).name}:{where.lineno} {str(err)[:70]}"
        )
    tally.slowest = max(tally.slowest, time.perf_counter() - begun)
    for path, digest in bench.originals.items():
        if digest_of(path) != digest:
            fault = f"{path.name} was changed"
    if fault:
        tally.faults[fault] += 1
        tally.first.setdefault(fault, number)
    return trace or fault


def fuzz(count: int, seed: int, kinds: Sequence[str], only: int | None = None) -> dict[str, Tally]:
    """Run `count` cases, shared out over the kinds.

    Args:
        count: of all cases together.
        seed: decides them all.
        kinds: names of `CASES`.
        only: run just the case of this number, of each kind.
    """
    tallies = {kind: Tally() for kind in kinds}
    shares = sum(CASES[kind][1] for kind in kinds)
    with tempfile.TemporaryDirectory(prefix="g4g-fuzz-") as folder:
        bench = Bench(Path(folder))
        for kind, tally in tallies.items():
            numbers = range(-(-count * CASES[kind][1] // shares)) if only is None else (only,)
            for number in numbers:
                trace = run_case(bench, kind, number, seed, tally)
                if trace:
                    print(f"{kind} {number}: {trace}", file=sys.stderr)
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """Return the figures as a table, and each kind of fault with the number of a case."""
    lines = [f"{'kind':<10}{'cases':>7}{'read':>7}{'refused':>9}{'faults':>8}{'slowest':>9}"]
    for kind, tally in tallies.items():
        faults = tally.faults.total()
        cases = tally.read + tally.refused + faults
        row = f"{kind:<10}{cases:>7}{tally.read:>7}{tally.refused:>9}{faults:>8}"
        lines.append(f"{row}{tally.slowest:>8.1f}s")
    for kind, tally in tallies.items():
        for fault, often in tally.faults.most_common():
            lines.append(f"{kind}: {often} x {fault} (case {tally.first[fault]})")
    return "\n".join(lines)


def main() -> int:
    """Run from the command line; 1 where a fault was found."""
    logging.disable()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--kinds", default=",".join(CASES))
    parser.add_argument("--only", type=int)
    args = parser.parse_args()
    tallies = fuzz(args.count, args.seed, args.kinds.split(","), args.only)
    print(table(tallies))
    return int(any(tally.faults for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
