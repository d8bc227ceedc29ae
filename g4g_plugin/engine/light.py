"""The light of each frame's face, taken out of what is lent or painted and put back as the target
has it.

Everything an engine moves, lends or paints passes through `EvenCrops`: its pictures look as if the
whole shot stood in one light, and `relit` gives each patch the light of its own frame. Fades,
flashes, flicker, shadows, night and coloured light are then one problem, solved once for every
renderer. It stands in engine, between the crops of faces and whoever moves the mouth: the composite
lays patches down as they are and never sees a lent frame.

The space is display-referred R'G'B'. Displays decode it by a pure power (BT.1886), under which a
factor of light is a factor of R'G'B', and editors' fades multiply the very same values. Fades
through white, haze and flare add: picture = veil + gain * even picture, one gain per channel and
place, one veil per channel.

How it is estimated: skin is compared with itself. The mesh finds the same places of the face in
each frame, lips, mouth and eyes left out; what a frame shows there over what the shot mostly shows
is its light, whatever the skin, beard or make-up. Medians of neighbouring places take out what is
no light (hair, glints), and keep shadow edges.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.face import EYE_CORNERS, NOSE_BASE, OUTER_LIPS, FaceTrack
from g4g_plugin.network.mesh import ramp

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

# All lengths below are in distances of the outer eye corners.
EYE_LIDS = ((159, 145), (386, 374))  # upper and lower, in the middle
PIXELS_PER_UNIT = 48  # pixels per unit at which skin is read: finer is pores and noise
LIPS_AWAY = 0.06  # skin begins this far from the lips' outline: the mesh slips that much
NOSTRILS_AWAY = (0.18, 0.06)  # half axes of what a nod shows or hides of the nostrils
EYE_AWAY = (0.2, 0.12)  # half axes of what a blink changes
# Cosine of the angle to the viewer from which a place counts, counts wholly
FACING_COSINES = (0.15, 0.45)
MEDIAN_PLACES = 7  # places in a median
SAMPLED_FRAMES = 8  # frames of the shot, evenly spaced, that say what it mostly shows
# of the face's median, in any channel: darker places (nostrils, brows, lips) say little about light
DARK_PLACE = (0.3, 0.8)
GRID_STEP = 0.05  # the gain is worked out on a grid this fine
FINE_REACH, BROAD_REACH, FAR_REACH = 0.1, 0.3, 1.2  # how far a place speaks for its surroundings
# Weight of what BROAD_REACH says beside FINE_REACH, of what FAR says beside BROAD_REACH
BROAD_WEIGHT, FAR_WEIGHT = (0.1, 1e-3)
# relative departure, in every channel, from what lies broadly around: the mesh slipped or skin
# folded; an edge of light
SLIP_CHANGES = (0.03, 0.12)
# Relative change of a place against the face's mean that is noise rather than light
STEADY_CHANGE = 0.05
MEMORY_FRAMES = 6  # frames, with the one itself; of the sixth a twelfth is left
KEPT_SHARE = 0.6  # share of the last frame's value that stays where nothing changed
# Relative to the shot's light: a turn of the head's shading, a change of light
LIGHT_CHANGES = (0.02, 0.1)
LEAST_GAIN = 0.02  # pictures are divided by no less: 5 codes of 255 hold no face
EXPOSED_LEVEL = 0.30  # R'G'B' level of the face below which a shot is brightened for the renderers
LEAST_CHANNEL = 0.15  # the same for one channel: deep blue light leaves red little to see
# Share of the face's level from which a veil is believed, wholly believed
VEIL_SHARES = (0.18, 0.35)
NEAR_MOUTH = 0.7  # units around the mouth's middle: where a frame must be well lit to lend it
LENDER_GAINS = (0.12, 0.4)  # gain near the mouth, relative to the shot's: lends nothing, lends well
UNEVEN_RATIOS = (1.4, 2.2)  # brightest over darkest near the mouth: an edge of shadow lies across
LEAST_WORTH = 0.5  # below this another frame is asked


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """Which places of the mesh are looked at, and what the shot mostly shows there.

    places (K,) mesh points; near (K, 7) rows of each place's neighbours; share (K,) of the face
    that each stands for, 0..1, least where the mesh is dense; colour (K, 3) R'G'B'; dark (3,) what
    the darkest places show; scale (3,) by which the shot is brightened; mouth (K,) True near the
    mouth.
    """

    places: Indices
    near: Indices
    share: Floats
    colour: Floats
    dark: Floats
    scale: Floats
    mouth: NDArray[np.bool_]

    @classmethod
    def of(cls, meshes: Floats, pictures: list[tuple[Floats, Floats]]) -> Skin:
        """Learn a shot's skin.

        Args:
            meshes: (N, 478, 3) plate pixels, of the shot.
            pictures: (colours (478, 3), facing (478,)) of a few of its frames.
        """
        shape = frontal(meshes)
        places = skin_places(shape)
        near = neighbours(shape[places])
        seen = np.stack([colours for colours, _ in pictures])
        own = seen[:, places]
        contrast = np.abs(own - own[:, near].mean(axis=2)).mean(axis=(1, 2))
        best = np.argsort(contrast)[::-1][: -(-len(own) // 2)]
        colour = np.maximum(np.median(own[best], axis=0), 1e-3)
        dark = np.median(darkest(seen[best]), axis=0)
        level = np.median(colour, axis=0)
        scale = np.maximum(1.0, EXPOSED_LEVEL / max(float(level.mean()), 1e-3))
        scale = np.maximum(scale, LEAST_CHANNEL / np.maximum(level, 1e-3))
        middle = shape[list(OUTER_LIPS)].mean(axis=0)
        mouth = np.linalg.norm(shape[places] - middle, axis=1) < NEAR_MOUTH
        return cls(
            places, near, shares(shape[places]), colour, dark, scale.astype(np.float32), mouth
        )


@dataclass(frozen=True, slots=True, eq=False)
class Illumination:
    """One frame's light: gains (K, 3) at the places of a Skin, their weights (K,), and the veil
    (3,).
    """

    gains: Floats
    weights: Floats
    veil: Floats


def measure(skin: Skin, colours: Floats, facing: Floats) -> Illumination:
    """Return a frame's light from what its mesh points show.

    Args:
        skin: what the shot mostly shows.
        colours: (478, 3) R'G'B' around each mesh point.
        facing: (478,) 0..1.
    """
    own = colours[skin.places]
    veil = veil_of(skin, colours)
    level = (skin.colour / np.median(skin.colour, axis=0)).min(axis=1)
    plain = np.asarray(ramp(level, *DARK_PLACE) + 1e-3, np.float32)
    weights = skin.share * facing[skin.places] * plain
    raw = np.maximum(own - veil, 0) / skin.colour
    gains = np.median(raw[skin.near], axis=1).astype(np.float32)
    return Illumination(gains, weights.astype(np.float32), veil)


def remembered(recent: Iterable[Illumination]) -> Illumination:
    """Return the last of a few frames' lights, steadied by those before it."""
    first, *others = recent
    light = first
    for following in others:
        gains = steadied(following.gains, light.gains, following.weights)
        light = replace(following, gains=gains)
    return light


def steadied(gains: Floats, before: Floats, weights: Floats) -> Floats:
    """Keep each place's share of the face's light where it hardly changed; the face's own level is
    free.

    Args:
        gains: of this frame.
        before: of the frame before.
        weights: how surely each is known.
    """
    level, was = (
        np.maximum((g * weights[:, None]).sum(axis=0) / max(weights.sum(), 1e-6), 1e-4)
        for g in (gains, before)
    )
    share, old = gains / level, before / was
    follow = np.clip(np.abs(share - old) / STEADY_CHANGE, 1 - KEPT_SHARE, 1)
    return (level * (old + follow * (share - old))).astype(np.float32)


def veil_of(skin: Skin, colours: Floats) -> Floats:
    """Return what is added to the whole picture, (3,) R'G'B', from how far its dark places and its
    contrasts have come up.

    Two estimates must agree, for a face also loses dark places (shut mouth, closed eyes) and
    contrast (blur) without any veil: the smaller one counts, and only what is plainly there in
    every channel.
    """
    own = colours[skin.places]
    level, mean = own.mean(axis=0), skin.colour.mean(axis=0)
    dark = darkest(colours[None])[0]
    lifted = (dark * mean - level * skin.dark) / np.maximum(mean - skin.dark, 0.05)
    around, usual = own[skin.near].mean(axis=1), skin.colour[skin.near].mean(axis=1)
    relief = (skin.colour - usual) / np.maximum(usual, 1e-3)
    flat = -(relief * (own - around - around * relief)).sum(axis=0)
    flat = flat / np.maximum((relief**2).sum(axis=0), 1e-6)
    veil = np.clip(np.minimum(lifted, flat), 0, np.maximum(dark, 0))
    plain = float((veil / np.maximum(level, 1e-3)).min())
    return (veil * ramp(np.array(plain), *VEIL_SHARES)).astype(np.float32)


def darkest(colours: Floats) -> Floats:
    """Return what the darkest places of faces show, (N, 3), of colours (N, 478, 3)."""
    return np.percentile(colours, 4, axis=1).astype(np.float32)


def field(skin: Skin, light: Illumination, crop: Crop) -> Floats:
    """Return the gain at each pixel of a crop, (h, w, 3) float32, over the shot's even light.

    Args:
        skin: where light is measured.
        light: of the frame.
        crop: whose pixels are asked for.
    """
    height, width = crop.pixels.shape[:2]
    step = max(1.0, GRID_STEP * unit(crop.mesh))
    rows, columns = int(height / step) + 2, int(width / step) + 2
    at = (crop.mesh[skin.places, :2] - np.asarray(crop.origin, np.float32)) / step
    inside = ((at >= 0) & (at < (columns - 1, rows - 1))).all(axis=1)
    grid = np.zeros((rows * columns, 4), np.float32)
    values = np.c_[light.gains, np.ones(len(at))] * light.weights[:, None]
    cell, part = np.floor(at[inside]).astype(int), (at - np.floor(at))[inside]
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        share = np.abs(1 - x - part[:, 0]) * np.abs(1 - y - part[:, 1])
        where = (cell[:, 1] + y) * columns + cell[:, 0] + x
        for channel in range(4):
            grid[:, channel] += np.bincount(
                where, share * values[inside, channel], rows * columns
            ).astype(np.float32)
    coarse = settled(spread(grid.reshape(rows, columns, 4))) / skin.scale
    at_pixel = np.array([[1 / step, 0, 0], [0, 1 / step, 0]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    edge = cv2.BORDER_REPLICATE
    return np.asarray(
        cv2.warpAffine(coarse, at_pixel, (width, height), flags=flags, borderMode=edge), np.float32
    )


def spread(planes: Floats) -> Floats:
    """Return the gain everywhere, (h, w, 3), of weighted gains and weights (h, w, 4) on a grid.

    Shadow edges are kept; small departures from what lies broadly around are not light.
    """
    fine, broad, far = (
        np.asarray(
            cv2.GaussianBlur(planes, (0, 0), reach / GRID_STEP, borderType=cv2.BORDER_CONSTANT)
        )
        for reach in (FINE_REACH, BROAD_REACH, FAR_REACH)
    )
    total = planes.sum(axis=(0, 1))
    mean = total / total[3] if total[3] > 0 else np.ones(4, np.float32)
    broad += FAR_WEIGHT * far + np.float32(1e-9) * mean
    fine += BROAD_WEIGHT * broad
    around = broad[..., :3] / broad[..., 3:]
    apart = (fine[..., :3] / fine[..., 3:]) / np.maximum(around, 1e-6) - 1
    alike = np.abs(np.sign(apart).sum(axis=2)) == 3
    common = np.where(alike, np.abs(apart).min(axis=2), 0)
    return (around * (1 + apart * ramp(common, *SLIP_CHANGES)[..., None])).astype(np.float32)


def settled(gain: Floats) -> Floats:
    """Take gains (h, w, 3) as 1 where they hardly differ: there the shot's light did not change."""
    apart = np.abs(gain - 1).max(axis=2, keepdims=True)
    return (1 + ramp(apart, *LIGHT_CHANGES) * (gain - 1)).astype(np.float32)


def unit(mesh: Floats) -> float:
    """Return the size of a face (478, 3): its eye distance, turned or not."""
    return max(float(np.linalg.norm(mesh[EYE_CORNERS[0]] - mesh[EYE_CORNERS[1]])), 1.0)


def read_skin(crop: Crop) -> tuple[Floats, Floats]:
    """Return what a crop shows around each mesh point, (478, 3) R'G'B', and how far each faces the
    viewer, (478,) 0..1.
    """
    shrink = min(1.0, PIXELS_PER_UNIT / unit(crop.mesh))
    pixels = np.ascontiguousarray(crop.pixels, np.float32)
    if shrink < 1:
        pixels = cv2.resize(pixels, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.0)
    scale = np.array(soft.shape[1::-1], np.float32) / np.array(crop.pixels.shape[1::-1], np.float32)
    at = ((crop.mesh[:, :2] - np.asarray(crop.origin, np.float32) + 0.5) * scale - 0.5).astype(
        np.float32
    )
    colours = cv2.remap(
        soft, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )[0]
    inside = ((at >= 0) & (at <= np.array(soft.shape[1::-1]) - 1)).all(axis=1)
    return np.asarray(colours, np.float32), facing(crop.mesh) * inside


def facing(mesh: Floats) -> Floats:
    """Return how far each point of a mesh (478, 3) faces the viewer, (478,) 0..1."""
    size = unit(mesh)
    across = (mesh[356] - mesh[127]).astype(np.float64)
    down = (mesh[152] - mesh[10]).astype(np.float64)
    back = np.cross(across, down)
    back /= max(float(np.linalg.norm(back)), 1e-6)
    centre = (mesh[127] + mesh[356] + mesh[152] + mesh[10]) / 4 + 0.35 * size * back
    out = mesh - centre
    towards = -out[:, 2] / np.maximum(np.linalg.norm(out, axis=1), 1e-6)
    return np.asarray(ramp(towards, *FACING_COSINES), np.float32)


def frontal(meshes: Floats) -> Floats:
    """Return the usual places of the mesh points of a shot (N, 478, 3), (478, 2): eye line level,
    in units.
    """
    left, right = meshes[:, EYE_CORNERS[0], :2], meshes[:, EYE_CORNERS[1], :2]
    x = (right - left) / np.maximum(np.linalg.norm(right - left, axis=1), 1e-6)[:, None]
    size = np.linalg.norm(meshes[:, EYE_CORNERS[0]] - meshes[:, EYE_CORNERS[1]], axis=1)
    axes = np.stack([x, np.stack([-x[:, 1], x[:, 0]], -1)], 1)
    away = meshes[..., :2] - ((left + right) / 2)[:, None]
    placed = np.einsum("nij,npj->npi", axes, away) / np.maximum(size, 1e-6)[:, None, None]
    return np.median(placed, axis=0).astype(np.float32)


def skin_places(shape: Floats) -> Indices:
    """Return the mesh points that lie on skin, (K,): neither lips nor mouth nor eyes; shape (478,
    2) units.
    """
    lips = cv2.convexHull(shape[list(OUTER_LIPS)])
    away = np.array([-cv2.pointPolygonTest(lips, (float(x), float(y)), True) for x, y in shape])
    skin = away > LIPS_AWAY
    for points, reach in (*((lids, EYE_AWAY) for lids in EYE_LIDS), ((NOSE_BASE,), NOSTRILS_AWAY)):
        off = (shape - shape[list(points)].mean(axis=0)) / np.array(reach)
        skin &= np.linalg.norm(off, axis=1) > 1
    return np.flatnonzero(skin)


def neighbours(shape: Floats) -> Indices:
    """Return the rows of the nearest places of each, itself first, (K, 7); shape (K, 2)."""
    apart = ((shape[:, None] - shape[None]) ** 2).sum(axis=2)
    return np.argsort(apart, axis=1, kind="stable")[:, : min(MEDIAN_PLACES, len(shape))]


def shares(shape: Floats) -> Floats:
    """Return how much of the face each place stands for, (K,) 0..1; shape (K, 2) units."""
    apart = ((shape[:, None] - shape[None]) ** 2).sum(axis=2)
    crowd = np.exp(-apart / (2 * FINE_REACH**2)).sum(axis=1)
    return (crowd.min() / crowd).astype(np.float32)


class EvenCrops:
    """A shot as an engine sees it, its light divided out (core.crop.Crops)."""

    def __init__(self, crops: Crops) -> None:
        """Look at a few frames of the shot, to know what it mostly shows.

        Of the footage around it where the shot itself may not be lent from, as in evaluation.
        """
        self._crops = crops
        lent = np.isin(crops.track.frames, crops.pool.frames).all()
        looks = looked_at(crops.track if lent else crops.pool)
        seen = [read_skin(crop) for crop in crops.fetch(looks)]
        self._skin = Skin.of(crops.track.mesh, seen)
        self._lit: dict[int, tuple[Crop, Crop, Floats]] = {}
        self._worth = {
            int(frame): self._value(measure(self._skin, *colours))
            for frame, colours in zip(looks, seen, strict=True)
        }

    @property
    def rate(self) -> Fraction:
        """Frames per second of the plate."""
        return self._crops.rate

    @property
    def start(self) -> int:
        """File frame index at which the take's first sample is heard."""
        return self._crops.start

    @property
    def track(self) -> FaceTrack:
        """The face over the delivered frames."""
        return self._crops.track

    @property
    def pool(self) -> FaceTrack:
        """The same face over all of the media that was looked at."""
        return self._crops.pool

    @property
    def direction(self) -> Direction:
        """What is asked of each frame of `track`, beside the take."""
        return self._crops.direction

    def __iter__(self) -> Iterator[Crop]:
        """Yield each frame of `track` in even light, and remember its light until its patch comes.

        A frame's light depends on it and the few before it, however many were drawn in this run.
        """
        recent: deque[Illumination] = deque(maxlen=MEMORY_FRAMES)
        for crop in self._crops:
            recent.append(measure(self._skin, *read_skin(crop)))
            even, gain = self._evened(crop, remembered(recent))
            self._lit[crop.frame] = crop, even, gain
            yield even

    def fetch(self, frames: Indices) -> list[Crop]:
        """Decode these frames of `pool`, in even light."""
        fetched: list[Crop] = []
        for crop in self._crops.fetch(frames):
            light = measure(self._skin, *read_skin(crop))
            self._worth[crop.frame] = self._value(light)
            fetched.append(self._evened(crop, light)[0])
        return fetched

    def worth(self, frames: Indices) -> Floats:
        """Return how well lit frames are to lend from, (N,) 0..1; of those not yet seen, as those
        around them.
        """
        known = np.array(sorted(self._worth))
        values = np.array([self._worth[int(frame)] for frame in known])
        return np.interp(frames, known, values).astype(np.float32)

    def relit(self, patches: Iterable[Patch]) -> Iterator[Patch]:
        """Give each patch the light of its frame; where it shows the plate, it shows it exactly."""
        for patch in patches:
            crop, even, gain = self._lit.pop(patch.frame)
            for frame in [frame for frame in self._lit if frame < patch.frame]:
                del self._lit[frame]
            area = place(patch, crop)
            changed = gain[area] * (patch.pixels - even.pixels[area])
            yield replace(patch, pixels=(crop.pixels[area] + changed).astype(np.float32))

    def _evened(self, crop: Crop, light: Illumination) -> tuple[Crop, Floats]:
        gain = field(self._skin, light, crop)
        pixels = (crop.pixels - light.veil) / np.maximum(gain, LEAST_GAIN)
        return replace(crop, pixels=np.asarray(pixels, np.float32)), gain

    def _value(self, light: Illumination) -> float:
        near = (light.gains.mean(axis=1))[self._skin.mouth & (light.weights > 0)]
        if not len(near):
            return 0.0
        low, high = np.percentile(near, (10, 90))
        return float(ramp(low, *LENDER_GAINS) * (1 - ramp(high / max(low, 1e-3), *UNEVEN_RATIOS)))


def looked_at(track: FaceTrack) -> Indices:
    """Return the frames of a shot that say what it mostly shows."""
    rows = np.unique(np.linspace(0, len(track) - 1, SAMPLED_FRAMES).round().astype(np.int64))
    return track.frames[rows]


def place(patch: Patch, crop: Crop) -> tuple[slice, slice]:
    """Return the rows and columns of a crop's pixels that a patch covers."""
    left, top = (int(patch.to_plate[axis, 2]) - crop.origin[axis] for axis in (0, 1))
    height, width = patch.matte.shape
    return slice(top, top + height), slice(left, left + width)
