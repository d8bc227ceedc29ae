"""A timeline file on the disk becomes JSON text and value, whatever it is packed in."""

from __future__ import annotations

import hashlib
import logging
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.formats import Format, format_of, formats
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.formats import convert, merge_timelines
from g4g_plugin.timeline.jsontext import parse

log = logging.getLogger(__name__)
BUNDLE_CONTENT = "content.otio"  # a bundle's timeline, beside its folder `media`
ROOT_SCHEMAS = ("Timeline", "Stack", "Track", "Sequence", "Clip")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A timeline as text and value; `folder` is what its relative paths count from."""

    path: Path
    text: str
    value: dict[str, Any]
    folder: Path
    bundle: bool  # its media were unpacked into a cache


def schema(node: Any) -> str:
    """Return the schema name of an OTIO object without its version: "Clip" for "Clip.2"; "" for
    anything else.
    """
    return str(node.get("OTIO_SCHEMA", "")).split(".")[0] if isinstance(node, dict) else ""


def load(path: Path) -> Loaded:
    """Read a timeline of any kind we know.

    Raises:
        TimelineError: there is nothing to read, or it is no timeline.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise TimelineError(
                "There is no timeline {path}.",
                tr("Check the path; quote it if it holds spaces."),
                path=path,
            )
        if path.is_dir():
            return _load_folder(path)
        if not path.is_file():  # a pipe would be waited for, a device never ends
            raise TimelineError(
                "{path} is not a timeline.",
                tr("Give an .otio, .otioz or .otiod file exported from your editing program."),
                path=path.name,
            )
        with path.open("rb") as file:
            head = file.read(512)
        if not head:
            raise TimelineError(
                "{path} is empty.", tr("Export the timeline again."), path=path.name
            )
        if head.startswith(b"PK"):
            return _load_zip(path)
        entry = _foreign(path, head)
        if entry is not None:
            text = merge_timelines(convert(path, entry), path)
        else:
            text = _decode(path.read_bytes(), path)
    except OSError as err:
        raise TimelineError(
            "{path} cannot be read: {err}.",
            tr("Check its permissions."),
            path=path,
            err=err,
        ) from err
    return _loaded(path, text, path.parent, bundle=False)


def _foreign(path: Path, head: bytes) -> Format | None:
    """Return the foreign format a file is in by its first bytes; None for JSON.

    Raises:
        TimelineError: it is no timeline at all.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    named = format_of(path)
    foreign = named is not None and bool(named.adapter)
    if start.startswith(b"{") and (b"OTIO_SCHEMA" in head or not foreign):
        return None
    if foreign:
        return named
    if start.startswith(b"<"):
        kind = ".fcpxml" if b"<fcpxml" in head or b"<!DOCTYPE fcpxml" in head else ".xml"
        return next(entry for entry in formats() if kind in entry.suffixes)
    if named is not None and start:
        raise TimelineError(
            "{path} is not a timeline: it is not JSON.",
            tr("Export the timeline again as .otio."),
            path=path.name,
        )
    raise TimelineError(
        "{path} is not a timeline.",
        tr("Give an .otio, .otioz or .otiod file exported from your editing program."),
        path=path.name,
    )


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise TimelineError(
            "{path} is not a timeline: it is not text.",
            tr("Export the timeline again."),
            path=path.name,
        ) from err


def _loaded(path: Path, text: str, folder: Path, bundle: bool) -> Loaded:
    try:
        text, value = parse(text)
    except RecursionError as err:
        raise TimelineError(
            "{path} is nested too deeply to be read.",
            tr("Export the timeline again."),
            path=path.name,
        ) from err
    except ValueError as err:
        raise TimelineError(
            "{path} is damaged or cut short: {err}.",
            tr("Export the timeline again, or use a backup."),
            path=path.name,
            err=err,
        ) from err
    if schema(value) == "SerializableCollection":
        text = merge_timelines(text, path)
        text, value = parse(text)
    if schema(value) not in ROOT_SCHEMAS:
        hint = tr("Export the whole timeline as .otio.")
        if not schema(value):
            raise TimelineError(
                "{path} holds no OpenTimelineIO object, not a timeline.", hint, path=path.name
            )
        raise TimelineError(
            "{path} holds a {schema}, not a timeline.",
            hint,
            path=path.name,
            schema=schema(value),
        )
    return Loaded(path, text, value, folder.absolute(), bundle)


def _load_folder(path: Path) -> Loaded:
    content = path / BUNDLE_CONTENT
    if not content.is_file():
        raise TimelineError(
            "{path} is a folder, not a timeline.",
            tr("Give the timeline file inside it."),
            path=path,
        )
    return _loaded(path, _decode(content.read_bytes(), path), path, bundle=False)


def _load_zip(path: Path) -> Loaded:
    """Read an .otioz, its media unpacked once into the cache."""
    try:
        with zipfile.ZipFile(path) as bundle:
            if BUNDLE_CONTENT not in bundle.namelist():
                raise TimelineError(
                    "{path} holds no timeline.",
                    tr("Export the timeline again as .otioz."),
                    path=path.name,
                )
            text = _decode(bundle.read(BUNDLE_CONTENT), path)
            folder = cache_dir() / "bundles" / _digest(path)
            _unpack(bundle, folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as err:
        raise TimelineError(
            "{path} is damaged or cut short: {err}.",
            tr("Export the timeline again."),
            path=path.name,
            err=err,
        ) from err
    return _loaded(path, text, folder, bundle=True)


def _digest(path: Path) -> str:
    facts = path.stat()
    return hashlib.sha256(
        f"{path.absolute()}:{facts.st_size}:{facts.st_mtime_ns}".encode()
    ).hexdigest()[:16]


def _unpack(bundle: zipfile.ZipFile, folder: Path) -> None:
    """Unpack a bundle's media; what is there already at its full size is kept.

    Raises:
        TimelineError: an entry would land outside the folder.
    """
    for entry in bundle.infolist():
        name = PurePosixPath(entry.filename)
        if entry.is_dir() or entry.filename == BUNDLE_CONTENT:
            continue
        if name.is_absolute() or ".." in name.parts or ":" in entry.filename:
            raise TimelineError(
                "The bundle holds the path {filename!r}.",
                tr("It was not written by an editor."),
                filename=entry.filename,
            )
        target = folder.joinpath(*name.parts)
        if target.exists() and target.stat().st_size == entry.file_size:
            continue
        log.info("unpacking %s", target)
        with bundle.open(entry) as source, whole_file(target) as sink:
            shutil.copyfileobj(source, sink)
