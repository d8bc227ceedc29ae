"""The row below the picture: timecodes left, buttons right; one above the other where the window is
narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QWidget


class ControlRow(QWidget):
    """`buttons` is the layout that takes the buttons, at its right end."""

    def __init__(self, labels: Sequence[QLabel]) -> None:
        super().__init__()
        self._times = QWidget()
        self._times.setMinimumWidth(
            1
        )  # it may be narrower than its text for the moment before the row is broken
        row = QHBoxLayout(self._times)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for label in labels:
            row.addWidget(label)
        row.addStretch(1)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(4)
        self.buttons.addStretch(1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(4, 0, 4, 2)
        self._rows.addWidget(self._times, 1)
        self._rows.addLayout(self.buttons)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the row where both do not fit beside each other."""
        super().resizeEvent(event)
        self.fold()

    def event(self, event: QEvent) -> bool:
        """ClipAppearance again where a text has become longer."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.fold()
        return done

    def fold(self) -> None:
        """Put timecodes beside the buttons or above them, as the width allows."""
        room = self.width() - 3 * self._rows.spacing()
        wide = room >= self._times.sizeHint().width() + self.buttons.sizeHint().width()
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if direction != self._rows.direction():
            self._rows.setDirection(direction)
