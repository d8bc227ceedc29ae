"""Light that was not in the footage, seeded: what a shot's frames look like under it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Frames = list[np.ndarray]  # (h, w, 3) float, 0..1 R'G'B'
Lamp = Callable[[Frames, np.random.Generator], Frames]


def fade(frames: Frames, rng: np.random.Generator) -> Frames:
    """Fade up from black, or down to it."""
    rise = np.clip(np.arange(len(frames)) / (0.5 * len(frames)), 0, 1)
    rise = rise if rng.random() < 0.5 else rise[::-1]
    return [f * share for f, share in zip(frames, rise, strict=True)]


def white(frames: Frames, rng: np.random.Generator) -> Frames:
    """Come out of white."""
    share = np.clip(np.arange(len(frames)) / (rng.uniform(0.4, 0.7) * len(frames)), 0, 1)
    return [1 - (1 - f) * s for f, s in zip(frames, share, strict=True)]


def flicker(frames: Frames, rng: np.random.Generator) -> Frames:
    """Another brightness in each frame."""
    return [f * g for f, g in zip(frames, rng.uniform(0.35, 1.0, len(frames)), strict=True)]


def shadow(frames: Frames, rng: np.random.Generator) -> Frames:
    """Let the soft edge of a shadow walk over the picture, at any angle."""
    height, width = frames[0].shape[:2]
    turn = rng.uniform(0, 2 * np.pi)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    along = (x * np.cos(turn) + y * np.sin(turn))[..., None]
    depth, soft = rng.uniform(0.4, 0.65), rng.uniform(0.04, 0.15)
    edges = np.linspace(-1, 1, len(frames))
    return [
        f * (1 - depth / (1 + np.exp((along - e) / soft)))
        for f, e in zip(frames, edges, strict=True)
    ]


def colour(frames: Frames, rng: np.random.Generator) -> Frames:
    """Change between two coloured lamps every few frames."""
    lamps, run = rng.uniform(0.25, 1.0, (2, 3)), int(rng.integers(3, 9))
    return [f * lamps[i // run % 2] for i, f in enumerate(frames)]


def mixed(frames: Frames, rng: np.random.Generator) -> Frames:
    """Light from a warm and a cold side that swap slowly."""
    side = np.linspace(0, 1, frames[0].shape[1])[None, :, None]
    warm, cold = np.array([1.0, 0.8, 0.55]), np.array([0.6, 0.75, 1.0])
    share = 0.5 + 0.5 * np.sin(rng.uniform(0, 6) + np.arange(len(frames)) / 5)
    return [
        f * (s * (warm * side + cold * (1 - side)) + (1 - s) * (cold * side + warm * (1 - side)))
        for f, s in zip(frames, share, strict=True)
    ]


def night(frames: Frames, rng: np.random.Generator) -> Frames:
    """Show a tenth of the light, with the noise of a camera turned up."""
    return [f * 0.1 + rng.normal(0, 0.008, f.shape) for f in frames]


LAMPS: dict[str, Lamp] = {
    lamp.__name__: lamp for lamp in (fade, white, flicker, shadow, colour, mixed, night)
}


def under(name: str, frames: Frames, seed: int) -> list[np.ndarray]:
    """Return frames (float, 0..1) under the light `name`, float32 in steps of 8 bits."""
    lit = LAMPS[name](frames, np.random.default_rng(seed))
    return [np.clip(np.rint(f * 255), 0, 255).astype(np.float32) / 255 for f in lit]
