"""How this actor speaks, seen in the plate: how wide, how round, how smiling, how quietly.

One mouth net serves all people and says what a typical person's mouth does. The actor's own speech
around the shot tells the rest, in the first dub and without teaching anything: each code gets the
spread that it has while this actor speaks, the opening its mean too, drawn towards the typical ones
where there is little to see. How the lips are held otherwise is expression, which the renderer
keeps frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.engine.native import PoseBias, sealed
from g4g_plugin.network.mouth import Moments, MouthNet, Said, closed, moved, opening_code
from g4g_plugin.network.shape import ShapeBasis, gaps

Floats = NDArray[np.float32]

SPEECH_SPAN_SECONDS = 0.6  # seconds in which a speaking mouth opens and shuts at least once
# eye distances: a mouth whose opening varies less within `SPEECH_SPAN_SECONDS` does not speak
SPEECH_MOVEMENT = 0.012
DRIFT_SECONDS = 1.5  # seconds: what changes no faster is how the head is held
PRIOR_SECONDS = 3.0  # seconds of the actor's speech that weigh as much as what is typical
GAIN_LIMITS = (0.5, 2.0)  # times the typical spread of a code; beyond, it is the mesh that errs
# of a typical person's opening, at least: quieter actors, matched wholly, travelled .65 as far as
# the speakers of their lines, their small openings shut to the eye; with .75 it is .87
LEAST_OPENING = 0.75
SPREAD_TAIL_PERCENT = 2  # percentiles to either side that a code's spread is not measured by
# Code units: a code that people hardly use is compared as if it had this spread
SPREAD_LEAST = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What makes a typical person's codes this actor's: gain, shift and typical spread, (12,) each.

    seconds: how much of the actor's speech was seen.
    """

    gain: Floats
    shift: Floats
    spread: Floats
    seconds: float

    def apply(self, codes: Floats) -> Floats:
        """Return codes (N, 12) as this actor would move; a mouth at rest stays at rest."""
        return moved(codes, self.gain, self.shift, self.spread)


def watch(basis: ShapeBasis, pool: FaceTrack, rate: Fraction, typical: Moments) -> Performance:
    """Measure how an actor speaks.

    Args:
        basis: what codes mean.
        pool: every frame in which the actor is seen.
        rate: frames a second.
        typical: (mean, deviation) of each code of people who speak.
    """
    centre, spread = np.array(typical, np.float64).T
    spread = np.maximum(spread, SPREAD_LEAST)
    points = basis.points(pool.mesh)
    points = points - PoseBias.fit(points, basis.pose(pool.mesh)).at(basis.pose(pool.mesh))
    codes = basis.encode_points(points, sealed(basis, pool))
    heard = speaks(gaps(points), pool.frames, rate)
    spoken = codes[heard].astype(np.float64)
    swing = (codes - drift(codes, pool.frames, rate))[heard]
    seconds = len(spoken) / float(rate)
    sure = seconds / (seconds + PRIOR_SECONDS)
    if len(spoken) < 2:
        sure, spoken, swing = 0.0, centre[None], centre[None]
    usual = np.clip(
        swing, *np.percentile(swing, [SPREAD_TAIL_PERCENT, 100 - SPREAD_TAIL_PERCENT], axis=0)
    )
    gain = np.clip(usual.std(axis=0) / spread, *GAIN_LIMITS) ** sure
    wider = basis.aperture(np.stack([np.median(spoken, axis=0), centre]).astype(np.float32))
    shift = centre - gain * centre + sure * float(wider[0] - wider[1]) * opening_code(basis)
    return Performance(
        gain.astype(np.float32), shift.astype(np.float32), spread.astype(np.float32), seconds
    )


def drift(codes: Floats, frames: NDArray[np.int64], rate: Fraction) -> NDArray[np.float64]:
    """Return the slow part of codes (N, 12), a second and a half to either side: pose, not speech.

    Args:
        codes: (N, 12).
        frames: (N,) frame numbers, ascending.
        rate: frames per second.
    """
    slow = np.zeros(codes.shape)
    for run, step in runs(frames):
        size = max(3, round(2 * DRIFT_SECONDS * rate / step))
        slow[run] = uniform_filter1d(codes[run].astype(np.float64), size, axis=0, mode="nearest")
    return slow


def runs(frames: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Yield the rows of each unbroken run of frames (N,), and the step from frame to frame."""
    steps = np.diff(frames)
    step = int(np.median(steps)) if len(steps) else 1
    for run in np.split(np.arange(len(frames)), np.flatnonzero(steps > step) + 1):
        yield run, step


def speaks(opening: Floats, frames: NDArray[np.int64], rate: Fraction) -> NDArray[np.bool_]:
    """Return whether the mouth moves as it does in speech in each frame, (N,), judged by the
    picture alone.

    Args:
        opening: (N,) eye distances.
        frames: (N,) ascending: across frames without a face nothing is compared.
        rate: frames per second.
    """
    found = np.zeros(len(opening), np.bool_)
    for run, step in runs(frames):
        size = max(3, round(SPEECH_SPAN_SECONDS * rate / step))
        own = opening[run].astype(np.float64)
        mean = uniform_filter1d(own, size, mode="nearest")
        square = uniform_filter1d(own**2, size, mode="nearest")
        moving = np.sqrt(np.maximum(square - mean**2, 0)) > SPEECH_MOVEMENT
        found[run] = maximum_filter1d(moving.astype(np.uint8), size) > 0
    return found


def performed(net: MouthNet, said: Said, pool: FaceTrack, rate: Fraction) -> Floats:
    """Return the codes (N, 12) with which this actor says what a net says of a take.

    The lips are brought together last, so that no liveliness opens a closure.

    Args:
        net: the mouth net.
        said: what it says of the take, of a typical person.
        pool: every frame in which the actor is seen.
        rate: frames a second.
    """
    codes = said.codes
    if net.config.meant and len(pool):
        codes = watch(net.basis, pool, rate, net.config.meant).apply(codes)
        codes = opened(codes, LEAST_OPENING * net.basis.aperture(said.codes), net.basis)
    return closed(codes, said.shut, net.basis)


def opened(codes: Floats, least: Floats, basis: ShapeBasis) -> Floats:
    """Open mouths (N, 12) to at least `least` (N,) eye distances, and move nothing else."""
    lacking = np.maximum(least - basis.aperture(codes), 0)
    return (codes + lacking[:, None] * opening_code(basis)).astype(np.float32)
