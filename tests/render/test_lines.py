"""Several lines in one shot, each at its place: in the sound, in the mouth, in the figures."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, Take
from g4g_plugin.core.direction import Direction, anyway
from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineOptions, EngineSpec
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.dub import dub_shot
from g4g_plugin.render.lines import said

RATE, COUNT = Fraction(25), 60
LEFT, RIGHT = FaceChoice(150, 100, 0), FaceChoice(450, 100, 0)
CLICK = 480  # samples at 48 kHz


class Marking:
    """An engine that writes into the face's place what it hears at each frame: a grey patch where
    the take sounds.
    """

    spec = EngineSpec("marking", 48_000, batch=1, run_up=0, needs_face=True)

    def dub(self, crops: Crops, take: np.ndarray) -> Iterator[Patch]:
        """Yield a darker face where the frame's sound is loud, the plate's own elsewhere."""
        for crop in crops:
            first = round((crop.frame - crops.start) / crops.rate * 48_000)
            heard = take[max(first, 0) : max(first + 1920, 0)]
            loud = len(heard) > 0 and np.abs(heard).max() > 0.1
            strength = float(crops.direction.strength(1.0)[_row(crops, crop.frame)])
            pixels = crop.pixels * np.float32(0.8) if loud and strength else crop.pixels
            matte = np.ones(crop.pixels.shape[:2], np.float32)
            at = np.array([[1, 0, crop.origin[0]], [0, 1, crop.origin[1]]], np.float32)
            yield Patch(crop.frame, pixels, matte, at)

    def close(self) -> None:
        """Hold nothing."""


def _row(crops: Crops, frame: int) -> int:
    return int(np.searchsorted(crops.track.frames, frame))


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two faces beside each other."""
    path = tmp_path_factory.mktemp("plate") / "two.mkv"
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=RATE, options={"g": "1"})
        stream.width, stream.height, stream.pix_fmt = 600, 260, "yuv444p"
        for n in range(COUNT):
            halves = [
                cv2.warpAffine(
                    astronaut(), np.array([[1.4, 0, -170 + 0.1 * n], [0, 1.4, -30]]), (300, 260)
                )
                for _ in range(2)
            ]
            frame = av.VideoFrame.from_ndarray(np.concatenate(halves, axis=1))
            frame.pts = n
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
    return path


@pytest.fixture
def click(tmp_path: Path) -> Callable[..., Line]:
    def draw(name: str, seconds: float, at: int = 0, face: FaceChoice | None = None) -> Line:
        """Write a take with a click of 10 ms as its first sound, after half a frame."""
        path = tmp_path / f"{name}.wav"
        samples = np.zeros(round(seconds * 48_000))
        samples[960 : 960 + CLICK] = 20_000
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(samples.astype("<i2").tobytes())
        return Line(Take(path), face, at)

    return draw


def shot_of(plate: Path, *lines: Line, **more: object) -> Shot:
    span = FrameRange(0, COUNT, RATE)
    return Shot("two", "V1/1", span, plate, span, span, lines, fit="trim", **more)  # type: ignore[arg-type]


def dubbed(shot: Shot, out: Path) -> Dub:
    out.mkdir()
    seen = shot.plate.parent / "seen"  # the faces are looked at once for all tests
    return dub_shot(shot, Marking(), out, "ffv1", cache=seen)


def changed(plate: Path, dub: Dub) -> dict[str, list[int]]:
    """Return in which frames each half of the picture differs from the plate."""
    halves: dict[str, list[int]] = {"left": [], "right": []}
    with open_plate(plate) as before, open_plate(dub.media) as after:
        for a, b in zip(before.read(0, COUNT), after.read(0, COUNT), strict=True):
            off = np.abs(a.planes[0].astype(int) - b.planes[0]) > 8
            for name, half in (("left", off[:, :300]), ("right", off[:, 300:])):
                if half.any():
                    halves[name].append(a.index)
    return halves


def clicks(dub: Dub, stream: int) -> list[int]:
    """Return the frames in which a stream of the delivered sound clicks."""
    with av.open(str(dub.media)) as movie:
        parts = [f.to_ndarray().ravel() for f in movie.decode(movie.streams.audio[stream])]
    loud = np.flatnonzero(np.abs(np.concatenate(parts).astype(np.float64)) > 2**29)
    return sorted({int(sample // 1920) for sample in loud})


@pytest.mark.parametrize("at", [1, 20, 59])
def test_a_placed_line_is_heard_and_seen_at_its_frame(plate, click, tmp_path, at: int) -> None:
    dub = dubbed(shot_of(plate, click("a", 1.0, at, LEFT)), tmp_path / "out")
    assert clicks(dub, -1) == [at]
    assert changed(plate, dub) == {"left": [at], "right": []}
    assert dub.frames_kept + dub.frames_dubbed == COUNT


def test_a_line_that_began_before_the_cut(plate, click, tmp_path) -> None:
    """Its click, in the first frame of the take, lies before the shot; a second one is heard."""
    line = click("a", 2.0, -10, LEFT)
    with wave.open(str(line.take.audio), "rb") as file:
        samples = np.frombuffer(file.readframes(10**6), "<i2").copy()
    samples[14 * 1920 + 960 : 14 * 1920 + 960 + CLICK] = 20_000
    with wave.open(str(line.take.audio), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    dub = dubbed(shot_of(plate, line), tmp_path / "out")
    assert clicks(dub, -1) == [4]
    assert changed(plate, dub)["left"] == [4]


@pytest.mark.parametrize("at", [60, -26])
def test_a_line_outside_the_shot_is_refused(plate, click, at: int) -> None:
    shot = shot_of(plate, click("a", 1.0, at, LEFT))
    with pytest.raises(TakeError, match=r"line (begins after|ends before)") as told:
        said(shot, [0], 48_000)
    assert "another frame of the shot" in told.value.hint


def test_lip_offset_moves_the_lips_alone(plate, click, tmp_path) -> None:
    shot = shot_of(plate, click("a", 1.0, 20, LEFT), lip_offset=3)
    dub = dubbed(shot, tmp_path / "out")
    assert clicks(dub, -1) == [20]
    assert changed(plate, dub)["left"] == [23]


def test_two_people_say_their_own_lines(plate, click, tmp_path) -> None:
    shot = shot_of(plate, click("a", 1.0, 10, LEFT), click("b", 1.0, 30, RIGHT))
    dub = dubbed(shot, tmp_path / "out")
    assert changed(plate, dub) == {"left": [10], "right": [30]}
    assert [clicks(dub, stream) for stream in range(3)] == [[10], [30], [10, 30]]
    assert len(dub.lines) == 2
    assert all(set(line.unjudged) | {key[-6:] for key in line.sync} for line in dub.lines)


def test_a_later_line_of_the_same_mouth_stands_over_the_earlier(plate, click, tmp_path) -> None:
    near = replace(LEFT, x=LEFT.x + 5)
    first, second = click("a", 1.0, 10, LEFT), click("b", 1.0, 5, near)
    dub = dubbed(shot_of(plate, first, second), tmp_path / "out")
    assert changed(plate, dub) == {"left": [5], "right": []}
    assert clicks(dub, -1) == [5]
    apart = dubbed(shot_of(plate, first, replace(second, at=40)), tmp_path / "apart")
    assert changed(plate, apart) == {"left": [10, 40], "right": []}


def test_ranges_keep_and_shut(plate, click, tmp_path) -> None:
    lines = [click(f"l{n}", 0.5, at, LEFT) for n, at in enumerate((5, 20, 35, 50))]
    ranges = (RangeSetting(18, 25, "keep"), RangeSetting(33, 40, "shut"))
    shot = shot_of(plate, *lines, ranges=ranges)
    dub = dubbed(shot, tmp_path / "out")
    assert changed(plate, dub)["left"] == [5, 50]
    assert ("asked", 18, 8) in {(k.reason, k.frames.first, k.frames.count) for k in dub.kept}


def test_direction_fades_over_its_ramp() -> None:
    frames = np.arange(20)
    asked = Direction.of([RangeSetting(8, 10, "shut", ramp=3)], frames).strength(1.2)
    assert np.allclose(asked[[4, 5, 6, 7]], 1.2 * np.array([1, 0.75, 0.5, 0.25]))
    assert not asked[8:11].any()
    later = Direction.of([RangeSetting(0, 19, "keep"), RangeSetting(5, 6, strength=2.0)], frames)
    assert later.own.tolist() == [1] * 5 + [0, 0] + [1] * 13
    assert np.allclose(later.strength(1.0)[5:7], 2.0)


def test_anyway_moves_the_mouth_as_in_the_rest_of_the_shot() -> None:
    frames = np.arange(20)
    ranges = [RangeSetting(0, 12, "keep"), RangeSetting(8, 15, "anyway")]
    asked = Direction.of(ranges, frames)
    assert asked.own.tolist() == [1] * 8 + [0] * 12
    assert np.allclose(asked.strength(1.3), 1.3)
    assert np.flatnonzero(anyway(ranges, frames)).tolist() == list(range(8, 16))


def test_shut_and_keep_in_the_g4g_engine(plate, tmp_path, draw_tone) -> None:
    """Frames to be kept are the plate's, bit for bit, whatever the frames before them do."""
    line = Line(Take(draw_tone(seconds=COUNT / 25, hertz=180)), LEFT)
    ranges = (RangeSetting(0, 29, "shut"), RangeSetting(30, 59, "keep", ramp=4))
    engine = open_engine("g4g", EngineOptions(renderer="native", device="cpu", threads=1))
    (tmp_path / "out").mkdir()
    shot = shot_of(plate, line, ranges=ranges)
    dub = dub_shot(shot, engine, tmp_path / "out", "ffv1", cache=plate.parent / "seen")
    engine.close()
    with open_plate(plate) as before, open_plate(dub.media) as after:
        for a, b in zip(before.read(30, 30), after.read(30, 30), strict=True):
            assert all(np.array_equal(x, y) for x, y in zip(a.planes, b.planes, strict=True))
