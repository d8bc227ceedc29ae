"""Read an edit: every clip on every video track becomes a `Slot`, with what keeps it from being
dubbed, if anything.

The JSON is read as it stands and never through OTIO's own reader, which refuses a whole file for
one newer or unknown schema (OTIO 0.18.1 on `Marker.3`). So there is nothing to downgrade and
nothing to put back.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.reading import chosen
from g4g_plugin.core.time import FrameRange, can_drop, is_drop, timecode
from g4g_plugin.core.words import tr
from g4g_plugin.timeline import problems as say
from g4g_plugin.timeline.clip import Node, as_cut, original_reference, ours, target_of
from g4g_plugin.timeline.conform import retimed
from g4g_plugin.timeline.earlier import from_its_plate
from g4g_plugin.timeline.edit import (
    Edit,
    Place,
    Problem,
    Slot,
    Sound,
    clamped,
    rate_mismatch,
    with_media,
)
from g4g_plugin.timeline.effects import constant_speed, time_effect
from g4g_plugin.timeline.load import Loaded, load, schema
from g4g_plugin.timeline.paths import form_of, local_path
from g4g_plugin.timeline.ranges import MediaRange, Span, in_media, read_span, read_time, settled
from g4g_plugin.timeline.relink import find_file, find_media
from g4g_plugin.timeline.walk import (
    TRACK_SCHEMAS,
    Item,
    Nest,
    children,
    seconds_of,
    start_offset,
    walk_stack,
    walk_track,
)

__all__ = [
    "Edit",
    "Problem",
    "Slot",
    "Sound",
    "line_from_track",
    "open_timeline",
    "sounds_under",
    "with_media",
]

_UNSAFE = re.compile(r'[\\/:*?"<>|]')  # what no file name may hold
_DROP_TEXT = re.compile(r"^\d{2}:\d{2}:\d{2}[;,.]\d{2}$")


def open_timeline(path: Path, path_map: Mapping[str, str] | None = None) -> Edit:
    """Read an edit from .otio, .otioz, .otiod, or through an adapter from FCP7 XML, FCPXML, EDL,
    AAF, Kdenlive.

    path_map: leading folders to swap in media paths ("/Volumes/x": "/mnt/x").

    Raises:
        TimelineError: it cannot be read, or there is no clip in it.
    """
    loaded = load(Path(path))
    maps = dict(path_map or {})
    items = list(_items(loaded))
    rate, start = _timeline_time(loaded.value, items)
    slots = tuple(_slot(item, loaded, maps, rate, start) for item in items if item.kind == "Video")
    if not slots:
        sounds = sum(item.kind == "Audio" for item in items)
        hint = tr("Export a timeline with picture clips in it.")
        if sounds:
            raise TimelineError(
                "{path} holds only {sounds} clips on audio tracks.",
                hint,
                path=loaded.path.name,
                sounds=sounds,
            )
        raise TimelineError("{path} holds no clips.", hint, path=loaded.path.name)
    tracks: dict[str, list[Sound]] = {}
    nested: list[Sound] = []
    for item in items:
        if item.kind == "Audio":
            sound = _sound(item, loaded, maps)
            nested.append(sound) if item.nested else tracks.setdefault(
                item.address.split("/")[0], []
            ).append(sound)
    return Edit(
        path=loaded.path,
        text=loaded.text,
        value=loaded.value,
        folder=loaded.folder,
        bundle=loaded.bundle,
        path_map=maps,
        name=_stem(loaded.path, chosen(loaded.path).sequence),
        rate=rate,
        start=start,
        slots=slots,
        sounds={name: tuple(found) for name, found in tracks.items()},
        nested_sounds=tuple(nested),
        places={item.address: item.place for item in items},
    )


def _stem(path: Path, sequence: str) -> str:
    """Return the edit's name: "cut" for cut.otio, cut.g4g.otio and cut.dubbed.otio; "cut.Reel 2"
    where that sequence of several was chosen.
    """
    stem = path.stem
    stem = Path(stem).stem if stem.endswith((".g4g", ".dubbed")) else stem
    return f"{stem}.{_UNSAFE.sub('_', sequence)}" if sequence else stem


def top_stack(value: Node) -> tuple[Node, Place]:
    """Return the stack of tracks and where it stands; a lone track or clip is wrapped in one.

    Raises:
        TimelineError: the timeline has no stack.
    """
    if schema(value) == "Timeline":
        stack = value.get("tracks")
        if not isinstance(stack, dict):
            raise TimelineError("The timeline has no tracks.", tr("Export the timeline again."))
        return stack, ("tracks",)
    return value, ()


def _items(loaded: Loaded) -> Iterator[Item]:
    stack, place = top_stack(loaded.value)
    if schema(stack) == "Stack":
        span = read_span(stack.get("source_range"))
        window = None if span is None else (Fraction(0), span.seconds)
        begin = Fraction(0) if span is None else -span.start / span.exact_rate
        retimed = time_effect(stack) is not None
        yield from walk_stack(stack, place, Nest(begin=begin, window=window, retimed=retimed))
    elif schema(stack) in TRACK_SCHEMAS:
        kind = str(stack.get("kind") or "Video")
        yield from walk_track(stack, place, Nest(prefix=f"{kind[0]}1"), kind)
    else:
        yield from walk_track(stack, place, Nest(prefix="V1"), "Video")


def _timeline_time(value: Node, items: list[Item]) -> tuple[Fraction, int]:
    """Return (rate, start in frames) of the timeline: its start time's rate if any clip has it,
    else the commonest.
    """
    spans = [read_span(item.node.get("source_range")) for item in items if item.kind == "Video"]
    rates = Counter(span.exact_rate for span in spans if span is not None)
    common = rates.most_common(1)[0][0] if rates else Fraction(24)
    begin = read_time(value.get("global_start_time"))
    if begin is None:
        tracks = children(top_stack(value)[0])
        offset = max(
            (start_offset(track) for track in tracks if schema(track) in TRACK_SCHEMAS),
            default=Fraction(0),
        )
        return common, round(offset * common)
    span = Span(begin[0], Fraction(0), begin[1])
    if span.exact_rate in rates or not rates:
        return span.exact_rate, round(span.start)
    return common, round(span.start / span.exact_rate * common)


def _slot(item: Item, loaded: Loaded, maps: Mapping[str, str], rate: Fraction, start: int) -> Slot:
    item = replace(item, node=as_cut(item.node))
    reference = original_reference(item.node)
    media = _media(item.node, reference, loaded.folder, maps)
    found = [*say.about_item(item), *say.about_media(reference, media)]
    found += say.about_rate(loaded.value)
    found += say.about_place(target_of(reference), media, (loaded.folder, maps))
    speed = None if time_effect(item.node) is None else constant_speed(item.node)
    exact, available = _ranges(item, reference, (rate, speed), found)
    source = exact.frames()
    if available is not None and speed is None:
        source, grown = _settle(source, exact, available)
        found += grown
    drop = _drop(reference, item.node) and can_drop((available or source).rate)
    frames = max(1, round(item.seconds * rate))
    first = start + round(item.begin * rate)
    grid = source.rate if speed is None else rate
    slot = Slot(
        clip=item.address,
        name=str(
            item.node.get("name")
            or reference.get("name")
            or (media.name if media else "")
            or item.address
        ),
        track=item.track,
        record=FrameRange(first, frames, rate),
        source=source,
        available=available,
        media=media,
        start_timecode=None
        if available is None
        else timecode(available.first, available.rate, drop),
        drop=drop,
        enabled=item.enabled,
        handles=(
            math.ceil((item.head + item.before) * grid),
            math.ceil((item.tail + item.after) * grid),
        ),
        problems=tuple(found),
        exact=exact,
        retime=speed,
    )
    if not ours(item.node):
        slot = from_its_plate(slot)
    if speed is None or available is None:
        return slot
    return retimed(slot, available.first / available.rate)


def _media(node: Node, reference: Node, folder: Path, maps: Mapping[str, str]) -> Path | None:
    """Return where a clip's media lies; where it is not as the timeline says, what bears its name.

    Args:
        node: the clip.
        reference: its media.
        folder: the timeline's own.
        maps: leading folders to swap.
    """
    target = target_of(reference)
    if target is None:
        return find_file(_names(node, reference), folder)
    if form_of(target) == "foreign":
        return None
    path = local_path(target, folder, maps)
    if path.exists() or "%0" in path.name:
        return path
    return find_media(path, folder) or path


def _names(node: Node, reference: Node) -> list[str]:
    """Return what a clip's file may be called, where the timeline names none: EDLs say it in
    comments.
    """
    metadata = node.get("metadata")
    edl = metadata.get("cmx_3600") if isinstance(metadata, dict) else None
    edl = edl if isinstance(edl, dict) else {}
    comments = edl.get("comments")
    said = [str(c) for c in comments] if isinstance(comments, list) else []
    files = [c.partition(":")[2].strip() for c in said if c.upper().startswith("SOURCE FILE")]
    names = [*files, node.get("name"), reference.get("name"), edl.get("reel")]
    return [str(name) for name in names if name]


def _ranges(
    item: Item,
    reference: Node,
    times: tuple[Fraction, Fraction | None],
    found: list[Problem],
) -> tuple[MediaRange, FrameRange | None]:
    """Return the source range in media time and what the media holds.

    Args:
        item: the clip in its place.
        reference: its media.
        times: the timeline's rate; the clip's speed, None where it is not retimed.
        found: problems met are added to it.
    """
    rate, speed = times
    written = read_span(item.node.get("source_range"))
    holds = read_span(reference.get("available_range"))
    if holds is not None and holds.length <= 0:
        holds = None
    span = written or holds or Span(Fraction(0), Fraction(0), rate)
    exact = in_media(span, holds)
    head, tail = (item.head, item.tail) if (speed or 1) > 0 else (item.tail, item.head)
    pace = exact.rate * abs(1 if speed is None else speed)
    exact = replace(exact, first=exact.first + head * pace, end=exact.end - tail * pace)
    if speed is None:
        found += say.about_range(item, exact, unknown=written is None and holds is None)
    available = None
    if holds is not None:
        available = MediaRange(holds.start, holds.start + holds.length, holds.exact_rate).frames()
    return exact, available


def _settle(
    source: FrameRange, exact: MediaRange, available: FrameRange
) -> tuple[FrameRange, list[Problem]]:
    """Cut what growing to whole frames added beyond the media, and say what does not fit."""
    found = []
    if not exact.exact:
        found.append(rate_mismatch(exact.written or exact.rate, available.rate))
        first, end = source.first, source.end
        first = available.first if first == available.first - 1 else first
        end = available.end if end == available.end + 1 else end
        source = FrameRange(first, max(1, end - first), source.rate)
    if source.first < available.first or source.end > available.end:
        source, told = clamped(source, available)
        found.append(told)
    return source, found


def _drop(*nodes: Node) -> bool:
    """Return whether a drop-frame timecode stands anywhere in the metadata, or FCP's display format
    "DF".
    """
    return any(_has_drop(node.get("metadata"), 0) for node in nodes)


def _has_drop(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return bool(_DROP_TEXT.match(value)) and is_drop(value)
    if isinstance(value, dict) and depth < 6:
        return value.get("displayformat") == "DF" or any(
            _has_drop(v, depth + 1) for k, v in value.items() if k != "g4g"
        )
    return False


def _sound(item: Item, loaded: Loaded, maps: Mapping[str, str]) -> Sound:
    reference = original_reference(item.node)
    media = _media(item.node, reference, loaded.folder, maps)
    span, holds = (
        read_span(item.node.get("source_range")),
        read_span(reference.get("available_range")),
    )
    problem = ""
    start = None
    effect = time_effect(item.node) or ("a retimed nest" if item.retimed else None)
    if media is None:
        problem = "has no media file."
    elif effect:
        problem = f"is retimed ({effect})."
    else:
        start = _seconds_in(span, holds) + item.head
        if start < 0:
            start, problem = None, "begins before its media does."
    seconds = item.seconds if item.seconds > 0 else seconds_of(item.node)
    name = str(item.node.get("name") or (media.name if media else "") or item.address)
    return Sound(
        item.address,
        name,
        item.begin,
        seconds,
        media,
        start,
        _channel(item.node),
        item.enabled,
        problem,
        _clock(span, holds, item.head),
        item.head,
    )


def _seconds_in(span: Span | None, holds: Span | None) -> Fraction:
    """Return how far into its media a source range begins, in seconds."""
    if span is None:
        return Fraction(0)
    exact = in_media(span, holds)
    zero = Fraction(0) if holds is None else settled(holds.start)
    return (settled(exact.first) - zero) / exact.rate


def _clock(span: Span | None, holds: Span | None, head: Fraction) -> Fraction | None:
    """Return the timecode at which a sound begins, in seconds; None where its file begins at 0."""
    if span is None or holds is None or settled(holds.start) <= 0:
        return None
    exact = in_media(span, holds)
    return settled(exact.first) / exact.rate + head


def _channel(node: Node) -> int | None:
    """Return the one channel of the file that Resolve plays here, counted from 0; None for several
    or unknown.
    """
    metadata = node.get("metadata")
    resolve = metadata.get("Resolve_OTIO") if isinstance(metadata, dict) else None
    channels = resolve.get("Channels") if isinstance(resolve, dict) else None
    if not isinstance(channels, list) or len(channels) != 1 or not isinstance(channels[0], dict):
        return None
    track, channel = channels[0].get("Source Track ID"), channels[0].get("Source Channel ID")
    return channel if track == 0 and isinstance(channel, int) and channel >= 0 else None


def line_from_track(edit: Edit, slot: Slot, track_name: str) -> Line:
    """Return what lies under a picture clip on an audio track ("A2") as a line, where it lies.

    Pieces of one file that run on without a jump count as one. A line that begins between two
    frames of the plate begins with the nearer one, that much earlier or later in its file.

    Args:
        edit: the edit that was read.
        slot: the picture clip.
        track_name: the audio track, "A2".

    Raises:
        TimelineError: nothing lies there, or several pieces, or its file is unknown or missing.
    """
    name = track_name.strip().upper()
    sound = _one(sounds_under(edit, slot, name), slot, name)
    if sound.problem or sound.media is None or sound.start is None:
        raise TimelineError(
            "{clip} ({sound}) {problem}",
            tr("Put a plain audio file there."),
            slot.clip,
            clip=sound.clip,
            sound=sound.name,
            problem=sound.problem,
        )
    if not sound.media.exists():
        raise TimelineError(
            "The take under {clip}, {media}, is missing.",
            say.RELINK_HINT,
            slot.clip,
            clip=slot.clip,
            media=sound.media,
        )
    begin = Fraction(slot.record.first - edit.start) / edit.rate
    at = round((sound.begin - begin) * slot.source.rate)
    begins = begin + at / slot.source.rate
    start = max(Fraction(0), sound.start + begins - sound.begin)
    length = min(begin + slot.record.seconds, sound.end) - begins
    return Line(Take(sound.media, start, length, sound.channel, sound.name), None, at, name)


def sounds_under(edit: Edit, slot: Slot, track_name: str) -> list[Sound]:
    """Return what lies under a picture clip on an audio track, enabled and by more than half a
    frame.

    Args:
        edit: the edit that was read.
        slot: the picture clip.
        track_name: the audio track, "A2".

    Raises:
        TimelineError: there is no such track.
    """
    name = track_name.strip().upper()
    if name not in edit.sounds:
        known = ", ".join(sorted(edit.sounds)) or tr("none")
        raise TimelineError(
            "{name} has no audio track {track} with clips on it.",
            tr("Formats that can be written: {known}."),
            name=edit.path.name,
            track=track_name,
            known=known,
        )
    begin = Fraction(slot.record.first - edit.start) / edit.rate
    end = begin + slot.record.seconds
    half = 1 / (2 * edit.rate)
    return [
        s for s in edit.sounds[name] if s.enabled and s.begin < end - half and s.end > begin + half
    ]


def _one(under: list[Sound], slot: Slot, name: str) -> Sound:
    """Join the pieces under a clip into one.

    Raises:
        TimelineError: there is none, or they do not run on.
    """
    if not under:
        raise TimelineError(
            "Nothing lies under {clip} ({name}) on {track}.",
            tr("Lay a take there, choose another track, or {@give_take}."),
            slot.clip,
            clip=slot.clip,
            name=slot.name,
            track=name,
        )
    joined = under[0]
    for piece in under[1:]:
        runs_on = (
            (piece.media, piece.channel) == (joined.media, joined.channel)
            and None not in (piece.start, joined.start)
            and piece.begin == joined.end
            and abs((piece.start or 0) - (joined.start or 0) - joined.seconds) < Fraction(1, 1000)
        )
        if not runs_on:
            pieces = ", ".join(f"{s.clip} ({s.name})" for s in under)
            raise TimelineError(
                "Several takes lie under {clip} on {track}: {pieces}.",
                tr("Bounce them to one file, or leave one under the clip."),
                slot.clip,
                clip=slot.clip,
                track=name,
                pieces=pieces,
            )
        joined = replace(joined, seconds=joined.seconds + piece.seconds)
    return joined
