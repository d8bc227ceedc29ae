"""Cuts that come as EDL or FCPXML, several in a file, with media that are not where they were."""

from __future__ import annotations

import json
import unicodedata
from fractions import Fraction
from pathlib import Path

import pytest
from cut_kit import Plate, clip, dub, line, plate, span, timeline

from g4g_plugin.cli import main
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.reading import Reading, choose
from g4g_plugin.core.time import timecode
from g4g_plugin.timeline.edl import possible_rates, true_speeds, with_drop
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.relink import same_name

NTSC24, NTSC30, NTSC60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


def edl(
    folder: Path, a: Plate, drop: bool = False, named: str = "* FROM CLIP NAME: {name}"
) -> Path:
    """Write an EDL of one event: frames 20 to 44 of a plate."""
    source = [timecode(a.start + n, a.rate, drop) for n in (20, 45)]
    record = [timecode(n, a.rate, drop) for n in (0, 25)]
    words = "DROP FRAME" if drop else "NON-DROP FRAME"
    comment = named.format(name=a.path.name, path=a.path)
    event = f"001  A001     V     C        {' '.join([*source, *record])}"
    path = folder / "cut.edl"
    path.write_text(f"TITLE: cut\nFCM: {words}\n{event}\n{comment}\n")
    return path


@pytest.mark.parametrize(
    ("rate", "code"),
    [
        (Fraction(24), "01:00:00:00"),
        (Fraction(25), "01:00:00:00"),
        (NTSC24, "01:00:00:00"),
        (NTSC30, "01:00:00:00"),
        (NTSC30, "01:00:00;00"),
        (Fraction(50), "01:00:00:00"),
        (NTSC60, "01:00:00;00"),
    ],
)
def test_an_edl_takes_its_rate_from_its_media(tmp_path: Path, rate: Fraction, code: str) -> None:
    a = plate(tmp_path, rate=rate, timecode=code)
    cut = edl(tmp_path, a, drop=";" in code)
    (slot,) = open_timeline(cut).slots
    assert (slot.record.rate, slot.source.rate) == (rate, rate)
    assert "guessed-rate" not in [p.code for p in slot.problems]
    done = dub(cut, line(tmp_path))
    assert done.numbers() == list(range(20, 45))


def test_a_guessed_rate_is_told_and_can_be_said(tmp_path: Path) -> None:
    a = plate(tmp_path)
    cut = edl(tmp_path, a, named="* COMMENT: no media")
    (slot,) = open_timeline(cut).slots
    assert "guessed-rate" in [p.code for p in slot.problems]
    choose(cut, Reading(rate=NTSC30))
    (slot,) = open_timeline(cut).slots
    assert slot.record.rate == NTSC30
    assert "guessed-rate" not in [p.code for p in slot.problems]


def test_timecodes_exclude_rates() -> None:
    event = "001  A V C 01:00:{} 01:00:{} 00:00:{} 00:00:{}\n"
    assert possible_rates(event.format("00:00", "02:00", "00:00", "02:00"))[0] == 24
    assert possible_rates(event.format("00:24", "02:24", "00:00", "02:00"))[0] == 25
    # 1 s and 10 frames both ways, across seconds: 35 frames at 25 alone
    assert possible_rates(event.format("01:20", "03:05", "10:00", "11:10")) == [25]
    assert (
        possible_rates("FCM: DROP FRAME\n" + event.format("00:00", "02:00", "00:00", "02:00"))[0]
        == NTSC30
    )


def test_drop_frame_said_once_counts_for_all() -> None:
    text = "FCM: DROP FRAME\n001  A V C 01:00:00:00 01:00:01:00 00:00:00:00 00:00:01:00\n"
    assert with_drop(text).count(";") == 4
    assert with_drop(text.replace("DROP", "NON-DROP")).count(";") == 0


@pytest.mark.parametrize(("speed", "end"), [("50.0", "00:00:05:15"), ("12.5", "00:00:04:10")])
def test_a_retimed_event_names_the_frames_it_plays(speed: str, end: str) -> None:
    text = f"002  b V C 00:00:04:00 00:00:04:10 00:00:00:20 00:00:01:15\nM2   c\t\t{speed}\t\t00:00:04:00\n"
    assert f" 00:00:04:00 {end} 00:00:00:20 " in true_speeds(text, Fraction(25))


@pytest.mark.parametrize(
    "named", ["* SOURCE FILE: {name}", "* FROM CLIP NAME: {name}", "* FROM CLIP: {path}"]
)
def test_an_edls_media_are_found_by_any_of_its_words(tmp_path: Path, named: str) -> None:
    a = plate(tmp_path)
    (slot,) = open_timeline(edl(tmp_path, a, named=named)).slots
    assert slot.media == a.path


SPELT = {
    "decomposed": lambda path: path.with_name(unicodedata.normalize("NFD", path.name)),
    "another case": lambda path: path.with_name(path.name.upper()),
    "beside the timeline": lambda path: Path("/Volumes/gone") / path.name,
}


@pytest.mark.parametrize("spelt", SPELT)
def test_media_are_found_by_name(tmp_path: Path, spelt: str) -> None:
    a = plate(tmp_path, unicodedata.normalize("NFC", "Grün é.mov"))
    shot = clip(SPELT[spelt](a.path), span(a.start + 20, 25, 25.0), a.held(25.0))
    cut = timeline(tmp_path / "t.otio", [[shot]])
    (slot,) = open_timeline(cut).slots
    assert slot.media == a.path
    assert [p.code for p in slot.problems] == ["relinked"]
    assert dub(cut, line(tmp_path)).numbers() == list(range(20, 45))


def test_two_files_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        plate(tmp_path / folder, "a.mov", count=5)
    shot = clip("/gone/A.mov", span(0, 5, 25.0), None)
    (slot,) = open_timeline(timeline(tmp_path / "t.otio", [[shot]])).slots
    assert "missing-media" in [p.code for p in slot.problems]
    assert same_name("A.mov") == same_name("a.MOV")


def two_cuts(folder: Path, a: Plate) -> Path:
    """Write a file with two sequences."""
    paths = [
        timeline(
            folder / f"{name}.otio", [[clip(a.path, span(a.start + n, 25, 25.0), a.held(25.0))]]
        )
        for name, n in (("Reel 1", 10), ("Reel 2", 40))
    ]
    children = [json.loads(path.read_text()) for path in paths]
    value = {"OTIO_SCHEMA": "SerializableCollection.1", "metadata": {}, "children": children}
    both = folder / "both.otio"
    both.write_text(json.dumps({**value, "name": ""}))
    return both


def test_one_of_several_sequences_is_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = two_cuts(tmp_path, plate(tmp_path))
    with pytest.raises(TimelineError, match="'Reel 1', 'Reel 2'") as error:
        open_timeline(cut)
    assert "Name the timeline to dub" in error.value.hint
    assert main(["shots", str(cut), "--sequence", "Reel 2", "--json"]) == 0
    (shot,) = json.loads(capsys.readouterr().out)
    assert shot["source"]["first"] == 90_040
    done = dub(cut, line(tmp_path))
    assert done.numbers() == list(range(40, 65))
    assert done.written.dubbed.name == "both.Reel 2.dubbed.otio"


FORM = '<format id="r1" frameDuration="{frame}"/>'
ASSET = {
    "1.8": '<asset id="r2" name="A" src="{url}" start="{start}" duration="{held}" hasVideo="1" hasAudio="1" format="r1"/>',
    "1.13": '<asset id="r2" name="A" start="{start}" duration="{held}" hasVideo="1" hasAudio="1" format="r1">'
    '<media-rep kind="original-media" src="{url}"/></asset>',
}
INSIDE = '<spine><asset-clip ref="r2" offset="0s" start="{start}" duration="{held}"/></spine>'
ITEMS = {
    "asset-clip": (
        "",
        '<asset-clip ref="r2" name="A" offset="0s" start="{first}" duration="{length}"/>',
    ),
    "ref-clip": (
        '<media id="r3"><sequence format="r1" tcStart="0s">' + INSIDE + "</sequence></media>",
        '<ref-clip ref="r3" name="A" offset="0s" start="{into}" duration="{length}"/>',
    ),
    "sync-clip": (
        "",
        '<sync-clip name="A" offset="0s" start="{into}" duration="{length}">'
        + INSIDE
        + "</sync-clip>",
    ),
    "mc-clip": (
        '<media id="r3"><multicam format="r1" tcStart="0s"><mc-angle angleID="x" name="x">'
        '<asset-clip ref="r2" offset="0s" start="{start}" duration="{held}"/></mc-angle></multicam></media>',
        '<mc-clip ref="r3" name="A" offset="0s" start="{into}" duration="{length}">'
        '<mc-source angleID="x" srcEnable="all"/></mc-clip>',
    ),
    "connected": (
        "",
        '<gap offset="0s" start="3600s" duration="{length}">'
        '<asset-clip ref="r2" lane="1" offset="3600s" start="{first}" duration="{length}"/></gap>',
    ),
    "audition": (
        "",
        '<audition offset="0s"><asset-clip ref="r2" start="{first}" duration="{length}"/>'
        '<asset-clip ref="r2" start="{start}" duration="{length}"/></audition>',
    ),
}


def fcpxml(folder: Path, a: Plate, version: str, item: str) -> Path:
    """Write a project that shows frames 20 to 44 of a plate."""

    def seconds(frames: int) -> str:
        return f"{frames * a.rate.denominator}/{a.rate.numerator}s"

    words = {
        "frame": seconds(1),
        "url": a.path.as_uri(),
        "start": seconds(a.start),
        "held": seconds(a.count),
        "first": seconds(a.start + 20),
        "into": seconds(20),
        "length": seconds(25),
    }
    more, spine = ITEMS[item]
    text = (
        f'<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="{version}"><resources>'
        f"{FORM}{ASSET[version]}{more}</resources><library><event><project name='p'>"
        f'<sequence format="r1" tcStart="0s"><spine>{spine}</spine></sequence>'
        "</project></event></library></fcpxml>"
    )
    path = folder / "cut.fcpxml"
    path.write_text(text.format(**words))
    return path


@pytest.mark.parametrize("version", ASSET)
@pytest.mark.parametrize("rate", [Fraction(25), NTSC24, NTSC30])
@pytest.mark.parametrize("item", ITEMS)
def test_fcpxml_is_read_to_the_frame(
    tmp_path: Path, version: str, rate: Fraction, item: str
) -> None:
    a = Plate(tmp_path / "A.mov", rate, 86_400, 100)
    (slot,) = open_timeline(fcpxml(tmp_path, a, version, item)).slots
    assert slot.media == a.path
    assert slot.record.count == 25
    assert slot.record.rate == rate
    begin = slot.source.first
    assert (begin, slot.source.count, slot.source.rate) == (86_420, 25, rate)


def test_fcpxml_is_dubbed_and_its_dialogue_goes(tmp_path: Path) -> None:
    a = plate(tmp_path, rate=NTSC24)
    done = dub(fcpxml(tmp_path, a, "1.13", "asset-clip"), line(tmp_path))
    assert done.numbers() == list(range(20, 45))
    assert done.heard("Audio", 1) == [(a.start + 20, 25, False)]
