"""Why a frame was delivered as the plate's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import tr

KeptReason = Literal[
    "no-face",  # the face to dub was not found in the frame
    "covered",  # something lies before the mouth
    "drawn-face",  # a drawing or CG, which is not dubbed
    "unsure-person",  # it is not certain whose face this is
    "bad-patch",  # the engine's picture was black, blown, no number, or unlike its surroundings
    "asked",  # the editor set a range that keeps the plate
    "no-patch",  # the engine gave nothing for the frame, or nothing that changes it
]

IN_WORDS: dict[KeptReason, str] = {
    "no-face": tr("no face found"),
    "covered": tr("mouth covered"),
    "drawn-face": tr("drawn face"),
    "unsure-person": tr("not certain whose face it is"),
    "bad-patch": tr("unusable picture from the engine"),
    "asked": tr("kept as asked"),
    "no-patch": tr("nothing to change"),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A run of frames that were delivered as the plate's own, in the plate's own time, and why."""

    reason: KeptReason
    frames: FrameRange

    def __post_init__(self) -> None:
        if self.reason not in get_args(KeptReason):
            raise ValueError(f"{self.reason!r} is no reason to keep a frame")

    @property
    def words(self) -> str:
        """The reason in words: "mouth covered"."""
        return IN_WORDS[self.reason]


def kept_runs(reasons: Mapping[int, KeptReason], rate: Fraction) -> tuple[Kept, ...]:
    """Gather frames (frame in the plate's own time -> reason) into runs of one reason, ascending."""
    runs: list[tuple[KeptReason, int, int]] = []
    for frame in sorted(reasons):
        reason = reasons[frame]
        if runs and runs[-1][0] == reason and runs[-1][2] == frame:
            runs[-1] = (reason, runs[-1][1], frame + 1)
        else:
            runs.append((reason, frame, frame + 1))
    return tuple(Kept(reason, FrameRange(first, end - first, rate)) for reason, first, end in runs)


def kept_counts(kept: Iterable[Kept]) -> dict[KeptReason, int]:
    """Return how many frames were kept for each reason, in the order of `KeptReason`."""
    counts = dict.fromkeys(IN_WORDS, 0)
    for run in kept:
        counts[run.reason] += run.frames.count
    return {reason: count for reason, count in counts.items() if count}
