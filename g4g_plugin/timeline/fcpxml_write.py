"""An OpenTimelineIO timeline as FCPXML 1.10: the lowest picture track is the storyline, all else is
connected to it. Nests become compound clips. Every time is a fraction of whole frames, as Final Cut
Pro asks for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from opentimelineio.core import SerializableObject

from g4g_plugin.core.time import snap_rate
from g4g_plugin.timeline.clip import Node, active_reference, target_of
from g4g_plugin.timeline.effects import constant_speed, time_effect
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import Span, read_span, read_time, settled
from g4g_plugin.timeline.walk import TRACK_SCHEMAS, children, seconds_of

FCPXML_VERSION = "1.10"
OFFLINE = "file:///offline/"  # where media lie that the timeline does not name
Element = ElementTree.Element
ZERO = Fraction(0)


def write_to_string(input_otio: SerializableObject) -> str:
    """Return a timeline as FCPXML text, as OTIO's adapters do."""
    return _Writer(json.loads(input_otio.to_json_string())).text()


@dataclass(frozen=True, slots=True)
class _Placed:
    """An item and when it begins and how long it lasts, seconds of what encloses it."""

    node: Node
    begin: Fraction
    length: Fraction


@dataclass(slots=True)
class _Writer:
    value: Node
    rate: Fraction = Fraction(24)
    resources: Element = field(default_factory=lambda: Element("resources"))
    known: dict[tuple[str, ...], str] = field(default_factory=dict)  # what it is -> its id

    def text(self) -> str:
        stack = self.value.get("tracks") or {}
        self.rate = self._rate(stack)
        start = read_time(self.value.get("global_start_time"))
        zero = ZERO if start is None else settled(start[0]) / snap_rate(start[1])
        sequence = self._sequence(stack, zero)
        root = Element("fcpxml", version=FCPXML_VERSION)
        root.append(self.resources)
        event = ElementTree.SubElement(ElementTree.SubElement(root, "library"), "event")
        name = str(self.value.get("name") or "timeline")
        event.set("name", name)
        ElementTree.SubElement(event, "project", name=name).append(sequence)
        ElementTree.indent(root, " ")
        body = ElementTree.tostring(root, "unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'

    def _rate(self, stack: Node) -> Fraction:
        start = read_time(self.value.get("global_start_time"))
        spans = (read_span(node.get("source_range")) for node in _clips(stack))
        rates = [span.exact_rate for span in spans if span is not None and span.rate < 1000]
        if start is not None and (not rates or snap_rate(start[1]) in rates):
            return snap_rate(start[1])
        return max(set(rates), key=rates.count) if rates else self.rate

    def _sequence(self, stack: Node, zero: Fraction) -> Element:
        """Return a sequence of a stack's tracks, whose time begins at `zero`."""
        tracks = [t for t in children(stack) if isinstance(t, dict) and schema(t) in TRACK_SCHEMAS]
        pictures = [t for t in tracks if (t.get("kind") or "Video") == "Video"]
        sounds = [t for t in tracks if t.get("kind") == "Audio"]
        length = max((seconds_of(track) for track in tracks), default=ZERO)
        drop = "DF" if '"displayformat": "DF"' in json.dumps(self.value) else "NDF"
        sequence = Element(
            "sequence",
            format=self._format(self.rate),
            tcStart=self._time(zero),
            tcFormat=drop,
            duration=self._time(length),
        )
        spine = ElementTree.SubElement(sequence, "spine")
        hosts = self._storyline(spine, pictures[0] if pictures else {}, length, zero)
        lanes = [(n, t) for n, t in enumerate(pictures[1:], 1)]
        lanes += [(-n, track) for n, track in enumerate(sounds, 1)]
        for lane, track in lanes:
            for placed in _placed(track):
                if schema(placed.node) != "Transition":
                    self._connect(hosts, placed, lane)
        for marker in stack.get("markers") or []:
            self._pin(hosts, marker)
        for _, element in hosts:
            _in_order(element)
        return sequence

    def _pin(self, hosts: list[tuple[_Placed, Element]], marker: Any) -> None:
        """Hang a timeline's marker on what is seen there: FCPXML has none of its own."""
        span = read_span(marker.get("marked_range")) if isinstance(marker, dict) else None
        at = ZERO if span is None else span.start_seconds
        host = next((h for h in reversed(hosts) if h[0].begin <= at), None)
        if host is not None:
            start = Fraction((host[1].get("start") or "0s").removesuffix("s"))
            element = self._marker(marker, start)
            element.set("start", self._time(start + at - host[0].begin))
            host[1].append(element)

    def _storyline(
        self, spine: Element, track: Node, length: Fraction, zero: Fraction
    ) -> list[tuple[_Placed, Element]]:
        hosts: list[tuple[_Placed, Element]] = []
        at = ZERO
        for placed in _placed(track):
            if schema(placed.node) == "Transition":
                spine.append(self._transition(placed, zero))
                continue
            element = self._element(placed, 0)
            element = self._gap(placed.length) if element is None else element
            element.set("offset", self._time(zero + placed.begin))
            spine.append(element)
            hosts.append((placed, element))
            at = placed.begin + placed.length
        if at < length:
            element = self._gap(length - at)
            element.set("offset", self._time(zero + at))
            spine.append(element)
            hosts.append((_Placed({}, at, length - at), element))
        return hosts

    def _connect(self, hosts: list[tuple[_Placed, Element]], placed: _Placed, lane: int) -> None:
        element = self._element(placed, lane)
        if element is None or not hosts:
            return
        host, parent = next((h for h in reversed(hosts) if h[0].begin <= placed.begin), hosts[0])
        start = Fraction((parent.get("start") or "0s").removesuffix("s"))
        element.set("offset", self._time(start + placed.begin - host.begin))
        element.set("lane", str(lane))
        parent.append(element)

    def _element(self, placed: _Placed, lane: int) -> Element | None:
        node = placed.node
        if schema(node) == "Clip":
            element = self._clip(placed, lane)
        elif schema(node) == "Stack" or schema(node) in TRACK_SCHEMAS:
            element = self._compound(placed)
        else:
            return None
        element.set("name", str(node.get("name") or ""))
        element.set("duration", self._time(placed.length))
        if node.get("enabled") is False:
            element.set("enabled", "0")
        start = Fraction((element.get("start") or "0s").removesuffix("s"))
        for marker in node.get("markers") or []:
            element.append(self._marker(marker, start))
        return element

    def _clip(self, placed: _Placed, lane: int) -> Element:
        node = placed.node
        reference = active_reference(node)
        holds = read_span(reference.get("available_range"))
        span = read_span(node.get("source_range")) or holds or Span(ZERO, ZERO, self.rate)
        begin = span.start_seconds
        sound = lane < 0
        element = Element("asset-clip", ref=self._asset(node, reference, span, sound))
        speed = constant_speed(node) if time_effect(node) else None
        if speed is None:
            element.set("start", self._time(begin, span.exact_rate))
        else:
            element.set("start", self._time(begin))
            element.append(self._time_map(begin, placed.length, speed))
        element.set("srcEnable", "audio" if sound else "video")
        return element

    def _time_map(self, begin: Fraction, length: Fraction, speed: Fraction) -> Element:
        """Write a constant retime; backwards, a range is seen from its end."""
        first = begin - speed * length if speed < 0 else begin
        times = Element("timeMap")
        for time, value in ((begin, first), (begin + length, first + speed * length)):
            ElementTree.SubElement(
                times, "timept", time=self._time(time), value=self._time(value), interp="linear"
            )
        return times

    def _asset(self, node: Node, reference: Node, span: Span, sound: bool) -> str:
        name = str(reference.get("name") or node.get("name") or "clip")
        target = target_of(reference) or f"{OFFLINE}{quote(name, safe='')}"
        holds = read_span(reference.get("available_range"))
        held = holds if holds is not None and holds.length > 0 else span
        key = ("asset", target, str(held.start), str(held.length))
        if key not in self.known:
            self.known[key] = f"r{len(self.known) + 1}"
            asset = Element(
                "asset",
                id=self.known[key],
                name=name,
                start=self._time(held.start_seconds, held.exact_rate),
                duration=self._time(held.seconds, held.exact_rate),
            )
            ElementTree.SubElement(asset, "media-rep", kind="original-media", src=target)
            self.resources.append(asset)
        asset = next(a for a in self.resources if a.get("id") == self.known[key])
        asset.set("hasAudio" if sound else "hasVideo", "1")
        if not sound:
            asset.set("format", self._format(held.exact_rate))
        return self.known[key]

    def _compound(self, placed: _Placed) -> Element:
        node = placed.node
        stack = node if schema(node) == "Stack" else {"children": [node]}
        begin = read_span(node.get("source_range"))
        key = f"r{len(self.known) + 1}"
        self.known["media", key] = key
        media = Element("media", id=key, name=str(node.get("name") or ""))
        media.append(self._sequence(stack, ZERO))
        self.resources.append(media)
        element = Element("ref-clip", ref=key)
        element.set("start", self._time(ZERO if begin is None else begin.start_seconds))
        speed = constant_speed(node) if time_effect(node) else None
        if speed is not None and begin is not None:
            element.append(self._time_map(begin.start_seconds, placed.length, speed))
        return element

    def _gap(self, length: Fraction) -> Element:
        return Element("gap", name="Gap", start="0s", duration=self._time(length))

    def _transition(self, placed: _Placed, zero: Fraction) -> Element:
        before, after = (
            read_span({"duration": placed.node.get(name)}) for name in ("in_offset", "out_offset")
        )
        head = ZERO if before is None else before.seconds
        tail = ZERO if after is None else after.seconds
        return Element(
            "transition",
            name=str(placed.node.get("name") or "Cross Dissolve"),
            offset=self._time(zero + placed.begin - head),
            duration=self._time(head + tail),
        )

    def _marker(self, marker: Any, start: Fraction) -> Element:
        span = read_span(marker.get("marked_range")) if isinstance(marker, dict) else None
        begin = start if span is None else span.start_seconds
        name = str(marker.get("name") or "") if isinstance(marker, dict) else ""
        length = self._time(max(1 / self.rate, ZERO if span is None else span.seconds))
        return Element("marker", start=self._time(begin), duration=length, value=name)

    def _format(self, rate: Fraction) -> str:
        key = ("format", str(rate))
        if key not in self.known:
            self.known[key] = f"r{len(self.known) + 1}"
            frame = f"{rate.denominator}/{rate.numerator}s"
            self.resources.append(Element("format", id=self.known[key], frameDuration=frame))
        return self.known[key]

    def _time(self, seconds: Fraction, rate: Fraction | None = None) -> str:
        """Write a time as whole frames of the sequence, or of a medium's rate."""
        rate = rate if rate is not None and rate < 1000 else self.rate
        frames = round(seconds * rate)
        return f"{frames * rate.denominator}/{rate.numerator}s" if frames else "0s"


def _in_order(element: Element) -> None:
    """Put an element's children as the format wants them: time map, connected clips, markers."""
    rank = {"timeMap": 0, "marker": 2}
    element[:] = sorted(element, key=lambda child: rank.get(child.tag, 1))


def _placed(track: Node) -> Iterator[_Placed]:
    at = ZERO
    for child in children(track):
        if not isinstance(child, dict):
            continue
        length = ZERO if schema(child) == "Transition" else seconds_of(child)
        yield _Placed(child, at, length)
        at += length


def _clips(node: Node) -> Iterator[Node]:
    for child in children(node):
        if schema(child) == "Clip":
            yield child
        elif isinstance(child, dict):
            yield from _clips(child)
