"""LPIPS and Fréchet distance against what is known without their networks' true weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from g4g_plugin.core.errors import EngineError
from g4g_plugin.evaluation.features import (
    ALEXNET_FILE,
    FID_PICTURES_LEAST,
    HEADS_FILE,
    Lpips,
    fid,
    frechet,
    open_inception,
)

SHAPES = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}


@pytest.fixture
def lpips(tmp_path) -> Lpips:
    torch.manual_seed(0)
    net = {
        f"features.{n}.weight": torch.randn(o, i, k, k) / (i * k * k) ** 0.5
        for n, (o, i, k) in SHAPES.items()
    }
    net |= {f"features.{n}.bias": torch.zeros(o) for n, (o, _, _) in SHAPES.items()}
    heads = {
        f"lin{k}.model.1.weight": torch.ones(1, o, 1, 1)
        for k, (o, _, _) in enumerate(SHAPES.values())
    }
    torch.save(net, tmp_path / ALEXNET_FILE)
    torch.save(heads, tmp_path / HEADS_FILE)
    return Lpips(tmp_path)


def test_lpips_of_a_copy_is_nothing_and_grows_with_the_error(lpips):
    true = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    near, far = (true // 2 * 2 + 1).astype(np.uint8), 255 - true
    assert lpips(true, true) == pytest.approx([0, 0], abs=1e-9)
    assert (lpips(near, true) < lpips(far, true)).all()


def test_lpips_with_heads_of_one_is_the_distance_of_unit_vectors(lpips):
    a, b = np.random.default_rng(1).integers(0, 256, (2, 1, 64, 64, 3), dtype=np.uint8)
    tensors = [torch.from_numpy(x).permute(0, 3, 1, 2).float() / 127.5 - 1 for x in (a, b)]
    expected = 0.0
    for one, two in zip(*(lpips.maps(t) for t in tensors), strict=True):
        assert one.norm(dim=1).max() == pytest.approx(1, abs=1e-4)
        expected += float((2 - 2 * (one * two).sum(dim=1)).mean())
    assert lpips(a, b)[0] == pytest.approx(expected, rel=1e-3)


def test_lpips_is_never_imitated(tmp_path):
    with pytest.raises(EngineError, match="LPIPS"):
        Lpips(tmp_path)


def test_frechet_distance_of_known_gaussians():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(500, 4))
    assert frechet(a, a) == pytest.approx(0, abs=1e-6)
    assert frechet(a, a + 3) == pytest.approx(4 * 9, rel=1e-6)  # the same spread: the means alone
    centred = a - a.mean(axis=0)
    spread = np.trace(np.cov(centred, rowvar=False))
    assert frechet(centred, 3 * centred) == pytest.approx(
        4 * spread, rel=1e-6
    )  # (3 - 1)^2 per variance


def test_fid_of_few_pictures_is_not_computed():
    few = np.zeros((FID_PICTURES_LEAST - 1, 8, 8, 3), np.uint8)
    enough = np.random.default_rng(0).integers(
        0, 256, (FID_PICTURES_LEAST, 8, 8, 3), dtype=np.uint8
    )
    means = lambda pictures: pictures.reshape(len(pictures), -1, 3).mean(axis=1)  # noqa: E731
    assert fid(few, few, means) is None
    assert fid(enough, enough, means) == pytest.approx(0, abs=1e-4)


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "x.pt").write_bytes(b"no network")
    with pytest.raises(EngineError, match=r"x\.pt"):
        open_inception(tmp_path / "x.pt")
