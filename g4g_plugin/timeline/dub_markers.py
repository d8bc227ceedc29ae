"""Markers on a delivered clip: what to look at in its dub, and where."""

from __future__ import annotations

from typing import Any

from g4g_plugin.core.assessment import Assessment, Finding, Rating
from g4g_plugin.core.conversion import ConversionError, from_plain
from g4g_plugin.core.time import FrameRange

Node = dict[str, Any]
MARKER_COLOURS: dict[Rating, str] = {"good": "GREEN", "look": "YELLOW", "bad": "RED"}
METADATA_KEY = "g4g"


def dub_markers(dub: Node, rate: float) -> list[Node]:
    """Return a marker for each finding about a dub and each run of its frames, in media time.

    Args:
        dub: as its record in the timeline says.
        rate: frames per second of the media, as the timeline writes it.
    """
    try:
        said = from_plain(Assessment, dub["assessment"])
        whole = from_plain(FrameRange, dub["shot"]["source"])
    except (ConversionError, LookupError, TypeError):  # an older dub, or a damaged record
        return []
    return [
        _marker(finding, span, rate)
        for finding in said.findings
        for span in finding.frames or (whole,)
    ]


def without_dub_markers(markers: Any) -> list[Node]:
    """Return a clip's markers but for those of a dub."""
    return [marker for marker in _list(markers) if not _is_ours(marker)]


def _list(markers: Any) -> list[Any]:
    return markers if isinstance(markers, list) else []


def _is_ours(marker: Any) -> bool:
    metadata = marker.get("metadata") if isinstance(marker, dict) else None
    return isinstance(metadata, dict) and METADATA_KEY in metadata


def _marker(finding: Finding, span: FrameRange, rate: float) -> Node:
    def time(frames: int) -> Node:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(frames)}

    return {
        "OTIO_SCHEMA": "Marker.2",
        "metadata": {METADATA_KEY: {"finding": finding.code, "rating": finding.rating}},
        "name": f"dub: {finding.rating}",
        "color": MARKER_COLOURS[finding.rating],
        "comment": str(finding.words),
        "marked_range": {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": time(span.first),
            "duration": time(span.count),
        },
    }
