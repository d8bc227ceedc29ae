"""Where the pages stand: tabs at the right of the picture, or a narrow column beside the editing
program.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from g4g_plugin.panel.widgets.focus import first_stop, take

SIZE = QSize(1280, 720)  # of the window, where the screen has room for it
PAGES_WIDE, STRIP_HIGH = 400, 190  # pixels
COLUMN = 640  # pixels, width of the window beside the editing program
BELOW = Qt.DockWidgetArea.BottomDockWidgetArea


def lay_docks(
    window: QMainWindow, pages: Mapping[str, tuple[str, QWidget]]
) -> dict[str, QDockWidget]:
    """Put each page (name -> title, page) into a dock: the last, the timeline, below, the others as
    tabs.
    """
    docks: dict[str, QDockWidget] = {}
    right = Qt.DockWidgetArea.RightDockWidgetArea
    *tabs, strip = pages
    for name, (title, page) in pages.items():
        dock = QDockWidget(title, window)
        dock.setObjectName(name)
        dock.setWidget(page)
        if name == strip:
            dock.setTitleBarWidget(QWidget())
        window.addDockWidget(BELOW if name == strip else right, dock)
        docks[name] = dock
    for one, other in pairwise(docks[name] for name in tabs):
        window.tabifyDockWidget(one, other)
    window.setCorner(Qt.Corner.BottomRightCorner, BELOW)
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(right).North)
    window.resize(SIZE.boundedTo(window.screen().availableSize()))
    window.resizeDocks([docks[tabs[0]]], [PAGES_WIDE], Qt.Orientation.Horizontal)
    window.resizeDocks(
        [docks[strip]], [min(STRIP_HIGH, window.height() * 3 // 10)], Qt.Orientation.Vertical
    )
    return docks


def scrolled(page: QWidget) -> QScrollArea:
    """Let a page be scrolled where the screen is too small for it, as at 200 % on a laptop."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area


def show_page(dock: QDockWidget) -> None:
    """Bring a page to the front, wherever it is, and give the keyboard to the first thing on it
    that takes it.
    """
    dock.show()
    dock.raise_()
    if dock.isFloating():
        dock.activateWindow()
    first = first_stop(dock.widget())
    if first is not None:
        take(first, Qt.FocusReason.ShortcutFocusReason)


class Beside:
    """The narrow column at the right edge of the screen, and the way back."""

    def __init__(self, window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
        self._window = window
        self._docks = docks
        self._before: tuple[QByteArray, QRect] | None = None

    def set(self, on: bool) -> None:
        """Stand beside the editing program, or as before."""
        window = self._window
        if on and self._before is None:
            self._before = (window.saveState(), window.geometry())
            self._stack()
            window.showNormal()
            room = window.screen().availableGeometry()
            width = min(max(COLUMN, window.minimumSizeHint().width()), room.width())
            window.setGeometry(room.right() + 1 - width, room.top(), width, room.height())
        elif not on and self._before is not None:
            state, place = self._before
            self._before = None
            window.restoreState(state)
            window.setGeometry(place)

    def _stack(self) -> None:
        """Put the pages under the picture, the timeline under them."""
        *tabs, strip = self._docks.values()
        for dock in tabs:
            dock.setFloating(False)
            self._window.addDockWidget(BELOW, dock)
        self._window.splitDockWidget(tabs[0], strip, Qt.Orientation.Vertical)
        for one, other in pairwise(tabs):
            self._window.tabifyDockWidget(one, other)
        tabs[0].raise_()


def stay_on_top(window: QMainWindow, on: bool) -> None:
    """Keep the window above the editing program's, or not."""
    window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
    window.show()  # changing the flag hides it
