"""What happens to faces on the way to a dub: things before the mouth, light, compression, other
poses, silence.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

CLOSING_REACH = 4.0  # frames: so near to speech a mouth may be open already, or still
CLOSING_FRAMES = 4.0  # frames in which it closes


def shut_in_silence(codes: Floats, silent: NDArray[np.bool_]) -> Floats:
    """Close the mouth of codes (N, 12) in the middle of silent spans (N,): code 0 is the person's
    closed mouth.

    People breathe in, smile or wait open-mouthed in silence; a dub that does so looks as if it
    spoke. Near speech the true codes stay: mouths open before the sound and close after it.
    """
    if silent.all() or not silent.any():
        return codes if not silent.all() else np.zeros_like(codes)
    said, index = np.flatnonzero(~silent), np.arange(len(silent))
    distance = np.abs(index[:, None] - said[None]).min(axis=1)
    share = 1 - np.clip((distance - CLOSING_REACH) / CLOSING_FRAMES, 0, 1)
    return (codes * share[:, None]).astype(np.float32)


def occluder(
    region: tuple[int, int, int, int], size: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw something before a face (a hand, a microphone, a cup, a strand of hair): its colours (H,
    W, 3) 0..1 and its cover (H, W) 0..1 with a soft edge.

    Args:
        region: (top, left, bottom, right) whose border it lies across; never over its middle,
            for then there would be no mouth to dub.
        size: height and width, pixels.
        rng: draws it.
    """
    height, width = size
    top, left, bottom, right = region
    cover, reach = np.zeros(size, np.float32), (bottom - top)
    side = rng.integers(0, 3)  # left, right, below
    along = rng.uniform(0.1, 0.9)
    at = (
        (left, top + along * reach),
        (right, top + along * reach),
        (left + along * (right - left), bottom),
    )[side]
    inward = ((1.0, 0.0), (-1.0, 0.0), (0.0, -1.0))[side]
    deep = rng.uniform(0.04, 0.16) * reach  # how far it comes in
    far = rng.uniform(0.3, 0.7) * reach
    turn = rng.uniform(-0.5, 0.5)
    towards = np.array([inward[0] - turn * inward[1], inward[1] + turn * inward[0]])
    tip, root = np.asarray(at) + np.asarray(inward) * deep, np.asarray(at) - towards * far
    thick = max(2, round(rng.uniform(0.05, 0.22) * reach))
    ends = [tuple(round(v * 16) for v in point) for point in (tip, root)]
    cv2.line(cover, ends[0], ends[1], 1.0, thick, cv2.LINE_AA, 4)
    colour = (
        rng.uniform(0.02, 0.95, 3)
        if rng.random() < 0.5
        else rng.uniform(0.4, 0.9) * np.array([1.0, 0.75, 0.62])
    )
    shade = (
        1
        + rng.uniform(-0.3, 0.3) * np.linspace(-1, 1, width)[None]
        + rng.uniform(-0.3, 0.3) * np.linspace(-1, 1, height)[:, None]
    )
    grain = cv2.GaussianBlur(rng.normal(0, 0.2, size).astype(np.float32), (0, 0), 1.5)
    paint = np.clip(colour[None, None] * (shade + grain)[..., None], 0, 1).astype(np.float32)
    return paint, np.asarray(cv2.GaussianBlur(cover, (0, 0), max(0.6, 0.01 * reach)), np.float32)


def paste(pictures: Floats, paint: Floats, cover: Floats, moves: NDArray[np.float64]) -> Floats:
    """Lay an occluder over pictures; return them.

    Args:
        pictures: (n, H, W, 3) 0..1.
        paint: (H, W, 3) 0..1.
        cover: (H, W) 0..1.
        moves: (n, 2) pixels it moves from frame to frame.
    """
    height, width = cover.shape
    out = np.empty_like(pictures)
    for i, (x, y) in enumerate(moves):
        matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
        here = cv2.warpAffine(cover, matrix, (width, height))[..., None]
        thing = cv2.warpAffine(paint, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        out[i] = pictures[i] * (1 - here) + thing * here
    return out


def compressed(pictures: Floats, quality: int) -> Floats:
    """Send pictures (n, H, W, 3) 0..1 RGB through JPEG at a quality of 1..100."""
    back = np.empty_like(pictures)
    for i, picture in enumerate(pictures):
        plain = np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)[..., ::-1]
        _, code = cv2.imencode(".jpg", plain, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
        back[i] = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.float32)[..., ::-1] / 255
    return back


def lit(pictures: Floats, rng: np.random.Generator, most: float) -> Floats:
    """Shift brightness, contrast and colours of pictures, all alike.

    Args:
        pictures: (n, H, W, 3) 0..1.
        rng: draws the shift.
        most: of each, as a share.
    """
    gain = 1 + rng.uniform(-most, most) + rng.uniform(-most, most, 3) / 2
    lift = rng.uniform(-most, most) / 3
    grey = pictures.mean(axis=3, keepdims=True)
    vivid = 1 + rng.uniform(-most, most) * 2
    return np.clip((grey + (pictures - grey) * vivid) * gain + lift, 0, 1).astype(np.float32)


def posed(
    pictures: Floats,
    meshes: Floats,
    rng: np.random.Generator,
    most: float,
    centre: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Turn, size and shift each picture with its mesh a little; return both.

    Args:
        pictures: (n, H, W, 3).
        meshes: (n, P, 2) pixels.
        rng: draws the movement.
        most: degrees of turning; of size, percent; a third of it of the width, percent, of
            shift.
        centre: (x, y) about which it turns, pixels.
    """
    height, width = pictures.shape[1:3]
    out, moved = np.empty_like(pictures), np.empty_like(meshes)
    for i in range(len(pictures)):
        angle, size = rng.uniform(-most, most), 1 + rng.uniform(-most, most) / 100
        matrix = cv2.getRotationMatrix2D(centre, float(angle), float(size))
        matrix[:, 2] += rng.uniform(-most, most, 2) / 300 * width
        out[i] = cv2.warpAffine(
            pictures[i], matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
        moved[i] = meshes[i] @ matrix[:, :2].T + matrix[:, 2]
    return out, moved
