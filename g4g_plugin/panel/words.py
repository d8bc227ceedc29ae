"""Say in the user's language what the rooms below say in English."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication

from g4g_plugin.core.words import QT_TRANSLATE_NOOP, Words

__all__ = ["QT_TRANSLATE_NOOP", "Words", "say"]


def say(text: str) -> str:
    """Translate marked words, their values too; any other text is returned as it is."""
    if not isinstance(text, Words):
        return text
    pattern = QCoreApplication.translate(text.context, text.pattern)
    return pattern.format(**{name: _value(value) for name, value in text.values.items()}) if text.values else pattern


def _value(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_value(member) for member in value)
    return say(value) if isinstance(value, str) else value
