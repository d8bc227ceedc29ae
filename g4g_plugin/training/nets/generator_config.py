"""How the generator is taught: the curriculum of section 3.3 and every setting of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.generator import SMALL_CONFIG, G4GConfig
from g4g_plugin.training.nets import generator_losses as losses
from g4g_plugin.training.nets.batches import BatchConfig


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the curriculum: mouth box in pixels, its steps, clips of a batch and consecutive
    frames of each.
    """

    mouth: int
    steps: int
    clips: int = 6
    run: int = 5

    def __post_init__(self) -> None:
        if (
            self.mouth not in CROP_SIZES
            or self.steps < 1
            or self.clips < 1
            or self.run not in (1, 5)
        ):
            raise ValueError(
                f"mouth one of {sorted(CROP_SIZES)}, steps and clips from 1, runs of 1 or 5"
            )


# section 3.3: 64 -> 128 -> 256, then clips of five frames; steps and batches are ours
CURRICULUM = (
    Stage(64, 12_000, clips=24, run=1),
    Stage(128, 12_000, clips=12, run=1),
    Stage(256, 12_000, clips=6, run=1),
    Stage(256, 12_000, clips=3, run=5),  # the paper's batch of 3
)


@dataclass(frozen=True, slots=True)
class TrainGeneratorConfig:
    """How the generator is taught. The schedule follows steps, never the clock: a resumed run is
    the same run.
    """

    net: G4GConfig = field(default_factory=lambda: SMALL_CONFIG)
    batch: BatchConfig = field(default_factory=BatchConfig)
    weights: losses.LossWeights = field(default_factory=losses.LossWeights)
    stages: tuple[Stage, ...] = CURRICULUM  # walked through by `g4g train generator`
    rate: float = 4e-4  # the paper's 1e-4 is for batch 3
    critic_rate: float = 1e-3  # spectral norm holds the critics back
    betas: tuple[float, float] = (0.9, 0.98)
    decay: float = 0.01
    warm: int = 300  # steps until the full rate
    norm: float = 1.0  # of the gradient
    average: float = 0.999  # exponential mean of the weights, what is kept
    perceptual_frames: int = 1  # of each run; VGG costs more than the generator
    gan_from: int = 2500  # step at which the critics begin
    gan_warm: int = 300  # steps until their full weight
    sync_from: int = 2500  # step at which the frozen expert begins to be heard, where there is one
    # eq. 10 on [aligned, deformed]: on the aligned feature alone it finds voices, not lips
    contrast_deformed: bool = True
    queue: int = 512
    bfloat16: bool = True
    log_every: int = 10
    save_minutes: float = 3.0
    strip_minutes: float = 10.0
    seed: int = 0


def config_from(values: dict[str, Any]) -> TrainGeneratorConfig:
    """Read what `asdict` wrote of a TrainGeneratorConfig; unknown names are refused."""
    made = dict(values)
    parts = {"net": G4GConfig, "batch": BatchConfig, "weights": losses.LossWeights}
    for name, kind in parts.items():
        if name in made:
            made[name] = kind(**made[name])
    names = {f.name for f in fields(TrainGeneratorConfig)}
    if set(made) - names:
        raise EngineError(
            "Unknown settings: {made}.",
            tr("Remove them."),
            made=", ".join(sorted(set(made) - names)),
        )
    if "betas" in made:
        made["betas"] = tuple(made["betas"])
    if "stages" in made:
        made["stages"] = tuple(
            stage if isinstance(stage, Stage) else Stage(**stage) for stage in made["stages"]
        )
    return TrainGeneratorConfig(**made)
