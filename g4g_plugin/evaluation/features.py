"""Measures that need somebody else's network: LPIPS and FID, from files a user has. Never imitated
without them.

LPIPS (Zhang et al. 2018, v0.1, AlexNet): a folder with `alexnet-owt-7be5be79.pth` (torchvision's
AlexNet) and `alex.pth` (the linear heads of the `lpips` package, `lpips/weights/v0.1/alex.pth`).
FID (Heusel et al. 2017): a TorchScript file that takes (N, 3, H, W) uint8 and gives (N, 2048), such
as `inception-2015-12-05.pt` of NVIDIA's StyleGAN2-ADA.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from torch import Tensor
from torch.nn import functional as F

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr

ALEXNET_FILE, HEADS_FILE = "alexnet-owt-7be5be79.pth", "alex.pth"
NEEDS_LPIPS = f"not computed: needs {ALEXNET_FILE} and {HEADS_FILE} in one folder (--lpips DIR)"
NEEDS_FID = (
    "not computed: needs an Inception-V3 as TorchScript (--fid FILE) and 64 pictures at least"
)
# AlexNet: number, stride, padding
LAYERS = ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1))
POOLED_LAYERS = (3, 6)  # layers behind a 3x3 max-pooling of stride 2
# LPIPS' own, for values -1..1
INPUT_SHIFT, INPUT_SCALE = ((-0.030, -0.088, -0.188), (0.458, 0.448, 0.450))
FID_PICTURES_LEAST = 64  # pictures, below which a covariance of features is guesswork

Features = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


class Lpips:
    """Learned perceptual image patch similarity with AlexNet, as its authors' package computes it."""

    def __init__(self, folder: Path) -> None:
        """Read backbone and heads.

        Raises:
            EngineError: one of the two files is missing or another one.
        """
        try:
            net = torch.load(folder / ALEXNET_FILE, map_location="cpu", weights_only=True)
            heads = torch.load(folder / HEADS_FILE, map_location="cpu", weights_only=True)
            self.filters = [
                (net[f"features.{n}.weight"], net[f"features.{n}.bias"]) for n, _, _ in LAYERS
            ]
            self.heads = [heads[f"lin{k}.model.1.weight"] for k in range(len(LAYERS))]
        except (OSError, KeyError, RuntimeError, pickle.UnpicklingError) as err:
            raise EngineError(
                "LPIPS cannot be read from {folder}.",
                tr("It needs {alexnet} and {heads}."),
                folder=folder,
                alexnet=ALEXNET_FILE,
                heads=HEADS_FILE,
            ) from err

    def maps(self, pictures: Tensor) -> list[Tensor]:
        """Return AlexNet's five feature maps of pictures (N, 3, H, W), -1..1; each pixel's vector
        has length 1.
        """
        x = (pictures - torch.tensor(INPUT_SHIFT)[:, None, None]) / torch.tensor(INPUT_SCALE)[
            :, None, None
        ]
        found = []
        for (number, stride, padding), (weight, bias) in zip(LAYERS, self.filters, strict=True):
            x = F.max_pool2d(x, 3, 2) if number in POOLED_LAYERS else x
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            found.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        return found

    @torch.no_grad()
    def __call__(self, made: NDArray[np.uint8], true: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the distance of each pair of pictures (N, H, W, 3), (N,)."""
        each = []
        for a, b in zip(made, true, strict=True):
            both = torch.from_numpy(np.stack([a, b])).permute(0, 3, 1, 2).float() / 127.5 - 1
            maps = zip(self.maps(both), self.heads, strict=True)
            each.append(sum(float(F.conv2d((m[:1] - m[1:]) ** 2, head).mean()) for m, head in maps))
        return np.array(each, np.float64)


def open_inception(path: Path) -> Features:
    """Open a TorchScript network whose features FID compares.

    Raises:
        EngineError: it cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # torch would have torch.export; the file is TorchScript
            net: Any = torch.jit.load(str(path), map_location="cpu").eval()
    except (OSError, RuntimeError, ValueError) as err:
        raise EngineError(
            "{path} is no TorchScript network.",
            tr("Give --fid inception-2015-12-05.pt."),
            path=path.name,
        ) from err

    def features(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        with torch.no_grad():
            stack = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2)
            found = [net(part).double().flatten(1) for part in stack.split(16)]
        return torch.cat(found).numpy()

    return features


def frechet(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the Fréchet distance of two clouds of features (N, d), each taken as a Gaussian."""
    away = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    one, two = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    root = np.real(np.asarray(sqrtm(one @ two)))
    return float(away + np.trace(one) + np.trace(two) - 2 * np.trace(root))


def fid(made: NDArray[np.uint8], true: NDArray[np.uint8], features: Features) -> float | None:
    """Return the Fréchet distance of pictures (N, H, W, 3); None of fewer than
    `FID_PICTURES_LEAST`.

    Args:
        made: pictures (N, H, W, 3).
        true: pictures (M, H, W, 3).
        features: the net whose features are compared.
    """
    if min(len(made), len(true)) < FID_PICTURES_LEAST:
        return None
    return frechet(features(made), features(true))
