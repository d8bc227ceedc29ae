"""Start the panel: one window a user, dressed, in the user's language."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLockFile
from PySide6.QtWidgets import QApplication, QMessageBox

from g4g_plugin.core.settings import cache_dir
from g4g_plugin.panel.i18n.language import speak
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.preferences import load_preferences
from g4g_plugin.panel.widgets.style import apply_theme

SWITCH_INTERVAL = 0.001  # seconds a thread may keep Python to itself while the interface waits


def run(timeline: Path | None = None) -> int:
    """Show the window until it is closed; returns the exit status."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("G4G Dub")
    app.setDesktopFileName("g4g")
    speak(app, load_preferences().language)
    lock = take_lock()
    apply_theme(app, load_preferences().theme)
    if lock is None:
        words = app.translate("app", "The panel is already open; two would render the same queue.")
        QMessageBox.information(None, "G4G Dub", words)
        return 1
    sys.setswitchinterval(SWITCH_INTERVAL)
    window = Window()
    window.ended.connect(app.quit)
    sys.excepthook = partial(report_uncaught, window.document)
    window.show()
    window.begin(timeline)
    return app.exec()


def report_uncaught(
    document: Document, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Show what nobody caught: a sentence where it is one of ours, else a report; the window lives
    on.

    Args:
        document: whose window shows it.
        kind: of the error.
        error: that nobody caught.
        trace: where it came from.
    """
    sys.__excepthook__(kind, error, trace)
    if not issubclass(kind, KeyboardInterrupt):
        document.report(error)


def take_lock() -> QLockFile | None:
    """Return the lock of the only panel of this user; None where another one runs. A crash leaves
    none behind.
    """
    cache_dir().mkdir(parents=True, exist_ok=True)
    lock = QLockFile(str(cache_dir() / "panel.lock"))
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(0) else None
