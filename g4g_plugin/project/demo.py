"""The demo's materials, made on the spot: plates of one photo, a timeline over them, a strip of
before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, cos, pi, sin
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.files import whole_file, write_image, write_json
from g4g_plugin.core.settings import resources
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import timecode
from g4g_plugin.core.words import tr
from g4g_plugin.media.plate import open_plate

DEMO_RATE = Fraction(25)
DEMO_SIZE = (1280, 720)  # pixels
SPARE_FRAMES = 15  # frames of each plate before and after what the timeline uses
# The photo is 512 wide; it is enlarged once, by Lanczos, then the camera looks at that
ENLARGEMENT = 4
SOUND_RATE = 48_000
SHOTS = ("wide", "close", "leaving")
BT709 = 1  # FFmpeg's number for primaries, transfer and matrix alike
STRIP_COLUMNS = 6
STRIP_CELL = (320, 320)  # pixels
VISIBLE_CHANGE = 12 / 255  # a change below this is the codec's, not the dub's
# Pixels: changes closer than this belong together; specks of the codec stay alone
CHANGE_PIXELS = 31

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Demo(NamedTuple):
    """A timeline, the address of the clip to dub, and the line to put there."""

    timeline: Path
    clip: str
    take: Path


@dataclass(frozen=True, slots=True)
class Camera:
    """A slow move over the photo: where it looks (photo pixels), how near (output per photo pixel),
    how it drifts.
    """

    centre: tuple[float, float]
    scale: float
    drift: tuple[float, float]  # photo pixels over the plate
    push: float  # relative growth over the plate

    def matrix(self, progress: float) -> NDArray[np.float64]:
        """Return (2, 3): pixels of the enlarged photo -> output pixels, at 0..1 of the plate; a
        similarity.
        """
        ease = (1 - cos(pi * progress)) / 2
        turn = 0.006 * sin(2 * pi * progress)  # radians: a hand holds it
        scale = self.scale * (1 + self.push * ease) / ENLARGEMENT
        across, down = scale * cos(turn), scale * sin(turn)
        x = ENLARGEMENT * (self.centre[0] + self.drift[0] * ease)
        y = ENLARGEMENT * (self.centre[1] + self.drift[1] * ease)
        linear = np.array([[across, -down], [down, across]])
        shift = np.array(DEMO_SIZE) / 2 - linear @ (x, y)
        return np.hstack([linear, shift[:, None]])


CAMERAS = (
    Camera((256, 145), 2.70, (8, 3), 0.02),
    Camera((232, 128), 3.10, (-7, 4), 0.03),
    Camera((262, 146), 2.80, (-9, -2), -0.015),
)


def make_demo(folder: Path) -> Demo:
    """Write plates and timeline into `folder`, once; the line itself lies in `resources/demo/`.

    Raises:
        DeliverError: the folder cannot be written.
    """
    take = resources() / "demo" / "line.flac"
    folder = Path(folder).absolute()
    try:
        (folder / "plates").mkdir(parents=True, exist_ok=True)
        used = ceil(_seconds(take) * DEMO_RATE)
        plates = [folder / "plates" / f"{shot}.mov" for shot in SHOTS]
        for number, plate in enumerate(plates):
            if not plate.exists():
                write_plate(plate, number, used + 2 * SPARE_FRAMES)
        timeline = folder / "demo.otio"
        write_json(timeline, _timeline(plates, used), indent=4)
    except (OSError, FFmpegError) as err:
        raise DeliverError(
            "The demo cannot be written to {folder}: {err}.",
            tr("{@choose_folder}."),
            folder=folder,
            err=err,
        ) from err
    return Demo(timeline, "V1/2", take)


def _seconds(sound: Path) -> Fraction:
    with av.open(str(sound)) as file:
        stream = file.streams.audio[0]
        return Fraction(stream.duration or 0) * (stream.time_base or Fraction(1))


def start_frame(number: int) -> int:
    """Return the start timecode of plate `number` (from 0) as a frame count: 01:00:00:00,
    02:00:00:00, 03:00:00:00.
    """
    return int((number + 1) * 3600 * DEMO_RATE)


# --- plates ---


def pictures(camera: Camera, count: int) -> Iterator[Pixels]:
    """Yield `count` frames (720, 1280, 3) uint8 R'G'B' of the photo as `camera` passes over it."""
    from skimage.data import astronaut  # reads the photo from scikit-image's wheel

    photo = astronaut()
    wide = (photo.shape[1] * ENLARGEMENT, photo.shape[0] * ENLARGEMENT)
    # cv2.resize maps pixel edges; the matrix maps pixel centres. Half a pixel of the photo, the
    # same in all frames.
    photo = cv2.resize(photo, wide, interpolation=cv2.INTER_LANCZOS4)
    for n in range(count):
        matrix = camera.matrix(n / max(count - 1, 1))
        yield cv2.warpAffine(
            photo, matrix, DEMO_SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        ).astype(np.uint8)


def room_tone(seconds: Fraction, seed: int) -> NDArray[np.int16]:
    """Return (samples,) at 48 kHz: a quiet room, noise falling with frequency at about -54 dBFS."""
    count = round(seconds * SOUND_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20 * float(seconds)))
    noise = np.fft.irfft(spectrum, count)
    return (noise / noise.std() * 64).astype(np.int16)


def write_plate(path: Path, number: int, count: int) -> None:
    """Write a plate of the photo seen by one camera, with its timecode and a room's quiet sound.

    Args:
        path: the file.
        number: of the camera.
        count: frames.
    """
    with whole_file(path) as file, av.open(file, "w", format="mov") as movie:
        options = {"crf": "10", "preset": "veryfast"}
        stream = movie.add_stream("libx264", rate=DEMO_RATE, options=options)
        stream.width, stream.height = DEMO_SIZE
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = 1  # 16..235
        stream.metadata["timecode"] = timecode(start_frame(number), DEMO_RATE)
        sound = movie.add_stream("pcm_s16le", rate=SOUND_RATE, layout="mono")
        for n, picture in enumerate(pictures(CAMERAS[number], count)):
            movie.mux(stream.encode(_video_frame(picture, n)))
        movie.mux(stream.encode(None))
        heard = av.AudioFrame.from_ndarray(
            room_tone(count / DEMO_RATE, number)[None], format="s16", layout="mono"
        )
        heard.sample_rate, heard.pts = SOUND_RATE, 0
        movie.mux(sound.encode(heard))
        movie.mux(sound.encode(None))


def _video_frame(picture: Pixels, n: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame = frame.reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", interpolation="LANCZOS"
    )
    frame.color_primaries = frame.color_trc = frame.colorspace = BT709
    frame.pts, frame.time_base = n, 1 / DEMO_RATE
    return frame


# --- timeline ---


def _timeline(plates: Sequence[Path], used: int) -> dict[str, Any]:
    tracks = [
        _node(
            "Track.1",
            name,
            kind=kind,
            children=[_clip(plate, n, used) for n, plate in enumerate(plates)],
        )
        for name, kind in (("V1", "Video"), ("A1", "Audio"))
    ]
    stack = _node(
        "Stack.1",
        "tracks",
        children=tracks,
        source_range=None,
        effects=[],
        markers=[],
        enabled=True,
    )
    start = _time(start_frame(0))
    return _node("Timeline.1", "G4G demo", global_start_time=start, tracks=stack)


def _clip(plate: Path, number: int, used: int) -> dict[str, Any]:
    media = _node(
        "ExternalReference.1",
        plate.name,
        target_url=plate.as_uri(),
        available_range=_range(start_frame(number), used + 2 * SPARE_FRAMES),
        available_image_bounds=None,
    )
    return _node(
        "Clip.2",
        plate.stem,
        source_range=_range(start_frame(number) + SPARE_FRAMES, used),
        media_references={"DEFAULT_MEDIA": media},
        active_media_reference_key="DEFAULT_MEDIA",
        effects=[],
        markers=[],
        enabled=True,
    )


def _node(schema: str, name: str, **values: Any) -> dict[str, Any]:
    return {"OTIO_SCHEMA": schema, "metadata": {}, "name": name, **values}


def _range(first: int, count: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(count), "start_time": _time(first)}


def _time(frames: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(DEMO_RATE), "value": float(frames)}


# --- before and after ---


def demo_strip(dub: Dub, out: Path) -> Path:
    """Draw evenly spaced frames of a dub, the plate above, the comp below, where anything changed.

    Raises:
        MediaError: plate or comp cannot be read. DeliverError: `out` cannot be written.
    """
    count = dub.available.count
    indices = sorted({round(i) for i in np.linspace(0, count - 1, STRIP_COLUMNS + 2)[1:-1]})
    return draw_strip(
        dub.shot.plate, dub.media, indices, out, dub.available.first - dub.shot.available.first
    )


def draw_strip(plate: Path, comp: Path, indices: Sequence[int], out: Path, offset: int = 0) -> Path:
    """Draw frames of a comp under the plate's as PNG.

    Args:
        plate: the original.
        comp: the dub.
        indices: frames of the comp.
        out: the picture's file.
        offset: comp frame i is plate frame i + offset.

    Raises:
        MediaError: plate or comp cannot be read. DeliverError: `out` cannot be written.
    """
    before = _read(plate, [i + offset for i in indices])
    after = _read(comp, indices)
    left, top, right, bottom = changed_box(before, after)
    rows = [[picture[top:bottom, left:right] for picture in row] for row in (before, after)]
    strip = np.vstack([np.hstack([_cell(picture) for picture in row]) for row in rows])
    try:
        write_image(out, strip)
    except OSError as err:
        hint = tr("{@choose_folder}.")
        raise DeliverError("The strip {out} cannot be written.", hint, out=out) from err
    return out


def _read(path: Path, indices: Sequence[int]) -> list[Floats]:
    plate = open_plate(path)
    try:
        return [picture.rgb().clip(0, 1) for picture in plate.fetch(indices)]
    finally:
        plate.close()


def changed_box(before: Sequence[Floats], after: Sequence[Floats]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom): a square around all that differs, with a tenth to spare;
    else all.
    """
    height, width = before[0].shape[:2]
    changed = (
        np.max([np.abs(a - b).max(-1) for a, b in zip(after, before, strict=True)], axis=0)
        > VISIBLE_CHANGE
    )
    spots = cv2.medianBlur(changed.astype(np.uint8), 5)
    found, places = cv2.connectedComponents(
        cv2.dilate(spots, np.ones((CHANGE_PIXELS, CHANGE_PIXELS), np.uint8))
    )
    if found < 2:
        return 0, 0, width, height
    largest = 1 + int(np.argmax([np.count_nonzero(spots[places == n]) for n in range(1, found)]))
    rows, columns = np.nonzero((places == largest) & (spots > 0))
    side = min(round(1.2 * max(np.ptp(rows), np.ptp(columns)) + 2), height, width)
    left = int(np.clip((columns.min() + columns.max() - side) // 2, 0, width - side))
    top = int(np.clip((rows.min() + rows.max() - side) // 2, 0, height - side))
    return left, top, left + side, top + side


def _cell(picture: Floats) -> Pixels:
    sized = cv2.resize(picture, STRIP_CELL, interpolation=cv2.INTER_AREA).clip(0, 1)
    framed = cv2.copyMakeBorder(sized, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0.1, 0.1, 0.1))
    return (framed * 255 + 0.5).astype(np.uint8)
