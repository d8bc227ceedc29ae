"""Inter-modality alignment: aligned visual and audio features made comparable by contrast (eq.
6-10).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# The temperature at the start; its inverse is learned (the paper names no value)
START_TEMPERATURE = 0.07
LARGEST_SCALE = 100.0
POSITIVE_SECONDS = 0.2  # s: two moments of one clip closer than this are no negatives of each other
# s: up to here a moment of the same clip is a hard negative, the ones that tell lips from voices
HARD_NEGATIVE_SECONDS = 0.6


class InterAlignment(nn.Module):
    """Projection heads g_v, g_a and the score matrix of eq. 6-7.

    g' of the negatives are the same heads, as in CLIP: the paper describes no momentum networks.
    """

    def __init__(self, dim: int, shared: int) -> None:
        super().__init__()
        self.visual = nn.Linear(dim, shared)
        self.audio = nn.Linear(dim, shared)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / START_TEMPERATURE)))

    @property
    def scale(self) -> Tensor:
        """1 / tau, at most 100. Eq. 8-9 print s tau below the line and s / tau above: a slip, s /
        tau everywhere.
        """
        return self.log_scale.clamp(max=math.log(LARGEST_SCALE)).exp()

    def forward(self, visual: Tensor, audio: Tensor) -> tuple[Tensor, Tensor]:
        """Project (N, dim) features to unit vectors (N, shared)."""
        return F.normalize(self.visual(visual).float(), dim=1), F.normalize(
            self.audio(audio).float(), dim=1
        )


class FeatureQueue(nn.Module):
    """The last `length` pairs of projected features, as further negatives (batch 3 alone gives no
    signal).
    """

    visual: Tensor
    audio: Tensor
    clip: Tensor
    filled: Tensor

    def __init__(self, length: int, shared: int) -> None:
        super().__init__()
        self.register_buffer("visual", torch.zeros(length, shared))
        self.register_buffer("audio", torch.zeros(length, shared))
        self.register_buffer("clip", torch.full((length,), -1, dtype=torch.long))
        self.register_buffer("filled", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def push(self, visual: Tensor, audio: Tensor, clip: Tensor) -> None:
        """Take in N pairs; the oldest leave.

        Args:
            visual: (N, shared) of unit length.
            audio: (N, shared) of unit length.
            clip: (N,) which clip each pair is of.
        """
        for name, new in (("visual", visual), ("audio", audio), ("clip", clip)):
            store = getattr(
                self, name
            )  # replaced, not written to: the loss of this step still needs the old one
            setattr(self, name, torch.cat([new.detach().to(store.dtype), store])[: len(store)])
        self.filled = torch.clamp(self.filled + len(visual), max=len(self.visual))


def negatives(clip: Tensor, seconds: Tensor) -> Tensor:
    """Return which pairs (i, j) count: (N, N) bool; the diagonal does, |dt| < NEAR of one clip does
    not.
    """
    same = clip[:, None] == clip[None]
    near = (seconds[:, None] - seconds[None]).abs() < POSITIVE_SECONDS
    return ~(same & near) | torch.eye(len(clip), dtype=torch.bool, device=clip.device)


def contrast(
    visual: Tensor,
    audio: Tensor,
    scale: Tensor,
    counts: Tensor,
    queue: FeatureQueue | None = None,
    clip: Tensor | None = None,
) -> Tensor:
    """Eq. 8-10 and the cross-entropies of eq. 16: symmetric, the true pairs on the diagonal of the
    scores.

    Eq. 10 normalises an already normalised p again; taken as CLIP's mean of both directions. Queue
    entries of the same clip are left out: their distance in time is not kept.

    Args:
        visual: (N, shared) of unit length.
        audio: (N, shared) of unit length.
        scale: 1 / tau.
        counts: (N, N) bool from `negatives`.
        queue: further negatives.
        clip: (N,) which clip each pair is of.
    """
    logits = [scale * visual @ audio.T, scale * audio @ visual.T]
    logits = [
        x.masked_fill(~keep, -torch.inf) for x, keep in zip(logits, (counts, counts.T), strict=True)
    ]
    if queue is not None and clip is not None and int(queue.filled) > 0:
        n = int(queue.filled)
        own = clip[:, None] == queue.clip[None, :n]
        for i, (ours, theirs) in enumerate(((visual, queue.audio), (audio, queue.visual))):
            extra = (scale * ours @ theirs[:n].T).masked_fill(own, -torch.inf)
            logits[i] = torch.cat([logits[i], extra], dim=1)
    truth = torch.arange(len(visual), device=visual.device)
    return (F.cross_entropy(logits[0], truth) + F.cross_entropy(logits[1], truth)) / 2
