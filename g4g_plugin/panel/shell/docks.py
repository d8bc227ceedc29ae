"""Where the pages stand: tabs at the right of the picture, the timeline below."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QScrollArea, QWidget

from g4g_plugin.panel.commands.narrow_layout import BOTTOM_AREA, UNDER_PICTURE

WINDOW_SIZE = QSize(1280, 720)  # where the screen has room for it: a laptop's
PAGES_WIDTH = 400  # pixels: the longest German row of a page
STRIP_HEIGHT = 150  # pixels: ruler, a picture and a sound lane
LANE_HEIGHT = 120  # pixels: two waves, ranges, what became of each frame
LOW_WINDOW = 640  # pixels: below it the picture would be lower than the lane


def lay_docks(
    window: QMainWindow, pages: Mapping[str, tuple[str, QWidget]]
) -> dict[str, QDockWidget]:
    """Put each page (name -> title, page) into a dock: lane and timeline below, the others as tabs.

    Where the window is low, as at 200 % on a laptop, lane and timeline are tabs of one place.
    """
    docks: dict[str, QDockWidget] = {}
    right = Qt.DockWidgetArea.RightDockWidgetArea
    tabs = [name for name in pages if name not in UNDER_PICTURE]
    lane, strip = UNDER_PICTURE
    for name, (title, page) in pages.items():
        dock = QDockWidget(title, window)
        dock.setObjectName(name)
        dock.setWidget(page)
        if name in UNDER_PICTURE:
            dock.setTitleBarWidget(QWidget())
        window.addDockWidget(BOTTOM_AREA if name in UNDER_PICTURE else right, dock)
        docks[name] = dock
    for one, other in pairwise(docks[name] for name in tabs):
        window.tabifyDockWidget(one, other)
    window.setCorner(Qt.Corner.BottomRightCorner, right)  # the inspector is long
    window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, window.tabPosition(right).North)
    window.resize(WINDOW_SIZE.boundedTo(window.screen().availableSize()))
    window.resizeDocks([docks[tabs[0]]], [PAGES_WIDTH], Qt.Orientation.Horizontal)
    if window.height() < LOW_WINDOW:
        window.tabifyDockWidget(docks[lane], docks[strip])
        heights = [min(STRIP_HEIGHT, window.height() * 3 // 10)]
        window.resizeDocks([docks[strip]], heights, Qt.Orientation.Vertical)
    else:
        window.splitDockWidget(docks[lane], docks[strip], Qt.Orientation.Vertical)
        heights = [LANE_HEIGHT, STRIP_HEIGHT]
        window.resizeDocks([docks[lane], docks[strip]], heights, Qt.Orientation.Vertical)
    return docks


def scrolled(page: QWidget) -> QScrollArea:
    """Let a page be scrolled where the screen is too small for it, as at 200 % on a laptop."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(page)
    return area
