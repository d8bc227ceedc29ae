"""Where lines lie and what ranges do, from the decision to the delivered picture, sound and
timeline.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clicking import (
    COUNT,
    LEFT,
    RIGHT,
    Marking,
    changed,
    clicks,
    numbers,
    write_clicks,
    write_plate,
)

from g4g_plugin.core.decisions import Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.settings import Settings
from g4g_plugin.core.shot import Dub
from g4g_plugin.project import service
from g4g_plugin.project.batch import Order, Request, dub_timeline
from g4g_plugin.project.project import open_project
from g4g_plugin.project.service import Service

SETTINGS = ShotSettings(engine="copy", codec="ffv1", fit="trim")


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plate(tmp_path_factory.mktemp("plate") / "two.mkv")


@pytest.fixture(autouse=True)
def _marking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every service open the engine that marks what it hears."""
    monkeypatch.setattr(service.Service.__init__, "__defaults__", (lambda *_: Marking(), False))


@pytest.fixture
def cut(plate: Path, draw_timeline) -> Path:
    return draw_timeline([("two", plate, 0, COUNT, 0, COUNT)])


@pytest.fixture
def seen(plate: Path) -> Path:
    return plate.parent / "seen"  # the faces are looked at once for all tests


def dub(cut: Path, out: Path, seen: Path, request: Request, **more: object) -> Dub:
    order = Order(cut, out, (request,), **more)  # type: ignore[arg-type]
    (made,) = dub_timeline(order, Settings(), seen).dubs
    return made


@pytest.mark.parametrize(("at", "heard"), [(0, [3, 20, 40]), (7, [10, 27, 47]), (-12, [8, 28])])
def test_a_line_is_seen_and_heard_where_it_is_placed(
    plate: Path, cut: Path, seen: Path, tmp_path: Path, at: int, heard: list[int]
) -> None:
    take = Take(write_clicks(tmp_path / "line.wav", 4.0, 3, 20, 40))
    request = Request("V1/1", (Line(take, LEFT, at),), SETTINGS)
    made = dub(cut, tmp_path / "out", seen, request)
    assert numbers(made.media) == list(range(COUNT))
    assert clicks(made, -1) == heard
    assert changed(plate, made) == {"left": heard, "right": []}
    tracks = json.loads((tmp_path / "out/cut.dubbed.otio").read_text())["tracks"]["children"]
    *gaps, laid = tracks[-1]["children"]
    begins = sum(gap["source_range"]["duration"]["value"] for gap in gaps)
    assert (begins, laid["source_range"]["start_time"]["value"]) == (max(at, 0), max(-at, 0))


def test_ranges_are_seen_in_their_frames_alone(
    plate: Path, cut: Path, seen: Path, tmp_path: Path
) -> None:
    spoken = range(0, COUNT, 2)
    take = Take(write_clicks(tmp_path / "line.wav", COUNT / 25, *spoken))
    ranges = (
        RangeSetting(10, 19, "keep"),
        RangeSetting(30, 35, "shut"),
        RangeSetting(40, 45, strength=0.0),
        RangeSetting(50, 55, strength=1.5),
    )
    made = dub(cut, tmp_path / "out", seen, Request("V1/1", (Line(take, LEFT),), SETTINGS, ranges))
    kept = {*range(10, 20), *range(30, 36), *range(40, 46)}
    assert numbers(made.media) == list(range(COUNT))
    assert clicks(made, -1) == list(spoken)  # ranges direct the mouth, not the sound
    assert changed(plate, made)["left"] == [n for n in spoken if n not in kept]
    assert ("asked", 10, 10) in {(k.reason, k.frames.first, k.frames.count) for k in made.kept}


@pytest.fixture
def scored(cut: Path, tmp_path: Path):
    """Lay a take on A1 of the timeline, so many frames later than the picture (negative: earlier)."""

    def lay(late: int) -> Path:
        value = json.loads(cut.read_text())
        audio = write_clicks(tmp_path / "adr.wav", 4.0, 5, 30, 50)

        def span(first: int, count: int) -> dict[str, Any]:
            times = {"start_time": first, "duration": count}
            schema = {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0}
            return {"OTIO_SCHEMA": "TimeRange.1"} | {
                name: schema | {"value": float(frames)} for name, frames in times.items()
            }

        def gap(count: int) -> dict[str, Any]:
            return {"OTIO_SCHEMA": "Gap.1", "name": "", "source_range": span(0, count)}

        clip = {
            "OTIO_SCHEMA": "Clip.2",
            "name": "adr",
            "source_range": span(0, 100),
            "media_references": {
                "DEFAULT_MEDIA": {
                    "OTIO_SCHEMA": "ExternalReference.1",
                    "target_url": str(audio),
                    "available_range": span(0, 100),
                }
            },
            "active_media_reference_key": "DEFAULT_MEDIA",
        }
        tracks = value["tracks"]["children"]
        if late < 0:
            tracks[0]["children"].insert(0, gap(-late))
        children = [*([gap(late)] if late > 0 else []), clip]
        track = {"OTIO_SCHEMA": "Track.1", "name": "A1", "kind": "Audio", "children": children}
        tracks.append(track)
        cut.write_text(json.dumps(value))
        return cut

    return lay


@pytest.mark.parametrize(("late", "heard"), [(0, [5, 30, 50]), (8, [13, 38, 58]), (-9, [21, 41])])
def test_a_line_from_a_track_lies_where_it_lies_there(
    plate: Path, scored, seen: Path, tmp_path: Path, late: int, heard: list[int]
) -> None:
    timeline, out = scored(late), tmp_path / "out"
    asked = Request("V1/1", settings=replace(SETTINGS, fit="exact"), face=LEFT)
    made = dub(timeline, out, seen, asked, from_track="A1")
    assert (made.shot.lines[0].at, made.shot.lines[0].track) == (late, "A1")
    assert clicks(made, -1) == heard
    assert changed(plate, made) == {"left": heard, "right": []}
    kinds = audio_tracks(out)
    assert kinds == ["A1"]  # the line lies there already

    later = Service(Settings(), seen)  # another day, in the panel
    later.open(out / "cut.g4g.otio")
    later.choose("V1/1", -1)
    later.deliver()
    later.choose("V1/1", 0)
    later.deliver()
    later.close()
    assert audio_tracks(out) == ["A1"]
    again = dub(timeline, out, seen, Request("V1/1", like="v001"))
    assert again.shot.lines == made.shot.lines
    assert audio_tracks(out) == ["A1"]


def audio_tracks(out: Path) -> list[str]:
    """Return the names of the delivery copy's audio tracks that hold anything."""
    tracks = json.loads((out / "cut.dubbed.otio").read_text())["tracks"]["children"]
    return [t["name"] for t in tracks if t["kind"] == "Audio" and t["children"]]


def test_a_dub_upon_a_dub_keeps_the_other_person_s_line(
    plate: Path, cut: Path, seen: Path, tmp_path: Path
) -> None:
    """Two people's lines, each dubbed by a command of its own; then one of them corrected."""
    out = tmp_path / "out"
    first = Take(write_clicks(tmp_path / "first.wav", 4.0, 10))  # longer than the shot
    second = Take(write_clicks(tmp_path / "second.wav", COUNT / 25, 30))
    better = Take(write_clicks(tmp_path / "better.wav", 1.0, 12))
    ranges = (RangeSetting(50, 55, "keep"),)
    dub(cut, out, seen, Request("V1/1", (Line(first, LEFT),), SETTINGS, ranges))
    asked = replace(SETTINGS, fit="exact")
    both = dub(cut, out, seen, Request("V1/1", (Line(second, RIGHT),), asked))
    assert changed(plate, both) == {"left": [10], "right": [30]}
    assert clicks(both, -1) == [10, 30]
    assert both.shot.ranges == ranges
    near = LEFT._replace(x=LEFT.x + 9, frame=4)  # the same face, pointed at elsewhere
    corrected = dub(cut, out, seen, Request("V1/1", (Line(better, near, 3),), asked))
    assert changed(plate, corrected) == {"left": [15], "right": [30]}
    assert len(corrected.shot.lines) == 2
    _, project = open_project(out / "cut.g4g.otio")
    assert [len(v.dub.shot.lines) for v in project.versions["V1/1"]] == [1, 2, 2]
    assert not project.stale("V1/1")


def test_a_dub_after_a_revert_begins_anew(cut: Path, seen: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    left, right = (Take(write_clicks(tmp_path / f"{n}.wav", COUNT / 25, 9)) for n in "ab")
    dub(cut, out, seen, Request("V1/1", (Line(left, LEFT),), SETTINGS))
    reverted = Service(Settings(), seen)
    reverted.open(out / "cut.g4g.otio")
    reverted.revert("V1/1")
    reverted.close()
    alone = dub(cut, out, seen, Request("V1/1", (Line(right, RIGHT),), SETTINGS))
    assert [line.face for line in alone.shot.lines] == [RIGHT]
