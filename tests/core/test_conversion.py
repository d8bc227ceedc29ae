"""What is stored comes back, and what was damaged meanwhile is named by its key."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from g4g_plugin.core.conversion import (
    ConversionError,
    content_id,
    from_plain,
    keep_unknown,
    to_plain,
)
from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.shot import Dub, LineResult, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.project.decisions import Decisions

RATE = Fraction(24000, 1001)
DECISIONS = Decisions(
    (
        Line(Take(Path("/takes/a.wav"), Fraction(1, 3), Fraction(2), 1, "a"), FaceChoice(1, 2), -4),
        Line(Take(Path("/takes/b\udcff.wav"))),
    ),
    ShotSettings(weights=Path("/w.safetensors"), strength=1.5),
    (RangeSetting(3, 9, "shut", ramp=2),),
)


def stored(value: Any) -> Any:
    return json.loads(json.dumps(to_plain(value)))


def damaged(path: tuple[str | int, ...], new: Any) -> Any:
    value = copy.deepcopy(stored(DECISIONS))
    place = value
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = new
    return value


@pytest.mark.parametrize(
    ("path", "new", "said"),
    [
        (("lines", 0, "at"), "x", "lines[0].at is text, not a whole number"),
        (("lines", 0, "at"), 1.5, "lines[0].at is a number, not a whole number"),
        (("lines", 0, "at"), True, "lines[0].at is true or false, not a whole number"),
        (("lines", 0, "at"), 10**30, "lines[0].at is too large a number"),
        (("lines", 0, "take", "length"), 3, "lines[0].take.length is a whole number, not text"),
        (("lines", 0, "take", "length"), "-2", "lines[0].take: a take starts at 0 or later"),
        (("lines", 0, "take", "start"), "1e99999999", "lines[0].take.start: '1e99999999' is no f"),
        (("lines", 0, "take", "start"), "1/0", "lines[0].take.start: '1/0' is no fraction"),
        (("lines", 0, "take", "channel"), "l", "channel is text, not a whole number or nothing"),
        (("lines", 0, "take", "audio"), "a" * 300, "lines[0].take.audio: a name in this path"),
        (("lines", 0, "take", "audio"), "a\0b", "lines[0].take.audio: it is no path"),
        (("lines", 0, "take"), [], "lines[0].take is a list, not a table"),
        (("lines", 0, "face"), [1], "face"),
        (("lines", 0, "face"), ["x", 2, None], "lines[0].face[0] is text, not a number"),
        (("lines", 0), None, "lines[0] is nothing, not a table"),
        (("lines",), {}, "lines is a table, not a list"),
        (("lines",), [], "a clip that is decided about has a line at least"),
        (("settings", "strength"), float("nan"), "settings.strength is too large a number"),
        (("settings", "strength"), 7.5, "settings: strength is 7.5"),
        (("settings", "fit"), "stretch", "settings.fit is 'stretch', not one of exact, trim, pad"),
        (("settings", "fit"), "\ud800", "settings.fit is '\\ud800', not one of"),
        (("lines", 0, "take"), "\ud800", "it holds characters that there are not"),
        (("settings", "weights"), {}, "settings.weights is a table, not text"),
        (("ranges", 0, "last"), 1, "ranges[0]: a range ends at its first frame or later"),
        (("ranges", 0, "mouth"), "open", "ranges[0].mouth is 'open', not one of move, shut, keep"),
    ],
)
def test_what_is_damaged_is_named(path: tuple[str | int, ...], new: Any, said: str) -> None:
    with pytest.raises(ConversionError) as caught:
        from_plain(Decisions, damaged(path, new))
    assert said in str(caught.value)


def test_what_is_missing_is_named() -> None:
    value = stored(DECISIONS)
    del value["lines"][1]["take"]["audio"]
    with pytest.raises(ConversionError, match=r"^lines\[1\]\.take\.audio is missing$"):
        from_plain(Decisions, value)


def test_members_of_tables_are_named() -> None:
    with pytest.raises(ConversionError, match=r"^dub\.sync\.offset is text, not a number$"):
        from_plain(LineResult, {"sync": {"lag": 1, "offset": "x"}}, "dub")


def test_it_comes_back_equal() -> None:
    assert from_plain(Decisions, stored(DECISIONS)) == DECISIONS
    assert from_plain(Decisions, to_plain(DECISIONS)) == DECISIONS


def test_whole_numbers_written_as_decimals_are_whole() -> None:
    """A host that writes our metadata anew may write 3 as 3.0."""
    value = from_plain(Decisions, damaged(("lines", 0, "at"), 3.0))
    assert value.lines[0].at == 3
    assert type(value.lines[0].at) is int


def test_the_id_is_that_of_what_comes_back() -> None:
    whole = replace(DECISIONS, settings=ShotSettings(strength=1))  # an int where a float belongs
    assert content_id(whole) == content_id(from_plain(Decisions, stored(whole)))
    assert content_id(whole) != content_id(DECISIONS)
    assert content_id(stored(DECISIONS)) == content_id(to_plain(DECISIONS))


def test_keys_of_a_newer_version_stay() -> None:
    older = damaged(("lines", 0, "mood"), {"sad": 1}) | {"relight": True}
    changed = from_plain(Decisions, older).with_line(0, at=7)
    kept = keep_unknown(to_plain(changed), older)
    assert (kept["relight"], kept["lines"][0]["mood"], kept["lines"][0]["at"]) == (
        True,
        {"sad": 1},
        7,
    )
    fewer = keep_unknown(to_plain(replace(changed, lines=changed.lines[1:])), older)
    assert "mood" not in fewer["lines"][0]  # whose it was cannot be told any more
    assert from_plain(Decisions, kept) == changed


WRONG: list[Any] = [None, True, 3, -1.5, "x", [], {}, [[]], 10**400, float("nan")]


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    below = [p for k, v in steps if isinstance(v, dict | list) for p in _places(v, (*path, k))]
    keys = value if isinstance(value, dict) else range(len(value))
    return [*((*path, key) for key in keys), *below]


SPAN = FrameRange(86400, 48, RATE)
SHOT = Shot("a", "V1/1", SPAN, Path("/a.mov"), SPAN, SPAN, DECISIONS.lines)
DUB = Dub(SHOT, Path("/out/a.mov"), SPAN, "01:00:00:00", "g4g", None, 48, 0, {"lag": 0.5})


@pytest.mark.parametrize("thing", [DECISIONS, DUB])
def test_every_key_of_every_wrong_type_is_read_or_named(thing: Any) -> None:
    """Nothing but a ConversionError comes out, and its sentence has a key."""
    value = stored(thing)
    for path in _places(value):
        for new in WRONG:
            wrong = copy.deepcopy(value)
            place = wrong
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = new
            said = fault(lambda wrong=wrong: from_plain(type(thing), wrong, "here"))
            assert not said or "here" in said
            assert len(said) < 400


def fault(attempt: Callable[[], Any]) -> str:
    """Return the sentence of a damaged value; empty where it could be read."""
    try:
        attempt()
    except ConversionError as err:
        return str(err)
    return ""
