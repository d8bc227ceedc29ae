"""Where the pages stand: tabs at the right of the picture, the timeline below."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

WINDOW_SIZE = QSize(1280, 720)  # where the screen has room for it: a laptop's
PAGES_WIDTH = 400  # pixels: the longest German row of a page
STRIP_HEIGHT = 190  # pixels: ruler, a picture and two sound lanes
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
    window.resize(WINDOW_SIZE.boundedTo(window.screen().availableSize()))
    window.resizeDocks([docks[tabs[0]]], [PAGES_WIDTH], Qt.Orientation.Horizontal)
    window.resizeDocks(
        [docks[strip]], [min(STRIP_HEIGHT, window.height() * 3 // 10)], Qt.Orientation.Vertical
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
