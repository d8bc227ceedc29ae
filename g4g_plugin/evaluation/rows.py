"""The rows of the table: what no work at all scores, what copying scores, and ours.

Every row turns a subject and the codes it is told into patches, which are laid over the plate by
the very composite a dub uses. `sees_answer` says that in self-reconstruction the row is given the
mouth it is compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from g4g_plugin.composite.merge import merge
from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.weight_files import BLEND_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.engine.g4g import speaking
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.engine.network import NetworkRenderer, open_renderer, to_network
from g4g_plugin.engine.performance import performed
from g4g_plugin.engine.renderers import open_finish
from g4g_plugin.evaluation.metrics import Mouth, aperture
from g4g_plugin.evaluation.subjects import Subject, plate_picture
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network import mel as hear
from g4g_plugin.network.fusion import soft_matte
from g4g_plugin.network.mouth import MouthNet
from g4g_plugin.network.shape import SHAPE_POINTS, ShapeBasis
from g4g_plugin.network.sketch import apply_matrix, scale_matrix

Floats = NDArray[np.float32]
Told = Literal["nothing", "sound", "shape"]
Make = Callable[[Subject, Floats], Iterator[Patch]]

NOISE_DB = 30.0  # dB of room noise below speech, for LipLeak: a noisy room
BREATH_SECONDS = 0.5  # seconds between the line and the noise that is judged
AVERAGED_FRAMES = 24  # frames of the pool whose mean picture the mean mouth is
TRUTH_ROW, UNCHANGED_ROW = "ground truth", "source unchanged"
OUR_ROW = "ours"  # what a dub gets: the native renderer


class Renderer(Protocol):
    """What both of the engine's renderers offer."""

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield one patch for each frame of `crops.track`, in order; codes (N, 12)."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name, what it is told, how it makes patches of codes (N, 12)."""

    name: str
    told: Told
    make: Make
    sees_answer: bool = False


def copying_rows(basis: ShapeBasis, mouth: int) -> list[Row]:
    """Return the rows that learn nothing; pasted mouths have the resolution of mouth size M."""
    return [
        Row(UNCHANGED_ROW, "nothing", lambda subject, codes: iter(()), sees_answer=True),
        Row("static mouth", "nothing", lambda subject, codes: _static(subject, mouth)),
        Row("mean mouth", "nothing", lambda subject, codes: _mean(subject, mouth)),
        Row(
            "nearest own frame pasted",
            "sound",
            lambda subject, codes: _nearest(subject, codes, basis, mouth),
        ),
    ]


def our_rows(basis: ShapeBasis, generator: Path) -> list[Row]:
    """Return ours: what a dub gets by itself, and where there are weights the network renderer and
    the generator alone.

    Renderers are told by the sound and told the true shapes. As the engine opens them: with the
    blend net beside the generator, where its card says that it helps.

    Raises:
        EngineError: damaged weights, or weights of another kind.
    """
    device = torch.device("cpu")
    native = NativeRenderer(basis, open_finish(generator.with_name(BLEND_WEIGHTS), device))
    if not generator.is_file():
        return renderer_rows(OUR_ROW, native)
    network, _ = open_renderer(generator, basis, device)
    alone = NetworkRenderer(network.net, network.own, basis, device, network.blend, alone=True)
    return [
        *renderer_rows(OUR_ROW, native),
        *renderer_rows(f"{OUR_ROW} network", network),
        renderer_rows("generator alone", alone, sees_answer=False)[0],
    ]


def renderer_rows(name: str, renderer: Renderer, sees_answer: bool = True) -> list[Row]:
    """Return the two rows of one renderer.

    Args:
        name: of the renderer in tables.
        renderer: makes the mouths.
        sees_answer: whether it moves the target frame's own skin, and so sees the answer.
    """

    def make(subject: Subject, codes: Floats) -> Iterator[Patch]:
        return renderer.render(subject.crops, codes)

    return [
        Row(name, "sound", make, sees_answer),
        Row(f"{name}, true shapes", "shape", make, sees_answer),
    ]


# --- codes ---


def heard_codes(mouth: MouthNet, subject: Subject) -> Floats:
    """Return the codes (N, 12) with which the subject says what the mouth net hears.

    As the engine does it; where only mel rows are known (packs) pauses are left to the net.
    """
    times = subject.sound.start + subject.times
    samples = subject.sound.samples
    rows = subject.sound.rows() if samples is None else mouth.hear(samples)
    codes = _acted(mouth, subject, rows, times)
    return codes if samples is None else codes * speaking(samples, times)[:, None]


def silent_codes(mouth: MouthNet, subject: Subject) -> Floats:
    """Return the codes (N, 12) for digital silence, the gate on pauses left out: what the net
    itself makes of it.
    """
    rows = mouth.silence(int(subject.times[-1] * hear.MEL_RATE) + 2 * hear.MEL_RATE)
    return _acted(mouth, subject, rows, subject.times)


def noisy_codes(mouth: MouthNet, subject: Subject) -> Floats | None:
    """Return the codes (N, 12) for room noise after the line, the gate on pauses left out; None
    without samples.

    Pink noise `NOISE_DB` dB below the line's loud parts, in one take with it: a pause in a noisy
    room.
    """
    line = subject.sound.samples
    if line is None:
        return None
    step = hear.SAMPLE_RATE // 100
    power = (line[: len(line) // step * step].reshape(-1, step).astype(np.float64) ** 2).mean(
        axis=1
    )
    loud = float(np.sqrt(np.percentile(power, 95)))
    length = int((subject.times[-1] + 2 * BREATH_SECONDS) * hear.SAMPLE_RATE)
    noise = pink(length, np.random.default_rng(0)) * loud * 10 ** (-NOISE_DB / 20)
    take = np.concatenate([line, noise]).astype(np.float32)
    times = len(line) / hear.SAMPLE_RATE + BREATH_SECONDS + subject.times
    return _acted(mouth, subject, mouth.hear(take), times)


def _acted(mouth: MouthNet, subject: Subject, rows: Floats, times: NDArray[np.float64]) -> Floats:
    """Return the codes (N, 12) with which the subject says what a net hears at these times."""
    return performed(mouth, mouth.say(rows, times), subject.crops.pool, subject.crops.rate)


def pink(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return pink noise (count,): equal power in every octave, root mean square 1."""
    wave = np.fft.rfft(rng.normal(size=count))
    wave[1:] /= np.sqrt(np.arange(1, len(wave)))
    noise = np.fft.irfft(wave, count)
    return noise / max(float(noise.std()), 1e-12)


def true_codes(basis: ShapeBasis, speaker: Subject, times: NDArray[np.float64]) -> Floats:
    """Return the codes (N, 12) of the speaker's own mouth at these times, linear between frames.

    Args:
        basis: of the codes.
        speaker: the person filmed.
        times: (N,) seconds.
    """
    codes, _ = basis.encode(speaker.track.mesh, basis.neutral(speaker.crops.pool.mesh))
    return np.stack([np.interp(times, speaker.times, column) for column in codes.T], axis=1).astype(
        np.float32
    )


def true_mouth(subject: Subject) -> Mouth:
    """Return the subject's own mouth as its track has it; the texture is unknown."""
    return Mouth(subject.times, aperture(subject.track.mesh), np.full(len(subject.track), np.nan))


# --- what a row shows ---


def dubbed(row: Row, subject: Subject, codes: Floats) -> Iterator[Picture]:
    """Yield the window's frames with the row's mouths on them.

    Args:
        row: the way to make a mouth.
        subject: the clip.
        codes: (N, 12) what the mouth says.
    """
    return merge(subject.pictures(), subject.track, row.make(subject, codes))


def peer_pictures(folder: Path, subject: Subject) -> Iterator[Picture] | None:
    """Yield a peer's frames of the window out of its result video; None where the folder holds none
    for this clip.

    The video is `<clip>.<any>` with the frames of the source video, or of the window alone.

    Raises:
        MediaError: it cannot be read, or has neither number of frames.
    """
    found = sorted(folder.glob(f"{subject.file_name}.*"))
    return _peer(found[0], subject) if found else None


def _peer(path: Path, subject: Subject) -> Iterator[Picture]:
    window = subject.track.frames
    first, count = subject.crops.start, int(window[-1]) - subject.crops.start + 1
    with open_plate(path) as plate:
        whole = plate.facts.count >= first + count
        if not whole and abs(plate.facts.count - count) > 1:
            have, want = plate.facts.count, first + count
            raise MediaError(
                "{path} has {have} frames, {want} or {count} were expected.",
                tr("A peer's video shows the source's frames one for one, at its rate."),
                path=path.name,
                have=have,
                want=want,
                count=count,
            )
        for picture in plate.read(first if whole else 0, min(count, plate.facts.count)):
            yield replace_index(picture, picture.index if whole else picture.index + first)


def replace_index(picture: Picture, index: int) -> Picture:
    """Return the picture with another frame number, as 8-bit R'G'B'."""
    return plate_picture(picture.rgb8(), index) if index != picture.index else picture


# --- copying ---


def upright(crop: Crop, mouth: int) -> Floats:
    """Return the head-aligned crop of mouth size M of a crop at plate resolution, (H, W, 3) 0..1."""
    return to_network(crop, mouth)[0]


def pasted(track: FaceTrack, row: int, lent: Floats, mouth: int) -> Patch:
    """Make the patch that shows a mouth in one row of a track.

    Under the matte that the generator's own mouths get, so that only the mouths differ.

    Args:
        track: of the face.
        row: of the track.
        lent: head-aligned picture (H, W, 3) of the mouth.
        mouth: side of the mouth box in it, pixels.
    """
    matrix = scale_matrix(track.to_crop[row], mouth)
    mesh = apply_matrix(matrix, track.mesh[row])
    matte = soft_matte(mesh, mesh[list(SHAPE_POINTS)], mouth)
    back = cv2.invertAffineTransform(matrix.astype(np.float64))
    return Patch(int(track.frames[row]), lent, matte, back.astype(np.float32))


def _static(subject: Subject, mouth: int) -> Iterator[Patch]:
    pool = subject.crops.pool
    opened = aperture(pool.mesh)
    middle = int(np.argmin(np.abs(opened - np.median(opened))))
    lent = upright(subject.crops.fetch(pool.frames[[middle]])[0], mouth)
    yield from (pasted(subject.track, row, lent, mouth) for row in range(len(subject.track)))


def _mean(subject: Subject, mouth: int) -> Iterator[Patch]:
    pool = subject.crops.pool
    some = np.unique(np.linspace(0, len(pool) - 1, AVERAGED_FRAMES).round().astype(int))
    lent = np.mean(
        [upright(crop, mouth) for crop in subject.crops.fetch(pool.frames[some])], axis=0
    )
    lent = lent.astype(np.float32)
    yield from (pasted(subject.track, row, lent, mouth) for row in range(len(subject.track)))


def _nearest(subject: Subject, codes: Floats, basis: ShapeBasis, mouth: int) -> Iterator[Patch]:
    pool = subject.crops.pool
    own, _ = basis.encode(pool.mesh, basis.neutral(pool.mesh))
    best = np.linalg.norm(codes[:, None] - own[None], axis=2).argmin(axis=1)
    lent: dict[int, Floats] = {}
    wanted = np.unique(best)
    for some in np.array_split(
        wanted, len(wanted) // AVERAGED_FRAMES + 1
    ):  # in order: a plate is read forwards
        crops = subject.crops.fetch(pool.frames[some])
        lent |= {int(place): upright(crop, mouth) for place, crop in zip(some, crops, strict=True)}
    yield from (
        pasted(subject.track, row, lent[int(place)], mouth) for row, place in enumerate(best)
    )


def without_fusion(row: Row) -> Row:
    """Return the row with its soft matte made hard: what is left without the fusion of section 3.2."""

    def make(subject: Subject, codes: Floats) -> Iterator[Patch]:
        for patch in row.make(subject, codes):
            yield replace(patch, matte=(patch.matte > 0.5).astype(np.float32))

    return replace(row, make=make)
