"""Encoders of source, references, landmarks and audio (paper section 3.1.1, eq. 1-4)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

# A residual branch starts small: training is stable without any norm outside AdaIN
RESIDUAL_SCALE = 0.3
LEAK_SLOPE = 0.2  # of the leaky ReLU


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a straight line, optionally told what to do by a code (1 + gamma,
    beta).
    """

    def __init__(self, channels: int, code: int = 0) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.told = nn.Linear(code, 2 * channels) if code else None
        if self.told is not None:
            nn.init.zeros_(self.told.weight)
            nn.init.zeros_(self.told.bias)

    def forward(self, x: Tensor, code: Tensor | None = None) -> Tensor:
        """x (B, c, h, w), code (B, code) -> (B, c, h, w)."""
        y = self.first(F.leaky_relu(x, LEAK_SLOPE))
        if self.told is not None and code is not None:
            gamma, beta = self.told(code)[..., None, None].chunk(2, dim=1)
            y = (1 + gamma) * y + beta
        return x + RESIDUAL_SCALE * self.second(F.leaky_relu(y, LEAK_SLOPE))


class ImageEncoder(nn.Module):
    """E_s and E_r (eq. 2, 3): pictures to 4w channels at a quarter of the size.

    The paper gives no layers; like DINet: stem at full size to w, then two strided steps to 2w and
    4w.
    """

    def __init__(self, channels: int, width: int, stem: int, blocks: int = 0) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, width, stem, padding=stem // 2)
        self.to_half = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.to_quarter = nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(ResidualBlock(4 * width) for _ in range(blocks))

    def forward(self, pictures: Tensor) -> Tensor:
        """pictures (B, channels, H, W), 0..1 -> (B, 4w, H/4, W/4)."""
        x = F.leaky_relu(self.stem(pictures), LEAK_SLOPE)
        x = F.leaky_relu(self.to_half(x), LEAK_SLOPE)
        x = F.leaky_relu(self.to_quarter(x), LEAK_SLOPE)
        for block in self.blocks:
            x = block(x)
        return x


class LandmarkEncoder(nn.Module):
    """E_l (eq. 4): the drawn landmark sketch to one vector; it only modulates, so a vector is
    enough.
    """

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        sizes = (1, width // 2, width, 2 * width, 2 * width)
        self.steps = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes)
        )
        self.out = nn.Linear(2 * width * 12, dim)

    def forward(self, sketch: Tensor) -> Tensor:
        """sketch (B, 1, H, W), 0..1 -> (B, dim)."""
        x = sketch
        for step in self.steps:
            x = F.leaky_relu(step(x), LEAK_SLOPE)
        return self.out(
            F.adaptive_avg_pool2d(x, (4, 3)).flatten(1)
        )  # 4 x 3 cells: where a line is must be kept


class MelEncoder(nn.Module):
    """E_a (eq. 1), the paper's direct route: a window of 16 mel frames to one vector."""

    def __init__(self, width: int, dim: int) -> None:
        super().__init__()
        sizes = (1, width, 2 * width, 4 * width, 4 * width)
        self.steps = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=(1 if i == 0 else 2), padding=1)
            for i, (a, b) in enumerate(pairwise(sizes))
        )
        self.out = nn.Linear(4 * width * 2 * 10, dim)

    def forward(self, mel: Tensor) -> Tensor:
        """mel (B, 16, 80) -> (B, dim)."""
        x = mel[:, None]
        for step in self.steps:
            x = F.leaky_relu(step(x), LEAK_SLOPE)
        return self.out(x.flatten(1))


class ShapeEncoder(nn.Module):
    """E_a (eq. 1), our default route: the mouth-shape code heard in the audio to one vector.

    `spread` holds the corpus' standard deviation of each number of the code, so that all arrive
    near 1.
    """

    spread: Tensor

    def __init__(self, codes: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("spread", torch.ones(codes))
        self.layers = nn.Sequential(
            nn.Linear(codes, dim),
            nn.LeakyReLU(LEAK_SLOPE),
            nn.Linear(dim, dim),
            nn.LeakyReLU(LEAK_SLOPE),
            nn.Linear(dim, dim),
        )

    def forward(self, code: Tensor) -> Tensor:
        """code (B, codes) -> (B, dim)."""
        return self.layers(code / self.spread)


def mask_source(source: Tensor, mask: Tensor) -> Tensor:
    """Black out the mouth: source (B, 3, H, W), mask (B, 1, H, W) 1 where hidden -> (B, 3, H, W).

    Chosen, not multiplied: what lies under the mask cannot reach the result even as infinity.
    """
    return torch.where(mask > 0, torch.zeros((), dtype=source.dtype, device=source.device), source)


def reference_slots(aperture: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Choose `count` references by how open their mouths are: indices, ascending in openness,
    spread from shut to open.

    aperture (N,). E_r's slots carry meaning (first shut, last open), so training and use both
    choose through here. With fewer candidates than slots some stand in several.
    """
    order = np.argsort(aperture, kind="stable")
    if len(order) <= count:
        return order[np.round(np.linspace(0, len(order) - 1, count)).astype(np.int64)]
    wanted = np.linspace(aperture[order[0]], np.percentile(aperture, 97), count)
    slots: list[int] = []
    for value in wanted:
        free = [i for i in order if i not in slots]
        slots.append(min(free, key=lambda i: abs(float(aperture[i]) - float(value))))
    return np.array(sorted(slots, key=lambda i: float(aperture[i])), np.int64)
