"""What faces hand to an engine, and what an engine hands to the composite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.direction import Direction
from g4g_plugin.core.face import FaceTrack

Floats = NDArray[np.float32]

# DINet's crop geometry, which the paper keeps: radius r = M / 2, crop 3r + r//4 high and 2r + 2
# (r//4) wide. M: (height, width); 96 is ours, a step between for training on the CPU
CROP_SIZES: dict[int, tuple[int, int]] = {
    64: (104, 80),
    96: (156, 120),
    128: (208, 160),
    256: (416, 320),
}


def mouth_box(mouth: int) -> tuple[int, int, int, int]:
    """Return (top, left, bottom, right) of the mouth box M inside its crop, in crop pixels.

    Rows r .. r+M and columns r//4 .. r//4+M, where the crop is 3r + r//4 high, as in
    DINet (Zhang et al. 2023), whose crop the paper takes.
    """
    radius = mouth // 2
    return radius, radius // 4, radius + mouth, radius // 4 + mouth


def mouth_pixels(to_crop: Floats) -> float:
    """Return how many plate pixels the mouth box is wide: of one frame's matrix (2, 3), or the
    median of (N, 2, 3).
    """
    return max(CROP_SIZES) / float(np.median(np.linalg.norm(to_crop[..., 0], axis=-1)))


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """One frame as an engine sees it: the region around the face, at the plate's own resolution.

    pixels (h, w, 3) float32 display-referred R'G'B', 0..1; origin (x, y): plate pixel of pixels[0,
    0]; mesh (478, 3) float32 plate pixels; to_crop (2, 3) float32 plate pixels -> crop of 320 x
    416.
    """

    frame: int  # file frame index of the plate
    pixels: Floats
    origin: tuple[int, int]
    mesh: Floats
    to_crop: Floats


class Crops(Protocol):
    """A shot as an engine sees it: its frames in order, and the same person's other frames at will."""

    @property
    def rate(self) -> Fraction:
        """Frames per second of the plate."""
        ...

    @property
    def start(self) -> int:
        """File frame index at which the take's first sample is heard."""
        ...

    @property
    def track(self) -> FaceTrack:
        """The face over the delivered frames (those that have one)."""
        ...

    @property
    def pool(self) -> FaceTrack:
        """The same face over all of the media that was looked at; a superset of `track`."""
        ...

    @property
    def direction(self) -> Direction:
        """What is asked of each frame of `track`, beside the take."""
        ...

    def __iter__(self) -> Iterator[Crop]:
        """Yield one Crop for each frame of `track`, in order, decoding as it goes.

        Where a shot is gone on with, not from the first frame of `track`.
        """
        ...

    def fetch(self, frames: NDArray[np.int64]) -> list[Crop]:
        """Decode these frames of `pool` (any order); for references, a few dozen at most."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """New pixels for one frame: pixels (h, w, 3) float32 R'G'B' 0..1, matte (h, w) float32 0..1.

    to_plate (2, 3) float32 takes patch pixels to plate pixels; a whole-pixel translation is laid
    down unresampled.
    """

    frame: int
    pixels: Floats
    matte: Floats
    to_plate: Floats

    def __post_init__(self) -> None:
        if self.pixels.shape[:2] != self.matte.shape or self.pixels.shape[2:] != (3,):
            raise ValueError(
                f"patch {self.pixels.shape} and matte {self.matte.shape} differ in size"
            )
