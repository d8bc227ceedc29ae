"""How a codec (core/codecs.py) is asked for; what it cannot hold is refused here, before anything
is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError

from g4g_plugin.core.codecs import CODECS, Codec, Variant
from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.picture import PixelFormat
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.registry import BrokenEntry
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr

PACKED_FORMATS = {"gbrp": "bgr0", "gbrap": "bgra"}  # 8 bits: the same values, as encoders take them
ANY_CHROMA = (9, 9)  # log2 across and down: a picture without colour needs none


@dataclass(frozen=True, slots=True)
class Encoding:
    """How such pictures are encoded: FFmpeg's encoder, its pixel format, the tag, its options."""

    encoder: str
    pixels: str
    tag: str
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Comp:
    """The pictures to be written: of which shot, as which codec."""

    shot: Shot
    facts: PlateFacts  # of the plate
    codec: str

    @property
    def format(self) -> PixelFormat:
        """How the comp's planes are kept: as the plate's."""
        return self.facts.format

    @property
    def rate(self) -> Fraction:
        """Frames per second: a plate of variable rate is delivered on a steady grid."""
        return self.shot.deliver.rate if self.facts.variable else self.facts.rate

    @property
    def start_frame(self) -> int:
        """Timecode of the first frame, as a frame count.

        The timeline's own; the plate's where the timeline counts its media from 0 and the plate
        does not.
        """
        first, available = self.shot.deliver.first, self.shot.available.first
        return first if available else first + self.facts.start_frame

    @property
    def drop(self) -> bool:
        """Whether that is drop-frame timecode."""
        return self.shot.drop or (self.facts.drop and not self.shot.available.first)

    @property
    def coding(self) -> Codec:
        """What the codec holds and how it is asked for."""
        return find_codec(self.codec)

    @property
    def encoding(self) -> Encoding:
        """Encoder and pixel format for these pictures."""
        return encoder_format(self.codec, self.format, self.size)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the plate, upright."""
        return self.facts.width, self.facts.height


def find_codec(codec: str) -> Codec:
    """Return the codec of that name.

    Raises:
        DeliverError: there is none, or the plug-in it comes from is broken.
    """
    try:
        return CODECS.load(codec)
    except KeyError as err:
        raise DeliverError(
            "There is no way to deliver {codec!r}.",
            tr("Choose one of {known}."),
            codec=codec,
            known=", ".join(CODECS.names()),
        ) from err
    except BrokenEntry as err:
        hint = tr("Install the plug-in it comes from again, or {@choose_codec}.")
        raise DeliverError(
            "The codec {codec} is broken: {reason}.", hint, codec=codec, reason=err.reason
        ) from err


def check_encoder(codec: str) -> None:
    """Check that this machine can write `codec`.

    Raises:
        DeliverError: the codec is not known, or FFmpeg was built without it.
    """
    encoder = find_codec(codec).encoder
    try:
        av.Codec(encoder, "w")
    except (FFmpegError, ValueError) as err:  # PyAV's UnknownCodecError is a ValueError
        hint = tr(
            "Install PyAV's own wheel (pip install --force-reinstall av), "
            "or deliver in another codec."
        )
        raise DeliverError(
            "The encoder {encoder} is not installed.", hint, encoder=encoder
        ) from err


def check_holds(codec: str, facts: PlateFacts) -> str | None:
    """Check that `codec` can hold a plate's pictures; return in a sentence what it cannot keep.

    Raises:
        DeliverError: it cannot hold them at all, or is not known.
    """
    encoding = encoder_format(codec, facts.format, (facts.width, facts.height))
    if facts.format.alpha and not _has_alpha(encoding.pixels):
        return f"{codec} keeps no alpha: {facts.path.name} is delivered opaque."
    return None


def encoder_format(codec: str, format_: PixelFormat, size: tuple[int, int]) -> Encoding:
    """Return the encoder and the pixel format in which `codec` keeps such pictures best.

    Args:
        codec: a name in `CODECS`.
        format_: the plate's planes.
        size: (width, height) of the plate.

    Raises:
        DeliverError: it cannot hold them.
    """
    asked = find_codec(codec)
    if size[0] < asked.least[0] or size[1] < asked.least[1]:
        raise _no_such_size(asked, size)
    encoder = asked.odd_encoder if asked.odd_encoder and size[0] % 2 else asked.encoder
    if not asked.variants:
        pixels = _own_pixels(asked, format_)
        ragged = bool(asked.ragged_options) and format_.chroma[0] == 2 and size[0] % 4
        return Encoding(
            encoder, pixels, asked.tag, asked.ragged_options if ragged else asked.options
        )
    fitting = [v for v in asked.variants if asked.odd_sizes or _divides(v.pixels, size)]
    if not fitting:
        raise _no_such_size(asked, size)
    best = min(fitting, key=lambda variant: _cost(variant, format_))
    return Encoding(encoder, best.pixels, best.tag or asked.tag, {**asked.options, **best.options})


def _no_such_size(codec: Codec, size: tuple[int, int]) -> DeliverError:
    return DeliverError(
        "{label} holds no picture of {width} x {height}.",
        tr("Deliver ProRes or FFV1."),
        label=codec.label,
        width=size[0],
        height=size[1],
    )


def _own_pixels(codec: Codec, format_: PixelFormat) -> str:
    """Return the plate's own format where the encoder takes it, or the same values packed."""
    pixels = PACKED_FORMATS.get(format_.name, format_.name)
    if pixels not in {kind.name for kind in av.Codec(codec.encoder, "w").video_formats or ()}:
        raise DeliverError(
            "{label} cannot hold {format} as it is.",
            tr("Deliver ProRes, or transcode the plate."),
            label=codec.label,
            format=format_.name,
        )
    return pixels


def _cost(variant: Variant, plate: PixelFormat) -> tuple[int, ...]:
    """Return what a variant loses of a plate's alpha, chroma and depth, then what it adds in vain."""
    alpha = _has_alpha(variant.pixels)
    chroma = _chroma(variant.pixels)
    bits = av.VideoFormat(variant.pixels).components[0].bits
    needed = ANY_CHROMA if plate.gray else plate.chroma
    coarser = [kept - asked for kept, asked in zip(chroma, needed, strict=True)]
    return (
        plate.alpha and not alpha,
        sum(max(step, 0) for step in coarser),
        max(plate.bits - bits, 0),
        alpha and not plate.alpha,
        sum(max(-step, 0) for step in coarser),
        max(bits - plate.bits, 0),
    )


def _has_alpha(pixels: str) -> bool:
    return any(part.is_alpha for part in av.VideoFormat(pixels).components)


def _chroma(pixels: str) -> tuple[int, int]:
    """Return log2 of the chroma subsampling across and down."""
    kind = av.VideoFormat(pixels)
    return 3 - kind.chroma_width(8).bit_length() + 1, 3 - kind.chroma_height(8).bit_length() + 1


def _divides(pixels: str, size: tuple[int, int]) -> bool:
    """Return whether a format's chroma samples cover a picture of `size` exactly."""
    return all(edge % (1 << step) == 0 for edge, step in zip(size, _chroma(pixels), strict=True))
