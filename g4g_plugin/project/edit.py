"""The open timeline as command line and panel see it: its clips, sounds and formats."""

from g4g_plugin.core.formats import Format, formats
from g4g_plugin.timeline.edit import Edit, Problem, Slot, Sound

__all__ = ["Edit", "Format", "Problem", "Slot", "Sound", "formats"]
