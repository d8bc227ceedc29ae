"""Cross-audio: one person's shot driven by another person's line, measured on the delivered picture.

For every pair the mouth of the result is followed again from its pixels and compared with the mouth of the person who
really spoke the line. *Source unchanged* and *static mouth* stand beside it: what no work at all scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Shot, Take
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import Engine
from g4g_plugin.evaluation.metrics import (
    Mouth,
    aperture,
    correlation,
    jitter_ratio,
    texture,
    texture_ratio,
    travel,
)
from g4g_plugin.faces.follow import follow
from g4g_plugin.media.plate import FilePlate, open_plate
from g4g_plugin.media.take import probe_take
from g4g_plugin.render.dub import dub_shot


@dataclass(frozen=True, slots=True)
class Score:
    """One pair: correlations of aperture with the driver, and the picture's figures as ratios to the source's."""

    clip: str
    driver: str
    correlation: float  # result with driver, at the given offset
    unchanged: float  # source with driver
    leak: float  # result with source
    travel: float  # standard deviation of the aperture, result / driver's
    texture: float  # high-frequency energy of the mouth, result / source
    jitter: float  # mean absolute second difference of the aperture, result / driver's


def look(movie: Path, cache: Path | None = None) -> Mouth:
    """Follow the mouth of a whole movie and measure aperture and texture in every frame that has a face."""
    with open_plate(movie) as plate:
        track = follow(plate, 0, plate.facts.count, None, SILENT, cache, 0)
        seen = np.array([texture(p.rgb8(), m) for p, m in _faced(plate, track)])
        times = track.frames / float(plate.facts.rate)
    return Mouth(times, aperture(track.mesh), seen)


def _faced(plate: FilePlate, track: FaceTrack) -> Iterator[tuple[Picture, NDArray[np.float32]]]:
    meshes = dict(zip(track.frames.tolist(), track.mesh, strict=True))
    for picture in plate.read(0, plate.facts.count):
        if picture.index in meshes:
            yield picture, meshes[picture.index]


def judge(clip: str, driver: str, source: Mouth, spoken: Mouth, result: Mouth, offset: float = 0.0) -> Score:
    """Score one result against the source it was made from and the driver whose line it speaks."""
    upto = min(result.times[-1], spoken.times[-1])
    made, said = result.until(upto), spoken.until(upto)
    return Score(
        clip,
        driver,
        correlation(result, spoken, offset),
        correlation(source, spoken, offset),
        correlation(result, source),
        travel(made, said),
        texture_ratio(made, source.until(upto)),
        jitter_ratio(made, said),
    )


def cross_shot(clip: Path, driver: Path) -> Shot:
    """Make the Shot that puts `driver`'s sound into `clip`, as long as the shorter of the two."""
    with open_plate(clip) as plate:
        facts = plate.facts
    heard = Fraction(probe_take(driver).seconds)
    count = min(facts.count, int(heard * facts.rate))
    source = FrameRange(facts.start_frame, count, facts.rate)
    take = Take(driver, length=count / facts.rate, label=driver.stem)
    record = FrameRange(0, count, facts.rate)
    return Shot(
        f"{clip.parent.name}-{driver.parent.name}", "V1/1", record, clip, source, facts.available, take, fit="pad"
    )


def cross(clips: Sequence[Path], engine: Engine, out: Path, cache: Path, shift: int = 1) -> list[Score]:
    """Drive every clip with the line of the clip `shift` places on; returns one Score a pair, and leaves the movies."""
    seen = {clip: look(clip, cache) for clip in clips}
    scores = []
    for at, clip in enumerate(clips):
        driver = clips[(at + shift) % len(clips)]
        dub = dub_shot(cross_shot(clip, driver), engine, out, "ffv1", cache=cache)
        result = look(dub.media)
        scores.append(judge(_name(clip), _name(driver), seen[clip], seen[driver], result))
    return scores


def _name(clip: Path) -> str:
    return f"{clip.parent.name}/{clip.stem}"


def table(scores: Sequence[Score]) -> str:
    """Set scores as text, a row each and their mean."""
    names = ("correlation", "unchanged", "leak", "travel", "texture", "jitter")
    lines = [f"{'clip':<20} {'driver':<20} " + " ".join(f"{name:>11}" for name in names)]
    for score in scores:
        lines.append(f"{score.clip:<20} {score.driver:<20} " + " ".join(f"{getattr(score, n):11.2f}" for n in names))
    means = [np.nanmean([getattr(score, n) for score in scores]) for n in names]
    return "\n".join([*lines, f"{'mean':<41} " + " ".join(f"{mean:11.2f}" for mean in means)])
