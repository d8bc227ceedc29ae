"""An edit as the rest of the house sees it: slots that can hold a dub, and what lies on the audio
tracks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.plate import Conform
from g4g_plugin.core.time import FrameRange, can_drop, timecode
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.ranges import MediaRange, near

_MISMATCH = tr(
    "The clip is cut at {source:.6g} fps in media of {media:.6g} fps; every media frame it touches "
    "is dubbed, and your editing program picks from them as it did before.",
)
_CLAMPED = tr(
    "The clip shows {count} frames more than its media holds; its outermost frame stands for them, as it did before.",
)
_OUTSIDE = tr(
    "The clip shows frames {first} to {last} of media that holds {begin} to {end}; relink or trim it in your editing "
    "program and export again.",
)
CLAMPED_FRAMES = 1  # a cut may reach so far beyond its media: hosts round lengths up
Place = tuple[str | int, ...]  # keys and indices from the root of the JSON down to an object


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in the way of a dub: a stable code, and a sentence that says what to do.

    blocks False: worth knowing, but the clip can be dubbed.
    """

    code: str
    message: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """One clip on a video track.

    clip: its address, "V1/2"; inside a nested sequence "V1/2/V1/1" (the nest's own address, then
    the same within).
    record: its place in timeline time, frames counted from the timeline's start timecode
    (`global_start_time` included), at the timeline's rate; for a nested clip only what the nest
    lets through.
    source: in the media's own (timecode) time, at the media's rate. Where the timeline does not say
    what the media holds, `available` is None and `source` is as written: pass what was probed to
    `with_media`.
    start_timecode: of the media's first frame, None where `available` is. drop: its timecode is
    drop-frame.
    handles: frames (head, tail) that the transitions at its ends take from beyond `source`.
    retime: how many times as fast as filmed it plays (0: frozen), None for an ordinary clip; then
    `source` and `available` count the frames seen, at the timeline's rate.
    conform: how the file is brought to the frames counted here, see `conform.settle`.
    old_takes: files of an earlier dub's lines, where its metadata were lost on the way.
    """

    clip: str
    name: str
    track: str
    record: FrameRange
    source: FrameRange
    available: FrameRange | None
    media: Path | None
    start_timecode: str | None
    drop: bool
    enabled: bool
    handles: tuple[int, int] = (0, 0)
    problems: tuple[Problem, ...] = ()
    exact: MediaRange | None = None  # what is played, in media time, before it was made whole
    retime: Fraction | None = None
    conform: Conform | None = None
    old_takes: tuple[Path, ...] = ()

    @property
    def blocked(self) -> Problem | None:
        """The first problem that makes a dub impossible."""
        return next((problem for problem in self.problems if problem.blocks), None)


@dataclass(frozen=True, slots=True)
class Sound:
    """One clip on an audio track. begin, seconds: its place, in seconds from the timeline's first
    frame.

    start: seconds from the first sample of its file; None where a problem (a whole sentence) keeps
    us from knowing. clock: the timecode at which it begins, in seconds; None where its file begins
    at 0. head: seconds of the clip that a nest around it hides before `begin`.
    """

    clip: str
    name: str
    begin: Fraction
    seconds: Fraction
    media: Path | None
    start: Fraction | None
    channel: int | None
    enabled: bool
    problem: str = ""
    clock: Fraction | None = None
    head: Fraction = Fraction(0)

    @property
    def end(self) -> Fraction:
        """Where it ends, in seconds from the timeline's first frame."""
        return self.begin + self.seconds


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """A timeline that was read: its file's text and value, untouched, and what was found in it.

    path: the file; folder: what its relative paths count from; start: timecode of its first frame,
    in frames at `rate`; places: where in the JSON each clip stands, by address.
    """

    path: Path
    text: str
    value: dict[str, Any]
    folder: Path
    bundle: bool
    path_map: Mapping[str, str]
    name: str
    rate: Fraction
    start: int
    slots: tuple[Slot, ...]
    sounds: Mapping[str, tuple[Sound, ...]] = field(
        default_factory=dict
    )  # by top-level audio track, "A2"
    nested_sounds: tuple[Sound, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)

    def slot(self, clip: str) -> Slot:
        """Return the slot at an address.

        Raises:
            TimelineError: there is none.
        """
        for slot in self.slots:
            if slot.clip.lower() == clip.strip().lower():
                return slot
        known = ", ".join(slot.clip for slot in self.slots[:12]) + (
            ", ..." if len(self.slots) > 12 else ""
        )
        raise TimelineError(
            "{path} has no clip {clip}.",
            tr("It has {known}; {@list_clips}."),
            path=self.path.name,
            clip=clip,
            known=known,
        )


def with_media(slot: Slot, probed: FrameRange) -> Slot:
    """Settle a slot whose timeline does not say what its media holds, from the media itself.

    probed: all frames of the file, in its own timecode time. A source range that lies in it is
    taken as timecode; one that fits only when counted from 0 is taken so.
    """
    if slot.available is not None:
        return slot
    exact = slot.exact or MediaRange(
        Fraction(slot.source.first), Fraction(slot.source.end), slot.source.rate
    )
    scale = probed.rate / exact.rate
    moved = MediaRange(exact.first * scale, exact.end * scale, probed.rate)
    if exact.end <= exact.first:  # no source range at all: the whole file
        moved = MediaRange(Fraction(probed.first), Fraction(probed.end), probed.rate)
    source = moved.frames()
    problems = [problem for problem in slot.problems if problem.code != "rate-mismatch"]
    if probed.rate != exact.rate:
        whole = near(moved.first) is not None and near(moved.end) is not None
        problems += [] if whole else [rate_mismatch(exact.rate, probed.rate)]
    zero = FrameRange(0, probed.count, probed.rate)
    available = probed if _within(source, probed) else zero
    if not _within(source, available):
        nearest = min(probed, zero, key=lambda held: _beyond(source, held))
        available = nearest if _beyond(source, nearest) <= CLAMPED_FRAMES else probed
        source, told = clamped(source, available)
        problems.append(told)
    text = timecode(available.first, available.rate, slot.drop and can_drop(available.rate))
    return replace(
        slot, source=source, available=available, start_timecode=text, problems=tuple(problems)
    )


def _beyond(inner: FrameRange, outer: FrameRange) -> int:
    return max(outer.first - inner.first, inner.end - outer.end)


def clamped(source: FrameRange, available: FrameRange) -> tuple[FrameRange, Problem]:
    """Return a range that reaches beyond its media, cut to it where a frame is the matter (hosts
    round lengths up), and what is to be said of it.
    """
    beyond = _beyond(source, available)
    if beyond > CLAMPED_FRAMES or source.count <= beyond:
        return source, outside(source, available)
    first, end = max(source.first, available.first), min(source.end, available.end)
    told = Problem("clamped", _CLAMPED.filled(count=source.count - (end - first)), blocks=False)
    return FrameRange(first, end - first, source.rate), told


def _within(inner: FrameRange, outer: FrameRange) -> bool:
    return outer.first <= inner.first and inner.end <= outer.end


def rate_mismatch(source: Fraction, media: Fraction) -> Problem:
    """Return the problem of media whose rate is not the timeline's."""
    return Problem(
        "rate-mismatch",
        _MISMATCH.filled(source=float(source), media=float(media)),
        blocks=False,
    )


def outside(source: FrameRange, available: FrameRange) -> Problem:
    """Return the problem of a clip that shows frames its media does not have."""
    return Problem(
        "outside-media",
        _OUTSIDE.filled(
            first=source.first, last=source.end - 1, begin=available.first, end=available.end - 1
        ),
    )
