"""The engine that changes nothing: every pixel comes back as it was. For dry runs, tests and the
proof of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops, Patch, mouth_box
from g4g_plugin.engine.base import EngineOptions, EngineSpec

Floats = NDArray[np.float32]

# Share of the way from the middle of the mouth box to its edge over which the matte fades
MATTE_FADE_SHARE = 0.3
MATTE_ROUNDNESS = 4  # a circle at 2, the box itself at infinity


def mouth_matte(crop: Crop) -> Floats:
    """Return the matte over the crop's pixels, (h, w) float32: 1 on the mouth, 0 from the mouth
    box's edge outwards.
    """
    top, left, bottom, right = mouth_box(256)
    height, width = crop.pixels.shape[:2]
    x = np.arange(width, dtype=np.float32) + crop.origin[0]
    y = np.arange(height, dtype=np.float32)[:, None] + crop.origin[1]
    (a, b, c), (d, e, f) = crop.to_crop
    across = (a * x + b * y + c - (left + right - 1) / 2) / ((right - left) / 2)
    down = (d * x + e * y + f - (top + bottom - 1) / 2) / ((bottom - top) / 2)
    away = (np.abs(across) ** MATTE_ROUNDNESS + np.abs(down) ** MATTE_ROUNDNESS) ** (
        1 / MATTE_ROUNDNESS
    )
    return np.clip((1 - away) / MATTE_FADE_SHARE, 0, 1).astype(np.float32)


class CopyEngine:
    """Gives back what it was given, with a matte over the mouth."""

    @property
    def spec(self) -> EngineSpec:
        """What this engine is; it needs no face, no weights and no sound."""
        return EngineSpec("copy", batch=1, run_up=0, needs_face=False)

    def dub(self, crops: Crops, take: NDArray[np.float32]) -> Iterator[Patch]:
        """Yield each crop's own pixels, one Patch a frame."""
        for crop in crops:
            x, y = crop.origin
            yield Patch(
                crop.frame,
                crop.pixels,
                mouth_matte(crop),
                np.array([[1, 0, x], [0, 1, y]], np.float32),
            )

    def close(self) -> None:
        """Nothing is held."""


def open_engine(options: EngineOptions) -> CopyEngine:
    """Open the engine; it has no use for any option."""
    return CopyEngine()
