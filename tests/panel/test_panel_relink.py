"""Missing media is found below a folder, remembered, and can be dubbed then; menus of the right
button.
"""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false,
# reportArgumentType=false
from __future__ import annotations

from pathlib import Path

import pytest
from conftest import until, write_plate
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from g4g_plugin.core.settings import load_settings
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project.project import open_project
from g4g_plugin.project.relinking import find_media


def test_a_missing_clip_is_relinked_and_stays_so(
    window: Window, timeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "drive" / "day 2" / "nowhere.mov"
    moved.parent.mkdir(parents=True)
    write_plate(moved.with_suffix(".mkv"), 40, 7).rename(moved)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "drive"))
    assert window.document.state("V1/3") == "blocked"
    window.actions_by_name["relink"].trigger()
    until(lambda: window.document.slots["V1/3"].media == moved)
    assert window.document.state("V1/3") == "plain"
    edit, _ = open_project(timeline, None, load_settings().path_map)  # as the next start does
    assert edit.slot("V1/3").media == moved


def test_what_is_not_found_is_told(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "empty"))
    window.actions_by_name["relink"].trigger()
    until(lambda: "Still missing: 1, the first is nowhere.mov." in window.banner.label.text())


def test_of_two_files_of_one_name_the_one_in_like_folders_is_taken(tmp_path: Path) -> None:
    for place in ("b/day 1/cam", "b/day 2/cam"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.mov").touch()
    found = find_media([Path("/old/day 2/cam/a.mov"), Path("/old/x.mov")], tmp_path)
    assert found.found == (tmp_path / "b/day 2/cam/a.mov",)
    assert found.path_map == {"/old": str(tmp_path / "b")}
    assert found.missing == (Path("/old/x.mov"),)


def test_a_timeline_that_is_opened_again_keeps_its_store(
    window: Window, timeline: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = window.document.service
    window.document.open(timeline)
    until(lambda: window.document.service is not before)
    assert window.document.service.rows == []  # it can still be asked
    store = window.document.service.worker.store
    assert store.path.is_file()


def test_the_right_button_selects_the_clip_and_offers_what_can_be_done(window: Window) -> None:
    spot = window.strip.rect_of("V1/2").center()
    QTest.mouseClick(
        window.strip.viewport(), Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier, spot
    )
    assert window.document.selection == ("V1/2",)
    offered = [action.objectName() for action in window.strip.actions()]
    assert "dub" in offered
    assert "assign" in offered
