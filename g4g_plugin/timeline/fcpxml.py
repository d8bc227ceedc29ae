"""FCPXML as an adapter of OpenTimelineIO: what reads and what writes it."""

from g4g_plugin.timeline.fcpxml_read import read_from_string
from g4g_plugin.timeline.fcpxml_write import write_to_string

__all__ = ["read_from_string", "write_to_string"]
