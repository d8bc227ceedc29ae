"""The video stream of a delivered file: the very same encoder settings for each segment and for the
file they are joined in.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import av
import av.filter
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from g4g_plugin.core.codecs import Codec
from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.time import timecode
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.colour import delivered_colour, to_frame
from g4g_plugin.deliver.recipes import Comp

ENCODER_THREADS = 8  # at most; each holds a frame


def add_pictures(container: OutputContainer, comp: Comp) -> VideoStream:
    """Add the comp's video stream to a file that is being written.

    Raises:
        DeliverError: the codec cannot hold such pictures.
    """
    codec, facts, encoding = comp.coding, comp.facts, comp.encoding
    options = encoding.options
    if facts.interlaced:
        options = {**options, **codec.field_options[0 if facts.top_first else 1]}
    stream = container.add_stream(encoding.encoder, rate=comp.rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = facts.width, facts.height, encoding.pixels
    if encoding.tag:
        stream.codec_context.codec_tag = encoding.tag
    _mark_fields(stream, facts, codec)
    stream.thread_type, stream.thread_count = "AUTO", min(ENCODER_THREADS, os.cpu_count() or 1)
    stream.sample_aspect_ratio = facts.sample_aspect
    colour = delivered_colour(comp.format, facts.colour, codec, encoding.pixels)
    stream.color_primaries, stream.color_trc = colour.primaries, colour.transfer
    stream.colorspace, stream.color_range = colour.matrix, colour.range
    stream.metadata["timecode"] = timecode(comp.start_frame, comp.rate, comp.drop)
    return stream


def _mark_fields(stream: VideoStream, facts: PlateFacts, codec: Codec) -> None:
    """Tell an encoder that can be told that its lines belong to two fields."""
    if not facts.interlaced:
        return
    stream.codec_context.field_order = 2 if facts.top_first else 3  # AV_FIELD_TT, AV_FIELD_BB
    if codec.fields:
        stream.codec_context.flags |= Flags.interlaced_dct | Flags.interlaced_me


class PictureEncoder:
    """Encodes a run of the comp's pictures with an encoder of its own, from a key frame on."""

    def __init__(self, container: OutputContainer, comp: Comp) -> None:
        self._comp = comp
        self._stream = add_pictures(container, comp)
        facts, pixels = comp.facts, comp.encoding.pixels
        marked = facts.interlaced or (comp.coding.frame_aspect and facts.sample_aspect != 1)
        self._marker = _Marker(facts, pixels, comp.rate) if marked else None

    @property
    def header(self) -> bytes:
        """What decoders need before the first packet (FFmpeg's extradata)."""
        return self._stream.codec_context.extradata or b""

    def encode(self, picture: Picture, number: int) -> list[Packet]:
        """Return the packets that are ready once `picture`, the run's frame `number`, is in.

        Raises:
            DeliverError: the picture is not of the size and kind of the others.
        """
        comp = self._comp
        if picture.size != comp.size or picture.format != comp.format:
            raise DeliverError(
                "Frame {index} of the comp is {size} {format}, unlike the first one.",
                tr("The plate changes size or kind on the way: transcode it first."),
                index=picture.index,
                size="{} x {}".format(*picture.size),
                format=picture.format.name,
            )
        frame = to_frame(picture, comp.encoding.pixels, comp.facts, comp.coding)
        frame.pts, frame.time_base = number, 1 / comp.rate
        return self._stream.encode(self._marker.mark(frame) if self._marker else frame)

    def finish(self) -> Iterator[Packet]:
        """Yield what the encoder still held back."""
        yield from self._stream.encode(None)


class _Marker:
    """Writes on each frame what PyAV cannot: which field is first, and the shape of a pixel."""

    def __init__(self, facts: PlateFacts, pixels: str, rate: Fraction) -> None:
        fields = ("tff" if facts.top_first else "bff") if facts.interlaced else "prog"
        graph = self._graph = av.filter.Graph()
        source = f"video_size={facts.width}x{facts.height}:pix_fmt={pixels}:time_base={1 / rate}"
        chain = [graph.add("buffer", source), graph.add("setfield", fields)]
        chain += [graph.add("setsar", str(facts.sample_aspect)), graph.add("buffersink")]
        for one, other in pairwise(chain):
            one.link_to(other)
        self._ends = chain[0], chain[-1]

    def mark(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the same picture, marked."""
        self._ends[0].push(frame)
        marked = self._ends[1].pull()
        assert isinstance(marked, av.VideoFrame)
        return marked
