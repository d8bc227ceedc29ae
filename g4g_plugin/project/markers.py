"""The markers of a timeline, for looking at: where, what colour, what they say. What was found in a
dub is marked too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from g4g_plugin.core.shot import Dub
from g4g_plugin.timeline.dub_markers import MARKER_COLOURS, without_dub_markers
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.ranges import Span, in_media, read_span
from g4g_plugin.timeline.write import at


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker in timeline time: frame counted as `Slot.record` is; colour as OTIO names it, "RED".

    clip: the address of the clip it hangs on; empty on the timeline itself and on its tracks.
    """

    frame: int
    name: str
    colour: str
    clip: str = ""


def markers(edit: Edit) -> list[Mark]:
    """Return the markers on the timeline, its tracks and its picture clips, in order of time."""
    stack = edit.value.get("tracks") or {}
    holders = [stack, *(child for child in stack.get("children", []) if isinstance(child, dict))]
    found = [mark for holder in holders for mark in _marks(holder, edit)]
    found += [mark for slot in edit.slots for mark in _clip_marks(slot, edit)]
    return sorted(found, key=lambda mark: mark.frame)


def dub_marks(slot: Slot, dub: Dub | None) -> list[Mark]:
    """Return a marker where each thing that was found in a dub begins; of the whole shot, on its
    first frame.
    """
    if dub is None or dub.assessment is None:
        return []
    whole, record = dub.shot.source, slot.record
    begin = whole.first if dub.shot.conform is not None else slot.source.first
    found = []
    for finding in dub.assessment.findings:
        for first in [span.first for span in finding.frames] or [whole.first]:
            frame = record.first + round((first - begin) / whole.rate * record.rate)
            found.append(Mark(frame, finding.words, MARKER_COLOURS[finding.rating], slot.clip))
    return found


def _marks(holder: dict[str, Any], edit: Edit) -> Iterator[Mark]:
    for marker in without_dub_markers(holder.get("markers")):
        span = _span(marker)
        if span is not None:
            yield Mark(
                edit.start + round(span.start_seconds * edit.rate), _name(marker), _colour(marker)
            )


def _clip_marks(slot: Slot, edit: Edit) -> Iterator[Mark]:
    """Yield the markers of a clip that fall on what it shows; they count in the media's time, as
    its source range.
    """
    node = at(edit.value, edit.places[slot.clip])
    if not node.get("markers"):
        return
    reference = (node.get("media_references") or {}).get(node.get("active_media_reference_key"))
    holds = read_span((reference or node.get("media_reference") or {}).get("available_range"))
    written = read_span(node.get("source_range")) or holds
    first = Fraction(0) if written is None else written.start_seconds
    if (
        written is not None and slot.exact is not None
    ):  # a nested sequence may show the clip from later on
        first += (slot.exact.first - in_media(written, holds).first) / slot.exact.rate
    for marker in without_dub_markers(node["markers"]):
        span = _span(marker)
        if span is None:
            continue
        frame = slot.record.first + round((span.start_seconds - first) * edit.rate)
        if slot.record.first <= frame < slot.record.end:
            yield Mark(frame, _name(marker), _colour(marker), slot.clip)


def _span(marker: Any) -> Span | None:
    if not isinstance(marker, dict):
        return None
    marked = marker.get("marked_range")
    if not isinstance(marked, dict):
        return None
    start = marked.get("start_time")
    return read_span(marked) or read_span({"start_time": start, "duration": start})


def _name(marker: dict[str, Any]) -> str:
    return ": ".join(str(text) for text in (marker.get("name"), marker.get("comment")) if text)


def _colour(marker: dict[str, Any]) -> str:
    colour = marker.get("color")
    if isinstance(colour, dict):  # Marker.3 holds an object with a name
        colour = colour.get("name")
    return colour.upper() if isinstance(colour, str) and colour else "WHITE"
