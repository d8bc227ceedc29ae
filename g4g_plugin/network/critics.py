"""LS-GAN critics of one frame and of five frames (eq. 14)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CLIP = 5  # consecutive frames the second critic sees


class Critic(nn.Module):
    """Patch critic: strided convolutions to one score per place. frames 1 or 5, stacked along the channels.

    Spectral normalisation stands in for BatchNorm, which the batch size would leak through.
    """

    def __init__(self, frames: int = 1, width: int = 32) -> None:
        super().__init__()
        self.frames = frames
        sizes = (3 * frames, width, 2 * width, 4 * width)
        self.steps = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(a, b, 4, stride=2, padding=1)) for a, b in pairwise(sizes)
        )
        self.out = nn.Conv2d(4 * width, 1, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """pictures (B, 3 * frames, H, W) -> scores (B, 1, H/8, W/8)."""
        if pictures.shape[1] != 3 * self.frames:
            raise ValueError(f"a critic of {self.frames} frames cannot look at {pictures.shape[1]} channels")
        x = pictures
        for step in self.steps:
            x = F.leaky_relu(step(x), 0.2)
        return self.out(x)


def critic_loss(real: Tensor, fake: Tensor) -> Tensor:
    """L_D of eq. 14, least squares: half of (D(real) - 1)^2 + D(fake)^2."""
    return ((real - 1).square().mean() + fake.square().mean()) / 2


def generator_loss(fake: Tensor) -> Tensor:
    """L_G of eq. 14, least squares: (D(fake) - 1)^2."""
    return (fake - 1).square().mean()


def stack_clip(pictures: Tensor) -> Tensor:
    """Stack runs of frames for the five-frame critic: (clips, 5, 3, H, W) -> (clips, 15, H, W)."""
    return torch.flatten(pictures, 1, 2)
