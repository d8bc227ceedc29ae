"""The native renderer: the target frame's own pixels moved, at the plate's resolution, to the shape
the take asks for.

Skin, chin and lips are the target frame itself; what only opens now (teeth, tongue) comes from the
actor's other frames, under the same deformation, its light matched to the lips around it. What no
frame shows is a plain dark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.engine import pool
from g4g_plugin.engine.draw import Light, Mix, draw
from g4g_plugin.engine.light import EvenCrops, place
from g4g_plugin.engine.pool import OWN_MOUTH, Mouth
from g4g_plugin.network.limits import hold_jaw, keep_apart
from g4g_plugin.network.mesh import (
    LEAST_GAP,
    LIP_PAIRS,
    LIP_PLACES,
    ramp,
)
from g4g_plugin.network.shape import CLOSED_GAP, Pose, ShapeBasis, gaps

Floats = NDArray[np.float32]
Finish = Callable[
    [Floats, Floats, Floats], Floats
]  # patch (h, w, 3), matte (h, w), plate (h, w, 3) -> patch

SMOOTHING_FRAMES = 0.45  # frames: standard deviation of the smoothing of wanted shapes
# Frames over which the mouth leaves and regains the plate's own shape beside a missing face
GAP_RAMP = 3
TOUCHING_GAP = 0.005  # eye distances between inner lips that touch, as the mesh sees them
# Eye distances a lip must leave its rest by, to be moved not at all, wholly
MOVEMENT_DISTANCES = (0.004, 0.02)
STANDS_OPEN = (0.008, 0.03)  # eye distances the plate's own mouth may stand open at rest
NEEDED_EASE = 1.5  # frames
# seconds, standard deviation: speech alternates several times faster, a smile lasts longer
EXPRESSION_SECONDS = 0.4
# eye distances off rest: what speech alone leaves, plainly an expression
EXPRESSION_DISTANCES = (0.025, 0.055)
UNMOVED_DISTANCE = 0.002  # eye distances: less is no movement
WIDEST_OPENING_RATIO = 1.25  # an opening this many times the widest seen still looks like it
# how far the pose must vary (radians squared) before the mesh's pose errors are believed and undone
POSE_RIDGE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """What every frame of a shot is to show.

    wanted (N, 59, 3) canonical; pose of each frame; mouths the pool lends; mixes: per frame, states
    and their weights (state 0: the frame's own mouth, k: mouths[k - 1]).
    """

    wanted: Floats
    pose: Pose
    mouths: list[Mouth]
    mixes: list[Mix]
    dark: Floats | None  # (3,) R'G'B' of the inside of this mouth


class NativeRenderer:
    """Deforms the actor's own pixels; needs a shape basis and no net."""

    def __init__(
        self, basis: ShapeBasis, finish: Finish | None = None, keep_expression: float = 0.0
    ) -> None:
        """Take the basis codes come in; keep_expression: how much of the plate's own expression
        stays under the speech, 0..1.
        """
        self._basis = basis
        self._finish = finish
        self._keep = keep_expression

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield a patch for each frame of `crops.track`; codes (N, 12), one for each of those
        frames.
        """
        if len(crops.track):
            even = EvenCrops(crops)
            yield from even.relit(self._moved(even, codes))

    def _moved(self, crops: EvenCrops, codes: Floats) -> Iterator[Patch]:
        script = self.script(crops, codes)
        light = Light(script.dark)
        for crop in crops:  # not from the first frame of the track where a run goes on
            row = int(np.searchsorted(crops.track.frames, crop.frame))
            yield self.frame(script, row, crop, light)

    def frame(self, script: Script, index: int, crop: Crop, light: Light) -> Patch:
        """Draw one frame of a script; frames come in order, for `light` remembers.

        Args:
            script: what the mouth does.
            index: of the frame in it.
            crop: the frame.
            light: of the frame.
        """
        light.row = index
        lent = [
            (script.mouths[state - 1] if state != OWN_MOUTH else None, share)
            for state, share in script.mixes[index]
        ]
        patch = draw(crop, script.pose, index, script.wanted[index], lent, light)
        return patch if self._finish is None else finished(patch, crop, self._finish)

    def script(self, crops: EvenCrops, codes: Floats) -> Script:
        """Settle every frame's shape and mouth before the first pixel is moved."""
        track, seen = crops.track, crops.pool
        pose, own = self._basis.pose(track.mesh), self._basis.points(track.mesh)
        wanted = self.shapes(track, seen, codes, crops.rate, crops.direction.own)
        index = pool.thinned(seen)
        lent_pose, lent = self._basis.pose(seen.mesh[index]), self._basis.points(seen.mesh[index])
        asked, gap = pool.features(wanted, pose), pool.openings(wanted)
        cost = pool.costs(asked, pool.features(lent, lent_pose), gap, pool.openings(lent))
        cost = cost + pool.UNSURE_FACE_COST * (1 - seen.score[index])[None] ** 2
        shown = (
            seen.mesh[:, list(OUTER_LIPS), :2] / self._basis.pose(seen.mesh).scale[:, None, None]
        )
        cost = cost + pool.BLURRED_FRAME_COST * pool.restless(shown, seen.frames)[index][None]
        unmoved = np.abs(wanted - own)[..., :2].max(axis=(1, 2)) < UNMOVED_DISTANCE
        cost[unmoved] += pool.BADLY_LIT  # a frame that stays as it is keeps its own mouth
        stay = pool.costs(asked, pool.features(own, pose), gap, pool.openings(own)).diagonal()
        scales = dict(zip(seen.frames[index].tolist(), lent_pose.scale.tolist(), strict=True))
        states, used, mouths = pool.cast(
            crops, seen.frames[index], cost, stay, pool.switches(gap), scales
        )
        heights = np.c_[pool.openings(own), np.tile(pool.openings(lent[used]), (len(own), 1))]
        return Script(
            wanted, pose, mouths, pool.fades(states, track.frames, heights), pool.darkness(mouths)
        )

    def shapes(
        self,
        track: FaceTrack,
        seen: FaceTrack,
        codes: Floats,
        rate: Fraction = Fraction(25),
        kept: Floats | None = None,
    ) -> Floats:
        """Return the canonical shape each frame is to take, (N, 59, 3).

        Args:
            track: the face over the frames that are dubbed.
            seen: the same face over all of the media that was looked at.
            codes: (N, 12) what the take asks for.
            rate: frames per second.
            kept: (N,) 0..1, how much of the plate's own shape stays in each frame.
        """
        rest = sealed(self._basis, seen)
        own = self._basis.points(track.mesh)
        bias = PoseBias.fit(self._basis.points(seen.mesh), self._basis.pose(seen.mesh))
        shift = bias.at(self._basis.pose(track.mesh))
        asked = rest + self._basis.decode(codes)
        asked = np.asarray(
            gaussian_filter1d(asked, SMOOTHING_FRAMES, axis=0, mode="nearest"), np.float32
        )
        wanted = keep_apart(asked) + shift
        if self._keep > 0:
            spoken = (gaps(own) - gaps(rest[None]))[:, None, None] * self._basis.opening
            held = np.asarray(own - shift - spoken - rest, np.float32)
            wanted = wanted + self._keep * expression(held, track.frames, rate)
        wanted = hold_jaw(wanted, own, rest)
        share = gap_ramp(track.frames) * needed(asked, own, rest)
        share = share if kept is None else share * (1 - kept)
        return (own + share[:, None, None] * (wanted - own)).astype(np.float32)

    def coverage(self, crops: Crops, codes: Floats) -> float:
        """Return the share of frames, 0..1, whose opening the actor shows somewhere in the pool.

        The others stretch what there is, and show a painted dark beyond; more footage of the actor
        helps.
        """
        shapes = self.shapes(crops.track, crops.pool, codes, crops.rate, crops.direction.own)
        wanted = pool.openings(shapes)
        widest = float(pool.openings(self._basis.points(crops.pool.mesh)).max(initial=0.0))
        return (
            float((wanted <= WIDEST_OPENING_RATIO * widest + LEAST_GAP).mean())
            if len(wanted)
            else 1.0
        )


def finished(patch: Patch, crop: Crop, finish: Finish) -> Patch:
    """Let a blend net finish a patch (section 3.2); where the matte is 0 the patch stays as it was.

    Nets know 0..1 alone; what lies beyond, a glint in even light, is added to what they return.

    Args:
        patch: to be finished.
        crop: the frame.
        finish: the blend net.
    """
    plate = crop.pixels[place(patch, crop)]
    beyond = patch.pixels - np.clip(patch.pixels, 0, 1)
    painted = finish(patch.pixels, patch.matte, plate) + beyond
    pixels = np.where(patch.matte[..., None] > 0, painted, patch.pixels)
    return replace(patch, pixels=pixels.astype(np.float32))


def needed(asked: Floats, own: Floats, rest: Floats) -> Floats:
    """Return how much of the wanted shape each frame needs, (N,): none where it rests and the
    plate's mouth is shut.

    There the plate is left as it is. It is eased into and out of around the frames that need it,
    never within them: a mouth that stands open for two frames is shut in both.

    Args:
        asked: (N, 59, 3) canonical.
        own: (N, 59, 3) the plate's.
        rest: (59, 3) the mouth at rest.
    """
    moves = np.abs(asked - rest)[:, LIP_PLACES, :2].max(axis=(1, 2))
    stands_open = gaps(own) - gaps(rest[None])
    share = np.maximum(ramp(moves, *MOVEMENT_DISTANCES), ramp(stands_open, *STANDS_OPEN))
    eased = gaussian_filter1d(share, NEEDED_EASE, mode="nearest")
    return np.maximum(share, eased).astype(np.float32)


def expression(held: Floats, frames: NDArray[np.int64], rate: Fraction) -> Floats:
    """Return the plate's slow expression, (N, 59, 3): how a smile, a sneer or tension holds the
    lips off their rest, whatever they say.

    A lip's points above and below move as one, so that what is said opens the mouth as far as
    without it; jaw and chin are left to speech. Where the plate merely speaks, nothing is kept.

    Args:
        held: (N, 59, 3) canonical, how far the plate's mouth is off its rest, without its opening
            (a jaw that falls pulls the lower lip down, and is speech) and the mesh's pose errors.
        frames: (N,) their numbers.
        rate: frames per second.
    """
    both = np.zeros_like(held)
    for upper, lower in LIP_PAIRS:
        both[:, [upper, lower]] = held[:, [upper, lower]].mean(axis=1, keepdims=True)
    slow = np.empty_like(both)
    for run in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > 1) + 1):
        slow[run] = gaussian_filter1d(
            both[run], EXPRESSION_SECONDS * float(rate), axis=0, mode="nearest"
        )
    size = np.abs(slow[..., :2]).max(axis=(1, 2))
    return (ramp(size, *EXPRESSION_DISTANCES)[:, None, None] * slow).astype(np.float32)


def sealed(basis: ShapeBasis, seen: FaceTrack) -> Floats:
    """Return the person's closed mouth (59, 3); of one that is never seen shut, with the lips
    brought together.
    """
    rest = basis.neutral(seen.mesh)
    if float(np.percentile(gaps(basis.points(seen.mesh)), 5)) <= CLOSED_GAP:
        return rest
    unit = basis.opening / max(float(gaps(basis.opening[None])[0]), 1e-6)
    return (rest - (float(gaps(rest[None])[0]) - TOUCHING_GAP) * unit).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PoseBias:
    """How the mesh's guess of depth shifts the mouth when the head turns: linear in yaw, pitch and
    their squares.

    The mouth shifts and slants as one (a + b x for every point); it does not open: that would be
    speech.
    """

    centre: NDArray[np.float64]  # (4,)
    slope: NDArray[np.float64]  # (4, 59, 3)

    @classmethod
    def fit(cls, points: Floats, pose: Pose) -> PoseBias:
        """Regress canonical points (N, 59, 3) on the pose, held small by a ridge."""
        terms = cls._terms(pose)
        centre = np.median(terms, axis=0)
        mean = points.mean(axis=0)
        slant = np.stack([np.ones(len(mean)), mean[:, 0]], axis=1)  # (59, 2)
        moved = np.einsum("kp,npd->nkd", np.linalg.pinv(slant), points - mean)
        x, y = terms - centre, moved.reshape(len(points), -1)
        slope = np.linalg.solve(
            x.T @ x / len(x) + POSE_RIDGE**2 * np.eye(x.shape[1]), x.T @ y / len(x)
        )
        return cls(centre, np.einsum("pk,tkd->tpd", slant, slope.reshape(-1, 2, 3)))

    @staticmethod
    def _terms(pose: Pose) -> NDArray[np.float64]:
        turned = pool.turns(pose)
        return np.concatenate([turned, turned**2], axis=1)

    def at(self, pose: Pose) -> Floats:
        """Return the shift of the points at each pose, (N, 59, 3)."""
        return np.einsum("nk,kpd->npd", self._terms(pose) - self.centre, self.slope).astype(
            np.float32
        )


def gap_ramp(frames: NDArray[np.int64]) -> Floats:
    """Return how much of the wanted shape each frame takes, (N,): less beside frames without a
    face.
    """
    share = np.ones(len(frames))
    for cut in np.flatnonzero(np.diff(frames) > 1):
        for step in range(GAP_RAMP):
            part = (step + 1) / (GAP_RAMP + 1)
            for at in (cut - step, cut + 1 + step):
                if 0 <= at < len(frames):
                    share[at] = min(share[at], part)
    return share.astype(np.float32)
