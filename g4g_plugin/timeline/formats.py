"""What each timeline format can carry, and the way in for those that are not OpenTimelineIO (out:
export.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.words import NOTHING, Words, reason_of, tr

CONVERT_TIMEOUT = 120  # seconds an adapter may take
EDL_RATES = (
    "24",
    "25",
    "30",
    "60",
)  # an EDL does not say its rate: the first at which every timecode is possible

# Runs in its own process: adapters print banners, raise anything at all, and one must not take the
# house down.
_CONVERT = """
import sys
import opentimelineio as otio
source, adapter, rate, out = sys.argv[1:]
options = {"rate": float(rate)} if rate else {}
edit = otio.adapters.read_from_file(source, adapter_name=adapter, **options)
otio.adapters.write_to_file(edit, out, adapter_name="otio_json")
"""


@dataclass(frozen=True, slots=True)
class Format:
    """One timeline format: its suffixes, the adapter that reads and writes it, and what is lost on
    the way.

    adapter and package are empty for what needs no package; the first suffix is the one written.
    `loses` ends the sentence "it cannot carry ..."; each was seen by writing and reading back
    (otio-fcp 1.0.0, otio-fcpx-xml 1.0.0, otio-cmx3600 1.0.0, otio-kdenlive 0.0.3). writes: we write
    it too.
    """

    name: str
    suffixes: tuple[str, ...]
    adapter: str = ""
    package: str = ""
    loses: tuple[Words, ...] = ()
    writes: bool = True

    @property
    def ready(self) -> bool:
        """Whether this machine can read it now."""
        if not self.package:
            return True
        try:
            distribution(self.package)
        except PackageNotFoundError:
            return False
        return True

    @property
    def key(self) -> str:
        """Return its name on the command line: "xml"."""
        return self.suffixes[0].lstrip(".")


_VERSIONS = tr("the other versions of a dub")
_RETIMES = tr("retimes")
_OFF = tr("what is switched off (it is left out)")
_TRANSITIONS = tr("transitions")
_EFFECTS = tr("effects")
_NESTED = tr("nested sequences")
_START = tr("the timeline's start timecode")
_MARKERS = tr("the timeline's markers")
_TRACKS = tr("names of tracks")
_OTHERS = tr("the notes of other programs")
FORMATS: tuple[Format, ...] = (
    Format("OpenTimelineIO", (".otio", ".json")),
    Format("OpenTimelineIO bundle", (".otioz", ".otiod"), loses=(_VERSIONS,)),
    Format(
        "Final Cut Pro 7 XML",
        (".xml",),
        "fcp_xml",
        "otio-fcp-adapter",
        (_VERSIONS, _RETIMES, _EFFECTS, _NESTED, _OFF, _TRACKS, _OTHERS),
    ),
    Format(
        "Final Cut Pro X XML",
        (".fcpxml",),
        "fcpx_xml",
        "otio-fcpx-xml-adapter",
        (
            _VERSIONS,
            _RETIMES,
            _EFFECTS,
            _TRANSITIONS,
            _NESTED,
            _OFF,
            _START,
            _MARKERS,
            _TRACKS,
            _OTHERS,
            tr("NTSC rates such as 23.976 and 29.97"),
        ),
    ),
    Format(
        "CMX 3600 EDL",
        (".edl",),
        "cmx_3600",
        "otio-cmx3600-adapter",
        (
            _VERSIONS,
            tr("sound, the new lines too"),
            tr("more than one video track (each is a file of its own)"),
            tr("media paths, but as a comment"),
            tr("reel names of more than eight letters"),
            tr("its own frame rate"),
            _EFFECTS,
            _NESTED,
            _OFF,
            _MARKERS,
            _OTHERS,
        ),
    ),
    Format(
        "Avid AAF",
        (".aaf",),
        "AAF",
        "otio-aaf-adapter",
        (tr("AAFs written here have crashed Avid"),),
        writes=False,
    ),
    Format(
        "Kdenlive project",
        (".kdenlive",),
        "kdenlive",
        "otio-kdenlive-adapter",
        (
            _VERSIONS,
            _RETIMES,
            _EFFECTS,
            _TRANSITIONS,
            _NESTED,
            _OFF,
            _START,
            tr("markers of clips"),
            tr("a frame size other than 1920 x 1080"),
            _OTHERS,
        ),
    ),
)


def written_formats() -> list[Format]:
    """Return the formats we write beside OpenTimelineIO, those that lack a package among them."""
    return [entry for entry in FORMATS[1:] if entry.writes]


def format_of(path: Path) -> Format | None:
    """Return the format a file name stands for; None where it stands for none of them."""
    suffix = path.suffix.lower()
    return next((entry for entry in FORMATS if suffix in entry.suffixes), None)


def _run(path: Path, entry: Format, rate: str) -> str:
    """Read `path` with an adapter in a process of its own and return OTIO JSON.

    Raises:
        TimelineError: the adapter failed; the message ends with its own last line.
    """
    with tempfile.TemporaryDirectory(prefix="g4g-") as folder:
        out = Path(folder) / "content.otio"
        command = [sys.executable, "-c", _CONVERT, str(path), entry.adapter, rate, str(out)]
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
    if entry.adapter != "cmx_3600":
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
