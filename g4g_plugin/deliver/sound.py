"""The sound of a delivered file: the plate's own streams bit for bit, and the take as a stream of
its own.

PCM is cut exact to the sample; compressed packets are kept whole (those that touch the range, and
one before for the decoder to settle; Matroska, which knows no time before its start, begins with
the first packet that does), with their times, so that sync holds. A codec the container cannot hold
becomes
PCM: exact where it was lossless, decoded where it was not; `notes` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from numpy.typing import NDArray

from g4g_plugin.core.time import PTS_GAP_SECONDS
from g4g_plugin.deliver.recipes import Comp

TAKE_RATE = 48_000  # Hz; the take's stream is 24-bit PCM, mono or stereo
MOV_HOLDS = re.compile(
    r"^(aac|ac3|eac3|mp3|alac|pcm_(s16|s24|s32|f32|f64)(le|be)|pcm_(alaw|mulaw|u8|s8))$"
)
# Of speed: 24 called 23.976 keeps its sound, which drifts by 1 ms a second
PULL_DOWN = Fraction(1, 500)
RUN_UP = Fraction(1)  # s sought before the range, so that every stream's first packet is met

_PCM = re.compile(r"^pcm_(?:[suf](8|16|24|32|64)(?:le|be)?|(?:a|mu)law)$")
_STORED = {
    "u8": "pcm_u8",
    "s16": "pcm_s16le",
    "s32": "pcm_s32le",
    "flt": "pcm_f32le",
    "dbl": "pcm_f64le",
}


class Sound(Protocol):
    """Sound to be laid beside the pictures."""

    def until(self, seconds: Fraction) -> Iterator[Packet]:
        """Yield the packets, timed from the comp's first frame, that begin before `seconds`."""
        ...

    def close(self) -> None:
        """Let files go."""
        ...


def _packet(data: bytes, stream: AudioStream, first: int, count: int, rate: int) -> Packet:
    packet = Packet(data)
    packet.stream = stream
    packet.time_base = Fraction(1, rate)
    packet.pts = packet.dts = first
    packet.duration = count
    packet.is_keyframe = True
    return packet


@dataclass(frozen=True, slots=True, eq=False)
class HeardLine:
    """A line in the delivered sound.

    samples (channels, n) float32 at TAKE_RATE, one channel or two; first: where it begins, in
    samples from the comp's first frame, before it where negative.
    """

    samples: NDArray[np.float32]
    first: int
    title: str


def add_lines(out: OutputContainer, comp: Comp, lines: Sequence[HeardLine]) -> list[TakeSound]:
    """Add a stream for each line, and, for several, one of all of them, which plays by default.

    Args:
        out: the file that is written.
        comp: what is delivered.
        lines: in the order of their streams.
    """
    count = round(comp.shot.deliver.count / comp.rate * TAKE_RATE)
    groups = [[line] for line in lines] + ([list(lines)] if len(lines) > 1 else [])
    return [TakeSound(out, group, count, n == len(groups) - 1) for n, group in enumerate(groups)]


class TakeSound:
    """Lines over silence, so that their stream is as long as the picture."""

    def __init__(
        self, out: OutputContainer, lines: Sequence[HeardLine], count: int, default: bool
    ) -> None:
        """Add the stream.

        Args:
            out: the file that is written.
            lines: what is heard, summed.
            count: samples of the comp.
            default: whether players take this stream.
        """
        self._lines, self._count, self._done = lines, count, 0
        self._channels = max(len(line.samples) for line in lines)
        layout = "stereo" if self._channels == 2 else "mono"
        self._stream = out.add_stream("pcm_s24le", rate=TAKE_RATE, layout=layout)
        title = "G4G take: " + " + ".join(line.title for line in lines)
        self._stream.metadata.update({"title": title, "handler_name": title})
        self._stream.disposition = (
            Disposition.default | Disposition.dub if default else Disposition.dub
        )

    def until(self, seconds: Fraction) -> Iterator[Packet]:
        """Yield the packets that begin before `seconds`."""
        end = min(int(seconds * TAKE_RATE), self._count)
        if end <= self._done:
            return
        samples = np.zeros((self._channels, end - self._done))
        for line in self._lines:
            heard = line.samples[:, max(self._done - line.first, 0) : max(end - line.first, 0)]
            at = max(line.first - self._done, 0)
            samples[:, at : at + heard.shape[1]] += heard  # one channel is heard on both sides
        codes = np.clip(np.rint(samples.T * 2**23), -(2**23), 2**23 - 1)
        data = codes.astype("<i4", order="C").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
        yield _packet(data, self._stream, self._done, end - self._done, TAKE_RATE)
        self._done = end

    def close(self) -> None:
        """Hold nothing."""


@dataclass(slots=True)
class _Window:
    """The delivered range on the plate's own clock, seconds."""

    start: Fraction
    end: Fraction


class _Samples:
    """Uncompressed sound: runs of samples on a counted clock, cut to the window."""

    def __init__(self, stream: AudioStream, rate: int, window: _Window) -> None:
        self._stream, self._rate = stream, rate
        self._first, self._end = round(window.start * rate), round(window.end * rate)
        self._cursor: int | None = None

    def lay(self, data: bytes, width: int, time: Fraction | None) -> Iterator[Packet]:
        """Yield what of `data` (samples of `width` bytes over all channels) lies in the window."""
        told = None if time is None else round(time * self._rate)
        if self._cursor is None or (
            told is not None and abs(told - self._cursor) > PTS_GAP_SECONDS * self._rate
        ):
            self._cursor = told or 0
        here, count = self._cursor, len(data) // width
        self._cursor += count
        begin, end = max(here, self._first), min(here + count, self._end)
        if begin < end:
            cut = data[(begin - here) * width : (end - here) * width]
            yield _packet(cut, self._stream, begin - self._first, end - begin, self._rate)


class _Cut:
    """PCM packets, cut bytewise."""

    def __init__(self, source: AudioStream, out: OutputContainer, window: _Window) -> None:
        self.stream = out.add_stream_from_template(source)
        match = _PCM.match(source.codec_context.codec.canonical_name)
        self._width = int((match and match[1]) or 8) // 8 * source.channels
        self._samples = _Samples(self.stream, source.rate, window)

    def packets(self, packet: Packet) -> Iterator[Packet]:
        return self._samples.lay(bytes(packet), self._width, _time(packet))


class _Whole:
    """Compressed packets, kept as they are."""

    def __init__(self, source: AudioStream, out: OutputContainer, window: _Window) -> None:
        self.stream = out.add_stream_from_template(source)
        self._window = window
        self._early = "matroska" not in out.format.name
        self._before: Packet | None = None

    def packets(self, packet: Packet) -> Iterator[Packet]:
        time = _time(packet)
        if time is None or packet.pts is None or time >= self._window.end:
            return
        if not self._early and time < self._window.start:
            return
        if time + (packet.duration or 0) * packet.time_base <= self._window.start:
            self._before = packet
            return
        for kept in (self._before, packet):
            if kept is not None:
                shift = round(self._window.start / kept.time_base)
                kept.pts = (kept.pts or 0) - shift
                kept.dts = kept.pts if kept.dts is None else kept.dts - shift
                kept.stream = self.stream
                yield kept
        self._before = None


class _Decoded:
    """A codec the container cannot hold, as PCM."""

    def __init__(self, source: AudioStream, out: OutputContainer, window: _Window) -> None:
        stored = _STORED.get(source.format.name.removesuffix("p"), "pcm_f32le")
        stream = out.add_stream(stored, rate=source.rate, layout=source.layout.name)
        assert isinstance(stream, AudioStream)
        self.stream = stream
        self._samples = _Samples(self.stream, source.rate, window)

    def packets(self, packet: Packet) -> Iterator[Packet]:
        for frame in packet.decode():
            if isinstance(frame, AudioFrame):
                values: NDArray[Any] = frame.to_ndarray()
                data = np.ascontiguousarray(
                    values.T if frame.format.is_planar else values
                ).tobytes()
                time = (
                    None
                    if frame.pts is None or frame.time_base is None
                    else frame.pts * frame.time_base
                )
                yield from self._samples.lay(data, len(data) // frame.samples, time)


def _counts_samples(stream: Stream) -> bool:
    """Return whether the stream's ticks are samples or parts of them."""
    tick = stream.time_base
    return (
        tick is not None
        and isinstance(stream, AudioStream)
        and (1 / (tick * stream.rate)).denominator == 1
    )


def _time(packet: Packet) -> Fraction | None:
    return None if packet.pts is None else packet.pts * packet.time_base


@dataclass(slots=True)
class PlateSound:
    """The plate's own sound over the delivered range."""

    notes: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)  # of the plate's file
    _source: InputContainer | None = None
    _routes: dict[int, _Cut | _Whole | _Decoded] = field(default_factory=dict)
    _packets: Iterator[Packet] = field(default_factory=lambda: iter(()))
    _start: Fraction = Fraction(0)
    _waiting: Packet | None = None

    @classmethod
    def open(cls, out: OutputContainer, comp: Comp) -> PlateSound:
        """Add the plate's audio streams to `out`, over the comp's frames."""
        self = cls()
        shot, rate = comp.shot, comp.rate
        plate, count = shot.plate, shot.deliver.count
        first, steady = shot.deliver.first - shot.available.first, not comp.facts.variable
        self._source = source = av.open(str(plate), "r", metadata_errors="replace")
        self.metadata = dict(source.metadata)
        if not source.streams.audio:
            return self
        conform = comp.facts.conform
        if conform is not None and abs(conform.speed - 1) > PULL_DOWN:
            self.notes.append("the plate's own sound is left out: the shot plays at another speed")
            return self
        if conform is not None:
            first, rate, steady = 0, conform.rate, True
        self._start = _frame_time(source, plate, first, rate, steady)
        if conform is not None:
            self._start += conform.seconds(shot.deliver.first - shot.available.first)
            rate = comp.rate
        window = _Window(self._start, self._start + count / rate)
        for stream in source.streams.audio:
            if stream.codec_context is None:
                self.notes.append(
                    f"audio stream {stream.index} of the plate is in an unknown codec: left out"
                )
                continue
            self._routes[stream.index] = self._route(stream, out, window)
        self._seek(window)
        return self

    def _route(
        self, stream: AudioStream, out: OutputContainer, window: _Window
    ) -> _Cut | _Whole | _Decoded:
        name = stream.codec_context.codec.canonical_name
        held = MOV_HOLDS.match(name) if "mov" in out.format.name else name in out.supported_codecs
        kind = (_Cut if _PCM.match(name) else _Whole) if held else _Decoded
        route = kind(stream, out, window)
        for key in ("title", "language", "handler_name"):
            if key in stream.metadata:
                route.stream.metadata[key] = stream.metadata[key]
        if not held:
            how = "lossless" if stream.codec_context.codec.lossless else "decoded"
            self.notes.append(
                f"audio stream {stream.index} ({name}) stored as {route.stream.name}, {how}"
            )
        return route

    def _seek(self, window: _Window) -> None:
        """Go to the range; not where times are too coarse to count samples from the middle
        (Matroska).
        """
        source = self._source
        assert source is not None
        streams = [source.streams[index] for index in self._routes]
        exact = all(_counts_samples(stream) for stream in streams)
        if exact and window.start > 2 * RUN_UP:
            source.seek(int((window.start - RUN_UP) * av.time_base))
        self._packets = iter(source.demux(*streams)) if streams else iter(())

    def until(self, seconds: Fraction) -> Iterator[Packet]:
        """Yield the packets that begin before `seconds`."""
        while True:
            packet = self._waiting or next(self._packets, None)
            self._waiting = None
            if packet is None:
                return
            time = _time(packet)
            if time is not None and time - self._start >= seconds:
                self._waiting = packet
                return
            yield from self._routes[packet.stream.index].packets(packet)

    def close(self) -> None:
        """Let the plate go."""
        if self._source is not None:
            self._source.close()


def _frame_time(
    source: InputContainer, plate: Path, first: int, rate: Fraction, steady: bool
) -> Fraction:
    """Return when file frame `first` is shown, seconds on the plate's own clock."""
    pictures = [s for s in source.streams.video if not s.disposition & Disposition.attached_pic]
    if not pictures:
        return first / rate
    video = pictures[0]
    tick = video.time_base or Fraction(1, av.time_base)
    if steady:
        return (video.start_time or 0) * tick + first / rate
    with av.open(str(plate), "r", metadata_errors="replace") as other:
        shown = other.demux(other.streams[video.index])
        pts = sorted(p.pts for p in shown if p.pts is not None and not p.is_discard)
    return pts[first] * tick
