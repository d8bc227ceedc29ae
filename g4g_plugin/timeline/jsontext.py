"""JSON as text: read it, and write back only what changed, every other byte as it stood.

Re-serialising a Resolve timeline through OTIO shows 259 differences though nothing was changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\]}]+')
_INF = re.compile(r'("(?:[^"\\]|\\.)*")|\bInf\b')  # OTIO writes Inf, JSON's readers know Infinity


class NumberText(float):
    """A number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> NumberText:
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __deepcopy__(self, memo: object) -> NumberText:
        return self

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (self.text,)


def parse(text: str) -> tuple[str, Any]:
    """Return (text, value); the text is the input's own, but for `Inf`, which becomes `Infinity`.

    Raises:
        ValueError: not JSON.
        RecursionError: nested beyond all reason.
    """
    try:
        return text, json.loads(text, parse_float=NumberText, parse_constant=NumberText)
    except json.JSONDecodeError:
        if "Inf" not in text:
            raise
        text = _INF.sub(lambda m: m[1] or "Infinity", text)
        return text, json.loads(text, parse_float=NumberText, parse_constant=NumberText)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a JSON text is laid out; unit None: all on one line."""

    newline: str
    unit: str | None
    colon: str
    comma: str
    ascii_only: bool

    @classmethod
    def of(cls, text: str) -> Layout:
        """Look at the first lines of a text."""
        first = re.match(r"\s*[\[{](\r?\n)([ \t]*)", text)
        colon = re.search(r'"\s*:([ \t]?)', text)
        comma = re.search(r'[\]}"el\d],([ \t]?)["\[{\w-]', text)
        return cls(
            first[1] if first else "\n",
            (first[2] or "    ") if first else None,
            ":" + (colon[1] if colon else " "),
            "," + (comma[1] if comma else " "),
            text.isascii(),
        )

    def line(self, depth: int) -> str:
        """Start a new line at this depth."""
        return "" if self.unit is None else self.newline + self.unit * depth

    def between(self, depth: int) -> str:
        """Separate two members at this depth."""
        return self.comma if self.unit is None else "," + self.line(depth)


def _scalar(value: Any, layout: Layout) -> str:
    if isinstance(value, NumberText):
        return value.text
    return json.dumps(value, ensure_ascii=layout.ascii_only)


def dump(value: Any, layout: Layout, depth: int = 0) -> str:
    """Write a value laid out like the rest of the file, as it stands at this depth.

    Args:
        value: plain JSON.
        layout: how the file indents and separates.
        depth: how deep in the file the value stands.
    """
    if isinstance(value, dict) and value:
        open_, close = "{", "}"
        parts = [
            json.dumps(key, ensure_ascii=layout.ascii_only)
            + layout.colon
            + dump(member, layout, depth + 1)
            for key, member in value.items()
        ]
    elif isinstance(value, list) and value:
        open_, close = "[", "]"
        parts = [dump(member, layout, depth + 1) for member in value]
    else:
        return _scalar(value, layout)
    return (
        open_
        + layout.line(depth + 1)
        + layout.between(depth + 1).join(parts)
        + layout.line(depth)
        + close
    )


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int:
    """Return where the value that begins at `at` ends."""
    if text[at] not in "[{":
        found = _SCALAR.match(text, at)
        return found.end() if found else at
    depth = 0
    for mark in _MARK.finditer(text, at):
        if mark[0] in ("[", "{"):
            depth += 1
        elif mark[0] in ("]", "}"):
            depth -= 1
            if depth == 0:
                return mark.end()
    return len(text)


def _members(text: str, at: int) -> Iterator[tuple[str | None, int, int]]:
    """Yield (key or None, begin, end) of each member of the object or array that begins at `at`."""
    keyed = text[at] == "{"
    at = _space(text, at + 1)
    while text[at] not in "]}":
        key = None
        if keyed:
            end = _end(text, at)
            key = json.loads(text[at:end])
            at = _space(text, _space(text, end) + 1)  # past the colon
        end = _end(text, at)
        yield key, at, end
        at = _space(text, end)
        if text[at] == ",":
            at = _space(text, at + 1)


class _Patch:
    """Collects the edits that turn the text of one value into another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.layout = Layout.of(text)
        self.edits: list[tuple[int, int, str]] = []

    def compare(self, at: int, end: int, old: Any, new: Any, depth: int) -> None:
        """Note what has to change between `at` and `end`, where `old` is written."""
        if old is new or old == new:
            return
        if isinstance(old, dict) and isinstance(new, dict) and old and old.keys() <= new.keys():
            self._object(at, old, new, depth)
        elif isinstance(old, list) and isinstance(new, list) and old and len(old) <= len(new):
            self._array(at, old, new, depth)
        else:
            self.edits.append((at, end, dump(new, self.layout, depth)))

    def _object(self, at: int, old: dict[str, Any], new: dict[str, Any], depth: int) -> None:
        last = at
        for key, begin, end in _members(self.text, at):
            self.compare(begin, end, old[key or ""], new[key or ""], depth + 1)
            last = end
        for key, value in new.items():
            if key not in old:
                name = json.dumps(key, ensure_ascii=self.layout.ascii_only) + self.layout.colon
                self._insert(last, name + dump(value, self.layout, depth + 1), depth + 1)

    def _array(self, at: int, old: list[Any], new: list[Any], depth: int) -> None:
        last = at
        for (_, begin, end), before, after in zip(_members(self.text, at), old, new, strict=False):
            self.compare(begin, end, before, after, depth + 1)
            last = end
        for value in new[len(old) :]:
            self._insert(last, dump(value, self.layout, depth + 1), depth + 1)

    def _insert(self, at: int, written: str, depth: int) -> None:
        self.edits.append((at, at, self.layout.between(depth) + written))

    def apply(self) -> str:
        """Return the new text."""
        parts, at = [], 0
        for begin, end, written in sorted(
            self.edits, key=lambda edit: edit[:2]
        ):  # stable: insertions keep order
            parts += [self.text[at:begin], written]
            at = end
        return "".join([*parts, self.text[at:]])


def patch(text: str, old: Any, new: Any) -> str:
    """Return `text` changed so that it holds `new`; what is the same keeps its bytes.

    Args:
        text: the file as it stands.
        old: the value it holds.
        new: the value it is to hold.
    """
    work = _Patch(text)
    at = _space(text, 0)
    work.compare(at, _end(text, at), old, new, 0)
    return work.apply()
