"""The keyboard shortcuts, and other keys for them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.commands.actions import ACTION_BY_NAME, ACTIONS, clash, plain_words
from g4g_plugin.panel.dialogs.dialog_parts import (
    CANCEL,
    OK,
    RESET,
    button_box,
    make_read_only,
    resize_to_screen,
)
from g4g_plugin.panel.state.document import Document


class KeyField(QKeySequenceEdit):
    """Takes keys; but Tab leaves it both ways, Backspace empties it, and Escape is the dialog's."""

    def event(self, event: QEvent) -> bool:
        """Keep such keys from being taken."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            rare = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            key = None if event.modifiers() & rare else event.key()
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                back = key == Qt.Key.Key_Backtab or bool(
                    event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                )
                return self.focusNextPrevChild(not back)
            if event.key() in (
                Qt.Key.Key_Shift,
                Qt.Key.Key_Control,
                Qt.Key.Key_Alt,
                Qt.Key.Key_Meta,
            ):
                return True  # Shift of Shift+Tab would empty it
            if key == Qt.Key.Key_Backspace:
                self.clear()
                self.editingFinished.emit()
                return True
            if key == Qt.Key.Key_Escape:
                event.ignore()
                return False
        return super().event(event)


class ShortcutsDialog(QDialog):
    """Every action and its keys; click the keys and press others."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        resize_to_screen(self, 520, 560)
        self._changed = dict(document.preferences.shortcuts)
        self.table = QTableWidget(len(ACTIONS), 2)
        make_read_only(self.table, self.windowTitle())
        self.table.setHorizontalHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(1, 180)
        self.table.verticalHeader().hide()
        self.note = QLabel(wordWrap=True)
        self._edits: dict[str, QKeySequenceEdit] = {}
        for row, spec in enumerate(ACTIONS):
            item = QTableWidgetItem(plain_words(spec.text))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.table.setItem(row, 0, item)
            edit = KeyField(self._keys(spec.name))
            edit.setClearButtonEnabled(True)
            edit.setAccessibleName(plain_words(spec.text))
            edit.editingFinished.connect(lambda name=spec.name: self._edited(name))
            self.table.setCellWidget(row, 1, edit)
            self._edits[spec.name] = edit
        box = button_box(self, OK | CANCEL | RESET)
        box.button(RESET).clicked.connect(self._reset)
        rows = QVBoxLayout(self)
        rows.addWidget(self.table)
        rows.addWidget(self.note)
        rows.addWidget(box)

    def _keys(self, name: str) -> QKeySequence:
        return QKeySequence(
            self._changed.get(name, ACTION_BY_NAME[name].keys),
            QKeySequence.SequenceFormat.PortableText,
        )

    def _edited(self, name: str) -> None:
        keys = self._edits[name].keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        other = clash(self._changed, name, keys)
        if other is not None:
            self.note.setText(
                self.tr("{keys} belongs to “{action}”.").format(
                    keys=keys, action=plain_words(ACTION_BY_NAME[other].text)
                )
            )
            self._edits[name].setKeySequence(self._keys(name))
            return
        self.note.clear()
        self._changed[name] = keys
        if keys == ACTION_BY_NAME[name].keys:
            del self._changed[name]

    def set_keys(self, name: str, keys: str) -> None:
        """Give an action other keys, as typing them would."""
        self._edits[name].setKeySequence(QKeySequence(keys))
        self._edited(name)

    def _reset(self) -> None:
        self._changed.clear()
        for name, edit in self._edits.items():
            edit.setKeySequence(self._keys(name))

    @property
    def changed(self) -> dict[str, str]:
        """Return the keys that differ from the table's."""
        return dict(self._changed)
