"""From a clip of an edit and what is decided about it to a Shot that can be dubbed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import TakeError, TimelineError
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import tr
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import probe_take
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.render.dub import check_plate
from g4g_plugin.render.lines import fitted_take
from g4g_plugin.timeline.conform import settle
from g4g_plugin.timeline.edit import Slot

CHECK_RATE = 16_000  # Hz, to check a take before anything is rendered


def known_slot(slot: Slot) -> Slot:
    """Fill in what the timeline leaves unsaid from the media file: its range, how its frames are
    counted, and whether it counts drop-frame.
    """
    if slot.media is None or not slot.media.is_file():
        return slot
    return settle(slot, probe(slot.media))


def plan_shot(slot: Slot, decided: Decisions) -> Shot:
    """Turn a clip and what is decided about it into a Shot, and see that plate and takes can be
    used before anything is rendered.

    Raises:
        TimelineError: the clip cannot be dubbed, and why.
        MediaError, TakeError: the plate or a take cannot be used.
    """
    shot = clip_shot(slot, decided)
    return replace(shot, lines=tuple(_planned(shot, line) for line in shot.lines))


def _planned(shot: Shot, line: Line) -> Line:
    """Check that a line can be heard; settle how much of its file is, where that was left open."""
    room = shot.source.seconds - line.at / shot.source.rate
    if room <= 0:
        raise TakeError(
            "The line begins at frame {at}, {clip} has {count} frames.",
            tr("Begin it earlier."),
            shot.clip,
            at=line.at,
            clip=shot.clip,
            count=shot.source.count,
        )
    there = probe_take(line.take.audio).seconds - line.take.start
    if _skipped(shot, line) >= (there if line.take.length is None else line.take.length):
        raise TakeError(
            "The line begins at frame {at} and has ended before {clip} begins.",
            tr("Begin it later."),
            shot.clip,
            at=line.at,
            clip=shot.clip,
        )
    fitted_take(replace(shot, lines=(line,)), CHECK_RATE)
    if line.take.length is not None:
        return line
    return replace(line, take=replace(line.take, length=min(there, room)))


def _skipped(shot: Shot, line: Line) -> Fraction:
    """Return how much of a line lies before the shot, in seconds."""
    return max(0, -line.at) / shot.source.rate


def silent(slot: Slot) -> Decisions:
    """Return decisions for work on a clip's picture alone: its own sound as the take."""
    if slot.media is None:
        raise _unnamed(slot)
    return Decisions((Line(Take(slot.media)),))


def _unnamed(slot: Slot) -> TimelineError:
    return TimelineError(
        "{clip} ({slot}) names no media.",
        tr("Relink it in the editing program."),
        slot.clip,
        clip=slot.clip,
        slot=slot.name,
    )


def clip_shot(slot: Slot, decided: Decisions) -> Shot:
    """Turn a clip into a Shot and see that its picture can be used; the takes are not looked at.

    Raises:
        TimelineError: the clip cannot be dubbed, and why.
        MediaError: the plate cannot be used.
    """
    _refuse_blocked(slot)
    if slot.media is None:
        raise _unnamed(slot)
    facts = probe(slot.media)
    slot = settle(slot, facts)
    _refuse_blocked(slot)
    head, tail = slot.handles
    settings = decided.settings
    source, available = _inside(slot, slot.source, slot.available or facts.available)
    shot = Shot(
        name=slot.name or slot.clip.replace("/", "-"),
        clip=slot.clip,
        record=slot.record,
        plate=facts.path,
        source=source,
        available=available,
        lines=decided.lines,
        handles=(max(head, settings.handles), max(tail, settings.handles)),
        fit=settings.fit,
        drop=slot.drop,
        ranges=decided.ranges,
        lip_offset=settings.lip_offset,
        keep_expression=settings.keep_expression,
        conform=slot.conform,
    )
    check_plate(shot, facts)
    if (
        shot.conform is None and facts.count < shot.available.count
    ):  # handles must not reach beyond the file
        shot = replace(
            shot, available=FrameRange(shot.available.first, facts.count, shot.available.rate)
        )
    return shot


def _refuse_blocked(slot: Slot) -> None:
    if slot.blocked:
        raise TimelineError(
            "{clip} ({slot}) cannot be dubbed.",
            slot.blocked.message,
            slot.clip,
            clip=slot.clip,
            slot=slot.name,
        )


def _inside(slot: Slot, source: FrameRange, available: FrameRange) -> tuple[FrameRange, FrameRange]:
    if (
        source.rate != available.rate
        or source.first < available.first
        or source.end > available.end
    ):
        raise TimelineError(
            "{clip} ({slot}) uses frames {first} to {end}, its media has {media_first} to {media_end}.",
            tr("Relink the clip, or trim it to its media."),
            slot.clip,
            clip=slot.clip,
            slot=slot.name,
            first=source.first,
            end=source.end - 1,
            media_first=available.first,
            media_end=available.end - 1,
        )
    return source, available
