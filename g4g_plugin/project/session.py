"""What a person has decided about one timeline: takes, faces, versions. Saved after every change,
beside no media.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from g4g_plugin.core.errors import FarmError, TimelineError
from g4g_plugin.core.settings import config_dir
from g4g_plugin.core.shot import Dub, FaceChoice, Fit, Take
from g4g_plugin.core.words import tr
from g4g_plugin.project.job_store import JobRow
from g4g_plugin.project.project import Project, made_by, open_project
from g4g_plugin.timeline.edit import Slot

ClipState = Literal["blocked", "plain", "take", "queued", "running", "done", "failed", "stale"]
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one clip is to say: the take, how it is fitted, whose mouth moves."""

    take: Take
    fit: Fit = "exact"
    face: FaceChoice | None = None

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        face = None if self.face is None else [self.face.x, self.face.y, self.face.frame]
        return {"take": self.take.to_json(), "fit": self.fit, "face": face}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Assignment:
        """Read what `to_json` wrote."""
        face = value["face"]
        return cls(
            Take.from_json(value["take"]), value["fit"], None if face is None else FaceChoice(*face)
        )


Changes = Mapping[str, Assignment | None]  # clip -> what it says now; None: nothing


@dataclass(frozen=True, slots=True)
class Session:
    """All decisions about one timeline. `chosen` is the index of the version in use; -1: the
    original picture.

    `jobs` are the ids this timeline has put into the store (which serves several timelines), with
    what was asked of each; `asked` says the same of each version, by its file. A shot's own take
    may be worded more exactly.
    """

    timeline: Path
    out: Path
    assignments: dict[str, Assignment] = field(default_factory=dict)
    versions: dict[str, tuple[Dub, ...]] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, Assignment] = field(default_factory=dict)
    asked: dict[str, Assignment] = field(default_factory=dict)

    def assign(self, changes: Changes) -> Session:
        """Give clips other takes, or none."""
        merged = {**self.assignments, **changes}
        return replace(
            self, assignments={clip: given for clip, given in merged.items() if given is not None}
        )

    def before(self, changes: Changes) -> dict[str, Assignment | None]:
        """Return what would undo `changes`."""
        return {clip: self.assignments.get(clip) for clip in changes}

    def deliver(self, dub: Dub, job: str = "") -> Session:
        """Stack a finished dub on its clip's versions and use it; one that is known already is only
        used.
        """
        clip = dub.shot.clip
        if job in self.jobs:
            self = replace(self, asked={**self.asked, str(dub.media): self.jobs[job]})
        stack = self.versions.get(clip, ())
        known = [version.media for version in stack]
        if dub.media in known:
            return self.choose(clip, known.index(dub.media))
        session = replace(self, versions={**self.versions, clip: (*stack, dub)})
        return session.choose(clip, len(stack))

    def choose(self, clip: str, index: int) -> Session:
        """Use version `index` of a clip; -1 gives the original picture back."""
        if not -1 <= index < len(self.versions.get(clip, ())):
            raise IndexError(f"{clip} has no version {index}")
        return replace(self, chosen={**self.chosen, clip: index})

    def drop(self, clip: str, index: int) -> Session:
        """Forget version `index` of a clip (its file stays); the version before it is used where it
        was in use.
        """
        stack = list(self.versions[clip])
        del stack[index]
        session = replace(self, versions={**self.versions, clip: tuple(stack)})
        used = self.chosen.get(clip, -1)
        return session.choose(clip, used - 1 if used >= index else used)

    def with_jobs(self, jobs: Mapping[str, Assignment]) -> Session:
        """Remember that these jobs belong to this timeline, and what was asked of each."""
        return replace(self, jobs={**self.jobs, **jobs})

    def version(self, clip: str) -> Dub | None:
        """Return the dub in use for a clip, None where it shows the original."""
        stack = self.versions.get(clip, ())
        index = self.chosen.get(clip, -1)
        return stack[index] if 0 <= index < len(stack) else None

    def dubs(self) -> list[Dub]:
        """Return every dub in use, for an export."""
        found = [self.version(clip) for clip in self.versions]
        return [dub for dub in found if dub is not None]

    def stale(self, clip: str) -> bool:
        """Return whether the version in use says something else than what is assigned now."""
        dub, given = self.version(clip), self.assignments.get(clip)
        if dub is None or given is None:
            return False
        return self.asked.get(str(dub.media), given) != given

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "schema": SCHEMA,
            "timeline": str(self.timeline),
            "out": str(self.out),
            "assignments": {clip: given.to_json() for clip, given in self.assignments.items()},
            "versions": {
                clip: [dub.to_json() for dub in stack] for clip, stack in self.versions.items()
            },
            "chosen": self.chosen,
            "jobs": {job: given.to_json() for job, given in self.jobs.items()},
            "asked": {media: given.to_json() for media, given in self.asked.items()},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Session:
        """Read what `to_json` wrote."""
        return cls(
            Path(value["timeline"]),
            Path(value["out"]),
            {clip: Assignment.from_json(given) for clip, given in value["assignments"].items()},
            {
                clip: tuple(Dub.from_json(dub) for dub in stack)
                for clip, stack in value["versions"].items()
            },
            dict(value["chosen"]),
            {job: Assignment.from_json(given) for job, given in value["jobs"].items()},
            {media: Assignment.from_json(given) for media, given in value["asked"].items()},
        )


def state_of(slot: Slot, session: Session, row: JobRow | None, refused: bool = False) -> ClipState:
    """Say where a clip stands. row: its latest job; refused: its last plan failed before there was
    a job.
    """
    if slot.blocked:
        return "blocked"
    if row is not None and row.state in ("queued", "running"):
        return "running" if row.state == "running" else "queued"
    given = session.assignments.get(slot.clip)
    if refused or (
        row is not None and row.state == "failed" and session.jobs.get(row.job.id) == given
    ):
        return "failed"
    if session.version(slot.clip) is not None:
        return "stale" if session.stale(slot.clip) else "done"
    return "plain" if given is None else "take"


def session_file(timeline: Path) -> Path:
    """Return where the decisions about a timeline are kept: the user's own folder, one file a
    timeline.
    """
    name = hashlib.sha256(str(timeline.resolve()).encode()).hexdigest()[:16]
    return config_dir() / "sessions" / f"{timeline.stem[:40]}-{name}.json"


def load_session(timeline: Path, out: Path) -> Session:
    """Return what was decided about a timeline, and every version its project holds.

    An empty session delivering into `out` where nothing was decided.

    Raises:
        FarmError: the file is damaged or was written by a newer version.
    """
    session = _own_session(timeline, out)
    known = session_file(timeline).is_file()
    try:
        _, project = open_project(timeline, session.out if known else None)
    except TimelineError:  # the project there is that of another cut: nothing of it is used
        return session
    return with_versions(replace(session, out=project.out), project)


def with_versions(session: Session, project: Project) -> Session:
    """Return the session with what stands in the project and it does not know: versions, which of
    them plays, and what clips say of which it says nothing.
    """
    for clip, stack in project.versions.items():
        known = {dub.media for dub in session.versions.get(clip, ())}
        new = [version for version in stack if version.media not in known]
        used = project.version(clip)
        for version in new:
            now = project.decisions.get(clip)
            given = now if now is not None and made_by(version, now) else version.decisions
            asked = Assignment(given.take, given.fit, given.face)
            session = session.deliver(version.dub)
            session = replace(session, asked={**session.asked, str(version.media): asked})
        if new and len(new) == len(session.versions[clip]):
            index = -1 if used is None else list(stack).index(used)
            session = session.choose(clip, index)
    decided = {
        clip: Assignment(given.take, given.fit, given.face)
        for clip, given in project.decisions.items()
        if clip not in session.assignments
    }
    return session.assign(decided)


def _own_session(timeline: Path, out: Path) -> Session:
    path = session_file(timeline)
    if not path.is_file():
        return Session(timeline, out)
    try:
        value = json.loads(path.read_text("utf-8"))
        if value["schema"] > SCHEMA:
            raise FarmError(
                "The session {path} was written by a newer G4G.",
                tr("Update G4G, or move the file away."),
                path=path,
            )
        return Session.from_json(value)
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise FarmError(
            "The session {path} cannot be read: {err}.",
            tr("Move the file away to start anew."),
            path=path,
            err=err,
        ) from err


def save_session(session: Session) -> Path:
    """Write a session so that a crash leaves the old one or the new one, never half; returns the
    file.

    Raises:
        FarmError: the file cannot be written.
    """
    path = session_file(session.timeline)
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as file:
            json.dump(session.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as err:
        raise FarmError(
            "The session cannot be saved to {path}: {err}.",
            tr("Free some disk space."),
            path=path,
            err=err,
        ) from err
    return path
