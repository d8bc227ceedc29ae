"""Start dubs of one timeline in pairs, at once, and see that none hangs and no result is lost.

    just pairs                  20 pairs: the same clips and others, one folder and two, --wait
    python benchmarks/pairs.py --count 4 --seed 3

A run alone is timed first. It is well when every run ends within its own work's time (that of both
where one waits for the other), one that is refused says who works there, and every clip that was
dubbed has its version, its movie and its label, and nothing else is left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from kills import unlabelled, write_materials

# times a run alone, for two at once on one processor, and as much again for what else it does
ALLOWED = 4.0
LEAST_SECONDS = 20.0  # below this a machine's other work is most of what is timed
CLIPS = (("V1/1", "V1/3"), ("V1/2",))
NAMES = {"V1/1": "first", "V1/2": "second", "V1/3": "third"}


@dataclass(frozen=True, slots=True)
class Pair:
    """How two runs meet: about the same clips, in one folder, waiting; the second starts later by
    this share of a run alone.
    """

    same_clips: bool
    same_folder: bool
    wait: bool
    late: float

    @property
    def words(self) -> str:
        """Say it in a line."""
        clips = "same clips" if self.same_clips else "other clips"
        folder = "one folder" if self.same_folder else "two folders"
        return f"{clips}, {folder}, {'--wait' if self.wait else 'no wait'}, {self.late:.2f} later"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run: what was asked where, its exit status (None: it hung), its time."""

    clips: tuple[str, ...]
    out: Path
    status: int | None
    seconds: float
    told: str


def start(folder: Path, out: Path, clips: Sequence[str], wait: bool) -> subprocess.Popen[str]:
    """Start a dub of clips, each with its own line."""
    words = ["dub", str(folder / "edit.otio"), "--out", str(out), "--engine", "copy"]
    words += ["--deliver", "ffv1", *(["--wait"] if wait else [])]
    for clip in clips:
        words += ["--clip", clip, "--audio", str(folder / f"{NAMES[clip]}.wav")]
    command = [sys.executable, "-m", "g4g_plugin", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=pipe, text=True)


def run_pair(folder: Path, here: Path, pair: Pair, alone: float) -> list[Ended]:
    """Run both; a run that does not end in time is killed."""
    outs = (here / "one", here / ("one" if pair.same_folder else "two"))
    asked = (CLIPS[0], CLIPS[0] if pair.same_clips else CLIPS[1])
    limit = max(LEAST_SECONDS, ALLOWED * alone) * (2 if pair.wait and pair.same_folder else 1)
    running = []
    for number, (out, clips) in enumerate(zip(outs, asked, strict=True)):
        time.sleep(number * pair.late * alone)
        running.append((start(folder, out, clips, pair.wait), time.monotonic(), out, clips))
    ended = []
    for process, begun, out, clips in running:
        status: int | None
        try:
            _, told = process.communicate(timeout=max(1.0, begun + limit - time.monotonic()))
            status = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            _, told = process.communicate()
            status = None
        ended.append(Ended(clips, out, status, time.monotonic() - begun, told))
    return ended


def faults(ended: Sequence[Ended], pair: Pair) -> list[str]:
    """Return what is wrong after both runs, in words."""
    wrong = ["a run hung" for run in ended if run.status is None]
    for run in ended:
        refused = run.status == 1 and "Somebody is already working in" in run.told
        if run.status not in (0, None) and not (refused and pair.same_folder and not pair.wait):
            wrong.append(f"exit {run.status}: {run.told.strip()[-200:]}")
    for out in {run.out for run in ended}:
        done = [run for run in ended if run.out == out and run.status == 0]
        if not done:
            wrong.append(f"nothing was delivered into {out.name}")
            continue
        wanted = Counter(NAMES[clip] for run in done for clip in run.clips)
        wrong += lost(out, wanted)
    return wrong


def lost(out: Path, wanted: Counter[str]) -> list[str]:
    """Return what of the wanted versions, by the clips' names, is not whole in a folder."""
    text = (out / "edit.g4g.otio").read_text("utf-8")
    wrong = [f"{name} has no label" for name in unlabelled(out)]
    media: set[str] = set()
    for clip in json.loads(text)["tracks"]["children"][0]["children"]:
        references = {k: v for k, v in clip["media_references"].items() if k != "DEFAULT_MEDIA"}
        media |= {Path(reference["target_url"]).name for reference in references.values()}
        if len(references) != wanted[clip["name"]]:
            wrong.append(f"{clip['name']}: {len(references)} of {wanted[clip['name']]} versions")
    names = {"edit.g4g.otio", "edit.dubbed.otio", *media, *(f"{name}.g4g.json" for name in media)}
    there = {path.name for path in out.iterdir()}
    wrong += [f"{name} is left" for name in sorted(there - names)]
    return wrong + [f"{name} is missing" for name in sorted(names - there)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the pairs; 1 where one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    choice = random.Random(options.seed)
    kinds = list(product((True, False), (True, False), (True, False)))
    choice.shuffle(kinds)
    kinds.sort(key=lambda kind: not kind[1])  # what meets in one folder first
    bad = hung = 0
    with tempfile.TemporaryDirectory(prefix="g4g-pairs-") as name:
        folder = Path(name)
        os.environ["G4G_HOME"] = str(folder / "home")
        write_materials(folder)
        begun = time.monotonic()
        if start(folder, folder / "alone", CLIPS[0], False).wait():
            raise SystemExit("a run alone failed")
        alone = time.monotonic() - begun
        for number in range(options.count):
            late = choice.choice((0.0, 0.0, choice.uniform(0, 1)))
            pair = Pair(*kinds[number % len(kinds)], late)
            ended = run_pair(folder, folder / f"pair-{number}", pair, alone)
            wrong = faults(ended, pair)
            bad, hung = bad + bool(wrong), hung + any(run.status is None for run in ended)
            times = ", ".join(f"exit {run.status} in {run.seconds / alone:.1f}" for run in ended)
            print(
                f"{number + 1:>3} {pair.words}: {times}; {'; '.join(wrong) or 'well'}", flush=True
            )
    print(f"{options.count - bad} of {options.count} pairs well, {hung} hung")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
