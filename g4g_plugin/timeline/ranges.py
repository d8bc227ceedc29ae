"""OTIO's times as exact numbers: `source_range` and `available_range` taken to whole frames of the
media.

OTIO's own `RationalTime` holds 23.976 and 24000/1001 for two rates and cannot be hashed or pickled,
so it stays out.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from g4g_plugin.core.time import FrameRange, snap_rate
from g4g_plugin.timeline.jsontext import NumberText

FLOAT32_TOLERANCE = Fraction(
    1, 100
)  # frames: what Hiero's float32 rates leave over; beyond it the start is truly fractional


def number(value: Any) -> Fraction | None:
    """Return a JSON number exactly as it is written; None for anything else (also NaN and
    infinity).
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _written(value.text if isinstance(value, NumberText) else repr(value))


@lru_cache(maxsize=4096)  # a long timeline writes the same rates and lengths thousands of times
def _written(text: str) -> Fraction:
    return Fraction(text)


@dataclass(frozen=True, slots=True)
class Span:
    """A time range as written: start and length counted at `rate`, which is as written too (23.976,
    not snapped).
    """

    start: Fraction
    length: Fraction
    rate: Fraction

    @property
    def exact_rate(self) -> Fraction:
        """The rate that was meant."""
        return snap_rate(self.rate)

    @property
    def seconds(self) -> Fraction:
        """Length in seconds, whole frames made whole first."""
        return settled(self.length) / self.exact_rate

    @property
    def start_seconds(self) -> Fraction:
        """Start in seconds, a whole frame made whole first."""
        return settled(self.start) / self.exact_rate


def near(value: Fraction) -> int | None:
    """Return the whole number within 0.01 of a value, None where there is none."""
    whole = round(value)
    return whole if abs(value - whole) <= FLOAT32_TOLERANCE else None


def settled(value: Fraction) -> Fraction:
    """Return the whole number within 0.01 of a value, else the value itself."""
    whole = near(value)
    return value if whole is None else Fraction(whole)


def read_time(node: Any) -> tuple[Fraction, Fraction] | None:
    """Read a RationalTime as (value, rate as written); None where it is missing or makes no sense."""
    if not isinstance(node, dict):
        return None
    value, rate = number(node.get("value")), number(node.get("rate"))
    return None if value is None or rate is None or rate <= 0 else (value, rate)


def read_span(node: Any) -> Span | None:
    """Read a TimeRange; None where it is missing or makes no sense."""
    if not isinstance(node, dict):
        return None
    start, length = read_time(node.get("start_time")), read_time(node.get("duration"))
    if length is None:
        return None
    value, rate = start or (Fraction(0), length[1])
    if snap_rate(rate) == snap_rate(length[1]):
        return Span(value, length[0], rate)
    return Span(value * length[1] / rate, length[0], length[1])


@dataclass(frozen=True, slots=True)
class MediaRange:
    """A source range taken to the media's own rate; `exact` False: rates differ and it was grown to
    whole frames.
    """

    first: Fraction
    end: Fraction
    rate: Fraction
    exact: bool = True
    written: Fraction | None = None  # the rate at which the timeline wrote it, where it is another

    def frames(self) -> FrameRange:
        """Return whole frames that cover the range; at least one."""
        first = near(self.first)
        end = near(self.end)
        first = math.floor(self.first) if first is None else first
        end = math.ceil(self.end) if end is None else end
        return FrameRange(first, max(1, end - first), self.rate)


def single_precision(rate: Fraction) -> bool:
    """Return whether a rate was held as a float32 once: 23.976024627685547, and not 23.976."""
    value = float(rate)
    return len(repr(value)) > 10 and struct.unpack("f", struct.pack("f", value))[0] == value


def in_media(source: Span, available: Span | None) -> MediaRange:
    """Take a source range to the media's rate.

    Resolve writes source ranges at the timeline's rate and available ranges at the media's. Hiero
    writes float32 rates and converts values between them, so 86400 at 23.976 stands as 86400.0887
    at 23.976024627685547: such a value is always converted back, since late in the day it may be
    near another whole frame by chance.
    """
    end = source.start + source.length
    if available is None:
        return MediaRange(source.start, end, source.exact_rate)
    rate = available.exact_rate
    scale = available.rate / source.rate  # rates as written: that is how the writer converted
    whole = source.exact_rate == rate and near(source.start) is not None
    if whole and not (single_precision(source.rate) and near(source.start * scale) is not None):
        return MediaRange(source.start, end, rate)
    first = source.start * scale
    length = source.length * (1 if source.exact_rate == rate else scale)
    exact = source.exact_rate == rate or (near(first) is not None and near(length) is not None)
    return MediaRange(first, first + length, rate, exact, source.exact_rate)
