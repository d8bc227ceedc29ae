"""A narrow column at the right edge of the screen, beside the editing program."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QByteArray, QRect, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

COLUMN_WIDTH = 640  # pixels: a third of a 1080p screen stays with the picture, two with the editor
UNDER_PICTURE = ("lane", "strip")  # pages that lie below the picture, not among the tabs
BOTTOM_AREA = Qt.DockWidgetArea.BottomDockWidgetArea


class NarrowLayout:
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
            width = min(max(COLUMN_WIDTH, window.minimumSizeHint().width()), room.width())
            window.setGeometry(room.right() + 1 - width, room.top(), width, room.height())
        elif not on and self._before is not None:
            state, place = self._before
            self._before = None
            window.restoreState(state)
            window.setGeometry(place)

    def _stack(self) -> None:
        """Put the pages under the picture, lane and timeline under them."""
        tabs = [dock for name, dock in self._docks.items() if name not in UNDER_PICTURE]
        lane, strip = (self._docks[name] for name in UNDER_PICTURE)
        for dock in tabs:
            dock.setFloating(False)
            self._window.addDockWidget(BOTTOM_AREA, dock)
        self._window.splitDockWidget(tabs[0], lane, Qt.Orientation.Vertical)
        self._window.splitDockWidget(lane, strip, Qt.Orientation.Vertical)
        for one, other in pairwise(tabs):
            self._window.tabifyDockWidget(one, other)
        tabs[0].raise_()
