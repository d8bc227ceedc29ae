"""What a foreign format has no word for becomes what it has: a nest or a generator a gap of the
same length with a marker, an unknown effect nothing. So an adapter never fails on one element, and
nothing behind it moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from g4g_plugin.core.formats import Format
from g4g_plugin.core.time import snap_rate
from g4g_plugin.core.words import Words, tr
from g4g_plugin.timeline.clip import DEFAULT_KEY, Node, active_reference, target_of
from g4g_plugin.timeline.effects import time_effect
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import read_span, settled
from g4g_plugin.timeline.takes import time_range
from g4g_plugin.timeline.walk import TRACK_SCHEMAS, children, seconds_of

# the newest versions that OTIO 0.18.1, which all adapters use, can read
VERSIONS = {
    "Clip": 2,
    "Marker": 2,
    **dict.fromkeys(("Timeline", "Stack", "Track", "Gap", "Transition", "Effect", "TimeEffect"), 1),
    **dict.fromkeys(("LinearTimeWarp", "FreezeFrame", "RationalTime", "TimeRange"), 1),
    **dict.fromkeys(("TimeTransform", "V2d", "Box2d"), 1),
    **dict.fromkeys(("ExternalReference", "MissingReference", "GeneratorReference"), 1),
    "ImageSequenceReference": 1,
}
EFFECTS = ("Effect", "TimeEffect", "LinearTimeWarp", "FreezeFrame")
NO_RATE = 24.0  # frames per second of what says nothing
NESTING_ADAPTERS = ("fcp_xml", "g4g_plugin.timeline.fcpxml")  # adapters that write nested sequences
RETIMING_ADAPTERS = ("g4g_plugin.timeline.fcpxml", "cmx_3600")  # and constant retimes
DISSOLVING_ADAPTERS = ("fcp_xml", "g4g_plugin.timeline.fcpxml", "cmx_3600")
_NEST = tr("nested sequence")
_GENERATOR = tr("generator")
_UNKNOWN = tr("object of an unknown kind ({kind})")
_RETIME = tr("its speed; it plays at its own")
_DISSOLVE = tr("transition")


def carry(value: Node, entry: Format) -> list[str]:
    """Make a timeline what a format's adapter can write, in place; return what is lost, item by
    item.
    """
    lost: list[str] = []
    stack = value.get("tracks")
    tops = [stack] if isinstance(stack, dict) else [value]
    for top in tops:
        _plain(top)
        top["children"] = [_as_track(child) for child in children(top)]
        for track in children(top):
            _carry_items(track, entry, lost, top)
    return lost


def _as_track(node: Any) -> Any:
    """Give an item that stands in a stack without a track one of its own."""
    if not isinstance(node, dict) or schema(node) in TRACK_SCHEMAS:
        return node
    track: Node = {"OTIO_SCHEMA": "Track.1", "metadata": {}, "name": "", "kind": "Video"}
    return {**track, "source_range": None, "effects": [], "markers": [], "children": [node]}


def _carry_items(track: Node, entry: Format, lost: list[str], top: Node) -> None:
    """Replace what the format has no word for, and give each item the range it lacks."""
    items, begin = children(track), Fraction(0)
    for at, child in enumerate(items):
        if not isinstance(child, dict):
            continue
        length = seconds_of(child)
        reason = _why_not(child, entry)
        if reason:
            name = str(child.get("name") or "?")
            lost.append(f"{name}: {reason}")
            items[at] = _gap(length, child, f"{name}: {reason}")
            _mark(top, items[at], begin)
        elif schema(child) in ("Stack", *TRACK_SCHEMAS):
            _range(child, length)
            for inner in children(child):
                if isinstance(inner, dict) and schema(inner) in TRACK_SCHEMAS:
                    _carry_items(inner, entry, lost, child)
        elif schema(child) == "Clip":
            _clip(child, length, entry, lost)
        begin += length if schema(child) != "Transition" else 0
    items[:] = [child for child in items if isinstance(child, dict) and schema(child)]
    if entry.adapter not in DISSOLVING_ADAPTERS:
        gone = sum(schema(child) == "Transition" for child in items)
        lost += [str(_DISSOLVE)] * gone
        items[:] = [child for child in items if schema(child) != "Transition"]
    items[:] = list(_between(items))


def _between(items: list[Node]) -> Iterator[Node]:
    """Leave out transitions that no longer stand between two clips."""
    for at, child in enumerate(items):
        if schema(child) == "Transition":
            beside = [items[n] for n in (at - 1, at + 1) if 0 <= n < len(items)]
            if len(beside) < 2 or any(schema(other) != "Clip" for other in beside):
                continue
        yield child


def _why_not(node: Node, entry: Format) -> Words | None:
    """Return why a format has no word for an item; None where it has."""
    kind = schema(node)
    if kind in ("Gap", "Transition"):
        return None
    if kind in ("Stack", *TRACK_SCHEMAS):
        return None if entry.adapter in NESTING_ADAPTERS else _NEST
    if kind != "Clip":
        return _UNKNOWN.filled(kind=node.get("OTIO_SCHEMA"))
    return _GENERATOR if schema(active_reference(node)) == "GeneratorReference" else None


def _clip(clip: Node, length: Fraction, entry: Format, lost: list[str]) -> None:
    """Give a clip a range, one reference that adapters know, and a speed the format can say."""
    _range(clip, length)
    reference = active_reference(clip)
    target = target_of(reference)
    holds = reference.get("available_range")
    plain: Node = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": ""}
    if target is not None:
        name = str(reference.get("name") or "")
        plain = {"OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": name}
        plain["target_url"] = target
    plain["metadata"] = reference.get("metadata") or {}
    span = read_span(holds)
    plain["available_range"] = (
        holds if span is not None and span.length > 0 else clip["source_range"]
    )
    if "media_references" in clip:
        clip["media_references"] = {DEFAULT_KEY: plain}
        clip["active_media_reference_key"] = DEFAULT_KEY
    else:
        clip["media_reference"] = plain
    if time_effect(clip) and entry.adapter not in RETIMING_ADAPTERS:
        lost.append(f"{clip.get('name') or '?'}: {_RETIME}")
        clip["effects"] = []
    if entry.edl:
        _whole(clip)


def _range(node: Node, length: Fraction) -> None:
    """Give an item a source range where it has none."""
    if read_span(node.get("source_range")) is not None:
        return
    holds = active_reference(node).get("available_range") if schema(node) == "Clip" else None
    span = read_span(holds)
    if holds is not None and span is not None and span.length > 0:
        node["source_range"] = holds
        return
    rate = _rate_in(node)
    node["source_range"] = time_range(0, max(length * snap_rate(rate), 1), rate)


def _whole(clip: Node) -> None:
    """Let an EDL's clip begin at a whole frame, from 0 on."""
    span = read_span(clip["source_range"])
    if span is None:
        return
    first = max(0, math.floor(settled(span.start)))
    rate = clip["source_range"]["duration"]["rate"]
    clip["source_range"] = time_range(first, max(1, round(span.length)), rate)


def _rate_in(node: Node) -> float:
    """Return the rate of the first time written in an item; 24 where there is none."""
    if schema(node) == "RationalTime":
        return float(node["rate"])
    for member in node.values() if isinstance(node, dict) else ():
        inner = member if isinstance(member, list) else [member]
        for one in inner:
            if isinstance(one, dict) and (schema(one) or "OTIO_SCHEMA" in one):
                rate = _rate_in(one)
                if rate != NO_RATE:
                    return rate
    return NO_RATE


def _gap(seconds: Fraction, like: Node, said: str) -> Node:
    rate = _rate_in(like)
    length = seconds * snap_rate(rate)
    marker = {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {},
        "name": said,
        "color": "RED",
        "comment": said,
        "marked_range": time_range(0, 0, rate),
    }
    gap: Node = {"OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "effects": [], "enabled": True}
    return {**gap, "source_range": time_range(0, length, rate), "markers": [marker]}


def _mark(top: Node, gap: Node, begin: Fraction) -> None:
    """Say in the timeline's own markers, which more formats keep, what a gap stands for."""
    marker = dict(gap["markers"][0])
    rate = marker["marked_range"]["duration"]["rate"]
    marker["marked_range"] = time_range(begin * snap_rate(rate), 0, rate)
    top["markers"] = [*(top.get("markers") or []), marker]


def _plain(node: Any) -> None:
    """Bring schemas to the versions that adapters know, in place; unknown effects and markers go."""
    if not isinstance(node, dict):
        return
    for name in ("markers", "effects"):
        members = node.get(name)
        if isinstance(members, list):
            node[name] = [member for member in members if schema(member) in VERSIONS]
    kind = schema(node)
    if kind in VERSIONS and _version(node) > VERSIONS[kind]:
        node["OTIO_SCHEMA"] = f"{kind}.{VERSIONS[kind]}"
    if kind == "Marker" and not isinstance(node.get("color"), str):
        colour = node.get("color")
        named = colour.get("name") if isinstance(colour, dict) else None
        node["color"] = named if isinstance(named, str) and named else "RED"
    if kind in EFFECTS:
        for name in ("name", "effect_name"):
            node.setdefault(name, "")
        node.setdefault("metadata", {})
    for name in ("children", "markers", "effects"):
        for child in node.get(name) or []:
            _plain(child)


def _version(node: Node) -> int:
    text = str(node.get("OTIO_SCHEMA", "")).partition(".")[2]
    return int(text) if text.isdigit() else 1
