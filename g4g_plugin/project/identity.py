"""What makes a job the same job: the content of plate and takes, never their names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from g4g_plugin import __version__
from g4g_plugin.core.decisions import Origin, ShotSettings
from g4g_plugin.core.errors import FarmError, MediaError
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr
from g4g_plugin.media.take import digest_take

BLOCKS = 16  # spread over a plate: quick on 100 GB, and a render of the same length still differs
BLOCK_BYTES = 65_536
SOFTWARE = f"g4g {__version__}"


def digest_plate(path: Path, frames: int) -> str:
    """Return the SHA-256 of a plate's size, frame count and sixteen blocks of it, in hex.

    Raises:
        MediaError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(f"{size} {frames}".encode())
        with path.open("rb") as file:
            for number in range(BLOCKS):
                file.seek(max(0, size - BLOCK_BYTES) * number // (BLOCKS - 1))
                digest.update(file.read(BLOCK_BYTES))
    except OSError as err:
        raise MediaError(
            "{path} cannot be read: {err}.",
            tr("Relink the clip in the editing program."),
            path=path,
            err=err,
        ) from err
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
    plate = digest_plate(shot.plate, shot.available.count)
    return Origin(settings, plate, takes, SOFTWARE, adaptation)


def check_unchanged(shot: Shot, origin: Origin) -> None:
    """Check that plate and takes are what they were when the dub was planned.

    Raises:
        FarmError: one was changed since, and which. MediaError, TakeError: it is gone.
    """
    changed = changed_files(shot, origin)
    if changed:
        names = " and ".join(path.name for path in changed)
        raise FarmError(
            "{names} changed while {clip} was waiting or dubbed.",
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
    return [*dict.fromkeys(changed), *([shot.plate] if now.plate != origin.plate else [])]
