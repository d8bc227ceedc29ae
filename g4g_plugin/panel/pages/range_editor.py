"""Ranges of a shot: frames that keep the plate, hold the mouth shut or move it otherwise."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.decisions import MAX_STRENGTH, Mouth, RangeSetting
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.viewer.transport import Transport
from g4g_plugin.panel.widgets.field_grid import field_grid
from g4g_plugin.panel.widgets.focus import activate_on_enter
from g4g_plugin.panel.widgets.range_look import RANGES, mouth_name, range_text

LIST_HEIGHT = 72  # pixels: four ranges
MOUTHS: tuple[Mouth, ...] = tuple(RANGES)


class RangeEditor(QWidget):
    """The ranges of the first selected clip, with fields to add and change them.

    The fields follow the in and out marks; a range that is picked in the list fills them.
    """

    def __init__(self, document: Document, transport: Transport, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._transport = document, transport
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Ranges"))
        self.list.setFixedHeight(LIST_HEIGHT)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.first, self.last = (
            _frame_box(self.tr("First frame")),
            _frame_box(self.tr("Last frame")),
        )
        self.ramp = _frame_box(self.tr("Ramp, frames"))
        self.ramp.setMinimum(0)
        self.mouth = QComboBox()
        self.mouth.setAccessibleName(self.tr("What the mouth does"))
        for mouth in MOUTHS:
            self.mouth.addItem(mouth_name(mouth), mouth)
        self.strength = QDoubleSpinBox(maximum=MAX_STRENGTH, singleStep=0.1, value=1.0)
        self.strength.setAccessibleName(self.tr("Strength in the range"))
        self.add, self.put = QPushButton(self.tr("Add")), QPushButton(self.tr("Change"))
        self.remove = QPushButton(self.tr("Remove"))
        self._build()
        self._connect()

    def _build(self) -> None:
        grid = field_grid(
            (
                (0, 0, self.tr("From"), self.first),
                (0, 2, self.tr("to"), self.last),
                (1, 0, self.tr("Mouth"), self.mouth),
                (1, 2, "", self.strength),
                (2, 0, self.tr("Ramp"), self.ramp),
            )
        )
        buttons = QGridLayout()
        for column, button in enumerate((self.add, self.put, self.remove)):
            buttons.addWidget(button, 0, column)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.list)
        rows.addLayout(grid)
        rows.addLayout(buttons)
        self.setTabOrder(self.list, self.first)

    def _connect(self) -> None:
        self.add.clicked.connect(self._add)
        self.put.clicked.connect(self._put)
        self.remove.clicked.connect(self._remove)
        self.list.itemSelectionChanged.connect(self._picked)
        self.list.itemDoubleClicked.connect(lambda _: self._go())
        activate_on_enter(self.list, self._go)
        self.mouth.currentIndexChanged.connect(self._show_strength)
        self._transport.marks_changed.connect(self._marked)
        self._show_strength()

    def refresh(self) -> None:
        """Show the ranges as they are decided."""
        row = self.list.currentRow()
        texts = [range_text(setting) for setting in self._ranges()]
        shown = [self.list.item(at).text() for at in range(self.list.count())]
        if texts != shown:
            self.list.blockSignals(True)
            self.list.clear()
            self.list.addItems(texts)
            self.list.setCurrentRow(min(row, len(texts) - 1))
            self.list.blockSignals(False)
        given = self._document.decisions(self._document.clip)
        for button in (self.put, self.remove):
            button.setEnabled(self._at() >= 0)
        self.add.setEnabled(given is not None)

    def _ranges(self) -> list[RangeSetting]:
        given = self._document.decisions(self._document.clip)
        return [] if given is None else list(given.ranges)

    def _at(self) -> int:
        return self.list.currentRow() if self.list.currentItem() is not None else -1

    def _marked(self) -> None:
        """Take the in and out marks into the fields; they count from the shot's first frame."""
        move = self._transport
        for box, mark in ((self.first, move.mark_in), (self.last, move.mark_out)):
            if mark is not None:
                box.setValue(mark - move.span.first)

    def _picked(self) -> None:
        ranges, at = self._ranges(), self._at()
        if 0 <= at < len(ranges):
            picked = ranges[at]
            for box, value in ((self.first, picked.first), (self.last, picked.last)):
                box.setValue(value)
            self.ramp.setValue(picked.ramp)
            self.mouth.setCurrentIndex(MOUTHS.index(picked.mouth))
            self.strength.setValue(picked.strength)
        self.refresh()

    def _go(self) -> None:
        """Show the first frame of the range in hand."""
        ranges, at = self._ranges(), self._at()
        if 0 <= at < len(ranges):
            self._transport.go(self._transport.span.first + ranges[at].first)

    def _show_strength(self) -> None:
        self.strength.setEnabled(self.mouth.currentData() == "move")

    def setting(self) -> RangeSetting:
        """Return the range that the fields say; a last frame before the first is the first."""
        first, mouth = self.first.value(), self.mouth.currentData()
        strength = round(self.strength.value(), 2) if mouth == "move" else 1.0
        return RangeSetting(
            first, max(first, self.last.value()), mouth, strength, self.ramp.value()
        )

    def _add(self) -> None:
        new = self.setting()
        self._document.set_ranges([*self._ranges(), new], self.tr("add a range"))
        if new in self._ranges():
            self.list.setCurrentRow(self._ranges().index(new))

    def _put(self) -> None:
        ranges, at = self._ranges(), self._at()
        if at >= 0:
            ranges[at] = replace(self.setting())
            self._document.set_ranges(ranges, self.tr("change a range"))

    def _remove(self) -> None:
        ranges, at = self._ranges(), self._at()
        if at >= 0:
            del ranges[at]
            self._document.set_ranges(ranges, self.tr("remove a range"))


def _frame_box(name: str) -> QSpinBox:
    box = QSpinBox(minimum=-9999, maximum=99_999)
    box.setAccessibleName(name)
    return box
