"""A screen of its own (Xvfb), the hands at it (xdotool), and `g4g panel` in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from g4g_plugin.project.project import open_project

NEEDED = ("Xvfb", "xdotool")
needs_a_screen = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in NEEDED), reason=f"needs {' and '.join(NEEDED)}"
)


@contextmanager
def shown_on(size: str, memory: Path | None = None) -> Iterator[str]:
    """Start a screen; where `memory` is given, a folder, what is shown lies there as `Xvfb_screen0`
    (XWD).
    """
    read, write = os.pipe()
    kept = [] if memory is None else ["-fbdir", str(memory)]
    shown = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp", *kept],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    try:
        yield f":{number}"
    finally:
        shown.terminate()
        shown.wait()


class Hands:
    """Mouse and keyboard on one screen."""

    def __init__(self, screen: str) -> None:
        self.env = {**os.environ, "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb"}

    def do(self, *words: str | int) -> str:
        ran = subprocess.run(
            ["xdotool", *map(str, words)], env=self.env, capture_output=True, text=True, check=False
        )
        return ran.stdout.strip()

    def key(self, keys: str, pause: float = 0.5) -> None:
        self.do("key", "--clearmodifiers", keys)
        time.sleep(pause)

    def keys(self, *keys: str) -> None:
        """Type keys one after the other, as a practised hand does."""
        for one in keys:
            self.key(one, 0.12)

    def focus(self, title: str) -> str:
        """Give the keyboard to a window once it is there, as a window manager does of itself; the
        mouse rests.
        """
        window = self.wait_for(title)
        self.do("windowfocus", window)
        time.sleep(0.3)
        return window

    def click(self, x: int, y: int) -> None:
        self.do("mousemove", x, y, "click", 1)
        time.sleep(0.5)

    def drag(self, begin: tuple[int, int], end: tuple[int, int]) -> None:
        self.do("mousemove", *begin, "mousedown", 1)
        for share in range(1, 11):
            at = [round(a + (b - a) * share / 10) for a, b in zip(begin, end, strict=True)]
            self.do("mousemove", *at)
            time.sleep(0.1)
        self.do("mouseup", 1)
        time.sleep(0.5)

    def wait_for(self, title: str) -> str:
        return waited(lambda: self.do("search", "--onlyvisible", "--name", title).split()[-1:])[0]

    def place(self, window: str) -> tuple[int, int, int, int]:
        """Return left, top, width, height."""
        found = re.search(
            r"Position: (-?\d+),(-?\d+).*Geometry: (\d+)x(\d+)",
            self.do("getwindowgeometry", window),
            re.DOTALL,
        )
        assert found
        left, top, width, height = map(int, found.groups())
        return left, top, width, height


def waited(happened: Callable[[], list], seconds: float = 120) -> list:
    """Return what `happened` finds once it finds something."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)
    return found


class Panel:
    """`g4g panel` in a process of its own, as one user has it."""

    def __init__(self, hands: Hands, home: Path, *words: str, scale: str = "1") -> None:
        self.hands, self.home = hands, home
        self.log = home / "stderr.txt"
        with self.log.open("ab") as errors:
            env = {**hands.env, "QT_SCALE_FACTOR": scale}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "g4g_plugin", "panel", *words], env=env, stderr=errors
            )

    def __enter__(self) -> Panel:
        self.window = self.hands.wait_for("G4G Dub")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert "Traceback" not in self.log.read_text("utf-8")

    def titled(self, name: str) -> None:
        """Wait until the window shows a timeline."""
        waited(
            lambda: [
                title
                for title in [self.hands.do("getwindowname", self.window)]
                if title.startswith(name)
            ]
        )

    def decided(self, timeline: Path) -> str:
        """Return what the project of a timeline says on the disk, decisions and versions."""
        project = open_project(timeline)[1]
        media = [v.media.name for stack in project.versions.values() for v in stack]
        takes = [given.take.audio.name for given in project.decisions.values()]
        return " ".join([*takes, *media])

    def quit(self) -> None:
        self.hands.key("ctrl+q")
        assert self.process.wait(60) == 0


def settle(home: Path, **settings: str) -> None:
    """Set what a user would have set, and leave the first-run check behind."""
    (home / "config").mkdir(parents=True)
    words = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (home / "config" / "settings.toml").write_text(words, "utf-8")
    (home / "config" / "panel.json").write_text('{"checked": true}', "utf-8")


class Eye:
    """Sees what stands on the screen."""

    def __init__(self, memory: Path, pictures: Path | None = None) -> None:
        self._file = memory / "Xvfb_screen0"
        self._pictures = pictures

    def look(self, name: str = "") -> NDArray[np.uint8]:
        """Return the screen, (h, w, 3) uint8 RGB; where pictures are wished, keep it under a name."""
        content = self._file.read_bytes()
        header = struct.unpack(">25I", content[:100])
        size, width, height, line, colours = header[0], header[4], header[5], header[12], header[19]
        pixels = np.frombuffer(content, np.uint8, line * height, size + 12 * colours)
        bgr = pixels.reshape(height, line)[:, : 4 * width].reshape(height, width, 4)[..., :3]
        if name and self._pictures is not None:
            cv2.imwrite(str(self._pictures / f"{name}.png"), bgr)
        return np.ascontiguousarray(bgr[..., ::-1])

    def find(self, colour: str, least: int = 12) -> tuple[int, int, int, int] | None:
        """Return left, top, right, bottom of what is drawn in lines of a colour, `least` pixels
        long; None: nothing.
        """
        wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        there = (self.look() == wanted).all(axis=2)
        rows, columns = (np.flatnonzero(there.sum(axis=axis) >= least) for axis in (1, 0))
        if len(rows) == 0 or len(columns) == 0:
            return None
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
