"""Eq. 11: the per-channel affine against a loop in numpy; identity at the start; channels stay
apart.
"""

import math

import numpy as np
import torch

from g4g_plugin.network.deform import Deformation, deform, deform_pictures, mask_pyramid


def twin(channel: np.ndarray, scale: float, angle: float, shift: tuple[float, float]) -> np.ndarray:
    """Eq. 11 for one channel (h, w), pixel by pixel, backward, bilinear, edge pixels repeated."""
    h, w = channel.shape
    out = np.zeros_like(channel)
    for row in range(h):
        for column in range(w):
            x, y = column - (w - 1) / 2, row - (h - 1) / 2
            u = scale * (math.cos(angle) * x - math.sin(angle) * y) + shift[0] * w + (w - 1) / 2
            v = scale * (math.sin(angle) * x + math.cos(angle) * y) + shift[1] * h + (h - 1) / 2
            u, v = min(max(u, 0), w - 1), min(max(v, 0), h - 1)
            left, top = min(int(u), w - 2), min(int(v), h - 2)
            a, b = u - left, v - top
            cell = channel[top : top + 2, left : left + 2]
            out[row, column] = (cell * np.outer([1 - b, b], [1 - a, a])).sum()
    return out


def test_deform_is_equation_11_channel_by_channel() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, 3, 9, 7))
    scale, angle, shift = (
        rng.uniform(0.7, 1.4, (2, 3)),
        rng.uniform(-1, 1, (2, 3)),
        rng.uniform(-0.3, 0.3, (2, 3, 2)),
    )
    found = deform(*(torch.from_numpy(v).float() for v in (features, scale, angle, shift))).numpy()
    for b in range(2):
        for c in range(3):
            wanted = twin(features[b, c], scale[b, c], angle[b, c], tuple(shift[b, c]))
            assert np.allclose(found[b, c], wanted, atol=1e-4)


def test_a_quarter_turn_of_a_tall_map_does_not_shear() -> None:
    feature = torch.zeros(1, 1, 13, 9)
    feature[0, 0, 6, 7] = 1.0  # three pixels right of the middle
    turned = deform(
        feature, torch.ones(1, 1), torch.full((1, 1), math.pi / 2), torch.zeros(1, 1, 2)
    )
    row, column = divmod(int(turned.argmax()), 9)
    assert (row, column) == (3, 4)  # three pixels above it: distances are kept
    assert abs(turned.max().item() - 1) < 1e-4


def test_new_heads_are_the_identity() -> None:
    torch.manual_seed(0)
    for size in ((26, 20), (39, 30)):
        net, features = Deformation(8, 16), torch.randn(2, 16, *size)
        assert torch.allclose(
            net(features, torch.randn(2, 8), torch.randn(2, 8)), features, atol=2e-5
        )


def test_channels_do_not_bleed_and_coefficients_are_their_own() -> None:
    torch.manual_seed(0)
    features = torch.randn(1, 4, 8, 8)
    scale, angle, shift = torch.ones(1, 4), torch.zeros(1, 4), torch.zeros(1, 4, 2)
    angle[0, 2] = 0.5
    moved = deform(features, scale, angle, shift)
    assert torch.allclose(moved[:, [0, 1, 3]], features[:, [0, 1, 3]], atol=1e-5)
    assert not torch.allclose(moved[:, 2], features[:, 2], atol=1e-2)


def test_coefficients_stay_in_their_bounds_and_learn() -> None:
    net = Deformation(4, 6)
    with torch.no_grad():
        net.head.weight.normal_(0, 100)
    scale, angle, shift = net.coefficients(torch.randn(5, 4), torch.randn(5, 4))
    assert scale.min() >= 0
    assert scale.max() <= 2
    assert angle.abs().max() <= math.pi / 2
    assert shift.abs().max() <= 0.5
    fresh = Deformation(4, 6)
    fresh(torch.randn(2, 6, 8, 8), torch.randn(2, 4), torch.randn(2, 4)).square().mean().backward()
    assert fresh.head.bias.grad is not None
    assert fresh.head.bias.grad.abs().min() > 0


def test_pictures_move_as_a_whole_and_as_a_channel_would() -> None:
    torch.manual_seed(0)
    pictures, scale, angle = torch.rand(2, 6, 12, 10), torch.rand(2, 2) + 0.5, torch.rand(2, 2)
    shift = torch.rand(2, 2, 2) * 0.2
    found = deform_pictures(pictures, scale, angle, shift, (2, 1, 10, 9))
    whole = deform(pictures, *(part.repeat_interleave(3, 1) for part in (scale, angle, shift)))
    assert torch.allclose(found, whole[..., 2:10, 1:9], atol=1e-5)


def test_mask_pyramid_halves_and_keeps_the_mean() -> None:
    mask = (torch.rand(2, 1, 16, 12) > 0.5).float()
    levels = mask_pyramid(mask)
    assert [tuple(m.shape[2:]) for m in levels] == [(16, 12), (8, 6), (4, 3)]
    assert all(torch.allclose(m.mean(), mask.mean()) for m in levels)
    assert torch.allclose(levels[1][0, 0, 0, 0], mask[0, 0, :2, :2].mean())
