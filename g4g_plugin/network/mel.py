"""Take -> log-mel spectrogram, and its windows for the frames of a plate at any rate (section 4,
implementation).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLE_RATE = 16_000  # Hz, section 4
WINDOW_SAMPLES = 800  # samples, section 4
HOP_SAMPLES = 200  # samples; not in the paper: Wav2Lip's and DINet's, so that 16 rows are 0.2 s
MEL_BANDS = 80  # A is 16 x 80, section 3.1.1
WINDOW_ROWS = 16  # mel rows of one window, 0.2 s
MEL_RATE = SAMPLE_RATE // HOP_SAMPLES  # 80 rows a second
SILENCE_LEVEL = -4.0  # the value of digital silence

LOWEST_HZ, HIGHEST_HZ = 55.0, 7600.0  # Hz, edges of the mel bank (Wav2Lip's)
PREEMPHASIS = 0.97
FLOOR_DB = -100.0  # -100 .. 0 dB (re 20 dB) becomes -4 .. 4
REFERENCE_DB = 20.0
VALUE_SPAN = 8.0

SPEECH_LEVEL = 0.6  # where `level_mel` puts the loud rows of speech
# A take whose loud rows lie below this is turned up no further: room tone is no speech
QUIETEST_LEVEL = -1.2


def mel_bank() -> Floats:
    """Return the mel filters (80, 401) float32: Slaney's scale, triangles of unit area, 55 to 7600
    Hz.
    """
    edges = _hertz(np.linspace(_mels(LOWEST_HZ), _mels(HIGHEST_HZ), MEL_BANDS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, WINDOW_SAMPLES // 2 + 1)
    below, centre, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise, fall = (bins - below) / (centre - below), (above - bins) / (above - centre)
    triangles = np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (above - below)
    return triangles.astype(np.float32)


def mel_spectrogram(samples: Floats) -> Floats:
    """Return the log-mel spectrogram of a take: (n // 200 + 1, 80) float32, -4 (silence) .. 4.

    samples (n,) float32 mono at 16 kHz. Row k is centred on sample 200 k, that is on k / 80 s.
    """
    if samples.ndim != 1:
        raise ValueError(f"a take is (samples,), not {samples.shape}")
    wave = torch.from_numpy(np.ascontiguousarray(samples, np.float32))
    wave = (
        torch.cat([wave[:1], wave[1:] - PREEMPHASIS * wave[:-1]]) if len(wave) else torch.zeros(1)
    )
    wave = torch.nn.functional.pad(
        wave, (WINDOW_SAMPLES // 2, WINDOW_SAMPLES // 2)
    )  # zeros, not mirrored: silence lies outside
    window = torch.hann_window(WINDOW_SAMPLES, periodic=True)
    spectrum = torch.stft(
        wave, WINDOW_SAMPLES, HOP_SAMPLES, WINDOW_SAMPLES, window, center=False, return_complex=True
    ).abs()
    power = torch.from_numpy(mel_bank()) @ spectrum
    decibel = 20.0 * torch.log10(torch.clamp(power, min=1e-5)) - REFERENCE_DB
    scaled = VALUE_SPAN * (decibel - FLOOR_DB) / -FLOOR_DB + SILENCE_LEVEL
    return torch.clamp(scaled, SILENCE_LEVEL, -SILENCE_LEVEL).T.contiguous().numpy()


def level_mel(mel: Floats) -> Floats:
    """Bring the loud rows of a take to one level, so that quiet and loud recordings act alike.

    mel (T, 80) float32. Its loudness is the 95th percentile over time of the mean of its 20 loudest
    bands. Digital silence stays silence, and a take without speech is not turned up.
    """
    if not len(mel):
        return mel
    loud = np.percentile(np.sort(mel, axis=1)[:, -20:].mean(axis=1), 95)
    shifted = mel + np.float32(SPEECH_LEVEL - max(float(loud), QUIETEST_LEVEL))
    return np.where(
        mel <= SILENCE_LEVEL,
        np.float32(SILENCE_LEVEL),
        np.maximum(shifted, np.float32(SILENCE_LEVEL)),
    )


def resample(
    track: NDArray[Any], places: NDArray[Any], outside: float | Floats | None = None
) -> Floats:
    """Read a track at fractional rows, linear.

    Args:
        track: (T, C).
        places: (N,) rows.
        outside: what stands beyond its ends, a number or (C,); the end row where None.
    """
    inside = np.clip(places, 0, len(track) - 1)
    low = np.minimum(inside.astype(np.int64), max(len(track) - 2, 0))
    share = (inside - low)[:, None].astype(np.float32)
    read = track[low] * (1 - share) + track[np.minimum(low + 1, len(track) - 1)] * share
    if outside is not None:
        read = np.where(
            ((places < 0) | (places > len(track) - 1))[:, None],
            np.asarray(outside, np.float32),
            read,
        )
    return read.astype(np.float32)


def windows(mel: Floats, rate: Fraction, count: int, first: int = 0) -> Floats:
    """Return one window of 0.2 s for each frame, centred on it: (count, 16, 80) float32.

    Outside the take there is silence.

    Args:
        mel: (T, 80) mel rows of the take.
        rate: frames per second.
        count: of frames.
        first: frame i stands at (first + i) / rate seconds of the take.
    """
    times = (first + np.arange(count, dtype=np.float64)) / float(rate)
    return windows_at(mel, times)


def windows_at(mel: Floats, times: NDArray[np.float64]) -> Floats:
    """Return the windows (len(times), 16, 80) float32 centred on these times (seconds; any order,
    any spacing).
    """
    start = np.rint(np.asarray(times, np.float64) * MEL_RATE - (WINDOW_ROWS - 1) / 2).astype(
        np.int64
    )
    rows = start[:, None] + np.arange(WINDOW_ROWS)
    padded = np.concatenate([mel, np.full((1, mel.shape[1]), SILENCE_LEVEL, np.float32)])
    inside = (rows >= 0) & (rows < len(mel))
    return padded[np.where(inside, rows, len(mel))]


def pack_mel(mel: Floats) -> NDArray[np.uint8]:
    """Store a mel spectrogram in bytes: -4 .. 4 becomes 0 .. 255, a step is .39 dB."""
    return np.rint(
        (np.clip(mel, SILENCE_LEVEL, -SILENCE_LEVEL) - SILENCE_LEVEL) * (255 / VALUE_SPAN)
    ).astype(np.uint8)


def unpack_mel(stored: NDArray[np.uint8]) -> Floats:
    """Read what `pack_mel` stored."""
    return stored.astype(np.float32) * np.float32(VALUE_SPAN / 255) + np.float32(SILENCE_LEVEL)


def silence(rows: int) -> Floats:
    """Return `rows` rows of silence, (rows, 80) float32."""
    return np.full((rows, MEL_BANDS), SILENCE_LEVEL, np.float32)


def _mels(hertz: float) -> float:
    """Slaney's scale: linear to 1000 Hz, logarithmic above."""
    return (
        hertz * 3 / 200
        if hertz < 1000.0
        else 15.0 + 27.0 * float(np.log(hertz / 1000.0)) / float(np.log(6.4))
    )


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(
        mels < 15.0, mels * 200 / 3, 1000.0 * np.exp((mels - 15.0) * np.log(6.4) / 27.0)
    )
