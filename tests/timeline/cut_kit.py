"""Cuts of numbered plates, planned, read, delivered and written back as a dub is, but with the
plate's own pictures: what is delivered can be read frame by frame.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from drawn_movies import Movie, read_number, write_movie, write_sound

from g4g_plugin.core.decisions import Line, ShotSettings, Take
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import frames_of_timecode, timecode
from g4g_plugin.deliver.encode import encode, next_name
from g4g_plugin.media.plate import open_plate
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.own_sound import own_sound
from g4g_plugin.project.planning import plan_shot
from g4g_plugin.timeline.read import open_timeline
from g4g_plugin.timeline.write import ClipChange, Written, write_project

Node = dict[str, Any]
HELD = 100  # frames of a plate
HZ = 48_000


def time(value: float, rate: float) -> Node:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}


def span(first: float, count: float, rate: float) -> Node:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(first, rate),
        "duration": time(count, rate),
    }


def clip(target: str | Path, source: Node | None, available: Node | None, **more: Any) -> Node:
    """Write a clip of one file; `more`: further members, `effects` or `metadata`."""
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": "",
        "target_url": str(target),
        "available_range": available,
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": Path(str(target)).stem,
        "source_range": source,
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": reference},
        "active_media_reference_key": "DEFAULT_MEDIA",
        **more,
    }


def gap(count: float, rate: float) -> Node:
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": span(0, count, rate),
    }


def dissolve(before: int, after: int, rate: float) -> Node:
    return {
        "OTIO_SCHEMA": "Transition.1",
        "metadata": {},
        "name": "",
        "transition_type": "SMPTE_Dissolve",
        "in_offset": time(before, rate),
        "out_offset": time(after, rate),
    }


def nest(items: list[Node], source: Node | None = None, **more: Any) -> Node:
    return {
        "OTIO_SCHEMA": "Stack.1",
        "metadata": {},
        "name": "nest",
        "source_range": source,
        "effects": [],
        "markers": [],
        "children": [track("Video", items)],
        **more,
    }


def track(kind: str, items: list[Node]) -> Node:
    return {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": "",
        "kind": kind,
        "source_range": None,
        "effects": [],
        "markers": [],
        "children": items,
    }


def timeline(
    path: Path,
    video: Sequence[list[Node]],
    audio: Sequence[list[Node]] = (),
    start: Node | None = None,
) -> Path:
    """Write a timeline; video, audio: the items of each track."""
    tracks = [track("Video", items) for items in video] + [track("Audio", a) for a in audio]
    stack = {"OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "tracks", "children": tracks}
    value = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": path.stem,
        "global_start_time": start,
        "tracks": stack,
    }
    path.write_text(json.dumps(value, indent=2))
    return path


@dataclass(frozen=True)
class Plate:
    """A numbered movie: where it lies, its exact rate, and the timecode of its first frame."""

    path: Path
    rate: Fraction
    start: int
    count: int

    def held(self, rate: float) -> Node:
        """What it holds, as a timeline writes it."""
        return span(self.start, self.count, rate)


def plate(folder: Path, name: str = "A.mov", **how: Any) -> Plate:
    """Draw a plate with the sound of a voice of its own; how: fields of `Movie`."""
    sound = how.pop("sound", True)
    movie = Movie(count=how.pop("count", HELD), timecode=how.pop("timecode", "01:00:00:00"), **how)
    if sound:
        heard = chirps(sum(map(ord, name)), float(movie.count / movie.rate))
        movie = replace(movie, sounds=[("pcm_s16le", heard[None], HZ)])
    start = frames_of_timecode(movie.timecode, movie.rate) if movie.timecode else 0
    return Plate(write_movie(folder / name, movie), movie.rate, start, movie.count)


def chirps(seed: int, seconds: float) -> np.ndarray:
    """Draw bursts of filtered noise, like no other seed's, (n,) int16 at HZ."""
    rng, count = np.random.default_rng(seed), round(seconds * HZ)
    sound = np.convolve(rng.normal(size=count), np.ones(12) / 12, "same")
    level = np.repeat(rng.random(count // 4800 + 1) > 0.4, 4800)[:count]
    return (sound / np.abs(sound).max() * 20000 * (0.05 + level)).clip(-32000, 32000).astype("i2")


def line(folder: Path, seconds: float = 4.5) -> Path:
    """Write the new line."""
    return write_sound(folder / "line.wav", "pcm_s16le", chirps(99, seconds)[None], HZ)


COPY = ShotSettings(engine="copy", codec="ffv1", fit="trim")


@dataclass(frozen=True)
class Result:
    """A shot that was delivered: what was planned, the file, the two timelines and the delivery
    copy's JSON.
    """

    shot: Shot
    media: Path
    written: Written
    delivered: Node = field(repr=False)

    def numbers(self) -> list[int]:
        """Read the plate's frame number from each delivered frame."""
        return [read_number(luma) for luma in lumas(self.media)]

    def items(self, kind: str, number: int) -> list[Node]:
        """Return what lies on a track of the delivery copy."""
        tracks = [t for t in self.delivered["tracks"]["children"] if t["kind"] == kind]
        return tracks[number - 1]["children"]

    def heard(self, kind: str, number: int) -> list[tuple[float, float, bool]]:
        """Return (source start, length, switched on) of what lies on a track, in its own frames."""
        return [
            (
                item["source_range"]["start_time"]["value"],
                item["source_range"]["duration"]["value"],
                item.get("enabled", True) is not False,
            )
            for item in self.items(kind, number)
            if item["OTIO_SCHEMA"].startswith("Clip")
        ]


def lumas(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as movie:
        return [f.reformat(format="gray").to_ndarray() for f in movie.decode(video=0)]


def dub(cut: Path, audio: Path, address: str = "V1/1", out: str = "out", **how: Any) -> Result:
    """Deliver a clip; how: fields of `ShotSettings`."""
    settings, folder = replace(COPY, **how), cut.parent / out
    folder.mkdir(exist_ok=True)
    edit = open_timeline(cut)
    slot = edit.slot(address)
    shot = plan_shot(slot, Decisions((Line(Take(audio)),), settings))
    media = next_name(folder, shot.name, settings.codec)
    with open_plate(shot.plate, shot.conform) as reel:
        span = shot.deliver
        pictures = reel.read(span.first - shot.available.first, span.count)
        encode(pictures, shot, reel.facts, media, settings.codec)
    start = timecode(span.first, span.rate, shot.drop)
    made = Dub(shot, media, span, start, "copy", None, span.count, 0)
    changes = [ClipChange(slot.clip, (made,))]
    written = write_project(edit, changes, folder, same=own_sound(edit))
    return Result(shot, media, written, json.loads(written.dubbed.read_text("utf-8")))
