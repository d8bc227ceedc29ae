"""What keeps a clip from being dubbed, said so that the editor knows what to do. The codes are
stable.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from g4g_plugin.core.words import tr
from g4g_plugin.timeline.clip import Node, target_of
from g4g_plugin.timeline.edit import Problem
from g4g_plugin.timeline.effects import constant_speed, time_effect
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.paths import form_of, local_path
from g4g_plugin.timeline.ranges import MediaRange, near
from g4g_plugin.timeline.walk import Item

RELINK_HINT = tr(
    "Mount its disk, relink it in your editing program, or add its folder to the path map in the settings.",
)
STILL_SUFFIXES = frozenset(
    (
        ".png",
        ".jpg",
        ".jpeg",
        ".tif",
        ".tiff",
        ".exr",
        ".dpx",
        ".tga",
        ".bmp",
        ".psd",
        ".gif",
        ".svg",
        ".webp",
    )
)
_UNKNOWN_ITEM = tr("This is {kind}, which cannot carry a dub; replace it with a clip.")
_RETIMED = tr(
    "The clip changes its speed on the way ({effect}); render it at its new speed and cut that in, then dub it.",
)
_BAKED = tr(
    "The clip plays at {speed:.4g} times its speed; it is dubbed as it plays, and the delivered clip needs no effect.",
)
_FROZEN = tr(
    "The clip is a frozen frame; it is dubbed as it plays, and the delivered clip needs no effect.",
)
_IN_RETIMED = tr(
    "The clip is inside a retimed sequence; render it at its new speed and cut that in, then dub it.",
)
_DISABLED = tr("The clip or its track is disabled; it can be dubbed, and stays disabled.")
_HIDDEN = tr(
    "The nested sequence around the clip shows none of it; dub the clips that can be seen.",
)
_SEQUENCE = tr("The clip is an image sequence; render it to a movie and relink to that.")
_GENERATOR = tr("The clip is made by a generator and has no media; render it to a movie first.")
_UNKNOWN_MEDIA = tr("The clip's media is a {kind}, which is unknown here; relink it to a movie.")
_NO_MEDIA = tr("The timeline names no media for this clip; relink it and export again.")
_NO_FILE = tr("The media {target} is not a file; download it and relink the clip.")
_STILL = tr("The clip is a still picture; render it to a movie and relink to that.")
_MISSING = tr("The media {media} is not here. {hint}")
_ZERO = tr("The clip shows no frame at all; delete it or give it a length.")
_BETWEEN = tr(
    "The clip begins between two frames of its media ({first:.3f}); every frame it touches is dubbed.",
)
_FRACTION = tr(
    "The clip is {length:.3f} frames of its media long; every frame it touches is dubbed."
)
_GUESSED = tr(
    "An EDL does not say its rate: this one is read at {rate}; if that is wrong, {@give_rate}."
)
_RELINKED = tr("The media was found by its name: {media}.")
_KNOWN = ("ExternalReference", "MissingReference", "GeneratorReference", "ImageSequenceReference")


def about_item(item: Item) -> list[Problem]:
    """Return what is the matter with the clip itself: retimed, disabled, hidden, of a kind we do
    not know.
    """
    found = []
    if schema(item.node) != "Clip":
        kind = item.node.get("OTIO_SCHEMA") or "an object without a schema"
        found.append(Problem("unknown-item", _UNKNOWN_ITEM.filled(kind=kind)))
    effect = time_effect(item.node)
    if item.retimed:
        found.append(Problem("retime", _IN_RETIMED))
    elif effect:
        found.append(_retimed(item.node, effect))
    if not item.enabled:
        found.append(Problem("disabled", _DISABLED, blocks=False))
    if item.seconds <= 0 and (item.head or item.tail):
        found.append(Problem("hidden", _HIDDEN))
    return found


def _retimed(node: Node, effect: str) -> Problem:
    speed = constant_speed(node)
    if speed is None:
        return Problem("retime", _RETIMED.filled(effect=effect))
    said = _BAKED.filled(speed=float(speed)) if speed else _FROZEN
    return Problem("retime", said, blocks=False)


def about_media(reference: Node, media: Path | None) -> list[Problem]:
    """Return what is the matter with the clip's media."""
    kind, target = schema(reference), target_of(reference)
    if kind == "ImageSequenceReference":
        return [Problem("image-sequence", _SEQUENCE)]
    if kind == "GeneratorReference":
        return [Problem("generator", _GENERATOR)]
    if kind and kind not in _KNOWN:
        return [Problem("unknown-media", _UNKNOWN_MEDIA.filled(kind=reference.get("OTIO_SCHEMA")))]
    if target is None and media is None:
        return [Problem("no-media", _NO_MEDIA)]
    if target is not None and form_of(target) == "foreign":
        return [Problem("missing-media", _NO_FILE.filled(target=target))]
    if (
        media is not None
        and ("%0" in media.name or "#" in media.stem)
        and media.suffix.lower() in STILL_SUFFIXES
    ):
        return [Problem("image-sequence", _SEQUENCE)]
    found = []
    if media is not None and media.suffix.lower() in STILL_SUFFIXES:
        found.append(Problem("still-image", _STILL))
    if media is None or not media.is_file():
        found.append(Problem("missing-media", _MISSING.filled(media=str(media), hint=RELINK_HINT)))
    return found


def about_rate(value: Node) -> list[Problem]:
    """Say that the rate of an EDL was guessed."""
    metadata = value.get("metadata")
    mine = metadata.get("g4g") if isinstance(metadata, dict) else None
    rate = mine.get("guessed_rate") if isinstance(mine, dict) else None
    if rate is None:
        return []
    return [Problem("guessed-rate", _GUESSED.filled(rate=rate), blocks=False)]


def about_place(
    target: str | None, media: Path | None, where: tuple[Path, Mapping[str, str]]
) -> list[Problem]:
    """Say that a clip's media was found elsewhere than the timeline says.

    Args:
        target: as written.
        media: where it lies.
        where: the timeline's folder, and leading folders to swap.
    """
    if media is None or (target is not None and local_path(target, *where) == media):
        return []
    return [Problem("relinked", _RELINKED.filled(media=str(media)), blocks=False)]


def about_range(item: Item, exact: MediaRange, unknown: bool) -> list[Problem]:
    """Return what is the matter with the frames a clip shows.

    Args:
        item: the clip in its place.
        exact: the frames it shows, before they were made whole.
        unknown: whether the timeline leaves them unsaid.
    """
    if item.node.get("source_range") is not None and exact.end <= exact.first:
        return [Problem("zero-length", _ZERO)]
    if unknown or not exact.exact:
        return []
    found = []
    if near(exact.first) is None:
        found.append(Problem("fractional-start", _BETWEEN.filled(first=float(exact.first)), False))
    elif near(exact.end) is None:
        found.append(
            Problem(
                "fractional-length", _FRACTION.filled(length=float(exact.end - exact.first)), False
            )
        )
    return found
