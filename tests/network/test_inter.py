"""Eq. 6-10 and 16: the symmetric contrast against numpy, its masks, its queue, its temperature."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from g4g_plugin.network.inter import FeatureQueue, InterAlignment, contrast, negatives


def unit(n: int, d: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(n, d, generator=torch.Generator().manual_seed(seed)), dim=1)


def twin(v: np.ndarray, a: np.ndarray, scale: float, counts: np.ndarray) -> float:
    """Eq. 6-10 written out: scores, softmax over what counts, mean log-likelihood of the diagonal,
    both ways.
    """
    total = 0.0
    for ours, theirs, keep in ((v, a, counts), (a, v, counts.T)):
        for i in range(len(v)):
            scores = np.array([scale * ours[i] @ theirs[j] for j in range(len(v))])
            p = np.exp(scores - scores.max()) * keep[i]
            total -= math.log(p[i] / p.sum())
    return total / (2 * len(v))


def test_contrast_is_equations_6_to_10() -> None:
    v, a, counts = unit(7, 5, 0), unit(7, 5, 1), torch.ones(7, 7, dtype=torch.bool)
    found = contrast(v, a, torch.tensor(3.0), counts).item()
    assert abs(found - twin(v.numpy(), a.numpy(), 3.0, counts.numpy())) < 1e-5
    counts[2, 5] = counts[4, 0] = False
    masked = contrast(v, a, torch.tensor(3.0), counts).item()
    assert abs(masked - twin(v.numpy(), a.numpy(), 3.0, counts.numpy())) < 1e-5
    assert abs(masked - found) > 1e-3


def test_true_pairs_score_below_chance_and_wrong_pairs_above() -> None:
    v, counts = unit(16, 8, 0), torch.ones(16, 16, dtype=torch.bool)
    scale = torch.tensor(1 / 0.07)
    assert contrast(v, v, scale, counts).item() < math.log(16) / 2
    assert contrast(v, v.roll(1, 0), scale, counts).item() > math.log(16)


def test_masks_follow_time_within_a_clip() -> None:
    clip = torch.tensor([0, 0, 0, 0, 1])
    seconds = torch.tensor([0.0, 0.16, 0.24, 0.6, 0.0])
    counts = negatives(clip, seconds)
    assert counts.diagonal().all()
    assert not counts[0, 1]  # 0.16 s: nearly the same sound
    assert counts[0, 2]  # 0.24 s: a hard negative
    assert counts[0, 3]
    assert counts[0, 4]  # another clip at the same time
    assert torch.equal(counts, counts.T)


def test_scale_starts_at_its_temperature_and_is_clamped() -> None:
    net = InterAlignment(6, 4)
    assert abs(net.scale.item() - 1 / 0.07) < 1e-3
    with torch.no_grad():
        net.log_scale.fill_(50.0)
    assert abs(net.scale.item() - 100) < 1e-3
    v, a = net(torch.randn(3, 6), torch.randn(3, 6))
    assert torch.allclose(v.norm(dim=1), torch.ones(3))
    assert torch.allclose(a.norm(dim=1), torch.ones(3))


def test_queue_keeps_the_newest_and_adds_negatives_of_other_clips() -> None:
    queue = FeatureQueue(512, 4)
    for step in range(130):
        queue.push(unit(4, 4, step), unit(4, 4, 1000 + step), torch.full((4,), step))
    assert int(queue.filled) == 512
    assert queue.clip[:4].tolist() == [129] * 4
    assert int(queue.clip.min()) == 2
    v, a, counts = unit(3, 4, 7), unit(3, 4, 8), torch.ones(3, 3, dtype=torch.bool)
    clip = torch.tensor([500, 501, 502])
    without = contrast(v, a, torch.tensor(3.0), counts).item()
    assert (
        contrast(v, a, torch.tensor(3.0), counts, queue, clip).item() > without + 2
    )  # 512 more to be told from
    small = FeatureQueue(8, 4)
    small.push(v, a, clip)
    own = contrast(v[:1], a[:1], torch.tensor(3.0), counts[:1, :1], small, clip[:1]).item()
    rows = np.exp(3 * (v[0] @ a[1:].T).numpy()).sum() + math.exp(3 * float(v[0] @ a[0]))
    columns = np.exp(3 * (a[0] @ v[1:].T).numpy()).sum() + math.exp(3 * float(v[0] @ a[0]))
    assert abs(own - (math.log(rows) + math.log(columns)) / 2 + 3 * float(v[0] @ a[0])) < 1e-4
