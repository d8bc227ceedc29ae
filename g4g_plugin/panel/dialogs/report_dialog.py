"""A report of a bug of ours, to be copied and sent."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.dialogs.dialog_parts import CLOSE, button_box, resize_to_screen


class ReportDialog(QDialog):
    """An unexpected error: the queue goes on; the report can be copied and sent."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something unexpected happened"))
        resize_to_screen(self, 640, 400)
        words = self.tr(
            "This is a bug in G4G Dub, not your mistake. The queue goes on and your files are untouched."
        )
        self.text = QPlainTextEdit(report, readOnly=True)
        self.text.setAccessibleName(self.tr("Report"))
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = QPushButton(self.tr("Copy the report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        box = button_box(self, CLOSE)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        rows = QVBoxLayout(self)
        for widget in (QLabel(words, wordWrap=True), self.text, box):
            rows.addWidget(widget)
