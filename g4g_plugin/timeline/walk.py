"""Walk a timeline's JSON in OTIO's own time: where each clip lies, through nested stacks,
transitions at its ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from g4g_plugin.timeline.clip import Node, active_reference
from g4g_plugin.timeline.edit import Place
from g4g_plugin.timeline.effects import time_effect
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import Span, number, read_span

TRACK_SCHEMAS = ("Track", "Sequence")  # Sequence: OTIO's name for it before 0.9


@dataclass(frozen=True, slots=True)
class Nest:
    """What encloses an item: address before it, its place, and the seconds of the timeline that
    show through.
    """

    prefix: str = ""
    begin: Fraction = Fraction(0)  # timeline seconds at which the nest's own time 0 lies
    window: tuple[Fraction, Fraction] | None = None
    enabled: bool = True
    retimed: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A clip found: `begin` and `seconds` in timeline seconds, cut to what the nests around it let
    through.

    head, tail: seconds of it that they hide; before, after: the transitions' overlaps, as
    (seconds).
    """

    address: str
    kind: str  # Video or Audio
    track: str
    place: Place
    node: Node
    begin: Fraction
    seconds: Fraction
    head: Fraction
    tail: Fraction
    before: Fraction
    after: Fraction
    enabled: bool
    retimed: bool
    nested: bool


def children(node: Node) -> list[Any]:
    """Return what a stack or track holds; empty where that makes no sense."""
    found = node.get("children")
    return found if isinstance(found, list) else []


def seconds_of(node: Node) -> Fraction:
    """Return how long an item lasts in its track, in seconds."""
    span = read_span(node.get("source_range"))
    kind = schema(node)
    if span is None and kind == "Clip":
        span = read_span(active_reference(node).get("available_range"))
    if span is not None:
        return max(Fraction(0), span.seconds / _premiere_scalar(node))
    if kind == "Stack":
        return max(
            (seconds_of(child) for child in children(node) if isinstance(child, dict)),
            default=Fraction(0),
        )
    if kind in TRACK_SCHEMAS:
        return sum(
            (seconds_of(c) for c in children(node) if schema(c) not in ("Transition", "")),
            Fraction(0),
        )
    return Fraction(0)


def _premiere_scalar(node: Node) -> Fraction:
    """Premiere writes source ranges in source frames: a clip at double speed lasts half as long."""
    metadata = node.get("metadata")
    if not isinstance(metadata, dict) or "PremierePro_OTIO" not in metadata:
        return Fraction(1)
    effects = node.get("effects")
    for effect in effects if isinstance(effects, list) else []:
        scalar = number(effect.get("time_scalar")) if schema(effect) == "LinearTimeWarp" else None
        if scalar:
            return abs(scalar)
    return Fraction(1)


def _offset(transition: Any, name: str) -> Fraction:
    node = transition.get(name) if isinstance(transition, dict) else None
    span = read_span({"duration": node})
    return Fraction(0) if span is None else span.seconds


def _own_start(node: Node) -> Fraction:
    """Return where the visible part of a nest begins in its own time, in seconds."""
    span: Span | None = read_span(node.get("source_range"))
    return Fraction(0) if span is None else span.start_seconds


def start_offset(track: Node) -> Fraction:
    """Return the record timecode that EDLs bring in a track's source range, in seconds; 0 for an
    ordinary trim.

    A trim begins inside what the track holds. OTIO's EDL reader writes minus the record timecode;
    others write it plain, far behind the track's end.
    """
    own = _own_start(track)
    held = sum(
        (seconds_of(c) for c in children(track) if schema(c) not in ("Transition", "")), Fraction(0)
    )
    return abs(own) if held > 0 and (own < 0 or own >= held) else Fraction(0)


def walk_stack(node: Node, place: Place, nest: Nest) -> Iterator[Item]:
    """Yield every clip of every track of a stack, the lowest track first; tracks are numbered by
    kind from 1.

    Args:
        node: the stack.
        place: where it stands in the JSON.
        nest: what encloses it: record time, rate, what it lets through.
    """
    counts = {"Video": 0, "Audio": 0}
    for index, child in enumerate(children(node)):
        if not isinstance(child, dict) or schema(child) == "Transition":
            continue
        kind = str(child.get("kind") or "Video") if schema(child) in TRACK_SCHEMAS else "Video"
        if kind not in counts:
            continue  # subtitles and the like
        counts[kind] += 1
        inner = replace(nest, prefix=f"{nest.prefix}{kind[0]}{counts[kind]}")
        yield from walk_track(child, (*place, "children", index), inner, kind)


def walk_track(node: Node, place: Place, nest: Nest, kind: str) -> Iterator[Item]:
    """Yield the clips of one track; an item that stands in a stack without a track is a track of
    its own.

    Args:
        node: the track, or an item that stands in a stack without one.
        place: where it stands in the JSON.
        nest: what encloses it: record time, rate, what it lets through.
        kind: "Video" or "Audio".
    """
    if schema(node) not in TRACK_SCHEMAS:
        yield from _walk_item(node, place, nest, kind, "", (Fraction(0), Fraction(0), 1))
        return
    name = str(node.get("name") or nest.prefix)
    trimmed = bool(node.get("source_range")) and not start_offset(node)
    nest = replace(
        nest,
        begin=nest.begin - (_own_start(node) if trimmed else 0),
        window=_cut(nest.window, nest.begin, seconds_of(node)) if trimmed else nest.window,
        enabled=nest.enabled and node.get("enabled") is not False,
        retimed=nest.retimed or time_effect(node) is not None,
    )
    begin, count = nest.begin, 0
    items = children(node)
    for index, child in enumerate(items):
        if not isinstance(child, dict) or schema(child) == "Transition":
            continue
        if schema(child) not in ("Gap", "Filler"):
            count += 1
            before = (
                _offset(items[index - 1], "in_offset")
                if index and _crosses(items[index - 1])
                else Fraction(0)
            )
            last = index + 1 == len(items)
            after = (
                Fraction(0)
                if last or not _crosses(items[index + 1])
                else _offset(items[index + 1], "out_offset")
            )
            where = (*place, "children", index)
            inner = replace(nest, begin=begin)
            yield from _walk_item(child, where, inner, kind, name, (before, after, count))
        begin += seconds_of(child)


def _crosses(node: Any) -> bool:
    return schema(node) == "Transition"


def _cut(
    window: tuple[Fraction, Fraction] | None, begin: Fraction, seconds: Fraction
) -> tuple[Fraction, Fraction]:
    if window is None:
        return begin, begin + seconds
    return max(window[0], begin), min(window[1], begin + seconds)


def _walk_item(
    node: Node,
    place: Place,
    nest: Nest,
    kind: str,
    track: str,
    ends: tuple[Fraction, Fraction, int],
) -> Iterator[Item]:
    before, after, count = ends
    address = f"{nest.prefix}/{count}"
    seconds = seconds_of(node)
    enabled = nest.enabled and node.get("enabled") is not False
    if schema(node) in ("Stack", *TRACK_SCHEMAS):
        inner = Nest(
            f"{address}/",
            nest.begin - _own_start(node),
            _cut(nest.window, nest.begin, seconds),
            enabled,
            nest.retimed or time_effect(node) is not None,
        )
        if schema(node) == "Stack":
            yield from walk_stack(node, place, inner)
        else:  # a bare track in a track: its own source range has been seen to by the window
            start = replace(inner, prefix=f"{address}/{kind[0]}1", begin=nest.begin)
            yield from walk_track(node, place, start, kind)
        return
    shown = _cut(nest.window, nest.begin, seconds)
    head, tail = shown[0] - nest.begin, nest.begin + seconds - shown[1]
    yield Item(
        address,
        kind,
        track or nest.prefix.rsplit("/", 1)[-1],
        place,
        node,
        shown[0],
        shown[1] - shown[0],
        head,
        tail,
        before,
        after,
        enabled,
        nest.retimed,
        nested="/" in nest.prefix,
    )
