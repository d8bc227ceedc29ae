"""The comp is written: encoded while its pictures are pulled, whole or not at all, never over
another file.
"""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.filter
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.picture import Matrix, Picture, PixelFormat
from g4g_plugin.core.plate import ColourTags, PlateFacts
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import timecode
from g4g_plugin.deliver.provenance import tags
from g4g_plugin.deliver.sound import TAKE_RATE, PlateSound, Sound, TakeSound

CRF = "12"  # H.264 and H.265: near lossless to the eye
THREADS = 8  # at most; each holds a frame
SCALER = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
)
COLORSPACE: dict[Matrix, int] = {"bt709": 1, "bt601": 6, "bt2020": 9}  # AVCOL_SPC_*
DNXHR_LEAST = (256, 120)  # pixels: what the codec begins at
NAME_LENGTH = 120
# edit lists count in the movie's own time scale: frames of every rate and samples at 48 kHz are
# whole in this one
MOV_OPTIONS = {"movflags": "use_metadata_tags", "movie_timescale": "240000"}
FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota is used up",
    errno.EFBIG: "it is too large",
}

log = logging.getLogger(__name__)


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
    matrices: tuple[Matrix, ...] = (
        "bt601",
        "bt709",
        "bt2020",
    )  # those it can name; others become BT.709


RECIPES: dict[str, Recipe] = {
    "prores": Recipe(
        "prores_aw", "mov", "mov", "apch", {"profile": "3", "vendor": "apl0"}, True, limited=True
    ),
    "ffv1": Recipe("ffv1", "matroska", "mkv", "", {"level": "3", "slicecrc": "1", "slices": "4"}),
    "dnxhr": Recipe(
        "dnxhd", "mov", "mov", "", {"profile": "dnxhr_hqx"}, False, True, ("bt709", "bt2020")
    ),
    "h264": Recipe("libx264", "mov", "mov", "avc1", {"crf": CRF, "preset": "fast"}, True),
    "h265": Recipe(
        "libx265",
        "mov",
        "mov",
        "hvc1",
        {"crf": CRF, "preset": "fast", "x265-params": "log-level=error"},
    ),
}
EXTENSIONS: dict[str, str] = {name: recipe.extension for name, recipe in RECIPES.items()}
_FULL = {  # what a picture with whole chroma, or with alpha, asks of codecs that have a kind for it
    "prores": ("ap4h", {"profile": "4", "vendor": "apl0"}),
    "dnxhr": ("", {"profile": "dnxhr_444"}),
}


def check_encoder(codec: str) -> None:
    """See that this machine can write `codec`.

    Raises:
        DeliverError: the codec is not known, or FFmpeg was built without it.
    """
    recipe = _recipe(codec)
    try:
        av.Codec(recipe.encoder, "w")
    except (FFmpegError, ValueError) as err:  # PyAV's UnknownCodecError is a ValueError
        hint = "Install PyAV's own wheel (pip install --force-reinstall av), or deliver in another codec."
        raise DeliverError(f"The encoder {recipe.encoder} is missing here.", hint) from err


def next_name(folder: Path, clip_name: str, codec: str) -> Path:
    """Return `folder/<clip name>.g4g-dub-v001.<ext>`, or the next number no file there has,
    whatever its extension.

    Raises:
        DeliverError: the codec is not known.
    """
    stem = f"{safe_name(clip_name)}.g4g-dub-v"
    taken = re.compile(rf"^{re.escape(stem)}(\d+)\.", re.IGNORECASE)
    there = folder.iterdir() if folder.is_dir() else iter(())
    numbers = [int(match[1]) for match in (taken.match(path.name) for path in there) if match]
    return folder / f"{stem}{max(numbers, default=0) + 1:03d}.{_recipe(codec).extension}"


def safe_name(name: str) -> str:
    """Return a clip's name as a file name that every system takes."""
    plain = (
        re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", name).strip(" .")[:NAME_LENGTH].rstrip(" .")
        or "clip"
    )
    return f"_{plain}" if re.match(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", plain) else plain


def encode(
    pictures: Iterable[Picture],
    shot: Shot,
    facts: PlateFacts,
    out: Path,
    codec: str,
    progress: Progress = SILENT,
    take: NDArray[np.float32] | None = None,
) -> Path:
    """Write the comp and its sound to `out`, and return it.

    Size, rate, pixel aspect and colour tags are the plate's; the start timecode is that of
    `shot.deliver.first`. A plate of variable rate is delivered on a steady grid at the shot's rate:
    its frame i is the comp's frame i. `take`: (samples,) float32 at 48 kHz, fitted to the source
    range, heard from its first frame; its stream comes last and is the one that plays by default,
    the plate's own streams before it are bit-for-bit (see sound.py). Memory is flat: pictures are
    pulled one by one while the encoder works.

    Raises:
        DeliverError: unknown codec, `out` exists, the folder cannot be written, the disk is full,
        the codec
            cannot hold such pictures, or too few or too many pictures come. Nothing is left behind
            then.
    """
    recipe = _recipe(codec)
    if out.exists():
        raise DeliverError(
            f"{out} is there already.", "Media is never overwritten: deliver under another name."
        )
    pulled = iter(pictures)
    first = next(pulled, None)
    if first is None:
        raise DeliverError(
            "The comp has no pictures.", "This is a bug in the engine or the composite: report it."
        )
    total = shot.deliver.count
    order = _Order(shot, facts, out, codec, take, first.format)
    with _whole_or_nothing(out, shot.id) as file, _Movie(file, order) as movie:
        picture: Picture | None = first
        for done in range(1, total + 1):
            if picture is None:
                raise _miscounted(done - 1, total)
            movie.write(picture, done - 1)
            progress.step("encode", done, total)
            picture = next(pulled, None)
        if picture is not None:
            raise _miscounted(total + 1, total)
        movie.finish()
    log.info("%s: %d frames by %s", out, total, recipe.encoder)
    return out


def _miscounted(came: int, total: int) -> DeliverError:
    return DeliverError(
        f"The shot has {total} frames, but {came}{' or more' if came > total else ''} came.",
        "This is a bug in the engine or the composite: report it.",
    )


def _recipe(codec: str) -> Recipe:
    if codec not in RECIPES:
        raise DeliverError(
            f"There is no way to deliver {codec!r}.", f"Choose one of {', '.join(RECIPES)}."
        )
    return RECIPES[codec]


@contextmanager
def _refused(out: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg refuses into a sentence."""
    try:
        yield
    except (OSError, FFmpegError) as err:
        if err.errno in FULL:
            hint = "Make room or choose another folder with --out."
            raise DeliverError(f"{out} cannot be written: {FULL[err.errno]}.", hint) from err
        if err.errno == errno.EEXIST:
            raise DeliverError(
                f"{out} was made by someone else meanwhile.", "Deliver again."
            ) from err
        reason = (err.strerror or str(err)).lower().rstrip(".")
        hint = "Check that the folder exists and may be written to, or choose another with --out."
        raise DeliverError(f"{out} cannot be written ({reason}).", hint) from err


@contextmanager
def _whole_or_nothing(out: Path, job: str) -> Iterator[BinaryIO]:
    """Give a file beside `out` to write to; it takes its name when all went well, and is gone
    otherwise.
    """
    part = out.with_name(f".{out.name}.{job}.part")
    with _refused(out):
        file = part.open("w+b", buffering=1 << 20)
    try:
        yield file
        with _refused(out):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            _take_name(part, out)
    finally:
        with suppress(OSError):  # a full disk says so again on closing
            file.close()
        part.unlink(missing_ok=True)


def _take_name(part: Path, out: Path) -> None:
    """Name the file, never over another; file systems without hard links leave a blink in which one
    could come.
    """
    try:
        os.link(part, out)
    except FileExistsError:
        raise
    except OSError:
        if out.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        part.rename(out)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be written where."""

    shot: Shot
    facts: PlateFacts
    out: Path
    codec: str
    take: NDArray[np.float32] | None
    format: PixelFormat  # of the comp's pictures

    @property
    def rate(self) -> Fraction:
        return self.shot.deliver.rate if self.facts.variable else self.facts.rate


class _Movie:
    """The file being written: one video stream, the sounds beside it."""

    def __init__(self, file: BinaryIO, order: _Order) -> None:
        self._order = order
        self._closing = ExitStack()
        try:
            with _refused(order.out):
                self._open(file)
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> _Movie:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _open(self, file: BinaryIO) -> None:
        order, recipe = self._order, _recipe(self._order.codec)
        shot, rate = order.shot, order.rate
        options = MOV_OPTIONS if recipe.container == "mov" else {}
        self._container = av.open(file, "w", format=recipe.container, container_options=options)
        self._closing.callback(_close_quietly, self._container)
        self._video = _video_stream(self._container, order)
        told = order.facts.interlaced or (order.codec == "ffv1" and order.facts.sample_aspect != 1)
        self._marker = _Marker(order.facts, self._video.pix_fmt or "", rate) if told else None
        first = shot.deliver.first - shot.available.first
        own = PlateSound.open(
            self._container,
            shot.plate,
            first,
            shot.deliver.count,
            rate,
            steady=not order.facts.variable,
        )
        self._closing.callback(own.close)
        self._sounds: list[Sound] = [own]
        if order.take is not None:
            self._sounds.append(_take_sound(self._container, shot, rate, order.take))
        self._container.metadata.update(tags(shot, own.notes))

    def write(self, picture: Picture, number: int) -> None:
        """Encode the comp's frame `number`, and the sound that belongs with it."""
        size = (self._order.facts.width, self._order.facts.height)
        if picture.size != size or picture.format != self._order.format:
            raise DeliverError(
                f"Frame {picture.index} of the comp is {picture.size} {picture.format.name}, not as the first one.",
                "The plate changes size or kind on the way: transcode it first.",
            )
        with _refused(self._order.out):
            frame = to_frame(
                picture, self._video.pix_fmt or "", self._order.facts, _recipe(self._order.codec)
            )
            frame.pts, frame.time_base = number, 1 / self._order.rate
            self._container.mux(
                self._video.encode(self._marker.mark(frame) if self._marker else frame)
            )
            self._mux_sound(Fraction(number + 1) / self._order.rate)

    def finish(self) -> None:
        """Write what is still held back, and the index."""
        with _refused(self._order.out):
            self._container.mux(self._video.encode(None))
            self._mux_sound(self._order.shot.deliver.count / self._order.rate)
            self._container.close()

    def _mux_sound(self, seconds: Fraction) -> None:
        for sound in self._sounds:
            for packet in sound.until(seconds):
                self._container.mux_one(packet)


def _close_quietly(container: OutputContainer) -> None:
    with suppress(OSError, FFmpegError, ValueError):  # the error that led here is the one to tell
        container.close()


def _take_sound(
    container: OutputContainer, shot: Shot, rate: Fraction, take: NDArray[np.float32]
) -> TakeSound:
    start = round((shot.source.first - shot.deliver.first) / rate * TAKE_RATE)
    count = round(shot.deliver.count / rate * TAKE_RATE)
    return TakeSound(
        container, take, start, count, f"G4G take: {shot.take.label or shot.take.audio.stem}"
    )


def _video_stream(container: OutputContainer, order: _Order) -> VideoStream:
    recipe, facts = _recipe(order.codec), order.facts
    pixels, tag, options = _asked(order.codec, order.format, (facts.width, facts.height))
    if (
        facts.interlaced and recipe.encoder == "libx264"
    ):  # it fixes the order of fields before the first frame
        options = {**options, "x264-params": "tff=1" if facts.top_first else "bff=1"}
    stream = container.add_stream(recipe.encoder, rate=order.rate, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = facts.width, facts.height, pixels
    if tag:
        stream.codec_context.codec_tag = tag
    _mark_fields(stream, facts, recipe)
    stream.thread_type, stream.thread_count = "AUTO", min(THREADS, os.cpu_count() or 1)
    stream.sample_aspect_ratio = (
        facts.sample_aspect
    )  # FFV1: in the pictures themselves, PyAV cannot tell Matroska
    colour = _colour(order.format, facts.colour, recipe, pixels)
    stream.color_primaries, stream.color_trc = colour.primaries, colour.transfer
    stream.colorspace, stream.color_range = colour.matrix, colour.range
    stream.metadata["timecode"] = timecode(order.shot.deliver.first, order.rate, order.shot.drop)
    return stream


def _asked(
    codec: str, format_: PixelFormat, size: tuple[int, int]
) -> tuple[str, str, dict[str, str]]:
    """Return (FFmpeg's pixel format, tag, options) in which `codec` keeps such pictures best.

    Raises:
        DeliverError: it cannot hold them.
    """
    recipe = _recipe(codec)
    whole = format_.rgb or format_.alpha or (format_.chroma == (0, 0) and not format_.gray)
    tag, options = _FULL[codec] if whole and codec in _FULL else (recipe.tag, recipe.options)
    if codec == "prores":
        pixels = ("yuva444p10le" if format_.alpha else "yuv444p10le") if whole else "yuv422p10le"
    elif codec == "dnxhr":
        pixels = "yuv444p10le" if whole else "yuv422p10le"
        if size[0] < DNXHR_LEAST[0] or size[1] < DNXHR_LEAST[1]:
            raise DeliverError(
                f"DNxHR holds no picture of {size[0]} x {size[1]}.", "Deliver ProRes or FFV1."
            )
    elif codec == "ffv1":
        pixels = {"gbrp": "bgr0", "gbrap": "bgra"}.get(
            format_.name, format_.name
        )  # 8 bits: the same, interleaved
        held = {kind.name for kind in av.Codec(recipe.encoder, "w").video_formats or ()}
        if pixels not in held:
            raise DeliverError(
                f"FFV1 cannot hold {format_.name} as it is.",
                "Deliver ProRes, or transcode the plate.",
            )
        if format_.chroma[0] == 2 and size[0] % 4:
            options = {"level": "1"}  # FFmpeg's slices lose the last column of such 4:1:1
    else:
        pixels = _delivered_yuv(format_, size)
    return pixels, tag, options


def _delivered_yuv(format_: PixelFormat, size: tuple[int, int]) -> str:
    """Return the H.264/H.265 format nearest to the plate's: its chroma, and 8 or 10 bits."""
    chroma = {(1, 1): "420", (1, 0): "422"}.get(format_.chroma, "444")
    if format_.gray:
        chroma = "420"
    if format_.rgb or (size[0] % 2 and chroma != "444") or (size[1] % 2 and chroma == "420"):
        chroma = "444"
    return f"yuv{chroma}p" + ("10le" if format_.bits > 8 else "")


def _matrix(format_: PixelFormat, recipe: Recipe) -> Matrix:
    return format_.matrix if format_.matrix in recipe.matrices else "bt709"


def _colour(format_: PixelFormat, plate: ColourTags, recipe: Recipe, pixels: str) -> ColourTags:
    """Return the tags to write: the plate's; matrix and range as they are after a conversion."""
    if not pixels.startswith("yuv"):
        return plate
    matrix = _matrix(format_, recipe)
    kept = matrix == format_.matrix and not format_.rgb
    limited = recipe.limited or format_.rgb or format_.gray or not format_.full_range
    range_ = 2 if not limited else plate.range if not (format_.rgb or format_.full_range) else 1
    return ColourTags(
        plate.primaries, plate.transfer, plate.matrix if kept else COLORSPACE[matrix], range_
    )


def to_frame(picture: Picture, pixels: str, facts: PlateFacts, recipe: Recipe) -> av.VideoFrame:
    """Make the encoder's frame in format `pixels`, tagged; the planes are copied as they are where
    it is their own.

    Interlaced pictures with halved chroma lines are converted field by field, so that their colours
    do not mix.
    """
    form, colour = picture.format, _colour(picture.format, facts.colour, recipe, pixels)
    if pixels == form.name:
        frame = _filled(picture.planes, pixels)
    elif facts.interlaced and form.chroma[1] and picture.size[1] % 4 == 0:
        fields = [
            _converted([p[n::2] for p in picture.planes], form, pixels, colour.range, recipe)
            for n in (0, 1)
        ]
        pairs = zip(*(_planes(field) for field in fields), strict=True)
        frame = _filled([np.stack(pair, 1).reshape(-1, pair[0].shape[1]) for pair in pairs], pixels)
    else:
        frame = _converted(picture.planes, form, pixels, colour.range, recipe)
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
    planes: Sequence[NDArray[Any]], form: PixelFormat, pixels: str, range_: int, recipe: Recipe
) -> av.VideoFrame:
    frame = _filled(planes, form.name)
    own = 2 if form.full_range else 1
    frame.colorspace = 0 if form.rgb else COLORSPACE[form.matrix]
    return frame.reformat(
        format=pixels,
        src_colorspace=COLORSPACE[form.matrix],
        dst_colorspace=COLORSPACE[_matrix(form, recipe)],
        interpolation=SCALER,
        src_color_range=own,
        dst_color_range=(range_ or 1) if pixels.startswith("yuv") else own,
        threads=1,
    )


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


def _mark_fields(stream: VideoStream, facts: PlateFacts, recipe: Recipe) -> None:
    """Tell an encoder that can, that its lines belong to two fields."""
    if not facts.interlaced:
        return
    stream.codec_context.field_order = 2 if facts.top_first else 3  # AV_FIELD_TT, AV_FIELD_BB
    if recipe.fields:
        stream.codec_context.flags |= Flags.interlaced_dct | Flags.interlaced_me
