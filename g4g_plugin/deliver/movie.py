"""The delivered file: the segments' packets joined as they are, the sounds beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction
from typing import BinaryIO

import av
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.picture_stream import add_pictures
from g4g_plugin.deliver.provenance import tags
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.segments import Segment
from g4g_plugin.deliver.sound import HeardLine, PlateSound, Sound, add_lines
from g4g_plugin.deliver.stream_facts import TITLE_PADDING, needs_room, write_stream_facts

# edit lists count in the movie's own time scale: frames of every rate and samples at 48 kHz are
# whole in this one
MOV_OPTIONS = {"movflags": "use_metadata_tags", "movie_timescale": "240000"}
# of one file alone: its container, its writer, where it begins
CONTAINER_TAGS = {
    "major_brand",
    "minor_version",
    "compatible_brands",
    "encoder",
    "timecode",
    "duration",
}


def write_movie(
    file: BinaryIO,
    comp: Comp,
    segments: Sequence[Segment],
    lines: Sequence[HeardLine] = (),
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Write the delivered file; nothing is encoded again.

    Args:
        file: open for writing.
        comp: what is delivered.
        segments: all of them, in order.
        lines: what is to be heard.
        stop: called once a frame; may raise Cancelled.

    Raises:
        DeliverError: the segments are not of one stream.
        OSError, FFmpegError: the file cannot be written.
    """
    with ExitStack() as stack:
        options = MOV_OPTIONS if comp.coding.container == "mov" else {}
        container = av.open(file, "w", format=comp.coding.container, container_options=options)
        stack.callback(_close_quietly, container)
        video = add_pictures(container, comp)
        if comp.coding.container == "matroska" and needs_room(comp.facts):
            video.metadata["title"] = TITLE_PADDING
        own = PlateSound.open(container, comp)
        stack.callback(own.close)
        sounds: list[Sound] = [own, *add_lines(container, comp, lines)]
        container.metadata.update(kept_tags(own.metadata) | tags(comp.shot, own.notes))
        container.start_encoding()
        if any(segment.header != (video.codec_context.extradata or b"") for segment in segments):
            raise DeliverError(
                "The shot's segments were not made by the same encoder.",
                tr("Dub the shot again: what was kept of it comes from another version."),
            )
        for number, packet in enumerate(_in_order(segments)):
            packet.stream, packet.time_base = video, 1 / comp.rate
            container.mux_one(packet)
            for sound in sounds:
                for heard in sound.until(Fraction(number + 1) / comp.rate):
                    container.mux_one(heard)
            stop()
        container.close()
    write_stream_facts(file, comp.coding.container, comp.facts)


def kept_tags(plate: dict[str, str]) -> dict[str, str]:
    """Return what a plate's file says of itself and the delivered one still says: title, date,
    camera and the like; not what describes the container.
    """
    return {
        name: text
        for name, text in plate.items()
        if name.lower() not in CONTAINER_TAGS and not name.lower().startswith("g4g")
    }


def _in_order(segments: Sequence[Segment]) -> Iterator[Packet]:
    """Yield all packets with a decoding time each: as early before its showing as the stream needs
    at most.
    """
    late = max(
        int((np.arange(len(segment.pts)) - segment.pts).max(initial=0)) for segment in segments
    )
    number = 0
    for segment in segments:
        for packet in segment.packets():
            packet.dts = number - late
            number += 1
            yield packet


def _close_quietly(container: OutputContainer) -> None:
    with suppress(OSError, FFmpegError, ValueError):  # the error that led here is the one to tell
        container.close()
