"""The old line never speaks under the new one, however sound and picture were cut."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cut_kit import HZ, Plate, Result, chirps, clip, dissolve, dub, gap, line, plate, span, timeline
from drawn_movies import write_sound

from g4g_plugin.deliver.provenance import sidecar
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import revert

R = 25.0
FIRST, COUNT = 20, 25  # the shot: frames of its plate


def shot(one: Plate, first: int = FIRST, count: int = COUNT, **more) -> dict:
    return clip(one.path, span(one.start + first, count, R), one.held(R), **more)


@pytest.fixture
def a(tmp_path: Path) -> Plate:
    return plate(tmp_path, "A.mov")


@pytest.fixture
def b(tmp_path: Path) -> Plate:
    return plate(tmp_path, "B.mov")


def test_a_straight_cut_is_switched_off_whole(tmp_path: Path, a: Plate) -> None:
    cut = timeline(tmp_path / "t.otio", [[shot(a)]], [[shot(a)]])
    done = dub(cut, line(tmp_path))
    assert done.heard("Audio", 1) == [(a.start + FIRST, COUNT, False)]
    assert done.written.speaking == ()


@pytest.mark.parametrize("late", [-8, 8])
def test_j_and_l_cuts_are_split_where_the_shot_begins_and_ends(
    tmp_path: Path, a: Plate, b: Plate, late: int
) -> None:
    """Sound of A reaches 8 frames before its picture (J), or after it (L)."""
    head, tail = max(-late, 0), max(late, 0)
    picture = [shot(b, 0, 30), shot(a), shot(b, 40, 20)]
    own = shot(a, FIRST - head, COUNT + head + tail)
    sound = [shot(b, 0, 30 - head), own, shot(b, 40 + tail, 20 - tail)]
    done = dub(timeline(tmp_path / "t.otio", [picture], [sound]), line(tmp_path), "V1/2")
    under = (a.start + FIRST, COUNT, False)
    beside = (a.start + (FIRST - 8 if head else FIRST + COUNT), 8, True)
    mine = [part for part in done.heard("Audio", 1) if a.start + 5 < part[0] < a.start + 60][:2]
    assert sorted(done.heard("Audio", 1)[1:3]) == sorted([under, beside])
    assert mine
    assert sum(part[1] for part in done.heard("Audio", 1)) == 75  # nothing moved


def test_the_neighbours_line_that_reaches_over_stays_and_is_named(
    tmp_path: Path, a: Plate, b: Plate
) -> None:
    """B's sound begins 6 frames under A's picture: it is another line, and it is told."""
    picture = [shot(a), shot(b)]
    sound = [shot(a, FIRST, COUNT - 6), shot(b, FIRST - 6, COUNT + 6)]
    done = dub(timeline(tmp_path / "t.otio", [picture], [sound]), line(tmp_path))
    assert done.heard("Audio", 1) == [
        (a.start + FIRST, COUNT - 6, False),
        (b.start + FIRST - 6, COUNT + 6, True),
    ]
    told = done.written.speaking
    assert [(s.sound, s.first, s.count, s.old_line) for s in told] == [("A1/2", 19, 6, False)]


def test_a_jump_cut_in_one_file_keeps_the_next_line(tmp_path: Path, a: Plate) -> None:
    """Two shots of one file: the second's sound begins 5 frames early, under the first."""
    picture = [shot(a, 5, 20), shot(a, 60, 20)]
    sound = [shot(a, 5, 15), shot(a, 55, 25)]
    done = dub(timeline(tmp_path / "t.otio", [picture], [sound]), line(tmp_path))
    assert [part[2] for part in done.heard("Audio", 1)] == [False, True]
    assert [s.sound for s in done.written.speaking] == ["A1/2"]


@pytest.mark.parametrize("slip", [1, -1, 12])
def test_slipped_dialogue_is_found(tmp_path: Path, a: Plate, slip: int) -> None:
    cut = timeline(tmp_path / "t.otio", [[shot(a)]], [[shot(a, FIRST + slip)]])
    assert dub(cut, line(tmp_path)).heard("Audio", 1) == [(a.start + FIRST + slip, COUNT, False)]


def test_dialogue_cut_in_two_is_found(tmp_path: Path, a: Plate) -> None:
    parts = [shot(a, FIRST, 10), shot(a, FIRST + 10, COUNT - 10)]
    done = dub(timeline(tmp_path / "t.otio", [[shot(a)]], [parts]), line(tmp_path))
    assert [part[2] for part in done.heard("Audio", 1)] == [False, False]


def test_dialogue_on_several_tracks_and_dissolved_is_found(tmp_path: Path, a: Plate) -> None:
    dissolved = [shot(a, 0, FIRST), dissolve(4, 4, R), shot(a)]
    picture = [shot(a, 0, FIRST), shot(a)]
    cut = timeline(tmp_path / "t.otio", [picture], [dissolved, [gap(FIRST, R), shot(a)]])
    done = dub(cut, line(tmp_path), "V1/2")
    assert [part[2] for part in done.heard("Audio", 1)] == [True, False]
    assert [part[2] for part in done.heard("Audio", 2)] == [False]


def test_second_system_sound_is_found_by_its_timecode(tmp_path: Path) -> None:
    silent = plate(tmp_path, "A.mov", sound=False)
    wav = write_sound(tmp_path / "T01.wav", "pcm_s16le", chirps(5, 6)[None], HZ)
    begin = silent.start - 10  # the recorder was started before the camera
    sound = clip(wav, span(silent.start + FIRST, COUNT, R), span(begin, 150, R))
    other = clip(wav, span(silent.start + FIRST + 60, COUNT, R), span(begin, 150, R))
    cut = timeline(tmp_path / "t.otio", [[shot(silent)]], [[sound], [other]])
    done = dub(cut, line(tmp_path))
    assert [done.heard("Audio", n)[0][2] for n in (1, 2)] == [False, True]
    assert [s.sound for s in done.written.speaking] == ["A2/1"]


@pytest.mark.parametrize("kind", ["same", "other"])
def test_second_system_sound_without_timecode_is_heard(tmp_path: Path, a: Plate, kind: str) -> None:
    own = chirps(sum(map(ord, "A.mov")), 4.0)
    recorded = np.concatenate([np.zeros(HZ, "i2"), own // 2])  # started a second earlier
    wav = recorded if kind == "same" else chirps(7, 5)
    path = write_sound(tmp_path / "T01.wav", "pcm_s16le", wav[None], HZ)
    sound = clip(path, span(FIRST + 25, COUNT, R), span(0, 125, R))
    done = dub(timeline(tmp_path / "t.otio", [[shot(a)]], [[sound]]), line(tmp_path))
    assert done.heard("Audio", 1) == [(FIRST + 25, COUNT, kind == "other")]
    assert bool(done.written.speaking) == (kind == "other")


def test_linked_clips_are_switched_off_together(tmp_path: Path, a: Plate) -> None:
    wav = write_sound(tmp_path / "mix.wav", "pcm_s16le", chirps(8, 6)[None], HZ)
    link = {"Resolve_OTIO": {"Link Group ID": 4}}
    sound = clip(wav, span(50, COUNT, R), span(0, 150, R), metadata=link)
    cut = timeline(tmp_path / "t.otio", [[shot(a, metadata=link)]], [[sound]])
    assert dub(cut, line(tmp_path)).heard("Audio", 1) == [(50, COUNT, False)]


def test_music_stays_and_is_named(tmp_path: Path, a: Plate) -> None:
    wav = write_sound(tmp_path / "music.wav", "pcm_s16le", chirps(8, 6)[None], HZ)
    music = clip(wav, span(0, 100, R), span(0, 150, R))
    done = dub(timeline(tmp_path / "t.otio", [[shot(a)]], [[shot(a)], [music]]), line(tmp_path))
    assert done.heard("Audio", 2) == [(0, 100, True)]
    assert [s.sound for s in done.written.speaking] == ["A2/1"]


def test_sound_with_a_rate_of_its_own_is_split_to_the_sample(tmp_path: Path, a: Plate) -> None:
    sound = clip(a.path, span(28_800, 67_200, HZ), span(0, 4 * HZ, HZ))
    cut = timeline(tmp_path / "t.otio", [[gap(10, R), shot(a)]], [[gap(5, R), sound]])
    parts = dub(cut, line(tmp_path)).heard("Audio", 1)
    assert parts == [(28_800, HZ / 5, True), (38_400, HZ, False), (86_400, HZ / 5, True)]


def test_a_dub_that_comes_back_without_our_metadata_is_known(tmp_path: Path, a: Plate) -> None:
    """A host keeps media and tracks, and drops what we wrote of them."""
    first = dub(timeline(tmp_path / "t.otio", [[shot(a)]], [[shot(a)]]), line(tmp_path))
    label(first)
    value = json.loads(first.written.dubbed.read_text("utf-8"))

    def bare(node: object) -> None:
        if isinstance(node, dict):
            node.pop("metadata", None)
            for member in node.values():
                bare(member)
        elif isinstance(node, list):
            for member in node:
                bare(member)

    bare(value)
    again = tmp_path / "again.otio"
    again.write_text(json.dumps(value))
    (slot,) = open_timeline(again).slots
    assert slot.media == a.path
    assert [p.code for p in slot.problems] == ["dubbed-before"]
    second = dub(again, line(tmp_path), out="second")
    assert second.shot.plate == a.path
    assert second.numbers() == list(range(FIRST, FIRST + COUNT))
    tracks = [t for t in second.delivered["tracks"]["children"] if t["kind"] == "Audio"]
    on = [c for t in tracks for c in t["children"] if c.get("enabled", True) is not False]
    assert len([c for c in on if c["OTIO_SCHEMA"].startswith("Clip")]) == 1


def label(done: Result) -> None:
    """Write the label that a delivery has beside it."""
    mine = done.delivered["tracks"]["children"][0]["children"][0]["metadata"]["g4g"]["dub"]
    sidecar(done.media).write_text(json.dumps({"dub": mine}), "utf-8")


def test_two_shots_cut_one_long_sound_and_a_revert_joins_it(tmp_path: Path, a: Plate) -> None:
    picture = [shot(a, 10, 20), shot(a, 30, 20), shot(a, 50, 20)]
    cut = timeline(tmp_path / "t.otio", [picture], [[shot(a, 10, 60)]])
    done = dub(cut, line(tmp_path), "V1/2")
    assert [(f - a.start, n, on) for f, n, on in done.heard("Audio", 1)] == [
        (10, 20, True),
        (30, 20, False),
        (50, 20, True),
    ]
    third = dub(done.written.project, line(tmp_path), "V1/3")
    assert [(f - a.start, n, on) for f, n, on in third.heard("Audio", 1)] == [
        (10, 20, True),
        (30, 20, False),
        (50, 20, False),
    ]
    project = third.written.project
    project = revert(project, "V1/2", tmp_path / "r1").project
    written = revert(project, "V1/3", tmp_path / "r2")
    tracks = json.loads(written.dubbed.read_text())["tracks"]["children"]
    before = json.loads(cut.read_text())["tracks"]["children"]
    assert tracks == before
