"""The paper's Table 2: what alignment, supervision and fusion are worth, each left out of the same
training.

Every variant is one line of the config, taught from the same seed for the same minutes and measured
alike, in self-reconstruction on test people told their true shapes: what differs is the generator,
not what it hears. Nothing here asserts an order; the paper's own table is better *without*
supervision in every column.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.files import write_whole
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.engine.network import open_renderer
from g4g_plugin.evaluation import report
from g4g_plugin.evaluation.evaluate import EvaluateConfig, Outcome, Tools, evaluate
from g4g_plugin.evaluation.rows import Row, renderer_rows, without_fusion
from g4g_plugin.evaluation.subjects import pack_subjects
from g4g_plugin.network.mouth import MouthNet
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.loop.loop import read_checkpoint
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig, config_from
from g4g_plugin.training.nets.generator_losses import Perceptual
from g4g_plugin.training.nets.train_generator import export_generator, train_generator

log = logging.getLogger(__name__)

FULL_MODEL = "ours"
TABLE_COLUMNS = (
    "psnr",
    "ssim",
    "lpips",
    "mse",
    "lse_d_own",
    "lse_d_gap",
    "lse_c_own",
    "lse_c_gap",
    "texture",
    "correlation",
)
VARIANT_NOTES = (
    "w/o alignment: no AdaIN blocks and neither eq. 10 nor eq. 12 in the loss; the 1x1 convolution that joins source "
    "and references stays, as the paper's replacement by a convolution.",
    "w/o fusion: the very generator of `ours`, its matte made hard and no blend net.",
    "Every training had the same budget on this machine; the paper trained to the end on an A100.",
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One line of the table: what is changed of the config, and whether the picture is fused."""

    name: str
    config: TrainGeneratorConfig
    fused: bool = True
    taught_as: str = ""  # the variant whose training it shares

    @property
    def training(self) -> str:
        """The name of its training."""
        return self.taught_as or self.name


def variants(base: TrainGeneratorConfig) -> list[Variant]:
    """Return the paper's four variants of a config."""
    whole = replace(base, net=replace(base.net, supervision=True))
    unaligned = replace(
        whole,
        net=replace(whole.net, align_blocks=0),
        weights=replace(whole.weights, v=0.0, nce=0.0),
    )
    return [
        Variant("w/o alignment", unaligned),
        Variant("w/o supervision", replace(whole, net=replace(whole.net, supervision=False))),
        Variant("w/o fusion", whole, fused=False, taught_as=FULL_MODEL),
        Variant(FULL_MODEL, whole),
    ]


def read_base(settings: Path | None, mouth: int, seed: int) -> TrainGeneratorConfig:
    """Return the config that every variant is a change of, from a JSON file of its fields.

    Args:
        settings: JSON file of the config's fields; None takes the defaults.
        mouth: side of the mouth box in the crop, pixels.
        seed: of everything that is drawn at random.

    Raises:
        EngineError: the file cannot be read or names unknown fields.
    """
    try:
        values = json.loads(settings.read_text("utf-8")) if settings else {}
        base = config_from(values)
    except (OSError, ValueError, TypeError) as err:
        raise EngineError(
            "The settings {settings} cannot be read: {err}.",
            tr("See docs/training.md."),
            settings=settings,
            err=err,
        ) from err
    return replace(base, net=replace(base.net, mouth=mouth), seed=seed)


def open_perceptual(folder: Path | None) -> Perceptual | None:
    """Open the perceptual loss, where a folder is given.

    Raises:
        EngineError: it holds no VGG-19.
    """
    return Perceptual(folder) if folder else None


def ablate(
    corpus: Corpus,
    net: MouthNet,
    base: TrainGeneratorConfig,
    out: Path,
    minutes: float,
    tools: Tools,
    perceptual: Perceptual | None = None,
    steps: int | None = None,
    clips: int = 8,
    progress: Progress = SILENT,
) -> Outcome:
    """Teach every variant for `minutes` (or `steps`), measure them; go on from the checkpoints
    below `out`.

    The blend net beside a generator (out/<variant>/blend.safetensors), where one was taught, is
    part of the fusion.

    Args:
        corpus: the training pack.
        net: the mouth net that all variants speak with.
        base: what every variant is a change of.
        out: folder of checkpoints and results.
        minutes: of teaching for each variant.
        tools: what results are measured with.
        perceptual: net of the perceptual loss; None teaches without it.
        steps: in place of minutes.
        clips: how many test clips are evaluated.
        progress: told of each clip; may raise Cancelled.

    Raises:
        MediaError: the pack has no test clips that can be evaluated.
        EngineError: a checkpoint is damaged.
    """
    subjects = pack_subjects(corpus, clips=clips)  # before hours of training
    made = variants(base)
    files = {
        name: _taught(name, made, corpus, net, out, minutes, steps, perceptual)
        for name in _trainings(made)
    }
    rows = [_row(variant, files[variant.training], net) for variant in made]
    config = EvaluateConfig(mouth=corpus.mouth, clips=clips, silent=0, cross=False)
    outcome = evaluate(subjects, rows, net, tools, config, progress=progress)
    report.write_report(
        outcome,
        config,
        {"variants": [_told(v) for v in made], "minutes": minutes, "steps": steps},
        out,
    )
    return outcome


def _trainings(made: Sequence[Variant]) -> list[str]:
    return list(dict.fromkeys(variant.training for variant in made))


def _taught(
    name: str,
    made: Sequence[Variant],
    corpus: Corpus,
    net: MouthNet,
    out: Path,
    minutes: float,
    steps: int | None,
    perceptual: Perceptual | None,
) -> Path:
    """Teach one variant, or go on with it; return its weights. A training that is finished is not
    begun again.
    """
    variant = next(v for v in made if v.name == name)
    folder = out / name.replace("/", "").replace(" ", "-")
    path = folder / "generator.safetensors"
    done = folder / "done.json"
    wanted = json.dumps(
        {"minutes": minutes, "steps": steps, "config": asdict(variant.config)}, sort_keys=True
    )
    if path.is_file() and done.is_file() and done.read_text("utf-8") == wanted:
        log.info("%s is taught already", name)
        return path
    log.info("teaching %s", name)
    left = max(0.0, minutes - spent(folder) / 60)
    taught = train_generator(corpus, net.basis, variant.config, folder, left, steps, perceptual)
    card = {"ablation": name, "steps": taught.step, "corpus": corpus.digest}
    export_generator(taught, net.basis, path, card)
    write_whole(done, wanted.encode())
    return path


def spent(folder: Path) -> float:
    """Return the seconds a training has behind it, so that a broken run gets no more than the
    others.
    """
    checkpoint = folder / "checkpoint.pt"
    return float(read_checkpoint(checkpoint)["seconds"]) if checkpoint.is_file() else 0.0


def _row(variant: Variant, weights: Path, net: MouthNet) -> Row:
    renderer, _ = open_renderer(weights, net.basis, torch.device("cpu"))
    renderer.alone = True  # the native picture owes nothing to what is left out
    if not variant.fused:
        renderer.blend = None
    told_shapes = renderer_rows(variant.name, renderer, sees_answer=False)[1]
    row = replace(told_shapes, name=variant.name)
    return row if variant.fused else without_fusion(row)


def _told(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "fused": variant.fused,
        "training": variant.training,
        **asdict(variant.config),
    }


def ablation_text(outcome: Outcome, budget: str) -> str:
    """Set the table beside the paper's Table 2; budget: what each training was given, in words."""
    found = report.means(outcome.figures["self"], TABLE_COLUMNS)
    clips = len({str(r["clip"]) for r in outcome.figures["self"]})
    return "\n\n".join(
        [
            f"{clips} test clips, true shapes, {budget} of training each\n"
            + report.table(found, TABLE_COLUMNS),
            *report.missing(outcome),
            "The paper's Table 2 (HDTF)\n" + report.paper_table(report.PAPER_TABLE_2),
            "What differs:\n"
            + "\n".join(f"- {line}" for line in (*VARIANT_NOTES, *report.PROTOCOL_DIFFERENCES[:3])),
        ]
    )
