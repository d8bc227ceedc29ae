"""What the lip lane shows of the selected shot, in frames of the shot: sounds, lines, ranges,
result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.assessment import Rating
from g4g_plugin.core.decisions import Line, RangeSetting, Take
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import Words
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache

if TYPE_CHECKING:
    from g4g_plugin.project.edit import Edit, Slot

Peaks = NDArray[np.float32]  # (n,) 0..1
Result = Literal["dubbed", "covered", "kept"]
# Reasons that lie in the picture, and may be mended there
MENDABLE_REASONS = ("covered", "unsure-person")


@dataclass(frozen=True, slots=True, eq=False)
class LaneLine:
    """One line as it lies: its first frame, its length in frames, its outline."""

    line: Line
    frames: float
    peaks: Peaks | None

    @property
    def first(self) -> int:
        """The frame of the shot with which it begins."""
        return self.line.at


@dataclass(frozen=True, slots=True)
class Run:
    """Frames first to end (not included) and what became of them; words: why they were kept."""

    first: int
    end: int
    result: Result
    words: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Frames first to end (not included) in which something speaks against the dub, and what."""

    first: int
    end: int
    rating: Rating
    words: Words


@dataclass(frozen=True, slots=True, eq=False)
class LaneModel:
    """One shot. `span`: its frames in the plate's own time; everything else counts from its first."""

    span: FrameRange
    original: Peaks | None = None
    lines: tuple[LaneLine, ...] = ()
    ranges: tuple[RangeSetting, ...] = ()
    runs: tuple[Run, ...] = ()
    faults: tuple[Fault, ...] = ()
    lip_offset: int = 0

    @property
    def snaps(self) -> list[int]:
        """Frames that a dragged edge is drawn to: the shot's ends, the ranges' and the runs'."""
        edges = {0, self.span.count}
        edges |= {edge for r in self.ranges for edge in (r.first, r.last + 1)}
        edges |= {edge for run in self.runs for edge in (run.first, run.end)}
        return sorted(edges)


def lane_model(document: Document, pictures: PictureCache) -> LaneModel | None:
    """Return what is known of the selected shot now; outlines follow when they are made."""
    slot, edit = document.slot, document.edit
    if slot is None or edit is None:
        return None
    given = document.decisions(slot.clip)
    sound = original_sound(edit, slot)
    dub = document.shown_dub(slot.clip)
    model = LaneModel(
        slot.source,
        None if sound is None else pictures.peaks(sound),
        runs=() if dub is None else result_runs(dub, slot.source),
        faults=() if dub is None else faults_of(dub, slot.source),
    )
    if given is None:
        return model
    lines = tuple(_lane_line(line, slot.source.rate, pictures) for line in given.lines)
    offset = given.settings.lip_offset
    return replace(model, lines=lines, ranges=given.ranges, lip_offset=offset)


def _lane_line(line: Line, rate: Fraction, pictures: PictureCache) -> LaneLine:
    seconds = line.take.length or pictures.seconds(line.take) or Fraction(1)
    return LaneLine(line, float(seconds * rate), pictures.peaks(line.take))


def original_sound(edit: Edit, slot: Slot) -> Take | None:
    """Return what was said in a shot: what lies under it on the first audio track that has
    something there (switched off or not: a delivery switches the dialogue off that it replaces),
    else the plate's own sound; None where no media is named.
    """
    begin = (slot.record.first - edit.start) / edit.rate
    end = begin + slot.record.seconds
    for sounds in edit.sounds.values():
        for sound in sounds:
            known = sound.media is not None and sound.start is not None
            if known and sound.begin <= begin and sound.end >= end:
                start = (sound.start or 0) + begin - sound.begin
                assert sound.media is not None
                return Take(sound.media, max(start, Fraction(0)), end - begin, sound.channel)
    if slot.media is None or slot.available is None:
        return None
    start = (slot.source.first - slot.available.first) / slot.source.rate
    return Take(slot.media, max(start, Fraction(0)), slot.source.seconds)


def faults_of(dub: Dub, span: FrameRange) -> tuple[Fault, ...]:
    """Return where something speaks against a dub, in the shot's frames."""
    found = dub.assessment.findings if dub.assessment is not None else ()
    return tuple(
        Fault(frames.first - span.first, frames.end - span.first, one.rating, one.words)
        for one in found
        for frames in one.frames
    )


def result_runs(dub: Dub, span: FrameRange) -> tuple[Run, ...]:
    """Return what a dub did to the frames of a shot, in the shot's frames; empty where it does not
    say.
    """
    runs = [Run(r.first, r.end, "dubbed") for r in dub.dubbed or ()]
    for kept in dub.kept:
        result: Result = "covered" if kept.reason in MENDABLE_REASONS else "kept"
        runs.append(Run(kept.frames.first, kept.frames.end, result, kept.words))
    inside = [
        Run(
            max(r.first, span.first) - span.first,
            min(r.end, span.end) - span.first,
            r.result,
            r.words,
        )
        for r in runs
    ]
    return tuple(sorted((r for r in inside if r.first < r.end), key=lambda r: r.first))
