"""Files of ours: names that every system takes, and content that arrives whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

NAME_BYTES = 255  # what ext4, APFS and NTFS take of a file's name, UTF-8
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]'
)
_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # Windows keeps these for itself


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a name of its own, onto the disk, then give it its name.

    Raises:
        OSError: it cannot be written; what stood there before stands there still.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(".part", f".{os.getpid()}-", path.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with suppress(OSError):  # a file system that cannot
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def safe_name(name: str, room: int = 0) -> str:
    """Return a name as a file name that every system takes.

    Controls that turn the reading direction are left out: they make `gpj.exe` of `exe.jpg`.

    Args:
        name: any text.
        room: bytes to be left for what is appended.
    """
    plain = _FORBIDDEN.sub("_", name).strip(" .")
    plain = plain.encode()[: NAME_BYTES - room - 1].decode(errors="ignore").rstrip(" .") or "clip"
    return f"_{plain}" if _DEVICE.match(plain) else plain
