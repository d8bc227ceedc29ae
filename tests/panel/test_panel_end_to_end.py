"""The panel as a new user has it: a real screen (Xvfb), a real mouse and real keys, nothing called
from within.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from screen import Hands, Panel, needs_a_screen, settle, shown_on, waited

ONCE = 1  # a project names a take's file so often for each clip it is given to
pytestmark = needs_a_screen
# A file manager in small: a window from which one file can be dragged to any other program.
OTHER_PROGRAM = """
import sys
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QLabel

class Icon(QLabel):
    def mouseMoveEvent(self, event):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)

app = QApplication(sys.argv)
icon = Icon(sys.argv[1])
icon.setWindowTitle("Other program")
icon.setGeometry(1300, 20, 280, 100)
icon.show()
app.exec()
"""


def test_first_dub_by_mouse_and_keys(home: Path, timeline: Path, line: Path) -> None:
    settle(home, engine="copy", deliver="ffv1")
    with (
        shown_on("1280x720") as screen,
        Panel(hands := Hands(screen), home, str(timeline)) as panel,
    ):
        panel.titled("edit")
        left, top, *_ = hands.place(panel.window)
        clip = (left + 120, top + 605)  # the first on V1
        for _ in range(8):  # a loaded machine may take its time until the window hears keys
            hands.click(*clip)
            hands.key("t")  # Take…
            time.sleep(5)
            if hands.do("search", "--onlyvisible", "--name", "Choose a take"):
                break
        hands.wait_for("Choose a take")
        hands.key("ctrl+a")
        hands.do("type", str(line))
        hands.key("Return")
        waited(lambda: [1] * (panel.decided(timeline).count(line.name) == ONCE))
        for _ in range(3):  # a loaded machine may not have shown the file yet
            hands.drag(
                (left + 1000, top + 310), (left + 350, top + 605)
            )  # from the files to the second clip
            time.sleep(2)
            if panel.decided(timeline).count(line.name) > ONCE:
                break
        assert panel.decided(timeline).count(line.name) == 2 * ONCE
        hands.click(*clip)
        hands.key("ctrl+d")
        out = timeline.parent / "g4g-dubs"
        waited(lambda: list(out.glob("shot 1.g4g-dub-v001.mkv")))
        waited(lambda: [1] * ("v001.mkv" in panel.decided(timeline)))
        hands.click(*clip)
        hands.key("3")  # wipe
        hands.key("ctrl+e")
        waited(lambda: list(out.glob("edit.dubbed.otio")))
        assert "shot 1.g4g-dub-v001.mkv" in (out / "edit.dubbed.otio").read_text("utf-8").replace(
            "%20", " "
        )
        panel.quit()


def test_demo_dropped_from_another_program_killed_gone_on_with_and_exported(home: Path) -> None:
    """The engine is the real one; the line comes by XDND from another program; the power fails in
    the middle.
    """
    from g4g_plugin.core.settings import resources

    settle(home, deliver="h264")
    line = resources() / "demo" / "line.flac"
    out = home / "cache" / "demo" / "g4g-dubs"
    timeline = home / "cache" / "demo" / "demo.otio"
    with shown_on("1600x720") as screen:
        hands = Hands(screen)
        with Panel(hands, home) as panel:
            other = subprocess.Popen(
                [sys.executable, "-c", OTHER_PROGRAM, str(line)], env=hands.env
            )
            hands.wait_for("Other program")
            hands.click(440, 470)
            hands.key("ctrl+shift+o")
            panel.titled("G4G demo")
            for _ in range(5):  # a loaded machine may not have painted the timeline yet
                time.sleep(2)
                hands.drag((1400, 70), (450, 605))  # onto the middle clip
                if line.name in panel.decided(timeline):
                    break
            assert panel.decided(timeline).count(line.name) == ONCE
            other.kill()
            other.wait()
            hands.click(450, 605)
            hands.key("ctrl+d")
            waited(lambda: [part for part in out.glob(".g4g-work/**/*") if part.is_file()])
            panel.process.send_signal(signal.SIGKILL)
            panel.process.wait()
        assert not [path for path in out.iterdir() if path.suffix == ".mov"]
        assert line.name in panel.decided(timeline)
        with Panel(hands, home) as panel:  # as a user starts it again: the timeline comes by itself
            panel.titled("G4G demo")
            time.sleep(2)
            hands.click(690, 67)  # Go on
            waited(lambda: [1] * ("v001.mov" in panel.decided(timeline)))
            hands.key("3")
            hands.key("ctrl+e")
            dubbed = waited(lambda: list(out.glob("*.dubbed.otio")))[0]
            assert "close.g4g-dub-v001.mov" in dubbed.read_text("utf-8")
            panel.quit()
        assert sorted(path.name for path in out.glob("*.mov")) == ["close.g4g-dub-v001.mov"]
        assert not list(out.glob(".*"))


def test_at_200_percent_on_a_laptop_nothing_leaves_the_screen(home: Path, timeline: Path) -> None:
    settle(home, engine="copy")
    with (
        shown_on("1920x1080") as screen,
        Panel(Hands(screen), home, str(timeline), scale="2") as panel,
    ):
        panel.titled("edit")
        time.sleep(2)
        left, top, width, height = panel.hands.place(panel.window)
        assert (left + width, top + height) <= (1920, 1080)
        assert (left, top) >= (0, 0)
        panel.hands.click(
            left + 3 * width // 4, top + height - 8
        )  # no window manager: keys go where one clicked
        panel.quit()
