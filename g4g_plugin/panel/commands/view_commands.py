"""The window's pages and places: bring one to the front, pull it out, full screen, beside the
editing program; the theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow

from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.commands.narrow_layout import NarrowLayout
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.focus import focus_areas, focus_next_area, show_page
from g4g_plugin.panel.widgets.style import application, apply_theme


class ViewCommands(QObject):
    """The menus View and Pages but for the strip's own zoom."""

    def __init__(
        self, document: Document, window: QMainWindow, docks: Mapping[str, QDockWidget]
    ) -> None:
        """Args:
        document: remembers the theme.
        window: is laid out.
        docks: its pages by name.
        """
        super().__init__(window)
        self._document, self._window, self._docks = document, window, docks
        self._layout_before = QByteArray()
        self.narrow = NarrowLayout(window, docks)

    def handlers(self) -> Handlers:
        """Return what each action does."""
        return {
            **{f"page_{name}": partial(show_page, dock) for name, dock in self._docks.items()},
            "next_area": lambda: focus_next_area(focus_areas(self._window, self._docks)),
            "page_float": self.float_page,
            "beside": self.narrow.set,
            "on_top": self._stay_on_top,
            "theme": self._set_light_theme,
            "full_screen": self.toggle_full_screen,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Tick what is switched on."""
        actions["theme"].setChecked(self._document.preferences.theme == "light")

    def toggle_full_screen(self) -> None:
        """Show the viewer alone on the whole screen, or all as before."""
        window = self._window
        strip = self._docks["strip"]
        full = not window.isFullScreen()
        if full:
            self._layout_before = window.saveState()
        for dock in self._docks.values():
            dock.setVisible(not full)
        if not full:
            window.restoreState(self._layout_before)
        (window if full else strip.widget()).setFocus()
        window.statusBar().setVisible(not full)
        (window.showFullScreen if full else window.showNormal)()

    def float_page(self) -> None:
        """Make the page in hand, else the one in front, a window of its own, or put it back."""
        pages = [dock for name, dock in self._docks.items() if name != "strip"]
        focused = QApplication.focusWidget()
        in_hand = [page for page in pages if focused is not None and page.isAncestorOf(focused)]
        visible = [page for page in pages if not page.visibleRegion().isEmpty()]
        for page in [*in_hand, *visible][:1]:
            page.setFloating(not page.isFloating())
            self._window.activateWindow()  # it has the keyboard again; a page that floats takes it
            show_page(page)

    def _stay_on_top(self, on: bool) -> None:
        self._window.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, on)
        self._window.show()  # changing the flag hides it

    def _set_light_theme(self, on: bool) -> None:
        self._document.set_preferences(theme="light" if on else "dark")
        apply_theme(application(), self._document.preferences.theme)
