"""The timeline formats, and what each can carry. How they are read and written:
timeline/formats.py, timeline/export.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from g4g_plugin.core.registry import Registry
from g4g_plugin.core.words import Words, tr


@dataclass(frozen=True, slots=True)
class Format:
    """One timeline format: its suffixes, the adapter that reads and writes it, and what is lost on
    the way.

    adapter: OpenTimelineIO's name for what reads and writes it, or a Python module with an
    adapter's functions (read_from_string, write_to_string); empty for OpenTimelineIO itself.
    package: what has to be installed for it. The first suffix is the one written. `loses` ends the
    sentence "it cannot carry ..."; each was seen by writing and reading back (otio-fcp 1.0.0,
    otio-cmx3600 1.0.0, otio-kdenlive 0.0.3). writes: we write it too.
    """

    name: str
    suffixes: tuple[str, ...]
    adapter: str = ""
    package: str = ""
    loses: tuple[Words, ...] = ()
    writes: bool = True
    url: str = ""  # what paths of media begin with; plain paths where empty
    from_zero: bool = False  # counts media from frame 0, whatever its timecode
    edl: bool = False  # one video track, media by reel, no frame rate

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
    def always_written(self) -> bool:
        """Whether every delivery has it: OpenTimelineIO itself."""
        return self.suffixes[0] == ".otio"

    @property
    def key(self) -> str:
        """Return its name on the command line: "xml"."""
        return self.suffixes[0].lstrip(".")


_VERSIONS = tr("the other versions of a dub")
_RETIMES = tr("retimes")
_OFF = tr("disabled clips and tracks (they are left out)")
_TRANSITIONS = tr("transitions")
_EFFECTS = tr("effects")
_NESTED = tr("nested sequences")
_START = tr("the timeline's start timecode")
_MARKERS = tr("the timeline's markers")
_TRACKS = tr("track names")
_OTHERS = tr("the metadata of other programs")
_OWN = (
    Format("OpenTimelineIO", (".otio", ".json")),
    Format("OpenTimelineIO bundle", (".otioz", ".otiod"), loses=(_VERSIONS,)),
    Format(
        "Final Cut Pro 7 XML",
        (".xml",),
        "fcp_xml",
        "otio-fcp-adapter",
        (_VERSIONS, _RETIMES, _EFFECTS, _NESTED, _OFF, _TRACKS, _OTHERS),
        url="file://localhost/",
    ),
    Format(
        "Final Cut Pro X XML",
        (".fcpxml",),
        "g4g_plugin.timeline.fcpxml",
        "",
        (_VERSIONS, _EFFECTS, _MARKERS, _TRACKS, _OTHERS),
        url="file:///",
    ),
    Format(
        "CMX 3600 EDL",
        (".edl",),
        "cmx_3600",
        "otio-cmx3600-adapter",
        (
            _VERSIONS,
            tr("sound, including the new lines"),
            tr("more than one video track (each is a file of its own)"),
            tr("media paths (kept as comments only)"),
            tr("reel names longer than eight characters"),
            tr("the frame rate"),
            _EFFECTS,
            _NESTED,
            _OFF,
            _MARKERS,
            _OTHERS,
        ),
        edl=True,
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
            tr("clip markers"),
            tr("a frame size other than 1920 x 1080"),
            _OTHERS,
        ),
        from_zero=True,
    ),
)


FORMATS: Registry[Format] = Registry(
    "g4g_plugin.formats", {entry.key: entry for entry in _OWN}, Format
)


def formats() -> list[Format]:
    """Return every timeline format, OpenTimelineIO first, plug-ins' last."""
    return list(FORMATS.all().values())


def written_formats() -> list[Format]:
    """Return the formats we write beside OpenTimelineIO, those that lack a package among them."""
    return [entry for entry in formats() if entry.writes and not entry.always_written]


def format_of(path: Path) -> Format | None:
    """Return the format a file name stands for; None where it stands for none of them."""
    suffix = path.suffix.lower()
    return next((entry for entry in formats() if suffix in entry.suffixes), None)


def file_patterns() -> str:
    """Return the file names a timeline can have, as a file dialog wants them: "*.otio *.xml"."""
    return " ".join(f"*{suffix}" for entry in formats() for suffix in entry.suffixes)
