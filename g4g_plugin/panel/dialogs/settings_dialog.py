"""Settings: what a new shot gets and what is this machine's, derived from their fields; presets."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.controls import Control, controls
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.settings import Settings
from g4g_plugin.panel.dialogs.dialog_parts import CANCEL, OK, button_box
from g4g_plugin.panel.i18n.language import languages
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.control_row import control_row
from g4g_plugin.panel.widgets.setting_row import SettingRow

OF_SHOT = {control.name: control for control in controls(ShotSettings)}
OF_MACHINE = {control.name: control for control in controls(Settings)}


class SettingsDialog(QDialog):
    """A row for each setting; named presets of them."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._document = document
        self.rows: dict[str, SettingRow] = {}
        self.path_map = QPlainTextEdit()
        self.path_map.setPlaceholderText("/Volumes/media = /mnt/media")
        self.path_map.setMaximumHeight(70)
        self.path_map.setTabChangesFocus(True)
        self.presets, self.language = QComboBox(), QComboBox()
        self.presets.setAccessibleName(self.tr("Preset"))
        self._fill_languages()
        self._build()
        self.fill(document.settings)
        self._fill_presets()

    def _build(self) -> None:
        form = QGridLayout()
        preset = QHBoxLayout()
        preset.addWidget(self.presets, 1)
        keep = QPushButton(self.tr("Keep as…"))
        keep.clicked.connect(self._keep_preset)
        preset.addWidget(keep)
        form.addWidget(QLabel(self.tr("Preset")), 0, 0)
        form.addLayout(preset, 0, 1)
        for control in (*OF_SHOT.values(), *OF_MACHINE.values()):
            if control.kind is dict:
                self._add(form, say(control.label), self.path_map)
                self.path_map.setToolTip(say(control.help))
                continue
            row = control_row(control, self)
            row.edited.connect(partial(self._show, control))
            row.place(form, form.rowCount())
            self.rows[control.name] = row
        self._add(form, self.tr("Language, from the next start"), self.language)
        rows = QVBoxLayout(self)
        rows.addLayout(form)
        rows.addWidget(button_box(self, OK | CANCEL))
        self.presets.activated.connect(self._take_preset)

    def _add(self, form: QGridLayout, text: str, widget: QWidget) -> None:
        row, label = form.rowCount(), QLabel(text)
        label.setBuddy(widget)
        form.addWidget(label, row, 0)
        form.addWidget(widget, row, 1)
        widget.setAccessibleName(text)

    def _show(self, control: Control, value: object) -> None:
        self.rows[control.name].show_value(value, control.default)

    def fill(self, settings: Settings) -> None:
        """Show settings."""
        for name, row in self.rows.items():
            control = OF_SHOT.get(name) or OF_MACHINE[name]
            owner = settings.shot if name in OF_SHOT else settings
            row.show_value(getattr(owner, name), control.default)
        self.path_map.setPlainText(
            "\n".join(f"{old} = {new}" for old, new in settings.path_map.items())
        )

    def settings(self) -> Settings:
        """Return what is set."""
        lines = [
            line.split("=", 1) for line in self.path_map.toPlainText().splitlines() if "=" in line
        ]
        values: dict[str, Any] = {name: row.editor.value() for name, row in self.rows.items()}
        shot = ShotSettings(**{name: values.pop(name) for name in OF_SHOT})
        return Settings(shot, **values, path_map={old.strip(): new.strip() for old, new in lines})

    def accept(self) -> None:
        """Keep the settings."""
        self._document.set_settings(self.settings())
        self._document.set_preferences(language=self.language.currentData())
        super().accept()

    def _fill_languages(self) -> None:
        self.language.addItem(self.tr("the system's"), "")
        for code, name in languages().items():
            self.language.addItem(name, code)
        self.language.setCurrentIndex(
            max(self.language.findData(self._document.preferences.language), 0)
        )

    def _fill_presets(self) -> None:
        self.presets.clear()
        self.presets.addItem(self.tr("(none)"))
        self.presets.addItems(sorted(self._document.preferences.presets))

    def _take_preset(self) -> None:
        preset = self._document.preferences.presets.get(self.presets.currentText())
        if preset is not None:
            self.fill(preset)

    def _keep_preset(self) -> None:
        name, ok = QInputDialog.getText(self, self.tr("Keep a preset"), self.tr("Name"))
        if ok and name.strip():
            self.keep_preset(name.strip())

    def keep_preset(self, name: str) -> None:
        """Keep what is set under a name."""
        presets = {**self._document.preferences.presets, name: self.settings()}
        self._document.set_preferences(presets=presets)
        self._fill_presets()
        self.presets.setCurrentText(name)
