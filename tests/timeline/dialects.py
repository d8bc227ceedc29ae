"""Small timelines in the dialects of four programs, and a dub to hang in them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange, timecode
from g4g_plugin.timeline.jsontext import parse
from g4g_plugin.timeline.read import Edit, Slot

GOLDEN = Path(__file__).parent.parent / "golden" / "timelines"
DIALECTS = {
    "resolve": "V1/2",
    "premiere": "V1/2",
    "kdenlive": "V1/2/V1/1",
    "hiero": "V1/2",
}  # and a clip to dub


def golden(name: str) -> Path:
    """Return the timeline in the dialect of a program."""
    return GOLDEN / f"{name}.otio"


def fake_dub(edit: Edit, clip: str, media: Path, take: Take | None = None) -> Dub:
    """Make up a dub of a clip: nothing is rendered, the timeline does not look into the file."""
    slot: Slot = edit.slot(clip)
    available = slot.available or FrameRange(slot.source.first, slot.source.count, slot.source.rate)
    take = take or Take(Path("/takes/line 1.wav"), Fraction(0), slot.record.seconds, None, "line 1")
    shot = Shot(
        slot.name,
        slot.clip,
        slot.record,
        slot.media or Path("/none"),
        slot.source,
        available,
        (Line(take),),
        fit="trim",
        drop=slot.drop,
    )
    start = timecode(slot.source.first, slot.source.rate, slot.drop)
    return Dub(shot, media, slot.source, start, "copy", None, slot.source.count, 0, {"offset": 0.0})


def value_of(path: Path) -> dict[str, Any]:
    """Return the JSON of a timeline as it stands in its file."""
    return parse(path.read_bytes().decode("utf-8"))[1]
