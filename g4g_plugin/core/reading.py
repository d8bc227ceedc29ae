"""What the user says of a timeline file that does not say it itself: its rate, and which of its
sequences is meant. Said once in a run, it holds each time the file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read. rate: of an EDL, None: found out; sequence: its name, empty: the
    only one there is.
    """

    rate: Fraction | None = None
    sequence: str = ""


_CHOSEN: dict[Path, Reading] = {}


def choose(path: Path, reading: Reading) -> None:
    """Let a file be read so from now on."""
    _CHOSEN[path.absolute()] = reading


def chosen(path: Path) -> Reading:
    """Return how a file is to be read."""
    return _CHOSEN.get(path.absolute(), Reading())
