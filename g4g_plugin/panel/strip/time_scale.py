"""Frames to pixels and back: where the strip is scrolled and how far it is zoomed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from g4g_plugin.core.time import can_drop, frames_of_timecode, timecode

CLOSEST_ZOOM = 40.0  # pixels a frame: a frame's number fits in
# Between ruler marks, where they divide the second
FRAME_STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)
SECOND_STEPS = (
    1,
    2,
    5,
    10,
    15,
    30,
    *(60 * minutes for minutes in (1, 2, 5, 10, 20, 30, 60, 120, 360)),
)
LABEL_WIDTH = 110  # pixels a timecode needs, with room beside it


@dataclass(frozen=True, slots=True)
class TimeScale:
    """first: the frame at the left edge (may be fractional); per_frame: pixels a frame."""

    first: float = 0.0
    per_frame: float = 1.0

    def x(self, frame: float) -> float:
        """Return the pixel of a frame's left edge."""
        return (frame - self.first) * self.per_frame

    def frame(self, x: float) -> float:
        """Return the frame under a pixel."""
        return self.first + x / self.per_frame

    def zoomed(self, factor: float, x: float, least: float) -> TimeScale:
        """Zoom so that the frame under `x` stays there; never wider than `least` pixels a frame.

        Args:
            factor: above 1 shows less.
            x: the pixel whose frame stays.
            least: pixels a frame has at least.
        """
        per_frame = min(max(self.per_frame * factor, least), CLOSEST_ZOOM)
        return TimeScale(self.frame(x) - x / per_frame, per_frame)

    def scrolled(self, pixels: float) -> TimeScale:
        """Move by pixels."""
        return replace(self, first=self.first + pixels / self.per_frame)

    def bounded(self, start: int, end: int, width: int) -> TimeScale:
        """Keep the content in view: never scrolled past its ends.

        Args:
            start: first frame.
            end: the frame after the last.
            width: pixels.
        """
        room = width / self.per_frame
        return replace(self, first=max(float(start), min(self.first, end - room)))


def fitted(start: int, end: int, width: int) -> TimeScale:
    """Return the scale that shows all frames.

    Args:
        start: first frame.
        end: the frame after the last.
        width: pixels.
    """
    return TimeScale(float(start), min(max(width, 1) / max(end - start, 1), CLOSEST_ZOOM))


def ruler_step(scale: TimeScale, rate: Fraction) -> int:
    """Return how many frames lie between two labelled marks; whole seconds where there is no room
    for frames.
    """
    second = round(rate)
    steps = [frames for frames in FRAME_STEPS if frames < second and second % frames == 0]
    steps += [second * seconds for seconds in SECOND_STEPS]
    return next((step for step in steps if step * scale.per_frame >= LABEL_WIDTH), steps[-1])


def label_frames(
    scale: TimeScale, width: float, rate: Fraction, drop: bool
) -> Iterator[tuple[int, str]]:
    """Yield (frame, timecode) of the ruler's marks, one before the left edge to the right edge.

    Marks stand at round timecodes. Where drop-frame skips one (00:01:00;00), the mark stands at the
    next that exists.

    Args:
        scale: of the strip.
        width: pixels.
        rate: frames per second.
        drop: whether it is drop-frame.
    """
    step, base = ruler_step(scale, rate), round(rate)
    drop = drop and can_drop(rate)
    number = _number(timecode(max(int(scale.first), 0), rate, drop), base) // step * step
    last = -1
    while True:
        seconds, rest = divmod(number, base)
        text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{';' if drop else ':'}{rest:02d}"
        frame = frames_of_timecode(text, rate)
        if drop and timecode(frame, rate, drop) != text:
            frame += base // 15 - rest  # the numbers 00 and 01 do not exist here (at 60: 00 to 03)
        if scale.x(frame) >= width:
            return
        if frame > last:
            yield frame, timecode(frame, rate, drop)
        last, number = frame, number + step


def _number(text: str, base: int) -> int:
    hours, minutes, seconds, frames = (int(part) for part in text.replace(";", ":").split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * base + frames


def visible(starts: list[int], ends: list[int], first: float, last: float) -> range:
    """Return the indices of clips that touch some frames.

    Args:
        starts: first frames of the clips, sorted, not overlapping.
        ends: the frames after their last.
        first: frame.
        last: frame.
    """
    return range(bisect_right(ends, first), bisect_left(starts, last))
