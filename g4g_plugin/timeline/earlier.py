"""A dub of ours that comes back as a clip's media: a host that drops our metadata exports it so.
Its label beside it says from which plate it was made; the next dub goes on from there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from g4g_plugin.core.conversion import ConversionError, from_plain
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.edit import Problem, Slot
from g4g_plugin.timeline.ranges import MediaRange

LABEL_SUFFIX = ".g4g.json"  # after a dub's own name
_AGAIN = tr("The media is a dub of ours; it is dubbed anew from its plate, {plate}.")
_PLATE_GONE = tr(
    "The media is a dub of ours, and its plate {plate} is not here; what is dubbed now is the dub."
)


def label_of(media: Path) -> Dub | None:
    """Return what the label beside a file says of it; None where it has none, or a damaged one."""
    try:
        value = json.loads(media.with_name(media.name + LABEL_SUFFIX).read_text("utf-8"))
        return from_plain(Dub, value["dub"])
    except (OSError, ValueError, LookupError, TypeError, ConversionError):
        return None


def from_its_plate(slot: Slot) -> Slot:
    """Return a clip whose media is a dub of ours as it was before: its plate in the dub's place,
    and the takes that may still be heard.
    """
    if slot.media is None or slot.retime is not None:
        return slot
    dub = label_of(slot.media)
    if dub is None or dub.available.rate != slot.source.rate:
        return slot
    takes = tuple(line.take.audio for line in dub.shot.lines)
    plate = str(dub.shot.plate)
    if not dub.shot.plate.is_file():
        told = Problem("dubbed-before", _PLATE_GONE.filled(plate=plate), blocks=False)
        return replace(slot, problems=(*slot.problems, told), old_takes=takes)
    zero = slot.available.first if slot.available is not None else dub.available.first
    first = dub.available.first + slot.source.first - zero
    source = FrameRange(first, slot.source.count, slot.source.rate)
    told = Problem("dubbed-before", _AGAIN.filled(plate=plate), blocks=False)
    return replace(
        slot,
        media=dub.shot.plate,
        source=source,
        available=dub.shot.available,
        exact=MediaRange(Fraction(source.first), Fraction(source.end), source.rate),
        conform=dub.shot.conform,
        problems=(*slot.problems, told),
        old_takes=takes,
    )
