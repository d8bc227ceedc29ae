"""The panel with the keyboard alone: a first dub on a real screen, without a mouse."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from screen import Eye, Hands, Panel, needs_a_screen, settle, shown_on, waited

from g4g_plugin.core.settings import resources
from g4g_plugin.panel.viewer.canvas import SPEAKER_COLOUR
from g4g_plugin.panel.widgets.style import FOCUS_COLOURS, LIGHT_COLOURS
from g4g_plugin.project.project import Project, open_project

PATIENCE = 180  # seconds for one step on a busy machine
RING = FOCUS_COLOURS[0]
PICTURES = os.environ.get("G4G_PICTURES")  # a folder: each step is kept there, to be looked at
CANVAS = np.s_[120:355, 20:840]  # rows and columns of the screen where the picture lies
# A place in the message above the picture, and its colour
MESSAGE, WINDOW = ((62, 600), [0x23, 0x26, 0x29])
BAR = 378  # row of the screen in the middle of the position bar


class Editor:
    """An editor without a mouse: presses keys, looks at the screen, and finds what was decided on
    the disk.
    """

    def __init__(self, hands: Hands, eye: Eye, panel: Panel) -> None:
        self.hands, self.eye, self.panel = hands, eye, panel
        self._steps = 0

    def press(self, *keys: str) -> None:
        self.hands.keys(*keys)

    def see(self, name: str) -> None:
        """Keep a picture of the step."""
        self._steps += 1
        self.eye.look(f"{self._steps:02d}-{name}")

    def until(self, happened: Callable[[], object]) -> None:
        try:
            waited(lambda: [True] if happened() else [], PATIENCE)
        except AssertionError:
            self.see("failed")
            raise

    def back(self) -> None:
        """Be in the window again after a dialog."""
        self.hands.do("windowfocus", self.panel.window)
        time.sleep(0.2)

    def project(self) -> Project:
        """Return what is decided, as another program reads it from the disk."""
        return open_project(self.panel.home / "cache" / "demo" / "demo.otio")[1]

    def take_of(self, clip: str) -> str:
        given = self.project().decisions.get(clip)
        return given.take.audio.name if given else ""

    def ring(self) -> tuple[int, int, int, int]:
        """Return where the keyboard is seen to be."""
        return waited(lambda: [place for place in [self.eye.find(RING)] if place])[0]

    def walk(self, most: int = 60) -> list[tuple[int, int, int, int]]:
        """Go round with Tab until it is where it was; returns the places."""
        places = [self.ring()]
        for _ in range(most):
            self.press("Tab")
            place = self.ring()
            if place == places[0]:
                return places
            places.append(place)
        raise AssertionError(f"Tab does not come back: {places}")

    def picture(self) -> np.ndarray:
        return self.eye.look()[CANVAS].astype(int)

    def wipe_line(self) -> int:
        """Return the column of the wipe line: white from top to bottom."""
        white = (self.eye.look()[CANVAS] == 255).all(axis=(0, 2))
        return int(np.flatnonzero(white)[0]) if white.any() else -1

    def position(self) -> int:
        """Return where the position bar stands, in pixels."""
        row = self.eye.look()[BAR, :872].astype(int)
        return int(np.argmax(row[:, 2] - row[:, 0]))


@pytest.fixture
def editor(home: Path) -> Iterator[Editor]:
    settle(home, engine="copy", deliver="ffv1")
    with tempfile.TemporaryDirectory() as memory, shown_on("1280x720", Path(memory)) as screen:
        hands = Hands(screen)
        with Panel(hands, home) as panel:
            hands.focus("G4G Dub")
            yield Editor(hands, Eye(Path(memory), Path(PICTURES) if PICTURES else None), panel)


@needs_a_screen
def test_first_dub_without_a_mouse(editor: Editor, home: Path) -> None:
    """The demo timeline from the first key to the export; the engine gives the face back as it is."""
    open_the_demo(editor)
    give_takes(editor)
    look_and_dub(editor, home)
    watch(editor)
    step_and_play(editor)
    choose_versions(editor, home)
    export_and_leave(editor, home)


def open_the_demo(editor: Editor) -> None:
    editor.until(lambda: editor.eye.look()[MESSAGE].tolist() == WINDOW)  # the message has come
    editor.press("Tab", "Tab")
    editor.see("start")
    editor.press("Return")  # the second button of the message: Demo
    editor.panel.titled("G4G demo")
    editor.press("ctrl+6")
    editor.see("timeline")
    left, top, right, bottom = editor.ring()
    assert right - left > 840, "the whole timeline is framed"
    assert top > 480
    assert bottom > 650


def give_takes(editor: Editor) -> None:
    line = resources() / "demo" / "line.flac"
    editor.press("Down", "alt+t")
    editor.see("menu")
    editor.press("a")  # Assign a take…
    editor.hands.focus("Choose a take")
    editor.press("ctrl+a")
    editor.hands.do("type", str(line))
    editor.see("dialog")
    editor.press("Return")
    editor.until(lambda: editor.take_of("V1/2") == line.name)
    editor.back()
    editor.press("ctrl+z")
    editor.until(lambda: not editor.take_of("V1/2"))
    editor.press("ctrl+shift+z")
    editor.until(lambda: editor.take_of("V1/2") == line.name)
    editor.press(
        "Down", "ctrl+2", "Down", "Return"
    )  # the next shot; the list of files; the first is given to it
    editor.until(lambda: editor.take_of("V1/3") == line.name)
    editor.see("takes")
    editor.press("shift+Delete")
    editor.until(lambda: not editor.take_of("V1/3"))
    editor.press("ctrl+6", "Up")


def look_and_dub(editor: Editor, home: Path) -> None:
    editor.press("ctrl+1", "space")  # Look at the shot
    editor.until(lambda: editor.eye.find(LIGHT_COLOURS["green"][0], 3))
    editor.see("triage")
    editor.press("ctrl+d", "ctrl+3")
    editor.see("queue")
    editor.until(lambda: dubs(home) == ["close.g4g-dub-v001.mkv"])
    editor.until(lambda: editor.project().chosen.get("V1/2") == 0)
    editor.see("dubbed")


def dubs(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "cache" / "demo" / "g4g-dubs").glob("[!.]*.mkv"))


def watch(editor: Editor) -> None:
    editor.press("3")
    editor.until(lambda: editor.wipe_line() > 0)
    before = editor.wipe_line()
    editor.press("alt+Left", "alt+Left", "alt+Left")
    editor.until(lambda: 0 < editor.wipe_line() < before - 50)
    editor.see("wipe")
    whole = editor.picture()
    editor.press("5")
    editor.until(lambda: editor.picture().mean() < 8)  # nothing was changed
    editor.see("difference")
    editor.press("4")
    editor.until(lambda: np.abs(editor.picture() - whole).mean() > 20)
    editor.see("side")
    editor.press("2")
    editor.see("dubbed-alone")
    editor.press("1", "s")
    editor.until(lambda: editor.eye.find(SPEAKER_COLOUR.name(), 40))
    editor.see("speaker")
    small = editor.eye.find(SPEAKER_COLOUR.name(), 40)
    editor.press("z")
    editor.until(
        lambda: editor.eye.find(SPEAKER_COLOUR.name(), 40) != small
    )  # its corners are out of sight
    editor.see("mouth")
    editor.press("z")
    editor.until(lambda: editor.eye.find(SPEAKER_COLOUR.name(), 40) == small)
    editor.press("shift+1")


def step_and_play(editor: Editor) -> None:
    editor.press("ctrl+6", "Home")
    editor.until(lambda: editor.position() < 5)
    editor.press("Right", "Right", "Right")
    editor.until(lambda: 25 <= editor.position() <= 35)  # three of 87 frames of a bar of 870 pixels
    editor.press("space")
    editor.until(lambda: editor.position() > 80)
    editor.see("playing")
    editor.press("k")
    still = editor.position()
    time.sleep(0.3)
    assert editor.position() == still
    editor.press("End", "j")
    editor.until(lambda: editor.position() < 800)
    editor.press("k")


def choose_versions(editor: Editor, home: Path) -> None:
    editor.press("ctrl+2", "Tab", "Tab", "Tab")
    editor.press("Down")  # In, Out, Channel, Fit: trim instead of exact
    editor.see("fit")
    editor.until(lambda: editor.project().decisions["V1/2"].fit == "trim")
    editor.press("ctrl+d")
    editor.until(lambda: len(dubs(home)) == 2)
    editor.until(lambda: editor.project().chosen.get("V1/2") == 1)
    editor.press("ctrl+1", "Tab", "Up", "Return")  # Look at the shot, Versions
    editor.until(lambda: editor.project().chosen.get("V1/2") == 0)
    editor.see("versions")
    editor.press("Tab", "Tab", "Return")  # Use, Original
    editor.until(lambda: editor.project().chosen.get("V1/2", -1) == -1)
    editor.press("ctrl+1", "Tab", "Down", "Tab", "space")  # Use
    editor.until(lambda: editor.project().chosen.get("V1/2") == 1)
    assert len(editor.walk()) > 15, "buttons of the picture, tabs, page, timeline"


def export_and_leave(editor: Editor, home: Path) -> None:
    editor.press("ctrl+e")
    out = home / "cache" / "demo" / "g4g-dubs"
    dubbed = waited(lambda: list(out.glob("*.dubbed.otio")))[0]
    assert "close.g4g-dub-v002.mkv" in dubbed.read_text("utf-8")
    editor.see("exported")
    editor.press("ctrl+comma")
    editor.hands.focus("Settings")
    editor.press("Tab")
    editor.see("settings")
    assert len(editor.walk()) > 10, "every field, and out of the one that takes several lines"
    editor.press("Escape")
    editor.back()
    editor.panel.quit()
