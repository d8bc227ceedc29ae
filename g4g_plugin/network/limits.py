"""What a wanted mouth may not do: lips never cross, and the jaw follows them near the chin only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import CHIN
from g4g_plugin.network.mesh import LIP_PLACES, LOWER_PLACES, UPPER_PLACES, places

Floats = NDArray[np.float32]

# eye distances: the jaw follows near the chin only; its contour slides over the skin at the ears
CHIN_REACH = 0.35
# the lips' outer edges without the corners, image left to right
UPPER_EDGE_PLACES = places((185, 40, 39, 37, 0, 267, 269, 270, 409))
LOWER_EDGE_PLACES = places((146, 91, 181, 84, 17, 314, 405, 321, 375))


def hold_jaw(wanted: Floats, present: Floats, rest: Floats) -> Floats:
    """Let the jaw follow near the chin only; return the wanted points with the rest of the jaw as
    present.

    Args:
        wanted: (N, 59, 3) canonical points.
        present: (N, 59, 3) what the plate shows, canonical.
        rest: (59, 3) the person's closed mouth, canonical.
    """
    chin = rest[places((CHIN,))[0], :2]
    away = np.sum((rest[:, :2] - chin) ** 2, axis=1)
    follow = np.exp(-away / (2 * CHIN_REACH**2))
    follow[LIP_PLACES] = 1.0
    return (present + follow[:, None] * (wanted - present)).astype(np.float32)


def keep_apart(points: Floats) -> Floats:
    """Keep lips (N, 59, 3), canonical, from crossing; where they would, they meet in the middle.

    The outer lips go with the inner ones, so that a lip does not grow thin where it is pushed back.
    """
    out = points.copy()
    upper, lower = UPPER_PLACES[1:-1], LOWER_PLACES[1:-1]
    crossed = np.maximum(out[:, upper, 1] - out[:, lower, 1], 0.0) / 2
    out[:, upper, 1] -= crossed
    out[:, lower, 1] += crossed
    mean = crossed.mean(axis=1, keepdims=True)
    out[:, UPPER_EDGE_PLACES, 1] -= mean
    out[:, LOWER_EDGE_PLACES, 1] += mean
    return out
