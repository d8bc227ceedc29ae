"""Measure every row on every clip: self-reconstruction (the paper's Table 1) and cross-audio.

Every mouth is measured in the result's own pixels: its mesh is found again there, never taken from
what was asked for. Ground truth passes through the same finding. A figure that cannot be had is
NaN, and the report says why.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.evaluation import metrics
from g4g_plugin.evaluation.articulation import articulation_figures
from g4g_plugin.evaluation.features import Features, Lpips, fid
from g4g_plugin.evaluation.inspection import Find, Seen, look, rings
from g4g_plugin.evaluation.interior import interior_figures
from g4g_plugin.evaluation.metrics import Mouth
from g4g_plugin.evaluation.rows import (
    TRUTH_ROW,
    UNCHANGED_ROW,
    Row,
    dubbed,
    heard_codes,
    noisy_codes,
    peer_pictures,
    silent_codes,
    true_codes,
)
from g4g_plugin.evaluation.subjects import Sound, Subject, cross_subject, shortened
from g4g_plugin.network.judge import JUDGE_RATE, SyncScore, even, grey_mouths, judge
from g4g_plugin.network.mouth import MouthNet
from g4g_plugin.network.syncnet import SyncNet

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

log = logging.getLogger(__name__)

STRIP_FRAMES = 6


@dataclass(frozen=True, slots=True)
class Tools:
    """What measures: the mesh finder, and the networks a user may or may not have."""

    find: Find
    expert: SyncNet | None = None
    lpips: Lpips | None = None
    features: Features | None = None


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """What is measured, and how."""

    mouth: int = 128  # M: results are compared in crops of this size, the paper's 256
    most: int = 100  # frames of one clip
    clips: int = 12
    silent: int = 12  # clips that are dubbed without speech too, for LipLeak
    silent_frames: int = 16  # of each: nothing happens in them, or should
    cross: bool = True


@dataclass(slots=True, eq=False)
class Outcome:
    """All figures: by protocol ("self", "cross") a list of {row, clip, identity, figures...}; crops
    for the strips.
    """

    figures: dict[str, list[dict[str, object]]] = field(
        default_factory=lambda: {"self": [], "cross": []}
    )
    curves: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    strips: dict[str, dict[str, Pixels]] = field(default_factory=dict)
    fid: dict[str, float] = field(default_factory=dict)


def evaluate(
    subjects: Sequence[Subject],
    rows: Sequence[Row],
    net: MouthNet,
    tools: Tools,
    config: EvaluateConfig,
    peers: dict[str, Path] | None = None,
    progress: Progress = SILENT,
) -> Outcome:
    """Measure rows and peers on subjects.

    Args:
        subjects: the clips.
        rows: the ways to make a mouth that are compared.
        net: the mouth net that speaks in all rows.
        tools: what results are measured with.
        config: what is measured, and of how much.
        peers: folders of result videos by name, of self-reconstruction.
        progress: told of each clip; may raise Cancelled.

    Raises:
        MediaError: a frame, or a peer's video, cannot be read.
    """
    outcome = Outcome()
    deaf: list[dict[str, Seen]] = []  # rows that are told nothing show the same under any line
    for done, subject in enumerate(subjects):
        seen = _self_rows(
            outcome, subject, rows, net, tools, config, peers or {}, done < config.silent
        )
        deaf.append(
            {row.name: seen[row.name] for row in rows if row.told == "nothing"}
            | {TRUTH_ROW: seen[TRUTH_ROW]}
        )
        progress.step("self", done + 1, len(subjects))
    _all_fid(outcome, tools)
    pairs = pair_up(subjects) if config.cross else []
    for done, (shown, heard) in enumerate(pairs):
        spoken = deaf[heard][TRUTH_ROW]
        _cross_rows(
            outcome,
            (subjects[shown], deaf[shown]),
            (subjects[heard], spoken),
            rows,
            net,
            tools,
            config,
        )
        progress.step("cross", done + 1, len(pairs))
    return outcome


def pair_up(subjects: Sequence[Subject]) -> list[tuple[int, int]]:
    """Return (shown, heard) for every subject: each hears the next shorter clip of somebody else,
    the last the longest.

    Windows of like length waste least of either; where there is only one person, another clip of
    theirs is heard.
    """
    order = sorted(range(len(subjects)), key=lambda i: -float(subjects[i].times[-1]))
    pairs = []
    for at, shown in enumerate(order):
        behind = order[at + 1 :] + order[:at]
        others = [i for i in behind if subjects[i].identity != subjects[shown].identity]
        pairs += [(shown, (others or behind)[0])] if behind else []
    return sorted(pairs)


# --- self-reconstruction ---


def _self_rows(
    outcome: Outcome,
    subject: Subject,
    rows: Sequence[Row],
    net: MouthNet,
    tools: Tools,
    config: EvaluateConfig,
    peers: dict[str, Path],
    silent: bool,
) -> dict[str, Seen]:
    told = {
        "sound": heard_codes(net, subject),
        "shape": true_codes(net.basis, subject, subject.times),
    }
    closed = float(np.percentile(metrics.aperture(subject.crops.pool.mesh), 5))
    truth = look(subject.pictures(), subject, config.mouth, tools.find, net.basis).ringed()
    sync = _judged(tools, truth, subject, config)
    seen = {TRUTH_ROW: truth}
    figures = {TRUTH_ROW: self_figures(truth, truth, tools, config.mouth)}
    for row in rows:
        seen[row.name] = _shown(row, subject, told, truth, net, tools, config)
        leaks = _leaks(row, subject, seen[row.name], net, tools, config, closed, silent)
        figures[row.name] = (
            self_figures(seen[row.name], truth, tools, config.mouth, subject.sound) | leaks
        )
    for name, folder in peers.items():
        pictures = peer_pictures(folder, subject)
        if pictures is not None:
            seen[name] = look(pictures, subject, config.mouth, tools.find, net.basis)
            figures[name] = self_figures(seen[name], truth, tools, config.mouth)
    for name, own in figures.items():
        score = sync if name == TRUTH_ROW else _judged(tools, seen[name], subject, config)
        _add(outcome, "self", name, subject, own | sync_figures(score, sync, subject.sound.late))
        _keep_curve(outcome, f"self/{name}", subject, score)
    outcome.strips[f"{subject.file_name}-self"] = {
        name: _kept(one, tools) for name, one in seen.items()
    }
    return seen


def _shown(
    row: Row,
    subject: Subject,
    told: dict[str, Floats],
    truth: Seen,
    net: MouthNet,
    tools: Tools,
    config: EvaluateConfig,
) -> Seen:
    """See what a row shows of a subject; `told` has the codes by what the row is told."""
    if row.name == UNCHANGED_ROW:
        return truth
    codes = told.get(row.told, np.zeros_like(told["sound"]))
    return look(dubbed(row, subject, codes), subject, config.mouth, tools.find, net.basis)


def self_figures(
    seen: Seen, truth: Seen, tools: Tools, mouth: int, sound: Sound | None = None
) -> dict[str, float]:
    """Return the figures of one result against its truth; frames that a peer left out do not count.

    Args:
        seen: the result.
        truth: the plate.
        tools: what measures.
        mouth: M, the size of the crops.
        sound: what was heard, where the result was told by it; see `looks` and `mouth_figures`.
    """
    late = 0.0 if sound is None else sound.late
    keep = np.isin(np.rint(truth.times * 1e4), np.rint(seen.times * 1e4))
    true = truth.where(keep)
    a, b = metrics.mouth_part(seen.pictures, mouth), metrics.mouth_part(true.pictures, mouth)
    figures = {
        "psnr": float(metrics.psnr(a, b).mean()),
        "ssim": float(metrics.ssim(a, b).mean()),
        "mse": float(metrics.mse(a, b).mean()),
        "lpips": float(tools.lpips(a, b).mean()) if tools.lpips else float("nan"),
        "lmd": metrics.lmd(seen.mesh, true.mesh),
        "seam": metrics.seam(
            seen.pictures, true.pictures, rings(true) if true.ring is None else true.ring
        ),
        "lost": float(1 - seen.found.mean()),
    }
    figures |= mouth_figures(seen.mouth(), true.mouth(), true.mouth(), late)
    return figures | looks(seen, true, true, sound)


def looks(made: Seen, spoken: Seen, own: Seen, sound: Sound | None = None) -> dict[str, float]:
    """Return how a result speaks beside the mouth that spoke the line, and how its lips and inside
    look beside the person's own.

    Args:
        made: the result.
        spoken: the mouth that spoke the line.
        own: the plate.
        sound: the line; where its samples are known they say in which frames it sounds.
    """
    if not made.found.any() or not spoken.found.any():
        return {}
    inside = interior_figures(made.interior, own.interior, made.opened, own.opened)
    speech = spoken.speech()
    if sound is not None and sound.samples is not None:
        speech = speech.hearing(sound.samples, sound.start + speech.times)
    return articulation_figures(made.speech(), speech) | inside


def mouth_figures(made: Mouth, spoken: Mouth, source: Mouth, late: float = 0.0) -> dict[str, float]:
    """Return what is compared with the mouth that really spoke the line, and the texture beside the
    source's.

    Args:
        made: the mouth of the result.
        spoken: the mouth that really spoke the line.
        source: the mouth of the plate.
        late: seconds by which the line was late in its own film. They were taken out;
            `correlation_raw` is what would be found without that: the mouth then moves so much
            later, whoever hears the line.
    """
    if not len(made.times) or not len(spoken.times):
        return {}
    end = min(made.times[-1], spoken.times[-1]) + 1e-6
    upto, said = made.until(end), spoken.until(end)
    return {
        "correlation": metrics.correlation(made, spoken),
        "correlation_raw": metrics.correlation(made, spoken, -late),
        "opening": metrics.opening_ratio(upto, said),
        "travel": metrics.travel(upto, said),
        "spread": float(upto.aperture.std()),
        "true_spread": float(said.aperture.std()),
        "jitter": metrics.jitter_ratio(upto, said),
        "texture": metrics.texture_ratio(upto, source.until(end)),
    }


def _leaks(
    row: Row,
    subject: Subject,
    seen: Seen,
    net: MouthNet,
    tools: Tools,
    config: EvaluateConfig,
    closed: float,
    wanted: bool,
) -> dict[str, float]:
    """Return LipLeak for digital silence and for room noise; rows that hear nothing show what they
    show anyway.
    """
    if row.told == "nothing":
        return {"lip_leak": metrics.lip_leak(seen.mouth(), closed)}
    if row.told == "shape" or not wanted:
        return {}
    short = shortened(subject, subject.crops.start + config.silent_frames)
    lines = {"lip_leak": silent_codes(net, short), "leak_noise": noisy_codes(net, short)}
    return {
        name: metrics.lip_leak(
            look(dubbed(row, short, codes), short, config.mouth, tools.find, net.basis).mouth(),
            closed,
        )
        for name, codes in lines.items()
        if codes is not None
    }


# --- cross-audio ---


def _cross_rows(
    outcome: Outcome,
    shown: tuple[Subject, dict[str, Seen]],
    heard: tuple[Subject, Seen],
    rows: Sequence[Row],
    net: MouthNet,
    tools: Tools,
    config: EvaluateConfig,
) -> None:
    (plate, deaf), (driver, spoken) = shown, heard
    late = driver.sound.late
    subject = cross_subject(plate, driver)
    told = {
        "sound": heard_codes(net, subject),
        "shape": true_codes(net.basis, driver, subject.times),
    }
    sync = _judged(tools, spoken, driver, config)
    truth = mouth_figures(spoken.mouth(), spoken.mouth(), spoken.mouth())
    truth |= looks(spoken, spoken, spoken, driver.sound)
    _add(outcome, "cross", TRUTH_ROW, subject, truth | sync_figures(sync, sync, late), driver)
    own = deaf[TRUTH_ROW].first(len(subject.track))
    seen = {}
    for row in rows:
        one = deaf[row.name].first(len(subject.track)) if row.name in deaf else None
        one = seen[row.name] = one or _shown(row, subject, told, own, net, tools, config)
        figures = mouth_figures(one.mouth(), spoken.mouth(), own.mouth(), late)
        figures |= looks(one, spoken, own, driver.sound)
        figures["source"] = metrics.correlation(one.mouth(), own.mouth())
        figures["seam"] = metrics.seam(
            one.pictures, own.pictures, rings(own) if own.ring is None else own.ring
        )
        figures["lost"] = float(1 - one.found.mean())
        score = _judged(tools, one, subject, config)
        _add(outcome, "cross", row.name, subject, figures | sync_figures(score, sync, late), driver)
        _keep_curve(outcome, f"cross/{row.name}", subject, score)
    outcome.strips[f"{subject.file_name}-cross"] = {
        name: _kept(one, tools) for name, one in seen.items()
    }


# --- the expert, and the books ---


def _judged(tools: Tools, seen: Seen, subject: Subject, config: EvaluateConfig) -> SyncScore | None:
    if tools.expert is None:
        return None
    rows, ticks = even(seen.times)
    grey = grey_mouths(seen.pictures[rows], config.mouth)
    return judge(tools.expert, grey, subject.sound.mel, subject.sound.start + ticks)


def sync_figures(
    score: SyncScore | None, real: SyncScore | None, late: float = 0.0
) -> dict[str, float]:
    """Return the expert's figures of a result, and their gaps to those of real video; nothing
    without an expert.

    Args:
        score: of the result.
        real: of real video of the same line.
        late: seconds by which the line was late in its own film; `confidence_raw` is the
            confidence with them left in.
    """
    if score is None or real is None:
        return {}
    return {
        "lse_d_own": score.lse_d,
        "lse_d_gap": score.lse_d - real.lse_d,
        "lse_c_own": score.lse_c,
        "lse_c_gap": score.lse_c - real.lse_c,
        "offset": float(score.offset),
        "off_by": abs(float(score.offset)),
        "confidence": score.at_zero,
        "real_confidence": real.at_zero,
        "confidence_raw": score.at(-late),
    }


def _kept(seen: Seen, tools: Tools) -> Pixels:
    """Keep what a strip shows; all crops only where FID is to compare them."""
    if tools.features is not None:
        return seen.pictures
    return seen.pictures[
        np.unique(np.linspace(0, len(seen.pictures) - 1, STRIP_FRAMES).round().astype(int))
    ]


def _keep_curve(outcome: Outcome, name: str, subject: Subject, score: SyncScore | None) -> None:
    if score is not None:
        outcome.curves.setdefault(name, {})[subject.name] = [
            round(float(c), 4) for c in score.curve
        ]


def _add(
    outcome: Outcome,
    protocol: str,
    row: str,
    subject: Subject,
    figures: dict[str, float],
    driver: Subject | None = None,
) -> None:
    names: dict[str, object] = {"row": row, "clip": subject.name, "identity": subject.identity}
    names |= {"frames": len(subject.track), "late": round(subject.sound.late * JUDGE_RATE, 2)}
    if driver is not None:
        names["driver"] = driver.name
    outcome.figures[protocol].append(names | figures)


def _all_fid(outcome: Outcome, tools: Tools) -> None:
    """Compare the whole crops of all clips; FID says nothing of a single one."""
    if tools.features is None:
        return
    strips = [strip for name, strip in outcome.strips.items() if name.endswith("-self")]
    for row in {row for strip in strips for row in strip}:
        pairs = [(strip[row], strip[TRUTH_ROW]) for strip in strips if row in strip]
        made, true = (np.concatenate(side) for side in zip(*pairs, strict=True))
        found = fid(made, true, tools.features)
        outcome.fid[row] = float("nan") if found is None else found
