"""Fields with their labels, two to a row: the form at the foot of a page."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget


def field_grid(fields: Iterable[tuple[int, int, str, QWidget]]) -> QGridLayout:
    """Lay out (row, column of the label, label, field); the fields share the width.

    A label's access key leads to its field.
    """
    grid = QGridLayout()
    for row, column, text, field in fields:
        label = QLabel(text)
        label.setBuddy(field)
        grid.addWidget(label, row, column)
        grid.addWidget(field, row, column + 1)
        grid.setColumnStretch(column + 1, 1)
    return grid
