"""Eq. 1-4: shapes, the twin of one convolution by hand, and what lies under the mask."""

import numpy as np
import torch

from g4g_plugin.network.encoders import (
    LEAK_SLOPE,
    RESIDUAL_SCALE,
    ImageEncoder,
    LandmarkEncoder,
    MelEncoder,
    ResidualBlock,
    ShapeEncoder,
    mask_source,
)


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """A 2-D convolution written out: x (c, h, w), weight (o, c, k, k), zero padding k // 2."""
    k = weight.shape[2]
    padded = np.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2)))
    rows, columns = range(0, x.shape[1], stride), range(0, x.shape[2], stride)
    windows = np.array([[padded[:, r : r + k, c : c + k] for c in columns] for r in rows])
    return np.einsum("hwcij,ocij->ohw", windows, weight) + bias[:, None, None]


def leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, LEAK_SLOPE * x)


def numbers(layer: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
    return layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()  # type: ignore[union-attr,operator]


def test_image_encoder_is_its_numpy_twin() -> None:
    torch.manual_seed(0)
    net = ImageEncoder(3, 4, stem=7, blocks=1)
    picture = torch.rand(1, 3, 16, 12)
    x = picture[0].double().numpy()
    x = leaky(convolve(x, *numbers(net.stem), 1))
    x = leaky(convolve(x, *numbers(net.to_half), 2))
    x = leaky(convolve(x, *numbers(net.to_quarter), 2))
    block = net.blocks[0]
    assert isinstance(block, ResidualBlock)
    y = convolve(leaky(x), *numbers(block.first), 1)
    x = x + RESIDUAL_SCALE * convolve(leaky(y), *numbers(block.second), 1)
    found = net(picture)[0].detach().numpy()
    assert found.shape == (16, 4, 3)
    assert np.allclose(found, x, atol=1e-5)


def test_encoders_give_the_papers_shapes() -> None:
    assert LandmarkEncoder(8, 32)(torch.rand(2, 1, 104, 80)).shape == (2, 32)
    assert LandmarkEncoder(8, 32)(torch.rand(2, 1, 156, 120)).shape == (2, 32)
    assert MelEncoder(8, 32)(torch.rand(2, 16, 80)).shape == (2, 32)
    assert ShapeEncoder(12, 32)(torch.rand(2, 12)).shape == (2, 32)
    assert ImageEncoder(15, 64, 7)(torch.rand(1, 15, 104, 80)).shape == (1, 256, 26, 20)


def test_shape_encoder_divides_by_the_spread() -> None:
    net, code = ShapeEncoder(12, 8), torch.randn(3, 12)
    before = net(code)
    net.spread.fill_(2.0)
    assert torch.allclose(net(2 * code), before)
    assert not torch.allclose(net(code), before)


def test_a_new_told_block_ignores_its_code_and_an_old_one_obeys() -> None:
    block, x, code = ResidualBlock(4, 6), torch.randn(2, 4, 5, 5), torch.randn(2, 6)
    assert torch.equal(block(x, code), block(x))
    assert block.told is not None
    torch.nn.init.normal_(block.told.weight)
    assert not torch.allclose(block(x, code), block(x))


def test_what_is_hidden_never_gets_in_not_even_as_infinity() -> None:
    source, mask = torch.rand(1, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., 4:, :] = 1
    spoiled = source.clone()
    spoiled[..., 4:, :] = torch.inf
    assert torch.equal(mask_source(source, mask), mask_source(spoiled, mask))
    assert torch.equal(mask_source(source, mask)[..., :4, :], source[..., :4, :])
