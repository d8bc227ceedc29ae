"""Dubs that anybody calls bad on sight: an engine whose line or patches are spoiled on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.engine.base import Engine, EngineSpec
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.triage import look_at

Floats = NDArray[np.float32]
DRAWN = ("late", "early", "frozen", "other-line", "foreign", "silent-take")  # drawn anew
SPOILED = (  # the clean dub's patches, spoiled
    "stuck",
    "other-mouth",
    "too-large",
    "displaced",
    "flicker",
    "tinted",
    "noisy",
    "blurred",
    "half-kept",
    "bright",
    "dark",
    "blown",
    "black",
)


class Damaged:
    """An engine whose patches are spoiled on the way.

    Args:
        engine: makes them.
        kind: one of DRAWN or SPOILED; "clean": nothing is spoiled.
        other: another line, at 16 kHz.
        mouth: another person's, (h, w, 3) R'G'B'.
        made: keeps the patches of the clean dub, which most kinds spoil: drawn once.
    """

    def __init__(
        self,
        engine: Engine,
        kind: str,
        made: list[Patch],
        other: Floats | None = None,
        mouth: Floats | None = None,
    ) -> None:
        self._engine, self._kind, self._made = engine, kind, made
        self._other, self._mouth = other, mouth

    @property
    def spec(self) -> EngineSpec:
        """The engine's own."""
        return self._engine.spec

    def close(self) -> None:
        """Nothing to close: the engine goes on."""

    def dub(self, crops: Crops, take: Floats) -> Iterator[Patch]:
        """Yield the engine's patches, spoiled."""
        frame, other = round(16_000 / float(crops.rate)), self._other
        lines = {
            "late": np.roll(take, 6 * frame),
            "early": np.roll(take, -7 * frame),
            "frozen": np.zeros_like(take),
            "silent-take": take,
        }
        if other is not None:
            lines["other-line"] = np.resize(other, len(take)).astype(np.float32)
            lines["foreign"] = np.roll(lines["other-line"], 9 * frame)
        if self._kind in lines:
            yield from self._engine.dub(crops, lines[self._kind])
            return
        if not self._made:
            self._made += self._engine.dub(crops, take)
        count, first = 0, None
        for patch in self._made:
            count += 1
            first = patch if count <= 20 else first
            if self._kind == "half-kept" and count % 40 < 20:
                continue
            if self._kind == "flicker" and count % 4 < 2:
                continue
            if self._kind == "stuck" and first is not None:
                pixels = cv2.resize(first.pixels, patch.pixels.shape[1::-1])
                yield replace(patch, pixels=pixels)
                continue
            yield self._spoiled(patch, crops.track)

    def _spoiled(self, patch: Patch, track: FaceTrack) -> Patch:
        """Spoil a patch around the lips, softly: so that the fault is the mouth's, and no edge."""
        height, width = patch.pixels.shape[:2]
        row = int(np.searchsorted(track.frames, patch.frame))
        lips = track.mesh[row][list(OUTER_LIPS), :2]
        back = cv2.invertAffineTransform(patch.to_plate.astype(np.float64))
        lips = lips @ back[:, :2].T + back[:, 2]
        centre, across = lips.mean(axis=0), float(np.ptp(lips[:, 0]))
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        away = np.hypot(x - centre[0], (y - centre[1]) * 1.2) / across
        share = np.clip((1.0 - away) / 0.35, 0, 1).astype(np.float32)[..., None]
        made = self._wrong(patch, centre, across)
        pixels = patch.pixels * (1 - share) + made * share
        return replace(patch, pixels=np.asarray(pixels, np.float32))

    def _wrong(self, patch: Patch, centre: Floats, across: float) -> Floats:
        pixels, kind = patch.pixels, self._kind
        height, width = pixels.shape[:2]
        if kind == "black":
            return pixels * np.float32(0)
        if kind == "blown":
            return pixels * np.float32(0) + np.float32(1)
        if kind == "noisy":
            noise = np.random.default_rng(patch.frame).normal(0, 0.08, pixels.shape)
            return pixels + noise.astype(np.float32)
        if kind == "dark":
            return pixels * np.float32(0.7)
        if kind == "bright":
            return pixels * np.float32(1.35)
        if kind == "tinted":
            return pixels * np.array([0.85, 1.05, 1.2], np.float32)
        if kind == "blurred":
            return cv2.GaussianBlur(pixels, (0, 0), across / 12)
        if kind == "too-large":
            grown = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), 0, 1.5)
        elif kind == "displaced":
            grown = np.array([[1, 0, 7], [0, 1, 7]], np.float32)  # 10 pixels
        elif kind == "other-mouth" and self._mouth is not None:
            side = max(int(across * 2.4), 8)
            lower = cv2.resize(self._mouth, (side, side), interpolation=cv2.INTER_AREA)
            shift = np.array([[1, 0, centre[0] - side / 2], [0, 1, centre[1] - side / 2]])
            return cv2.warpAffine(lower, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        else:
            return pixels
        return cv2.warpAffine(pixels, grown, (width, height), borderMode=cv2.BORDER_REPLICATE)


def mouth_of(plate: Path) -> Floats:
    """Return the mouth of a plate's middle frame and the skin around it, (h, w, 3) R'G'B'."""
    face = look_at(plate, [20])[0].faces[0]
    lips = face.mesh[list(OUTER_LIPS), :2]
    (x, y), reach = lips.mean(axis=0), 1.2 * float(np.ptp(lips[:, 0]))
    with open_plate(plate) as reel:
        rgb = reel.fetch([20])[0].rgb8()
    left, top = max(int(x - reach), 0), max(int(y - reach), 0)
    part = rgb[top : int(y + reach), left : int(x + reach)]
    return part.astype(np.float32) / np.float32(255)
