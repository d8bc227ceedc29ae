"""One step of every net, alone or as one of two processes; what its gradients were, for
`test_distributed`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from drawn_pack import DrawnPack
from torch import Tensor, nn

from g4g_plugin.network.generator import SMALL_CONFIG
from g4g_plugin.network.mouth import MouthConfig, MouthNet
from g4g_plugin.network.syncnet import SyncConfig, SyncNet
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.loop.distributed import Team, team
from g4g_plugin.training.loop.loop import LoopConfig, Run
from g4g_plugin.training.nets import mouth_talks, train_mouth, train_sync
from g4g_plugin.training.nets.batches import BatchConfig
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig
from g4g_plugin.training.nets.generator_losses import Perceptual
from g4g_plugin.training.nets.train_generator import begun

LOOP = LoopConfig(steps=9, rate=1e-3, warm=1)
SYNC = train_sync.TrainSyncConfig(
    net=SyncConfig(8, 16, 0.0), loop=LOOP, clips=3, windows=3, half=False
)
MOUTH = train_mouth.TrainMouthConfig(
    net=MouthConfig(width=16, dilations=(1,), dropout=0.0), loop=LOOP, batch=5, half=False
)
TINY = replace(
    SMALL_CONFIG,
    width=8,
    dim=16,
    reference_blocks=0,
    align_blocks=1,
    decoder_blocks=1,
    supervision=True,
)
GENERATOR = TrainGeneratorConfig(
    net=TINY,
    batch=BatchConfig(clips=2, split=True, sound=True),
    gan_from=0,
    gan_warm=1,
    sync_from=0,
    bfloat16=False,
    queue=16,
)


class Squares(Perceptual):
    """A perceptual loss small enough for a test."""

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def forward(self, made: Tensor, true: Tensor) -> Tensor:
        return (made**2 - true**2).abs().mean()


def gradients(mine: Team, folder: Path) -> dict[str, Tensor]:
    """Take two steps of each net; return the second's gradients by name, and the losses."""
    corpus = Corpus(folder, mouth=64)
    clips, found = corpus.select("train"), {}
    torch.manual_seed(1)
    sync = train_sync.SyncLesson(SyncNet(SYNC.net), train_sync.read_mouths(corpus, clips), [], SYNC)
    basis = mouth_talks.fit_corpus_basis(corpus, clips)
    torch.manual_seed(2)
    talks = mouth_talks.read_talks(corpus, clips, basis, True)
    mouth = train_mouth.MouthLesson(MouthNet(MOUTH.net, basis), talks, [], MOUTH)
    for name, lesson in (("sync", sync), ("mouth", mouth)):
        run = Run(lesson, LOOP, mine)
        lesson.net.train()
        run.advance()
        found |= _told(name, lesson.net, run.advance())
    pack = DrawnPack(people=2)
    torch.manual_seed(3)
    expert = SyncNet(SyncConfig(8, 16)).eval().requires_grad_(False)
    weights = replace(GENERATOR.weights, sync=0.3, nce=1.0, gan=0.5, clip=0.5)
    teaching = begun(
        pack, pack.basis(), replace(GENERATOR, weights=weights), Squares(), expert, mine
    )
    teaching.advance()
    losses = teaching.advance()
    for name in ("net", "look", "frame_critic", "clip_critic"):
        found |= _told(
            f"generator {name}", getattr(teaching, name), losses if name == "net" else {}
        )
    return found


def _told(name: str, net: nn.Module, losses: dict[str, float]) -> dict[str, Tensor]:
    held = {f"{name} {k}": p.grad.clone() for k, p in net.named_parameters() if p.grad is not None}
    return held | {f"{name} loss {k}": torch.tensor(v) for k, v in losses.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    with team() as ours:
        told = gradients(ours, Path(sys.argv[1]))
        if ours.first:
            np.savez(sys.argv[2], **{name: value.numpy() for name, value in told.items()})  # pyright: ignore
