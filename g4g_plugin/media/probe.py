"""What a plate is, before its frames are wanted: size, exact rate, frame map, timecode, colour,
turn.

A frame's number is its place among the pts that will be shown, ascending: packets are counted
without decoding, those an edit list throws away are not, and the first decoded frames are held
against the count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
import av.filter
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition
from av.video.stream import VideoStream
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.picture import PixelFormat
from g4g_plugin.core.plate import ColourTags, PlateFacts
from g4g_plugin.core.time import can_drop, frames_of_timecode, is_drop, snap_rate, timecode
from g4g_plugin.core.words import tr
from g4g_plugin.media.pixels import Turn, plane_format, turn_of, turned_format

CHECKED_FRAMES = 8  # decoded at probing and held against the packets' count
PROBED_FILES = 256  # whose facts are kept: the media of one timeline
DECODE_THREADS = 8  # at most; each holds one frame
# Of a frame: beyond it (and one and a half ticks) a file is of variable rate
GRID_TOLERANCE = Fraction(1, 20)
LOST_END = 0.5  # s: a file whose pictures end this much before its own tag says is cut short
# Demuxers of single pictures, and of plain text
STILL_DEMUXERS = re.compile(r"_pipe$|^image2|^tty$")

PROGRESSIVE = 1  # AV_FIELD_PROGRESSIVE; 0 is unknown
BOTTOM_FIRST = (3, 4)  # AV_FIELD_BB, AV_FIELD_TB: the lower field is shown first
_CLOCK = re.compile(r"^(\d+):(\d\d):(\d\d(?:\.\d+)?)$")


@dataclass(frozen=True, slots=True, eq=False)
class FrameMap:
    """Where each frame lies: pts (n,) int64 ascending, keys (k,) int64 those a decoder can start
    at; in ticks.

    A file that does not time each frame (some MPEG and AVI) is counted in the order of decoding
    instead:
    pts is then 0, 1, 2 ... frames, and it can only be read from its start.
    """

    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    tick: Fraction  # seconds
    timed: bool = True


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open the file's first moving picture; other streams are not read.

    Raises:
        MediaError: missing, empty, broken, of another kind, without moving pictures, or of an
            unknown codec.
    """
    _check_file(path)
    try:
        container = av.open(str(path), "r", metadata_errors="replace")
    except (FFmpegError, OSError) as err:
        hint = tr(
            "It may be damaged, cut short, still being written, or not a video: try to play it, or copy it again."
        )
        raise MediaError(
            "{path} cannot be read as video ({reason}).", hint, path=path, reason=err
        ) from err
    with container:
        stream = _video_stream(container, path)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        yield container, stream


def _check_file(path: Path) -> None:
    if not path.exists():
        hint = tr("Relink the clip, or give a path map in the settings.")
        raise MediaError("There is no file {path}.", hint, path=path)
    if path.is_dir():
        hint = tr("Image sequences are not dubbed yet: render them to a movie first.")
        raise MediaError("{path} is a folder.", hint, path=path)
    if path.stat().st_size == 0:
        raise MediaError(
            "{path} is empty.", tr("Copy it again, or wait until it is written."), path=path
        )


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    if STILL_DEMUXERS.search(container.format.name):
        raise MediaError(
            "{path} is a still picture, or not a video.", tr("Give a movie file."), path=path
        )
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        hint = tr("Give a file with a video stream.")
        if container.streams.video:
            raise MediaError("{path} holds only a cover picture.", hint, path=path)
        raise MediaError("{path} holds no pictures.", hint, path=path)
    if moving[0].codec_context is None:
        hint = tr("Transcode it first.")
        raise MediaError("The video codec of {path} is not supported.", hint, path=path)
    moving[0].thread_type = "AUTO"
    moving[0].thread_count = min(DECODE_THREADS, os.cpu_count() or 1)
    return moving[0]


def frame_map(path: Path) -> FrameMap:
    """Number the file's frames by pts, exactly.

    Raises:
        MediaError: as `open_video`; cut short; or without a picture that can be decoded or timed.
    """
    with open_video(path) as (container, stream):
        tick, rate = (
            stream.time_base or Fraction(1, 1000),
            stream.guessed_rate or stream.average_rate or Fraction(25),
        )
        pts, keys = _indexed(container, stream, path) or _demuxed(container, stream, path)
    seen = [frame.pts for frame in _decoded(path, CHECKED_FRAMES)]
    if not seen:
        hint = tr("It is damaged, cut short or encrypted.")
        raise MediaError("No frame of {path} can be decoded.", hint, path=path)
    if pts and pts[: len(seen)] == seen and len(set(pts)) == len(pts):
        return FrameMap(np.asarray(pts, np.int64), np.asarray(keys, np.int64), tick)
    return _counted(path, tick, rate)


def _indexed(
    container: InputContainer, stream: VideoStream, path: Path
) -> tuple[list[int], list[int]] | None:
    """Take the numbering from the container's own index: only where every frame stands for itself
    (dts = pts).
    """
    if "mov" not in container.format.name or not stream.codec_context.codec.intra_only:
        return None
    size, pts = path.stat().st_size, []
    for entry in stream.index_entries:
        if entry.pos + entry.size > size:
            raise _cut_short(path)
        if not entry.is_discard:
            pts.append(entry.timestamp)
    pts.sort()
    return pts, pts


def _demuxed(
    container: InputContainer, stream: VideoStream, path: Path
) -> tuple[list[int], list[int]]:
    size, pts, keys = path.stat().st_size, [], []
    if any(entry.pos + entry.size > size for entry in stream.index_entries):
        raise _cut_short(path)
    try:
        for packet in container.demux(stream):
            if packet.size == 0 and packet.dts is None:
                continue
            if packet.pts is None:
                return [], []
            if packet.is_keyframe:
                keys.append(packet.pts)
            if not packet.is_discard:
                pts.append(packet.pts)
    except FFmpegError as err:
        raise _cut_short(path) from err
    declared = _declared_seconds(stream)
    if (
        pts
        and declared
        and declared - (max(pts) - min(pts)) * float(stream.time_base or 0) > LOST_END
    ):
        raise _cut_short(path)
    return sorted(pts), sorted(keys)


def _declared_seconds(stream: VideoStream) -> float | None:
    """Return the length a Matroska file's own tag gives its pictures."""
    for name, text in stream.metadata.items():
        if name.upper() == "DURATION" and (match := _CLOCK.match(text)):
            return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
    return None


def _cut_short(path: Path) -> MediaError:
    return MediaError(
        "{path} is cut short: frames that it lists are missing.",
        tr("Copy the file again."),
        path=path,
    )


def _decoded(path: Path, limit: int | None) -> Iterator[av.VideoFrame]:
    with open_video(path) as (container, stream):
        try:
            for count, frame in enumerate(container.decode(stream)):
                if count == limit:
                    return
                yield frame
        except FFmpegError as err:
            hint = tr("It is damaged, cut short or encrypted: copy it again or transcode it.")
            raise MediaError(
                "The frames of {path} cannot be decoded ({reason}).",
                hint,
                path=path,
                reason=err,
            ) from err


def _counted(path: Path, tick: Fraction, rate: Fraction) -> FrameMap:
    """Number by decoding all of it: for files whose packets are no frames, or are not timed."""
    times, keys = [], []
    for frame in _decoded(path, None):
        times.append(frame.pts)
        if frame.key_frame:
            keys.append(frame.pts)
    pts = [time for time in times if time is not None]
    if len(pts) == len(times) and all(a < b for a, b in pairwise(pts)):
        return FrameMap(np.asarray(pts, np.int64), np.asarray(keys, np.int64), tick)
    return FrameMap(np.arange(len(times)), np.zeros(1, np.int64), 1 / snap_rate(rate), timed=False)


def steady_rate(frames: FrameMap, hints: list[Fraction | None]) -> tuple[Fraction, bool]:
    """Return (exact rate, variable): the first rate on whose grid every frame lies, else the mean
    rate.
    """
    pts, tick = frames.pts - frames.pts[0], frames.tick
    known = [snap_rate(Fraction(hint)) for hint in hints if hint]
    if len(pts) < 2:
        return (known or [Fraction(25)])[0], False
    mean = snap_rate((len(pts) - 1) / (int(pts[-1]) * tick))
    for rate in [*known, mean]:
        step = 1 / (rate * tick)  # ticks per frame
        slack = float(max(Fraction(3, 2), step * GRID_TOLERANCE))
        if np.all(np.abs(pts - np.arange(len(pts)) * float(step)) <= slack):
            return rate, False
    return mean, True


def find_timecode(
    container: InputContainer, stream: VideoStream, rate: Fraction
) -> tuple[int, str | None, bool]:
    """Return the first frame's timecode as (frame count, text, drop): the picture's own, the
    file's, a tmcd track's.

    Args:
        container: the open file.
        stream: its video stream.
        rate: frames per second.
    """
    others = [s.metadata for s in container.streams if s.type == "data"]
    for metadata in (stream.metadata, *others, container.metadata):
        for name, text in metadata.items():
            if name.lower() != "timecode":
                continue
            try:
                first = frames_of_timecode(text, rate)
            except ValueError:
                continue
            drop = is_drop(text) and can_drop(rate)
            return first, timecode(first, rate, drop), drop
    return 0, None, False


@dataclass(frozen=True, slots=True)
class Probed:
    """All that was learnt of a plate: the facts for every room; map, turn and planes before it for
    media alone.
    """

    facts: PlateFacts
    frames: FrameMap
    turn: Turn
    stored: PixelFormat


def look(path: Path) -> Probed:
    """Probe a plate together with its frame map.

    Raises:
        MediaError: as `probe`.
    """
    frames = frame_map(path)
    first = next(_decoded(path, 1))
    turn = turn_of(first)
    with open_video(path) as (container, stream):
        colour = _colour(stream, first)
        stored = plane_format(first.format.name, first.height, colour.matrix, colour.range)
        if stored is None:
            raise MediaError(
                "{path} uses a pixel format ({format}) that is not supported.",
                tr("Transcode it first."),
                path=path,
                format=first.format.name,
            )
        shown = turned_format(stored, turn, first.width, first.height)
        return Probed(
            _facts(path, (container, stream), frames, first, shown, colour), frames, turn, stored
        )


def probe(path: Path) -> PlateFacts:
    """Return what a plate is, all frames counted.

    Raises:
        MediaError: missing, empty, cut short, of another kind, without moving pictures, encrypted,
            of an unknown codec, or in pixels that cannot be kept without loss.
    """
    try:
        state = path.stat()
    except OSError:
        return look(path).facts  # says what is wrong
    return _known_facts(path, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)


@lru_cache(maxsize=PROBED_FILES)
def _known_facts(path: Path, *_state: int) -> PlateFacts:
    """Return what a file is while it stays as it is: the clips of a timeline share their media."""
    return look(path).facts


def _facts(
    path: Path,
    opened: tuple[InputContainer, VideoStream],
    frames: FrameMap,
    first: av.VideoFrame,
    shown: PixelFormat,
    colour: ColourTags,
) -> PlateFacts:
    container, stream = opened
    turn = turn_of(first)
    rate, variable = steady_rate(
        frames, [stream.guessed_rate, stream.average_rate, stream.base_rate]
    )
    start, text, drop = find_timecode(container, stream, rate)
    aspect = _aspect(stream)
    return PlateFacts(
        path=path,
        width=first.height if turn.transpose else first.width,
        height=first.width if turn.transpose else first.height,
        rate=rate,
        count=len(frames.pts),
        start_frame=start,
        start_timecode=text,
        drop=drop,
        codec=stream.codec_context.codec.canonical_name,
        format=shown,
        colour=colour,
        rotation=turn.degrees,
        sample_aspect=1 / aspect if turn.transpose else aspect,
        interlaced=first.interlaced_frame,
        variable=variable,
        audio_streams=len(container.streams.audio),
        top_first=_top_first(path, stream, first),
        mastering=_side_data(first, "MASTERING_DISPLAY_METADATA"),
        light_level=_side_data(first, "CONTENT_LIGHT_LEVEL"),
    )


def _side_data(frame: av.VideoFrame, name: str) -> bytes:
    """Return what a frame carries of a kind, as FFmpeg lays it out; empty where it carries none."""
    side = frame.side_data.get(name)
    return b"" if side is None else bytes(side)


def _top_first(path: Path, stream: VideoStream, first: av.VideoFrame) -> bool:
    """Return whether the upper field is the earlier one: as the stream says, else as its frames do."""
    order = stream.codec_context.field_order
    if order > PROGRESSIVE or not first.interlaced_frame:
        return order not in BOTTOM_FIRST
    frame = next(_decoded(path, 1))
    frame.make_writable()
    luma = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(frame.planes[0].height, -1)
    luma[:] = (np.arange(len(luma)) % 2 * 255)[:, None]  # 0 in the upper field, 255 in the lower
    graph = av.filter.Graph()
    size = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/25"
    chain = [graph.add("buffer", size), graph.add("separatefields"), graph.add("buffersink")]
    for one, other in pairwise(chain):
        one.link_to(other)
    graph.configure()
    chain[0].push(frame)
    field = chain[-1].pull()  # the earlier one
    assert isinstance(field, av.VideoFrame)
    return bool(np.frombuffer(memoryview(field.planes[0]), np.uint8)[0] == 0)


def _aspect(stream: VideoStream) -> Fraction:
    """Return the shape of a pixel: the container's word, or where it says square or nothing, the
    pictures' own.
    """
    told = Fraction(stream.sample_aspect_ratio or 1)
    return told if told != 1 else Fraction(stream.codec_context.sample_aspect_ratio or 1)


def _colour(stream: VideoStream, frame: av.VideoFrame) -> ColourTags:
    """Read the tags of the pictures themselves; what they leave open, the stream's."""
    context = stream.codec_context
    pairs = [
        (frame.color_primaries, context.color_primaries),
        (frame.color_trc, context.color_trc),
        (frame.colorspace, context.colorspace),
    ]
    primaries, transfer, matrix = (int(own) if own != 2 else int(outer) for own, outer in pairs)
    return ColourTags(primaries, transfer, matrix, int(frame.color_range or context.color_range))
