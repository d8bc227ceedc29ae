"""Rates, timecode and ranges against values that SMPTE and arithmetic fix."""

import json
import pickle
from fractions import Fraction

import pytest

from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.time import (
    FrameRange,
    can_drop,
    frames_of_timecode,
    is_drop,
    rate_text,
    snap_rate,
    timecode,
)

FILM, NTSC, NTSC60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (23.976, FILM),
        (23.98, FILM),
        (23.976024627685547, FILM),  # Hiero's float32
        ("24000/1001", FILM),
        (24, Fraction(24)),
        (25.0, Fraction(25)),
        (29.97, NTSC),
        (29.97002997, NTSC),
        (30.0, Fraction(30)),
        (47.952, Fraction(48000, 1001)),
        (59.94, NTSC60),
        (60, Fraction(60)),
        (119.88, Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (Fraction(15), Fraction(15)),
    ],
)
def test_rates_are_what_the_file_meant(said: float | str | Fraction, meant: Fraction) -> None:
    assert snap_rate(said) == meant


@pytest.mark.parametrize("nonsense", [0, -25, "abc"])
def test_no_rate(nonsense: float | str) -> None:
    with pytest.raises(ValueError):
        snap_rate(nonsense)


@pytest.mark.parametrize(
    ("frame", "rate", "drop", "text"),
    [
        (0, Fraction(25), False, "00:00:00:00"),
        (90000, Fraction(25), False, "01:00:00:00"),
        (86399, Fraction(24), False, "00:59:59:23"),
        (86400, FILM, False, "01:00:00:00"),  # non-drop counts 24 to the second also at 23.976
        (1799, NTSC, True, "00:00:59;29"),
        (1800, NTSC, True, "00:01:00;02"),  # labels ;00 and ;01 are dropped each minute ...
        (3597, NTSC, True, "00:01:59;29"),
        (3598, NTSC, True, "00:02:00;02"),
        (17981, NTSC, True, "00:09:59;29"),
        (17982, NTSC, True, "00:10:00;00"),  # ... but each tenth
        (107892, NTSC, True, "01:00:00;00"),
        (2589407, NTSC, True, "23:59:59;29"),
        (3600, NTSC60, True, "00:01:00;04"),
        (215784, NTSC60, True, "01:00:00;00"),
        (1800, NTSC, False, "00:01:00:00"),
        (1500, Fraction(25), True, "00:01:00:00"),  # drop-frame does not exist at 25
    ],
)
def test_timecode_both_ways(frame: int, rate: Fraction, drop: bool, text: str) -> None:
    assert timecode(frame, rate, drop) == text
    assert frames_of_timecode(text, rate) == frame
    assert is_drop(text) == (drop and can_drop(rate))


@pytest.mark.parametrize("rate", [NTSC, NTSC60])
def test_drop_frame_skips_no_frame_and_repeats_no_label(rate: Fraction) -> None:
    frames = range(0, 40_000, 7)
    labels = [timecode(n, rate, drop=True) for n in frames]
    assert [frames_of_timecode(label, rate) for label in labels] == list(frames)
    assert len(set(labels)) == len(labels)


def test_timecode_wraps_after_a_day() -> None:
    assert timecode(86400 * 25, Fraction(25)) == "00:00:00:00"
    assert timecode(2589408, NTSC, drop=True) == "00:00:00;00"


@pytest.mark.parametrize("text", ["", "01:00:00", "1h", "01:00:00:0", "01-00-00-00"])
def test_no_timecode(text: str) -> None:
    with pytest.raises(ValueError):
        frames_of_timecode(text, Fraction(25))
    assert not is_drop(text)


def test_a_range_knows_its_end_and_length() -> None:
    span = FrameRange(86400, 48, FILM)
    assert (span.end, span.seconds) == (86448, Fraction(2002, 1000))
    assert to_plain(span) == {"first": 86400, "count": 48, "rate": "24000/1001"}
    assert rate_text(Fraction(25)) == "25"


@pytest.mark.parametrize(
    ("count", "rate"), [(0, Fraction(25)), (-1, Fraction(25)), (5, Fraction(0))]
)
def test_a_range_is_never_empty(count: int, rate: Fraction) -> None:
    with pytest.raises(ValueError):
        FrameRange(0, count, rate)


@pytest.mark.parametrize(
    ("head", "tail", "first", "count"),
    [(0, 0, 10, 5), (3, 4, 7, 12), (50, 0, 0, 15), (0, 50, 10, 20), (50, 50, 0, 30)],
)
def test_handles_stop_at_the_media(head: int, tail: int, first: int, count: int) -> None:
    media = FrameRange(0, 30, Fraction(25))
    grown = FrameRange(10, 5, Fraction(25)).with_handles(head, tail, within=media)
    assert (grown.first, grown.count) == (first, count)


def test_a_range_travels() -> None:
    span = FrameRange(-3, 7, NTSC)
    assert from_plain(FrameRange, json.loads(json.dumps(to_plain(span)))) == span
    assert pickle.loads(pickle.dumps(span)) == span
    assert len({span, FrameRange(-3, 7, NTSC)}) == 1
