"""What is known of a plate before a frame is decoded, and how the rooms ask for its frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from g4g_plugin.core.picture import Picture, PixelFormat
from g4g_plugin.core.time import FrameRange


@dataclass(frozen=True, slots=True)
class ColourTags:
    """FFmpeg's integers for primaries, transfer, matrix and range (2, 2, 2, 0 = unspecified)."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0


@dataclass(frozen=True, slots=True)
class Conform:
    """How a plate's file is brought to the frames that a timeline counts.

    Frame i (from 0) of `count`, at `rate` a second, shows what the file shows `first` + i * `speed`
    / `rate` seconds after its first picture; before and after the file, its first and last one.
    speed: 1 as filmed, 2 twice as fast, negative backwards, 0 one frozen frame.
    """

    rate: Fraction
    count: int
    first: Fraction = Fraction(0)
    speed: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.rate <= 0 or self.count < 1:
            raise ValueError(f"a conformed plate has frames and a rate, not {self}")

    def seconds(self, index: int) -> Fraction:
        """Return the time in the file, from its first picture, that frame `index` shows."""
        return self.first + index * self.speed / self.rate


@dataclass(frozen=True, slots=True)
class PlateFacts:
    """A plate as probed: size after rotation, exact rate, whole frame count, timecode, colour,
    sound.
    """

    path: Path
    width: int
    height: int
    rate: Fraction
    count: int  # frames in the file, counted by pts
    start_frame: int  # its start timecode as a frame count, 0 where it has none
    start_timecode: str | None
    drop: bool
    codec: str  # FFmpeg's codec name
    format: PixelFormat
    colour: ColourTags
    rotation: int  # degrees clockwise already applied to width and height: 0, 90, 180, 270
    sample_aspect: Fraction
    interlaced: bool
    variable: bool  # variable frame rate: unless conformed, frame i is the i-th decoded picture
    audio_streams: int
    top_first: bool = True  # interlaced: the upper field is the earlier one
    conform: Conform | None = None  # what rate and count follow; None: the file's own
    mastering: bytes = b""  # HDR10 mastering display, FFmpeg's AVMasteringDisplayMetadata
    light_level: bytes = b""  # HDR10 MaxCLL and MaxFALL, FFmpeg's AVContentLightMetadata

    @property
    def available(self) -> FrameRange:
        """All frames, in the plate's own (timecode) time."""
        return FrameRange(self.start_frame, self.count, self.rate)


class Plate(Protocol):
    """An open plate; frames are addressed by their index in the file, from 0, never by seconds."""

    @property
    def facts(self) -> PlateFacts:
        """What was probed."""
        ...

    def read(self, first: int, count: int) -> Iterator[Picture]:
        """Yield `count` frames from index `first`, in order, a few in memory at a time.

        Raises:
            MediaError: the range lies outside the file or a frame cannot be decoded.
        """
        ...

    def fetch(self, indices: Sequence[int]) -> list[Picture]:
        """Decode these frames, in the order asked for; each run is decoded once."""
        ...

    def digest(self) -> str:
        """Return what tells this file from any other: hex of its size, time of change and sampled
        content.
        """
        ...

    def close(self) -> None:
        """Let the file go."""
        ...
