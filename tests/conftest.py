"""Drawn truth for every room: plates, tones and timelines made on the spot, and a home of their
own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

DrawPlate = Callable[..., Path]
DrawTimeline = Callable[..., Path]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test out of the user's own settings and caches."""
    monkeypatch.setenv("G4G_HOME", str(tmp_path / "home"))


@pytest.fixture
def draw_plate(tmp_path: Path) -> DrawPlate:
    """Write a lossless movie; frame n is `picture(n)` (h, w, 3) uint8 RGB, default a moving ramp."""

    def draw(
        name: str = "plate.mov",
        count: int = 20,
        rate: Fraction = Fraction(25),
        timecode: str | None = "01:00:00:00",
        picture: Callable[[int], np.ndarray] | None = None,
        sound: bool = True,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as movie:
            stream = movie.add_stream(
                "libx264", rate=rate, options={"crf": "10", "preset": "ultrafast"}
            )
            first = picture(0) if picture else _ramp(0)
            stream.height, stream.width = first.shape[:2]
            stream.pix_fmt = "yuv420p"
            if timecode:
                stream.metadata["timecode"] = timecode
            voice = movie.add_stream("pcm_s16le", rate=48_000, layout="mono") if sound else None
            for n in range(count):
                frame = av.VideoFrame.from_ndarray(
                    picture(n) if picture else _ramp(n), format="rgb24"
                )
                frame.pts, frame.time_base = n, 1 / rate
                movie.mux(stream.encode(frame))
            movie.mux(stream.encode(None))
            if voice is not None:
                samples = _tone(440, float(count / rate), 48_000)
                heard = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
                heard.sample_rate, heard.pts = 48_000, 0
                movie.mux(voice.encode(heard))
                movie.mux(voice.encode(None))
        return path

    return draw


def _ramp(n: int) -> np.ndarray:
    x = (np.arange(192)[None, :] + 4 * n) % 256
    return np.repeat(np.broadcast_to(x, (144, 192))[..., None], 3, axis=2).astype(np.uint8)


def _tone(hertz: float, seconds: float, rate: int) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.int16
    )


@pytest.fixture
def draw_tone(tmp_path: Path) -> Callable[..., Path]:
    """Write a mono 48 kHz WAV with one tone."""

    def draw(name: str = "line.wav", seconds: float = 0.4, hertz: float = 300) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as sound:
            stream = sound.add_stream("pcm_s16le", rate=48_000, layout="mono")
            frame = av.AudioFrame.from_ndarray(
                _tone(hertz, seconds, 48_000)[None], format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = 48_000, 0
            sound.mux(stream.encode(frame))
            sound.mux(stream.encode(None))
        return path

    return draw


@pytest.fixture
def draw_timeline(tmp_path: Path) -> DrawTimeline:
    """Write an .otio of one video track; clips are (name, media, first, count, available first,
    available count).
    """

    def draw(
        clips: list[tuple[str, Path, int, int, int, int]],
        rate: Fraction = Fraction(25),
        name: str = "cut",
    ) -> Path:
        children = [_clip(*clip, float(rate)) for clip in clips]
        track = {
            "OTIO_SCHEMA": "Track.1",
            "name": "V1",
            "kind": "Video",
            "children": children,
            "metadata": {},
        }
        stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track], "metadata": {}}
        timeline = {"OTIO_SCHEMA": "Timeline.1", "name": name, "tracks": stack, "metadata": {}}
        path = tmp_path / f"{name}.otio"
        path.write_text(json.dumps(timeline, indent=4))
        return path

    return draw


def _clip(
    name: str, media: Path, first: int, count: int, start: int, length: int, rate: float
) -> dict[str, Any]:
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": str(media),
        "available_range": _range(start, length, rate),
        "metadata": {},
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": _range(first, count, rate),
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "metadata": {},
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _range(first: int, count: int, rate: float) -> dict[str, Any]:
    def time(value: int) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}

    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(first), "duration": time(count)}
