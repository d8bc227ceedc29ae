"""Hard shots by kind: light that steps, heads at any tilt, close inserts, people who pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_faces import DrawnPlate, moved, similarity, where

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.progress import SILENT
from g4g_plugin.faces.appearance import describe, unwrap
from g4g_plugin.faces.cuts import find_cuts, thumbnail
from g4g_plugin.faces.follow import follow, follow_everyone, follow_people, followed

FRAMES = 36
SIZE = (640, 420)
DATA = Path(__file__).parents[3] / "shared" / "data"
needs_footage = pytest.mark.skipif(not DATA.is_dir(), reason="footage is not part of the project")


def swaying(face: np.ndarray, n: int, angle: float = 0.0) -> np.ndarray:
    return moved(face, similarity(angle, 1.2, 90 + 10 * np.sin(n / 5), 110), SIZE)


def lit(picture: np.ndarray, *gain: float) -> np.ndarray:
    return np.clip(picture * np.array(gain), 0, 255).astype(np.uint8)


def lamp(picture: np.ndarray) -> np.ndarray:
    """Light from one side."""
    falling = 0.15 + 0.85 / (1 + np.exp(-8 * (np.linspace(0, 1, SIZE[0]) - 0.45)))
    return np.clip(picture * falling[None, :, None], 0, 255).astype(np.uint8)


LIGHTS = {
    "on": lambda p, n: lit(p, 0.35, 0.35, 0.35) if n < 17 else p,
    "off": lambda p, n: lit(p, 0.2, 0.2, 0.25) if n > 21 else p,
    "disco": lambda p, n: lit(p, 1, 0.2, 0.15) if n // 4 % 2 else lit(p, 0.15, 0.25, 1),
    "strobe": lambda p, n: lit(p, 1, 0.1, 0.1) if n % 2 else lit(p, 0.1, 0.1, 1),
    "lamp": lambda p, n: lamp(p) if n >= 14 else lit(p, 0.2, 0.2, 0.2),
    "flash": lambda p, n: np.clip(p * 0.3 + 180, 0, 255).astype(np.uint8) if n == 20 else p,
}


@pytest.mark.parametrize("light", LIGHTS)
def test_light_is_neither_a_cut_nor_another_person(face, still, light):
    plate = DrawnPlate(lambda n: LIGHTS[light](swaying(face, n), n), FRAMES, light)
    thumbs = np.stack([thumbnail(plate.draw(n)) for n in range(FRAMES)])
    assert find_cuts(thumbs, 0).tolist() == []
    track = follow(plate, 0, FRAMES, None, SILENT, None, 0)
    assert track.frames.tolist() == list(range(FRAMES))


def test_a_white_frame_loses_that_frame_alone(face):
    def draw(n: int) -> np.ndarray:
        picture = swaying(face, n)
        return np.full_like(picture, 255) if n == 11 else picture

    track = follow(DrawnPlate(draw, FRAMES, "white"), 0, FRAMES, None, SILENT, None, 0)
    assert sorted(set(range(FRAMES)) - set(track.frames.tolist())) == [11]


@pytest.mark.parametrize("angle", [55, 90, 135, 180, -70, -120])
def test_a_tilted_head_is_followed(face, still, angle):
    plate = DrawnPlate(lambda n: swaying(face, n, angle), FRAMES, f"tilt{angle}")
    track = follow(plate, 0, FRAMES, None, SILENT, None, 0)
    assert len(track) >= 0.95 * FRAMES
    for n, mesh in zip(track.frames, track.mesh, strict=True):
        truth = where(still, similarity(angle, 1.2, 90 + 10 * np.sin(n / 5), 110))
        assert np.abs(mesh[:, :2] - truth).mean() < 2.5


def test_a_head_that_turns_over_is_followed(face):
    plate = DrawnPlate(lambda n: swaying(face, n, 5.0 * n), FRAMES, "over")
    assert len(follow(plate, 0, FRAMES, None, SILENT, None, 0)) >= 0.95 * FRAMES


def test_a_close_insert_is_the_same_person(face):
    """Frames 12 to 23 show her so close that the chin is out of the picture."""

    def draw(n: int) -> np.ndarray:
        if 12 <= n < 24:
            return moved(face, similarity(0, 3.4, 90, 210), SIZE)
        return swaying(face, n)

    track = follow(DrawnPlate(draw, FRAMES, "insert"), 0, FRAMES, None, SILENT, None, 0)
    assert len(track) == FRAMES


def test_light_and_tilt_leave_a_description_alone(face, still):
    one = unwrap(face, still)
    dim = unwrap(lit(face, 0.15, 0.2, 0.4), still)
    alike = describe(np.stack([one, dim]))
    assert alike[0] @ alike[1] > 0.8


def people(names: list[str], count: int) -> list[list[np.ndarray]]:
    av = pytest.importorskip("av")
    import cv2

    found = []
    for name in names:
        with av.open(str(DATA / name)) as movie:
            frames = [
                f.to_ndarray(format="rgb24")
                for _, f in zip(range(count), movie.decode(video=0), strict=False)
            ]
        high = min(frames[0].shape[:2])
        found.append([cv2.resize(f[:high, :high], (300, 300)) for f in frames])
    return found


CAST = ["interviews/person-101/0001.mp4", "interviews/person-104/0001.mp4"]


def crossing(left: list[np.ndarray], right: list[np.ndarray], front: int):
    """Two pictures change places between frames 8 and 28; `front` (0: from the left) hides the
    other.
    """

    def draw(n: int) -> np.ndarray:
        picture = np.full((320, 960, 3), 110, np.uint8)
        t = np.clip((n - 8) / 20, 0, 1)
        places = [(round(20 + 620 * t), left[n]), (round(640 - 620 * t), right[n])]
        for x, frame in places if front else places[::-1]:  # the last one lies in front
            picture[10:310, x : x + 300] = frame
        return picture

    return draw


@needs_footage
@pytest.mark.parametrize("front", [0, 1])
@pytest.mark.parametrize("chosen", [0, 1])
def test_people_who_cross_stay_who_they_are(front, chosen):
    left, right = people(CAST, FRAMES)
    plate = DrawnPlate(crossing(left, right, front), FRAMES, f"cross{front}")
    choice = FaceChoice(170 if chosen == 0 else 790, 170, 0)
    mine = followed(plate, 0, FRAMES, choice, SILENT, None, 0)
    x = mine.track.mesh[:, :, 0].mean(1)
    frames = mine.track.frames
    assert {0, 1, 2, 33, 34, 35} <= set(frames.tolist())
    assert (x[frames < 8] < 480).all() == (chosen == 0)
    assert (x[frames > 28] > 480).all() == (chosen == 0)
    assert (len(frames) == FRAMES) == (chosen == front)  # the other one is hidden for a while


@needs_footage
def test_several_people_in_one_look():
    left, right = people(CAST, FRAMES)
    plate = DrawnPlate(crossing(left, right, 0), FRAMES, "both")
    choices = [FaceChoice(790, 170, 0), FaceChoice(170, 170, 0)]
    two = follow_people(plate, 0, FRAMES, choices, SILENT, None, 0)
    assert len(plate.decoded) == FRAMES
    alone = [followed(plate, 0, FRAMES, c, SILENT, None, 0) for c in choices]
    for one, other in zip(two, alone, strict=True):
        assert np.array_equal(one.track.mesh, other.track.mesh)
    same = [FaceChoice(170, 170, 0), FaceChoice(790, 170, 35)]
    with pytest.raises(FaceError, match="one person"):
        follow_people(plate, 0, FRAMES, same, SILENT, None, 0)


@needs_footage
@pytest.mark.parametrize("hung", CAST)
def test_a_photo_on_the_wall_does_not_speak(hung):
    other = CAST[1 - CAST.index(hung)]
    (photo,), (alive,) = people([hung], 1), people([other], FRAMES)

    def draw(n: int) -> np.ndarray:
        import cv2

        picture = np.full((420, 800, 3), 110, np.uint8)
        picture[:, :420] = cv2.resize(photo[0], (420, 420))
        picture[200:400, 540:740] = cv2.resize(alive[n], (200, 200))
        return picture

    plate = DrawnPlate(draw, FRAMES, "photo")
    track = follow(plate, 0, FRAMES, None, SILENT, None, 0)
    assert (track.mesh[:, :, 0].mean(1) > 420).all()
    everyone = follow_everyone(plate, 0, FRAMES, SILENT, None)
    assert [person.moves for person in everyone] == [False, True]
