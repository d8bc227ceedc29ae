"""From faces to people: a track is a person, not a place.

Faces of neighbouring frames are linked where they are near and look the same; the pieces that
crossings, cuts and absences leave are joined by what people look like (appearance.py), whatever the
light. Two people are never one because they stand at one place, and where it is not certain whose
face it is, the frames are named instead of guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.faces.landmarks import Box
from g4g_plugin.faces.sight import area

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

# Likeness (product of two descriptions) over 43 training people, two thirds taught, one third
# measured, in seven lights: of one person's pairs 95 % reach .45 and 99 % .36; of two people's
# half stay under .1, 99 % under .4, all under .5.
SAME_PERSON = 0.45  # from here on pieces are joined
STRANGER_LIKENESS = 0.25  # below it they are two people; between the two it is not certain
GONE_ON_WITH = 0.3  # least likeness of a face that was away and is back at its place
CLOSE_BY = 0.1  # ... and from frame to frame: turned, blurred or half hidden, it is still there
# Likeness of a face with its person below which another one beside it is suspected
DOUBTFUL_LIKENESS = 0.35
UNKNOWN_LIKENESS = 0.5  # taken for a face of which too little is in the picture
# A face moves this many of its own sizes from frame to frame; over a gap
FRAME_REACH, GAP_REACH = (0.6, 1.0)
GROWTH_LIMIT = 1.8  # ... and grows or shrinks by no more than this factor
SHORT_GAP = 2  # frames that count as neighbours
LONGEST_AWAY = 250  # frames; a face that was away for longer is known again by its look alone
REMEMBERED_FACES = 50  # faces that a track's likeness is the mean of
STRAY_FACES = 6  # faces in a row unlike their track that are somebody else's
MOST_TRACKS = 64  # of a crowd, the largest, are compared
COMPARED_FACES = 7  # faces compared of each track
# Face sizes and frames within which another person may be mistaken
MISTAKEN_REACH, MISTAKEN_FRAMES = (2.0, 12)


@dataclass(slots=True)
class _Track:
    """Rows that are one person, and what they look like on the whole."""

    rows: list[int]
    likeness: Floats
    count: int = 1
    astray: list[int] = field(default_factory=list)

    def add(self, row: int, traits: Floats) -> _Track | None:
        """Take a row in; return a track of its own where the last rows are somebody else's."""
        self.rows.append(row)
        if self.count > SHORT_GAP and _likeness(self.likeness, traits[row]) < CLOSE_BY:
            self.astray.append(row)
        else:
            self.astray = []
        if self.count <= SHORT_GAP or _likeness(self.likeness, traits[row]) >= STRANGER_LIKENESS:
            self.count = min(self.count + 1, REMEMBERED_FACES)
            self.likeness = self.likeness + (traits[row] - self.likeness) / self.count
        if len(self.astray) < STRAY_FACES:
            return None
        self.rows, other = self.rows[:-STRAY_FACES], self.astray
        self.astray = []
        return _Track(other, traits[other].mean(0), len(other))


def _likeness(one: Floats, other: Floats) -> float:
    """Return how alike two descriptions or means of them are; `UNKNOWN_LIKENESS` where one says
    nothing.
    """
    length = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / length if length > 1e-6 else UNKNOWN_LIKENESS


def _apart(old: Box, new: Box, gap: int) -> float:
    """Return how far a face would have moved, 1 = as far as is believed; infinite where its size
    does not fit.
    """
    sizes = np.sqrt(area(old)), np.sqrt(area(new))
    if max(sizes) > GROWTH_LIMIT * min(sizes):
        return np.inf
    away = np.hypot(old[0] + old[2] - new[0] - new[2], old[1] + old[3] - new[1] - new[3]) / 2
    return float(away / (max(sizes) * (FRAME_REACH if gap <= SHORT_GAP else GAP_REACH)))


def _cost(track: _Track, row: int, gap: int, boxes: Sequence[Box], traits: Floats) -> float:
    """Return what speaks against a row going on with a track; infinite where it does not."""
    last = track.rows[-1]
    apart = _apart(boxes[last], boxes[row], gap)
    if apart >= 1:
        return np.inf
    alike = _likeness(track.likeness, traits[row])
    if gap <= SHORT_GAP:
        alike = max(alike, _likeness(traits[last], traits[row]))
    if alike < (CLOSE_BY if gap <= SHORT_GAP else GONE_ON_WITH):
        return np.inf
    return apart + 1 - alike


def link(frames: Frames, boxes: Sequence[Box], traits: Floats, cuts: Frames) -> list[list[int]]:
    """Link faces (one row each) to tracks: lists of rows, each a person. Nothing is linked across a
    cut.

    The pairs that fit best go first; within a scene a face that was away is taken up again where it
    was last seen.

    Args:
        frames: (M,) ascending.
        boxes: of each face.
        traits: (M, K), what each looks like (appearance.describe).
        cuts: frames that begin a new picture.
    """
    scene = np.searchsorted(cuts, frames, side="right")
    tracks: list[_Track] = []
    alive: list[_Track] = []
    for frame in np.unique(frames):
        rows = range(*np.searchsorted(frames, (frame, frame + 1)))
        alive = [
            t
            for t in alive
            if scene[t.rows[-1]] == scene[rows[0]] and frame - frames[t.rows[-1]] <= LONGEST_AWAY
        ]
        new = _grown(
            alive,
            rows,
            {t: int(frame - frames[x.rows[-1]]) for t, x in enumerate(alive)},
            boxes,
            traits,
        )
        tracks, alive = tracks + new, alive + new
    return [track.rows for track in tracks]


def _grown(
    alive: list[_Track],
    rows: range,
    gaps: dict[int, int],
    boxes: Sequence[Box],
    traits: Floats,
) -> list[_Track]:
    """Give the rows of a frame to the tracks they fit best; return the tracks that begin."""
    pairs = [
        (_cost(track, row, gaps[t], boxes, traits), t, row)
        for t, track in enumerate(alive)
        for row in rows
    ]
    taken: set[int] = set()
    grown: set[int] = set()
    new: list[_Track] = []
    for cost, t, row in sorted(pairs):
        if np.isfinite(cost) and t not in grown and row not in taken:
            other = alive[t].add(row, traits)
            new += [other] if other else []
            grown.add(t)
            taken.add(row)
    return new + [_Track([row], traits[row]) for row in rows if row not in taken]


def few(track: list[int], count: int = COMPARED_FACES) -> list[int]:
    """Return some rows spread over a track."""
    return [track[i] for i in np.linspace(0, len(track) - 1, min(count, len(track))).astype(int)]


def likenesses(tracks: Sequence[list[int]], traits: Floats) -> NDArray[np.float64]:
    """Return how alike tracks are, (T, T): the mean over pairs of some of their faces."""
    sampled = [traits[few(track)] for track in tracks]
    shown = [rows[np.linalg.norm(rows, axis=1) > 0] for rows in sampled]
    means = [rows.mean(0) if len(rows) else np.zeros(traits.shape[1]) for rows in shown]
    return np.stack(means).astype(np.float64) @ np.stack(means).astype(np.float64).T


def join(tracks: list[list[int]], frames: Frames, traits: Floats) -> list[list[int]]:
    """Join the tracks that show one person: never seen at the same time, and alike on the whole.
    The most alike are joined first.

    Of more than `MOST_TRACKS` only the first are compared.

    Args:
        tracks: rows of each track.
        frames: (N,) frame number of each row.
        traits: (N, D) appearance of each row.
    """
    people = [sorted(track) for track in tracks[:MOST_TRACKS]]
    while len(people) > 1:
        alike = likenesses(people, traits)
        sets = [set(frames[rows].tolist()) for rows in people]
        pairs = [
            (alike[i, j], i, j)
            for i in range(len(people))
            for j in range(i)
            if alike[i, j] >= SAME_PERSON and sets[i].isdisjoint(sets[j])
        ]
        if not pairs:
            break
        _, i, j = max(pairs)
        people[j] = sorted(people[j] + people.pop(i))
    return people + [sorted(track) for track in tracks[MOST_TRACKS:]]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """The rows that are certainly one person's, and the frames in which that is not certain."""

    rows: NDArray[np.int64]
    unsure: Frames


def certain(
    people: list[list[int]], mine: int, frames: Frames, boxes: Sequence[Box], traits: Floats
) -> Person:
    """Take out of a person's rows those that may be somebody else's, and name the frames where
    somebody seen may be this person.

    Args:
        people: rows of each, as `join` gives them.
        mine: which of them.
        frames: (M,) of all rows.
        boxes: of all rows.
        traits: (M, K) of all rows.
    """
    rows = np.array(people[mine], np.int64)
    whole = [traits[few(person, REMEMBERED_FACES)].mean(0) for person in people]
    others = [row for n, person in enumerate(people) if n != mine for row in person]
    doubtful = [
        _likeness(whole[mine], traits[row]) < DOUBTFUL_LIKENESS
        and _beset(row, others, frames, boxes)
        for row in rows
    ]
    sure = rows[~np.array(doubtful, bool)]
    if not len(sure):
        return Person(rows, np.array([], np.int64))
    unsure = set(frames[rows].tolist()) - set(frames[sure].tolist())
    for n, person in enumerate(people):
        alike = [_likeness(whole[n], other) for other in whole]
        alike[n] = -1.0
        if (
            n != mine
            and STRANGER_LIKENESS <= alike[mine] < SAME_PERSON
            and alike[mine] == max(alike)
        ):
            unsure |= set(frames[person].tolist())
    return Person(sure, np.array(sorted(unsure - set(frames[sure].tolist())), np.int64))


def _beset(row: int, others: Sequence[int], frames: Frames, boxes: Sequence[Box]) -> bool:
    """Return whether another person was near this face shortly before or after."""
    left, top, right, bottom = boxes[row]
    size = np.sqrt(area(boxes[row]))
    for other in others:
        if abs(int(frames[other] - frames[row])) <= MISTAKEN_FRAMES:
            x, y = boxes[other][0] + boxes[other][2], boxes[other][1] + boxes[other][3]
            if np.hypot(x - left - right, y - top - bottom) / 2 < MISTAKEN_REACH * size:
                return True
    return False
