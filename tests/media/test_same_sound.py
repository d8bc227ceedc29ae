from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn_movies import write_sound

from g4g_plugin.core.decisions import Take
from g4g_plugin.media.same_sound import SAME_SOUND_SHARE, SOUND_RATE, agreement, same_sound

SECONDS = 4


def voice(seed: int) -> np.ndarray:
    """Draw syllables: bursts of pulses and of noise through formants of their own, (n,) at RATE."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(SECONDS * SOUND_RATE)
    at = 0
    while at < len(sound) - SOUND_RATE // 2:
        length = int(rng.integers(SOUND_RATE // 12, SOUND_RATE // 4))
        pulses = np.zeros(length)
        pulses[:: int(SOUND_RATE / rng.uniform(90, 220))] = 1
        source = pulses if rng.random() < 0.7 else rng.normal(size=length) * 0.1
        t = np.arange(int(0.03 * SOUND_RATE)) / SOUND_RATE
        tones = [np.sin(2 * np.pi * rng.uniform(300, 2800) * t) for _ in range(3)]
        formants = np.exp(-t * 80) * np.sum(tones, axis=0)
        sound[at : at + length] += np.convolve(source, formants)[:length]
        at += length + int(rng.integers(0, SOUND_RATE // 6))
    return sound


def in_a_room(sound: np.ndarray, seed: int) -> np.ndarray:
    """Add as much reverberant sound as there is direct, and noise 20 dB below."""
    rng = np.random.default_rng(seed)
    tail = np.arange(SOUND_RATE // 2)
    echo = np.convolve(sound, rng.normal(size=len(tail)) * np.exp(-tail * 14 / SOUND_RATE))
    echo = echo[: len(sound)]
    wet = sound / sound.std() + echo / echo.std()
    return wet + 0.1 * wet.std() * rng.normal(size=len(sound))


@pytest.mark.parametrize("late", [-0.3, 0.0, 0.2])
def test_a_sound_is_known_again_through_another_microphone(late: float) -> None:
    sound = voice(1)
    other = np.roll(in_a_room(sound, 2), round(late * SOUND_RATE))
    assert agreement(sound, other) == pytest.approx(1, abs=0.15)


def test_another_line_is_another_sound() -> None:
    said = [agreement(voice(a), voice(b)) for a in range(2, 6) for b in range(a)]
    assert max(said) < SAME_SOUND_SHARE


def test_silence_short_and_unreadable_files_say_nothing(tmp_path: Path) -> None:
    sound = voice(1)
    assert agreement(sound, np.zeros_like(sound)) == 0
    assert agreement(sound[:SOUND_RATE], sound[:SOUND_RATE]) == 0
    file = write_sound(
        tmp_path / "a.wav", "pcm_s16le", (sound[None] * 8000).astype(np.int16), SOUND_RATE
    )
    assert same_sound(Take(file, Fraction(1)), Take(file, Fraction(1)))
    assert not same_sound(Take(file), Take(tmp_path / "none.wav"))
