"""The row of a form that fits a control (core/controls.py)."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtWidgets import QWidget

from g4g_plugin.core.controls import Control
from g4g_plugin.core.words import tr
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.widgets.setting_row import (
    SettingRow,
    choice_row,
    file_row,
    frames_row,
    number_row,
    text_row,
    tick_row,
)

# The limit of a field whose setting names none: frames of nearly seven minutes
FIELD_LIMIT = 10_000


def control_row(control: Control, parent: QWidget) -> SettingRow:
    """Return the row that fits a setting's kind."""
    label, help_text = say(control.label), say(control.help)
    if control.choices:
        choices = [(say(choice), choice) for choice in control.choices]
        return choice_row(label, help_text, choices, parent)
    if control.kind is bool:
        return tick_row(label, help_text, parent)
    if control.kind is int:
        low, high = (_limit(value) for value in (control.least, control.most))
        return frames_row(label, help_text, (int(low), int(high)), parent)
    if control.kind is float:
        return number_row(label, help_text, (_limit(control.least), _limit(control.most)), parent)
    if control.kind is Path:
        return file_row(label, help_text, say(tr("the installed ones")), parent)
    return text_row(label, help_text, parent)


def _limit(value: float) -> float:
    return value if math.isfinite(value) else math.copysign(FIELD_LIMIT, value)
