"""How loud and how long a take is: its level, its pauses, its peaks for drawing."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from g4g_plugin.core.time import FrameRange

SILENT_DBFS = -50.0  # quieter than this is no speech
Sound = Literal["speech", "silence", "steady"]

# A take without speech, by the level between 300 and 3400 Hz in blocks of 20 ms. Over 109 files of
# speech (seven languages, four of them between long pauses) the loud blocks lie at -36 dBFS and
# more, the level varies by 4.7 dB and more, at the pace of syllables by 1.9 dB and more; room tone,
# noise, hum, a fan and held notes stay below 2 dB. Music with a beat passes for speech.
VOICE_BAND = (300.0, 3400.0)  # Hz
FAINTEST_DBFS = -60.0  # dBFS of the loud blocks, below which nothing is said
SPEECH_DEVIATION_DB = 3.5  # dB, standard deviation over the 30 dB below the loud blocks
SYLLABLE_RATES, SYLLABLE_DEVIATION_DB = (2.0, 10.0), 1.2  # Hz; dB of that deviation at this pace
BLOCKS_PER_SECOND = 50  # a second


def frames_off(seconds: Fraction, span: FrameRange) -> int:
    """Return by how many frames a take is longer (+) or shorter (-) than the clip it is for."""
    return round((seconds - span.seconds) * span.rate)


def peaks(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Return (count,) float32 0..1: the loudest sample of each of `count` equal stretches, for
    drawing.
    """
    if not len(samples):
        return np.zeros(count, np.float32)
    edges = np.linspace(0, len(samples), count + 1).astype(int)
    loud = np.abs(samples)
    starts = np.minimum(edges[:-1], len(samples) - 1)
    return np.minimum(np.maximum.reduceat(loud, starts), 1).astype(np.float32)


def level(samples: NDArray[np.float32]) -> float:
    """Return the RMS level of the sounding part in dBFS (full-scale sine = -3); -120 for nothing."""
    if not len(samples):
        return -120.0
    block = max(1, len(samples) // 200)
    whole = samples[: len(samples) // block * block].astype(np.float64).reshape(-1, block)
    power = (whole**2).mean(axis=1)
    loud = power[power >= np.median(power)]
    return float(max(10 * np.log10(max(loud.mean(), 1e-12)), -120.0))


def silences(
    samples: NDArray[np.float32], sample_rate: int, least: float = 0.5
) -> list[tuple[float, float]]:
    """Return stretches (start, end; seconds) without speech.

    Args:
        samples: (n,) mono.
        sample_rate: in Hz.
        least: seconds a stretch lasts at least.
    """
    hop = sample_rate // 50
    count = len(samples) // hop
    if not count:
        return []
    power = (samples[: count * hop].astype(np.float64).reshape(count, hop) ** 2).mean(axis=1)
    quiet = np.concatenate([[False], 10 * np.log10(power + 1e-12) < SILENT_DBFS, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8)))
    return [
        (a / 50, b / 50)
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if (b - a) / 50 >= least
    ]


def sound_of(samples: NDArray[np.float32], sample_rate: int) -> Sound:
    """Tell speech from silence and from steady sound, such as hum, noise or a held note.

    Args:
        samples: (n,) mono.
        sample_rate: in Hz, 8000 or more.
    """
    size = sample_rate // BLOCKS_PER_SECOND
    count = len(samples) // size
    if not count:
        return "silence"
    band = butter(4, VOICE_BAND, "band", fs=sample_rate, output="sos")
    voice = np.asarray(sosfilt(band, samples.astype(np.float64)))[: count * size]
    levels = 10 * np.log10((voice.reshape(count, size) ** 2).mean(axis=1) + 1e-12)
    loud = float(np.percentile(levels, 95))
    if loud < FAINTEST_DBFS:
        return "silence"
    levels = np.maximum(levels, loud - 30)
    pace = butter(2, SYLLABLE_RATES, "band", fs=BLOCKS_PER_SECOND, output="sos")
    paced = np.asarray(sosfilt(pace, levels - levels.mean()))
    return (
        "speech"
        if levels.std() >= SPEECH_DEVIATION_DB and paced.std() >= SYLLABLE_DEVIATION_DB
        else "steady"
    )
