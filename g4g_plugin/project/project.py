"""A project: the timeline that was opened, what is decided about its clips, and their versions.

The `.g4g.otio` in the delivery folder is the project. What is decided and not delivered yet stands
in a journal and is merged over it here; there is no third place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.project.decisions import Changes, Decisions
from g4g_plugin.project.journal import Journal, drop_journal, load_journal, save_journal
from g4g_plugin.project.versions import ClipRecord, Version, read_record, versions_of
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import ClipChange

DUBS_FOLDER = "g4g-dubs"  # beside the timeline, where no other folder was chosen


@dataclass(frozen=True, slots=True)
class Project:
    """All decisions about one timeline, and what was delivered. Every change makes another Project.

    `out` is the folder of the deliveries and of the project file. `chosen` is the index of the
    version in use; -1: the original picture. `problems`: sentences on what was damaged. `delivered`
    is what stands in the project file: what differs from it goes into the journal.
    """

    timeline: Path
    out: Path
    decisions: dict[str, Decisions] = field(default_factory=dict)
    versions: dict[str, tuple[Version, ...]] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    delivered: Project | None = None
    loose: tuple[Dub, ...] = ()
    journaled: bool = True  # False: the journal beside the timeline is that of another folder

    def assign(self, changes: Changes) -> Project:
        """Decide otherwise about clips; None takes a decision back."""
        merged = {**self.decisions, **changes}
        return replace(self, decisions={c: given for c, given in merged.items() if given})

    def before(self, changes: Changes) -> dict[str, Decisions | None]:
        """Return what would undo `changes`."""
        return {clip: self.decisions.get(clip) for clip in changes}

    def choose(self, clip: str, index: int) -> Project:
        """Use version `index` of a clip; -1 gives the original picture back."""
        if not -1 <= index < len(self.versions.get(clip, ())):
            raise IndexError(f"{clip} has no version {index}")
        return replace(self, chosen={**self.chosen, clip: index})

    def drop(self, clip: str, index: int) -> Project:
        """Forget version `index` of a clip (its file stays); the one before it is used where it was
        in use.
        """
        stack = list(self.versions[clip])
        del stack[index]
        project = replace(self, versions={**self.versions, clip: tuple(stack)})
        used = self.chosen.get(clip, -1)
        return project.choose(clip, used - 1 if used >= index else used)

    def judge(self, clip: str, index: int, verdict: str) -> Project:
        """Keep what the editor says of a version; empty takes it back."""
        stack = list(self.versions[clip])
        stack[index] = replace(stack[index], verdict=verdict)
        return replace(self, versions={**self.versions, clip: tuple(stack)})

    def version(self, clip: str) -> Version | None:
        """Return the version in use for a clip, None where it shows the original."""
        stack = self.versions.get(clip, ())
        index = self.chosen.get(clip, -1)
        return stack[index] if 0 <= index < len(stack) else None

    def stale(self, clip: str) -> bool:
        """Return whether the version in use says something else than what is decided now."""
        version, given = self.version(clip), self.decisions.get(clip)
        return version is not None and given is not None and not made_by(version, given)

    def journal(self) -> Journal:
        """Return what differs from the project file."""
        before = self.delivered or Project(self.timeline, self.out)
        clips = {*self.decisions, *before.decisions}
        decisions = {
            clip: self.decisions.get(clip)
            for clip in clips
            if self.decisions.get(clip) != before.decisions.get(clip)
        }
        chosen, dropped, verdicts = {}, {}, {}
        for clip in {*self.versions, *before.versions}:
            now, then = _keys(self, clip), _keys(before, clip)
            if gone := tuple(key for key in then if key not in now):
                dropped[clip] = gone
            if (key := _used(self, clip)) != _used(before, clip):
                chosen[clip] = key
            said = {v.key: v.verdict for v in self.versions.get(clip, ())}
            old = {v.key: v.verdict for v in before.versions.get(clip, ())}
            if changed := {key: text for key, text in said.items() if text != old.get(key, "")}:
                verdicts[clip] = changed
        out = None if self.out == default_out(self.timeline) else self.out
        return Journal(out, decisions, chosen, dropped, verdicts, self.loose)


def made_by(version: Version, given: Decisions) -> bool:
    """Return whether a version was made by these decisions; a length the plan filled in counts as
    unsaid.
    """
    made = version.decisions
    lines = []
    for line, asked in zip(made.lines, given.lines, strict=False):
        unsaid = asked.take.length is None
        lines.append(replace(line, take=replace(line.take, length=None)) if unsaid else line)
    alike = (tuple(lines), made.ranges) == (given.lines, given.ranges)
    old = version.dub.origin is None  # before 0.2.0 a version did not say how it was asked for
    return alike and (made.fit == given.fit if old else made.settings == given.settings)


def _keys(project: Project, clip: str) -> list[str]:
    return [version.key for version in project.versions.get(clip, ())]


def _used(project: Project, clip: str) -> str:
    version = project.version(clip)
    return "" if version is None else version.key


def default_out(timeline: Path) -> Path:
    """Return where a timeline's dubs go when nothing else is said: beside it; a project's into its
    own folder.
    """
    ours = timeline.name.endswith((".g4g.otio", ".dubbed.otio"))
    return timeline.parent if ours else timeline.parent / DUBS_FOLDER


def open_project(
    timeline: Path, out: Path | None = None, path_map: Mapping[str, str] | None = None
) -> tuple[Edit, Project]:
    """Open a timeline or a `.g4g.otio`, with all that is decided about it and was delivered.

    Where the delivery folder holds the timeline's project already, that is gone on with.

    Args:
        timeline: the file to open.
        out: the delivery folder; None: the one used before, else the default one.
        path_map: leading folders to swap in media paths.

    Raises:
        TimelineError: unreadable, or the project there is of another version of the timeline.
        FarmError: the journal was written by a newer G4G.
    """
    timeline = timeline.absolute()
    journal, damaged = load_journal(timeline)
    usual = journal.out or default_out(timeline)
    folder = (out or usual).absolute()
    journaled = folder == usual.absolute()
    edit = open_edit(timeline, folder, path_map)
    records = {slot.clip: read_record(edit, slot) for slot in edit.slots}
    problems = (*damaged, *(text for record in records.values() for text in record.problems))
    delivered = _delivered(timeline, folder, records)
    project = replace(delivered, problems=problems, delivered=delivered, journaled=journaled)
    return edit, _merged(project, journal) if journaled else project


def _delivered(timeline: Path, out: Path, records: Mapping[str, ClipRecord]) -> Project:
    decisions = {c: r.decisions for c, r in records.items() if r.decisions is not None}
    versions = versions_of(records)
    chosen = {clip: records[clip].chosen for clip in versions}
    return Project(timeline, out, decisions, versions, chosen)


def _merged(project: Project, journal: Journal) -> Project:
    """Lay a journal over what the project file says."""
    known = {v.media for stack in project.versions.values() for v in stack}
    loose = tuple(dub for dub in journal.loose if dub.media not in known)
    project = replace(project.assign(journal.decisions), loose=loose)
    for clip, keys in journal.dropped.items():
        for key in keys:
            if key in (here := _keys(project, clip)):
                project = project.drop(clip, here.index(key))
    for clip, said in journal.verdicts.items():
        for key, text in said.items():
            if key in (here := _keys(project, clip)):
                project = project.judge(clip, here.index(key), text)
    for clip, key in journal.chosen.items():
        here = _keys(project, clip)
        if key in here or not key:
            project = project.choose(clip, here.index(key) if key else -1)
    return project


def open_edit(timeline: Path, out: Path, path_map: Mapping[str, str] | None = None) -> Edit:
    """Open a timeline; where `out` holds its project already, that one.

    Args:
        timeline: the file to open.
        out: the delivery folder.
        path_map: leading folders to swap in media paths.

    Raises:
        TimelineError: unreadable, or the project there is of another version of the timeline.
    """
    edit = open_timeline(timeline, path_map)
    path = out / f"{edit.name}.g4g.otio"
    if not path.is_file() or os.path.realpath(path) == os.path.realpath(timeline):
        return edit
    going_on = open_timeline(path, path_map)
    if _same_cut(edit, going_on):
        return going_on
    raise TimelineError(
        "{path} is the project of another version of {timeline}.",
        tr("{@choose_folder}, or move that project away."),
        path=path,
        timeline=timeline.name,
    )


def _same_cut(one: Edit, other: Edit) -> bool:
    """Return whether two edits hold the same clips at the same places."""
    if len(one.slots) != len(other.slots):
        return False
    pairs = zip(one.slots, other.slots, strict=True)
    return all(_cut(s) == _cut(t) and _same_media(s.media, t.media) for s, t in pairs)


def _cut(slot: Slot) -> tuple[object, ...]:
    return slot.clip, slot.name, slot.record, slot.source


def _same_media(one: Path | None, other: Path | None) -> bool:
    """Return whether two paths lead to one file; missing ones are told by their names."""
    if one is None or other is None or not (one.exists() and other.exists()):
        return (one and one.name) == (other and other.name)
    return os.path.realpath(one) == os.path.realpath(other)


def save_project(project: Project) -> None:
    """Keep what is not delivered in the journal, or remove that where all is.

    Raises:
        FarmError: it cannot be written.
    """
    journal = project.journal()
    if not project.journaled:
        return
    if journal == Journal():
        drop_journal(project.timeline)
    else:
        save_journal(project.timeline, journal)


def changes_of(project: Project, dubs: Mapping[str, tuple[Dub, ...]]) -> list[ClipChange]:
    """Return what is to be written into the project file: what differs, and new dubs by clip."""
    journal = project.journal()
    loose: dict[str, tuple[Dub, ...]] = {}
    for dub in project.loose:
        loose[dub.shot.clip] = (*loose.get(dub.shot.clip, ()), dub)
    clips = {**journal.decisions, **journal.chosen, **journal.dropped, **journal.verdicts}
    changes = []
    for clip in dict.fromkeys([*clips, *loose, *dubs]):
        given = journal.decisions.get(clip)
        decided = (
            {} if clip not in journal.decisions else None if given is None else to_plain(given)
        )
        new = (*loose.get(clip, ()), *dubs.get(clip, ()))
        active = None if dubs.get(clip) else journal.chosen.get(clip)
        gone, said = journal.dropped.get(clip, ()), journal.verdicts.get(clip, {})
        changes.append(ClipChange(clip, new, decided, active, gone, said))
    return changes
