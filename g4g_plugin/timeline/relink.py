"""Media that are not where the timeline says: spelt otherwise (Mac names are decomposed, cases
differ), or lying beside the timeline.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

FOLDERS_MOST = 64  # folders beside a timeline that are looked into, at most
MEDIA_SUFFIXES = frozenset(
    (
        ".mov",
        ".mp4",
        ".mxf",
        ".mkv",
        ".m4v",
        ".avi",
        ".mts",
        ".m2ts",
        ".mpg",
        ".webm",
        ".wav",
        ".aif",
        ".aiff",
    )
)


def same_name(name: str) -> str:
    """Return a file name as it counts here: composed, and in small letters."""
    return unicodedata.normalize("NFC", name).casefold()


def find_media(path: Path, folder: Path) -> Path | None:
    """Return where a file that a timeline names lies: there under another spelling, or beside the
    timeline; None where neither, or several.

    Args:
        path: as the timeline says.
        folder: the timeline's own.
    """
    return spelt_otherwise(path) or find_file([path.name], folder)


def spelt_otherwise(path: Path) -> Path | None:
    """Return the file at a path whose names differ in case or composition alone."""
    if not path.is_absolute():
        return None
    here = Path(path.anchor)
    for part in path.parts[1:]:
        if (here / part).exists():
            here = here / part
            continue
        if not here.is_dir():
            return None
        fits = [entry for entry in _entries(here) if same_name(entry.name) == same_name(part)]
        if len(fits) != 1:
            return None
        here = fits[0]
    return here if here.is_file() else None


def find_file(names: Iterable[str], folder: Path) -> Path | None:
    """Return the one file beside a timeline, or in a folder beside it, that has one of the names,
    with its suffix or without; None where there is none, or several have it.
    """
    beside = [folder, *(f for f in _entries(folder) if f.is_dir() and not f.name.startswith("."))]
    changed = tuple((f, f.stat().st_mtime_ns) for f in beside[: FOLDERS_MOST + 1] if f.is_dir())
    whole, stems = _files(changed)
    for name in names:
        wanted = same_name(PurePosixPath(name.replace("\\", "/")).name)
        fits = whole.get(wanted) or stems.get(wanted, ())
        if len(fits) == 1:
            return fits[0]
    return None


@lru_cache(maxsize=8)  # a long timeline asks once for each missing clip
def _files(
    folders: tuple[tuple[Path, int], ...],
) -> tuple[dict[str, tuple[Path, ...]], dict[str, tuple[Path, ...]]]:
    """Return the files of folders by name, and media by name without suffix."""
    whole: dict[str, tuple[Path, ...]] = {}
    stems: dict[str, tuple[Path, ...]] = {}
    for folder, _ in folders:
        for file in _entries(folder):
            if not file.is_file():
                continue
            name, stem = same_name(file.name), same_name(file.stem)
            whole[name] = (*whole.get(name, ()), file)
            if file.suffix.lower() in MEDIA_SUFFIXES:
                stems[stem] = (*stems.get(stem, ()), file)
    return whole, stems


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
