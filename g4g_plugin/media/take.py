"""The new line comes in: any channel of any audio or video file, exact in samples, at the rate
asked for.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soxr
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.stream import Disposition
from numpy.typing import NDArray

from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.shot import Fit, Take
from g4g_plugin.core.time import PTS_GAP_SECONDS
from g4g_plugin.core.words import tr
from g4g_plugin.media.downmix import is_turned, to_mono, to_stereo

Floats = NDArray[np.float32]

_LONGER = tr("The take is {off:.2f} s ({frames:.1f} frames) longer than the shot.")
_SHORTER = tr("The take is {off:.2f} s ({frames:.1f} frames) shorter than the shot.")
_GIVE = tr("Give an audio or video file.")
# A take that is asked to run this much past its file is filled with silence
OVERRUN_SECONDS = Fraction(1, 20)
LOST_END = Fraction(1, 4)  # s: a file that ends this much before its own header says is cut short
SEEK_FROM = 10  # s: where pts are exact, a take that starts later is sought, not run up to
RUN_UP = 2  # s decoded before the start after a seek, so that every decoder has settled
# Containers whose pts are as good after a seek as before
EXACT_PTS = ("mov", "wav", "aiff", "w64", "caf")
# What a WAV says that was written to a pipe
STREAMED_SIZES = (0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF, 0xFFFFFFFE)
_TOLD = ("pcm_", "flac", "alac")  # codecs whose declared duration can be relied on
_SCALE = {
    "u1": (128.0, 128.0),
    "i2": (0.0, 32768.0),
    "i4": (0.0, 2147483648.0),
}  # dtype: (offset, span)


@dataclass(frozen=True, slots=True)
class TakeFacts:
    """What there is to hear in a file: its length, the first stream's rate in Hz, channels over all
    streams.
    """

    path: Path
    seconds: Fraction
    sample_rate: int
    channels: int
    streams: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of decoded samples, (channels, n) float32: the first lies at `first` samples after the
    file's time zero. names: FFmpeg's of the channels, "FL", "FR", "FC" ...
    """

    first: int
    samples: Floats
    rate: int
    names: tuple[str, ...]

    @property
    def end(self) -> Fraction:
        """Where it ends, in seconds."""
        return Fraction(self.first + self.samples.shape[1], self.rate)


def probe_take(path: Path) -> TakeFacts:
    """Return what a file gives to hear; all of its first stream is decoded.

    Raises:
        TakeError: missing, empty, broken, or without sound.
    """
    end, rate = Fraction(0), 1
    for piece in _pieces(path, None, Fraction(0)):
        end, rate = max(end, piece.end), piece.rate
    _check_whole(Take(path), end)
    with _open(path) as (_, streams):
        channels = sum(stream.channels for stream in streams)
        return TakeFacts(path, end, rate, channels, len(streams))


def count_channels(path: Path) -> int:
    """Count the channels of a file over all its streams, from its header alone.

    Raises:
        TakeError: missing, broken, or without sound.
    """
    with _open(path) as (_, streams):
        return sum(stream.channels for stream in streams)


def read_take(take: Take, sample_rate: int) -> Floats:
    """Return the take's samples, (samples,) float32 mono, -1..1, at `sample_rate` Hz.

    Time zero is the picture's first frame in a video file (a late sound stays late), else the first
    sample. Resampled by soxr (VHQ, linear phase, no delay); at the file's own rate the samples are
    as they are. Without a channel the first stream is mixed (downmix.to_mono).

    Raises:
        TakeError: missing, empty, broken, without sound, no such channel, or the range lies beyond
            its end.
    """
    samples, names, rate = _read(take)
    return _resampled(to_mono(samples, names)[None], rate, sample_rate)[0]


def hear_take(take: Take, sample_rate: int) -> Floats:
    """Return the take as it is delivered, (1 or 2, samples) float32: stereo stays stereo.

    As `read_take`; more channels are mixed to two, or to one where the two are the same.

    Raises:
        TakeError: missing, empty, broken, without sound, no such channel, or the range lies beyond
            its end.
    """
    samples, names, rate = _read(take)
    return _resampled(to_stereo(samples, names), rate, sample_rate)


def has_turned_channel(take: Take) -> bool:
    """Return whether one of the take's sides has its polarity turned; it is turned back when read.

    Raises:
        TakeError: as `read_take`.
    """
    samples, names, _ = _read(take)
    return is_turned(samples, names)


def _read(take: Take) -> tuple[Floats, tuple[str, ...], int]:
    """Return a take's samples (channels, n) at the file's own rate, the channels' names, the rate."""
    kept: list[_Piece] = []
    stop = None if take.length is None else take.start + take.length
    end = Fraction(0)
    for piece in _pieces(take.audio, take.channel, take.start):
        end = max(end, piece.end)
        if end > take.start:
            kept.append(piece)
        if stop is not None and end >= stop:
            break
    else:
        _check_whole(take, end)
    _check_range(take, stop, end)
    rate, names = kept[0].rate, kept[0].names
    samples = _laid_out(
        kept, round(take.start * rate), round((end if stop is None else stop) * rate)
    )
    return samples, names, rate


def digest_take(path: Path) -> str:
    """Return the SHA-256 of a take's whole file, in hex.

    Raises:
        TakeError: it is missing or cannot be read.
    """
    with _open(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fit_take(
    samples: Floats, sample_rate: int, seconds: Fraction, frame: Fraction, fit: Fit
) -> Floats:
    """Make the take as long as its shot; up to half a frame of difference is evened out.

    Args:
        samples: (N,).
        sample_rate: per second.
        seconds: of the shot.
        frame: seconds of one frame.
        fit: "exact" takes no more difference than that; "trim" also cuts a longer take; "pad"
            also fills a shorter one with silence.

    Raises:
        TakeError: the take is longer or shorter than `fit` allows.
    """
    wanted = round(seconds * sample_rate)
    off = Fraction(samples.shape[-1], sample_rate) - seconds
    if abs(off) > frame / 2 and not (fit == "trim" and off > 0) and not (fit == "pad" and off < 0):
        words, cure = (_LONGER, "trim") if off > 0 else (_SHORTER, "pad")
        raise TakeError(
            words,
            tr("Give a line of {seconds:.2f} s, or {@choose_fit}."),
            off=float(abs(off)),
            frames=float(abs(off) / frame),
            seconds=float(seconds),
            fit=cure,
        )
    fitted = np.zeros((*samples.shape[:-1], wanted), np.float32)
    fitted[..., : min(wanted, samples.shape[-1])] = samples[..., :wanted]
    return fitted


def _check_range(take: Take, stop: Fraction | None, end: Fraction) -> None:
    """Refuse a range of the file that is not there; all in seconds."""
    if take.start >= end:
        raise TakeError(
            "The take starts at {start:.2f} s, but {audio} ends at {end:.2f} s.",
            tr("Choose an earlier start."),
            start=float(take.start),
            audio=take.audio,
            end=float(end),
        )
    if stop is not None and stop - end > OVERRUN_SECONDS:
        raise TakeError(
            "The take runs to {stop:.2f} s, but {audio} ends at {end:.2f} s.",
            tr("Choose a shorter length or another file."),
            stop=float(stop),
            audio=take.audio,
            end=float(end),
        )


def _laid_out(pieces: list[_Piece], first: int, last: int) -> Floats:
    """Put the pieces in one array, from sample `first` up to `last`; at least one sample."""
    samples = np.zeros((len(pieces[0].names), max(last - first, 1)), np.float32)
    for piece in pieces:
        into, out = max(piece.first - first, 0), max(first - piece.first, 0)
        count = min(piece.samples.shape[1] - out, samples.shape[1] - into)
        if count > 0 and piece.names == pieces[0].names:
            samples[:, into : into + count] = piece.samples[:, out : out + count]
    return np.nan_to_num(samples, copy=False)


def _resampled(samples: Floats, rate: int, wanted: int) -> Floats:
    """Resample (channels, n), each channel by itself."""
    if rate == wanted:
        return samples
    count = max(round(Fraction(samples.shape[1], rate) * wanted), 1)
    channels = [
        np.asarray(soxr.resample(channel, rate, wanted, quality="VHQ"), np.float32)[:count]
        for channel in samples
    ]
    return np.stack([np.pad(channel, (0, count - len(channel))) for channel in channels])


@contextmanager
def _open(path: Path) -> Iterator[tuple[InputContainer, list[AudioStream]]]:
    if not path.exists():
        raise TakeError(
            "There is no file {path}.", tr("Check the path of the new line."), path=path
        )
    if path.is_dir():
        raise TakeError("{path} is a folder.", _GIVE, path=path)
    if path.stat().st_size == 0:
        hint = tr("Copy it again, or wait until it is written.")
        raise TakeError("{path} is empty.", hint, path=path)
    try:
        container = av.open(str(path), "r", metadata_errors="replace")
    except (FFmpegError, OSError) as err:
        raise TakeError(
            "{path} cannot be read as sound ({why}).", _GIVE, path=path, why=err
        ) from err
    with container:
        streams = [stream for stream in container.streams.audio if stream.codec_context is not None]
        if not streams:
            hint = tr("Give a file with an audio stream.")
            raise TakeError("{path} holds no sound.", hint, path=path)
        yield container, streams


def _chosen(
    path: Path, streams: list[AudioStream], channel: int | None
) -> tuple[AudioStream, int | None]:
    """Find the stream that holds `channel`, counted over all streams, and its place there."""
    left = channel
    for stream in streams:
        if left is None or left < stream.channels:
            return stream, left
        left -= stream.channels
    held = sum(stream.channels for stream in streams)
    raise TakeError(
        "{path} has no channel {channel}.",
        tr("It has {held}, counted from 0."),
        path=path,
        channel=channel,
        held=held,
    )


def _pieces(path: Path, channel: int | None, start: Fraction) -> Iterator[_Piece]:
    """Decode one channel from `start` (s) or before, in order; from the start of the file where
    seeking is inexact.

    Raises:
        TakeError: as `read_take`; or nothing could be decoded.
    """
    with _open(path) as (container, streams):
        stream, place = _chosen(path, streams, channel)
        origin = _origin(container, stream)
        if (
            start > SEEK_FROM
            and origin is not None
            and container.format.name.split(",")[0] in EXACT_PTS
        ):
            container.seek(int((origin + start - RUN_UP) * av.time_base))
        cursor: int | None = None
        for frame in _frames(container, stream, path):
            samples, names = _channels(frame, place)
            time = (
                None
                if frame.pts is None or frame.time_base is None
                else frame.pts * frame.time_base
            )
            if origin is None and time is not None:
                origin = time
            told = None if time is None else round((time - (origin or 0)) * frame.sample_rate)
            if cursor is None or (
                told is not None and abs(told - cursor) > PTS_GAP_SECONDS * frame.sample_rate
            ):
                cursor = told or 0
            yield _Piece(cursor, samples, frame.sample_rate, names)
            cursor += samples.shape[1]
        if cursor is None:
            hint = tr("It is damaged, cut short or encrypted.")
            raise TakeError("No sound of {path} can be decoded.", hint, path=path)


def _origin(container: InputContainer, stream: AudioStream) -> Fraction | None:
    """Return the file's time zero in seconds; None: the first sample decoded."""
    for video in container.streams.video:
        if (
            not video.disposition & Disposition.attached_pic
            and video.start_time is not None
            and video.time_base
        ):
            return video.start_time * video.time_base
    if container.format.name.split(",")[0] in EXACT_PTS and stream.time_base:
        return (stream.start_time or 0) * stream.time_base
    return None


def _frames(container: InputContainer, stream: AudioStream, path: Path) -> Iterator[AudioFrame]:
    """Decode a stream; a packet that is no sound (tags within an mp3) is passed over."""
    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except InvalidDataError:
                logging.getLogger(__name__).warning(
                    "%s: a broken packet at %s was passed over", path, packet.pts
                )
    except FFmpegError as err:
        hint = tr("It is damaged or cut short.")
        raise TakeError("{path} cannot be decoded ({why}).", hint, path=path, why=err) from err


def _channels(frame: AudioFrame, place: int | None) -> tuple[Floats, tuple[str, ...]]:
    """Return (one channel or all, (channels, samples) float32; their names)."""
    values: NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    offset, span = _SCALE.get(values.dtype.str[1:], (0.0, 1.0))
    names = tuple(channel.name for channel in frame.layout.channels)
    if place is not None:
        values, names = values[place : place + 1], names[place : place + 1]
    return ((values.astype(np.float64) - offset) / span).astype(np.float32), names


def _check_whole(take: Take, end: Fraction) -> None:
    """Refuse a file that ends before its own header says (where the header can be relied on)."""
    if _wave_lacks_data(take.audio):
        raise _cut_short(take.audio, end)
    with _open(take.audio) as (_, streams):
        stream, _ = _chosen(take.audio, streams, take.channel)
        if (
            not stream.codec_context.name.startswith(_TOLD)
            or not stream.duration
            or not stream.time_base
        ):
            return
        if stream.duration * stream.time_base - end > LOST_END:
            raise _cut_short(take.audio, end)


def _cut_short(path: Path, end: Fraction) -> TakeError:
    hint = tr("Copy the file again.")
    return TakeError("{path} is cut short: {end:.2f} s are there.", hint, path=path, end=float(end))


def _wave_lacks_data(path: Path) -> bool:
    """Return whether a RIFF file's data chunk is declared longer than the file (FFmpeg takes what
    there is).
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(12)
        if start[:4] != b"RIFF" or start[8:] != b"WAVE":
            return False
        while len(head := file.read(8)) == 8:
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                return length not in STREAMED_SIZES and file.tell() + length > size + 1
            file.seek(length + length % 2, os.SEEK_CUR)
    return False
