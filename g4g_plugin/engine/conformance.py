"""What every engine must keep to, as one call for the tests of whoever writes one.

    from g4g_plugin.engine.conformance import check_engine
    def test_my_engine():
        assert check_engine(my_plugin.open_engine) == []

The shot it is given is drawn: the astronaut of scikit-image (public domain) under a slow pan, two
frames without a face, and her mesh, which was measured once with the faces room and lies beside
this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.registry import PLUGIN_FAULTS
from g4g_plugin.engine.base import Engine, EngineOptions

Floats = NDArray[np.float32]
Open = Callable[[EngineOptions], Engine]

# (478, 3) int16, sixteenths of a pixel of skimage.data.astronaut()
MESH_FILE = "conformance_face.npy"
# The drawn shot: frames 5 to 27, two of them without a face
FIRST_FRAME, FRAME_COUNT, FACELESS_FRAMES = (5, 23, (9, 10))
POOL_MARGIN_FRAMES = 12  # frames of the pool before and after the shot
# Left, top, right, bottom of the face and neck in the astronaut's picture
FACE_REGION = (130, 30, 330, 270)
# Her picture to the network's crop, measured too
TO_CROP = ((3.3853, 0.192, -620.9977), (-0.192, 3.3853, -236.0396))
TAKE_SECONDS = 1.0
# Two runs on the same frames may differ by this much, of 1: rounding, nothing else
REPEAT_TOLERANCE = 1e-5
# ... and one whose batches begin a frame later, of 1 on average: one 8-bit step
BATCH_TOLERANCE = 0.004
SETTLING_FRAMES = 6  # frames at the beginning that may know of a frame that is missing before them
BATCHES_AHEAD = 3  # batches an engine may have in hand


class DrawnCrops:
    """A shot of `frames` that needs no file: the astronaut moves right by a pixel a frame.
    Remembers what it gave.
    """

    rate = Fraction(25)

    def __init__(self, frames: NDArray[np.int64], start: int = FIRST_FRAME) -> None:
        around = (
            np.arange(
                FIRST_FRAME - POOL_MARGIN_FRAMES, FIRST_FRAME + FRAME_COUNT + POOL_MARGIN_FRAMES
            )
            + POOL_MARGIN_FRAMES
        )
        self._mesh = np.load(Path(__file__).with_name(MESH_FILE)).astype(np.float32) / 16
        self._picture = _astronaut()
        self.start = start + POOL_MARGIN_FRAMES
        self.pool = self._track(around)
        self.track = self._track(frames + POOL_MARGIN_FRAMES)
        self.direction = Direction.plain(len(self.track))
        self.given: list[tuple[Crop, Crop]] = []  # what went out, and a copy made before

    def _track(self, frames: NDArray[np.int64]) -> FaceTrack:
        pan = frames[:, None].astype(np.float32)
        mesh = np.repeat(self._mesh[None], len(frames), 0)
        mesh[:, :, 0] += pan
        talk = (1 + np.sin(1.3 * frames)) * 1.5
        mesh[:, (14, 87, 317, 17, 84, 314), 1] += talk[:, None].astype(np.float32)
        to_crop = np.repeat(np.array(TO_CROP, np.float32)[None], len(frames), 0)
        to_crop[:, :, 2] -= to_crop[:, :, 0] * pan
        return FaceTrack(frames, mesh, to_crop, np.ones(len(frames), np.float32))

    def _crop(self, track: FaceTrack, i: int) -> Crop:
        left, top, right, bottom = FACE_REGION
        frame = int(track.frames[i])
        mesh, to_crop, pixels = (
            track.mesh[i].copy(),
            track.to_crop[i].copy(),
            self._picture[top:bottom, left:right],
        )
        crop = Crop(frame, pixels.copy(), (left + frame, top), mesh, to_crop)
        self.given.append(
            (crop, Crop(frame, pixels.copy(), crop.origin, mesh.copy(), to_crop.copy()))
        )
        return crop

    def __iter__(self) -> Iterator[Crop]:
        for i in range(len(self.track)):
            yield self._crop(self.track, i)

    def fetch(self, frames: NDArray[np.int64]) -> list[Crop]:
        """Draw these frames of the pool."""
        where = {int(frame): i for i, frame in enumerate(self.pool.frames)}
        return [self._crop(self.pool, where[int(frame)]) for frame in frames]


def _astronaut() -> Floats:
    from skimage import data

    return data.astronaut().astype(np.float32) / 255


def drawn_shot() -> DrawnCrops:
    """Return the drawn shot: 21 frames with a face, two without."""
    return DrawnCrops(
        np.array(
            [n for n in range(FIRST_FRAME, FIRST_FRAME + FRAME_COUNT) if n not in FACELESS_FRAMES],
            np.int64,
        )
    )


def drawn_take(sample_rate: int) -> Floats:
    """Return a second of something like a voice: a buzz at 120 Hz, loud and soft five times a
    second.
    """
    t = np.arange(round(TAKE_SECONDS * sample_rate)) / sample_rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * t) / k for k in range(1, 20))
    return (0.2 * buzz * (0.5 - 0.5 * np.cos(2 * np.pi * 5 * t))).astype(np.float32)


def check_engine(open_engine: Open, options: EngineOptions | None = None) -> list[str]:
    """Try an engine on a drawn shot; return what it does wrong, one sentence each, an empty list if
    nothing.

    It must yield one sound patch for each frame with a face, in order; give the same for the same,
    whatever its batches; leave its inputs alone; stop in the middle when asked; take an empty take;
    and close twice.
    """
    checks = (_patches, _same_again, _batches, _inputs, _stops, _silence, _closes)
    findings: list[str] = []
    for check in checks:
        name = check.__name__.strip("_").replace("_", " ")
        try:
            findings += check(open_engine, options or EngineOptions())
        except (*PLUGIN_FAULTS, G4GError) as err:
            findings.append(f"{name}: {type(err).__name__}: {err}")
    return list(dict.fromkeys(findings))


class _Opened:
    """An engine for the length of a check."""

    def __init__(self, open_engine: Open, options: EngineOptions) -> None:
        self.engine = open_engine(options)

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.close()


def _dub(engine: Engine, crops: Crops) -> list[Patch]:
    return list(engine.dub(crops, drawn_take(engine.spec.sample_rate)))


def _patches(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether there is one sound patch for each frame, in order."""
    shot = drawn_shot()
    wanted = shot.track.frames.tolist()
    with _Opened(open_engine, options) as engine:
        spec = engine.spec
        if not spec.name or spec.sample_rate < 1 or spec.batch < 1:
            yield f"the spec is no use: {spec}"
        patches = engine.dub(shot, drawn_take(spec.sample_rate))
        got: list[int] = []
        for patch in _until_fault(patches, wanted, got):
            yield from _unsound(patch)
        if got != wanted:
            yield f"patches came for frames {_short(got)}, {_short(wanted)} were asked for"


def _until_fault(patches: Iterator[Patch], wanted: list[int], got: list[int]) -> Iterator[Patch]:
    try:
        for patch in patches:
            got.append(patch.frame)
            yield patch
    except (*PLUGIN_FAULTS, G4GError) as err:
        at = wanted[len(got)] if len(got) < len(wanted) else "the end"
        raise RuntimeError(
            f"it fails at frame {at}, after {len(got)} patches: {type(err).__name__}: {err}"
        ) from err


def _unsound(patch: Patch) -> Iterator[str]:
    """Return what is wrong with one patch."""
    where = f"frame {patch.frame}:"
    height, width = patch.matte.shape[:2]
    if patch.pixels.shape != (height, width, 3) or not height * width:
        yield f"{where} pixels {patch.pixels.shape} and matte {patch.matte.shape} differ in size"
        return
    if not np.isfinite(patch.pixels).all():
        yield f"{where} pixels are not finite"
    if not np.isfinite(patch.matte).all() or patch.matte.min() < 0 or patch.matte.max() > 1:
        yield f"{where} the matte leaves 0 to 1"
    if patch.to_plate.shape != (2, 3) or not np.isfinite(patch.to_plate).all():
        yield f"{where} to_plate is no finite 2 x 3 matrix"
    elif not _near_face(patch):
        yield f"{where} the patch lies beside the face: {patch.to_plate.tolist()}"


def _near_face(patch: Patch) -> bool:
    height, width = patch.matte.shape
    ends = (
        np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ patch.to_plate.T
    )
    left, top, right, bottom = FACE_REGION
    low, high = ends.min(0), ends.max(0)
    across = min(high[0], right + patch.frame) - max(low[0], left + patch.frame)
    return bool(across > 0 and min(high[1], bottom) > max(low[1], top))


def _same_again(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether the same shot gives the same patches, from the same engine and from a fresh one."""
    with _Opened(open_engine, options) as engine:
        first, second = _dub(engine, drawn_shot()), _dub(engine, drawn_shot())
    with _Opened(open_engine, options) as engine:
        third = _dub(engine, drawn_shot())
    for others, name in ((second, "asked a second time"), (third, "opened anew")):
        worst = max((_apart(a, b) for a, b in zip(first, others, strict=True)), default=(0.0, 0.0))[
            0
        ]
        if worst > REPEAT_TOLERANCE:
            yield f"{name}, the engine gives other pixels (by {worst:.3g} of 1)"


def _apart(one: Patch, other: Patch) -> tuple[float, float]:
    """Return how far two patches differ where they count: largest and mean; infinite where their
    size differs.
    """
    if one.matte.shape != other.matte.shape or not np.array_equal(one.to_plate, other.to_plate):
        return np.inf, np.inf
    seen = np.abs(one.matte[..., None] * one.pixels - other.matte[..., None] * other.pixels)
    away = np.maximum(seen, np.abs(one.matte - other.matte)[..., None])
    return float(away.max()), float(away.mean())


def _batches(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether a frame looks the same wherever it falls in a batch: the shot again without its first
    frame.
    """
    shot = drawn_shot()
    less = DrawnCrops(shot.track.frames[1:] - POOL_MARGIN_FRAMES, start=FIRST_FRAME)
    with _Opened(open_engine, options) as engine:
        whole, part = _dub(engine, shot)[1:], _dub(engine, less)
    for a, b in list(zip(whole, part, strict=True))[SETTLING_FRAMES:]:
        away = _apart(a, b)[1]
        if away > BATCH_TOLERANCE:
            yield f"frame {a.frame} depends on its place in the batch (by {away:.3g} of 1 on average)"
            return


def _inputs(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether crops and take are left alone, and pixels are not hoarded."""
    shot = drawn_shot()
    with _Opened(open_engine, options) as engine:
        take = drawn_take(engine.spec.sample_rate)
        kept = take.copy()
        for n, _ in enumerate(engine.dub(shot, take)):
            decoded = sum(crop.frame in shot.track.frames[n + 1 :] for crop, _ in _in_order(shot))
            if decoded > BATCHES_AHEAD * engine.spec.batch:
                yield f"at patch {n} the engine has {decoded} more frames in hand: memory grows with the shot"
                break
    if not np.array_equal(take, kept):
        yield "the engine writes to the take"
    for crop, copy in shot.given:
        for name in ("pixels", "mesh", "to_crop"):
            if not np.array_equal(getattr(crop, name), getattr(copy, name)):
                yield f"the engine writes to the {name} it is given"


def _in_order(shot: DrawnCrops) -> list[tuple[Crop, Crop]]:
    """Leave out what was fetched as a reference: those may be kept."""
    seen: list[tuple[Crop, Crop]] = []
    frames = iter(shot.track.frames.tolist())
    wanted = next(frames, None)
    for pair in shot.given:
        if pair[0].frame == wanted:
            seen.append(pair)
            wanted = next(frames, None)
    return seen


def _stops(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether it can be left in the middle and used again."""
    with _Opened(open_engine, options) as engine:
        patches = engine.dub(drawn_shot(), drawn_take(engine.spec.sample_rate))
        next(patches)
        stop = getattr(patches, "close", None)
        if stop is None:
            yield "dub returns no generator: it cannot be stopped in the middle"
        else:
            stop()
        again = _dub(engine, drawn_shot())
        if len(again) != len(drawn_shot().track):
            yield f"after a stop in the middle it yields {len(again)} patches"


def _silence(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether an empty take, which is silence, is dubbed."""
    shot = drawn_shot()
    with _Opened(open_engine, options) as engine:
        patches = list(engine.dub(shot, np.zeros(0, np.float32)))
    if [patch.frame for patch in patches] != shot.track.frames.tolist():
        yield f"an empty take gives {len(patches)} patches for {len(shot.track)} frames"


def _closes(open_engine: Open, options: EngineOptions) -> Iterator[str]:
    """Whether closing twice does no harm."""
    engine = open_engine(options)
    engine.close()
    engine.close()
    yield from ()


def _short(frames: list[int]) -> str:
    """Write frame numbers as runs: 5-8, 11."""
    if not frames:
        return "none"
    runs: list[list[int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1][1] = frame
        else:
            runs.append([frame, frame])
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in runs)
