"""Files of ours: names that every system takes, and content that arrives whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import platform
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from g4g_plugin.core.process import process_lives

NAME_BYTES = 255  # what ext4, APFS and NTFS take of a file's name, UTF-8
MAX_BYTES = 256 << 20  # a project of 100,000 dubs has a tenth of it
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]'
)
_DEVICE = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")  # Windows keeps these for itself


@contextmanager
def whole_file(path: Path, replace: bool = True) -> Iterator[BinaryIO]:
    """Give a file to write into that gets its name once the block has ended without an error.

    It is on the disk by then. A file that stood there keeps its permissions, and a link to a file
    its target.

    Args:
        path: the name; its folder is made.
        replace: whether another file of that name may be replaced.

    Raises:
        OSError: it cannot be written; what stood there before stands there still.
        FileExistsError: the name is taken and may not be replaced.
    """
    path = Path(os.path.realpath(path)) if replace and path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    part = path.with_name(f"{_part_stem(path)}{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        with part.open("x+b") as file:
            if replace and path.is_file():
                with suppress(OSError):  # a file system without permissions
                    part.chmod(path.stat().st_mode & 0o777)
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            part.replace(path)
        else:
            take_name(part, path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, replace: bool = True) -> None:
    """Write a file whole or not at all, as `whole_file` does.

    Args:
        path: the name; its folder is made.
        content: of the file.
        replace: whether another file of that name may be replaced.

    Raises:
        OSError: it cannot be written; what stood there before stands there still.
    """
    with whole_file(path, replace) as file:
        file.write(content)


def write_json(path: Path, value: Any, indent: int | None = 1) -> None:
    """Write plain values as JSON, whole or not at all; text that is no UTF-8 is escaped.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False) + "\n"
    write_whole(path, text.encode("utf-8", "backslashreplace"))


def write_image(path: Path, picture: Any) -> None:
    """Write a picture, (h, w, 3) uint8 RGB, in the format of the file's suffix, whole or not at
    all.

    Raises:
        OSError: it cannot be written, or there is no such format.
    """
    import cv2  # not wanted where only text is written

    try:
        whole, content = cv2.imencode(path.suffix, picture[..., ::-1])
    except cv2.error as err:
        raise OSError(errno.EINVAL, "no picture format has this suffix", str(path)) from err
    if not whole:
        raise OSError(errno.EIO, "the picture cannot be encoded", str(path))
    write_whole(path, content.tobytes())


def read_small(path: Path) -> bytes:
    """Read a file of ours; no pipe or device is waited for.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no file, or larger than anything we write.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ValueError("it is no file")
    if facts.st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES >> 20} MB")
    return path.read_bytes()


def read_json(path: Path) -> Any:
    """Read JSON of ours.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or larger or deeper than anything we write.
    """
    try:
        return json.loads(read_small(path))
    except RecursionError as err:
        raise ValueError("it is nested too deeply") from err


def set_aside(path: Path) -> Path:
    """Rename a damaged file of ours so that its name says so; returns the new name."""
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    try:
        path.rename(aside)
    except OSError:
        return path  # a folder that cannot be written: it stays, and is read past each time
    return aside


def take_name(file: Path, name: Path) -> None:
    """Give a file a second name, never over another file; the first name may be gone afterwards.

    Where there are no hard links there is a blink in which another file could take the name.

    Raises:
        FileExistsError: the name is taken.
    """
    try:
        os.link(file, name)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(name)) from None
        file.rename(name)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can be asked for that."""
    with suppress(OSError):  # a file system that cannot
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _part_stem(path: Path) -> str:
    """Return how the temporary names of a file begin on this machine: short, however long its own."""
    owner = os.fsencode(path.name) + os.fsencode(platform.node())
    return f".g4g-{hashlib.sha256(owner).hexdigest()[:12]}-"


def _sweep(path: Path) -> None:
    """Remove what processes left that were killed while they wrote this file."""
    for part in path.parent.glob(f"{_part_stem(path)}*.part"):
        pid = part.name.split("-")[2]
        if pid.isdecimal() and int(pid) != os.getpid() and not process_lives(int(pid), ""):
            with suppress(OSError):
                part.unlink()


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
