"""What keeps a clip from being dubbed, said so that the editor knows what to do. The codes are stable."""

from __future__ import annotations

from pathlib import Path

from g4g_plugin.timeline.clip import Node, target_of
from g4g_plugin.timeline.edit import Problem
from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.paths import form_of
from g4g_plugin.timeline.ranges import MediaRange, near
from g4g_plugin.timeline.walk import Item, time_effect

RELINK = "Mount its disk, relink it in your editing program, or add its folder to the path map in the settings."
STILLS = frozenset(
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".dpx", ".tga", ".bmp", ".psd", ".gif", ".svg", ".webp")
)
_KNOWN = ("ExternalReference", "MissingReference", "GeneratorReference", "ImageSequenceReference")


def about_item(item: Item) -> list[Problem]:
    """Say what is the matter with the clip itself: retimed, disabled, hidden, of a kind we do not know."""
    found = []
    if schema(item.node) != "Clip":
        kind = item.node.get("OTIO_SCHEMA") or "an object without a schema"
        found.append(Problem("unknown-item", f"This is {kind}, which no dub can be hung on; replace it by a clip."))
    effect = time_effect(item.node)
    if effect or item.retimed:
        what = f"retimed ({effect})" if effect else "inside a retimed sequence"
        message = f"The clip is {what}; render it at its new speed and cut that in, then dub it."
        found.append(Problem("retime", message))
    if not item.enabled:
        message = "The clip or its track is switched off; it can be dubbed, and stays switched off."
        found.append(Problem("disabled", message, blocks=False))
    if item.seconds <= 0 and (item.head or item.tail):
        message = "The nested sequence around the clip does not show any of it; dub the clips that are seen."
        found.append(Problem("hidden", message))
    return found


def about_media(reference: Node, media: Path | None) -> list[Problem]:
    """Say what is the matter with the clip's media."""
    kind, target = schema(reference), target_of(reference)
    if kind == "ImageSequenceReference":
        return [Problem("image-sequence", "The clip is an image sequence; render it to a movie and relink to that.")]
    if kind == "GeneratorReference":
        return [Problem("generator", "The clip is made by a generator and has no media; render it to a movie first.")]
    if kind and kind not in _KNOWN:
        message = f"The clip's media is a {reference.get('OTIO_SCHEMA')}, which is unknown here; relink it to a movie."
        return [Problem("unknown-media", message)]
    if target is None:
        return [Problem("no-media", "The timeline names no media for this clip; relink it and export again.")]
    if form_of(target) == "foreign":
        return [Problem("missing-media", f"The media {target} is not a file; download it and relink the clip.")]
    if media is not None and ("%0" in media.name or "#" in media.stem) and media.suffix.lower() in STILLS:
        return [Problem("image-sequence", "The clip is an image sequence; render it to a movie and relink to that.")]
    found = []
    if media is not None and media.suffix.lower() in STILLS:
        found.append(Problem("still-image", "The clip is a still picture; render it to a movie and relink to that."))
    if media is None or not media.is_file():
        found.append(Problem("missing-media", f"The media {media} is not here. {RELINK}"))
    return found


def about_range(item: Item, exact: MediaRange, unknown: bool) -> list[Problem]:
    """Say what is the matter with the frames a clip shows; unknown: the timeline does not say which."""
    if item.node.get("source_range") is not None and exact.end <= exact.first:
        return [Problem("zero-length", "The clip shows no frame at all; delete it or give it a length.")]
    if unknown or not exact.exact:
        return []
    found = []
    if near(exact.first) is None:
        message = f"The clip begins between two frames of its media ({float(exact.first):.3f}); slip it to a whole one."
        found.append(Problem("fractional-start", message))
    elif near(exact.end) is None:
        length = float(exact.end - exact.first)
        message = f"The clip is {length:.3f} frames of its media long; trim it to whole frames."
        found.append(Problem("fractional-length", message))
    return found
