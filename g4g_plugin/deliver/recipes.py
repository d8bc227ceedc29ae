"""What a codec can hold and how its encoder is asked for; what it cannot hold is refused here,
before anything is rendered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import av
from av.error import FFmpegError

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.picture import Matrix, PixelFormat
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr

CRF = "12"  # H.264 and H.265: near lossless to the eye
PRORES_OF_ODD_WIDTH = "prores_ks"  # FFmpeg's other ProRes encoder refuses an odd width
DNXHR_LEAST = (256, 120)  # pixels: what the codec begins at


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a codec is asked for: FFmpeg's encoder, container, file extension, tag, options."""

    encoder: str
    container: str
    extension: str
    tag: str = ""
    options: dict[str, str] = field(default_factory=dict)
    fields: bool = False  # can be told of interlaced lines
    limited: bool = False  # holds limited range only
    alpha: bool = False  # keeps transparency
    # those it can name; others become BT.709
    matrices: tuple[Matrix, ...] = ("bt601", "bt709", "bt2020")


RECIPES: dict[str, Recipe] = {
    "prores": Recipe(
        "prores_aw",
        "mov",
        "mov",
        "apch",
        {"profile": "3", "vendor": "apl0"},
        fields=True,
        limited=True,
        alpha=True,
    ),
    "ffv1": Recipe(
        "ffv1",
        "matroska",
        "mkv",
        "",
        {"level": "3", "slicecrc": "1", "slices": "4", "g": "1"},  # every frame is a key
        alpha=True,
    ),
    "dnxhr": Recipe(
        "dnxhd",
        "mov",
        "mov",
        "",
        {"profile": "dnxhr_hqx"},
        limited=True,
        matrices=("bt709", "bt2020"),
    ),
    "h264": Recipe("libx264", "mov", "mov", "avc1", {"crf": CRF, "preset": "fast"}, fields=True),
    "h265": Recipe(
        "libx265",
        "mov",
        "mov",
        "hvc1",
        {"crf": CRF, "preset": "fast", "x265-params": "log-level=error:open-gop=0"},
    ),
}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How such pictures are encoded: FFmpeg's encoder, its pixel format, the tag, its options."""

    encoder: str
    pixels: str
    tag: str
    options: dict[str, str]


EXTENSIONS: dict[str, str] = {name: recipe.extension for name, recipe in RECIPES.items()}
_FULL = {  # what a picture with whole chroma, or with alpha, asks of codecs that have a kind for it
    "prores": ("ap4h", {"profile": "4", "vendor": "apl0"}),
    "dnxhr": ("", {"profile": "dnxhr_444"}),
}


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
    def recipe(self) -> Recipe:
        """How the codec is asked for."""
        return find_recipe(self.codec)

    @property
    def encoding(self) -> Encoding:
        """Encoder and pixel format for these pictures."""
        return encoder_format(self.codec, self.format, self.size)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the plate, upright."""
        return self.facts.width, self.facts.height


def find_recipe(codec: str) -> Recipe:
    """Return the recipe of a codec.

    Raises:
        DeliverError: there is none of that name.
    """
    if codec not in RECIPES:
        raise DeliverError(
            "There is no way to deliver {codec!r}.",
            tr("Choose one of {recipes}."),
            codec=codec,
            recipes=", ".join(RECIPES),
        )
    return RECIPES[codec]


def check_encoder(codec: str) -> None:
    """Check that this machine can write `codec`.

    Raises:
        DeliverError: the codec is not known, or FFmpeg was built without it.
    """
    recipe = find_recipe(codec)
    try:
        av.Codec(recipe.encoder, "w")
    except (FFmpegError, ValueError) as err:  # PyAV's UnknownCodecError is a ValueError
        hint = tr(
            "Install PyAV's own wheel (pip install --force-reinstall av), "
            "or deliver in another codec."
        )
        raise DeliverError(
            "The encoder {encoder} is missing here.", hint, encoder=recipe.encoder
        ) from err


def check_holds(codec: str, facts: PlateFacts) -> str | None:
    """Check that `codec` can hold a plate's pictures; return in a sentence what it cannot keep.

    Raises:
        DeliverError: it cannot hold them at all, or is not known.
    """
    encoder_format(codec, facts.format, (facts.width, facts.height))
    if facts.format.alpha and not find_recipe(codec).alpha:
        return f"{codec} keeps no alpha: {facts.path.name} is delivered opaque."
    return None


def encoder_format(codec: str, format_: PixelFormat, size: tuple[int, int]) -> Encoding:
    """Return the encoder and the pixel format in which `codec` keeps such pictures best.

    Args:
        codec: a name in `RECIPES`.
        format_: the plate's planes.
        size: (width, height) of the plate.

    Raises:
        DeliverError: it cannot hold them.
    """
    recipe = find_recipe(codec)
    encoder = recipe.encoder
    halved = format_.chroma != (0, 0) or format_.gray
    whole = format_.rgb or format_.alpha or not halved
    tag, options = _FULL[codec] if whole and codec in _FULL else (recipe.tag, recipe.options)
    if codec == "prores":
        pixels = ("yuva444p10le" if format_.alpha else "yuv444p10le") if whole else "yuv422p10le"
        encoder = PRORES_OF_ODD_WIDTH if size[0] % 2 else encoder
    elif codec == "dnxhr":
        pixels = "yuv444p10le" if whole else "yuv422p10le"
        if size[0] < DNXHR_LEAST[0] or size[1] < DNXHR_LEAST[1]:
            raise DeliverError(
                "DNxHR holds no picture of {width} x {height}.",
                tr("Deliver ProRes or FFV1."),
                width=size[0],
                height=size[1],
            )
    elif codec == "ffv1":
        pixels, options = _ffv1_format(format_, size, options)
    else:
        pixels = _delivered_yuv(format_, size)
    return Encoding(encoder, pixels, tag, options)


def _ffv1_format(
    format_: PixelFormat, size: tuple[int, int], options: dict[str, str]
) -> tuple[str, dict[str, str]]:
    interleaved = {"gbrp": "bgr0", "gbrap": "bgra"}  # 8 bits: the same values
    pixels = interleaved.get(format_.name, format_.name)
    if pixels not in {kind.name for kind in av.Codec("ffv1", "w").video_formats or ()}:
        raise DeliverError(
            "FFV1 cannot hold {format} as it is.",
            tr("Deliver ProRes, or transcode the plate."),
            format=format_.name,
        )
    if format_.chroma[0] == 2 and size[0] % 4:  # FFmpeg's slices lose the last column
        options = {"level": "1", "g": options["g"]}
    return pixels, options


def _delivered_yuv(format_: PixelFormat, size: tuple[int, int]) -> str:
    """Return the H.264/H.265 format nearest to the plate's: its chroma, and 8 or 10 bits."""
    chroma = {(1, 1): "420", (1, 0): "422"}.get(format_.chroma, "444")
    if format_.gray:
        chroma = "420"
    if format_.rgb or (size[0] % 2 and chroma != "444") or (size[1] % 2 and chroma == "420"):
        chroma = "444"
    return f"yuv{chroma}p" + ("10le" if format_.bits > 8 else "")
