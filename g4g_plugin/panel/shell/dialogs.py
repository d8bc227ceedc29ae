"""Dialogs: settings with presets, keyboard, what this machine lacks, matches to confirm, a report
to send.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QKeySequenceEdit,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.settings import Settings
from g4g_plugin.engine.registry import engines
from g4g_plugin.panel.commands.actions import ACTIONS, SPECS, clash, plain_words
from g4g_plugin.panel.i18n.language import languages
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.pages.export_page import CODECS
from g4g_plugin.panel.state.document import Desk
from g4g_plugin.panel.widgets.style import LIGHTS
from g4g_plugin.project.take_matching import Pair

if TYPE_CHECKING:
    from g4g_plugin.project.doctor import Finding

_OK = QDialogButtonBox.StandardButton.Ok
_CANCEL = QDialogButtonBox.StandardButton.Cancel
_RESET = QDialogButtonBox.StandardButton.RestoreDefaults
_CLOSE = QDialogButtonBox.StandardButton.Close


def _boxed(dialog: QDialog, buttons: QDialogButtonBox.StandardButton) -> QDialogButtonBox:
    box = QDialogButtonBox(buttons)
    box.accepted.connect(dialog.accept)
    box.rejected.connect(dialog.reject)
    return box


def _sized(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog its size, or what the screen has room for."""
    dialog.resize(QSize(width, height).boundedTo(dialog.screen().availableSize() * 0.95))


def _read_only(table: QTableWidget, name: str) -> None:
    """Let Tab leave a table, and typing not change what it says."""
    table.setAccessibleName(name)
    table.setTabKeyNavigation(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)


class SettingsDialog(QDialog):
    """Engine, device, delivery; named presets of them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._desk = desk
        names = [entry.name for entry in engines()]  # plug-ins too; listed without being imported
        self.engine, self.renderer = _choice(names), _choice(("auto", "native", "network"))
        self.device, self.deliver = _choice(("auto", "cuda", "cpu")), _choice(CODECS)
        self.strength = QDoubleSpinBox(minimum=0, maximum=2, singleStep=0.1)
        self.handles, self.threads = QSpinBox(maximum=250), QSpinBox(maximum=256)
        self.threads.setSpecialValueText(self.tr("all but one"))
        self.path_map = QPlainTextEdit()
        self.path_map.setPlaceholderText("/Volumes/media = /mnt/media")
        self.path_map.setMaximumHeight(70)
        self.path_map.setTabChangesFocus(True)
        self.presets, self.language = QComboBox(), QComboBox()
        self.presets.setAccessibleName(self.tr("Preset"))
        self._fill_languages()
        self._build()
        self.fill(desk.settings)
        self._fill_presets()

    def _build(self) -> None:
        form = QFormLayout()
        preset = QHBoxLayout()
        preset.addWidget(self.presets, 1)
        keep = QPushButton(self.tr("Keep as…"))
        keep.clicked.connect(self._keep_preset)
        preset.addWidget(keep)
        form.addRow(self.tr("Preset"), preset)
        for text, widget in (
            (self.tr("Engine"), self.engine),
            (self.tr("Renderer"), self.renderer),
            (self.tr("Device"), self.device),
            (self.tr("Delivery codec"), self.deliver),
            (self.tr("Strength of the mouth"), self.strength),
            (self.tr("Handles, frames"), self.handles),
            (self.tr("Processor threads"), self.threads),
            (self.tr("Path map"), self.path_map),
            (self.tr("Language, from the next start"), self.language),
        ):
            form.addRow(text, widget)
            widget.setAccessibleName(text)
        rows = QVBoxLayout(self)
        rows.addLayout(form)
        rows.addWidget(_boxed(self, _OK | _CANCEL))
        self.presets.activated.connect(self._take_preset)

    def fill(self, settings: Settings) -> None:
        """Show settings."""
        if self.engine.findText(settings.engine) < 0:
            self.engine.addItem(settings.engine)
        for box, value in (
            (self.engine, settings.engine),
            (self.renderer, settings.renderer),
            (self.device, settings.device),
            (self.deliver, settings.deliver),
        ):
            box.setCurrentText(value)
        self.strength.setValue(settings.strength)
        self.handles.setValue(settings.handles)
        self.threads.setValue(settings.threads)
        self.path_map.setPlainText(
            "\n".join(f"{old} = {new}" for old, new in settings.path_map.items())
        )

    def settings(self) -> Settings:
        """Return what is set."""
        lines = [
            line.split("=", 1) for line in self.path_map.toPlainText().splitlines() if "=" in line
        ]
        return replace(
            self._desk.settings,
            engine=self.engine.currentText(),
            renderer=self.renderer.currentText(),
            device=self.device.currentText(),
            deliver=self.deliver.currentText(),
            strength=round(self.strength.value(), 2),
            handles=self.handles.value(),
            threads=self.threads.value(),
            path_map={old.strip(): new.strip() for old, new in lines},
        )

    def accept(self) -> None:
        """Keep the settings."""
        self._desk.set_settings(self.settings())
        self._desk.remember(language=self.language.currentData())
        super().accept()

    def _fill_languages(self) -> None:
        self.language.addItem(self.tr("the system's"), "")
        for code, name in languages().items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(max(self.language.findData(self._desk.memory.language), 0))

    def _fill_presets(self) -> None:
        self.presets.clear()
        self.presets.addItem(self.tr("(none)"))
        self.presets.addItems(sorted(self._desk.memory.presets))

    def _take_preset(self) -> None:
        values = self._desk.memory.presets.get(self.presets.currentText())
        if values is not None:
            self.fill(replace(self._desk.settings, **values))

    def _keep_preset(self) -> None:
        name, ok = QInputDialog.getText(self, self.tr("Keep a preset"), self.tr("Name"))
        if ok and name.strip():
            self.keep_preset(name.strip())

    def keep_preset(self, name: str) -> None:
        """Keep what is set under a name."""
        presets = {**self._desk.memory.presets, name: asdict(self.settings())}
        self._desk.remember(presets=presets)
        self._fill_presets()
        self.presets.setCurrentText(name)


def _choice(values: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(list(values))
    return box


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

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        _sized(self, 520, 560)
        self._changed = dict(desk.memory.shortcuts)
        self.table = QTableWidget(len(ACTIONS), 2)
        _read_only(self.table, self.windowTitle())
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
        box = _boxed(self, _OK | _CANCEL | _RESET)
        box.button(_RESET).clicked.connect(self._reset)
        rows = QVBoxLayout(self)
        rows.addWidget(self.table)
        rows.addWidget(self.note)
        rows.addWidget(box)

    def _keys(self, name: str) -> QKeySequence:
        return QKeySequence(
            self._changed.get(name, SPECS[name].keys), QKeySequence.SequenceFormat.PortableText
        )

    def _edited(self, name: str) -> None:
        keys = self._edits[name].keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        other = clash(self._changed, name, keys)
        if other is not None:
            self.note.setText(
                self.tr("{keys} belongs to “{action}”.").format(
                    keys=keys, action=plain_words(SPECS[other].text)
                )
            )
            self._edits[name].setKeySequence(self._keys(name))
            return
        self.note.clear()
        self._changed[name] = keys
        if keys == SPECS[name].keys:
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


class DoctorDialog(QDialog):
    """What this machine has and what it lacks."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Check this machine"))
        _sized(self, 640, 460)
        self.table = QTableWidget(0, 3)
        _read_only(self.table, self.windowTitle())
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
        box = _boxed(self, _CLOSE)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        rows = QVBoxLayout(self)
        for widget in (self.verdict, self.table, box):
            rows.addWidget(widget)
        self.findings: list[Finding] = []
        settings = desk.settings

        def look() -> list[Finding]:
            from g4g_plugin.project.doctor import examine

            return examine(settings)

        desk.files.ask(look, self.show_findings)

    def show_findings(self, findings: list[Finding]) -> None:
        """List what was found, missing things first."""
        self.findings = sorted(findings, key=lambda finding: finding.ok)
        missing = sum(not finding.ok for finding in findings)
        words = self.tr("Missing here: {count}. These come first.").format(count=missing)
        self.verdict.setText(words if missing else self.tr("Everything is here."))
        self.table.setColumnHidden(2, not missing)
        self.table.setRowCount(len(self.findings))
        for row, finding in enumerate(self.findings):
            colour, sign = LIGHTS["green" if finding.ok else "red"]
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


class MatchDialog(QDialog):
    """Takes found for clips, to be looked at before they are given."""

    def __init__(self, pairs: Sequence[Pair], desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Takes found"))
        _sized(self, 620, 420)
        self._pairs = list(pairs)
        self.ticks: list[QTableWidgetItem] = []
        self.table = QTableWidget(len(pairs), 3)
        _read_only(self.table, self.windowTitle())
        self.table.setHorizontalHeaderLabels([self.tr("Clip"), self.tr("File"), self.tr("Why")])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        for row, pair in enumerate(pairs):
            name = desk.slots[pair.clip].name if pair.clip in desk.slots else ""
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
        rows.addWidget(_boxed(self, _OK | _CANCEL))

    def agreed(self) -> list[Pair]:
        """Return the pairs that are ticked."""
        pairs = zip(self._pairs, self.ticks, strict=True)
        return [pair for pair, tick in pairs if tick.checkState() == Qt.CheckState.Checked]


class ReportDialog(QDialog):
    """An unexpected error: the queue goes on; the report can be copied and sent."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something unexpected happened"))
        _sized(self, 640, 400)
        words = self.tr(
            "This is a bug of ours, not your mistake. The queue goes on and your files are as they were."
        )
        self.text = QPlainTextEdit(report, readOnly=True)
        self.text.setAccessibleName(self.tr("Report"))
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy = QPushButton(self.tr("Copy the report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        box = _boxed(self, _CLOSE)
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        rows = QVBoxLayout(self)
        for widget in (QLabel(words, wordWrap=True), self.text, box):
            rows.addWidget(widget)
