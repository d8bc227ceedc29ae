"""What is decided and not delivered yet: a small file beside the timeline that was opened.

Where the timeline's folder cannot be written it lies in the user's own. A damaged one is set aside
under a name that says so. Sessions of before 0.2.0 are read in its place where there is none.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from g4g_plugin.core.errors import FarmError
from g4g_plugin.core.settings import config_dir
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.versions import read_decisions

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

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        decided = {
            clip: None if given is None else given.to_json()
            for clip, given in self.decisions.items()
        }
        return {
            "schema": SCHEMA,
            "out": None if self.out is None else str(self.out),
            "decisions": decided,
            "chosen": self.chosen,
            "dropped": {clip: list(keys) for clip, keys in self.dropped.items()},
            "verdicts": self.verdicts,
            "loose": [dub.to_json() for dub in self.loose],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Journal:
        """Read what `to_json` wrote.

        Raises:
            ValueError, TypeError, LookupError, AttributeError: it is damaged.
        """
        decisions = {
            str(clip): None if given is None else _checked(read_decisions(given))
            for clip, given in value["decisions"].items()
        }
        return cls(
            None if value["out"] is None else Path(value["out"]),
            decisions,
            {str(clip): str(key) for clip, key in value["chosen"].items()},
            {str(clip): tuple(map(str, keys)) for clip, keys in value["dropped"].items()},
            {
                str(clip): {str(key): str(text) for key, text in said.items()}
                for clip, said in value["verdicts"].items()
            },
            tuple(Dub.from_json(dub) for dub in value["loose"]),
        )


def _checked(given: Decisions | None) -> Decisions:
    if given is None:
        raise ValueError("decisions that cannot be read")
    return given


def journal_file(timeline: Path) -> Path:
    """Return where the journal of a timeline lies: beside it, hidden."""
    return timeline.parent / f".{timeline.name}.g4g-journal.json"


def own_journal_file(timeline: Path) -> Path:
    """Return where it lies instead when the timeline's folder cannot be written."""
    name = hashlib.sha256(os.fsencode(timeline.resolve())).hexdigest()[:16]
    return config_dir() / "journals" / f"{name}.json"


def session_file(timeline: Path) -> Path:
    """Return where G4G before 0.2.0 kept the decisions about a timeline."""
    name = hashlib.sha256(os.fsencode(timeline.resolve())).hexdigest()[:16]
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
            return _read(path), tuple(problems)
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as err:
            aside = set_aside(path)
            problems.append(f"{path} is damaged ({err}); it was set aside as {aside.name}.")
    return Journal(), tuple(problems)


def set_aside(path: Path) -> Path:
    """Rename a damaged file of ours so that its name says so; returns the new name."""
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    try:
        path.rename(aside)
    except OSError:
        return path  # a folder that cannot be written: it stays, and is read past each time
    return aside


def _read(path: Path) -> Journal:
    value = json.loads(path.read_text("utf-8"))
    if value["schema"] > SCHEMA:
        raise FarmError(
            "{path} was written by a newer G4G.",
            tr("Update G4G, or move the file away."),
            path=path,
        )
    if value["schema"] == SCHEMA:
        return Journal.from_json(value)
    dubs = [Dub.from_json(dub) for stack in value["versions"].values() for dub in stack]
    decisions: dict[str, Decisions | None] = {
        clip: Decisions.from_json(given) for clip, given in value["assignments"].items()
    }
    loose = tuple(dub for dub in dubs if dub.media.is_file())
    chosen = {clip: "" for clip, index in value["chosen"].items() if index < 0}
    return Journal(Path(value["out"]), decisions, chosen, loose=loose)


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
        path.unlink(missing_ok=True)
    _retire_session(timeline)


def _retire_session(timeline: Path) -> None:
    """Rename a session of before 0.2.0, now that a journal or project holds what it said."""
    old = session_file(timeline)
    if old.is_file():
        old.rename(old.with_name(f"{old.name}.upgraded"))


def _write(path: Path, journal: Journal) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(journal.to_json(), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
