"""The training loop: one step like the other, checkpoints that appear whole, and a resume that
changes nothing.
"""

from __future__ import annotations

import json
import logging
import math
import pickle
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.training.loop.curves import Journal
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team

Pixels = NDArray[np.uint8]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """How a net is taught. The schedule follows steps, never the clock, so that a resumed run is
    the same run.
    """

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
    """What is taught: the net, its batches, its losses, and how good it is. It may also draw a
    `strip(net)`.

    `team`: the processes that teach it; `losses` runs the net on this process's share and compares
    all of them.
    """

    team: Team

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


class Course(Protocol):
    """A run under way, as the loop sees it: it advances step by step and can be kept and resumed.

    `seconds`: time spent teaching, over all the times it was resumed.
    """

    team: Team
    step: int
    seconds: float

    def advance(self) -> dict[str, float]:
        """Take one step; return its losses."""
        ...

    def check(self) -> dict[str, float]:
        """Measure on held-back people and keep what is best; empty where nothing is measured."""
        ...

    def strip(self) -> Pixels | None:
        """Draw what the net makes of held-back people, (H, W, 3) uint8 RGB, where it can."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a loop ends, logs, measures and saves.

    steps: the last one, None for as long as there is time; check_every: None measures nothing on
    the way; save_minutes: between checkpoints, beside those that follow a measurement.
    """

    steps: int | None
    log_every: int
    check_every: int | None = None
    save_minutes: float = 3.0

    def goes_on(self, step: int) -> bool:
        """Return whether there are steps left."""
        return self.steps is None or step < self.steps

    def checks(self, step: int) -> bool:
        """Return whether the net is measured after this step."""
        return self.check_every is not None and (step % self.check_every == 0 or step == self.steps)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: steps done, whether all of them, the best validation and its step."""

    steps: int
    finished: bool
    best: dict[str, float]
    best_step: int


class Run:
    """A lesson under way. Everything the next step depends on is in `state`."""

    def __init__(self, lesson: Lesson, config: LoopConfig, team: Team = SOLO_TEAM) -> None:
        self.lesson, self.config, self.team = lesson, config, team
        lesson.team = team
        lesson.net.to(team.device)
        torch.manual_seed(config.seed)
        self.rng = np.random.default_rng(config.seed)
        self.mean = {name: value.clone() for name, value in lesson.net.state_dict().items()}
        self.best_state = {name: value.clone() for name, value in self.mean.items()}
        self.best: dict[str, float] = {"score": -math.inf}
        self.best_step = self.step = 0
        self.seconds = 0.0
        groups = [p for p in lesson.net.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            groups, config.rate, betas=config.betas, weight_decay=config.decay
        )

    def advance(self) -> dict[str, float]:
        """Take one step; return its losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.step, self.config)
        losses = self.lesson.losses(on(self.team.device, self.lesson.batch(self.rng)))
        self.optimiser.zero_grad(set_to_none=True)
        losses["total"].backward()
        self.team.average(self.lesson.net.parameters())
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
        own = self._averaged()
        found = self.lesson.validate(self.lesson.net)
        self._returned(own)
        if found["score"] > self.best["score"]:
            self.best, self.best_step = found, self.step
            self.best_state = {name: value.clone() for name, value in self.mean.items()}
        return found

    def strip(self) -> Pixels | None:
        """Return a picture of what the averaged weights make of held-back people, where the lesson
        draws one.
        """
        draw = getattr(self.lesson, "strip", None)
        if draw is None:
            return None
        own = self._averaged()
        picture = draw(self.lesson.net)
        self._returned(own)
        return picture

    def _averaged(self) -> dict[str, Tensor]:
        """Put the averaged weights into the net, on the CPU, where it is measured; return its own."""
        own = {name: value.clone() for name, value in self.lesson.net.state_dict().items()}
        self.lesson.net.load_state_dict(self.mean)
        self.lesson.net.cpu().eval()
        return own

    def _returned(self, own: dict[str, Tensor]) -> None:
        self.lesson.net.to(self.team.device).load_state_dict(own)
        self.lesson.net.train()

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on."""
        return {
            "config": json.dumps(asdict(self.config), sort_keys=True),
            "step": self.step,
            "seconds": self.seconds,
            "net": self.lesson.net.state_dict(),
            "mean": self.mean,
            "optimiser": self.optimiser.state_dict(),
            "best_state": self.best_state,
            "best": self.best,
            "best_step": self.best_step,
            "data": json.dumps(self.rng.bit_generator.state),
            "chance": torch.get_rng_state(),
        } | ({"cuda": torch.cuda.get_rng_state()} if self.team.device.type == "cuda" else {})

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`.

        Raises:
            EngineError: it belongs to a run with another configuration.
        """
        if asdict(LoopConfig()) | json.loads(state["config"]) != json.loads(
            json.dumps(asdict(self.config))
        ):
            hint = tr("Give the run another folder, or the configuration it was begun with.")
            raise EngineError("The checkpoint belongs to a run with another configuration.", hint)
        self.lesson.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.mean, self.best_state = (
            on(self.team.device, state["mean"]),
            on(self.team.device, state["best_state"]),
        )
        self.step, self.best, self.best_step = state["step"], state["best"], state["best_step"]
        self.seconds = state.get("seconds", 0.0)  # checkpoints of before 0.2 do not say
        self.rng.bit_generator.state = json.loads(state["data"])
        torch.set_rng_state(state["chance"])
        if "cuda" in state and self.team.device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"])


def on(device: torch.device, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors on a device."""
    return {name: value.to(device) for name, value in values.items()}


def teach(
    lesson: Lesson,
    config: LoopConfig,
    out: Path,
    minutes: float,
    progress: Progress = SILENT,
    team: Team = SOLO_TEAM,
    journal: Journal | None = None,
) -> Outcome:
    """Teach a lesson until its steps are done or the minutes are over; resume it where
    `out/checkpoint.pt` is there.

    Writes out/checkpoint.pt (atomic), log.csv, checks.csv, curves.png and strips. The net ends with
    the best averaged weights, on the CPU.

    Args:
        lesson: the net, its batches and its losses.
        config: steps, rates and the rhythm of checks.
        out: the run's folder.
        minutes: for this call.
        progress: told of every step; may cancel.
        team: the processes that teach together.
        journal: another than the run's own.

    Raises:
        EngineError: the checkpoint is damaged or of another run.
    """
    run = Run(lesson, config, team)
    rhythm = Rhythm(config.steps, config.log_every, config.check_every)
    journal = journal or Journal(out, quiet=not team.first)
    lesson.net.train()
    conduct(run, rhythm, out, minutes, progress, journal)
    if run.best_step == 0:
        run.check()
    lesson.net.cpu().load_state_dict(run.best_state)
    lesson.net.eval()
    journal.draw(run.step, getattr(lesson, "strip", lambda net: None)(lesson.net))
    journal.close()
    return Outcome(run.step, run.step >= config.steps, run.best, run.best_step)


def conduct(
    course: Course,
    rhythm: Rhythm,
    out: Path,
    minutes: float,
    progress: Progress,
    journal: Journal,
) -> None:
    """Advance a course until its steps are done or the minutes are over; resume it where
    `out/checkpoint.pt` is there.

    Args:
        course: what is taught.
        rhythm: when to log, measure, save and end.
        out: the run's folder; made where it is missing.
        minutes: for this call; a resumed run gets them anew.
        progress: told of every step; may cancel.
        journal: gets the rows "log" and "checks", and the strips.

    Raises:
        EngineError: the checkpoint is damaged or of another run.
    """
    out.mkdir(parents=True, exist_ok=True)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.is_file():
        course.restore(read_checkpoint(checkpoint))
    began, before = time.monotonic(), course.seconds
    saved = began
    journal.pace(course.step)
    while rhythm.goes_on(course.step) and course.team.agree(
        time.monotonic() - began < minutes * 60
    ):
        losses = course.advance()
        course.seconds = before + time.monotonic() - began
        progress.step("teach", course.step, rhythm.steps or 0)
        if course.step % rhythm.log_every == 0:
            pace = {"steps a second": round(journal.pace(course.step), 3)}
            _log(journal, "log", course, losses | pace)
        checked = rhythm.checks(course.step)
        if checked:
            _log(journal, "checks", course, course.check())
        if checked or time.monotonic() - saved > rhythm.save_minutes * 60:
            _keep(course, checkpoint)
            saved = time.monotonic()
        if journal.due():
            journal.draw(course.step, course.strip())
    _keep(course, checkpoint)
    course.team.wait()


def _log(journal: Journal, name: str, course: Course, figures: Mapping[str, float]) -> None:
    journal.row(name, course.step, {"seconds": round(course.seconds, 1), **figures})
    logger.info("step %d: %s", course.step, " ".join(f"{k} {v:.4f}" for k, v in figures.items()))


def _keep(course: Course, path: Path) -> None:
    if course.team.first:
        write_checkpoint(path, course.state())


def rate_at(step: int, config: LoopConfig) -> float:
    """Return the learning rate of a step: linear warm-up, then a cosine to `least` of it."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(config.steps, 1))))
    return (
        config.rate
        * min(1.0, (step + 1) / max(config.warm, 1))
        * (config.least + (1 - config.least) * cosine)
    )


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint that appears whole or not at all."""
    with whole_file(path) as file:
        torch.save(state, file)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint; only tensors and plain values are unpickled.

    Raises:
        EngineError: it is damaged.
    """
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (
        OSError,
        RuntimeError,
        LookupError,
        ValueError,
        EOFError,
        pickle.UnpicklingError,
    ) as err:
        hint = tr("Delete it to begin again.")
        raise EngineError("The checkpoint {path} cannot be read.", hint, path=path) from err
