"""One writer to an output folder at a time: who works there, since when, on which machine.

The system's own lock on a hidden file holds the folder, so that an owner who dies lets it go at
once, on this machine and over network file systems that carry locks. The file says who it is, and
is touched as long as he works. Where no lock can be had, and where the lock of a machine that is
gone stays behind, these two decide; ages are measured by the file server's clock alone.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from g4g_plugin.core.errors import DeliverError, FarmError
from g4g_plugin.core.process import process_began, process_lives
from g4g_plugin.core.words import tr

LOCK_FILE = ".g4g-owner"
POLL_SECONDS = 0.2  # between two looks while waiting; a shot takes many seconds
TOUCH_SECONDS = 10.0  # between two signs that an owner still works
# without a sign for so long, the owner's machine is gone; a busy server may stall for a minute
GONE_SECONDS = 120.0
TAKING_SECONDS = 0.5  # more than lies between an owner's lock and his name in the file
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_own: dict[Path, int] = {}  # folders this process owns, and how often it asked
_guard = threading.RLock()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who works in a folder."""

    user: str
    machine: str
    process: int
    since: str  # local time, ISO 8601
    began: str = ""  # when the process did: numbers are given out again

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
    folder = Path(os.path.realpath(out))
    while not _take(folder):
        if not wait:
            owner = read_owner(folder)
            who = f": {owner.words}" if owner is not None else ""
            raise FarmError(
                "Somebody is already working in {folder}{who}.",
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
        return Owner(**json.loads((folder / LOCK_FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


_files: dict[Path, tuple[int, threading.Event]] = {}  # folder -> its locked file, end of signs


def _take(folder: Path) -> bool:
    """Take a folder's lock; returns whether it is ours."""
    with _guard:
        if folder in _own:
            _own[folder] += 1
            return True
        try:
            handle = _taken(folder)
        except OSError as err:
            raise DeliverError(
                "The folder {folder} cannot be written: {err}.",
                tr("{@choose_folder}."),
                folder=folder,
                err=err,
            ) from err
        if handle is None:
            return False
        ended = threading.Event()
        _own[folder], _files[folder] = 1, (handle, ended)
        watch = (folder / LOCK_FILE, ended)
        threading.Thread(target=_touch, args=watch, name="g4g-owner", daemon=True).start()
        return True


def _taken(folder: Path) -> int | None:
    """Return the lock's open file where the folder is free; None where somebody has it."""
    path = folder / LOCK_FILE
    for _ in range(3):  # again where the last owner removed the file meanwhile, or was gone
        handle, made = _opened(path)
        try:
            locked = _locked(handle)
            free = made if locked is None else locked
            if free and _is_file(handle, path):
                _sign(handle)
                return handle
            again = free or _is_gone(folder, locked is None)
            if again and not free and _is_file(handle, path):
                path.unlink(missing_ok=True)
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if not again:
            return None
    return None


def _opened(path: Path) -> tuple[int, bool]:
    """Open the lock's file; returns whether it was made by this call."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644), True
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644), False


def _sign(handle: int) -> None:
    """Write who owns the folder into the lock's file."""
    pid = os.getpid()
    owner = Owner(_user(), socket.gethostname(), pid, _now(), process_began(pid))
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, json.dumps(asdict(owner)).encode())


def _is_gone(folder: Path, no_locks: bool) -> bool:
    """Return whether the owner of a folder does not work any more although its file is there.

    Looked at twice: who takes the lock just now signs in between.

    Args:
        folder: the folder.
        no_locks: no lock can be had here, so that on this machine too only the file tells.
    """
    looks = []
    for pause in (0, TAKING_SECONDS):
        time.sleep(pause)
        owner = read_owner(folder)
        if owner is not None and owner.machine == socket.gethostname():
            looks.append(no_locks and not process_lives(owner.process, owner.began))
        else:
            looks.append(_silent_seconds(folder) > GONE_SECONDS)
        if not looks[-1]:
            return False
    return True


def _silent_seconds(folder: Path) -> float:
    """Return how long an owner gave no sign, by the clock of the folder's file system."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".g4g-", suffix=".part") as now:
            return Path(now.name).stat().st_mtime - (folder / LOCK_FILE).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _touch(path: Path, ended: threading.Event) -> None:
    """Give a sign from time to time that the owner still works."""
    while not ended.wait(TOUCH_SECONDS):
        with suppress(OSError):  # the folder is gone: whoever writes into it next says so
            os.utime(path)


def _let_go(folder: Path) -> None:
    with _guard:
        _own[folder] -= 1
        if _own[folder]:
            return
        del _own[folder]
        handle, ended = _files.pop(folder)
        ended.set()
        # on Windows an open file cannot be removed
        if sys.platform != "win32" and _is_file(handle, folder / LOCK_FILE):
            (folder / LOCK_FILE).unlink(missing_ok=True)
        os.close(handle)


def _is_file(handle: int, path: Path) -> bool:
    """Return whether the open file is the one under its name: its last owner removes it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _locked(handle: int) -> bool | None:
    """Lock an open file; returns whether it is ours, None where the file system has no locks."""
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
    except OSError as err:
        if err.errno in _NO_LOCKS:
            return None
        raise
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for the user number, as in a bare container
        return "somebody"


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")[:19]
