"""What the mouse does in picture, timeline and pages, done by key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import press, until
from PySide6.QtCore import Qt

from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project import pictures
from g4g_plugin.render.triage import Face, Seen

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


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
    assert canvas.frame_rects()[0].center().x() == pytest.approx(
        canvas.width() / 2
    )  # all of it is seen
    press(Qt.Key.Key_Plus, CTRL)
    assert canvas.zoom == pytest.approx(1.25)
    middle = canvas.frame_rects()[0].center().x()
    press(Qt.Key.Key_Left, ALT | SHIFT)
    assert canvas.frame_rects()[0].center().x() > middle
    for _ in range(30):
        press(Qt.Key.Key_Right, ALT | SHIFT)
        press(Qt.Key.Key_Down, ALT | SHIFT)
    rect = canvas.frame_rects()[0]
    assert (rect.right(), rect.bottom()) == (
        pytest.approx(canvas.width() / 2),
        pytest.approx(canvas.height() / 2),
    )
    press(Qt.Key.Key_Minus, CTRL)
    assert canvas.zoom == 1.0


def faces_at(monkeypatch: pytest.MonkeyPatch, *places: float) -> None:
    """Let faces be found at these columns, the first the largest."""
    found = []
    for n, x in enumerate(places):
        size = 20.0 - n
        mesh = np.full((478, 3), (x, 32, 0), np.float32)
        found.append(Face((x - size / 2, 32 - size / 2, x + size / 2, 32 + size / 2), mesh))
    monkeypatch.setattr(pictures, "search_faces", lambda _, index, __: Seen(index, tuple(found)))


def test_speaker_is_chosen_by_key_face_after_face(
    active: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces_at(monkeypatch, 60, 100, 20)
    document, said = active.document, []
    document.status_changed.connect(said.append)
    press(Qt.Key.Key_S)
    assert "take first" in active.banner.label.text()
    active.take_commands.assign_dropped([("V1/1", line)])
    until(lambda: active.viewer.canvas.shown)
    chosen: list[float] = []
    for _ in range(4):
        before = document.decisions("V1/1").face
        press(Qt.Key.Key_S)
        until(lambda: document.decisions("V1/1").face != before)  # noqa: B023 - asked at once
        chosen.append(document.decisions("V1/1").face.x)
    assert chosen == [20, 60, 100, 20]  # from the left to the right, round and round
    assert said[-1] == "Face 1 of 3, from the left, speaks."
    assert "box" in active.viewer.canvas.overlays
    press(Qt.Key.Key_Z, CTRL)
    assert document.decisions("V1/1").face.x == 100


def test_one_face_needs_no_choice_and_none_is_said(
    active: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    active.document.status_changed.connect(said.append)
    active.take_commands.assign_dropped([("V1/1", line)])
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
    assert active.document.decisions("V1/1").face is None


def test_shots_are_selected_from_one_to_another_by_key(active: Window) -> None:
    document = active.document
    press(Qt.Key.Key_Down, SHIFT)
    press(Qt.Key.Key_Down, SHIFT)
    assert document.selection == ("V1/1", "V1/2", "V1/3")
    press(Qt.Key.Key_Up, SHIFT)
    assert document.selection == ("V1/1", "V1/2")
    press(Qt.Key.Key_Down)
    assert document.selection == ("V1/2",)
    press(Qt.Key.Key_Up, SHIFT)
    press(Qt.Key.Key_Up, SHIFT)
    assert document.selection == ("V1/2", "V1/1")


def test_markers_are_gone_to_and_named_by_key(active: Window) -> None:
    said: list[str] = []
    active.document.status_changed.connect(said.append)
    press(Qt.Key.Key_M)
    assert active.strip.playhead == 90_005
    assert "mark 5" in said[-1]
    press(Qt.Key.Key_M)
    assert said[-1] == "There are no more markers."
    active.timeline_commands.seek(90_020)
    press(Qt.Key.Key_M, SHIFT)
    assert active.strip.playhead == 90_005


def test_the_shot_a_selection_has_come_to_is_scrolled_to(active: Window) -> None:
    strip = active.strip
    strip.zoom(30, 0)
    last = active.document.slots["V1/4"].record.first
    assert strip.scale.x(last) > strip.viewport().width()
    for _ in range(3):
        press(Qt.Key.Key_Down, SHIFT)
    assert len(active.document.selection) == 4
    assert 0 <= strip.scale.x(last) <= strip.viewport().width()
    assert strip.playhead == 90_000


def test_enter_does_what_a_double_click_does(active: Window, line: Path) -> None:
    press(Qt.Key.Key_2, CTRL)
    active.takes.bin.add([line])
    active.takes.bin.setFocus()
    active.takes.bin.setCurrentRow(0)
    press(Qt.Key.Key_Return)
    assert active.document.decisions("V1/1").take.audio == line
    press(Qt.Key.Key_5, CTRL)
    active.clips.table.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert active.document.clip == "V1/2"
    assert active.strip.playhead == active.document.slots["V1/2"].record.first


def test_a_screen_reader_is_told_which_clip_is_selected(active: Window, line: Path) -> None:
    assert active.strip.accessibleDescription().startswith("V1/1 · shot 1\nno take")
    active.take_commands.assign_dropped([("V1/1", line)])
    assert "has a take" in active.strip.accessibleDescription()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    assert "nowhere.mov" in active.strip.accessibleDescription()  # why it cannot be dubbed


def test_some_clips_here_and_some_there_are_selected_in_the_table(active: Window) -> None:
    press(Qt.Key.Key_5, CTRL)
    active.clips.table.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down, CTRL)
    press(Qt.Key.Key_Down, CTRL)
    press(Qt.Key.Key_Space, CTRL)
    assert set(active.document.selection) == {"V1/2", "V1/4"}
    assert active.viewer.transport.speed == 0
