"""Our own state as plain JSON values and back: the one converter of settings, projects, journals,
job store, labels and preferences.

What is read is checked against the types of the dataclass; an error names the key. Keys that this
version does not know are passed over. A dataclass whose stored form has changed has a class method
`upgraded`, which turns an older form into the present one.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import is_dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from g4g_plugin.core.files import NAME_BYTES
from g4g_plugin.core.words import Words, tr

T = TypeVar("T")
# Beyond it JSON's readers round whole numbers, and no edit has so many frames
WHOLE_NUMBER_MOST = 2**53
PATH_BYTES = 4095  # what Linux takes; asking for a longer path is an error there
_FRACTION = re.compile(r"-?\d{1,18}(/0*[1-9]\d{0,17})?|-?\d{1,9}\.\d{1,9}")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")
_PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
_KINDS = {
    "int": tr("a whole number"),
    "float": tr("a number"),
    "bool": tr("true or false"),
    "str": tr("text"),
    "array": tr("a list"),
    "object": tr("a table"),
    "null": tr("nothing"),
}
_GIVEN = {int: "int", float: "float", bool: "bool", list: "array", NoneType: "null"}


class ConversionError(ValueError):
    """A stored value is not what it has to be; `message` names its key."""

    def __init__(self, message: Words) -> None:
        self.message = message
        super().__init__(str(message))


def to_plain(value: Any) -> Any:
    """Return dataclasses, tuples, paths and fractions as what JSON knows."""
    return _listed(msgspec.to_builtins(value, enc_hook=_written))


def from_plain(kind: type[T], value: Any, key: str = "") -> T:
    """Return what `to_plain` turned into plain values.

    Args:
        kind: the type to be made.
        value: plain values, as JSON or TOML gives them.
        key: where the value stands, for errors.

    Raises:
        ConversionError: a value is of another type, missing, or not allowed.
    """
    ready = _prepared(kind, value, key)
    try:
        return msgspec.convert(ready, kind, dec_hook=_read)
    except msgspec.ValidationError as err:
        raise ConversionError(_sentence(str(err), key)) from err
    except UnicodeEncodeError as err:
        raise ConversionError(_sentence("it holds characters that there are not", key)) from err


def readable_parts(kind: type[T], value: dict[str, Any]) -> tuple[T, list[Words]]:
    """Return what of a damaged dataclass can be read, and what is wrong with the rest.

    Fields that are tables or lists are read member by member; for what cannot be read at all the
    field's default stands.

    Args:
        kind: a dataclass whose fields all have a default, and no checks of its own.
        value: plain values.
    """
    value = cast("Any", kind).upgraded(value) if hasattr(kind, "upgraded") else value
    faults: list[Words] = []
    read: dict[str, Any] = {}
    for name, field in _hints(kind).items():
        form, member = _form(field)
        part = value.get(name)
        if form == "table" and isinstance(part, dict):
            places = {key: _joined(name, key) for key in part}
            read[name] = _readable(member, places, part, faults)
        elif form == "list" and isinstance(part, list):
            places = {number: f"{name}[{number}]" for number in range(len(part))}
            read[name] = tuple(_readable(member, places, part, faults).values())
        elif name in value:
            read |= _readable(field, {name: name}, value, faults)
    return kind(**read), faults


def _readable(kind: Any, places: dict[Any, str], parts: Any, faults: list[Words]) -> dict[Any, Any]:
    """Return the parts that can be read; `places` are their keys for errors."""
    read = {}
    for part, key in places.items():
        try:
            read[part] = from_plain(kind, parts[part], key)
        except ConversionError as err:
            faults.append(err.message)
    return read


def canonical(value: Any) -> Any:
    """Return a dataclass as plain values that stay the same when they are read and written again:
    3 where a decimal belongs is 3.0.
    """
    return to_plain(from_plain(type(value), to_plain(value)))


def content_id(value: Any) -> str:
    """Return 12 hex digits of SHA-256 over the canonical JSON of a dataclass or of plain values."""
    text = json.dumps(
        canonical(value) if is_dataclass(value) else value, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def keep_unknown(plain: Any, older: Any) -> Any:
    """Return `plain` with the keys of `older` that it lacks: a newer version wrote them.

    Lists are gone through where they have one length. For dataclasses without tables: of a table
    nobody could tell what was unknown and what was taken out.
    """
    if isinstance(plain, dict) and isinstance(older, dict):
        known = {key: keep_unknown(value, older.get(key)) for key, value in plain.items()}
        return {**{key: value for key, value in older.items() if key not in plain}, **known}
    if isinstance(plain, list) and isinstance(older, list) and len(plain) == len(older):
        return [keep_unknown(new, old) for new, old in zip(plain, older, strict=True)]
    return plain


def _prepared(kind: Any, value: Any, key: str) -> Any:
    """Return plain values as msgspec takes them: older forms upgraded, members of tables made
    (msgspec does not name their keys), numbers checked.
    """
    form, members = _form(kind)
    if form == "object" and isinstance(value, dict):
        value = members.upgraded(value) if hasattr(members, "upgraded") else value
        hints = _hints(members)
        return {n: _prepared(hints[n], v, _joined(key, n)) for n, v in value.items() if n in hints}
    if form == "table" and isinstance(value, dict):
        return {name: from_plain(members, v, _joined(key, name)) for name, v in value.items()}
    if form == "list" and isinstance(value, list | tuple):
        return [_prepared(members, v, f"{key}[{number}]") for number, v in enumerate(value)]
    if form == "row" and isinstance(value, list | tuple) and len(value) <= len(members):
        pairs = enumerate(zip(members, value, strict=False))
        return [_prepared(member, v, f"{key}[{number}]") for number, (member, v) in pairs]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(members, value, key)
    if form == "choice" and isinstance(value, str) and value not in members:
        text = tr("{key} is {value}, not one of {known}")
        raise ConversionError(text.filled(key=key, value=repr(value[:80]), known=members))
    return value


@cache
def _form(kind: Any) -> tuple[str, Any]:
    """Return what a type is made of: object, table, list, row, choice or plain; and its members."""
    origin, members = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):  # optional
        members = [member for member in members if member is not NoneType]
        return _form(members[0]) if len(members) == 1 else ("plain", kind)
    if is_dataclass(kind):
        return "object", kind
    if origin is dict:
        return "table", members[1]
    if origin is tuple:
        return ("list", members[0]) if members[1:] == (...,) else ("row", members)
    if isinstance(kind, type) and issubclass(kind, tuple):  # a NamedTuple
        return "row", tuple(_hints(kind).values())
    return ("choice", members) if origin is Literal else ("plain", kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _number(kind: Any, value: float, key: str) -> float:
    """Return a number of JSON; one that remembers its text becomes a plain one."""
    if not abs(value) <= WHOLE_NUMBER_MOST:  # nor is NaN
        raise ConversionError(tr("{key} is too large a number").filled(key=key))
    whole = isinstance(value, int) or (kind is int and value == int(value))
    return int(value) if whole else float(value)


def _joined(key: str, name: str) -> str:
    shown = name[:60].encode("utf-8", "backslashreplace").decode()
    return f"{key}.{shown}" if key else shown


def _sentence(text: str, key: str) -> Words:
    """Say what msgspec says of a value, with its whole key."""
    place = _PLACE.search(text)
    where = (key + (place[1] if place else "")).removeprefix(".")
    reason = text[: place.start()] if place else text
    if missing := _MISSING.fullmatch(reason):
        return tr("{key} is missing").filled(key=_joined(where, missing[1]))
    if other := _EXPECTED.fullmatch(reason):
        wanted, *more = [_KINDS.get(name, Words(name)) for name in other[1].split(" | ")]
        for kind in more:
            wanted = tr("{kind} or {other}").filled(kind=wanted, other=kind)
        given = _KINDS.get(other[2], Words(other[2]))
        return tr("{key} is {given}, not {wanted}").filled(key=where, given=given, wanted=wanted)
    return tr("{key}: {reason}").filled(key=where, reason=reason) if where else Words(reason)


def _listed(value: Any) -> Any:
    """Return plain values with lists for tuples, as JSON would give them back."""
    if isinstance(value, dict):
        return {key: _listed(member) for key, member in value.items()}
    return [_listed(member) for member in value] if isinstance(value, list | tuple) else value


def _written(value: Any) -> Any:
    if isinstance(value, Path | Fraction | str):  # Words: the English text
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no stored form")


def _read(kind: type, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"Expected `str`, got `{_GIVEN.get(type(value), 'object')}`")
    if kind is Fraction:
        if not _FRACTION.fullmatch(value):
            raise ValueError(f"{value[:40]!r} is no fraction")
        return Fraction(value)
    if issubclass(kind, Path):
        return _path(value)
    return Words(value)


def _path(text: str) -> Path:
    try:
        parts = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as err:
        raise ValueError("it is no path") from err
    if not text or "\0" in text or len(parts) > PATH_BYTES:
        raise ValueError("it is no path")
    if max(map(len, parts.split(b"/"))) > NAME_BYTES:
        raise ValueError("a name in this path is longer than any file's")
    return Path(text)
