"""A drawn actor who opens and shuts the mouth, as an engine sees the shot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from drawn_mouth import canonical, picture, turned

from g4g_plugin.core.crop import Crop
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.face import FaceTrack


class DrawnCrops:
    """Frames with the mouth open as `openings` say; `frames` are their numbers, `light` their
    brightness.
    """

    def __init__(
        self,
        openings: Sequence[float],
        frames: Sequence[int] | None = None,
        first: int = 0,
        end: int = 10**6,
        light: Sequence[float] | None = None,
        rate: Fraction = Fraction(25),
        start: int = 0,
    ) -> None:
        count = len(openings)
        numbers = np.arange(count) if frames is None else np.array(frames)
        sway = 3 * np.sin(np.arange(count) / 5)
        mesh = np.stack(
            [
                turned(canonical(o), 60.0, (120.0 + s, 90.0))
                for o, s in zip(openings, sway, strict=True)
            ]
        )
        blank = np.zeros((count, 2, 3), np.float32)
        self.pool = FaceTrack(numbers.astype(np.int64), mesh, blank, np.ones(count, np.float32))
        self.track = self.pool.within(first, end)
        self.rate, self.start = rate, start
        self.direction = Direction.plain(len(self.track))
        self.light = np.ones(count) if light is None else np.array(light)
        self.fetched: list[int] = []

    def crop(self, frame: int) -> Crop:
        row = int(np.searchsorted(self.pool.frames, frame))
        mesh = self.pool.mesh[row]
        pixels = np.clip(picture(mesh, seed=frame) * np.float32(self.light[row]), 0, 1)[20:, 10:230]
        return Crop(frame, np.ascontiguousarray(pixels), (10, 20), mesh, self.pool.to_crop[row])

    def __iter__(self) -> Iterator[Crop]:
        for frame in self.track.frames:
            yield self.crop(int(frame))

    def fetch(self, frames: np.ndarray) -> list[Crop]:
        self.fetched += [int(frame) for frame in frames]
        return [self.crop(int(frame)) for frame in frames]


def codes(openings: Sequence[float]) -> np.ndarray:
    """Return codes (N, 12) that ask the drawn basis for these openings."""
    out = np.zeros((len(openings), 12), np.float32)
    out[:, 0] = openings
    return out
