"""A bright frame around what has the keyboard, once keys are used to go there: Qt's QFocusFrame,
drawn inside the widget so that it is seen at the edge of a window too.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFocusFrame,
    QMainWindow,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QWidget,
)
from shiboken6 import delete, isValid

from g4g_plugin.panel.widgets.style import application, focus_colour

FRAME_WIDTH = 2  # pixels: one is lost beside a line of the widget's own
_MARGINS = (QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin)
_HINTS = {
    QStyle.StyleHint.SH_FocusFrame_AboveWidget: 1,  # else its parent's edge cuts it off
    QStyle.StyleHint.SH_FocusFrame_Mask: 0,
}


class _FrameStyle(QProxyStyle):
    """How the frame looks: no margin, and four lines of the focus colour."""

    def pixelMetric(self, metric, option=None, widget=None):  # type: ignore[override]
        """Lay the frame on the widget, not around it."""
        return 0 if metric in _MARGINS else super().pixelMetric(metric, option, widget)

    def styleHint(self, hint, option=None, widget=None, returnData=None):  # type: ignore[override]
        """Put it above the widget."""
        kept = _HINTS.get(hint)
        return super().styleHint(hint, option, widget, returnData) if kept is None else kept

    def drawControl(
        self,
        element: QStyle.ControlElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw four lines."""
        if element != QStyle.ControlElement.CE_FocusFrame:
            super().drawControl(element, option, painter, widget)
            return
        rect, width, colour = option.rect, FRAME_WIDTH, focus_colour(option.palette)  # type: ignore[attr-defined]
        painter.fillRect(rect.x(), rect.y(), rect.width(), width, colour)
        painter.fillRect(rect.x(), rect.bottom() + 1 - width, rect.width(), width, colour)
        painter.fillRect(rect.x(), rect.y(), width, rect.height(), colour)
        painter.fillRect(rect.right() + 1 - width, rect.y(), width, rect.height(), colour)


class FocusIndicator(QObject):
    """Frames what has the keyboard in the window and its dialogs; each window has a frame of its
    own, which goes with it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._by_key = False  # keys were used to go somewhere, and no mouse since
        self._window: QWidget | None = None  # the one in which the keyboard was last
        application().focusChanged.connect(self.follow)

    def end(self) -> None:
        """Follow no more: what is being taken down must not be asked."""
        application().focusChanged.disconnect(self.follow)

    def follow(self) -> None:
        """Go where the keyboard went.

        The signal's own arguments are not taken: what had the keyboard may be half destroyed, and
        only to make a Python object of it ends the process (std::bad_typeid).
        """
        now = QApplication.focusWidget()
        if isinstance(self._window, QMainWindow) and isValid(self._window):
            hide_frame(self._window)  # a dialog may be half destroyed; its frame went when it ended
        self._window = None
        if now is None or now.windowType() == Qt.WindowType.Popup:
            return
        window = self._window = now.window()
        pointing = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if pointing:  # whoever points sees where he points
            window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange, False)
            self._by_key = False
        self._by_key |= window.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        if self._by_key:
            show_frame(now)
        else:
            hide_frame(window)


def framed_widget(window: QWidget) -> QWidget | None:
    """Return what is framed in a window, None where nothing is."""
    frame = window.findChild(QFocusFrame)
    return frame.widget() if frame is not None and frame.isVisible() else None


def show_frame(widget: QWidget) -> None:
    """Frame a widget in its window."""
    window = widget.window()
    frame = window.findChild(QFocusFrame)
    if frame is None:
        frame = QFocusFrame(window)
        if isinstance(window, QDialog):
            window.finished.connect(partial(_remove_frame, frame))
        style = _FrameStyle("Fusion")
        style.setParent(frame)
        frame.setStyle(style)
    frame.setWidget(widget)


def _remove_frame(frame: QFocusFrame, _: int = 0) -> None:
    """Take a dialog's frame away while the dialog is whole.

    Later the style, which is Python, would be handed widgets that are half destroyed: that ends the
    process (std::bad_typeid).
    """
    if isValid(frame):
        delete(frame)


def hide_frame(window: QWidget) -> None:
    """Frame nothing in a window."""
    frame = window.findChild(QFocusFrame)
    if frame is not None:
        frame.setWidget(None)  # type: ignore[arg-type]
