"""Where a clip stands, between no take and a dub that says what is decided."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.job_store import Job, JobRow
from g4g_plugin.project.project import Project
from g4g_plugin.timeline.edit import Slot

ClipState = Literal["blocked", "plain", "take", "queued", "running", "done", "failed", "stale"]


def clip_state(
    slot: Slot, project: Project, row: JobRow | None, refused: bool = False
) -> ClipState:
    """Return where a clip stands.

    Args:
        slot: the clip.
        project: what is decided and was delivered.
        row: its latest job.
        refused: its last plan failed before there was a job.
    """
    if slot.blocked:
        return "blocked"
    if row is not None and row.state in ("queued", "running"):
        return "running" if row.state == "running" else "queued"
    given = project.decisions.get(slot.clip)
    failed = row is not None and row.state == "failed" and asks_for(row.job, given)
    if project.version(slot.clip) is not None:  # what goes out; a retry that failed changes nothing
        return "stale" if project.stale(slot.clip) else "done"
    if refused or failed:
        return "failed"
    return "plain" if given is None else "take"


def asks_for(job: Job, given: Decisions | None) -> bool:
    """Return whether a job was planned from these decisions; a length the plan filled in counts as
    unsaid.
    """
    if given is None or len(given.lines) != len(job.shot.lines):
        return False
    if job.origin is not None and job.origin.settings != given.settings:
        return False
    for planned, line in zip(job.shot.lines, given.lines, strict=True):
        length = planned.take.length if line.take.length is not None else None
        if replace(planned, take=replace(planned.take, length=length)) != line:
            return False
    return job.shot.ranges == given.ranges
