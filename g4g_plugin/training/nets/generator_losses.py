"""What the generator and the blend net are taught with: eq. 12-17, each its own function, logged
apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.deform import mask_pyramid

PAPER_WEIGHTS = {
    "v": 1.0,
    "p": 2.0,
    "gan": 3.0,
    "r": 4.0,
    "con": 5.0,
}  # eq. 17; they assume terms of like size


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of eq. 17 as used here: per term, after which each contributes about as much as
    intended.

    The paper's 1, 2, 3, 4, 5 leave open how each term is scaled; GAN and contrast would drown the
    picture. These begin with the picture, as published trainings do, and can be set to any
    other.
    """

    r: float = 4.0  # eq. 15, mean absolute error around the mouth
    detail: float = 8.0  # the same over a Laplacian pyramid (not in the paper; L1 alone is soft)
    p: float = 0.25  # eq. 13
    v: float = 0.02  # eq. 12
    nce: float = 0.005  # eq. 10
    sync: float = 0.0  # eq. 16; late and small: a small expert is gamed within minutes
    gan: float = 0.02  # eq. 14, one frame
    clip: float = 0.01  # eq. 14, five frames
    coarse: float = 1.0  # multi-scale mask supervision, where the config has it


def attribute_loss(attributes: Tensor, landmarks: Tensor) -> Tensor:
    """L_v, eq. 12: 1 - cosine of a head on the aligned feature (our l^_s) and the landmark code (no
    gradient).
    """
    return (1 - F.cosine_similarity(attributes.float(), landmarks.detach().float(), dim=1)).mean()


def reconstruction_loss(made: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """L_r, eq. 15, as weighted mean absolute error.

    The paper prints source against reference, which the generator cannot change; taken as output
    against truth.

    Args:
        made: (B, 3, h, w).
        true: (B, 3, h, w).
        weight: (B, 1, h, w).
    """
    return ((made - true).abs() * weight).sum() / (3 * weight.sum()).clamp(min=1e-6)


def detail_loss(made: Tensor, true: Tensor, weight: Tensor, levels: int = 3) -> Tensor:
    """Weighted L1 of Laplacian bands, so that edges count beside large flat areas.

    Args:
        made: (B, 3, h, w).
        true: (B, 3, h, w).
        weight: (B, 1, h, w).
        levels: how many bands.
    """
    total = made.new_zeros(())
    for _ in range(levels):
        low = [F.avg_pool2d(x, 2) for x in (made, true)]
        bands = [
            x - F.interpolate(y, size=x.shape[2:], mode="bilinear")
            for x, y in zip((made, true), low, strict=True)
        ]
        total = total + reconstruction_loss(bands[0], bands[1], weight)
        made, true, weight = low[0], low[1], F.avg_pool2d(weight, 2)
    return total / levels


def mouth_weight(matte: Tensor, planes: Tensor) -> Tensor:
    """Where a picture's error counts: under the matte, more near the lips, most in the open mouth.

    matte (B, 1, h, w), planes (B, 3, h, w) the drawn true mouth.
    """
    near = F.avg_pool2d(planes[:, :1], 9, stride=1, padding=4)
    inner = F.avg_pool2d(planes[:, 1:2], 5, stride=1, padding=2)
    return 0.05 + matte * (1 + 6 * near + 12 * inner)


def supervision_loss(coarse: tuple[Tensor, ...], true: Tensor, weight: Tensor) -> Tensor:
    """Multi-scale mask supervision (section 3.2): L1 of the RGB heads at half and quarter size.

    Args:
        coarse: RGB of the heads, (B, 3, h/2, w/2) and (B, 3, h/4, w/4).
        true: (B, 3, h, w).
        weight: (B, 1, h, w).
    """
    weights, pictures = mask_pyramid(weight), mask_pyramid(true)
    terms = [
        reconstruction_loss(c, p, w)
        for c, p, w in zip(coarse, pictures[1:], weights[1:], strict=True)
    ]
    return torch.stack(terms).sum()


def sync_loss(seen: Tensor, heard: Tensor, scale: Tensor) -> Tensor:
    """L_con, eq. 16: cross-entropy of a frozen expert's features of made pictures against those of
    sounds.

    Other clips alone would be no task: the expert knows a voice by its face.

    Args:
        seen: (N, d) of unit length.
        heard: (N * S, d) of unit length: S sounds for each run, the right one in the middle.
        scale: 1 / temperature.
    """
    count = len(heard) // len(seen)
    right = torch.arange(len(seen), device=seen.device) * count + count // 2
    return F.cross_entropy(scale * seen @ heard.T, right)


class Perceptual(nn.Module):
    """L_p, eq. 13: VGG-19 features at full and half size, as far up as the file given reaches.

    `path`: a folder of vgg_normalised_conv3_1.pth (convolutions numbered 0, 2, 5, 9, 12, 16; the
    deepest file present is taken). `reach` names the last layer, for the log.
    """

    POOLED = (9, 16)  # convolutions that stand behind a pooling
    FILES = (
        "vgg_normalised_conv3_1.pth",
        "vgg_normalised_conv2_1.pth",
        "vgg_normalised_conv1_1.pth",
    )

    def __init__(self, path: Path) -> None:
        """Read the convolutions.

        Raises:
            EngineError: none of the files is there.
        """
        super().__init__()
        found = [path / name for name in self.FILES if (path / name).is_file()]
        if not found:
            raise EngineError(
                "There is no VGG-19 in {path}.",
                tr("Name a folder that holds {file}."),
                path=path,
                file=self.FILES[0],
            )
        state = torch.load(found[0], map_location="cpu", weights_only=True)
        self.reach = found[0].stem.replace("vgg_normalised_conv", "relu")
        self.numbers = sorted({int(name.split(".")[0]) for name in state})
        for number in self.numbers:
            for part in ("weight", "bias"):
                self.register_buffer(f"{part}{number}", state[f"{number}.{part}"])

    def features(self, pictures: Tensor) -> list[Tensor]:
        """pictures (B, 3, h, w) 0..1 -> the feature maps after each ReLU."""
        x, maps = pictures, []
        for number in self.numbers:
            weight, bias = self.get_buffer(f"weight{number}"), self.get_buffer(f"bias{number}")
            if weight.shape[2] == 1:  # layer 0 turns RGB 0..1 into the network's own units
                x = F.conv2d(x, weight, bias)
                continue
            if number in self.POOLED:
                x = F.max_pool2d(x, 2)
            x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, bias))
            maps.append(x)
        return maps

    def forward(self, made: Tensor, true: Tensor) -> Tensor:
        """Eq. 13: mean absolute differences, mean over layers and over both sizes."""
        total = made.new_zeros(())
        for a, b in ((made, true), (F.avg_pool2d(made, 2), F.avg_pool2d(true, 2))):
            ours = self.features(a)
            with torch.no_grad():
                theirs = self.features(b)
            total = (
                total
                + torch.stack(
                    [(x - y).abs().mean() for x, y in zip(ours, theirs, strict=True)]
                ).mean()
            )
        return total / 2


def total_loss(terms: dict[str, Tensor], weights: LossWeights) -> Tensor:
    """Eq. 17: the weighted sum of the terms by name."""
    return torch.stack([getattr(weights, name) * value for name, value in terms.items()]).sum()
