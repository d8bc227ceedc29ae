"""Clips at their plates' own size: a pack's test clips in the videos it was made from, or any
videos.

What is measured is what `merge` yields, in the plate's own depth and size; writing it as FFV1
changes no bit of it (tests/deliver), so this is the delivered film. References lie outside the
evaluated window all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops
from g4g_plugin.core.errors import FaceError, MediaError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Take
from g4g_plugin.core.words import tr
from g4g_plugin.evaluation.metrics import CORRELATION_FRAMES_LEAST
from g4g_plugin.evaluation.subjects import (
    MOST_POOL,
    POOL_FRAMES_LEAST,
    Sound,
    Subject,
    Window,
    choose_window,
    joined,
    kept,
    loudness,
    pack_clips,
)
from g4g_plugin.faces import crop as face_crop
from g4g_plugin.faces.follow import follow
from g4g_plugin.media.plate import FilePlate, open_plate
from g4g_plugin.media.take import read_take
from g4g_plugin.network import mel as hear
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Corpus

Frames = NDArray[np.int64]
Offset = Callable[[Path], float]  # a video -> frames of 1/25 s by which its sound is late

log = logging.getLogger(__name__)

MOST_LENT = 8  # other clips of a person that are followed for one short clip


class LentCrops:
    """One plate's crops, and a pool to which other plates lend: each at its own frame numbers,
    `begins` further on.
    """

    def __init__(self, own: Crops, lent: Sequence[tuple[int, Crops]]) -> None:
        self._own, self._parts = own, [(0, own), *lent]
        self.rate, self.start, self.track = own.rate, own.start, own.track
        self.direction = own.direction
        self.pool = joined([(begin, part.pool) for begin, part in self._parts])

    def __iter__(self) -> Iterator[Crop]:
        return iter(self._own)

    def fetch(self, frames: Frames) -> list[Crop]:
        """Return these frames of the pool."""
        begins = np.array([begin for begin, _ in self._parts])
        owner = np.searchsorted(begins, frames, side="right") - 1
        found: dict[int, Crop] = {}
        for which in np.unique(owner):
            begin, part = self._parts[which]
            asked = np.unique(frames[owner == which])
            for crop in part.fetch(asked - begin):
                found[crop.frame + begin] = replace(crop, frame=crop.frame + begin)
        return [found[int(frame)] for frame in frames]


def plate_subjects(
    corpus: Corpus,
    folder: Path,
    cache: Path | None,
    most: int = 100,
    clips: int | None = None,
    split: str = "test",
) -> list[Subject]:
    """Return a pack's clips as they lie in `folder` at their own size, one a person before a second
    one.

    Args:
        corpus: the training pack.
        folder: of its videos.
        cache: folder of face analyses; None keeps none.
        most: frames evaluated of a clip.
        clips: how many; None takes all.
        split: of the pack.

    Raises:
        MediaError: the folder lacks one of the videos, or none of them leaves anything to borrow.
    """
    found: list[Subject] = []
    for clip, others in pack_clips(corpus, split):
        lenders = [folder / other.key for other in others[:MOST_LENT]]
        for path in (folder / clip.key, *lenders):
            if not path.is_file():
                raise MediaError(
                    "{path} is not there.",
                    tr("Give the folder the pack was built from."),
                    path=path,
                )
        try:
            late = (clip.offset or 0.0) / CORPUS_RATE
            found.append(
                plate_subject(
                    folder / clip.key, cache, most, clip.key, clip.identity, late, lenders
                )
            )
        except FaceError as err:
            log.info("%s %s", err.message, err.hint)
        if clips is not None and len(found) == clips:
            break
    if not found:
        raise MediaError(
            "No clip of the split {split!r} can be evaluated.",
            tr("Use a pack with longer clips."),
            split=split,
        )
    return found


def video_subjects(
    paths: Sequence[Path], cache: Path | None, most: int = 100, offset: Offset | None = None
) -> list[Subject]:
    """Return the videos that can be evaluated; the others are named in the log.

    Args:
        paths: videos with sound.
        cache: folder of face analyses; None keeps none.
        most: frames evaluated of a clip.
        offset: returns how late a video's sound is, where that is to be taken out.

    Raises:
        MediaError: none can be.
    """
    found: list[Subject] = []
    for path in paths:
        try:
            late = offset(path) / CORPUS_RATE if offset else 0.0
            name = f"{path.parent.name}-{path.stem}"
            found.append(plate_subject(path, cache, most, name, path.parent.name, late))
        except FaceError as err:
            log.warning("%s %s", err.message, err.hint)
    if not found:
        raise MediaError(
            "None of the videos can be evaluated.",
            tr("Take clips of one speaking person, 2 s or longer."),
        )
    return found


def plate_subject(
    path: Path,
    cache: Path | None,
    most: int = 100,
    name: str = "",
    identity: str = "",
    late: float = 0.0,
    lenders: Sequence[Path] = (),
) -> Subject:
    """Follow the largest face of a video and choose what is evaluated of it; frames are decoded
    when asked for.

    Args:
        path: the video.
        cache: folder of face analyses; None keeps none.
        most: frames evaluated.
        name: of the clip in tables; empty takes the file's.
        identity: who it is; empty takes the name.
        late: seconds by which its sound is late, taken out.
        lenders: other videos of the person, which lend to a short one.

    Raises:
        FaceError: no face for long enough to leave something to borrow.
        MediaError, TakeError: it cannot be read, or is mute.
    """
    with ExitStack() as stack:
        plate, track = _followed(path, cache, stack)
        facts = plate.facts
        samples = read_take(Take(path), hear.SAMPLE_RATE)
        rows = hear.level_mel(hear.mel_spectrogram(samples))
        loud = loudness(
            rows, np.arange(facts.count, dtype=np.float64) * float(1 / facts.rate) + late
        )
        window = choose_window(
            facts.count, facts.rate, most, 3 * POOL_FRAMES_LEAST * bool(lenders), loud=loud
        )
        if window is None:
            raise FaceError(
                "{path} is too short to be evaluated.",
                tr("Take a clip of two seconds or more."),
                path=path.name,
            )
        crops = _crops(plate, track, window, lenders, cache, stack)
        if len(crops.track) < CORRELATION_FRAMES_LEAST or len(crops.pool) < POOL_FRAMES_LEAST:
            raise FaceError(
                "{path} shows its face too seldom to be evaluated.",
                tr("Leave the clip out."),
                path=path.name,
            )
        close = stack.pop_all().close
    sound = Sound(rows, float(window.first / facts.rate) + late, samples, late)
    return Subject(
        name or path.stem, identity or path.parent.name, crops, _reader(path, window), sound, close
    )


def _followed(path: Path, cache: Path | None, stack: ExitStack) -> tuple[FilePlate, FaceTrack]:
    plate = stack.enter_context(open_plate(path))
    return plate, follow(plate, 0, plate.facts.count, None, SILENT, cache, 0)


def _crops(
    plate: FilePlate,
    track: FaceTrack,
    window: Window,
    lenders: Sequence[Path],
    cache: Path | None,
    stack: ExitStack,
) -> Crops:
    """Return the window's crops; where a clip has nothing of its own left to lend, other clips of
    the person do.
    """
    free = kept(track, window.free(track.frames))
    own = face_crop.crops(plate, track.within(window.first, window.end), free, window.first)
    lent: list[tuple[int, Crops]] = []
    begin, held = plate.facts.count + CORPUS_RATE, len(free)
    for path in lenders if held < POOL_FRAMES_LEAST else ():
        other, seen = _followed(path, cache, stack)
        lent.append((begin, face_crop.crops(other, seen, seen, 0)))
        begin, held = begin + other.facts.count + CORPUS_RATE, held + len(seen)
        if held > MOST_POOL:
            break
    return LentCrops(own, lent) if lent else own


def _reader(path: Path, window: Window) -> Callable[[], Iterator[Picture]]:
    def seen() -> Iterator[Picture]:
        with open_plate(path) as own:  # its own reader: pictures and crops are pulled in turn
            yield from own.read(window.first, window.end - window.first)

    return seen
