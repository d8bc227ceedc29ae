"""Formats other than OpenTimelineIO are written: read back, they hold what we say they hold, and
lack what we say.
"""

from __future__ import annotations

import importlib.util
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from dialects import fake_dub

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.formats import FORMATS, written_formats
from g4g_plugin.core.shot import Take
from g4g_plugin.timeline import export, fcpxml
from g4g_plugin.timeline.export import export_as, format_to_write
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import write_dubs

MODULES = {
    "xml": "otio_fcp_adapter",
    "fcpxml": "g4g_plugin.timeline.fcpxml",
    "edl": "otio_cmx3600_adapter",
    "kdenlive": "otio_kdenlive_adapter",
}
DUB = Path("/dubs/a b-v001.mov")


def with_adapter(*keys: str) -> list:
    absent = {key: importlib.util.find_spec(MODULES[key]) is None for key in keys}
    skip = pytest.mark.skipif
    return [
        pytest.param(key, marks=skip(absent[key], reason=f"{MODULES[key]} is not installed"))
        for key in keys
    ]


def span(first: float, count: float, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(count, rate)
    )


def clip(name: str, rate: float, start: int, media: str = "") -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(media or f"/m/{name} 1.mov", span(start, 200, rate))
    return otio.schema.Clip(name, reference, span(start + 8, 24, rate))


def write_cut(
    path: Path, rate: float = 25.0, start: int = 90_000, second: bool = False, rich: bool = False
) -> Path:
    """Write three clips and their dialogue; rich: with all that formats are known to lose but
    nested sequences.
    """
    edit = otio.schema.Timeline("cut", global_start_time=otio.opentime.RationalTime(start, rate))
    video = otio.schema.Track("Picture", kind="Video")
    edit.tracks.append(video)
    clips = [clip(name, rate, start) for name in "ABC"]
    video.extend(clips)
    if second:
        over = otio.schema.Track("Over", kind="Video")
        over.extend([otio.schema.Gap(source_range=span(0, 12, rate)), clip("W", rate, start)])
        edit.tracks.append(over)
    sound = otio.schema.Track("Dialogue", kind="Audio")
    sound.append(clip("A", rate, start))  # plays A's own sound
    edit.tracks.append(sound)
    if rich:
        clips[1].effects.append(otio.schema.LinearTimeWarp(name="slow", time_scalar=0.5))
        clips[0].markers.append(
            otio.schema.Marker(name="MK", marked_range=span(start + 10, 1, rate))
        )
        edit.tracks.markers.append(otio.schema.Marker(name="TM", marked_range=span(5, 1, rate)))
        off = otio.opentime.RationalTime(4, rate)
        video.insert(
            2,
            otio.schema.Transition(
                name="X", transition_type="SMPTE_Dissolve", in_offset=off, out_offset=off
            ),
        )
    otio.adapters.write_to_file(edit, str(path))
    return path


def deliver(path: Path, out: Path, media: Path = DUB, take: Take | None = None) -> Path:
    """Hang a dub on the first clip, which switches the dialogue below it off."""
    edit = open_timeline(path)
    return write_dubs(edit, [fake_dub(edit, "V1/1", media, take)], out).dubbed


def read_back(path: Path, rate: float = 25.0) -> otio.schema.Timeline:
    if path.suffix == ".fcpxml":  # OTIO's own adapter reads no media of FCPXML 1.9 and later
        return fcpxml.read_from_string(path.read_text("utf-8"))
    options: dict[str, Any] = {"rate": rate} if path.suffix == ".edl" else {}
    found = otio.adapters.read_from_file(str(path), **options)
    return (
        found
        if isinstance(found, otio.schema.Timeline)
        else next(iter(found.find_children(otio.schema.Timeline)))
    )


@pytest.mark.parametrize("key", with_adapter("xml", "fcpxml"))
def test_xml_plays_the_dub_and_not_the_old_dialogue(tmp_path: Path, key: str) -> None:
    dubbed = deliver(write_cut(tmp_path / "cut.otio"), tmp_path / "out")
    (made,) = export_as(dubbed, format_to_write(key), tmp_path / "out")
    assert made.name == f"cut.dubbed.{key}"
    found = read_back(made)
    pictures = [c for track in found.video_tracks() for c in track.find_clips()]
    assert [c.name for c in pictures] == ["A", "B", "C"]
    host = "localhost" if key == "xml" else ""
    assert [c.media_reference.target_url for c in pictures] == [
        f"file://{host}{name}" for name in ("/dubs/a%20b-v001.mov", "/m/B%201.mov", "/m/C%201.mov")
    ]
    assert [c.source_range.start_time.value for c in pictures] == [90_008] * 3
    sounds = [c for track in found.audio_tracks() for c in track.find_clips()]
    assert [c.name for c in sounds if c.enabled] == ["line 1"]  # A's own sound is off


@pytest.mark.parametrize("key", with_adapter("edl"))
def test_an_edl_begins_where_the_timeline_does_one_file_a_picture_track(
    tmp_path: Path, key: str
) -> None:
    dubbed = deliver(write_cut(tmp_path / "cut.otio", second=True), tmp_path / "out")
    made = export_as(dubbed, format_to_write(key), tmp_path / "out")
    assert [path.name for path in made] == ["cut.dubbed.V1.edl", "cut.dubbed.V2.edl"]
    first, second = (
        [line for line in path.read_text().splitlines() if line[:3].isdigit()] for path in made
    )
    assert first[0].split()[1:] == [
        "ab-v001",
        "V",
        "C",
        "01:00:00:08",
        "01:00:01:07",
        "01:00:00:00",
        "01:00:00:24",
    ]
    assert first[2].split()[-2:] == ["01:00:01:23", "01:00:02:22"]
    assert second[0].split()[-2:] == ["01:00:00:12", "01:00:01:11"]
    assert "* FROM CLIP: /dubs/a b-v001.mov" in made[0].read_text()
    assert [line.split()[1] for line in first] == ["ab-v001", "B1", "C1"]  # no space within


@pytest.mark.parametrize("key", with_adapter("edl"))
def test_reels_that_would_look_the_same_are_told_apart(tmp_path: Path, key: str) -> None:
    path = write_cut(tmp_path / "cut.otio")
    edit = otio.adapters.read_from_file(str(path))
    for number, found in enumerate(edit.video_tracks()[0].find_clips()):
        found.media_reference.target_url = (
            f"/m/interview {min(number, 1)}.mov"  # B and C are one file
        )
        found.metadata["cmx_3600"] = {"reel": "TAPE1"} if number == 0 else {}
    otio.adapters.write_to_file(edit, str(path))
    (made,) = export_as(
        deliver(path, tmp_path / "out", Path("/m/interview 0-v001.mov")),
        format_to_write(key),
        tmp_path,
    )
    reels = [line.split()[1] for line in made.read_text().splitlines() if line[:3].isdigit()]
    assert reels == ["intervie", "interv02", "interv02"]  # the dub is not on TAPE1


@pytest.mark.parametrize("key", with_adapter("edl"))
@pytest.mark.parametrize(
    ("drop", "start", "words", "source"),
    [
        (False, 108_000, "NON-DROP FRAME", "01:00:00:08"),
        (True, 107_892, "DROP FRAME", "01:00:00;08"),
    ],
)
def test_an_edl_at_29_97_keeps_the_counting(
    tmp_path: Path, key: str, drop: bool, start: int, words: str, source: str
) -> None:
    path = write_cut(tmp_path / "cut.otio", 30000 / 1001, start)
    edit = otio.adapters.read_from_file(str(path))
    for found in edit.find_clips():
        found.media_reference.metadata["start_timecode"] = "01:00:00;00" if drop else "01:00:00:00"
    otio.adapters.write_to_file(edit, str(path))
    (made,) = export_as(deliver(path, tmp_path / "out"), format_to_write(key), tmp_path / "out")
    text = made.read_text()
    assert f"FCM: {words}\n" in text
    events = [line.split() for line in text.splitlines() if line[:3].isdigit()]
    mark = ";" if drop else ":"
    assert events[0][4] == source
    assert events[0][6] == f"01:00:00{mark}00"


@pytest.mark.parametrize("key", with_adapter("kdenlive"))
def test_a_kdenlive_project_counts_from_frame_0(tmp_path: Path, key: str) -> None:
    dubbed = deliver(write_cut(tmp_path / "cut.otio"), tmp_path / "out")
    (made,) = export_as(dubbed, format_to_write(key), tmp_path / "out")
    found = read_back(made)
    picture = next(iter(found.video_tracks()))
    assert [c.source_range.start_time.value for c in picture.find_clips()] == [
        0,
        8,
        8,
    ]  # the dub begins with the shot
    assert "/dubs/a b-v001.mov" in made.read_text()


def test_a_bundle_holds_every_file_once_and_the_dub_plays(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    media = [tmp_path / "one" / "same.mov", tmp_path / "two" / "same.mov"]
    dub, line = tmp_path / "dub.mov", tmp_path / "line.wav"
    for number, path in enumerate((*media, dub, line)):
        path.write_bytes(bytes([number]) * 100)
    path = write_cut(tmp_path / "cut.otio")
    edit = otio.adapters.read_from_file(str(path))
    a, b, c = (found for track in edit.video_tracks() for found in track.find_clips())
    a.media_reference.target_url = c.media_reference.target_url = str(media[0])
    b.media_reference.target_url = media[1].as_uri()
    otio.adapters.write_to_file(edit, str(path))
    take = Take(line, Fraction(0), Fraction(24, 25), None, "line")
    (made,) = export_as(
        deliver(path, tmp_path / "out", dub, take), format_to_write("otioz"), tmp_path / "out"
    )
    with zipfile.ZipFile(made) as bundle:
        held = {
            name: bundle.read(name)[0] for name in bundle.namelist() if name.startswith("media/")
        }
    assert held == {
        "media/same.mov": 1,
        "media/same-2.mov": 0,
        "media/dub.mov": 2,
        "media/line.wav": 3,
    }
    found = otio.adapters.read_from_file(str(made))  # OTIO's own reader takes it
    assert [
        c.media_reference.target_url for track in found.video_tracks() for c in track.find_clips()
    ] == ["media/dub.mov", "media/same.mov", "media/same-2.mov"]
    assert [slot.name for slot in open_timeline(made).slots] == ["A", "B", "C"]


LOST = {  # the words of a loss: does it survive in what is read back?
    "retimes": lambda edit: any(c.effects for c in edit.find_clips()),
    "transitions": lambda edit: bool(edit.find_children(otio.schema.Transition)),
    "the timeline's markers": lambda edit: bool(edit.tracks.markers),
    "clip markers": lambda edit: any(c.markers for c in edit.find_clips()),
    "the timeline's start timecode": lambda edit: bool(
        edit.global_start_time and edit.global_start_time.value
    ),
    "track names": lambda edit: any(
        track.name in ("Picture", "Dialogue", "G4G takes") for track in edit.tracks
    ),
    "sound, including the new lines": lambda edit: any(len(track) for track in edit.audio_tracks()),
    "the metadata of other programs": lambda edit: any(
        "mine" in c.metadata for c in edit.find_clips()
    ),
}


@pytest.mark.parametrize("key", with_adapter("xml", "fcpxml", "edl", "kdenlive"))
def test_what_is_said_to_be_lost_is_lost_and_nothing_else(tmp_path: Path, key: str) -> None:
    path = write_cut(tmp_path / "cut.otio", rich=True)
    edit = otio.adapters.read_from_file(str(path))
    for found in edit.find_clips():
        found.metadata["mine"] = {"note": 1}
    otio.adapters.write_to_file(edit, str(path))
    (made,) = export_as(deliver(path, tmp_path / "out"), format_to_write(key), tmp_path / "out")
    found = read_back(made)
    entry = format_to_write(key)
    there = {words for words, survives in LOST.items() if survives(found)}
    if key == "edl":
        there |= {
            "the timeline's start timecode",
            "track names",
        }  # in the record times; an EDL has one track
    assert {words for words in LOST if words not in there} == {
        loss for loss in entry.loses if loss in LOST
    }


def test_what_an_adapter_cannot_write_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dubbed = deliver(write_cut(tmp_path / "cut.otio", 24000 / 1001, 86_400), tmp_path / "out")
    before = sorted((tmp_path / "out").iterdir())
    broken = replace(format_to_write("fcpxml"), adapter="no_such_adapter")
    monkeypatch.setattr(export, "format_to_write", lambda key: broken)
    with pytest.raises(TimelineError, match="could not be written as Final Cut Pro X XML") as error:
        export_as(dubbed, broken, tmp_path / "out")
    assert ".dubbed.otio" in error.value.hint
    assert sorted((tmp_path / "out").iterdir()) == before


def test_formats_that_cannot_be_written_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from g4g_plugin.core import formats

    with pytest.raises(TimelineError, match="Avid AAF cannot be written"):
        format_to_write("aaf")
    with pytest.raises(TimelineError, match="mov cannot be written") as error:
        format_to_write("mov")
    assert "otioz, xml, fcpxml, edl, kdenlive" in error.value.hint

    def absent(name: str) -> None:
        raise formats.PackageNotFoundError(name)

    monkeypatch.setattr(formats, "distribution", absent)
    with pytest.raises(TimelineError, match="otio-cmx3600-adapter"):
        format_to_write("edl")
    assert format_to_write("otioz").ready
    assert all(entry.loses for entry in written_formats())
    assert FORMATS.own["otio"] not in written_formats()
