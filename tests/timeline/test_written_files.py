"""Where the written timelines and their media lie: paths, bundles, rebased copies, what goes wrong."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from dialects import fake_dub, golden, value_of

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.time import FrameRange
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import at, rebase, write_dubs

MEDIA = Path("/out/clip.g4g-dub-v001.mov")


# --- paths
# -------------------------------------------------------------------------------------------------------


def test_paths_are_written_as_the_timeline_writes_them(tmp_path: Path) -> None:
    edit = open_timeline(golden("premiere"), {"/Volumes/Media": "/mnt/media"})
    assert edit.slot("V1/2").media == Path("/mnt/media/Day 1/interview.mov")
    written = write_dubs(edit, [fake_dub(edit, "V1/2", Path("/mnt/media/dubs/a b.mov"))], tmp_path)
    clip = at(value_of(written.dubbed), edit.places["V1/2"])
    assert (
        clip["media_references"]["DEFAULT_MEDIA"]["target_url"]
        == "file:///Volumes/Media/dubs/a%20b.mov"
    )


@pytest.fixture
def relative(tmp_path: Path) -> Path:
    """A timeline whose media lie beside it, one of them missing."""
    value = json.loads(golden("kdenlive").read_text("utf-8"))
    items = value["tracks"]["children"][1]["children"]
    for item, target in zip(
        (items[0], items[2]), ("rushes/kim%2001.mkv", "rushes/lost.mp4"), strict=True
    ):
        item["media_references"]["DEFAULT_MEDIA"]["target_url"] = target
    folder = tmp_path / "edit"
    (folder / "rushes").mkdir(parents=True)
    (folder / "rushes" / "kim 01.mkv").write_bytes(b"picture")
    (folder / "cut.otio").write_text(json.dumps(value, indent=4))
    return folder / "cut.otio"


def test_relative_media_are_found_from_the_new_folder(tmp_path: Path, relative: Path) -> None:
    edit = open_timeline(relative)
    written = write_dubs(
        edit, [fake_dub(edit, "V1/1", tmp_path / "out" / "kim dub.mov")], tmp_path / "out"
    )
    again = open_timeline(written.project)
    assert again.slot("V1/1").media is not None
    media = again.slot("V1/1").media
    assert media is not None
    assert media.read_bytes() == b"picture"
    clip = at(again.value, again.places["V1/1"])
    assert clip["media_references"]["DEFAULT_MEDIA"]["target_url"] == "../edit/rushes/kim%2001.mkv"
    assert clip["media_references"]["g4g-dub-v001"]["target_url"] == "kim%20dub.mov"
    lost = at(again.value, again.places["V1/3"])
    assert (
        lost["media_references"]["DEFAULT_MEDIA"]["target_url"] == "rushes/lost.mp4"
    )  # left as it was
    beside = write_dubs(edit, [fake_dub(edit, "V1/1", relative.parent / "d.mov")], relative.parent)
    assert at(value_of(beside.project), edit.places["V1/1"])["media_references"]["DEFAULT_MEDIA"][
        "target_url"
    ] == ("rushes/kim%2001.mkv")


def test_media_of_a_bundle_are_copied_beside_the_edit(tmp_path: Path, relative: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cut.otioz", "w") as bundle:
        bundle.write(relative, "content.otio")
        bundle.write(relative.parent / "rushes" / "kim 01.mkv", "rushes/kim 01.mkv")
    edit = open_timeline(tmp_path / "cut.otioz")
    written = write_dubs(
        edit, [fake_dub(edit, "V1/1", tmp_path / "out" / "dub.mov")], tmp_path / "out"
    )
    shutil.rmtree(tmp_path / "home")  # the cache goes
    slot = open_timeline(written.project).slot("V1/1")
    assert slot.media is not None
    assert slot.media.read_bytes() == b"picture"
    assert tmp_path / "out" in slot.media.resolve().parents


# --- rebase
# ------------------------------------------------------------------------------------------------------


def test_rebase_counts_every_medium_from_zero(tmp_path: Path) -> None:
    edit = open_timeline(golden("resolve"))
    written = write_dubs(edit, [fake_dub(edit, "V1/1", MEDIA)], tmp_path)
    based = open_timeline(rebase(written.project, tmp_path / "zero.otio"))
    node = at(based.value, based.places["V1/1"])
    assert list(node["media_references"]) == ["g4g-dub-v001"]  # what plays, alone
    assert node["source_range"]["start_time"]["value"] == 0  # the dub begins with the shot
    second = based.slot("V1/2")
    assert second.available == FrameRange(0, 250, Fraction(25))
    assert second.source == FrameRange(50, 75, Fraction(25))
    assert (
        at(based.value, based.places["V1/2"])["source_range"]["start_time"]["value"] == 48
    )  # still of 24
    assert [s.start for s in based.sounds["A1"]] == [s.start for s in edit.sounds["A1"]]
    assert [s.record for s in based.slots] == [s.record for s in edit.slots]


def test_rebase_of_hiero_and_of_whole_media(tmp_path: Path) -> None:
    based = open_timeline(rebase(golden("hiero"), tmp_path))
    assert based.path == tmp_path / "hiero.rebased.otio"
    assert [slot.source.first for slot in based.slots[:2]] == [12, 36]
    value = json.loads(golden("kdenlive").read_text("utf-8"))
    value["tracks"]["children"][1]["children"][0]["source_range"] = None
    path = tmp_path / "whole.otio"
    path.write_text(json.dumps(value))
    assert open_timeline(rebase(path, tmp_path)).slots[0].source == FrameRange(0, 500, Fraction(25))


# --- what goes wrong
# ---------------------------------------------------------------------------------------------


def test_an_unknown_clip_is_told(tmp_path: Path) -> None:
    edit = open_timeline(golden("resolve"))
    dub = fake_dub(edit, "V1/2", MEDIA)
    wrong = replace(dub, shot=replace(dub.shot, clip="V4/9"))
    with pytest.raises(TimelineError, match="no clip V4/9"):
        write_dubs(edit, [wrong], tmp_path)
    assert not list(tmp_path.glob("*.otio"))


def test_a_lone_clip_cannot_take_a_track(tmp_path: Path) -> None:
    path = tmp_path / "clip.json"
    path.write_text(
        json.dumps(json.loads(golden("hiero").read_text())["tracks"]["children"][0]["children"][1])
    )
    edit = open_timeline(path)
    with pytest.raises(TimelineError, match="no timeline"):
        write_dubs(edit, [fake_dub(edit, "V1/1", MEDIA)], tmp_path)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = open_timeline(golden("resolve"))
    out = tmp_path / "out"
    out.mkdir()
    (out / "resolve.g4g.otio").write_text("the one before")

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TimelineError, match="no space left"):
        write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA)], out)
    assert [path.name for path in out.iterdir()] == ["resolve.g4g.otio"]
    assert (out / "resolve.g4g.otio").read_text() == "the one before"


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    edit = open_timeline(golden("resolve"))
    with pytest.raises(TimelineError, match="cannot be written"):
        write_dubs(edit, [fake_dub(edit, "V1/2", MEDIA)], tmp_path / "out")
