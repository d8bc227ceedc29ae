"""A folder with plates, a take, a timeline, and one sample of each kind of state, for
fuzz_state.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

if "G4G_HOME" not in os.environ:
    os.environ["G4G_HOME"] = tempfile.mkdtemp(prefix="g4g-fuzz-home-")

import av
import numpy as np

from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, Origin, RangeSetting, ShotSettings, Take
from g4g_plugin.core.kept import Kept
from g4g_plugin.core.settings import Settings, cache_dir, save_settings
from g4g_plugin.core.shot import Dub, LineResult, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.journal import journal_file
from g4g_plugin.project.service import Service
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import ClipChange, write_project

RATE = Fraction(25)
FRAMES = 10


class Bench:
    """A folder with plates, a take, a timeline, and one sample of each kind of state."""

    def __init__(self, folder: Path) -> None:
        self.media, self.place = folder / "media", folder / "case"
        self.media.mkdir()
        self.plates = [self.media / "a.mov", self.media / "b.mov"]
        for plate in self.plates:
            _write_plate(plate)
        self.take = self.media / "line.wav"
        _write_take(self.take)
        self.cut, self.out = self.place / "cut.otio", self.place / "g4g-dubs"
        self.project, self.store = self.out / "cut.g4g.otio", self._store()
        self.samples = self._samples()
        self.originals = {path: digest_of(path) for path in (*self.plates, self.take)}

    def _store(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.out.resolve() / "cut")).hexdigest()
        return cache_dir() / "jobs" / f"{name[:16]}.sqlite3"

    def begin(self) -> None:
        """Lay out a timeline with nothing decided."""
        for folder in (self.place, cache_dir(), cache_dir().parent / "config"):
            if folder.is_symlink() or folder.is_file():
                folder.unlink()
            shutil.rmtree(folder, ignore_errors=True)
        self.out.mkdir(parents=True)
        self.cut.write_text(json.dumps(timeline_of(self.plates), indent=1))

    def decisions(self) -> Decisions:
        """Return decisions that use all there is."""
        takes = Take(self.take, Fraction(1, 5), Fraction(1, 5), 0, "line")
        lines = (Line(takes, FaceChoice(30.5, 20, 3), -2), Line(Take(self.take), None, 4))
        settings = ShotSettings("copy", strength=1.5, fit="pad", codec="ffv1", handles=2)
        return Decisions(lines, settings, (RangeSetting(2, 4, "shut", ramp=1),))

    def dub(self, clip: str, number: int) -> Dub:
        """Return a delivered dub that uses all there is."""
        given, span = self.decisions(), FrameRange(90_000, FRAMES, RATE)
        record = FrameRange(0 if clip == "V1/1" else FRAMES, FRAMES, RATE)
        plate = self.plates[int(clip[-1]) - 1]
        shot = Shot(
            "a", clip, record, plate, span, span, given.lines, fit="pad", ranges=given.ranges
        )
        media = self.out / f"a.g4g-dub-v{number:03d}.mkv"
        origin = Origin(given.settings, "ef" * 32, ("ab" * 32,) * 2, "g4g 0.2.0")
        dub = Dub(shot, media, span, "01:00:00:00", "copy", None, 8, 2, {"lag": 0.5}, origin=origin)
        return replace(
            dub,
            dubbed=(FrameRange(90_000, 8, RATE),),
            kept=(Kept("covered", FrameRange(90_008, 2, RATE)),),
            lines=(LineResult({"lag": 0.5}, {"before": "No sound."}),),
            notes=("The mouth is small.",),
        )

    def _samples(self) -> dict[str, bytes]:
        self.begin()
        decided = ClipChange(
            "V1/1", (self.dub("V1/1", 1),), to_plain(self.decisions()), None, (), {"x": "good"}
        )
        write_project(
            open_timeline(self.cut),
            [decided, ClipChange("V1/2", (self.dub("V1/2", 1),))],
            self.out,
        )
        samples = {"project": self.project.read_bytes()}
        samples["delivery copy"] = (self.out / "cut.dubbed.otio").read_bytes()
        service = Service(Settings(), cache_dir())
        service.open(self.cut, self.out)
        service.assign({"V1/1": self.decisions(), "V1/2": self.decisions()})
        service.choose("V1/1", -1)
        service.judge("V1/2", 0, "bad")
        service.save()
        service.close(0)
        samples["journal"] = json.dumps(
            json.loads(journal_file(self.cut).read_bytes()), sort_keys=True
        ).encode()
        samples["session"] = self._session().encode()
        memory = {
            "recent": [str(self.cut)],
            "theme": "light",
            "shortcuts": {"dub": "D"},
            "presets": {"strong": {"strength": 1.5, "path_map": {"/a": "/b"}}},
            "geometry": "01d9",
        }
        samples["memory"] = json.dumps(memory).encode()
        save_settings(Settings(ShotSettings(strength=1.5, handles=3), path_map={"/a": "/b"}))
        samples["settings"] = (cache_dir().parent / "config" / "settings.toml").read_bytes()
        return samples

    def _session(self) -> str:
        tests = Path(__file__).resolve().parents[1] / "tests" / "project"
        sample = (tests / "session-0.1.json").read_text("utf-8")
        places = {"CUT": self.cut, "OUT": self.out, "LINE": self.take, "PLATE": self.plates[0]}
        for name, path in (places | {"MEDIA": self.plates[1]}).items():
            sample = sample.replace(f"@{name}@", str(path))
        return json.dumps(json.loads(sample))


# --- samples ---


def _write_plate(path: Path) -> None:
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.metadata["timecode"] = "01:00:00:00"
        for number in range(FRAMES):
            picture = np.full((48, 64, 3), 20 * number, np.uint8)
            movie.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        movie.mux(stream.encode(None))


def _write_take(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * FRAMES // int(RATE)))


def _range(first: int, count: int) -> dict[str, Any]:
    def rational(value: float) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": value}

    schema = {"OTIO_SCHEMA": "TimeRange.1"}
    return schema | {"start_time": rational(float(first)), "duration": rational(float(count))}


def timeline_of(plates: Sequence[Path]) -> dict[str, Any]:
    """Return a timeline with one clip of each plate."""

    def clip(plate: Path) -> dict[str, Any]:
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": str(plate),
            "available_range": _range(90_000, FRAMES),
        }
        return {
            "OTIO_SCHEMA": "Clip.2",
            "name": plate.stem,
            "source_range": _range(90_000, FRAMES),
            "media_references": {"DEFAULT_MEDIA": reference},
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [clip(p) for p in plates]}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    return {"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": stack}


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
