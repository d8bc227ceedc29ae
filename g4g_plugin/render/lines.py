"""The lines of a shot: which mouth says which, what is heard when, what is asked of each frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.composite.checks import PatchFigures
from g4g_plugin.core.assessment import FaceReason
from g4g_plugin.core.decisions import Line
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.kept import KeptReason
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.visibility import Visibility
from g4g_plugin.core.words import Words, tr
from g4g_plugin.deliver.sound import TAKE_RATE, HeardLine
from g4g_plugin.media.take import fit_take, has_turned_channel, hear_take, read_take
from g4g_plugin.media.take_level import Sound, sound_of

Floats = NDArray[np.float32]

SAME_MOUTH = 0.25  # of the eye distance: two tracks whose faces lie this near are one person's

LISTENED_HZ = 16_000  # Hz, at which a take is listened to for speech
NOT_SPEECH: dict[Sound, Words] = {
    "silence": tr("{take} is silent: the mouth will rest."),
    "steady": tr("No speech is heard in {take}, only steady sound: the mouth will hardly move."),
}
POLARITY_TURNED = tr("One side of {take} has its polarity turned: it is turned back.")
_PLACE = tr("Place it on another frame of the shot.")


@dataclass(frozen=True, slots=True, eq=False)
class ShotFace:
    """A face to dub: its track over the delivered frames that can be dubbed, the pool references
    may be taken from, what lies before the mouth, and by file frame index why the other frames are
    left out, and what was measured of the patches laid down. `chosen`: why this face.
    """

    track: FaceTrack
    pool: FaceTrack
    visibility: Visibility | None
    reasons: dict[int, KeptReason]
    chosen: FaceReason = "alone"
    faces: int = 1  # people in the shot
    figures: dict[int, PatchFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """A mouth of a shot, and the places in `shot.lines` of what it says."""

    face: ShotFace
    lines: tuple[int, ...]


def fitted_take(shot: Shot, sample_rate: int, line: Line | None = None) -> Floats:
    """Read a line's take, (samples,) float32, and lay it where it is heard: sample 0 with the first
    frame of the source range.

    Args:
        shot: says how long, and how the take fits.
        sample_rate: Hz.
        line: one of the shot's; None: the first.

    Raises:
        TakeError: it cannot be read, or does not fit.
    """
    line = line or shot.lines[0]
    return _placed(shot, line, read_take(line.take, sample_rate), sample_rate)


def take_notes(shot: Shot) -> tuple[Words, ...]:
    """Return what is to be told of a shot's takes before it is rendered.

    Raises:
        TakeError: one cannot be read.
    """
    told: dict[Words, None] = {}  # one file may hold several lines
    for line in shot.lines:
        name = line.take.audio.name
        sound = sound_of(read_take(line.take, LISTENED_HZ), LISTENED_HZ)
        if sound != "speech":
            told[NOT_SPEECH[sound].filled(take=name)] = None
        if has_turned_channel(line.take):
            told[POLARITY_TURNED.filled(take=name)] = None
    return tuple(told)


def _placed(shot: Shot, line: Line, samples: Floats, sample_rate: int) -> Floats:
    """Lay samples (..., n) over the whole source range; a line that was placed may end early."""
    frame = 1 / shot.source.rate
    early, late = max(-line.at, 0), max(line.at, 0)
    room = shot.source.seconds - late * frame
    samples = samples[..., round(early * frame * sample_rate) :]
    if not samples.shape[-1]:
        message = tr("The line ends before the shot begins ({frames} frames early).")
        raise TakeError(message, _PLACE, shot.clip, frames=early)
    if room <= 0:
        raise TakeError(tr("The line begins after the shot has ended."), _PLACE, shot.clip)
    fit = shot.fit
    if (line.at or line.track or len(shot.lines) > 1) and Fraction(
        samples.shape[-1], sample_rate
    ) < room:
        fit = "pad"
    fitted = fit_take(samples, sample_rate, room, frame, fit)
    count = round(shot.source.seconds * sample_rate)
    silence = np.zeros((*samples.shape[:-1], count - fitted.shape[-1]), np.float32)
    return np.concatenate([silence, fitted], axis=-1)


def said(shot: Shot, lines: Iterable[int], sample_rate: int) -> Floats:
    """Return what one mouth says, (samples,) from the first frame of the source range.

    Where two of its lines would be heard at once, the later one in `shot.lines` stands.
    """
    sound = np.zeros(round(shot.source.seconds * sample_rate), np.float32)
    for number in sorted(lines):
        samples = fitted_take(shot, sample_rate, shot.lines[number])
        first, end = _heard(shot, shot.lines[number], sample_rate)
        sound[first:end] = samples[first:end]
    return sound


def _heard(shot: Shot, line: Line, sample_rate: int) -> tuple[int, int]:
    """Return the samples (first, end) of the source range over which a line lasts."""
    length = line.take.length
    if length is None:
        length = Fraction(read_take(line.take, sample_rate).shape[-1], sample_rate)
    begins = line.at / shot.source.rate
    first, end = (round(t * sample_rate) for t in (begins, begins + length))
    return max(first, 0), max(end, 0)


def heard_lines(shot: Shot, speakers: Sequence[Speaker]) -> list[HeardLine]:
    """Return the lines as they are delivered, stereo where the take is, each at its place."""
    offset = round((shot.source.first - shot.deliver.first) / shot.source.rate * TAKE_RATE)
    heard = []
    for number, line in enumerate(shot.lines):
        samples = _placed(shot, line, hear_take(line.take, TAKE_RATE), TAKE_RATE)
        for later in _over(number, speakers):
            first, end = _heard(shot, shot.lines[later], TAKE_RATE)
            samples[:, first:end] = 0
        heard.append(HeardLine(samples, offset, line.take.label or line.take.audio.stem))
    return heard


def _over(number: int, speakers: Sequence[Speaker]) -> list[int]:
    """Return the lines that stand over line `number`: later ones of the same mouth."""
    mouth = next((s.lines for s in speakers if number in s.lines), ())
    return [other for other in mouth if other > number]


def direction_of(shot: Shot, track: FaceTrack) -> Direction:
    """Return what the shot's ranges ask of each frame of a track."""
    return Direction.of(shot.ranges, track.frames - shot.first_index)


def joined_speaker(speakers: Sequence[Speaker], new: Speaker) -> list[Speaker]:
    """Add a speaker to a shot's; where that mouth speaks already, its line joins the others."""
    for place, known in enumerate(speakers):
        if same_mouth(known.face.track, new.face.track):
            together = replace(known, lines=(*known.lines, *new.lines))
            return [*speakers[:place], together, *speakers[place + 1 :]]
    return [*speakers, new]


def same_mouth(one: FaceTrack, other: FaceTrack) -> bool:
    """Return whether two tracks follow one face: where both are seen, they lie on each other."""
    frames, mine, theirs = np.intersect1d(one.frames, other.frames, return_indices=True)
    if not len(frames):
        return len(one) == len(other) == 0
    apart = np.linalg.norm(one.mesh[mine, :, :2] - other.mesh[theirs, :, :2], axis=2).mean(axis=1)
    eyes = np.linalg.norm(one.mesh[mine, 33, :2] - one.mesh[mine, 263, :2], axis=1)
    return bool(np.median(apart / np.maximum(eyes, 1.0)) < SAME_MOUTH)
