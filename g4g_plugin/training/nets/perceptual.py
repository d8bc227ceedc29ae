"""Which network eq. 13 looks through: VGG-19 where a user has its files, else SqueezeNet 1.1 out of
one.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.training.nets.generator_losses import Perceptual

# RGB of ImageNet, subtracted from 0..255; no scaling (Caffe's convention)
IMAGENET_MEANS = (123.68, 116.779, 103.939)
FIRES = range(2, 10)
POOLED_FIRES = (2, 4, 6)  # fires that stand behind a pooling, as SqueezeNet 1.1 has them
COMPARED_FIRES = (3, 5, 7, 9)  # fires whose maps are compared, beside conv1

logger = logging.getLogger(__name__)


class Squeeze(Perceptual):
    """L_p, eq. 13, through SqueezeNet 1.1 (Iandola et al. 2016): maps of conv1 and four fires, each
    at its own scale.

    `path`: squeezenet1_1_keras_notop.h5 (rcmalli/keras-squeezenet; read with h5py, an extra of
    `train`), or the same arrays in an .npz as <layer>/kernel and <layer>/bias. Its maps are not
    normalised as the VGG files' are: they are divided by their own mean, so that the term is of
    like size.
    """

    def __init__(self, path: Path) -> None:
        """Read the convolutions.

        Raises:
            EngineError: the file is not there, or something is missing in it, or h5py is.
        """
        nn.Module.__init__(self)
        arrays = _read_npz(path) if path.suffix == ".npz" else _read_h5(path)
        self.reach = "fire9"
        names = [
            "conv1",
            *(
                f"fire{n}/{part}"
                for n in FIRES
                for part in ("squeeze1x1", "expand1x1", "expand3x3")
            ),
        ]
        for name in names:
            if f"{name}/kernel" not in arrays:
                raise EngineError(
                    "{path} holds no {name}.",
                    tr("It is squeezenet1_1_keras_notop.h5."),
                    path=path.name,
                    name=name,
                )
            kernel = (
                torch.from_numpy(arrays[f"{name}/kernel"]).permute(3, 2, 0, 1).contiguous()
            )  # Keras: h, w, in, out
            self.register_buffer(f"weight {name}".replace("/", "-"), kernel)
            self.register_buffer(
                f"bias {name}".replace("/", "-"), torch.from_numpy(arrays[f"{name}/bias"])
            )
        self.register_buffer("means", torch.tensor(IMAGENET_MEANS)[None, :, None, None])

    @property
    def label(self) -> str:
        """What it is, for the log and the card."""
        return f"SqueezeNet 1.1 up to {self.reach}"

    def features(self, pictures: Tensor) -> list[Tensor]:
        """pictures (B, 3, h, w) 0..1 -> the maps of conv1 and of four fires."""
        x = (255 * pictures - self.get_buffer("means")).flip(1)  # BGR
        x = self._layer("conv1", x, stride=2)
        maps = [x]
        for number in FIRES:
            if number in POOLED_FIRES:
                x = F.max_pool2d(x, 3, stride=2)
            low = self._layer(f"fire{number}-squeeze1x1", x)
            wide = self._layer(f"fire{number}-expand3x3", low, padding=1)
            x = torch.cat([self._layer(f"fire{number}-expand1x1", low), wide], dim=1)
            if number in COMPARED_FIRES:
                maps.append(x)
        return [m / m.detach().mean().clamp(min=1e-6) for m in maps]

    def _layer(self, name: str, x: Tensor, stride: int = 1, padding: int = 0) -> Tensor:
        weight, bias = self.get_buffer(f"weight {name}"), self.get_buffer(f"bias {name}")
        return F.relu(F.conv2d(x, weight, bias, stride=stride, padding=padding))


def open_perceptual(path: Path | None) -> Perceptual | None:
    """Open what a path names: a folder of VGG-19 files, or SqueezeNet's file; say in the log which
    it was.

    A folder without VGG-19 files but with SqueezeNet's serves too. None without a path.

    Raises:
        EngineError: neither is there.
    """
    found: Perceptual | None = None
    if path is not None:
        squeeze = sorted(path.glob("squeezenet1_1*.h5")) if path.is_dir() else [path]
        vgg = path.is_dir() and any((path / name).is_file() for name in Perceptual.FILES)
        found = Squeeze(squeeze[0]) if squeeze and not vgg else Perceptual(path)
    logger.info("perceptual loss: %s", label_of(found))
    return found


def label_of(found: Perceptual | None) -> str:
    """Name a perceptual network as the log and the model card do."""
    if found is None:
        return "none"
    return found.label if isinstance(found, Squeeze) else f"VGG-19 up to {found.reach}"


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as stored:
            return dict(stored)
    except (OSError, ValueError) as err:
        raise EngineError(
            "There is no SqueezeNet in {path}.",
            tr("It is squeezenet1_1_keras_notop.h5."),
            path=path,
        ) from err


def _read_h5(path: Path) -> dict[str, np.ndarray]:
    try:
        import h5py
    except ImportError as err:
        raise EngineError(
            "{path} needs h5py to be read.",
            tr('Install it: pip install "g4g-plugin[train]".'),
            path=path.name,
        ) from err
    arrays: dict[str, np.ndarray] = {}

    def take(name: str, item: object) -> None:
        if isinstance(
            item, h5py.Dataset
        ):  # conv1/conv1_3/kernel:0, fire2/expand1x1/fire2/expand1x1_3/bias:0
            parts = name.split("/")
            layer = parts[0] if parts[0] == "conv1" else "/".join(parts[:2])
            arrays[f"{layer}/{parts[-1].partition(':')[0]}"] = np.asarray(item, np.float32)

    try:
        with h5py.File(path) as file:
            file.visititems(take)
    except OSError as err:
        raise EngineError(
            "There is no SqueezeNet in {path}.",
            tr("It is squeezenet1_1_keras_notop.h5."),
            path=path,
        ) from err
    return arrays
