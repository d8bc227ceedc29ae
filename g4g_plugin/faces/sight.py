"""What is to be seen in a plate: every face of every frame, looked at once and kept.

What is seen in a frame depends on that frame and the ones before it in its chunk, never on the
range asked for: so it is kept per plate and chunk, and a second take or an overlapping range looks
at nothing twice.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.face import MESH_POINTS
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.progress import Progress
from g4g_plugin.faces.appearance import SKIN_PLACES, unwrap
from g4g_plugin.faces.cuts import CUT_CHANGE, THUMBNAIL_SIZE, changes, same_scene, thumbnail
from g4g_plugin.faces.detect import FaceDetector, Found, overlap
from g4g_plugin.faces.landmarks import Box, FaceMesh, Pixels, box_of, roll_of
from g4g_plugin.faces.mouth_square import SQUARE_PIXELS, cut_square, square

Floats = NDArray[np.float32]
Frames = NDArray[np.int64]

# Of a Sight, as they are kept
SIGHT_ARRAYS = ("thumbs", "frames", "mesh", "score", "looks", "squares")

log = logging.getLogger(__name__)

# Of what is kept in the cache; a change of models, chunks or meaning counts it up
CACHE_VERSION = 6
CHUNK_FRAMES = 32  # frames looked at in one go, from multiples of it
LOOK_INTERVAL = 4  # frames between looks at the whole picture for new faces
LOOK_HARD = 16  # frames between looks at tiles of it too, for small ones
MOST_FACES = 8  # the largest ones of a frame
SAME_MESH_OVERLAP = 0.5  # overlap of two meshes from which they are one face
FACE_PIXELS_LEAST = 12  # plate pixels; a mouth in a smaller face cannot be told from noise
TILT_LIMIT = np.radians(40)  # a head that far over is looked for with the picture turned
LEAST_TURNED = 0.6  # detector's score from which a face in a turned picture is believed
# the mesh's score of a face the right way up is 1 to within float32; of 47 people's faces seen the
# wrong way up the best had 1 - 6e-7
UPRIGHT_SCORE = 1 - 1e-6
# Faces 20 pixels high, turned, reach 1 - 2e-5; ghosts of upright ones 1 - 7e-5
TURNED_SCORE = 1 - 3e-5
FLASH_FRAMES = 3  # frames; a scene that is back after so few is gone on with


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was seen in a run of frames: every face of every frame, and a thumbnail to see cuts in.

    thumbs (T, 18, 32, 3) uint8, frame `first` is thumbs[0]; frames (M,), mesh (M, 478, 3), score
    (M,), what each face looks like unwrapped (appearance.py), looks (M, 396) uint8, and a picture
    of its mouth (mouth_square.py), squares (M, 64, 64, 3) uint8: one row a face.
    """

    first: int
    thumbs: Pixels
    frames: Frames
    mesh: Floats
    score: Floats
    looks: Pixels
    squares: Pixels


@dataclass(frozen=True, slots=True)
class _Search:
    """Where faces are looked for in a frame: where those `before` were, and in the whole picture."""

    before: list[Floats]
    whole: bool = False  # in the whole picture, also where nobody is missed
    tiles: bool = False  # in tiles of it too
    turned: bool = False  # with the picture turned too
    expect: int = 0  # faces that were there


class Eyes:
    """Both nets, opened when first needed: where everything is in the cache, neither is."""

    def __init__(self) -> None:
        self._nets: tuple[FaceDetector, FaceMesh] | None = None

    def __enter__(self) -> Eyes:
        return self

    def __exit__(self, *_: object) -> None:
        for net in self._nets or ():
            net.close()
        self._nets = None

    def see(self, rgb: Pixels, search: _Search) -> list[tuple[Floats, float]]:
        """Return the faces of a picture, largest first: mesh and score."""
        if self._nets is None:
            self._nets = FaceDetector(), FaceMesh()
        detector, mesh = self._nets
        faces: list[tuple[Floats, float]] = []
        for old in search.before:
            _add(faces, mesh(rgb, near=old), rgb.shape)
        known = len(faces)
        if search.whole or search.tiles or known < max(search.expect, 1):
            self._find(faces, rgb, detector(rgb, thorough=search.tiles, hard=not faces))
        missed = len(faces) < max(search.expect, 1)
        tilted = any(abs(roll_of(old)) > TILT_LIMIT for old in search.before)
        doubtful = any(score < UPRIGHT_SCORE for _, score in faces[known:])
        if search.turned or doubtful or (missed and (tilted or (search.whole and not faces))):
            seen = detector.turned(rgb, thorough=search.tiles and not faces)
            for face in (face for face in seen if face.score >= LEAST_TURNED):
                found = mesh(rgb, face.box, roll=face.roll)
                if found is not None and found[1] >= TURNED_SCORE:
                    faces = _without_ghosts(faces, found)
                    _add(faces, found, rgb.shape)
        return sorted(faces, key=lambda face: -area(box_of(face[0])))[:MOST_FACES]

    def _find(self, faces: list[tuple[Floats, float]], rgb: Pixels, detected: list[Found]) -> None:
        """Add the meshes of detected faces that are not there yet."""
        assert self._nets is not None
        mesh = self._nets[1]
        for face in detected:
            if all(overlap(face.box, box_of(other)) < SAME_MESH_OVERLAP for other, _ in faces):
                _add(faces, mesh(rgb, face.box, roll=face.roll), rgb.shape)


def _without_ghosts(
    faces: list[tuple[Floats, float]], turned: tuple[Floats, float]
) -> list[tuple[Floats, float]]:
    """Drop what the nets see the wrong way up where a turned face lies: it scores less."""
    box = box_of(turned[0])
    return [
        (mesh, score)
        for mesh, score in faces
        if score >= turned[1] or overlap(box_of(mesh), box) < SAME_MESH_OVERLAP
    ]


def area(box: Box) -> float:
    """Return how many pixels a box holds."""
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
        and box[2] - box[0] >= FACE_PIXELS_LEAST
        and all(overlap(box, box_of(other)) < SAME_MESH_OVERLAP for other, _ in faces)
    ):
        faces.append(face)


@dataclass(slots=True)
class _Memory:
    """What the last frames of a chunk have shown: thumbnails and meshes, the newest last."""

    thumbs: list[Pixels] = field(default_factory=list)
    meshes: list[list[Floats]] = field(default_factory=list)
    expect: int = 0

    def search(self, n: int, thumb: Pixels) -> _Search:
        """Return where faces are looked for in frame `n` of the chunk."""
        begins = not self.thumbs
        before = self.meshes[-1] if self.meshes else []
        if not begins and float(changes(np.stack([self.thumbs[-1], thumb]))[1]) > CUT_CHANGE:
            known = zip(self.thumbs[::-1], self.meshes[::-1], strict=True)
            same = next((meshes for old, meshes in known if same_scene(old, thumb)), None)
            begins = same is None
            before = same or []
            self.expect = len(before)
        return _Search(
            before,
            n % LOOK_INTERVAL == 0,
            begins or n % LOOK_HARD == 0,
            begins,
            max(self.expect, 0),
        )

    def keep(self, thumb: Pixels, meshes: list[Floats]) -> None:
        """Take in what a frame has shown."""
        self.thumbs = [*self.thumbs, thumb][-FLASH_FRAMES:]
        self.meshes = [*self.meshes, meshes][-FLASH_FRAMES:]
        self.expect = max(self.expect, len(meshes))


def _look_at(
    pictures: Iterable[Picture], first: int, eyes: Eyes, told: Callable[[int], None]
) -> Sight:
    """See every face of these pictures; one picture is in memory at a time."""
    thumbs: list[Pixels] = []
    faces: list[tuple[int, Floats, float, Pixels, Pixels]] = []
    memory = _Memory()
    for n, picture in enumerate(pictures):
        rgb = picture.rgb8()
        thumbs.append(thumbnail(rgb))
        seen = eyes.see(rgb, memory.search(n, thumbs[-1]))
        memory.keep(thumbs[-1], [mesh for mesh, _ in seen])
        faces += [
            (first + n, mesh, score, unwrap(rgb, mesh), cut_square(rgb, square(mesh)))
            for mesh, score in seen
        ]
        told(first + n)
    return Sight(
        first,
        np.array(thumbs, np.uint8).reshape(len(thumbs), THUMBNAIL_SIZE[1], THUMBNAIL_SIZE[0], 3),
        np.array([face[0] for face in faces], np.int64),
        np.array([face[1] for face in faces], np.float32).reshape(len(faces), MESH_POINTS, 3),
        np.array([face[2] for face in faces], np.float32),
        np.array([face[3] for face in faces], np.uint8).reshape(len(faces), len(SKIN_PLACES)),
        np.array([face[4] for face in faces], np.uint8).reshape(
            len(faces), SQUARE_PIXELS, SQUARE_PIXELS, 3
        ),
    )


def _load(path: Path | None) -> Sight | None:
    if path is None or not path.exists():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return Sight(int(kept["first"]), *(kept[name] for name in SIGHT_ARRAYS))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as err:
        log.warning("The face cache %s is unreadable and made anew: %s", path, err)
        return None


def _save(path: Path | None, sight: Sight) -> None:
    """Keep a chunk, whole or not at all; without room for it the work goes on."""
    if path is None:
        return
    try:
        with whole_file(path) as file:
            np.savez(file, **{name: getattr(sight, name) for name in Sight.__slots__})
    except OSError as err:
        log.warning("The face cache %s cannot be written: %s", path, err)


def _chunk_path(plate: Plate, chunk: int, cache: Path | None) -> Path | None:
    return cache and cache / f"faces-v{CACHE_VERSION}" / plate.digest() / f"{chunk:08d}.npz"


def sights(
    plate: Plate, first: int, end: int, eyes: Eyes, progress: Progress, cache: Path | None
) -> Iterator[Sight]:
    """Yield what is seen in the chunks that hold frames `first` up to `end`, from the cache or by
    looking.

    Args:
        plate: where to look.
        first: first frame.
        end: the frame after the last.
        eyes: what looks.
        progress: told of each frame; may raise Cancelled.
        cache: folder of face analyses; None keeps none.
    """
    digest_paths = {
        c: _chunk_path(plate, c, cache)
        for c in range(first // CHUNK_FRAMES * CHUNK_FRAMES, end, CHUNK_FRAMES)
    }
    last = max(end, plate.facts.count)
    pictures: Iterator[Picture] | None = None

    def told(frame: int) -> None:
        progress.step("faces", min(max(frame + 1 - first, 0), end - first), end - first)

    for chunk, path in digest_paths.items():
        stop = min(chunk + CHUNK_FRAMES, last)
        sight = _load(path)
        if sight is None or sight.first != chunk or len(sight.thumbs) != stop - chunk:
            pictures = pictures or plate.read(
                chunk, min(-(-end // CHUNK_FRAMES) * CHUNK_FRAMES, last) - chunk
            )
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


def joined(sights: Iterable[Sight], first: int, end: int) -> Sight:
    """Join chunks and keep what was asked for.

    Args:
        sights: chunks in order.
        first: first frame to keep.
        end: the frame after the last.
    """
    chunks = list(sights)
    thumbs, frames, *rest = (
        np.concatenate([getattr(s, name) for s in chunks]) for name in SIGHT_ARRAYS
    )
    keep = slice(*np.searchsorted(frames, (first, end)))
    begin = chunks[0].first
    return Sight(
        first, thumbs[first - begin : end - begin], frames[keep], *(rows[keep] for rows in rest)
    )


def kept_sights(plate: Plate, first: int, end: int, cache: Path) -> list[Sight] | None:
    """Return what is kept of frames `first` up to `end`; None where not all were looked at.

    Args:
        plate: that was looked at.
        first: first frame.
        end: the frame after the last.
        cache: folder of face analyses.
    """
    last = max(end, plate.facts.count)
    found: list[Sight] = []
    for chunk in range(first // CHUNK_FRAMES * CHUNK_FRAMES, end, CHUNK_FRAMES):
        sight = _load(_chunk_path(plate, chunk, cache))
        whole = min(chunk + CHUNK_FRAMES, last) - chunk
        if sight is None or sight.first != chunk or len(sight.thumbs) != whole:
            return None
        found.append(sight)
    return found
