"""A cover that shows the person's own skin is none: faces drawn on a mesh that turns and is relit."""

import numpy as np
import pytest

from g4g_plugin.faces.own_skin import departures, without_own_skin

SIDE, COUNT = 64, 12
SPOT = np.s_[30:50, 20:44]


def faces(turn: float, light: float) -> tuple[np.ndarray, np.ndarray]:
    """Return frames (N, 64, 64, 3) of a face with red lips and a shaded chin, and its mesh points.

    It grows narrower by `turn` to the last frame; `light` is how far its brightness swings.
    """
    v, u = np.mgrid[6:58:14j, 6:58:14j]
    frames, points = [], []
    for i in range(COUNT):
        squeeze = 1 - turn * i / COUNT
        y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
        across = (x - 32) / squeeze + 32
        skin = np.stack([0.8 - 0.003 * y, 0.6 - 0.002 * across, np.full_like(x, 0.5)], -1)
        skin[(np.abs(y - 36) < 4) & (np.abs(across - 32) < 10)] = (0.65, 0.3, 0.3)
        frames.append(skin * (1 + light * np.sin(i)))
        points.append(np.stack([(u.ravel() - 32) * squeeze + 32, v.ravel()], 1))
    return np.array(frames, np.float32), np.array(points, np.float32)


def called_covered(rows: list[int]) -> np.ndarray:
    maps = np.zeros((COUNT, SIDE, SIDE), np.float32)
    for row in rows:
        maps[row][SPOT] = 0.9
    return maps


@pytest.mark.parametrize("turn", [0.0, 0.25])
@pytest.mark.parametrize("light", [0.0, 0.5])
def test_own_skin_is_no_cover_whatever_its_turn_and_light(turn: float, light: float) -> None:
    frames, points = faces(turn, light)
    assert not without_own_skin(called_covered([8, 9, 10]), frames, points, 0.3).any()


@pytest.mark.parametrize("colour", [(0.1, 0.1, 0.1), (0.8, 0.75, 0.7), (0.62, 0.42, 0.36)])
@pytest.mark.parametrize("light", [0.0, 0.5])
def test_what_lies_before_skin_stays_a_cover(colour: tuple[float, ...], light: float) -> None:
    frames, points = faces(0.1, light)
    maps = called_covered([8, 9, 10])
    for row in (8, 9, 10):
        frames[row][SPOT] = colour
    assert np.array_equal(without_own_skin(maps, frames, points, 0.3), maps)


def test_nothing_is_said_of_what_was_never_free_or_has_no_points() -> None:
    frames, points = faces(0.0, 0.0)
    always = called_covered(list(range(COUNT)))
    assert np.array_equal(without_own_skin(always, frames, points, 0.3), always)
    tiny = np.zeros_like(always)
    tiny[5, 31:34, 31:34] = 0.9
    assert np.array_equal(without_own_skin(tiny, frames, points, 0.3), tiny)


def test_a_departure_is_relative_to_the_usual_colour_and_free_of_light() -> None:
    colours = np.full((6, 20, 3), 0.5, np.float32)
    colours[3, 4] = 0.25
    colours *= np.array([1, 0.2, 0.6, 0.9, 1.1, 1.4], np.float32)[:, None, None]
    apart = departures(colours, np.ones((6, 20), bool))
    assert apart[3, 4] == pytest.approx(0.5)
    apart[3, 4] = 0
    assert np.abs(apart).max() < 1e-5
