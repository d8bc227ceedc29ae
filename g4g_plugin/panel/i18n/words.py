"""Say in the user's language what the rooms below say in English.

Two ways. Remarks and problems are `Words`: text that remembers its pattern. Errors are plain text
(a job's is read back from the store, where nothing else is kept), so a finished sentence is looked
up among all that can be said (`sentences.py`, gathered from the source): the pattern it fits is
translated, and what it held is filled in again.
"""

from __future__ import annotations

from functools import cache, lru_cache
from string import Formatter
from typing import Any, NamedTuple

from PySide6.QtCore import QCoreApplication

from g4g_plugin.core.words import QT_TRANSLATE_NOOP, Words

__all__ = ["QT_TRANSLATE_NOOP", "Words", "say"]
# Places where a sentence passes on what another one said; names and paths are never taken for
# words.
PASSED_ON = {"err", "hint", "lines", "problem", "reason", "said", "why"}
# What a sentence says in words of the command line, as the window has it. Translations do so
# themselves.
IN_WINDOW = {
    "Check that the folder exists and may be written to, or choose another with --out.": (
        "Check that the folder exists and may be written to, or choose another."
    ),
    "Choose another folder with --out, or move that project away.": "Choose another folder, or move that project away.",
    "Choose another folder with --out.": "Choose another folder.",
    "Choose another with --out.": "Choose another.",
    "Close other programs that use the GPU, or use --device cpu.": (
        "Close other programs that use the GPU, or choose the device cpu in the settings."
    ),
    "Give a line of {seconds:.2f} s, or allow it with --fit {fit}.": (
        "Give a line of {seconds:.2f} s, or allow it with the fit “{fit}”."
    ),
    "Give one with --audio FILE.": "Drop an audio file on the clip.",
    "Install the plug-in it comes from again, or choose another with --engine.": (
        "Install the plug-in it comes from again, or choose another engine in the settings."
    ),
    "Install the weights again, or choose another file with --weights.": "Install the weights again.",
    "It has {known}; `g4g shots` lists them.": "It has {known}.",
    "Lay a take there, choose another track, or give --audio for this clip.": (
        "Lay a take there, choose another track, or drop an audio file on the clip."
    ),
    "Make room or choose another folder with --out.": "Make room or choose another folder.",
    "See `g4g shots` for the clips.": "The page of clips lists them.",
    "Try --device cpu, or other weights.": "Choose the device cpu in the settings, or other weights.",
    "Use --device auto or cpu, or look at `g4g doctor`.": (
        "Choose the device auto or cpu in the settings, or check this machine (F2)."
    ),
    "Use --renderer native, or give --weights.": "Choose the renderer native in the settings, or install the weights.",
}


class Mould(NamedTuple):
    """A sentence that can be said: the text between its places, and their names."""

    words: Words
    between: list[str]  # one more than names
    names: list[str]


def say(text: str) -> str:
    """Translate marked words, their values too, and sentences of the rooms below; any other text
    stays as it is.
    """
    if not isinstance(text, Words):
        return _said(text)
    pattern = _worded(text)
    values = {name: _value(name, value) for name, value in text.values.items()}
    return pattern.format(**values) if values else pattern


def _value(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_value(name, member) for member in value)
    if isinstance(value, Words):
        return say(value)
    return _passed_on(value) if name in PASSED_ON and isinstance(value, str) else value


def _said(text: str) -> str:
    words, values = _found(text)
    return _filled(_worded(words), values) if words else text


def _worded(words: Words) -> str:
    pattern = QCoreApplication.translate(words.context, words.pattern)
    return IN_WINDOW.get(pattern, pattern)


@lru_cache(maxsize=1024)
def _found(text: str) -> tuple[Words | None, dict[str, str]]:
    """Return the sentence that a text is, and what its places hold; a long queue asks often for the
    same.
    """
    for mould in _moulds() if text else ():
        values = _held(mould.between, text)
        if values is not None:
            return mould.words, dict(zip(mould.names, values, strict=True))
    return None, {}


@cache
def _moulds() -> list[Mould]:
    """Return all sentences, those with most words of their own first: they fit least by accident."""
    from g4g_plugin.panel.i18n.sentences import SENTENCES

    moulds = [Mould(words, *_parted(words.pattern)) for words in SENTENCES]
    return sorted(moulds, key=lambda mould: -sum(map(len, mould.between)))


def _parted(pattern: str) -> tuple[list[str], list[str]]:
    between, names = [""], []
    for literal, name, _, _ in Formatter().parse(pattern):
        between[-1] += literal
        if name is not None:
            names.append(name)
            between.append("")
    return between, names


def _held(between: list[str], text: str) -> list[str] | None:
    """Return what stands in the places of a sentence, None where the text is another one."""
    head, *rest = between
    if not rest:
        return [] if text == head else None
    at, end = len(head), len(text) - len(rest[-1])
    if at > end or not text.startswith(head) or not text.endswith(rest[-1]):
        return None
    values = []
    for literal in rest[:-1]:
        found = text.find(literal, at, end)
        if found < 0:
            return None
        values.append(text[at:found])
        at = found + len(literal)
    return [*values, text[at:end]]


def _filled(pattern: str, values: dict[str, str]) -> str:
    """Fill in what was found as it stood: it is formatted already."""
    between, names = _parted(pattern)
    found = [_passed_on(values[name]) if name in PASSED_ON else values[name] for name in names]
    return between[0] + "".join(
        value + literal for value, literal in zip(found, between[1:], strict=True)
    )


def _passed_on(text: str) -> str:
    """Say what another has said; some pass it on without its capital."""
    ways = (text, text[:1].upper() + text[1:])
    return next((said for way in ways if (said := _said(way)) != way), text)
