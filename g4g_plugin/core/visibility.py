"""What of a mouth is seen in each frame, and what lies before it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.picture import Box

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Visibility:
    """Maps of the mouth's square: 255 where the face is seen, 0 where something covers it.

    frames (N,) int64 file frame indices, ascending; maps (N, side, side) uint8; to_map (N, 2, 3)
    float32, plate pixels -> map pixels. Beside a map everything counts as seen.
    """

    frames: NDArray[np.int64]
    maps: NDArray[np.uint8]
    to_map: Floats

    def __post_init__(self) -> None:
        n = len(self.frames)
        if self.maps.shape[0] != n or self.to_map.shape != (n, 2, 3):
            raise ValueError(f"{n} frames need as many maps and matrices")

    def over(self, frame: int, box: Box) -> Floats | None:
        """Return how far plate pixels `box` are seen in a frame, (h, w) float32: 1 seen, 0 covered;
        None where all of it is seen. Beside the map its edge goes on.
        """
        row = int(np.searchsorted(self.frames, frame))
        if row >= len(self.frames) or self.frames[row] != frame or self.maps[row].min() == 255:
            return None
        matrix = self.to_map[row].astype(np.float64)
        matrix[:, 2] += matrix[:, :2] @ box[:2]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (box[2] - box[0], box[3] - box[1])
        edge = cv2.BORDER_REPLICATE
        seen = cv2.warpAffine(self.maps[row], matrix, size, flags=flags, borderMode=edge)
        return np.asarray(seen, np.float32) / np.float32(255)
