"""Whole frames at an exact rate; seconds are `Fraction`; timecode is text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

NOMINAL_NTSC = (24, 30, 48, 60, 120)  # rates that exist as n * 1000 / 1001 too
# Relative: 23.98 is 1/6000 off 24000/1001, the whole rate 24 is 1/1000 off it
RATE_TOLERANCE = Fraction(1, 4000)
# A jump in the pts of sound beyond it is a real gap; below it, rounding
PTS_GAP_SECONDS = Fraction(1, 50)
_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})$")


@lru_cache(
    maxsize=256, typed=True
)  # a long timeline asks for the same few rates tens of thousands of times
def snap_rate(rate: float | str | Fraction) -> Fraction:
    """Return the exact rate a file meant: 23.976, 23.98 and 23.976024627685547 are 24000/1001.

    Raises:
        ValueError: the rate is not a positive number.
    """
    exact = Fraction(rate) if isinstance(rate, str | Fraction) else Fraction(repr(float(rate)))
    if exact <= 0:
        raise ValueError(f"a rate must be positive, not {rate}")
    ntsc = [Fraction(n * 1000, 1001) for n in NOMINAL_NTSC]
    whole = [Fraction(round(exact))] if round(exact) > 0 else []
    best = min(ntsc + whole, key=lambda candidate: abs(candidate - exact))
    if abs(best - exact) <= RATE_TOLERANCE * best:
        return best
    return exact.limit_denominator(100_000)


def rate_text(rate: Fraction) -> str:
    """Write a rate as the contract has it: "25", "24000/1001"."""
    return str(rate)


def _drop_per_minute(base: int) -> int:
    return base // 15  # 2 at 30, 4 at 60


def can_drop(rate: Fraction) -> bool:
    """Return whether drop-frame timecode exists at this rate (29.97 and 59.94 alone)."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def timecode(frame: int, rate: Fraction, drop: bool = False) -> str:
    """Write a frame count as SMPTE timecode, "01:00:00:00" or drop "01:00:00;00"; it wraps at 24 h.

    Args:
        frame: count from midnight.
        rate: frames per second.
        drop: whether it is drop-frame.
    """
    base = round(rate)
    if drop and can_drop(rate):
        lost = _drop_per_minute(base)
        ten_minutes = base * 600 - 9 * lost
        frame %= ten_minutes * 144
        tens, rest = divmod(frame, ten_minutes)
        minute = base * 60 - lost
        skipped = 0 if rest < base * 60 else 1 + (rest - base * 60) // minute
        frame += lost * (9 * tens + skipped)
    frame %= base * 86400
    seconds, frames = divmod(frame, base)
    mark = ";" if drop and can_drop(rate) else ":"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frames:02d}"


def frames_of_timecode(text: str, rate: Fraction) -> int:
    """Read SMPTE timecode as a frame count; ";" (or ",", ".") before the frames means drop-frame.

    Raises:
        ValueError: not a timecode.
    """
    match = _TIMECODE.match(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a timecode such as 01:00:00:00")
    hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
    base = round(rate)
    total = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] != ":" and can_drop(rate):
        all_minutes = hours * 60 + minutes
        total -= _drop_per_minute(base) * (all_minutes - all_minutes // 10)
    return total


def is_drop(text: str) -> bool:
    """Return whether a timecode text is drop-frame."""
    match = _TIMECODE.match(text.strip())
    return bool(match) and match[4] != ":"


@dataclass(frozen=True, slots=True)
class FrameRange:
    """A run of whole frames in one medium's own time: `first`, `count` >= 1, exact `rate`."""

    first: int
    count: int
    rate: Fraction

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"a frame range holds at least one frame, not {self.count}")
        if self.rate <= 0:
            raise ValueError(f"a rate must be positive, not {self.rate}")

    @property
    def end(self) -> int:
        """First frame after the range."""
        return self.first + self.count

    @property
    def seconds(self) -> Fraction:
        """Length in seconds."""
        return self.count / self.rate

    def with_handles(self, head: int, tail: int, within: FrameRange) -> FrameRange:
        """Return the range grown at both ends.

        Args:
            head: frames before it.
            tail: frames after it.
            within: the range it never leaves.
        """
        first = max(self.first - head, min(self.first, within.first))
        end = min(self.end + tail, max(self.end, within.end))
        return FrameRange(first, end - first, self.rate)
