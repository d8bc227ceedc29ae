"""Mark words in tables for translation: lupdate knows the function by its name."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Return `text` as it is; PySide6's own does too, but is typed as returning anything."""
    return text
