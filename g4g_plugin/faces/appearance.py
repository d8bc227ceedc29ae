"""Whose face is it? What a person looks like, whatever light falls on the face.

A face is unwrapped: its grey is read at the same 396 points of the mesh in every frame, lips and
eyes apart. Light falls off smoothly over a face, so the logarithm's smooth part is taken away;
the rest is skin, brows, beard and form. It is weighted by how much it differs from person to person
and how little within one (linear discriminant analysis, Fisher 1936; taught on training people).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.core.weight_files import APPEARANCE_WEIGHTS, models_folder
from g4g_plugin.core.words import tr
from g4g_plugin.faces.mouth_square import LUMA, cut_square

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

EYES: tuple[int, ...] = (
    *(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    *(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
)
SKIN_POINTS = 468  # of the mesh; the ten behind them are irises
SKIN_PLACES: tuple[int, ...] = tuple(
    sorted(set(range(SKIN_POINTS)) - {*EYES, *INNER_LIPS, *OUTER_LIPS})
)
_INDEX = np.array(SKIN_PLACES)
# Pixels of the longer side of the face it is read from, and around it
FACE_PIXELS, BORDER_PIXELS = (64, 4)
NOT_SHOWN = 0  # grey of a point outside the picture
DARK_OFFSET = 6.0  # of 255, added before the logarithm: noise in the dark is no feature
OUTLIER_DEVIATIONS = 2.5  # standard deviations a point may be off: a highlight is not the face
LEAST_SHOWN = 0.4  # of the points: with fewer in the picture nobody is known again


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """basis (396, 6): where light may go; mean (396,); weights (396, 396): to where people differ."""

    basis: Floats
    mean: Floats
    weights: Floats


@cache
def _model(path: Path) -> _Model:
    try:
        with np.load(path, allow_pickle=False) as kept:
            parts = (kept[name].astype(np.float32) for name in ("basis", "mean", "weights"))
            return _Model(*parts)
    except (OSError, ValueError, KeyError) as err:
        hint = tr("Run installer/install.py again.")
        raise FaceError("The file by which people are recognised is missing.", hint) from err


def model_path() -> Path:
    """Return where the weights of the discriminant lie."""
    return models_folder() / APPEARANCE_WEIGHTS


def unwrap(rgb: Pixels, mesh: Floats) -> Pixels:
    """Return the grey of a face at `SKIN_PLACES`, (396,) uint8; `NOT_SHOWN` outside the picture.

    rgb (h, w, 3) uint8; mesh (478, 3) plate pixels.
    """
    places = mesh[_INDEX, :2]
    low, high = places.min(0), places.max(0)
    scale = FACE_PIXELS / max(float((high - low).max()), 1.0)
    matrix = np.array([[scale, 0, BORDER_PIXELS], [0, scale, BORDER_PIXELS]], np.float32)
    matrix[:, 2] -= scale * low
    face = cut_square(rgb, matrix, FACE_PIXELS + 2 * BORDER_PIXELS)
    there = (places @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    colours = cv2.remap(face, there[None], None, cv2.INTER_LINEAR)[0]  # pyright: ignore[reportCallIssue, reportArgumentType]
    grey = np.clip(np.rint(colours.astype(np.float32) @ LUMA), 1, 255)
    height, width = rgb.shape[:2]
    shown = (places >= -0.5).all(1) & (places[:, 0] < width - 0.5) & (places[:, 1] < height - 0.5)
    return np.where(shown, grey, NOT_SHOWN).astype(np.uint8)


def residual(grey: Pixels, basis: Floats) -> Floats:
    """Take the light off unwrapped faces (N, 396): unit vectors (N, 396) float32, 0 where nothing
    is shown.

    basis (396, 6), orthonormal: the smooth functions over a face that light may follow.
    """
    shown = grey != NOT_SHOWN
    tone = np.log(grey.astype(np.float32) + DARK_OFFSET)
    flat = np.zeros_like(tone)
    whole = shown.all(1)
    flat[whole] = tone[whole] - tone[whole] @ basis @ basis.T
    for row in np.flatnonzero(~whole & (shown.mean(1) >= LEAST_SHOWN)):
        part = shown[row]
        light = np.linalg.lstsq(basis[part], tone[row, part], rcond=None)[0]
        flat[row, part] = tone[row, part] - basis[part] @ light
    spread = np.sqrt((flat**2).sum(1) / np.maximum(shown.sum(1), 1))[:, None]
    return unit(np.clip(flat, -OUTLIER_DEVIATIONS * spread, OUTLIER_DEVIATIONS * spread))


def describe(grey: Pixels) -> Floats:
    """Return what tells people apart in unwrapped faces (N, 396): unit vectors (N, 396) float32.

    Their product is 1 for equal faces and about 0 for two people; it is 0 where too little of the
    face lies in the picture.

    Raises:
        FaceError: the weights are missing.
    """
    model = _model(model_path())
    flat = residual(grey, model.basis)
    off = np.where((grey != NOT_SHOWN) & flat.any(1, keepdims=True), flat - model.mean, 0)
    return unit(off @ model.weights)


def unit(vectors: Floats) -> Floats:
    """Bring vectors (..., K) to length 1; those of no length stay 0."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(length, 1e-9)).astype(np.float32)


def fit(
    grey: Pixels, people: NDArray[np.str_], basis: Floats, ridge: float = 0.01
) -> tuple[Floats, Floats]:
    """Fit the discriminant's mean (396,) and weights (396, 396) to unwrapped faces (N, 396).

    Each person counts the same; within a person lie frames, clips and light.

    Args:
        grey: unwrapped faces.
        people: (N,) whose each is.
        basis: (396, 6) smooth functions over a face.
        ridge: of the mean variance within people, added to every direction.
    """
    flat = residual(grey, basis)
    rows = [flat[people == person] for person in np.unique(people)]
    mean = np.mean([part.mean(0) for part in rows], axis=0)
    within = np.mean([np.cov(part.T, bias=True) for part in rows if len(part) > 1], axis=0)
    within += ridge * np.trace(within) / len(within) * np.eye(len(within))
    power, axes = np.linalg.eigh(within)
    weights = axes / np.sqrt(power)
    return mean.astype(np.float32), weights.astype(np.float32)
