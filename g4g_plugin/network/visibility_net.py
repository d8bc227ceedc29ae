"""The net that tells what lies before a mouth: one map a frame, from the frame and the person's own
look.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from g4g_plugin.core.weight_files import VISIBILITY_WEIGHTS, models_folder
from g4g_plugin.network.weights import fill, load_weights

SQUARE_PIXELS = 64  # pixels of the square it sees, and of the map it gives
INPUT_PLANES = 9  # frame 3, own look 3, where that look is known 1, lips 1, opening 1


def _block(into: int, out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(out),
        nn.SiLU(),
        nn.Conv2d(out, out, 3, 1, 1, groups=1, bias=False),
        nn.BatchNorm2d(out),
        nn.SiLU(),
    )


class VisibilityNet(nn.Module):
    """A small U-Net (Ronneberger 2015) at half resolution, with one thin layer at full."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        a, b, c, d = width, width * 3 // 2, width * 2, width * 3
        self.stem = nn.Sequential(nn.Conv2d(INPUT_PLANES, 12, 3, padding=1), nn.SiLU())
        self.down1 = _block(12, a, 2)
        self.down2 = _block(a, b, 2)
        self.down3 = _block(b, c, 2)
        self.down4 = _block(c, d, 2)
        self.up3 = _block(d + c, c)
        self.up2 = _block(c + b, b)
        self.up1 = _block(b + a, a)
        self.head = nn.Sequential(nn.Conv2d(a + 12, 12, 3, padding=1), nn.SiLU())
        self.out = nn.Conv2d(12, 1, 3, padding=1)

    def forward(self, planes: Tensor) -> Tensor:
        """Return logits of being covered, (n, 1, 64, 64), for planes (n, 9, 64, 64)."""
        x0 = self.stem(planes)
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        x4 = self.down4(x3)
        x = self.up3(torch.cat([_raised(x4), x3], 1))
        x = self.up2(torch.cat([_raised(x), x2], 1))
        x = self.up1(torch.cat([_raised(x), x1], 1))
        return self.out(self.head(torch.cat([_raised(x), x0], 1)))


def _raised(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def open_visibility(path: Path | None = None) -> VisibilityNet:
    """Load the net; None: the installed weights.

    Raises:
        EngineError: missing, damaged, or altered.
    """
    path = path or models_folder() / VISIBILITY_WEIGHTS
    state, config, _ = load_weights(path)
    net = VisibilityNet(int(config.get("width", 24)))
    fill(net, state, path.name)
    return net.eval()
