from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from dialects import golden

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.formats import FORMATS
from g4g_plugin.core.time import FrameRange
from g4g_plugin.timeline.read import line_from_track, open_timeline, with_media

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "timelines"
NTSC = Fraction(24000, 1001)


def codes(slot: Any) -> list[str]:
    return [problem.code for problem in slot.problems]


def changed(tmp_path: Path, name: str, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a golden timeline with something changed in it."""
    value = json.loads(golden(name).read_text("utf-8"))
    change(value)
    path = tmp_path / f"{name}.otio"
    path.write_text(json.dumps(value))
    return path


def track(value: dict[str, Any], number: int) -> list[dict[str, Any]]:
    return value["tracks"]["children"][number]["children"]


# --- the four dialects
# -------------------------------------------------------------------------------------------


def test_resolve_writes_source_ranges_at_the_timelines_rate() -> None:
    edit = open_timeline(golden("resolve"))
    assert (edit.rate, edit.start) == (24, 86400)
    first, second, third = edit.slots
    assert [slot.clip for slot in edit.slots] == [
        "V1/1",
        "V1/2",
        "V1/3",
    ]  # the transition and the gap do not count
    assert first.source == FrameRange(86424, 48, Fraction(24))
    assert second.available == FrameRange(90000, 250, Fraction(25))
    assert second.source == FrameRange(
        90050, 75, Fraction(25)
    )  # 48 frames of 24 in, 72 of them long: 2 s and 3 s
    assert second.record == FrameRange(86448, 72, Fraction(24))
    assert second.start_timecode == "01:00:00:00"
    assert third.record.first == 86400 + 48 + 72 + 12
    assert third.media == Path(
        "C:/Users/anna/Møte 1/C003.mov"
    )  # offline in Resolve: kept in its metadata
    assert codes(third) == ["disabled", "missing-media"]
    assert not third.enabled


def test_transitions_become_handles() -> None:
    first, second, _ = open_timeline(golden("resolve")).slots
    assert first.handles == (0, 10)  # out_offset: what the first clip gives after the cut
    assert second.handles == (
        7,
        0,
    )  # in_offset: 6 frames of 24 are 6.25 of 25, and whole frames are rendered


def test_premiere_drop_frame_survives_and_retimes_are_told() -> None:
    edit = open_timeline(golden("premiere"))
    first, second, third, title = edit.slots
    assert (first.start_timecode, first.drop) == ("01:00:00;00", True)
    assert second.source == FrameRange(108000, 90, Fraction(30000, 1001))
    assert second.media == Path("/Volumes/Media/Day 1/interview.mov")
    assert third.media == Path("/Volumes/Media/Day 1/b-roll #2.mov")
    assert codes(third)[0] == "retime"
    assert third.record.count == 60  # 120 source frames at double speed
    assert (title.clip, title.record.first, codes(title)) == ("V2/1", 30, ["generator"])
    assert third.blocked is not None
    assert title.blocked is not None


def test_kdenlive_nests_are_read_through() -> None:
    edit = open_timeline(golden("kdenlive"))
    assert [slot.clip for slot in edit.slots] == ["V1/1", "V1/2/V1/1", "V1/2/V1/2", "V1/3"]
    _, one, two, last = edit.slots
    # the nest shows its own frames 10 to 40: the last 15 of the first clip, the first 15 of the
    # second
    assert (one.record, one.source) == (
        FrameRange(40, 15, Fraction(25)),
        FrameRange(90010, 15, Fraction(25)),
    )
    assert (two.record, two.source) == (
        FrameRange(55, 15, Fraction(25)),
        FrameRange(90100, 15, Fraction(25)),
    )
    assert (one.handles, two.handles) == (
        (10, 0),
        (0, 10),
    )  # what the nest hides is delivered all the same
    assert last.record.first == 70
    assert last.available is None
    assert last.start_timecode is None


def test_hieros_float32_rates_are_snapped_and_its_fractions_judged() -> None:
    edit = open_timeline(golden("hiero"))
    assert (edit.rate, edit.start) == (NTSC, 86400)
    first, second, third = edit.slots
    assert first.source == FrameRange(86412, 24, NTSC)  # written 86412.0888 at 23.976024627685547
    assert second.source == FrameRange(86436, 52, NTSC)
    assert third.record.first == 86400 + 24 + 52 + 10  # the gap is 9.999998 frames long
    assert codes(third) == ["missing-media", "fractional-start"]
    assert "86500.370" in third.problems[1].message


# --- what is tolerated
# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", ["Clip.9", "Clip.2", "Clip"])
def test_newer_versions_do_not_refuse_the_file(tmp_path: Path, schema: str) -> None:
    def newer(value: dict[str, Any]) -> None:
        value["OTIO_SCHEMA"] = "Timeline.4"
        value["tracks"]["OTIO_SCHEMA"] = "Stack.7"
        value["tracks"]["children"][0]["OTIO_SCHEMA"] = "Track.3"
        track(value, 0)[0]["OTIO_SCHEMA"] = schema
        track(value, 0)[0]["colour"] = {"OTIO_SCHEMA": "Tint.1", "hue": 3}

    slots = open_timeline(changed(tmp_path, "resolve", newer)).slots
    assert slots[0].source == FrameRange(86424, 48, Fraction(24))


def test_an_unknown_effect_is_no_matter_unless_it_changes_time(tmp_path: Path) -> None:
    def add(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda value: track(value, 0)[0]["effects"].append(
            {"OTIO_SCHEMA": name, "effect_name": ""}
        )

    assert codes(open_timeline(changed(tmp_path, "resolve", add("Bloom.3"))).slots[0]) == [
        "missing-media"
    ]
    for name in ("SpeedRamp.1", "TimeWarpCurve.2", "FreezeFrame.1", "TimeEffect.1"):
        assert codes(open_timeline(changed(tmp_path, "resolve", add(name))).slots[0])[0] == "retime"


def test_a_time_warp_of_one_is_no_retime(tmp_path: Path) -> None:
    def warp(value: dict[str, Any]) -> None:
        track(value, 0)[0]["effects"].append(
            {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 1.0}
        )

    assert codes(open_timeline(changed(tmp_path, "resolve", warp)).slots[0]) == ["missing-media"]


def test_clips_in_a_retimed_or_disabled_nest_say_so(tmp_path: Path) -> None:
    def nest(value: dict[str, Any]) -> None:
        stack = track(value, 1)[1]
        stack["effects"] = [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 0.5}]
        stack["enabled"] = False

    one = open_timeline(changed(tmp_path, "kdenlive", nest)).slots[1]
    assert codes(one)[:2] == ["retime", "disabled"]


def test_clips_a_nest_does_not_show_say_so(tmp_path: Path) -> None:
    def trim(value: dict[str, Any]) -> None:
        track(value, 1)[1]["source_range"]["duration"]["value"] = 12.0

    edit = open_timeline(changed(tmp_path, "kdenlive", trim))
    assert codes(edit.slots[1]) == ["missing-media"]
    assert "hidden" in codes(edit.slots[2])


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ({"OTIO_SCHEMA": "MissingReference.1"}, "no-media"),
        (None, "no-media"),
        ({"OTIO_SCHEMA": "HologramReference.1", "target_url": "x"}, "unknown-media"),
        (
            {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "https://x.org/a.mov"},
            "missing-media",
        ),
        ({"OTIO_SCHEMA": "ExternalReference.1", "target_url": "/a/x.%04d.exr"}, "image-sequence"),
        ({"OTIO_SCHEMA": "ExternalReference.1", "target_url": "/a/x.png"}, "still-image"),
        (
            {
                "OTIO_SCHEMA": "ImageSequenceReference.1",
                "target_url_base": "C:\\x",
                "name_prefix": "a.",
            },
            "image-sequence",
        ),
    ],
)
def test_media_that_cannot_be_dubbed_say_why(tmp_path: Path, reference: Any, code: str) -> None:
    def swap(value: dict[str, Any]) -> None:
        track(value, 0)[0]["media_references"]["DEFAULT_MEDIA"] = reference

    slot = open_timeline(changed(tmp_path, "resolve", swap)).slots[0]
    assert codes(slot)[0] == code
    assert slot.blocked is not None
    assert slot.problems[0].message.endswith((".", "settings."))


@pytest.mark.parametrize(
    "broken", [None, {}, {"duration": {"rate": 0, "value": 3}}, {"duration": {"value": "x"}}, 7]
)
def test_a_source_range_that_makes_no_sense_means_the_whole_media(
    tmp_path: Path, broken: Any
) -> None:
    def swap(value: dict[str, Any]) -> None:
        track(value, 0)[0]["source_range"] = broken

    slot = open_timeline(changed(tmp_path, "resolve", swap)).slots[0]
    assert slot.source == FrameRange(86400, 240, Fraction(24))


def test_zero_length_and_frames_outside_the_media_are_told(tmp_path: Path) -> None:
    def shrink(value: dict[str, Any]) -> None:
        track(value, 0)[0]["source_range"]["duration"]["value"] = 0.0
        track(value, 0)[2]["source_range"]["start_time"]["value"] = (
            0.0  # the media begin at one hour
        )

    first, second, _ = open_timeline(changed(tmp_path, "resolve", shrink)).slots
    assert "zero-length" in codes(first)
    assert "outside-media" in codes(second)
    assert second.blocked is not None


def test_a_lone_clip_or_track_is_read(tmp_path: Path) -> None:
    value = json.loads(golden("hiero").read_text("utf-8"))
    for name, node in (("track", value["tracks"]["children"][0]), ("clip", track(value, 0)[1])):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(node))
        assert open_timeline(path).slots[-1].media is not None


# --- media probed afterwards
# -------------------------------------------------------------------------------------


def test_what_the_timeline_leaves_open_is_settled_by_the_media() -> None:
    slot = open_timeline(golden("kdenlive")).slot("v1/3")
    counted = with_media(
        slot, FrameRange(90000, 100, Fraction(25))
    )  # 5..25 can only be counted from 0
    assert (counted.source.first, counted.available, counted.start_timecode) == (
        5,
        FrameRange(0, 100, Fraction(25)),
        "00:00:00:00",
    )
    timed = with_media(slot, FrameRange(2, 100, Fraction(25)))
    assert (timed.source.first, timed.available) == (5, FrameRange(2, 100, Fraction(25)))
    faster = with_media(slot, FrameRange(0, 100, Fraction(50)))
    assert faster.source == FrameRange(10, 40, Fraction(50))
    short = with_media(slot, FrameRange(0, 10, Fraction(25)))
    assert "outside-media" in codes(short)
    odd = with_media(slot, FrameRange(0, 100, Fraction(24)))
    assert (odd.source, codes(odd)[-1]) == (FrameRange(4, 20, Fraction(24)), "rate-mismatch")


# --- takes from a track
# ------------------------------------------------------------------------------------------


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """The Resolve timeline with its ADR file here."""
    (tmp_path / "ADR").mkdir()
    (tmp_path / "ADR" / "ADR_B002_v3.wav").touch()
    return tmp_path


def test_the_take_under_a_clip(spoken: Path) -> None:
    edit = open_timeline(golden("resolve"), {"C:\\Users\\anna\\Møte 1": str(spoken)})
    line = line_from_track(edit, edit.slot("V1/2"), "a2")
    take = line.take
    assert (line.at, line.track) == (0, "A2")
    assert take.audio == spoken / "ADR" / "ADR_B002_v3.wav"
    assert (take.start, take.length, take.channel) == (Fraction(1, 2), Fraction(3), 1)
    with pytest.raises(TimelineError, match="Nothing lies under V1/1"):
        line_from_track(edit, edit.slot("V1/1"), "A2")
    with pytest.raises(TimelineError, match="no audio track A7") as error:
        line_from_track(edit, edit.slot("V1/1"), "A7")
    assert "A1, A2" in error.value.hint
    with pytest.raises(TimelineError, match="missing"):
        line_from_track(edit, edit.slot("V1/2"), "A1")


def test_takes_longer_shorter_late_and_in_pieces(spoken: Path, tmp_path: Path) -> None:
    def opened(change: Callable[[list[dict[str, Any]]], None]) -> Any:
        path = changed(tmp_path, "resolve", lambda value: change(track(value, 2)))
        edit = open_timeline(path, {"C:\\Users\\anna\\Møte 1": str(spoken)})
        return line_from_track(edit, edit.slot("V1/2"), "A2")

    def early(items: list[dict[str, Any]]) -> None:
        items[0]["source_range"]["duration"]["value"] = 40.0

    def late(items: list[dict[str, Any]]) -> None:
        items[0]["source_range"]["duration"]["value"] = 54.0

    def cut(items: list[dict[str, Any]], jump: float) -> None:
        second = json.loads(json.dumps(items[1]))
        items[1]["source_range"]["duration"]["value"] = 30.0
        second["source_range"]["start_time"]["value"] = 42.0 + jump
        second["source_range"]["duration"]["value"] = 42.0
        items.append(second)

    before, after = opened(early), opened(late)
    # the picture, at 25 fps, begins 8 timeline frames of 1/24 s into the take, and outlasts it
    assert (before.at, before.take.start + Fraction(8, 25)) == (
        -8,
        Fraction(1, 2) + Fraction(8, 24),
    )
    assert before.take.length - Fraction(8, 25) == Fraction(64, 24)
    assert (after.at, after.take.start - Fraction(6, 25)) == (6, Fraction(1, 2) - Fraction(6, 24))
    assert after.take.length + Fraction(6, 25) == 3
    assert opened(lambda items: cut(items, 0.0)).take.length == 3  # a through edit is one take
    with pytest.raises(TimelineError, match=r"Several takes .* A2/1 .*, A2/2"):
        opened(lambda items: cut(items, 1.0))
    with pytest.raises(TimelineError, match="Nothing lies"):
        opened(lambda items: items[1].update(enabled=False))


# --- what cannot be read
# -----------------------------------------------------------------------------------------

BAD = {
    "missing.otio": None,
    "empty.otio": b"",
    "short.otio": golden("resolve").read_bytes()[:2000],
    "other.otio": b'{"OTIO_SCHEMA": "Marker.2"}',
    "plain.otio": b'{"a": 1}',
    "list.otio": b"[1, 2]",
    "text.otio": b"hello",
    "letters.otio": "grün".encode("latin-1"),
    "movie.mov": b"\0\0\0\x14ftypqt  ",
    "cut.otioz": b"PK\x03\x04 and then nothing",
    "none.otio": b'{"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCHEMA": "Stack.1", "children": []}}',
    "stackless.otio": b'{"OTIO_SCHEMA": "Timeline.1"}',
    "deep.otio": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "broken.xml": b"<xmeml><sequence>",
    "broken.fcpxml": b"<?xml version='1.0'?><fcpxml version='1.8'><resources>",
    "broken.edl": b"TITLE: x\n001 what",
    "broken.aaf": b"\xd0\xcf\x11\xe0 and then nothing",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_timeline_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    content = BAD[name]
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TimelineError) as error:
        open_timeline(path)
    assert error.value.message.endswith(".")
    assert error.value.hint
    assert "Traceback" not in error.value.message


def test_a_folder_is_no_timeline(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="is a folder"):
        open_timeline(tmp_path)


def test_only_sound_is_no_edit_to_dub(tmp_path: Path) -> None:
    path = changed(tmp_path, "resolve", lambda value: value["tracks"]["children"].pop(0))
    with pytest.raises(TimelineError, match="only 3 clips on audio tracks"):
        open_timeline(path)


# --- bundles
# -----------------------------------------------------------------------------------------------------


def bundled(value: dict[str, Any]) -> None:
    track(value, 1)[0]["media_references"]["DEFAULT_MEDIA"]["target_url"] = "media/kim%2001.mkv"


def test_bundles_are_looked_into(tmp_path: Path) -> None:
    content = changed(tmp_path, "kdenlive", bundled).read_text()
    folder = tmp_path / "cut.otiod"
    (folder / "media").mkdir(parents=True)
    (folder / "content.otio").write_text(content)
    (folder / "media" / "kim 01.mkv").write_bytes(b"picture")
    slot = open_timeline(folder).slots[0]
    assert (slot.media, codes(slot)) == (folder / "media" / "kim 01.mkv", [])
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as bundle:
        bundle.writestr("content.otio", content)
        bundle.writestr("media/kim 01.mkv", b"picture")
    slot = open_timeline(tmp_path / "cut.otioz").slots[0]
    assert slot.media is not None
    assert slot.media.read_bytes() == b"picture"
    assert codes(slot) == []


def test_a_bundle_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as bundle:
        bundle.writestr("content.otio", golden("kdenlive").read_text())
        bundle.writestr("media/../../evil.mkv", b"x")
    with pytest.raises(TimelineError, match="evil"):
        open_timeline(tmp_path / "cut.otioz")
    assert not list(tmp_path.rglob("evil.mkv"))


# --- timelines written by real programs
# --------------------------------------------------------------------------


def corpus() -> list[Path]:
    return sorted(p for p in CORPUS.rglob("*") if p.is_file()) if CORPUS.is_dir() else []


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the timelines of real programs are not here (../shared/timelines)"
)
def test_every_timeline_of_the_corpus_is_read_or_told_clearly() -> None:
    read, refused = [], []
    for path in corpus():
        try:
            edit = open_timeline(path)
        except TimelineError as error:
            refused.append((path.relative_to(CORPUS).as_posix(), error))
            continue
        read.append(path)
        for slot in edit.slots:
            assert edit.slot(slot.clip) is slot
            assert all(problem.message.endswith(".") for problem in slot.problems), path
            assert slot.start_timecode is None or slot.available is not None
    assert all(error.message.endswith(".") and error.hint for _, error in refused)
    own = [
        name for name, _ in refused if name.endswith((".otio", ".json")) and name != "manifest.json"
    ]
    assert own == []  # whatever speaks OpenTimelineIO is read
    adapters = all(entry.ready for entry in FORMATS.own.values())
    assert len(read) >= (
        45 if adapters else 36
    )  # EDL, AAF and XML are read through the interchange extra


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the timelines of real programs are not here (../shared/timelines)"
)
def test_the_corpus_is_read_right_where_it_was_checked_by_hand() -> None:
    hiero = open_timeline(CORPUS / "hiero" / "timeline.json")
    assert [slot.source.first for slot in hiero.slots[:4]] == [86400, 86424, 86476, 86527]
    assert [slot.source.count for slot in hiero.slots[:4]] == [24, 52, 51, 65]
    edl = open_timeline(CORPUS / "otio" / "screening_example.otio")
    assert (edl.start, edl.slots[1].record.first) == (
        86243,
        86274,
    )  # 00:59:53:11, brought as a track's source range
    assert open_timeline(CORPUS / "otio" / "transition.otio").slots[2].handles == (2, 0)
