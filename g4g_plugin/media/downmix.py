"""Several channels become one or two, by the coefficients of ITU-R BS.775, at the level they had.

The coefficients say how channels stand to each other; the sum is then brought to the level of the
loudest channel that went in, so that a line is as loud from a centre channel, from one side, or
from both, as from a mono file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# What sides and surround count for in mono, where the centre is 1
SIDE_WEIGHT, SURROUND_WEIGHT = (0.7071, 0.5)
CENTRE_OF_STEREO, BEHIND_OF_STEREO = 0.7071, 0.7071
# Correlation of left and right below which one of them has its polarity turned
REVERSED_CORRELATION = -0.5
FAINT_SHARE = 0.1  # of the other side's level: a side fainter than this cannot cancel it
LEFT_CHANNELS = {"FL", "FLC", "SL", "BL", "WL", "DL", "TFL"}
RIGHT_CHANNELS = {"FR", "FRC", "SR", "BR", "WR", "DR", "TFR"}
REAR_CHANNELS = {"SL", "SR", "BL", "BR", "BC", "WL", "WR"}
BASS_CHANNELS = {"LFE", "LFE2"}  # effects, no speech; the standard leaves it out


def to_mono(samples: Floats, names: tuple[str, ...]) -> Floats:
    """Mix (channels, n) to (n,); names: FFmpeg's of the channels."""
    if len(samples) == 1:
        return samples[0]
    samples = straightened(samples, names)
    shares = [
        0.0
        if name in BASS_CHANNELS
        else SURROUND_WEIGHT
        if name in REAR_CHANNELS
        else SIDE_WEIGHT
        if name in LEFT_CHANNELS | RIGHT_CHANNELS
        else 1.0
        for name in names
    ]
    return _levelled(np.array([shares]), samples)[0]


def to_stereo(samples: Floats, names: tuple[str, ...]) -> Floats:
    """Mix (channels, n) to (2, n), or to (1, n) where both would be the same; mono and stereo stay."""
    if len(samples) <= 2:
        return straightened(samples, names)
    samples = straightened(samples, names)
    shares = np.array([_stereo_shares(name) for name in names]).T
    mixed = _levelled(shares, samples)
    return mixed[:1] if np.array_equal(mixed[0], mixed[1]) else mixed


def _stereo_shares(name: str) -> tuple[float, float]:
    if name in BASS_CHANNELS:
        return 0.0, 0.0
    share = BEHIND_OF_STEREO if name in REAR_CHANNELS else 1.0
    if name in LEFT_CHANNELS:
        return share, 0.0
    if name in RIGHT_CHANNELS:
        return 0.0, share
    share = CENTRE_OF_STEREO * (BEHIND_OF_STEREO if name in REAR_CHANNELS else 1.0)
    return share, share


def _levelled(shares: NDArray[np.float64], samples: Floats) -> Floats:
    """Mix by shares (out, channels), and bring the loudest result to the loudest channel's level."""
    heard = samples[shares.any(axis=0)]
    mixed = (shares @ samples.astype(np.float64)).astype(np.float32)
    before, after = _loudest(heard), _loudest(mixed)
    return mixed * np.float32(before / after) if after else mixed


def _loudest(samples: Floats) -> float:
    if not samples.size:
        return 0.0
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean(axis=1)).max())


def straightened(samples: Floats, names: tuple[str, ...]) -> Floats:
    """Return the channels with the right one turned back where its polarity is turned."""
    pair = _turned_pair(samples, names)
    if pair is None:
        return samples
    samples = samples.copy()
    samples[pair[1]] *= -1
    return samples


def is_turned(samples: Floats, names: tuple[str, ...]) -> bool:
    """Return whether left and right cancel each other: one of them has its polarity turned."""
    return _turned_pair(samples, names) is not None


def _turned_pair(samples: Floats, names: tuple[str, ...]) -> tuple[int, int] | None:
    if "FL" in names and "FR" in names:
        pair = names.index("FL"), names.index("FR")
    elif len(samples) == 2:
        pair = 0, 1
    else:
        return None
    left, right = (samples[channel].astype(np.float64) for channel in pair)
    power = float(left @ left), float(right @ right)
    if min(power) <= FAINT_SHARE**2 * max(power):
        return None
    return (
        pair if float(left @ right) < REVERSED_CORRELATION * np.sqrt(power[0] * power[1]) else None
    )
