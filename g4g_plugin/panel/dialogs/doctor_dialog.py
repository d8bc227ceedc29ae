"""What this machine has and what it lacks."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.dialogs.dialog_parts import (
    CLOSE,
    button_box,
    make_read_only,
    resize_to_screen,
)
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.style import LIGHT_COLOURS

if TYPE_CHECKING:
    from g4g_plugin.project.doctor import Finding


class DoctorDialog(QDialog):
    """What this machine has and what it lacks."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Check this machine"))
        resize_to_screen(self, 640, 460)
        self.table = QTableWidget(0, 3)
        make_read_only(self.table, self.windowTitle())
        self.table.setHorizontalHeaderLabels(
            [self.tr("What"), self.tr("Found"), self.tr("What to do")]
        )
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        self.verdict = QLabel(self.tr("Looking…"), wordWrap=True)
        copy = QPushButton(self.tr("Copy diagnostics"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        box = button_box(self, CLOSE)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        rows = QVBoxLayout(self)
        for widget in (self.verdict, self.table, box):
            rows.addWidget(widget)
        self.findings: list[Finding] = []
        settings = document.settings

        def look() -> list[Finding]:
            from g4g_plugin.project.doctor import examine

            return examine(settings, try_window=False)

        document.files.ask(look, self.show_findings)

    def show_findings(self, findings: list[Finding]) -> None:
        """List what was found, missing things first."""
        self.findings = sorted(findings, key=lambda finding: finding.ok)
        missing = sum(not finding.ok for finding in findings)
        words = self.tr("Missing here: {count}. These come first.").format(count=missing)
        self.verdict.setText(words if missing else self.tr("Everything is here."))
        self.table.setColumnHidden(2, not missing)
        self.table.setRowCount(len(self.findings))
        for row, finding in enumerate(self.findings):
            colour, sign = LIGHT_COLOURS["green" if finding.ok else "red"]
            hint = "" if finding.ok else say(finding.hint)
            for column, text in enumerate(
                (f"{sign} {say(finding.what)}", say(finding.found), hint)
            ):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 0:
                    item.setForeground(QColor(colour))
                self.table.setItem(row, column, item)
        self.table.resizeRowsToContents()

    def text(self) -> str:
        """Return the findings as JSON, to be pasted into a report."""
        return json.dumps([asdict(finding) for finding in self.findings], indent=1)
