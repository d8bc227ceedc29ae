"""Kill dubs of three shots in every stage, start them again, and see that nothing is lost.

    just kills                  50 kills: decode, faces, engine, encode, rename, database, project
    python benchmarks/kills.py --count 7 --seed 3 --engine copy

Two undisturbed runs are counted first: how often each function is called. Each trial is a process
that ends itself with SIGKILL at the n-th call of one of them, and the same command again. It is
well when the delivered frames and sounds, and the versions in the project, equal those of the
undisturbed run, every movie has its label at any time, nothing else is left in folder or job
store, and at most three seconds of frames were looked at, drawn or encoded twice.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import traceback
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from skimage.data import astronaut

from g4g_plugin import cli
from g4g_plugin.deliver import delivery, picture_stream, segments
from g4g_plugin.engine import copy, native
from g4g_plugin.faces import follow
from g4g_plugin.faces.detect import import_models
from g4g_plugin.media import plate
from g4g_plugin.project import job_store
from g4g_plugin.timeline import write

RATE = 25
ALLOWED_SECONDS = 3  # of frames made twice
SHOTS = {"first": 10, "second": 60, "third": 24}  # frames; one, two and one segment
COLD = {"decode", "faces"}  # killed while faces are looked at: nothing is known of them yet
SPARED = 0.05  # of the calls, the last ones: threads make their number vary a little


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is killed: in which stage, at a function, before it does its work or after."""

    stage: str
    owner: Any
    function: str
    after: bool = False

    @property
    def name(self) -> str:
        """The function, and the side of it."""
        return f"{'after' if self.after else 'before'} {self.function.strip('_')}"

    @property
    def called(self) -> tuple[int, str]:
        """What names the function among others."""
        return id(self.owner), self.function


ENGINES: dict[str, tuple[Any, str]] = {  # what is called once a frame
    "g4g": (native.NativeRenderer, "frame"),
    "copy": (copy, "mouth_matte"),
}
ENCODER = (picture_stream.PictureEncoder, "encode")
EYES = (follow.Eyes, "see")


def places(engine: str) -> list[Place]:
    """Return every place at which a run is killed."""
    both = [
        ("encode", segments, "write_whole"),  # a segment's index
        ("encode", delivery, "write_movie"),
        ("rename", delivery, "take_name"),
        ("rename", delivery, "write_whole"),  # the label
        ("database", job_store.JobStore, "_set"),
        ("project", write, "_write"),
    ]
    return [
        Place("decode", plate._Reader, "get"),
        Place("faces", *EYES),
        Place("engine", *ENGINES[engine]),
        Place("encode", *ENCODER),
        *(
            Place(stage, owner, name, after)
            for stage, owner, name in both
            for after in (False, True)
        ),
        Place("project", job_store.JobStore, "remove"),  # after it the run is as good as ended
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """What one command came to: exit status (-9: killed), and how many frames it looked at, had
    drawn by the engine and encoded; calls of each place's function, where they were counted.
    """

    status: int
    frames: tuple[int, int, int]
    calls: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Truth:
    """What an undisturbed run delivers."""

    contents: dict[str, str]
    versions: dict[str, Any]
    names: set[str]
    frames: tuple[int, int, int]


def write_materials(folder: Path) -> list[str]:
    """Write three plates, a line for each and the timeline; return the command's arguments."""
    rng = np.random.default_rng(5)
    clips, words = [], []
    for number, (name, count) in enumerate(SHOTS.items()):
        path, line = folder / f"{name}.mov", folder / f"{name}.wav"
        write_plate(path, count, 1.2 - 0.1 * number)
        samples = np.cumsum(rng.normal(0, 900, round(count / RATE * 16_000))) % 9000
        with wave.open(str(line), "wb") as file:
            file.setparams((1, 2, 16_000, 0, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())
        clips.append((name, path, count))
        words += ["--clip", f"V1/{number + 1}", "--audio", str(line)]
    timeline = folder / "edit.otio"
    timeline.write_text(json.dumps(edit_of(clips)), "utf-8")
    return [str(timeline), *words]


def write_plate(path: Path, count: int, zoom: float) -> None:
    """Write a face that drifts through a small picture."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=RATE, options={"crf": "10", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 320, 288, "yuv420p"
        for n in range(count):
            move = np.array([[zoom, 0, -120 * zoom + 0.4 * n], [0, zoom, 10 + 0.2 * n]])
            picture = cv2.warpAffine(astronaut(), move, (320, 288))
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint8))
            frame.pts = n
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))


def edit_of(clips: Sequence[tuple[str, Path, int]]) -> dict[str, Any]:
    """Return an OTIO timeline of clips (name, media, frames), one after the other."""

    def span(count: int) -> dict[str, Any]:
        def time(value: int) -> dict[str, Any]:
            return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": float(value)}

        return {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": time(0),
            "duration": time(count),
        }

    children = [
        {
            "OTIO_SCHEMA": "Clip.2",
            "name": name,
            "source_range": span(count),
            "media_references": {
                "DEFAULT_MEDIA": {
                    "OTIO_SCHEMA": "ExternalReference.1",
                    "target_url": str(media),
                    "available_range": span(count),
                }
            },
            "active_media_reference_key": "DEFAULT_MEDIA",
        }
        for name, media, count in clips
    ]
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": children}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "edit", "tracks": stack}


def forked(work: Callable[[], int]) -> int:
    """Do `work` in a process of its own; return its exit status, -9 where it was killed."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        status = 1
        try:
            status = work()
        finally:
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dub(argv: list[str], log: Path, kill: tuple[Place, int] | None = None) -> Run:
    """Run `g4g dub`, counting frames and calls; with `kill`, end it at that call.

    Args:
        argv: the command's words.
        log: stem of the files into which the process counts and speaks.
        kill: where, and at the how manieth call.
    """
    engine = argv[argv.index("--engine") + 1]
    functions = {place.called: place for place in places(engine)}

    def work() -> int:
        quiet = os.open(log.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for number, place in enumerate(functions.values()):
            counter = os.open(log.with_suffix(f".{number}"), os.O_WRONLY | os.O_CREAT)
            watch(place.owner, place.function, lambda n, to=counter: os.write(to, b"."))
        if kill is not None:
            place, at = kill
            watch(place.owner, place.function, lambda n: n == at and die(), place.after)
        return cli.main(argv)

    status = forked(work)
    calls = {
        called: log.with_suffix(f".{number}").stat().st_size
        for number, called in enumerate(functions)
    }
    counted = [(id(owner), name) for owner, name in (EYES, ENGINES[engine], ENCODER)]
    seen, drawn, encoded = (calls[called] for called in counted)
    return Run(status, (seen, drawn, encoded), calls)


def preload(engine: str) -> None:
    """Import here what every run imports: each is a fork of this process."""
    importlib.import_module("g4g_plugin.project.batch")
    import_models()
    if engine != "copy":
        for name in ("g4g_plugin.engine.g4g", "g4g_plugin.network.syncnet", "torch"):
            importlib.import_module(name)


def die() -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def watch(owner: Any, name: str, told: Callable[[int], object], after: bool = False) -> None:
    """Have `told` called with the number of each call of a function, from 1."""
    real, count = getattr(owner, name), 0

    def watched(*args: Any, **words: Any) -> Any:
        nonlocal count
        count += 1
        number = count
        if not after:
            told(number)
        result = real(*args, **words)
        if after:
            told(number)
        return result

    setattr(owner, name, watched)


def contents(out: Path) -> dict[str, str]:
    """Return a digest of each delivered movie's decoded frames and sounds, by name."""
    digests = {}
    for path in sorted(out.glob("*.mkv")):
        digest = hashlib.sha256()
        with av.open(str(path)) as movie:
            for frame in movie.decode():
                digest.update(frame.to_ndarray().tobytes())
        digests[path.name] = digest.hexdigest()
    return digests


def versions(out: Path) -> dict[str, Any]:
    """Return the versions of each clip in the project, and which one plays."""
    (path,) = out.glob("*.g4g.otio")
    clips = json.loads(path.read_text("utf-8"))["tracks"]["children"][0]["children"]
    return {
        clip["name"]: [
            clip["active_media_reference_key"],
            {key: Path(ref["target_url"]).name for key, ref in clip["media_references"].items()},
        ]
        for clip in clips
    }


def unlabelled(out: Path) -> list[str]:
    """Return the movies under a final name that have no label."""
    return [p.name for p in out.glob("*.mkv") if not Path(f"{p}.g4g.json").exists()]


def faults(out: Path, truth: Truth) -> list[str]:
    """Return what is wrong in a delivery folder and its job store, in words."""
    there = {path.name for path in out.iterdir()}
    wrong = [f"{name} has no label" for name in unlabelled(out)]
    wrong += [f"{name} is left" for name in sorted(there - truth.names)]
    wrong += [f"{name} is missing" for name in sorted(truth.names - there)]
    if contents(out) != truth.contents:
        wrong.append("frames or sounds differ")
    if wrong == [] and versions(out) != truth.versions:
        wrong.append("the project holds other versions")
    wrong += [f"{path.name} is left" for path in job_store_folder().glob("*")]
    return wrong


def job_store_folder() -> Path:
    """Return where the runs keep their queues."""
    from g4g_plugin.core.settings import cache_dir

    return cache_dir() / "jobs"


def trial(folder: Path, argv: list[str], kill: tuple[Place, int], truth: Truth) -> list[str]:
    """Kill a run and start it again; return how many frames were made twice, then what is wrong."""
    cold = kill[0].stage in COLD
    os.environ["G4G_HOME"] = str((folder if cold else folder.parent) / "home")
    command, out = ["dub", *argv, "--out", str(folder / "out")], folder / "out"
    killed = dub(command, folder / "killed", kill)
    wrong = [f"{name} had no label meanwhile" for name in unlabelled(out)]
    again = dub(command, folder / "again")
    pairs = zip(killed.frames, again.frames, truth.frames, strict=True)
    start = 0 if cold else 1  # of a face that is known nothing is looked at
    redone = max(0, *[one + two - whole for one, two, whole in list(pairs)[start:]])
    wrong += faults(out, truth) if again.status == 0 else [f"exit status {again.status}"]
    wrong += [] if redone <= ALLOWED_SECONDS * RATE else ["too many frames made twice"]
    wrong += [] if killed.status == -signal.SIGKILL else [f"not killed: exit {killed.status}"]
    return [str(redone), *wrong]


def undisturbed(folder: Path, argv: list[str]) -> tuple[Truth, dict[bool, dict[Any, int]]]:
    """Run twice without a kill; return what is right, and the calls by whether faces were known."""
    os.environ["G4G_HOME"] = str(folder / "home")
    runs: list[Run] = []
    for name in ("whole", "twin"):
        (folder / name).mkdir()
        command = ["dub", *argv, "--out", str(folder / name / "out")]
        runs.append(dub(command, folder / name / "count"))
        if runs[-1].status:
            raise SystemExit((folder / name / "count.txt").read_text("utf-8")[-2000:])
    out, twin = (folder / name / "out" for name in ("whole", "twin"))
    names = {path.name for path in out.iterdir()}
    truth = Truth(contents(out), versions(out), names, runs[0].frames)
    if contents(twin) != truth.contents:
        raise SystemExit("two undisturbed runs differ")
    return truth, {False: runs[0].calls, True: runs[1].calls}


def kill_once(engine: str) -> list[str]:
    """Kill a run in the middle of its drawing; return what `trial` does."""
    with tempfile.TemporaryDirectory(prefix="g4g-kill-") as name:
        folder = Path(name)
        argv = write_materials(folder)
        argv += ["--engine", engine, "--renderer", "native", "--deliver", "ffv1"]
        truth, calls = undisturbed(folder, argv)
        place = next(place for place in places(engine) if place.stage == "engine")
        (folder / "trial").mkdir()
        return trial(folder / "trial", argv, (place, calls[True][place.called] // 2), truth)


def spread(engine: str, count: int, choice: random.Random, only: str | None) -> list[Place]:
    """Return `count` places, evenly over the stages and within each over its places.

    Args:
        engine: who moves the mouth.
        count: of the kills.
        choice: puts the places of a stage into an order.
        only: a stage, in place of all.
    """
    by_stage: dict[str, list[Place]] = {}
    for place in places(engine):
        if only in (None, place.stage):
            by_stage.setdefault(place.stage, []).append(place)
    stages = list(by_stage)
    for known in by_stage.values():
        choice.shuffle(known)
    rounds = [(stages[n % len(stages)], n // len(stages)) for n in range(count)]
    return [by_stage[stage][turn % len(by_stage[stage])] for stage, turn in rounds]


def tell(results: list[tuple[Place, list[str]]]) -> None:
    """Print a line for each stage."""
    print(f"\n{'stage':<10}{'kills':>6}{'well':>6}{'redone, most':>14}{'median':>8}")
    for stage in dict.fromkeys(place.stage for place, _ in results):
        mine = [told for place, told in results if place.stage == stage]
        redone = sorted(int(told[0]) for told in mine)
        well = sum(len(told) == 1 for told in mine)
        middle = redone[len(redone) // 2]
        print(f"{stage:<10}{len(mine):>6}{well:>6}{redone[-1]:>14}{middle:>8}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials; 1 where one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="g4g", choices=sorted(ENGINES))
    parser.add_argument("--stage", help="kill in this stage alone")
    options = parser.parse_args(arguments)
    choice = random.Random(options.seed)
    preload(options.engine)
    results: list[tuple[Place, list[str]]] = []
    with tempfile.TemporaryDirectory(prefix="g4g-kills-") as name:
        folder = Path(name)
        argv = write_materials(folder)
        argv += ["--engine", options.engine, "--renderer", "native", "--deliver", "ffv1"]
        truth, calls = undisturbed(folder, argv)
        print(f"undisturbed: {truth.frames} frames looked at, drawn, encoded", flush=True)
        for number, place in enumerate(
            spread(options.engine, options.count, choice, options.stage)
        ):
            most = calls[place.stage not in COLD][place.called]
            at = choice.randint(1, max(1, round(most * (1 - SPARED))))
            here = folder / f"trial-{number}"
            here.mkdir()
            told = trial(here, argv, (place, at), truth)
            results.append((place, told))
            print(
                f"{number + 1:>3} {place.stage:<9} {place.name:<20} call {at:>4} of {most:<4}: "
                f"{told[0]:>3} frames redone; {'; '.join(told[1:]) or 'well'}",
                flush=True,
            )
            shutil.rmtree(here)
    tell(results)
    well = sum(len(told) == 1 for _, told in results)
    print(f"{well} of {options.count} as the undisturbed run")
    return 0 if well == options.count else 1


if __name__ == "__main__":
    sys.exit(main())
