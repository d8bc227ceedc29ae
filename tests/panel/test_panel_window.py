from __future__ import annotations

from pathlib import Path

import pytest
from conftest import until
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QWidget,
)

from g4g_plugin.panel.commands.actions import ACTIONS
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project.project import open_project


def drop(widget, at: QPoint, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(at),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.dropEvent(event)


def test_states_are_told_by_colour_sign_and_sentence(window: Window) -> None:
    assert [window.document.state(f"V1/{n}") for n in (1, 2, 3, 4)] == [
        "plain",
        "plain",
        "blocked",
        "plain",
    ]
    assert "nowhere.mov" in window.strip.tip("V1/3")
    assert window.strip.clip_at(window.strip.rect_of("V1/2").center()) == "V1/2"
    assert [mark.name for mark in window.document.marks] == ["mark 5"]
    assert window.document.marks[0].frame == 90_005


def test_line_dropped_on_a_clip_is_dubbed_seen_and_exported(window: Window, line: Path) -> None:
    drop(window.strip, window.strip.rect_of("V1/2").center(), [line])
    assert window.document.state("V1/2") == "take"
    window.document.select(["V1/2"])
    window.actions_by_name["dub"].trigger()
    until(lambda: window.document.state("V1/2") in ("done", "failed"))
    assert window.document.state("V1/2") == "done", window.banner.label.text()
    dub = window.document.shown_dub("V1/2")
    assert dub is not None
    assert dub.media.is_file()
    assert window.shot.versions.count() == 1
    until(lambda: window.viewer.canvas.shown and window.viewer.canvas.shown.second is not None)
    window.actions_by_name["export"].trigger()
    until(lambda: window.export.written is not None)
    assert window.export.written.dubbed.is_file()
    assert dub.media.name in window.export.written.dubbed.read_text("utf-8")
    assert window.export.show_folder.isVisibleTo(window.export)


def test_line_dropped_on_a_blocked_clip_is_refused_with_the_reason(
    window: Window, line: Path
) -> None:
    drop(window.strip, window.strip.rect_of("V1/3").center(), [line])
    assert window.document.decisions("V1/3") is None
    assert "V1/3" in window.banner.label.text()


def test_several_lines_go_to_the_clip_and_those_after_it(
    window: Window, line: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.wav"
    other.write_bytes(line.read_bytes())
    drop(window.strip, window.strip.rect_of("V1/1").center(), [line, other])
    assert window.document.decisions("V1/1").take.audio == line
    assert window.document.decisions("V1/2").take.audio == other


def test_every_assignment_is_undone_and_redone(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    window.actions_by_name["undo"].trigger()
    assert window.document.decisions("V1/1") is None
    window.actions_by_name["redo"].trigger()
    assert window.document.decisions("V1/1").take.audio == line


def test_assignments_are_saved_a_moment_later(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    timeline = window.document.project.timeline
    until(lambda: "V1/1" in open_project(timeline)[1].decisions)


def test_click_ctrl_and_shift_select(window: Window) -> None:
    strip = window.strip
    press = lambda clip, keys=Qt.KeyboardModifier.NoModifier: QTest.mouseClick(  # noqa: E731
        strip.viewport(), Qt.MouseButton.LeftButton, keys, strip.rect_of(clip).center()
    )
    press("V1/2")
    assert window.document.selection == ("V1/2",)
    press("V1/1", Qt.KeyboardModifier.ControlModifier)
    assert window.document.selection == ("V1/2", "V1/1")
    press("V1/1")
    press("V1/3", Qt.KeyboardModifier.ShiftModifier)
    assert set(window.document.selection) == {"V1/1", "V1/2", "V1/3"}


def test_zoom_keeps_the_frame_under_the_cursor(window: Window) -> None:
    strip = window.strip
    before = strip.scale.frame(300)
    strip.zoom(4, 300)
    assert strip.scale.frame(300) == pytest.approx(before)
    assert strip.horizontalScrollBar().maximum() > 0
    strip.fit()
    assert strip.horizontalScrollBar().maximum() == 0


def test_every_action_has_its_menu_entry_and_no_two_share_keys(window: Window) -> None:
    in_menus = {
        a.objectName() for menu in window.menuBar().actions() for a in menu.menu().actions()
    }
    assert {spec.name for spec in ACTIONS} <= in_menus
    keys = [spec.keys for spec in ACTIONS if spec.keys]
    assert len(keys) == len(set(keys))


def test_every_widget_a_key_can_reach_says_what_it_is(window: Window) -> None:
    pages = (window.shot, window.takes, window.queue, window.export, window.clips, window.viewer)
    for page in pages:
        for child in page.findChildren(QWidget):
            inner = isinstance(child, QHeaderView) or isinstance(
                child.parent(), QComboBox | QAbstractSpinBox
            )
            if (
                inner
                or child.objectName().startswith("qt_")
                or child.focusPolicy() == Qt.FocusPolicy.NoFocus
            ):
                continue
            if isinstance(child, QAbstractItemView | QAbstractSpinBox | QComboBox | QLineEdit):
                inside_popup = (
                    "Popup" in child.window().objectName() or child.window() is not window
                )
                assert child.accessibleName() or inside_popup, f"{child} in {page}"
            if isinstance(child, QAbstractButton) and 0 < len(child.text()) < 3:
                assert child.accessibleName(), child.text()


def test_broken_timeline_is_told_in_a_sentence(window: Window, tmp_path: Path) -> None:
    broken = tmp_path / "broken.otio"
    broken.write_text("{", "utf-8")
    window.document.open(broken)
    until(lambda: window.banner.isVisible())
    assert "broken.otio" in window.banner.label.text()
    assert "Traceback" not in window.banner.label.text()
    assert window.document.project.timeline.name == "edit.otio"  # what lay there still does


def test_recent_timelines_are_remembered(window: Window, timeline: Path) -> None:
    window.file_commands._fill_recent()
    assert [action.text() for action in window.file_commands.recent.actions()] == [str(timeline)]
