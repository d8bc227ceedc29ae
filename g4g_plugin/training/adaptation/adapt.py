"""Learn one person from the shot's own footage (g4g adapt): nothing leaves the machine, the base
weights stay.

Two things are learned, each kept only where it beats the base on frames held back: how far this
person's mouth moves (amplitude.py, for both renderers), and the last layers of the generator's
decoder, which mix and paint this person's pixels. What is kept is the difference to the base, in a
file beside the project (engine/adapted_weights.py).
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.progress import Progress
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr
from g4g_plugin.engine.adapted_weights import (
    Adaptation,
    Amplitude,
    added,
    read_adaptation,
    save_adaptation,
)
from g4g_plugin.engine.base import EngineSpec
from g4g_plugin.engine.g4g import G4GEngine, weight_files
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.engine.network import NetworkRenderer, open_renderer
from g4g_plugin.network.mouth import MouthNet, load_mouth
from g4g_plugin.network.shape import SHAPE_POINTS
from g4g_plugin.project.adaptation import seen_in
from g4g_plugin.training.adaptation import amplitude as amplitudes
from g4g_plugin.training.adaptation.own_footage import Footage, PersonSampler, gather, part
from g4g_plugin.training.nets.batches import BatchConfig
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig
from g4g_plugin.training.nets.generator_losses import LossWeights
from g4g_plugin.training.nets.train_generator import Teaching

Floats = NDArray[np.float32]
State = dict[str, Tensor]
Figures = dict[str, float]

NEVER_STEP = 10**9  # steps: no critics and no expert; they need more people than one
LEAST_GAIN = 0.01  # share of the base's error that must go, or the base is kept
TEXTURE_LOSS_LIMIT = 0.05  # logarithm: the mouth's texture may lose so much and no more
JUDGED_FRAMES = 96  # frames held back that are made and measured
TEXTURE_MARGIN = 0.15  # of the lips' width: what around them counts as the mouth's texture
CHECK_COUNT = 5  # times on the way at which it is asked whether more helps
DEFAULT_MOUTH_PIXELS = 96  # mouth box the footage is cut for where no generator is installed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AdaptConfig:
    """How one person is learned."""

    rate: float = 2e-4
    warm: int = 15  # steps
    average: float = 0.98  # exponential mean of the weights, what is kept
    budget: int = (
        600_000  # numbers learned, counted from the picture inwards: 1.2 MB in half precision
    )
    batch: BatchConfig = field(
        default_factory=lambda: BatchConfig(
            clips=2,
            run=3,
            elsewhere=0.0,
            code_noise=0.05,
            shape_noise=0.02,
            gain=0.04,
            mirror=False,
        )
    )
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What came of one part: figures on the frames held back, base and adapted; whether it is kept,
    and a sentence.
    """

    kept: bool
    said: str
    base: Figures = field(default_factory=dict)
    adapted: Figures = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        return {
            "kept": self.kept,
            "said": self.said,
            "base": self.base,
            "adapted": self.adapted,
        } | self.more


def adapt_shot(
    shot: Shot,
    path: Path,
    minutes: float,
    config: AdaptConfig,
    progress: Progress,
    cache: Path | None,
    weights: Path | None = None,
    steps: int | None = None,
) -> dict[str, Any]:
    """Learn the person of a shot, write the adaptation, return the report.

    An adaptation of the same weights and footage that lies there is gone on from. The file says
    what was better; where nothing was, it holds no change, and a dub uses the base.

    Args:
        shot: whose person is learned.
        path: the adaptation.
        minutes: to learn.
        config: rates, budget and batches.
        progress: told on the way; may cancel.
        cache: where face analyses are kept.
        weights: the base; the installed weights where None.
        steps: at most so many, for tests.

    Raises:
        MediaError, FaceError, EngineError: as the rooms say.
        Cancelled: `progress` asked to stop; what lay at `path` is as it was.
    """
    check_writable(path)
    mouth_file, generator_file = weight_files(weights)
    net, digest = load_mouth(mouth_file)
    base, renderer = {"mouth": digest}, None
    if generator_file.is_file():
        renderer, base["generator"] = open_renderer(generator_file, net.basis, torch.device("cpu"))
    plain = G4GEngine(net, NativeRenderer(net.basis), EngineSpec("g4g"), 1.0)
    footage = gather(
        shot, plain, renderer.mouth if renderer else DEFAULT_MOUTH_PIXELS, progress, cache
    )
    amplitude, opened = adapt_amplitude(footage, net)
    delta: State = {}
    painted = Learned(False, "No generator is installed.")
    if renderer is not None:
        before, done = earlier(path, base["generator"], footage)
        config = replace(
            config, seed=config.seed + done
        )  # other batches than those learned from already
        delta, painted = adapt_generator(
            footage, renderer, before, minutes, config, progress, steps
        )
        painted.more["steps"] += done
    card = {"clip": shot.clip} | seen_in(shot) | {"footage": told(footage)}
    card |= {"amplitude": opened.to_json(), "generator": painted.to_json()}
    save_adaptation(path, base, amplitude, delta, card)
    return card | {"file": str(path), "bytes": path.stat().st_size}


def check_writable(path: Path) -> None:
    """See, before minutes are spent, that a file can be written.

    Raises:
        EngineError: it cannot.
    """
    there = next(place for place in (path.parent, *path.parent.parents) if place.exists())
    if path.is_dir() or not there.is_dir() or not os.access(there, os.W_OK):
        raise EngineError(
            "{path} cannot be written.",
            tr("Choose a folder you may write to."),
            path=path,
        )


def told(footage: Footage) -> dict[str, Any]:
    """Return which frames were learned from and which were held back: first and last, counted in
    the file.
    """
    learned, held = (footage.track.frames[rows] for rows in (footage.learned, footage.held))
    ends = {
        "learned": [int(learned[0]), int(learned[-1])],
        "held_back": [int(held[0]), int(held[-1])],
    }
    counts = {"frames_learned": len(learned), "frames_held_back": len(held)}
    return ends | counts | {"rate": str(footage.rate / footage.step)}


# --- how far the mouth moves ---


def adapt_amplitude(footage: Footage, net: MouthNet) -> tuple[Amplitude | None, Learned]:
    """Measure how far this person's mouth moves; None where that is not better than the base, or
    cannot be said.
    """
    learned, held = (
        amplitudes.listen(footage, net, rows) for rows in (footage.learned, footage.held)
    )
    if learned.seconds < amplitudes.LEAST_LEARNED or held.seconds < amplitudes.LEAST_HELD:
        short = (
            f"{learned.seconds:.1f} s of speech to learn from and {held.seconds:.1f} s held back"
        )
        said = (
            "The original has no sound."
            if footage.samples is None
            else f"{short} are too little to tell."
        )
        return None, Learned(False, said)
    found = amplitudes.fit_amplitude(learned)
    base, adapted = amplitudes.figures(held, Amplitude()), amplitudes.figures(held, found)
    kept = amplitudes.better(base, adapted)
    said = "Kept." if kept else "Not better on the frames held back: the base is kept."
    return (found if kept else None), Learned(kept, said, base, adapted, asdict(found))


# --- the generator ---


def adapt_generator(
    footage: Footage,
    renderer: NetworkRenderer,
    before: State,
    minutes: float,
    config: AdaptConfig,
    progress: Progress,
    steps: int | None = None,
) -> tuple[State, Learned]:
    """Fine-tune the decoder's last layers; return (what is to be added to the base, what came of
    it).

    Nothing is added where the base is better than both the new adaptation and the earlier one.

    Args:
        footage: of the person.
        renderer: with the base.
        before: an earlier adaptation to go on from; kept where the new one is no better.
        minutes: to learn.
        config: rates, budget and batches.
        progress: told on the way; may cancel.
        steps: at most so many.
    """
    base = {name: value.clone() for name, value in renderer.net.state_dict().items()}
    plain = measure(renderer, footage, footage.held)
    teaching, began = lesson(footage, renderer, added(base, before), config), time.monotonic()

    def judge(delta: State, rows: NDArray[np.bool_]) -> Figures:
        renderer.net.load_state_dict(added(base, delta))
        return measure(renderer, footage, rows)

    new = learn(
        teaching, base, minutes, steps, progress, lambda delta: judge(delta, footage.between)["l1"]
    )
    tried = [(delta, judge(delta, footage.held)) for delta in (new, before) if delta]
    best, found = min(tried, key=lambda pair: pair[1]["l1"], default=(base, plain))
    renderer.net.load_state_dict(base)
    kept = improved(plain, found)
    said = "Kept." if kept else "Not better on the frames held back: the base is kept."
    more = {"steps": teaching.step, "minutes": round((time.monotonic() - began) / 60, 2)}
    return (best if kept else {}), Learned(kept, said, plain, found, more)


def learn(
    teaching: Teaching,
    base: State,
    minutes: float,
    steps: int | None,
    progress: Progress,
    judge: Callable[[State], float],
) -> State:
    """Teach until the minutes (or the steps) are over; return the change that `judge` found best on
    the way.

    It is asked `CHECK_COUNT` times, of the averaged weights in half precision: what is judged is
    what is kept.

    Args:
        teaching: the run.
        base: the weights it begins with.
        minutes: to learn.
        steps: at most so many.
        progress: told on the way; may cancel.
        judge: the error of a change on held-back frames.
    """
    seconds, began = 60 * minutes, time.monotonic()
    names = [name for name, value in teaching.net.named_parameters() if value.requires_grad]
    tried: list[tuple[float, State]] = []
    while (spent := time.monotonic() - began) < seconds and (
        steps is None or teaching.step < steps
    ):
        progress.step("adapt", min(round(spent), round(seconds) - 1), round(seconds))
        row = teaching.advance()
        share = max((time.monotonic() - began) / seconds, teaching.step / (steps or NEVER_STEP))
        if share >= (len(tried) + 1) / CHECK_COUNT:
            delta = {name: (teaching.mean[name] - base[name]).half().float() for name in names}
            finite = all(bool(value.isfinite().all()) for value in delta.values())
            tried.append((judge(delta) if finite else math.inf, delta))
            told = " ".join(f"{name} {value:.4f}" for name, value in row.items())
            log.info("step %d: between %.4f, %s", teaching.step, tried[-1][0], told)
    progress.step("adapt", 1, 1)
    best, delta = min(reversed(tried), key=lambda pair: pair[0], default=(math.inf, {}))
    return delta if best < math.inf else {}


def lesson(
    footage: Footage, renderer: NetworkRenderer, state: State, config: AdaptConfig
) -> Teaching:
    """Set up the teaching of one person: the generator as it is, everything but the decoder's last
    layers frozen.

    Args:
        footage: of the person.
        renderer: with the base.
        state: the weights to begin with.
        config: rates, budget and batches.
    """
    batch = BatchConfig(**asdict(config.batch) | {"aligned": renderer.net.config.aligned})
    settings = TrainGeneratorConfig(
        net=renderer.net.config,
        batch=batch,
        weights=LossWeights(v=0.0, nce=0.0, gan=0.0, clip=0.0, coarse=0.0),
        rate=config.rate,
        warm=config.warm,
        average=config.average,
        gan_from=NEVER_STEP,
        sync_from=NEVER_STEP,
        bfloat16=bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()),
        seed=config.seed,
    )
    teaching = Teaching(
        PersonSampler(footage, renderer.own, batch, config.seed), settings, None, None
    )
    teaching.net.load_state_dict(state)
    teaching.mean = {name: value.clone() for name, value in teaching.net.state_dict().items()}
    for module in (teaching.net, teaching.look):
        module.requires_grad_(False)
    chosen = last_layers(teaching.net.decoder, config.budget)
    for value in chosen:
        value.requires_grad_(True)
    teaching.optimiser = torch.optim.AdamW(
        chosen, config.rate, betas=settings.betas, weight_decay=0.0
    )
    return teaching


def last_layers(decoder: nn.Module, budget: int) -> list[nn.Parameter]:
    """Return the decoder's parameters from the picture inwards, as many layers as `budget` numbers
    allow.
    """
    layers: dict[str, list[nn.Parameter]] = {}
    for name, value in decoder.named_parameters():
        if not name.startswith("coarse"):
            layers.setdefault(name.rpartition(".")[0], []).append(value)
    chosen: list[nn.Parameter] = []
    for values in reversed(list(layers.values())):
        budget -= sum(value.numel() for value in values)
        if budget < 0 and chosen:
            break
        chosen += values
    return chosen


def measure(renderer: NetworkRenderer, footage: Footage, rows: NDArray[np.bool_]) -> Figures:
    """Make frames with their own true mouths, references from the frames learned from, and compare:
    l1 and psnr (dB) under the matte; texture, the standard deviation of the mouth's Laplacian,
    made / true.

    Args:
        renderer: what makes them.
        footage: of the person.
        rows: (N,) which frames.
    """
    crops = footage.crops(rows)
    thin = np.zeros(len(crops.track), bool)
    thin[
        np.unique(np.linspace(0, len(thin) - 1, min(JUDGED_FRAMES, len(thin))).round().astype(int))
    ] = True
    crops.track = part(crops.track, thin)
    said, _ = renderer.own.encode(crops.track.mesh, renderer.own.neutral(crops.pool.mesh))
    wanted = np.ascontiguousarray(crops.track.mesh[:, SHAPE_POINTS, :2])
    reference, shown = renderer.encode(crops), list(crops)
    sums, fine = np.zeros(3), np.zeros((0, 2))
    for at in range(0, len(shown), renderer.batch):
        some = slice(at, at + renderer.batch)
        made, inputs = renderer.pictures(shown[some], wanted[some], said[some], reference)
        for picture, given, points in zip(made, inputs, wanted[some], strict=True):
            true, matte = given["source"].transpose(1, 2, 0), given["matte"][0][..., None]
            away = picture - true
            sums += [
                float((matte * np.abs(away)).sum()),
                float((matte * away**2).sum()),
                3 * float(matte.sum()),
            ]
            fine = np.vstack([fine, [grain(picture, points), grain(true, points)]])
    if not len(fine):
        return {"l1": 0.0, "psnr": 0.0, "texture": 1.0}
    error, square = sums[:2] / max(sums[2], 1e-9)
    ratio = float(fine[:, 0].mean() / max(fine[:, 1].mean(), 1e-9))
    return {
        "l1": float(error),
        "psnr": -10 * math.log10(max(float(square), 1e-10)),
        "texture": ratio,
    }


def grain(picture: Floats, points: Floats) -> float:
    """Return the standard deviation of the Laplacian around the lips; picture (H, W, 3) 0..1,
    points (59, 2).
    """
    lips = points[:20]
    margin = TEXTURE_MARGIN * float(np.ptp(lips[:, 0]))
    left, top = np.maximum(np.floor(lips.min(axis=0) - margin).astype(int), 0)
    right, bottom = np.ceil(lips.max(axis=0) + margin).astype(int)
    box = np.ascontiguousarray(picture[top:bottom, left:right].mean(axis=2), np.float32)
    return float(cv2.Laplacian(box, cv2.CV_32F).std()) if box.size else 0.0


def improved(base: Figures, adapted: Figures) -> bool:
    """Return whether an adapted generator beats the base on the frames held back, without being
    softer.
    """
    texture = (
        abs(math.log(max(adapted["texture"], 1e-6)))
        <= abs(math.log(max(base["texture"], 1e-6))) + TEXTURE_LOSS_LIMIT
    )
    nearer = adapted["l1"] < (1 - LEAST_GAIN) * base["l1"] and adapted["psnr"] > base["psnr"]
    return nearer and texture


def earlier(path: Path, generator: str, footage: Footage) -> tuple[State, int]:
    """Return what an earlier adaptation changed, and its steps; nothing where it is of another
    generator or held other frames back.

    Args:
        path: the adaptation.
        generator: digest of the base.
        footage: of the person.
    """
    if not path.is_file():
        return {}, 0
    try:
        found: Adaptation = read_adaptation(path)
    except EngineError as err:
        log.warning("%s It is written anew.", err.message)
        return {}, 0
    same = found.base.get("generator") == generator and found.card.get("footage") == told(footage)
    return (
        (found.delta, int(found.card["generator"].get("steps", 0)))
        if same and found.delta
        else ({}, 0)
    )


def report_text(report: dict[str, Any]) -> str:
    """Set a report as text."""
    seen, opened, painted = report["footage"], report["amplitude"], report["generator"]
    lines = [
        f"{report['clip']}: {seen['frames_learned']} frames learned from, {seen['frames_held_back']} held back",
        "How far the mouth moves (both renderers): " + opened["said"],
    ]
    if opened["base"]:
        a, b = opened["base"], opened["adapted"]
        lines.append(
            f"    gain {opened['gain']:.2f}, offset {opened['offset']:+.3f}: error of the aperture "
            f"{a['error']:.4f} -> {b['error']:.4f} eye distances, frame by frame {a['frame_error']:.4f} -> "
            f"{b['frame_error']:.4f}, travel {a['travel']:.2f} -> {b['travel']:.2f}"
        )
    lines.append("The mouth's picture (network renderer): " + painted["said"])
    if painted["base"]:
        a, b = painted["base"], painted["adapted"]
        lines.append(
            f"    {painted['steps']} steps: error under the matte {a['l1']:.4f} -> {b['l1']:.4f}, PSNR "
            f"{a['psnr']:.2f} -> {b['psnr']:.2f} dB, texture {a['texture']:.2f} -> {b['texture']:.2f} of the true one"
        )
    lines.append(
        f"Adaptation: {report['file']} ({report['bytes'] / 1e6:.2f} MB); `g4g dub --adapt` uses it"
    )
    return "\n".join(lines)
