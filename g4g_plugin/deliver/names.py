"""The names of delivered files: safe on every system, and never one that is taken."""

from __future__ import annotations

import re
from pathlib import Path

from g4g_plugin.core.files import safe_name
from g4g_plugin.deliver.recipes import find_codec

__all__ = ["next_name", "safe_name"]
SUFFIX_BYTES = 48  # bytes for .g4g-dub-v001.mov.g4g.json and the name while it is written


def next_name(folder: Path, clip_name: str, codec: str) -> Path:
    """Return `folder/<clip name>.g4g-dub-v001.<ext>`, or the next number no file there has,
    whatever its extension.

    Args:
        folder: where the media goes; it need not be there yet.
        clip_name: as the timeline has it.
        codec: decides the extension.

    Raises:
        DeliverError: the codec is not known.
    """
    stem = f"{safe_name(clip_name, SUFFIX_BYTES)}.g4g-dub-v"
    taken = re.compile(rf"^{re.escape(stem)}(\d+)\.", re.IGNORECASE)
    there = folder.iterdir() if folder.is_dir() else iter(())
    numbers = [int(match[1]) for match in (taken.match(path.name) for path in there) if match]
    return folder / f"{stem}{max(numbers, default=0) + 1:03d}.{find_codec(codec).extension}"
