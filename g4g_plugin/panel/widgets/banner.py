"""A line above the picture that says what went wrong or asks something, without stopping anybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from g4g_plugin.panel.widgets.focus import keep_focus_on_click

Button = tuple[str, Callable[[], object]]


class Banner(QFrame):
    """Shows one message at a time; the newest replaces the one before."""

    focus_left = Signal()  # it goes, and the keyboard was in it

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.label = QLabel(wordWrap=True)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 4, 4)
        self._row.addWidget(self.label, 1)
        self.buttons: list[QPushButton] = []
        self.hide()

    def show_message(self, message: str, hint: str = "", buttons: Sequence[Button] = ()) -> None:
        """Show a message, a hint after it, and buttons; the last button always closes.

        Args:
            message: the sentence.
            hint: after it.
            buttons: the last always closes.
        """
        text = f"{message} {hint}".strip()
        self.label.setText(text)
        self.setAccessibleName(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._leave()
        for button in self.buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self.buttons = []
        for words, act in (*buttons, (self.tr("Close"), self.hide)):
            button = QPushButton(words)
            button.clicked.connect(lambda _=False, act=act: self._pressed(act))
            self._row.addWidget(button)
            self.buttons.append(button)
        keep_focus_on_click(self.buttons)
        self.show()

    def withdraw(self, text: str) -> None:
        """Take a message back, where it is still the one that is shown."""
        if self.label.text() == text:
            self.hide()

    def hide(self) -> None:
        """Go, and give the keyboard back."""
        self._leave()
        super().hide()

    def _leave(self) -> None:
        if any(button.hasFocus() for button in self.buttons):
            self.focus_left.emit()

    def _pressed(self, act: Callable[[], object]) -> None:
        self.hide()
        act()
