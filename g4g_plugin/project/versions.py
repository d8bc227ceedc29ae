"""A version: one dub of a clip as its project keeps it, with its key and the editor's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from g4g_plugin.core.conversion import ConversionError, from_plain
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.project.decisions import Decisions, decisions_of
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.stored import Stored, stored_of


@dataclass(frozen=True, slots=True)
class Version:
    """One dub of a clip: `key` names it in the project ("g4g-dub-v001"); how it was made, from what
    and its figures stand in `dub`; `verdict` is what the editor says of it.
    """

    key: str
    dub: Dub
    verdict: str = ""

    @property
    def media(self) -> Path:
        """The delivered file."""
        return self.dub.media

    @property
    def missing(self) -> bool:
        """Whether the delivered file is gone."""
        return not self.dub.media.is_file()

    @property
    def decisions(self) -> Decisions:
        """What to decide to dub again like this."""
        return decisions_of(self.dub)


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """What a project says of one clip; problems: what stands there and cannot be read."""

    decisions: Decisions | None = None
    versions: tuple[Version, ...] = ()
    chosen: int = -1  # index of the version in use; -1: the original picture
    problems: tuple[str, ...] = ()


def read_record(edit: Edit, slot: Slot) -> ClipRecord:
    """Read what the edit's own metadata says of a clip; what is damaged is named, the rest goes on."""
    stored = stored_of(edit, slot)
    problems = [_damaged(edit, slot, name) for name in stored.damaged]
    versions = []
    for key, value in stored.dubs.items():
        try:
            dub = from_plain(Dub, value, f"dubs.{key}")
        except ConversionError as err:
            problems.append(_damaged(edit, slot, err))
        else:  # the reference counts where the project lies now, the record where it lay
            dub = replace(dub, media=stored.media.get(key, dub.media))
            versions.append(Version(key, dub, _verdict(stored, key)))
    decisions = None
    try:
        if stored.decisions is not None:
            decisions = from_plain(Decisions, stored.decisions, "decisions")
    except ConversionError as err:
        problems.append(_damaged(edit, slot, err))
    keys = [version.key for version in versions]
    chosen = keys.index(stored.active) if stored.active in keys else -1
    return ClipRecord(decisions, tuple(versions), chosen, tuple(problems))


def _damaged(edit: Edit, slot: Slot, reason: object) -> str:
    text = tr("{clip} in {path} cannot be read whole: {reason}. The rest of it is used.")
    return text.filled(clip=slot.clip, path=edit.path, reason=reason)


def _verdict(stored: Stored, key: str) -> str:
    value = stored.verdicts.get(key, "")
    return value if isinstance(value, str) else ""


def versions_of(records: Mapping[str, ClipRecord]) -> dict[str, tuple[Version, ...]]:
    """Return the versions of every clip that has any."""
    return {clip: record.versions for clip, record in records.items() if record.versions}
