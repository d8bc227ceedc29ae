"""Follow people through a shot: look at every frame once, tell who is who, choose, steady.

Looking is kept (sight.py); telling people apart (people.py), choosing and steadying are cheap and
done anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.progress import Progress
from g4g_plugin.core.words import tr
from g4g_plugin.faces import crop, people
from g4g_plugin.faces.appearance import describe
from g4g_plugin.faces.cuts import find_cuts
from g4g_plugin.faces.landmarks import Box, Pixels, box_of
from g4g_plugin.faces.mouth_square import square
from g4g_plugin.faces.references import openness
from g4g_plugin.faces.sight import Eyes, Sight, area, joined, kept_sights, sights

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

NEAR_FRAMES = 12  # how far from the chosen frame a face may be looked for
BOX_TOLERANCE = 0.25  # of the face's size: a point this far outside its box still means it
# eye distances between the lips, 90th percentile over 10th: a photo's mouth, as the mesh sees it
# through noise and camera moves, stays below; whoever speaks a word does not
SPEAKING_MOVEMENT = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A person with what lies around the mouth: squares (N, 64, 64, 3) uint8, the way there from
    the plate, to_square (N, 2, 3); the other faces: in which frames (M,), where (M, 478, 2); and
    the frames `unsure` (K,), in which it is not certain whose face it is. They are not in `track`.
    """

    track: FaceTrack
    squares: Pixels
    to_square: Floats
    other_frames: Frames
    others: Floats
    unsure: Frames

    @property
    def choice(self) -> tuple[float, float, int]:
        """A point that means this person: x, y, file frame index."""
        middle = len(self.track) // 2
        x, y = self.track.mesh[middle, :, :2].mean(axis=0)
        return float(x), float(y), int(self.track.frames[middle])

    @property
    def size(self) -> float:
        """Area times score, summed over the frames: who is large and long in the picture."""
        return float(
            sum(area(box_of(m)) * s for m, s in zip(self.track.mesh, self.track.score, strict=True))
        )

    @property
    def moves(self) -> bool:
        """Whether the mouth moves: never in a photo or a poster."""
        return moves(self.track.mesh)


def moves(mesh: Floats) -> bool:
    """Return whether the mouth of a face (N, 478, 3) moves."""
    low, high = np.percentile(openness(mesh), (10, 90))
    return bool(high - low >= SPEAKING_MOVEMENT)


class _Cast:
    """Everybody in a run of frames, the largest first."""

    def __init__(self, sight: Sight, end: int) -> None:
        self.sight, self.end = sight, end
        self.boxes: list[Box] = [box_of(mesh) for mesh in sight.mesh]
        self.traits = describe(sight.looks)
        cuts = find_cuts(sight.thumbs, sight.first)
        tracks = people.link(sight.frames, self.boxes, self.traits, cuts)
        self._weight = np.array([area(box) for box in self.boxes]) * sight.score
        tracks.sort(key=self._size)
        self.people = people.join(tracks, sight.frames, self.traits)
        self.people.sort(key=self._size)

    def _size(self, rows: list[int]) -> float:
        return -float(self._weight[rows].sum())

    def speaker(self) -> int:
        """Return who is meant where nobody is chosen: the largest whose mouth moves."""
        moving = [n for n, rows in enumerate(self.people) if moves(self.sight.mesh[rows])]
        return moving[0] if moving else 0

    def chosen(self, choice: FaceChoice, start: int) -> int:
        """Return the person a point means."""
        row = _meant(self.sight, self.end, choice, start)
        return next(n for n, rows in enumerate(self.people) if row in rows)

    def followed(self, person: int) -> Followed:
        """Return one of them, steadied."""
        sight = self.sight
        mine = people.certain(self.people, person, sight.frames, self.boxes, self.traits)
        rows = mine.rows
        track = steady(sight.frames[rows], sight.mesh[rows], sight.score[rows])
        others = np.setdiff1d(np.arange(len(sight.frames)), self.people[person])
        squares = np.array([square(mesh) for mesh in sight.mesh[rows]], np.float32)
        return Followed(
            track,
            sight.squares[rows],
            squares,
            sight.frames[others],
            sight.mesh[others, :, :2],
            mine.unsure,
        )


def _outside(box: Box, x: float, y: float) -> float:
    """Return how far a point lies outside a box, in the box's own size; 0 inside."""
    away = max(box[0] - x, x - box[2], 0.0), max(box[1] - y, y - box[3], 0.0)
    return float(np.hypot(*away) / max(np.sqrt(area(box)), 1e-6))


def _meant(sight: Sight, end: int, choice: FaceChoice, start: int) -> int:
    """Return the row of the face a point means: at its frame, else the nearest in time within
    `NEAR_FRAMES`.
    """
    frame = start + (choice.frame or 0)
    if not sight.first <= frame < end:
        raise FaceError(
            "The face is chosen in frame {frame}, which lies outside what is dubbed.",
            tr("Choose it in frames {first} to {end}."),
            frame=frame - start,
            first=sight.first - start,
            end=end - 1 - start,
        )
    gaps = np.abs(sight.frames - frame)
    for gap in np.unique(gaps[gaps <= NEAR_FRAMES]):
        rows = [int(row) for row in np.flatnonzero(gaps == gap)]
        boxes = {row: box_of(sight.mesh[row]) for row in rows}
        hit = [row for row in rows if _outside(boxes[row], choice.x, choice.y) <= BOX_TOLERANCE]
        if hit:
            return min(
                hit,
                key=lambda row: np.hypot(*(sight.mesh[row, :, :2].mean(0) - (choice.x, choice.y))),
            )
    nearest = sight.frames[np.argmin(gaps)]
    centres = [sight.mesh[row, :, :2].mean(0) for row in np.flatnonzero(sight.frames == nearest)]
    places = "; ".join(f"{x:.0f},{y:.0f}@{nearest - start}" for x, y in centres)
    raise FaceError(
        "No face lies at {x},{y} in frame {frame} of the shot.",
        tr("Faces seen: {places}."),
        x=f"{choice.x:g}",
        y=f"{choice.y:g}",
        frame=frame - start,
        places=places,
    )


def steady(frames: Frames, mesh: Floats, score: Floats) -> FaceTrack:
    """Steady a face: its pose is smoothed, run by run without gaps; what lips, jaw and lids do in
    it stays as seen.

    Args:
        frames: (N,) frame numbers, ascending.
        mesh: (N, 478, 3) plate pixels as found.
        score: (N,) 0..1, the finder's certainty.
    """
    measured = crop.fit_pose(mesh)
    steadied = crop.smooth_pose(measured, frames).place(measured.frontal(mesh))
    return FaceTrack(frames, steadied.astype(np.float32), crop.to_crop(mesh, frames), score)


def follow(
    plate: Plate,
    first: int,
    end: int,
    choice: FaceChoice | None,
    progress: Progress,
    cache: Path | None,
    start: int,
) -> FaceTrack:
    """Follow one person as `followed` does; return the track alone.

    Args:
        plate: where the face is.
        first: first frame.
        end: the frame after the last.
        choice: the person; None takes the largest face.
        progress: told of each frame; may raise Cancelled.
        cache: folder of face analyses; None keeps none.
        start: the frame from which a choice's own frame counts.
    """
    return followed(plate, first, end, choice, progress, cache, start).track


def followed(
    plate: Plate,
    first: int,
    end: int,
    choice: FaceChoice | None,
    progress: Progress,
    cache: Path | None,
    start: int,
) -> Followed:
    """Follow one person from frame `first` up to, not with, `end` (file frame indices); frames
    without the face are absent, and so are those in which it is not certain whose face it is.

    Behind a cut, a crossing or an absence a person is taken up again by what the face looks like,
    in whatever light.

    Args:
        plate: the open plate.
        first: file frame index.
        end: file frame index behind the last.
        choice: the face nearest to its point, at its frame counted from `start`; None: of those
            whose mouth moves, the face with the largest area summed over its frames.
        progress: told of every frame, as "faces".
        cache: folder where what is seen is kept, by the plate's digest.
        start: file frame index the choice counts from.

    Raises:
        FaceError: no face in any of these frames, or none where `choice` points.
        MediaError: a frame cannot be decoded.
        Cancelled: `progress` asked to stop.
    """
    cast = _cast(plate, first, end, progress, cache)
    return cast.followed(cast.speaker() if choice is None else cast.chosen(choice, start))


def follow_people(
    plate: Plate,
    first: int,
    end: int,
    choices: Sequence[FaceChoice],
    progress: Progress,
    cache: Path | None,
    start: int,
) -> list[Followed]:
    """Follow several people as `followed` does one, with one look at the frames for all.

    Args:
        plate: the open plate.
        first: file frame index.
        end: file frame index behind the last.
        choices: a point for each person; none twice.
        progress: told of every frame, as "faces".
        cache: folder where what is seen is kept, by the plate's digest.
        start: file frame index the choices count from.

    Returns:
        One for each choice, in their order; no frame's face is in two of them.

    Raises:
        FaceError: no face where a choice points, or two choices mean one person.
        MediaError: a frame cannot be decoded.
        Cancelled: `progress` asked to stop.
    """
    cast = _cast(plate, first, end, progress, cache)
    chosen: dict[int, FaceChoice] = {}
    for choice in choices:
        person = cast.chosen(choice, start)
        if person in chosen:
            one, other = (_place(c) for c in (chosen[person], choice))
            raise FaceError(
                "The faces chosen at {one} and at {other} are one person.",
                tr("Choose another face for one of the lines, or give both lines to one face."),
                one=one,
                other=other,
            )
        chosen[person] = choice
    return [cast.followed(person) for person in chosen]


def follow_everyone(
    plate: Plate, first: int, end: int, progress: Progress, cache: Path | None
) -> list[Followed]:
    """Follow everybody in frames `first` up to `end` as `followed` does one; the largest first.

    Args:
        plate: where the faces are.
        first: first frame.
        end: the frame after the last.
        progress: told of each frame; may raise Cancelled.
        cache: folder of face analyses; None keeps none.

    Raises:
        FaceError: no face in any of these frames.
        MediaError: a frame cannot be decoded.
        Cancelled: `progress` asked to stop.
    """
    cast = _cast(plate, first, end, progress, cache)
    return [cast.followed(person) for person in range(len(cast.people))]


def _cast(plate: Plate, first: int, end: int, progress: Progress, cache: Path | None) -> _Cast:
    with Eyes() as eyes:
        sight = joined(sights(plate, first, end, eyes, progress, cache), first, end)
    if not len(sight.frames):
        raise FaceError(
            "No face was found in frames {first} to {end} of {path}.",
            tr(
                "Faces from about 4 % of the picture's width are found; choose a shot that shows one."
            ),
            first=first,
            end=end - 1,
            path=plate.facts.path.name,
        )
    return _Cast(sight, end)


def _place(choice: FaceChoice) -> str:
    frame = "" if choice.frame is None else f"@{choice.frame}"
    return f"{choice.x:g},{choice.y:g}{frame}"


def recall(
    plate: Plate, first: int, end: int, choice: FaceChoice | None, cache: Path, start: int
) -> tuple[list[Followed], Frames, Floats] | None:
    """Return what following has kept of these frames: the person `choice` points at, or everybody,
    the largest first, where there is none; and frames (M,) and mesh (M, 478, 3) of every face.

    None where it has not looked at all of them, saw no face, or saw none where `choice` points. No
    picture is decoded and no net is opened.
    """
    kept = kept_sights(plate, first, end, cache)
    sight = joined(kept, first, end) if kept else None
    if sight is None or not len(sight.frames):
        return None
    cast = _Cast(sight, end)
    people = range(len(cast.people))
    try:
        chosen = people if choice is None else [cast.chosen(choice, start)]
    except FaceError:
        return None
    return [cast.followed(person) for person in chosen], sight.frames, sight.mesh
