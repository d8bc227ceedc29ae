"""What the system or FFmpeg refuses, as a sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from av.error import FFmpegError

from g4g_plugin.core.errors import DeliverError

FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota is used up",
    errno.EFBIG: "it is too large",
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
        if err.errno in FULL:
            hint = "Make room or choose another folder with --out."
            raise DeliverError(f"{out} cannot be written: {FULL[err.errno]}.", hint) from err
        reason = (err.strerror or str(err)).lower().rstrip(".")
        if isinstance(err, FFmpegError):
            hint = "Deliver in another codec with --deliver."
            raise DeliverError(f"{out} cannot be encoded ({reason}).", hint) from err
        hint = "Check that the folder exists and may be written to, or choose another with --out."
        raise DeliverError(f"{out} cannot be written ({reason}).", hint) from err
