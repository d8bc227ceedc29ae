"""Settings: engine, device, delivery; named presets of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.settings import Settings
from g4g_plugin.panel.dialogs.dialog_parts import CANCEL, OK, button_box
from g4g_plugin.panel.i18n.language import languages
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.choices import DEVICES, codec_names, engine_names, renderer_choices


class SettingsDialog(QDialog):
    """Engine, device, delivery; named presets of them."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self._document = document
        self.engine, self.renderer = _choice(engine_names()), _choice(renderer_choices())
        self.device, self.deliver = _choice(DEVICES), _choice(codec_names())
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
        self.fill(document.settings)
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
        rows.addWidget(button_box(self, OK | CANCEL))
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
            self._document.settings,
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
        settings = self._document.preferences.presets.get(self.presets.currentText())
        if settings is not None:
            self.fill(settings)

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


def _choice(values: Sequence[str]) -> QComboBox:
    box = QComboBox()
    box.addItems(list(values))
    return box
