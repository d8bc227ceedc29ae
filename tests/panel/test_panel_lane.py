"""The lip lane by mouse and key: place the line, cut it, nudge the lips, draw and change ranges."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from conftest import press, until, write_line
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from test_panel_shotpage import hang

from g4g_plugin.core.assessment import Assessment, Coverage, Finding
from g4g_plugin.core.decisions import Mouth, RangeSetting, Take
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.lane.lane import Lane
from g4g_plugin.panel.lane.lane_model import original_sound
from g4g_plugin.panel.lane.lane_view import FAULT_COLOURS, HEAD_WIDTH
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.strip import time_scale
from g4g_plugin.project.edit import Sound

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def lane(active: Window, tmp_path: Path) -> Lane:
    """The lane of V1/1 (24 frames) with a take of ten frames."""
    active.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "word.wav", 10 / 25))])
    active.document.select(["V1/1"])
    until(lambda: active.lane.model is not None and active.lane.model.lines)
    until(lambda: active.lane.model.lines[0].peaks is not None)
    until(lambda: active.viewer.slot is not None and active.lane.model.lines[0].frames == 10)
    return active.lane


def decided(window: Window):
    return window.document.decisions("V1/1")


def at(window: Window) -> int:
    return decided(window).lines[0].at


def drag(lane: Lane, start: QPointF, frames: float, keys: Qt.KeyboardModifier = SHIFT) -> None:
    """Pull with the mouse by frames, in steps as a hand does; Shift: without snapping."""
    wide = frames * lane.scale.per_frame
    QTest.mousePress(lane, LEFT, keys, start.toPoint())
    for share in (0.3, 0.7, 1.0):
        point = QPoint(round(start.x() + share * wide), round(start.y()))
        move(lane, point, keys)
    QTest.mouseRelease(lane, LEFT, keys, QPoint(round(start.x() + wide), round(start.y())))


def move(lane: Lane, point: QPoint, keys: Qt.KeyboardModifier) -> None:
    """QTest.mouseMove presses no button."""
    from PySide6.QtGui import QMouseEvent

    where = QPointF(point)
    kind = QEvent.Type.MouseMove
    event = QMouseEvent(kind, where, lane.mapToGlobal(where), Qt.MouseButton.NoButton, LEFT, keys)
    QApplication.sendEvent(lane, event)


def choose(menu: QMenu | None, *path: str) -> None:
    """Press an entry of a menu that is open."""
    assert menu is not None
    for name in path[:-1]:
        inner = next(a.menu() for a in menu.actions() if a.text() == name)
        assert isinstance(inner, QMenu)
        menu = inner
    next(a for a in menu.actions() if a.text() == path[-1]).trigger()


def test_a_line_is_dragged_to_its_frame_and_back(lane: Lane, active: Window) -> None:
    drag(lane, lane.line_rect(0).center(), 7)
    assert at(active) == 7
    assert lane.line_rect(0).left() == pytest.approx(lane.x_of(7))
    drag(lane, lane.line_rect(0).center(), -9)
    assert at(active) == -2
    active.actions_by_name["undo"].trigger()
    assert at(active) == 7
    active.actions_by_name["undo"].trigger()
    assert at(active) == 0


def test_an_end_snaps_to_the_shots_end_and_to_the_playhead(lane: Lane, active: Window) -> None:
    drag(lane, lane.line_rect(0).center(), 13.9, NONE)
    assert at(active) == 14  # ten frames: it ends with the shot
    active.viewer.transport.go(90_008 + 5)
    near = 5 - 14 + 4 / lane.scale.per_frame  # four pixels beside the playhead
    drag(lane, lane.line_rect(0).center(), near, NONE)
    assert at(active) == 5


def test_nudges_by_key(lane: Lane, active: Window) -> None:
    active.strip.setFocus()
    for _ in range(3):
        press(Qt.Key.Key_Period)
    press(Qt.Key.Key_Comma)
    assert at(active) == 2
    press(Qt.Key.Key_Period, SHIFT)
    assert at(active) == 12
    press(Qt.Key.Key_Comma, SHIFT)
    press(Qt.Key.Key_Period, ALT)
    press(Qt.Key.Key_Period, ALT)
    press(Qt.Key.Key_Comma, ALT)
    assert at(active) == 2
    assert decided(active).settings.lip_offset == 1
    active.viewer.transport.go(90_008 + 6)
    press(Qt.Key.Key_B)
    assert at(active) == 6


def test_alt_and_the_mouse_move_the_lips_alone(lane: Lane, active: Window) -> None:
    drag(lane, lane.line_rect(0).center(), 2, ALT)
    assert decided(active).settings.lip_offset == 2
    assert at(active) == 0


def test_pulled_ends_cut_the_take_and_leave_the_rest_where_it_lies(
    lane: Lane, active: Window
) -> None:
    drag(lane, lane.line_rect(0).center(), 4)
    box = lane.line_rect(0)
    drag(lane, QPointF(box.left() + 1, box.center().y()), 3)
    line = decided(active).lines[0]
    assert (line.at, line.take.start, line.take.length) == (7, Fraction(3, 25), Fraction(7, 25))
    box = lane.line_rect(0)
    drag(lane, QPointF(box.right() - 1, box.center().y()), -2)
    line = decided(active).lines[0]
    assert (line.at, line.take.start, line.take.length) == (7, Fraction(3, 25), Fraction(5, 25))
    box = lane.line_rect(0)  # and out again: no further than the file goes
    drag(lane, QPointF(box.right() - 1, box.center().y()), 20)
    drag(lane, QPointF(lane.line_rect(0).left() + 1, box.center().y()), -20)
    line = decided(active).lines[0]
    assert (line.at, line.take.start, line.take.length) == (4, 0, Fraction(10, 25))


def test_a_range_is_drawn_and_chosen_from_its_menu(lane: Lane, active: Window) -> None:
    row = lane.ranges_row()
    start = QPointF(lane.x_of(3) + 2, row.center().y())
    drag(lane, start, 5)
    choose(lane.menu, "mouth shut")
    assert decided(active).ranges == (RangeSetting(3, 8, "shut"),)
    drag(lane, QPointF(lane.x_of(12) + 2, row.center().y()), 4)
    choose(lane.menu, "strength", "0.5")
    assert decided(active).ranges[1] == RangeSetting(12, 16, "move", 0.5)
    drag(lane, QPointF(lane.x_of(20) + 2, row.center().y()), 1)
    lane.menu.close()
    assert len(decided(active).ranges) == 2
    assert lane.dragged is None


def test_every_kind_of_range_is_offered_in_menu_and_inspector(lane: Lane, active: Window) -> None:
    editor = active.inspector.ranges
    kinds = {editor.mouth.itemData(row) for row in range(editor.mouth.count())}
    assert kinds == set(get_args(Mouth))
    drag(lane, QPointF(lane.x_of(3) + 2, lane.ranges_row().center().y()), 5)
    choose(lane.menu, "dub anyway")
    assert decided(active).ranges == (RangeSetting(3, 8, "anyway"),)


def test_a_range_is_moved_pulled_changed_and_removed(lane: Lane, active: Window) -> None:
    lane.put_range(RangeSetting(4, 9, "keep"))
    box = lane.range_rect(RangeSetting(4, 9))
    drag(lane, box.center(), 3)
    assert decided(active).ranges == (RangeSetting(7, 12, "keep"),)
    box = lane.range_rect(RangeSetting(7, 12))
    drag(lane, QPointF(box.right() - 1, box.center().y()), 4)
    drag(lane, QPointF(box.left() + 1, box.center().y()), -2)
    assert decided(active).ranges == (RangeSetting(5, 16, "keep"),)
    centre = lane.range_rect(RangeSetting(5, 16)).center().toPoint()
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, centre, lane.mapToGlobal(centre))
    QApplication.sendEvent(lane, asked)
    choose(lane.menu, "Ramp", "4 frames")
    assert decided(active).ranges == (RangeSetting(5, 16, "keep", 1.0, 4),)
    QApplication.sendEvent(lane, asked)
    choose(lane.menu, "Remove")
    assert decided(active).ranges == ()
    active.actions_by_name["undo"].trigger()
    assert decided(active).ranges == (RangeSetting(5, 16, "keep", 1.0, 4),)


def test_ranges_by_key_from_in_to_out(lane: Lane, active: Window) -> None:
    active.strip.setFocus()
    go = active.viewer.transport.go
    go(90_010)
    press(Qt.Key.Key_I)
    go(90_015)
    press(Qt.Key.Key_O)
    press(Qt.Key.Key_S, SHIFT)
    press(Qt.Key.Key_X, SHIFT)
    go(90_020)
    press(Qt.Key.Key_K, SHIFT)  # nothing marked: the frame that is shown
    assert decided(active).ranges == (RangeSetting(2, 7, "shut"), RangeSetting(12, 12, "keep"))
    press(Qt.Key.Key_Backspace, SHIFT)
    assert decided(active).ranges == (RangeSetting(2, 7, "shut"),)
    press(Qt.Key.Key_Backspace, SHIFT)
    assert len(decided(active).ranges) == 1, "none lies under the playhead"


def test_the_playhead_is_the_viewers_and_the_strips(lane: Lane, active: Window) -> None:
    spot = QPoint(round(lane.x_of(9)) + 2, round(lane.original_rect().center().y()))
    QTest.mouseClick(lane, LEFT, NONE, spot)
    assert active.viewer.transport.frame == 90_008 + 9
    assert active.strip.playhead == active.document.slots["V1/1"].record.first + 9


def test_what_became_of_each_frame_is_shown_and_told(lane: Lane, active: Window) -> None:
    dubbed = (FrameRange(90_008, 10, Fraction(25)), FrameRange(90_022, 10, Fraction(25)))
    kept = (Kept("covered", FrameRange(90_018, 4, Fraction(25))),)
    flicker = Finding("flicker", "look", (FrameRange(90_028, 3, Fraction(25)),))
    said = Assessment(Coverage(20), (flicker,))
    hang(active, 1, dubbed=dubbed, kept=kept, assessment=said)
    runs = [(run.first, run.end, run.result) for run in lane.model.runs]
    assert runs == [(0, 10, "dubbed"), (10, 14, "covered"), (14, 24, "dubbed")]
    row = lane.result_row()
    assert lane.tip(QPointF(lane.x_of(11), row.center().y())).startswith("frames 10 to 13: kept")
    assert "dubbed" in lane.tip(QPointF(lane.x_of(2), row.center().y()))
    assert "The mouth jumps" in lane.tip(QPointF(lane.x_of(21) + 2, row.center().y()))
    assert "The mouth jumps" not in lane.tip(QPointF(lane.x_of(19) + 2, row.center().y()))
    picture = lane.grab().toImage()
    ratio = picture.width() / lane.width()

    def colour(frame: float, below: float = 2) -> str:
        x, y = (lane.x_of(frame) + 2) * ratio, (row.top() + below) * ratio
        return picture.pixelColor(int(x), int(y)).name()

    assert (colour(5), colour(12), colour(20)) == ("#57d38c", "#e09a3e", "#57d38c")
    assert colour(21, row.height() - 2) == FAULT_COLOURS["look"]
    assert colour(5, row.height() - 2) != FAULT_COLOURS["look"]


def test_the_original_is_the_old_dialogue_after_a_delivery_too(lane: Lane, active: Window) -> None:
    """A delivery hangs the new line on a track of its own and switches the old dialogue off."""
    edit, slot = active.document.edit, active.document.slots["V1/1"]
    old, new = (
        Sound(f"A{n}/1", "", Fraction(0), Fraction(2), Path(f"{n}.wav"), Fraction(0), None, n == 2)
        for n in (1, 2)
    )
    delivered = replace(edit, sounds={"A1": (old,), "A2": (new,)})
    assert original_sound(delivered, slot) == Take(Path("1.wav"), Fraction(0), Fraction(24, 25))
    plain = original_sound(replace(edit, sounds={}), slot)
    assert plain.audio == slot.media
    assert plain.start == Fraction(8, 25)


def test_the_lane_zooms_and_another_shot_is_shown_whole(
    lane: Lane, active: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_scale, "CLOSEST_ZOOM", 200.0)
    before = lane.scale.per_frame
    lane.zoom(2.0, 100)
    assert lane.scale.per_frame == pytest.approx(2 * before)
    drag(lane, lane.line_rect(0).center(), 3)
    assert at(active) == 3
    assert lane.scale.per_frame == pytest.approx(2 * before)
    lane.fit()
    whole = lane.scale.per_frame
    lane.zoom(3.0, 100)
    active.document.select(["V1/2"])
    assert lane.scale.per_frame == pytest.approx(whole)
    assert lane.model.lines == ()
    assert lane.x_of(0) > HEAD_WIDTH


def test_a_screen_reader_hears_where_the_line_begins(lane: Lane, active: Window) -> None:
    drag(lane, lane.line_rect(0).center(), 7)
    lane.put_range(RangeSetting(4, 9, "shut"))
    words = lane.accessibleDescription()
    assert words == "word begins at frame 7. 4 to 9: mouth shut."
