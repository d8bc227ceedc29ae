"""What an editor decides about a shot: lines, ranges, settings; and from what a dub was made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast, get_args

RendererName = Literal["auto", "native", "network"]
Codec = Literal["prores", "ffv1", "dnxhr", "h264", "h265"]
Fit = Literal["exact", "trim", "pad"]
Mouth = Literal["move", "shut", "keep"]
MAX_STRENGTH = 2.0  # twice the mouth that was heard; beyond it lips leave the teeth


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
class Line:
    """One line said in a shot: the take, whose mouth moves, and where in the shot it begins.

    The take's in and out are its own `start` and `length`. `at` is the frame of the shot with which
    the line begins, counted from the first frame of the source range; negative: it began before the
    cut, and its first frames are not heard.
    """

    take: Take
    face: FaceChoice | None = None
    at: int = 0

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "take": self.take.to_json(),
            "face": None if self.face is None else [self.face.x, self.face.y, self.face.frame],
            "at": self.at,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Line:
        """Read what `to_json` wrote."""
        face = value["face"]
        return cls(
            Take.from_json(value["take"]),
            None if face is None else FaceChoice(*face),
            value.get("at", 0),
        )


@dataclass(frozen=True, slots=True)
class RangeSetting:
    """What the mouth does in some frames of a shot: `first` to `last`, both included.

    Frames count from the first frame of the source range (handles before it are negative).
    `mouth`: move it with `strength` in place of the shot's, hold it shut, or keep the plate's own
    picture. The setting fades in over the `ramp` frames before `first` and out over those after
    `last`.
    """

    first: int
    last: int
    mouth: Mouth = "move"
    strength: float = 1.0
    ramp: int = 0

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a range ends at its first frame or later, not {self.last}")
        if self.mouth not in get_args(Mouth):
            raise ValueError(f"mouth is one of {', '.join(get_args(Mouth))}, not {self.mouth!r}")
        if not 0 <= self.strength <= MAX_STRENGTH:
            raise ValueError(f"strength is 0 to {MAX_STRENGTH:g}, not {self.strength}")
        if self.ramp < 0:
            raise ValueError(f"a ramp lasts 0 frames or more, not {self.ramp}")

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "first": self.first,
            "last": self.last,
            "mouth": self.mouth,
            "strength": self.strength,
            "ramp": self.ramp,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RangeSetting:
        """Read what `to_json` wrote."""
        mouth = cast("Mouth", value["mouth"])
        return cls(value["first"], value["last"], mouth, value["strength"], value["ramp"])


@dataclass(frozen=True, slots=True)
class ShotSettings:
    """What is asked for one shot beside its lines and ranges.

    `lip_offset`: frames the lips move later than the sound; `handles`: frames delivered beyond each
    end; `keep_expression`: how much of the plate's own expression stays, 0 to 1; `adapt`: use what
    `g4g adapt` learned of the person; `weights`: a file in place of the installed ones.
    """

    engine: str = "g4g"
    renderer: RendererName = "auto"
    strength: float = 1.0
    lip_offset: int = 0
    fit: Fit = "exact"
    codec: Codec = "prores"
    handles: int = 0
    keep_expression: float = 0.8
    adapt: bool = False
    weights: Path | None = None

    def __post_init__(self) -> None:
        for name, kind in (("renderer", RendererName), ("fit", Fit), ("codec", Codec)):
            if getattr(self, name) not in get_args(kind):
                known = ", ".join(get_args(kind))
                raise ValueError(f"{name} is one of {known}, not {getattr(self, name)!r}")
        if not 0 <= self.strength <= MAX_STRENGTH:
            raise ValueError(f"strength is 0 to {MAX_STRENGTH:g}, not {self.strength}")
        if not 0 <= self.keep_expression <= 1:
            raise ValueError(f"keep_expression is 0 to 1, not {self.keep_expression}")
        if self.handles < 0:
            raise ValueError(f"handles are counted in frames from 0, not {self.handles}")

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"weights": None if self.weights is None else str(self.weights)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> ShotSettings:
        """Read what `to_json` wrote; what an older file does not say has its default."""
        known = {field.name: value[field.name] for field in fields(cls) if field.name in value}
        if known.get("weights") is not None:
            known["weights"] = Path(known["weights"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Origin:
    """From what a dub was made: all that is needed to make it again, and to see that it would
    differ.

    `plate`: digest by size, frame count and sixteen blocks; `takes`: SHA-256 of each line's file.
    """

    settings: ShotSettings
    plate: str
    takes: tuple[str, ...]
    software: str
    adaptation: str | None = None  # SHA-256 of the adaptation used

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "settings": self.settings.to_json(),
            "plate": self.plate,
            "takes": list(self.takes),
            "software": self.software,
            "adaptation": self.adaptation,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Origin:
        """Read what `to_json` wrote."""
        settings = ShotSettings.from_json(value["settings"])
        takes = tuple(value["takes"])
        return cls(settings, value["plate"], takes, value["software"], value["adaptation"])
