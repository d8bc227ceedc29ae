"""What our own metadata of a clip holds, as plain values: decisions, dubs, verdicts, what plays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from g4g_plugin.timeline.clip import DAMAGED, Node, ours, references, target_of
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.paths import local_path


@dataclass(frozen=True, slots=True)
class Stored:
    """What a project or delivery copy says of one clip. `media`: where each dub's file lies now;
    `active`: the key of the reference that plays; `damaged`: names of what cannot be used.
    """

    decisions: Any = None
    dubs: dict[str, Any] = field(default_factory=dict)
    media: dict[str, Path] = field(default_factory=dict)
    verdicts: dict[str, Any] = field(default_factory=dict)
    active: str = ""
    damaged: tuple[str, ...] = ()


def stored_of(edit: Edit, slot: Slot) -> Stored:
    """Return what the edit's metadata says of a clip; empty where it says nothing."""
    clip: Any = edit.value
    for step in edit.places[slot.clip]:
        clip = clip[step]
    mine = ours(clip)
    refs, active = references(clip)
    dubs, verdicts = mine.get("dubs"), mine.get("verdicts")
    if "original" in mine:  # a delivery copy knows the one version that plays
        active = str(mine.get("version", "g4g-dub-v001"))
        original = mine["original"] if isinstance(mine["original"], dict) else {}
        dubs, refs = {active: mine.get("dub")}, {active: refs.get(str(original.get("key")), {})}
    known = dubs if isinstance(dubs, dict) else {}
    media = {key: _media(refs[key], edit) for key in known if key in refs}
    return Stored(
        mine.get("decisions"),
        known,
        {key: path for key, path in media.items() if path is not None},
        verdicts if isinstance(verdicts, dict) else {},
        active,
        tuple(mine.get(DAMAGED, ())),
    )


def _media(reference: Node, edit: Edit) -> Path | None:
    target = target_of(reference)
    return None if target is None else local_path(target, edit.folder, edit.path_map)
