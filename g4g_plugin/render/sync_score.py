"""Does the mouth fit the sound, before the dub and after it? Seen on the way through: nothing is
decoded for it.

What the sync expert sees of a picture is 64 x 48 grey pixels. An `Onlooker` cuts them out of plate
and comp as they pass by, with the geometry of the plate's track for both; once the comp is written
they are judged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.errors import EngineError, FaceError, G4GError, TakeError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Shot, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.core.words import tr
from g4g_plugin.faces.crop import runs
from g4g_plugin.media.take import read_take
from g4g_plugin.network.sketch import scale_matrix

Grey = NDArray[np.uint8]
Doubles = NDArray[np.float64]
Side = Literal["before", "after"]

SIDES: tuple[Side, ...] = ("before", "after")
LOG = logging.getLogger(__name__)
# Network/syncnet.py's: importing it would bring torch along before the first dub
MOUTH_PIXELS, SKIPPED_ROWS = (64, 16)
SECONDS_LEAST = 1  # second of speech with a face, below which nothing is said
# Seconds judged, the middle of a longer shot: .7 s of one core, so that cancelling is quick
SECONDS_MOST = 20
MARGIN_SECONDS = 1  # second of the original's sound read on either side of the shot
SAMPLE_RATE = 16_000  # Hz
PLATE_SHARE_LEAST = 1e-3  # of the plate: what the expert would see of a face of 64,000 pixels
IN_TIME = 1  # frames by which lips and sound may be apart unnoticed (ITU-R BT.1359: 45 ms early)
# Lead of the best offset over those far from it, below which the offset is a guess
CLEAR_LEAD = 0.05

NO_FACE = tr("The face is in the picture for less than a second.")
NO_SPEECH = tr("Less than a second of speech is heard.")
NO_SOUND = tr("The original has no sound that can be read.")
NO_EXPERT = tr("No sync expert is installed.")
UNMEASURED = tr("It could not be measured; the log says why.")


def see_mouth(picture: Picture, to_crop: NDArray[np.floating]) -> Grey:
    """Return what the expert sees of a picture: the lower mouth box, (48, 64) uint8 grey.

    to_crop (2, 3): plate pixels -> the crop of 320 x 416. Beside the picture its edge goes on.

    Raises:
        ValueError: the matrix makes nothing of the picture.
    """
    matrix = scale_matrix(np.asarray(to_crop, np.float32), MOUTH_PIXELS).astype(np.float64)
    top, left, _, _ = mouth_box(MOUTH_PIXELS)
    matrix[:, 2] -= left, top + SKIPPED_ROWS
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if not scale > PLATE_SHARE_LEAST:
        raise ValueError(f"a crop cannot be {scale:g} times its plate")
    blur = 0.4 / scale if scale < 0.6 else 0.0
    corners = np.array(
        [
            [0, 0, 1],
            [MOUTH_PIXELS, 0, 1],
            [0, MOUTH_PIXELS - SKIPPED_ROWS, 1],
            [MOUTH_PIXELS, MOUTH_PIXELS - SKIPPED_ROWS, 1],
        ],
        np.float64,
    )
    places = corners @ cv2.invertAffineTransform(matrix).T
    margin = 3 * blur + 2
    width, height = picture.size
    x0, y0 = (
        int(min(max(low, 0), most - 1))
        for low, most in zip(places.min(0) - margin, picture.size, strict=True)
    )
    x1, y1 = (int(max(high, 1)) for high in places.max(0) + margin)
    box = (x0, y0, min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height))
    grey = cv2.cvtColor(np.clip(picture.rgb(box), 0, 1), cv2.COLOR_RGB2GRAY)
    if blur:
        grey = cv2.GaussianBlur(grey, (0, 0), blur)
    matrix[:, 2] += matrix[:, :2] @ (x0, y0)
    size, edge = (MOUTH_PIXELS, MOUTH_PIXELS - SKIPPED_ROWS), cv2.BORDER_REPLICATE
    seen = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=edge)
    return np.rint(seen * 255).astype(np.uint8)


@dataclass(slots=True)
class Onlooker:
    """Watches plate and comp pass by: which frames were changed, and what the expert would see of
    both.
    """

    track: FaceTrack
    changed: list[int] = field(
        default_factory=list
    )  # file frame indices whose picture is not the plate's
    before: list[Grey] = field(
        default_factory=list
    )  # one for each frame of `track`, as far as the comp has come
    after: list[Grey] = field(default_factory=list)
    _plate: Picture | None = None
    _blind: bool = False
    _recorded: tuple[int, int] = (0, 0)  # of `changed` and of `before`, in records so far

    def record(self, end: int) -> dict[str, NDArray[Any]]:
        """Return what was noted of the frames since the last record and before frame `end`.

        Pictures may have passed by that are further on than what is recorded.
        """
        changed, judged = self._recorded
        rows = min(int(np.searchsorted(self.track.frames, end)), len(self.before), len(self.after))
        frames = [frame for frame in self.changed[changed:] if frame < end]
        self._recorded = changed + len(frames), rows
        return {
            "changed": np.array(frames, np.int64),
            "before": _stacked(self.before[judged:rows]),
            "after": _stacked(self.after[judged:rows]),
            "blind": np.array(self._blind),
        }

    def recall(self, record: Mapping[str, NDArray[Any]]) -> None:
        """Note again what a record of earlier frames holds; records come in their order."""
        self.changed += record["changed"].tolist()
        self.before += list(record["before"])
        self.after += list(record["after"])
        self._blind = bool(record["blind"])
        self._recorded = len(self.changed), len(self.before)

    def plate(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Let the plate's pictures pass on their way to the composite."""
        for picture in pictures:
            self._plate = picture
            yield picture

    def comp(self, pictures: Iterable[Picture]) -> Iterator[Picture]:
        """Let the comp's pictures pass, each made from the plate's picture that passed last."""
        for picture in pictures:
            if picture is not self._plate:
                self.changed.append(picture.index)
            self._look(picture)
            yield picture

    def _look(self, picture: Picture) -> None:
        row = len(self.before)
        if (
            self._blind
            or self._plate is None
            or row >= len(self.track)
            or self.track.frames[row] != picture.index
        ):
            return
        try:
            before = see_mouth(self._plate, self.track.to_crop[row])
            after = (
                before if picture is self._plate else see_mouth(picture, self.track.to_crop[row])
            )
        except (cv2.error, ValueError) as err:  # figures are not worth a dub
            LOG.warning("frame %d is not judged: %s", picture.index, err)
            self._blind = True
            return
        self.before.append(before)
        self.after.append(after)

    def ranges(self, shot: Shot) -> tuple[FrameRange, ...]:
        """Return the runs of frames that were changed, in the plate's own time."""
        frames = np.array(self.changed, np.int64)
        return tuple(
            FrameRange(
                int(frames[run.start]) + shot.available.first,
                run.stop - run.start,
                shot.source.rate,
            )
            for run in runs(frames)
        )


def records(onlookers: Sequence[Onlooker], end: int) -> dict[str, NDArray[Any]]:
    """Return the records of all onlookers of a shot up to frame `end` (Onlooker.record)."""
    return {
        f"{number}-{name}": values
        for number, onlooker in enumerate(onlookers)
        for name, values in onlooker.record(end).items()
    }


def recall(onlookers: Sequence[Onlooker], record: Mapping[str, NDArray[Any]]) -> None:
    """Have all onlookers note again what `records` returned."""
    for number, onlooker in enumerate(onlookers):
        start = f"{number}-"
        own = {n.removeprefix(start): v for n, v in record.items() if n.startswith(start)}
        onlooker.recall(own)


def _stacked(greys: list[Grey]) -> Grey:
    return (
        np.stack(greys)
        if greys
        else np.empty((0, MOUTH_PIXELS - SKIPPED_ROWS, MOUTH_PIXELS), np.uint8)
    )


def judged_part(track: FaceTrack, rate: Fraction) -> FaceTrack:
    """Return the part of a track that is judged: its longest run without a gap, of that 20 s in the
    middle.
    """
    if not len(track):
        return track
    run = max(runs(track.frames), key=lambda run: run.stop - run.start)
    first, end = int(track.frames[run.start]), int(track.frames[run.stop - 1]) + 1
    over = max(0, end - first - round(SECONDS_MOST * rate))
    return track.within(first + over // 2, end - (over - over // 2))


def sync_figures(
    onlooker: Onlooker,
    shot: Shot,
    take: NDArray[np.float32],
    shown: Doubles,
    progress: Progress = SILENT,
) -> tuple[dict[str, float], dict[str, str]]:
    """Judge a dub, and its plate before; return (figures, why there are none: "before", "after" ->
    a sentence).

    Figures, each `_before` and `_after`: `confidence` -1..1 as it stands, `best` at the best
    offset, `offset_ms` by how much the sound is late there, `lead` over offsets far from it (below
    0.05 the offset is a guess), `timing` how much better it is in time than out of it. Never fails
    a dub: an error is a sentence.

    Args:
        onlooker: has watched plate and dub.
        shot: that was dubbed.
        take: (samples,) at 16 kHz, fitted to the shot.
        shown: (N,) when each frame of the onlooker's track is seen in the plate, seconds from
            its first picture.
        progress: told of each step; may raise Cancelled.

    Raises:
        Cancelled: `progress` asked to stop.
    """
    figures: dict[str, float] = {}
    notes: dict[str, str] = {}  # Words, as plain text in files
    for side in SIDES:
        progress.step("sync", 0, 0)
        try:
            found = _judged(onlooker, side, shot, take, shown)
        except G4GError as error:
            notes[side] = error.message
        except (
            RuntimeError,
            ValueError,
            OSError,
            MemoryError,
        ) as err:  # a bug, here; the dub is whole all the same
            LOG.warning("%s is not judged", shot.clip, exc_info=err)
            notes[side] = str(UNMEASURED)
        else:
            figures |= {f"{name}_{side}": value for name, value in found.items()}
    return figures, notes


def _judged(
    onlooker: Onlooker, side: Side, shot: Shot, take: NDArray[np.float32], shown: Doubles
) -> dict[str, float]:
    from g4g_plugin.network import judge, mel  # torch: not before the first dub

    greys = onlooker.before if side == "before" else onlooker.after
    if len(greys) < SECONDS_LEAST * shot.source.rate:
        raise FaceError(NO_FACE)
    if judge.find_expert() is None:
        raise EngineError(NO_EXPERT)
    net, _ = judge.open_expert()
    if side == "before":
        samples, start = original_sound(shot.plate, shown)
        times = shown[: len(greys)] - float(start)
    else:
        samples = take
        times = (onlooker.track.frames[: len(greys)] - shot.first_index) / float(shot.source.rate)
    rows = mel.level_mel(mel.mel_spectrogram(samples))
    chosen, ticks = judge.even(times)
    if judge.speaking(rows, ticks).sum() < SECONDS_LEAST * judge.JUDGE_RATE:
        raise TakeError(NO_SPEECH)
    pictures = (np.stack(greys)[np.minimum(chosen, len(greys) - 1)] / 255).astype(np.float32)
    score = judge.judge(net, pictures, rows, ticks, speech=True)
    if score is None:
        raise TakeError(NO_SPEECH)
    late = round(1000 * score.offset / judge.JUDGE_RATE)
    return {
        "confidence": score.at_zero,
        "best": score.confidence,
        "offset_ms": float(late),
        "lead": score.lead,
        "timing": timing(score.curve, IN_TIME),
    }


def timing(curve: Doubles, near: int) -> float:
    """Return how much better lips fit the sound in time than out of it: the best confidence within
    `near` frames of no offset, over the mean of the curve (31,).
    """
    middle = len(curve) // 2
    return float(curve[middle - near : middle + near + 1].max() - curve.mean())


def original_sound(plate: Path, shown: Doubles) -> tuple[NDArray[np.float32], Fraction]:
    """Return (samples at 16 kHz, the second of the plate they begin at): what is heard with the
    original picture, shown (N,) seconds from its first one.

    Raises:
        TakeError: there is none that can be read.
    """
    start = Fraction(max(0.0, float(shown[0]) - MARGIN_SECONDS)).limit_denominator(SAMPLE_RATE)
    end = Fraction(float(shown[-1])).limit_denominator(SAMPLE_RATE)
    try:
        return read_take(Take(plate, start, end + MARGIN_SECONDS - start), SAMPLE_RATE), start
    except TakeError:  # it ends sooner
        pass
    try:
        return read_take(Take(plate, start, end - start), SAMPLE_RATE), start
    except TakeError as err:
        LOG.info("%s: %s", plate.name, err.message)
        raise TakeError(NO_SOUND) from err
