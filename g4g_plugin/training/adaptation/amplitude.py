"""How far one person's mouth moves: what the mouth net says of the original sound against the
original picture.

One mouth net serves all people, so it opens a quiet speaker's mouth too far and a lively one's too
little. Sound and picture of a person's own footage tell by how much: two numbers, drawn towards 1
and 0 where the footage is short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.engine.adapted_weights import OPEN_DISTANCE, Amplitude
from g4g_plugin.engine.g4g import frame_times, speaking
from g4g_plugin.engine.native import sealed
from g4g_plugin.engine.performance import performed
from g4g_plugin.network.mouth import MouthNet
from g4g_plugin.training.adaptation.own_footage import Footage

Floats = NDArray[np.float32]

SPEAKING_LEAST = 0.5  # of `speaking`: below it a frame tells nothing
PRIOR_SECONDS = 3.0  # seconds of speech that weigh as much as knowing nothing of the person
LEAST_LEARNED, LEAST_HELD = 1.0, 0.4  # seconds of speech
GAIN_LIMITS = (0.4, 2.0)
# Eye distances; the lower end times the gain, so that more said is more meant
OFFSET_LIMITS = (-0.3 * OPEN_DISTANCE, 0.7 * OPEN_DISTANCE)
ERROR_SHARE_MOST = 0.95  # of the base's error, to be kept
ERROR_FALL_LEAST = 0.003  # eye distances the error must fall by: the mesh is no surer
NO_WORSE = 1.05  # of the base's error frame by frame


@dataclass(frozen=True, slots=True, eq=False)
class Apertures:
    """Said and true apertures of the frames with speech, (N,) eye distances; rate: frames a second."""

    said: Floats
    true: Floats
    rate: float

    @property
    def seconds(self) -> float:
        """How much speech there is."""
        return len(self.said) / self.rate


def listen(footage: Footage, net: MouthNet, shown: NDArray[np.bool_]) -> Apertures:
    """Return what the mouth net says of the original sound, and what is seen there.

    Args:
        footage: of the person.
        net: the mouth net.
        shown: (N,) which frames.
    """
    crops = footage.crops(shown)
    rate = float(footage.rate / footage.step)
    if footage.samples is None:
        return Apertures(np.zeros(0, np.float32), np.zeros(0, np.float32), rate)
    times = frame_times(crops)
    share = speaking(footage.samples, times)
    codes = performed(net, net.say(net.hear(footage.samples), times), crops.pool, crops.rate)
    said = share * net.basis.aperture(codes)
    points, rest = net.basis.points(crops.track.mesh), sealed(net.basis, crops.pool)
    true = net.basis.aperture(net.basis.encode_points(points, rest))
    heard = share > SPEAKING_LEAST
    return Apertures(said[heard].astype(np.float32), true[heard].astype(np.float32), rate)


def fit_amplitude(learned: Apertures) -> Amplitude:
    """Match mean and spread of what is said to what is seen, drawn towards no change where there is
    little speech.

    Not by least squares: frame by frame the net is right only in part, and the best guess of an
    uncertain frame is a mouth half open, which is the mumbling this is to cure.
    """
    said, true = np.maximum(learned.said, 0), learned.true
    weight = learned.seconds / (learned.seconds + PRIOR_SECONDS)
    ratio = float(true.std() / max(float(said.std()), 1e-4))
    gain = float(np.clip(np.clip(ratio, 1e-3, 1e3) ** weight, *GAIN_LIMITS))
    offset = weight * float(true.mean() - gain * said.mean())
    return Amplitude(
        round(gain, 4), round(float(np.clip(offset, gain * OFFSET_LIMITS[0], OFFSET_LIMITS[1])), 5)
    )


def figures(seen: Apertures, amplitude: Amplitude) -> dict[str, float]:
    """Return how wrong the apertures are, eye distances: `error` of how far the mouth opens,
    whenever it does (mean distance of the sorted apertures), `frame_error` frame by frame; and
    `travel`, spread said / true.
    """
    said = amplitude.aperture(seen.said)
    return {
        "error": float(np.abs(np.sort(said) - np.sort(seen.true)).mean()),
        "frame_error": float(np.abs(said - seen.true).mean()),
        "travel": float(said.std() / max(float(seen.true.std()), 1e-4)),
    }


def better(base: dict[str, float], adapted: dict[str, float]) -> bool:
    """Return whether an amplitude beats none on the frames held back, and costs no timing."""
    least = min(ERROR_SHARE_MOST * base["error"], base["error"] - ERROR_FALL_LEAST)
    return adapted["error"] < least and adapted["frame_error"] < NO_WORSE * base["frame_error"]
