"""Takes that were matched with clips, to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.dialogs.dialog_parts import (
    CANCEL,
    OK,
    button_box,
    make_read_only,
    resize_to_screen,
)
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.take_matching import Pair


class MatchDialog(QDialog):
    """Takes found for clips, to be looked at before they are given."""

    def __init__(
        self, pairs: Sequence[Pair], document: Document, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Takes found"))
        resize_to_screen(self, 620, 420)
        self._pairs = list(pairs)
        self.ticks: list[QTableWidgetItem] = []
        self.table = QTableWidget(len(pairs), 3)
        make_read_only(self.table, self.windowTitle())
        self.table.setHorizontalHeaderLabels([self.tr("Clip"), self.tr("File"), self.tr("Why")])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        for row, pair in enumerate(pairs):
            name = document.slots[pair.clip].name if pair.clip in document.slots else ""
            first = QTableWidgetItem(f"{pair.clip} · {name}")
            first.setCheckState(Qt.CheckState.Checked)
            self.ticks.append(first)
            for column, item in enumerate(
                (first, QTableWidgetItem(pair.audio.name), QTableWidgetItem(say(pair.why)))
            ):
                self.table.setItem(row, column, item)
        rows = QVBoxLayout(self)
        rows.addWidget(QLabel(self.tr("Untick what does not belong together."), wordWrap=True))
        rows.addWidget(self.table)
        rows.addWidget(button_box(self, OK | CANCEL))

    def agreed(self) -> list[Pair]:
        """Return the pairs that are ticked."""
        pairs = zip(self._pairs, self.ticks, strict=True)
        return [pair for pair, tick in pairs if tick.checkState() == Qt.CheckState.Checked]
