"""What an editor asks of a mouth in some frames of a shot, settled frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.decisions import RangeSetting

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """How each of N frames is to be moved.

    scale, added (N,): the strength is scale * the shot's own + added. own (N,) 0..1: how much of
    the plate's own mouth shape stays; at 1 the plate's picture is kept.
    """

    scale: Floats
    added: Floats
    own: Floats

    @classmethod
    def plain(cls, count: int) -> Direction:
        """Return one that asks for nothing in `count` frames."""
        return cls(*(np.full(count, value, np.float32) for value in (1, 0, 0)))

    @classmethod
    def of(cls, ranges: Sequence[RangeSetting], frames: NDArray[np.int64]) -> Direction:
        """Settle what ranges ask; a later one stands over an earlier one.

        Args:
            ranges: as the editor set them.
            frames: (N,) counted from the first frame of the source range.
        """
        plain = cls.plain(len(frames))
        scale, added, own = plain.scale, plain.added, plain.own
        for asked in ranges:
            here = weight(asked, frames)
            if asked.mouth == "anyway":
                own = own * (1 - here)
                continue
            if asked.mouth == "keep":
                own = own + here * (1 - own)
                continue
            strength = asked.strength if asked.mouth == "move" else 0.0
            scale, own = scale * (1 - here), own * (1 - here)
            added = np.asarray(added * (1 - here) + here * strength, np.float32)
        return cls(scale, added, own)

    def strength(self, usual: float) -> Floats:
        """Return the strength of each frame, (N,), where the shot's own is `usual`."""
        return self.scale * np.float32(usual) + self.added


def anyway(ranges: Sequence[RangeSetting], frames: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which frames are to be moved also where the face is taken for covered or drawn, (N,)."""
    marks = np.zeros(len(frames), bool)
    for asked in ranges:
        if asked.mouth == "anyway":
            marks |= (frames >= asked.first) & (frames <= asked.last)
    return marks


def weight(asked: RangeSetting, frames: NDArray[np.int64]) -> Floats:
    """Return how far a range holds at each frame, (N,) 0..1: whole inside, fading over its ramp."""
    away = np.maximum(np.maximum(asked.first - frames, frames - asked.last), 0)
    return np.clip(1 - away / (asked.ramp + 1), 0, 1).astype(np.float32)
