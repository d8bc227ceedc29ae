"""The curriculum of section 3.3 in one command: small mouths, larger ones, then five-frame runs,
each from the last.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.syncnet import SyncNet
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import read_checkpoint
from g4g_plugin.training.nets.batches import Pack
from g4g_plugin.training.nets.generator_config import Stage, TrainGeneratorConfig
from g4g_plugin.training.nets.generator_losses import Perceptual
from g4g_plugin.training.nets.train_generator import Teaching, train_generator

logger = logging.getLogger(__name__)


def parse_stages(text: str) -> tuple[Stage, ...]:
    """Read a plan as MOUTH:STEPS or MOUTH:STEPS:CLIPSxRUN, joined by commas.

    Raises:
        EngineError: another format.
    """
    stages = []
    for part in text.split(","):
        try:
            mouth, steps, *batch = part.split(":")
            clips, _, run = (batch[0] if batch else "6x5").partition("x")
            stages.append(Stage(int(mouth), int(steps), int(clips), int(run)))
        except ValueError as err:
            raise EngineError(
                "{part!r} is no stage: {err}.",
                tr("For instance 64:4000:6x5,128:4000:3x5."),
                part=part,
                err=err,
            ) from err
    return tuple(stages)


def stage_config(config: TrainGeneratorConfig, stage: Stage) -> TrainGeneratorConfig:
    """Return the configuration of one stage."""
    batch = replace(
        config.batch, clips=stage.clips, run=stage.run, sound=config.batch.sound and stage.run == 5
    )
    return replace(config, net=replace(config.net, mouth=stage.mouth), batch=batch)


def stage_folder(out: Path, number: int, stage: Stage) -> Path:
    """Return where a stage is kept.

    Args:
        out: the training's folder.
        number: of the stage, from 0.
        stage: the stage.
    """
    return out / f"stage-{number + 1}-m{stage.mouth}x{stage.run}"


def train_stages(
    open_pack: Callable[[int], Pack],
    basis: ShapeBasis,
    config: TrainGeneratorConfig,
    out: Path,
    minutes: float,
    perceptual: Perceptual | None = None,
    begin: Path | None = None,
    expert: SyncNet | None = None,
    team: Team = SOLO_TEAM,
) -> Teaching | None:
    """Teach the stages of a config one after another; return the last teaching, None where
    everything was done already.

    A stage begins with the nets of the one before; steps count on through all of them, and so do
    the schedules. A killed run goes on inside its stage.

    Args:
        open_pack: the pack at a mouth size.
        basis: what the codes mean.
        config: with the stages.
        out: the training's folder.
        minutes: for all stages together.
        perceptual: the perceptual loss, where there is one.
        begin: checkpoint whose nets the first stage takes on.
        expert: frozen sync expert to listen to.
        team: the processes that teach together.

    Raises:
        EngineError: a checkpoint is damaged.
    """
    began, teaching = time.monotonic(), None
    end = int(read_checkpoint(begin)["step"]) if begin is not None else 0
    for number, stage in enumerate(config.stages):
        end += stage.steps
        folder = stage_folder(out, number, stage)
        checkpoint = folder / "checkpoint.pt"
        left = minutes - (time.monotonic() - began) / 60
        if not checkpoint.is_file() or int(read_checkpoint(checkpoint)["step"]) < end:
            if not team.agree(left > 0):
                return teaching
            logger.info("stage %d of %d: %s", number + 1, len(config.stages), stage)
            teaching = train_generator(
                open_pack(stage.mouth),
                basis,
                stage_config(config, stage),
                folder,
                left,
                end,
                perceptual,
                begin,
                expert if stage.run == 5 else None,
                team,
            )
            if teaching.step < end:
                return teaching
        begin = checkpoint
    return teaching
