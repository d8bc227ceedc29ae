from __future__ import annotations

from fractions import Fraction

import librosa
import numpy as np
import pytest

from g4g_plugin.network import mel


def twin(samples: np.ndarray) -> np.ndarray:
    """The same spectrogram in plain numpy, row by row."""
    wave = samples.astype(np.float64)
    wave = np.concatenate([wave[:1], wave[1:] - 0.97 * wave[:-1]])
    padded = np.pad(wave, 400)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(800) / 800)
    rows = []
    for start in range(0, len(padded) - 800 + 1, 200):
        power = mel.mel_bank().astype(np.float64) @ np.abs(
            np.fft.rfft(padded[start : start + 800] * window)
        )
        rows.append(8 * (20 * np.log10(np.maximum(power, 1e-5)) - 20 + 100) / 100 - 4)
    return np.clip(np.array(rows), -4, 4)


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, count).astype(np.float32)


def test_spectrogram_is_its_numpy_twin():
    samples = noise(16_123)
    np.testing.assert_allclose(mel.mel_spectrogram(samples), twin(samples), atol=2e-3)


def test_bank_is_librosas():
    theirs = librosa.filters.mel(sr=16000, n_fft=800, n_mels=80, fmin=55, fmax=7600)
    np.testing.assert_allclose(mel.mel_bank(), theirs, atol=1e-7)


@pytest.mark.parametrize("count", [0, 1, 199, 800, 16_000])
def test_any_length(count):
    rows = mel.mel_spectrogram(np.zeros(count, np.float32))
    assert rows.shape == (max(count, 1) // 200 + 1, 80)
    assert np.all(rows == mel.SILENCE_LEVEL)


def test_stereo_is_refused():
    with pytest.raises(ValueError, match="samples"):
        mel.mel_spectrogram(np.zeros((2, 100), np.float32))


def test_a_click_is_heard_where_it_is():
    samples = np.zeros(32_000, np.float32)
    samples[24_000] = 1.0  # 1.5 s
    loudest = mel.mel_spectrogram(samples).mean(axis=1).argmax()
    assert loudest == 120


@pytest.mark.parametrize(
    "rate", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(24000, 1001)]
)
def test_windows_stand_on_their_frames_at_any_rate(rate):
    ramp = np.repeat(np.arange(800, dtype=np.float32)[:, None], 80, axis=1)  # row k holds k
    frames = mel.windows(ramp, rate, 100, first=20)
    assert frames.shape == (100, 16, 80)
    centre = frames[:, :, 0].mean(axis=1)
    np.testing.assert_allclose(centre, 80 * (20 + np.arange(100)) / float(rate), atol=0.51)


def test_windows_do_not_drift_over_an_hour():
    times = np.array([3600 * 25 / 25.0])
    assert mel.windows_at(np.zeros((80 * 3700, 80), np.float32), times).shape == (1, 16, 80)
    row = np.repeat(np.arange(80 * 3700, dtype=np.float64)[:, None], 1, axis=1)
    assert abs(mel.windows_at(row.astype(np.float32), times)[0].mean() - 288_000) <= 0.5


def test_outside_the_take_is_silence():
    loud = np.ones((40, 80), np.float32)
    frames = mel.windows(loud, Fraction(25), 3, first=-10)
    assert np.all(frames == mel.SILENCE_LEVEL)
    assert np.all(mel.windows(loud, Fraction(25), 1, first=100) == mel.SILENCE_LEVEL)


def test_level_makes_quiet_and_loud_alike_but_never_lifts_silence():
    speech = noise(32_000) * (1 + np.sin(np.arange(32_000) / 1500)).astype(np.float32)
    loud, quiet = (mel.level_mel(mel.mel_spectrogram(np.float32(g) * speech)) for g in (1.0, 0.3))
    np.testing.assert_allclose(loud, quiet, atol=0.02)
    assert np.all(mel.level_mel(mel.silence(100)) == mel.SILENCE_LEVEL)
    hiss = mel.level_mel(mel.mel_spectrogram(np.float32(3e-3) * speech))
    assert hiss.max() < loud.max() - 1


def test_bytes_keep_a_third_of_a_decibel():
    rows = mel.mel_spectrogram(noise(8000))
    assert np.abs(mel.unpack_mel(mel.pack_mel(rows)) - rows).max() <= 0.5 * 8 / 255 + 1e-6
