"""A drawn face is told from a filmed one, however badly filmed."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from g4g_plugin.faces.drawn import DRAWN_FLATNESS, flatness

IDENTITY = np.eye(2, 3, dtype=np.float32)
OVAL = np.array([[32 + 24 * np.cos(a), 30 + 30 * np.sin(a)] for a in np.linspace(0, 6.28, 40)])


def filmed() -> np.ndarray:
    return cv2.resize(astronaut()[60:180, 165:285], (64, 64), interpolation=cv2.INTER_AREA)


def cartoon(shaded: bool) -> np.ndarray:
    face = np.full((64, 64, 3), (120, 160, 210), np.uint8)
    cv2.ellipse(face, (32, 30), (26, 32), 0, 0, 360, (250, 214, 182), -1, cv2.LINE_AA)
    if shaded:
        cv2.ellipse(face, (45, 32), (12, 28), 0, 0, 360, (222, 180, 150), -1, cv2.LINE_AA)
    cv2.ellipse(face, (32, 42), (10, 4), 0, 0, 360, (130, 30, 40), -1, cv2.LINE_AA)
    cv2.line(face, (32, 18), (30, 30), (160, 110, 90), 1, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 1.0, face.shape)  # of a codec
    return np.clip(face + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shaded", [False, True])
@pytest.mark.parametrize("light", [1.0, 0.5])
def test_a_cartoon_is_drawn(shaded: bool, light: float) -> None:
    picture = (cartoon(shaded) * light).astype(np.uint8)
    assert flatness(picture, OVAL.astype(np.float32), IDENTITY) > DRAWN_FLATNESS


@pytest.mark.parametrize(
    "damage",
    [
        lambda face: face,
        lambda face: cv2.GaussianBlur(face, (0, 0), 2.5),
        lambda face: (face * 0.1).astype(np.uint8),
        lambda face: face // 16 * 16,
        lambda face: cv2.imdecode(cv2.imencode(".jpg", face, [1, 8])[1], 1),
        lambda face: np.repeat(face.mean(-1, keepdims=True), 3, -1).astype(np.uint8),
    ],
    ids=["plain", "blurred", "night", "posterised", "compressed", "grey"],
)
def test_a_filmed_face_is_not(damage: Callable[[np.ndarray], np.ndarray]) -> None:
    assert flatness(damage(filmed()), OVAL.astype(np.float32), IDENTITY) < DRAWN_FLATNESS
