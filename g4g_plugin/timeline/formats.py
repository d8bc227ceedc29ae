"""The way in for timelines that are not OpenTimelineIO, through OTIO's adapters (out: export.py;
which there are: core/formats.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.formats import Format
from g4g_plugin.core.words import NOTHING, Words, reason_of, tr

CONVERT_TIMEOUT = 120  # seconds an adapter may take
EDL_RATES = (
    "24",
    "25",
    "30",
    "60",
)  # an EDL does not say its rate: the first at which every timecode is possible
# Adapters print banners, raise anything at all, and one must not take the house down: each runs in
# a process of its own.
ADAPTER = (sys.executable, "-m", "g4g_plugin.timeline.adapter")


def _run(path: Path, entry: Format, rate: str) -> str:
    """Read `path` with an adapter in a process of its own and return OTIO JSON.

    Raises:
        TimelineError: the adapter failed; the message ends with its own last line.
    """
    with tempfile.TemporaryDirectory(prefix="g4g-") as folder:
        out = Path(folder) / "content.otio"
        command = [*ADAPTER, "read", entry.adapter, str(path), str(out), *([rate] if rate else [])]
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
        return NOTHING
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
    if not entry.edl:
        return _run(path, entry, "")
    failed: TimelineError | None = None
    for rate in EDL_RATES:
        try:
            return _run(path, entry, rate)
        except TimelineError as err:
            failed = failed or err
    raise failed or TimelineError("{path} could not be read.", _EXPORT_OTIO, path=path.name)


def merge_timelines(text: str, name: str) -> str:
    """Take the one timeline out of a collection, as FCP7 XML, FCPXML and AAF may bring them.

    Raises:
        TimelineError: there is none, or more than one.
    """
    value = json.loads(text)
    if not str(value.get("OTIO_SCHEMA", "")).startswith("SerializableCollection"):
        return text
    found = [
        child
        for child in value.get("children", [])
        if str(child.get("OTIO_SCHEMA", "")).startswith("Timeline")
    ]
    if len(found) != 1:
        names = ", ".join(repr(child.get("name") or "unnamed") for child in found[:8]) or "none"
        raise TimelineError(
            "{name} holds {found} timelines ({names}); one is wanted.",
            tr("Export the one timeline to dub."),
            name=name,
            found=len(found),
            names=names,
        )
    return json.dumps(found[0], indent=4)
