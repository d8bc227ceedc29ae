"""What there is to choose from, once: every list in the command line, the panel, the settings file
and the docs is derived from these. An installed package adds to them by entry points
(docs/plug-ins.md); in the house, an entry here is all that a new one needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from g4g_plugin.core.registry import Registry

AUTO = "auto"
DEVICES = (AUTO, "cuda", "cpu")  # where nets run

# engines: EngineOptions -> Engine (engine/base.py)
ENGINES: Registry[Callable[..., Any]] = Registry(
    "g4g_plugin.engines",
    {"g4g": "g4g_plugin.engine.g4g:open_engine", "copy": "g4g_plugin.engine.copy:open_engine"},
)
# renderers of the engine g4g: RendererNeeds -> (Renderer, digest) (engine/base.py)
RENDERERS: Registry[Callable[..., Any]] = Registry(
    "g4g_plugin.renderers",
    {
        "native": "g4g_plugin.engine.renderers:open_native",
        "network": "g4g_plugin.engine.renderers:open_network",
    },
)


def renderer_choices() -> tuple[str, ...]:
    """Return what may be asked for as a renderer: the engine's own choice, or one by name."""
    return (AUTO, *RENDERERS.names())
