"""One writer to an output folder at a time: who works there, since when, on which machine.

The system's own lock on a hidden file holds the folder, so that an owner who dies lets it go at
once, on this machine and over network file systems that carry locks. What the file says is only for
people.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from g4g_plugin.core.errors import DeliverError, FarmError
from g4g_plugin.core.words import tr

LOCK = ".g4g-owner"
POLL_SECONDS = 0.2  # between two looks while waiting; a shot takes many seconds
_own: dict[Path, int] = {}  # folders this process owns, and how often it asked
_guard = threading.RLock()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works in a folder."""

    user: str
    machine: str
    process: int
    since: str  # local time, ISO 8601

    @property
    def words(self) -> str:
        """Return who it is: "anna on cutting-2, process 4711, since 14:02:10"."""
        return f"{self.user} on {self.machine}, process {self.process}, since {self.since[11:]}"


@contextmanager
def owned(
    out: Path, wait: bool = False, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Own the folder `out` meanwhile; asked again by the same process, at once.

    Args:
        out: the folder, which exists.
        wait: wait for another owner instead of refusing.
        waiting: called while waiting; it may raise Cancelled.

    Raises:
        FarmError: somebody else works there, and who. DeliverError: the folder cannot be written.
    """
    folder = out.resolve()
    while not _take(folder):
        if not wait:
            owner = read_owner(folder)
            who = f": {owner.words}" if owner is not None else ""
            raise FarmError(
                "Somebody works in {folder} already{who}.",
                tr("{@wait}, or {@choose_folder}."),
                folder=folder,
                who=who,
            )
        waiting()
        time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        _let_go(folder)


def read_owner(folder: Path) -> Owner | None:
    """Return who says to work in a folder; None where nobody does, or the note is unreadable."""
    try:
        return Owner(**json.loads((folder / LOCK).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


_files: dict[Path, int] = {}  # folder -> file descriptor of its lock


def _take(folder: Path) -> bool:
    """Take a folder's lock; returns whether it is ours."""
    with _guard:
        if folder in _own:
            _own[folder] += 1
            return True
        try:
            handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as err:
            raise DeliverError(
                "The folder {folder} cannot be written: {err}.",
                tr("{@choose_folder}."),
                folder=folder,
                err=err,
            ) from err
        if not _locked(handle) or not _is_file(handle, folder / LOCK):
            os.close(handle)
            return False
        note = Owner(_user(), socket.gethostname(), os.getpid(), _now())
        text = {name: getattr(note, name) for name in ("user", "machine", "process", "since")}
        os.truncate(handle, 0)
        os.write(handle, json.dumps(text).encode())
        _own[folder], _files[folder] = 1, handle
        return True


def _let_go(folder: Path) -> None:
    with _guard:
        _own[folder] -= 1
        if _own[folder]:
            return
        del _own[folder]
        handle = _files.pop(folder)
        if sys.platform != "win32":  # there an open file cannot be removed
            (folder / LOCK).unlink(missing_ok=True)
        os.close(handle)


def _is_file(handle: int, path: Path) -> bool:
    """Return whether the locked file is the one under its name: its last owner removes it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _locked(handle: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for the user number, as in a bare container
        return "somebody"


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")[:19]
