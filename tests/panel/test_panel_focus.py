"""What makes the keyboard enough: where Tab goes, who keeps which key, the ring, and keys for what the mouse does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import until
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QPushButton,
    QWidget,
)

from g4g_plugin.core.settings import resources
from g4g_plugin.panel import frames
from g4g_plugin.panel.dialogs import DoctorDialog, MatchDialog, ReportDialog, SettingsDialog, ShortcutsDialog
from g4g_plugin.panel.style import FOCUS, palette
from g4g_plugin.panel.window import Window
from g4g_plugin.render.doctor import Finding
from g4g_plugin.render.takes import Pair
from g4g_plugin.render.triage import Face, Seen

TAB, BACK, SPACE = Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space
ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PLAIN = Qt.KeyboardModifier.NoModifier


def held() -> QWidget:
    """Return what has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def press(key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Press a key where the keyboard is."""
    QTest.keyClick(held(), key, keys)


@pytest.fixture
def active(window: Window) -> Window:
    window.resize(1280, 720)
    window.activateWindow()
    until(lambda: QApplication.activeWindow() is window and window.width() == 1280)
    return window


def round_trip(key: Qt.Key = TAB) -> list[QWidget]:
    """Go round with Tab until it is where it was."""
    met = [held()]
    for _ in range(200):
        press(key)
        if held() is met[0]:
            return met
        met.append(held())
    raise AssertionError(f"Tab does not come back to {met[0]}")


def test_the_keyboard_is_in_the_timeline_from_the_start(active: Window) -> None:
    assert held() is active.strip
    assert active.ring.isHidden()  # nobody has used it yet
    press(Qt.Key.Key_Down)
    assert active.desk.clip == "V1/2"


def test_tab_goes_through_what_is_seen_as_one_reads_and_back(active: Window) -> None:
    active.banner.say("Words.", "", [("Act", lambda: None)])
    for name in ("shot", "takes", "queue", "export", "clips"):
        active.docks[name].raise_()
        QTest.qWait(1)
        active.strip.setFocus()
        there = round_trip()
        assert all(not widget.visibleRegion().isEmpty() for widget in there), name
        assert there[1:3] == active.banner.buttons
        pages = [n for n, dock in active.docks.items() if n != "strip" and any(map(dock.isAncestorOf, there))]
        assert pages == [name]
        assert [there[0], *reversed(there[1:])] == round_trip(BACK)
    active.docks["takes"].raise_()
    active.deeds.dropped([("V1/1", resources() / "demo" / "line.flac")])
    QTest.qWait(1)
    page = [widget for widget in round_trip() if active.docks["takes"].isAncestorOf(widget)]
    takes = active.takes
    assert page[:5] == [takes.begin, takes.end, takes.channel, takes.fit, takes.bin]
    assert [button.text() for button in page[5:] if isinstance(button, QPushButton)][:2] == [
        "Take…",
        "Listen to the take",
    ]


def test_space_and_enter_press_the_button_in_hand(active: Window) -> None:
    tick = active.export.keep
    active.docks["export"].raise_()
    tick.setFocus()
    press(SPACE)
    assert tick.isChecked()
    press(Qt.Key.Key_Return)
    assert not tick.isChecked()
    assert active.viewer.transport.speed == 0  # the space bar plays nothing then
    done: list[str] = []
    active.banner.say("Words.", "", [("Act", lambda: done.append("act"))])
    active.banner.buttons[0].setFocus()
    press(SPACE)
    assert done == ["act"]
    active.strip.setFocus()
    press(SPACE)
    assert active.viewer.transport.speed == 1
    active.viewer.transport.stop()
    active.banner.say("Words.")
    press(Qt.Key.Key_Escape)
    assert active.banner.isHidden()


def test_select_all_is_of_the_list_in_hand(active: Window) -> None:
    active.docks["takes"].raise_()
    active.takes.bin.add([Path("/a.wav"), Path("/b.wav")])
    active.takes.bin.setFocus()
    press(Qt.Key.Key_A, CTRL)
    assert len(active.takes.bin.selectedItems()) == 2
    assert len(active.desk.selection) == 1
    active.strip.setFocus()
    press(Qt.Key.Key_A, CTRL)
    assert len(active.desk.selection) == 4


def test_a_page_that_was_pulled_out_keeps_its_keys_and_goes_back(active: Window) -> None:
    press(Qt.Key.Key_4, CTRL)
    active.actions_by_name["page_float"].trigger()
    dock = active.docks["export"]
    assert dock.isFloating()
    dock.activateWindow()
    until(lambda: dock.isAncestorOf(held()))
    assert all(dock.isAncestorOf(widget) for widget in round_trip())
    active.export.keep.setFocus()
    press(SPACE)
    assert active.export.keep.isChecked()
    active.actions_by_name["page_float"].trigger()
    assert not dock.isFloating()
    until(lambda: QApplication.activeWindow() is active)
    assert dock.isAncestorOf(held())


def test_f6_goes_from_area_to_area(active: Window) -> None:
    seen = []
    for _ in range(4):
        press(Qt.Key.Key_F6)
        seen.append(held())
    assert active.viewer.isAncestorOf(seen[0])
    assert seen[1].accessibleName() == "Pages"
    assert active.docks["takes"].isAncestorOf(seen[2])
    assert seen[3] is active.strip


def test_tabs_of_the_pages_go_by_arrows(active: Window) -> None:
    press(Qt.Key.Key_F6)
    press(Qt.Key.Key_F6)
    assert not active.takes.visibleRegion().isEmpty()
    frame = active.viewer.transport.frame
    press(Qt.Key.Key_Right)
    until(lambda: not active.queue.visibleRegion().isEmpty())
    assert active.viewer.transport.frame == frame


# Where the keyboard is seen to be


def framed(window: QWidget, widget: QWidget) -> bool:
    """Say whether the ring's colour stands at all four sides of a widget."""
    QTest.qWait(1)
    picture = window.grab().toImage()
    begin = widget.mapTo(window, widget.rect().topLeft())
    middle = widget.mapTo(window, widget.rect().center())
    end = widget.mapTo(window, widget.rect().bottomRight())
    at = [
        (begin.x() - 1, middle.y()),
        (end.x() + 1, middle.y()),
        (middle.x(), begin.y() - 1),
        (middle.x(), end.y() + 1),
    ]
    inside = [(min(max(x, 1), window.width() - 2), min(max(y, 1), window.height() - 2)) for x, y in at]
    ring = QColor(FOCUS[window.palette().window().color().lightness() > 127])
    return all(picture.pixelColor(*place) == ring for place in inside)


def test_a_ring_stands_around_what_has_the_keyboard(active: Window) -> None:
    for _ in range(14):
        press(TAB)
        assert framed(active, held()), held()
    around = held()
    active.resize(1100, 700)
    until(lambda: framed(active, around))
    other = active.viewer.pick
    QTest.mousePress(active.strip.viewport(), Qt.MouseButton.LeftButton, PLAIN, active.strip.rect_of("V1/2").center())
    active.strip.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseRelease(active.strip.viewport(), Qt.MouseButton.LeftButton)
    assert active.ring.isHidden()  # whoever points sees where he points
    other.setFocus()
    assert active.ring.isHidden()
    press(Qt.Key.Key_6, CTRL)
    assert framed(active, active.strip)
    press(Qt.Key.Key_6, CTRL)  # it has it already
    assert framed(active, active.strip)


def test_the_ring_is_seen_on_dark_and_on_light() -> None:
    for theme in ("dark", "light"):
        ground = palette(theme)
        ring = QColor(FOCUS[theme == "light"])
        for role in (ground.window(), ground.base(), ground.button()):
            assert contrast(ring, role.color()) >= 3


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours as WCAG 2 has it, 1..21."""
    bright = []
    for colour in (one, other):
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        bright.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def test_the_ring_leaves_a_dialog_that_is_taken_down(active: Window) -> None:
    press(TAB)
    for _ in range(2):
        dialog = SettingsDialog(active.desk, active)
        dialog.open()
        dialog.activateWindow()
        until(lambda: QApplication.activeWindow() is dialog)  # noqa: B023 - asked at once
        QTest.keyClick(held(), TAB)
        assert active.ring.parentWidget() is dialog
        assert framed(dialog, held())
        dialog.reject()
        assert active.ring.parentWidget() is active
        dialog.deleteLater()
        QTest.qWait(1)
    active.activateWindow()
    until(lambda: QApplication.activeWindow() is active)
    active.strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert framed(active, active.strip)


def test_a_button_that_works_keeps_the_keyboard(active: Window) -> None:
    press(Qt.Key.Key_1, CTRL)
    assert held() is active.shot.look
    press(SPACE)
    assert active.shot.look.text() == "Looking…"
    assert held() is active.shot.look
    until(lambda: active.shot.remarks)
    assert held() is active.shot.look


# Dialogs


def dialogs(window: Window) -> list[QDialog]:
    doctor = DoctorDialog(window.desk, window)
    doctor.show_findings([Finding("ffmpeg", False, "nothing", "Install it.")])
    pairs = [Pair(clip, Path(f"/{clip[-1]}.wav"), "by name") for clip in ("V1/1", "V1/2")]
    return [
        SettingsDialog(window.desk, window), ShortcutsDialog(window.desk, window), doctor,
        MatchDialog(pairs, window.desk, window), ReportDialog("It broke.", window),
    ]  # fmt: skip


def test_no_dialog_keeps_the_keyboard_and_each_names_its_fields(active: Window) -> None:
    for dialog in dialogs(active):
        dialog.open()
        dialog.activateWindow()
        until(lambda: QApplication.activeWindow() is dialog)  # noqa: B023 - asked at once
        stops = round_trip()
        buttons = [button for button in dialog.findChildren(QPushButton) if button.isEnabled()]
        assert set(buttons) <= set(stops), dialog
        assert [widget for widget in stops if not named(widget)] == [], dialog
        assert [stops[0], *reversed(stops[1:])] == round_trip(BACK)
        press(Qt.Key.Key_Escape)
        assert dialog.isHidden()


def test_a_field_for_keys_is_left_and_emptied_by_keys(active: Window) -> None:
    dialog = ShortcutsDialog(active.desk, active)
    dialog.open()
    dialog.activateWindow()
    until(lambda: QApplication.activeWindow() is dialog)
    field = dialog._edits["dub"]
    field.setFocus()
    press(Qt.Key.Key_Y, CTRL)
    press(TAB)
    assert held() is dialog._edits["preview"]
    assert dialog.changed == {"dub": "Ctrl+Y"}
    press(BACK, SHIFT)
    assert held() is field
    press(Qt.Key.Key_Backspace)
    assert dialog.changed == {"dub": ""}
    press(Qt.Key.Key_Escape)
    assert dialog.isHidden()


def named(widget: QWidget) -> str:
    """Return what a screen reader says of a widget."""
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or (words if len(words) > 1 else "")


def test_every_stop_of_the_window_has_a_name(active: Window) -> None:
    for name in active.docks:
        active.actions_by_name[f"page_{name}"].trigger()
        assert [widget for widget in round_trip() if not named(widget)] == [], name


def test_what_a_table_says_is_not_typed_over(active: Window) -> None:
    dialog = dialogs(active)[3]
    assert isinstance(dialog, MatchDialog)
    dialog.open()
    dialog.table.setCurrentCell(1, 0)
    QTest.keyClick(dialog.table, Qt.Key.Key_X)
    assert dialog.table.state() != QAbstractItemView.State.EditingState
    QTest.keyClick(dialog.table, SPACE)
    assert [pair.clip for pair in dialog.agreed()] == ["V1/1"]
    dialog.reject()


# What the mouse did alone


def test_wipe_line_goes_by_key(active: Window) -> None:
    active.actions_by_name["original"].trigger()
    press(Qt.Key.Key_Right, ALT)
    assert active.viewer.mode == "wipe"
    assert active.viewer.canvas.wipe == pytest.approx(0.55)
    for _ in range(20):
        press(Qt.Key.Key_Left, ALT)
    assert active.viewer.canvas.wipe == 0.0


def test_picture_is_zoomed_and_moved_by_key_within_its_edges(active: Window) -> None:
    canvas = active.viewer.canvas
    until(lambda: canvas.shown)
    press(Qt.Key.Key_Left, ALT | SHIFT)
    assert canvas.frame_rects()[0].center().x() == pytest.approx(canvas.width() / 2)  # all of it is seen
    press(Qt.Key.Key_Plus, CTRL)
    assert canvas.zoom == pytest.approx(1.25)
    middle = canvas.frame_rects()[0].center().x()
    press(Qt.Key.Key_Left, ALT | SHIFT)
    assert canvas.frame_rects()[0].center().x() > middle
    for _ in range(30):
        press(Qt.Key.Key_Right, ALT | SHIFT)
        press(Qt.Key.Key_Down, ALT | SHIFT)
    rect = canvas.frame_rects()[0]
    assert (rect.right(), rect.bottom()) == (pytest.approx(canvas.width() / 2), pytest.approx(canvas.height() / 2))
    press(Qt.Key.Key_Minus, CTRL)
    assert canvas.zoom == 1.0


def faces_at(monkeypatch: pytest.MonkeyPatch, *places: float) -> None:
    """Let faces be found at these columns, the first the largest."""
    found = []
    for n, x in enumerate(places):
        size = 20.0 - n
        mesh = np.full((478, 3), (x, 32, 0), np.float32)
        found.append(Face((x - size / 2, 32 - size / 2, x + size / 2, 32 + size / 2), mesh))
    monkeypatch.setattr(frames, "_found", lambda path, index: Seen(index, tuple(found)))


def test_speaker_is_chosen_by_key_face_after_face(active: Window, line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces_at(monkeypatch, 60, 100, 20)
    desk, said = active.desk, []
    desk.told.connect(said.append)
    press(Qt.Key.Key_S)
    assert "take first" in active.banner.label.text()
    active.deeds.dropped([("V1/1", line)])
    until(lambda: active.viewer.canvas.shown)
    chosen: list[float] = []
    for _ in range(4):
        before = desk.given("V1/1").face
        press(Qt.Key.Key_S)
        until(lambda: desk.given("V1/1").face != before)  # noqa: B023 - asked at once
        chosen.append(desk.given("V1/1").face.x)
    assert chosen == [100, 20, 60, 100]  # from the largest to the right, round and round
    assert said[-1] == "Face 3 of 3, from the left, speaks."
    assert "box" in active.viewer.canvas.overlays
    press(Qt.Key.Key_Z, CTRL)
    assert desk.given("V1/1").face.x == 60


def test_one_face_needs_no_choice_and_none_is_said(active: Window, line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    active.desk.told.connect(said.append)
    active.deeds.dropped([("V1/1", line)])
    faces_at(monkeypatch, 60)
    until(lambda: active.viewer.canvas.shown)
    press(Qt.Key.Key_S)
    until(lambda: "There is one face here: it speaks." in said)
    press(Qt.Key.Key_Z)
    until(lambda: active.viewer.canvas.zoom == 4)
    middle = active.viewer.canvas.to_plate(active.viewer.canvas.rect().toRectF().center())
    assert middle.x() == pytest.approx(60, abs=1)
    press(Qt.Key.Key_Z)
    assert active.viewer.canvas.zoom == 1
    faces_at(monkeypatch)
    press(Qt.Key.Key_Right)  # another frame
    press(Qt.Key.Key_S)
    until(lambda: "No face was found in this frame." in said)
    assert active.desk.given("V1/1").face is None


def test_shots_are_selected_from_one_to_another_by_key(active: Window) -> None:
    desk = active.desk
    press(Qt.Key.Key_Down, SHIFT)
    press(Qt.Key.Key_Down, SHIFT)
    assert desk.selection == ("V1/1", "V1/2", "V1/3")
    press(Qt.Key.Key_Up, SHIFT)
    assert desk.selection == ("V1/1", "V1/2")
    press(Qt.Key.Key_Down)
    assert desk.selection == ("V1/2",)
    press(Qt.Key.Key_Up, SHIFT)
    press(Qt.Key.Key_Up, SHIFT)
    assert desk.selection == ("V1/2", "V1/1")


def test_markers_are_gone_to_and_named_by_key(active: Window) -> None:
    said: list[str] = []
    active.desk.told.connect(said.append)
    press(Qt.Key.Key_M)
    assert active.strip.playhead == 90_005
    assert "mark 5" in said[-1]
    press(Qt.Key.Key_M)
    assert said[-1] == "There is no marker further on."
    active.seek(90_020)
    press(Qt.Key.Key_M, SHIFT)
    assert active.strip.playhead == 90_005


def test_a_shot_on_a_track_out_of_sight_is_scrolled_to(active: Window) -> None:
    strip = active.strip
    strip.zoom(30, 0)
    active._show_clip("V1/4")
    assert 0 <= strip.scale.x(active.desk.slots["V1/4"].record.first) <= strip.viewport().width()
    active._show_clip("V1/1")
    assert strip.scale.x(active.desk.slots["V1/1"].record.first) >= 0


def test_enter_does_what_a_double_click_does(active: Window, line: Path) -> None:
    press(Qt.Key.Key_2, CTRL)
    active.takes.bin.add([line])
    active.takes.bin.setFocus()
    active.takes.bin.setCurrentRow(0)
    press(Qt.Key.Key_Return)
    assert active.desk.given("V1/1").take.audio == line
    press(Qt.Key.Key_5, CTRL)
    active.clips.table.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert active.desk.clip == "V1/2"
    assert active.strip.playhead == active.desk.slots["V1/2"].record.first


def test_a_screen_reader_is_told_which_clip_is_selected(active: Window, line: Path) -> None:
    assert active.strip.accessibleDescription().startswith("V1/1 · shot 1\nno take")
    active.deeds.dropped([("V1/1", line)])
    assert "has a take" in active.strip.accessibleDescription()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    assert "nowhere.mov" in active.strip.accessibleDescription()  # why it cannot be dubbed
