"""Spatial deformation: every channel of the reference feature turned, moved and scaled (eq. 11)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Box = tuple[int, int, int, int]  # top, left, bottom, right


def affine_grid(scale: Tensor, angle: Tensor, shift: Tensor, height: int, width: int) -> Tensor:
    """Eq. 11 as a sampling grid: where each pixel of a channel is fetched from, (N, h, w, 2) for
    `grid_sample(align_corners=False)`.

    A backward warp (no holes). Coordinates are pixels from the middle of the map, so that a
    rotation of a 104 x 80 map does not shear; normalised only at the end: x_n = 2 x / width.

    Args:
        scale: (N,).
        angle: (N,) radians.
        shift: (N, 2) as a share of the map's width and height.
        height: of the map, pixels.
        width: of the map, pixels.
    """
    y = torch.arange(height, device=scale.device, dtype=scale.dtype) - (height - 1) / 2
    x = torch.arange(width, device=scale.device, dtype=scale.dtype) - (width - 1) / 2
    cos, sin = (scale * angle.cos())[:, None, None], (scale * angle.sin())[:, None, None]
    move_x, move_y = (shift[:, 0] * width)[:, None, None], (shift[:, 1] * height)[:, None, None]
    from_x = cos * x[None, None] - sin * y[None, :, None] + move_x
    from_y = sin * x[None, None] + cos * y[None, :, None] + move_y
    return torch.stack([2 * from_x / width, 2 * from_y / height], dim=-1)


def deform(features: Tensor, scale: Tensor, angle: Tensor, shift: Tensor) -> Tensor:
    """Warp each channel by its own affine map.

    As (B C, 1, h, w) through the 2-D sampler: DINet's 5-D sampler blends neighbouring channels.

    Args:
        features: (B, C, h, w).
        scale: (B, C).
        angle: (B, C) radians.
        shift: (B, C, 2) as a share of the map's width and height.
    """
    b, c, h, w = features.shape
    grid = affine_grid(
        scale.reshape(-1).float(), angle.reshape(-1).float(), shift.reshape(-1, 2).float(), h, w
    )
    flat = features.float().reshape(b * c, 1, h, w)
    warped = F.grid_sample(flat, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return warped.reshape(b, c, h, w).to(features.dtype)


class Deformation(nn.Module):
    """The fully connected layers that find R, T and S of every channel from [aligned visual,
    audio].

    Their heads start at zero: scale 1, angle 0, shift 0, the identity. Bounds: scale 0..2 as in
    DINet; angle a quarter turn and shift half the map, since a mouth needs no more.
    """

    LARGEST_ANGLE = math.pi / 2
    LARGEST_SHIFT = 0.5

    def __init__(self, dim: int, channels: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(nn.Linear(2 * dim, 2 * dim), nn.LeakyReLU(0.2))
        self.head = nn.Linear(2 * dim, 4 * channels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def coefficients(self, visual: Tensor, audio: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """visual and audio (B, dim) -> scale (B, C), angle (B, C), shift (B, C, 2)."""
        scale, angle, x, y = (
            self.head(self.shared(torch.cat([visual, audio], dim=1))).float().chunk(4, dim=1)
        )
        shift = self.LARGEST_SHIFT * torch.stack([x, y], dim=-1).tanh()
        return 2 * scale.sigmoid(), self.LARGEST_ANGLE * angle.tanh(), shift

    def forward(self, reference: Tensor, visual: Tensor, audio: Tensor) -> Tensor:
        """Return F_d; coefficients beyond C are left aside.

        Args:
            reference: F_ref, (B, C, h, w).
            visual: (B, dim) aligned visual feature.
            audio: (B, dim) audio feature.
        """
        scale, angle, shift = (
            part[:, : reference.shape[1]] for part in self.coefficients(visual, audio)
        )
        return deform(reference, scale, angle, shift)


def deform_pictures(
    pictures: Tensor, scale: Tensor, angle: Tensor, shift: Tensor, region: Box
) -> Tensor:
    """Warp each of R pictures by one affine map of eq. 11 and keep a region, (B, 3 R, h, w).

    Args:
        pictures: (B, 3 R, H, W).
        scale: (B, R).
        angle: (B, R) radians.
        shift: (B, R, 2) as a share of the picture's width and height.
        region: (top, left, bottom, right) pixels.
    """
    b, channels, height, width = pictures.shape
    top, left, bottom, right = region
    grid = affine_grid(
        scale.reshape(-1).float(),
        angle.reshape(-1).float(),
        shift.reshape(-1, 2).float(),
        height,
        width,
    )
    flat = pictures.float().reshape(b * channels // 3, 3, height, width)
    part = grid[:, top:bottom, left:right]
    warped = F.grid_sample(flat, part, mode="bilinear", padding_mode="border", align_corners=False)
    return warped.reshape(b, channels, bottom - top, right - left)


def mask_pyramid(mask: Tensor, levels: int = 3) -> list[Tensor]:
    """Return the mask at full, half and quarter size (section 3.2, "multi-scale mask"); mask (B, 1,
    H, W).

    The paper does not define it; taken as an average pyramid that weights L1 on RGB heads of the
    same sizes.
    """
    pyramid = [mask]
    for _ in range(levels - 1):
        pyramid.append(F.avg_pool2d(pyramid[-1], 2))
    return pyramid
