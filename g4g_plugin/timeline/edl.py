"""What rate an EDL counts at: it does not say. Its timecodes exclude some, its media are asked, and
what is left is a guess that is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from g4g_plugin.core.time import frames_of_timecode, snap_rate, timecode
from g4g_plugin.timeline.paths import local_path
from g4g_plugin.timeline.relink import find_file

NTSC30, NTSC60 = Fraction(30000, 1001), Fraction(60000, 1001)
RATES = tuple(Fraction(rate) for rate in (24, 25, 30, 50, 60))  # by nominal count, the usual first
NTSC = {Fraction(24): Fraction(24000, 1001), Fraction(30): NTSC30, Fraction(60): NTSC60}
_TIME = r"(\d{2}:\d{2}:\d{2}[:;.,]\d{2})"
_EVENT = re.compile(
    rf"^\s*\S+\s+\S+\s+\S+\s+\S.*?\s{_TIME}\s+{_TIME}\s+{_TIME}\s+{_TIME}\s*$", re.M
)
_RETIMED = re.compile(
    r"^\d+ .*?(?P<begin>\S{11}) (?P<end>\S{11}) (?P<first>\S{11}) (?P<last>\S{11})\s*\n"
    r"M2\s+\S+\s+(?P<speed>-?[\d.]+)\s",
    re.M,
)
_DROP = re.compile(r"^\s*FCM:\s*DROP", re.M | re.I)
_SPEED = re.compile(r"^\s*M2\s", re.M)
_NAMED = re.compile(
    r"^\s*\*\s*(?:FROM CLIP NAME|FROM CLIP|FROM FILE|SOURCE FILE|TO CLIP NAME)\s*:\s*(\S.*?)\s*$",
    re.M | re.I,
)


@dataclass(frozen=True, slots=True)
class EdlRate:
    """The rate an EDL is read at; `guessed`: others would do as well."""

    rate: Fraction
    guessed: bool


def edl_rate(text: str, folder: Path) -> EdlRate:
    """Find out the rate of an EDL.

    Args:
        text: the EDL.
        folder: where it lies; its media may lie beside it.
    """
    possible = possible_rates(text)
    told = media_rates(text, folder)
    for rate in told:
        if rate in possible or any(NTSC.get(whole) == rate for whole in possible):
            return EdlRate(rate, guessed=False)
    return EdlRate(possible[0], guessed=len(possible) > 1)


def possible_rates(text: str) -> list[Fraction]:
    """Return the rates at which every timecode exists and source and record lengths agree, the
    usual first; whole ones stand for the NTSC rate that counts alike.
    """
    events = [match.groups() for match in _EVENT.finditer(text)]
    if _DROP.search(text) or any(";" in time for event in events for time in event):
        fits = [rate for rate in (NTSC30, NTSC60) if _fits(events, rate, lengths=False)]
        return fits or [NTSC30]
    lengths = not _SPEED.search(text)
    fits = [rate for rate in RATES if _fits(events, rate, lengths)]
    return fits or [rate for rate in RATES if _fits(events, rate, False)] or [RATES[-1]]


def _fits(events: list[tuple[str, ...]], rate: Fraction, lengths: bool) -> bool:
    for event in events:
        if any(int(time[-2:]) >= round(rate) for time in event):
            return False
        begin, end, first, last = (frames_of_timecode(time, rate) for time in event)
        if lengths and end - begin != last - first:
            return False
    return True


def media_rates(text: str, folder: Path) -> list[Fraction]:
    """Return the rates of the files an EDL names that are here."""
    rates = []
    for name in dict.fromkeys(_NAMED.findall(text)):
        path = local_path(name, folder, {})
        file = path if path.is_file() else find_file([name], folder)
        if file is not None and (rate := _rate_of(file)) is not None:
            rates.append(rate)
    return rates


def _rate_of(file: Path) -> Fraction | None:
    try:
        with av.open(str(file)) as movie:
            rates = [stream.guessed_rate or stream.average_rate for stream in movie.streams.video]
    except (FFmpegError, OSError, ValueError):
        return None
    return next((snap_rate(Fraction(rate)) for rate in rates if rate), None)


def with_drop(text: str) -> str:
    """Write the timecodes of a drop-frame EDL as such: many write ":" and say it once, above."""
    if not _DROP.search(text):
        return text
    return _EVENT.sub(lambda match: re.sub(r"[:.,](\d{2})(?=\s|$)", r";\1", match[0]), text)


def true_speeds(text: str, rate: Fraction) -> str:
    """Let each retimed event of a written EDL name the source frames it plays: OTIO's writer
    divides by the speed where it is to multiply.
    """
    return _RETIMED.sub(lambda event: _played(event, rate), text)


def _played(event: re.Match[str], rate: Fraction) -> str:
    begin, first, last = (
        frames_of_timecode(event[name], rate) for name in ("begin", "first", "last")
    )
    speed = abs(Fraction(event["speed"])) / rate
    end = begin + max(1, round((last - first) * speed))
    drop = ";" in event["begin"]
    place = event.start("end") - event.start(), event.end("end") - event.start()
    return event[0][: place[0]] + timecode(end, rate, drop) + event[0][place[1] :]
