"""Cut a few seconds out of a shot, to be looked at before the whole is rendered."""

from __future__ import annotations

from dataclasses import replace

from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.shot import FaceChoice, Shot, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.media.take import probe_take

FIRST_SECONDS = 2  # rendered where no in and out are marked
CODEC = "h264"  # small and quick to look at; the full dub is delivered as asked


def preview_range(source: FrameRange, marks: tuple[int | None, int | None]) -> FrameRange:
    """Return what a preview covers, in the plate's own time: in to out (both inclusive), else the
    first seconds.
    """
    first = source.first if marks[0] is None else min(max(marks[0], source.first), source.end - 1)
    longest = round(FIRST_SECONDS * source.rate) if marks[1] is None else marks[1] - first + 1
    return FrameRange(first, max(1, min(longest, source.end - first)), source.rate)


def preview_shot(shot: Shot, span: FrameRange) -> Shot:
    """Return `shot` cut to `span` (plate time, inside its source range), its take cut alike.

    Raises:
        TakeError: nothing is said in this part.
    """
    skipped = span.first - shot.source.first
    start = shot.take.start + skipped / span.rate
    length = probe_take(shot.take.audio).seconds - start
    if shot.take.length is not None:
        length = min(length, shot.take.length - skipped / span.rate)
    if length <= 0:
        raise TakeError(
            "The take has ended before this part of the shot.",
            "Mark an earlier in point.",
            shot.clip,
        )
    take = Take(
        shot.take.audio, start, min(length, span.seconds), shot.take.channel, shot.take.label
    )
    record = FrameRange(shot.record.first, min(span.count, shot.record.count), shot.record.rate)
    return replace(
        shot,
        name=f"{shot.name}-preview",
        record=record,
        source=span,
        take=take,
        handles=(0, 0),
        fit="pad",
        face=_moved(shot.face, skipped),
    )


def _moved(face: FaceChoice | None, skipped: int) -> FaceChoice | None:
    return None if face is None else FaceChoice(face.x, face.y, (face.frame or 0) - skipped)
