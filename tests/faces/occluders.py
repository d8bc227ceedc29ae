"""Things that pass before a face, drawn at the plate's own size, with their exact masks.

Other drawings than those the net was taught on: each takes (frame index, size of the picture, mouth
(x, y), eye distance) and returns (colours (h, w, 3) 0..255, mask (h, w) 0..1).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Drawn = tuple[np.ndarray, np.ndarray]
Where = tuple[float, float]


def _canvas(size: tuple[int, int], colour: tuple[float, float, float]) -> Drawn:
    paint = np.empty((*size, 3), np.float32)
    paint[:] = colour
    return paint, np.zeros(size, np.float32)


def _way(i: int, first: int, last: int) -> float:
    """Return how far something has come, 0 away to 1 before the mouth, in frames first to last."""
    return float(np.clip(min(i - first, last - i) / 6, 0, 1))


def microphone(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (28, 28, 30))
    x, y = mouth[0] + 0.05 * eye, mouth[1] + (1.6 - 1.55 * _way(i, 10, 34)) * eye
    cv2.line(
        mask, (round(x), round(y)), (round(x - eye), round(y + 3 * eye)), 1.0, round(0.2 * eye)
    )
    cv2.circle(mask, (round(x), round(y)), round(0.3 * eye), 1.0, -1, cv2.LINE_AA)
    rows, columns = np.mgrid[: size[0], : size[1]]
    grille = 18 * (((rows // 3 + columns // 3) % 2)[..., None])
    shine = 60 * np.exp(
        -((columns - x + 0.1 * eye) ** 2 + (rows - y + 0.1 * eye) ** 2) / (0.02 * eye**2)
    )
    return paint + grille + shine[..., None], mask


def cup(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (225, 222, 214))
    y = mouth[1] + (1.5 - 1.5 * _way(i, 8, 36)) * eye
    left, right = mouth[0] - 0.45 * eye, mouth[0] + 0.4 * eye
    corners = [(left, y), (right, y), (right - 0.1 * eye, y + eye), (left + 0.1 * eye, y + eye)]
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1.0, cv2.LINE_AA)
    columns = np.mgrid[: size[0], : size[1]][1]
    across = np.clip((columns - left) / (right - left), 0, 1)[..., None]
    band = (np.abs(np.mgrid[: size[0], : size[1]][0] - y - 0.5 * eye) < 0.12 * eye)[..., None]
    paint = np.where(band, np.float32((40, 70, 150)), paint)
    return paint * (1.05 - 0.6 * across**2), mask


def pen(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (30, 60, 170))
    away = (1 - _way(i, 6, 38)) * 1.6 * eye
    a = (round(mouth[0] - 0.15 * eye + away), round(mouth[1] - 0.02 * eye + away))
    b = (round(mouth[0] + 1.3 * eye + away), round(mouth[1] + 0.8 * eye + away))
    cv2.line(mask, a, b, 1.0, max(3, round(0.09 * eye)), cv2.LINE_AA)
    paint[:, : a[0] + round(0.12 * eye)] = (210, 180, 60)
    return paint, mask


def strand(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (52, 34, 22))
    sway = 0.06 * eye * np.sin(i / 4)
    for k in range(7):
        t = np.linspace(0, 1, 30)
        x = mouth[0] + (0.75 - 0.8 * t + 0.3 * t**2) * eye + sway * t + k * 0.012 * eye
        y = mouth[1] + (-1.2 + 1.9 * t) * eye + 3 * k
        line = np.rint(np.stack([x, y], 1) * 8).astype(np.int32)
        cv2.polylines(mask, [line], False, 1.0, max(1, round(0.02 * eye)), cv2.LINE_AA, 3)
    return paint, mask


def beard_tips(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (40, 30, 24))
    for k in range(26):
        x = mouth[0] + (k - 12.5) * 0.024 * eye
        drop = (0.10 + 0.05 * np.sin(k * 2.1)) * eye
        a = (round(x), round(mouth[1] - 0.12 * eye))
        b = (round(x + 0.02 * eye), round(mouth[1] - 0.12 * eye + 1.6 * drop))
        cv2.line(mask, a, b, 1.0, max(1, round(0.02 * eye)), cv2.LINE_AA)
    return paint, mask


def logo(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    """A station's mark: it stands in the picture, not on the face."""
    paint, mask = _canvas(size, (235, 30, 45))
    x, y = round(STANDS[0]), round(STANDS[1])
    r = round(0.32 * eye)
    cv2.rectangle(mask, (x - r, y - r), (x + r, y + r), 1.0, -1)
    cv2.circle(paint, (x, y), round(0.7 * r), (250, 250, 250), -1, cv2.LINE_AA)
    cv2.rectangle(paint, (x - r // 3, y - r // 3), (x + r // 3, y + r // 3), (20, 40, 140), -1)
    return paint, mask


def letters(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint = np.zeros((*size, 3), np.uint8)
    scale = eye / 85
    for k, text in enumerate(("Aber das wusste niemand,", "nicht einmal sie.")):
        at = (round(STANDS[0] - 1.9 * eye), round(STANDS[1] + (k - 0.1) * 0.36 * eye))
        for colour, wide in (((1, 1, 1), 7), ((255, 235, 60), 2)):
            cv2.putText(paint, text, at, 0, scale, colour, max(1, round(wide * scale)), cv2.LINE_AA)
    return paint.astype(np.float32), (paint.max(-1) > 0).astype(np.float32)


def fingers(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    paint, mask = _canvas(size, (196, 150, 128))
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    shade = np.ones(size, np.float32)
    top = mouth[1] + (1.7 - 1.9 * _way(i, 10, 34)) * eye
    for k in range(4):
        x = mouth[0] + (k - 1.5) * 0.24 * eye
        across = (columns - x - 0.12 * (rows - top)) / (0.125 * eye)
        part = (np.abs(across) < 1) & (
            rows > top + 0.12 * eye * across**2 + 0.08 * eye * abs(k - 1.4)
        )
        mask = np.maximum(mask, part)
        shade = np.where(part, 1.08 - 0.4 * across**2, shade)
        knuckle = np.abs(rows - top - 0.55 * eye) < 0.02 * eye
        shade = np.where(part & knuckle, 0.8 * shade, shade)
    return paint * shade[..., None], cv2.GaussianBlur(mask, (0, 0), 0.8)


def head(i: int, size: tuple[int, int], mouth: Where, eye: float) -> Drawn:
    """The back of a head walks through: dark hair, an ear, a neck."""
    paint, mask = _canvas(size, (38, 27, 21))
    x = mouth[0] + (i - 22) / 6 * eye
    noise = np.random.default_rng(3).normal(0, 9, size).astype(np.float32)
    paint += cv2.GaussianBlur(noise, (0, 0), 0.7, sigmaY=3)[..., None]
    cv2.ellipse(
        mask, (round(x), round(mouth[1])), (round(eye), round(1.4 * eye)), 0, 0, 360, 1.0, -1
    )
    ear = (round(x - 0.95 * eye), round(mouth[1] + 0.1 * eye))
    cv2.ellipse(mask, ear, (round(0.12 * eye), round(0.28 * eye)), 0, 0, 360, 1.0, -1)
    cv2.ellipse(paint, ear, (round(0.14 * eye), round(0.3 * eye)), 0, 0, 360, (180, 128, 110), -1)
    return paint, cv2.GaussianBlur(mask, (0, 0), 1.0)


STANDS = [0.0, 0.0]  # where what stands still in the plate stands; set once a shot

KINDS: dict[str, Callable[[int, tuple[int, int], Where, float], Drawn]] = {
    f.__name__: f for f in (microphone, cup, pen, strand, beard_tips, logo, letters, fingers, head)
}


def paste(picture: np.ndarray, drawn: Drawn) -> np.ndarray:
    """Lay a drawing over a picture (h, w, 3) uint8."""
    paint, mask = drawn
    mixed = picture * (1 - mask[..., None]) + np.clip(paint, 0, 255) * mask[..., None]
    return np.rint(mixed).astype(np.uint8)
