"""The rows of the inspector, derived from `ShotSettings`: a new setting of a shot needs no line
here.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from g4g_plugin.core.controls import controls
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.widgets.control_row import control_row
from g4g_plugin.panel.widgets.setting_row import SettingRow


def setting_rows(parent: QWidget) -> dict[str, SettingRow]:
    """Return a row for each setting of a shot, by its field's name, in the fields' order."""
    return {control.name: control_row(control, parent) for control in controls(ShotSettings)}


def label_of(name: str) -> str:
    """Return what a setting is called, in the user's language."""
    return next(say(control.label) for control in controls(ShotSettings) if control.name == name)
