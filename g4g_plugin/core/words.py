"""Sentences for people: plain English text that remembers how it was made, so that the panel can
say it in German.

Rooms below the panel know no screen and no language. They mark their sentences for `lupdate` by the
one function name it knows, fill them in, and hand them on as text; `panel/i18n/words.py` translates them
where they are shown.
"""

from __future__ import annotations

from typing import Any


class Words(str):
    """English text as any other; context, pattern and values are what a translation is looked up
    and made by.
    """

    context: str
    pattern: str
    values: dict[str, Any]

    def __new__(
        cls, shown: str, context: str = "", pattern: str = "", values: dict[str, Any] | None = None
    ) -> Words:
        """Keep `shown` as the text itself."""
        words = super().__new__(cls, shown)
        words.context, words.pattern, words.values = context, pattern or shown, values or {}
        return words

    def filled(self, **values: Any) -> Words:
        """Return the sentence with its places filled in; a value may be Words itself, or a list of
        such.
        """
        return Words(self.pattern.format(**values), self.context, self.pattern, values)


def QT_TRANSLATE_NOOP(context: str, text: str) -> Words:  # noqa: N802 - Qt's own name
    """Mark a text for translation; Qt's `lupdate` finds it by this function's name."""
    return Words(text, context, text)
