"""Is this the same sound? A recorder's track held against the camera's own, whatever microphone
heard it.

Both are whitened, so that microphone and room do not count, and correlated. Then each short block
says where it fits best: of the same sound nearly all say the same place, of two others' speech only
those whose pitch happens to agree.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray
from scipy.signal.windows import tukey

from g4g_plugin.core.decisions import Take
from g4g_plugin.core.errors import TakeError
from g4g_plugin.media.take import read_take

SOUND_RATE = 8_000  # Hz: a voice's band
VOICE_BAND = (150.0, 3_400.0)  # Hz: what two microphones have in common
SMOOTHING_HZ = 60.0  # Hz over which a spectrum is flattened: finer than rooms, coarser than pitch
LISTENED_SECONDS = Fraction(6)  # s that are compared, at most
SECONDS_LEAST = 1.5  # s: below it too few blocks speak
SLIP_SECONDS = 0.5  # s by which one may be slipped against the other
BLOCK_SECONDS, HOP_SECONDS = 0.3, 0.15  # s
SEARCH_SECONDS = 0.05  # s around the common place in which a block looks for its own
AGREEMENT_SECONDS = 0.001  # s
# Of the louder blocks: two sentences of one speaker reached .60 at 2 s and .44 at 3 s (LJ Speech,
# 231 pairs); the same through a room with as much reverberant as direct sound gave 1.0
SAME_SOUND_SHARE = 0.75
LOUD_LEVEL = 1e-4  # root mean square below which there is nothing to compare (-80 dB)

Floats = NDArray[np.floating]


def same_sound(one: Take, other: Take) -> bool:
    """Return whether two stretches of files, about the same time, hold the same sound; False where
    either cannot be read, is silent or too short to tell.
    """
    lengths = [take.length for take in (one, other) if take.length is not None]
    length = min([*lengths, LISTENED_SECONDS])
    first, second = _heard(one, length), _heard(other, length)
    return first is not None and second is not None and agreement(first, second) >= SAME_SOUND_SHARE


def _heard(take: Take, length: Fraction) -> Floats | None:
    """Read a stretch of a file, or what there is of it to its end; None where there is nothing."""
    for wanted in (length, None):
        try:
            return read_take(Take(take.audio, take.start, wanted, take.channel), SOUND_RATE)
        except TakeError:
            continue
    return None


def agreement(one: Floats, other: Floats) -> float:
    """Return the share of the louder blocks of a sound that lie at one place in another, 0 to 1.

    Args:
        one: (n,) at `SOUND_RATE`.
        other: (m,) at `SOUND_RATE`.
    """
    count = min(len(one), len(other))
    if count < SECONDS_LEAST * SOUND_RATE:
        return 0.0
    one, other = one[:count], other[:count]
    if min(float(np.sqrt(np.mean(np.square(x)))) for x in (one, other)) < LOUD_LEVEL:
        return 0.0
    one, other = _white(one), _white(other)
    place = _place(one, other)
    fits = [
        _fits(one, other, begin, place)
        for begin in range(0, count, round(HOP_SECONDS * SOUND_RATE))
    ]
    votes = np.array([fit for fit in fits if fit is not None])
    if not len(votes):
        return 0.0
    loud = votes[:, 1] >= np.median(votes[:, 1])
    return float(votes[loud, 0].mean())


def _white(sound: Floats) -> Floats:
    """Flatten a sound's spectrum within the band."""
    spectrum = np.fft.rfft(sound * tukey(len(sound), 0.05))
    hertz = np.fft.rfftfreq(len(sound), 1 / SOUND_RATE)
    spectrum = np.where((hertz > VOICE_BAND[0]) & (hertz < VOICE_BAND[1]), spectrum, 0)
    width = max(3, int(SMOOTHING_HZ / hertz[1]))
    power = scipy.ndimage.uniform_filter1d(np.square(np.abs(spectrum)), width)
    level = np.sqrt(np.maximum(power, 0))
    return np.fft.irfft(spectrum / (level + 1e-3 * level.max() + 1e-12), len(sound))


def _place(one: Floats, other: Floats) -> int:
    """Return the lag in samples, within `SLIP_SECONDS`, at which the two fit best."""
    size, reach = scipy.fft.next_fast_len(2 * len(one)), round(SLIP_SECONDS * SOUND_RATE)
    curve = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    near = np.concatenate([curve[-reach:], curve[: reach + 1]])
    return int(np.argmax(np.abs(near))) - reach


def _fits(one: Floats, other: Floats, begin: int, place: int) -> tuple[bool, float] | None:
    """Return whether the block of `other` at `begin` fits best at the common place, and its level;
    None at the ends.
    """
    size, near = round(BLOCK_SECONDS * SOUND_RATE), round(SEARCH_SECONDS * SOUND_RATE)
    block = other[begin : begin + size]
    low, high = begin + place - near, begin + place + size + near
    if len(block) < size or low < 0 or high > len(one):
        return None
    around = one[low:high]
    power = np.convolve(np.square(around), np.ones(size), "valid") * np.sum(np.square(block))
    curve = np.abs(np.correlate(around, block, "valid")) / (np.sqrt(power) + 1e-9)
    off = int(np.argmax(curve)) - near
    return abs(off) <= AGREEMENT_SECONDS * SOUND_RATE, float(np.sqrt(np.mean(np.square(block))))
