"""The codecs a dub can be delivered in, and what each can hold. How one is asked for and chosen
between follows from these facts alone (deliver/recipes.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from g4g_plugin.core.picture import Matrix
from g4g_plugin.core.registry import Registry

CRF = "12"  # H.264 and H.265: near lossless to the eye


@dataclass(frozen=True, slots=True)
class Variant:
    """A pixel format (FFmpeg's name) that a codec holds, and what its encoder is told for it."""

    pixels: str
    tag: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Codec:
    """What a codec can hold, and how FFmpeg is asked for it.

    variants: the pixel formats it is written in; a picture gets the smallest that keeps its alpha,
    chroma and depth. None: the picture's own format or nothing, as FFmpeg's encoder lists them.
    """

    label: str
    encoder: str  # FFmpeg's name
    container: str  # FFmpeg's name of the muxer
    extension: str
    variants: tuple[Variant, ...] = ()
    options: dict[str, str] = field(default_factory=dict)  # the encoder's, for every variant
    tag: str = ""  # of every variant without one of its own
    odd_sizes: bool = False  # halves the chroma of an odd width or height and loses no column
    odd_encoder: str = ""  # FFmpeg's other encoder of it, where the first refuses an odd width
    # options in place of the others, where quartered chroma does not divide the width
    ragged_options: dict[str, str] = field(default_factory=dict)
    least: tuple[int, int] = (1, 1)  # pixels across and down: what the codec begins at
    fields: bool = False  # can be told of interlaced lines
    # options that fix the order of fields, top first and bottom first, where frames cannot
    field_options: tuple[dict[str, str], dict[str, str]] = ({}, {})
    limited: bool = False  # holds limited range only
    frame_aspect: bool = False  # learns the shape of a pixel from each frame, not from the stream
    # those it can name; others become BT.709
    matrices: tuple[Matrix, ...] = ("bt601", "bt709", "bt2020")


_HALVED = {"profile": "3", "vendor": "apl0"}  # ProRes 422 HQ
_WHOLE = {"profile": "4", "vendor": "apl0"}  # ProRes 4444
_YUV = tuple(
    Variant(f"yuv{chroma}p{depth}") for chroma in ("420", "422", "444") for depth in ("", "10le")
)
CODECS: Registry[Codec] = Registry(
    "g4g_plugin.codecs",
    {
        "prores": Codec(
            "ProRes",
            "prores_aw",
            "mov",
            "mov",
            (
                Variant("yuv422p10le", "apch", _HALVED),
                Variant("yuv444p10le", "ap4h", _WHOLE),
                Variant("yuva444p10le", "ap4h", _WHOLE),
            ),
            odd_sizes=True,
            odd_encoder="prores_ks",
            fields=True,
            limited=True,
        ),
        "ffv1": Codec(
            "FFV1",
            "ffv1",
            "matroska",
            "mkv",
            options={"level": "3", "slicecrc": "1", "slices": "4", "g": "1"},  # all frames are keys
            odd_sizes=True,
            ragged_options={"level": "1", "g": "1"},  # FFmpeg's slices lose the last column
            frame_aspect=True,
        ),
        "dnxhr": Codec(
            "DNxHR",
            "dnxhd",
            "mov",
            "mov",
            (
                Variant("yuv422p10le", options={"profile": "dnxhr_hqx"}),
                Variant("yuv444p10le", options={"profile": "dnxhr_444"}),
            ),
            odd_sizes=True,
            least=(256, 120),
            limited=True,
            matrices=("bt709", "bt2020"),
        ),
        "h264": Codec(
            "H.264",
            "libx264",
            "mov",
            "mov",
            _YUV,
            {"crf": CRF, "preset": "fast"},
            tag="avc1",
            fields=True,
            field_options=({"x264-params": "tff=1"}, {"x264-params": "bff=1"}),
        ),
        "h265": Codec(
            "H.265",
            "libx265",
            "mov",
            "mov",
            _YUV,
            {"crf": CRF, "preset": "fast", "x265-params": "log-level=error:open-gop=0"},
            tag="hvc1",
        ),
    },
    Codec,
)
