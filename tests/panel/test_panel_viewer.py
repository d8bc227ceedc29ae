# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false
# pyright: reportArgumentType=false
from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import (
    RATE,
    SIZE,
    deliver_dub,
    otio_clip,
    read_bars,
    until,
    write_plate,
    write_timeline,
)
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from g4g_plugin.composite.matte import face_matte
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.face import MESH_POINTS
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.faces import sight
from g4g_plugin.faces.appearance import SKIN_PLACES
from g4g_plugin.faces.mouth_square import SQUARE_PIXELS
from g4g_plugin.media.plate import open_plate
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.strip.time_scale import TimeScale, fitted, ruler_step, visible
from g4g_plugin.panel.viewer.frame_source import (
    DIFFERENCE_GAIN,
    VIEW_MODES,
    FrameRequest,
    difference,
)
from g4g_plugin.panel.viewer.transport import Transport, plate_frame, record_frame
from g4g_plugin.render.triage import Face, Seen


def hang_dub(window: Window, clip: str, media: Path, first: int, count: int, **more: Any) -> Dub:
    """Put a drawn file on a clip as if it had been rendered."""
    slot = window.document.slots[clip]
    shot = Shot(
        slot.name,
        clip,
        slot.record,
        slot.media,
        slot.source,
        slot.available,
        (Line(Take(Path("line.wav"))),),
    )
    dub = Dub(
        shot, media, FrameRange(first, count, RATE), "01:00:00:00", "copy", None, count, 0, **more
    )
    deliver_dub(window, dub)
    return dub


def show(window: Window, frame: int) -> None:
    """Go to a plate frame and wait until just that one is painted."""
    view = window.viewer
    view.transport.go(frame)
    index = frame - view.slot.available.first
    until(
        lambda: (
            view.canvas.shown is not None
            and view.canvas.shown.request == view.request(frame)
            and view.canvas.shown.request.index == index
        )
    )


def select(window: Window, clip: str) -> None:
    window.document.select([clip])
    until(
        lambda: (
            window.viewer.slot is not None
            and window.viewer.slot.clip == clip
            and window.viewer.canvas.shown
        )
    )


@pytest.mark.parametrize("variable", [False, True])
def test_wipe_shows_the_same_moment_of_both_files(
    window: Window, tmp_path: Path, variable: bool
) -> None:
    plate = write_plate(tmp_path / "p.mkv", 40, 5, variable=variable)
    dub = write_plate(tmp_path / "d.mkv", 30, 9, "01:00:00:04")
    lasts = [2 if variable and n % 3 else 1 for n in range(40)]  # frames that each picture stands
    stands = [n for n in range(40) for _ in range(lasts[n])]
    edit = write_timeline(tmp_path / "v.otio", [otio_clip("shot", plate, 90_008, 24, (90_000, 40))])
    window.document.open(edit)
    until(lambda: window.document.project.timeline == edit)
    hang_dub(window, "V1/1", dub, 90_004, 30)
    select(window, "V1/1")
    window.actions_by_name["side"].trigger()
    window.actions_by_name["wipe"].trigger()
    window.viewer.canvas.wipe = 0.5
    for frame in (90_008, 90_031, 90_009, 90_020, 90_019):
        show(window, frame)
        shown = window.viewer.canvas.shown
        seen = stands[frame - 90_000]
        assert (read_bars(shown.first, 16), read_bars(shown.first, 48)) == (seen, 5)
        assert (read_bars(shown.second, 16), read_bars(shown.second, 48)) == (frame - 90_004, 9)
    painted = whole_picture(window)
    assert (
        read_bars(painted, 16, 0, 64) == stands[90_019 - 90_000] & 0xF0
    )  # left of the line: the original
    assert read_bars(painted, 16, 64) == (90_019 - 90_004) & 0x0F  # right of it: the dub
    assert window.viewer.source_label.text().endswith("01:00:00:19")
    assert [name for name in VIEW_MODES if window.actions_by_name[name].isChecked()] == ["wipe"]


def whole_picture(window: Window):
    """Return what the canvas paints, at the plate's own size."""
    window.viewer.canvas.repaint()
    rect = window.viewer.canvas.frame_rects()[0].toRect()
    return window.viewer.canvas.grab(rect).toImage().scaled(*SIZE)


def test_difference_is_black_where_the_files_agree_and_only_there(
    window: Window, tmp_path: Path
) -> None:
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
    assert difference(one, other).tolist()[0][0] == [DIFFERENCE_GAIN, 0, 0]
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
    window.strip.playhead_moved.emit(90_024 + 3)
    until(lambda: window.viewer.slot.clip == "V1/2")
    window.strip.playhead_moved.emit(90_024 + 5)
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
    move.audio.stop()
    move.audio._since -= 1.0  # a second has been heard
    move._tick()
    assert move.frame == 125
    move.audio._since -= 10
    move._tick()
    assert (move.frame, move.speed) == (149, 0)
    move.loop = True
    move.play(1)
    assert move.frame == 100
    move.audio._since -= 10
    move._tick()
    assert (move.frame, move.speed) == (100, 1)
    move.stop()


def test_record_and_plate_frames_agree_at_unlike_rates(window: Window) -> None:
    from dataclasses import replace

    slot = replace(
        window.document.slots["V1/1"],
        source=FrameRange(86_400, 48, Fraction(24)),
        record=FrameRange(1000, 50, RATE),
    )
    assert plate_frame(slot, 1000) == 86_400
    assert plate_frame(slot, 1049) == 86_447
    assert record_frame(slot, 86_424) == 1025
    assert record_frame(slot, 86_447) <= 1049


def test_click_on_a_face_chooses_the_speaker_once_asked(
    window: Window, line: Path, qtbot: Any
) -> None:
    keep_faces(window, "V1/1")
    select(window, "V1/1")
    window.actions_by_name["original"].trigger()  # no wipe line in the way
    window.take_commands.assign_dropped([("V1/1", line)])
    show(window, 90_010)
    click(window, qtbot, 30, 32)
    assert window.document.decisions("V1/1").face is None  # not asked
    window.viewer.pick.click()
    until(
        lambda: (
            window.viewer.canvas.shown.seen is not None
            and len(window.viewer.canvas.shown.seen.faces) == 2
        )
    )
    click(window, qtbot, 2, 2)
    assert window.document.decisions("V1/1").face is None  # beside both
    assert window.viewer.choosing
    click(window, qtbot, 92, 30)
    face = window.document.decisions("V1/1").face
    assert (face.x, face.y) == (pytest.approx(92, abs=1), pytest.approx(30, abs=1))
    assert face.frame == 2
    assert not window.viewer.choosing
    assert "box" not in window.viewer.canvas.overlays
    window.actions_by_name["show_box"].trigger()
    until(
        lambda: (
            window.viewer.canvas.shown.moving == 0
            and centre(window.viewer.canvas.shown.seen.faces[0]) > 64
        )
    )
    window.actions_by_name["undo"].trigger()
    assert window.document.decisions("V1/1").face is None
    until(lambda: centre(window.viewer.canvas.shown.seen.faces[0]) < 64)  # the larger one again


def centre(face: Any) -> float:
    return (face.box[0] + face.box[2]) / 2


def click(window: Window, qtbot: Any, x: float, y: float) -> None:
    """Click on a plate pixel with the mouse."""
    qtbot.mouseClick(
        window.viewer.canvas, Qt.MouseButton.LeftButton, pos=place(window, x, y).toPoint()
    )


def place(window: Window, x: float, y: float) -> QPointF:
    """Return where a plate pixel lies on the canvas."""
    rect = window.viewer.canvas.frame_rects()[0]
    return QPointF(
        rect.left() + (x + 0.5) / SIZE[0] * rect.width(),
        rect.top() + (y + 0.5) / SIZE[1] * rect.height(),
    )


def drawn_mesh(x: float, size: float) -> np.ndarray:
    """Draw a face, (478, 3) plate pixels, `size` wide, its middle at (x, 32)."""
    angle = np.linspace(0, 2 * np.pi, MESH_POINTS, endpoint=False)
    mesh = np.zeros((MESH_POINTS, 3), np.float32)
    mesh[:, 0], mesh[:, 1] = x + size / 2 * np.cos(angle), 32 + size / 2 * np.sin(angle)
    return mesh


def keep_faces(window: Window, clip: str) -> None:
    """Keep two drawn faces of every frame as a dub would have: the larger one at x = 30 + n / 2,
    one at x = 92.
    """
    slot = window.document.slots[clip]
    with open_plate(slot.media) as plate:
        for chunk in range(0, plate.facts.count, sight.CHUNK_FRAMES):
            span = range(chunk, min(chunk + sight.CHUNK_FRAMES, plate.facts.count))
            frames = np.repeat(np.array(span, np.int64), 2)
            mesh = np.array(
                [drawn_mesh(*where) for n in span for where in ((30 + n / 2, 30), (92, 24))],
                np.float32,
            )
            looks = np.random.default_rng(0).integers(1, 255, (2, len(SKIN_PLACES)), np.uint8)
            looks = np.tile(looks, (len(span), 1))
            thumbs = np.zeros((len(span), 18, 32, 3), np.uint8)
            squares = np.zeros((len(frames), SQUARE_PIXELS, SQUARE_PIXELS, 3), np.uint8)
            seen = sight.Sight(
                chunk, thumbs, frames, mesh, np.ones(len(frames), np.float32), looks, squares
            )
            sight._save(sight._chunk_path(plate, chunk, cache_dir()), seen)


def test_ranges_on_the_bar_are_the_dubbed_frames_and_no_others(
    window: Window, tmp_path: Path
) -> None:
    dub = write_plate(tmp_path / "d.mkv", 24, 9)
    select(window, "V1/1")
    runs = (FrameRange(90_000, 10, RATE), FrameRange(90_014, 3, RATE), FrameRange(90_031, 5, RATE))
    hang_dub(window, "V1/1", dub, 90_008, 24, dubbed=runs)
    bar = window.viewer.bar
    bar.setFixedWidth(240)  # 10 pixels a frame
    window.viewer.transport.go(90_025)  # the playhead is drawn over it
    assert not marked(bar)
    window.actions_by_name["show_ranges"].trigger()
    assert marked(bar) == {90_008, 90_009, 90_014, 90_015, 90_016, 90_031}
    hang_dub(window, "V1/1", write_plate(tmp_path / "e.mkv", 24, 9), 90_008, 24, dubbed=())
    assert not marked(bar)
    hang_dub(window, "V1/1", write_plate(tmp_path / "f.mkv", 24, 9), 90_008, 24)
    assert "does not say" in bar._ranges_text()
    assert 0.1 < green(bar).mean() < 0.9  # hatched: nobody knows


def green(bar: QWidget) -> np.ndarray:
    """Return which pixels of the lowest rows of the bar are green, (5, 240) bool."""
    image = bar.grab().toImage().scaled(240, 18).convertToFormat(QImage.Format.Format_RGB888)
    rows = (
        np.frombuffer(image.constBits(), np.uint8)
        .reshape(18, image.bytesPerLine())[13:, :720]
        .reshape(5, 240, 3)
    )
    return np.abs(rows.astype(int) - (0x57, 0xD3, 0x8C)).sum(axis=2) < 30


def marked(bar: QWidget) -> set[int]:
    """Return the frames under which the bar is green all over; the others are not green at all."""
    cells = green(bar).reshape(5, 24, 10).transpose(1, 0, 2)
    assert all(cell.all() or not cell.any() for cell in cells)
    return {90_008 + n for n, cell in enumerate(cells) if cell.all()}


def test_a_frame_that_was_kept_is_called_so(window: Window, tmp_path: Path) -> None:
    select(window, "V1/1")
    hang_dub(
        window,
        "V1/1",
        write_plate(tmp_path / "d.mkv", 24, 9),
        90_008,
        24,
        dubbed=(FrameRange(90_010, 2, RATE),),
    )
    show(window, 90_010)
    assert not window.viewer.canvas.shown.request.kept
    assert window.viewer.canvas._names() == ("Original", "Dubbed")
    show(window, 90_012)
    assert window.viewer.canvas._names() == ("Original", "Dubbed (frame kept)")


def test_overlays_follow_the_kept_track_while_it_plays(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(*_: object) -> None:
        raise AssertionError("looked for faces that are kept")

    monkeypatch.setattr("g4g_plugin.render.triage.look_at", searched)
    keep_faces(window, "V1/1")
    select(window, "V1/1")
    window.actions_by_name["original"].trigger()
    for name in ("show_box", "show_landmarks", "show_matte"):
        window.actions_by_name[name].trigger()
    until(lambda: window.viewer.faces is not None)
    move, canvas = window.viewer.transport, window.viewer.canvas
    move.play(1)
    move._timer.stop()  # it plays; the test is the clock
    for frame in (90_012, 90_020, 90_031):
        show(window, frame)
        assert move.speed == 1
        n = frame - 90_000
        wanted = drawn_mesh(30 + n / 2, 30)
        shown = canvas.shown
        assert shown.moving == 0
        assert shown.seen.faces[0].mesh == pytest.approx(wanted, abs=0.05)
        assert len(shown.seen.faces) == 2
        painted = canvas.grab().toImage()
        left = shown.seen.faces[0].box[0]
        assert near(painted, place(window, left, 32), "#57d38c")
        assert not near(
            painted, place(window, left - 6, 32), "#57d38c"
        )  # where it was 12 frames ago
        assert near(painted, place(window, *shown.seen.faces[0].landmarks[8]), "#ffd166")
        alpha = face_matte(wanted, (0, 0, *SIZE))
        x, y = shown.matte_at
        drawn = np.zeros((SIZE[1], SIZE[0]))
        matte = shown.matte
        values = np.frombuffer(matte.constBits(), np.uint8).reshape(
            matte.height(), matte.width(), 4
        )[..., 3]
        drawn[y : y + matte.height(), x : x + matte.width()] = values / 150
        assert np.abs(drawn - alpha).max() < 0.05
        assert (
            np.abs(drawn - face_matte(drawn_mesh(28 + n / 2, 30), (0, 0, *SIZE))).max() > 0.1
        )  # 4 frames ago
    move.stop()


def near(image: QImage, point: QPointF, colour: str, reach: int = 3) -> bool:
    """Say whether a pixel of just this colour lies around a point."""
    wanted = QColor(colour)
    places = [
        (round(point.x()) + x, round(point.y()) + y)
        for x in range(-reach, reach + 1)
        for y in range(-reach, reach + 1)
    ]
    return any(
        max(
            abs(c.red() - wanted.red()),
            abs(c.green() - wanted.green()),
            abs(c.blue() - wanted.blue()),
        )
        < 12
        for c in (image.pixelColor(x, y) for x, y in places if image.rect().contains(x, y))
    )


def test_without_kept_faces_playing_looks_for_none_and_standing_does_it_in_the_background(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def look_at(plate: Path, frames: list[int]) -> list[Seen]:
        threads.append(threading.current_thread().name)
        return [Seen(frames[0], (Face((20, 20, 50, 50), drawn_mesh(35, 30)),))]

    monkeypatch.setattr("g4g_plugin.render.triage.look_at", look_at)
    select(window, "V1/1")
    move = window.viewer.transport
    move.play(1)
    move._timer.stop()
    window.actions_by_name["show_box"].trigger()
    for frame in (90_012, 90_020):
        show(window, frame)
    assert threads == []
    assert window.viewer.canvas.shown.seen is None
    window.actions_by_name["play"].trigger()
    until(lambda: window.viewer.canvas.shown.seen is not None)
    assert len(window.viewer.canvas.shown.seen.faces) == 1
    assert len(threads) == 1
    assert threads[0].startswith("g4g-frames")


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
    window.viewer._ask(FrameRequest(tmp_path / "gone.mov", 3, None, 0, "original"))
    until(lambda: window.viewer.canvas.message)
    assert "gone.mov" in window.viewer.canvas.message


def test_ruler_and_seen_clips() -> None:
    assert visible([0, 10, 20], [10, 20, 30], 10, 20) == range(1, 2)
    assert visible([0, 10, 20], [10, 20, 30], 9.5, 20.5) == range(3)
    assert ruler_step(TimeScale(0, 40), RATE) < 25
    assert ruler_step(fitted(0, 90_000, 1000), RATE) % 25 == 0
