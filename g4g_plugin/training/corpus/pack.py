"""The corpus pack: talking clips made to travel, read with torch, numpy and OpenCV alone.

A pack is a folder:
    corpus.json         mouth size, crop size, rate, one row per clip, the SHA-256 of every shard
    file
    shard-000.mp4       H.264 crops of many clips, one after another
    shard-000.npz       their meshes (int16, 1/32 crop pixel, differences in time) and mel rows
    (uint8)
    offsets.json        audio-video offsets in frames, written once a sync expert has listened (may
    be absent)
    split.json          people drawn to be held back, and those retired to teaching (may be absent)
A clip's row names its silent spans; `dropped` lists the clips that were left out, each with its
reason. Shards are below 15 MiB. `build_corpus` makes a pack and resumes a broken one; `Corpus`
reads it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.core.files import write_whole
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

CORPUS_RATE = 25  # frames per second
LEAD_ROWS = mel.MEL_RATE  # mel rows before a clip's first frame
MESH_STEPS_PER_PIXEL = 32  # mesh steps per crop pixel
PACK_FORMAT = 1
HUSH_LEVELS = 2.0  # mel units (25 dB) below the loud rows of a clip nothing is being said
SHORTEST_HUSH = 5  # frames; a stop consonant is shorter
_HINT = tr("Build the pack again with `g4g corpus build`.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip of a pack.

    key: the video's path below its folder; split: train or test, by identity; start: its first row
    in its shard;
    mel_start, mel_rows: its rows in the shard's mel; first: its first frame in the video at 25 per
    second;
    offset: frames by which the sound is late (None: not estimated); sound: False where no clear
    offset was found, and reason says so; silence: spans (first frame, frames) without speech,
    before the offset (None: not looked for);
    face: from brows to chin in the video, pixels (0: not measured).
    """

    key: str
    identity: str
    split: str
    frames: int
    shard: int
    start: int
    mel_start: int
    mel_rows: int
    first: int = 0
    licence: str = ""
    offset: float | None = None
    sound: bool = True
    silence: tuple[tuple[int, int], ...] | None = None
    face: float = 0.0
    reason: str = ""

    @property
    def group(self) -> str:
        """The folder the clip came from."""
        return self.key.split("/")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A clip's speech features (T, 288) float16 (`network.speech.on_grid` reads times off); see
    training/corpus/speech_features.py.
    """

    features: NDArray[np.float16]
    pace: float = 1.0
    mute: tuple[float, float] = (-1.0, -1.0)


class Corpus:
    """A pack, opened: random access to (clip, frames); pictures are decoded once, a shard at a
    time, and kept.

    corpus = Corpus(Path("/tmp/corpus/pack"), mouth=64)     # pictures scaled to 104 x 80 as they
    are decoded
    for clip in corpus.clips: ...                           # Clip rows; corpus.select("train") for
    one split
    corpus.pictures(clip, frames)   (n, H, W, 3) uint8 RGB; frames: any integers 0 .. clip.frames -
    1
    corpus.mesh(clip)               (N, 478, 3) float32, crop pixels of the opened size
    corpus.landmarks(clip)          (N, 68, 2) float32, crop pixels: the paper's points, for the
    sketches
    corpus.mel(clip)                (T, 80) float32, one level for all clips; row k is heard at k /
    80 s
    corpus.times(clip, frames)      seconds in that mel, the clip's offset taken out
    corpus.windows(clip, frames)    (n, 16, 80) float32, the 0.2 s around each frame
    corpus.silent(clip)             (N,) bool: nothing is said while this frame is seen
    """

    def __init__(self, path: Path, mouth: int = 128, check: bool = True) -> None:
        """Open a pack.

        Raises:
            MediaError: no pack, another format, or a shard whose digest is not the recorded one.
        """
        self.path, self.mouth = path, mouth
        table = _read_table(path)
        if check:
            _check_shards(path, table["shards"])
        self.stored: int = table["mouth"]
        self.digest: str = hashlib.sha256((path / "corpus.json").read_bytes()).hexdigest()
        offsets = read_offsets(path)
        self.draw: dict[str, Any] = read_draw(path)
        self.clips: tuple[Clip, ...] = tuple(
            _clip(row | offsets.get(row["key"], {}) | drawn_split(row, self.draw))
            for row in table["clips"]
        )
        self.dropped: list[dict[str, Any]] = table["dropped"]
        self._shards: list[dict[str, Any]] = table["shards"]
        self._numbers: dict[int, tuple[NDArray[np.int16], Pixels]] = {}
        self._pictures: dict[int, Pixels] = {}
        self._speech: dict[tuple[int, int], dict[str, NDArray[Any]]] = {}

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the crops at the opened size."""
        return CROP_SIZES[self.mouth]

    def select(self, split: str | None = None, sound: bool = False) -> list[Clip]:
        """Return the clips of one split; `sound` leaves out those without a clear offset."""
        return [
            c for c in self.clips if (split is None or c.split == split) and (c.sound or not sound)
        ]

    def pictures(
        self, clip: Clip, frames: Sequence[int] | NDArray[np.int64] | None = None
    ) -> Pixels:
        """Return crops (n, H, W, 3) uint8 RGB at the opened size; all frames by default."""
        if clip.shard not in self._pictures:
            path = self.path / self._shards[clip.shard]["video"]
            self._pictures[clip.shard] = _decode(
                path, self._shards[clip.shard]["frames"], self.size
            )
        stored = self._pictures[clip.shard]
        if frames is None:
            return stored[clip.start : clip.start + clip.frames]
        return stored[clip.start + _within(frames, clip.frames)]

    def glance(self, clip: Clip) -> Pixels:
        """Return the middle frame of a clip (H, W, 3) uint8 RGB without decoding and keeping its
        shard.
        """
        video = cv2.VideoCapture(str(self.path / self._shards[clip.shard]["video"]))
        try:
            video.set(cv2.CAP_PROP_POS_FRAMES, clip.start + clip.frames // 2)
            seen, picture = video.read()
        finally:
            video.release()
        if not seen:
            raise MediaError(
                "{key} cannot be read from its shard of the corpus pack.", _HINT, key=clip.key
            )
        height, width = self.size
        return np.asarray(
            cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )[..., ::-1]

    def mesh(self, clip: Clip) -> Floats:
        """Return the meshes (N, 478, 3) float32 in crop pixels of the opened size, z at the scale
        of x.
        """
        steps = self._read(clip.shard)[0][clip.start : clip.start + clip.frames]
        mesh = steps.astype(np.int32).cumsum(axis=0).astype(np.float32) / MESH_STEPS_PER_PIXEL
        ratio = self.mouth / self.stored
        mesh[..., :2] = (mesh[..., :2] + 0.5) * ratio - 0.5  # pixel centres
        mesh[..., 2] *= ratio
        return mesh.astype(np.float32)

    def landmarks(self, clip: Clip) -> Floats:
        """Return the paper's 68 points (N, 68, 2) float32 in crop pixels of the opened size."""
        return self.mesh(clip)[:, LANDMARKS_68, :2]

    def mel(self, clip: Clip, level: bool = True) -> Floats:
        """Return the mel rows (T, 80) float32; `times` says where a frame stands in them."""
        rows = mel.unpack_mel(
            self._read(clip.shard)[1][clip.mel_start : clip.mel_start + clip.mel_rows]
        )
        return mel.level_mel(rows) if level else rows

    def times(
        self, clip: Clip, frames: Sequence[int] | NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return where frames stand in the clip's mel, seconds: row = 80 x time. A late sound is
        looked up later.
        """
        index = np.arange(clip.frames) if frames is None else np.asarray(frames)
        return LEAD_ROWS / mel.MEL_RATE + (index + (clip.offset or 0.0)) / CORPUS_RATE

    def windows(
        self, clip: Clip, frames: Sequence[int] | NDArray[np.int64] | None = None
    ) -> Floats:
        """Return the mel windows (n, 16, 80) float32 of frames."""
        return mel.windows_at(self.mel(clip), self.times(clip, frames))

    def silent(self, clip: Clip) -> NDArray[np.bool_]:
        """Return which frames of a clip lie in its silent spans (N,), the offset taken out."""
        spans = (
            clip.silence if clip.silence is not None else silent_spans(self.mel(clip), clip.frames)
        )
        quiet, late = np.zeros(clip.frames, np.bool_), round(clip.offset or 0.0)
        for first, count in spans:
            quiet[max(first - late, 0) : max(first + count - late, 0)] = True
        return quiet

    def speech(self, clip: Clip, version: int = 0) -> Heard:
        """Return a clip's speech features as `g4g corpus hear` stored them.

        Raises:
            MediaError: the pack was not heard.
        """
        key = (clip.shard, version)
        if key not in self._speech:
            path = self.path / f"speech-{clip.shard:03d}-{version}.npz"
            if not path.is_file():
                raise MediaError(
                    "This pack has no speech features.", tr("Run `g4g corpus hear` on it first.")
                )
            with np.load(path) as stored:
                self._speech[key] = {name: stored[name] for name in stored.files}
        stored = self._speech[key]
        place = [c.key for c in self.clips if c.shard == clip.shard].index(clip.key)
        first, end = stored["first"][place : place + 2]
        return Heard(
            stored["features"][first:end],
            float(stored["pace"][place]),
            tuple(stored["mute"][place]),
        )

    def quiet_rooms(self) -> NDArray[np.float16]:
        """Return speech features of rooms in which nobody speaks, (n, rows, 288)."""
        with np.load(self.path / "speech-quiet.npz") as stored:
            return stored["features"]

    def read_speech_table(self) -> dict[str, Any]:
        """Return speech.json: encoder, versions, files; empty for a pack that was not heard."""
        file = self.path / "speech.json"
        return json.loads(file.read_text()) if file.is_file() else {}

    def _read(self, shard: int) -> tuple[NDArray[np.int16], Pixels]:
        if shard not in self._numbers:
            with np.load(self.path / self._shards[shard]["numbers"]) as stored:
                self._numbers[shard] = (stored["mesh"], stored["mel"])
        return self._numbers[shard]


def silent_spans(rows: Floats, frames: int) -> tuple[tuple[int, int], ...]:
    """Return the spans (first frame, frames) of a clip in which nothing is said; rows: its levelled
    mel (T, 80).

    A frame is silent when all rows of its 40 ms lie 25 dB below the loud ones; 0.2 s of that are a
    span.
    """
    loudness = np.sort(rows, axis=1)[:, -20:].mean(axis=1)  # as level_mel measures it
    middle = np.rint(LEAD_ROWS + np.arange(frames) * mel.MEL_RATE / CORPUS_RATE).astype(np.int64)
    around = np.clip(middle[:, None] + np.arange(-1, 2), 0, max(len(rows) - 1, 0))
    quiet = (loudness[around] < mel.SPEECH_LEVEL - HUSH_LEVELS).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    spans = [(int(a), int(b - a)) for a, b in edges.reshape(-1, 2)]
    return tuple(span for span in spans if span[1] >= SHORTEST_HUSH)


def steps_of(mesh: Floats) -> NDArray[np.int16]:
    """Store meshes (N, 478, 3) in crop pixels as differences in time, 1/32 pixel."""
    whole = np.rint(mesh * MESH_STEPS_PER_PIXEL).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1]))
    if np.abs(steps).max(initial=0) > np.iinfo(np.int16).max:
        raise ValueError("a mesh leaves its crop by more than a thousand pixels")
    return steps.astype(np.int16)


def read_offsets(path: Path) -> dict[str, dict[str, Any]]:
    """Return what `write_offsets` wrote: {key: {"offset": frames, "sound": bool}}, or nothing where
    nothing is.
    """
    file = path / "offsets.json"
    return json.loads(file.read_text())["clips"] if file.is_file() else {}


def read_draw(path: Path) -> dict[str, Any]:
    """Return the draw of held-back people of a pack (held_back.py); empty where none was made."""
    file = path / "split.json"
    return json.loads(file.read_text()) if file.is_file() else {}


def drawn_split(row: dict[str, Any], draw: dict[str, Any]) -> dict[str, str]:
    """Return the split a draw gives a clip's row; what it does not name keeps its own."""
    if row["identity"] in draw.get("held_back", ()):
        return {"split": "test"}
    return {"split": "train"} if row["identity"] in draw.get("retired", ()) else {}


def write_offsets(path: Path, clips: dict[str, dict[str, Any]], expert: str) -> None:
    """Write beside the pack the audio-video offsets that an expert found.

    Args:
        path: the file.
        clips: by clip key, what was found.
        expert: SHA-256 of the expert's weights.
    """
    write_json(path / "offsets.json", {"expert": expert, "clips": clips})


def write_json(path: Path, value: object) -> None:
    """Write a JSON file that appears whole or not at all; several processes may write the same one."""
    write_whole(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _clip(row: dict[str, Any]) -> Clip:
    known = {f.name for f in fields(Clip)}
    values: dict[str, Any] = {name: value for name, value in row.items() if name in known}
    if values.get("silence") is not None:
        values["silence"] = tuple((int(first), int(count)) for first, count in values["silence"])
    return Clip(**values)


def _within(frames: Sequence[int] | NDArray[np.int64], count: int) -> NDArray[np.int64]:
    index = np.asarray(frames, np.int64)
    if len(index) and (index.min() < 0 or index.max() >= count):
        raise IndexError(
            f"a clip of {count} frames has no frame {int(index.min())} or {int(index.max())}"
        )
    return index


def _read_table(path: Path) -> dict[str, Any]:
    try:
        table = json.loads((path / "corpus.json").read_text())
    except (OSError, ValueError) as err:
        raise MediaError("There is no corpus pack in {path}.", _HINT, path=path) from err
    if table.get("format") != PACK_FORMAT:
        raise MediaError("The corpus pack in {path} has another format.", _HINT, path=path)
    return table


def _check_shards(path: Path, shards: list[dict[str, Any]]) -> None:
    for shard in shards:
        for name, digest in shard["digests"].items():
            if not (path / name).is_file() or digest_of(path / name) != digest:
                raise MediaError(
                    "{name} of the corpus pack is missing or damaged.", _HINT, name=name
                )


def _decode(path: Path, frames: int, size: tuple[int, int]) -> Pixels:
    """Decode one shard's crops to (frames, H, W, 3) uint8 RGB, scaled to `size`."""
    height, width = size
    pictures = np.empty((frames, height, width, 3), np.uint8)
    video = cv2.VideoCapture(str(path))
    try:
        for row in range(frames):
            seen, picture = video.read()
            if not seen:
                raise MediaError(
                    "{path} of the corpus pack ends after {row} of {frames} frames.",
                    _HINT,
                    path=path.name,
                    row=row,
                    frames=frames,
                )
            if picture.shape[:2] != size:
                picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            pictures[row] = picture[..., ::-1]
    finally:
        video.release()
    return pictures
