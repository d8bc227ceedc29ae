"""Open the window for a moment and close it again: exit status 0 says that it was painted.

`python -m g4g_plugin.panel.shell.trial`; the set-up and `g4g doctor` run it.
"""

from __future__ import annotations

import os
import sys
import tempfile

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.widgets.style import apply_theme

SHOWN_TIME = 300  # ms: the platform has exposed the window by then, or never will


def try_window() -> bool:
    """Return whether a window was shown and painted."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    window = Window()
    apply_theme(app, "dark")
    window.show()
    loop = QEventLoop()
    QTimer.singleShot(SHOWN_TIME, loop.quit)
    loop.exec()
    handle = window.windowHandle()
    painted = handle is not None and handle.isExposed() and not window.grab().isNull()
    window.ended.connect(loop.quit)
    QTimer.singleShot(0, window.close)  # it may have ended before this returns
    loop.exec()
    return painted


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="g4g-window-") as home:
        os.environ["G4G_HOME"] = home  # the user's settings and recent timelines stay as they are
        sys.exit(0 if try_window() else "the window was not shown")
