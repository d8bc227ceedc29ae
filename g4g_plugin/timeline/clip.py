"""A clip's media references: which is the original, which are our dubs, and how old files say it.

Everything of ours stands under `clip.metadata["g4g"]`:
- in a project (`.g4g.otio`): `original_key`, `dubs` {key: how it was made}, `schema` where the clip
  was upgraded;
- in a delivery copy (`.dubbed.otio`): `original` {key, media_reference, target_url,
  available_range, source_range}, `version` and `dub` (how it was made).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from g4g_plugin.timeline.dub_markers import dub_markers, without_dub_markers
from g4g_plugin.timeline.effects import without_time_effects
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import read_span

Node = dict[str, Any]
DEFAULT_KEY = "DEFAULT_MEDIA"
METADATA_KEY = "g4g"  # our name in every metadata
DAMAGED = "damaged"  # of ours, where what cannot be used is kept
_KINDS = {  # of what may stand in it
    "dubs": dict,
    "dub": dict,
    "verdicts": dict,
    "original": dict,
    "original_key": str,
    "version": str,
    "schema": str,
    DAMAGED: dict,
}
_VERSION = re.compile(r"^g4g-dub-v(\d+)$")


def ours(node: Any) -> Node:
    """Return our own metadata of an object; empty where there is none (changing it changes
    nothing). What is of a wrong type stands under `damaged`.
    """
    metadata = node.get("metadata") if isinstance(node, dict) else None
    mine = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
    if not isinstance(mine, dict):
        return {} if mine is None else {DAMAGED: {METADATA_KEY: mine}}
    known = {name: mine[name] for name in _KINDS if name in mine}
    wrong = {name: value for name, value in known.items() if not isinstance(value, _KINDS[name])}
    dubs = mine.get("dubs")
    pairs = dubs.items() if isinstance(dubs, dict) else ()
    odd = {key: dub for key, dub in pairs if not isinstance(dub, dict)}
    original = mine.get("original")
    if isinstance(original, dict) and not isinstance(original.get("media_reference"), dict):
        wrong["original"] = original
    if not wrong and not odd:
        return mine
    whole = {name: value for name, value in mine.items() if name not in wrong}
    if odd:
        whole["dubs"] = {key: dub for key, dub in pairs if key not in odd}
    return {**whole, DAMAGED: {**whole.get(DAMAGED, {}), **wrong, **odd}}


def references(clip: Node) -> tuple[dict[str, Node], str]:
    """Return a clip's media references by key, and the active key; `Clip.1` holds one, without a
    key.
    """
    many = clip.get("media_references")
    if isinstance(many, dict):
        found = {key: ref for key, ref in many.items() if isinstance(ref, dict)}
        active = clip.get("active_media_reference_key")
        return found, active if isinstance(active, str) else DEFAULT_KEY
    single = clip.get("media_reference")
    return ({DEFAULT_KEY: single} if isinstance(single, dict) else {}), DEFAULT_KEY


def active_reference(clip: Node) -> Node:
    """Return the reference that plays now; empty where there is none."""
    found, key = references(clip)
    return found.get(key, {})


def original_reference(clip: Node) -> Node:
    """Return the reference the clip had before any dub; empty where there is none."""
    mine = ours(clip)
    original = mine.get("original")
    if isinstance(original, dict) and isinstance(original.get("media_reference"), dict):
        return original["media_reference"]
    found, key = references(clip)
    return found.get(str(mine.get("original_key", key)), {})


def target_of(reference: Node) -> str | None:
    """Return the media path as written; Resolve keeps that of offline media in its metadata."""
    if schema(reference) == "ImageSequenceReference":
        base, prefix, suffix = (
            str(reference.get(k) or "") for k in ("target_url_base", "name_prefix", "name_suffix")
        )
        slash = "/" if base and not base.endswith(("/", "\\")) else ""
        return f"{base}{slash}{prefix}%0{reference.get('frame_zero_padding') or 1}d{suffix}"
    url = reference.get("target_url")
    if isinstance(url, str) and url:
        return url
    metadata = reference.get("metadata")
    resolve = metadata.get("Resolve_OTIO") if isinstance(metadata, dict) else None
    url = resolve.get("Media Url") if isinstance(resolve, Mapping) else None
    return url if isinstance(url, str) and url else None


def as_cut(clip: Node) -> Node:
    """Return a clip as the editor cut it: a delivery copy's keeps range and effects of a retime
    that was dubbed as it plays.
    """
    original = ours(clip).get("original")
    if not isinstance(original, dict) or "effects" not in original:
        return clip
    return {**clip, "source_range": original.get("source_range"), "effects": original["effects"]}


def to_project(clip: Node) -> Node:
    """Give a clip the project's form in place (`Clip.2`, the original under its key) and return our
    metadata of it.
    """
    refs, key = references(clip)
    mine = dict(ours(clip))
    if (
        "original" in mine
    ):  # a delivery copy: put the original back under its key, the dub beside it
        clip |= as_cut(clip)
        original, version = mine.pop("original"), str(mine.pop("version", "g4g-dub-v001"))
        key = str(original.get("key", key))
        refs = {**refs, version: refs.get(key, {}), key: original["media_reference"]}
        mine["dubs"] = {version: mine.pop("dub", {})}
        clip["active_media_reference_key"] = version
    if "media_references" not in clip:
        mine["schema"] = clip.get("OTIO_SCHEMA", "Clip.1")
        clip["OTIO_SCHEMA"] = "Clip.2"
        clip.pop("media_reference", None)
        clip.setdefault("active_media_reference_key", key)
    if clip.get("markers"):
        clip["markers"] = without_dub_markers(clip["markers"])
    mine.setdefault("dubs", {})
    mine["original_key"] = _original_key(mine, refs, key)
    clip["media_references"] = refs
    metadata = clip.get("metadata")
    clip["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), METADATA_KEY: mine}
    return mine


def _original_key(mine: Node, refs: Mapping[str, Node], active: str) -> str:
    """Return the key of the reference that is no dub of ours; `active` where none is lost."""
    if "original_key" in mine:
        return mine["original_key"]
    others = [key for key in refs if key not in mine["dubs"]]
    return active if active in others or not others else others[0]


def next_version(clip: Node) -> str:
    """Return the first free key `g4g-dub-v00N`."""
    taken = [int(found[1]) for found in map(_VERSION.match, references(clip)[0]) if found]
    return f"g4g-dub-v{max(taken, default=0) + 1:03d}"


def to_delivery(clip: Node) -> None:
    """Turn a project's clip into that of the delivery copy, in place: one reference, under the
    original's key.
    """
    mine = ours(clip)
    if "dubs" not in mine:
        return
    refs, active = references(clip)
    key = _original_key(mine, refs, active)
    dub = refs.get(active) if active in mine["dubs"] else None
    original = refs.get(key, {})
    kept = {name: ref for name, ref in refs.items() if name not in mine["dubs"]}
    if dub is None:
        del clip["metadata"][METADATA_KEY]
    else:
        kept[key] = dub
        clip["metadata"][METADATA_KEY] = {
            "original": _remember(clip, key, original),
            "version": active,
            "dub": mine["dubs"][active],
        }
        _bake(clip)
        _mark(clip, dub)
    if "schema" in mine:
        clip["OTIO_SCHEMA"] = mine["schema"]
        del clip["media_references"]
        clip.pop("active_media_reference_key", None)
        clip["media_reference"] = kept.get(key)
    else:
        clip["media_references"] = kept
        clip["active_media_reference_key"] = key


def _bake(clip: Node) -> None:
    """Let a dub of a retimed clip, which holds the frames as they are seen, play at its own speed."""
    mine = clip["metadata"][METADATA_KEY]
    played = mine["dub"].get("played")
    if read_span(played) is None:
        return
    mine["original"]["effects"] = clip.get("effects")
    clip["source_range"] = played
    clip["effects"] = without_time_effects(clip)


def _mark(clip: Node, reference: Node) -> None:
    """Hang what is to be looked at in the dub that plays on its clip, as markers."""
    holds = reference.get("available_range")
    time = {} if holds is None or read_span(holds) is None else holds["duration"]
    rate = time.get("rate", 1.0)
    marked = dub_markers(clip["metadata"][METADATA_KEY]["dub"], rate)
    if marked:
        clip["markers"] = [*(clip.get("markers") or []), *marked]


def _remember(clip: Node, key: str, original: Node) -> Node:
    return {
        "key": key,
        "target_url": target_of(original),
        "available_range": original.get("available_range"),
        "source_range": clip.get("source_range"),
        "media_reference": original,
    }
