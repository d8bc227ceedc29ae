"""A person is told whatever the light, the angle, and who passes before: on the drawn plate."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_faces import DrawnPlate, moved, similarity, where

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.progress import SILENT
from g4g_plugin.faces.follow import follow, follow_people, followed

SIZE = (480, 360)


def lit(picture: np.ndarray, gain: tuple[float, float, float] | float, veil: float = 0):
    return np.clip(picture * np.float64(gain) + veil, 0, 255).astype(np.uint8)


LIGHTS = {
    "goes on": lambda n: (0.25 if n < 20 else 1.0, 0),
    "goes out": lambda n: (1.0 if n < 13 else 0.3, 0),
    "red and blue": lambda n: ((1.1, 0.45, 0.5) if n // 6 % 2 else (0.45, 0.5, 1.1), 0),
    "one flash": lambda n: (1.5 if n == 17 else 0.7, 60 if n == 17 else 0),
    "two flashes": lambda n: (1.4 if n in (9, 25) else 0.6, 50 if n in (9, 25) else 0),
}


@pytest.mark.parametrize("name", LIGHTS)
def test_light_is_neither_a_cut_nor_somebody_else(face, name):
    still = moved(face, similarity(0, 1, 60, 20), SIZE)
    plate = DrawnPlate(lambda n: lit(still, *LIGHTS[name](n)), 40, f"light {name}")
    assert len(follow(plate, 0, 40, None, SILENT, None, 0)) == 40


@pytest.mark.parametrize("angle", [55, 90, 135, 180, -70, -120])
def test_a_tilted_head_is_followed(face, still, angle):
    size = (420, 420)
    path = [similarity(angle + n / 2, 0.8, 210 - 200, 210 - 160) for n in range(36)]
    centre = where(still, path[0]).mean(axis=0)
    shift = np.array([210, 210]) - centre
    for matrix in path:
        matrix[:, 2] += shift
    plate = DrawnPlate(lambda n: moved(face, path[n], size), 36, f"tilt {angle}")
    track = follow(plate, 0, 36, None, SILENT, None, 0)
    assert len(track) >= 35
    off = [
        np.linalg.norm(mesh[:, :2] - where(still, path[n]), axis=1).mean()
        for n, mesh in zip(track.frames, track.mesh, strict=True)
    ]
    assert np.median(off) < 3


def two_people(face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Her, and somebody else: another face painted of hers, wider, darker, with another brow."""
    her = cv2.resize(face[0:300, 130:330], (200, 300))
    him = cv2.resize(np.ascontiguousarray(her[:, ::-1]), (260, 300))[:, 30:230]
    him = lit(255.0 * (him / 255.0) ** 1.8, (0.9, 0.8, 0.7))
    him[40:85] = him[40:85] * 0.3
    return her, him


def crossing(face: np.ndarray, n: int, her_first: bool) -> np.ndarray:
    picture = np.full((320, 700, 3), 90, np.uint8)
    her, him = two_people(face)
    way = float(np.clip((n - 8) / 24, 0, 1))
    places = [(her, 20 + 460 * way), (him, 480 - 460 * way)]
    for person, x in places if her_first else places[::-1]:
        picture[10:310, int(x) : int(x) + 200] = person
    return picture


@pytest.mark.parametrize("she_is_behind", [True, False])
def test_who_passes_by_is_not_taken_for_the_one_behind(face, she_is_behind):
    plate = DrawnPlate(lambda n: crossing(face, n, she_is_behind), 44, f"cross {she_is_behind}")
    track = follow(plate, 0, 44, FaceChoice(120, 150), SILENT, None, 0)
    x = dict(zip(track.frames.tolist(), track.mesh[:, :, 0].mean(axis=1), strict=True))
    assert {0, 5, 38, 43} <= x.keys()
    assert max(x[0], x[5]) < 350 < min(x[38], x[43])


def test_each_choice_gets_its_own_person(face):
    plate = DrawnPlate(lambda n: crossing(face, 0, True), 12, "both")
    choices = [FaceChoice(580, 150), FaceChoice(120, 150)]
    right, left = follow_people(plate, 0, 12, choices, SILENT, None, 0)
    assert right.track.mesh[:, :, 0].min() > 350 > left.track.mesh[:, :, 0].max()
    assert len(plate.decoded) == 12
    with pytest.raises(FaceError, match="one person"):
        follow_people(plate, 0, 12, [choices[0], FaceChoice(585, 152)], SILENT, None, 0)


def test_a_photo_does_not_speak_while_a_smaller_face_moves(face, still):
    her, _ = two_people(face)
    large = cv2.resize(her, (300, 450))

    def draw(n: int) -> np.ndarray:
        picture = np.full((470, 700, 3), 120, np.uint8)
        picture[10:460, 20:320] = large
        speaking = her.copy()
        drop = 3 * (n % 5)
        lips = round(float(still[13, 1]))
        speaking[lips + drop : 280 + drop] = her[lips:280]
        speaking[lips : lips + drop] = (50, 15, 15)
        picture[100:400, 420:620] = speaking
        return picture

    track = follow(DrawnPlate(draw, 24, "photo"), 0, 24, None, SILENT, None, 0)
    assert track.mesh[:, :, 0].min() > 350
    alone = DrawnPlate(lambda n: draw(0)[:, :340], 24, "photo alone")
    assert len(followed(alone, 0, 24, None, SILENT, None, 0).track) == 24
