"""The panel as a new user has it: a real screen (Xvfb), a real mouse and real keys, nothing called from within."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ONCE = 1  # a session names a take's file so often for each clip it is given to
NEEDED = ("Xvfb", "xdotool")
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in NEEDED), reason=f"needs {' and '.join(NEEDED)}"
)


@pytest.fixture
def screen() -> Iterator[str]:
    """Start a screen of its own."""
    read, write = os.pipe()
    shown = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    shown.terminate()
    shown.wait()


class Hands:
    """Mouse and keyboard on one screen."""

    def __init__(self, screen: str) -> None:
        self._env = {**os.environ, "DISPLAY": screen}

    def do(self, *words: str | int) -> str:
        ran = subprocess.run(["xdotool", *map(str, words)], env=self._env, capture_output=True, text=True, check=False)
        return ran.stdout.strip()

    def key(self, keys: str) -> None:
        self.do("key", "--clearmodifiers", keys)
        time.sleep(0.5)

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

    def place(self, window: str) -> tuple[int, int]:
        found = re.search(r"Position: (-?\d+),(-?\d+)", self.do("getwindowgeometry", window))
        assert found
        return int(found[1]), int(found[2])


def waited(happened: Callable[[], list], seconds: float = 90) -> list:
    """Return what `happened` finds once it finds something."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.3)
    return found


def test_first_dub_by_mouse_and_keys(screen: str, home: Path, timeline: Path, line: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text('engine = "copy"\ndeliver = "ffv1"\n', "utf-8")
    (home / "config" / "panel.json").write_text('{"checked": true}', "utf-8")
    env = {**os.environ, "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
    log = home / "stderr.txt"
    with log.open("wb") as errors:
        panel = subprocess.Popen([sys.executable, "-m", "g4g_plugin", "panel", str(timeline)], env=env, stderr=errors)
    hands = Hands(screen)

    def sessions() -> list[str]:
        return [file.read_text("utf-8") for file in (home / "config" / "sessions").glob("*.json")]

    try:
        window = hands.wait_for("G4G Dub")
        waited(lambda: [name for name in [hands.do("getwindowname", window)] if name.startswith("edit")])
        left, top = hands.place(window)
        clip = (left + 120, top + 570)  # the first on V1
        hands.click(*clip)
        hands.key("t")  # Take…
        hands.wait_for("Choose a take")
        hands.do("type", str(line))
        hands.key("Return")
        waited(lambda: [text for text in sessions() if text.count(line.name) == ONCE])
        for _ in range(3):  # a loaded machine may not have shown the file yet
            hands.drag((left + 910, top + 294), (left + 480, top + 570))  # from the files to the second clip
            time.sleep(2)
            if any(text.count(line.name) > ONCE for text in sessions()):
                break
        assert [text.count(line.name) for text in sessions()] == [2 * ONCE]
        hands.click(*clip)
        hands.key("ctrl+d")
        out = timeline.parent / "g4g-dubs"
        waited(lambda: list(out.glob("shot 1.g4g-dub-v001.mkv")))
        waited(lambda: [text for text in sessions() if "v001.mkv" in text])
        hands.click(*clip)
        hands.key("3")  # wipe
        hands.key("ctrl+e")
        waited(lambda: list(out.glob("edit.dubbed.otio")))
        assert "shot 1.g4g-dub-v001.mkv" in (out / "edit.dubbed.otio").read_text("utf-8").replace("%20", " ")
        hands.key("ctrl+q")
        assert panel.wait(60) == 0
        assert "Traceback" not in log.read_text("utf-8")
    finally:
        panel.kill()
        panel.wait()
