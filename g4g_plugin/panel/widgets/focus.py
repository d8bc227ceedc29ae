"""The keyboard's place: the order Tab goes, which keys the thing in hand keeps, and the ring that
shows where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QRegion,
    QShortcut,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QMainWindow,
    QScrollArea,
    QTabBar,
    QWidget,
)

from g4g_plugin.panel.commands.actions import PAGES, plain_words
from g4g_plugin.panel.widgets.style import focus_colour

SAME_ROW = 10  # pixels: middles no farther apart lie in one row
WIDE = 2  # pixels of the ring
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
_KEY = Qt.Key
_CLICKED = (_KEY.Key_Space,)
_ALONG = (_KEY.Key_Left, _KEY.Key_Right, _KEY.Key_Home, _KEY.Key_End)
_MOVED = (*_ALONG, _KEY.Key_Up, _KEY.Key_Down, _KEY.Key_Space)
# A key that would be a shortcut of the window, but means something to the thing that has the focus.
KEPT: tuple[tuple[type[QWidget], tuple[Qt.Key, ...]], ...] = (
    (QAbstractItemView, _MOVED),
    (QAbstractSpinBox, _MOVED),
    (QComboBox, _MOVED),
    (QAbstractButton, _CLICKED),
    (QTabBar, _ALONG),
)


def keeps(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Return whether a key belongs to the widget in hand: arrows to lists and fields, the space bar to
    buttons.
    """
    if isinstance(widget, QAbstractItemView) and event.matches(QKeySequence.StandardKey.SelectAll):
        return True
    if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
        return False
    return any(isinstance(widget, kind) and event.key() in keys for kind, keys in KEPT)


# Where Tab goes


def areas(window: QMainWindow, docks: Mapping[str, QDockWidget]) -> list[list[QWidget]]:
    """Return what Tab reaches, area by area: the picture and what is around it, the tabs, the page
    in front, the strip.

    Qt's own order is the one in which the widgets were made, and goes through pages that lie behind
    another.
    """
    bars = [bar for bar in window.findChildren(QTabBar) if bar.parent() is window]
    for bar in bars:
        bar.setAccessibleName(plain_words(PAGES))
    seen = [
        dock
        for dock in docks.values()
        if not dock.isFloating() and not dock.visibleRegion().isEmpty()
    ]
    found = (
        _as_read(group, window)
        for group in (window.centralWidget(), *bars, *seen)
        if group is not None
    )
    return [area for area in found if area]


def first_stop(page: QWidget) -> QWidget | None:
    """Return the first thing on a page that takes the keyboard."""
    return next(iter(_as_read(page, page.window())), None)


def _as_read(group: QWidget, window: QWidget) -> list[QWidget]:
    """Return what takes the keyboard in a group, row by row."""
    inside = [child for child in (group, *group.findChildren(QWidget)) if _takes_tab(child, window)]
    middles = {child: child.mapTo(window, child.rect().center()) for child in inside}
    rows: list[list[QWidget]] = []
    for child in sorted(inside, key=lambda child: middles[child].y()):
        if rows and middles[child].y() - middles[rows[-1][0]].y() <= SAME_ROW:
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


def walk(stops: list[QWidget], forward: bool) -> bool:
    """Give the keyboard to the next stop, round and round; False where there is none."""
    if not stops:
        return False
    now, by = QApplication.focusWidget(), 1 if forward else -1
    at = stops.index(now) if now in stops else -1 if forward else len(stops)
    around = (stops[(at + n * by) % len(stops)] for n in range(1, len(stops) + 1))
    to = next((stop for stop in around if stop.isEnabled()), stops[0])
    take(to, Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def next_area(found: list[list[QWidget]]) -> None:
    """Give the keyboard to the first stop of the next area."""
    now = QApplication.focusWidget()
    at = next((n for n, area in enumerate(found) if now in area), -1)
    if found:
        take(found[(at + 1) % len(found)][0], Qt.FocusReason.ShortcutFocusReason)


def take(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Give the keyboard to a widget, scrolled into sight."""
    had = widget.hasFocus()
    widget.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    widget.setFocus(reason)
    if had:  # nothing changes, but whoever asked wants to see where it is
        for ring in widget.window().findChildren(Ring):
            ring.follow(None, widget)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def hand_on(docks: Iterable[QDockWidget], to: QWidget) -> None:
    """Give the keyboard to `to` when the page that has it goes behind another or is closed."""
    for dock in docks:
        dock.visibilityChanged.connect(partial(_hand_on, dock, to))


def _hand_on(dock: QDockWidget, to: QWidget, seen: bool) -> None:
    now = None if seen else QApplication.focusWidget()
    if now is not None and dock.isAncestorOf(now):
        to.setFocus()


def leave_on_click(buttons: Iterable[QAbstractButton]) -> None:
    """Let a click on a button leave the keyboard where it is: the space bar still plays."""
    for button in buttons:
        if button.focusPolicy() == Qt.FocusPolicy.StrongFocus:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def on_enter(view: QAbstractItemView, act: Callable[[], object]) -> None:
    """Let Enter do with the row in hand what a double click does; a click never does, whatever the
    desktop's ways.
    """
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        short = QShortcut(QKeySequence(key), view, context=Qt.ShortcutContext.WidgetShortcut)
        short.activated.connect(lambda: act() if view.currentIndex().isValid() else None)


# Where it is


def application() -> QApplication:
    """Return the one there is."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


class Ring(QWidget):
    """A bright frame around what has the keyboard, in the window and its dialogs, once keys are
    used to go there.
    """

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)
        self._home, self._away = home, False
        self._by_key = False  # keys were used to go somewhere, and no mouse since
        self._around: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def begin(self) -> None:
        """Follow the keyboard, until `end`."""
        application().focusChanged.connect(self.follow)

    def end(self) -> None:
        """Follow no more: what is being taken down must not be asked."""
        application().focusChanged.disconnect(self.follow)
        self.follow(None, None)
        self._move_to(self._home)

    def follow(self, _: QWidget | None, now: QWidget | None) -> None:
        """Go where the keyboard goes."""
        self._around = None
        self.hide()
        if now is None or now.windowType() == Qt.WindowType.Popup:
            return
        window = now.window()
        if (
            QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        ):  # whoever points sees where he points
            window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange, False)
            self._by_key = False
        self._by_key |= window.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        if self._by_key:
            self._around = now
            self._move_to(window)
            parent: QWidget | None = now
            while parent is not None:
                parent.installEventFilter(self)  # once, however often it is asked for
                parent = None if parent is window else parent.parentWidget()
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay around it; leave a dialog that closes, which takes down with it what it holds."""
        if self._away and event.type() == QEvent.Type.Hide and watched is self.parentWidget():
            self._around = None
            self._move_to(self._home)
        elif self._around is not None and event.type() in _MOVES:
            self._place()
        return False

    def _move_to(self, window: QWidget) -> None:
        self._away = window is not self._home
        self.setParent(window)

    def _place(self) -> None:
        around, window = self._around, self.parentWidget()
        if around is None or window is None or not around.isVisible():
            self.hide()
            return
        rect = QRect(around.mapTo(window, QPoint(0, 0)), around.size()).adjusted(
            -WIDE, -WIDE, WIDE, WIDE
        )
        rect &= _room(around, window)
        self.setGeometry(rect)
        self.setMask(QRegion(self.rect()) - QRegion(self.rect().adjusted(WIDE, WIDE, -WIDE, -WIDE)))
        self.raise_()
        self.setVisible(not rect.isEmpty())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame; its inside is cut out."""
        QPainter(self).fillRect(self.rect(), focus_colour(self.palette()))


def _room(widget: QWidget, window: QWidget) -> QRect:
    """Return the part of the window in which a widget may be seen: it can be scrolled half away."""
    room, parent = window.rect(), widget.parentWidget()
    while parent is not None and parent is not window:
        if isinstance(parent.parentWidget(), QScrollArea):
            room &= QRect(parent.mapTo(window, QPoint(0, 0)), parent.size())
        parent = parent.parentWidget()
    return room
