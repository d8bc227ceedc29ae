"""Shots, takes and dubs: checked when made, the same on every machine, JSON and pickle both ways."""

import json
import pickle
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, Origin, RangeSetting, ShotSettings, Take
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange

RATE = Fraction(24000, 1001)
TAKE = Take(Path("/takes/line.wav"), Fraction(1, 3), Fraction(2002, 1000), 1, "take 3")
SHOT = Shot(
    name="close",
    clip="V1/2",
    record=FrameRange(120, 48, RATE),
    plate=Path("/plates/close.mov"),
    source=FrameRange(86410, 48, RATE),
    available=FrameRange(86400, 100, RATE),
    lines=(Line(TAKE, FaceChoice(640.5, 360.0, 3), -4),),
    handles=(12, 200),
    fit="pad",
    drop=False,
)
ORIGIN = Origin(
    ShotSettings(strength=1.5, renderer="network", lip_offset=-2, weights=Path("/w.safetensors")),
    "ef" * 32,
    ("ab" * 32,),
    "g4g 0.2.0",
)
DUB = Dub(
    SHOT,
    Path("/out/close.g4g-dub-v001.mov"),
    SHOT.deliver,
    "01:00:00:00",
    "g4g",
    "ab" * 32,
    40,
    8,
    {"lag": 0.5},
    kept=(Kept("covered", FrameRange(86440, 8, RATE)),),
)


def test_the_file_frame_is_counted_from_the_media_s_first() -> None:
    assert SHOT.first_index == 10
    assert (SHOT.deliver.first, SHOT.deliver.end) == (
        86400,
        86500,
    )  # handles end where the media ends


def test_the_id_never_changes() -> None:
    """A change here makes every user's finished shots be done again: do it on purpose or not at
    all.
    """
    assert SHOT.id == "2d0f1a4ec688"
    assert replace(SHOT).id == SHOT.id
    assert from_plain(Shot, json.loads(json.dumps(to_plain(SHOT)))).id == SHOT.id


@pytest.mark.parametrize(
    "change",
    [
        {"plate": Path("/plates/other.mov")},
        {"source": FrameRange(86411, 48, RATE)},
        {"lines": (Line(replace(TAKE, start=Fraction(0)), SHOT.face, -4),)},
        {"lines": (Line(replace(TAKE, channel=None), SHOT.face, -4),)},
        {"lines": (Line(TAKE, SHOT.face, -3),)},
        {"lines": (*SHOT.lines, Line(TAKE, FaceChoice(10, 20)))},
        {"ranges": (RangeSetting(3, 9, "shut"),)},
        {"lip_offset": 1},
        {"keep_expression": 0.5},
        {"lines": (Line(TAKE, None, -4),)},
        {"handles": (0, 0)},
        {"fit": "trim"},
        {"clip": "V1/3"},
    ],
)
def test_another_shot_is_another_job(change: dict[str, Any]) -> None:
    assert replace(SHOT, **change).id != SHOT.id


@pytest.mark.parametrize(
    "thing",
    [
        SHOT,
        replace(SHOT, lines=(Line(TAKE), Line(TAKE, FaceChoice(1, 2)))),
        replace(
            SHOT, ranges=(RangeSetting(0, 9, "keep", ramp=3), RangeSetting(12, 12, strength=2))
        ),
        DUB,
        replace(DUB, origin=ORIGIN, renderer="native", media_digest="cd" * 32, made="2026-11-28"),
        replace(ORIGIN, settings=ShotSettings()),
        TAKE,
        replace(TAKE, length=None),
    ],
)
def test_all_of_it_travels(thing: Any) -> None:
    assert from_plain(type(thing), json.loads(json.dumps(to_plain(thing)))) == thing
    assert pickle.loads(pickle.dumps(thing)) == thing


@pytest.mark.parametrize(
    "change",
    [
        {"fit": "stretch"},
        {"handles": (-1, 0)},
        {"source": FrameRange(86399, 10, RATE)},
        {"source": FrameRange(86490, 11, RATE)},
        {"lines": ()},
        {"keep_expression": 1.1},
    ],
)
def test_no_such_shot(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(SHOT, **change)


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, 0), (0, -2)])
def test_no_such_take(start: int, length: int | None) -> None:
    with pytest.raises(ValueError):
        Take(Path("line.wav"), Fraction(start), None if length is None else Fraction(length))


def test_a_dub_says_which_frames_it_changed_and_an_older_one_says_that_it_does_not_know() -> None:
    spans = (FrameRange(86400, 3, RATE), FrameRange(86410, 1, RATE))
    told = replace(DUB, dubbed=spans, unjudged={"before": "No sound."})
    assert from_plain(Dub, json.loads(json.dumps(to_plain(told)))) == told
    assert [told.is_dubbed(frame) for frame in (86399, 86400, 86402, 86403, 86410, 86411)] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]
    older = {
        name: value for name, value in to_plain(told).items() if name not in ("dubbed", "unjudged")
    }
    assert from_plain(Dub, older).dubbed is None
    assert from_plain(Dub, older).is_dubbed(86400) is None
    assert replace(DUB, dubbed=()).is_dubbed(86400) is False


def test_a_shot_of_before_had_one_take_and_one_face() -> None:
    older = to_plain(SHOT)
    line = older.pop("lines")[0]
    for name in ("ranges", "lip_offset", "keep_expression"):
        del older[name]
    shot = from_plain(Shot, older | {"take": line["take"], "face": line["face"]})
    assert shot == replace(SHOT, lines=(Line(TAKE, FaceChoice(640.5, 360.0, 3)),))
    assert (shot.take, shot.face) == (TAKE, FaceChoice(640.5, 360.0, 3))


@pytest.mark.parametrize(
    "change",
    [
        {"first": 10, "last": 9},
        {"mouth": "open"},
        {"strength": 2.1},
        {"strength": -0.1},
        {"ramp": -1},
    ],
)
def test_no_such_range(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(RangeSetting(0, 9), **change)


@pytest.mark.parametrize(
    "change",
    [
        {"fit": "stretch"},
        {"strength": 7.5},
        {"keep_expression": -0.1},
        {"handles": -3},
    ],
)
def test_no_such_settings(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        replace(ShotSettings(), **change)
