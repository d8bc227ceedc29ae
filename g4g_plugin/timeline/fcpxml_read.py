"""Final Cut Pro's FCPXML, 1.8 to 1.13, as an OpenTimelineIO timeline.

`asset-clip`, `clip`, `ref-clip`, `sync-clip`, `mc-clip`, auditions (their pick), connected clips,
titles and generators, constant retimes, transitions, markers. Times are kept as the fractions that
stand there, so NTSC rates are exact. OTIO's own adapter reads no `media-rep` and no NTSC rate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio

Node = dict[str, Any]
Element = ElementTree.Element
ZERO = Fraction(0)
DEFAULT_FRAME = Fraction(1, 24)  # s: of a sequence without a format that says
CLIP_ELEMENTS = (
    "asset-clip",
    "clip",
    "ref-clip",
    "sync-clip",
    "mc-clip",
    "video",
    "audio",
    "title",
    "gap",
)


def read_from_string(input_str: str) -> Any:
    """Return the timelines of an FCPXML text, as OTIO's adapters do: one, or a collection.

    Raises:
        ValueError: it is no FCPXML.
    """
    try:
        root = ElementTree.fromstring(input_str)
    except ElementTree.ParseError as err:
        raise ValueError(f"it is no XML: {err}") from err
    if root.tag != "fcpxml":
        raise ValueError(f"it is no FCPXML: it begins with {root.tag}")
    library = _Library(root)
    timelines = [
        library.timeline(project)
        for project in root.iter("project")
        if project.find("sequence") is not None
    ]
    value = timelines[0] if len(timelines) == 1 else _collection(timelines)
    return otio.adapters.read_from_string(json.dumps(value), "otio_json")


def _collection(timelines: list[Node]) -> Node:
    return {
        "OTIO_SCHEMA": "SerializableCollection.1",
        "metadata": {},
        "name": "",
        "children": timelines,
    }


def seconds(text: str | None, missing: Fraction = ZERO) -> Fraction:
    """Read a time such as "1001/24000s", in seconds.

    Raises:
        ValueError: it is none.
    """
    return missing if text is None else Fraction(text.strip().removesuffix("s"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something on a lane: where it begins and how long it lasts, seconds of what encloses it."""

    kind: str
    lane: int
    begin: Fraction
    length: Fraction
    node: Node


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item lies: seconds at which its enclosing time `zero` lies, and its lane."""

    begin: Fraction = ZERO
    zero: Fraction = ZERO
    lane: int = 0
    enabled: bool = True


@dataclass(slots=True)
class _Library:
    """The resources of a file, and what is made of its sequences."""

    root: Element
    resources: dict[str, Element] = field(default_factory=dict)
    frame: Fraction = DEFAULT_FRAME  # of the sequence that is being read

    def __post_init__(self) -> None:
        for resource in self.root.iterfind("resources/*"):
            self.resources[resource.get("id", "")] = resource

    def timeline(self, project: Element) -> Node:
        """Return a project's sequence as a timeline."""
        sequence = project.find("sequence")
        assert sequence is not None
        self.frame = self._frame(sequence) or DEFAULT_FRAME
        start = seconds(sequence.get("tcStart"))
        drop = {"fcpxml": {"displayformat": "DF"}} if sequence.get("tcFormat") == "DF" else {}
        return {
            "OTIO_SCHEMA": "Timeline.1",
            "metadata": drop,
            "name": project.get("name", ""),
            "global_start_time": _time(start, 1 / self.frame),
            "tracks": {
                "OTIO_SCHEMA": "Stack.1",
                "metadata": {},
                "name": "tracks",
                "children": self._tracks(list(self._content(sequence, start))),
            },
        }

    def _frame(self, element: Element) -> Fraction | None:
        """Return how long a frame lasts in an element's format; None where it does not say."""
        resource = self.resources.get(element.get("format", ""))
        text = None if resource is None else resource.get("frameDuration")
        return None if text is None else seconds(text)

    def _content(self, parent: Element, zero: Fraction) -> Iterator[_Entry]:
        """Yield what a sequence, an angle or a synchronised clip holds, from its time `zero` on."""
        place = _Place(zero=zero)
        for child in parent:
            if child.tag == "spine":
                yield from self._spine(child, place)
            elif child.tag in (*CLIP_ELEMENTS, "audition"):
                yield from self._item(child, place, place.zero)

    def _spine(self, spine: Element, place: _Place) -> Iterator[_Entry]:
        at = place.zero
        for child in spine:
            if child.tag == "transition":
                yield self._transition(child, place)
            elif child.tag in (*CLIP_ELEMENTS, "audition"):
                item = _picked(child)
                begin = seconds(item.get("offset"), at)
                yield from self._item(item, place, begin)
                at = begin + seconds(item.get("duration"))

    def _transition(self, element: Element, place: _Place) -> _Entry:
        length = seconds(element.get("duration"))
        begin = seconds(element.get("offset")) - place.zero + place.begin
        half = _time(length / 2, 1 / self.frame)
        node = {
            "OTIO_SCHEMA": "Transition.1",
            "metadata": {},
            "name": element.get("name", ""),
            "transition_type": "SMPTE_Dissolve",
            "in_offset": half,
            "out_offset": half,
        }
        return _Entry("Transition", place.lane, begin + length / 2, ZERO, node)

    def _item(self, element: Element, place: _Place, offset: Fraction) -> Iterator[_Entry]:
        """Yield an item and what is connected to it."""
        element = _picked(element)
        begin, start = place.begin + offset - place.zero, self._start(element)
        length = seconds(element.get("duration"), self._length(element))
        here = replace(place, enabled=place.enabled and element.get("enabled") != "0")
        lane = place.lane + int(element.get("lane", "0"))
        for kind, node in self._made(element, start, length, here.enabled):
            yield _Entry(kind, lane, begin, length, node)
        inner = replace(here, begin=begin, zero=start, lane=lane)
        for child in element:
            if child.get("lane") is None or element.tag == "sync-clip":
                continue
            if child.tag == "spine":
                at = begin + seconds(child.get("offset")) - start
                nested = replace(
                    inner, begin=at, zero=ZERO, lane=lane + int(child.get("lane", "0"))
                )
                yield from self._spine(child, nested)
            elif child.tag in (*CLIP_ELEMENTS, "audition"):
                yield from self._item(child, inner, seconds(_picked(child).get("offset")))

    def _start(self, element: Element) -> Fraction:
        """Return the local time at which an item begins."""
        resource = self.resources.get(element.get("ref", ""))
        if element.get("start") is not None or resource is None:
            return seconds(element.get("start"))
        if resource.tag == "media":
            sequence = resource.find("sequence")
            return ZERO if sequence is None else seconds(sequence.get("tcStart"))
        return seconds(resource.get("start"))

    def _length(self, element: Element) -> Fraction:
        resource = self.resources.get(element.get("ref", ""))
        return ZERO if resource is None else seconds(resource.get("duration"))

    def _made(
        self, element: Element, start: Fraction, length: Fraction, enabled: bool
    ) -> Iterator[tuple[str, Node]]:
        """Yield (kind, node) for each track an item lies on."""
        if element.tag == "gap":
            return
        if element.tag in ("ref-clip", "sync-clip", "mc-clip"):
            yield "Video", self._nest(element, start, length, enabled)
            return
        source = element
        if element.tag == "clip":
            inner = next((c for c in element if c.tag in ("video", "audio")), None)
            if inner is None:
                inner = next(element.iter("audio"), element)
            source = inner
        asset = self.resources.get(source.get("ref", ""))
        if asset is None or asset.tag != "asset":
            yield "Video", self._generator(element, length, enabled)
            return
        shift = ZERO
        if source is not element:  # a clip's own time is not its media's
            shift = self._start(source) - seconds(source.get("offset"))
        for kind in _kinds(element, source, asset):
            yield kind, self._clip(element, asset, (start + shift, length), enabled)

    def _clip(
        self, element: Element, asset: Element, shown: tuple[Fraction, Fraction], enabled: bool
    ) -> Node:
        rate = 1 / (self._frame(asset) or self.frame)
        start, length = shown
        speed, begin = _retime(element, start)
        if speed is not None and speed < 0:
            begin += speed * length
        frames = rate if speed == 1 else 1 / self.frame
        effects = [] if speed == 1 else [_warp(speed)]
        drop = {"displayformat": "DF"} if element.get("tcFormat") == "DF" else {}
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "metadata": {"fcpxml": {"asset": asset.get("id"), **drop}},
            "name": asset.get("name", ""),
            "target_url": _source(asset),
            "available_range": _span(
                seconds(asset.get("start")), seconds(asset.get("duration")), rate
            ),
        }
        span = _span(begin, length, rate)
        if frames != rate:
            span["duration"] = _time(length, frames)
            span["start_time"] = _time(begin, frames)
        return _clip_node(element, span, reference, enabled) | {"effects": effects}

    def _generator(self, element: Element, length: Fraction, enabled: bool) -> Node:
        reference = {
            "OTIO_SCHEMA": "GeneratorReference.1",
            "metadata": {},
            "name": element.get("name", ""),
            "generator_kind": "fcpxml",
            "parameters": {},
        }
        return _clip_node(element, _span(ZERO, length, 1 / self.frame), reference, enabled)

    def _nest(self, element: Element, start: Fraction, length: Fraction, enabled: bool) -> Node:
        resource = self.resources.get(element.get("ref", ""))
        zero, entries = start, []
        speed, begin = _retime(element, start)
        if element.tag == "sync-clip":
            entries = list(self._content(element, ZERO))
            zero = ZERO
        elif resource is not None and (sequence := resource.find("sequence")) is not None:
            zero = seconds(sequence.get("tcStart"))
            entries = list(self._content(sequence, zero))
        elif resource is not None and (multicam := resource.find("multicam")) is not None:
            zero = seconds(multicam.get("tcStart"))
            entries = list(self._angles(element, multicam, zero))
        return {
            "OTIO_SCHEMA": "Stack.1",
            "metadata": {},
            "name": element.get("name", ""),
            "source_range": _span(begin - zero, length, 1 / self.frame),
            "effects": [] if speed == 1 else [_warp(speed)],
            "markers": [],
            "enabled": enabled,
            "children": self._tracks(entries),
        }

    def _angles(self, clip: Element, multicam: Element, zero: Fraction) -> Iterator[_Entry]:
        """Yield the angle whose picture, and the one whose sound, a multicam clip plays."""
        sources = clip.findall("mc-source")
        for kind, wanted in (("Video", ("all", "video")), ("Audio", ("all", "audio"))):
            chosen = [s for s in sources if s.get("srcEnable", "all") in wanted]
            for angle in multicam.findall("mc-angle"):
                if not any(s.get("angleID") == angle.get("angleID") for s in chosen):
                    continue
                yield from (
                    entry
                    for entry in self._angle(angle, zero)
                    if entry.kind in (kind, "Transition")
                )

    def _angle(self, angle: Element, zero: Fraction) -> Iterator[_Entry]:
        at = zero
        for child in angle:
            if child.tag in (*CLIP_ELEMENTS, "audition"):
                item = _picked(child)
                begin = seconds(item.get("offset"), at)
                yield from self._item(item, _Place(zero=zero), begin)
                at = begin + seconds(item.get("duration"))

    def _tracks(self, entries: list[_Entry]) -> list[Node]:
        """Lay entries on tracks: picture lanes upwards, then sound; what overlaps goes further up."""
        tracks = []
        for kind in ("Video", "Audio"):
            own = [entry for entry in entries if entry.kind in (kind, "Transition")]
            lanes = {entry.lane for entry in own if entry.kind == kind}
            for lane in sorted(lanes, reverse=kind == "Audio"):
                waiting = [entry for entry in own if entry.lane == lane]
                while any(entry.kind == kind for entry in waiting):
                    items, waiting = self._laid(waiting)
                    tracks.append(_track(kind, items))
        return tracks

    def _laid(self, entries: list[_Entry]) -> tuple[list[Node], list[_Entry]]:
        """Return what lies end to end on one track, gaps between, and what overlaps it."""
        items: list[Node] = []
        over: list[_Entry] = []
        at, rate = ZERO, 1 / self.frame
        for entry in sorted(entries, key=lambda e: (e.begin, e.kind != "Transition")):
            if entry.kind == "Transition":
                between = (
                    entry.begin == at and items and not items[-1]["OTIO_SCHEMA"].startswith("Gap")
                )
                if between and any(e.begin == at and e.length for e in entries):
                    items.append(entry.node)
                continue
            if entry.begin < at:
                over.append(entry)
                continue
            if entry.begin > at:
                items.append(_gap(entry.begin - at, rate))
            items.append(entry.node)
            at = entry.begin + entry.length
        return items, over


def _picked(element: Element) -> Element:
    """Return the pick of an audition, which stands first; anything else as it is."""
    while element.tag == "audition" and len(element):
        inner = element[0]
        for name in ("offset", "lane"):
            if element.get(name) is not None:
                inner.set(name, element.get(name, ""))
        element = inner
    return element


def _kinds(element: Element, source: Element, asset: Element) -> list[str]:
    """Return the tracks that a clip of an asset lies on."""
    enabled = element.get("srcEnable", "all")
    picture = asset.get("hasVideo") == "1" and enabled != "audio" and source.tag != "audio"
    heard = asset.get("hasAudio") == "1" and enabled != "video"
    if element.tag == "video" or (element.tag == "clip" and source.tag == "video"):
        heard = heard and next(element.iter("audio"), None) is not None
    return ["Video"] * picture + ["Audio"] * heard


def _retime(element: Element, start: Fraction) -> tuple[Fraction | None, Fraction]:
    """Return (speed, media time at local time `start`); a speed of None changes on the way."""
    points = element.findall("timeMap/timept")
    if len(points) < 2:
        return Fraction(1), start
    times = [(seconds(p.get("time")), seconds(p.get("value"))) for p in points]
    (t0, v0), (t1, v1) = times[0], times[1]
    speed = (v1 - v0) / (t1 - t0) if t1 != t0 else Fraction(1)
    steady = all((v - v0) == speed * (t - t0) for t, v in times)
    return (speed, v0 + (start - t0) * speed) if steady else (None, start)


def _warp(speed: Fraction | None) -> Node:
    """Write a retime, as OTIO names it; one that changes on the way by a name that says so."""
    effect: Node = {"metadata": {}, "name": "", "effect_name": "speed"}
    if speed is None:
        return {**effect, "OTIO_SCHEMA": "Effect.1"}
    if not speed:
        return {**effect, "OTIO_SCHEMA": "FreezeFrame.1", "time_scalar": 0.0}
    return {**effect, "OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": float(speed)}


def _source(asset: Element) -> str:
    """Return where an asset lies: the original of its `media-rep`, or its own `src`."""
    reps = asset.findall("media-rep")
    kept = [r for r in reps if r.get("kind", "original-media") == "original-media"] or reps
    return (kept[0].get("src") if kept else asset.get("src")) or ""


def _time(value: Fraction, rate: Fraction) -> Node:
    return {
        "OTIO_SCHEMA": "RationalTime.1",
        "rate": float(rate),
        "value": float(value * rate),
    }


def _span(start: Fraction, length: Fraction, rate: Fraction) -> Node:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(length, rate),
    }


def _gap(length: Fraction, rate: Fraction) -> Node:
    gap = {"OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "effects": [], "markers": []}
    return {**gap, "source_range": _span(ZERO, length, rate)}


def _track(kind: str, items: list[Node]) -> Node:
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": "",
        "kind": kind,
        "source_range": None,
        "effects": [],
        "markers": [],
        "children": items,
    }


def _clip_node(element: Element, span: Node, reference: Node, enabled: bool) -> Node:
    rate = Fraction(span["duration"]["rate"]).limit_denominator(100_000)
    markers = [
        {
            "OTIO_SCHEMA": "Marker.2",
            "metadata": {},
            "name": marker.get("value", ""),
            "color": "GREEN",
            "marked_range": _span(
                seconds(marker.get("start")), seconds(marker.get("duration")), rate
            ),
        }
        for marker in element.findall("marker")
    ]
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": element.get("name", ""),
        "source_range": span,
        "effects": [],
        "markers": markers,
        "enabled": enabled,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }
