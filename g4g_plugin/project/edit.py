"""The open timeline as command line and panel see it: its clips, sounds and formats."""

from g4g_plugin.timeline.edit import Edit, Problem, Slot, Sound
from g4g_plugin.timeline.formats import FORMATS, Format

__all__ = ["FORMATS", "Edit", "Format", "Problem", "Slot", "Sound"]
