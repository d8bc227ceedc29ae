"""One frame of the native renderer: pixels moved, a mouth lent, its light matched."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Patch
from g4g_plugin.core.picture import Box
from g4g_plugin.engine.dentition import inside
from g4g_plugin.engine.pool import Bite, Mouth, opening_pixels, parting
from g4g_plugin.network.mesh import (
    INNER_PLACES,
    OUTER_PLACES,
    Opening,
    Parting,
    View,
    Warp,
    between,
    ramp,
    sample,
)
from g4g_plugin.network.shape import Pose

Floats = NDArray[np.float32]
Mix = list[tuple[int, float]]

LIP_HOLD = 0.45  # share of the lip's width, from inside, that is the lent mouth's wholly
RING_WIDTH = 0.05  # eye distances around the lips where light is matched
LIGHT_LIMIT = 0.5  # natural log: a lent mouth is at most this much brightened or darkened
LIGHT_MEMORY = 0.5  # share of the last frame's light that stays
# frames, with the one itself, of which anything stays: a run that goes on in the middle of a shot
# draws so many again to give the same picture
LIGHT_MEMORY_FRAMES = 5
_Remembered = list[tuple[int, NDArray[np.float64]]]
TONGUE_LIGHT = 0.16  # how much of the lips' colour shines out of an opening's lower part
LIP_LINE_LEVEL = 0.65  # of the lips' colour squared (darker and redder): the line between shut lips
UNSEEN_INSIDE_LEVEL = 0.35  # of the same: the inside of a mouth that was never seen open


@dataclass(slots=True)
class Light:
    """What is remembered from frame to frame, so that nothing flickers: each lent mouth's light,
    the own parting.

    dark (3,) R'G'B': the inside of this actor's mouth, None where it was never seen.
    """

    dark: Floats | None
    row: int = 0  # of the track: the frame that is drawn
    _planes: dict[int, _Remembered] = field(default_factory=dict)
    _parts: _Remembered = field(default_factory=list)
    _teeth: _Remembered = field(default_factory=list)

    def settle(self, mouth: int, found: NDArray[np.float64]) -> NDArray[np.float64]:
        """Blend the light that was found with that of the last frames for this mouth."""
        return self._blended(self._planes.setdefault(mouth, []), found)

    def own_part(self, found: Parting) -> Parting:
        """Blend where the target's own opening is parted with where it was."""
        return Parting(*self._blended(self._parts, np.array(found)).tolist())

    def own_bite(self, found: Bite) -> Bite:
        """Blend what the target's own opening shows of the teeth with what it showed."""
        blend = self._blended(self._teeth, np.r_[found.sure, found.cut].astype(np.float64))
        return Bite(float(blend[0]), blend[1:].astype(np.float32))

    def _blended(self, values: _Remembered, found: NDArray[np.float64]) -> NDArray[np.float64]:
        values[:] = [v for v in values if self.row - LIGHT_MEMORY_FRAMES < v[0] < self.row]
        values.append((self.row, found))
        blend = values[0][1]
        for _, value in values[1:]:
            blend = LIGHT_MEMORY * blend + (1 - LIGHT_MEMORY) * value
        return blend


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A frame that a mouth is drawn from: pixels (h, w, 3), their origin on its plate, its mesh,
    its teeth.
    """

    pixels: Floats
    origin: tuple[int, int]
    mesh: Floats
    bite: Bite


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The target of one frame: its crop, how the face stands, the wanted points (59, 2), the plate
    box of the lips.
    """

    crop: Crop
    view: View
    wanted: Floats
    lips: Box


def draw(
    crop: Crop,
    pose: Pose,
    index: int,
    wanted: Floats,
    lent: list[tuple[Mouth | None, float]],
    light: Light,
) -> Patch:
    """Make one frame's patch.

    wanted (59, 3) canonical; lent: mouths and their weights, which sum to 1; None is the frame's
    own.

    Args:
        crop: the frame.
        pose: of the track.
        index: of the frame in it.
        wanted: (59, 3) canonical.
        lent: mouths and their weights, which sum to 1; None is the frame's own.
        light: of the frame.
    """
    one = Pose(
        pose.scale[index : index + 1],
        pose.rotation[index : index + 1],
        pose.shift[index : index + 1],
    )
    points = one.to_plate(wanted[None])[0, :, :2]
    view = View.of(pose, index, crop.mesh, points)
    box = within(view.box(2**30, 2**30), crop)
    if box[0] >= box[2] or box[1] >= box[3]:
        return nothing(crop)
    stage = Stage(crop, view, points, lip_box(view, points, box))
    seen = crop.pixels, crop.origin, crop.mesh
    warp = Warp.own(view, crop.mesh, points, light.own_part(parting(opening_pixels(*seen))))
    sources, matte = warp.own_sources(box)
    picture = sample(crop.pixels, sources, crop.origin)
    part = np.s_[
        stage.lips[1] - box[1] : stage.lips[3] - box[1],
        stage.lips[0] - box[0] : stage.lips[2] - box[0],
    ]
    moved = picture[part]
    heights = between(view, points, stage.lips)
    if heights.size:
        source = Source(*seen, light.own_bite(Bite.of(*seen)))
        rows = layered(stage, warp, source, moved, heights)
        own = shaded(stage, *rows, warp.opening, heights, light)
        picture[part] = mixed(stage, own, moved, heights, lent, light)
    return Patch(crop.frame, picture, matte, np.array([[1, 0, box[0]], [0, 1, box[1]]], np.float32))


def nothing(crop: Crop) -> Patch:
    """Return a patch that changes nothing, for a mouth outside the picture."""
    left, top = crop.origin
    blank = np.zeros((1, 1), np.float32)
    return Patch(
        crop.frame,
        crop.pixels[:1, :1].copy(),
        blank,
        np.array([[1, 0, left], [0, 1, top]], np.float32),
    )


def within(box: Box, crop: Crop) -> Box:
    """Clip a plate box to the pixels a crop holds."""
    height, width = crop.pixels.shape[:2]
    left, top = crop.origin
    return max(box[0], left), max(box[1], top), min(box[2], left + width), min(box[3], top + height)


def lip_box(view: View, wanted: Floats, box: Box) -> Box:
    """Return the plate box around the wanted lips and their ring, inside `box`.

    Args:
        view: of the frame.
        wanted: (59, 2) plate pixels.
        box: it never leaves.
    """
    lips = wanted[OUTER_PLACES]
    margin = 2 * RING_WIDTH * view.scale + 2
    left, top = np.floor(lips.min(axis=0) - margin).astype(int)
    right, bottom = np.ceil(lips.max(axis=0) + margin).astype(int) + 1
    left, top = min(max(left, box[0]), box[2]), min(max(top, box[1]), box[3])
    return left, top, max(min(right, box[2]), left), max(min(bottom, box[3]), top)


def mixed(
    stage: Stage,
    own: Floats,
    moved: Floats,
    heights: Floats,
    lent: list[tuple[Mouth | None, float]],
    light: Light,
) -> Floats:
    """Lay the lent mouths into the target's own lips, each by its weight; returns the lip box's
    pixels.

    own (h, w, 3) the moved target as it is to be seen where no mouth is lent; moved: the same
    before shading, to whose light the lent ones are matched.

    Args:
        stage: where it is drawn.
        own: (h, w, 3) the moved target as it is to be seen where no mouth is lent.
        moved: the same before shading, to whose light the lent ones are matched.
        heights: (h, w) where in the opening each pixel lies.
        lent: mouths and their weights, which sum to 1; None is the frame's own.
        light: of the frame.
    """
    borrowed: list[tuple[Mouth, float]] = [
        (mouth, share) for mouth, share in lent if mouth is not None and share > 0
    ]
    if not borrowed:
        return own
    matte, ring = lip_mattes(stage.wanted, stage.lips, RING_WIDTH * stage.view.scale)
    inside = np.float32(sum(share for _, share in borrowed))
    blend = np.zeros_like(own)
    for mouth, share in borrowed:
        blend += np.float32(share) * taken(stage, mouth, moved, ring, heights, light)
    return (own + matte[..., None] * (blend - inside * own)).astype(np.float32)


def taken(
    stage: Stage, mouth: Mouth, moved: Floats, ring: Floats, heights: Floats, light: Light
) -> Floats:
    """Return a lent mouth under the target's shape, pose and light, (h, w, 3) over the lip box.

    Args:
        stage: where it is drawn.
        mouth: the lent one.
        moved: (h, w, 3) the moved target, to whose light it is matched.
        ring: (h, w) where light is matched.
        heights: (h, w) where in the opening each pixel lies.
        light: of the frame.
    """
    warp = Warp.other(stage.view, stage.crop.mesh, stage.wanted, mouth.mesh, mouth.part)
    source = Source(mouth.pixels.astype(np.float32), mouth.origin, mouth.mesh, mouth.bite)
    pixels = sample(source.pixels, warp.sources(stage.lips), mouth.origin)
    light_of = gain(moved, pixels, ring, mouth.frame, light)
    rows, hollow = layered(stage, warp, source, pixels, heights)
    return shaded(stage, rows * light_of, hollow, warp.opening, heights, light)


def layered(
    stage: Stage, warp: Warp, source: Source, moved: Floats, heights: Floats
) -> tuple[Floats, Floats]:
    """Lay a source's rows of teeth into a mouth; return (pixels (h, w, 3), where both rows end and
    the dark shows (h, w)) over the lip box.

    Args:
        stage: the target.
        warp: of the source onto it.
        source: the frame the mouth comes from.
        moved: (h, w, 3) the source moved with its lips.
        heights: (h, w) where pixels lie between the lips.
    """
    torn = warp.opening.hollow(heights)
    rows = inside(warp, stage.crop.mesh, source.mesh, source.bite, stage.lips)
    if rows is None:
        return moved, torn
    upper, lower = (sample(source.pixels, at, source.origin) for at in (rows.upper, rows.lower))
    teeth = lower + rows.row[..., None] * (upper - lower)
    pixels = moved + rows.weight[..., None] * (teeth - moved)
    hollow = torn + rows.weight * (rows.hollow - torn)
    return pixels.astype(np.float32), hollow.astype(np.float32)


def shaded(
    stage: Stage,
    pixels: Floats,
    hollow: Floats,
    opening: Opening,
    heights: Floats,
    light: Light,
) -> Floats:
    """Show the dark of the mouth where no row reaches, and a plain line where an open mouth was
    shut.

    Args:
        stage: the target.
        pixels: (h, w, 3) its mouth over the lip box.
        hollow: (h, w) where the dark is to show.
        opening: how the opening is shown.
        heights: (h, w) where pixels lie between the lips.
        light: what is remembered; its `dark`.
    """
    line = opening.line(heights)
    if not hollow.any() and not line.any():
        return pixels
    mask = polygon(stage.wanted[INNER_PLACES], stage.lips)
    inner = cv2.GaussianBlur(
        mask.astype(np.float32) / 255, (0, 0), max(0.008 * stage.view.scale, 0.6)
    )
    lips = (polygon(stage.wanted[OUTER_PLACES], stage.lips) > 127) & (mask < 64)
    colour = np.clip(pixels[lips].mean(axis=0) if lips.any() else pixels.mean(axis=(0, 1)), 0, 1)
    out = pixels
    if hollow.any():
        plain = UNSEEN_INSIDE_LEVEL * colour**2
        dark = plain if light.dark is None else (plain + light.dark) / 2
        cave = np.minimum(cavity(stage, heights, opening, dark, colour) + grain(pixels), pixels)
        out = out + (hollow * inner)[..., None] * (cave - out)
    line = cv2.GaussianBlur(line * np.clip(3 * inner, 0, 1), (0, 0), 0.6)
    return (out + line[..., None] * (LIP_LINE_LEVEL * colour**2 - out)).astype(np.float32)


def cavity(stage: Stage, heights: Floats, opening: Opening, dark: Floats, lip: Floats) -> Floats:
    """Shade the inside of the mouth, (h, w, 3): darkest under the teeth and at the corners, tongue
    light below.

    Args:
        stage: where it is drawn.
        heights: (h, w) where in the opening each pixel lies.
        opening: what was torn.
        dark: colour of the dark.
        lip: colour of the lips.
    """
    low, high = opening.bounds
    depth = np.clip((heights - low) / max(high - low, 1e-3), 0, 1)
    left, right = stage.wanted[INNER_PLACES, 0].min(), stage.wanted[INNER_PLACES, 0].max()
    across = np.linspace(stage.lips[0], stage.lips[2] - 1, heights.shape[1], dtype=np.float32)
    side = (2 * across - left - right) / max(right - left, 1.0)
    centred = np.clip(1 - 0.5 * side**2, 0.4, 1)[None]
    rise = ramp(depth, 0.25, 1.0) * centred
    return ((0.6 + 0.5 * rise)[..., None] * dark + (TONGUE_LIGHT * rise)[..., None] * lip).astype(
        np.float32
    )


def grain(pixels: Floats) -> Floats:
    """Return the plate's own fine grain for what is painted, (h, w, 3): that of the rows above, at
    half strength.
    """
    fine = pixels - cv2.GaussianBlur(pixels, (0, 0), 1.2)
    limit = 2 * np.median(np.abs(fine))
    return (0.5 * np.clip(np.roll(fine, len(fine) // 3, axis=0), -limit, limit)).astype(np.float32)


def lip_mattes(wanted: Floats, box: Box, ring: float) -> tuple[Floats, Floats]:
    """Return (matte of the lent mouth, weight of the ring where light is matched), both (h, w)
    float32.

    The matte is 1 in the opening and on the inner lip, and dies away before the lip's outer edge.

    Args:
        wanted: (59, 2) plate pixels.
        box: of the pixels.
        ring: its width, pixels.
    """
    outer, inner = polygon(wanted[OUTER_PLACES], box), polygon(wanted[INNER_PLACES], box)
    to_edge = cv2.distanceTransform((outer > 127).astype(np.uint8), cv2.DIST_L2, 5)
    from_inner = cv2.distanceTransform((inner <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((outer <= 127).astype(np.uint8), cv2.DIST_L2, 5)
    share = to_edge / np.maximum(to_edge + from_inner, 1e-6)
    matte = ramp(share, 0.0, 1 - LIP_HOLD).astype(np.float32)
    weight = np.where(to_edge > 0, 1 - share, np.clip(1 - outside / max(ring, 1.0), 0, 1))
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 0.7), np.float32), weight.astype(np.float32)


def polygon(points: Floats, box: Box) -> NDArray[np.uint8]:
    """Draw a filled outline and its edge, (h, w) uint8, placed to 1/16 pixel: a shut mouth leaves a
    line.
    """
    mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    local = [np.round((points - np.array(box[:2], np.float32)) * 16).astype(np.int32)]
    cv2.fillPoly(mask, local, 255, cv2.LINE_AA, 4)
    cv2.polylines(mask, local, True, 255, 1, cv2.LINE_AA, 4)
    return mask


def gain(base: Floats, lent: Floats, ring: Floats, mouth: int, light: Light) -> Floats:
    """Return what brings a lent mouth to the light of the target, (h, w, 3): a plane in log values
    per channel.

    Args:
        base: (h, w, 3) the target.
        lent: (h, w, 3) the lent mouth.
        ring: (h, w) weights, where the two are compared.
        mouth: side of the mouth box, pixels.
        light: of the frame.
    """
    height, width = ring.shape
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    terms = np.stack([np.ones_like(x), x, y], -1)
    log = np.log(np.maximum(base, 0) + 0.03) - np.log(np.maximum(lent, 0) + 0.03)
    log = np.clip(log, -2 * LIGHT_LIMIT, 2 * LIGHT_LIMIT)
    weighted = (terms * ring[..., None]).reshape(-1, 3)
    system = (
        weighted.T @ terms.reshape(-1, 3)
        + np.diag([1e-6, 0.05, 0.05]) * ring.sum()
        + 1e-3 * np.eye(3)
    )
    found = np.linalg.solve(system, weighted.T @ log.reshape(-1, 3))
    plane = terms @ light.settle(mouth, found)
    return np.exp(np.clip(plane, -LIGHT_LIMIT, LIGHT_LIMIT)).astype(np.float32)
