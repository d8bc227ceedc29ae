"""Drawn heads for evaluation: packs of them, an eye that measures their mouths in pixels, and
mouths as numbers.
"""

from __future__ import annotations

from pathlib import Path

import av
import drawn_people as drawn_heads
import numpy as np

from g4g_plugin.core.face import LOWER_LIP, UPPER_LIP
from g4g_plugin.evaluation.metrics import Mouth

DARK = 130  # sum of R, G and B below which a drawn pixel is the inside of a mouth

draw_pack = drawn_heads.draw_pack


def find_drawn(rgb: np.ndarray, near: np.ndarray) -> np.ndarray | None:
    """Find a drawn mouth in its pixels: the nearby mesh, its inner lips where the dark ends; None
    without a mouth.
    """
    rows = np.flatnonzero((rgb.astype(int).sum(axis=2) < DARK).any(axis=1))
    if not len(rows):
        return None
    mesh = near.copy()
    mesh[[UPPER_LIP, LOWER_LIP]] = mesh[[UPPER_LIP, LOWER_LIP]].mean(axis=0)
    mesh[UPPER_LIP, 1], mesh[LOWER_LIP, 1] = rows.min(), rows.max()
    return mesh


def speaking_head(
    frames: int = 60, seed: int = 900, late: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (crops (N, 104, 80, 3), meshes (N, 478, 3), samples at 16 kHz): the louder, the wider.

    The sound is `late` seconds late.
    """
    rng = np.random.default_rng(seed)
    knots = rng.uniform(0, 0.3, frames // 4 + 3)
    knots[rng.random(len(knots)) < 0.3] = 0.0
    aperture = np.interp(np.arange(frames), np.arange(len(knots)) * 4, knots)
    seconds = np.arange(frames * 640) / 16000
    loud = np.interp((seconds - late) * 25, np.arange(frames), aperture, left=0, right=0)
    tone = (
        np.sin(2 * np.pi * 140 * seconds)
        + np.sin(2 * np.pi * 700 * seconds)
        + 0.3 * rng.normal(size=len(seconds))
    )
    mesh = drawn_heads.turned(drawn_heads.drawn_face(aperture, 0.3), 0.05, 0, 44.0, (40, 32, 0))
    crops = np.stack([drawn_heads.drawn_crop(m, 1) for m in mesh])
    return crops, mesh, (0.3 * loud * tone).astype(np.float32)


def swinging(count: int = 100, speed: float = 0.7, late: float = 0.0, size: float = 0.1) -> Mouth:
    """Return a mouth that swings: aperture size * (1 - cos) / 2, `late` seconds later, texture 20."""
    times = np.arange(count) / 25
    return Mouth(times, size * (1 - np.cos(25 * speed * (times - late))) / 2, np.full(count, 20.0))


def write_sound(path: Path, samples: np.ndarray) -> Path:
    """Write mono samples (n,) -1..1 at 16 kHz as a WAV."""
    with av.open(str(path), "w") as sound:
        stream = sound.add_stream("pcm_s16le", rate=16_000, layout="mono")
        whole = np.rint(np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16_000, 0
        sound.mux(stream.encode(frame))
        sound.mux(stream.encode(None))
    return path


def write_movie(path: Path, pictures: np.ndarray) -> Path:
    """Write RGB pictures (N, h, w, 3) without loss at 25 a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=25)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "bgr0"
        for n, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts = n
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
    return path
