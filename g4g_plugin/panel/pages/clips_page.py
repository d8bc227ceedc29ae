"""All clips as a table: the way round the strip for keyboard and screen reader, with a search."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.assessment import RATING_WORDS
from g4g_plugin.core.time import timecode
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.focus import activate_on_enter
from g4g_plugin.panel.widgets.style import state_colour, state_sign, state_text

Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole


class ClipsModel(QAbstractTableModel):
    """Clips that hold the words searched for, in order of time."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._words = ""
        self.clips: list[str] = []

    def search(self, words: str) -> None:
        """Keep the clips whose address, name or state hold `words`."""
        self._words = words.lower()
        self.reload()

    def reload(self) -> None:
        """Read the clips from the document."""
        self.beginResetModel()
        slots = sorted(
            self._document.slots.values(), key=lambda slot: (slot.record.first, slot.clip)
        )
        self.clips = [slot.clip for slot in slots if self._holds(slot.clip)]
        self.endResetModel()

    def _holds(self, clip: str) -> bool:
        if not self._words:
            return True
        slot = self._document.slots[clip]
        return self._words in f"{clip} {slot.name} {state_text(self._document.state(clip))}".lower()

    def restate(self) -> None:
        """Show states and takes anew."""
        if self.clips:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.clips) - 1, 4))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Count the clips."""
        return 0 if parent.isValid() else len(self.clips)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Count the columns."""
        return 5

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> Any:
        """Name the columns."""
        if role != _ROLE.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return (
            self.tr("Clip"),
            self.tr("State"),
            self.tr("Name"),
            self.tr("Take"),
            self.tr("Record in"),
        )[section]

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        """Return what stands in a cell."""
        clip = self.clips[index.row()]
        if role == _ROLE.DisplayRole:
            return self._text(clip, index.column())
        if role == _ROLE.ToolTipRole:
            return self._document.problem(clip) or None
        if role == _ROLE.BackgroundRole and index.column() == 1:
            return state_colour(self._document.state(clip))
        if role == _ROLE.ForegroundRole and index.column() == 1:
            return Qt.GlobalColor.white
        return None

    def _text(self, clip: str, column: int) -> str:
        slot, given, state = (
            self._document.slots[clip],
            self._document.decisions(clip),
            self._document.state(clip),
        )
        if column == 0:
            return clip
        if column == 1:
            dub = self._document.shown_dub(clip)
            rated = (
                f" · {say(RATING_WORDS[dub.assessment.rating])}" if dub and dub.assessment else ""
            )
            return f"{state_sign(state)} {state_text(state)}{rated}".strip()
        if column == 2:
            return slot.name
        if column == 3:
            return given.take.audio.name if given else ""
        return timecode(slot.record.first, slot.record.rate, slot.drop)


class ClipsPage(QWidget):
    """Search and table; the selection is the strip's."""

    clip_activated = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._busy = False
        self.search = QLineEdit(
            placeholderText=self.tr("Search clips, names or states"), clearButtonEnabled=True
        )
        self.search.setAccessibleName(self.tr("Search clips"))
        self.model = ClipsModel(document, self)
        self.table = QTableView()
        self.table.setAccessibleName(self.tr("Clips"))
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setMinimumSectionSize(60)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        for column, width in ((0, 60), (1, 84), (3, 80), (4, 88)):
            self.table.setColumnWidth(column, width)
        self.table.setTabKeyNavigation(False)
        rows = QVBoxLayout(self)
        rows.addWidget(self.search)
        rows.addWidget(self.table)
        self.search.textChanged.connect(self.model.search)
        self.table.doubleClicked.connect(
            lambda index: self.clip_activated.emit(self.model.clips[index.row()])
        )
        activate_on_enter(
            self.table,
            lambda: self.clip_activated.emit(self.model.clips[self.table.currentIndex().row()]),
        )
        self.table.selectionModel().selectionChanged.connect(self._picked)
        document.opened.connect(self.model.reload)
        document.changed.connect(self.model.restate)
        document.selection_changed.connect(self._show_selection)

    def _picked(self) -> None:
        if self._busy:
            return
        rows = [index.row() for index in self.table.selectionModel().selectedRows()]
        self._busy = True
        self._document.select([self.model.clips[row] for row in rows])
        self._busy = False

    def _show_selection(self) -> None:
        if self._busy:
            return
        self._busy = True
        places = {clip: row for row, clip in enumerate(self.model.clips)}
        chosen = QItemSelection()
        rows = [places[clip] for clip in self._document.selection if clip in places]
        for row in rows:
            chosen.select(self.model.index(row, 0), self.model.index(row, 4))
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        if rows:
            self.table.scrollTo(self.model.index(rows[0], 0))
        self._busy = False
