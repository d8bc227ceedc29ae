"""Face fusion: Gaussian soft matte from the landmarks, composite, and the blend net (section 3.2)."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.face import JAW, LANDMARKS_68
from g4g_plugin.network.sketch import SUBPIXEL_BITS, crop_size

Floats = NDArray[np.float32]

MATTE_BLUR = 0.035  # sigma of the matte's edge as a share of M; the paper's Gaussian has no figure
# Share of M by which the matte begins below the nostrils: the nose stays the source's
BELOW_NOSE = 0.07
MATTE_GROWTH = 0.03  # the polygon is widened by this share of M before it is blurred
_NOSTRILS = tuple(LANDMARKS_68[i] for i in range(31, 36))
# the source is shown where the matte is less: more, and the net learns to paint the source's own
# mouth
RING_LEVEL = 0.5
BLEND_CHANNELS = 7  # composite 3, matte 1, source ring 3


def soft_matte(mesh: Floats, wanted: Floats, mouth: int) -> Floats:
    """Return the matte (H, W) float32 0..1 of the lower face: 1 inside, soft at the edge, exactly 0
    outside the box.

    The polygon spans nostrils and jaw, the source's and the wanted one, so that neither chin is
    left standing beside the other.

    Args:
        mesh: (478, 2) the source's own, crop pixels.
        wanted: (59, 2) SHAPE_POINTS as they shall be, crop pixels.
        mouth: size of the mouth box, pixels.
    """
    jaws = np.concatenate([mesh[list(JAW), :2], wanted[-len(JAW) :, :2]])
    nose = mesh[list(_NOSTRILS), :2] + np.array([0, BELOW_NOSE * mouth], np.float32)
    low = jaws[jaws[:, 1] > nose[:, 1].mean()]
    hull = cv2.convexHull(np.concatenate([nose, low]).astype(np.float32))[:, 0]
    centre = hull.mean(axis=0)
    reach = np.maximum(np.linalg.norm(hull - centre, axis=1, keepdims=True), 1e-6)
    grown = hull + (hull - centre) / reach * MATTE_GROWTH * mouth
    canvas = np.zeros(crop_size(mouth), np.float32)
    cv2.fillConvexPoly(
        canvas,
        np.round(grown * (1 << SUBPIXEL_BITS)).astype(np.int32),
        1.0,
        cv2.LINE_8,
        SUBPIXEL_BITS,
    )
    soft = cv2.GaussianBlur(canvas, (0, 0), MATTE_BLUR * mouth)
    return (np.clip(soft, 0.0, 1.0) * box_ramp(mouth)).astype(np.float32)


def box_ramp(mouth: int) -> Floats:
    """Return (H, W) float32: 1 in the mouth box, falling to 0 over M / 16 pixels inside its edge, 0
    outside.
    """
    height, width = crop_size(mouth)
    top, left, bottom, right = mouth_box(mouth)
    y, x = np.arange(height)[:, None], np.arange(width)[None]
    inside = np.minimum(np.minimum(y - top, bottom - 1 - y), np.minimum(x - left, right - 1 - x))
    return np.clip(inside / (mouth / 16), 0.0, 1.0).astype(np.float32)


def composite(generated: Tensor, source: Tensor, matte: Tensor) -> Tensor:
    """Lay the generated face over the source.

    Where the matte is 0 the source is chosen, not computed: it stays bit for bit.

    Args:
        generated: (B, 3, H, W).
        source: (B, 3, H, W).
        matte: (B, 1, H, W) 0..1.
    """
    return torch.where(matte > 0, matte * generated + (1 - matte) * source, source)


class BlendNet(nn.Module):
    """A small U-Net that finishes the composite: seams, shading, teeth.

    Input [composite, matte, source ring] (the source where the matte is below RING), output RGB,
    "not a residual" (the paper); it starts as the composite itself, because the last layer starts
    at zero and corrects the composite's logit. The result is multiplied by the matte, so that
    outside stays exactly the source. Any size of 8 pixels up.
    """

    SHARPNESS = 1e-3  # keeps the logit of pure black and white finite

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.enter = nn.Conv2d(BLEND_CHANNELS, width, 3, padding=1)
        self.to_half = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.to_quarter = nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1)
        self.deep = nn.Conv2d(4 * width, 4 * width, 3, padding=1)
        self.rise = nn.Conv2d(4 * width + 2 * width, 2 * width, 3, padding=1)
        self.top = nn.Conv2d(2 * width + width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 3, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        if self.out.bias is not None:
            nn.init.zeros_(self.out.bias)

    def paint(self, pasted: Tensor, matte: Tensor, source: Tensor) -> Tensor:
        """Return the net's own picture (B, 3, H, W) 0..1, meaningful under the matte only.

        Args:
            pasted: (B, 3, H, W) the composite as it stands.
            matte: (B, 1, H, W) 0..1.
            source: (B, 3, H, W).
        """
        ring = torch.where(
            matte < RING_LEVEL, source, torch.zeros((), dtype=source.dtype, device=source.device)
        )
        full = F.silu(self.enter(torch.cat([pasted, matte, ring], dim=1)))
        half = F.silu(self.to_half(full))
        x = F.silu(self.to_quarter(half))
        x = x + F.silu(self.deep(x))
        x = F.interpolate(x, size=half.shape[2:], mode="bilinear", align_corners=False)
        x = F.silu(self.rise(torch.cat([x, half], dim=1)))
        x = F.interpolate(x, size=full.shape[2:], mode="bilinear", align_corners=False)
        x = F.silu(self.top(torch.cat([x, full], dim=1)))
        logit = torch.logit(pasted.float().clamp(self.SHARPNESS, 1 - self.SHARPNESS))
        return (logit + self.out(x).float()).sigmoid()

    def forward(self, pasted: Tensor, matte: Tensor, source: Tensor) -> Tensor:
        """Return the finished crop (B, 3, H, W).

        Args:
            pasted: (B, 3, H, W) the composite as it stands.
            matte: (B, 1, H, W) 0..1.
            source: (B, 3, H, W).
        """
        return composite(self.paint(pasted, matte, source).to(source.dtype), source, matte)
