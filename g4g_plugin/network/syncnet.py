"""The sync expert: do these five pictures and this 0.2 s of sound belong together? (L_sync, eq. 16;
Wav2Lip's idea).

Taught first and frozen (training/nets/train_sync.py). It judges pictures of the lower mouth box in
grey, so that neither colour nor the eyes can give the answer. Embeddings are unit vectors; their
product is the confidence, -1 .. 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.crop import CROP_SIZES, mouth_box
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.weights import load_weights, save_weights

WINDOW_FRAMES = 5  # pictures at 25 a second: the 0.2 s of a mel window
MOUTH_PIXELS = 64  # the mouth box the expert sees
SKIPPED_ROWS = 16  # rows of that box that are left out: the nose does not speak
LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class SyncConfig:
    """Sizes of the expert: width of the first layer of both towers, length of the embeddings."""

    width: int = 32
    size: int = 256
    dropout: float = 0.1


class _Stage(nn.Module):
    """Halve the map, then one residual convolution; GroupNorm, so that the batch does not matter."""

    def __init__(self, inside: int, outside: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.down = nn.Conv2d(inside, outside, 3, stride=stride, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, outside) for _ in range(2))
        self.same = nn.Conv2d(outside, outside, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.norms[0](self.down(x)))
        return x + F.gelu(self.norms[1](self.same(x)))


def _tower(
    channels: int,
    kernel: int,
    stride: tuple[int, int],
    stages: list[_Stage],
    flat: int,
    c: SyncConfig,
) -> nn.Sequential:
    first = stages[0].down.in_channels
    return nn.Sequential(
        nn.Conv2d(channels, first, kernel, stride=stride, padding=kernel // 2),
        nn.GroupNorm(8, first),
        nn.GELU(),
        *stages,
        nn.Flatten(),
        nn.Dropout(c.dropout),
        nn.Linear(flat, c.size),
    )


def _stages(w: int) -> list[_Stage]:
    return [_Stage(w, 2 * w, (2, 2)), _Stage(2 * w, 4 * w, (2, 2)), _Stage(4 * w, 8 * w, (2, 2))]


def audio_tower(config: SyncConfig) -> nn.Sequential:
    """Build the tower that hears levelled mel windows (B, 1, 16, 80) -> (B, size), not yet unit
    vectors.
    """
    return _tower(1, 3, (1, 2), _stages(config.width), 8 * config.width * 2 * 5, config)


class SyncNet(nn.Module):
    """Two towers: `see` for pictures, `hear` for mel windows."""

    def __init__(self, config: SyncConfig) -> None:
        super().__init__()
        self.config = config
        w = config.width
        self.eye = _tower(WINDOW_FRAMES, 5, (2, 2), _stages(w), 8 * w * 3 * 4, config)
        self.ear = audio_tower(config)
        self.scale = nn.Parameter(
            torch.tensor(2.3)
        )  # log of the factor on confidences in the softmax

    def see(self, grey: Tensor) -> Tensor:
        """Return unit embeddings (B, size) of grey lower mouth boxes (B, 5, 48, 64), values 0..1."""
        centred = grey - grey.mean(dim=(1, 2, 3), keepdim=True)
        centred = centred / (centred.std(dim=(1, 2, 3), keepdim=True) + 0.02)
        return F.normalize(self.eye(centred), dim=1)

    def hear(self, windows: Tensor) -> Tensor:
        """Return unit embeddings (B, size) of levelled mel windows (B, 16, 80)."""
        return F.normalize(self.ear(windows[:, None]), dim=1)

    def confidence(self, crops: Tensor, windows: Tensor) -> Tensor:
        """Return the confidence (B,) for crops (B, 5, 3, H, W) RGB 0..1, differentiable, and
        windows (B, 16, 80).
        """
        return (self.see(lower_mouth(crops)) * self.hear(windows)).sum(dim=1)

    def save(self, path: Path, card: dict[str, Any], half: bool = True) -> str:
        """Write the expert into one safetensors file; return its SHA-256.

        Args:
            path: the file.
            card: what is to be known of the weights.
            half: store floats as float16.
        """
        return save_weights(
            path, dict(self.state_dict()), {"kind": "sync"} | asdict(self.config), card, half
        )


def lower_mouth(crops: Tensor) -> Tensor:
    """Return the grey lower mouth boxes (B, 5, 48, 64) of crops (B, 5, 3, H, W) of any of the crop
    sizes.
    """
    mouths = {size: mouth for mouth, size in CROP_SIZES.items()}
    top, left, bottom, right = mouth_box(mouths[(crops.shape[3], crops.shape[4])])
    luma = crops.new_tensor(LUMA)[None, None, :, None, None]
    grey = (crops[..., top:bottom, left:right] * luma).sum(dim=2)
    if grey.shape[-1] != MOUTH_PIXELS:
        grey = F.adaptive_avg_pool2d(grey, MOUTH_PIXELS)
    return grey[:, :, SKIPPED_ROWS:]


def load_sync(path: Path) -> tuple[SyncNet, str]:
    """Read a sync expert, frozen; return (net, SHA-256 of the file).

    Raises:
        EngineError: missing, damaged, or weights of another kind.
    """
    state, config, digest = load_weights(path)
    if config.get("kind") != "sync":
        raise EngineError(
            "{path} holds no sync expert.", tr("Install the weights again."), path=path.name
        )
    known = {f.name for f in fields(SyncConfig)}
    net = SyncNet(SyncConfig(**{name: value for name, value in config.items() if name in known}))
    try:
        net.load_state_dict(state)
    except RuntimeError as err:
        raise EngineError(
            "The weights {path} do not fit their config.",
            tr("Install the weights again."),
            path=path.name,
        ) from err
    return net.eval().requires_grad_(False), digest
