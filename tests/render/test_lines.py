"""Several lines in one shot, each at its place: in the sound, in the mouth, in the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clicking import (
    COUNT,
    LEFT,
    RATE,
    RIGHT,
    Marking,
    changed,
    clicks,
    write_clicks,
    write_plate,
)

from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, Take
from g4g_plugin.core.direction import Direction, anyway
from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.dub import dub_shot
from g4g_plugin.render.lines import said


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plate(tmp_path_factory.mktemp("plate") / "two.mkv")


@pytest.fixture
def click(tmp_path: Path) -> Callable[..., Line]:
    """Write a take that clicks in its first frame."""

    def draw(name: str, seconds: float, at: int = 0, face: FaceChoice | None = None) -> Line:
        return Line(Take(write_clicks(tmp_path / f"{name}.wav", seconds, 0)), face, at)

    return draw


def shot_of(plate: Path, *lines: Line, **more: object) -> Shot:
    span = FrameRange(0, COUNT, RATE)
    return Shot("two", "V1/1", span, plate, span, span, lines, fit="trim", **more)  # type: ignore[arg-type]


def dubbed(shot: Shot, out: Path) -> Dub:
    out.mkdir()
    seen = shot.plate.parent / "seen"  # the faces are looked at once for all tests
    return dub_shot(shot, Marking(), out, "ffv1", cache=seen)


@pytest.mark.parametrize("at", [1, 20, 59])
def test_a_placed_line_is_heard_and_seen_at_its_frame(plate, click, tmp_path, at: int) -> None:
    dub = dubbed(shot_of(plate, click("a", 1.0, at, LEFT)), tmp_path / "out")
    assert clicks(dub, -1) == [at]
    assert changed(plate, dub) == {"left": [at], "right": []}
    assert dub.frames_kept + dub.frames_dubbed == COUNT


def test_a_line_that_began_before_the_cut(plate, tmp_path) -> None:
    """Its click, in the first frame of the take, lies before the shot; a second one is heard."""
    line = Line(Take(write_clicks(tmp_path / "a.wav", 2.0, 0, 14)), LEFT, -10)
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
    near = LEFT._replace(x=LEFT.x + 5)
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
