"""A patch that is no picture of this face is not laid down; one that is, is."""

import numpy as np
import pytest

from g4g_plugin.composite.checks import fault

RNG = np.random.default_rng(0)
MATTE = np.zeros((80, 100), np.float32)
MATTE[20:60, 20:80] = 1
MATTE[15:20, 20:80] = 0.25


def skin(level: float = 0.5) -> np.ndarray:
    """Draw a face's lower half: a slope of light, texture, lips darker than skin."""
    face = np.full((80, 100, 3), level, np.float32) * (1, 0.8, 0.7)
    face *= np.linspace(0.8, 1.2, 100)[None, :, None]
    face[35:45, 35:65] *= (0.8, 0.5, 0.5)
    return (face * (1 + 0.04 * RNG.normal(size=(80, 100, 1)))).astype(np.float32)


def opened(face: np.ndarray, height: int = 16) -> np.ndarray:
    """Open the mouth wide: dark inside."""
    out = face.copy()
    out[40 : 40 + height, 35:65] = 0.03
    return out


@pytest.mark.parametrize("level", [0.06, 0.5, 0.8])
def test_a_mouth_that_opens_shuts_or_brightens_a_little_is_laid_down(level: float) -> None:
    face = skin(level)
    assert fault(opened(face), face, MATTE) is None
    assert fault(face, opened(face), MATTE) is None
    assert fault(face * 1.1, face, MATTE) is None


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        (lambda face: face * 0, "black"),
        (lambda face: face * 0 + 1, "blown"),
        (lambda face: face * 3, "out of range"),
        (lambda face: face - 1.2, "out of range"),
        (lambda face: np.where(face > 0.5, np.nan, face), "no number"),
        (lambda face: np.full_like(face, np.inf), "no number"),
        (lambda face: face * 0 + face.mean((0, 1)), "flat"),
        (lambda face: face * 0.5, "unlike its surroundings"),
        (lambda face: RNG.uniform(0, 1, face.shape).astype(np.float32), "unlike its surroundings"),
    ],
    ids=["black", "blown", "thrice", "below", "nan", "inf", "flat", "half the light", "noise"],
)
def test_what_is_no_picture_of_this_face_is_refused(patch, wrong: str) -> None:
    face = skin()
    assert fault(patch(face), face, MATTE) == wrong


def test_a_lit_mouth_in_a_fade_is_refused() -> None:
    assert fault(skin(0.5), skin(0.05), MATTE) == "unlike its surroundings"


def test_what_covers_the_face_is_not_compared() -> None:
    face = skin()
    seen = np.ones_like(MATTE)
    seen[:, :60] = 0
    plate = face.copy()
    plate[:, :60] = 0  # something black before it
    assert fault(face, plate, MATTE) is not None
    assert fault(face, plate, MATTE, seen) is None


@pytest.mark.parametrize(("level", "wrong"), [(0.0, "black"), (1.0, "blown")])
def test_a_mouth_that_is_gone_is_told_in_a_matte_over_the_whole_lower_face(
    level: float, wrong: str
) -> None:
    face = skin()
    whole = np.ones((80, 100), np.float32)
    lips = np.zeros((80, 100), np.bool_)
    lips[32:50, 32:68] = True
    patch = face.copy()
    patch[34:49, 34:66] = level  # a tenth of the matte, most of the mouth
    assert fault(patch, face, whole) is None
    assert fault(patch, face, whole, None, lips) == wrong
    assert fault(opened(face, 8), face, whole, None, lips) is None
