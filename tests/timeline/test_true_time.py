"""The picture at each frame of the timeline is the one a host shows there, at every rate, with
every way of writing a range.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cut_kit import (
    Plate,
    Result,
    clip,
    dissolve,
    dub,
    gap,
    line,
    nest,
    plate,
    span,
    time,
    timeline,
)

from g4g_plugin.core.plate import Conform
from g4g_plugin.core.time import frames_of_timecode
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe
from g4g_plugin.timeline.read import open_timeline

NTSC24, NTSC30, NTSC60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)
FIRST, COUNT = 20, 25
RATES = [
    ("25", Fraction(25), 25.0, "01:00:00:00"),
    ("23.976 exact", NTSC24, 24000 / 1001, "01:00:00:00"),
    ("23.976 short", NTSC24, 23.976, "01:00:00:00"),
    ("29.97 drop", NTSC30, 29.97, "01:00:00;00"),
    ("29.97 non-drop", NTSC30, 30000 / 1001, "01:00:00:00"),
    ("29.97 drop over a minute", NTSC30, 29.97, "00:00:59;10"),
    ("59.94 drop", NTSC60, 59.94, "01:00:00;00"),
    ("59.94 non-drop", NTSC60, 60000 / 1001, "01:00:00:00"),
    ("10 hours", Fraction(25), 25.0, "10:00:00:00"),
    ("near midnight", Fraction(25), 25.0, "23:59:58:00"),
]


def numbers(done: Result, first: int = FIRST, count: int = COUNT) -> None:
    assert done.numbers() == list(range(first, first + count))


@pytest.mark.parametrize(
    ("rate", "written", "code"), [r[1:] for r in RATES], ids=[r[0] for r in RATES]
)
def test_every_rate(tmp_path: Path, rate: Fraction, written: float, code: str) -> None:
    a = plate(tmp_path, rate=rate, timecode=code)
    shot = clip(a.path, span(a.start + FIRST, COUNT, written), a.held(written))
    done = dub(timeline(tmp_path / "t.otio", [[shot]]), line(tmp_path))
    numbers(done)
    facts = probe(done.media)
    assert facts.rate == rate
    assert facts.start_frame == a.start + FIRST
    assert facts.drop == (";" in code)


WAYS: dict[str, Any] = {
    "no available range": lambda a: (span(a.start + FIRST, COUNT, 25.0), None),
    "source from 0, none available": lambda a: (span(FIRST, COUNT, 25.0), None),
    "available from 0, file has timecode": lambda a: (span(FIRST, COUNT, 25.0), span(0, 100, 25.0)),
    "with timecode": lambda a: (span(a.start + FIRST, COUNT, 25.0), a.held(25.0)),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_write_a_range(tmp_path: Path, way: str) -> None:
    a = plate(tmp_path)
    done = dub(timeline(tmp_path / "t.otio", [[clip(a.path, *WAYS[way](a))]]), line(tmp_path))
    numbers(done)
    assert probe(done.media).start_frame == a.start + FIRST


@pytest.mark.parametrize("available", [True, False])
def test_no_source_range_is_the_whole_file(tmp_path: Path, available: bool) -> None:
    a = plate(tmp_path, count=30)
    shot = clip(a.path, None, a.held(25.0) if available else None)
    other = clip(a.path, span(a.start, 10, 25.0), a.held(25.0))
    cut = timeline(tmp_path / "t.otio", [[other, shot]])
    numbers(dub(cut, line(tmp_path), "V1/2"), 0, 30)


def test_a_time_warp_of_one_is_none_and_a_disabled_clip_is_dubbed(tmp_path: Path) -> None:
    a = plate(tmp_path)
    warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 1.0, "metadata": {}, "name": ""}
    shot = clip(a.path, span(a.start + FIRST, COUNT, 25.0), a.held(25.0), effects=[warp])
    numbers(dub(timeline(tmp_path / "t.otio", [[{**shot, "enabled": False}]]), line(tmp_path)))


MIXED = [  # timeline rate as written, media rate: each touched frame, exact
    (23.976, Fraction(25)),
    (25.0, Fraction(50)),
    (29.97, NTSC60),
    (25.0, Fraction(24)),
    (23.976, NTSC30),
    (24.0, NTSC24),
]


@pytest.mark.parametrize(("written", "media"), MIXED)
def test_mixed_rates_deliver_every_media_frame_touched(
    tmp_path: Path, written: float, media: Fraction
) -> None:
    """Resolve writes source ranges at the timeline's rate, available ranges at the media's."""
    a = plate(tmp_path, rate=media)
    code = a.start / media
    begin = round((code + 1) * Fraction(str(written)))
    shot = clip(a.path, span(begin, 20, written), a.held(float(media)))
    done = dub(timeline(tmp_path / "t.otio", [[shot]]), line(tmp_path))
    exact = begin * float(media) / written - a.start
    end = exact + 20 * float(media) / written
    assert done.numbers()[0] == pytest.approx(np.floor(exact + 0.01), abs=1)
    assert done.numbers()[-1] >= np.floor(end - 1.01)
    assert done.numbers() == list(range(done.numbers()[0], done.numbers()[-1] + 1))
    assert probe(done.media).rate == media


def test_float32_rates_late_in_the_day(tmp_path: Path) -> None:
    """Hiero: 86400 at 23.976 stands as 86400.0887 at 23.976024627685547; near midnight a value is
    near a wrong whole frame by chance.
    """
    wrong = []
    single = float(np.float32(24000 / 1001))
    for start in range(1_930_000, 1_990_000, 997):
        value = start * single / 23.976
        shot = clip("/m/a.mov", span(value, 40, single), span(start - 5, 500, 23.976))
        slot = open_timeline(timeline(tmp_path / "t.otio", [[shot]])).slots[0]
        if (slot.source.first, slot.source.count) != (start, 40):
            wrong.append(start)
    assert wrong == []


SPEEDS = {  # what each of 20 frames of the timeline shows, from media frame 20 on
    0.5: [20 + n // 2 for n in range(20)],
    2.0: [20 + 2 * n for n in range(20)],
    1.5: [20 + 3 * n // 2 for n in range(20)],
    -1.0: [39 - n for n in range(20)],
    -2.0: [58 - 2 * n for n in range(20)],
    0.0: [20] * 20,
}


def retimed(a: Plate, speed: float) -> dict:
    kind = "LinearTimeWarp.1" if speed else "FreezeFrame.1"
    effect = {"OTIO_SCHEMA": kind, "time_scalar": speed, "metadata": {}, "name": ""}
    return clip(a.path, span(a.start + 20, 20, 25.0), a.held(25.0), effects=[effect])


@pytest.mark.parametrize("speed", SPEEDS)
def test_a_constant_retime_is_dubbed_as_it_plays(tmp_path: Path, speed: float) -> None:
    a = plate(tmp_path)
    cut = timeline(tmp_path / "t.otio", [[gap(10, 25.0), retimed(a, speed)]])
    done = dub(cut, line(tmp_path))
    assert done.numbers() == SPEEDS[speed]
    (played,) = [item for item in done.items("Video", 1) if item["OTIO_SCHEMA"] == "Clip.2"]
    assert played["effects"] == []
    assert played["source_range"]["duration"]["value"] == 20
    again = open_timeline(done.written.dubbed).slots[0]  # the original's cut is remembered
    assert again.retime == Fraction(str(speed))
    project = open_timeline(done.written.project)
    assert project.value["tracks"]["children"][0]["children"][1]["effects"] != []
    more = dub(done.written.project, line(tmp_path))
    assert more.numbers() == SPEEDS[speed]


def test_a_speed_that_changes_is_refused(tmp_path: Path) -> None:
    a = plate(tmp_path)
    effect = {"OTIO_SCHEMA": "TimeEffect.1", "metadata": {}, "name": "", "effect_name": "warp"}
    shot = clip(a.path, span(a.start, 20, 25.0), a.held(25.0), effects=[effect])
    slot = open_timeline(timeline(tmp_path / "t.otio", [[shot]])).slots[0]
    assert slot.blocked is not None
    assert slot.blocked.code == "retime"


@pytest.mark.parametrize(("first", "count", "shown"), [(20.5, 25, (20, 26)), (20, 25.5, (20, 26))])
def test_fractions_of_frames_are_dubbed_whole(
    tmp_path: Path, first: float, count: float, shown: tuple[int, int]
) -> None:
    a = plate(tmp_path)
    shot = clip(a.path, span(a.start + first, count, 25.0), a.held(25.0))
    cut = timeline(tmp_path / "t.otio", [[shot]])
    assert next(p.code for p in open_timeline(cut).slots[0].problems).startswith("fractional")
    numbers(dub(cut, line(tmp_path)), *shown)


def test_one_frame_beyond_the_media_is_cut_to_it_and_told(tmp_path: Path) -> None:
    a = plate(tmp_path, count=40)
    shot = clip(a.path, span(a.start + 21, 20, 25.0), a.held(25.0))
    cut = timeline(tmp_path / "t.otio", [[shot]])
    assert [p.code for p in open_timeline(cut).slots[0].problems] == ["clamped"]
    numbers(dub(cut, line(tmp_path)), 21, 19)


@pytest.mark.parametrize(
    ("own", "said", "written"), [(Fraction(24), NTSC24, 23.976), (NTSC24, Fraction(24), 24.0)]
)
def test_interpreted_footage_keeps_its_frames(
    tmp_path: Path, own: Fraction, said: Fraction, written: float
) -> None:
    a = plate(tmp_path, rate=own)
    start = frames_of_timecode("01:00:00:00", said)
    shot = clip(a.path, span(start + FIRST, COUNT, written), span(start, 100, written))
    done = dub(timeline(tmp_path / "t.otio", [[shot]]), line(tmp_path))
    numbers(done)
    assert probe(done.media).rate == said


def variable(folder: Path) -> Plate:
    """Draw a phone's file: 40 frames at 25 a second, 1.6 s at 5 a second, then 25 again."""
    times = [n for n in range(120) if n < 40 or n >= 80 or n % 5 == 0]
    how = {"timecode": None, "pts": [t * 1000 for t in times], "tick": Fraction(1, 25_000)}
    return plate(folder, "phone.mp4", count=len(times), sound=False, **how)


@pytest.mark.parametrize("available", [True, False])
@pytest.mark.parametrize("first", [5, 45, 85])
def test_variable_rate_shows_what_the_host_shows(
    tmp_path: Path, first: int, available: bool
) -> None:
    a = variable(tmp_path)
    times = [n for n in range(120) if n < 40 or n >= 80 or n % 5 == 0]
    held = span(0, 120, 25.0) if available else None
    cut = timeline(tmp_path / "t.otio", [[clip(a.path, span(first, 30, 25.0), held)]])
    done = dub(cut, line(tmp_path))
    expected = [max(n for n, t in enumerate(times) if t <= first + i) for i in range(30)]
    assert done.numbers() == expected
    assert probe(done.media).rate == 25
    assert not probe(done.media).variable


def test_a_conformed_plate_holds_its_ends(tmp_path: Path) -> None:
    a = plate(tmp_path, count=10)
    with open_plate(a.path, Conform(Fraction(25), 14, Fraction(-2, 25))) as reel:
        assert [p.index for p in reel.read(0, 14)] == list(range(14))
        assert reel.facts.count == 14


def test_transitions_become_handles_and_nests_are_looked_into(tmp_path: Path) -> None:
    a = plate(tmp_path)
    inner = [clip(a.path, span(a.start + FIRST, COUNT, 25.0), a.held(25.0))]
    before = clip(a.path, span(a.start + 5, 15, 25.0), a.held(25.0))
    crossed = [before, dissolve(6, 6, 25.0), inner[0]]
    numbers(dub(timeline(tmp_path / "a.otio", [crossed]), line(tmp_path), "V1/2"), 14, 31)
    trimmed = nest(inner, span(5, 10, 25.0))
    done = dub(timeline(tmp_path / "b.otio", [[trimmed]]), line(tmp_path), "V1/1/V1/1", out="b")
    numbers(done)
    start = time(90_000, 25.0)
    same = [inner[0], inner[0], clip(a.path, span(a.start + 1, 5, 25.0), a.held(25.0))]
    cut = timeline(tmp_path / "c.otio", [same], start=start)
    media = {dub(cut, line(tmp_path), f"V1/{n}", out="c").media for n in (1, 2, 3)}
    assert len(media) == 3
