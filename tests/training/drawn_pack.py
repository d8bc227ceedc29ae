"""A corpus drawn in memory: faces of a few colours whose mouths open as their meshes say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "network"))
from drawn_mouth import basis as drawn_basis
from drawn_mouth import canonical, turned

from g4g_plugin.core.face import INNER_LIPS, JAW, LANDMARKS_68, OUTER_LIPS
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.sketch import crop_size
from g4g_plugin.training.corpus.pack import Clip

SKINS = ((0.8, 0.6, 0.5), (0.5, 0.35, 0.25), (0.9, 0.75, 0.65), (0.65, 0.5, 0.45))


class DrawnPack:
    """Clips of drawn people; the last person is the test person."""

    def __init__(self, people: int = 3, frames: int = 40, mouth: int = 64) -> None:
        self.mouth = mouth
        self.clips = tuple(
            Clip(
                f"drawn/{i}",
                f"person-{i}",
                "test" if i == people - 1 else "train",
                frames,
                0,
                0,
                0,
                0,
            )
            for i in range(people)
        )

    def mesh(self, clip: Clip) -> np.ndarray:
        height, width = crop_size(self.mouth)
        number = int(clip.key[-1])
        opens = 0.5 - 0.5 * np.cos(np.arange(clip.frames) * (0.4 + 0.13 * number))
        faces = []
        for opening in opens:
            mesh = canonical(float(opening))
            for k, i in enumerate(range(31, 36)):  # nostrils, which the drawn mesh leaves out
                mesh[LANDMARKS_68[i]] = (k - 2) * 0.06, 0.55, 0
            faces.append(turned(mesh, 0.62 * width / 1.2, (width / 2, 0.30 * height)))
        return np.stack(faces)

    def pictures(self, clip: Clip, frames: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        meshes = self.mesh(clip)
        index = range(clip.frames) if frames is None else frames
        return np.stack(
            [self._draw(meshes[int(i)], SKINS[int(clip.key[-1]) % len(SKINS)]) for i in index]
        )

    def windows(self, clip: Clip, frames: Sequence[int] | np.ndarray | None = None) -> np.ndarray:
        count = clip.frames if frames is None else len(frames)
        return np.zeros((count, 16, 80), np.float32)

    def silent(self, clip: Clip) -> np.ndarray:
        quiet = np.zeros(clip.frames, bool)
        quiet[10:30] = True
        return quiet

    def basis(self) -> ShapeBasis:
        return drawn_basis()

    def _draw(self, mesh: np.ndarray, skin: tuple[float, float, float]) -> np.ndarray:
        canvas = np.full((*crop_size(self.mouth), 3), 60, np.uint8)
        colour = tuple(int(255 * s) for s in skin)
        brow = mesh[list(JAW), :2] * [1, 0] + [0, 4]
        for points, paint in (
            (np.concatenate([mesh[list(JAW), :2], brow]), colour),
            (mesh[list(OUTER_LIPS), :2], (170, 60, 60)),
            (mesh[list(INNER_LIPS), :2], (40, 10, 10)),
        ):
            hull = cv2.convexHull(points.astype(np.float32))[:, 0]
            cv2.fillConvexPoly(canvas, np.round(hull * 16).astype(np.int32), paint, cv2.LINE_AA, 4)
        return canvas
