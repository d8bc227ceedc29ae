"""Intra-modality alignment: the masked face and its references brought to the landmarks' pose (eq.
5).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.network.encoders import LEAK_SLOPE, RESIDUAL_SCALE

EPSILON = 1e-5


def instance_norm(x: Tensor) -> Tensor:
    """Give each channel of each picture mean 0 and standard deviation 1; x (B, c, h, w)."""
    return F.instance_norm(x.float(), eps=EPSILON).to(x.dtype)


def adain(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Eq. 5: sigma^ (x - mu(x)) / sigma(x) + mu^, with sigma^ = 1 + gamma and mu^ = beta.

    The paper writes features as vectors, which have no statistics to normalise; taken as maps. 1 +
    gamma: zero weights leave the normalised feature alone (as in IP_LAP).

    Args:
        x: (B, c, h, w).
        gamma: (B, c).
        beta: (B, c).
    """
    return (1 + gamma)[..., None, None] * instance_norm(x) + beta[..., None, None]


class AdaINBlock(nn.Module):
    """Residual block whose two convolutions are each preceded by AdaIN from the landmark code."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.statistics = nn.Linear(code, 4 * channels)
        nn.init.normal_(self.statistics.weight, std=0.01)
        nn.init.zeros_(self.statistics.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """x (B, c, h, w), code (B, code) -> (B, c, h, w)."""
        gamma1, beta1, gamma2, beta2 = self.statistics(code).chunk(4, dim=1)
        y = self.first(F.leaky_relu(adain(x, gamma1, beta1), LEAK_SLOPE))
        return x + RESIDUAL_SCALE * self.second(F.leaky_relu(adain(y, gamma2, beta2), LEAK_SLOPE))


class IntraAlignment(nn.Module):
    """Concatenate i_s and i_r, mix them by a 1x1 convolution, align by AdaIN blocks; then one
    vector.

    The paper's "1D convolution" cannot mix two maps: taken as 1x1 over the channels. `pool` 2 works
    at half the map's size (a quarter of the cost): only a vector leaves this network.
    """

    def __init__(self, channels: int, dim: int, blocks: int, pool: int) -> None:
        super().__init__()
        self.pool = pool
        self.mix = nn.Conv2d(2 * channels, channels, 1)
        self.blocks = nn.ModuleList(AdaINBlock(channels, dim) for _ in range(blocks))
        self.down = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.out = nn.Linear(channels * 12, dim)

    def forward(self, source: Tensor, reference: Tensor, landmarks: Tensor) -> Tensor:
        """Return the aligned visual feature (B, dim).

        Args:
            source: (B, c, h, w).
            reference: (B, c, h, w).
            landmarks: (B, dim).
        """
        joined = torch.cat([source, reference], dim=1)
        if self.pool > 1:
            joined = F.avg_pool2d(joined, self.pool)
        x = self.mix(joined)
        for block in self.blocks:
            x = block(x, landmarks)
        x = F.leaky_relu(self.down(F.leaky_relu(x, LEAK_SLOPE)), LEAK_SLOPE)
        return self.out(F.adaptive_avg_pool2d(x, (4, 3)).flatten(1))
