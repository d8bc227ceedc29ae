"""Drawn talking heads: meshes whose mouth opens as told, speech-like sound that tells how far, and
packs of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from g4g_plugin.core.face import INNER_LIPS, JAW, OUTER_LIPS, STABLE
from g4g_plugin.network import mel
from g4g_plugin.training.corpus.build import write_video
from g4g_plugin.training.corpus.pack import (
    CORPUS_RATE,
    PACK_FORMAT,
    digest_of,
    steps_of,
    write_json,
)

_STABLE = np.array(
    [
        [-0.5, -0.01, 0.14],
        [-0.19, 0.02, 0.09],
        [0.19, 0.02, 0.09],
        [0.5, -0.01, 0.14],
        [0, 0, -0.11],
        [0, 0.09, -0.14],
        [0, 0.18, -0.18],
        [0, 0.27, -0.22],
        [0, 0.36, -0.27],
        [0, 0.46, -0.27],
        [0, -0.57, -0.17],
        [0, -0.38, -0.18],
        [0, -0.18, -0.17],
        [0, -0.09, -0.13],
        [-0.79, -0.08, 0.69],
        [0.79, -0.08, 0.7],
    ],
    np.float32,
)


def drawn_face(aperture: np.ndarray, width: float = 0.36) -> np.ndarray:
    """Return frontal meshes (N, 478, 3) in eye distances; the inner lips stand `aperture` (N,)
    apart in the middle.
    """
    opening = np.asarray(aperture, np.float64)
    mesh = np.random.default_rng(5).uniform(-0.6, 0.6, (478, 3))
    mesh = np.repeat(mesh[None], len(opening), axis=0)
    mesh[:, STABLE] = _STABLE
    for ring, thick in ((OUTER_LIPS, 0.07), (INNER_LIPS, 0.0)):
        angle = (
            np.arange(20) * np.pi / 10
        )  # from the image-left corner, below, to the right and back above
        half = width / 2 * (1.25 if thick else 1.0)
        for k, point in enumerate(ring):
            down = np.sin(angle[k])
            mesh[:, point, 0] = -half * np.cos(angle[k])
            mesh[:, point, 1] = (
                0.8 + thick * down + opening * np.sign(down) * min(abs(down), 0.8) / 0.8 * 0.5
            )
            mesh[:, point, 2] = -0.15
    for k, point in enumerate(JAW):
        turn = np.pi * k / (len(JAW) - 1)
        mesh[:, point, 0] = -0.75 * np.cos(turn)
        mesh[:, point, 1] = 0.5 + 0.75 * np.sin(turn) + 0.7 * opening * np.sin(turn)
        mesh[:, point, 2] = 0.5 - 0.5 * np.sin(turn)
    return mesh.astype(np.float32)


def turned(
    mesh: np.ndarray, yaw: float, roll: float, scale: float, shift: tuple[float, float, float]
) -> np.ndarray:
    """Turn, size and place frontal meshes as a plate would show them."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    about_y = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    cos, sin = np.cos(roll), np.sin(roll)
    about_z = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return (scale * mesh @ (about_z @ about_y).T + np.array(shift)).astype(np.float32)


def drawn_speech(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (aperture (frames,), mel rows (80 + 3.2 frames + 80, 80)): the louder, the wider."""
    rng = np.random.default_rng(seed)
    knots = rng.uniform(0, 0.3, frames // 4 + 3)
    knots[rng.random(len(knots)) < 0.3] = 0.0
    aperture = np.interp(np.arange(frames), np.arange(len(knots)) * 4, knots)
    seconds = np.arange((frames * 640) + 32000) / 16000 - 1.0
    loud = np.interp(seconds * CORPUS_RATE, np.arange(frames), aperture, left=0, right=0)
    tone = (
        np.sin(2 * np.pi * 140 * seconds)
        + np.sin(2 * np.pi * 700 * seconds)
        + 0.3 * rng.normal(size=len(seconds))
    )
    samples = (0.5 * loud * tone).astype(np.float32)
    rows = mel.mel_spectrogram(samples)
    return aperture.astype(np.float32), rows[: 160 + round(frames * 3.2)]


def drawn_crop(mesh: np.ndarray, seed: int) -> np.ndarray:
    """Draw one 104 x 80 RGB crop of a mesh (478, 3) in crop pixels: a plain face with a dark mouth."""
    rng = np.random.default_rng(seed)
    picture = np.full((104, 80, 3), rng.integers(120, 200, 3), np.uint8)
    y, x = np.mgrid[:104, :80]
    lips = mesh[list(INNER_LIPS)]
    centre, half = lips[:, :2].mean(axis=0), np.ptp(lips[:, :2], axis=0) / 2 + (1.0, 1.0)
    inside = ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 < 1
    picture[inside] = (60, 20, 20)
    return picture


def steady(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Pretend to see the same face in every picture; other processes find it by name."""
    return np.stack([turned(drawn_face(np.zeros(1)), 0, 0, 30, (48, 30, 0))[0] for _ in pictures])


def halved(mesh: np.ndarray, mouth: int) -> np.ndarray:
    """Crop every picture alike."""
    return np.repeat(np.array([[[0.8, 0, 0], [0, 1, 0]]], np.float32), len(mesh), axis=0)


def draw_pack(
    path: Path,
    people: int = 6,
    clips: int = 3,
    frames: int = 60,
    late: dict[str, int] | None = None,
) -> Path:
    """Write a pack of drawn people at M = 64; `late` delays the sound of clips by whole frames."""
    path.mkdir(parents=True, exist_ok=True)
    rows, meshes, mels, pictures = [], [], [], []
    for person in range(people):
        for clip in range(clips):
            key = f"drawn/{person}/{clip}.mp4"
            delay = (late or {}).get(key, 0)
            aperture, sound = drawn_speech(frames, 100 * person + clip)
            shift = round(delay * mel.MEL_RATE / CORPUS_RATE)
            mesh = turned(
                drawn_face(aperture, 0.3 + 0.02 * person), 0.05 * person, 0, 44.0, (40, 32, 0)
            )
            pictures += [drawn_crop(m, person) for m in mesh]
            meshes.append(steps_of(mesh))
            mels.append(mel.pack_mel(np.roll(sound, shift, axis=0)))
            rows.append(
                {
                    "key": key,
                    "identity": f"p{person}",
                    "split": "test" if person == people - 1 else "train",
                    "frames": frames,
                    "shard": 0,
                    "start": len(rows) * frames,
                    "mel_start": sum(map(len, mels[:-1])),
                    "mel_rows": len(mels[-1]),
                }
            )
    write_video(path / "shard-000.mp4", pictures, (104, 80))
    np.savez_compressed(
        path / "shard-000.npz", mesh=np.concatenate(meshes), mel=np.concatenate(mels)
    )
    digests = {name: digest_of(path / name) for name in ("shard-000.mp4", "shard-000.npz")}
    shard = {
        "name": "shard-000",
        "video": "shard-000.mp4",
        "numbers": "shard-000.npz",
        "frames": len(pictures),
        "digests": digests,
    }
    table = {
        "format": PACK_FORMAT,
        "mouth": 64,
        "height": 104,
        "width": 80,
        "rate": CORPUS_RATE,
        "dropped": [],
    }
    write_json(path / "corpus.json", table | {"shards": [shard], "clips": rows})
    return path
