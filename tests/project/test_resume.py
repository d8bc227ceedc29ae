"""A run that was killed, started again, keeps what it had finished; nothing is left half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HOUR = 90_000


def start(argv: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "g4g_plugin", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_run_skips_what_is_done(
    tmp_path: Path, draw_plate, draw_tone, draw_timeline
) -> None:
    short, long = draw_plate("short.mov", 20), draw_plate("long.mov", 600)
    clips = [("short", short, HOUR, 10, HOUR, 20), ("long", long, HOUR, 600, HOUR, 600)]
    timeline = draw_timeline(clips)
    out = tmp_path / "out"
    argv = [
        "dub",
        str(timeline),
        "--out",
        str(out),
        "--engine",
        "copy",
        "--deliver",
        "ffv1",
        "--json",
    ]
    argv += ["--clip", "V1/1", "--audio", str(draw_tone("a.wav", 0.4)), "--clip", "V1/2"]
    argv += ["--audio", str(draw_tone("b.wav", 24.0))]
    run = start(argv)
    assert run.stderr is not None
    for line in run.stderr:  # until the second shot is being written
        if line.startswith("encode") and "/600" in line:
            break
    run.send_signal(signal.SIGKILL)
    run.communicate()
    first = out / next(
        path.name for path in out.iterdir() if path.name.startswith("short.g4g-dub-v001")
    )
    made = (first.stat().st_ino, first.stat().st_mtime_ns)
    assert not [path for path in out.iterdir() if path.suffix == ".otio"]

    again = start(argv)
    said, told = again.communicate()
    assert again.returncode == 0, told
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == made
    dubs = json.loads(said)["dubs"]
    assert [dub["count"] for dub in dubs] == [10, 600]
    assert dubs[0]["media"] == str(first)
    assert not [path for path in out.iterdir() if path.name.endswith(".part")]

    third = start(argv)  # the run was finished: the same again is a new version
    said, told = third.communicate()
    assert third.returncode == 0, told
    assert "v002" in json.loads(said)["dubs"][0]["media"]


def test_ctrl_c_is_130_and_goes_on_with_the_next_segment(
    tmp_path: Path, draw_plate, draw_tone, draw_timeline
) -> None:
    plate = draw_plate("long.mov", 600)
    timeline = draw_timeline([("long", plate, HOUR, 600, HOUR, 600)])
    out = tmp_path / "out"
    argv = ["dub", str(timeline), "--out", str(out), "--engine", "copy", "--deliver", "ffv1"]
    argv += ["--clip", "V1/1", "--audio", str(draw_tone("b.wav", 24.0))]
    run = start(argv)
    assert run.stderr is not None
    for line in run.stderr:
        if line.startswith("encode"):
            break
    os.kill(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130, told
    assert "Traceback" not in told
    left = [path.name for path in out.iterdir()] if out.exists() else []
    assert left in ([], [".g4g-work"])  # nothing under a final name

    again = start(argv)
    _, told = again.communicate(timeout=120)
    assert again.returncode == 0, told
    assert not (out / ".g4g-work").exists()
