"""Movies whose every frame says its number, and sounds whose every sample is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, BITS = 128, 64, 8
PLAIN = {"crf": "4", "preset": "ultrafast"}


def bits_of(pix_fmt: str) -> int:
    return av.VideoFormat(pix_fmt, 16, 16).components[0].bits


def drawn_planes(
    number: int, pix_fmt: str, size: tuple[int, int] = (WIDTH, HEIGHT), noise: bool = True
) -> list[Any]:
    """Return planes of a planar format: noise of its own for each number, and the number in bits
    along the top.
    """
    rng, bits = np.random.default_rng(number), bits_of(pix_fmt)
    kind = np.uint8 if bits == 8 else np.uint16
    planes = []
    for plane in av.VideoFrame(*size, pix_fmt).planes:
        shape = (plane.height, plane.width)
        grain = (
            rng.integers(0, 1 << bits, shape)
            if noise
            else np.full(shape, 1 << (bits - 1)) + number % 8
        )
        planes.append(grain.astype(kind))
    step = size[0] // BITS
    for bit in range(BITS):
        planes[0][:16, bit * step : (bit + 1) * step] = (
            (60 if number >> bit & 1 else 20) * (1 << bits) // 80
        )
    return planes


def read_number(luma: NDArray[Any]) -> int:
    """Read the number drawn along the top of a plane."""
    middle = (int(luma[:16].max()) + int(luma[:16].min())) / 2
    step = luma.shape[1] // BITS
    means = [
        luma[4:12, bit * step + step // 4 : (bit + 1) * step - step // 4].mean()
        for bit in range(BITS)
    ]
    return sum((mean > middle) << bit for bit, mean in enumerate(means))


def frame_of(planes: Sequence[Any], pix_fmt: str) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, values in zip(frame.planes, planes, strict=True):
        into = np.frombuffer(memoryview(plane), values.dtype).reshape(
            -1, plane.line_size // values.itemsize
        )
        into[: plane.height, : plane.width] = values
    return frame


@dataclass
class Movie:
    """What to write: `count` numbered frames, at `rate` or at the given `pts` (in ticks of `tick`)."""

    count: int = 20
    pix_fmt: str = "yuv420p"
    codec: str = "libx264"
    options: dict[str, str] = field(default_factory=lambda: dict(PLAIN))
    rate: Fraction = Fraction(25)
    size: tuple[int, int] = (WIDTH, HEIGHT)
    noise: bool = False
    timecode: str | None = None
    pts: Sequence[int] | None = None
    tick: Fraction | None = None
    rotation: int = 0
    tags: tuple[int, int, int, int] | None = None
    aspect: Fraction | None = None
    sounds: Sequence[
        tuple[str, NDArray[Any], int]
    ] = ()  # (codec, samples (channels, n) as the codec takes them, Hz)
    late: Fraction = Fraction(0)  # s: when the sounds begin
    container: str | None = None
    shift: int = 0  # frames taken off every pts: what comes before zero is cut by an edit list


def write_movie(path: Path, movie: Movie) -> Path:
    with av.open(str(path), "w", format=movie.container) as out:
        stream = out.add_stream(movie.codec, rate=movie.rate, options=movie.options)
        stream.width, stream.height = movie.size
        stream.pix_fmt = movie.pix_fmt
        if movie.timecode:
            stream.metadata["timecode"] = movie.timecode
        if movie.aspect:
            stream.sample_aspect_ratio = movie.aspect
        if movie.tick:
            stream.codec_context.time_base = movie.tick
        if movie.rotation:
            stream.set_display_rotation(movie.rotation)
        if movie.tags:
            stream.color_primaries, stream.color_trc, stream.colorspace, stream.color_range = (
                movie.tags
            )
        voices = [_voice(out, *sound) for sound in movie.sounds]
        for number in range(movie.count):
            frame = frame_of(
                drawn_planes(number, movie.pix_fmt, movie.size, movie.noise), movie.pix_fmt
            )
            frame.pts = number if movie.pts is None else movie.pts[number]
            frame.pts -= movie.shift
            frame.time_base = movie.tick or 1 / movie.rate
            if movie.tags:
                frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range = (
                    movie.tags
                )
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        for voice, (_, samples, rate) in zip(voices, movie.sounds, strict=True):
            out.mux(_heard(voice, samples, rate, round(movie.late * rate)))
    return path


def _voice(out: Any, codec: str, samples: NDArray[Any], rate: int) -> Any:
    return out.add_stream(codec, rate=rate, layout={1: "mono", 2: "stereo", 6: "5.1"}[len(samples)])


def _heard(voice: Any, samples: NDArray[Any], rate: int, first: int) -> Iterable[Any]:
    kinds = {"i2": "s16p", "i4": "s32p", "f4": "fltp"}
    layout = voice.layout.name
    resampler = av.AudioResampler(voice.format.name, layout, rate)
    packets = []
    for start in range(0, samples.shape[1], 1024):
        part = np.ascontiguousarray(samples[:, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(part, kinds[part.dtype.str[1:]], layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, first + start, Fraction(1, rate)
        for ready in resampler.resample(frame):
            packets += voice.encode(ready)
    return packets + voice.encode(None)


def write_sound(
    path: Path, codec: str, samples: NDArray[Any], rate: int, container: str | None = None
) -> Path:
    with av.open(str(path), "w", format=container) as out:
        voice = _voice(out, codec, samples, rate)
        out.mux(_heard(voice, samples, rate, 0))
    return path


def tone(hertz: float, seconds: float, rate: int, level: float = 0.5) -> NDArray[np.float32]:
    """Return (samples,) float32."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.float32
    )


def noise16(channels: int, count: int, seed: int = 0) -> NDArray[np.int16]:
    """Return (channels, count) int16 noise."""
    return np.random.default_rng(seed).integers(-20000, 20000, (channels, count)).astype(np.int16)
