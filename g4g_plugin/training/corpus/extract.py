"""One video of a talking person -> what is learned from: crops, meshes and mel rows at 25 frames
per second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import FaceError, MediaError, TakeError
from g4g_plugin.core.face import LANDMARKS_68, MESH_POINTS
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Measure = Callable[
    [Iterable[Pixels]], Floats
]  # RGB pictures -> meshes (N, 478, 3) plate pixels, NaN without a face
ToCrop = Callable[
    [Floats, int], Floats
]  # meshes (N, 478, 3), M -> matrices (N, 2, 3), plate pixels -> crop pixels

CORPUS_RATE = 25  # frames per second, section 4
LEAD_ROWS = mel.MEL_RATE  # mel rows kept before the first and after the last frame: 1 s
RUN_FRAMES_LEAST = 20  # frames; a shorter run teaches nothing
LONGEST_GAP = 2  # frames without a face that are bridged
MUTE_PEAK = 1e-4  # peak of the samples below which a clip counts as mute


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """One clip, measured.

    pictures (N, H, W, 3) uint8 RGB crops; mesh (N, 478, 3) float32 crop pixels; to_crop (N, 2, 3)
    float32, plate pixels -> crop pixels; mel (LEAD + 3.2 N + LEAD, 80) float32, row LEAD is centred
    on frame 0; first: the clip's first frame, counted at 25 per second from the file's first
    picture; face: from brows to chin in plate pixels, the median over the frames.
    """

    pictures: Pixels
    mesh: Floats
    to_crop: Floats
    mel: Floats
    first: int
    face: float


def extract(
    path: Path,
    mouth: int,
    measure: Measure,
    to_crop: ToCrop,
    begin: float = 0.0,
    length: float | None = None,
) -> Extract:
    """Measure one clip: its longest run with a face, at 25 frames per second, cropped.

    Args:
        path: the video.
        mouth: size of the mouth box, pixels.
        measure: finds the face in every picture.
        to_crop: makes crop matrices of meshes.
        begin: where in the file the clip begins, seconds.
        length: of the clip, seconds; to the file's end where None.

    Raises:
        MediaError: the file cannot be decoded.
        FaceError: no face for long enough.
        TakeError: no sound.
    """
    times = picture_times(path, begin, length)
    index = even_times(times)
    samples = read_sound(path, float(times[0]), len(index) / CORPUS_RATE)
    mesh = measure(read_pictures(path, index, begin, length))
    first, end = longest_run(np.isfinite(mesh[:, 0, 0]))
    if end - first < RUN_FRAMES_LEAST:
        raise FaceError(
            "{path} shows a face for {end} frames only.",
            tr("Leave the clip out."),
            path=path.name,
            end=end - first,
        )
    mesh = bridge(mesh[first:end])
    matrices = to_crop(mesh, mouth)
    height, width = CROP_SIZES[mouth]
    pictures = np.stack(
        [
            cut(picture, m, width, height)
            for picture, m in zip(
                read_pictures(path, index[first:end], begin, length), matrices, strict=True
            )
        ]
    )
    face = float(np.median(np.ptp(mesh[:, LANDMARKS_68, 1], axis=1)))
    sound = clip_mel(samples, first, end - first)
    return Extract(
        pictures,
        into_crop(mesh, matrices),
        matrices,
        sound,
        first + round(begin * CORPUS_RATE),
        face,
    )


def measure_faces(pictures: Iterable[Pixels]) -> Floats:
    """Follow the largest face of RGB pictures: meshes (N, 478, 3) plate pixels, NaN where there is
    none.
    """
    from g4g_plugin.faces.detect import FaceDetector
    from g4g_plugin.faces.landmarks import FaceMesh

    meshes: list[Floats] = []
    nothing = np.full((MESH_POINTS, 3), np.nan, np.float32)
    near = None
    with FaceDetector() as detector, FaceMesh() as net:
        for picture in pictures:
            found = net(picture, near=near, passes=1) if near is not None else None
            if found is None:
                faces = detector(picture)
                largest = max(faces, key=lambda f: f.box[3] - f.box[1], default=None)
                found = net(picture, box=largest.box) if largest is not None else None
            near = found[0] if found is not None else None
            meshes.append(nothing if near is None else near)
    return np.stack(meshes) if meshes else nothing[None][:0]


def crop_matrices(mesh: Floats, mouth: int) -> Floats:
    """Return the matrices (N, 2, 3), plate pixels -> crop pixels: the very crop a dub will see."""
    from g4g_plugin.faces.crop import to_crop

    return to_crop(mesh, None, mouth)


def picture_times(
    path: Path, begin: float = 0.0, length: float | None = None
) -> NDArray[np.float64]:
    """Return the presentation time of every picture of a part of a file, seconds.

    Args:
        path: the video.
        begin: where the part begins, seconds.
        length: of the part, seconds; to the file's end where None.

    Raises:
        MediaError: the file cannot be decoded.
    """
    times = np.array([seconds for seconds, _ in _decode(path, begin, length)], np.float64)
    if not len(times):
        raise MediaError("{path} holds no pictures.", tr("Leave the clip out."), path=path.name)
    return times


def even_times(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return, for each tick of 1/25 s from the first picture to the last, the picture nearest in
    time.
    """
    ticks = times[0] + np.arange(int((times[-1] - times[0]) * CORPUS_RATE + 1e-3) + 1) / CORPUS_RATE
    right = np.clip(np.searchsorted(times, ticks), 1, max(len(times) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(times) - 1)
    return np.where(ticks - times[left] <= times[right] - ticks, left, right)


def read_pictures(
    path: Path, index: NDArray[np.int64], begin: float = 0.0, length: float | None = None
) -> Iterator[Pixels]:
    """Yield pictures of a part of a file, (h, w, 3) uint8 RGB.

    Args:
        path: the video.
        index: (n,) which pictures of the part, ascending; repeats are allowed.
        begin: where the part begins, seconds.
        length: of the part, seconds; to the file's end where None.
    """
    position = 0
    for number, (_, frame) in enumerate(_decode(path, begin, length)):
        if position >= len(index):
            return
        if number != index[position]:
            continue
        picture = frame.to_ndarray(format="rgb24")
        while position < len(index) and index[position] == number:
            yield picture
            position += 1


def read_sound(path: Path, start: float, seconds: float) -> Floats:
    """Return a span of sound, (seconds * 16000,) float32 mono, silence where none is.

    Args:
        path: the video.
        start: presentation time, seconds.
        seconds: how long.

    Raises:
        TakeError: there is no sound, or only silence.
    """
    import av
    from av.error import FFmpegError

    samples = np.zeros(round(seconds * mel.SAMPLE_RATE), np.float32)
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise TakeError("{path} has no sound.", tr("Leave the clip out."), path=path.name)
            resampler = av.AudioResampler(format="flt", layout="mono", rate=mel.SAMPLE_RATE)
            parts, begin = [], None
            for frame in container.decode(container.streams.audio[0]):
                begin = frame.time if begin is None else begin
                parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (FFmpegError, OSError) as err:
        raise TakeError(
            "The sound of {path} cannot be decoded.", tr("Leave the clip out."), path=path.name
        ) from err
    sound = np.concatenate(parts) if parts else samples[:0]
    shift = round((start - (begin or 0.0)) * mel.SAMPLE_RATE)
    source, target = max(shift, 0), max(-shift, 0)
    count = max(0, min(len(sound) - source, len(samples) - target))
    samples[target : target + count] = sound[source : source + count]
    if np.abs(samples).max(initial=0.0) < MUTE_PEAK:
        raise TakeError("{path} is mute.", tr("Leave the clip out."), path=path.name)
    return samples


def clip_mel(samples: Floats, first: int, frames: int) -> Floats:
    """Return the mel rows of a run of frames with a second to either side; row LEAD is centred on
    its first frame.

    Args:
        samples: (n,) float32 at 16 kHz, beginning with that second.
        first: index of the run's first frame.
        frames: of the run, at 25 a second.
    """
    hop, margin = mel.HOP_SAMPLES, LEAD_ROWS * mel.HOP_SAMPLES
    rows = LEAD_ROWS + round(frames * mel.MEL_RATE / CORPUS_RATE) + LEAD_ROWS
    start = first * mel.SAMPLE_RATE // CORPUS_RATE - margin
    wanted = np.zeros((rows - 1) * hop, np.float32)
    source, target = max(start, 0), max(-start, 0)
    part = samples[source : max(source, start + len(wanted))]
    wanted[target : target + len(part)] = part
    return mel.mel_spectrogram(wanted)


def longest_run(seen: NDArray[np.bool_]) -> tuple[int, int]:
    """Return (first, end) of the longest run of frames with a face; gaps of two frames are bridged."""
    where = np.flatnonzero(seen)
    if not len(where):
        return 0, 0
    breaks = np.flatnonzero(np.diff(where) > LONGEST_GAP + 1)
    firsts = where[np.concatenate([[0], breaks + 1])]
    ends = where[np.concatenate([breaks, [len(where) - 1]])] + 1
    best = int(np.argmax(ends - firsts))
    return int(firsts[best]), int(ends[best])


def bridge(mesh: Floats) -> Floats:
    """Fill frames without a face in between linearly, (N, 478, 3)."""
    seen = np.flatnonzero(np.isfinite(mesh[:, 0, 0]))
    if len(seen) == len(mesh):
        return mesh
    flat = mesh.reshape(len(mesh), -1)
    every = np.arange(len(mesh))
    filled = np.stack([np.interp(every, seen, flat[seen, k]) for k in range(flat.shape[1])], axis=1)
    return filled.reshape(len(mesh), MESH_POINTS, 3).astype(np.float32)


def cut(picture: Pixels, matrix: Floats, width: int, height: int) -> Pixels:
    """Warp one picture into its crop; one much larger than the crop is first reduced by area, or it
    aliases.

    Args:
        picture: (h, w, 3) uint8.
        matrix: (2, 3) from picture to crop pixels.
        width: of the crop, pixels.
        height: of the crop, pixels.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    whole = matrix.astype(np.float64)
    if scale < 0.6:
        small = cv2.resize(
            picture, None, fx=scale * 1.2, fy=scale * 1.2, interpolation=cv2.INTER_AREA
        )
        fx, fy = small.shape[1] / picture.shape[1], small.shape[0] / picture.shape[0]
        back = np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]])
        picture, whole = np.asarray(small, np.uint8), whole @ back
    mode = cv2.BORDER_REPLICATE
    out = cv2.warpAffine(picture, whole, (width, height), flags=cv2.INTER_LINEAR, borderMode=mode)
    return np.asarray(out, np.uint8)


def into_crop(mesh: Floats, matrices: Floats) -> Floats:
    """Take meshes (N, 478, 3) from plate to crop pixels; depth is scaled likewise."""
    scale = np.hypot(matrices[:, 0, 0], matrices[:, 1, 0])
    flat = np.einsum("nij,npj->npi", matrices[:, :, :2], mesh[..., :2]) + matrices[:, None, :, 2]
    return np.concatenate([flat, mesh[..., 2:] * scale[:, None, None]], axis=2).astype(np.float32)


def duration(path: Path) -> float:
    """Return how long a file says it is, seconds; 0 where it does not say or cannot be opened."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            return (container.duration or 0) / av.time_base
    except (FFmpegError, OSError):
        return 0.0


def _decode(
    path: Path, begin: float = 0.0, length: float | None = None
) -> Iterator[tuple[float, Any]]:
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise MediaError(
                    "{path} holds no pictures.", tr("Leave the clip out."), path=path.name
                )
            stream = container.streams.video[0]
            start = float((stream.start_time or 0) * (stream.time_base or 1)) + begin - 1e-6
            if begin > 0:  # from the key frame before it; what lies between is passed over below
                container.seek(int(start * av.time_base), backward=True)
            for number, frame in enumerate(container.decode(stream)):
                time = (
                    frame.time
                    if frame.time is not None
                    else number / float(stream.average_rate or CORPUS_RATE)
                )
                if begin > 0 and time < start:
                    continue
                if length is not None and time >= start + length:
                    return
                yield time, frame
    except (FFmpegError, OSError) as err:
        raise MediaError(
            "{path} cannot be decoded.", tr("Leave the clip out."), path=path.name
        ) from err
