"""What there is: the clips of a timeline, the formats it can be written in, the engines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.formats import formats, written_formats
from g4g_plugin.engine.registry import engines
from g4g_plugin.project.planning import known_slot
from g4g_plugin.render.triage import look_over
from g4g_plugin.timeline.edit import Problem, Slot
from g4g_plugin.timeline.export import export_and_tell, export_as, format_to_write
from g4g_plugin.timeline.read import open_timeline

__all__ = [
    "Slot",
    "engines",
    "export_and_tell",
    "export_as",
    "format_to_write",
    "formats",
    "list_clips",
    "look_over",
    "written_formats",
]


def list_clips(timeline: Path, path_map: Mapping[str, str]) -> list[Slot]:
    """Return the clips of a timeline, with what their media says; what cannot be read is a problem
    of its clip.

    Raises:
        TimelineError: the timeline cannot be read.
    """
    return [_known(slot) for slot in open_timeline(timeline, path_map).slots]


def _known(slot: Slot) -> Slot:
    try:
        return known_slot(slot)
    except G4GError as error:
        return replace(slot, problems=(*slot.problems, Problem("unreadable-media", error.message)))
