"""What PyAV cannot write of a picture stream is written into the finished file: the shape of a
pixel in Matroska, and HDR10's static data in both containers.

In Matroska the description of the tracks keeps its length: room is made beforehand by a title that
is taken out again. In QuickTime files it stands at the end, behind the pictures, and may grow.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.words import tr

TITLE_PADDING = "g4g" + " " * 300  # a title as long as what takes its place, at the least
SEGMENT, TRACKS, ENTRY, VIDEO, COLOUR = 0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x55B0
NAME, CRC, VOID = 0x536E, 0xBF, 0xEC
DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
PIXELS, RATIO = 0, 3  # units of the display size
MAX_CLL, MAX_FALL, MASTERING = 0x55BC, 0x55BD, 0x55D0
CHROMATICITY, LUMINANCE_MAX, LUMINANCE_MIN = 0x55D1, 0x55D9, 0x55DA  # red x, and seven more
SAMPLE_ENTRY_BOXES = ("moov", "trak", "mdia", "minf", "stbl", "stsd")  # around the sample entry
SAMPLE_ENTRY = 86  # bytes of a visual sample entry before its boxes


@dataclass(frozen=True, slots=True)
class Mastering:
    """HDR10's mastering display: chromaticities of red, green, blue and white (x, y), and its
    luminance, lowest and highest, cd/m2.
    """

    points: tuple[Fraction, ...]
    luminance: tuple[Fraction, Fraction]

    @classmethod
    def read(cls, data: bytes) -> Mastering | None:
        """Read FFmpeg's AVMasteringDisplayMetadata; None where it says nothing."""
        if len(data) < 88:
            return None
        numbers = struct.unpack("<20i2i", data[:88])
        if not all(numbers[20:]) or not all(numbers[1:20:2]):
            return None
        values = [Fraction(n, d) for n, d in zip(numbers[:20:2], numbers[1:20:2], strict=True)]
        return cls(tuple(values[:8]), (values[8], values[9]))


def light_level(data: bytes) -> tuple[int, int] | None:
    """Read FFmpeg's AVContentLightMetadata as (MaxCLL, MaxFALL), cd/m2; None where it says nothing."""
    if len(data) < 8:
        return None
    most, average = struct.unpack("<2I", data[:8])
    return (most, average) if most or average else None


def needs_room(facts: PlateFacts) -> bool:
    """Return whether a Matroska file of such a plate needs `TITLE_PADDING` as its pictures' title."""
    return facts.sample_aspect != 1 or bool(facts.mastering or facts.light_level)


def write_stream_facts(file: BinaryIO, container: str, facts: PlateFacts) -> None:
    """Write a plate's pixel shape and HDR10 data into a finished file.

    Args:
        file: open for reading and writing, whole.
        container: FFmpeg's name of its kind.
        facts: of the plate.

    Raises:
        DeliverError: the file is not built as FFmpeg builds it.
    """
    if container == "matroska" and needs_room(facts):
        _write_matroska(file, facts)
    elif container == "mov" and (facts.mastering or facts.light_level):
        _write_mov(file, facts)


# Matroska


def _number(data: bytes, at: int, keep_mark: bool) -> tuple[int, int]:
    """Return (value, bytes) of an EBML number."""
    first = data[at]
    length = 8 - first.bit_length() + 1
    value = first if keep_mark else first & (0xFF >> length)
    for byte in data[at + 1 : at + length]:
        value = value << 8 | byte
    return value, length


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (id, begin, begin of its content, end) of the elements in a stretch."""
    while at < end:
        kind, first = _number(data, at, keep_mark=True)
        size, second = _number(data, at + first, keep_mark=False)
        begin = at + first + second
        unknown = size == (1 << 7 * second) - 1
        stop = end if unknown else begin + size
        yield kind, at, begin, stop
        at = stop


def _element(kind: int, content: bytes) -> bytes:
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (1 << 56 | len(content)).to_bytes(8, "big") + content


def _unsigned(kind: int, value: int) -> bytes:
    return _element(kind, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def _float(kind: int, value: Fraction) -> bytes:
    return _element(kind, struct.pack(">d", float(value)))


def _void(length: int) -> bytes:
    """Return nothing, in `length` bytes (2 or more)."""
    if length < 9:
        return bytes((VOID, 0x80 | (length - 2))) + bytes(length - 2)
    return _element(VOID, bytes(length - 9))


def _write_matroska(file: BinaryIO, facts: PlateFacts) -> None:
    file.seek(0)
    head = file.read(1 << 20)  # the tracks stand before the pictures
    place = _tracks(head)
    if place is None:
        raise _not_built_so()
    _, begin, end = place
    tracks = _with_room_used(head[begin:end], facts)
    if len(tracks) != end - begin:
        raise _not_built_so()
    file.seek(begin)
    file.write(tracks)
    file.seek(0, 2)


def _not_built_so() -> DeliverError:
    return DeliverError(
        "The delivered file is not built as expected.", tr("Deliver in another codec.")
    )


def _tracks(head: bytes) -> tuple[int, int, int] | None:
    for kind, _, begin, _ in _elements(head, 0, len(head)):
        if kind != SEGMENT:
            continue
        for inner, at, content, stop in _elements(head, begin, len(head)):
            if inner == TRACKS:
                return (at, content, stop) if stop <= len(head) else None
    return None


def _with_room_used(tracks: bytes, facts: PlateFacts) -> bytes:
    """Return the tracks, the same length, with the picture's facts in place of its title."""
    parts = [
        _picture_entry(tracks[begin:stop], stop - at, facts) if kind == ENTRY else tracks[at:stop]
        for kind, at, begin, stop in _elements(tracks, 0, len(tracks))
        if kind != CRC
    ]
    content = b"".join(parts)
    room = len(tracks) - len(content)
    if room == 6:  # FFmpeg's check sum stands first
        return bytes((CRC, 0x84)) + zlib.crc32(content).to_bytes(4, "little") + content
    return content


def _picture_entry(entry: bytes, length: int, facts: PlateFacts) -> bytes:
    """Return a track's entry; of the pictures' with its facts, in `length` bytes."""
    elements = list(_elements(entry, 0, len(entry)))
    if not any(kind == VIDEO for kind, *_ in elements):
        name = ENTRY.to_bytes(1, "big")
        size = length - len(entry) - len(name)
        return name + (1 << 7 * size | len(entry)).to_bytes(size, "big") + entry
    kept = b"".join(
        _element(VIDEO, _video(entry[begin:stop], facts)) if kind == VIDEO else entry[at:stop]
        for kind, at, begin, stop in elements
        if kind != NAME
    )
    room = length - len(_element(ENTRY, kept))
    return _element(ENTRY, kept + _void(room)) if room >= 2 else b""


def _video(video: bytes, facts: PlateFacts) -> bytes:
    colour, rest = b"", b""
    for kind, at, begin, stop in _elements(video, 0, len(video)):
        if kind == COLOUR:
            colour = video[begin:stop]
        elif kind not in (DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT):
            rest += video[at:stop]
    colour += _hdr(facts)
    return rest + _display(facts) + (_element(COLOUR, colour) if colour else b"")


def _display(facts: PlateFacts) -> bytes:
    """Write the size at which the pictures are shown, in pixels, else as a ratio."""
    if facts.sample_aspect == 1:
        return b""
    width = facts.width * facts.sample_aspect
    ratio, unit = (width / facts.height, RATIO)
    across, down = ratio.numerator, ratio.denominator
    if width.denominator == 1:
        across, down, unit = width.numerator, facts.height, PIXELS
    size = _unsigned(DISPLAY_WIDTH, across) + _unsigned(DISPLAY_HEIGHT, down)
    return size + _unsigned(DISPLAY_UNIT, unit)


def _hdr(facts: PlateFacts) -> bytes:
    mastering, light = Mastering.read(facts.mastering), light_level(facts.light_level)
    data = b""
    if light is not None:
        data += _unsigned(MAX_CLL, light[0]) + _unsigned(MAX_FALL, light[1])
    if mastering is not None:
        points = (_float(CHROMATICITY + n, value) for n, value in enumerate(mastering.points))
        low, high = mastering.luminance
        bounds = _float(LUMINANCE_MAX, high) + _float(LUMINANCE_MIN, low)
        data += _element(MASTERING, b"".join(points) + bounds)
    return data


# QuickTime


def _write_mov(file: BinaryIO, facts: PlateFacts) -> None:
    """Put the boxes `mdcv` and `clli` into the first picture track's sample entry."""
    added = _mov_boxes(facts)
    file.seek(0, 2)
    length, at = file.tell(), 0
    while at + 8 <= length:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        size = struct.unpack(">Q", file.read(8))[0] if size == 1 else size or length - at
        if kind == b"moov":
            break
        at += size
    else:
        raise _not_built_so()
    if at + size != length:  # something stands behind it, and would move
        raise _not_built_so()
    file.seek(at)
    movie = bytearray(file.read(size))
    place = _sample_entry(movie)
    if place is None:
        raise _not_built_so()
    parents, first = place
    movie[first:first] = added
    for begin in parents:
        old = struct.unpack_from(">I", movie, begin)[0]
        struct.pack_into(">I", movie, begin, old + len(added))
    file.seek(at)
    file.write(movie)


def _mov_boxes(facts: PlateFacts) -> bytes:
    mastering, light = Mastering.read(facts.mastering), light_level(facts.light_level)
    boxes = b""
    if mastering is not None:
        x = [round(value * 50_000) for value in mastering.points]
        low, high = (round(value * 10_000) for value in mastering.luminance)
        order = (*x[2:4], *x[4:6], *x[0:2], *x[6:8])  # green, blue, red, white
        boxes += struct.pack(">I4s8H2I", 32, b"mdcv", *order, high, low)
    if light is not None:
        boxes += struct.pack(">I4s2H", 12, b"clli", *light)
    return boxes


def _sample_entry(movie: bytearray) -> tuple[list[int], int] | None:
    """Return where the boxes around the first picture track's sample entry begin, itself among
    them, and where its own boxes begin.
    """

    def inside(begin: int, end: int, depth: int) -> tuple[list[int], int] | None:
        at = begin
        while at + 8 <= end:
            size, kind = struct.unpack_from(">I4s", movie, at)
            if size < 8:
                return None
            if (
                depth < len(SAMPLE_ENTRY_BOXES)
                and kind.decode("latin-1") == SAMPLE_ENTRY_BOXES[depth]
            ):
                deeper = inside(at + (16 if kind == b"stsd" else 8), at + size, depth + 1)
                if deeper is not None:
                    return [at, *deeper[0]], deeper[1]
            elif (
                depth == len(SAMPLE_ENTRY_BOXES)
                and size > SAMPLE_ENTRY
                and _is_picture(movie, at, size)
            ):
                return [at], at + SAMPLE_ENTRY
            at += size
        return None

    return inside(0, len(movie), 0)


def _is_picture(movie: bytearray, at: int, size: int) -> bool:
    """Return whether a sample entry is that of pictures: theirs hold a size in pixels and boxes."""
    width, height = struct.unpack_from(">2H", movie, at + 32)
    inner = struct.unpack_from(">I", movie, at + SAMPLE_ENTRY)[0] if size > SAMPLE_ENTRY + 8 else 0
    return width > 0 and height > 0 and 8 <= inner <= size - SAMPLE_ENTRY
