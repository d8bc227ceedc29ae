"""The options of `g4g dub`: whose they are, what they mean, and what does not fit together."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from g4g_plugin.cli import main
from g4g_plugin.cli.dub import _requests, _settings
from g4g_plugin.cli.parser import build_parser
from g4g_plugin.cli.usage import UsageError, spread
from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.settings import Settings
from g4g_plugin.project.batch import Request

LINE = Path("/takes/line.wav")


def asked(*words: str) -> tuple[tuple[Request, ...], ShotSettings]:
    args = build_parser(Settings()).parse_args(["dub", "cut.otio", "--out", "out", *words])
    groups, defaults = spread(args.groups or [], args.defaults or {})
    return _requests(groups, args.from_track, ShotSettings()), _settings(defaults, ShotSettings())


def test_a_line_is_placed_and_cut() -> None:
    (request,), _ = asked(
        *("--clip", "V1/2", "--audio", str(LINE), "--at", "-3", "--in", "1.5", "--until", "4"),
        *("--channel", "2", "--face", "12,34@5"),
    )
    take = Take(LINE, Fraction(3, 2), Fraction(5, 2), 1, "line")
    assert request.lines == (Line(take, FaceChoice(12, 34, 5), -3),)


def test_ranges_say_what_the_mouth_does() -> None:
    words = ["10-20:shut", "-4-0:keep", "30-40:1.5~6", "50-60:anyway"]
    (request,), _ = asked(
        "--clip", "V1/2", "--audio", str(LINE), *(w for r in words for w in (f"--range={r}",))
    )
    assert request.ranges == (
        RangeSetting(10, 20, "shut"),
        RangeSetting(-4, 0, "keep"),
        RangeSetting(30, 40, "move", 1.5, 6),
        RangeSetting(50, 60, "anyway"),
    )


@pytest.mark.parametrize(
    "text", ["10:shut", "10-5:shut", "1-2:open", "1-2:3", "1-2:shut~", "a-b:keep"]
)
def test_a_wrong_range_is_a_usage_error(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["dub", "x.otio", "--out", "o", "--clip", "V1/1", "--audio", "l", f"--range={text}"])
    assert stopped.value.code == 2
    assert "--range" in capsys.readouterr().err


def test_settings_before_the_first_clip_hold_for_all_and_after_it_for_one() -> None:
    (one, two), defaults = asked(
        *("--strength", "0.5", "--lip-offset", "2", "--clip", "V1/1", "--audio", str(LINE)),
        *("--strength", "1.5", "--fit", "pad", "--renderer", "network"),
        *("--clip", "V1/2", "--audio", str(LINE), "--keep-expression", "0.3", "--adapt"),
    )
    assert one.settings == ShotSettings(
        strength=1.5, lip_offset=2, fit="pad", renderer="network", adapt=True
    )
    assert two.settings == ShotSettings(strength=0.5, lip_offset=2, keep_expression=0.3, adapt=True)
    assert defaults.lip_offset == 2


def test_what_always_held_for_all_still_does() -> None:
    requests, _ = asked(
        *("--clip", "V1/1", "--audio", str(LINE), "--fit", "trim"),
        *("--clip", "V1/2", "--audio", str(LINE), "--engine", "copy", "--deliver", "ffv1"),
    )
    assert [(r.settings.engine, r.settings.codec) for r in requests] == [("copy", "ffv1")] * 2
    assert [r.settings.fit for r in requests] == ["trim", "exact"]


def test_the_same_clip_with_another_face_is_a_second_line() -> None:
    (request,), _ = asked(
        *("--clip", "V1/1", "--audio", str(LINE), "--face", "10,20"),
        *("--clip", "v1/1", "--audio", str(LINE), "--face", "90,20", "--at", "12"),
    )
    assert [(line.face, line.at) for line in request.lines] == [
        (FaceChoice(10, 20), 0),
        (FaceChoice(90, 20), 12),
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["--clip", "V1/1"],
        ["--clip", "V1/1", "--audio", "a", "--like", "v001"],
        ["--clip", "V1/1", "--audio", "a", "--clip", "V1/1", "--audio", "b"],
        [*("--clip", "V1/1", "--audio", "a", "--face", "1,2", "--clip", "V1/1", "--audio", "b")],
        ["--clip", "V1/1", "--audio", "a", "--in", "2", "--until", "1"],
        ["--from-track", "A2", "--clip", "V1/1", "--audio", "a"],
        [],
    ],
)
def test_what_does_not_fit_together_is_said(words: list[str]) -> None:
    with pytest.raises(UsageError):
        asked(*words)


def test_the_lines_of_one_shot_share_its_settings() -> None:
    line: list[Any] = ["--clip", "V1/1", "--audio", "a", "--face"]
    with pytest.raises(UsageError, match="share one picture"):
        asked(*line, "1,2", "--strength", "1", *line, "9,2", "--strength", "2")


def test_a_second_ctrl_c_ends_a_run_whose_engine_gives_no_frame() -> None:
    code = (
        "import signal, threading\n"
        "from g4g_plugin.cli.dub import _stopped_by_signals\n"
        "class Hung:\n"
        "    def cancel_all(self): print('asked', flush=True)\n"
        "with _stopped_by_signals([Hung()]):\n"
        "    for _ in range(2): signal.raise_signal(signal.SIGINT)\n"
        "    threading.Event().wait(60)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (130, "asked\n")
    assert "what was finished is kept" in done.stderr
