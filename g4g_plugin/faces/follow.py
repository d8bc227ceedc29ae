"""Follow one mouth through a shot: look at every frame once, link the faces, choose one, steady it.

What was seen in a frame depends on that frame and the ones before it in its chunk, never on the
range asked for:
so it is kept per plate and chunk, and a second take or an overlapping range looks at nothing twice.
Linking, choosing and steadying are cheap and done anew.
"""

from __future__ import annotations

import logging
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import FaceError, MediaError
from g4g_plugin.core.face import MESH_POINTS, FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.progress import Progress
from g4g_plugin.core.shot import FaceChoice
from g4g_plugin.core.words import tr
from g4g_plugin.faces import crop
from g4g_plugin.faces.detect import FaceDetector, overlap
from g4g_plugin.faces.landmarks import Box, FaceMesh, Pixels, box_of
from g4g_plugin.faces.mouth_square import SIDE, cut_square, square

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

ROWS = ("thumbs", "frames", "mesh", "score", "looks", "squares")  # of a Sight, as they are kept

log = logging.getLogger(__name__)

VERSION = 3  # of what is kept in the cache; a change of models, chunks or meaning counts it up
CHUNK = 32  # frames looked at in one go, from multiples of it
LOOK = 4  # frames between looks at the whole picture for new faces
LOOK_HARD = 16  # frames between looks at tiles of it too, for small ones
MOST_FACES = 8  # the largest ones of a frame
SAME = 0.5  # overlap of two meshes from which they are one face
NARROWEST = 12  # plate pixels; a mouth in a smaller face cannot be told from noise
THUMB = (32, 18)  # width, height of what cuts are seen in
CUT, CUT_RATIO = (
    10.0,
    4.0,
)  # mean change of the thumbnail, of 255; and over the median of the changes around it
REACH, REACH_FAR = (
    0.6,
    1.0,
)  # a face moves this many of its own sizes from frame to frame; over a gap
GROWTH = 1.8  # ... and grows or shrinks by no more than this factor
LONGEST_AWAY = 250  # frames; a face that was away for longer is known again by its look alone
MOST_TRACKS = 64  # of a crowd, the largest, are compared by their looks
NEAR_FRAMES = 12  # how far from the chosen frame a face may be looked for
LOOK_SIDE = 16  # pixels of the small picture of each face by which a person is known again
ALIKE, TINGE = (
    0.85,
    15.0,
)  # least correlation and largest mean difference (of 255) of two pictures of one person:
# over 36 people of ../shared/data 80 % of one person's pairs in a clip pass, and none of 630 pairs
# of two people
SAMPLES = 5  # pictures compared of each track
BESIDE = 0.25  # of the face's size: a point this far outside its box still means it


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was seen in a run of frames: every face of every frame, and a thumbnail to see cuts in.

    thumbs (T, 18, 32, 3) uint8, frame `first` is thumbs[0]; frames (M,), mesh (M, 478, 3), score
    (M,), a small picture of the face, looks (M, 16, 16, 3) uint8, and one of its mouth
    (mouth_square.py), squares (M, 64, 64, 3) uint8: one row a face.
    """

    first: int
    thumbs: Pixels
    frames: Frames
    mesh: Floats
    score: Floats
    looks: Pixels
    squares: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A face with what lies around its mouth: squares (N, 64, 64, 3) uint8, the way there from the
    plate, to_square (N, 2, 3); and the other faces: in which frames (M,), where (M, 478, 2).
    """

    track: FaceTrack
    squares: Pixels
    to_square: Floats
    other_frames: Frames
    others: Floats


class _Eyes:
    """Both nets, opened when first needed: where everything is in the cache, neither is."""

    def __init__(self) -> None:
        self._nets: tuple[FaceDetector, FaceMesh] | None = None

    def __enter__(self) -> _Eyes:
        return self

    def __exit__(self, *_: object) -> None:
        for net in self._nets or ():
            net.close()
        self._nets = None

    def see(
        self, rgb: Pixels, before: list[Floats], look: bool, hard: bool, expect: int
    ) -> list[tuple[Floats, float]]:
        """Return the faces of a picture: those of the frame `before`, and new ones where it is time
        to look.
        """
        if self._nets is None:
            self._nets = FaceDetector(), FaceMesh()
        detector, mesh = self._nets
        faces: list[tuple[Floats, float]] = []
        for old in before:
            _add(faces, mesh(rgb, near=old), rgb.shape)
        if look or hard or len(faces) < max(expect, 1):
            for found in detector(rgb, thorough=hard):
                if all(overlap(found.box, box_of(face)) < SAME for face, _ in faces):
                    _add(faces, mesh(rgb, found.box), rgb.shape)
        return sorted(faces, key=lambda face: -_area(box_of(face[0])))[:MOST_FACES]


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _add(
    faces: list[tuple[Floats, float]], face: tuple[Floats, float] | None, shape: tuple[int, ...]
) -> None:
    """Add a face unless it is none, too small, outside the picture, or there already."""
    if face is None:
        return
    box = box_of(face[0])
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    inside = 0 <= x < shape[1] and 0 <= y < shape[0]
    if (
        inside
        and box[2] - box[0] >= NARROWEST
        and all(overlap(box, box_of(other)) < SAME for other, _ in faces)
    ):
        faces.append(face)


def _thumb(rgb: Pixels) -> Pixels:
    step = max(1, min(rgb.shape[0] // (4 * THUMB[1]), rgb.shape[1] // (4 * THUMB[0])))
    few = np.ascontiguousarray(rgb[::step, ::step])
    return np.asarray(cv2.resize(few, THUMB, interpolation=cv2.INTER_AREA), np.uint8)


def _look(rgb: Pixels, mesh: Floats) -> Pixels:
    left, top, right, bottom = (max(round(edge), 0) for edge in box_of(mesh))
    face = rgb[top : bottom + 1, left : right + 1]
    return np.asarray(
        cv2.resize(face, (LOOK_SIDE, LOOK_SIDE), interpolation=cv2.INTER_AREA), np.uint8
    )


def _changes(thumbs: Pixels) -> NDArray[np.float64]:
    """Return the mean change of each thumbnail from the one before, 0..255; the first has none."""
    change = np.abs(np.diff(thumbs.astype(np.int16), axis=0)).mean((1, 2, 3))
    return np.concatenate([[0.0], change])


def _look_at(
    pictures: Iterable[Picture], first: int, eyes: _Eyes, told: Callable[[int], None]
) -> Sight:
    """See every face of these pictures; one picture is in memory at a time."""
    thumbs: list[Pixels] = []
    faces: list[tuple[int, Floats, float, Pixels, Pixels]] = []
    before: list[Floats] = []
    expect = 0
    for n, picture in enumerate(pictures):
        rgb = picture.rgb8()
        thumbs.append(_thumb(rgb))
        cut = n > 0 and float(_changes(np.stack(thumbs[-2:]))[1]) > CUT
        if cut:
            before, expect = [], 0
        seen = eyes.see(rgb, before, n % LOOK == 0, cut or n % LOOK_HARD == 0, expect)
        before = [mesh for mesh, _ in seen]
        expect = max(expect, len(before))
        faces += [
            (first + n, mesh, score, _look(rgb, mesh), cut_square(rgb, square(mesh)))
            for mesh, score in seen
        ]
        told(first + n)
    return Sight(
        first,
        np.array(thumbs, np.uint8).reshape(len(thumbs), THUMB[1], THUMB[0], 3),
        np.array([face[0] for face in faces], np.int64),
        np.array([face[1] for face in faces], np.float32).reshape(len(faces), MESH_POINTS, 3),
        np.array([face[2] for face in faces], np.float32),
        np.array([face[3] for face in faces], np.uint8).reshape(
            len(faces), LOOK_SIDE, LOOK_SIDE, 3
        ),
        np.array([face[4] for face in faces], np.uint8).reshape(len(faces), SIDE, SIDE, 3),
    )


def _load(path: Path | None) -> Sight | None:
    if path is None or not path.exists():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return Sight(int(kept["first"]), *(kept[name] for name in ROWS))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as err:
        log.warning("The face cache %s is unreadable and made anew: %s", path, err)
        return None


def _save(path: Path | None, sight: Sight) -> None:
    """Keep a chunk, whole or not at all; without room for it the work goes on."""
    if path is None:
        return
    part = path.with_name(f"{path.stem}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, **{name: getattr(sight, name) for name in Sight.__slots__})
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as err:
        log.warning("The face cache %s cannot be written: %s", path, err)
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _chunk_path(plate: Plate, chunk: int, cache: Path | None) -> Path | None:
    return cache and cache / f"faces-v{VERSION}" / plate.digest() / f"{chunk:08d}.npz"


def _sights(
    plate: Plate, first: int, end: int, eyes: _Eyes, progress: Progress, cache: Path | None
) -> Iterator[Sight]:
    """Yield what is seen in the chunks that hold frames `first` up to `end`, from the cache or by
    looking.
    """
    digest_paths = {
        c: _chunk_path(plate, c, cache) for c in range(first // CHUNK * CHUNK, end, CHUNK)
    }
    last = max(end, plate.facts.count)
    pictures: Iterator[Picture] | None = None

    def told(frame: int) -> None:
        progress.step("faces", min(max(frame + 1 - first, 0), end - first), end - first)

    for chunk, path in digest_paths.items():
        stop = min(chunk + CHUNK, last)
        sight = _load(path)
        if sight is None or sight.first != chunk or len(sight.thumbs) != stop - chunk:
            pictures = pictures or plate.read(chunk, min(-(-end // CHUNK) * CHUNK, last) - chunk)
            try:
                sight = _look_at(islice(pictures, stop - chunk), chunk, eyes, told)
                _save(path, sight)
            except MediaError:
                low, high = max(chunk, first), min(stop, end)
                if (low, high) == (chunk, stop):
                    # the damage may lie outside what was asked for: only then is there more to try
                    raise
                sight, pictures = _look_at(plate.read(low, high - low), low, eyes, told), None
        else:
            pictures = None
        told(stop - 1)
        yield sight


def _seen(sights: Iterable[Sight], first: int, end: int) -> Sight:
    """Join chunks and keep what was asked for."""
    chunks = list(sights)
    thumbs, frames, *rest = (np.concatenate([getattr(s, name) for s in chunks]) for name in ROWS)
    keep = slice(*np.searchsorted(frames, (first, end)))
    begin = chunks[0].first
    return Sight(
        first, thumbs[first - begin : end - begin], frames[keep], *(rows[keep] for rows in rest)
    )


def find_cuts(thumbs: Pixels, first: int) -> Frames:
    """Return the frames that begin a new picture: a change that is large, and far larger than those
    around it.
    """
    change = _changes(thumbs)
    cuts = []
    for i in np.flatnonzero(change > CUT):
        around = np.concatenate([change[max(i - 4, 1) : i], change[i + 1 : i + 5]])
        if not len(around) or change[i] > CUT_RATIO * float(np.median(around)):
            cuts.append(first + int(i))
    return np.array(cuts, np.int64)


def _apart(old: Box, new: Box, gap: int) -> float:
    """Return how far a face would have moved, 1 = as far as is believed; infinite where its size
    does not fit.
    """
    sizes = np.sqrt(_area(old)), np.sqrt(_area(new))
    if max(sizes) > GROWTH * min(sizes):
        return np.inf
    away = np.hypot(old[0] + old[2] - new[0] - new[2], old[1] + old[3] - new[1] - new[3]) / 2
    return float(away / (max(sizes) * (REACH if gap <= 2 else REACH_FAR)))


def link(frames: Frames, mesh: Floats, cuts: Frames) -> list[list[int]]:
    """Link faces (one row each) to tracks: lists of rows, each a person. Nothing is linked across a
    cut.

    Nearest pairs first; within a scene a face that was away is taken up again where it was last
    seen.
    """
    boxes = [box_of(m) for m in mesh]
    scene = np.searchsorted(cuts, frames, side="right")
    tracks: list[list[int]] = []
    alive: list[list[int]] = []
    for frame in np.unique(frames):
        rows = range(*np.searchsorted(frames, (frame, frame + 1)))
        alive = [
            t
            for t in alive
            if scene[t[-1]] == scene[rows[0]] and frame - frames[t[-1]] <= LONGEST_AWAY
        ]
        pairs = [
            (_apart(boxes[track[-1]], boxes[row], int(frame - frames[track[-1]])), t, row)
            for t, track in enumerate(alive)
            for row in rows
        ]
        taken: set[int] = set()
        grown: set[int] = set()
        for away, t, row in sorted(pairs):
            if away < 1 and t not in grown and row not in taken:
                alive[t].append(row)
                grown.add(t)
                taken.add(row)
        new = [[row] for row in rows if row not in taken]
        tracks, alive = tracks + new, alive + new
    return tracks


def _alike(some: Pixels, others: Pixels) -> float:
    """Return how well two tracks' faces agree, the best of all pairs: a correlation, 0 where the
    colours differ.
    """
    a, b = (looks.reshape(len(looks), -1, 3).astype(np.float64) for looks in (some, others))
    tinge = np.abs(a[:, None] - b[None]).mean((2, 3))
    a, b = (x - x.mean(1, keepdims=True) for x in (a, b))
    power = np.sqrt(np.einsum("ipc,ipc->i", a, a)[:, None] * np.einsum("ipc,ipc->i", b, b))
    alike = np.einsum("ipc,jpc->ij", a, b) / np.maximum(power, 1e-6)
    return float(np.where(tinge < TINGE, alike, 0.0).max())


def _few(track: list[int]) -> list[int]:
    return [track[i] for i in np.linspace(0, len(track) - 1, min(SAMPLES, len(track))).astype(int)]


def join(tracks: list[list[int]], frames: Frames, looks: Pixels) -> list[list[int]]:
    """Join the tracks that show one person: never seen at the same time, and looking the same.
    Likest first.

    Of more than `MOST_TRACKS` only the first are compared.
    """
    sets = [set(frames[track].tolist()) for track in tracks]
    pairs = []
    for i, track in enumerate(tracks[:MOST_TRACKS]):
        for j in range(i):
            if sets[i].isdisjoint(sets[j]):
                alike = _alike(looks[_few(track)], looks[_few(tracks[j])])
                pairs += [(alike, i, j)] if alike >= ALIKE else []
    people = list(range(len(tracks)))
    for _, i, j in sorted(pairs, reverse=True):
        a, b = people[i], people[j]
        if a != b and sets[a].isdisjoint(sets[b]):
            sets[b] |= sets[a]
            people = [b if person == a else person for person in people]
    return [
        sorted(row for t, track in enumerate(tracks) if people[t] == person for row in track)
        for person in dict.fromkeys(people)
    ]


def _outside(box: Box, x: float, y: float) -> float:
    """Return how far a point lies outside a box, in the box's own size; 0 inside."""
    away = max(box[0] - x, x - box[2], 0.0), max(box[1] - y, y - box[3], 0.0)
    return float(np.hypot(*away) / max(np.sqrt(_area(box)), 1e-6))


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
        hit = [row for row in rows if _outside(boxes[row], choice.x, choice.y) <= BESIDE]
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


def _choose(sight: Sight, end: int, choice: FaceChoice | None, start: int) -> list[int]:
    """Return the rows of the face to move: the one chosen, else the largest sum of area x score
    over the frames.
    """
    tracks = link(sight.frames, sight.mesh, find_cuts(sight.thumbs, sight.first))
    weight = np.array([_area(box_of(mesh)) for mesh in sight.mesh]) * sight.score
    tracks.sort(key=lambda track: -float(weight[track].sum()))
    tracks = join(tracks, sight.frames, sight.looks)
    if choice is not None:
        row = _meant(sight, end, choice, start)
        return next(track for track in tracks if row in track)
    return max(tracks, key=lambda track: float(weight[track].sum()))


def steady(frames: Frames, mesh: Floats, score: Floats) -> FaceTrack:
    """Steady a face: its pose is smoothed, run by run without gaps; what lips, jaw and lids do in
    it stays as seen.
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
    """Follow one face as `followed` does; return its track alone."""
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
    """Follow one face from frame `first` up to, not with, `end` (file frame indices); frames
    without it are absent.

    choice: the face nearest to its point, at its frame counted from `start`; None: the face with
    the largest area summed over the frames it is seen in. Behind a hard cut, or back in the picture
    elsewhere, a face is taken up again only where it looks like the same person in the same light.
    What is seen is kept in folder `cache` by the plate's digest; progress is told of every frame,
    as "faces".

    Raises:
        FaceError: no face in any of these frames, or none where `choice` points.
        MediaError: a frame cannot be decoded.
        Cancelled: `progress` asked to stop.
    """
    with _Eyes() as eyes:
        sight = _seen(_sights(plate, first, end, eyes, progress, cache), first, end)
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
    rows = _choose(sight, end, choice, start)
    track = steady(sight.frames[rows], sight.mesh[rows], sight.score[rows])
    others = np.setdiff1d(np.arange(len(sight.frames)), rows)
    squares = np.array([square(mesh) for mesh in sight.mesh[rows]], np.float32)
    return Followed(
        track, sight.squares[rows], squares, sight.frames[others], sight.mesh[others, :, :2]
    )


def recall(
    plate: Plate, first: int, end: int, choice: FaceChoice | None, cache: Path, start: int
) -> tuple[FaceTrack, Frames, Floats] | None:
    """Return what `follow` has kept of these frames: its track, and frames (M,) and mesh (M, 478,
    3) of every face.

    None where it has not looked at all of them, saw no face, or saw none where `choice` points. No
    picture is decoded and no net is opened.
    """
    last = max(end, plate.facts.count)
    sights: list[Sight] = []
    for chunk in range(first // CHUNK * CHUNK, end, CHUNK):
        sight = _load(_chunk_path(plate, chunk, cache))
        if (
            sight is None
            or sight.first != chunk
            or len(sight.thumbs) != min(chunk + CHUNK, last) - chunk
        ):
            return None
        sights.append(sight)
    sight = _seen(sights, first, end)
    if not len(sight.frames):
        return None
    try:
        rows = _choose(sight, end, choice, start)
    except FaceError:
        return None
    return steady(sight.frames[rows], sight.mesh[rows], sight.score[rows]), sight.frames, sight.mesh
