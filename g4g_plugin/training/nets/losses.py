"""What the sync expert and the mouth net are taught with; each loss is its own function and is
logged apart.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

MASKED_SCORE = -1e4  # a score that the softmax turns into nothing


def contrast_pairs(scores: Tensor, banned: Tensor) -> Tensor:
    """Symmetric InfoNCE: the true pairs stand on the diagonal of scores (N, N); `banned` (N, N)
    pairs do not count.

    Eq. 8-10 of the paper, here for pictures and sound of the sync expert.
    """
    scores = scores.masked_fill(banned, MASKED_SCORE)
    target = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def code_error(said: Tensor, true: Tensor, weight: Tensor, parts: Tensor) -> Tensor:
    """Return the mean absolute error of codes.

    Args:
        said: (B, N, 12).
        true: (B, N, 12).
        weight: (B, N) of the frames.
        parts: (12,) of the components.
    """
    return ((said - true).abs() * parts * weight[..., None]).sum() / (
        weight.sum() * parts.sum()
    ).clamp(min=1e-6)


def code_speed(said: Tensor, true: Tensor, weight: Tensor, parts: Tensor) -> Tensor:
    """Return the mean absolute error of the codes' change from frame to frame: motion in time with
    the sound.

    Args:
        said: (B, N, 12).
        true: (B, N, 12).
        weight: (B, N) of the frames.
        parts: (12,) of the components.
    """
    pair = weight[:, 1:] * weight[:, :-1]
    return code_error(said.diff(dim=1), true.diff(dim=1), pair, parts)


def disagreement(said: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """Return 1 - correlation of tracks, mean over the batch; a clip counts by how much its true
    track moves.

    Correlation does not mind the size of the motion, so it does not shrink it as mean errors do.

    Args:
        said: (B, N).
        true: (B, N).
        weight: (B, N) of the frames.
    """
    total = weight.sum(dim=1, keepdim=True).clamp(min=1e-6)
    a = (said - (said * weight).sum(1, keepdim=True) / total) * weight
    b = (true - (true * weight).sum(1, keepdim=True) / total) * weight
    moves = (b**2).sum(1)
    alike = (a * b).sum(1) / ((a**2).sum(1) * moves + 1e-8).sqrt()
    importance = (moves / total[:, 0]).sqrt()
    return ((1 - alike) * importance).sum() / importance.sum().clamp(min=1e-6)


def travel_error(said: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """Return how far the spread of tracks is from the true one: mean |log ratio| of the standard
    deviations.

    Args:
        said: (B, N).
        true: (B, N).
        weight: (B, N) of the frames.
    """
    total = weight.sum(dim=1, keepdim=True).clamp(min=1e-6)

    def spread(x: Tensor) -> Tensor:
        mean = (x * weight).sum(1, keepdim=True) / total
        return (((x - mean) ** 2 * weight).sum(1) / total[:, 0] + 1e-5).sqrt()

    return (spread(said).log() - spread(true).log()).abs().mean()


def likelihood(odds: Tensor, true: Tensor, weight: Tensor) -> Tensor:
    """Return the cross-entropy of log odds of something that is so or not, mean over the frames.

    Args:
        odds: (B, N).
        true: (B, N) bool.
        weight: (B, N) of the frames.
    """
    each = F.binary_cross_entropy_with_logits(odds, true.to(odds.dtype), reduction="none")
    return (each * weight).sum() / weight.sum().clamp(min=1e-6)
