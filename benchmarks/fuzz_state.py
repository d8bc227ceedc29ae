"""Damage settings, memory, projects, journals, sessions and job stores, and see that each is read or
refused in a sentence.

    just fuzz                       10,000 cases, seeded; a table by kind
    python benchmarks/fuzz_state.py --count 600 --seed 7 --kinds journal,store
    python benchmarks/fuzz_state.py --kinds store --only 1234      one case again, with its traceback

A case is well when nothing but a G4GError is raised, within ten seconds; when plates, takes and the
timeline hold what they held; when a damaged file's content is still there, under its own name or
one that says so; and when a decision made afterwards is found again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
import wave
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

if "G4G_HOME" not in os.environ:
    os.environ["G4G_HOME"] = tempfile.mkdtemp(prefix="g4g-fuzz-home-")

import av
import numpy as np

from g4g_plugin.core.conversion import content_id, to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, Origin, RangeSetting, ShotSettings, Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.settings import Settings, cache_dir, load_settings, save_settings
from g4g_plugin.core.shot import Dub, LineResult, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.project.decisions import Decisions, default_settings
from g4g_plugin.project.job_store import Job, JobStore
from g4g_plugin.project.journal import journal_file, session_file
from g4g_plugin.project.service import Service
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import ClipChange, write_project

LIMIT_SECONDS = 10
RATE = Fraction(25)
FRAMES = 10
DEEP = 100_000  # brackets, one in the other
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 1.5, 10**30, -(10**30), 1e308, float("nan"), float("inf")),
    *("", "x", "0", "1/0", "1e999999999", "\0", "\ud800", "\u202e", "a" * 300, "/" * 5000, "{0.x}"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, ["x"] * 50),
)
TEXTS = (  # JSON that no Python value gives
    *("NaN", "-Infinity", "1e999", "9" * 5000, "[" * DEEP, '{"a":' * 5000, "'x'", "", "nul"),
    *('"\\ud800"', '"\\u0000"', '"\udcff"', '{"a": 1, "a": "x"}', "0x1", "01", "/*x*/1"),
)


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


class Bench:
    """A folder with plates, a take, a timeline, and one sample of each kind of state."""

    def __init__(self, folder: Path) -> None:
        self.media, self.place = folder / "media", folder / "case"
        self.media.mkdir()
        self.plates = [self.media / "a.mov", self.media / "b.mov"]
        for plate in self.plates:
            _write_plate(plate)
        self.take = self.media / "line.wav"
        _write_take(self.take)
        self.cut, self.out = self.place / "cut.otio", self.place / "g4g-dubs"
        self.project, self.store = self.out / "cut.g4g.otio", self._store()
        self.samples = self._samples()
        self.originals = {path: _digest(path) for path in (*self.plates, self.take)}

    def _store(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.out.resolve() / "cut")).hexdigest()
        return cache_dir() / "jobs" / f"{name[:16]}.sqlite3"

    def begin(self) -> None:
        """Lay out a timeline with nothing decided."""
        for folder in (self.place, cache_dir(), cache_dir().parent / "config"):
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            shutil.rmtree(folder, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.cut.write_text(json.dumps(_timeline(self.plates), indent=1))

    def decisions(self) -> Decisions:
        """Return decisions that use all there is."""
        takes = Take(self.take, Fraction(1, 5), Fraction(1, 5), 0, "line")
        lines = (Line(takes, FaceChoice(30.5, 20, 3), -2), Line(Take(self.take), None, 4))
        settings = ShotSettings("copy", strength=1.5, fit="pad", codec="ffv1", handles=2)
        return Decisions(lines, settings, (RangeSetting(2, 4, "shut", ramp=1),))

    def dub(self, clip: str, number: int) -> Dub:
        """Return a delivered dub that uses all there is."""
        given, span = self.decisions(), FrameRange(90_000, FRAMES, RATE)
        record = FrameRange(0 if clip == "V1/1" else FRAMES, FRAMES, RATE)
        plate = self.plates[int(clip[-1]) - 1]
        shot = Shot(
            "a", clip, record, plate, span, span, given.lines, fit="pad", ranges=given.ranges
        )
        media = self.out / f"a.g4g-dub-v{number:03d}.mkv"
        origin = Origin(given.settings, "ef" * 32, ("ab" * 32,) * 2, "g4g 0.2.0")
        dub = Dub(shot, media, span, "01:00:00:00", "copy", None, 8, 2, {"lag": 0.5}, origin=origin)
        return replace(
            dub,
            dubbed=(FrameRange(90_000, 8, RATE),),
            kept=(Kept("covered", FrameRange(90_008, 2, RATE)),),
            lines=(LineResult({"lag": 0.5}, {"before": "No sound."}),),
            notes=("The mouth is small.",),
        )

    def _samples(self) -> dict[str, bytes]:
        self.begin()
        decided = ClipChange(
            "V1/1", (self.dub("V1/1", 1),), to_plain(self.decisions()), None, (), {"x": "good"}
        )
        write_project(
            open_timeline(self.cut), [decided, ClipChange("V1/2", (self.dub("V1/2", 1),))], self.out
        )
        samples = {"project": self.project.read_bytes()}
        samples["delivery copy"] = (self.out / "cut.dubbed.otio").read_bytes()
        service = Service(Settings(), cache_dir())
        service.open(self.cut, self.out)
        service.assign({"V1/1": self.decisions(), "V1/2": self.decisions()})
        service.choose("V1/1", -1)
        service.judge("V1/2", 0, "bad")
        service.save()
        service.close(0)
        samples["journal"] = json.dumps(json.loads(journal_file(self.cut).read_bytes())).encode()
        samples["session"] = self._session().encode()
        memory = {
            "recent": [str(self.cut)],
            "theme": "light",
            "shortcuts": {"dub": "D"},
            "presets": {"strong": {"strength": 1.5, "path_map": {"/a": "/b"}}},
            "geometry": "01d9",
        }
        samples["memory"] = json.dumps(memory).encode()
        save_settings(Settings("copy", strength=1.5, handles=3, path_map={"/Volumes/x": "/mnt/x"}))
        samples["settings"] = (cache_dir().parent / "config" / "settings.toml").read_bytes()
        return samples

    def _session(self) -> str:
        tests = Path(__file__).resolve().parents[1] / "tests" / "project"
        sample = (tests / "session-0.1.json").read_text("utf-8")
        places = {"CUT": self.cut, "OUT": self.out, "LINE": self.take, "PLATE": self.plates[0]}
        for name, path in (places | {"MEDIA": self.plates[1]}).items():
            sample = sample.replace(f"@{name}@", str(path))
        return json.dumps(json.loads(sample))


# --- samples ---


def _write_plate(path: Path) -> None:
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata["timecode"] = "01:00:00:00"
        for number in range(FRAMES):
            picture = np.full((48, 64, 3), 20 * number, np.uint8)
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        movie.mux(stream.encode(None))


def _write_take(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * FRAMES // int(RATE)))


def _range(first: int, count: int) -> dict[str, Any]:
    def rational(value: float) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": value}

    schema = {"OTIO_SCHEMA": "TimeRange.1"}
    return schema | {"start_time": rational(float(first)), "duration": rational(float(count))}


def _timeline(plates: Sequence[Path]) -> dict[str, Any]:
    def clip(plate: Path) -> dict[str, Any]:
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": str(plate),
            "available_range": _range(90_000, FRAMES),
        }
        return {
            "OTIO_SCHEMA": "Clip.2",
            "name": plate.stem,
            "source_range": _range(90_000, FRAMES),
            "media_references": {"DEFAULT_MEDIA": reference},
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [clip(p) for p in plates]}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- damage ---


def damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Return a file's content as disks, transfers and editors damage it."""
    at = rng.randrange(len(content) + 1)
    to = min(len(content), at + rng.choice((1, 2, 16, 300)))
    match rng.randrange(8):
        case 0:
            flipped = bytearray(content)
            for _ in range(rng.choice((1, 2, 8))):
                flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            return bytes(flipped)
        case 1:
            return content[:at]
        case 2:
            return content[:at] + content[to:]
        case 3:
            return content[:at] + rng.randbytes(to - at) + content[to:]
        case 4:
            return content[:at] + content[at:to] * 2 + content[to:]
        case 5:
            return content[:at] + bytes(to - at) + content[to:]
        case 6:
            text = content.decode("utf-8", "replace")
            coding = rng.choice(("utf-16", "utf-32", "utf-8-sig", "latin-1"))
            return text.encode(coding, "replace")
    return rng.choice((b"", b"\n", b"\xff\xfe", b"null", b"[]", b"{}", b"3", b'"x"', b"\0" * 99))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every key and member."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in steps:
        yield (*path, step)
        if isinstance(member, dict | list):
            yield from places(member, (*path, step))


def damaged_value(value: Any, rng: random.Random, ours: str = "") -> str:
    """Return JSON text in which one or two keys are gone, wrong, doubled or strange.

    Args:
        value: is changed.
        rng: decides.
        ours: only what lies below a key of this name, nine times in ten.
    """
    for _ in range(rng.choice((1, 1, 1, 2))):
        known = list(places(value))
        inner = [path for path in known if ours in path] if rng.random() < 0.9 else []
        path = rng.choice(inner or known)
        parent = value
        for step in path[:-1]:
            parent = parent[step]
        match rng.randrange(6):
            case 0:
                del parent[path[-1]]
            case 1 if isinstance(parent, dict):
                parent[rng.choice(("", "x", "self", "\0", "a" * 300))] = parent.pop(path[-1])
            case 2:
                marked = json.dumps(_with(parent, path[-1], "@HERE@", value), ensure_ascii=True)
                return marked.replace('"@HERE@"', rng.choice(TEXTS), 1)
            case _:
                parent[path[-1]] = rng.choice(WRONG)
    return json.dumps(value)


def _with(parent: Any, step: Any, new: str, whole: Any) -> Any:
    parent[step] = new
    return whole


def damage_file(path: Path, rng: random.Random) -> None:
    """Put something in a file's place that is no file."""
    path.unlink(missing_ok=True)
    match rng.randrange(5):
        case 0:
            path.mkdir()
            (path / "x").write_text("x")
        case 1:
            path.symlink_to(path.name)
        case 2:
            path.symlink_to("/dev/zero")
        case 3:
            os.mkfifo(path)
        case _:
            path.symlink_to("/nowhere/at/all")


def damaged_toml(content: bytes, rng: random.Random) -> bytes:
    """Return settings with one line of another kind."""
    lines = content.decode().splitlines()
    at = rng.randrange(len(lines))
    wrong = (*("nan", "inf", "-1", "3", '"x"', "true", "[]", "{}", "{a = 1}", "1979-05-27", "''"),)
    odd = ("x = [" + "[" * 5000, "9" * 5000, '"\\u0000"', '"a\\u202e"', "1e999", "0x" + "f" * 40)
    name = lines[at].partition("=")[0]
    lines[at] = rng.choice((f"{name}= {rng.choice((*wrong, *odd))}", lines[at] * 2, f"{name}x = 1"))
    return "\n".join(lines).encode("utf-8", "surrogateescape")


# --- cases ---


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
    default_settings(settings)
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
    assert json.loads(bench.cut.read_text()) == _timeline(bench.plates), "the timeline was changed"


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
        if _digest(path) != digest:
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
        only: run just the case of this number, of each kind, and print its traceback.
    """
    tallies = {kind: Tally() for kind in kinds}
    shares = sum(CASES[kind][1] for kind in kinds)
    with tempfile.TemporaryDirectory(prefix="g4g-fuzz-") as folder:
        bench = Bench(Path(folder))
        for kind, tally in tallies.items():
            numbers = range(-(-count * CASES[kind][1] // shares)) if only is None else (only,)
            for number in numbers:
                trace = run_case(bench, kind, number, seed, tally)
                if only is not None:
                    print(trace or "well")
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """Return the figures as a table, and each kind of fault with the number of a case."""
    lines = [f"{'kind':<10}{'cases':>7}{'read':>7}{'refused':>9}{'faults':>8}{'slowest':>9}"]
    for kind, tally in tallies.items():
        faults = tally.faults.total()
        cases = tally.read + tally.refused + sum(not f.startswith("no sent") for f in ()) + faults
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
