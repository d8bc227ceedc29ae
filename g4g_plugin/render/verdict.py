"""The word about a dub: good, worth a look, or bad, from what was measured of it.

A pure function of the facts. Its limits are set by `benchmarks/verdicts.py` on dubs that were
damaged on purpose and on clean ones (docs/verdict.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.assessment import (
    SPEECH_COVERAGE_LEAST,
    Assessment,
    ChosenFace,
    Coverage,
    Finding,
    Rating,
)
from g4g_plugin.core.kept import Kept, KeptReason, kept_runs
from g4g_plugin.core.time import FrameRange

Floats = NDArray[np.float32]
Marks = NDArray[np.bool_]

HALF_DONE = 0.75  # of the speech dubbed, below which the old lips are what one notices
FEW_FRAMES = 0.1  # of the frames: a fault in more of them is one of the whole dub

# Figures of clean dubs and of damaged ones stand beside each limit (calibrated half).
LOST_TIMING, WEAK_TIMING = 0.06, 0.09  # `timing` after the dub
REACHED_TIMING = 0.15  # `timing` of the person's own speech, from which a lost sync is certain
TIMING_SHARE = 0.3  # of that timing, below which the dub falls behind what this person reaches
OFF_MS, FAR_MS = 80.0, 480.0  # two frames; beyond twelve the best offset is the search's end
SURE_LEAD = 0.06  # of the best offset over those far from it
OTHER_LIGHT = 0.3  # log2 of the ratio: 1.23. Clean mouths that open reach .2 for a frame
OTHER_COLOUR = 0.02  # of a channel's share
SEAM_LIMIT = 0.03  # of full scale
# Ratio of the finest detail, median of the frames: .91 to 1 clean
SOFT_DETAIL, ROUGH_DETAIL = (0.65, 1.6)
PART_SEEN = 0.8  # of the patch, below which something lies before it
DISPLACED_SHARE = 0.03  # of the mouth's box
OTHER_MOUTH = 0.85  # correlation of the mean mouths
FLICKER_RATIO = 2.5  # ratio of flicker
SWITCHED_SHARE = 0.08  # a frame of speech: two a second


@dataclass(frozen=True, slots=True)
class MouthLook:
    """How a mouth looks in the dub beside the plate, over the frames that are judged.

    alike: correlation of the mean pictures, -1..1; shift: how far the mean mouth sits off, in
    widths of the mouth's box; jumps: flicker from frame to frame, dub over plate.
    """

    alike: float
    shift: float
    jumps: float


@dataclass(frozen=True, slots=True, eq=False)
class MouthFacts:
    """What was measured of one mouth; row 0 is the first frame of the source range.

    speech (N,): whether it speaks; kept: row -> why the plate was kept; figures (N, 5) float32:
    `composite.checks.PatchFigures` of each patch, NaN where there is none; sync:
    `render.sync_score.sync_figures`; judged: whether there are figures after the dub.
    """

    speech: Marks
    kept: Mapping[int, KeptReason]
    figures: Floats
    sync: Mapping[str, float]
    judged: bool
    look: MouthLook | None
    face: ChosenFace | None


def assess(mouths: Sequence[MouthFacts], source: FrameRange) -> Assessment:
    """Return the word about a dub.

    Args:
        mouths: what was measured of each mouth.
        source: the shot's source range, in the plate's own time.
    """
    coverage = _coverage(mouths, source)
    findings = _coverage_findings(coverage)
    for mouth in mouths:
        shown = _Shown(mouth, source)
        findings += [*_person(shown), *_sync(mouth), *_patches(shown), *_place(mouth)]
    return Assessment(coverage, tuple(findings))


def _coverage(mouths: Sequence[MouthFacts], source: FrameRange) -> Coverage:
    """Count the speech of all mouths, and name what of it was not dubbed."""
    missed: list[Kept] = []
    for mouth in mouths:
        frames: dict[int, KeptReason] = {
            row + source.first: why for row, why in mouth.kept.items() if mouth.speech[row]
        }
        missed += kept_runs(frames, source.rate)
    return Coverage(sum(int(mouth.speech.sum()) for mouth in mouths), tuple(missed))


def _coverage_findings(coverage: Coverage) -> list[Finding]:
    if not coverage.speech:
        return [Finding("no-speech", "look")]
    if coverage.share >= SPEECH_COVERAGE_LEAST:
        return []
    asked = all(run.reason == "asked" for run in coverage.missed)
    rating: Rating = "look" if asked or coverage.share >= HALF_DONE else "bad"
    frames = tuple(run.frames for run in coverage.missed)
    return [Finding("speech-kept", rating, frames, {"percent": 100 * coverage.share})]


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A mouth's facts, and where its rows lie in the plate's own time."""

    facts: MouthFacts
    source: FrameRange

    def kept(self, reason: KeptReason) -> Marks:
        """Return the rows kept for a reason, (N,)."""
        return np.array(
            [self.facts.kept.get(row) == reason for row in range(self.source.count)], np.bool_
        )

    def frames(self, rows: Marks) -> tuple[FrameRange, ...]:
        """Return the runs of marked rows in the plate's own time."""
        edges = np.flatnonzero(np.diff(np.r_[False, rows, False].astype(np.int8)))
        return tuple(
            FrameRange(int(first) + self.source.first, int(end - first), self.source.rate)
            for first, end in zip(edges[::2], edges[1::2], strict=True)
        )


def _person(shown: _Shown) -> list[Finding]:
    """Say where it is not certain whose mouth was moved."""
    findings = []
    unsure = shown.kept("unsure-person")
    if unsure.any():
        findings.append(Finding("unsure-person", "look", shown.frames(unsure)))
    face = shown.facts.face
    if face is not None and face.reason == "size":
        findings.append(Finding("speaker-by-size", "look"))
    return findings


def _sync(mouth: MouthFacts) -> list[Finding]:
    """Say how well lips and sound fit, against what this person's own speech reaches."""
    if not mouth.speech.any():
        return []
    if not mouth.judged:
        return [Finding("sync-unjudged", "look")]
    after, reach = mouth.sync["timing_after"], mouth.sync.get("timing_before", 0.0)
    values = {"after": mouth.sync["confidence_after"]}
    off = mouth.sync["offset_ms_after"]
    if OFF_MS <= abs(off) <= FAR_MS and mouth.sync["lead_after"] >= SURE_LEAD:
        return [Finding("sync-off", "bad", values={"ms": abs(off)})]
    if after < LOST_TIMING:
        return [Finding("sync-lost", "bad" if reach >= REACHED_TIMING else "look", values=values)]
    if after < max(WEAK_TIMING, TIMING_SHARE * reach) or abs(off) >= OFF_MS:
        return [Finding("sync-weak", "look", values=values)]
    return []


def _patches(shown: _Shown) -> list[Finding]:
    """Say which patches were refused, and what is wrong with those laid down."""
    edge, light, colour, detail, seen = shown.facts.figures.T
    with np.errstate(invalid="ignore"):  # NaN, where there is no patch, is no fault
        faults: tuple[tuple[str, Marks], ...] = (
            ("patches-refused", shown.kept("bad-patch")),
            ("light", np.abs(light) > OTHER_LIGHT),
            ("colour", colour > OTHER_COLOUR),
            ("seam", edge > SEAM_LIMIT),
        )
        covered = seen < PART_SEEN
    findings = [
        Finding(code, "bad" if rows.mean() > FEW_FRAMES else "look", shown.frames(rows))
        for code, rows in faults
        if rows.any()
    ]
    if np.isfinite(detail).any():  # each frame's varies with what is said: teeth are fine detail
        usual = float(np.nanmedian(detail))
        if not SOFT_DETAIL < usual < ROUGH_DETAIL:
            findings.append(Finding("blurred" if usual <= SOFT_DETAIL else "noisy", "bad"))
    if covered.any():
        findings.append(Finding("part-covered", "look", shown.frames(covered)))
    return findings


def _place(mouth: MouthFacts) -> list[Finding]:
    """Say whether the mouth sits where the plate's did, and stays there."""
    findings = []
    look = mouth.look
    if look is not None and (look.shift > DISPLACED_SHARE or look.alike < OTHER_MOUTH):
        findings.append(Finding("displaced", "bad"))
    new = np.array([row not in mouth.kept for row in range(len(mouth.speech))])
    switches = int(np.abs(np.diff(new[mouth.speech].astype(np.int8))).sum())
    often = switches > SWITCHED_SHARE * max(int(mouth.speech.sum()), 1)
    if often or (look is not None and look.jumps > FLICKER_RATIO):
        findings.append(Finding("flicker", "bad"))
    return findings
