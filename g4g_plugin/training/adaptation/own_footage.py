"""One person's own footage, as a dub would crop it, in memory: what is learned from, and what is
held back.

One fifth, the first or the last, is never learned from and lends nothing; half a second beside it
is left out, for the frame next to a held-back one is nearly the same picture.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES, Crop
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.errors import FaceError, TakeError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.progress import Progress
from g4g_plugin.core.shot import Shot, Take
from g4g_plugin.core.words import tr
from g4g_plugin.engine.base import Engine
from g4g_plugin.engine.network import to_network
from g4g_plugin.faces import crop as face_crop
from g4g_plugin.faces.references import openness
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.take import read_take
from g4g_plugin.network.mel import SAMPLE_RATE
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.render.dub import check_plate, find_face
from g4g_plugin.training.corpus.pack import Clip
from g4g_plugin.training.nets.batches import REFERENCE_GAP_FRAMES, BatchConfig, Known, Sampler

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

HELD_BACK_SHARE = 0.2  # share of the footage that is held back
GAP_SECONDS = Fraction(1, 2)  # seconds between what is learned from and what is held back
RATE_MOST = 31  # frames a second looked at; of quicker footage every second frame
FRAMES_MOST = 1500  # frames in memory, those around the shot
FEWEST_HELD = 8  # frames, below which nothing could be judged

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """Frames of one person in the network's crop of mouth size M.

    track: their file frame indices, meshes (N, 478, 3) in crop pixels, identity matrices; pictures
    (N, H, W, 3) uint8;
    rate: of the file; step: file frames from one to the next; samples (n,) float32 at 16 kHz of the
    original sound, sample 0 heard with file frame `start`, None where the file is mute; early: the
    first fifth is held back, not the last.
    """

    mouth: int
    rate: Fraction
    step: int
    track: FaceTrack
    pictures: NDArray[np.uint8]
    start: int
    samples: Floats | None
    early: bool = False

    @property
    def held(self) -> NDArray[np.bool_]:
        """Return whether each frame is held back, (N,)."""
        first, last = fifths(len(self.track))
        return first if self.early else last

    @property
    def learned(self) -> NDArray[np.bool_]:
        """Return whether each frame is learned from, (N,)."""
        frames, gap = self.track.frames, ceil(GAP_SECONDS * self.rate)
        held = frames[self.held]
        return (frames < held[0] - gap) | (frames > held[-1] + gap)

    @property
    def between(self) -> NDArray[np.bool_]:
        """Return whether each frame lies between the two, (N,): by these the learning decides
        when it is enough.
        """
        return ~(self.learned | self.held)

    def crops(self, shown: NDArray[np.bool_]) -> StillCrops:
        """Return the frames `shown` as an engine sees them; only what is learned from is lent."""
        return StillCrops(self, part(self.track, shown), part(self.track, self.learned))


class StillCrops:
    """Crops that lie in memory already cut for the network."""

    def __init__(self, footage: Footage, track: FaceTrack, pool: FaceTrack) -> None:
        self._footage = footage
        self._rows = {int(frame): row for row, frame in enumerate(footage.track.frames)}
        self.rate, self.start, self.track, self.pool = footage.rate, footage.start, track, pool
        self.direction = Direction.plain(len(track))

    def __iter__(self) -> Iterator[Crop]:
        for frame in self.track.frames:
            yield self._crop(self._rows[int(frame)])

    def fetch(self, frames: Frames) -> list[Crop]:
        """Return these frames."""
        return [self._crop(self._rows[int(frame)]) for frame in frames]

    def _crop(self, row: int) -> Crop:
        track = self._footage.track
        pixels = self._footage.pictures[row].astype(np.float32) / 255
        return Crop(int(track.frames[row]), pixels, (0, 0), track.mesh[row], track.to_crop[row])


class PersonPack:
    """The frames learned from, as a corpus of one person: each run of neighbouring frames is a
    clip.
    """

    def __init__(self, footage: Footage) -> None:
        self.mouth, self._footage = footage.mouth, footage
        rows = np.flatnonzero(footage.learned)
        cuts = np.flatnonzero(np.diff(footage.track.frames[rows]) > footage.step) + 1
        runs = [run for run in np.split(rows, cuts) if len(run)]
        self.clips = tuple(
            Clip(f"run-{k}", "person", "train", len(run), 0, int(run[0]), 0, 0)
            for k, run in enumerate(runs)
        )

    def pictures(
        self, clip: Clip, frames: Sequence[int] | Frames | None = None
    ) -> NDArray[np.uint8]:
        """Return crops (n, H, W, 3) uint8."""
        index = np.arange(clip.frames) if frames is None else np.asarray(frames)
        return self._footage.pictures[clip.start + index]

    def mesh(self, clip: Clip) -> Floats:
        """Return meshes (N, 478, 3), crop pixels."""
        return self._footage.track.mesh[clip.start : clip.start + clip.frames]

    def windows(self, clip: Clip, frames: Sequence[int] | Frames | None = None) -> Floats:
        """Return mel windows: none are kept, the generator hears shapes."""
        raise NotImplementedError

    def silent(self, clip: Clip) -> NDArray[np.bool_]:
        """Return which frames (N,) are seen while nothing is said: nobody listened, so none."""
        return np.zeros(clip.frames, bool)


class PersonSampler(Sampler):
    """Batches of one person: every run is coded from the same closed mouth, that of all frames
    learned from.
    """

    def __init__(self, footage: Footage, basis: ShapeBasis, config: BatchConfig, seed: int) -> None:
        """Take the footage.

        Raises:
            FaceError: no run of frames is long enough.
        """
        pack = PersonPack(footage)
        try:
            super().__init__(pack, pack.clips, basis, config, seed)
        except ValueError as err:
            least = config.run + REFERENCE_GAP_FRAMES + 1
            raise FaceError(
                "No {least} frames in a row show the face.",
                tr("Take a shot with more footage."),
                least=least,
            ) from err
        self._rest = basis.neutral(footage.track.mesh[footage.learned])

    def known(self, clip: Clip) -> Known:
        """Return what is known of a run, worked out at the first call."""
        if clip.key not in self._known:
            mesh = self.pack.mesh(clip)
            codes, _ = self.basis.encode(mesh, self._rest)
            flat = np.ascontiguousarray(mesh[..., :2])
            self._known[clip.key] = Known(
                flat, self.basis.pose(mesh), self._rest, codes, self.basis.aperture(codes)
            )
        return self._known[clip.key]


def gather(
    shot: Shot, engine: Engine, mouth: int, progress: Progress, cache: Path | None
) -> Footage:
    """Follow the person of a shot through it and the media around it, and cut what is seen.

    Args:
        shot: whose person is followed.
        engine: whose sample rate and batches are used.
        mouth: size of the mouth box, pixels.
        progress: told on the way; may cancel.
        cache: where face analyses are kept.

    Raises:
        MediaError, FaceError: as the rooms say; also where there is too little footage to hold any
            back.
        Cancelled: `progress` asked to stop.
    """
    with closing(open_plate(shot.plate, shot.conform)) as plate:
        check_plate(shot, plate.facts)
        face = find_face(shot, plate, engine, progress, cache)
        kept = thinned(face.pool, face.track, plate.facts.rate)
        pictures = np.empty((len(kept), *CROP_SIZES[mouth], 3), np.uint8)
        matrices = np.empty((len(kept), 2, 3), np.float32)
        for row, crop in enumerate(
            face_crop.crops(plate, kept, kept, shot.first_index, visibility=face.visibility)
        ):
            progress.step("footage", row, len(kept))
            pixels, matrices[row] = to_network(crop, mouth)
            pictures[row] = np.round(pixels * 255)
        rate, step = plate.facts.rate, step_of(plate.facts.rate)
        progress.step("footage", len(kept), len(kept))
    start = int(kept.frames[0])
    samples = read_original(
        shot, Fraction(start) / rate, Fraction(int(kept.frames[-1]) + 1 - start) / rate
    )
    first, last = (float(openness(kept.mesh[rows]).std()) for rows in fifths(len(kept)))
    early = first > last  # the livelier end judges better: there is speech in it
    return checked(
        Footage(mouth, rate, step, in_crop(kept, matrices, mouth), pictures, start, samples, early),
        shot,
    )


def fifths(count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which of `count` frames are the first fifth and which the last, (N,) each."""
    rows, size = np.arange(count), max(1, round(HELD_BACK_SHARE * count))
    return rows < size, rows >= count - size


def checked(footage: Footage, shot: Shot) -> Footage:
    """Return the footage if it is enough to learn from and to judge by.

    Raises:
        FaceError: it is not.
    """
    held, learned = int(footage.held.sum()), int(footage.learned.sum())
    if held < FEWEST_HELD or learned < REFERENCE_GAP_FRAMES + FEWEST_HELD:
        seconds = float(len(footage.track) * footage.step / footage.rate)
        hint = tr(
            "Take a shot with at least two seconds of the face, or one cut from a longer file."
        )
        raise FaceError(
            "{seconds:.1f} s of this face are too little to learn from.",
            hint,
            shot.clip,
            seconds=seconds,
        )
    return footage


def step_of(rate: Fraction) -> int:
    """Return how many file frames one looked at stands for."""
    return ceil(rate / RATE_MOST)


def thinned(pool: FaceTrack, shot: FaceTrack, rate: Fraction) -> FaceTrack:
    """Return the frames of the pool that are looked at: at most `FRAMES_MOST`, around the middle of
    the shot.

    Args:
        pool: the person through the media.
        shot: the person through the shot.
        rate: frames per second.
    """
    kept = part(pool, (pool.frames - pool.frames[0]) % step_of(rate) == 0)
    middle = int(np.searchsorted(kept.frames, shot.frames[len(shot) // 2]))
    first = min(max(middle - FRAMES_MOST // 2, 0), max(len(kept) - FRAMES_MOST, 0))
    rows = np.arange(len(kept))
    return part(kept, (rows >= first) & (rows < first + FRAMES_MOST))


def part(track: FaceTrack, keep: NDArray[np.bool_]) -> FaceTrack:
    """Return the frames of a track that are kept."""
    return FaceTrack(track.frames[keep], track.mesh[keep], track.to_crop[keep], track.score[keep])


def in_crop(track: FaceTrack, matrices: Floats, mouth: int) -> FaceTrack:
    """Take a track from plate pixels to those of its crops.

    Args:
        track: (N frames) in plate pixels.
        matrices: (N, 2, 3) from plate to crop.
        mouth: size of the mouth box, pixels.
    """
    scale = np.hypot(matrices[:, 0, 0], matrices[:, 1, 0])
    flat = (
        np.einsum("nij,npj->npi", matrices[..., :2], track.mesh[..., :2]) + matrices[:, None, :, 2]
    )
    mesh = np.concatenate([flat, track.mesh[..., 2:] * scale[:, None, None]], axis=2).astype(
        np.float32
    )
    large = 256 / mouth  # `to_crop` speaks of the crop of 320 x 416
    matrix = np.array([[large, 0, large / 2 - 0.5], [0, large, large / 2 - 0.5]], np.float32)
    return FaceTrack(track.frames, mesh, np.repeat(matrix[None], len(mesh), axis=0), track.score)


def read_original(shot: Shot, start: Fraction, length: Fraction) -> Floats | None:
    """Return a span of the original sound, (n,) float32 at 16 kHz; None where it is mute.

    Args:
        shot: whose plate is heard.
        start: seconds of the file.
        length: seconds.
    """
    for take in (
        Take(shot.plate, start, length),
        Take(shot.plate, start),
    ):  # a sound may end before the picture does
        try:
            samples = read_take(take, SAMPLE_RATE)
        except TakeError as err:
            log.debug("%s %s", err.message, err.hint)
            continue
        return samples if np.any(samples) else None
    return None
