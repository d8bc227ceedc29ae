"""Why frames were kept: runs of one reason, counted, and the same after JSON."""

import json
from fractions import Fraction

import pytest

from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.kept import IN_WORDS, Kept, KeptReason, kept_counts, kept_runs
from g4g_plugin.core.time import FrameRange

RATE = Fraction(25)
REASONS: dict[int, KeptReason] = {4: "covered", 3: "covered", 5: "no-face", 9: "covered"}
RUNS = (
    Kept("covered", FrameRange(3, 2, RATE)),
    Kept("no-face", FrameRange(5, 1, RATE)),
    Kept("covered", FrameRange(9, 1, RATE)),
)


def test_frames_are_gathered_into_runs_of_one_reason() -> None:
    assert kept_runs(REASONS, RATE) == RUNS
    assert kept_runs({}, RATE) == ()


def test_frames_are_counted_by_reason() -> None:
    assert kept_counts(RUNS) == {"no-face": 1, "covered": 3}


def test_a_run_travels_and_says_itself_in_words() -> None:
    for run in RUNS:
        assert from_plain(Kept, json.loads(json.dumps(to_plain(run)))) == run
    assert RUNS[0].words == "mouth covered"
    assert len(set(IN_WORDS.values())) == len(IN_WORDS)


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="no reason"):
        Kept("bored", FrameRange(0, 1, RATE))  # pyright: ignore[reportArgumentType]
