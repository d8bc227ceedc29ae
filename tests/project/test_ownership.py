"""Who owns a folder, where there are no locks, and where the owner's machine is gone."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from g4g_plugin.core.errors import FarmError
from g4g_plugin.project import ownership
from g4g_plugin.project.ownership import GONE_SECONDS, LOCK_FILE, owned, read_owner


@pytest.fixture(params=["locks", "no locks"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system with locks, and one that answers as NFS without its lock service does."""
    if request.param == "no locks":

        def flock(handle: int, how: int) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr(fcntl, "flock", flock)
    return request.param


def leave_note(
    folder: Path, machine: str, process: int, began: str = "", silent: float = 0
) -> None:
    """Leave what an owner wrote, last touched so many seconds ago."""
    note = {"user": "anna", "machine": machine, "process": process, "since": "2026-11-28T14:02:10"}
    (folder / LOCK_FILE).write_text(json.dumps(note | {"began": began}))
    now = (folder / LOCK_FILE).stat().st_mtime
    os.utime(folder / LOCK_FILE, (now - silent, now - silent))


def test_one_owner_and_nothing_left(file_system: str, tmp_path: Path) -> None:
    with owned(tmp_path), owned(tmp_path):
        owner = read_owner(tmp_path)
        assert owner is not None
        assert owner.process == os.getpid()
    assert not list(tmp_path.iterdir())


@contextmanager
def locked_elsewhere(path: Path) -> Iterator[None]:
    """Have another process hold the system's lock on a file."""
    code = (
        "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX);"
        "print(1, flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.communicate()


def test_without_locks_a_living_process_is_the_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", flock)
    import socket

    leave_note(tmp_path, socket.gethostname(), os.getppid())
    with pytest.raises(FarmError, match="anna on"), owned(tmp_path):
        pass
    leave_note(tmp_path, socket.gethostname(), os.getppid(), began="1")  # the number was given anew
    with owned(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_machine_that_is_gone_owns_nothing(tmp_path: Path) -> None:
    """Its lock stays behind at the file server; it has given no sign for long."""
    leave_note(tmp_path, "elsewhere", 4711)
    with locked_elsewhere(tmp_path / LOCK_FILE):
        with pytest.raises(FarmError, match="anna on elsewhere, process 4711"), owned(tmp_path):
            pass
        leave_note(tmp_path, "elsewhere", 4711, silent=GONE_SECONDS + 5)
        with owned(tmp_path):
            owner = read_owner(tmp_path)
            assert owner is not None
            assert owner.process == os.getpid()
    assert not list(tmp_path.iterdir())


def test_an_owner_gives_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "TOUCH_SECONDS", 0.05)
    with owned(tmp_path):
        os.utime(tmp_path / LOCK_FILE, (1, 1))
        for _ in range(200):
            if (tmp_path / LOCK_FILE).stat().st_mtime > 1:
                break
            threading.Event().wait(0.05)
        assert (tmp_path / LOCK_FILE).stat().st_mtime > 1


def test_an_owner_who_lost_the_folder_leaves_the_next_one_s_note(tmp_path: Path) -> None:
    with owned(tmp_path):
        (tmp_path / LOCK_FILE).unlink()
        leave_note(tmp_path, "elsewhere", 4711)
    assert (tmp_path / LOCK_FILE).exists()
