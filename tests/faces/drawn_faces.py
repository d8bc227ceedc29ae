"""A real face (Eileen Collins, public domain, in scikit-image) moved by known similarities; plates
in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.picture import Picture, PixelFormat
from g4g_plugin.core.plate import ColourTags, PlateFacts

FORMAT = PixelFormat("gbrp", 8, rgb=True, full_range=True)
Draw = Callable[[int], NDArray[np.uint8]]


class DrawnPlate:
    """A plate whose frame n is `draw(n)`; counts what is decoded, breaks at frame `broken`."""

    def __init__(
        self, draw: Draw, count: int, name: str = "drawn", broken: int | None = None
    ) -> None:
        height, width = draw(0).shape[:2]
        self.facts = PlateFacts(
            Path(f"{name}.mov"),
            width,
            height,
            Fraction(25),
            count,
            0,
            None,
            False,
            "drawn",
            FORMAT,
            ColourTags(),
            0,
            Fraction(1),
            False,
            False,
            0,
        )
        self.draw, self.broken = draw, broken
        self.decoded: list[int] = []

    def _picture(self, n: int) -> Picture:
        if n == self.broken or not 0 <= n < self.facts.count:
            raise MediaError(f"Frame {n} cannot be decoded.")
        self.decoded.append(n)
        red, green, blue = np.moveaxis(self.draw(n), -1, 0)
        return Picture(n, (green, blue, red), FORMAT)

    def read(self, first: int, count: int) -> Iterator[Picture]:
        for n in range(first, first + count):
            yield self._picture(n)

    def fetch(self, indices: Sequence[int]) -> list[Picture]:
        return [self._picture(n) for n in indices]

    def digest(self) -> str:
        return self.facts.path.stem

    def close(self) -> None:
        return None


def similarity(
    angle: float, scale: float, x: float, y: float, about: float = 200.0
) -> NDArray[np.float64]:
    """Turn (degrees, clockwise) and scale about a point near her nose, then shift: (2, 3), old ->
    new pixels.
    """
    matrix = cv2.getRotationMatrix2D((about + 25, about / 1.6), -angle, scale)
    matrix[:, 2] += (x, y)
    return matrix


def moved(
    face: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int] = (512, 512)
) -> NDArray[np.uint8]:
    """Draw the picture under a similarity."""
    return np.asarray(
        cv2.warpAffine(face, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def where(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take (N, >= 2) points along."""
    return points[:, :2] @ matrix[:, :2].T + matrix[:, 2]


def backdrop(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Draw a soft coloured pattern without a face."""
    noise = np.random.default_rng(seed).integers(0, 255, (height // 16, width // 16, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
