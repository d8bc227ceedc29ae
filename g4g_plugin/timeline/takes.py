"""The sound side of a dub: takes laid on a track of their own, the original dialogue switched off,
and back.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from g4g_plugin.core.conversion import WHOLE_NUMBER_MOST
from g4g_plugin.core.decisions import Line
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.clip import DEFAULT_KEY, METADATA_KEY, Node, ours
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import settled
from g4g_plugin.timeline.read import top_stack
from g4g_plugin.timeline.walk import children

TRACK_NAME = "G4G takes"
Number = float | int


def rational(value: Fraction | int, rate: Number) -> Node:
    """Write a RationalTime; whole values within 0.01 of a frame are written whole."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(settled(Fraction(value)))}


def time_range(start: Fraction | int, length: Fraction | int, rate: Number) -> Node:
    """Write a TimeRange.

    Args:
        start: first frame, at `rate`.
        length: frames, at `rate`.
        rate: frames per second, as the file writes it.
    """
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": rational(length, rate),
        "start_time": rational(start, rate),
    }


def take_clip(
    line: Line, shot: Shot, slot: Slot, edit: Edit, target: str, rate: Number, single: bool
) -> Node:
    """Write the clip that plays a line of a dub, from the frame on with which it begins.

    It ends with the shot, or with the take where that is shorter. The file is said to begin at 0
    and to last at least as long as the take.

    Args:
        line: the line that is heard.
        shot: what was dubbed.
        slot: the clip that was dubbed.
        edit: the edit it stands in.
        target: the take's file, in the form this timeline writes paths.
        rate: of the timeline, as the file writes it.
        single: write the old form with one media reference (`Clip.1`).
    """
    take, record = line.take, slot.record
    begin = min(round(max(0, line.at) * edit.rate / shot.source.rate), record.count - 1)
    skipped = max(0, -line.at) / shot.source.rate
    room = record.count - begin
    heard = None if take.length is None else max(take.length - skipped, Fraction(0))
    length = room if heard is None else min(room, max(1, round(heard * edit.rate)))
    first = (take.start + skipped) * edit.rate
    used = heard * edit.rate if heard is not None else length
    reference: Node = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": take.audio.name,
        "available_range": time_range(0, first + max(used, Fraction(length)), rate),
        "target_url": target,
    }
    mine = {
        "take_of": slot.clip,
        "first": record.first - edit.start + begin,
        "count": length,
        "channel": take.channel,
    }
    clip: Node = {
        "OTIO_SCHEMA": "Clip.1" if single else "Clip.2",
        "metadata": {METADATA_KEY: mine},
        "name": take.label or take.audio.stem,
        "source_range": time_range(first, length, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
    }
    if single:
        return {**clip, "media_reference": reference}
    return {
        **clip,
        "media_references": {DEFAULT_KEY: reference},
        "active_media_reference_key": DEFAULT_KEY,
    }


def _tracks(value: Node) -> list[Any]:
    """Return the list of tracks.

    Raises:
        TimelineError: the file holds a lone track or clip.
    """
    stack = top_stack(value)[0]
    if schema(stack) != "Stack":
        raise TimelineError(
            "The file holds a single track or clip, no timeline.", tr("Export the whole timeline.")
        )
    return stack.setdefault("children", [])


def lay_takes(value: Node, dubbed: set[str], takes: list[Node], rate: Number) -> None:
    """Put the takes of the dubbed clips on our track in place of those that lay there; others stay
    where they are.

    Takes that overlap (clips above one another) go to a second track.

    Args:
        value: the timeline, changed in place.
        dubbed: addresses of the clips whose takes are replaced.
        takes: the new clips, from `take_clip`.
        rate: of the timeline, as the file writes it.
    """
    tracks = _tracks(value)
    mine = [track for track in tracks if ours(track).get("track") == "takes"]
    kept = [
        clip
        for track in mine
        for clip in children(track)
        if ours(clip).get("take_of") not in (None, *dubbed) and _is_placed(clip)
    ]
    lanes: list[list[Node]] = []
    for clip in sorted([*kept, *takes], key=lambda clip: ours(clip)["first"]):
        lane = next((lane for lane in lanes if _end(lane[-1]) <= ours(clip)["first"]), None)
        if lane is None:
            lanes.append([clip])
        else:
            lane.append(clip)
    for track in mine[len(lanes) :]:
        tracks.remove(track)
    for number, lane in enumerate(lanes):
        if number < len(mine):
            mine[number]["children"] = _with_gaps(lane, rate)
        else:
            tracks.append(
                _new_track(
                    f"{TRACK_NAME} {number + 1}" if number else TRACK_NAME, _with_gaps(lane, rate)
                )
            )


def _is_placed(clip: Node) -> bool:
    """Return whether a take of ours says where it lies; a damaged one is laid anew with its dub."""
    place = ours(clip).get("first"), ours(clip).get("count")
    return all(type(number) is int and 0 <= number <= WHOLE_NUMBER_MOST for number in place)


def _end(clip: Node) -> int:
    return ours(clip)["first"] + ours(clip)["count"]


def _with_gaps(lane: list[Node], rate: Number) -> list[Node]:
    items, at = [], 0
    for clip in lane:
        if ours(clip)["first"] > at:
            gap: Node = {"OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": ""}
            gap["source_range"] = time_range(0, ours(clip)["first"] - at, rate)
            items.append({**gap, "effects": [], "markers": [], "enabled": True})
        items.append(clip)
        at = _end(clip)
    return items


def _new_track(name: str, items: list[Node]) -> Node:
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {METADATA_KEY: {"track": "takes"}},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": items,
        "kind": "Audio",
    }
