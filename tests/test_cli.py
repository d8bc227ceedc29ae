"""The command line's contract: names, JSON shapes, exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from g4g_plugin.cli import main

NTSC = Fraction(30000, 1001)
HOUR = 107_892  # 01:00:00;00 in frames


@pytest.fixture
def cut(draw_plate, draw_timeline) -> Path:
    plate = draw_plate("a b.mov", 40, NTSC, "01:00:00;00")
    clips = [("one", plate, HOUR + 3, 12, HOUR, 40), ("two", Path("gone.mov"), HOUR, 5, HOUR, 40)]
    return draw_timeline(clips, NTSC)


def test_shots_json(cut: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["shots", str(cut), "--json"]) == 0
    one, two = json.loads(capfd.readouterr().out)
    assert set(one) == {
        "clip",
        "name",
        "track",
        "record",
        "source",
        "media",
        "start_timecode",
        "problems",
    }
    assert (one["clip"], one["name"], one["track"], one["problems"]) == ("V1/1", "one", "V1", [])
    assert one["source"] == {"first": HOUR + 3, "count": 12, "rate": "30000/1001"}
    assert one["record"] == {"first": 0, "count": 12, "rate": "30000/1001"}
    assert Path(one["media"]).name == "a b.mov"
    assert two["record"]["first"] == 12
    assert [problem["code"] for problem in two["problems"]] == ["missing-media"]
    assert two["problems"][0]["message"].endswith(".")


def test_dub_json_and_files(
    cut: Path, tmp_path: Path, draw_tone, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    line = draw_tone(seconds=float(12 / NTSC))
    argv = [
        "dub",
        str(cut),
        "--clip",
        "V1/1",
        "--audio",
        str(line),
        "--out",
        str(out),
        "--engine",
        "copy",
        "--json",
    ]
    assert main([*argv, "--handles", "2"]) == 0
    told = capfd.readouterr()
    done = json.loads(told.out)
    assert set(done) == {"timeline", "project", "dubs", "still_speaking"}
    assert done["timeline"] == str(out / "cut.dubbed.otio")
    assert done["project"] == str(out / "cut.g4g.otio")
    (dub,) = done["dubs"]
    assert dub == {
        "clip": "V1/1",
        "media": str(out / "one.g4g-dub-v001.mov"),
        "first": HOUR + 1,
        "count": 16,
        "rate": "30000/1001",
        "start_timecode": "01:00:00;01",
        "engine": "copy",
        "renderer": "",
        "weights": None,
        "frames_dubbed": 0,
        "frames_kept": 16,
        "verdict": None,
        "faces": [None],
        "notes": ["No speech is heard in line.wav, only steady sound: the mouth will hardly move."],
        "sync": {},
        "unjudged": dict.fromkeys(
            ("before", "after"), "The face is in the picture for less than a second."
        ),
        "dubbed": [],
        "kept": [{"reason": "no-patch", "first": HOUR + 1, "count": 16}],
    }
    assert "encode" in told.err
    assert "16/16" in told.err


def test_revert_gives_the_original_back(
    cut: Path, tmp_path: Path, draw_tone, capfd: pytest.CaptureFixture[str]
) -> None:
    out, back = tmp_path / "out", tmp_path / "back"
    line = draw_tone(seconds=float(12 / NTSC))
    assert (
        main(
            [
                "dub",
                str(cut),
                "--clip",
                "V1/1",
                "--audio",
                str(line),
                "--out",
                str(out),
                "--engine",
                "copy",
            ]
        )
        == 0
    )
    assert main(["revert", str(out / "cut.g4g.otio"), "--clip", "V1/1", "--out", str(back)]) == 0
    capfd.readouterr()
    reverted = next(path for path in back.iterdir() if path.name.endswith(".dubbed.otio"))
    assert main(["shots", str(reverted), "--json"]) == 0
    assert Path(json.loads(capfd.readouterr().out)[0]["media"]).name == "a b.mov"


def test_engines_and_doctor(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["engines"]) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line]
    assert {"g4g", "copy", "native", "network"} <= {line.split()[0] for line in lines}
    main(["doctor", "--json"])
    found = {row["what"]: row for row in json.loads(capfd.readouterr().out)}
    assert found["torch"]["ok"]
    assert found["deliver prores"]["ok"]


def test_help_loads_neither_torch_nor_qt() -> None:
    script = (
        "import sys\nfrom g4g_plugin.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'PySide6', 'av', 'mediapipe', 'cv2') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip().splitlines()[-1] == "[]"


def test_second_dub_into_the_same_folder_keeps_the_first(
    tmp_path: Path, draw_plate, draw_tone, draw_timeline, capfd: pytest.CaptureFixture[str]
) -> None:
    plate, line, out = draw_plate(count=30), draw_tone(), tmp_path / "out"
    cut = draw_timeline(
        [("one", plate, 90_000, 10, 90_000, 30), ("two", plate, 90_010, 10, 90_000, 30)]
    )
    for clip in ("V1/1", "V1/2", "V1/2"):
        argv = [
            "dub",
            str(cut),
            "--clip",
            clip,
            "--audio",
            str(line),
            "--out",
            str(out),
            "--engine",
            "copy",
        ]
        assert main(argv) == 0, capfd.readouterr().err
    said = (out / "cut.g4g.otio").read_text()
    assert [
        name in said for name in ("one.g4g-dub-v001", "two.g4g-dub-v001", "two.g4g-dub-v002")
    ] == [True] * 3
    capfd.readouterr()
    assert main(["shots", str(out / "cut.dubbed.otio"), "--json"]) == 0
    cut.write_text(cut.read_text().replace('"value": 10.0', '"value": 9.0', 1))
    assert (
        main(
            [
                "dub",
                str(cut),
                "--clip",
                "V1/2",
                "--audio",
                str(line),
                "--out",
                str(out),
                "--engine",
                "copy",
            ]
        )
        == 1
    )
    assert "another version" in capfd.readouterr().err


def test_other_formats_are_checked_first_and_written_beside(
    cut: Path, tmp_path: Path, draw_tone, capfd: pytest.CaptureFixture[str]
) -> None:
    line, out = draw_tone(seconds=float(12 / NTSC)), tmp_path / "out"
    argv = [
        "dub",
        str(cut),
        "--clip",
        "V1/1",
        "--audio",
        str(line),
        "--out",
        str(out),
        "--engine",
        "copy",
    ]
    assert main([*argv, "--also", "aaf"]) == 1
    assert "Avid AAF cannot be written" in capfd.readouterr().err
    assert not out.exists()  # nothing was rendered
    assert main([*argv, "--also", "otioz"]) == 0
    dubbed = next(out.glob("*.dubbed.otio"))
    bundle = dubbed.with_suffix(".otioz")
    assert f"The timeline as OpenTimelineIO bundle: {bundle}" in capfd.readouterr().out
    assert main(["export", str(dubbed), "--to", "otioz", "--out", str(tmp_path / "again")]) == 0
    assert "cannot carry: the other versions of a dub." in capfd.readouterr().out
    assert (tmp_path / "again" / bundle.name).stat().st_size == bundle.stat().st_size


def test_formats_say_what_they_cannot_carry(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    told = capfd.readouterr().out
    assert "edl        CMX 3600 EDL" in told
    assert "sound, including the new lines" in told


def test_a_path_that_is_no_utf8_can_be_printed(tmp_path: Path) -> None:
    home = os.fsencode(tmp_path) + b"/home\xff"
    env = {**os.environb, b"G4G_HOME": home, b"PYTHONIOENCODING": b"utf-8:strict"}
    command = [sys.executable, "-m", "g4g_plugin", "doctor"]
    done = subprocess.run(command, capture_output=True, env=env)
    assert b"home\\udcff" in done.stdout
    assert b"bug of ours" not in done.stderr
