"""Frames to pixels and back: where the strip is scrolled and how far it is zoomed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction

MOST = 40.0  # pixels a frame at the closest zoom
STEPS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1500, 3000, 7500, 15000, 45000, 90000)  # frames between ruler marks
LABEL = 110  # pixels a timecode label needs


@dataclass(frozen=True, slots=True)
class Scale:
    """first: the frame at the left edge (may be fractional); per_frame: pixels a frame."""

    first: float = 0.0
    per_frame: float = 1.0

    def x(self, frame: float) -> float:
        """Return the pixel of a frame's left edge."""
        return (frame - self.first) * self.per_frame

    def frame(self, x: float) -> float:
        """Return the frame under a pixel."""
        return self.first + x / self.per_frame

    def zoomed(self, factor: float, x: float, least: float) -> Scale:
        """Zoom so that the frame under `x` stays there; never wider than `least` pixels a frame."""
        per_frame = min(max(self.per_frame * factor, least), MOST)
        return Scale(self.frame(x) - x / per_frame, per_frame)

    def scrolled(self, pixels: float) -> Scale:
        """Move by pixels."""
        return replace(self, first=self.first + pixels / self.per_frame)

    def held(self, start: int, end: int, width: int) -> Scale:
        """Keep the content in view: never scrolled past `start` .. `end` frames in `width` pixels."""
        room = width / self.per_frame
        return replace(self, first=max(float(start), min(self.first, end - room)))


def fitted(start: int, end: int, width: int) -> Scale:
    """Return the scale that shows all frames from `start` to `end` in `width` pixels."""
    return Scale(float(start), min(max(width, 1) / max(end - start, 1), MOST))


def ruler_step(scale: Scale, rate: Fraction) -> int:
    """Return how many frames lie between two labelled marks; whole seconds where there is no room for frames."""
    second = round(rate)
    steps = sorted(
        {
            *STEPS,
            second,
            2 * second,
            5 * second,
            10 * second,
            30 * second,
            *(60 * second * n for n in (1, 2, 5, 10, 30, 60)),
        }
    )
    fine = [step for step in steps if step < second or step % second == 0]
    return next((step for step in fine if step * scale.per_frame >= LABEL), fine[-1])


def seen(starts: list[int], ends: list[int], first: float, last: float) -> range:
    """Return the indices of clips (sorted, not overlapping) that touch the frames `first` .. `last`."""
    return range(bisect_right(ends, first), bisect_left(starts, last))
