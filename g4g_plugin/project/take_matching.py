"""Find which take belongs to which clip, and say of a take what an editor asks: how long, how loud,
what shape.
"""

from __future__ import annotations

import csv
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.time import can_drop, frames_of_timecode
from g4g_plugin.core.words import NO_WORDS, Words, tr
from g4g_plugin.timeline.edit import Slot

AUDIO_SUFFIXES = frozenset(
    (".wav", ".wave", ".bwf", ".aif", ".aiff", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus")
)
_IN_NAME = re.compile(r"(?<!\d)(\d{2})[._:-](\d{2})[._:-](\d{2})[._:;-](\d{2})(?!\d)")
_WORDS = re.compile(r"[^a-z0-9]+")
SAME_NAME = tr("same name")
NAME_HELD = tr("name holds “{name}”")
STARTS_AT = tr("starts {count} frames into the clip")
STARTS_BEFORE = tr("starts {count} frames before the clip")
TABLE_ROW = tr("{file}, row {row}")
BEXT_TIME = 338  # byte offset of TimeReference in a Broadcast Wave `bext` chunk (EBU Tech 3285)


@dataclass(frozen=True, slots=True)
class Pair:
    """A take found for a clip, the reason a person can check, and the frame of the shot with which
    it begins; None: nothing is said of that.
    """

    clip: str
    audio: Path
    why: Words = NO_WORDS
    at: int | None = None


def is_audio(path: Path) -> bool:
    """Return whether a file looks like sound by its name."""
    return path.suffix.lower() in AUDIO_SUFFIXES


def read_pairs(path: Path) -> list[Pair]:
    """Read (clip, file) rows of a CSV; files relative to it. A first row whose second cell names no
    file is a header.

    Raises:
        TakeError: unreadable, a row without two cells, or a file that is not there.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise TakeError(
            "{file} cannot be read: {why}.", tr("Save it as CSV in UTF-8."), file=path.name, why=err
        ) from err
    pairs: list[Pair] = []
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            hint = tr("Example: V1/2,line.wav")
            raise TakeError(
                "{file}, row {row}: a clip and a file are needed.", hint, file=path.name, row=number
            )
        audio = (path.parent / row[1].strip()).absolute()
        if audio.is_file():
            pairs.append(Pair(row[0].strip(), audio, TABLE_ROW.filled(file=path.name, row=number)))
        elif number > 1:
            hint = tr("Check the path.")
            raise TakeError(
                "{file}, row {row}: there is no file {audio}.",
                hint,
                file=path.name,
                row=number,
                audio=audio,
            )
    return pairs


def named_clips(pairs: Iterable[Pair], slots: Sequence[Slot]) -> list[Pair]:
    """Turn clip names into clip addresses; what names no clip that can be dubbed is left out."""
    by_name = {slot.name: slot.clip for slot in reversed(slots) if not slot.blocked}
    known = {slot.clip for slot in slots if not slot.blocked}
    found = [(pair, pair.clip if pair.clip in known else by_name.get(pair.clip)) for pair in pairs]
    return [replace(pair, clip=clip) for pair, clip in found if clip is not None]


def _plain(name: str) -> str:
    return _WORDS.sub(" ", name.lower()).strip()


def match_by_name(slots: Sequence[Slot], files: Sequence[Path]) -> list[Pair]:
    """Pair clips and files by name: the same stem first, then a file whose name holds the clip's as
    whole words.
    """
    free = {path: _plain(path.stem) for path in files if is_audio(path)}
    pairs: list[Pair] = []
    for whole in (True, False):
        taken = {pair.clip for pair in pairs}
        for slot in slots:
            if slot.clip in taken or slot.blocked:
                continue
            path = _named(slot, free, whole)
            if path is not None:
                del free[path]
                pairs.append(
                    Pair(
                        slot.clip,
                        path,
                        SAME_NAME if whole else NAME_HELD.filled(name=slot.name or slot.clip),
                    )
                )
    return pairs


def _named(slot: Slot, free: dict[Path, str], whole: bool) -> Path | None:
    stem = Path(slot.name).stem if Path(slot.name).suffix else slot.name
    wanted = [name for name in (_plain(stem), _plain(slot.clip)) if name]
    for path, name in free.items():
        if any(name == want if whole else f" {want} " in f" {name} " for want in wanted):
            return path
    return None


def match_by_timecode(slots: Sequence[Slot], files: Sequence[Path]) -> list[Pair]:
    """Pair clips and files by time: one in the file's name, or a Broadcast Wave's own.

    A file goes to the clip over which it is heard longest, and begins there where its time says:
    before the clip's first frame too, as takes with a lead-in do.
    """
    pairs: list[Pair] = []
    for path in files:
        taken = {pair.clip for pair in pairs}
        free = [slot for slot in slots if slot.clip not in taken and not slot.blocked]
        length = _length(path)
        heard = [
            (_heard(slot, take_time(path, slot.record.rate, slot.drop), length)) for slot in free
        ]
        longest = max(heard, default=0)
        if longest > 0:
            slot = free[heard.index(longest)]
            start = take_time(path, slot.record.rate, slot.drop) or 0
            off = start - slot.record.first
            at = round(off * slot.source.rate / slot.record.rate)
            why = (STARTS_AT if off >= 0 else STARTS_BEFORE).filled(count=abs(off))
            pairs.append(Pair(slot.clip, path, why, at))
    return pairs


def _length(path: Path) -> Fraction:
    """Return a take's seconds; 0 where it cannot be read, which whoever dubs it is told."""
    from g4g_plugin.media.take import probe_take  # it brings PyAV along

    try:
        return probe_take(path).seconds
    except TakeError:
        return Fraction(0)


def _heard(slot: Slot, start: int | None, seconds: Fraction) -> int:
    """Return over how many frames of a clip a take is heard that starts at `start`; a take of
    unknown length over one.
    """
    if start is None:
        return 0
    end = start + max(1, round(seconds * slot.record.rate))
    return min(end, slot.record.end) - max(start, slot.record.first)


def take_time(path: Path, rate: Fraction, drop: bool = False) -> int | None:
    """Return when a take starts, in frames: from its name, else from its `bext` chunk; None where
    unknown.

    Args:
        path: the take.
        rate: frames per second of the timeline.
        drop: whether the timeline counts drop-frame, and so does who named the file.
    """
    match = _IN_NAME.search(path.stem)
    if match:
        mark = ";" if drop and can_drop(rate) else ":"
        return frames_of_timecode("{}:{}:{}{mark}{}".format(*match.groups(), mark=mark), rate)
    return _bext_time(path, rate)


def _bext_time(path: Path, rate: Fraction) -> int | None:
    try:
        with path.open("rb") as file:
            if file.read(4) not in (b"RIFF", b"RF64") or file.read(8)[4:] != b"WAVE":
                return None
            samples = hertz = None
            while len(head := file.read(8)) == 8 and (samples is None or hertz is None):
                name, size = struct.unpack("<4sI", head)
                body = file.read(min(size, 4096))
                file.seek(max(size - 4096, 0) + size % 2, 1)
                if name == b"bext" and size >= BEXT_TIME + 8:
                    samples = struct.unpack_from("<Q", body, BEXT_TIME)[0]
                elif name == b"fmt ":
                    hertz = struct.unpack_from("<I", body, 4)[0]
    except (OSError, struct.error):
        return None
    return None if not samples or not hertz else round(Fraction(samples, hertz) * rate)
