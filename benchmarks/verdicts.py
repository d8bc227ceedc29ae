"""Is the word about a dub true? Clean dubs and dubs damaged on purpose, and what is said of them.

    python benchmarks/verdicts.py make FOLDER [--half calibrated|reported]   dub and measure (needs ../shared)
    python benchmarks/verdicts.py table FOLDER                               rate what was measured
    python benchmarks/verdicts.py sheet FOLDER                               the dubs to look at

People are halved: limits in `render/verdict.py` are set on the first half alone, the table says how
they do on the second. Those held back from all teaching (docs/evaluation.md) are in the second.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.composite.merge import merge
from g4g_plugin.core.assessment import ChosenFace
from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import LineResult, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import Engine, EngineOptions, EngineSpec
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import probe_take
from g4g_plugin.render import dub as dubbing
from g4g_plugin.render.assess import chosen_face, mouth_facts
from g4g_plugin.render.lines import ShotFace, Speaker, said
from g4g_plugin.render.sync_score import SAMPLE_RATE, Onlooker, judged_part, sync_figures
from g4g_plugin.render.triage import look_at
from g4g_plugin.render.verdict import MouthFacts, MouthLook, assess

Floats = NDArray[np.float32]
Half = Literal["calibrated", "reported"]
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
HEIGHT = 288  # pixels; larger plates are made smaller, so that a dub costs seconds
LONGEST = 2.8  # seconds of plate and line

# person: files (plate, other lines), or one file of which a later part is the other line
CALIBRATED = (
    "grid-s1",
    "person-001",
    "person-007",
    "person-010",
    "person-101",
    "person-107",
    "person-120",
    "person-182",
    "person-183",
    "person-003",
    "person-006",
    "person-105",
    "person-110",
    "person-174",
)
REPORTED = (
    "person-016",
    "person-004",
    "person-012",
    "person-102",
    "person-106",
    "person-179",
    "person-185",
    "person-192",
    "person-200",
    "person-202",
    "person-009",
    "person-177",
    "person-186",
    "person-103",
    "person-104",
    "person-175",
    "person-198",
)
DRAWN = ("late", "early", "frozen", "other-line", "foreign", "silent-take")  # drawn anew
SPOILED = (  # the clean dub's patches, spoiled
    "stuck",
    "other-mouth",
    "too-large",
    "displaced",
    "flicker",
    "tinted",
    "noisy",
    "blurred",
    "half-kept",
    "bright",
    "dark",
    "blown",
    "black",
)


@dataclass(frozen=True, slots=True)
class Material:
    """A person's plates and lines, as small files."""

    person: str
    plates: tuple[Path, ...]
    lines: tuple[Path, ...]  # the line for each plate: another one of the same person


class Damaged:
    """An engine whose patches are spoiled on the way.

    Args:
        engine: makes them.
        kind: one of DRAWN or SPOILED; "clean": nothing is spoiled.
        other: another line, at 16 kHz.
        mouth: another person's, (h, w, 3) R'G'B'.
        made: keeps the patches of the clean dub, which most kinds spoil: drawn once.
    """

    def __init__(
        self,
        engine: Engine,
        kind: str,
        made: list[Patch],
        other: Floats | None = None,
        mouth: Floats | None = None,
    ) -> None:
        self._engine, self._kind, self._made = engine, kind, made
        self._other, self._mouth = other, mouth

    @property
    def spec(self) -> EngineSpec:
        """The engine's own."""
        return self._engine.spec

    def close(self) -> None:
        """Nothing to close: the engine goes on."""

    def dub(self, crops: Crops, take: Floats) -> Iterator[Patch]:
        """Yield the engine's patches, spoiled."""
        frame, other = round(16_000 / float(crops.rate)), self._other
        lines = {
            "late": np.roll(take, 6 * frame),
            "early": np.roll(take, -7 * frame),
            "frozen": np.zeros_like(take),
            "silent-take": take,
        }
        if other is not None:
            lines["other-line"] = np.resize(other, len(take)).astype(np.float32)
            lines["foreign"] = np.roll(lines["other-line"], 9 * frame)
        if self._kind in lines:
            yield from self._engine.dub(crops, lines[self._kind])
            return
        if not self._made:
            self._made += self._engine.dub(crops, take)
        count, first = 0, None
        for patch in self._made:
            count += 1
            first = patch if count <= 20 else first
            if self._kind == "half-kept" and count % 40 < 20:
                continue
            if self._kind == "flicker" and count % 4 < 2:
                continue
            if self._kind == "stuck" and first is not None:
                pixels = cv2.resize(first.pixels, patch.pixels.shape[1::-1])
                yield replace(patch, pixels=pixels)
                continue
            yield self._spoiled(patch, crops.track)

    def _spoiled(self, patch: Patch, track: FaceTrack) -> Patch:
        """Spoil a patch around the lips, softly: so that the fault is the mouth's, and no edge."""
        height, width = patch.pixels.shape[:2]
        row = int(np.searchsorted(track.frames, patch.frame))
        lips = track.mesh[row][list(OUTER_LIPS), :2]
        back = cv2.invertAffineTransform(patch.to_plate.astype(np.float64))
        lips = lips @ back[:, :2].T + back[:, 2]
        centre, across = lips.mean(axis=0), float(np.ptp(lips[:, 0]))
        x, y = np.meshgrid(np.arange(width), np.arange(height))
        away = np.hypot(x - centre[0], (y - centre[1]) * 1.2) / across
        share = np.clip((1.0 - away) / 0.35, 0, 1).astype(np.float32)[..., None]
        made = self._wrong(patch, centre, across)
        pixels = patch.pixels * (1 - share) + made * share
        return replace(patch, pixels=np.asarray(pixels, np.float32))

    def _wrong(self, patch: Patch, centre: Floats, across: float) -> Floats:
        pixels, kind = patch.pixels, self._kind
        height, width = pixels.shape[:2]
        if kind == "black":
            return pixels * np.float32(0)
        if kind == "blown":
            return pixels * np.float32(0) + np.float32(1)
        if kind == "noisy":
            noise = np.random.default_rng(patch.frame).normal(0, 0.08, pixels.shape)
            return pixels + noise.astype(np.float32)
        if kind == "dark":
            return pixels * np.float32(0.7)
        if kind == "bright":
            return pixels * np.float32(1.35)
        if kind == "tinted":
            return pixels * np.array([0.85, 1.05, 1.2], np.float32)
        if kind == "blurred":
            return cv2.GaussianBlur(pixels, (0, 0), across / 12)
        if kind == "too-large":
            grown = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), 0, 1.5)
        elif kind == "displaced":
            grown = np.array([[1, 0, 7], [0, 1, 7]], np.float32)  # 10 pixels
        elif kind == "other-mouth" and self._mouth is not None:
            side = max(int(across * 2.4), 8)
            lower = cv2.resize(self._mouth, (side, side), interpolation=cv2.INTER_AREA)
            shift = np.array([[1, 0, centre[0] - side / 2], [0, 1, centre[1] - side / 2]])
            return cv2.warpAffine(lower, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        else:
            return pixels
        return cv2.warpAffine(pixels, grown, (width, height), borderMode=cv2.BORDER_REPLICATE)


def files_of(person: str) -> list[Path]:
    """Return a person's movies."""
    return sorted(SHARED.glob(f"*/{person}/*.mp4"))


def cut(source: Path, begin: float, out: Path) -> Path:
    """Write a small movie with sound, and its sound alone beside it; return the movie."""
    if out.exists():
        return out
    with av.open(str(source)) as file:
        stream = file.streams.video[0]
        rate = Fraction(stream.average_rate or 25).limit_denominator(1001)
        frames = [f for f in file.decode(video=0) if f.time is not None and f.time >= begin]
        frames = frames[: int(LONGEST * rate)]
        scale = min(1.0, HEIGHT / frames[0].height)
        size = [round(n * scale / 2) * 2 for n in (frames[0].width, frames[0].height)]
        pictures = [
            cv2.resize(f.to_ndarray(format="rgb24"), size, interpolation=cv2.INTER_AREA)
            for f in frames
        ]
    samples = heard(source)[round(begin * 48_000) :][: round(len(pictures) / rate * 48_000)]
    samples = np.pad(samples, (0, max(0, round(len(pictures) / rate * 48_000) - len(samples))))
    write_sound(out.with_suffix(".wav"), samples)
    with av.open(str(out), "w") as file:
        video = file.add_stream("libx264", rate=rate, options={"crf": "12"})
        video.width, video.height, video.pix_fmt = size[0], size[1], "yuv420p"
        sound = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for picture in pictures:
            file.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(video.encode())
        file.mux(sound.encode(_audio_frame(samples)))
        file.mux(sound.encode())
    return out


def heard(path: Path) -> Floats:
    """Return a file's sound, mono at 48 kHz."""
    with av.open(str(path)) as file:
        sampler = av.AudioResampler("fltp", "mono", 48_000)
        parts = [g.to_ndarray() for f in file.decode(audio=0) for g in sampler.resample(f)]
    return np.concatenate(parts, axis=1)[0]


def _audio_frame(samples: Floats) -> av.AudioFrame:
    codes = (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(codes), format="s16", layout="mono")
    frame.sample_rate = 48_000
    return frame


def write_sound(path: Path, samples: Floats) -> None:
    """Write 16-bit mono at 48 kHz."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=48_000, layout="mono")
        file.mux(stream.encode(_audio_frame(samples)))
        file.mux(stream.encode())


def material(person: str, folder: Path) -> Material:
    """Cut a person's plates and lines: two plates where there are two clips or a long one."""
    files = files_of(person)
    if len(files) > 1:
        parts = [(files[0], 0.0), (files[-1], 0.0)]
    else:
        with av.open(str(files[0])) as file:
            seconds = float(file.duration or 0) / av.time_base
        parts = [(files[0], 0.0)]
        if seconds > LONGEST + 1.5:
            parts.append((files[0], seconds - min(LONGEST, seconds / 2)))
    plates = [cut(f, at, folder / f"{person}-{n}.mov") for n, (f, at) in enumerate(parts)]
    sounds = [plate.with_suffix(".wav") for plate in plates]
    return Material(person, tuple(plates), tuple(reversed(sounds)))


def shot_of(plate: Path, line: Path, name: str) -> Shot:
    """Return the shot that puts a line on a plate, both cut to the shorter."""

    span = probe(plate).available
    seconds = probe_take(line).seconds
    take = Take(line, Fraction(0), min(seconds, span.seconds), None, name)
    return Shot(
        name, "V1/1", span, plate, span, span, (Line(take),), fit="pad", keep_expression=0.8
    )


@dataclass(slots=True)
class Stage:
    """A plate that is followed once and dubbed many times, as `render.dub.dub_shot` does it but for
    the encoder.
    """

    shot: Shot
    face: ShotFace
    pictures: list[Picture]

    @classmethod
    def open(cls, shot: Shot, engine: Engine, cache: Path) -> Stage:
        """Follow the face and decode the plate."""
        with closing(open_plate(shot.plate)) as reel:
            face = dubbing.find_face(shot, reel, engine, SILENT, cache)
            return cls(shot, face, list(reel.read(shot.first_index, shot.source.count)))

    def dub(self, engine: Engine, shot: Shot) -> tuple[MouthFacts, list[Picture]]:
        """Dub with an engine; return what was measured, and the pictures."""
        face = replace(self.face, reasons=dict(self.face.reasons), figures={})
        speaker = Speaker(face, (0,))
        onlooker = Onlooker(judged_part(face.track, shot.source.rate))
        with closing(open_plate(shot.plate)) as reel:
            patches = dubbing.Crew(shot, engine, reel, [speaker], [onlooker]).patches(
                speaker, shot.first_index
            )
            plates = onlooker.plate(self.pictures)
            comp = merge(plates, face.track, patches, face.visibility, face.reasons, face.figures)
            made = list(onlooker.comp(comp))
        take = said(shot, (0,), SAMPLE_RATE)
        shown = onlooker.track.frames / float(shot.source.rate)
        sync, unjudged = sync_figures(onlooker, shot, take, shown)
        line = LineResult(sync, unjudged, chosen_face(shot, face))
        return mouth_facts(shot, speaker, onlooker, line), made


def dubbed(stage: Stage, shot: Shot, engine: Engine, folder: Path) -> None:
    """Dub, and keep what was measured and a strip to look at."""
    facts, made = stage.dub(engine, shot)
    write_facts(folder / f"{shot.name}.facts", facts)
    strip(stage.pictures, made, facts.face, folder / f"{shot.name}.jpg")
    print(f"{shot.name}: {len(facts.kept)} kept", flush=True)


def write_facts(path: Path, facts: MouthFacts) -> None:
    """Keep what was measured of a dub, as JSON."""
    look = None if facts.look is None else to_plain(facts.look)
    told = {
        "speech": facts.speech.tolist(),
        "kept": {str(row): why for row, why in facts.kept.items()},
        "figures": facts.figures.tolist(),  # NaN stands as NaN, which Python's reader knows
        "sync": facts.sync,
        "judged": facts.judged,
        "look": look,
        "face": None if facts.face is None else to_plain(facts.face),
    }
    path.write_text(json.dumps(told))


def read_facts(path: Path) -> MouthFacts:
    """Read what `write_facts` wrote."""
    told = json.loads(path.read_text())
    return MouthFacts(
        speech=np.array(told["speech"], np.bool_),
        kept={int(row): why for row, why in told["kept"].items()},
        figures=np.array(told["figures"], np.float32),
        sync=told["sync"],
        judged=told["judged"],
        look=None if told["look"] is None else from_plain(MouthLook, told["look"]),
        face=None if told["face"] is None else from_plain(ChosenFace, told["face"]),
    )


def strip(
    plate: Sequence[Picture], dub: Sequence[Picture], face: ChosenFace | None, out: Path
) -> None:
    """Write nine frames, plate above dub, cut around the face."""
    rows = []
    for pictures in (plate, dub):
        some = [pictures[i].rgb8() for i in np.linspace(3, len(pictures) - 4, 9).astype(int)]
        side = min(some[0].shape[:2]) // 2
        x, y = (face.face.x, face.face.y) if face else (some[0].shape[1] / 2, some[0].shape[0] / 2)
        left, top = int(max(0, x - side / 2)), int(max(0, y - side / 3))
        crops = [cv2.resize(f[top : top + side, left : left + side], (150, 150)) for f in some]
        rows.append(np.hstack(crops)[..., ::-1])
    cv2.imwrite(str(out), np.vstack(rows))


def make(folder: Path, half: Half) -> None:
    """Dub everything of one half, clean and damaged; what is there already stays."""

    folder.mkdir(parents=True, exist_ok=True)
    engine = open_engine("g4g", EngineOptions(device="cpu", renderer="native"))
    people = CALIBRATED if half == "calibrated" else REPORTED
    made = [material(person, folder) for person in people]
    foreign = heard(SHARED / "audio/wenet-e2e__wenet__aishell-BAC009S0724W0121.flac")[::3]
    count = 0
    for place, one in enumerate(made):
        beside = made[(place + 1) % len(made)]
        for number, (plate, line) in enumerate(zip(one.plates, one.lines, strict=True)):
            line = line if len(one.plates) > 1 else beside.lines[0]
            kinds = [SPOILED[(2 * count + n) % len(SPOILED)] for n in range(2)]
            if count % 3 == 0:
                kinds.append(DRAWN[count // 3 % len(DRAWN)])
            count += 1
            names = {kind: f"{one.person}-{number}-{kind}" for kind in ("clean", *kinds)}
            if all((folder / f"{name}.facts").exists() for name in names.values()):
                continue
            patches: list[Patch] = []
            stage = Stage.open(shot_of(plate, line, names["clean"]), engine, folder / "cache")
            for kind, name in names.items():
                other = foreign if kind == "foreign" else heard(beside.lines[0])[::3]
                mouth = mouth_of(beside.plates[0]) if kind == "other-mouth" else None
                take = silent(folder) if kind == "silent-take" else line
                spoiled = Damaged(engine, kind, patches, other, mouth)
                dubbed(stage, shot_of(plate, take, name), spoiled, folder)


def silent(folder: Path) -> Path:
    """Return a take of room tone."""
    path = folder / "silence.wav"
    noise = np.random.default_rng(1).normal(0, 2e-4, round(LONGEST * 48_000))
    write_sound(path, noise.astype(np.float32))
    return path


def mouth_of(plate: Path) -> Floats:
    """Return the mouth of a plate's middle frame and the skin around it, (h, w, 3) R'G'B'."""
    face = look_at(plate, [20])[0].faces[0]
    lips = face.mesh[list(OUTER_LIPS), :2]
    (x, y), reach = lips.mean(axis=0), 1.2 * float(np.ptp(lips[:, 0]))
    with open_plate(plate) as reel:
        rgb = reel.fetch([20])[0].rgb8()
    left, top = max(int(x - reach), 0), max(int(y - reach), 0)
    part = rgb[top : int(y + reach), left : int(x + reach)]
    return part.astype(np.float32) / np.float32(255)


def table(folder: Path) -> None:
    """Rate what was measured, and count."""

    counts: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("*.facts")):
        facts = read_facts(path)
        said = assess([facts], FrameRange(0, len(facts.speech), Fraction(25)))
        group, label, _, kind = path.stem.split("-", 3)
        half: Half = "calibrated" if f"{group}-{label}" in CALIBRATED else "reported"
        counts[half, kind == "clean"][said.rating] += 1
        kinds[half, kind][said.rating] += 1
        why = ", ".join(f"{finding.code}={finding.rating}" for finding in said.findings)
        print(f"{said.rating:<5} {path.stem:<36} {why}")
    for (half, clean), ratings in sorted(counts.items()):
        told = "  ".join(f"{rating} {ratings[rating]}" for rating in ("good", "look", "bad"))
        print(f"{half:<11} {'clean  ' if clean else 'damaged'}  {told}")
    for (half, kind), ratings in sorted(kinds.items()):
        print(f"  {half:<11} {kind:<12} {dict(ratings)}")


def sheet(folder: Path) -> None:
    """Write contact sheets of all strips, ten a sheet, each under its name."""
    strips = sorted(folder.glob("*-*.jpg"))
    for page, at in enumerate(range(0, len(strips), 8)):
        rows = []
        for path in strips[at : at + 8]:
            picture = cv2.imread(str(path))
            cv2.putText(
                picture, path.stem, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 255, 255), 1
            )
            rows.append(picture)
        cv2.imwrite(str(folder / f"sheet{page:02d}.png"), np.vstack(rows))


def main(given: Sequence[str] | None = None) -> int:
    """Run one of the three."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("make", "table", "sheet"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("calibrated", "reported"), action="append")
    args = parser.parse_args(given)
    if not SHARED.is_dir():
        print("Needs the footage in ../shared/data: nothing is measured.")
        return 0
    if args.what == "make":
        for half in args.half or ("calibrated", "reported"):
            make(args.folder, half)
    elif args.what == "table":
        table(args.folder)
    else:
        sheet(args.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
