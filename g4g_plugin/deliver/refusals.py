"""What the system or FFmpeg refuses, as a sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.words import tr

FULL_DISK = {
    errno.ENOSPC: tr("the disk is full"),
    errno.EDQUOT: tr("your quota is used up"),
    errno.EFBIG: tr("it is too large"),
}


@contextmanager
def refused(out: Path) -> Iterator[None]:
    """Turn what is raised while `out` is written into a sentence about it.

    Raises:
        DeliverError: the disk is full, the folder is not there, the encoder refuses, and so on.
    """
    try:
        yield
    except (OSError, FFmpegError) as err:
        if err.errno in FULL_DISK:
            hint = tr("Make room, or {@choose_folder}.")
            raise DeliverError(
                "{out} cannot be written: {full}.", hint, out=out, full=FULL_DISK[err.errno]
            ) from err
        if isinstance(err, FFmpegError):
            hint = tr("{@choose_codec}.")
            raise DeliverError(
                "{out} cannot be encoded ({reason}).", hint, out=out, reason=err
            ) from err
        hint = tr("Check that the folder exists and may be written to, or {@choose_folder}.")
        raise DeliverError(
            "{out} cannot be written ({reason}).", hint, out=out, reason=err
        ) from err
