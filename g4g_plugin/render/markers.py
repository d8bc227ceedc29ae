"""The markers of a timeline, for looking at: where, what colour, what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from g4g_plugin.core.time import snap_rate
from g4g_plugin.timeline.edit import Edit


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker in timeline time: frame counted as `Slot.record` is; colour as OTIO names it, "RED"."""

    frame: int
    name: str
    colour: str


def markers(edit: Edit) -> list[Mark]:
    """Return the markers on the timeline itself and on its tracks, in order of time."""
    stack = edit.value.get("tracks") or {}
    holders = [stack, *(child for child in stack.get("children", []) if isinstance(child, dict))]
    found = [mark for holder in holders for mark in _marks(holder, edit)]
    return sorted(found, key=lambda mark: mark.frame)


def _marks(holder: dict[str, Any], edit: Edit) -> Iterator[Mark]:
    for marker in holder.get("markers") or []:
        start = (marker.get("marked_range") or {}).get("start_time") or {}
        if not isinstance(start.get("value"), int | float) or not start.get("rate"):
            continue
        seconds = Fraction(start["value"]) / snap_rate(start["rate"])
        yield Mark(edit.start + round(seconds * edit.rate), str(marker.get("name") or ""), _colour(marker))


def _colour(marker: dict[str, Any]) -> str:
    colour = marker.get("color")
    return colour.upper() if isinstance(colour, str) else "WHITE"
