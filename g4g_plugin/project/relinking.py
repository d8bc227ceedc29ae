"""Find media that is not where the timeline says: by name and size of path, below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from g4g_plugin.timeline.edit import Edit

MOST_FILES = 200_000  # looked at below a folder: a whole media drive, read in some seconds


@dataclass(frozen=True, slots=True)
class Relink:
    """What was found: leading folders to swap, and the files that stay missing."""

    path_map: dict[str, str] = field(default_factory=dict)
    found: tuple[Path, ...] = ()  # where the missing files lie now
    missing: tuple[Path, ...] = ()


def missing_media(edit: Edit) -> list[Path]:
    """Return the files of the picture tracks that are not there, each once."""
    media = dict.fromkeys(slot.media for slot in edit.slots if slot.media is not None)
    return [path for path in media if not path.exists()]


def find_media(missing: Iterable[Path], folder: Path) -> Relink:
    """Look for missing files by name below a folder.

    Where several files have the name, the one whose folders are most alike is taken.
    """
    wanted = list(missing)
    places = _places({path.name.casefold() for path in wanted}, folder)
    path_map: dict[str, str] = {}
    found, lost = [], []
    for path in wanted:
        candidates = places.get(path.name.casefold(), [])
        if not candidates:
            lost.append(path)
            continue
        best = max(candidates, key=lambda place: _shared_end(path, place))
        shared = _shared_end(path, best)
        path_map[str(_without_end(path, shared))] = str(_without_end(best, shared))
        found.append(best)
    return Relink(path_map, tuple(found), tuple(lost))


def _places(names: set[str], folder: Path) -> dict[str, list[Path]]:
    """Return where files with these names (in small letters) lie below a folder."""
    places: dict[str, list[Path]] = {}
    looked_at = 0
    for root, _, files in os.walk(folder):
        for file in files:
            if file.casefold() in names:
                places.setdefault(file.casefold(), []).append(Path(root) / file)
        looked_at += len(files)
        if looked_at > MOST_FILES:
            break
    return places


def _shared_end(one: Path, other: Path) -> int:
    """Return how many last parts of two paths are the same, the file's name at least."""
    pairs = zip(reversed(one.parts[:-1]), reversed(other.parts[:-1]), strict=False)
    count = 1
    for mine, theirs in pairs:
        if mine != theirs:
            break
        count += 1
    return count


def _without_end(path: Path, parts: int) -> Path:
    return Path(*path.parts[: max(len(path.parts) - parts, 1)])
