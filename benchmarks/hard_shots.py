"""How dubs of held-back people stand up to light that changes and to things before the mouth.

    python benchmarks/hard_shots.py FOOTAGE [--count 20] [--frames 40] [--only light|cover|plain]

FOOTAGE holds `manifest.json` (rows of file, identity, split). Its people are drawn as `g4g corpus
split` draws them; light and occluders are drawn by seed, as in the tests (tests/engine/lights.py,
tests/faces/occluders.py); shots are dubbed as users dub them, natively, and measured on the
delivered picture:
- light: how many times the mouth is brighter or darker than the plate's, in the worst frame; asked:
  1.15
- cover: share of the occluder's pixels near the mouth that changed by more than 12 codes; asked:
  .01; and how many frames that it leaves free were dubbed
- plain: shots as filmed, dubbed with and without the estimate of light: correlation of the
  openings, ratio of the textures
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import av
import cv2
import numpy as np

from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.settings import resources
from g4g_plugin.core.shot import Dub, Line, Shot, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine import light
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.evaluation import metrics
from g4g_plugin.faces import follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.dub import dub_shot
from g4g_plugin.training.corpus.held_back import draw_people
from g4g_plugin.training.corpus.pack import Clip

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path += [str(TESTS / "engine"), str(TESTS / "faces")]
import lights  # noqa: E402 # pyright: ignore[reportMissingImports]
import occluders  # noqa: E402 # pyright: ignore[reportMissingImports]

LAMPS = ("fade", "flicker", "shadow", "colour", "night")
KINDS = ("microphone", "fingers", "cup", "pen", "strand", "letters", "logo", "head")
AROUND = (0.6, 0.55)  # eye distances: half axes of what a dub changes around the mouth
CHANGED = 12  # codes of 255
TALL = 540  # rows to which larger footage is brought


@dataclass(frozen=True, slots=True, eq=False)
class Filmed:
    """A held-back person: frames (h, w, 3) uint8 RGB and their meshes (N, 478, 3)."""

    name: str
    frames: list[np.ndarray]
    mesh: np.ndarray


def people(footage: Path, count: int, folder: Path) -> Iterator[Filmed]:
    """Yield the held-back people whose face is seen in each of the first `count` frames."""
    rows = json.loads((footage / "manifest.json").read_text("utf-8"))
    clips = [Clip(r["file"], r["identity"], r["split"], count, 0, 0, 0, 0) for r in rows]
    held = set(draw_people(clips).held_back)
    for identity in sorted(held):
        file = next(r["file"] for r in rows if r["identity"] == identity)
        frames = read(footage / file, count)
        if len(frames) < count:
            continue
        write(folder / "plain.mkv", frames)
        with open_plate(folder / "plain.mkv") as plate:
            track = follow.follow(plate, 0, count, None, SILENT, None, 0)
        if len(track) == count:
            yield Filmed(identity, frames, track.mesh)


def read(path: Path, count: int) -> list[np.ndarray]:
    """Decode the first frames of a movie, (h, w, 3) uint8, brought to `TALL` rows at most."""
    frames: list[np.ndarray] = []
    with av.open(str(path)) as movie:
        for frame in movie.decode(video=0):
            if len(frames) == count:
                break
            rgb = frame.to_ndarray(format="rgb24")
            share = min(1.0, TALL / rgb.shape[0])
            size = (int(rgb.shape[1] * share) // 2 * 2, int(rgb.shape[0] * share) // 2 * 2)
            frames.append(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    return frames


def write(path: Path, frames: Sequence[np.ndarray]) -> None:
    """Write frames (h, w, 3) uint8 as FFV1, without loss, at 25 per second."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "bgr0"
        for rgb in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
            movie.mux(stream.encode(frame.reformat(format="bgr0")))
        movie.mux(stream.encode(None))


def dubbed(frames: Sequence[np.ndarray], folder: Path, name: str) -> tuple[list[np.ndarray], Dub]:
    """Dub frames; return what was delivered, and what was said of it."""
    plate, out = folder / f"{name}.mkv", folder / name
    out.mkdir(parents=True)
    write(plate, frames)
    span = FrameRange(0, len(frames), Fraction(25))
    take = Take(resources() / "demo" / "line.flac")
    engine = open_engine("g4g", EngineOptions(renderer="native", device="cpu", threads=1))
    try:
        dub = dub_shot(
            Shot(name, "V1/1", span, plate, span, span, (Line(take),), fit="trim"),
            engine,
            out,
            "ffv1",
        )
    finally:
        engine.close()
    return read(dub.media, len(frames)), dub


def near(mesh: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the ellipse around a mouth that a dub may change, (h, w) bool."""
    middle, eyes = mesh[[13, 14], :2].mean(0), float(np.linalg.norm(mesh[33] - mesh[263]))
    picture = np.zeros(shape[:2], np.uint8)
    axes = (round(AROUND[0] * eyes), round(AROUND[1] * eyes))
    centre = (round(float(middle[0])), round(float(middle[1])))
    cv2.ellipse(picture, centre, axes, 0, 0, 360, 1, -1)
    return picture > 0


def under_light(person: Filmed, lamp: str, seed: int, folder: Path) -> str:
    """Dub a person under a lamp that was not there; return a row of the table."""
    plain = [f.astype(float) / 255 for f in person.frames]
    lit = [np.rint(f * 255).astype(np.uint8) for f in lights.under(lamp, plain, seed)]
    made, dub = dubbed(lit, folder, f"light-{seed}")
    worst = 1.0
    for mesh, a, b in zip(person.mesh, lit, made, strict=True):
        here = near(mesh, a.shape)
        share = (b[here].mean() + 2) / (a[here].mean() + 2)
        worst = max(worst, share, 1 / share)
    return f"{seed:2d}  {person.name:12s} {lamp:12s} worst {worst:.3f}  dubbed {dub.frames_dubbed} of {len(lit)}"


def under_cover(person: Filmed, kind: str, seed: int, folder: Path) -> str:
    """Dub a person with something passing before the mouth; return a row of the table."""
    mouths = person.mesh[:, [13, 14], :2].mean(1)
    occluders.STANDS[:] = np.median(mouths, axis=0)
    eyes = np.linalg.norm(person.mesh[:, 33] - person.mesh[:, 263], axis=1)
    drawn = [
        occluders.KINDS[kind](i, f.shape[:2], tuple(m), float(e))
        for i, (f, m, e) in enumerate(zip(person.frames, mouths, eyes, strict=True))
    ]
    pasted = [occluders.paste(f, d) for f, d in zip(person.frames, drawn, strict=True)]
    made, _ = dubbed(pasted, folder, f"cover-{seed}")
    touched = hidden = free = moved = 0
    for mesh, (_, mask), a, b in zip(person.mesh, drawn, pasted, made, strict=True):
        here = near(mesh, a.shape)
        off = np.abs(a.astype(int) - b).max(-1) > CHANGED
        there = here & (mask > 0.5)
        hidden += int(there.sum())
        touched += int((there & off).sum())
        if not there.any():
            free, moved = free + 1, moved + bool(off.any())
    return (
        f"{seed:2d}  {person.name:12s} {kind:12s} changed {touched / max(hidden, 1):.4f}  "
        f"free frames dubbed {moved} of {free}"
    )


def as_filmed(person: Filmed, seed: int, folder: Path) -> str:
    """Dub a person as filmed, with and without the estimate of light; return a row of the table."""
    with_light, _ = dubbed(person.frames, folder, f"plain-{seed}")
    even = patch.object(light, "field", lambda skin, found, crop: np.ones_like(crop.pixels))
    with even, patch.object(light, "veil_of", lambda skin, colours: np.zeros(3, np.float32)):
        without, _ = dubbed(person.frames, folder, f"even-{seed}")
    mouths = []
    for frames in (with_light, without):
        write(folder / "made.mkv", frames)
        with open_plate(folder / "made.mkv") as plate:
            track = follow.follow(plate, 0, len(frames), None, SILENT, None, 0)
        sharp = [metrics.texture(f, m) for f, m in zip(frames, track.mesh, strict=False)]
        times = track.frames / 25
        mouths.append(metrics.Mouth(times, metrics.aperture(track.mesh), np.array(sharp)))
    agree = metrics.correlation(*mouths)
    off = np.concatenate([(a.astype(float) - b)[near(m, a.shape)] for a, b, m in
                          zip(with_light, without, person.mesh, strict=True)])  # fmt: skip
    decibels = 10 * np.log10(255**2 / max(float((off**2).mean()), 1e-3))
    return (
        f"{seed:2d}  {person.name:12s} openings agree {agree:.3f}  "
        f"texture {metrics.texture_ratio(*mouths):.3f}  {decibels:.1f} dB apart"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("footage", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--only", choices=("light", "cover", "plain"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        known = list(people(args.footage, args.frames, Path(scratch)))
        for seed in range(args.count):
            person = known[seed % len(known)]
            folder = Path(scratch)
            if args.only in (None, "light"):
                print(under_light(person, LAMPS[seed % len(LAMPS)], seed, folder), flush=True)
            if args.only in (None, "cover"):
                print(under_cover(person, KINDS[seed % len(KINDS)], seed, folder), flush=True)
            if args.only in (None, "plain") and seed < len(known):
                print(as_filmed(person, seed, folder), flush=True)


if __name__ == "__main__":
    main()
