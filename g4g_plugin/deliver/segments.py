"""A comp in the making, kept in segments of about two seconds, so that a killed run goes on with
the next one.

Each segment is encoded by an encoder of its own and begins with a key frame: its packets do not
depend on what was encoded before it, and all of them together are one stream. A segment is a file
of packets, one after the other, and an index beside it, which is written last: without a whole
index there is no segment.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.files import whole_file, write_whole
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.picture_stream import PictureEncoder
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.refusals import refused

SEGMENT_SECONDS = 2  # what a kill may cost; shorter ones would cost key frames and files
RECORD_PREFIX = "record_"  # before the names of a caller's own arrays in a segment's index
Arrays = Mapping[str, NDArray[Any]]


def segment_ranges(count: int, rate: Fraction) -> tuple[range, ...]:
    """Cut `count` frames into segments of equal length, none longer than `SEGMENT_SECONDS`."""
    longest = max(1, int(SEGMENT_SECONDS * rate))
    parts = -(-count // longest)
    edges = [count * part // parts for part in range(parts + 1)]
    return tuple(range(first, end) for first, end in pairwise(edges))


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An encoded run of the comp's frames.

    pts (n,) int64: which frame of the segment each packet shows, in the order of decoding; sizes
    (n,) int64 bytes; keys (n,) bool. header: FFmpeg's extradata. records: what the caller kept.
    """

    frames: range  # counted from the comp's first frame
    path: Path  # of the packets
    pts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    keys: NDArray[np.bool_]
    header: bytes
    records: Arrays

    def packets(self) -> Iterator[Packet]:
        """Yield the packets, timed in frames from the comp's first; their dts is left open."""
        with self.path.open("rb") as file:
            for pts, size, key in zip(self.pts, self.sizes, self.keys, strict=True):
                packet = Packet(file.read(int(size)))
                packet.pts = self.frames.start + int(pts)
                packet.duration = 1
                packet.is_keyframe = bool(key)
                yield packet


class SegmentStore:
    """The segments of one comp in a folder of their own."""

    def __init__(self, folder: Path, comp: Comp, out: Path) -> None:
        """Take the folder, which exists, what is to be written, and the delivery folder, which
        errors name.
        """
        self._folder, self._comp, self._out = folder, comp, out
        self.ranges = segment_ranges(comp.shot.deliver.count, comp.rate)

    def finished(self) -> list[Segment]:
        """Return the segments that are whole, from the comp's first frame on without a gap."""
        segments: list[Segment] = []
        for frames in self.ranges:
            segment = self._read(frames)
            if segment is None or (segments and segment.header != segments[0].header):
                break
            segments.append(segment)
        return segments

    def write(
        self,
        number: int,
        pictures: Iterator[Picture],
        records: Callable[[range], Arrays] = lambda frames: {},
        progress: Progress = SILENT,
    ) -> Segment:
        """Encode the frames of segment `number` and keep them; it is there once this returns.

        Args:
            number: of the segment, from 0.
            pictures: at least as many as the segment has frames; no more are pulled.
            records: called with the frames once they are encoded: arrays to be kept with them.
            progress: told of every frame of the comp.

        Raises:
            DeliverError: too few pictures come, they cannot be encoded, or the disk is full.
        """
        frames = self.ranges[number]
        data, index = self._paths(frames)
        kind, nothing = self._comp.coding.container, io.BytesIO()  # only its encoder is wanted
        with _Packets(data, self._out) as packets, av.open(nothing, "w", kind) as container:
            with refused(self._out):
                encoder = PictureEncoder(container, self._comp)
            for at, frame in enumerate(frames):
                picture = next(pictures, None)
                if picture is None:
                    raise miscounted(frame, self.ranges[-1].stop)
                with refused(self._out):
                    packets.add(encoder.encode(picture, at))
                progress.step("encode", frame + 1, self.ranges[-1].stop)
            with refused(self._out):
                packets.add(encoder.finish())
                packets.keep()
            header = encoder.header
        arrays: dict[str, NDArray[Any]] = packets.index() | {
            "header": np.frombuffer(header, np.uint8)
        }
        if not _complete(arrays["pts"], frames):
            raise DeliverError(
                "The encoder returned other frames than segment {number} has.",
                tr("Deliver in another codec, and report this one."),
                number=number,
            )
        kept = {f"{RECORD_PREFIX}{name}": values for name, values in records(frames).items()}
        table = io.BytesIO()
        np.savez(table, allow_pickle=False, digest=np.array(packets.digest), **arrays, **kept)
        with refused(self._out):
            write_whole(index, table.getvalue())
        return _segment(frames, data, arrays | kept)

    def _paths(self, frames: range) -> tuple[Path, Path]:
        stem = f"{frames.start:08d}-{frames.stop:08d}"
        return self._folder / f"{stem}.packets", self._folder / f"{stem}.npz"

    def _read(self, frames: range) -> Segment | None:
        data, index = self._paths(frames)
        try:
            with np.load(io.BytesIO(index.read_bytes()), allow_pickle=False) as table:
                arrays = {name: table[name] for name in table.files}
            with data.open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == str(arrays["digest"])
            segment = _segment(frames, data, arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None  # half written or damaged: its frames are made again
        return segment if whole and _complete(segment.pts, frames) else None


def _segment(frames: range, data: Path, arrays: Arrays) -> Segment:
    kept = {n.removeprefix(RECORD_PREFIX): arrays[n] for n in arrays if n.startswith(RECORD_PREFIX)}
    pts, sizes, keys = (arrays[name] for name in ("pts", "sizes", "keys"))
    return Segment(frames, data, pts, sizes, keys, arrays["header"].tobytes(), kept)


def _complete(pts: NDArray[np.int64], frames: range) -> bool:
    return sorted(pts.tolist()) == list(range(len(frames)))


class _Packets:
    """A file of packets being written: it has its name once `keep` was called, or is gone."""

    def __init__(self, path: Path, out: Path) -> None:
        self._rows: list[tuple[int, int, bool]] = []
        self._digest = hashlib.sha256()
        self._whole, self._kept = whole_file(path), False
        with refused(out):
            self._file = self._whole.__enter__()

    def __enter__(self) -> _Packets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._kept:
            with suppress(OSError):  # a full disk says so again on closing
                self._whole.__exit__(kind, error, trace)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def add(self, packets: Iterable[Packet]) -> None:
        for packet in packets:
            content = bytes(packet)
            self._file.write(content)
            self._digest.update(content)
            self._rows.append((packet.pts or 0, len(content), packet.is_keyframe))

    def index(self) -> dict[str, NDArray[Any]]:
        pts, sizes, keys = zip(*self._rows, strict=True)
        return {"pts": np.array(pts), "sizes": np.array(sizes), "keys": np.array(keys)}

    def keep(self) -> None:
        self._kept = True
        self._whole.__exit__(None, None, None)


def miscounted(came: int, total: int) -> DeliverError:
    """Return the error of a comp with another number of frames than its shot."""
    hint = tr("This is a bug in the engine or the composite: report it.")
    if not came:
        return DeliverError("The comp has no pictures.", hint)
    if came > total:
        return DeliverError(
            "The shot has {total} frames, but {came} or more came.", hint, total=total, came=came
        )
    return DeliverError(
        "The shot has {total} frames, but {came} came.", hint, total=total, came=came
    )
