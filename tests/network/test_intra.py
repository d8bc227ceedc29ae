"""Eq. 5 against numpy; the landmarks steer the alignment."""

import numpy as np
import torch

from g4g_plugin.network.intra import EPSILON, AdaINBlock, IntraAlignment, adain, instance_norm


def twin(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Eq. 5 written out for (B, c, h, w)."""
    mean = x.mean(axis=(2, 3), keepdims=True)
    deviation = np.sqrt(x.var(axis=(2, 3), keepdims=True) + EPSILON)
    return (1 + gamma)[..., None, None] * (x - mean) / deviation + beta[..., None, None]


def test_adain_is_equation_5() -> None:
    rng = np.random.default_rng(0)
    x, gamma, beta = (
        rng.normal(3, 2, (2, 5, 6, 7)),
        rng.normal(size=(2, 5)),
        rng.normal(size=(2, 5)),
    )
    found = adain(*(torch.from_numpy(v).float() for v in (x, gamma, beta))).numpy()
    assert np.allclose(found, twin(x, gamma, beta), atol=1e-4)
    assert not np.allclose(found, twin(x, gamma + 0.1, beta), atol=1e-4)


def test_after_adain_mean_and_deviation_are_the_wanted_ones() -> None:
    gamma, beta = torch.tensor([[0.5, -0.2]]), torch.tensor([[2.0, -1.0]])
    y = adain(torch.randn(1, 2, 16, 16) * 7 + 4, gamma, beta)
    assert torch.allclose(y.mean(dim=(2, 3)), beta, atol=1e-4)
    assert torch.allclose(y.std(dim=(2, 3), correction=0), 1 + gamma, atol=1e-3)


def test_zero_code_leaves_the_normalised_feature() -> None:
    x, none = torch.randn(1, 3, 8, 8), torch.zeros(1, 3)
    assert torch.equal(adain(x, none, none), instance_norm(x))


def test_statistics_are_each_pictures_own() -> None:
    torch.manual_seed(0)
    block, x, code = AdaINBlock(4, 6), torch.randn(3, 4, 8, 8), torch.randn(3, 6)
    alone = torch.cat([block(x[i : i + 1], code[i : i + 1]) for i in range(3)])
    assert torch.allclose(block(x, code), alone, atol=1e-6)


def test_alignment_mixes_both_and_obeys_the_landmarks() -> None:
    torch.manual_seed(0)
    for pool in (1, 2):
        net = IntraAlignment(8, 16, 2, pool)
        source, reference, landmarks = (
            torch.randn(2, 8, 26, 20),
            torch.randn(2, 8, 26, 20),
            torch.randn(2, 16),
        )
        found = net(source, reference, landmarks)
        assert found.shape == (2, 16)
        for changed in (
            net(source + torch.randn_like(source), reference, landmarks),
            net(source, reference + torch.randn_like(source), landmarks),
            net(source, reference, landmarks + 1),
        ):
            assert not torch.allclose(found, changed, atol=1e-4)
