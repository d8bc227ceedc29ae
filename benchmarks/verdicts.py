"""Is the word about a dub true? Clean dubs and dubs damaged on purpose, and what is said of them.

    python benchmarks/verdicts.py make FOLDER [--half calibrated|reported]   dub and measure (needs
    ../shared)
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
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from spoiled import DRAWN, SPOILED, Damaged, mouth_of

from g4g_plugin.composite.merge import merge
from g4g_plugin.core.assessment import ChosenFace
from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.crop import Patch
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import LineResult, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import Engine, EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import probe_take
from g4g_plugin.render import dub as dubbing
from g4g_plugin.render.assess import chosen_face, mouth_facts
from g4g_plugin.render.lines import ShotFace, Speaker, said
from g4g_plugin.render.sync_score import SAMPLE_RATE, Onlooker, judged_part, sync_figures
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


@dataclass(frozen=True, slots=True)
class Material:
    """A person's plates and lines, as small files."""

    person: str
    plates: tuple[Path, ...]
    lines: tuple[Path, ...]  # the line for each plate: another one of the same person


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


def table(folder: Path) -> None:
    """Rate what was measured, and count."""

    counts: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for path in sorted(folder.glob("*.facts")):
        facts = read_facts(path)
        said = assess([facts], FrameRange(0, len(facts.speech), Fraction(25)))
        group, label, _, kind = path.stem.split("-", 3)
        half = "calibrated" if f"{group}-{label}" in CALIBRATED else "reported"
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
