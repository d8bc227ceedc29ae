"""The inside of a mouth in rigid layers: the upper row of teeth stands with the skull, the lower
with the jaw, lips slide over both, and what parts them is dark.

A row is one frame's own picture of it, so it can neither stretch, slant nor double. Near the lips
the picture goes over into the one that moves with the lip; a row reaches past its source's opening
only stretched, and where both rows end the dark shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.picture import Box
from g4g_plugin.engine.pool import GIVE_GAP, Bite
from g4g_plugin.network.mesh import (
    LOWER_LINE,
    LOWER_PLACES,
    TEAR_HEIGHTS,
    UPPER_LINE,
    UPPER_PLACES,
    Warp,
    apply,
    grid_of,
    line_heights,
    places,
    ramp,
)

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# What of the mesh stands with the skull: bridge and base of the nose, wings, corners of the eyes.
SKULL_POINTS: tuple[int, ...] = (6, 168, 197, 195, 2, 98, 327, 64, 294, 129, 358, 33, 263, 133, 362)
NOSE: tuple[int, ...] = (2, 98, 327, 64, 294)  # of these what lies nearest to the upper teeth
CHIN: tuple[int, ...] = (152, 148, 377, 176, 400)
LIP_DEPTH = 0.022  # eye distances behind a lip's edge over which the inside turns rigid
# times a row is stretched, at most, next to a lip that uncovers more than its source shows: the
# less, the deeper into the teeth it reaches
ROW_STRETCH_MOST = 2.5
ROW_EDGE_PIXELS = 0.75  # plate pixels: half the softness of a row's edge
# eye distances over which the dark shades into a row: where it was dark in the source, where teeth
# bit
SHADE_DISTANCES = (0.03, 0.01)
ROW_OPENINGS = (0.02, 0.05)  # eye distances of opening: too low for rows, and wholly in rows


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """What lies between the lips of one frame, over a box of plate pixels.

    upper, lower (h, w, 2): source pixels of the two rows; row (h, w): share of the upper one;
    hollow (h, w): where neither reaches; weight (h, w): how much of all this is shown.
    """

    upper: Floats
    lower: Floats
    row: Floats
    hollow: Floats
    weight: Floats


def skull(target: Floats, source: Floats) -> Doubles:
    """Return the affine (2, 3) that takes plate pixels of the upper teeth of one mesh (478, 3) to
    another's: nose and eyes say how the skull turned, the nose's base where it stands.
    """
    a, b = (np.asarray(m[list(SKULL_POINTS), :2], np.float64) for m in (target, source))
    turned = np.linalg.lstsq(np.c_[a - a.mean(axis=0), np.ones(len(a))], b, rcond=None)[0][:2].T
    at, to = (np.asarray(m[list(NOSE), :2], np.float64).mean(axis=0) for m in (target, source))
    return np.c_[turned, to - turned @ at]


def inside(warp: Warp, target: Floats, source: Floats, bite: Bite, box: Box) -> Inside | None:
    """Return the rows of a source frame between the wanted lips of a target frame, None where the
    mouth is shut.

    Args:
        warp: of the source onto the target; its `wanted` and `opening` are the target's.
        target: (478, 3) the target frame's mesh.
        source: (478, 3) the source frame's mesh.
        bite: the source's teeth; without any its inside moves with the lips.
        box: plate pixels of the target.
    """
    view, opening = warp.view, warp.opening
    least = min(opening.height, float(opening.height / opening.stretch))
    shown = bite.sure * float(ramp(np.array(least), *ROW_OPENINGS))
    if shown <= 0:
        return None
    to_source = skull(target, source)
    back = np.linalg.inv(np.vstack([to_source, [0, 0, 1]]))[:2]
    # from here on everything is in the target's local axes: source pixels are led back by the skull
    at = view.local(grid_of(box))
    lips = [view.local(apply(back, layer)) for layer in warp.layers(box)]
    ends = view.local(warp.wanted)
    lines = [view.local(apply(back, source[list(line), :2])) for line in (UPPER_LINE, LOWER_LINE)]
    drop = float(
        (ends[places(CHIN), 1] - view.local(apply(back, source[list(CHIN), :2]))[:, 1]).mean()
    )
    high, low = (line_heights(ends[p], at[..., 0]) for p in (UPPER_PLACES, LOWER_PLACES))
    above, below = at[..., 1] - high, np.maximum(low, high) - at[..., 1]
    upper = _row(at, lips[0], lines[0], above, 1.0)
    lower = _row(at - np.array([0, drop]), lips[1], lines[1], below, -1.0)
    past = [
        _past_parting(upper, lines, bite.cut),
        -_past_parting(lower, lines, bite.cut),
    ]
    upper[..., 1] -= np.maximum(past[0], 0)
    lower[..., 1] += np.maximum(past[1], 0)
    soft = ROW_EDGE_PIXELS / view.scale
    return Inside(
        apply(to_source, view.plate(upper)).astype(np.float32),
        apply(to_source, view.plate(lower)).astype(np.float32),
        np.clip(0.5 - past[0] / (2 * soft), 0, 1).astype(np.float32),
        _hollow(past[0], past[1], np.minimum(above, below), opening.part.give).astype(np.float32),
        (shown * ramp(np.minimum(above, below), 0.0, 2 * soft)).astype(np.float32),
    )


def _hollow(upper: Doubles, lower: Doubles, depth: Doubles, give: float) -> Doubles:
    """Return where neither row reaches, (h, w) 0..1.

    upper, lower (h, w): eye distances past where each row ends; depth (h, w): from the nearer lip;
    give: of the parting; a dark one shades into the rows, between teeth that bite the rows end.
    """
    height = np.maximum(upper + lower, 0)
    soft = np.minimum(0.45 * height, SHADE_DISTANCES[give > GIVE_GAP]) + 1e-3
    both = ramp(upper, 0.0, soft) * ramp(lower, 0.0, soft)
    return ramp(height, *TEAR_HEIGHTS) * both * ramp(depth, 0.0, LIP_DEPTH)


def _row(rigid: Doubles, lip: Doubles, edge: Doubles, depth: Doubles, sign: float) -> Doubles:
    """Return where a row's pixels come from, (h, w, 2) local: rigid, but never from beyond the
    source's lip, and with the lip near it.

    depth (h, w): eye distances from the wanted lip into the mouth; edge (11, 2): the source's lip;
    sign: 1 for the upper row, whose inside lies below its lip.
    """
    share = ramp(depth, 0.0, LIP_DEPTH)[..., None]
    x = lip[..., 0] + share[..., 0] * (rigid[..., 0] - lip[..., 0])
    bound = line_heights(edge, x)
    reach = np.maximum(sign * (rigid[..., 1] - bound), depth / ROW_STRETCH_MOST)
    y = lip[..., 1] + share[..., 0] * (bound + sign * reach - lip[..., 1])
    return np.stack([x, y], axis=-1)


def _past_parting(points: Doubles, lines: list[Doubles], cut: Floats) -> Doubles:
    """Return how far points (h, w, 2) lie below the line at which the source's rows part, (h, w).

    cut (9,): heights of that line at the inner points of the lips' lines (11, 2).
    """
    high, low = (line_heights(line, points[..., 0]) for line in lines)
    part = line_heights(np.c_[lines[0][1:-1, 0], cut], points[..., 0])
    return points[..., 1] - high - part * np.maximum(low - high, 0)
