"""Buttons for actions: the tool bar, and those that stand on pages and below the picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from g4g_plugin.panel.i18n.words import QT_TRANSLATE_NOOP
from g4g_plugin.panel.pages.queue_page import QueuePage
from g4g_plugin.panel.pages.takes_page import TakesPage
from g4g_plugin.panel.viewer.viewer import Viewer

SHORT_TEXTS = {
    "open": QT_TRANSLATE_NOOP("tools", "Open…"),
    "undo": QT_TRANSLATE_NOOP("tools", "Undo"),
    "redo": QT_TRANSLATE_NOOP("tools", "Redo"),
    "assign": QT_TRANSLATE_NOOP("tools", "Take…"),
    "preview": QT_TRANSLATE_NOOP("tools", "Preview"),
    "dub": QT_TRANSLATE_NOOP("tools", "Dub"),
    "pause": QT_TRANSLATE_NOOP("tools", "Pause"),
    "cancel": QT_TRANSLATE_NOOP("tools", "Cancel"),
    "export": QT_TRANSLATE_NOOP("tools", "Export…"),
}
ON_TAKES_PAGE = {
    "csv": QT_TRANSLATE_NOOP("tools", "Import a CSV"),
    "from_track": QT_TRANSLATE_NOOP("tools", "From an audio track"),
}
ON_CLIP = (  # what the right button offers; "": a line between
    *("assign", "unassign", "begin_here", "page_inspector", "", "dub", "preview", "", "revert"),
)
GROUP_ENDS = ("open", "redo", "cancel")  # a separator follows


def _shorten(actions: Mapping[str, QAction], texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        actions[name].setIconText(QCoreApplication.translate("tools", text))


def build_tool_bar(window: QMainWindow, actions: Mapping[str, QAction]) -> None:
    """Put the tool bar on the window."""
    bar = window.addToolBar(QCoreApplication.translate("tools", "Tools"))
    bar.setObjectName("tools")
    bar.setMovable(False)
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    _shorten(actions, SHORT_TEXTS)
    for name in SHORT_TEXTS:
        bar.addAction(actions[name])
        if name in GROUP_ENDS:
            bar.addSeparator()


def add_context_menus(widgets: Iterable[QWidget], actions: Mapping[str, QAction]) -> None:
    """Let the right button offer what can be done with the selected clip."""
    for widget in widgets:
        for name in ON_CLIP:
            action = actions[name] if name else QAction(widget)
            action.setSeparator(not name)
            widget.addAction(action)
        widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)


def add_menu_of_recent(window: QMainWindow, actions: Mapping[str, QAction], recent: QMenu) -> None:
    """Put the recent timelines into the menu File.

    Args:
        window: whose menu it is.
        actions: the menu stands before "export".
        recent: the menu.
    """
    menu = window.menuBar().actions()[0].menu()
    assert isinstance(menu, QMenu)
    menu.insertMenu(actions["export"], recent)


def add_page_buttons(
    actions: Mapping[str, QAction], viewer: Viewer, takes: TakesPage, queue: QueuePage
) -> None:
    """Put buttons where the actions are used.

    Args:
        actions: all of them, by name.
        viewer: gets transport and modes.
        takes: gets the ways to a take.
        queue: gets the pause.
    """
    _shorten(actions, ON_TAKES_PAGE)
    viewer.add_buttons(actions)
    names = ("assign", "audition", "match_name", "match_timecode", "csv", "from_track")
    takes.add_actions(actions[name] for name in names)
    queue.add_action(actions["pause"])
