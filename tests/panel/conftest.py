"""A window on a timeline of drawn plates: each frame says its own number and its file's in bars of
black and white.
"""

from __future__ import annotations

import json
import os
import time
import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QLocale, Qt, QTranslator
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from g4g_plugin.core.shot import Dub
from g4g_plugin.panel.i18n.language import speak
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.widgets.style import apply_theme

BITS = 8
CELL = 16  # pixels of one bit
SIZE = (BITS * CELL, 64)  # upper half: frame number; lower half: file number
RATE = Fraction(25)


def bars(frame: int, file: int) -> np.ndarray:
    """Draw both numbers, most significant bit at the left."""
    gray = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for bit in range(BITS):
        columns = slice(bit * CELL, (bit + 1) * CELL)
        gray[:32, columns] = 235 if frame >> (BITS - 1 - bit) & 1 else 16
        gray[32:, columns] = 235 if file >> (BITS - 1 - bit) & 1 else 16
    return gray


def read_bars(image: QImage, row: int, left: int = 0, right: int = SIZE[0]) -> int:
    """Read the number in the bars between two columns of an image, at a row."""
    value = 0
    for bit in range(BITS):
        x = bit * CELL + CELL // 2
        if left <= x < right:
            value |= (image.pixelColor(x, row).red() > 128) << (BITS - 1 - bit)
    return value


def write_plate(
    path: Path, count: int, file: int, start: str = "01:00:00:00", variable: bool = False
) -> Path:
    """Write a bit-coded FFV1 plate; a variable one holds every third picture twice as long."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, 1000) if variable else 1 / RATE
        movie.metadata["timecode"] = start
        pts = 0
        for n in range(count):
            frame = av.VideoFrame.from_ndarray(bars(n, file), "gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = pts, stream.time_base
            pts += (80 if n % 3 else 40) if variable else 1
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
    return path


def write_line(path: Path, seconds: float, rate: int = 16_000) -> Path:
    """Write a tone as WAV."""
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * rate)) / rate)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    return path


def _time(value: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": float(value)}


def _range(first: float, count: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": _time(first), "duration": _time(count)}


def otio_clip(
    name: str, media: Path, first: int, count: int, available: tuple[int, int]
) -> dict[str, Any]:
    """Write a clip of `count` frames from `first`, plate time."""
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": name,
        "source_range": _range(first, count),
        "effects": [],
        "markers": [],
        "enabled": True,
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {
            "DEFAULT_MEDIA": {
                "OTIO_SCHEMA": "ExternalReference.1",
                "metadata": {},
                "name": "",
                "available_range": _range(*available),
                "available_image_bounds": None,
                "target_url": str(media),
            }
        },
    }


def write_timeline(path: Path, clips: list[dict[str, Any]], markers: tuple[int, ...] = ()) -> Path:
    """Write clips on one video track, from 01:00:00:00."""
    kind = {"OTIO_SCHEMA": "Marker.2", "color": "GREEN", "comment": "", "metadata": {}}
    marks = [{**kind, "name": f"mark {at}", "marked_range": _range(at, 1)} for at in markers]
    track = {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": "V1",
        "kind": "Video",
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": clips,
    }
    stack = {
        "OTIO_SCHEMA": "Stack.1",
        "metadata": {},
        "name": "tracks",
        "source_range": None,
        "effects": [],
        "markers": marks,
        "enabled": True,
        "children": [track],
    }
    value = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": path.stem,
        "global_start_time": _time(90_000),
    }
    value["tracks"] = stack
    path.write_text(json.dumps(value), "utf-8")
    return path


def until(happened: Callable[[], object], seconds: float = 60) -> None:
    """Let the window live until something has happened. An event loop lets the threads run;
    QTest.qWait does not.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: object) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("G4G_HOME", str(folder))
    return folder


@pytest.fixture
def timeline(tmp_path: Path) -> Path:
    """Clips of 24 frames from the middle of plates of 40, whose media begin at 01:00:00:00; the
    third has no media.
    """
    return make_timeline(tmp_path)


def make_timeline(tmp_path: Path) -> Path:
    """Write plates and the timeline over them."""
    plates = [write_plate(tmp_path / f"plate{n}.mkv", 40, n) for n in (1, 2)]
    clips = [
        otio_clip(f"shot {n}", plate, 90_008, 24, (90_000, 40)) for n, plate in enumerate(plates, 1)
    ]
    clips.append(otio_clip("lost", tmp_path / "nowhere.mov", 90_000, 24, (90_000, 40)))
    clips.append(otio_clip("shot 4", plates[0], 90_000, 24, (90_000, 40)))
    return write_timeline(tmp_path / "edit.otio", clips, markers=(5,))


@pytest.fixture
def line(tmp_path: Path) -> Path:
    return write_line(tmp_path / "line.wav", 24 / 25)


@pytest.fixture
def faceless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests that are not about faces the search for them: no plate here holds one."""
    from g4g_plugin.render import dub

    monkeypatch.setattr(
        dub, "find_face", lambda *_: dub.ShotFace(dub._nobody(), dub._nobody(), None, {})
    )


@pytest.fixture
def window(qtbot: Any, timeline: Path) -> Iterator[Window]:
    made = open_window(timeline)
    yield made
    shut(made)


@pytest.fixture
def german(qtbot: Any) -> Iterator[list[QTranslator]]:
    """The app speaks German; returns the translators."""
    app = QApplication.instance()
    assert app is not None
    before = QLocale()
    installed = speak(app, "de")
    yield installed
    for translator in installed:
        app.removeTranslator(translator)
    QLocale.setDefault(before)


@pytest.fixture
def deutsch(german: list[QTranslator], tmp_path: Path) -> Iterator[Window]:
    """A German window."""
    made = open_window(make_timeline(tmp_path))
    yield made
    shut(made)


def open_window(timeline: Path | None) -> Window:
    """Open the panel as `g4g panel` does, with the copy engine."""
    made = Window()
    made.document.set_preferences(checked=True)
    made.document.settings = made.document.settings.with_shot(engine="copy", codec="ffv1")
    apply_theme(
        QApplication.instance(), "dark"
    )  # bare widgets are narrower: what fits would hang on which test ran before
    made.show()
    # Qt keeps the modifiers of the last event: a Shift of the test before would widen selections.
    QTest.keyRelease(made, Qt.Key.Key_Shift)
    made.begin(timeline)
    until(lambda: made.document.edit is not None and made.document.queue.worker is not None)
    return made


def shut(window: Window) -> None:
    """Close without being asked."""
    window._may_stop = lambda: True  # type: ignore[method-assign]
    window.close()
    until(lambda: window._ended)
    window.deleteLater()


def deliver_dub(window: Window, dub: Dub) -> None:
    """Deliver a dub into the open project, as the queue does with one that it has finished."""
    before = len(window.document.versions(dub.shot.clip))
    window.document.service.take_over([dub])
    window.document.write_project()
    until(lambda: len(window.document.versions(dub.shot.clip)) > before)


# With the keyboard


def held() -> QWidget:
    """Return what has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None, "nothing has the keyboard"
    return widget


def press(key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the keyboard is."""
    QTest.keyClick(held(), key, keys)


@pytest.fixture
def active(window: Window) -> Window:
    window.resize(1280, 720)
    window.activateWindow()
    until(lambda: QApplication.activeWindow() is window and window.width() == 1280)
    return window
