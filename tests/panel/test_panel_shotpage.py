"""The shot page: what is said of a dub, and its versions: use, compare, go back, delete."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import RATE, deliver_dub, read_bars, until, write_plate
from PySide6.QtWidgets import QMessageBox

from g4g_plugin.core.decisions import Line, ShotSettings, Take
from g4g_plugin.core.settings import Settings
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.pages.shot_page import CLEAR_LEAD
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project.batch import Order, Request, dub_timeline
from g4g_plugin.project.project import open_project
from g4g_plugin.render import sync_score as sync

SYNC = {
    "confidence_before": 0.512,
    "best_before": 0.55,
    "offset_ms_before": 40.0,
    "lead_before": 0.2,
    "confidence_after": 0.344,
    "best_after": 0.35,
    "offset_ms_after": -80.0,
    "lead_after": 0.01,
}


def hang(window: Window, number: int, **more: Any) -> Dub:
    """Put version `number` on V1/1: a drawn file whose pictures say so."""
    slot = window.document.slots["V1/1"]
    folder = window.document.project.out
    folder.mkdir(exist_ok=True)
    media = write_plate(folder / f"shot 1.g4g-dub-v{number:03d}.mkv", 24, 10 + number)
    media.with_name(media.name + ".g4g.json").write_text("{}")
    shot = Shot(
        slot.name,
        slot.clip,
        slot.record,
        slot.media,
        slot.source,
        slot.available,
        (Line(Take(Path("line.wav"))),),
    )
    dub = Dub(
        shot, media, FrameRange(90_008, 24, RATE), "01:00:00:08", "g4g", "ab" * 32, 20, 4, **more
    )
    deliver_dub(window, dub)
    return dub


def ready(window: Window) -> None:
    until(lambda: window.viewer.slot is not None and window.viewer.canvas.shown is not None)


def test_sync_before_and_after_is_said_with_its_direction_and_doubt(window: Window) -> None:
    hang(window, 1, sync=SYNC)
    lines = window.shot.facts.text().splitlines()
    assert "Sync before: confidence 0.51, sound 40 ms late" in lines
    assert "Sync after: confidence 0.34, sound 80 ms early (a guess)" in lines
    assert "20 frames dubbed, 4 kept as they were" in lines
    hang(window, 2, sync=SYNC | {"offset_ms_after": 0.0, "lead_after": 0.3})
    assert "Sync after: confidence 0.34, sound in time" in window.shot.facts.text()
    assert CLEAR_LEAD == sync.CLEAR_LEAD


def test_why_there_are_no_figures_is_said(window: Window) -> None:
    after = {name: value for name, value in SYNC.items() if name.endswith("after")}
    hang(window, 1, sync=after, unjudged={"before": "a.mov holds no sound."})
    assert "Sync before: a.mov holds no sound." in window.shot.facts.text()
    assert "Sync after: confidence" in window.shot.facts.text()
    hang(window, 2)
    assert "Sync: not measured for this dub." in window.shot.facts.text()


def test_two_versions_are_held_against_each_other_picture_by_picture(window: Window) -> None:
    ready(window)
    first, second = hang(window, 1), hang(window, 2)
    assert window.document.shown_dub("V1/1") == second
    window.actions_by_name["side"].trigger()
    window.shot.versions.setCurrentRow(0)
    window.shot.compare.click()
    window.viewer.transport.go(90_020)
    until(lambda: window.viewer.canvas.shown.request == window.viewer.request(90_020))
    shown = window.viewer.canvas.shown
    assert [read_bars(picture, 48) for picture in (shown.first, shown.second)] == [11, 12]
    assert [read_bars(picture, 16) for picture in (shown.first, shown.second)] == [12, 12]
    assert window.viewer.canvas._names() == ("v001", "v002")
    assert window.viewer.request(90_020).look == (
        window.viewer.slot.media,
        20,
    )  # faces are the plate's
    window.actions_by_name["original"].trigger()
    assert window.viewer.audible == first.shot.lines
    window.shot.compare.click()
    until(lambda: read_bars(window.viewer.canvas.shown.first, 48) == 1)
    assert window.viewer.canvas._names()[0] == "Original"


def test_comparing_ends_with_another_clip(window: Window) -> None:
    ready(window)
    hang(window, 1)
    window.shot.versions.setCurrentRow(0)
    window.shot.compare.click()
    assert window.viewer.other is not None
    window.document.select(["V1/2"])
    assert window.viewer.other is None
    assert not window.shot.compare.isChecked()


def test_going_back_and_using_another_version_is_kept(window: Window) -> None:
    hang(window, 1)
    hang(window, 2)
    marks = lambda: [window.shot.versions.item(row).text()[:1] for row in range(2)]  # noqa: E731
    assert marks() == [" ", "✓"]
    window.shot.revert.click()
    assert marks() == [" ", " "]
    assert not window.shot.revert.isEnabled()
    assert window.document.state("V1/1") == "plain"
    window.shot.versions.setCurrentRow(0)
    window.shot.use.click()
    assert marks() == ["✓", " "]
    window.document.save()
    _, kept = open_project(window.document.project.timeline)
    assert kept.chosen["V1/1"] == 0
    assert len(kept.versions["V1/1"]) == 2


def test_use_and_original_are_undone_before_an_earlier_take(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    hang(window, 1)
    hang(window, 2)
    project = lambda: window.document.project  # noqa: E731
    window.document.select(["V1/1"])
    window.shot.versions.setCurrentRow(0)
    window.shot.use.click()
    window.shot.revert.click()
    assert project().chosen["V1/1"] == -1
    window.actions_by_name["undo"].trigger()
    assert project().chosen["V1/1"] == 0
    window.actions_by_name["undo"].trigger()
    assert project().chosen["V1/1"] == 1
    assert "V1/1" in project().decisions
    window.actions_by_name["redo"].trigger()
    assert project().chosen["V1/1"] == 0


def test_deleting_asks_and_takes_the_file_and_its_label(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    dubs = [hang(window, number) for number in (1, 2)]
    asked: list[str] = []

    def answer(button: QMessageBox.StandardButton) -> None:
        monkeypatch.setattr(
            QMessageBox, "question", lambda *words: asked.append(words[2]) or button
        )

    window.shot.versions.setCurrentRow(1)
    answer(QMessageBox.StandardButton.No)
    window.shot.delete.click()
    assert dubs[1].media.name in asked[0]
    assert len(window.document.versions("V1/1")) == 2
    answer(QMessageBox.StandardButton.Yes)
    window.shot.delete.click()
    label = dubs[1].media.with_name(dubs[1].media.name + ".g4g.json")
    until(lambda: not dubs[1].media.exists() and not label.exists())
    assert window.document.shown_dub("V1/1") == dubs[0]  # the one before it is used
    assert dubs[0].media.is_file()
    window.shot.delete.click()
    until(lambda: not dubs[0].media.exists())
    assert window.document.shown_dub("V1/1") is None
    assert window.shot.versions.count() == 0
    assert not window.shot.delete.isEnabled()


def test_a_project_shows_the_versions_that_the_shell_made(
    window: Window, line: Path, faceless: None
) -> None:
    """What `g4g dub` delivered is there when its project is opened: version, take, renderer."""
    out = window.document.project.timeline.parent / "shell"
    order = Order(
        window.document.project.timeline,
        out,
        (Request("V1/1", (Line(Take(line)),), ShotSettings(engine="copy", codec="ffv1")),),
    )
    dub_timeline(order, Settings(), out.parent / "cache")
    window.document.open(out / "edit.g4g.otio")
    until(lambda: window.document.project.out == out)
    assert window.document.state("V1/1") == "done"
    assert [dub.media.name for dub in window.document.versions("V1/1")] == [
        "shot 1.g4g-dub-v001.mkv"
    ]
    window.document.select(["V1/1"])
    assert "take line.wav" in window.shot.facts.text()
    assert "strength 1" in window.shot.facts.text()
