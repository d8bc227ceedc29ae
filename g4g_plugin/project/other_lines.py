"""A dub upon a dub: which lines of a clip stay when another one is said in it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from g4g_plugin.core.decisions import Line
from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Shot
from g4g_plugin.faces.follow import follow_everyone, followed
from g4g_plugin.media.plate import FilePlate, open_plate
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.planning import clip_shot
from g4g_plugin.project.project import Project, made_by
from g4g_plugin.render.lines import same_mouth
from g4g_plugin.render.speaker import default_speaker
from g4g_plugin.timeline.edit import Slot


def with_other_lines(
    project: Project, slot: Slot, asked: Decisions, cache: Path | None
) -> Decisions:
    """Return what is asked for a clip, beside the lines that other mouths say in it already.

    A line of the same mouth is replaced. Two faces are told apart by looking at the plate, which
    costs little where it was dubbed before: what was seen is kept.

    Args:
        project: says which lines are in use.
        slot: the clip.
        asked: its new lines, its settings and ranges.
        cache: folder of what was seen of faces.

    Raises:
        G4GError: the plate cannot be used.
    """
    before = _in_use(project, slot.clip)
    faces = {line.face for line in asked.lines}
    others = [line for line in before.lines if line.face not in faces] if before else []
    if before is None or not others:
        return asked
    shot = clip_shot(slot, asked)
    with closing(open_plate(shot.plate, shot.conform)) as plate:
        new = [_track(shot, line, plate, cache) for line in asked.lines]
        kept = [line for line in others if _is_other(_track(shot, line, plate, cache), new)]
    if not kept:
        return asked
    return replace(asked, lines=(*kept, *asked.lines), ranges=asked.ranges or before.ranges)


def _in_use(project: Project, clip: str) -> Decisions | None:
    """Return what is decided and plays: of a version its own lines, of which the plan has settled
    how long each is heard; None where the clip shows its original again.
    """
    given, version = project.decisions.get(clip), project.version(clip)
    if version is None:
        return None if project.versions.get(clip) else given
    return given if given is not None and not made_by(version, given) else version.decisions


def _is_other(track: FaceTrack | None, new: Sequence[FaceTrack | None]) -> bool:
    """Return whether a line's mouth is none of the new lines'."""
    if track is None:
        return False
    return not any(other is None or same_mouth(track, other) for other in new)


def _track(shot: Shot, line: Line, plate: FilePlate, cache: Path | None) -> FaceTrack | None:
    """Return the face that says a line; None where none is seen."""
    first = shot.deliver.first - shot.available.first
    end = min(first + shot.deliver.count, plate.facts.count)
    try:
        if line.face is None:
            return default_speaker(shot, follow_everyone(plate, first, end, SILENT, cache))[0].track
        start = shot.first_index
        return followed(plate, first, end, line.face, SILENT, cache, start).track
    except FaceError:
        return None
