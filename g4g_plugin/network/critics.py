"""LS-GAN critics of one frame and of five frames (eq. 14)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLIP_FRAMES = 5  # consecutive frames the second critic sees
# how much the finest band is raised: spectral norm would hide differences as small as a tooth's
# edge
DETAIL_FREQUENCY = 16.0


class Critic(nn.Module):
    """Patch critic: strided convolutions to one score per place. frames 1 or 5, stacked along the
    channels.

    Spectral normalisation stands in for BatchNorm, which the batch size would leak through. It also
    bounds how far scores can part for pictures that differ a little, so the critic also sees the
    finest band, raised.
    """

    def __init__(self, frames: int = 1, width: int = 32) -> None:
        super().__init__()
        self.frames = frames
        sizes = (6 * frames, width, 2 * width, 4 * width)
        self.steps = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1))
            for a, b in pairwise(sizes)
        )
        self.out = nn.Conv2d(4 * width, 1, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """pictures (B, 3 * frames, H, W) 0..1 -> scores (B, 1, H/8, W/8)."""
        if pictures.shape[1] != 3 * self.frames:
            raise ValueError(
                f"a critic of {self.frames} frames cannot look at {pictures.shape[1]} channels"
            )
        low = F.interpolate(F.avg_pool2d(pictures, 2), size=pictures.shape[2:], mode="bilinear")
        x = torch.cat([2 * pictures - 1, DETAIL_FREQUENCY * (pictures - low)], dim=1)
        for step in self.steps:
            x = F.leaky_relu(step(x), 0.2)
        return self.out(x)


def critic_loss(real: Tensor, fake: Tensor, matte: Tensor | None = None) -> Tensor:
    """L_D of eq. 14, least squares: half of (D(real) - 1)^2 + D(fake)^2.

    Args:
        real: scores of true pictures, (B, 1, h, w).
        fake: scores of made ones, (B, 1, h, w).
        matte: (B, 1, H, W); places count by how much of them was made, elsewhere both are the
            same picture.
    """
    return (_mean((real - 1).square(), matte) + _mean(fake.square(), matte)) / 2


def generator_loss(fake: Tensor, matte: Tensor | None = None) -> Tensor:
    """L_G of eq. 14, least squares: (D(fake) - 1)^2, places weighted as in `critic_loss`."""
    return _mean((fake - 1).square(), matte)


def _mean(scores: Tensor, matte: Tensor | None) -> Tensor:
    if matte is None:
        return scores.mean()
    share = F.adaptive_avg_pool2d(matte, (scores.shape[2], scores.shape[3]))
    return (scores * share).sum() / share.sum().clamp(min=1e-6)


def stack_clip(pictures: Tensor) -> Tensor:
    """Stack runs of frames for the five-frame critic: (clips, 5, 3, H, W) -> (clips, 15, H, W)."""
    return torch.flatten(pictures, 1, 2)
