"""Which engines there are: the house's own and those of installed plug-ins, listed without
importing any of them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points

from g4g_plugin.core.errors import EngineError, G4GError
from g4g_plugin.core.words import NOTHING, Words, tr
from g4g_plugin.engine.base import Engine, EngineOptions

GROUP = "g4g_plugin.engines"
BUILT_IN = (
    "g4g",
    "copy",
)  # there in a checkout that was never installed, too; no plug-in takes their names

# What the code of a plug-in may raise when it is imported or opened. `Exception` itself is for the
# worker and the CLI.
FAULTS = (
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

_NO_FUNCTION = tr("{value!r} names no function")
_A_MODULE = tr("{value!r} names a module, not a function")
_NOT_INSTALLED = tr("its module {module} is not installed")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """An engine by name; `reason` says why one that is not `ready` cannot be used."""

    name: str
    ready: bool
    reason: Words = NOTHING


def _entry_points() -> Iterator[EntryPoint]:
    """Yield the built-in engines, then every plug-in's whose name is still free, by name."""
    for name in BUILT_IN:
        yield EntryPoint(name, f"g4g_plugin.engine.{name}:open_engine", GROUP)
    taken: set[str] = set(BUILT_IN)
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        if point.name not in taken:
            yield point
        elif not point.value.startswith("g4g_plugin."):
            log.warning(
                "The engine %s of %s is left out: the name is taken.", point.name, point.value
            )
        taken.add(point.name)


def _find(module: str) -> ModuleSpec | None:
    """Find a module without importing it or its parents."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    parts = module.split(".")
    for i in range(len(parts)):
        name = ".".join(parts[: i + 1])
        spec = next(
            (found for finder in sys.meta_path if (found := finder.find_spec(name, path))), None
        )
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or [])
    return spec


def _entry(point: EntryPoint) -> EngineEntry:
    try:
        module, attribute = point.module, point.attr
    except AttributeError:
        return EngineEntry(point.name, False, _NO_FUNCTION.filled(value=point.value))
    if not attribute:
        return EngineEntry(point.name, False, _A_MODULE.filled(value=point.value))
    if _find(module) is None:
        return EngineEntry(point.name, False, _NOT_INSTALLED.filled(module=module))
    return EngineEntry(point.name, True)


def engines() -> list[EngineEntry]:
    """List every engine, the house's own first. Nothing is imported: a broken one is listed with
    its reason.
    """
    return [_entry(point) for point in _entry_points()]


def open_engine(name: str, options: EngineOptions) -> Engine:
    """Open the engine of that name.

    Raises:
        EngineError: there is none, it is broken, or it cannot be opened with these options.
    """
    points = {point.name: point for point in _entry_points()}
    if name not in points:
        raise EngineError(
            "There is no engine called {name!r}.",
            tr("Known engines: {points}."),
            name=name,
            points=", ".join(points),
        )
    entry = _entry(points[name])
    hint = tr("Install the plug-in it comes from again, or {@choose_engine}.")
    if not entry.ready:
        raise EngineError(
            "The engine {name} is broken: {reason}.", hint, name=name, reason=entry.reason
        )
    try:
        opener = points[name].load()
    except FAULTS as err:
        raise EngineError(
            "The engine {name} cannot be loaded: {said}.", hint, name=name, said=_said(err)
        ) from err
    if name in BUILT_IN:
        return opener(options)  # a fault of our own is a bug and shown as one
    try:
        return opener(options)
    except G4GError:
        raise
    except FAULTS as err:
        raise EngineError(
            "The engine {name} cannot be opened: {said}.", hint, name=name, said=_said(err)
        ) from err


def _said(err: BaseException) -> str:
    return f"{type(err).__name__}: {err}".strip().rstrip(".:")
