"""What an editor decides about a shot: lines, ranges, settings; and from what a dub was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from g4g_plugin.core.catalogue import ENGINES, renderer_choices
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.controls import check_controls
from g4g_plugin.core.words import tr

Fit = Literal["exact", "trim", "pad"]
Mouth = Literal["move", "shut", "keep", "anyway"]
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
        if self.channel is not None and self.channel < 0:
            raise ValueError(f"channels are counted from 0, not {self.channel}")


class FaceChoice(NamedTuple):  # stored as a list, as it always was
    """The mouth to move: the face nearest to (x, y) in plate pixels at `frame` (None: first frame
    of the shot).
    """

    x: float
    y: float
    frame: int | None = None  # counted from the first frame of the shot's source range

    @classmethod
    def from_text(cls, text: str) -> FaceChoice:
        """Read X,Y or X,Y@FRAME, as the command line takes it.

        Raises:
            ValueError: it is neither.
        """
        point, _, frame = text.partition("@")
        try:
            x, y = (float(number) for number in point.split(","))
            return cls(x, y, int(frame) if frame else None)
        except ValueError as err:
            raise ValueError(f"{text!r} is not X,Y or X,Y@FRAME") from err


@dataclass(frozen=True, slots=True)
class Line:
    """One line said in a shot: the take, whose mouth moves, and where in the shot it begins.

    The take's in and out are its own `start` and `length`. `at` is the frame of the shot with which
    the line begins, counted from the first frame of the source range; negative: it began before the
    cut, and its first frames are not heard. `track` is the audio track of the edit on which the
    line lies already ("A2"); empty: it lies on none yet.
    """

    take: Take
    face: FaceChoice | None = None
    at: int = 0
    track: str = ""


@dataclass(frozen=True, slots=True)
class RangeSetting:
    """What the mouth does in some frames of a shot: `first` to `last`, both included.

    Frames count from the first frame of the source range (handles before it are negative).
    `mouth`: move it with `strength` in place of the shot's, hold it shut, keep the plate's own
    picture, or move it as in the rest of the shot, *anyway*: also where the face is taken for
    covered or drawn. The setting fades in over the `ramp` frames before `first` and out over those
    after `last`.
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


@dataclass(frozen=True, slots=True)
class ShotSettings:
    """What is asked for one shot beside its lines and ranges.

    A field here is all that a new control needs: command line, settings file and panel are derived
    from it (core/controls.py says what `metadata` may hold).
    """

    engine: str = field(
        default="g4g",
        metadata={
            "label": tr("Engine"),
            "help": tr("who moves the mouth"),
            "choices": ENGINES.names,
        },
    )
    renderer: str = field(
        default="auto",
        metadata={
            "label": tr("Renderer"),
            "help": tr("what draws the mouth"),
            "choices": renderer_choices,
        },
    )
    strength: float = field(
        default=1.0,
        metadata={
            "label": tr("Strength of the mouth"),
            "help": tr("how far the mouth moves; 1 is as heard"),
            "least": 0,
            "most": MAX_STRENGTH,
        },
    )
    lip_offset: int = field(
        default=0,
        metadata={
            "label": tr("Lip offset, frames"),
            "help": tr("frames the lips move later than the sound; negative: earlier"),
        },
    )
    fit: Fit = field(
        default="exact",
        metadata={
            "label": tr("Fit"),
            "help": tr("what happens to a line that is too long or too short"),
            "choices": get_args(Fit),
        },
    )
    codec: str = field(
        default="prores",
        metadata={
            "label": tr("Delivery codec"),
            "help": tr("what the dub is delivered in"),
            "choices": CODECS.names,
            "option": "deliver",
        },
    )
    handles: int = field(
        default=0,
        metadata={
            "label": tr("Handles, frames"),
            "help": tr("frames delivered beyond each end"),
            "least": 0,
        },
    )
    keep_expression: float = field(
        default=0.8,
        metadata={
            "label": tr("Keep expression"),
            "help": tr("how much of the plate's own expression stays"),
            "least": 0,
            "most": 1,
        },
    )
    adapt: bool = field(
        default=False,
        metadata={
            "label": tr("Adapt to the person"),
            "help": tr("use what was learned of the people seen"),
        },
    )
    weights: Path | None = field(
        default=None,
        metadata={
            "label": tr("Weights"),
            "help": tr("a file in place of the installed weights"),
        },
    )

    def __post_init__(self) -> None:
        check_controls(self)


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
    weights: str | None = None  # SHA-256 of the file asked for in place of the installed weights
