"""The training loop: one step like the other, checkpoints that appear whole, and a resume that changes nothing."""

from __future__ import annotations

import csv
import json
import logging
import math
import pickle
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.progress import SILENT, Progress

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How a net is taught. The schedule follows steps, never the clock, so that a resumed run is the same run."""

    steps: int = 2000
    rate: float = 1e-3  # the paper's is 1e-4 at batch 3; these nets and batches are others
    decay: float = 0.02
    betas: tuple[float, float] = (0.9, 0.98)
    warm: int = 100  # steps until the full rate
    least: float = 0.02  # share of the rate at the end of the cosine
    clip: float = 1.0  # norm of the gradient
    average: float = 0.998  # exponential mean of the weights, what is kept and measured
    log_every: int = 25
    check_every: int = 200  # steps between validations and checkpoints
    seed: int = 0


class Lesson(Protocol):
    """What is taught: the net, its batches, its losses, and how good it is."""

    @property
    def net(self) -> nn.Module:
        """The net."""
        ...

    def batch(self, rng: np.random.Generator) -> Any:
        """Draw one batch."""
        ...

    def losses(self, batch: Any) -> dict[str, Tensor]:
        """Return every loss by name; `total` is what is minimised."""
        ...

    def validate(self, net: nn.Module) -> dict[str, float]:
        """Measure a net on held-back people; `score` is the figure that chooses, higher is better."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: steps done, whether all of them, the best validation and its step."""

    steps: int
    finished: bool
    best: dict[str, float]
    best_step: int


class Run:
    """A lesson under way. Everything the next step depends on is in `state`."""

    def __init__(self, lesson: Lesson, config: LoopConfig) -> None:
        self.lesson, self.config = lesson, config
        torch.manual_seed(config.seed)
        self.rng = np.random.default_rng(config.seed)
        self.mean = {name: value.clone() for name, value in lesson.net.state_dict().items()}
        self.best_state = {name: value.clone() for name, value in self.mean.items()}
        self.best: dict[str, float] = {"score": -math.inf}
        self.best_step = self.step = 0
        groups = [p for p in lesson.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(groups, config.rate, betas=config.betas, weight_decay=config.decay)

    def advance(self) -> dict[str, float]:
        """Take one step; return its losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.config)
        losses = self.lesson.losses(self.lesson.batch(self.rng))
        self.optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        nn.utils.clip_grad_norm_(self.lesson.net.parameters(), self.config.clip)
        self.optimiser.step()
        self.step += 1
        self._average()
        return {name: float(value.detach()) for name, value in losses.items()}

    def _average(self) -> None:
        keep = min(self.config.average, self.step / (self.step + 9))
        for name, value in self.lesson.net.state_dict().items():
            if value.is_floating_point():
                self.mean[name].lerp_(value, 1 - keep)
            else:
                self.mean[name].copy_(value)

    def check(self) -> dict[str, float]:
        """Measure the averaged weights; keep them where they are the best so far."""
        own = {name: value.clone() for name, value in self.lesson.net.state_dict().items()}
        self.lesson.net.load_state_dict(self.mean)
        found = self.lesson.validate(self.lesson.net)
        self.lesson.net.load_state_dict(own)
        if found["score"] > self.best["score"]:
            self.best, self.best_step = found, self.step
            self.best_state = {name: value.clone() for name, value in self.mean.items()}
        return found

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on."""
        return {
            "config": json.dumps(asdict(self.config), sort_keys=True),
            "step": self.step,
            "net": self.lesson.net.state_dict(),
            "mean": self.mean,
            "optimiser": self.optimiser.state_dict(),
            "best_state": self.best_state,
            "best": self.best,
            "best_step": self.best_step,
            "data": json.dumps(self.rng.bit_generator.state),
            "chance": torch.get_rng_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`.

        Raises:
            EngineError: it belongs to a run with another configuration.
        """
        if state["config"] != json.dumps(asdict(self.config), sort_keys=True):
            hint = "Give the run another folder, or the configuration it was begun with."
            raise EngineError("The checkpoint belongs to a run with another configuration.", hint)
        self.lesson.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.mean, self.best_state = state["mean"], state["best_state"]
        self.step, self.best, self.best_step = state["step"], state["best"], state["best_step"]
        self.rng.bit_generator.state = json.loads(state["data"])
        torch.set_rng_state(state["chance"])


def teach(lesson: Lesson, config: LoopConfig, out: Path, minutes: float, progress: Progress = SILENT) -> Outcome:
    """Teach until the configured steps are done or the minutes are over; go on from `out/checkpoint.pt` if it is there.

    Writes out/checkpoint.pt (atomic) and out/log.csv. The net ends with the best averaged weights.

    Raises:
        EngineError: the checkpoint is damaged or of another run.
    """
    run = Run(lesson, config)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.is_file():
        run.restore(read_checkpoint(checkpoint))
    began = time.monotonic()
    lesson.net.train()
    while run.step < config.steps and time.monotonic() - began < minutes * 60:
        losses = run.advance()
        progress.step("teach", run.step, config.steps)
        if run.step % config.log_every == 0:
            write_log(out / "log.csv", {"step": run.step, "seconds": round(time.monotonic() - began, 1)} | losses)
        if run.step % config.check_every == 0 or run.step == config.steps:
            found = run.check()
            lesson.net.train()
            logger.info("step %d: %s", run.step, " ".join(f"{k} {v:.4f}" for k, v in (losses | found).items()))
            write_log(out / "checks.csv", {"step": run.step, "seconds": round(time.monotonic() - began, 1)} | found)
            write_checkpoint(checkpoint, run.state())
    write_checkpoint(checkpoint, run.state())
    if run.best_step == 0:
        run.check()
    lesson.net.load_state_dict(run.best_state)
    lesson.net.eval()
    return Outcome(run.step, run.step >= config.steps, run.best, run.best_step)


def rate_at(step: int, config: LoopConfig) -> float:
    """Return the learning rate of a step: linear warm-up, then a cosine to `least` of it."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(config.steps, 1))))
    return config.rate * min(1.0, (step + 1) / max(config.warm, 1)) * (config.least + (1 - config.least) * cosine)


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint that appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    part.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint; only tensors and plain values are unpickled.

    Raises:
        EngineError: it is damaged.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, LookupError, ValueError, EOFError, pickle.UnpicklingError) as err:
        hint = "Delete it to begin again."
        raise EngineError(f"The checkpoint {path} cannot be read.", hint) from err


def write_log(path: Path, row: dict[str, float]) -> None:
    """Add a row to a CSV log; the first row's names are the header."""
    begin = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if begin:
            writer.writeheader()
        writer.writerow({name: round(value, 5) if isinstance(value, float) else value for name, value in row.items()})
