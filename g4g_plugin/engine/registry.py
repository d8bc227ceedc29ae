"""Which engines there are: the house's own and those of installed plug-ins, listed without
importing any of them.
"""

from __future__ import annotations

from g4g_plugin.core.catalogue import ENGINES
from g4g_plugin.core.errors import EngineError, G4GError
from g4g_plugin.core.registry import PLUGIN_FAULTS, BrokenEntry, Entry, fault_text
from g4g_plugin.core.words import tr
from g4g_plugin.engine.base import Engine, EngineOptions


def engines() -> list[Entry]:
    """List every engine, the house's own first. Nothing is imported: a broken one is listed with
    its reason.
    """
    return ENGINES.entries()


def open_engine(name: str, options: EngineOptions) -> Engine:
    """Open the engine of that name.

    Raises:
        EngineError: there is none, it is broken, or it cannot be opened with these options.
    """
    hint = tr("Install the plug-in it comes from again, or {@choose_engine}.")
    try:
        opener = ENGINES.load(name)
    except KeyError as err:
        raise EngineError(
            "There is no engine called {name!r}.",
            tr("Known engines: {points}."),
            name=name,
            points=", ".join(ENGINES.names()),
        ) from err
    except BrokenEntry as err:
        raise EngineError(
            "The engine {name} is broken: {reason}.", hint, name=name, reason=err.reason
        ) from err
    if name in ENGINES.own:
        return opener(options)  # a fault of our own is a bug and shown as one
    try:
        return opener(options)
    except G4GError:
        raise
    except PLUGIN_FAULTS as err:
        raise EngineError(
            "The engine {name} cannot be opened: {said}.", hint, name=name, said=fault_text(err)
        ) from err
