"""Write an edit back: the input's own JSON with the dubbed clips changed, every other byte as it
stood.

Two files each time. `<name>.g4g.otio` is the project: the original and every version of every dub
side by side, the active key choosing. `<name>.dubbed.otio` is the delivery copy, for programs that
know one reference a clip: the dub stands where the original stood, whose path and ranges are kept
in the clip's metadata.
"""

from __future__ import annotations

import copy
import filecmp
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from g4g_plugin import __version__
from g4g_plugin.core.conversion import from_plain, keep_unknown, to_plain
from g4g_plugin.core.errors import TimelineError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import snap_rate
from g4g_plugin.core.words import tr
from g4g_plugin.timeline.clip import (
    Node,
    active_reference,
    next_version,
    original_reference,
    ours,
    references,
    target_of,
    to_delivery,
    to_project,
)
from g4g_plugin.timeline.dialogue import (
    SameSound,
    Silenced,
    StillSpeaking,
    deaf,
    dialogue_of,
    restore,
    shown,
    silence_parts,
    still_speaking,
)
from g4g_plugin.timeline.edit import Edit, Place, Slot
from g4g_plugin.timeline.jsontext import patch
from g4g_plugin.timeline.load import load, schema
from g4g_plugin.timeline.paths import form_of, local_path, relative_target, target_like
from g4g_plugin.timeline.ranges import in_media, number, read_span, settled
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.takes import (
    Number,
    lay_takes,
    take_clip,
    time_range,
)


@dataclass(frozen=True, slots=True)
class Written:
    """The two files of a dubbed edit: the delivery copy, and the project with every version; and
    what is still on under the shots that were dubbed now.
    """

    dubbed: Path
    project: Path
    speaking: tuple[StillSpeaking, ...] = ()


@dataclass(frozen=True, slots=True)
class ClipChange:
    """What is new about a clip: dubs to hang on it, in order; what is decided about it, as plain
    values (None: nothing any more; empty: as it was); the key of the version that is to play
    (empty:
    the original; None: the newest dub, else as it was); versions to forget; what is said of some.
    """

    clip: str
    dubs: tuple[Dub, ...] = ()
    decisions: Mapping[str, Any] | None = field(default_factory=dict)
    active: str | None = None
    dropped: tuple[str, ...] = ()
    verdicts: Mapping[str, str] = field(default_factory=dict)


def write_dubs(
    edit: Edit,
    dubs: Sequence[Dub],
    out: Path,
    keep_dialogue: bool = False,
) -> Written:
    """Hang dubs on their clips and write project and delivery copy into a folder.

    Args:
        edit: the edit that was read.
        dubs: what was delivered, at most one for each clip.
        out: the folder to write into.
        keep_dialogue: leave the original sound of the dubbed clips on.

    Raises:
        TimelineError: a dub names no clip of the edit, or the files cannot be written.
    """
    changes = [ClipChange(dub.shot.clip, (dub,)) for dub in dubs]
    return write_project(edit, changes, out, keep_dialogue)


def write_project(
    edit: Edit,
    changes: Sequence[ClipChange],
    out: Path,
    keep_dialogue: bool = False,
    same: SameSound = deaf,
) -> Written:
    """Write what was decided and delivered for clips into project and delivery copy.

    Args:
        edit: the edit that was read.
        changes: at most one for each clip; what none speaks of stays as it stands.
        out: the folder to write into.
        keep_dialogue: leave the original sound of the dubbed clips on.
        same: says whether an audio clip is the picture's own sound, where the timeline does not.

    Raises:
        TimelineError: a change names no clip of the edit, or the files cannot be written.
    """
    out = Path(out)
    project = copy.deepcopy(edit.value)
    relink = _relink(edit, project, out)
    takes: list[Node] = []
    laid: set[str] = set()
    undone: list[str] = []
    silent: list[Silenced] = []
    speaking: list[StillSpeaking] = []
    for change in changes:
        slot = edit.slot(change.clip)
        clip = at(project, edit.places[slot.clip])
        before = _playing(clip)
        _apply(clip, change, edit, out)
        if not change.dubs and _playing(clip) == before:
            continue
        laid.add(slot.clip)
        dub = _playing_dub(clip)
        if dub is None:
            undone.append(slot.clip)
            continue
        spoken = {line.take.audio for line in dub.shot.lines}
        spoken -= set(slot.old_takes)
        lines = [s for s in dialogue_of(edit, slot, same) if s.media not in spoken]
        off = [] if keep_dialogue else lines
        silent += [Silenced(sound, slot.clip, *shown(edit, slot)) for sound in off]
        speaking += still_speaking(edit, slot, off, lines, spoken)
        takes += _takes(clip, dub, slot, edit, out)
    silence_parts(project, edit.places, silent)
    for address in undone:
        restore(project, address)
    lay_takes(project, laid, takes, _timeline_rate(edit))
    return replace(_write_both(edit, project, out, relink), speaking=tuple(speaking))


def _playing(clip: Node) -> str:
    """Return the key of the dub that plays; empty where the original does."""
    mine = ours(clip)
    if "original" in mine:
        return str(mine.get("version"))
    active = references(clip)[1]
    return active if active in mine.get("dubs", {}) else ""


def _playing_dub(clip: Node) -> Dub | None:
    key = _playing(clip)
    return from_plain(Dub, ours(clip)["dubs"][key]) if key else None


def _apply(clip: Node, change: ClipChange, edit: Edit, out: Path) -> None:
    """Write a change into a clip, in place."""
    mine = to_project(clip)
    for key in change.dropped:
        for kept in (mine["dubs"], clip["media_references"], mine.get("verdicts", {})):
            kept.pop(key, None)
        if clip["active_media_reference_key"] == key:
            clip["active_media_reference_key"] = mine["original_key"]
    for dub in change.dubs:
        _hang(clip, dub, (edit, edit.slot(change.clip)), out)
        mine = ours(clip)
    if change.active is not None:
        known = change.active in mine["dubs"]
        clip["active_media_reference_key"] = change.active if known else mine["original_key"]
    if change.verdicts:
        mine["verdicts"] = {**mine.get("verdicts", {}), **change.verdicts}
    if change.decisions is None:
        mine.pop("decisions", None)
    elif change.decisions != {}:
        mine["decisions"] = keep_unknown(dict(change.decisions), mine.get("decisions"))


def revert(
    project: Path, clip: str, out: Path, path_map: Mapping[str, str] | None = None
) -> Written:
    """Put a clip's original back and write both files; its dubs stay in the project, out of play.

    Args:
        project: `<name>.g4g.otio`, or a delivery copy.
        clip: the clip's address.
        out: the folder to write into.
        path_map: leading folders to swap in media paths.

    Raises:
        TimelineError: the clip has no dub, or the files cannot be written.
    """
    edit = open_timeline(Path(project), path_map)
    slot = edit.slot(clip)
    value = copy.deepcopy(edit.value)
    node = at(value, edit.places[slot.clip])
    if not {"dubs", "original"} & ours(node).keys():
        raise TimelineError(
            "{clip} ({slot}) in {path} has no dub.",
            tr("Give the project file, <name>.g4g.otio."),
            clip=slot.clip,
            slot=slot.name,
            path=edit.path.name,
        )
    relink = _relink(edit, value, Path(out))
    node["active_media_reference_key"] = to_project(node)["original_key"]
    restore(value, slot.clip)
    lay_takes(value, {slot.clip}, [], _timeline_rate(edit))
    return _write_both(edit, value, Path(out), relink)


def at(value: Any, place: Place) -> Node:
    """Return the object at a place in the JSON."""
    for step in place:
        value = value[step]
    return value


def _hang(clip: Node, dub: Dub, place: tuple[Edit, Slot], out: Path) -> None:
    """Add a dub to a clip as its next version and make it the one that plays."""
    edit, slot = place
    original = original_reference(clip)
    mine = to_project(clip)
    version = next_version(clip)
    made = {**to_plain(dub), "g4g": __version__}
    if slot.retime is not None:  # the delivery copy plays the frames as they are seen
        rate = _timeline_rate(edit)
        made["played"] = time_range(dub.shot.source.first, dub.shot.source.count, rate)
    mine["dubs"] = {**mine["dubs"], version: made}
    clip["media_references"] = {
        **clip["media_references"],
        version: _reference(clip, original, dub, edit, out),
    }
    clip["active_media_reference_key"] = version


def _reference(clip: Node, original: Node, dub: Dub, edit: Edit, out: Path) -> Node:
    """Write the media reference of a dub: its range in the time the clip's source range counts in."""
    holds = original.get("available_range")
    rate = _rate_as_written(dub.available.rate, holds, clip.get("source_range"))
    reference: Node = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": dub.media.name,
        "available_range": time_range(dub.available.first, dub.available.count, rate),
    }
    if "available_image_bounds" in original:
        reference["available_image_bounds"] = original["available_image_bounds"]
    return {**reference, "target_url": _target(dub.media, original, edit, out)}


def _rate_as_written(rate: Fraction, *ranges: Any) -> Number:
    """Return a rate as the file writes it (23.976, 23.976024627685547), so that no reader takes it
    for another.
    """
    for node in ranges:
        for name in ("start_time", "duration"):
            time = node.get(name) if isinstance(node, dict) else None
            written = time.get("rate") if isinstance(time, dict) else None
            value = number(written)
            if (
                value is not None
                and value > 0
                and snap_rate(value) == rate
                and isinstance(written, int | float)
            ):
                return written
    return float(rate)


def _timeline_rate(edit: Edit) -> Number:
    begin = {"start_time": edit.value.get("global_start_time") or {}}
    ranges = (at(edit.value, place).get("source_range") for place in edit.places.values())
    return _rate_as_written(edit.rate, begin, *ranges)


def _target(path: Path, original: Node, edit: Edit, out: Path) -> str:
    return target_like(
        path, target_of(original) or str(path.absolute()), out.absolute(), edit.path_map
    )


def _takes(clip: Node, dub: Dub, slot: Slot, edit: Edit, out: Path) -> list[Node]:
    """Return the clips that play a dub's lines, those that lie in the edit already left out."""
    single, rate = "schema" in ours(clip), _timeline_rate(edit)
    nodes = []
    for line in dub.shot.lines:
        if line.track:
            continue
        target = _target(line.take.audio, original_reference(clip), edit, out)
        nodes.append(take_clip(line, dub.shot, slot, edit, target, rate, single))
    return nodes


def _clips(value: Any) -> Iterator[Node]:
    """Yield every clip, wherever it is nested; not those kept in metadata."""
    if isinstance(value, list):
        for member in value:
            yield from _clips(member)
    elif isinstance(value, dict):
        if schema(value) == "Clip":
            yield value
        else:
            yield from _clips(value.get("tracks"))
            yield from _clips(value.get("children"))


def _relink(edit: Edit, value: Node, out: Path) -> list[tuple[Path, Path]]:
    """Let relative media paths count from `out` instead of the input's folder, in place.

    Returns the files to copy: media that came in a bundle were unpacked into a cache, which does
    not last.
    """
    if os.path.realpath(out) == os.path.realpath(edit.folder):
        return []
    wanted: list[tuple[Path, Path]] = []
    for clip in _clips(value):
        kept = ours(clip).get("original")
        held = [
            *references(clip)[0].values(),
            *([kept["media_reference"]] if isinstance(kept, dict) else []),
        ]
        for reference in held:
            name = (
                "target_url_base" if schema(reference) == "ImageSequenceReference" else "target_url"
            )
            target = reference.get(name)
            if not isinstance(target, str) or not target or form_of(target) != "relative":
                continue
            path = local_path(target, edit.folder, edit.path_map)
            if not path.exists():
                continue
            if edit.bundle:
                wanted.append(
                    (path, out.absolute() / f"{edit.name}.media" / path.relative_to(edit.folder))
                )
                path = wanted[-1][1]
            reference[name] = relative_target(path, target, out.absolute())
        if isinstance(kept, dict):
            kept["target_url"] = target_of(kept["media_reference"])
    return wanted


def _write_both(edit: Edit, project: Node, out: Path, files: list[tuple[Path, Path]]) -> Written:
    delivery = copy.deepcopy(project)
    for clip in _clips(delivery):
        to_delivery(clip)
    written = Written(out / f"{edit.name}.dubbed.otio", out / f"{edit.name}.g4g.otio")
    texts = {
        written.dubbed: patch(edit.text, edit.value, delivery),
        written.project: patch(edit.text, edit.value, project),
    }
    _write(texts, files)
    return written


def _write(texts: Mapping[Path, str], files: Sequence[tuple[Path, Path]] = ()) -> None:
    """Write whole files or none: each beside its place, on the disk, then renamed.

    Raises:
        TimelineError: the folder cannot be written, or the disk is full.
    """
    try:
        for source, target in files:
            if not target.exists() or not filecmp.cmp(source, target, shallow=False):
                with source.open("rb") as reader, whole_file(target) as writer:
                    shutil.copyfileobj(reader, writer, 1 << 20)
        with ExitStack() as stack:
            for path, text in texts.items():
                file = stack.enter_context(whole_file(path))
                file.write(text.encode("utf-8", "backslashreplace"))
                file.flush()
                os.fsync(file.fileno())
    except OSError as err:
        folder = next(iter(texts)).parent
        raise TimelineError(
            "The timeline cannot be written into {folder}: {reason}.",
            tr("Choose a folder you may write to, with room."),
            folder=folder,
            reason=err,
        ) from err


def rebase(otio: Path, out: Path) -> Path:
    """Write a copy in which every clip counts its media's frames from 0, for engines that know no
    timecode.

    melt and GES index files from frame 0 and render black, or the wrong second, when given
    timecode. Each clip keeps the reference that plays. out: the file to write, or a folder
    (`<name>.rebased.otio`).

    Raises:
        TimelineError: the timeline cannot be read or the copy not written.
    """
    edit = open_timeline(Path(otio))
    out = Path(out)
    target = out if out.suffix == ".otio" else out / f"{load(Path(otio)).path.stem}.rebased.otio"
    value = copy.deepcopy(edit.value)
    files = _relink(edit, value, target.parent)
    for clip in _clips(value):
        _from_zero(clip)
    _write({target: patch(edit.text, edit.value, value)}, files)
    return target


def _from_zero(clip: Node) -> None:
    reference = active_reference(clip)
    holds = read_span(reference.get("available_range"))
    if holds is None:
        return
    if "media_references" in clip:
        key = references(clip)[1]
        clip["media_references"] = {key: reference}
    span = read_span(clip.get("source_range"))
    zero = settled(holds.start)
    if span is None:
        span, exact = holds, in_media(holds, holds)
    else:
        exact = in_media(span, holds)
    scale = 1 if span.exact_rate == holds.exact_rate else span.rate / holds.rate
    rate = _rate_as_written(span.exact_rate, clip.get("source_range"), reference["available_range"])
    clip["source_range"] = time_range((exact.first - zero) * scale, span.length, rate)
    held = _rate_as_written(holds.exact_rate, reference["available_range"])
    reference["available_range"] = time_range(0, holds.length, held)
