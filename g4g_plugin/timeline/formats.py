"""The way in for timelines that are not OpenTimelineIO, through OTIO's adapters (out: export.py;
which there are: core/formats.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.formats import Format
from g4g_plugin.core.reading import chosen
from g4g_plugin.core.words import NO_WORDS, Words, reason_of, tr
from g4g_plugin.timeline.edl import EdlRate, edl_rate, with_drop

CONVERT_TIMEOUT = 120  # seconds an adapter may take
# Adapters print banners, raise anything at all, and one must not take the house down: each runs in
# a process of its own.
ADAPTER_COMMAND = (sys.executable, "-m", "g4g_plugin.timeline.adapter")


def _run(path: Path, entry: Format, rate: str) -> str:
    """Read `path` with an adapter in a process of its own and return OTIO JSON.

    Raises:
        TimelineError: the adapter failed; the message ends with its own last line.
    """
    with tempfile.TemporaryDirectory(prefix="g4g-") as folder:
        out = Path(folder) / "content.otio"
        command = [
            *ADAPTER_COMMAND,
            "read",
            entry.adapter,
            str(path),
            str(out),
            *([rate] if rate else []),
        ]
        reason = run_adapter(command, out, CONVERT_TIMEOUT)
        if reason:
            raise TimelineError(
                "{path} could not be read as {entry}: {reason}.",
                _EXPORT_OTIO,
                path=path.name,
                entry=entry.name,
                reason=reason,
            )
        return out.read_text("utf-8")


def run_adapter(command: list[str], out: Path, seconds: float) -> Words:
    """Run an adapter in a process of its own; return why it failed, "" where it has written `out`.

    Args:
        command: program and arguments.
        out: the file it is to write.
        seconds: how long it may take.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return _TOO_LONG.filled(seconds=seconds)
    except OSError as err:
        return reason_of(err)
    if out.exists() and not done.returncode:
        return NO_WORDS
    lines = done.stderr.strip().splitlines()
    if not lines:
        return _ENDED.filled(status=done.returncode)
    return Words(lines[-1][:200].rstrip("."))


_TOO_LONG = tr("it took longer than {seconds:.0f} seconds")
_ENDED = tr("it ended with status {status}")
_EXPORT_OTIO = tr(
    "Export the timeline as OpenTimelineIO (.otio) from your editing program and use that instead."
)


def convert(path: Path, entry: Format) -> str:
    """Read a foreign timeline as OTIO JSON text, through the adapter of the `interchange` extra.

    Raises:
        TimelineError: the adapter is not installed, or it cannot read this file.
    """
    if not entry.ready:
        raise TimelineError(
            "{path} is {entry}; reading it needs the package {package}.",
            tr(
                'Install it with `pip install "g4g-plugin[interchange]"`, or export the timeline as .otio.'
            ),
            path=path.name,
            entry=entry.name,
            package=entry.package,
        )
    return _read_edl(path, entry) if entry.edl else _run(path, entry, "")


def _read_edl(path: Path, entry: Format) -> str:
    """Read an EDL at the rate it is said to have, or that its timecodes and media leave."""
    text = path.read_text("utf-8", errors="replace")
    said = chosen(path).rate
    found = edl_rate(text, path.parent) if said is None else EdlRate(said, guessed=False)
    counted = with_drop(text)
    with tempfile.TemporaryDirectory(prefix="g4g-") as folder:
        copy = path
        if counted != text:
            copy = Path(folder) / path.name
            copy.write_text(counted, "utf-8")
        value = json.loads(_run(copy, entry, repr(float(found.rate))))
    if found.guessed:
        metadata = value.setdefault("metadata", {})
        metadata["g4g"] = {"guessed_rate": str(found.rate)}
    return json.dumps(value, indent=4)


def _timelines(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the timelines of a collection, and of those in it."""
    for child in value.get("children", []):
        kind = str(child.get("OTIO_SCHEMA", "")) if isinstance(child, dict) else ""
        if kind.startswith("Timeline"):
            yield child
        elif kind.startswith("SerializableCollection"):
            yield from _timelines(child)


def merge_timelines(text: str, path: Path) -> str:
    """Take the timeline that was chosen out of a collection, as FCP7 XML, FCPXML and AAF may bring
    them; the only one needs no choice.

    Raises:
        TimelineError: there is none, none of that name, or more than one.
    """
    value = json.loads(text)
    if not str(value.get("OTIO_SCHEMA", "")).startswith("SerializableCollection"):
        return text
    found = list(_timelines(value))
    wanted = chosen(path).sequence
    fits = [one for one in found if not wanted or str(one.get("name")) == wanted]
    if len(fits) == 1:
        return json.dumps(fits[0], indent=4)
    names = ", ".join(repr(child.get("name") or "unnamed") for child in found[:8]) or "none"
    if not found:
        raise TimelineError(
            "{name} holds no timeline.", tr("Export the timeline to dub."), name=path.name
        )
    raise TimelineError(
        "{name} holds {found} timelines ({names}); one is wanted.",
        tr("{@name_sequence}, or export the one timeline to dub."),
        name=path.name,
        found=len(found),
        names=names,
    )
