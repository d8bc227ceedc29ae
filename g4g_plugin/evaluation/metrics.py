"""What is measured of pictures and mouths: each a function with a known answer, numpy alone.

Pictures are (N, H, W, 3) uint8 or float code values 0..255 of one size; meshes are (N, 478, 3) in
any one scale, NaN where no face was found; apertures are (N,) eye distances at N times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.face import (
    EYE_CORNERS,
    INNER_LIPS,
    LOWER_LIP,
    MOUTH_CORNERS,
    OUTER_LIPS,
    UPPER_LIP,
)

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Pixels = NDArray[Any]

MOUTH_MARGIN = 0.15  # of the lips' width, around the box whose texture is measured
CORRELATION_FRAMES_LEAST = 12  # frames, below which a correlation says nothing
SSIM_REACH = 5  # pixels: 3.5 deviations of the window
PSNR_CEILING_DB = 60.0  # dB: what identical pictures score; about what rounding to 8 bits leaves
TICK_SECONDS = 0.04  # seconds between the samples that jitter is measured on
# Eye distances beyond the person's closed mouth, from which a mouth counts as open
OPEN_DISTANCE = 0.05
STILL_DEVIATION = 1e-6  # eye distances: less deviation is no movement, and correlates with nothing


@dataclass(frozen=True, slots=True, eq=False)
class Mouth:
    """A mouth as followed in a movie: times (N,) s, aperture (N,) in eye distances, texture (N,)
    code values.
    """

    times: Doubles
    aperture: Doubles
    texture: Doubles

    def until(self, end: float) -> Mouth:
        """Keep what is seen up to `end` seconds."""
        keep = self.times <= end
        return Mouth(self.times[keep], self.aperture[keep], self.texture[keep])


# --- pictures against the truth ---


def mouth_part(pictures: Pixels, mouth: int) -> Pixels:
    """Cut the mouth boxes (N, M, M, 3) out of crops of mouth size M."""
    top, left, bottom, right = mouth_box(mouth)
    return pictures[:, top:bottom, left:right]


def mse(made: Pixels, true: Pixels) -> Doubles:
    """Return the mean squared error of each picture, (N,), of values 0..1 (the paper's .002 is 27
    dB).
    """
    away = (made.astype(np.float64) - true) / 255
    return (away**2).mean(axis=(1, 2, 3))


def psnr(made: Pixels, true: Pixels) -> Doubles:
    """Return the peak signal-to-noise ratio of each picture, (N,) dB; `PSNR_CEILING_DB` for
    identical ones.
    """
    error = np.maximum(mse(made, true), 10 ** (-PSNR_CEILING_DB / 10))
    return -10 * np.log10(error)


def ssim(made: Pixels, true: Pixels) -> Doubles:
    """Return the structural similarity of each picture, (N,) (Wang et al. 2004, Gaussian window of
    1.5 pixels).
    """
    return np.array([_ssim(a, b) for a, b in zip(made, true, strict=True)], np.float64)


def _ssim(a: Pixels, b: Pixels) -> float:
    """As scikit-image computes it with Gaussian weights, and many times faster; the window never
    leaves the picture.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    soft = lambda z: np.asarray(cv2.GaussianBlur(z, (2 * SSIM_REACH + 1,) * 2, 1.5))  # noqa: E731
    mx, my = soft(x), soft(y)
    vx, vy, both = soft(x * x) - mx * mx, soft(y * y) - my * my, soft(x * y) - mx * my
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    whole = (2 * mx * my + c1) * (2 * both + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    inside = slice(SSIM_REACH, -SSIM_REACH)
    return float(whole[inside, inside].mean())


# --- mouths ---


def aperture(mesh: Floats) -> Doubles:
    """Return the gap between the inner lips in eye distances, (N,): 3-D, so that turning the head
    does not count.
    """
    gap = np.linalg.norm(mesh[:, UPPER_LIP] - mesh[:, LOWER_LIP], axis=-1)
    eyes = np.linalg.norm(mesh[:, EYE_CORNERS[0]] - mesh[:, EYE_CORNERS[1]], axis=-1)
    return (gap / eyes).astype(np.float64)


def width(mesh: Floats) -> Doubles:
    """Return the distance of the mouth's corners in eye distances, (N,), 3-D like `aperture`."""
    wide = np.linalg.norm(mesh[:, MOUTH_CORNERS[0]] - mesh[:, MOUTH_CORNERS[1]], axis=-1)
    eyes = np.linalg.norm(mesh[:, EYE_CORNERS[0]] - mesh[:, EYE_CORNERS[1]], axis=-1)
    return (wide / eyes).astype(np.float64)


def texture(rgb: NDArray[np.uint8], mesh: Floats) -> float:
    """Return the standard deviation of the mouth's Laplacian, 8-bit code values; mesh (478, 3)
    pixels of `rgb`.
    """
    lips = mesh[list(OUTER_LIPS), :2]
    margin = MOUTH_MARGIN * np.ptp(lips[:, 0])
    (left, top), (right, bottom) = (
        np.floor(lips.min(0) - margin).astype(int),
        np.ceil(lips.max(0) + margin).astype(int),
    )
    part = rgb[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if not part.size:
        return float("nan")
    return float(
        cv2.Laplacian(
            cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2GRAY), cv2.CV_32F
        ).std()
    )


def texture_ratio(made: Mouth, true: Mouth) -> float:
    """Return the high-frequency energy of the mouth, made / true: below 1 soft, above 1 noisy."""
    return float(np.nanmean(made.texture) / max(float(np.nanmean(true.texture)), 1e-6))


def opening_ratio(made: Mouth, true: Mouth) -> float:
    """Return how far the mouth is open on average, made / true."""
    return float(np.mean(made.aperture) / max(float(np.mean(true.aperture)), STILL_DEVIATION))


def travel(made: Mouth, true: Mouth) -> float:
    """Return how far the mouth moves, made / true: ratio of the apertures' standard deviations."""
    return float(made.aperture.std() / max(float(true.aperture.std()), STILL_DEVIATION))


def correlation(a: Mouth, b: Mouth, offset: float = 0.0) -> float:
    """Correlate two apertures at a's times; NaN where there is too little.

    Args:
        a: one mouth.
        b: the other.
        offset: seconds added to b's times.
    """
    if not len(a.times) or not len(b.times):
        return float("nan")
    times = a.times[
        (a.times >= b.times[0] + offset - 1e-9) & (a.times <= b.times[-1] + offset + 1e-9)
    ]
    if len(times) < CORRELATION_FRAMES_LEAST:
        return float("nan")
    x, y = np.interp(times, a.times, a.aperture), np.interp(times - offset, b.times, b.aperture)
    return (
        float(np.corrcoef(x, y)[0, 1])
        if x.std() > STILL_DEVIATION and y.std() > STILL_DEVIATION
        else 0.0
    )


def jitter(mouth: Mouth) -> float:
    """Return the mean absolute second difference of the aperture at 25 samples a second; 0 for even
    movement.
    """
    times = np.arange(mouth.times[0], mouth.times[-1] + TICK_SECONDS / 2, TICK_SECONDS)
    steps = np.diff(np.interp(times, mouth.times, mouth.aperture), 2)
    return float(np.abs(steps).mean()) if len(steps) else float("nan")


def jitter_ratio(made: Mouth, true: Mouth) -> float:
    """Return the jitter, made / true: 1 is as restless as the person's own mouth."""
    return jitter(made) / max(jitter(true), STILL_DEVIATION)


def lmd(made: Floats, true: Floats) -> float:
    """Return the landmark distance of the lips, in hundredths of the true eye distance (Chen et al.
    2018).

    Meshes (N, 478, 3) in one picture scale. Each mouth is centred first, so that position does not
    count; frames without a face on either side are left out.
    """
    lips = list(OUTER_LIPS + INNER_LIPS)
    a, b = made[:, lips, :2], true[:, lips, :2]
    apart = np.linalg.norm(
        (a - a.mean(axis=1, keepdims=True)) - (b - b.mean(axis=1, keepdims=True)), axis=-1
    )
    eyes = np.linalg.norm(true[:, EYE_CORNERS[0], :2] - true[:, EYE_CORNERS[1], :2], axis=-1)
    each = 100 * apart.mean(axis=1) / eyes
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def lip_leak(silent: Mouth, closed: float) -> float:
    """Return the share of frames in which a mouth that hears silence is open (LipLeak), 0..1.

    closed: the aperture of that person's closed mouth. Open is more than `OPEN_DISTANCE` beyond it.
    """
    return (
        float(np.mean(silent.aperture > closed + OPEN_DISTANCE))
        if len(silent.aperture)
        else float("nan")
    )


def closed_aperture(mouth: Mouth) -> float:
    """Return the aperture of a person's closed mouth: the 5th percentile of what is seen."""
    return float(np.percentile(mouth.aperture, 5))


# --- seams ---


def seam(made: Pixels, source: Pixels, ring: Floats) -> float:
    """Return the mean gradient of (made - source) in the ring where the new mouth ends, code values
    per pixel.

    A patch that fades out smoothly scores about 0; one that ends in a step of h code values within
    a ring of k pixels scores about h / k.

    Args:
        made: (N, H, W, 3).
        source: the plate's, alike.
        ring: (N, H, W) weights, 0 outside the ring.
    """
    away = (made.astype(np.float32) - source).mean(axis=-1)
    down, across = np.gradient(away, axis=1), np.gradient(away, axis=2)
    return float((np.hypot(down, across) * ring).sum() / max(float(ring.sum()), 1e-6))
