"""What is decided and not delivered yet: a small file beside the timeline that was opened.

Where the timeline's folder cannot be written it lies in the user's own. A damaged one is set aside
under a name that says so. Sessions of before 0.2.0 are read in its place where there is none.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from g4g_plugin.core.conversion import (
    ConversionError,
    from_plain,
    keep_unknown,
    readable_parts,
    to_plain,
)
from g4g_plugin.core.errors import FarmError
from g4g_plugin.core.files import read_json, set_aside, write_json
from g4g_plugin.core.settings import config_dir
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import Words, tr
from g4g_plugin.project.decisions import Decisions

SCHEMA = 2  # 1 were the sessions in the user's folder


@dataclass(frozen=True, slots=True)
class Journal:
    """What differs from the project file: decisions (None: taken back), the key of the version in
    use (empty: the original), forgotten versions and verdicts by clip; the folder to deliver into.

    `loose`: dubs that an old session knew and no project does.
    """

    out: Path | None = None
    decisions: dict[str, Decisions | None] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)
    loose: tuple[Dub, ...] = ()

    @classmethod
    def upgraded(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a stored journal in its present form, from a session of before 0.2.0 too."""
        if "assignments" not in value:
            return value
        stacks, chosen = value.get("versions"), value.get("chosen")
        dubs: list[Any] = []
        for stack in stacks.values() if isinstance(stacks, dict) else [stacks]:
            dubs += stack if isinstance(stack, list) else [stack]
        if isinstance(chosen, dict):  # by index of a version, below 0 for the original
            chosen = {clip: "" for clip, index in chosen.items() if index == -1}
        decisions, out = value["assignments"], value.get("out")
        return {"out": out, "decisions": decisions, "chosen": chosen, "loose": dubs}


def journal_file(timeline: Path) -> Path:
    """Return where the journal of a timeline lies: beside it, hidden."""
    return timeline.parent / f".{timeline.name}.g4g-journal.json"


def own_journal_file(timeline: Path) -> Path:
    """Return where it lies instead when the timeline's folder cannot be written."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(timeline))).hexdigest()[:16]
    return config_dir() / "journals" / f"{name}.json"


def session_file(timeline: Path) -> Path:
    """Return where G4G before 0.2.0 kept the decisions about a timeline."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(timeline))).hexdigest()[:16]
    return config_dir() / "sessions" / f"{timeline.stem[:40]}-{name}.json"


def load_journal(timeline: Path) -> tuple[Journal, tuple[str, ...]]:
    """Return what is decided about a timeline and not delivered, and sentences on what was damaged.

    Raises:
        FarmError: the journal was written by a newer G4G.
    """
    problems: list[str] = []
    journals = [p for p in (journal_file(timeline), own_journal_file(timeline)) if p.is_file()]
    journals.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    old = session_file(timeline)
    for path in [*journals, *([old] if old.is_file() else [])]:
        try:
            journal, faults = _read(path)
        except (OSError, ValueError) as err:
            problems.append(_damaged(path, set_aside(path), err))
            continue
        if faults:
            problems.append(_damaged(path, set_aside(path), faults))
            with suppress(FarmError):  # told at the next decision
                save_journal(timeline, journal)
        return journal, tuple(problems)
    return Journal(), tuple(problems)


def _damaged(path: Path, aside: Path, reason: object) -> str:
    text = tr("{path} is damaged and was set aside as {aside}: {reason}.")
    return text.filled(path=path, aside=aside.name, reason=reason)


def _read(path: Path) -> tuple[Journal, list[Words]]:
    """Return a journal and what in it is damaged; the rest of it counts.

    Raises:
        OSError, ValueError: nothing of it can be read.
        FarmError: it was written by a newer G4G.
    """
    value = read_json(path)
    if not isinstance(value, dict):
        raise ConversionError(tr("it is not what G4G writes"))
    if from_plain(int, value.get("schema"), "schema") > SCHEMA:
        raise FarmError(
            "{path} was written by a newer G4G.",
            tr("Update G4G, or move the file away."),
            path=path,
        )
    try:
        journal, faults = from_plain(Journal, value), []
    except ConversionError:
        journal, faults = readable_parts(Journal, value)
    if value["schema"] < SCHEMA:
        there = tuple(dub for dub in journal.loose if dub.media.is_file())
        journal = replace(journal, loose=there)
    return journal, faults


def has_journal(timeline: Path) -> bool:
    """Return whether anything is kept of a timeline that is not delivered."""
    places = (journal_file(timeline), own_journal_file(timeline), session_file(timeline))
    return any(path.is_file() for path in places)


def save_journal(timeline: Path, journal: Journal) -> Path:
    """Write the journal whole, beside the timeline where that can be; returns the file.

    Raises:
        FarmError: neither place can be written.
    """
    places = (journal_file(timeline), own_journal_file(timeline))
    reason: OSError | None = None
    for path in places:
        try:
            _write(path, journal)
        except OSError as err:
            reason = err
        else:
            for other in places:
                if other != path:
                    with suppress(OSError):  # it may lie where nothing can be written any more
                        other.unlink()
            _retire_session(timeline)
            return path
    raise FarmError(
        "The decisions cannot be saved to {places}: {reason}.",
        tr("Free some disk space."),
        places=places[-1],
        reason=reason,
    ) from reason


def drop_journal(timeline: Path) -> None:
    """Remove the journal: all of it is delivered."""
    for path in (journal_file(timeline), own_journal_file(timeline)):
        if path.is_file():
            path.unlink()
    _retire_session(timeline)


def _retire_session(timeline: Path) -> None:
    """Rename a session of before 0.2.0, now that a journal or project holds what it said."""
    old = session_file(timeline)
    if old.is_file():
        old.rename(old.with_name(f"{old.name}.upgraded"))


def _write(path: Path, journal: Journal) -> None:
    """Write the journal; what a newer G4G wrote into it and this one does not know stays."""
    plain = {"schema": SCHEMA, **to_plain(journal)}
    try:
        older = read_json(path)
    except (OSError, ValueError):
        older = None
    if isinstance(older, dict) and older.get("schema") == SCHEMA:
        given = older.get("decisions")
        if isinstance(given, dict):
            clips = plain["decisions"].items()
            plain["decisions"] = {c: keep_unknown(made, given.get(c)) for c, made in clips}
        plain = {**{key: value for key, value in older.items() if key not in plain}, **plain}
    write_json(path, plain)
