"""Takes to be heard and seen: samples, waveform, length, channels; what lies on an audio track."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.time import FrameRange
from g4g_plugin.media.take_level import frames_off, peaks

if TYPE_CHECKING:
    from g4g_plugin.timeline.edit import Edit, Slot

Samples = NDArray[np.float32]
WAVE_RATE = 8000  # Hz: an outline needs no more, and an hour is read in seconds


def read_samples(take: Take, sample_rate: int) -> Samples:
    """Return what is heard of a take, (n,) float32 mono.

    Raises:
        TakeError: it cannot be read.
    """
    from g4g_plugin.media.take import read_take

    return read_take(take, sample_rate)


def read_lines(lines: Sequence[Line], span: FrameRange, sample_rate: int) -> Samples:
    """Return what is heard over a shot, (n,) float32 mono: every line where it begins, mixed.

    Args:
        lines: they begin with the frame `at` of the shot; what lies outside it is not heard.
        span: the shot's frames.
        sample_rate: Hz.

    Raises:
        TakeError: a take cannot be read.
    """
    heard = np.zeros(round(span.seconds * sample_rate), np.float32)
    for line in lines:
        samples = read_samples(line.take, sample_rate)
        first = round(line.at / span.rate * sample_rate)
        samples, place = samples[max(-first, 0) :], max(first, 0)
        part = samples[: max(len(heard) - place, 0)]
        heard[place : place + len(part)] += part
    return np.clip(heard, -1.0, 1.0)


def read_waveform(take: Take, points: int) -> tuple[Samples, Fraction]:
    """Return a take's outline, (points,) float32 0..1, and its length in seconds.

    Raises:
        TakeError: it cannot be read.
    """
    samples = read_samples(take, WAVE_RATE)
    return peaks(samples, points), Fraction(len(samples), WAVE_RATE)


def count_channels(audio: Path) -> int:
    """Return how many channels a file has, over all its audio streams.

    Raises:
        TakeError: it cannot be read.
    """
    from g4g_plugin.media.take import count_channels as count

    return count(audio)


def frames_too_long(seconds: Fraction, span: FrameRange) -> int:
    """Return by how many frames a take is longer than a range; negative: shorter."""
    return frames_off(seconds, span)


def lines_on_track(
    edit: Edit, slots: Sequence[Slot], track: str
) -> tuple[dict[str, Line], list[G4GError]]:
    """Return what lies on an audio track under each clip, and why others have nothing there.

    Args:
        edit: the open timeline.
        slots: the clips.
        track: the audio track, "A2".
    """
    from g4g_plugin.project.planning import known_slot
    from g4g_plugin.timeline.read import line_from_track

    lines: dict[str, Line] = {}
    errors: list[G4GError] = []
    for slot in slots:
        try:
            lines[slot.clip] = line_from_track(edit, known_slot(slot), track)
        except G4GError as error:
            errors.append(error)
    return lines, errors
