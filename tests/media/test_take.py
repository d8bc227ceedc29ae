from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn_movies import Movie, noise16, tone, write_movie, write_sound
from numpy.typing import NDArray

from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.shot import Take
from g4g_plugin.media.take import fit_take, probe_take, read_take


def heard(samples: NDArray[np.float32], hertz: float, rate: int) -> tuple[float, float]:
    """Return (level, phase) of one tone in samples, by projection."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / rate)
    value = 2 * np.mean(samples * turns)
    return float(abs(value)), float(np.angle(value))


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("hertz", [200.0, 1000.0, 3000.0])
def test_resampled_tone_keeps_pitch_level_and_time(tmp_path: Path, rate: int, hertz: float) -> None:
    """Level within 0.05 dB, delay within a hundredth of a sample at 16 kHz, nothing else above -80
    dB.
    """
    sound = np.clip(np.rint(tone(hertz, 1.0, rate)[None] * 2**31), -(2**31), 2**31 - 1).astype(
        np.int32
    )
    path = write_sound(tmp_path / "a.wav", "pcm_s32le", sound, rate)
    samples = read_take(Take(path), 16_000)
    assert (len(samples), samples.dtype) == (16_000, np.float32)
    middle = samples[2000:14_000]
    level, phase = heard(middle, hertz, 16_000)
    expected = heard(tone(hertz, 1.0, 16_000)[2000:14_000], hertz, 16_000)[1]
    assert abs(20 * np.log10(level / 0.5)) < 0.05
    assert abs(phase - expected) / (2 * np.pi * hertz) * 16_000 < 0.01
    rest = middle - tone(hertz, 1.0, 16_000)[2000:14_000] * (level / 0.5)
    assert np.abs(rest).max() < 1e-4


def test_what_lies_above_the_new_range_is_gone(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "pcm_f32le", tone(12_000, 1.0, 48_000)[None], 48_000)
    assert np.abs(read_take(Take(path), 16_000)[1000:-1000]).max() < 1e-4
    assert np.abs(read_take(Take(path), 48_000)).max() > 0.49


def test_own_rate_is_sample_for_sample(tmp_path: Path) -> None:
    noise = noise16(2, 48_000)
    path = write_sound(tmp_path / "a.wav", "pcm_s16le", noise, 48_000)
    take = Take(path, Fraction(1, 4), Fraction(1, 3), 1)
    assert np.array_equal(
        read_take(take, 48_000), noise[1, 12_000:28_000].astype(np.float32) / 32768
    )
    mixed = read_take(Take(path), 48_000)
    both = noise.astype(np.float64).sum(axis=0)
    loudest = np.sqrt((noise.astype(np.float64) ** 2).mean(axis=1)).max()
    both *= loudest / np.sqrt((both**2).mean())
    assert np.allclose(mixed, both / 32768, atol=1e-5)


@pytest.mark.parametrize(
    ("codec", "suffix"), [("flac", "flac"), ("alac", "m4a"), ("pcm_s16be", "aiff")]
)
def test_lossless_files_give_the_same_samples(tmp_path: Path, codec: str, suffix: str) -> None:
    noise = noise16(2, 30_000)
    path = write_sound(tmp_path / f"a.{suffix}", codec, noise, 44_100)
    for channel in (0, 1):
        samples = read_take(Take(path, Fraction(1, 10), Fraction(1, 5), channel), 44_100)
        assert np.array_equal(
            samples, noise[channel, 4410 : 4410 + 8820].astype(np.float32) / 32768
        )


@pytest.mark.parametrize(
    ("codec", "suffix"), [("aac", "m4a"), ("libmp3lame", "mp3"), ("libopus", "opus")]
)
def test_lossy_files_keep_time(tmp_path: Path, codec: str, suffix: str) -> None:
    """A burst in silence lies where it was drawn, encoder delays taken off."""
    sound = np.zeros(96_000, np.float32)
    sound[40_000:60_000] = tone(1000, 20_000 / 48_000, 48_000)
    path = write_sound(tmp_path / f"a.{suffix}", codec, sound[None], 48_000)
    samples = read_take(Take(path), 48_000)
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    assert abs(loud[0] - 40_000) < 60
    assert abs(loud[-1] - 60_000) < 60
    lag = (
        np.argmax(
            [np.dot(sound[30_000:70_000], samples[30_000 + d : 70_000 + d]) for d in range(-24, 25)]
        )
        - 24
    )
    assert abs(lag) <= 1


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_channels_count_over_all_streams_and_late_sound_stays_late(
    tmp_path: Path, suffix: str
) -> None:
    one, two = noise16(2, 24_000, 1), noise16(1, 24_000, 2)
    sounds = [("pcm_s16le", one, 48_000), ("pcm_s16le", two, 48_000)]
    path = write_movie(
        tmp_path / f"a.{suffix}", Movie(count=25, sounds=sounds, late=Fraction(1, 4))
    )
    facts = probe_take(path)
    assert (facts.channels, facts.streams, facts.sample_rate) == (3, 2, 48_000)
    assert facts.seconds == Fraction(3, 4)
    for channel, drawn in ((0, one[0]), (1, one[1]), (2, two[0])):
        samples = read_take(Take(path, channel=channel), 48_000)
        assert not samples[:12_000].any()
        assert np.array_equal(samples[12_000:], drawn.astype(np.float32) / 32768)


def test_far_into_a_long_file(tmp_path: Path) -> None:
    noise = noise16(1, 8_000 * 40)
    path = write_sound(tmp_path / "a.wav", "pcm_s16le", noise, 8_000)
    samples = read_take(Take(path, Fraction(63, 2), Fraction(1)), 8_000)
    assert np.array_equal(samples, noise[0, 252_000:260_000].astype(np.float32) / 32768)


def test_length_is_exact_at_odd_places(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", "pcm_s16le", noise16(1, 44_100), 44_100)
    for length in (Fraction(1001, 24_000), Fraction(7, 30), Fraction(1, 3)):
        assert len(read_take(Take(path, Fraction(1, 7), length), 16_000)) == round(length * 16_000)


def _silent_wav(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)


def _short_wav(path: Path) -> None:
    whole = write_sound(path.with_name("whole.wav"), "pcm_s16le", noise16(1, 96_000), 48_000)
    path.write_bytes(whole.read_bytes()[:60_000])


DOORS = {
    "missing": ("gone.wav", lambda path: None, "no file"),
    "folder": ("folder", lambda path: path.mkdir(), "folder"),
    "empty": ("a.wav", lambda path: path.touch(), "empty"),
    "noise": (
        "a.wav",
        lambda path: path.write_bytes(np.random.default_rng(0).bytes(9000)),
        "cannot be read",
    ),
    "no sound": ("a.mov", lambda path: write_movie(path, Movie()), "holds no sound"),
    "no samples": ("a.wav", _silent_wav, "No sound|cannot be read"),
    "cut short": ("a.wav", _short_wav, "cut short"),
}


@pytest.mark.parametrize("door", DOORS)
def test_bad_files_are_told_in_a_sentence(tmp_path: Path, door: str) -> None:
    name, make, said = DOORS[door]
    make(tmp_path / name)
    for read in (
        lambda: read_take(Take(tmp_path / name), 16_000),
        lambda: probe_take(tmp_path / name),
    ):
        with pytest.raises(TakeError, match=said) as told:
            read()
        assert told.value.message.endswith(".")
        assert told.value.hint


@pytest.mark.parametrize(
    ("start", "length", "channel", "said"),
    [
        (2, None, None, "starts at 2.00 s"),
        (0, 2, None, "runs to 2.00 s"),
        (0, None, 2, "no channel 2"),
    ],
)
def test_range_beyond_the_file(
    tmp_path: Path, start: int, length: int | None, channel: int | None, said: str
) -> None:
    path = write_sound(tmp_path / "a.wav", "pcm_s16le", noise16(2, 48_000), 48_000)
    take = Take(path, Fraction(start), None if length is None else Fraction(length), channel)
    with pytest.raises(TakeError, match=said):
        read_take(take, 16_000)


def test_fit() -> None:
    samples, frame, shot = np.ones(16_000, np.float32), Fraction(1, 25), Fraction(1)
    assert np.array_equal(fit_take(samples, 16_000, shot, frame, "exact"), samples)
    near = fit_take(samples[:15_700], 16_000, shot, frame, "exact")
    assert (len(near), near[15_699], near[15_700:].any()) == (16_000, 1, False)
    assert len(fit_take(np.ones(16_320, np.float32), 16_000, shot, frame, "exact")) == 16_000
    long, short = np.ones(20_000, np.float32), np.ones(9_000, np.float32)
    assert fit_take(long, 16_000, shot, frame, "trim").sum() == 16_000
    padded = fit_take(short, 16_000, shot, frame, "pad")
    assert (len(padded), padded.sum()) == (16_000, 9_000)
    for samples_, fit, side in (
        (long, "exact", "longer"),
        (long, "pad", "longer"),
        (short, "exact", "shorter"),
    ):
        with pytest.raises(TakeError, match=side):
            fit_take(samples_, 16_000, shot, frame, fit)  # type: ignore[arg-type]
    with pytest.raises(TakeError, match="shorter"):
        fit_take(short, 16_000, shot, frame, "trim")
    with pytest.raises(TakeError, match=r"8\.0 frames"):
        fit_take(np.ones(21_120, np.float32), 16_000, shot, frame, "exact")
