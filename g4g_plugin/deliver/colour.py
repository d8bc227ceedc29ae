"""From the comp's own planes to the frames an encoder takes, tagged; copied as they are where the
encoder takes them so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from g4g_plugin.core.codecs import Codec
from g4g_plugin.core.picture import Matrix, Picture, PixelFormat
from g4g_plugin.core.plate import ColourTags, PlateFacts

SCALER = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)
COLORSPACE: dict[Matrix, int] = {"bt709": 1, "bt601": 6, "bt2020": 9}  # AVCOL_SPC_*


def delivered_colour(
    format_: PixelFormat, plate: ColourTags, codec: Codec, pixels: str
) -> ColourTags:
    """Return the tags to write: the plate's; matrix and range as they are after a conversion.

    Args:
        format_: the plate's planes.
        plate: the plate's own tags.
        codec: the codec.
        pixels: FFmpeg's format that is encoded.
    """
    if not pixels.startswith("yuv"):
        return plate
    matrix = _matrix(format_, codec)
    kept = matrix == format_.matrix and not format_.rgb
    limited = codec.limited or format_.rgb or format_.gray or not format_.full_range
    range_ = 2 if not limited else plate.range if not (format_.rgb or format_.full_range) else 1
    return ColourTags(
        plate.primaries, plate.transfer, plate.matrix if kept else COLORSPACE[matrix], range_
    )


def _matrix(format_: PixelFormat, codec: Codec) -> Matrix:
    return format_.matrix if format_.matrix in codec.matrices else "bt709"


def to_frame(picture: Picture, pixels: str, facts: PlateFacts, codec: Codec) -> av.VideoFrame:
    """Make the encoder's frame, tagged; the planes are copied as they are where it is their own.

    Interlaced pictures with halved chroma lines are converted field by field, so that their colours
    do not mix.

    Args:
        picture: of the comp.
        pixels: FFmpeg's format that is encoded.
        facts: of the plate.
        codec: the codec.
    """
    form = picture.format
    colour = delivered_colour(form, facts.colour, codec, pixels)
    if pixels == form.name:
        frame = _filled(picture.planes, pixels)
    elif facts.interlaced and form.chroma[1] and picture.size[1] % 4 == 0:
        fields = [
            _converted([p[n::2] for p in picture.planes], form, pixels, colour.range, codec)
            for n in (0, 1)
        ]
        pairs = zip(*(_planes(field) for field in fields), strict=True)
        frame = _filled([np.stack(pair, 1).reshape(-1, pair[0].shape[1]) for pair in pairs], pixels)
    else:
        frame = _converted(picture.planes, form, pixels, colour.range, codec)
    frame.color_primaries, frame.color_trc = colour.primaries, colour.transfer
    frame.colorspace, frame.color_range = colour.matrix, colour.range
    return frame


def _filled(planes: Sequence[NDArray[Any]], pixels: str) -> av.VideoFrame:
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], pixels)
    for into, values in zip(_planes(frame), planes, strict=True):
        into[:] = values
    return frame


def _planes(frame: av.VideoFrame) -> list[NDArray[Any]]:
    """Return the frame's planes as arrays onto its own memory."""
    kind = np.dtype("<u2" if frame.format.components[0].bits > 8 else np.uint8)
    flat = [
        (np.frombuffer(memoryview(p), kind).reshape(-1, p.line_size // kind.itemsize), p)
        for p in frame.planes
    ]
    return [values[: plane.height, : plane.width] for values, plane in flat]


def _converted(
    planes: Sequence[NDArray[Any]], form: PixelFormat, pixels: str, range_: int, codec: Codec
) -> av.VideoFrame:
    frame = _filled(planes, form.name)
    own = 2 if form.full_range else 1
    frame.colorspace = 0 if form.rgb else COLORSPACE[form.matrix]
    return frame.reformat(
        format=pixels,
        src_colorspace=COLORSPACE[form.matrix],
        dst_colorspace=COLORSPACE[_matrix(form, codec)],
        interpolation=SCALER,
        src_color_range=own,
        dst_color_range=(range_ or 1) if pixels.startswith("yuv") else own,
        threads=1,
    )
