"""The way out into formats that are not OpenTimelineIO, through OTIO's adapters, each in a process
of its own.

Adapters do more harm than losing things: FCP7 XML and FCPXML switch disabled clips on again (the
old dialogue would speak beside the new line), EDLs begin at 00:00:00:00 and read every 29.97 as
drop-frame. What can be put right is put right in the JSON they are given; what is lost stands in
`Format.loses`.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.formats import Format, formats, written_formats
from g4g_plugin.core.time import can_drop, snap_rate
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.carried import carry
from g4g_plugin.timeline.clip import Node, active_reference, ours, references, target_of
from g4g_plugin.timeline.edit import Edit
from g4g_plugin.timeline.edl import true_speeds
from g4g_plugin.timeline.formats import ADAPTER_COMMAND, run_adapter
from g4g_plugin.timeline.jsontext import patch
from g4g_plugin.timeline.load import BUNDLE_CONTENT, schema
from g4g_plugin.timeline.paths import form_of, local_path, plain, target_like
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.takes import time_range
from g4g_plugin.timeline.walk import TRACK_SCHEMAS, children, seconds_of
from g4g_plugin.timeline.write import rebase

REEL_LETTERS = 8  # letters of a reel name in an EDL
ADAPTER_SECONDS = 600  # seconds an adapter may take: a bundle copies every file
_INSTEAD = tr("Deliver the .dubbed.otio instead.")


def format_to_write(key: str) -> Format:
    """Return the format with this key ("xml"), seeing that it can be written here.

    Raises:
        TimelineError: there is none, it is only read, or its package is not installed.
    """
    entry = next((entry for entry in formats() if entry.key == key), None)
    known = ", ".join(entry.key for entry in written_formats())
    if entry is None or entry not in written_formats():
        raise TimelineError(
            "{entry} cannot be written.",
            tr("Formats that can be written: {known}."),
            entry=entry.name if entry else key,
            known=known,
        )
    if not entry.ready:
        raise TimelineError(
            "Writing {entry} needs the package {package}.",
            tr('Install it with `pip install "g4g-plugin[interchange]"`.'),
            entry=entry.name,
            package=entry.package,
        )
    return entry


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written, and what the format has no word for, item by item."""

    paths: list[Path]
    lost: list[str]


def export_as(dubbed: Path, entry: Format, out: Path) -> list[Path]:
    """Write a delivery copy in another format and return the files, as `export_and_tell`."""
    return export_and_tell(dubbed, entry, out).paths


def export_and_tell(dubbed: Path, entry: Format, out: Path) -> Exported:
    """Write a delivery copy in another format; return the files, and what is lost.

    An EDL holds one video track: each further one is a file of its own.

    Args:
        dubbed: the delivery copy, `<name>.dubbed.otio`.
        entry: the format to write.
        out: the folder to write into.

    Raises:
        TimelineError: the format cannot be written here, the adapter failed, or the folder cannot
            be written.
    """
    entry = format_to_write(entry.key)
    with tempfile.TemporaryDirectory(prefix="g4g-") as folder:
        if entry.from_zero:
            dubbed_from_zero = rebase(dubbed, Path(folder) / Path(dubbed).name)
            edit = open_timeline(dubbed_from_zero)
        else:
            edit = open_timeline(Path(dubbed))
        if not entry.adapter:
            made = _bundle(
                edit, Path(folder) / f"{Path(dubbed).name.removesuffix('.otio')}.{entry.key}"
            )
            return Exported([_move(made, Path(out) / made.name)], [])
        written, lost = [], list[str]()
        for addition, value in _parts(edit, entry, lost):
            name = f"{Path(dubbed).name.removesuffix('.otio')}{addition}.{entry.key}"
            made = _convert(value, entry, Path(folder) / name, edit)
            written.append(_move(made, Path(out) / name))
        return Exported(written, list(dict.fromkeys(lost)))


def _bundle(edit: Edit, out: Path) -> Path:
    """Pack the timeline with a copy of every file it plays (.otioz); OTIO's own writer refuses
    where one is missing.

    Media of the same name get a number; what lies not here keeps its path.
    """
    value = copy.deepcopy(edit.value)
    inside: dict[Path, str] = {}
    for clip in _clips(value):
        for reference in references(clip)[0].values():
            target = reference.get("target_url")
            if not isinstance(target, str) or not target or form_of(target) == "foreign":
                continue
            path = local_path(target, edit.folder, edit.path_map)
            if path.is_file():
                reference["target_url"] = quote(
                    inside.setdefault(path, _free(path, inside.values()))
                )
            else:
                reference["target_url"] = target_like(path, "file:///", edit.folder, {})
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("version.txt", "1.0.0")
        bundle.writestr(BUNDLE_CONTENT, patch(edit.text, edit.value, value), zipfile.ZIP_DEFLATED)
        for path, name in inside.items():
            bundle.write(path, name)
    return out


def _free(path: Path, taken: Collection[str]) -> str:
    names = (f"media/{path.stem}{f'-{n}' if n > 1 else ''}{path.suffix}" for n in count(1))
    return next(name for name in names if name not in taken)


def _parts(edit: Edit, entry: Format, lost: list[str]) -> Iterator[tuple[str, Node]]:
    """Yield (addition to the file's name, JSON) for each file to write; what the format has no word
    for is added to `lost`.
    """
    value = _whole_timeline(copy.deepcopy(edit.value))
    if entry.adapter != "g4g_plugin.timeline.fcpxml":
        _switch_off(value)
    lost += carry(value, entry)
    for clip in _clips(value):
        _relink(clip, edit, entry)
    if not entry.edl:
        yield "", value
        return
    tracks = children(value.get("tracks") or {})
    pictures = [
        t
        for t in tracks
        if schema(t) in TRACK_SCHEMAS and (t.get("kind") or "Video") == "Video" and children(t)
    ]
    for number, track in enumerate(pictures, 1):
        alone = {**value, "tracks": {**value["tracks"], "children": [track]}}
        _for_edl(alone, track, edit)
        yield ("" if len(pictures) == 1 else f".V{number}"), alone


def _whole_timeline(value: Node) -> Node:
    """Put a lone stack, track or clip into a timeline, which is what adapters write."""
    if schema(value) == "Timeline":
        return value
    stack = value
    if schema(value) != "Stack":
        stack = {"OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "", "children": [value]}
    timeline = {"OTIO_SCHEMA": "Timeline.1", "metadata": {}, "name": value.get("name") or ""}
    return {**timeline, "global_start_time": None, "tracks": stack}


def _clips(value: Any) -> Iterator[Node]:
    for child in children(value.get("tracks") or {}) if "tracks" in value else children(value):
        if schema(child) == "Clip":
            yield child
        elif isinstance(child, dict):
            yield from _clips(child)


def _switch_off(node: Node) -> None:
    """Put a gap in the place of what is switched off: most adapters would switch it on."""
    items = children(node.get("tracks") or {}) if "tracks" in node else children(node)
    for at, child in enumerate(items):
        if not isinstance(child, dict):
            continue
        if child.get("enabled") is False and schema(child) not in TRACK_SCHEMAS:
            items[at] = _gap(seconds_of(child), child)
        else:
            _switch_off(child)
    items[:] = [
        child
        for child in items
        if not (schema(child) in TRACK_SCHEMAS and child.get("enabled") is False)
    ]


def _gap(seconds: Fraction, like: Node) -> Node:
    span = like.get("source_range") or active_reference(like).get("available_range") or {}
    rate = (span.get("duration") or {}).get("rate") or 24.0
    gap: Node = {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "effects": [],
        "markers": [],
        "enabled": True,
    }
    return {**gap, "source_range": time_range(0, seconds * snap_rate(rate), rate)}


def _relink(clip: Node, edit: Edit, entry: Format) -> None:
    """Write the paths of a clip as the format wants them: URLs in XML, else plain and whole."""
    for reference in references(clip)[0].values():
        target = reference.get("target_url")
        if not isinstance(target, str) or not target or form_of(target) == "foreign":
            continue
        local = local_path(target, edit.folder, edit.path_map)
        text = local.as_posix() if form_of(target) == "relative" else plain(target)
        if entry.from_zero:  # Kdenlive's adapter takes every path for an escaped one
            text = text.replace("%", "%25")
        reference["target_url"] = (
            target_like(Path(text), entry.url, edit.folder, {}) if entry.url else text
        )


def _for_edl(value: Node, track: Node, edit: Edit) -> None:
    """Let an EDL begin at the timeline's start, give each clip its range, and count non-drop 29.97
    as 30.
    """
    first = next(_clips({"children": [track]}), None)
    if first is None:
        return
    for clip in _clips({"children": [track]}):
        clip["source_range"] = clip.get("source_range") or active_reference(clip).get(
            "available_range"
        )
    _name_reels(track)
    if edit.start > 0:
        track["children"] = [_gap(edit.start / edit.rate, first), *children(track)]
    if can_drop(edit.rate) and not is_drop(edit):
        _each_time(value, lambda time: time.update(rate=_nominal(time)))


def _name_reels(track: Node) -> None:
    """Give each file a reel name an EDL can hold and tell apart: eight letters, none of them a
    space.

    A clip that has one from an earlier EDL keeps it, unless it is dubbed: its reel would bring the
    old picture back.
    """
    taken: dict[str, str] = {}
    for clip in _clips({"children": [track]}):
        metadata = clip.setdefault("metadata", {})
        held = metadata.get("cmx_3600")
        if isinstance(held, dict) and held.get("reel") and not ours(clip):
            continue
        target = target_of(active_reference(clip)) or str(clip.get("name") or "")
        stem = re.sub(r"[^A-Za-z0-9_-]", "", PurePosixPath(plain(target)).stem) or "AX"
        names = (
            stem[:REEL_LETTERS] if n == 1 else f"{stem[: REEL_LETTERS - 2]}{n:02d}"
            for n in count(1)
        )
        reel = next(name for name in names if taken.get(name, target) == target)
        taken[reel] = target
        metadata["cmx_3600"] = {**(held if isinstance(held, dict) else {}), "reel": reel}


def is_drop(edit: Edit) -> bool:
    """Return whether a timeline counts drop-frame: any of its media does."""
    return any(slot.drop for slot in edit.slots)


def _nominal(time: Node) -> float:
    rate = snap_rate(time["rate"])
    return float(round(rate)) if can_drop(rate) else time["rate"]


def _each_time(value: Any, change: Callable[[Node], object]) -> None:
    if schema(value) == "RationalTime":
        change(value)
        return
    members = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    for member in members:
        _each_time(member, change)


def _convert(value: Node, entry: Format, out: Path, edit: Edit) -> Path:
    """Hand the JSON to the adapter.

    Raises:
        TimelineError: the adapter failed; the message ends with its own last line.
    """
    source = out.with_name("content.otio")
    source.write_text(json.dumps(value), "utf-8")
    command = [*ADAPTER_COMMAND, "write", entry.adapter, str(source), str(out)]
    reason = run_adapter(command, out, ADAPTER_SECONDS)
    if reason:
        raise TimelineError(
            "The timeline could not be written as {entry}: {reason}.",
            _INSTEAD,
            entry=entry.name,
            reason=reason,
        )
    if entry.edl:
        _finish_edl(out, edit)
    return out


def _finish_edl(edl: Path, edit: Edit) -> None:
    """Say in an EDL how it counts, and put its retimes right."""
    words = "DROP FRAME" if is_drop(edit) else "NON-DROP FRAME"
    title, _, rest = true_speeds(edl.read_text("utf-8"), edit.rate).partition("\n")
    edl.write_text(f"{title}\nFCM: {words}\n{rest}", "utf-8")


def _move(made: Path, target: Path) -> Path:
    try:
        with made.open("rb") as source, whole_file(target) as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except OSError as err:
        raise TimelineError(
            "{target} cannot be written: {err}.",
            tr("Choose a folder you may write to, with room."),
            target=target,
            err=err,
        ) from err
    return target
