"""Make the pictures of the panel for the documentation, from the demo timeline: a first dub, step
by step.

    python docs/make_screenshots.py [FOLDER] [--engine g4g] [--scale 2] [--light]

Run it under Xvfb or with QT_QPA_PLATFORM=offscreen. Each picture is what the window shows at that
moment.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
PATIENCE = 1500  # seconds for a dub on a busy machine


def main() -> int:
    """Make all pictures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument(
        "folder", type=Path, nargs="?", default=Path(__file__).resolve().parent / "images"
    )
    words.add_argument("--engine", default="g4g")
    words.add_argument("--scale", default="1")
    words.add_argument("--light", action="store_true")
    args = words.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = args.scale
    with tempfile.TemporaryDirectory(prefix="g4g-pictures-") as home:
        os.environ["G4G_HOME"] = home
        return take_pictures(args.folder.absolute(), args.engine, "light" if args.light else "dark")


def take_pictures(folder: Path, engine: str, theme: str) -> int:
    """Walk through a first dub."""
    from PySide6.QtWidgets import QApplication

    from g4g_plugin.panel.shell.docks import WINDOW_SIZE
    from g4g_plugin.panel.shell.window import Window
    from g4g_plugin.panel.widgets.style import apply_theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    window = Window()
    apply_theme(app, theme)
    window.document.settings = window.document.settings.with_shot(engine=engine, codec="h264")
    window.document.set_preferences(checked=True)
    window.resize(WINDOW_SIZE)
    window.show()
    window.begin()
    until(lambda: window.document.queue.worker is not None)
    Walk(window, folder).go()
    window.close()
    until(lambda: window._ended)
    return 0


def until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the window live until something has happened."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("the panel did not get there")
        live(20)


def live(milliseconds: int) -> None:
    """Let the window live. An event loop lets the dub go on; QTest.qWait keeps Python to itself."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


class Walk:
    """The steps of a first dub; `picture` after each."""

    def __init__(self, window, folder: Path) -> None:
        self.window, self.folder = window, folder

    def picture(self, name: str) -> None:
        """Keep what the window shows."""
        self.settle()
        live(400)
        self.window.grab().save(str(self.folder / f"{name}.jpg"), "JPG", 88)
        sys.stderr.write(f"{name}\n")

    def settle(self) -> None:
        """Wait until thumbnails and waveforms are there."""
        until(lambda: not self.window.document.looks.busy and not self.window.document.frames.busy)

    def act(self, name: str) -> None:
        """Use an action of the menus."""
        self.window.actions_by_name[name].trigger()

    def go(self) -> None:
        """Open, give a take, look, dub, watch, export."""
        window, document = self.window, self.window.document
        self.picture("panel-empty")
        self.act("demo")
        until(lambda: document.edit is not None and document.queue.worker is not None)
        document.select(["V1/2"])
        until(lambda: window.viewer.canvas.shown)
        self.picture("panel-open")
        window.take_commands.assign_dropped([("V1/2", window.takes.bin.paths()[0])])
        self.picture("panel-take")
        self.shape()
        window.docks["shot"].raise_()
        window.shot.look.click()
        until(lambda: window.shot.remarks or window.banner.isVisible())
        self.picture("panel-shot")
        self.act("dub")
        until(
            lambda: (
                document.queue.estimate.fraction(next(iter(document.queue.rows), "")) > 0.05
                or document.state("V1/2") in ("done", "failed")
            )
        )
        self.picture("panel-dubbing")
        until(lambda: document.state("V1/2") in ("done", "failed"))
        if document.state("V1/2") == "failed":
            raise RuntimeError(window.banner.label.text())
        self.watch()

    def shape(self) -> None:
        """Place the line two frames in, shut the mouth in its pause, keep the plate in the next."""
        window, document, move = self.window, self.window.document, self.window.viewer.transport
        self.act("fit_trim")
        document.place_line(0, 2)
        for first, last, name in ((36, 42, "shut_range"), (68, 71, "keep_range")):
            for frame, mark in ((first, "mark_in"), (last, "mark_out")):
                move.go(move.span.first + frame)
                self.act(mark)
            self.act(name)
        self.act("clear_marks")
        move.go(move.span.first + 30)
        window.docks["inspector"].raise_()
        self.picture("panel-inspector")

    def watch(self) -> None:
        """The finished dub in each mode, and what goes out."""
        window = self.window
        span = window.viewer.transport.span
        window.viewer.transport.go(span.first + span.count // 3)
        window.docks["shot"].raise_()
        for mode in ("wipe", "side", "difference"):
            self.act(mode)
            self.picture(f"panel-{mode}")
        self.act("wipe")
        window.docks["clips"].raise_()
        self.picture("panel-clips")
        self.act("export")
        until(lambda: window.export.written is not None)
        self.picture("panel-export")


if __name__ == "__main__":
    sys.exit(main())
