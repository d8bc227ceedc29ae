from __future__ import annotations

import difflib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from dialects import fake_dub, golden, value_of

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.shot import Take
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import at, revert, write_dubs

MEDIA = Path("/out/clip.g4g-dub-v001.mov")


def differences(
    old: Any, new: Any, place: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """Name every place where two JSON values differ, order of members left aside."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in old.keys() | new.keys():
            if key not in old or key not in new:
                found.append((*place, key))
            else:
                found += differences(old[key], new[key], (*place, key))
        return found
    if isinstance(old, list) and isinstance(new, list):
        found = [(*place, n) for n in range(min(len(old), len(new)), max(len(old), len(new)))]
        for n, (a, b) in enumerate(zip(old, new, strict=False)):
            found += differences(a, b, (*place, n))
        return found
    return [] if type(old) is type(new) and old == new else [place]


def removed_lines(old: Path, new: Path) -> list[str]:
    """Return the lines of the old file that are not in the new one, in order."""
    before, after = (path.read_bytes().split(b"\n") for path in (old, new))
    blocks = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [
        line.decode("utf-8")
        for kind, a, b, _, _ in blocks
        if kind != "equal"
        for line in before[a:b]
    ]


# --- only what was touched
# ---------------------------------------------------------------------------------------


def test_the_delivery_differs_from_the_input_only_in_the_touched_clips(
    tmp_path: Path, dialect: tuple[Path, str]
) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    written = write_dubs(edit, [fake_dub(edit, clip, MEDIA)], tmp_path)
    before, after = value_of(path), value_of(written.dubbed)
    picture = edit.places[clip]
    tracks = ("tracks", "children", len(before["tracks"]["children"]))
    sounds = (
        [s for s in edit.sounds.get("A1", ()) if s.clip == "A1/2"]
        if "/" in clip and clip == "V1/2"
        else []
    )
    dialogue = [edit.places[sound.clip] for sound in sounds]
    allowed = [
        *[
            (*picture, "media_references", "DEFAULT_MEDIA", name)
            for name in ("name", "target_url", "available_range")
        ],
        (*picture, "media_references", "DEFAULT_MEDIA", "metadata"),
        (*picture, "metadata", "g4g"),
        *[(*place, "enabled") for place in dialogue],
        *[(*place, "metadata", "g4g") for place in dialogue],
        tracks,
    ]
    found = differences(before, after)
    assert found
    assert [
        place for place in found if not any(place[: len(good)] == good for good in allowed)
    ] == []
    assert tracks in found
    assert (*picture, "metadata", "g4g") in found
    assert [place for place in found if place[-1] == "enabled"] == [
        (*place, "enabled") for place in dialogue
    ]


def test_the_diff_can_fail(tmp_path: Path, dialect: tuple[Path, str]) -> None:
    value = json.loads(dialect[0].read_text("utf-8"))
    other = json.loads(dialect[0].read_text("utf-8"))
    other["tracks"]["children"][0]["children"][0]["name"] += "?"
    assert differences(value, other) == [("tracks", "children", 0, "children", 0, "name")]
    assert differences({"a": True}, {"a": 1}) == [("a",)]


def test_untouched_bytes_stay(tmp_path: Path, dialect: tuple[Path, str]) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    written = write_dubs(edit, [fake_dub(edit, clip, MEDIA)], tmp_path)
    assert (
        len(removed_lines(path, written.dubbed)) < 40
    )  # lines of the one reference, and commas moved
    text = written.dubbed.read_bytes()
    if path.stem == "premiere":
        assert b"-2.5e-1" in text  # number text
        assert b"\\u00e9" in text  # escapes
        assert text.count(b"\r\n") == text.count(b"\n")  # line ends
        assert b"LumetriEffect.7" in text  # unknown schemas
        assert b"Marker.3" in text
        assert b'\r\n  "' in text  # indentation
    if path.stem == "resolve":
        assert "grün".encode() in text
        assert b"2.110382080078125" in text


def test_opentimelineio_reads_what_is_written(tmp_path: Path, dialect: tuple[Path, str]) -> None:
    path, clip = dialect
    if path.stem == "premiere":
        with pytest.raises(otio.exceptions.OTIOError):
            otio.adapters.read_from_file(
                str(path)
            )  # the input itself: Marker.3 and an unknown effect
        return
    edit = open_timeline(path)
    slot = edit.slot(clip)
    written = write_dubs(edit, [fake_dub(edit, clip, MEDIA)], tmp_path)
    for file in (written.dubbed, written.project):
        timeline = otio.adapters.read_from_file(str(file))
        playing = [
            c
            for c in timeline.find_clips()
            if "clip.g4g-dub-v001.mov" in getattr(c.media_reference, "target_url", "")
        ]
        assert len(playing) == 1
        holds = playing[0].available_range()
        assert (round(holds.start_time.value), holds.duration.value) == (
            slot.source.first,
            slot.source.count,
        )
        takes = timeline.tracks[-1]
        assert (takes.name, takes.kind) == ("G4G takes", "Audio")
        begin = takes.trimmed_range_of_child(takes.find_clips()[0]).start_time
        expected = (slot.record.first - edit.start) / slot.record.rate
        assert begin.to_seconds() == pytest.approx(float(expected), abs=0.001)


# --- the two files
# -----------------------------------------------------------------------------------------------


def test_project_keeps_the_original_and_delivery_remembers_it(tmp_path: Path) -> None:
    edit = open_timeline(golden("hiero"))
    written = write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA)], tmp_path)
    assert (written.dubbed, written.project) == (
        tmp_path / "hiero.dubbed.otio",
        tmp_path / "hiero.g4g.otio",
    )
    place = edit.places["V1/2"]
    before = at(edit.value, place)["media_references"]["DEFAULT_MEDIA"]
    project, delivery = (at(value_of(path), place) for path in (written.project, written.dubbed))
    assert project["media_references"]["DEFAULT_MEDIA"] == before
    assert project["active_media_reference_key"] == "g4g-dub-v001"
    assert list(delivery["media_references"]) == ["DEFAULT_MEDIA"]
    assert delivery["active_media_reference_key"] == "DEFAULT_MEDIA"
    dub = delivery["media_references"]["DEFAULT_MEDIA"]
    assert dub == project["media_references"]["g4g-dub-v001"]
    assert dub["target_url"] == "/out/clip.g4g-dub-v001.mov"
    assert (
        dub["available_range"]["start_time"]["rate"].text == "23.976"
    )  # the rate as this clip's media writes it
    assert dub["metadata"] == {}
    original = delivery["metadata"]["g4g"]["original"]
    assert original["target_url"] == before["target_url"]
    assert original["available_range"] == before["available_range"]
    assert original["source_range"] == at(edit.value, place)["source_range"]
    assert original["media_reference"] == before
    assert delivery["metadata"]["g4g"]["dub"]["engine"] == "copy"


def test_the_next_dub_is_the_next_version_from_the_original(
    tmp_path: Path, dialect: tuple[Path, str]
) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    first = write_dubs(edit, [fake_dub(edit, clip, MEDIA)], tmp_path)
    for input_ in (first.project, first.dubbed):  # a delivery copy grows into a project again
        again = open_timeline(input_)
        assert again.name == path.stem
        assert again.slot(clip).media == edit.slot(clip).media  # the original, not the dub of it
        assert again.slot(clip).source == edit.slot(clip).source
        second = write_dubs(
            again, [fake_dub(again, clip, Path("/out/second.mov"))], tmp_path / "two"
        )
        node = at(value_of(second.project), edit.places[clip])
        assert sorted(node["media_references"]) == ["DEFAULT_MEDIA", "g4g-dub-v001", "g4g-dub-v002"]
        assert (
            node["media_references"]["DEFAULT_MEDIA"]["target_url"]
            == (
                at(edit.value, edit.places[clip])["media_references"]["DEFAULT_MEDIA"]["target_url"]
            )
        )
        assert node["active_media_reference_key"] == "g4g-dub-v002"
        takes = value_of(second.project)["tracks"]["children"][-1]
        assert (
            sum(child["OTIO_SCHEMA"].startswith("Clip") for child in takes["children"]) == 1
        )  # the new one alone


def test_revert_gives_the_input_back(tmp_path: Path, dialect: tuple[Path, str]) -> None:
    path, clip = dialect
    edit = open_timeline(path)
    written = write_dubs(edit, [fake_dub(edit, clip, MEDIA)], tmp_path)
    assert differences(edit.value, value_of(written.dubbed))
    reverted = revert(written.project, clip, tmp_path / "back")
    assert differences(edit.value, value_of(reverted.dubbed)) == []
    project = at(value_of(reverted.project), edit.places[clip])
    assert project["active_media_reference_key"] == "DEFAULT_MEDIA"
    assert "g4g-dub-v001" in project["media_references"]  # not lost
    again = open_timeline(reverted.project)
    third = write_dubs(again, [fake_dub(again, clip, MEDIA)], tmp_path / "again")
    assert (
        at(value_of(third.project), edit.places[clip])["active_media_reference_key"]
        == "g4g-dub-v002"
    )


def test_reverting_one_of_two_leaves_the_other(tmp_path: Path) -> None:
    edit = open_timeline(golden("resolve"))
    both = write_dubs(
        edit, [fake_dub(edit, c, Path(f"/out/{c[-1]}.mov")) for c in ("V1/1", "V1/2")], tmp_path
    )
    assert [c["enabled"] for c in value_of(both.dubbed)["tracks"]["children"][1]["children"]] == [
        False,
        False,
    ]
    reverted = revert(both.project, "v1/1", tmp_path)
    value = value_of(reverted.dubbed)
    assert differences(at(edit.value, edit.places["V1/1"]), at(value, edit.places["V1/1"])) == []
    assert (
        at(value, edit.places["V1/2"])["media_references"]["DEFAULT_MEDIA"]["target_url"]
        == "/out/2.mov"
    )
    assert [c["enabled"] for c in value["tracks"]["children"][1]["children"]] == [True, False]
    takes = value["tracks"]["children"][-1]["children"]
    assert [c["OTIO_SCHEMA"] for c in takes] == ["Gap.1", "Clip.2"]
    assert takes[0]["source_range"]["duration"]["value"] == 48
    with pytest.raises(TimelineError, match="has no dub"):
        revert(reverted.project, "V1/3", tmp_path)


def test_old_clips_are_upgraded_in_the_project_and_stay_old_in_the_delivery(tmp_path: Path) -> None:
    value = json.loads(golden("hiero").read_text("utf-8"))
    for clip in (
        c
        for t in value["tracks"]["children"]
        for c in t["children"]
        if c["OTIO_SCHEMA"] == "Clip.2"
    ):
        clip["OTIO_SCHEMA"] = "Clip.1"
        clip["media_reference"] = clip.pop("media_references")["DEFAULT_MEDIA"]
        del clip["active_media_reference_key"], clip["enabled"]  # Clip.1 knew neither
    path = tmp_path / "old.otio"
    path.write_text(json.dumps(value))  # and on one line
    edit = open_timeline(path)
    written = write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA)], tmp_path / "out")
    project, delivery = value_of(written.project), value_of(written.dubbed)
    schemas = [c["OTIO_SCHEMA"] for c in project["tracks"]["children"][0]["children"]]
    assert schemas == ["Clip.1", "Clip.2", "Gap.1", "Clip.1"]
    clip = at(delivery, edit.places["V1/2"])
    assert clip["OTIO_SCHEMA"] == "Clip.1"
    assert clip["media_reference"]["target_url"] == str(MEDIA)
    assert "media_references" not in clip
    assert "\n" not in written.dubbed.read_text()
    assert otio.adapters.read_from_file(str(written.dubbed)).find_clips()
    assert (
        differences(
            value_of(path), value_of(revert(written.project, "V1/2", tmp_path / "b").dubbed)
        )
        == []
    )
    again = write_dubs(
        open_timeline(written.dubbed), [fake_dub(edit, "V1/2", MEDIA)], tmp_path / "c"
    )
    assert at(value_of(again.dubbed), edit.places["V1/2"])["OTIO_SCHEMA"] == "Clip.1"
    assert (
        at(value_of(again.project), edit.places["V1/2"])["active_media_reference_key"]
        == "g4g-dub-v002"
    )


# --- sound
# -------------------------------------------------------------------------------------------------------


def test_the_take_lies_under_the_shot(tmp_path: Path) -> None:
    edit = open_timeline(golden("resolve"))
    take = Take(Path("/takes/new line.wav"), Fraction(1, 2), Fraction(3), 1, "Anna, take 4")
    written = write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA, take)], tmp_path)
    value = value_of(written.dubbed)
    track = value["tracks"]["children"][-1]
    gap, clip = track["children"]
    assert gap["source_range"]["duration"] == {
        "OTIO_SCHEMA": "RationalTime.1",
        "rate": 24.0,
        "value": 48.0,
    }
    assert clip["name"] == "Anna, take 4"
    assert clip["source_range"]["start_time"]["value"] == 12  # half a second into its file
    assert clip["source_range"]["duration"]["value"] == 72
    reference = clip["media_references"]["DEFAULT_MEDIA"]
    assert reference["target_url"] == "/takes/new line.wav"
    assert reference["available_range"]["duration"]["value"] == 84
    assert clip["metadata"]["g4g"]["channel"] == 1
    first, second = value["tracks"]["children"][1]["children"]
    assert (first["enabled"], second["enabled"]) == (
        True,
        False,
    )  # the original dialogue of the dubbed clip alone


@pytest.mark.parametrize(("length", "frames"), [(None, 72), (Fraction(10), 72), (Fraction(1), 24)])
def test_the_take_is_never_longer_than_its_shot_or_itself(
    tmp_path: Path, length: Fraction | None, frames: int
) -> None:
    edit = open_timeline(golden("resolve"))
    written = write_dubs(
        edit, [fake_dub(edit, "V1/2", MEDIA, Take(Path("/t.wav"), length=length))], tmp_path
    )
    clip = value_of(written.dubbed)["tracks"]["children"][-1]["children"][1]
    assert clip["source_range"]["duration"]["value"] == frames


def test_keep_dialogue_and_takes_from_a_track(tmp_path: Path) -> None:
    edit = open_timeline(golden("resolve"))
    kept = write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA)], tmp_path / "1", keep_dialogue=True)
    assert all(c["enabled"] for c in value_of(kept.dubbed)["tracks"]["children"][1]["children"])
    dub = fake_dub(edit, "V1/2", MEDIA)
    line = replace(dub.shot.lines[0], track="A2")
    laid = write_dubs(edit, [replace(dub, shot=replace(dub.shot, lines=(line,)))], tmp_path / "2")
    tracks = value_of(laid.dubbed)["tracks"]["children"]
    assert len(tracks) == len(edit.value["tracks"]["children"])  # not laid down twice
    assert not tracks[1]["children"][1]["enabled"]


def test_takes_of_clips_above_one_another_get_two_tracks(tmp_path: Path) -> None:
    value = json.loads(golden("resolve").read_text("utf-8"))
    value["tracks"]["children"].insert(1, json.loads(json.dumps(value["tracks"]["children"][0])))
    path = tmp_path / "stacked.otio"
    path.write_text(json.dumps(value))
    edit = open_timeline(path)
    clips = ("V1/1", "V2/1", "V2/2")
    written = write_dubs(edit, [fake_dub(edit, c, MEDIA) for c in clips], tmp_path)
    tracks = value_of(written.dubbed)["tracks"]["children"][-2:]
    assert [t["name"] for t in tracks] == ["G4G takes", "G4G takes 2"]
    laid = [
        [
            c["metadata"]["g4g"]["take_of"]
            for c in t["children"]
            if "take_of" in c["metadata"].get("g4g", {})
        ]
        for t in tracks
    ]
    assert sorted(laid) == [["V1/1", "V2/2"], ["V2/1"]]
    back = revert(revert(written.project, "V2/1", tmp_path).project, "V1/1", tmp_path)
    assert [t["name"] for t in value_of(back.dubbed)["tracks"]["children"][-2:]] == [
        "ADR",
        "G4G takes",
    ]
