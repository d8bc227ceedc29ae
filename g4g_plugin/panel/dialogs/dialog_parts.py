"""What all dialogs have: their buttons, a size that fits the screen, tables for reading."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTableWidget

OK = QDialogButtonBox.StandardButton.Ok
CANCEL = QDialogButtonBox.StandardButton.Cancel
RESET = QDialogButtonBox.StandardButton.RestoreDefaults
CLOSE = QDialogButtonBox.StandardButton.Close


def button_box(dialog: QDialog, buttons: QDialogButtonBox.StandardButton) -> QDialogButtonBox:
    """Return the buttons of a dialog, connected to it."""
    box = QDialogButtonBox(buttons)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box


def resize_to_screen(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog its size, or what the screen has room for.

    Args:
        dialog: the dialog.
        width: wanted, pixels.
        height: wanted, pixels.
    """
    dialog.resize(QSize(width, height).boundedTo(dialog.screen().availableSize() * 0.95))


def make_read_only(table: QTableWidget, name: str) -> None:
    """Let Tab leave a table, and typing not change what it says."""
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
