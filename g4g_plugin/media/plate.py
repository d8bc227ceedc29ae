"""A plate's frames by number: found through the pts map, decoded lazily, in their own planes and
depth.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.picture import Matrix, Picture, PixelFormat
from g4g_plugin.core.plate import Conform, PlateFacts
from g4g_plugin.core.words import tr
from g4g_plugin.media.pixels import Turn
from g4g_plugin.media.probe import Probed, look, open_video

TICK_TOLERANCE = Fraction(1, 2)  # of a tick: times in files of variable rate are rounded to ticks
FRAME_TOLERANCE = Fraction(1, 1000)  # of a frame: what timelines that count in floats leave over
SKIP_LIMIT = 2  # frames a decoder runs over rather than seek, where every frame is a key
DIGEST_BYTES = 65_536  # bytes of each of the digest's three samples
COLORSPACE: dict[Matrix, int] = {"bt709": 1, "bt601": 5, "bt2020": 9}  # AVCOL_SPC_*

Plane = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PlateFrame(Picture):
    """A picture of a plate, with a fast look at it."""

    def rgb8(self) -> NDArray[np.uint8]:
        """Return all of it as 8-bit R'G'B', (h, w, 3), by swscale (within 3 codes of
        `Picture.rgb8`).
        """
        width, height = self.size
        frame = av.VideoFrame(width, height, self.format.name)
        for plane, values in zip(frame.planes, self.planes, strict=True):
            into = np.frombuffer(memoryview(plane), values.dtype).reshape(plane.height, -1)
            into[:, : plane.width] = values
        frame.colorspace = 0 if self.format.rgb else COLORSPACE[self.format.matrix]
        frame.color_range = 2 if self.format.full_range else 1
        seen = frame.reformat(
            format="rgb24", src_color_range=frame.color_range, dst_color_range=2, threads=1
        )
        return seen.to_ndarray().astype(np.uint8, copy=False)


def planes_of(frame: av.VideoFrame, stored: PixelFormat) -> tuple[Plane, ...]:
    """Copy a decoded frame's planes as `stored` describes them, without line padding; packed ones
    are split.
    """
    if frame.format.name.replace("yuvj", "yuv") != stored.name:
        frame = frame.reformat(format=stored.name, interpolation="POINT", threads=1)
    kind = np.uint8 if stored.bits == 8 else np.dtype("<u2")
    return tuple(
        np.frombuffer(memoryview(plane), kind)
        .reshape(-1, plane.line_size // np.dtype(kind).itemsize)[: plane.height, : plane.width]
        .copy()
        for plane in frame.planes
    )


def turn_planes(
    planes: tuple[Plane, ...], stored: PixelFormat, shown: PixelFormat, turn: Turn
) -> tuple[Plane, ...]:
    """Turn planes to be seen upright, sample for sample.

    Args:
        planes: as the file holds them.
        stored: their format.
        shown: the format after the turn.
        turn: quarter turns and mirroring.
    """
    if turn == Turn():
        return planes
    if stored.chroma != shown.chroma:
        height, width = planes[0].shape
        rows = (np.arange(height) >> stored.chroma[1])[:, None]
        columns = (np.arange(width) >> stored.chroma[0])[None, :]
        planes = (planes[0], *(p[rows, columns] for p in planes[1:3]), *planes[3:])
    return tuple(np.ascontiguousarray(_turned(plane, turn)) for plane in planes)


def _turned(plane: Plane, turn: Turn) -> Plane:
    if turn.transpose:
        plane = plane.T
    return plane[:: -1 if turn.down else 1, :: -1 if turn.across else 1]


class _Reader:
    """One decoder on the file; knows the number of the frame it will give next."""

    def __init__(self, path: Path, probed: Probed) -> None:
        self._path, self._probed = path, probed
        self._closing = ExitStack()
        self._container, self._stream = self._closing.enter_context(open_video(path))
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._next: int | None = None
        self._held: tuple[int, av.VideoFrame] | None = None
        self._counted = 0  # frames decoded since the file's start, where they are not timed

    def close(self) -> None:
        self._frames = iter(())
        self._held = None
        self._closing.close()

    def get(self, index: int) -> PlateFrame:
        """Decode frame `index`; the next one after it comes without a seek."""
        if self._next is None or not self._near(index):
            self._go_to(index)
        number, frame = self._advance(index)
        if number != index:
            raise self._lost(index)
        self._next, self._held = index + 1, None
        stored, shown = self._probed.stored, self._probed.facts.format
        planes = turn_planes(planes_of(frame, stored), stored, shown, self._probed.turn)
        return PlateFrame(index, planes, shown)

    def _near(self, index: int) -> bool:
        """Return whether running on is cheaper than a seek: no key lies between here and there."""
        here = self._next if self._next is not None else index + 1
        if here > index:
            return False
        pts, keys = self._probed.frames.pts, self._probed.frames.keys
        between = np.searchsorted(keys, pts[index], "right") - np.searchsorted(
            keys, pts[here], "right"
        )
        return bool(between == 0) or index - here <= SKIP_LIMIT

    def _go_to(self, index: int) -> None:
        """Seek so that frame `index` is still to come: step back further until what comes first is
        not past it.
        """
        pts, back = self._probed.frames.pts, 0
        while self._probed.frames.timed:
            target = max(index - back, 0)
            self._seek(int(pts[target]))
            self._held = self._pull(index)
            if self._held is not None and self._held[0] <= index:
                return
            if target == 0:
                break
            back = max(16, back * 4)
        self._restart()
        self._held = self._pull(index)
        if self._held is None or self._held[0] > index:
            raise self._lost(index)

    def _seek(self, offset: int) -> None:
        try:
            self._container.seek(offset, stream=self._stream)
        except FFmpegError:  # formats that cannot seek there are read from their start
            self._restart()
            return
        self._frames = self._container.decode(self._stream)

    def _restart(self) -> None:
        self._closing.close()
        self._closing = ExitStack()
        self._container, self._stream = self._closing.enter_context(open_video(self._path))
        self._frames = self._container.decode(self._stream)
        self._counted = 0

    def _advance(self, index: int) -> tuple[int, av.VideoFrame]:
        while True:
            found = self._held or self._pull(index)
            self._held = None
            if found is None:
                raise self._lost(index)
            if found[0] >= index:
                return found

    def _pull(self, index: int) -> tuple[int, av.VideoFrame] | None:
        """Decode the next frame that has a number, on the way to `index`; None at the end."""
        pts = self._probed.frames.pts
        try:
            for frame in self._frames:
                if not self._probed.frames.timed:
                    self._counted += 1
                    return self._counted - 1, frame
                if frame.pts is None:
                    continue
                place = int(np.searchsorted(pts, frame.pts))
                if place < len(pts) and pts[place] == frame.pts:
                    return place, frame
        except (FFmpegError, OSError) as err:
            raise self._lost(index) from err
        return None

    def _lost(self, index: int) -> MediaError:
        self._next = None
        hint = tr(
            "The file is broken there or changed while it was read: copy it again or transcode it."
        )
        return MediaError(
            "Frame {index} of {path} cannot be decoded.", hint, index=index, path=self._path
        )


class FilePlate:
    """A plate in a file (core.plate.Plate); also a context manager. Reads may overlap: each has its
    own decoder.
    """

    def __init__(self, path: Path, conform: Conform | None = None) -> None:
        self._path = path
        self._probed = look(path)
        self._facts = conformed_facts(self._probed.facts, conform)
        self._shown = None if conform is None else shown_frames(self._probed, conform)
        self._readers: set[_Reader] = (
            set()
        )  # touched by atomic calls only: reads may run in several threads
        self._fetcher: _Reader | None = None

    def __enter__(self) -> FilePlate:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def facts(self) -> PlateFacts:
        """What was probed, counted as the plate is conformed."""
        return self._facts

    @property
    def pts(self) -> NDArray[np.int64]:
        """When each frame is shown, (count,) int64 ticks: the file's own map, or the steady grid it
        is conformed to.
        """
        if self._shown is not None:
            return np.arange(self._facts.count, dtype=np.int64)
        return self._probed.frames.pts

    @property
    def tick(self) -> Fraction:
        """Return the length of a tick in seconds."""
        return 1 / self._facts.rate if self._shown is not None else self._probed.frames.tick

    def read(self, first: int, count: int) -> Iterator[Picture]:
        """Yield `count` frames from index `first`, in order, a few in memory at a time.

        Raises:
            MediaError: the range lies outside the file or a frame cannot be decoded.
        """
        self._check(first, count)
        return self._run(first, count)

    def _run(self, first: int, count: int) -> Iterator[Picture]:
        reader = self._open()
        try:
            held: PlateFrame | None = None
            for index in range(first, first + count):
                stored = self._stored(index)
                if held is None or self._shown is None or stored != held.index:
                    held = reader.get(stored)
                yield replace(held, index=index) if self._shown is not None else held
        finally:
            reader.close()
            self._readers.discard(reader)

    def fetch(self, indices: Sequence[int]) -> list[Picture]:
        """Decode these frames, in the order asked for; each run is decoded once.

        Raises:
            MediaError: an index lies outside the file or a frame cannot be decoded.
        """
        wanted = sorted({int(i) for i in indices})
        for index in wanted:
            self._check(index, 1)
        if not wanted:
            return []
        self._fetcher = self._fetcher or self._open()
        found = {i: replace(self._fetcher.get(self._stored(i)), index=i) for i in wanted}
        return [found[int(i)] for i in indices]

    def digest(self) -> str:
        """Return what tells this file from any other: hex of its size, time of change and sampled
        content.
        """
        status = self._path.stat()
        conform = "" if self._facts.conform is None else f" {self._facts.conform}"
        digest = hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}{conform}".encode())
        with self._path.open("rb") as file:
            for place in (0, status.st_size // 2, max(status.st_size - DIGEST_BYTES, 0)):
                file.seek(place)
                digest.update(file.read(DIGEST_BYTES))
        return digest.hexdigest()

    def close(self) -> None:
        """Let the file go."""
        readers, self._readers, self._fetcher = self._readers, set(), None
        for reader in readers:
            reader.close()

    def _open(self) -> _Reader:
        reader = _Reader(self._path, self._probed)
        self._readers.add(reader)
        return reader

    def _stored(self, index: int) -> int:
        return index if self._shown is None else int(self._shown[index])

    def _check(self, first: int, count: int) -> None:
        held = self._facts.count
        if first < 0 or count < 1 or first + count > held:
            hint = tr(
                "The timeline and the file disagree: relink the clip or read the timeline again."
            )
            raise MediaError(
                "{path} holds frames 0 to {held}, not frames {first} to {last}.",
                hint,
                path=self._path,
                held=held - 1,
                first=first,
                last=first + count - 1,
            )


def conformed_facts(facts: PlateFacts, conform: Conform | None) -> PlateFacts:
    """Return a plate's facts, counted as it is conformed."""
    if conform is None:
        return facts
    start = round(facts.start_frame * conform.rate / facts.rate)
    return replace(
        facts, rate=conform.rate, count=conform.count, start_frame=start, conform=conform
    )


def shown_frames(probed: Probed, conform: Conform) -> NDArray[np.int64]:
    """Return which frame of the file each frame of a conformed plate shows, (count,) int64.

    It is the last one whose time has come, and outside the file its first or last.
    """
    pts, tick, grace = probed.frames.pts - probed.frames.pts[0], probed.frames.tick, TICK_TOLERANCE
    if not probed.facts.variable:  # exact, where the file's own ticks are rounded
        pts, tick, grace = np.arange(len(pts)), 1 / probed.facts.rate, FRAME_TOLERANCE
    times = [conform.seconds(i) / tick + grace for i in range(conform.count)]
    ticks = np.array([math.floor(time) for time in times], np.int64)
    return np.clip(np.searchsorted(pts, ticks, "right") - 1, 0, len(pts) - 1)


def open_plate(path: Path, conform: Conform | None = None) -> FilePlate:
    """Open a plate; nothing but its first frames is decoded yet.

    Args:
        path: the file.
        conform: how its frames are counted; None: one by one, as they are in the file.

    Raises:
        MediaError: as `probe`.
    """
    return FilePlate(path, conform)
