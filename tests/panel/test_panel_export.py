"""The page Export: folder and codec, other formats and the copy from frame 0, what is lost, the
duty to tell.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from conftest import until
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from g4g_plugin.core import formats
from g4g_plugin.core.formats import FORMATS
from g4g_plugin.core.settings import load_settings
from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.timeline.read import open_timeline

EDL = pytest.mark.skipif(
    importlib.util.find_spec("otio_cmx3600_adapter") is None, reason="no adapter for EDLs here"
)


def dub(window: Window, line: Path) -> None:
    """Dub the second clip, quickly."""
    window.take_commands.assign_dropped([("V1/2", line)])
    window.document.dub(["V1/2"])
    until(lambda: window.document.state("V1/2") in ("done", "failed"))
    assert window.document.state("V1/2") == "done", window.document.problem("V1/2")


def choose(window: Window, name: str) -> None:
    """Choose a format as a click would."""
    page = window.export
    at = page.target.findText(name)
    assert at >= 0
    page.target.setCurrentIndex(at)
    page.target.activated.emit(at)


def export(window: Window) -> None:
    window.export.written = None
    window.export.button.click()
    until(lambda: window.export.written is not None or window.banner.isVisible())


def test_the_copy_from_frame_0_is_written_only_when_asked_for(
    window: Window, line: Path, faceless: None
) -> None:
    dub(window, line)
    export(window)
    folder = window.document.project.out
    assert not list(folder.glob("*.rebased.otio"))
    window.export.zero.setChecked(True)
    export(window)
    copy = open_timeline(folder / "edit.dubbed.rebased.otio")
    assert "edit.dubbed.rebased.otio" in window.export.result.text()
    dubbed, other = (
        copy.value["tracks"]["children"][0]["children"][at]["media_references"]["DEFAULT_MEDIA"]
        for at in (1, 3)
    )
    assert dubbed["target_url"] == str(window.document.shown_dub("V1/2").media)
    assert dubbed["available_range"]["start_time"]["value"] == 0
    assert other["available_range"]["start_time"]["value"] == 0
    with_handles = copy.value["tracks"]["children"][0]["children"][1]["source_range"]
    assert (with_handles["start_time"]["value"], with_handles["duration"]["value"]) == (0, 24)
    assert copy.slot("V1/1").source == FrameRange(8, 24, copy.rate)  # 90008 of a file from 90000 on
    assert (
        open_timeline(window.export.written.dubbed).slot("V1/1").source.first == 90_008
    )  # the delivery as it was


@EDL
def test_another_format_is_written_beside_and_named(
    window: Window, line: Path, faceless: None
) -> None:
    dub(window, line)
    choose(window, "CMX 3600 EDL")
    assert (
        "cannot carry: the other versions of a dub; sound, including the new lines;"
        in window.export.losses.text()
    )
    export(window)
    made = window.document.project.out / "edit.dubbed.edl"
    assert window.export.others == [made]
    assert str(window.document.shown_dub("V1/2").media) in made.read_text()
    assert "Also written: edit.dubbed.edl" in window.export.result.text()
    choose(window, "OpenTimelineIO bundle")
    export(window)
    assert [path.suffix for path in window.export.others] == [".otioz"]


@EDL
def test_an_adapter_that_fails_costs_only_its_own_file(
    window: Window, line: Path, faceless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from g4g_plugin.timeline import export as way_out

    broken = (sys.executable, "-c", "raise SystemExit('adapter broke')")
    dub(window, line)
    monkeypatch.setattr(way_out, "ADAPTER_COMMAND", broken)
    choose(window, "CMX 3600 EDL")
    window.export.button.click()
    until(lambda: window.banner.isVisible())
    assert "could not be written as CMX 3600 EDL: adapter broke" in window.banner.label.text()
    assert window.export.written.dubbed.is_file()
    assert window.export.button.isEnabled()


def test_every_format_says_what_it_cannot_carry(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at, entry in enumerate(FORMATS.own.values()):
        window.export.target.setCurrentIndex(at)
        window.export.target.activated.emit(at)
        assert all(loss in window.export.losses.text() for loss in entry.loses)
    choose(window, "Avid AAF")
    assert "is read, but not written" in window.export.losses.text()
    assert window.export._also() is None

    def absent(name: str) -> None:
        raise formats.PackageNotFoundError(name)

    monkeypatch.setattr(formats, "distribution", absent)
    choose(window, "CMX 3600 EDL")
    assert "needs the package otio-cmx3600-adapter" in window.export.losses.text()
    assert window.export._also() is None


def test_folder_and_codec_are_those_of_the_next_dub(
    window: Window, line: Path, tmp_path: Path, faceless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mine"))
    window.export.browse.click()
    window.export.codec.setCurrentText("h264")
    window.export.codec.activated.emit(window.export.codec.currentIndex())
    assert load_settings().shot.codec == "h264"
    dub(window, line)
    made = window.document.shown_dub("V1/2").media
    assert made.parent == tmp_path / "mine"
    assert b"avc1" in made.read_bytes()  # the tag of H.264 in MOV
    export(window)
    assert window.export.written.dubbed.parent == tmp_path / "mine"
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    assert window.export.show_folder.isVisibleTo(window.export)
    window.export.show_folder.click()
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "mine"))]


def test_the_duty_to_tell_is_shown_and_the_mark_is_beside_the_dub(
    window: Window, line: Path, faceless: None
) -> None:
    assert "must be disclosed" in window.export.duty.text()
    assert window.export.duty.isVisibleTo(window.export)
    dub(window, line)
    made = window.document.shown_dub("V1/2").media
    assert list(made.parent.glob(f"{made.name}.*"))  # the sidecar the words promise
