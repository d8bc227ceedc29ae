"""What was found in a dub is marked on the delivered clip, and goes with the dub."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
from dialects import fake_dub

from g4g_plugin.core.assessment import Assessment, Coverage, Finding
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import FrameRange
from g4g_plugin.project.markers import dub_marks, markers
from g4g_plugin.timeline.edit import Edit
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import at, revert, write_dubs

MEDIA = Path("/out/clip.g4g-dub-v001.mov")


def assessed(edit: Edit, clip: str, *findings: Finding) -> Dub:
    return replace(fake_dub(edit, clip, MEDIA), assessment=Assessment(Coverage(10), findings))


def marked(path: Path, clip: str) -> list[dict]:
    edit = open_timeline(path)
    held = at(edit.value, edit.places[edit.slot(clip).clip]).get("markers") or []
    return [m for m in held if "g4g" in (m.get("metadata") or {})]


def test_findings_are_markers_of_the_delivered_clip_alone(
    tmp_path: Path, dialect: tuple[Path, str]
) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    source = fake_dub(edit, clip, MEDIA).shot.source
    span = FrameRange(source.first + 2, 3, source.rate)
    findings = Finding("light", "bad", (span,)), Finding("speaker-by-size", "look")
    written = write_dubs(edit, [assessed(edit, clip, *findings)], tmp_path)
    here, whole = marked(written.dubbed, clip)
    assert (here["color"], here["name"]) == ("RED", "dub: bad")
    assert here["comment"] == "The mouth is lit unlike its face."
    begin, length = (here["marked_range"][k] for k in ("start_time", "duration"))
    assert (begin["value"], length["value"]) == (span.first, span.count)
    assert whole["color"] == "YELLOW"
    assert whole["marked_range"]["start_time"]["value"] == source.first
    assert whole["marked_range"]["duration"]["value"] == source.count
    assert marked(written.project, clip) == []
    read = otio.core.deserialize_json_from_string(json.dumps(here))  # as OTIO's own reader has it
    assert (read.comment, read.color, read.marked_range.duration.value) == (
        here["comment"],
        otio.schema.MarkerColor.RED,
        3,
    )


def test_another_dub_or_none_takes_the_marks_along(
    tmp_path: Path, dialect: tuple[Path, str]
) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    first = write_dubs(edit, [assessed(edit, clip, Finding("noisy", "look"))], tmp_path)
    again = open_timeline(first.dubbed)
    second = write_dubs(
        again, [assessed(again, clip, Finding("blurred", "bad"))], tmp_path / "second"
    )
    assert [m["metadata"]["g4g"]["finding"] for m in marked(second.dubbed, clip)] == ["blurred"]
    back = revert(second.project, clip, tmp_path / "back")
    assert marked(back.dubbed, clip) == []


def test_the_panel_shows_them_once(tmp_path: Path, dialect: tuple[Path, str]) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    own = len(markers(edit))
    source = fake_dub(edit, clip, MEDIA).shot.source
    dub = assessed(
        edit, clip, Finding("light", "bad", (FrameRange(source.first + 2, 1, source.rate),))
    )
    written = write_dubs(edit, [dub], tmp_path)
    assert len(markers(open_timeline(written.dubbed))) == own
    (mark,) = dub_marks(edit.slot(clip), dub)
    record = edit.slot(clip).record
    assert mark.frame == record.first + round(2 / source.rate * record.rate)
    assert (mark.colour, mark.clip) == ("RED", edit.slot(clip).clip)
