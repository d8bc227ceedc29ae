"""The inspector: each setting of a shot by its row, undone, reset, taken from a version; ranges."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false
from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from conftest import press, until, write_line
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QSlider, QSpinBox
from test_panel_shotpage import hang

from g4g_plugin.core.decisions import Origin, RangeSetting, ShotSettings
from g4g_plugin.panel.shell.window import Window


@pytest.fixture
def page(active: Window, line: Path):
    """The inspector of V1/1, which has a take; the window is 1280 x 720."""
    active.take_commands.assign_dropped([("V1/1", line)])
    active.document.select(["V1/1"])
    active.actions_by_name["page_inspector"].trigger()
    until(lambda: active.inspector.isVisible())
    return active.inspector


def settings(window: Window, clip: str = "V1/1") -> ShotSettings:
    return window.document.decisions(clip).settings


def typed(box: QSpinBox | QDoubleSpinBox, text: str) -> None:
    """Type a value as one does: into the field, ended by Enter."""
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def pick(box: QComboBox, value: object) -> None:
    """Choose an entry with the keys, as a person does."""
    box.setFocus()
    want = box.findData(value)
    key = Qt.Key.Key_Down if want > box.currentIndex() else Qt.Key.Key_Up
    while box.currentIndex() != want:
        QTest.keyClick(box, key)


def test_every_setting_of_a_shot_has_a_row(page) -> None:
    assert {field.name for field in fields(ShotSettings)} <= set(page.rows)
    assert {"at", "channel", "face"} <= set(page.rows)
    for row in page.rows.values():
        assert row.label.text()
        assert row.editor.widget.accessibleName()


def test_values_are_typed_chosen_and_undone(page, active: Window) -> None:
    rows, undo = page.rows, active.actions_by_name["undo"]
    before = settings(active)
    typed(rows["strength"].editor.widget.findChild(QDoubleSpinBox), "1.4")
    typed(rows["lip_offset"].editor.widget, "-2")
    typed(rows["handles"].editor.widget, "8")
    pick(rows["renderer"].editor.widget, "native")
    pick(rows["codec"].editor.widget, "dnxhr")
    pick(rows["fit"].editor.widget, "pad")
    QTest.mouseClick(rows["adapt"].editor.widget, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    typed(rows["at"].editor.widget, "20")
    assert active.document.decisions("V1/1").lines[0].at == 20
    wanted = {"strength": 1.4, "lip_offset": -2, "handles": 8, "renderer": "native"}
    wanted |= {"codec": "dnxhr", "fit": "pad", "adapt": True}
    assert settings(active) == replace(before, **wanted)
    while settings(active) != before or active.document.decisions("V1/1").lines[0].at:
        undo.trigger()
    assert active.document.decisions("V1/1") is not None
    assert rows["handles"].editor.widget.value() == 0
    assert rows["at"].editor.widget.value() == 0


def test_a_slider_is_pulled_in_one_step(page, active: Window) -> None:
    slider = page.rows["strength"].editor.widget.findChild(QSlider)
    count = active.document.undo.count()
    slider.setFocus()
    for _ in range(4):
        QTest.keyClick(slider, Qt.Key.Key_Right)
    assert settings(active).strength == 1.2
    assert active.document.undo.count() == count + 4
    slider.setSliderDown(True)
    for at in (26, 30, 34):
        slider.setSliderPosition(at)
    assert settings(active).strength == 1.2, "it is still being pulled"
    slider.setSliderDown(False)
    assert settings(active).strength == 1.7
    assert active.document.undo.count() == count + 5


def test_the_dot_shows_what_differs_and_resets_it(page, active: Window) -> None:
    row = page.rows["strength"]
    assert not row.dot.isEnabled()
    typed(row.editor.widget.findChild(QDoubleSpinBox), "0.5")
    assert row.dot.isEnabled()
    assert row.dot.text() == "•"
    QTest.mouseClick(row.dot, Qt.MouseButton.LeftButton)
    assert settings(active).strength == 1.0
    assert not row.dot.text()


def test_a_setting_stays_with_its_shot(page, active: Window, tmp_path: Path) -> None:
    """What is set for one shot does not stick to the next one."""
    typed(page.rows["strength"].editor.widget.findChild(QDoubleSpinBox), "1.6")
    active.take_commands.assign_dropped([("V1/2", write_line(tmp_path / "other.wav", 24 / 25))])
    assert settings(active, "V1/2").strength == 1.0
    assert page.rows["strength"].editor.value() == 1.0
    active.document.select(["V1/2", "V1/1"])
    typed(page.rows["handles"].editor.widget, "3")
    assert [settings(active, clip).handles for clip in ("V1/1", "V1/2")] == [3, 3]
    assert settings(active).strength == 1.6


def test_the_wheel_over_a_value_changes_nothing_until_it_is_clicked(page, active: Window) -> None:
    box = page.rows["handles"].editor.widget
    page.rows["strength"].editor.widget.setFocus()
    turn = QWheelEvent(
        QPointF(5, 5),
        QPointF(box.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert settings(active).handles == 0
    box.setFocus()
    QApplication.sendEvent(box, turn)
    assert settings(active).handles == 1


def test_as_in_a_version(page, active: Window) -> None:
    asked = replace(settings(active), strength=1.9, renderer="network", lip_offset=3)
    hang(active, 1, origin=Origin(asked, "", (), "test"))
    until(lambda: page.like.isVisible())
    pick(page.like, 0)
    page.like.activated.emit(1)
    assert settings(active) == asked
    active.actions_by_name["undo"].trigger()
    assert settings(active).strength == 1.0


def test_ranges_are_added_from_the_marks_changed_removed_and_undone(page, active: Window) -> None:
    ranges = lambda: active.document.decisions("V1/1").ranges  # noqa: E731
    move, editor = active.viewer.transport, page.ranges
    until(lambda: active.viewer.slot is not None)
    active.strip.setFocus()
    move.go(90_012)
    press(Qt.Key.Key_I)
    move.go(90_020)
    press(Qt.Key.Key_O)
    pick(editor.mouth, "shut")
    QTest.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert ranges() == (RangeSetting(4, 12, "shut"),)
    assert editor.list.item(0).text() == "4 to 12: mouth shut"
    pick(editor.mouth, "move")
    typed(editor.first, "0")
    typed(editor.last, "3")
    typed(editor.strength, "0.5")
    typed(editor.ramp, "2")
    QTest.mouseClick(editor.add, Qt.MouseButton.LeftButton)
    assert ranges() == (RangeSetting(0, 3, "move", 0.5, 2), RangeSetting(4, 12, "shut"))
    editor.list.setCurrentRow(1)
    pick(editor.mouth, "keep")
    QTest.mouseClick(editor.put, Qt.MouseButton.LeftButton)
    assert ranges()[1] == RangeSetting(4, 12, "keep")
    editor.list.setCurrentRow(0)
    QTest.mouseClick(editor.remove, Qt.MouseButton.LeftButton)
    assert ranges() == (RangeSetting(4, 12, "keep"),)
    for _ in range(4):
        active.actions_by_name["undo"].trigger()
    assert ranges() == ()
    active.document.save()
    assert editor.list.count() == 0


def test_without_a_take_nothing_can_be_set(active: Window) -> None:
    active.document.select(["V1/2"])
    assert "has no take" in active.inspector.title.text()
    assert not any(row.editor.widget.isEnabled() for row in active.inspector.rows.values())
    assert not active.inspector.ranges.isEnabled()
