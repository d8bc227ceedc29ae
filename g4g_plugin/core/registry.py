"""What the house brings and installed plug-ins add, by name: listed without importing any of it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Generic, TypeVar

from g4g_plugin.core.words import NO_WORDS, Words, tr

# What the code of a plug-in may raise when it is imported or opened. `Exception` itself is for the
# worker and the CLI.
PLUGIN_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
T = TypeVar("T")

_NO_OBJECT = tr("{value!r} names no object of a module")
_A_MODULE = tr("{value!r} names a module, not an object in it")
_NOT_INSTALLED = tr("its module {module} is not installed")
_UNLOADABLE = tr("it cannot be loaded: {fault}")
_OTHER_KIND = tr("{value!r} is no {kind}")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something by name; `reason` says why what is not `ready` cannot be used."""

    name: str
    ready: bool
    reason: Words = NO_WORDS


class BrokenEntry(Exception):  # noqa: N818 - callers turn it into their room's own error
    """A plug-in's entry that cannot be used; `reason` ends a sentence."""

    def __init__(self, reason: Words) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Registry(Generic[T]):
    """All there is of one kind.

    group: the entry-point group in which plug-ins add to it. own: what the house brings, by name:
    the thing itself, or "module:object" where importing it is slow; no plug-in takes these names.
    kind: what a plug-in's object has to be.
    """

    group: str
    own: Mapping[str, T | str]
    kind: type = object

    def _all(self) -> Iterator[tuple[str, T | EntryPoint]]:
        """Yield the house's own, then every plug-in's whose name is still free, by name."""
        for name, value in self.own.items():
            yield name, EntryPoint(name, value, self.group) if isinstance(value, str) else value
        taken = set(self.own)
        for point in _points(entry_points, self.group, tuple(sys.path)):
            if point.name not in taken:
                yield point.name, point
            elif not point.value.startswith("g4g_plugin."):  # our own, of an older installation
                log.warning(
                    "%s of the plug-in %s is left out: the name is taken.", point.name, point.value
                )
            taken.add(point.name)

    def names(self) -> tuple[str, ...]:
        """Return every name, the house's own first; nothing is imported."""
        return tuple(name for name, _ in self._all())

    def entries(self) -> list[Entry]:
        """List everything, a broken one with its reason; nothing is imported."""
        return [
            _entry(value) if isinstance(value, EntryPoint) else Entry(name, True)
            for name, value in self._all()
        ]

    def load(self, name: str) -> T:
        """Return what `name` stands for, imported where it has to be.

        Raises:
            KeyError: there is none of that name.
            BrokenEntry: its module is not there or fails, or holds something else.
        """
        value = dict(self._all())[name]
        if not isinstance(value, EntryPoint):
            return value
        entry = _entry(value)
        if not entry.ready:
            raise BrokenEntry(entry.reason)
        try:
            loaded = value.load()
        except PLUGIN_FAULTS as err:
            raise BrokenEntry(_UNLOADABLE.filled(fault=fault_text(err))) from err
        if not isinstance(loaded, self.kind):
            raise BrokenEntry(_OTHER_KIND.filled(value=value.value, kind=self.kind.__name__))
        return loaded

    def all(self) -> dict[str, T]:
        """Return everything that can be loaded, by name; a broken plug-in is told in the log."""
        loaded: dict[str, T] = {}
        for name in self.names():
            try:
                loaded[name] = self.load(name)
            except BrokenEntry as err:
                log.warning("%s of %s is left out: %s.", name, self.group, err.reason)
        return loaded


@cache
def _points(
    find: Callable[..., EntryPoints], group: str, path: tuple[str, ...]
) -> tuple[EntryPoint, ...]:
    """Return what plug-ins add to a group; looked up once for each search path, since every
    package that is installed is read for it.
    """
    return tuple(sorted(find(group=group), key=lambda point: (point.name, point.value)))


def fault_text(fault: BaseException) -> str:
    """Return what a plug-in raised, to stand behind a colon."""
    return f"{type(fault).__name__}: {fault}".strip().rstrip(".:")


def _entry(point: EntryPoint) -> Entry:
    try:
        module, attribute = point.module, point.attr
    except AttributeError:
        return Entry(point.name, False, _NO_OBJECT.filled(value=point.value))
    if not attribute:
        return Entry(point.name, False, _A_MODULE.filled(value=point.value))
    if _find(module) is None:
        return Entry(point.name, False, _NOT_INSTALLED.filled(module=module))
    return Entry(point.name, True)


def _find(module: str) -> ModuleSpec | None:
    """Find a module without importing it or its parents."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for i in range(len(parts)):
        name = ".".join(parts[: i + 1])
        specs = (finder.find_spec(name, path) for finder in sys.meta_path)
        spec = next((spec for spec in specs if spec), None)
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    return spec
