"""What the strip draws: waveforms against drawn tones, the ruler against OTIO's timecodes, markers,
states.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import pytest
from conftest import make_timeline, open_window, shut, until
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip

from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.strip import painting as draw
from g4g_plugin.panel.strip import strip
from g4g_plugin.panel.strip.painting import TEXT_HEIGHT, ClipAppearance, draw_clip
from g4g_plugin.panel.strip.strip_view import HEAD_WIDTH, RULER_HEIGHT
from g4g_plugin.panel.strip.time_scale import TimeScale, fitted, label_frames
from g4g_plugin.panel.widgets.style import MARKER_COLOURS, STATES, palette
from g4g_plugin.panel.widgets.waveform import WAVE_COLOUR
from g4g_plugin.project.clip_state import clip_state
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.job_store import JobRow
from g4g_plugin.project.markers import markers
from g4g_plugin.project.project import Project
from g4g_plugin.timeline.read import open_timeline

NTSC = Fraction(30000, 1001)
GOLDEN = Path(__file__).parent.parent / "golden" / "timelines"


def write_steps(path: Path, loudness: list[float], seconds: float) -> Path:
    """Write a tone that is as loud as each of `loudness` in turn, mono 16 kHz."""
    count = round(seconds * 16_000 / len(loudness))
    tone = np.concatenate([value * np.sin(np.arange(count)) for value in loudness])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    return path


def wave_height(image: QImage, x: int, top: int, bottom: int) -> int:
    """Count the pixels of the waveform's colour in a column."""
    near = lambda colour: all(  # noqa: E731
        abs(one - other) < 24
        for one, other in zip(colour.getRgb(), WAVE_COLOUR.getRgb(), strict=True)
    )
    return sum(near(image.pixelColor(x, y)) for y in range(top, bottom))


def has_colour(image: QImage, colour: str, around: QPoint, reach: int = 3) -> bool:
    wanted = QColor(colour)
    return any(
        image.pixelColor(around.x() + x, around.y() + y) == wanted
        for x in range(-reach, reach + 1)
        for y in range(-reach, reach + 1)
    )


# --- waveforms
# ---------------------------------------------------------------------------------------------------


def test_a_take_is_drawn_as_loud_as_it_is_where_it_is(window: Window, tmp_path: Path) -> None:
    line = write_steps(tmp_path / "steps.wav", [0.0, 0.9, 0.45], 24 / 25)
    window.document.assign({"V1/3": None, "V1/2": Decisions((Line(Take(line)),))}, "give")
    until(lambda: window.pictures.peaks(Take(line)) is not None)
    image = window.strip.viewport().grab().toImage()
    rect = window.strip.rect_of("V1/2")
    heights = [
        wave_height(image, rect.left() + round(rect.width() * part), rect.top(), rect.bottom())
        for part in (1 / 6, 3 / 6, 5 / 6)
    ]
    half = rect.height() / 2
    assert heights[0] <= 2  # silence
    assert heights[1] > 0.7 * half
    assert heights[2] == pytest.approx(heights[1] / 2, abs=3)
    plain = window.strip.rect_of("V1/1")
    assert wave_height(image, plain.center().x(), plain.top(), plain.bottom()) == 0


def test_a_take_half_as_long_ends_in_the_middle_of_its_clip(window: Window, tmp_path: Path) -> None:
    line = write_steps(tmp_path / "short.wav", [0.9], 12 / 25)
    window.document.assign({"V1/2": Decisions((Line(Take(line)),))}, "give")
    until(lambda: window.pictures.peaks(Take(line)) is not None)
    image, rect = window.strip.viewport().grab().toImage(), window.strip.rect_of("V1/2")
    first, last = (rect.left() + round(rect.width() * part) for part in (0.4, 0.6))
    assert wave_height(image, first, rect.top(), rect.bottom()) > 10
    assert wave_height(image, last, rect.top(), rect.bottom()) == 0


# --- ruler
# -------------------------------------------------------------------------------------------------------


def otio_timecode(frame: int) -> str:
    """Ask OTIO for the drop-frame timecode of a frame at 29.97."""
    rate = 30000 / 1001
    return otio.opentime.to_timecode(otio.opentime.RationalTime(frame, rate), rate, True)


@pytest.mark.parametrize("minute", [0, 1, 2, 9, 10, 11, 59, 60, 61])
def test_ruler_says_drop_frame_as_otio_does_at_each_minute_border(minute: int) -> None:
    border = round(minute * 60 * NTSC)
    close = TimeScale(max(border - 6, 0), 120.0)  # one frame a label
    found = list(label_frames(close, 12 * 120, NTSC, True))
    assert len(found) >= 12
    assert found == [(frame, otio_timecode(frame)) for frame, _ in found]
    frames = [frame for frame, _ in found]
    assert frames == list(
        range(frames[0], frames[0] + len(frames))
    )  # none is left out, none is there twice


def test_ruler_marks_stand_at_round_drop_frame_timecodes() -> None:
    span = round(30 * 60 * NTSC)
    found = list(label_frames(fitted(0, span, 900), 900, NTSC, True))  # some minutes a mark
    assert found == [(frame, otio_timecode(frame)) for frame, _ in found]
    assert all(text.endswith((":00;00", ":00;02")) for _, text in found)
    assert {text for _, text in found} >= {"00:10:00;00", "00:05:00;02"}
    plain = list(label_frames(fitted(0, span, 900), 900, NTSC, False))
    assert all(text.endswith(":00:00") for _, text in plain)


@pytest.fixture
def drop_window(qtbot: Any, tmp_path: Path) -> Iterator[Window]:
    """A window on a timeline of 29.97 drop-frame media that begin at 00:59:59;20."""
    first, rate = 107_882, 30000 / 1001
    path = make_timeline(tmp_path)
    value = json.loads(path.read_text("utf-8"))
    value["global_start_time"] |= {"rate": rate, "value": float(first)}
    for clip in value["tracks"]["children"][0]["children"]:
        for range_ in (
            clip["source_range"],
            clip["media_references"]["DEFAULT_MEDIA"]["available_range"],
        ):
            for time in (range_["start_time"], range_["duration"]):
                time["rate"] = rate
            range_["start_time"]["value"] = float(first)
        clip["media_references"]["DEFAULT_MEDIA"]["metadata"] = {"timecode": "00:59:59;20"}
    path.write_text(json.dumps(value), "utf-8")
    made = open_window(path)
    yield made
    shut(made)


def test_strip_draws_the_ruler_in_drop_frame(
    drop_window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[int, str]] = []

    def spy(*args: Any) -> Iterator[tuple[int, str]]:
        for label in label_frames(*args):
            drawn.append(label)
            yield label

    monkeypatch.setattr(draw, "label_frames", spy)
    drop_window.strip.zoom(100)
    drop_window.strip.viewport().grab()
    assert drawn
    assert drawn == [(frame, otio_timecode(frame)) for frame, _ in drawn]
    assert any(text.startswith("01:00:00;") or text.startswith("00:59:59;") for _, text in drawn)


# --- markers
# -----------------------------------------------------------------------------------------------------


@pytest.fixture
def marked(qtbot: Any, tmp_path: Path) -> Iterator[Window]:
    """A window whose second clip has markers on its 12th frame, in red, and on a frame that it does
    not show.
    """
    path = make_timeline(tmp_path)
    value = json.loads(path.read_text("utf-8"))
    clip = value["tracks"]["children"][0]["children"][1]
    time = lambda frame: {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": float(frame)}  # noqa: E731
    clip["markers"] = [
        {
            "OTIO_SCHEMA": "Marker.3",
            "name": name,
            "comment": note,
            "metadata": {},
            "color": {"name": "Red"},
            "marked_range": {
                "OTIO_SCHEMA": "TimeRange.1",
                "start_time": time(frame),
                "duration": time(1),
            },
        }
        for name, note, frame in (("breath", "too loud", 90_008 + 12), ("not seen", "", 90_002))
    ]
    path.write_text(json.dumps(value), "utf-8")
    made = open_window(path)
    yield made
    shut(made)


def hover(widget: Any, at: QPoint) -> None:
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    widget.mouseMoveEvent(event)


def test_clip_markers_are_drawn_at_their_frame_and_named_under_the_mouse(marked: Window) -> None:
    view = marked.strip
    rect = view.rect_of("V1/2")
    x = HEAD_WIDTH + round(view.scale.x(90_000 + 24 + 12))
    at = QPoint(x, rect.top() + TEXT_HEIGHT + 4)
    image = view.viewport().grab().toImage()
    assert has_colour(image, MARKER_COLOURS["RED"], at)
    for other in (at + QPoint(40, 0), at - QPoint(40, 0), QPoint(rect.left() + 6, at.y())):
        assert not has_colour(image, MARKER_COLOURS["RED"], other)
    assert [mark.name for mark in view.marks_at(at)] == ["breath: too loud"]
    hover(view, at)
    assert "breath: too loud" in QToolTip.text()
    assert "01:00:01:11" in QToolTip.text()
    hover(view, at + QPoint(40, 0))
    assert "breath" not in QToolTip.text()
    assert "shot 2" in QToolTip.text()


def test_timeline_markers_stay_on_the_ruler(marked: Window) -> None:
    view = marked.strip
    at = QPoint(HEAD_WIDTH + round(view.scale.x(90_005)), RULER_HEIGHT - 6)
    assert has_colour(view.viewport().grab().toImage(), MARKER_COLOURS["GREEN"], at)
    assert [mark.name for mark in view.marks_at(at)] == ["mark 5"]
    hover(view, at)
    assert "mark 5" in QToolTip.text()


def test_clip_markers_of_other_programs_are_placed_in_media_time() -> None:
    found = {}
    for name in ("resolve", "premiere"):
        edit = open_timeline(GOLDEN / f"{name}.otio")
        for mark in markers(edit):
            if mark.clip:
                slot = edit.slot(mark.clip)
                found[name] = (mark.frame - slot.record.first, mark.colour)
    # Resolve: 86450 in a clip that shows 86448 on; Premiere: 107910 in one from 107892 on
    assert found == {"resolve": (2, "GREEN"), "premiere": (18, "GREEN")}


# --- states
# ------------------------------------------------------------------------------------------------------


def test_every_state_has_its_own_colour_and_sign() -> None:
    assert len({colour for colour, _, _ in STATES.values()}) == len(STATES)
    assert len({sign for _, sign, _ in STATES.values()}) == len(STATES)
    images = {}
    for state, (colour, _, _) in STATES.items():
        image = QImage(160, 60, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        draw_clip(
            painter,
            QRectF(0, 0, 160, 60),
            ClipAppearance("shot", state, share=0.5),
            palette("dark"),
            160,
        )
        painter.end()
        assert image.pixelColor(150, 30) == QColor(colour), state
        signs = image.copy(0, 0, 160, TEXT_HEIGHT + 2)
        images[state] = [
            [signs.pixelColor(x, y).lightness() > 200 for x in range(40)]
            for y in range(TEXT_HEIGHT + 2)
        ]
    assert len({str(rows) for rows in images.values()}) == len(
        STATES
    )  # told apart without colour too


def test_a_take_changed_after_the_dub_is_stale_and_says_so(
    window: Window, line: Path, faceless: None
) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    window.document.dub(["V1/1"])
    until(lambda: window.document.state("V1/1") in ("done", "failed"))
    assert window.document.state("V1/1") == "done", window.document.problem("V1/1")
    window.document.select(["V1/1"])
    window.document.change_take(
        "cut", take=replace(window.document.decisions("V1/1").take, start=Fraction(1, 10))
    )
    assert window.document.state("V1/1") == "stale"
    assert "the take has changed" in window.strip.tip("V1/1")
    rect = window.strip.rect_of("V1/1")
    image = window.strip.viewport().grab().toImage()
    assert image.pixelColor(rect.right() - 4, rect.top() + 6) == QColor(STATES["stale"][0])
    window.document.undo.undo()
    assert window.document.state("V1/1") == "done"


def test_failed_and_blocked_clips_say_why_in_the_tooltip(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    window.document.refused["V1/1"] = ("The disk is full.", "Free some space.")
    tip = window.strip.tip("V1/1")
    assert "failed" in tip
    assert "The disk is full. Free some space." in tip
    assert "cannot be dubbed" in window.strip.tip("V1/3")
    assert "nowhere.mov" in window.strip.tip("V1/3")


def test_state_of_queued_and_running(window: Window) -> None:
    slot = window.document.slots["V1/1"]
    project = Project(Path("a.otio"), Path("out"))
    row = JobRow.__new__(JobRow)
    for state in ("queued", "running"):
        object.__setattr__(row, "state", state)
        assert clip_state(slot, project, row) == state
    assert strip.state_text("queued") != strip.state_text("running")
