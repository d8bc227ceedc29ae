"""What is to be dubbed, with what, and what came of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from g4g_plugin.core.decisions import FaceChoice, Fit, Line, Origin, RangeSetting, Take
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.plate import Conform
from g4g_plugin.core.time import FrameRange


@dataclass(frozen=True, slots=True)
class Shot:
    """One clip to dub: which frames of which plate, with which lines, moved in which faces.

    `record` is in timeline time; `source` and `available` are in the plate's own (timecode) time,
    so the file's frame index is `source.first - available.first`. `clip` is the clip's address in
    the edit ("V1/7"). `lip_offset`: frames the lips move later than the sound (negative: earlier).
    `keep_expression`: how much of the plate's own expression stays around the new words, 0 to 1.
    `conform`: how the plate's file is brought to the frames counted here; None: as it is.
    """

    name: str
    clip: str
    record: FrameRange
    plate: Path
    source: FrameRange
    available: FrameRange
    lines: tuple[Line, ...]
    handles: tuple[int, int] = (0, 0)  # head, tail: frames delivered beyond the source range
    fit: Fit = "exact"
    drop: bool = False  # the plate's timecode is drop-frame
    ranges: tuple[RangeSetting, ...] = ()
    lip_offset: int = 0
    keep_expression: float = 0.0
    conform: Conform | None = None

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError(f"{self.clip}: a shot to dub has a line at least")
        if not 0 <= self.keep_expression <= 1:
            raise ValueError(f"keep_expression is 0 to 1, not {self.keep_expression}")
        if self.fit not in get_args(Fit):
            raise ValueError(f"fit is one of {', '.join(get_args(Fit))}, not {self.fit!r}")
        if min(self.handles) < 0:
            raise ValueError("handles are counted in frames from 0")
        if self.source.first < self.available.first or self.source.end > self.available.end:
            raise ValueError(f"{self.clip}: the source range lies outside the media")

    @property
    def take(self) -> Take:
        """The first line's take, for what needs just one."""
        return self.lines[0].take

    @property
    def face(self) -> FaceChoice | None:
        """The first line's face, for what needs just one."""
        return self.lines[0].face

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
        conform = {} if self.conform is None else {"conform": self.conform.to_json()}
        return conform | {
            "name": self.name,
            "clip": self.clip,
            "record": self.record.to_json(),
            "plate": str(self.plate),
            "source": self.source.to_json(),
            "available": self.available.to_json(),
            "lines": [line.to_json() for line in self.lines],
            "handles": list(self.handles),
            "fit": self.fit,
            "drop": self.drop,
            "ranges": [setting.to_json() for setting in self.ranges],
            "lip_offset": self.lip_offset,
            "keep_expression": self.keep_expression,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Shot:
        """Read what `to_json` wrote; before 0.2.0 a shot had one take and one face."""
        lines = value.get("lines") or [{"take": value["take"], "face": value["face"]}]
        return cls(
            value["name"],
            value["clip"],
            FrameRange.from_json(value["record"]),
            Path(value["plate"]),
            FrameRange.from_json(value["source"]),
            FrameRange.from_json(value["available"]),
            tuple(Line.from_json(line) for line in lines),
            (value["handles"][0], value["handles"][1]),
            value["fit"],
            value["drop"],
            tuple(RangeSetting.from_json(setting) for setting in value.get("ranges", ())),
            value.get("lip_offset", 0),
            value.get("keep_expression", 0.0),
            Conform.from_json(value["conform"]) if "conform" in value else None,
        )

    @property
    def id(self) -> str:
        """12 hex digits of SHA-256 over the canonical JSON: the same shot is the same job on any
        machine.
        """
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of one line: figures of its lip sync, and "before", "after" -> why there are none."""

    sync: dict[str, float] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dub:
    """What was delivered for a shot: the comp's file, its frames in the plate's own time, and how
    it was made.

    `dubbed`: the runs of frames that were changed, in the plate's own time; None: an older file
    that does not say. `sync`: figures of the lip sync (render/sync_score.py); `unjudged`: "before",
    "after" -> why there are none. `kept`: the runs that are the plate's own, and why; together with
    `dubbed` they are all of `available`. Empty in older files. `renderer`: the one that was used,
    where the engine has several. `media_digest`: SHA-256 of the comp; `made`: when, ISO 8601 UTC.
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
    renderer: str = ""
    origin: Origin | None = None
    media_digest: str = ""
    made: str = ""
    lines: tuple[LineResult, ...] = ()  # of each of the shot's lines; `sync` is the first one's
    notes: tuple[str, ...] = ()  # what was told before rendering

    def is_dubbed(self, frame: int) -> bool | None:
        """Return whether a frame, in the plate's own time, was changed; None where that is not
        known.
        """
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
            "renderer": self.renderer,
            "origin": None if self.origin is None else self.origin.to_json(),
            "media_digest": self.media_digest,
            "made": self.made,
            "lines": [{"sync": line.sync, "unjudged": line.unjudged} for line in self.lines],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Dub:
        """Read what `to_json` wrote."""
        rest = {
            k: value[k]
            for k in ("start_timecode", "engine", "weights", "frames_dubbed", "frames_kept", "sync")
        }
        spans = value.get("dubbed")  # not in files of before 2026-11-22
        origin = value.get("origin")  # nor this, before 0.2.0
        return cls(
            shot=Shot.from_json(value["shot"]),
            media=Path(value["media"]),
            available=FrameRange.from_json(value["available"]),
            unjudged=value.get("unjudged", {}),
            dubbed=None if spans is None else tuple(FrameRange.from_json(span) for span in spans),
            kept=tuple(Kept.from_json(run) for run in value.get("kept", ())),
            renderer=value.get("renderer", ""),
            origin=None if origin is None else Origin.from_json(origin),
            media_digest=value.get("media_digest", ""),
            made=value.get("made", ""),
            lines=tuple(LineResult(**line) for line in value.get("lines", ())),
            notes=tuple(value.get("notes", ())),
            **rest,
        )
