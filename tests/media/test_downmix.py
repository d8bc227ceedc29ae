"""Channels become one or two at the level they had."""

from __future__ import annotations

import numpy as np
import pytest

from g4g_plugin.media.downmix import is_turned, to_mono, to_stereo

LINE = np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32)
NONE = np.zeros_like(LINE)
SURROUND = ("FL", "FR", "FC", "LFE", "BL", "BR")


@pytest.mark.parametrize(
    ("channels", "names"),
    [
        ([LINE], ("FC",)),
        ([LINE, LINE], ("FL", "FR")),
        ([LINE, -LINE], ("FL", "FR")),
        ([NONE, LINE], ("FL", "FR")),
        ([NONE, NONE, LINE, NONE, NONE, NONE], SURROUND),
        ([NONE, NONE, NONE, NONE, LINE, NONE], SURROUND),
    ],
)
def test_a_line_is_as_loud_from_any_channel(channels: list, names: tuple[str, ...]) -> None:
    assert np.allclose(to_mono(np.stack(channels), names), LINE, atol=1e-5)


def test_mono_weighs_by_the_standard() -> None:
    rng = np.random.default_rng(2)
    six = rng.normal(0, 0.1, (6, 48_000)).astype(np.float32)
    want = np.array([0.7071, 0.7071, 1, 0, 0.5, 0.5]) @ six
    got = to_mono(six, SURROUND)
    assert np.corrcoef(got, want)[0, 1] > 1 - 1e-6
    loudest = np.sqrt((six[[0, 1, 2, 4, 5]] ** 2).mean(axis=1)).max()
    assert abs(np.sqrt((got**2).mean()) / loudest - 1) < 1e-3


def test_delivered_sound_keeps_two_channels() -> None:
    stereo = np.stack([LINE, np.roll(LINE, 99)])
    assert np.array_equal(to_stereo(stereo, ("FL", "FR")), stereo)
    centre = np.stack([NONE, NONE, LINE, NONE, NONE, NONE])
    assert np.allclose(to_stereo(centre, SURROUND), LINE[None], atol=1e-5)


def test_turned_polarity_is_known_from_silence_and_from_width() -> None:
    assert is_turned(np.stack([LINE, -LINE]), ("FL", "FR"))
    for other in (LINE, NONE, np.roll(LINE, 99)):
        assert not is_turned(np.stack([LINE, other]), ("FL", "FR"))
