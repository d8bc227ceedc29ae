"""What is to be dubbed, with what, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from g4g_plugin.core.assessment import Assessment, ChosenFace
from g4g_plugin.core.conversion import content_id
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

    @property
    def id(self) -> str:
        """12 hex digits of SHA-256 over the canonical JSON: the same shot is the same job on any
        machine.
        """
        return content_id(self)

    @classmethod
    def upgraded(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a stored shot in its present form; before 0.2.0 it had one take and one face."""
        if "lines" in value or "take" not in value:
            return value
        line = {"take": value["take"], "face": value.get("face")}
        return {k: v for k, v in value.items() if k not in line} | {"lines": [line]}


@dataclass(frozen=True, slots=True)
class LineResult:
    """What came of one line: figures of its lip sync, and "before", "after" -> why there are none;
    whose mouth says it.
    """

    sync: dict[str, float] = field(default_factory=dict)
    unjudged: dict[str, str] = field(default_factory=dict)
    face: ChosenFace | None = None


@dataclass(frozen=True, slots=True)
class Dub:
    """What was delivered for a shot: the comp's file, its frames in the plate's own time, and how
    it was made.

    `dubbed`: the runs of frames that were changed, in the plate's own time; None: an older file
    that does not say. `sync`: figures of the lip sync (render/sync_score.py); `unjudged`: "before",
    "after" -> why there are none. `kept`: the runs that are the plate's own, and why; together with
    `dubbed` they are all of `available`. Empty in older files. `renderer`: the one that was used,
    where the engine has several. `media_digest`: SHA-256 of the comp; `made`: when, ISO 8601 UTC.
    `assessment`: the word about it, with reasons; None: an older file, or an engine that moves no
    mouth.
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
    assessment: Assessment | None = None

    def is_dubbed(self, frame: int) -> bool | None:
        """Return whether a frame, in the plate's own time, was changed; None where that is not
        known.
        """
        if self.dubbed is None:
            return None
        return any(span.first <= frame < span.end for span in self.dubbed)
