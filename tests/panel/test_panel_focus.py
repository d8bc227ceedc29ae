"""What makes the keyboard enough: where Tab goes, who keeps which key, the frame, and keys for what
the mouse does.
"""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false
from __future__ import annotations

from pathlib import Path

from conftest import held, press, until
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QDialog,
    QPushButton,
    QScrollArea,
    QWidget,
)

from g4g_plugin.core.settings import resources
from g4g_plugin.panel.commands.narrow_layout import UNDER_PICTURE
from g4g_plugin.panel.commands.shortcuts_dialog import ShortcutsDialog
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.match_dialog import MatchDialog
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.dialogs.settings_dialog import SettingsDialog
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.widgets.focus_frame import framed_widget
from g4g_plugin.panel.widgets.style import FOCUS_COLOURS, palette
from g4g_plugin.project.doctor import Finding
from g4g_plugin.project.take_matching import Pair

TAB, BACK, SPACE = Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space
ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
PLAIN = Qt.KeyboardModifier.NoModifier


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
    assert framed_widget(active) is None  # nobody has used it yet
    press(Qt.Key.Key_Down)
    assert active.document.clip == "V1/2"


def test_tab_goes_through_what_is_seen_as_one_reads_and_back(active: Window) -> None:
    active.banner.show_message("Words.", "", [("Act", lambda: None)])
    for name in ("shot", "takes", "queue", "export", "clips"):
        active.docks[name].raise_()
        QTest.qWait(1)
        active.strip.setFocus()
        there = round_trip()
        assert all(not widget.visibleRegion().isEmpty() for widget in there), name
        assert there[1:3] == active.banner.buttons
        pages = [
            n
            for n, dock in active.docks.items()
            if n not in UNDER_PICTURE and any(map(dock.isAncestorOf, there))
        ]
        assert pages == [name]
        assert [there[0], *reversed(there[1:])] == round_trip(BACK)
    active.docks["takes"].raise_()
    active.take_commands.assign_dropped([("V1/1", resources() / "demo" / "line.flac")])
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
    active.banner.show_message("Words.", "", [("Act", lambda: done.append("act"))])
    active.banner.buttons[0].setFocus()
    press(SPACE)
    assert done == ["act"]
    active.strip.setFocus()
    press(SPACE)
    assert active.viewer.transport.speed == 1
    active.viewer.transport.stop()
    active.banner.show_message("Words.")
    press(Qt.Key.Key_Escape)
    assert active.banner.isHidden()


def test_select_all_is_of_the_list_in_hand(active: Window) -> None:
    active.docks["takes"].raise_()
    active.takes.bin.add([Path("/a.wav"), Path("/b.wav")])
    active.takes.bin.setFocus()
    press(Qt.Key.Key_A, CTRL)
    assert len(active.takes.bin.selectedItems()) == 2
    assert len(active.document.selection) == 1
    active.strip.setFocus()
    press(Qt.Key.Key_A, CTRL)
    assert len(active.document.selection) == 4


def test_a_page_that_was_pulled_out_keeps_its_keys_and_goes_back(active: Window) -> None:
    press(Qt.Key.Key_2, CTRL)
    active.actions_by_name["page_float"].trigger()
    dock = active.docks["takes"]
    assert dock.isFloating()
    dock.activateWindow()
    until(lambda: dock.isAncestorOf(held()))
    active.takes.bin.setFocus()
    there = round_trip()
    assert all(dock.isAncestorOf(widget) for widget in there)
    assert [widget.text() for widget in there if isinstance(widget, QPushButton)][:2] == [
        "Take…",
        "Match files by name",
    ]
    assert [there[0], *reversed(there[1:])] == round_trip(BACK)
    active.takes.bin.add([Path("/a.wav"), Path("/b.wav")])
    active.takes.bin.setCurrentRow(0)
    shot = active.document.clip
    press(Qt.Key.Key_Down)
    assert (active.takes.bin.currentRow(), active.document.clip) == (
        1,
        shot,
    )  # the arrow is the list's
    active.actions_by_name["page_float"].trigger()
    assert not dock.isFloating()
    until(lambda: QApplication.activeWindow() is active)
    assert dock.isAncestorOf(held())


def test_f6_goes_from_area_to_area(active: Window) -> None:
    seen = []
    for _ in range(5):
        press(Qt.Key.Key_F6)
        seen.append(held())
    assert active.viewer.isAncestorOf(seen[0])
    assert seen[1].accessibleName() == "Pages"
    assert active.docks["takes"].isAncestorOf(seen[2])
    assert seen[3] is active.lane
    assert seen[4] is active.strip


def test_tabs_of_the_pages_go_by_arrows(active: Window) -> None:
    press(Qt.Key.Key_F6)
    press(Qt.Key.Key_F6)
    assert not active.takes.visibleRegion().isEmpty()
    frame = active.viewer.transport.frame
    press(Qt.Key.Key_Right)
    until(lambda: not active.inspector.visibleRegion().isEmpty())
    assert active.viewer.transport.frame == frame


def test_the_keyboard_is_never_left_on_what_is_not_seen(active: Window, line: Path) -> None:
    active.take_commands.assign_dropped([("V1/1", line)])
    press(Qt.Key.Key_2, CTRL)
    assert held() is active.takes.begin
    press(Qt.Key.Key_D, CTRL)  # the queue comes to the front
    until(lambda: held() is active.strip)
    until(lambda: active.document.state("V1/1") == "done")
    press(Qt.Key.Key_1, CTRL)
    active.shot.revert.setFocus()
    press(SPACE)  # Original: it is greyed then
    assert held() is active.shot.delete
    press(Qt.Key.Key_F)
    press(SPACE)
    assert active.viewer.transport.speed == 1
    active.viewer.transport.stop()
    press(Qt.Key.Key_F)
    assert held() is active.strip
    active.banner.show_message("Words.")
    active.banner.buttons[0].setFocus()
    active.banner.show_message("Other words.")
    assert held() is active.strip


def test_a_click_on_a_button_leaves_the_keyboard_where_it_is(active: Window) -> None:
    active.docks["export"].raise_()
    active.banner.show_message("Words.")
    QTest.qWait(1)
    for button in (active.export.keep, active.banner.buttons[0]):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert held() is active.strip


def test_a_long_page_is_scrolled_by_page_up_and_down(active: Window, line: Path) -> None:
    active.take_commands.assign_dropped([("V1/1", line)])
    active.resize(960, 540)
    until(lambda: active.height() == 540)
    press(Qt.Key.Key_7, CTRL)
    bar = next(area for area in active.inspector.findChildren(QScrollArea)).verticalScrollBar()
    until(lambda: bar.maximum() > 0)
    active.inspector.face.setFocus()
    bar.setValue(0)
    press(Qt.Key.Key_PageDown)
    assert bar.value() > 0
    bar.setValue(bar.maximum())
    active.inspector.ranges.remove.setFocus()
    for _ in range(40):  # back to the first row, at the top
        press(BACK)
        if held() is active.inspector.rows["at"].editor.widget:
            break
    assert not held().visibleRegion().isEmpty()
    assert bar.value() < bar.maximum()


# Where the keyboard is seen to be


def framed(widget: QWidget) -> bool:
    """Return whether the frame's colour stands at all four sides of a widget, inside it."""
    QTest.qWait(1)
    picture = widget.window().grab().toImage()
    ratio = picture.devicePixelRatio()
    begin = widget.mapTo(widget.window(), widget.rect().topLeft())
    middle = widget.mapTo(widget.window(), widget.rect().center())
    end = widget.mapTo(widget.window(), widget.rect().bottomRight())
    at = [
        (begin.x() + 1, middle.y()),
        (end.x() - 1, middle.y()),
        (middle.x(), begin.y() + 1),
        (middle.x(), end.y() - 1),
    ]
    colour = QColor(FOCUS_COLOURS[widget.palette().window().color().lightness() > 127])
    return all(picture.pixelColor(int(x * ratio), int(y * ratio)) == colour for x, y in at)


def test_a_frame_stands_around_what_has_the_keyboard(active: Window) -> None:
    for _ in range(14):
        press(TAB)
        assert framed_widget(active) is held()
        assert framed(held()), held()
    around = held()
    active.resize(1100, 700)
    until(lambda: framed(around))
    other = active.viewer.pick
    QTest.mousePress(
        active.strip.viewport(),
        Qt.MouseButton.LeftButton,
        PLAIN,
        active.strip.rect_of("V1/2").center(),
    )
    active.strip.setFocus(Qt.FocusReason.MouseFocusReason)
    QTest.mouseRelease(active.strip.viewport(), Qt.MouseButton.LeftButton)
    assert framed_widget(active) is None  # whoever points sees where he points
    other.setFocus()
    assert framed_widget(active) is None
    press(Qt.Key.Key_6, CTRL)
    assert framed(active.strip)
    press(Qt.Key.Key_6, CTRL)  # it has it already
    assert framed(active.strip)


def test_the_frame_is_seen_on_dark_and_on_light() -> None:
    for theme in ("dark", "light"):
        ground = palette(theme)
        frame = QColor(FOCUS_COLOURS[theme == "light"])
        for role in (ground.window(), ground.base(), ground.button()):
            assert contrast(frame, role.color()) >= 3


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours as WCAG 2 has it, 1..21."""
    bright = []
    for colour in (one, other):
        parts = [colour.redF(), colour.greenF(), colour.blueF()]
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        bright.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(bright) + 0.05) / (min(bright) + 0.05)


def test_a_dialog_takes_its_frame_along(active: Window) -> None:
    press(TAB)
    for _ in range(2):
        dialog = SettingsDialog(active.document, active)
        dialog.open()
        dialog.activateWindow()
        until(lambda: QApplication.activeWindow() is dialog)  # noqa: B023 - asked at once
        QTest.keyClick(held(), TAB)
        assert framed_widget(dialog) is held()
        assert framed(held())
        assert framed_widget(active) is None
        dialog.reject()
        dialog.deleteLater()
        QTest.qWait(1)
    active.activateWindow()
    until(lambda: QApplication.activeWindow() is active)
    active.strip.setFocus(Qt.FocusReason.TabFocusReason)
    assert framed(active.strip)


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
    doctor = DoctorDialog(window.document, window)
    doctor.show_findings([Finding("ffmpeg", False, "nothing", "Install it.")])
    pairs = [Pair(clip, Path(f"/{clip[-1]}.wav"), "by name") for clip in ("V1/1", "V1/2")]
    return [
        SettingsDialog(window.document, window),
        ShortcutsDialog(window.document, window),
        doctor,
        MatchDialog(pairs, window.document, window),
        ReportDialog("It broke.", window),
    ]


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
    dialog = ShortcutsDialog(active.document, active)
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
