"""A face drawn from numbers: its mesh at any opening and pose, a shape basis that knows it, and
pictures of it.
"""

from __future__ import annotations

import cv2
import numpy as np

from g4g_plugin.core.face import INNER_LIPS, JAW, OUTER_LIPS, STABLE
from g4g_plugin.network.mesh import STILL
from g4g_plugin.network.shape import SHAPE_POINTS, ShapeBasis

STABLE_AT = {
    33: (-0.5, 0.0),
    133: (-0.2, 0.02),
    362: (0.2, 0.02),
    263: (0.5, 0.0),
    168: (0.0, -0.02),
    6: (0.0, 0.08),
    197: (0.0, 0.2),
    195: (0.0, 0.3),
    5: (0.0, 0.4),
    4: (0.0, 0.45),
    10: (0.0, -0.75),
    151: (0.0, -0.5),
    9: (0.0, -0.3),
    8: (0.0, -0.2),
    127: (-0.75, 0.0),
    356: (0.75, 0.0),
}
STILL_AT = {
    2: (0.0, 0.58),
    98: (-0.12, 0.56),
    327: (0.12, 0.56),
    64: (-0.18, 0.52),
    294: (0.18, 0.52),
    129: (-0.2, 0.5),
    358: (0.2, 0.5),
    205: (-0.42, 0.6),
    425: (0.42, 0.6),
    50: (-0.5, 0.45),
    280: (0.5, 0.45),
    123: (-0.62, 0.4),
    352: (0.62, 0.4),
}
MIDDLE = 0.85  # height of the mouth
CHIN = 1.35
OPENS = 0.16  # eye distances the lower lip falls for code 1
CHIN_FALLS = 0.10


def canonical(opening: float = 0.0) -> np.ndarray:
    """Draw the mesh (478, 3) of a frontal face in eye distances; opening 0 is shut, 1 wide open."""
    mesh = np.zeros((478, 3))
    for points in (STABLE_AT, STILL_AT):
        for index, (x, y) in points.items():
            mesh[index] = x, y, 0.15 * abs(x)
    for line, thick in ((OUTER_LIPS, 0.09), (INNER_LIPS, 0.0)):
        turn = np.linspace(np.pi, -np.pi, 21)[
            :20
        ]  # from the left corner along the lower lip, back along the upper
        wide = 0.32 if thick else 0.26
        low = np.sin(turn) > 0
        y = (
            MIDDLE
            + thick * np.sin(turn)
            + np.where(low, OPENS * opening * np.sin(turn), 0.02 * opening * np.sin(turn))
        )
        mesh[list(line)] = np.stack([wide * np.cos(turn), y, -0.1 + 0.3 * np.cos(turn) ** 2], 1)
    turn = np.linspace(np.pi, 0, 19)
    fall = CHIN_FALLS * opening * np.exp(-(np.cos(turn) ** 2) * 4)
    jaw = np.stack(
        [0.75 * np.cos(turn), 0.35 + (CHIN - 0.35) * np.sin(turn) + fall, 0.4 * np.cos(turn) ** 2],
        1,
    )
    mesh[list(JAW)] = jaw
    return mesh


def turned(
    mesh: np.ndarray, size: float = 60.0, at: tuple[float, float] = (120.0, 90.0), yaw: float = 0.0
) -> np.ndarray:
    """Put a canonical mesh on the plate: (478, 3) float32 plate pixels; yaw in radians."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    rotation = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return (size * mesh @ rotation.T + np.array([*at, 0.0])).astype(np.float32)


def basis() -> ShapeBasis:
    """Return a basis whose first code is this face's opening."""
    moved = (canonical(1.0) - canonical(0.0))[list(SHAPE_POINTS)].astype(np.float32)
    gap = OPENS + 0.02
    components = np.zeros((12, 59, 3), np.float32)
    components[0] = moved
    analysis = np.zeros((59, 3, 12), np.float32)
    analysis[..., 0] = moved / (moved**2).sum()
    stable = canonical()[list(STABLE)].astype(np.float32)
    return ShapeBasis(stable, (moved / gap).astype(np.float32), components, analysis)


def picture(
    mesh: np.ndarray, size: tuple[int, int] = (240, 240), grain: float = 0.02, seed: int = 0
) -> np.ndarray:
    """Paint a face (h, w, 3) float32: skin with grain, red lips, two rows of teeth over a dark
    mouth.
    """
    height, width = size
    rng = np.random.default_rng(seed)
    image = np.empty((height, width, 3), np.float32)
    image[:] = (0.7, 0.55, 0.45)
    image *= np.linspace(0.85, 1.1, width, dtype=np.float32)[None, :, None]
    image += (
        grain
        * cv2.GaussianBlur(rng.standard_normal((height, width, 1)).astype(np.float32), (0, 0), 1.0)[
            ..., None
        ]
    )

    def fill(points: np.ndarray, colour: tuple[float, float, float]) -> None:
        cv2.fillPoly(image, [np.round(points * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)

    fill(mesh[list(OUTER_LIPS), :2], (0.6, 0.25, 0.25))
    inner = mesh[list(INNER_LIPS), :2]
    if np.ptp(inner[:, 1]) > 2:
        fill(inner, (0.08, 0.04, 0.04))
        eyes = float(np.linalg.norm(mesh[33] - mesh[263]))
        teeth = np.r_[inner[11:20], inner[11:20][::-1] + np.array([0, 0.05 * eyes])]
        mask = np.zeros(image.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.round(inner * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        row = np.zeros_like(mask)
        cv2.fillPoly(row, [np.round(teeth * 16).astype(np.int32)], 1.0, cv2.LINE_AA, 4)
        image += (mask * row)[..., None] * (np.array([0.85, 0.82, 0.75], np.float32) - image)
    return np.clip(image, 0, 1)


assert set(STILL) <= set(STILL_AT) | set(JAW)
