"""Teach the blend net (section 3.2): finish a face that was pasted together, so that it is the true
frame again.

Self-supervised, two tasks mixed: another frame of the clip warped onto this one by its mesh, its
light and sharpness disturbed; and, where a generator is given, that generator's own picture of this
frame.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.network.fusion import BlendNet, composite
from g4g_plugin.network.generator import G4G, G4GConfig
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.sketch import warp_onto
from g4g_plugin.network.weights import fill, load_weights, save_weights
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import LoopConfig, Outcome, teach
from g4g_plugin.training.nets import generator_losses as losses
from g4g_plugin.training.nets.batches import BatchConfig, Pack, Sampler, collate

Floats = NDArray[np.float32]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TrainBlendConfig:
    """How the blend net is taught; all figures are ours, the paper gives none."""

    width: int = 16
    batch: int = 8
    generated: float = 0.6  # share of items that the generator made, where there is one
    gain: float = 0.10  # light of the pasted frame, each colour
    slope: float = 0.10  # and how it may differ from side to side
    soft: float = 1.0  # standard deviation of the blur, pixels at M = 96, at most
    perceptual: float = 0.25
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=2500, rate=1e-3, decay=0.0, warm=100, average=0.998, check_every=250
        )
    )


class BlendLesson:
    """The blend net as a lesson for the loop."""

    team: Team = SOLO_TEAM

    def __init__(
        self,
        net: BlendNet,
        train: Sampler,
        valid: Sampler,
        config: TrainBlendConfig,
        perceptual: losses.Perceptual | None = None,
        generator: G4G | None = None,
    ) -> None:
        self.net, self.train, self.valid, self.config = net, train, valid, config
        self.perceptual, self.generator = perceptual, generator
        self.count = 0

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw `batch` pasted faces and what they should be."""
        return self.draw(self.train, rng, self.config.batch)

    def draw(self, sampler: Sampler, rng: np.random.Generator, count: int) -> dict[str, Tensor]:
        """Draw items of a sampler: true, pasted, matte, planes.

        Args:
            sampler: of training or held-back people.
            rng: draws the items.
            count: of items.
        """
        rows, made = [], []
        for _ in range(count):
            own = sampler.people[sampler.names[rng.choice(len(sampler.names), p=sampler.share)]]
            clip = own[rng.integers(len(own))]
            start = int(rng.integers(0, clip.frames - sampler.config.run + 1))
            row = sampler.item(clip, start, rng)
            picture, known = row["pictures"][0].transpose(1, 2, 0), sampler.known(clip)
            other = int(rng.integers(0, clip.frames))
            lent = sampler.pack.pictures(clip, [other])[0].astype(np.float32) / 255
            warped = warp_onto(lent, known.mesh[start], known.mesh[other], sampler.pack.mouth)
            row["warped"] = self.disturbed(
                match_light(warped, picture, row["matte"][0, 0]), rng
            ).transpose(2, 0, 1)[None]
            rows.append(row)
            made.append(rng.random() < self.config.generated)
        joined = collate(rows)
        true, matte = joined["pictures"], joined["matte"]
        pasted = torch.where(
            torch.tensor(made)[:, None, None, None], self.generate(joined), joined["warped"]
        )
        return {
            "true": true,
            "matte": matte,
            "planes": joined["planes"],
            "pasted": composite(pasted, true, matte),
        }

    @torch.no_grad()
    def generate(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the generator's own pictures of the batch; without one, the warped frames."""
        if self.generator is None:
            return batch["warped"]
        with torch.autocast("cpu", torch.bfloat16):
            reference = self.generator.encode_references(batch["references"])
            if "lent" in batch:
                reference = reference._replace(pictures=batch["lent"])
            planes = batch["planes"] if self.generator.config.planes else None
            said = self.generator(
                batch["pictures"], batch["mask"], batch["sketch"], batch["audio"], reference, planes
            )
        return self.generator.paste(said.image.float(), batch["pictures"])

    def disturbed(self, picture: Floats, rng: np.random.Generator) -> Floats:
        """Change light and sharpness of a picture (H, W, 3) 0..1 as a foreign frame's may differ."""
        config, (height, width) = self.config, picture.shape[:2]
        gain = (
            1
            + rng.uniform(-config.gain, config.gain)
            + rng.uniform(-config.gain, config.gain, 3) / 2
        )
        tilt = rng.uniform(-config.slope, config.slope, 2)
        ramp = (
            1
            + tilt[0] * np.linspace(-1, 1, width)[None, :, None]
            + tilt[1] * np.linspace(-1, 1, height)[:, None, None]
        )
        sigma = rng.uniform(0, config.soft) * width / 120
        soft = cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.2 else picture
        return np.clip(soft * gain * ramp, 0, 1).astype(np.float32)

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return every loss by name; `total` is what is minimised."""
        mine = self.team.part(batch)
        made = self.team.gather(
            self.net(mine["pasted"], mine["matte"], mine["true"]), len(batch["true"])
        )
        weight = losses.mouth_weight(batch["matte"], batch["planes"])
        found = {
            "r": losses.reconstruction_loss(made, batch["true"], weight),
            "detail": losses.detail_loss(made, batch["true"], weight),
            "before": losses.reconstruction_loss(batch["pasted"], batch["true"], weight).detach(),
        }
        found["total"] = 4 * found["r"] + 8 * found["detail"]
        if self.perceptual is not None and self.net.training:
            half = slice(0, max(1, len(made) // 4))
            with torch.autocast(made.device.type, torch.bfloat16):
                found["p"] = self.perceptual.to(made.device)(
                    made[half], batch["true"][half]
                ).float()
            found["total"] = found["total"] + self.config.perceptual * found["p"]
        return found

    @torch.no_grad()
    def validate(self, net: nn.Module) -> dict[str, float]:
        """Return the error on held-back people as a share of what it was before the net: `score` =
        1 - that share.
        """
        assert isinstance(net, BlendNet)
        net.eval()
        batch = self.draw(self.valid, np.random.default_rng(1), 16)
        made, weight = (
            net(batch["pasted"], batch["matte"], batch["true"]),
            losses.mouth_weight(batch["matte"], batch["planes"]),
        )
        after = float(losses.reconstruction_loss(made, batch["true"], weight))
        before = float(losses.reconstruction_loss(batch["pasted"], batch["true"], weight))
        return {"score": 1 - after / max(before, 1e-9), "after": after, "before": before}


def match_light(picture: Floats, like: Floats, matte: Floats) -> Floats:
    """Scale a picture's colours so that its mean under the matte is that of another.

    Args:
        picture: (H, W, 3).
        like: (H, W, 3).
        matte: (H, W).
    """
    share = matte[..., None] / max(float(matte.sum()), 1e-6)
    gain = (like * share).sum((0, 1)) / np.maximum((picture * share).sum((0, 1)), 1e-3)
    return np.clip(picture * np.clip(gain, 0.5, 2.0), 0, 1).astype(np.float32)


def train_blend(
    pack: Pack,
    basis: ShapeBasis,
    config: TrainBlendConfig,
    out: Path,
    minutes: float,
    perceptual: losses.Perceptual | None = None,
    generator: G4G | None = None,
    progress: Progress = SILENT,
    team: Team = SOLO_TEAM,
) -> tuple[BlendNet, Outcome]:
    """Teach a blend net on a pack; resume it where `out/checkpoint.pt` is there. Return the net
    with its best weights.

    Args:
        pack: the clips.
        basis: what the codes mean.
        config: of net, batches and loop.
        out: the run's folder.
        minutes: for this call.
        perceptual: the perceptual loss, where there is one.
        generator: whose pictures are to be finished too.
        progress: told of every step; may cancel.
        team: the processes that teach together.
    """
    torch.manual_seed(config.loop.seed)
    aligned = generator is not None and generator.config.aligned
    plain = BatchConfig(
        clips=1, run=1, elsewhere=0.3, shape_noise=0.0, code_noise=0.0, aligned=aligned
    )
    samplers = [
        Sampler(pack, [c for c in pack.clips if c.split == split], basis, drawn, config.loop.seed)
        for split, drawn in (
            ("train", plain),
            ("test", replace(plain, mirror=False, gain=0.0, inset=0)),
        )
    ]
    lesson = BlendLesson(
        BlendNet(config.width), samplers[0], samplers[1], config, perceptual, generator
    )
    outcome = teach(lesson, config.loop, out, minutes, progress, team)
    return lesson.net, outcome


def export_blend(net: BlendNet, config: TrainBlendConfig, path: Path, card: dict[str, Any]) -> str:
    """Write a blend net in half precision; return the file's SHA-256.

    Args:
        net: the blend net.
        config: it was taught with.
        path: the file.
        card: what is to be known of the weights.
    """
    return save_weights(
        path, net.state_dict(), {"kind": "blend", "width": config.width}, card, half=True
    )


def load_generator(path: Path, mouth: int) -> G4G:
    """Read a generator to work at mouth boxes of `mouth` pixels.

    Raises:
        EngineError: missing or damaged weights.
    """
    state, config, _ = load_weights(path)
    net = G4G(replace(G4GConfig.from_json(config), mouth=mouth))
    fill(net, {k: v for k, v in state.items() if not k.startswith("shape.")}, path.name)
    return net.eval().requires_grad_(False).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


if __name__ == "__main__":
    raise SystemExit(
        "One door: g4g train blend, or torchrun -m g4g_plugin train blend. See docs/training.md."
    )
