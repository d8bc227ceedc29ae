"""What is to be dubbed, with what, and what came of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args

from g4g_plugin.core.kept import Kept
from g4g_plugin.core.time import FrameRange

Fit = Literal["exact", "trim", "pad"]


@dataclass(frozen=True, slots=True)
class Take:
    """The new line to be heard: `length` seconds of `audio` from `start`; all of it where length is
    None.

    `channel` counts from 0 over all channels of all audio streams; None mixes the first stream to
    mono.
    """

    audio: Path
    start: Fraction = Fraction(0)
    length: Fraction | None = None
    channel: int | None = None
    label: str = ""

    def __post_init__(self) -> None:
        if self.start < 0 or (self.length is not None and self.length <= 0):
            raise ValueError("a take starts at 0 or later and lasts longer than nothing")

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values; seconds as fraction text."""
        return {
            "audio": str(self.audio),
            "start": str(self.start),
            "length": None if self.length is None else str(self.length),
            "channel": self.channel,
            "label": self.label,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Take:
        """Read what `to_json` wrote."""
        length = value["length"]
        return cls(
            Path(value["audio"]),
            Fraction(value["start"]),
            None if length is None else Fraction(length),
            value["channel"],
            value["label"],
        )


@dataclass(frozen=True, slots=True)
class FaceChoice:
    """The mouth to move: the face nearest to (x, y) in plate pixels at `frame` (None: first frame
    of the shot).
    """

    x: float
    y: float
    frame: int | None = None  # counted from the first frame of the shot's source range


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip to dub: which frames of which plate, with which take, moved in which face.

    `record` is in timeline time; `source` and `available` are in the plate's own (timecode) time,
    so the file's frame index is `source.first - available.first`. `clip` is the clip's address in
    the edit ("V1/7").
    """

    name: str
    clip: str
    record: FrameRange
    plate: Path
    source: FrameRange
    available: FrameRange
    take: Take
    handles: tuple[int, int] = (0, 0)  # head, tail: frames delivered beyond the source range
    face: FaceChoice | None = None
    fit: Fit = "exact"
    drop: bool = False  # the plate's timecode is drop-frame

    def __post_init__(self) -> None:
        if self.fit not in get_args(Fit):
            raise ValueError(f"fit is one of {', '.join(get_args(Fit))}, not {self.fit!r}")
        if min(self.handles) < 0:
            raise ValueError("handles are counted in frames from 0")
        if self.source.first < self.available.first or self.source.end > self.available.end:
            raise ValueError(f"{self.clip}: the source range lies outside the media")

    @property
    def deliver(self) -> FrameRange:
        """The frames the comp holds, in the plate's own time: source range and handles."""
        return self.source.with_handles(*self.handles, within=self.available)

    @property
    def first_index(self) -> int:
        """Index of the source range's first frame in the plate file, from 0."""
        return self.source.first - self.available.first

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        face = None if self.face is None else [self.face.x, self.face.y, self.face.frame]
        return {
            "name": self.name,
            "clip": self.clip,
            "record": self.record.to_json(),
            "plate": str(self.plate),
            "source": self.source.to_json(),
            "available": self.available.to_json(),
            "take": self.take.to_json(),
            "handles": list(self.handles),
            "face": face,
            "fit": self.fit,
            "drop": self.drop,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Shot:
        """Read what `to_json` wrote."""
        face = value["face"]
        return cls(
            value["name"],
            value["clip"],
            FrameRange.from_json(value["record"]),
            Path(value["plate"]),
            FrameRange.from_json(value["source"]),
            FrameRange.from_json(value["available"]),
            Take.from_json(value["take"]),
            (value["handles"][0], value["handles"][1]),
            None if face is None else FaceChoice(*face),
            value["fit"],
            value["drop"],
        )

    @property
    def id(self) -> str:
        """12 hex digits of SHA-256 over the canonical JSON: the same shot is the same job on any
        machine.
        """
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Dub:
    """What was delivered for a shot: the comp's file, its frames in the plate's own time, and how
    it was made.

    `dubbed`: the runs of frames that were changed, in the plate's own time; None: an older file
    that does not say. `sync`: figures of the lip sync (render/sync_score.py); `unjudged`: "before",
    "after" -> why there are none. `kept`: the runs that are the plate's own, and why; together with
    `dubbed` they are all of `available`. Empty in older files.
    """

    shot: Shot
    media: Path
    available: FrameRange
    start_timecode: str
    engine: str
    weights: str | None  # SHA-256 of the weights file, None for engines without weights
    frames_dubbed: int
    frames_kept: int
    sync: dict[str, float] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)
    dubbed: tuple[FrameRange, ...] | None = None
    kept: tuple[Kept, ...] = ()

    def is_dubbed(self, frame: int) -> bool | None:
        """Return whether a frame, in the plate's own time, was changed; None where that is not known."""
        if self.dubbed is None:
            return None
        return any(span.first <= frame < span.end for span in self.dubbed)

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "shot": self.shot.to_json(),
            "media": str(self.media),
            "available": self.available.to_json(),
            "start_timecode": self.start_timecode,
            "engine": self.engine,
            "weights": self.weights,
            "frames_dubbed": self.frames_dubbed,
            "frames_kept": self.frames_kept,
            "sync": self.sync,
            "unjudged": self.unjudged,
            "dubbed": None if self.dubbed is None else [span.to_json() for span in self.dubbed],
            "kept": [run.to_json() for run in self.kept],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Dub:
        """Read what `to_json` wrote."""
        rest = {
            k: value[k]
            for k in ("start_timecode", "engine", "weights", "frames_dubbed", "frames_kept", "sync")
        }
        spans = value.get("dubbed")  # not in files of before 2026-11-22
        return cls(
            shot=Shot.from_json(value["shot"]),
            media=Path(value["media"]),
            available=FrameRange.from_json(value["available"]),
            unjudged=value.get("unjudged", {}),
            dubbed=None if spans is None else tuple(FrameRange.from_json(span) for span in spans),
            kept=tuple(Kept.from_json(run) for run in value.get("kept", ())),
            **rest,
        )
