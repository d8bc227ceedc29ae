"""The keyboard's place: the order Tab goes, and which keys the thing in hand keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QMainWindow,
    QScrollArea,
    QSlider,
    QTabBar,
    QWidget,
)

from g4g_plugin.panel.widgets.focus_frame import show_frame

ROW_TOLERANCE = 10  # pixels: middles no farther apart lie in one row
_KEY = Qt.Key
_BUTTON_KEYS = (_KEY.Key_Space,)
_TAB_KEYS = (_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Home, _KEY.Key_End)
_CURSOR_KEYS = (*_TAB_KEYS, _KEY.Key_Up, _KEY.Key_Down, _KEY.Key_Space)
# A key that would be a shortcut of the window, but means something to the thing that has the focus.
KEPT_KEYS: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractItemView, _CURSOR_KEYS),
    (QAbstractSpinBox, _CURSOR_KEYS),
    (QSlider, (*_TAB_KEYS, _KEY.Key_Up, _KEY.Key_Down)),
    (QComboBox, _CURSOR_KEYS),
    (QAbstractButton, _BUTTON_KEYS),
    (QTabBar, _TAB_KEYS),
)


def keeps_key(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Return whether a key belongs to the widget in hand: arrows to lists and fields, the space bar
    to buttons.
    """
    if isinstance(widget, QAbstractItemView) and event.matches(QKeySequence.StandardKey.SelectAll):
        return True
    if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return False
    return any(isinstance(widget, kind) and event.key() in keys for kind, keys in KEPT_KEYS)


# Where Tab goes


def focus_areas(window: QMainWindow, docks: Mapping[str, QDockWidget]) -> list[list[QWidget]]:
    """Return what Tab reaches, area by area: the picture and what is around it, the tabs, the page
    in front, the strip.

    Qt's own order is the one in which the widgets were made, and goes through pages that lie behind
    another.
    """
    bars = [bar for bar in window.findChildren(QTabBar) if bar.parent() is window]
    for bar in bars:
        bar.setAccessibleName(QCoreApplication.translate("actions", "Pa&ges").replace("&", ""))
    seen = [
        dock
        for dock in docks.values()
        if not dock.isFloating() and not dock.visibleRegion().isEmpty()
    ]
    groups = (
        _as_read(group, window)
        for group in (window.centralWidget(), *bars, *seen)
        if group is not None
    )
    return [area for area in groups if area]


def first_stop(page: QWidget) -> QWidget | None:
    """Return the first thing on a page that takes the keyboard."""
    return next(iter(_as_read(page, page.window())), None)


def _as_read(group: QWidget, window: QWidget) -> list[QWidget]:
    """Return what takes the keyboard in a group, row by row."""
    inside = [child for child in (group, *group.findChildren(QWidget)) if _takes_tab(child, window)]
    middles = {child: child.mapTo(window, child.rect().center()) for child in inside}
    rows: list[list[QWidget]] = []
    for child in sorted(inside, key=lambda child: middles[child].y()):
        if rows and middles[child].y() - middles[rows[-1][0]].y() <= ROW_TOLERANCE:
            rows[-1].append(child)
        else:
            rows.append([child])
    return [child for row in rows for child in sorted(row, key=lambda child: middles[child].x())]


def _takes_tab(widget: QWidget, window: QWidget) -> bool:
    tabbed = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    usable = widget.isEnabled() and widget.isVisibleTo(window)
    return (
        tabbed and widget.window() is window and (usable or widget.hasFocus())
    )  # from it one goes to the next


def focus_next(stops: list[QWidget], forward: bool) -> bool:
    """Give the keyboard to the next stop, round and round; False where there is none."""
    if not stops:
        return False
    now, by = QApplication.focusWidget(), 1 if forward else -1
    at = stops.index(now) if now in stops else -1 if forward else len(stops)
    around = (stops[(at + n * by) % len(stops)] for n in range(1, len(stops) + 1))
    to = next((stop for stop in around if stop.isEnabled()), stops[0])
    give_focus(to, Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def focus_next_area(areas: list[list[QWidget]]) -> None:
    """Give the keyboard to the first stop of the next area."""
    now = QApplication.focusWidget()
    at = next((n for n, area in enumerate(areas) if now in area), -1)
    if areas:
        give_focus(areas[(at + 1) % len(areas)][0], Qt.FocusReason.ShortcutFocusReason)


def give_focus(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Give the keyboard to a widget, scrolled into sight."""
    widget.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    widget.setFocus(reason)
    show_frame(widget)  # it may have had it already, but whoever asked wants to see where it is
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def return_focus_from(docks: Iterable[QDockWidget], to: QWidget) -> None:
    """Give the keyboard to `to` when the page that has it goes behind another or is closed."""
    for dock in docks:
        dock.visibilityChanged.connect(partial(_return_focus, dock, to))


def _return_focus(dock: QDockWidget, to: QWidget, seen: bool) -> None:
    now = None if seen else QApplication.focusWidget()
    if now is not None and dock.isAncestorOf(now):
        to.setFocus()


def keep_focus_on_click(buttons: Iterable[QAbstractButton]) -> None:
    """Let a click on a button leave the keyboard where it is: the space bar still plays."""
    for button in buttons:
        if button.focusPolicy() == Qt.FocusPolicy.StrongFocus:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def activate_on_enter(view: QAbstractItemView, act: Callable[[], object]) -> None:
    """Let Enter do with the row in hand what a double click does; a click never does, whatever the
    desktop's ways.
    """
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        short = QShortcut(QKeySequence(key), view, context=Qt.ShortcutContext.WidgetShortcut)
        short.activated.connect(lambda: act() if view.currentIndex().isValid() else None)


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
        give_focus(first, Qt.FocusReason.ShortcutFocusReason)
