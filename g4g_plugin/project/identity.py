"""What makes a job the same job: the content of plate and takes, never their names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from g4g_plugin import __version__
from g4g_plugin.core.decisions import Origin, ShotSettings
from g4g_plugin.core.errors import EngineError, FarmError, MediaError
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr
from g4g_plugin.media.take import digest_take

# Spread over a plate: quick on 100 GB, and a render of the same length still differs
DIGEST_BLOCKS = 16
BLOCK_BYTES = 65_536
# a plate, or the part of it in which the shot's frames lie, is read whole up to this: 0.3 s at most
WHOLE_BYTES = 64 * 2**20
SOFTWARE = f"g4g {__version__}"


def digest_plate(path: Path, frames: int, used: range | None = None) -> str:
    """Return the SHA-256 of a plate's size, frame count and content, in hex.

    A large one is read in sixteen blocks, and where about the frames that are used lie: whole where
    that is little, else in blocks again, with the file's time of change. Renders of one size, as
    uncompressed ones are, may differ in a few frames alone.

    Args:
        path: the plate.
        frames: how many it holds.
        used: those the shot uses, counted from the file's first; None: all.

    Raises:
        MediaError: it cannot be read.
    """
    try:
        facts = path.stat()
        size, used = facts.st_size, used or range(frames)
        digest = hashlib.sha256(f"{size} {frames}".encode())
        first, end = (size * place // max(frames, 1) for place in (used.start, used.stop))
        first, end = max(0, first - BLOCK_BYTES), min(size, end + BLOCK_BYTES)
        with path.open("rb") as file:
            if size <= WHOLE_BYTES:
                return _digested(digest, file, [(0, size)])
            parts = _blocks(0, size)
            if end - first <= WHOLE_BYTES:
                return _digested(digest, file, [*parts, (first, end)])
            digest.update(f"{facts.st_mtime_ns}".encode())
            return _digested(digest, file, [*parts, *_blocks(first, end)])
    except OSError as err:
        raise MediaError(
            "{path} cannot be read: {err}.",
            tr("Relink the clip in the editing program."),
            path=path,
            err=err,
        ) from err


def _blocks(first: int, end: int) -> list[tuple[int, int]]:
    """Return sixteen blocks (first byte, end) spread over a part of a file."""
    room = max(0, end - first - BLOCK_BYTES)
    begins = (first + room * number // (DIGEST_BLOCKS - 1) for number in range(DIGEST_BLOCKS))
    return [(begin, min(begin + BLOCK_BYTES, end)) for begin in begins]


def _digested(digest: Any, file: BinaryIO, parts: Sequence[tuple[int, int]]) -> str:
    """Return the hex digest with these parts of a file added."""
    for begin, end in parts:
        file.seek(begin)
        for at in range(begin, end, 2**20):
            digest.update(file.read(min(2**20, end - at)))
    return digest.hexdigest()


def origin_of(shot: Shot, settings: ShotSettings, adaptation: str | None = None) -> Origin:
    """Return from what a shot will be dubbed, as it lies on the disk now.

    Args:
        shot: its plate and takes are read.
        settings: what was asked for it.
        adaptation: SHA-256 of what was learned of the person, where that is used.

    Raises:
        MediaError, TakeError: plate or a take cannot be read.
    """
    files = {line.take.audio: digest_take(line.take.audio) for line in shot.lines}
    takes = tuple(files[line.take.audio] for line in shot.lines)
    begin = shot.deliver.first - shot.available.first
    used = range(begin, begin + shot.deliver.count)
    plate = digest_plate(shot.plate, shot.available.count, used)
    weights = None if settings.weights is None else _digest_weights(settings.weights)
    return Origin(settings, plate, takes, SOFTWARE, adaptation, weights)


def _digest_weights(path: Path) -> str:
    """Return the SHA-256 of a weights file, in hex.

    Raises:
        EngineError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as err:
        raise EngineError(
            "{path} cannot be read: {err}.", tr("{@choose_weights}."), path=path, err=err
        ) from err


def check_unchanged(shot: Shot, origin: Origin) -> None:
    """Check that plate and takes are what they were when the dub was planned.

    Raises:
        FarmError: one was changed since, and which. MediaError, TakeError: it is gone.
    """
    changed = changed_files(shot, origin)
    if changed:
        names = " and ".join(path.name for path in changed)
        raise FarmError(
            "{names} changed while {clip} was waiting or being dubbed.",
            tr("Dub it again."),
            shot.clip,
            names=names,
            clip=shot.clip,
        )


def changed_files(shot: Shot, origin: Origin) -> list[Path]:
    """Return which of a shot's files are not what `origin` says.

    Raises:
        MediaError, TakeError: one cannot be read.
    """
    now = origin_of(shot, origin.settings, origin.adaptation)
    pairs = zip(shot.lines, now.takes, origin.takes, strict=True)
    changed = [line.take.audio for line, new, old in pairs if new != old]
    changed += [shot.plate] if now.plate != origin.plate else []
    weights = origin.settings.weights
    changed += [weights] if weights is not None and now.weights != origin.weights else []
    return list(dict.fromkeys(changed))
