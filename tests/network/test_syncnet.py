from __future__ import annotations

import pytest
import torch

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import EngineError
from g4g_plugin.network.syncnet import SyncConfig, SyncNet, load_sync, lower_mouth


@pytest.fixture
def net() -> SyncNet:
    torch.manual_seed(0)
    return SyncNet(SyncConfig(width=8, size=32)).eval()


def test_embeddings_are_unit_vectors_and_the_batch_does_not_matter(net):
    grey, rows = torch.rand(6, 5, 48, 64), torch.randn(6, 16, 80)
    with torch.no_grad():
        seen, heard = net.see(grey), net.hear(rows)
        torch.testing.assert_close(seen.norm(dim=1), torch.ones(6))
        torch.testing.assert_close(seen[2:3], net.see(grey[2:3]), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(heard[2:3], net.hear(rows[2:3]), atol=1e-5, rtol=1e-5)


def test_brightness_does_not_matter(net):
    grey = torch.rand(2, 5, 48, 64) * 0.5 + 0.2
    with torch.no_grad():
        torch.testing.assert_close(net.see(grey), net.see(grey + 0.2), atol=2e-3, rtol=0)


@pytest.mark.parametrize("mouth", sorted(CROP_SIZES))
def test_crops_of_every_size_become_the_lower_box(mouth):
    height, width = CROP_SIZES[mouth]
    crops = torch.zeros(1, 5, 3, height, width)
    radius = mouth // 2
    crops[..., radius + mouth // 4 : radius + mouth, radius // 4 : radius // 4 + mouth] = 1.0
    box = lower_mouth(crops)
    assert box.shape == (1, 5, 48, 64)
    torch.testing.assert_close(box, torch.ones_like(box), atol=1e-5, rtol=0)


def test_confidence_reaches_the_pixels(net):
    crops = torch.rand(2, 5, 3, 104, 80, requires_grad=True)
    net.confidence(crops, torch.randn(2, 16, 80)).sum().backward()
    assert crops.grad is not None
    assert float(crops.grad[:, :, :, 50:90, 20:60].abs().sum()) > 0
    assert float(crops.grad[:, :, :, :40].abs().sum()) == 0  # eyes and nose say nothing


def test_a_file_gives_the_same_expert_again_frozen(net, tmp_path):
    digest = net.save(tmp_path / "sync.safetensors", {}, half=False)
    again, found = load_sync(tmp_path / "sync.safetensors")
    assert found == digest
    assert not any(p.requires_grad for p in again.parameters())
    rows = torch.randn(1, 16, 80)
    torch.testing.assert_close(again.hear(rows), net.hear(rows))


def test_other_weights_are_refused(tmp_path):
    from g4g_plugin.network.weights import save_weights

    save_weights(tmp_path / "x.safetensors", {"a": torch.zeros(1)}, {"kind": "mouth"}, {})
    with pytest.raises(EngineError, match="no sync expert"):
        load_sync(tmp_path / "x.safetensors")
