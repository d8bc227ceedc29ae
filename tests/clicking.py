"""Two faces whose frames carry their number, lines that click, and an engine that marks what it
hears.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.shot import Dub
from g4g_plugin.engine.base import EngineSpec
from g4g_plugin.media.plate import open_plate

RATE, COUNT = Fraction(25), 60
BITS, BAR = 8, 20  # frame number, from its lowest bit, in bars so many pixels wide and high
LEFT, RIGHT = FaceChoice(150, 100, 0), FaceChoice(450, 100, 0)
CLICK = 480  # samples at 48 kHz


class Marking:
    """An engine that writes into the face's place what it hears at each frame: a grey patch where
    the take sounds.
    """

    spec = EngineSpec("marking", 48_000, batch=1, run_up=0, needs_face=True)

    def dub(self, crops: Crops, take: np.ndarray) -> Iterator[Patch]:
        """Yield a darker face where the frame's sound is loud, the plate's own elsewhere."""
        for crop in crops:
            first = round((crop.frame - crops.start) / crops.rate * 48_000)
            heard = take[max(first, 0) : max(first + 1920, 0)]
            loud = len(heard) > 0 and np.abs(heard).max() > 0.1
            strength = float(crops.direction.strength(1.0)[_row(crops, crop.frame)])
            pixels = crop.pixels * np.float32(0.8) if loud and strength else crop.pixels
            matte = np.ones(crop.pixels.shape[:2], np.float32)
            at = np.array([[1, 0, crop.origin[0]], [0, 1, crop.origin[1]]], np.float32)
            yield Patch(crop.frame, pixels, matte, at)

    def close(self) -> None:
        """Hold nothing."""


def _row(crops: Crops, frame: int) -> int:
    return int(np.searchsorted(crops.track.frames, frame))


def write_plate(path: Path) -> Path:
    """Write two faces beside each other; a row of bars on top counts the frames."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=RATE, options={"g": "1"})
        stream.width, stream.height, stream.pix_fmt = 600, 260, "yuv444p"
        for n in range(COUNT):
            place = np.array([[1.4, 0, -170 + 0.1 * n], [0, 1.4, -30]])
            half = cv2.warpAffine(astronaut(), place, (300, 260))
            picture = np.concatenate([half, half], axis=1).astype(np.uint8)
            for bit in range(BITS):
                picture[:BAR, bit * BAR : (bit + 1) * BAR] = 255 * (n >> bit & 1)
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts = n
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
    return path


def write_clicks(path: Path, seconds: float, *frames: int) -> Path:
    """Write a take that clicks for 10 ms in the middle of each of these frames."""
    samples = np.zeros(round(seconds * 48_000))
    for frame in frames:
        begin = frame * 1920 + 960
        samples[begin : begin + CLICK] = 20_000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def numbers(media: Path) -> list[int]:
    """Return the numbers that the bars of each frame say."""
    with open_plate(media) as movie:
        rows = [p.planes[0][BAR // 2].astype(int) for p in movie.read(0, movie.facts.count)]
    centres = [bit * BAR + BAR // 2 for bit in range(BITS)]
    return [sum((row[x] > 128) << bit for bit, x in enumerate(centres)) for row in rows]


def changed(plate: Path, dub: Dub) -> dict[str, list[int]]:
    """Return in which frames each half of the picture differs from the plate."""
    halves: dict[str, list[int]] = {"left": [], "right": []}
    with open_plate(plate) as before, open_plate(dub.media) as after:
        for a, b in zip(before.read(0, COUNT), after.read(0, COUNT), strict=True):
            off = np.abs(a.planes[0].astype(int) - b.planes[0]) > 8
            for name, half in (("left", off[:, :300]), ("right", off[:, 300:])):
                if half.any():
                    halves[name].append(a.index)
    return halves


def clicks(dub: Dub, stream: int) -> list[int]:
    """Return the frames in which a stream of the delivered sound clicks."""
    with av.open(str(dub.media)) as movie:
        parts = [f.to_ndarray().ravel() for f in movie.decode(movie.streams.audio[stream])]
    loud = np.flatnonzero(np.abs(np.concatenate(parts).astype(np.float64)) > 2**29)
    return sorted({int(sample // 1920) for sample in loud})
