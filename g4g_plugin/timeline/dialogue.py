"""The old line never speaks under the new one: which audio clips carry it, and the part under the
shot split off and switched off.

A clip carries a shot's line when it is linked to the picture clip, plays the same file (in sync, or
slipped), runs at the same timecode (second-system sound), or was heard to be the same sound. What
plays the same file in sync with another shot is that shot's line: an L-cut or J-cut reaching over.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from g4g_plugin.timeline.clip import METADATA_KEY, Node, active_reference, ours
from g4g_plugin.timeline.edit import Edit, Place, Slot, Sound
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import Span, read_span, settled
from g4g_plugin.timeline.walk import TRACK_SCHEMAS, children

SLIP_SECONDS = Fraction(1)  # s: dialogue slipped by more against its picture is another line
CLOCK_SLIP = 2  # frames between two recorders that ran on one timecode
SameSound = Callable[[Slot, Sound], bool]


@dataclass(frozen=True, slots=True)
class StillSpeaking:
    """An audio clip that is still on under a dubbed shot. first, count: the frames of the timeline
    in which both are heard, counted from its first frame; old_line: it carries the shot's old line.
    """

    clip: str
    sound: str
    name: str
    first: int
    count: int
    old_line: bool


def deaf(slot: Slot, sound: Sound) -> bool:
    """Compare no sound: for timelines whose media are not looked into."""
    return False


def dialogue_of(edit: Edit, slot: Slot, same: SameSound = deaf) -> list[Sound]:
    """Return the audio clips that carry a shot's own line while it is seen.

    Args:
        edit: the edit that was read.
        slot: the picture clip.
        same: says whether a file holds the picture's own sound; asked last.
    """
    return [sound for sound in sounds_beside(edit, slot) if carries(edit, slot, sound, same)]


def sounds_beside(edit: Edit, slot: Slot) -> list[Sound]:
    """Return the audio clips heard while a shot is seen, by more than half a frame; our own takes
    left aside.
    """
    begin, end = shown(edit, slot)
    half = 1 / (2 * edit.rate)
    sounds = [sound for track in edit.sounds.values() for sound in track]
    return [
        sound
        for sound in [*sounds, *edit.nested_sounds]
        if sound.begin < end - half
        and sound.end > begin + half
        and "take_of" not in ours(_node(edit.value, edit.places[sound.clip]))
    ]


def shown(edit: Edit, slot: Slot) -> tuple[Fraction, Fraction]:
    """Return when a clip is seen, in seconds from the timeline's first frame."""
    begin = Fraction(slot.record.first - edit.start) / edit.rate
    return begin, begin + slot.record.seconds


def carries(edit: Edit, slot: Slot, sound: Sound, same: SameSound) -> bool:
    """Return whether an audio clip that overlaps a shot carries its line."""
    if _linked(edit, slot, sound) or sound.media in slot.old_takes:
        return True
    if sound.media is not None and sound.media == slot.media:
        return _own_sound(edit, slot, sound)
    return _same_clock(edit, slot, sound) or same(slot, sound)


def _linked(edit: Edit, slot: Slot, sound: Sound) -> bool:
    picture, heard = (_link(_node(edit.value, edit.places[c])) for c in (slot.clip, sound.clip))
    return picture is not None and picture == heard


def _link(node: Node) -> Any:
    """Return what Resolve links clips by, None where it says nothing."""
    metadata = node.get("metadata")
    resolve = metadata.get("Resolve_OTIO") if isinstance(metadata, dict) else None
    return resolve.get("Link Group ID") if isinstance(resolve, dict) else None


def _own_sound(edit: Edit, slot: Slot, sound: Sound) -> bool:
    """Return whether a clip of the picture's own file is its line, and not another shot's of the
    same file.
    """
    if (
        sound.start is None
        or slot.retime is not None
        or _out_of_sync(edit, slot, sound) <= SLIP_SECONDS
    ):
        return True
    others = [s for s in edit.slots if s.media == slot.media and s.clip != slot.clip]
    return all(_out_of_sync(edit, other, sound) > SLIP_SECONDS for other in others)


def _out_of_sync(edit: Edit, slot: Slot, sound: Sound) -> Fraction:
    """Return by how many seconds a sound is off the picture; a long time where that is not known."""
    if slot.exact is None or sound.start is None:
        return 2 * SLIP_SECONDS
    zero = slot.available.first if slot.available is not None else 0
    seen = (slot.exact.first - zero) / slot.exact.rate - shown(edit, slot)[0]
    return abs(sound.start - sound.begin - seen)


def _same_clock(edit: Edit, slot: Slot, sound: Sound) -> bool:
    """Return whether picture and sound run at the same timecode; files that begin at 0 have none."""
    if sound.clock is None or slot.exact is None or slot.available is None:
        return False
    if not slot.available.first:
        return False
    seen = slot.exact.first / slot.exact.rate - shown(edit, slot)[0]
    return abs(sound.clock - sound.begin - seen) <= CLOCK_SLIP / edit.rate


def still_speaking(
    edit: Edit,
    slot: Slot,
    off: Sequence[Sound],
    lines: Sequence[Sound],
    takes: Collection[Path],
) -> list[StillSpeaking]:
    """Return what is on under a dubbed shot, its new line left aside.

    Args:
        edit: the edit that was read.
        slot: the picture clip.
        off: the clips that were switched off there.
        lines: those that carry the old line.
        takes: the files of the new line.
    """
    begin, end = shown(edit, slot)
    silent, old = {sound.clip for sound in off}, {sound.clip for sound in lines}
    found = []
    for sound in sounds_beside(edit, slot):
        if not sound.enabled or sound.clip in silent or sound.media in takes:
            continue
        first = round(max(begin, sound.begin) * edit.rate)
        count = max(1, round(min(end, sound.end) * edit.rate) - first)
        clip = StillSpeaking(slot.clip, sound.clip, sound.name, first, count, sound.clip in old)
        found.append(clip)
    return found


# Switched off, and on again


@dataclass(frozen=True, slots=True)
class Silenced:
    """A stretch of an audio clip to be switched off for a shot: seconds from the timeline's first
    frame.
    """

    sound: Sound
    clip: str
    begin: Fraction
    end: Fraction


def silence_parts(value: Node, places: Mapping[str, Place], parts: Sequence[Silenced]) -> None:
    """Split audio clips where shots begin and end, and switch off the parts under them, in place.

    Args:
        value: the timeline; clips behind a split one move on in their track.
        places: where each clip stands in it, by address.
        parts: what is to be silent.
    """
    by_sound: dict[str, list[Silenced]] = {}
    for part in parts:
        by_sound.setdefault(part.sound.clip, []).append(part)
    # the last one first: a split moves what stands behind it
    for address in sorted(by_sound, key=lambda clip: places[clip], reverse=True):
        place = places[address]
        pieces = _split(_node(value, place), by_sound[address])
        for piece, clips in pieces:
            for clip in clips:
                silence(piece, clip)
        siblings = _node(value, place[:-2]).get("children")
        track = _node(value, place[:-2])
        if len(pieces) > 1 and schema(track) in TRACK_SCHEMAS and isinstance(siblings, list):
            at = int(place[-1])
            siblings[at : at + 1] = [piece for piece, _ in pieces]


def _split(node: Node, parts: Sequence[Silenced]) -> list[tuple[Node, list[str]]]:
    """Return the pieces of an audio clip, and the shots that each is silent for; one piece is the
    clip itself.
    """
    sound = parts[0].sound
    span = read_span(node.get("source_range")) or read_span(
        active_reference(node).get("available_range")
    )
    everyone = [part.clip for part in parts]
    if span is None or sound.problem:
        return [(node, everyone)]
    own = sound.begin - sound.head  # where the clip begins, seen or not
    edges = {Fraction(0), span.seconds}
    edges |= {edge for part in parts for edge in (part.begin - own, part.end - own)}
    half = Fraction(1, 2) / span.exact_rate if span.exact_rate < 1000 else Fraction(1, 1000)
    inner = sorted(edge for edge in edges if half < edge < span.seconds - half)
    cuts = [Fraction(0), *inner, span.seconds]
    pieces: list[tuple[Node, list[str]]] = []
    whole = {"source_range": node.get("source_range"), "markers": node.get("markers")}
    name = {"part_of": ours(node).get("part_of") or f"{sound.clip}@{float(sound.begin):.3f}"}
    for begin, end in pairwise(cuts):
        middle = own + (begin + end) / 2
        clips = [part.clip for part in parts if part.begin < middle < part.end]
        if len(cuts) == 2:
            return [(node, clips)]
        piece = copy.deepcopy(node)
        piece["source_range"] = _part(span, begin, end, node)
        if begin:
            piece["markers"] = []
        mine = {"whole": whole, **ours(piece), **name}
        metadata = piece.get("metadata")
        piece["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), METADATA_KEY: mine}
        pieces.append((piece, clips))
    return pieces


def _part(span: Span, begin: Fraction, end: Fraction, node: Node) -> Node:
    """Write a stretch of a source range, at its own rate as written."""
    written = node.get("source_range") or active_reference(node)["available_range"]
    rate = written["duration"]["rate"]
    first, length = span.start + begin * span.exact_rate, (end - begin) * span.exact_rate

    def time(frames: Fraction) -> Node:
        whole = float(settled(frames))
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": whole}

    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": time(length),
        "start_time": time(first),
    }


def silence(clip: Node, address: str) -> None:
    """Switch an audio clip off for a dubbed picture clip, in place; one that was off already stays
    the user's own.
    """
    mine = dict(ours(clip))
    if clip.get("enabled") is False and "dialogue_of" not in mine:
        return
    mine.setdefault("enabled", clip.get("enabled"))  # as it was; null where nothing was said
    mine["dialogue_of"] = sorted({*mine.get("dialogue_of", []), address})
    metadata = clip.get("metadata")
    clip["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), METADATA_KEY: mine}
    clip["enabled"] = False


def restore(value: Any, address: str) -> None:
    """Switch the dialogue of a picture clip on again, wherever it stands, in place; what was split
    for it is joined.
    """
    if isinstance(value, list):
        for member in value:
            restore(member, address)
        return
    if not isinstance(value, dict):
        return
    if schema(value) == "Clip":
        mine = ours(value)
        if address in mine.get("dialogue_of", []):
            mine["dialogue_of"] = [name for name in mine["dialogue_of"] if name != address]
            if not mine["dialogue_of"]:
                _switch_back(value, mine)
        return
    for name in ("tracks", "children"):
        restore(value.get(name), address)
    if schema(value) in TRACK_SCHEMAS:
        _join(children(value))


def _switch_back(clip: Node, mine: Mapping[str, Any]) -> None:
    if mine.get("enabled") is None:
        clip.pop("enabled", None)
    else:
        clip["enabled"] = mine["enabled"]
    kept = {name: mine[name] for name in ("part_of", "whole") if name in mine}
    if kept:
        clip["metadata"][METADATA_KEY] = kept
    else:
        del clip["metadata"][METADATA_KEY]


def _join(items: list[Any]) -> None:
    """Make one clip again of pieces none of which is silent for a shot any more."""
    by_name: dict[str, list[Node]] = {}
    for item in items:
        if part := ours(item).get("part_of"):
            by_name.setdefault(part, []).append(item)
    for pieces in by_name.values():
        if any("dialogue_of" in ours(piece) for piece in pieces):
            continue
        first = pieces[0]
        for name, value in ours(first)["whole"].items():
            if value is None and name == "markers":
                first.pop(name, None)
            else:
                first[name] = value
        del first["metadata"][METADATA_KEY]
        items[:] = [item for item in items if not any(item is piece for piece in pieces[1:])]


def _node(value: Any, place: Place) -> Node:
    for step in place:
        value = value[step]
    return value
