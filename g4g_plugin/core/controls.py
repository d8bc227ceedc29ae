"""Fields of a dataclass that a person may set, as every face shows them.

A field's `metadata` may hold: `label` (its name in a form), `help` (what it does, a phrase),
`choices` (what it may be: a tuple, or a function that returns one where plug-ins add to it),
`least` and `most` (limits of a number, both allowed), and `option` (its name on the command line
and in the settings file, where that is another than the field's).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from g4g_plugin.core.words import NO_WORDS, Words


@dataclass(frozen=True, slots=True)
class Control:
    """One field that can be set.

    kind: bool, int, float, str, Path, or dict for a table of text. optional: may be None too.
    """

    name: str
    option: str
    kind: type
    default: Any
    label: Words = NO_WORDS
    help: Words = NO_WORDS
    least: float = -math.inf
    most: float = math.inf
    optional: bool = False
    listed: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """What it may be; empty: anything of its kind within its limits."""
        return self.listed() if callable(self.listed) else self.listed

    @property
    def flag(self) -> str:
        """Its option of the command line, "--lip-offset"."""
        return "--" + self.option.replace("_", "-")

    def allowed(self, value: object) -> str:
        """Return in words what it may be where `value` is something else; "" where it is right."""
        if value is None and self.optional:
            return ""
        choices = self.choices
        if choices:
            return "" if value in choices else ", ".join(choices)
        if self.kind in (int, float):
            return "" if self._is_number(value) else self._limits()
        if self.kind is dict:
            pairs = value.items() if isinstance(value, dict) else [(0, 0)]
            plain = all(isinstance(text, str) for pair in pairs for text in pair)
            return "" if plain else "a table of text"
        words = {bool: "true, false", str: "text", Path: "the path of a file"}
        return "" if isinstance(value, self.kind) else words[self.kind]

    def _is_number(self, value: Any) -> bool:
        number = int if self.kind is int else (int, float)
        plain = isinstance(value, number) and not isinstance(value, bool)
        return plain and self.least <= value <= self.most

    def _limits(self) -> str:
        if self.most < math.inf:
            return f"{self.least:g} to {self.most:g}"
        if self.least > -math.inf:
            return f"{self.least:g} or more"
        return "a whole number" if self.kind is int else "a number"


@cache
def controls(owner: type) -> tuple[Control, ...]:
    """Return the fields of a dataclass that have a label, in order."""
    kinds = get_type_hints(owner)
    return tuple(_control(f, kinds[f.name]) for f in fields(owner) if "label" in f.metadata)


def _control(field: Field[Any], kind: Any) -> Control:
    members = [member for member in get_args(kind) if member is not type(None)]
    optional = type(None) in get_args(kind)
    plain = get_origin(kind) or kind
    if optional:
        plain = members[0]
    elif not isinstance(plain, type):  # a Literal
        plain = type(members[0])
    factory = field.default_factory
    meta = field.metadata
    return Control(
        field.name,
        meta.get("option", field.name),
        plain,
        field.default if factory is MISSING else factory(),
        meta["label"],
        meta.get("help", NO_WORDS),
        meta.get("least", -math.inf),
        meta.get("most", math.inf),
        optional,
        meta.get("choices", ()),
    )


def check_controls(owner: Any) -> None:
    """See that the values of a dataclass lie within their limits.

    What plug-ins add to is not looked at: a project names what is not installed here, too.

    Raises:
        ValueError: one does not, and what is allowed.
    """
    for control in controls(type(owner)):
        value = getattr(owner, control.name)
        allowed = "" if callable(control.listed) else control.allowed(value)
        if allowed:
            raise ValueError(f"{control.option} is {value!r}; allowed: {allowed}")
