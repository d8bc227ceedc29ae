"""One reading or writing through an OpenTimelineIO adapter, run as a process of its own:
`python -m g4g_plugin.timeline.adapter read|write ADAPTER SOURCE OUT [RATE]`.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import opentimelineio as otio

OWN_ADAPTER = "otio_json"  # OTIO's name of its own format


def adapter_name(name: str) -> str:
    """Return OTIO's name of an adapter; a Python module that is one is made known first.

    Raises:
        ValueError: there is neither an adapter nor a module of that name.
    """
    if name in otio.adapters.available_adapter_names():
        return name
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ValueError(f"there is no adapter {name}")
    adapter = otio.adapters.Adapter(name=name, filepath=spec.origin, suffixes=[])
    otio.plugins.ActiveManifest().adapters.append(adapter)
    return name


def main(words: list[str]) -> None:
    """Read SOURCE into OTIO's JSON, or write it from there, with ADAPTER."""
    action, adapter, source, out, *rate = words
    options: dict[str, Any] = {"rate": float(rate[0])} if rate else {}
    known = adapter_name(adapter)
    reader, writer = (known, OWN_ADAPTER) if action == "read" else (OWN_ADAPTER, known)
    edit = otio.adapters.read_from_file(source, adapter_name=reader, **options)
    otio.adapters.write_to_file(edit, out, adapter_name=writer)


if __name__ == "__main__":
    main(sys.argv[1:])
