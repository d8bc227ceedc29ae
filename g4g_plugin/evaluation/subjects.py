"""The clips that are evaluated: what is shown, what is heard, and which other frames of that person
may be borrowed.

In self-reconstruction a reference from the evaluated window would be the answer itself. So the pool
ends half a second before the window and begins half a second after it, and holds other clips of the
same person where there are some.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture, PixelFormat
from g4g_plugin.core.words import tr
from g4g_plugin.evaluation.metrics import CORRELATION_FRAMES_LEAST
from g4g_plugin.network import mel as hear
from g4g_plugin.network.speech import on_grid
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Clip, Corpus

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]
Pictures = Callable[[], Iterator[Picture]]

log = logging.getLogger(__name__)

BORROWING_GAP_SECONDS = Fraction(1, 2)  # seconds between the window and what may be borrowed
POOL_FRAMES_LEAST = 20  # frames of a pool, below which nobody could be dubbed
MOST_POOL = 300  # frames of a pool kept in memory
RGB = PixelFormat("gbrp", 8, rgb=True, full_range=True)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A line: levelled mel rows (T, 80), where in them the window's first frame stands (s), samples
    where known.

    late: seconds by which the sound was found to be late in its own film; `start` has it taken out.
    speech: features (T, 288) beside the mel, of a pack that `g4g corpus hear` has been over.
    """

    mel: Floats
    start: float
    samples: Floats | None = None  # (n,) float32 at 16 kHz; sample 0 stands at mel second 0
    late: float = 0.0
    speech: Floats | None = None

    def rows(self) -> Floats:
        """Return what a mouth net is given: mel, with the speech features beside it where there are
        any.
        """
        return self.mel if self.speech is None else np.concatenate([self.mel, self.speech], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One clip to be evaluated.

    crops: the window as an engine sees it, its pool without the window; pictures: the window's
    plate frames, in order;
    sound: what is heard in it.
    """

    name: str
    identity: str
    crops: Crops
    pictures: Pictures
    sound: Sound
    close: Callable[[], None] = lambda: None

    @property
    def file_name(self) -> str:
        """The clip's name as a file name: what a peer's result is looked for under."""
        return self.name.removesuffix(".mp4").replace("/", "-")

    @property
    def track(self) -> FaceTrack:
        """The face in the window."""
        return self.crops.track

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds since the window's first frame, (N,)."""
        frames = self.track.frames - self.crops.start
        return frames.astype(np.float64) * self.crops.rate.denominator / self.crops.rate.numerator


@dataclass(frozen=True, slots=True)
class Window:
    """The frames that are evaluated (first, end), and those that may not be lent (low, high)."""

    first: int
    end: int
    low: int
    high: int

    def free(self, frames: Frames) -> NDArray[np.bool_]:
        """Return which frames may be lent."""
        return (frames < self.low) | (frames >= self.high)


def choose_window(
    count: int, rate: Fraction, most: int, others: int = 0, loud: NDArray[np.float64] | None = None
) -> Window | None:
    """Choose what is evaluated of a clip; None where nothing is left to borrow.

    At most two fifths of the clip, where they are loudest and enough is left to borrow. Where that
    cannot be and the same person has enough frames in other clips, the first `most`.

    Args:
        count: frames of the clip.
        rate: frames per second.
        most: frames evaluated.
        others: frames of the same person in other clips.
        loud: (count,) loudness of each frame; without it the last ones are taken.
    """
    apart = int(-(-BORROWING_GAP_SECONDS * rate // 1))
    size = min(most, 2 * count // 5)
    first = np.arange(count - size + 1)
    left = np.maximum(first - apart, 0) + np.maximum(count - first - size - apart, 0)
    if size >= CORRELATION_FRAMES_LEAST and left.max() >= POOL_FRAMES_LEAST:
        sums = np.concatenate([np.zeros(1), np.cumsum(np.zeros(count) if loud is None else loud)])
        heard = np.where(left >= POOL_FRAMES_LEAST, sums[first + size] - sums[first], -np.inf)
        best = int(np.flatnonzero(heard >= heard.max() - 1e-9)[-1])
        return Window(best, best + size, max(best - apart, 0), min(best + size + apart, count))
    end = min(count, most)
    return (
        Window(0, end, 0, end + apart)
        if others >= 3 * POOL_FRAMES_LEAST and end >= CORRELATION_FRAMES_LEAST
        else None
    )


def loudness(mel: Floats, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how loud each frame is, (N,) 0..: the mean of its mel row above silence; times (N,)
    seconds.
    """
    rows = np.rint(times * hear.MEL_RATE).astype(np.int64)
    inside = (rows >= 0) & (rows < len(mel))
    return np.where(
        inside, mel[np.clip(rows, 0, len(mel) - 1)].mean(axis=1) - hear.SILENCE_LEVEL, 0
    ).astype(np.float64)


class StillCrops:
    """Crops that lie in memory: frames of a pack, or drawn ones. Frame k of `pictures` is file
    frame `frames[k]`.
    """

    def __init__(
        self,
        rate: Fraction,
        start: int,
        track: FaceTrack,
        pool: FaceTrack,
        frames: Frames,
        pictures: NDArray[np.uint8],
    ) -> None:
        self.rate, self.start, self.track, self.pool = rate, start, track, pool
        self.direction = Direction.plain(len(track))
        self._rows = {int(frame): row for row, frame in enumerate(frames)}
        self._pictures = pictures

    def __iter__(self) -> Iterator[Crop]:
        for row, frame in enumerate(self.track.frames):
            yield self._crop(self.track, row, int(frame))

    def fetch(self, frames: Frames) -> list[Crop]:
        """Return these frames of the pool."""
        where = {int(frame): row for row, frame in enumerate(self.pool.frames)}
        return [self._crop(self.pool, where[int(frame)], int(frame)) for frame in frames]

    def seen(self) -> Iterator[Picture]:
        """Yield the window's frames as a plate would."""
        for frame in self.track.frames:
            yield plate_picture(self._pictures[self._rows[int(frame)]], int(frame))

    def _crop(self, track: FaceTrack, row: int, frame: int) -> Crop:
        pixels = self._pictures[self._rows[frame]].astype(np.float32) / 255
        return Crop(frame, pixels, (0, 0), track.mesh[row], track.to_crop[row])


def plate_picture(rgb: NDArray[np.uint8], index: int) -> Picture:
    """Make a plate frame of RGB pixels (h, w, 3) uint8."""
    red, green, blue = (np.ascontiguousarray(rgb[..., k]) for k in range(3))
    return Picture(index, (green, blue, red), RGB)


def whole_crop(mouth: int, count: int) -> Floats:
    """Return the matrices (N, 2, 3) of frames that are crops of mouth size M already: to the crop
    of 320 x 416.
    """
    scale = 256 / mouth
    matrix = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5]], np.float32)
    return np.repeat(matrix[None], count, axis=0)


def pack_subjects(
    corpus: Corpus, most: int = 100, clips: int | None = None, split: str = "test"
) -> list[Subject]:
    """Return the clips of one split of a pack that can be evaluated, one a person before a second
    one.

    Args:
        corpus: the training pack.
        most: frames evaluated of a clip.
        clips: how many; None takes all.
        split: of the pack.

    Raises:
        MediaError: none of them leaves anything to borrow.
    """
    found: list[Subject] = []
    for clip, others in pack_clips(corpus, split):
        loud = loudness(corpus.mel(clip), corpus.times(clip))
        window = choose_window(
            clip.frames, Fraction(CORPUS_RATE), most, sum(c.frames for c in others), loud
        )
        if window is None:
            log.info("%s leaves nothing to borrow and is not evaluated", clip.key)
            continue
        found.append(_pack_subject(corpus, clip, others, window))
        if clips is not None and len(found) == clips:
            break
    if not found:
        raise MediaError(
            "No clip of the split {split!r} can be evaluated.",
            tr("Use a pack with longer clips."),
            split=split,
        )
    return found


def pack_clips(corpus: Corpus, split: str) -> Iterator[tuple[Clip, list[Clip]]]:
    """Yield the clips of one split and the other clips of that person, those that look most like it
    first.

    The longest clip of every person comes before a second one of any.
    """
    people: dict[str, list[Clip]] = {}
    for clip in corpus.select(split, sound=True):
        people.setdefault(clip.identity, []).append(clip)
    for turn in range(max(map(len, people.values()), default=0)):
        for clip in _turn(people, turn):
            mixed = "mixed" in clip.identity  # labels that hold several people
            others = [c for c in people[clip.identity] if c.key != clip.key and not mixed]
            yield clip, alike(corpus, clip, others)


def _turn(people: dict[str, list[Clip]], turn: int) -> list[Clip]:
    longest = [sorted(own, key=lambda c: -c.frames) for own in people.values()]
    return [own[turn] for own in longest if turn < len(own)]


def alike(corpus: Corpus, clip: Clip, others: Sequence[Clip]) -> list[Clip]:
    """Sort other clips of a person by how much they look like this one: the same light and clothes
    first.

    Args:
        corpus: the training pack.
        clip: the one to compare with.
        others: clips of the same person.
    """
    size = (8, 8)
    own = cv2.resize(corpus.pictures(clip, [0])[0], size, interpolation=cv2.INTER_AREA).astype(
        np.float32
    )

    def away(other: Clip) -> float:
        small = cv2.resize(corpus.pictures(other, [0])[0], size, interpolation=cv2.INTER_AREA)
        return float(np.abs(small.astype(np.float32) - own).mean())

    return sorted(others, key=away)


def _pack_subject(corpus: Corpus, clip: Clip, others: Sequence[Clip], window: Window) -> Subject:
    tracks, pictures, begin = [], [], 0
    for lent in [clip, *others]:
        mesh, frames = corpus.mesh(lent), np.arange(lent.frames)
        track = FaceTrack(
            frames, mesh, whole_crop(corpus.mouth, len(mesh)), np.ones(len(mesh), np.float32)
        )
        tracks.append((begin, track))
        pictures.append(corpus.pictures(lent))
        begin += lent.frames + CORPUS_RATE  # other clips stand behind, a second apart
        if sum(map(len, pictures)) > MOST_POOL + window.end:
            break
    whole = joined(tracks)
    lend = np.where(whole.frames < clip.frames, window.free(whole.frames), True)
    track = whole.within(window.first, window.end)
    picture = np.concatenate(pictures)
    crops = StillCrops(
        Fraction(CORPUS_RATE), window.first, track, kept(whole, lend), whole.frames, picture
    )
    start, late = float(corpus.times(clip, [window.first])[0]), (clip.offset or 0.0) / CORPUS_RATE
    return Subject(
        clip.key,
        clip.identity,
        crops,
        crops.seen,
        Sound(corpus.mel(clip), start, late=late, speech=speech_rows(corpus, clip)),
    )


def speech_rows(corpus: Corpus, clip: Clip) -> Floats | None:
    """Return a clip's speech features on its mel's grid (T, 288), None for a pack that was not
    heard.
    """
    if not corpus.read_speech_table():
        return None
    features, times = corpus.speech(clip).features, np.arange(clip.mel_rows) / hear.MEL_RATE
    return on_grid(features, times, features[-1].astype(np.float32))


def kept(track: FaceTrack, keep: NDArray[np.bool_]) -> FaceTrack:
    """Keep some frames of a track."""
    return FaceTrack(track.frames[keep], track.mesh[keep], track.to_crop[keep], track.score[keep])


def joined(tracks: Sequence[tuple[int, FaceTrack]]) -> FaceTrack:
    """Put tracks behind one another: (number its frame 0 gets, track), numbers ascending."""
    frames = np.concatenate([begin + track.frames for begin, track in tracks]).astype(np.int64)
    mesh, crop, score = (
        np.concatenate([getattr(t, n) for _, t in tracks]) for n in ("mesh", "to_crop", "score")
    )
    return FaceTrack(frames, mesh, crop, score)


def cross_subject(subject: Subject, driver: Subject) -> Subject:
    """Let a subject hear the line of another; the window ends with the shorter of the two."""
    end = min(float(subject.times[-1]), float(driver.times[-1]))
    last = subject.crops.start + int(end * float(subject.crops.rate) + 1e-6) + 1
    return replace(shortened(subject, last), sound=driver.sound)


def shortened(subject: Subject, last: int) -> Subject:
    """Return the same subject up to file frame `last`, exclusive."""
    count = last - subject.crops.start

    def seen() -> Iterator[Picture]:
        yield from (picture for picture, _ in zip(subject.pictures(), range(count), strict=False))

    return replace(subject, crops=_ShorterCrops(subject.crops, last), pictures=seen)


class _ShorterCrops:
    """The same crops up to frame `end`."""

    def __init__(self, crops: Crops, end: int) -> None:
        self._crops, self._end = crops, end
        self.rate, self.start, self.pool = crops.rate, crops.start, crops.pool
        self.track = crops.track.within(crops.start, end)
        self.direction = Direction.plain(len(self.track))

    def __iter__(self) -> Iterator[Crop]:
        for crop in self._crops:
            if crop.frame >= self._end:
                return
            yield crop

    def fetch(self, frames: Frames) -> list[Crop]:
        return self._crops.fetch(frames)
