"""Cut a few seconds out of a shot, to be looked at before the whole is rendered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from g4g_plugin.core.decisions import FaceChoice, Line
from g4g_plugin.core.errors import G4GError, TakeError
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import tr
from g4g_plugin.media.take import probe_take
from g4g_plugin.project.job_store import Job
from g4g_plugin.project.service import Plan

FIRST_SECONDS = 2  # rendered where no in and out are marked
Marks = tuple[int | None, int | None]  # in and out, plate time, both inclusive
PREVIEW_CODEC = "h264"  # small and quick to look at; the full dub is delivered as asked


def preview_range(source: FrameRange, marks: Marks) -> FrameRange:
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
    lines = [_cut(line, skipped, span) for line in shot.lines]
    heard = tuple(line for line in lines if line is not None)
    if not heard:
        raise TakeError(
            "The take has ended before this part of the shot.",
            tr("Mark an earlier in point."),
            shot.clip,
        )
    record = FrameRange(shot.record.first, min(span.count, shot.record.count), shot.record.rate)
    ranges = tuple(replace(r, first=r.first - skipped, last=r.last - skipped) for r in shot.ranges)
    return replace(
        shot,
        name=f"{shot.name}-preview",
        record=record,
        source=span,
        lines=heard,
        handles=(0, 0),
        fit="pad",
        ranges=ranges,
    )


def _cut(line: Line, skipped: int, span: FrameRange) -> Line | None:
    """Return the part of a line that is heard in `span`; None where there is none."""
    begins = line.at - skipped
    late = max(0, -begins) / span.rate
    start = line.take.start + late
    length = probe_take(line.take.audio).seconds - start
    if line.take.length is not None:
        length = min(length, line.take.length - late)
    room = span.seconds - max(0, begins) / span.rate
    if min(length, room) <= 0:
        return None
    take = replace(line.take, start=start, length=min(length, room))
    return Line(take, _moved(line.face, skipped), max(0, begins))


def _moved(face: FaceChoice | None, skipped: int) -> FaceChoice | None:
    return None if face is None else FaceChoice(face.x, face.y, (face.frame or 0) - skipped)


def preview_plan(plan: Plan, marks: Marks, folder: Path) -> Plan:
    """Return a plan of what lies between the marks, else of the first seconds, as small files.

    Args:
        plan: of the whole shots.
        marks: in and out, plate time.
        folder: where previews lie.
    """
    jobs: list[Job] = []
    refused = dict(plan.refused)
    for job in plan.jobs:
        try:
            shot = preview_shot(job.shot, preview_range(job.shot.source, marks))
        except G4GError as error:
            refused[job.shot.clip] = error
        else:
            jobs.append(Job(shot, folder, job.engine, job.options, PREVIEW_CODEC))
    return Plan(tuple(jobs), refused)
