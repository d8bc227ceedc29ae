"""How a clip's file is brought to the frames its timeline counts: variable rate, interpreted
footage, retimes.

A host shows, at each of its frames, what the file shows at that time. So frames are found by time,
never by their number in the file, wherever the two differ.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

from g4g_plugin.core.plate import Conform, PlateFacts
from g4g_plugin.core.time import FrameRange, can_drop, timecode
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.edit import Problem, Slot, outside, with_media
from g4g_plugin.timeline.ranges import MediaRange

_VARIABLE = tr(
    "The media is of variable frame rate; the picture your editing program shows at each frame is dubbed, and the "
    "delivered shot has {rate:.6g} frames every second.",
)
_INTERPRETED = tr(
    "The media of {own:.6g} fps is played at {rate:.6g} fps, and is delivered so.",
)
SAME_LENGTH = Fraction(1, 100)  # of the length: two counts of one file at two rates agree so well


def settle(slot: Slot, facts: PlateFacts) -> Slot:
    """Settle what the timeline leaves open from the media itself, and how its frames are counted.

    Args:
        slot: as it was read.
        facts: of its file, which is not conformed.
    """
    slot = replace(slot, drop=slot.drop or facts.drop)
    if slot.retime is not None:
        return _settled_retime(slot, facts)
    if slot.conform is not None:
        return slot
    if slot.available is None:
        rate = slot.exact.rate if slot.exact is not None else slot.source.rate
        held = _on_grid(facts, rate) if facts.variable else facts.available
        slot = with_media(slot, held)
    available = slot.available or facts.available
    return _conformed(replace(slot, start_timecode=_start(slot, available)), available, facts)


def _start(slot: Slot, available: FrameRange) -> str:
    return timecode(available.first, available.rate, slot.drop and can_drop(available.rate))


def _on_grid(facts: PlateFacts, rate: Fraction) -> FrameRange:
    """Return what a file of variable rate holds, counted at a steady one."""
    count = max(1, round(facts.available.seconds * rate))
    return FrameRange(round(facts.start_frame * rate / facts.rate), count, rate)


def _conformed(slot: Slot, available: FrameRange, facts: PlateFacts) -> Slot:
    """Say how the file is brought to the timeline's count, where it is not so already."""
    if facts.variable:
        held = facts.available.seconds + 1 / facts.rate
        if (slot.source.end - available.first) / available.rate > held + 1 / available.rate:
            return _with(slot, outside(slot.source, _on_grid(facts, available.rate)))
        told = Problem("variable-rate", _VARIABLE.filled(rate=float(available.rate)), blocks=False)
        slot = _with(slot, told)
        return replace(slot, conform=Conform(available.rate, available.count))
    if facts.rate == available.rate:
        return slot
    lasts = available.seconds / facts.available.seconds
    if abs(available.count - facts.count) <= 1:  # the same frames, at another rate
        speed = available.rate / facts.rate
        told = _INTERPRETED.filled(own=float(facts.rate), rate=float(available.rate))
        slot = _with(slot, Problem("interpreted", told, blocks=False))
        return replace(slot, conform=_by_number(available, speed))
    if abs(lasts - 1) <= SAME_LENGTH:  # the same time, counted at another rate
        return replace(slot, conform=Conform(available.rate, available.count))
    return slot


def _by_number(available: FrameRange, speed: Fraction) -> Conform:
    return Conform(available.rate, available.count, Fraction(0), speed)


def _with(slot: Slot, problem: Problem) -> Slot:
    return replace(slot, problems=(*slot.problems, problem))


def _settled_retime(slot: Slot, facts: PlateFacts) -> Slot:
    """Find where a retimed clip begins in a file of which the timeline says nothing."""
    if slot.conform is not None or slot.exact is None:
        return slot
    exact = slot.exact
    if exact.end <= exact.first:  # no source range: the whole file
        exact = MediaRange(Fraction(facts.start_frame), Fraction(facts.available.end), facts.rate)
    begin = facts.start_frame / facts.rate
    inside = begin <= exact.first / exact.rate < begin + facts.available.seconds
    return retimed(replace(slot, exact=exact), begin if inside else Fraction(0))


def retimed(slot: Slot, zero: Fraction) -> Slot:
    """Count the frames that are seen of a retimed clip, with those that transitions take from it.

    Played backwards, a source range is seen from its last frame to its first.

    Args:
        slot: a clip with a `retime`, and `exact` as the timeline writes it.
        zero: the timecode of its file's first frame, in seconds.
    """
    speed, exact = slot.retime, slot.exact
    assert speed is not None
    assert exact is not None
    rate, count = slot.record.rate, slot.record.count
    begin = exact.first / exact.rate
    code = math.floor(begin * rate)
    head, tail = min(slot.handles[0], code), slot.handles[1]
    seen = begin - zero + (max(Fraction(0), -speed) * (count - 1) / rate)
    available = FrameRange(code - head, head + count + tail, rate)
    return replace(
        slot,
        source=FrameRange(code, count, rate),
        available=available,
        start_timecode=_start(slot, available),
        handles=(head, tail),
        conform=Conform(rate, available.count, seen - head * speed / rate, speed),
    )
