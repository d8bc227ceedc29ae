"""Section 3.2: matte, composite and blend net; outside the matte the source stays bit for bit."""

import numpy as np
import pytest
import torch

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.face import JAW, LANDMARKS_68
from g4g_plugin.network.fusion import BlendNet, box_ramp, composite, soft_matte
from g4g_plugin.network.sketch import crop_size


def face(mouth: int, chin: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A drawn face: jaw an arc in the mouth box, nostrils at its top; (478, 2) mesh and (59, 2)
    wanted points.
    """
    _, width = crop_size(mouth)
    mesh = np.zeros((478, 2), np.float32)
    turn = np.linspace(np.pi, 0, len(JAW))
    arc = np.stack([np.cos(turn) * 0.38 * mouth, np.sin(turn) * (0.55 + chin) * mouth], 1)
    mesh[list(JAW)] = arc + np.array([width / 2, mouth / 2 + 0.3 * mouth])
    mesh[[LANDMARKS_68[i] for i in range(31, 36)]] = [
        [width / 2 + (i - 33) * 0.04 * mouth, 0.78 * mouth] for i in range(31, 36)
    ]
    return mesh, np.concatenate([np.zeros((40, 2), np.float32), mesh[list(JAW)]])


@pytest.mark.parametrize("mouth", [64, 96, 256])
def test_matte_is_full_inside_soft_at_the_edge_and_zero_outside_the_box(mouth: int) -> None:
    matte = soft_matte(*face(mouth), mouth)
    top, left, bottom, right = mouth_box(mouth)
    assert matte.shape == crop_size(mouth)
    assert matte.min() == 0
    assert matte.max() <= 1
    assert matte[int(1.0 * mouth), crop_size(mouth)[1] // 2] > 0.99  # between the lips
    outside = matte.copy()
    outside[top:bottom, left:right] = 0
    assert (outside == 0).all()
    assert np.abs(np.diff(matte, axis=1)).max() < 0.5  # no hard edge
    assert 0.15 < (matte > 0.5).sum() / mouth**2 < 0.7


def test_matte_reaches_the_lower_of_both_chins() -> None:
    mesh, wanted = face(64)
    low = face(64, 0.1)[1]
    assert soft_matte(mesh, low, 64).sum() > soft_matte(mesh, wanted, 64).sum() + 20


def test_ramp_by_hand() -> None:
    ramp = box_ramp(64)
    top, left, bottom, _ = mouth_box(64)
    assert ramp[top, left] == 0
    assert ramp[top + 4, left + 4] == 1
    assert ramp[bottom - 1 - 2, 40] == pytest.approx(0.5)
    assert ramp[:top].max() == 0


def test_composite_by_numpy_and_exact_outside() -> None:
    torch.manual_seed(0)
    generated, source, matte = (
        torch.rand(2, 3, 8, 8),
        torch.rand(2, 3, 8, 8),
        torch.rand(2, 1, 8, 8),
    )
    matte[..., :3] = 0
    found = composite(generated, source, matte)
    m = matte.numpy()
    assert np.allclose(found.numpy(), m * generated.numpy() + (1 - m) * source.numpy(), atol=1e-6)
    assert torch.equal(found[..., :3], source[..., :3])
    generated[..., :3] = torch.nan
    assert torch.equal(composite(generated, source, matte)[..., :3], source[..., :3])


def test_a_new_blend_net_gives_the_composite_and_a_trained_one_changes_only_the_inside() -> None:
    torch.manual_seed(0)
    net = BlendNet(8)
    source, generated, matte = (
        torch.rand(2, 3, 39, 30),
        torch.rand(2, 3, 39, 30),
        torch.rand(2, 1, 39, 30),
    )
    matte[..., :7, :] = 0
    pasted = composite(generated, source, matte)
    assert torch.allclose(net.paint(pasted, matte, source), pasted, atol=2e-3)
    torch.nn.init.normal_(net.out.weight, std=0.5)
    finished = net(pasted, matte, source)
    assert torch.equal(finished[..., :7, :], source[..., :7, :])
    assert not torch.allclose(finished[..., 7:, :], pasted[..., 7:, :], atol=0.05)


def test_the_blend_net_never_sees_the_source_under_the_matte() -> None:
    net = BlendNet(8)
    torch.nn.init.normal_(net.out.weight, std=0.5)
    pasted, source = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    matte = torch.full((1, 1, 16, 16), 0.6)  # what a blurred matte has inside is seldom exactly 1
    assert torch.equal(
        net.paint(pasted, matte, source), net.paint(pasted, matte, torch.rand(1, 3, 16, 16))
    )


def test_blending_does_not_depend_on_the_batch() -> None:
    torch.manual_seed(0)
    net = BlendNet(8)
    torch.nn.init.normal_(net.out.weight, std=0.5)
    pasted, matte, source = (
        torch.rand(3, 3, 24, 16),
        torch.rand(3, 1, 24, 16),
        torch.rand(3, 3, 24, 16),
    )
    alone = torch.cat(
        [net(pasted[i : i + 1], matte[i : i + 1], source[i : i + 1]) for i in range(3)]
    )
    assert torch.allclose(net(pasted, matte, source), alone, atol=1e-5)
