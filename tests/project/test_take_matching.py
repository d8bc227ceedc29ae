"""Takes find their clips by time, and lie where their time says."""

from __future__ import annotations

from pathlib import Path

from g4g_plugin.project.take_matching import match_by_timecode
from g4g_plugin.timeline.read import open_timeline

HOUR = 90_000


def test_a_take_begins_where_its_timecode_says(draw_plate, draw_tone, draw_timeline) -> None:
    """Three clips of two seconds, and takes that begin in, before and beyond."""
    plate = draw_plate("a.mov", 50)
    cut = draw_timeline([(name, plate, HOUR, 50, HOUR, 50) for name in ("a", "b", "c")])
    slots = open_timeline(cut, {}).slots
    late = draw_tone("late_00-00-00-12.wav", 1.0)
    lead_in = draw_tone("lead_in_00-00-01-20.wav", 2.0)  # 5 frames before clip b
    beyond = draw_tone("beyond_00-00-09-00.wav", 1.0)
    silent = Path("/gone/name_only_00-00-04-03.wav")
    pairs = match_by_timecode(slots, [late, lead_in, beyond, silent])
    assert [(pair.clip, pair.audio, pair.at) for pair in pairs] == [
        ("V1/1", late, 12),
        ("V1/2", lead_in, -5),
        ("V1/3", silent, 3),
    ]
    assert str(pairs[1].why) == "starts 5 frames before the clip"
