"""Sentences for people: English text that remembers its pattern and values, so that each face can
say it in its own words and language.

Rooms below the faces know no screen and no language. They mark their sentences with `tr`, which
Qt's `lupdate` finds by name, and hand them on as text. The English pattern is the key under which
a translation stands. What a face has its own word for (`--out` in the shell, a button in the
panel) is a place that begins with @: the face fills it in.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, SupportsIndex

# What a person can do about it, as a phrase that follows "or". Each face has a phrase of its own
# for every one of these; this is what is said where there is no face.
PHRASES = {
    "adapt_again": "adapt to the shot again",
    "choose_codec": "deliver in another codec",
    "choose_device": "choose the device auto or cpu",
    "choose_device_cpu": "choose the device cpu",
    "choose_engine": "choose another engine",
    "choose_fit": "choose the fit “{fit}”",
    "choose_folder": "choose another folder",
    "choose_native": "choose the renderer native",
    "choose_weights": "choose other weights",
    "check_machine": "check this machine",
    "dub_anyway": "set a range of its frames to be dubbed anyway",
    "give_rate": "say its rate",
    "give_take": "give the clip an audio file",
    "name_sequence": "name the timeline to dub",
    "list_clips": "look at the list of clips",
    "undo_adaptation": "dub without the adaptation",
    "wait": "wait until it is finished",
}
_PLACE = re.compile(r"\{@?\w*(:[.,]?\d{0,2}[a-z%]?)?\}|\{\{|\}\}")
_STRANGE = re.compile(r"[{}]")  # what is left then would be filled in with who knows what
Translate = Callable[[str, str], str]  # context, pattern -> pattern in another language


class Words(str):
    """English text as any other; context, pattern and values are what it is translated by."""

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

    def filled(self, /, **values: object) -> Words:
        """Return the sentence with its places filled in.

        A value may be Words itself, or a list of texts; an exception is what it says, a path its
        text.
        """
        plain = {name: _plain(value) for name, value in values.items()}
        return Words(
            _filled(self.pattern, plain, PHRASES, _english), self.context, self.pattern, plain
        )

    def worded(self, phrases: Mapping[str, str], translate: Translate | None = None) -> str:
        """Return the sentence as a face says it.

        Args:
            phrases: the face's own phrase for each key of `PHRASES`.
            translate: gives the pattern in the user's language.
        """
        return _filled(self.pattern, self.values, phrases, translate or _english, self.context)

    def to_json(self) -> Any:
        """Write as plain JSON values: the text alone where nothing is filled in."""
        values = {name: _value_to_json(value) for name, value in self.values.items()}
        if not values and not self.context and self.pattern == self:
            return str(self)
        return {"context": self.context, "pattern": self.pattern, "values": values}

    @classmethod
    def from_json(cls, value: Any) -> Words:
        """Read what `to_json` wrote; text of older files is taken as it stands.

        Raises:
            ValueError: it is no sentence of ours.
        """
        if isinstance(value, str):
            return cls(value)
        match value:
            case {"context": str(context), "pattern": str(pattern), "values": dict(values)}:
                if _STRANGE.search(_PLACE.sub("", pattern)):
                    raise ValueError(f"{pattern[:80]!r} is no sentence of ours")
                given = {name: _value_from_json(held) for name, held in values.items()}
                return cls("", context, pattern).filled(**given)
        raise ValueError("it is no sentence of ours")


NO_WORDS = Words("")


def tr(text: str) -> Words:
    """Mark a text for translation; Qt's `lupdate` finds it by this function's name."""
    return Words(text)


def QT_TRANSLATE_NOOP(context: str, text: str) -> Words:  # noqa: N802 - Qt's own name
    """Mark a text for translation in a context of its own, as Qt does."""
    return Words(text, context, text)


def reason_of(error: BaseException) -> Words:
    """Return why something failed, as it stands behind a colon: what the system or another program
    says, without its number and full stop.
    """
    words = getattr(error, "message", None)
    if isinstance(words, Words):  # one of our own
        return words
    text = str(getattr(error, "strerror", None) or error).rstrip(".")
    if not text:
        return Words(type(error).__name__)
    small = text[1:2].islower() or text[1:2] == " "  # not the name of a thing, such as CUDA
    return Words(text[:1].lower() + text[1:] if small else text)


def _plain(value: object) -> Any:
    """Turn a value into one that JSON can hold and a format can show."""
    match value:
        case str() | bool() | int() | float():
            return value
        case list() | tuple():
            return [_plain(member) for member in value]
        case BaseException():
            return reason_of(value)
        case SupportsIndex():
            return operator.index(value)
    return str(value)


class _Places(dict[str, Any]):
    """Values by name; phrases of a face by @name; an unknown place stays as it is written."""

    def __init__(self, values: dict[str, Any], phrases: Mapping[str, str], translate: Translate):
        super().__init__(values)
        self._phrases = phrases
        self._translate = translate

    def __missing__(self, name: str) -> str:
        phrase = self._phrases.get(name.removeprefix("@")) if name.startswith("@") else None
        if phrase is None:
            return f"{{{name}}}"
        return self._translate("", phrase).format_map(self)


def _filled(
    pattern: str,
    values: dict[str, Any],
    phrases: Mapping[str, str],
    translate: Translate,
    context: str = "",
) -> str:
    """Fill in a pattern; text that is no pattern, a plug-in's for instance, stays as it is."""
    pattern = translate(context, pattern)
    if not values and "{@" not in pattern:
        return pattern
    shown = {name: _shown(value, phrases, translate) for name, value in values.items()}
    try:
        text = pattern.format_map(_Places(shown, phrases, translate))
    except (ValueError, LookupError, AttributeError, TypeError):
        return pattern
    return text[:1].upper() + text[1:] if pattern.startswith("{@") else text


def _shown(value: Any, phrases: Mapping[str, str], translate: Translate) -> Any:
    if isinstance(value, Words):
        return value.worded(phrases, translate)
    if isinstance(value, list):
        return ", ".join(str(_shown(member, phrases, translate)) for member in value)
    return value


def _english(context: str, pattern: str) -> str:
    return pattern


def _value_to_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_value_to_json(member) for member in value]
    return {"words": value.to_json()} if isinstance(value, Words) else value


def _value_from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_value_from_json(member) for member in value]
    return Words.from_json(value.get("words")) if isinstance(value, dict) else value
