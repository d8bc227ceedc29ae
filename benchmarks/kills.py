"""Kill dubs of three shots at chosen places, start them again, and see that nothing is lost.

    just kills                  50 kills: decode, faces, engine, encode, rename, database
    python benchmarks/kills.py --count 6 --seed 3 --engine copy

Each trial is a process that ends itself with SIGKILL at the n-th call of a function, and the same
command again. It is well when the delivered frames and sounds equal those of an undisturbed run,
every movie has its label, nothing else is left in the folder, and at most three seconds of frames
were made twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import traceback
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
from g4g_plugin.media import plate
from g4g_plugin.project import job_store

RATE = 25
ALLOWED_SECONDS = 3  # of frames made twice
SHOTS = {"first": 60, "second": 110, "third": 75}  # frames


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is killed: a function, and whether before it does its work or after."""

    name: str
    owner: Any
    function: str
    calls: int  # about how often a whole run calls it
    after: bool = False


ENGINES: dict[str, tuple[Any, str]] = {  # what is called once a frame
    "g4g": (native.NativeRenderer, "frame"),
    "copy": (copy, "mouth_matte"),
}
ENCODER = (picture_stream.PictureEncoder, "encode")
COLD = {"decode", "faces"}  # killed while faces are looked at: nothing is known of them yet
PLACES: tuple[Place, ...] = (
    Place("decode", plate._Reader, "get", 400),
    Place("faces", follow.Eyes, "see", sum(SHOTS.values())),
    Place("engine", *ENGINES["g4g"], sum(SHOTS.values())),
    Place("encode", *ENCODER, sum(SHOTS.values())),
    Place("segment, before its index", segments, "write_whole", 7),
    Place("segment, after its index", segments, "write_whole", 7, True),
    Place("join", delivery, "write_movie", 3),
    Place("joined", delivery, "write_movie", 3, True),
    Place("before a rename", delivery, "_take_name", 6),
    Place("after a rename", delivery, "_take_name", 6, True),
    Place("before the database", job_store.JobStore, "_set", 6),
    Place("after the database", job_store.JobStore, "_set", 6, True),
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one command came to: exit status (-9: killed), and how many frames it made."""

    status: int
    encoded: int
    drawn: int  # by the engine


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
            frame = av.VideoFrame.from_ndarray(cv2.warpAffine(astronaut(), move, (320, 288)))
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
    """Run `g4g dub`, counting the frames it draws and encodes; with `kill`, end it at that call."""
    encoded, drawn = log.with_suffix(".encoded"), log.with_suffix(".drawn")

    def work() -> int:
        quiet = os.open(log.with_suffix(".txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        for path, place in ((encoded, ENCODER), (drawn, ENGINES[argv[argv.index("--engine") + 1]])):
            counter = os.open(path, os.O_WRONLY | os.O_CREAT)
            watch(*place, lambda n, counter=counter: os.write(counter, b"."))
        if kill is not None:
            place, at = kill
            watch(place.owner, place.function, lambda n: n == at and die(), place.after)
        return cli.main(argv)

    status = forked(work)
    return Run(status, encoded.stat().st_size, drawn.stat().st_size)


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


def faults(out: Path, wanted: dict[str, str], names: set[str]) -> list[str]:
    """Return what is wrong in a delivery folder, in words."""
    there = {path.name for path in out.iterdir()}
    media = {name for name in there if name.endswith(".mkv")}
    unlabelled = [name for name in media if f"{name}.g4g.json" not in there]
    wrong = [f"{name} has no label" for name in unlabelled]
    wrong += [f"{name} is left" for name in sorted(there - names)]
    wrong += [f"{name} is missing" for name in sorted(names - there)]
    if contents(out) != wanted:
        wrong.append("frames or sounds differ")
    return wrong


def trial(folder: Path, argv: list[str], kill: tuple[Place, int]) -> tuple[Run, Run]:
    """Kill a run and start it again; return both."""
    os.environ["G4G_HOME"] = str((folder if kill[0].name in COLD else folder.parent) / "home")
    command = ["dub", *argv, "--out", str(folder / "out")]
    killed = dub(command, folder / "killed", kill)
    loose = [p for p in (folder / "out").glob("*.mkv") if not Path(f"{p}.g4g.json").exists()]
    if loose:
        print(f"  after the kill without label: {', '.join(p.name for p in loose)}")
    return killed, dub(command, folder / "again")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials; 1 where one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="g4g")
    parser.add_argument("--warm", action="store_true", help="no kills while faces are looked at")
    options = parser.parse_args(arguments)
    choice, bad = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory(prefix="g4g-kills-") as name:
        folder = Path(name)
        argv = write_materials(folder)
        argv += ["--engine", options.engine, "--renderer", "native", "--deliver", "ffv1"]
        whole = folder / "whole"
        whole.mkdir()
        os.environ["G4G_HOME"] = str(folder / "home")
        undisturbed = dub(["dub", *argv, "--out", str(whole / "out")], whole / "frames")
        wanted = contents(whole / "out")
        names = {path.name for path in (whole / "out").iterdir()}
        print(f"undisturbed: exit {undisturbed.status}, {undisturbed.encoded} frames")
        places = [place for place in PLACES if not options.warm or place.name not in COLD]
        choice.shuffle(places)
        for number in range(options.count):
            place = places[number % len(places)]
            if place.name == "engine":
                place = replace(place, owner=ENGINES[options.engine][0])
                place = replace(place, function=ENGINES[options.engine][1])
            at = choice.randint(1, max(1, round(place.calls * 0.95)))
            here = folder / f"trial-{number}"
            here.mkdir()
            killed, again = trial(here, argv, (place, at))
            redone = max(
                killed.encoded + again.encoded - undisturbed.encoded,
                killed.drawn + again.drawn - undisturbed.drawn,
                0,
            )
            wrong = faults(here / "out", wanted, names)
            wrong += [] if redone <= ALLOWED_SECONDS * RATE else ["too many frames made twice"]
            wrong += [] if (again.status, undisturbed.status) == (0, 0) else ["exit status"]
            bad += bool(wrong)
            ended = "killed" if killed.status == -signal.SIGKILL else f"exit {killed.status}"
            print(
                f"{number + 1:>3} {place.name:<26} call {at:>4}: {ended}, "
                f"{redone:>3} frames redone; {'; '.join(wrong) or 'well'}",
                flush=True,
            )
    print(f"{options.count - bad} of {options.count} as the undisturbed run")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
