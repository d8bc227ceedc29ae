from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from conftest import RATE, SIZE, otio_clip, read_bars, until, write_line, write_plate, write_timeline
from PySide6.QtCore import QPointF, Qt

from g4g_plugin.core.shot import Dub, Shot, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.panel.frames import GAIN, MODES, Wish, difference
from g4g_plugin.panel.scale import Scale, fitted, ruler_step, seen
from g4g_plugin.panel.transport import Transport, plate_frame, record_frame
from g4g_plugin.panel.window import Window


def hang_dub(window: Window, clip: str, media: Path, first: int, count: int) -> Dub:
    """Put a drawn file on a clip as if it had been rendered."""
    slot = window.desk.slots[clip]
    shot = Shot(slot.name, clip, slot.record, slot.media, slot.source, slot.available, Take(Path("line.wav")))
    dub = Dub(shot, media, FrameRange(first, count, RATE), "01:00:00:00", "copy", None, count, 0)
    window.desk.keep(window.desk.session.deliver(dub))
    return dub


def show(window: Window, frame: int) -> None:
    """Go to a plate frame and wait until just that one is painted."""
    view = window.viewer
    view.transport.go(frame)
    index = frame - view.slot.available.first
    until(
        lambda: (
            view.canvas.shown is not None
            and view.canvas.shown.wish == view.wish(frame)
            and view.canvas.shown.wish.index == index
        )
    )


def select(window: Window, clip: str) -> None:
    window.desk.select([clip])
    until(lambda: window.viewer.slot is not None and window.viewer.slot.clip == clip and window.viewer.canvas.shown)


@pytest.mark.parametrize("variable", [False, True])
def test_wipe_shows_the_same_moment_of_both_files(window: Window, tmp_path: Path, variable: bool) -> None:
    plate = write_plate(tmp_path / "p.mkv", 40, 5, variable=variable)
    dub = write_plate(tmp_path / "d.mkv", 30, 9, "01:00:00:04", variable=variable)
    edit = write_timeline(tmp_path / "v.otio", [otio_clip("shot", plate, 90_008, 24, (90_000, 40))])
    window.desk.open(edit)
    until(lambda: window.desk.edit.path == edit)
    hang_dub(window, "V1/1", dub, 90_004, 30)
    select(window, "V1/1")
    window.actions_by_name["side"].trigger()
    window.actions_by_name["wipe"].trigger()
    window.viewer.canvas.wipe = 0.5
    for frame in (90_008, 90_031, 90_009, 90_020, 90_019):
        show(window, frame)
        shown = window.viewer.canvas.shown
        assert (read_bars(shown.first, 16), read_bars(shown.first, 48)) == (frame - 90_000, 5)
        assert (read_bars(shown.second, 16), read_bars(shown.second, 48)) == (frame - 90_004, 9)
    painted = whole_picture(window)
    assert read_bars(painted, 16, 0, 64) == (90_019 - 90_000) & 0xF0  # left of the line: the original
    assert read_bars(painted, 16, 64) == (90_019 - 90_004) & 0x0F  # right of it: the dub
    assert window.viewer.source_label.text().endswith("01:00:00:19")
    assert [name for name in MODES if window.actions_by_name[name].isChecked()] == ["wipe"]


def whole_picture(window: Window):
    """Return what the canvas paints, at the plate's own size."""
    window.viewer.canvas.repaint()
    rect = window.viewer.canvas.frame_rects()[0].toRect()
    return window.viewer.canvas.grab(rect).toImage().scaled(*SIZE)


def test_difference_is_black_where_the_files_agree_and_only_there(window: Window, tmp_path: Path) -> None:
    same = write_plate(tmp_path / "same.mkv", 40, 1)
    late = write_plate(tmp_path / "late.mkv", 41, 1)
    select(window, "V1/1")
    window.actions_by_name["difference"].trigger()
    hang_dub(window, "V1/1", same, 90_000, 40)
    show(window, 90_012)
    assert not pixels(window.viewer.canvas.shown.second).any()
    hang_dub(window, "V1/1", late, 89_999, 41)  # one frame off
    show(window, 90_013)
    assert pixels(window.viewer.canvas.shown.second).any()


def pixels(image) -> np.ndarray:
    return np.frombuffer(image.constBits(), np.uint8)


def test_difference_is_amplified_and_never_hides_one_code() -> None:
    one = np.zeros((2, 2, 3), np.uint8)
    other = one.copy()
    other[0, 0, 0] = 1
    assert difference(one, other).tolist()[0][0] == [GAIN, 0, 0]
    assert difference(one, one).max() == 0
    assert difference(one, np.zeros((3, 2, 3), np.uint8)).min() == 255


def test_keys_step_mark_and_go_from_shot_to_shot(window: Window) -> None:
    select(window, "V1/1")
    acts, move = window.actions_by_name, window.viewer.transport
    assert move.text == "01:00:00:08"
    acts["next_frame"].trigger()
    acts["mark_in"].trigger()
    acts["last_frame"].trigger()
    acts["mark_out"].trigger()
    assert (move.mark_in, move.mark_out, move.text) == (90_009, 90_031, "01:00:01:06")
    assert window.viewer.record_label.text().endswith("01:00:00:23")
    assert window.strip.playhead == 90_023
    acts["next_shot"].trigger()
    until(lambda: window.viewer.slot.clip == "V1/2")
    assert move.mark_in is None
    assert move.text == "01:00:00:08"


def test_playhead_on_the_strip_moves_the_viewer(window: Window) -> None:
    select(window, "V1/1")
    window.strip.moved.emit(90_024 + 3)
    until(lambda: window.viewer.slot.clip == "V1/2")
    window.strip.moved.emit(90_024 + 5)
    assert window.viewer.transport.frame == 90_013


def test_shuttle_doubles_and_turns_round() -> None:
    move = Transport()
    move.load(FrameRange(0, 10_000, RATE), False)
    speeds = []
    for direction in (1, 1, 1, 1, 1, -1, -1):
        move.shuttle(direction)
        speeds.append(move.speed)
    assert speeds == [1, 2, 4, 8, 8, -1, -2]
    move.stop()
    assert move.speed == 0


def test_playing_follows_the_clock_and_ends_or_loops() -> None:
    move = Transport()
    move.load(FrameRange(100, 50, RATE), False)
    move.play(1)
    move.sound.stop()
    move.sound._since -= 1.0  # a second has been heard
    move._tick()
    assert move.frame == 125
    move.sound._since -= 10
    move._tick()
    assert (move.frame, move.speed) == (149, 0)
    move.loop = True
    move.play(1)
    assert move.frame == 100
    move.sound._since -= 10
    move._tick()
    assert (move.frame, move.speed) == (100, 1)
    move.stop()


def test_record_and_plate_frames_agree_at_unlike_rates(window: Window) -> None:
    from dataclasses import replace

    slot = replace(
        window.desk.slots["V1/1"], source=FrameRange(86_400, 48, Fraction(24)), record=FrameRange(1000, 50, RATE)
    )
    assert plate_frame(slot, 1000) == 86_400
    assert plate_frame(slot, 1049) == 86_447
    assert record_frame(slot, 86_424) == 1025
    assert record_frame(slot, 86_447) <= 1049


def test_click_on_a_face_chooses_the_speaker_once_asked(window: Window, line: Path) -> None:
    select(window, "V1/1")
    window.deeds.dropped([("V1/1", line)])
    canvas = window.viewer.canvas
    canvas.clicked.emit(60.0, 30.0)
    assert window.desk.given("V1/1").face is None
    window.viewer.choosing = True
    canvas.clicked.emit(60.0, 30.0)
    face = window.desk.given("V1/1").face
    assert (face.x, face.y, face.frame) == (60.0, 30.0, window.viewer.transport.frame - 90_008)


def test_a_point_of_the_picture_is_found_again_under_zoom(window: Window, qtbot) -> None:
    select(window, "V1/1")
    canvas = window.viewer.canvas
    canvas.zoom_to(40, 20, 4)
    middle = canvas.to_plate(QPointF(canvas.width() / 2, canvas.height() / 2))
    assert middle.x() == pytest.approx(39.5)
    assert middle.y() == pytest.approx(19.5)
    qtbot.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    assert canvas.zoom == 1


def test_missing_frame_is_said_in_words(window: Window, tmp_path: Path) -> None:
    select(window, "V1/1")
    window.viewer._ask(Wish(tmp_path / "gone.mov", 3, None, 0, "original"))
    until(lambda: window.viewer.canvas.message)
    assert "gone.mov" in window.viewer.canvas.message


def test_ruler_and_seen_clips() -> None:
    assert seen([0, 10, 20], [10, 20, 30], 10, 20) == range(1, 2)
    assert seen([0, 10, 20], [10, 20, 30], 9.5, 20.5) == range(3)
    assert ruler_step(Scale(0, 40), RATE) < 25
    assert ruler_step(fitted(0, 90_000, 1000), RATE) % 25 == 0


def test_sound_of_the_take_is_read_for_playing(window: Window, tmp_path: Path) -> None:
    select(window, "V1/1")
    window.deeds.dropped([("V1/1", write_line(tmp_path / "tone.wav", 0.96))])
    until(lambda: window.viewer.transport.samples is not None)
    assert len(window.viewer.transport.samples) == 46_080
    window.actions_by_name["original"].trigger()
    assert window.viewer.heard.audio == window.viewer.slot.media
