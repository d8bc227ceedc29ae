"""Who speaks, where nobody was chosen: whose old lips fit the old sound; else the largest whose
mouth moves. A photo on the wall never does.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.assessment import FaceReason
from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.errors import EngineError, TakeError
from g4g_plugin.core.shot import Shot
from g4g_plugin.faces.follow import Followed
from g4g_plugin.faces.mouth_square import LUMA
from g4g_plugin.network.sketch import scale_matrix
from g4g_plugin.render.sync_score import (
    MOUTH_PIXELS,
    SKIPPED_ROWS,
    judged_part,
    original_sound,
    timing,
)

Grey = NDArray[np.uint8]

LOG = logging.getLogger(__name__)
SECONDS_LEAST = 1  # second in the picture, below which nobody is judged
# how far the best fit must lead the next one, else size decides: set on 64 pairs of people, of
# which no lead tells one wrongly; of 90 pairs of others it tells 95 % rightly, none wrongly, .08
# told 92 % (benchmarks/speakers.py)
CLEAR_LEAD = 0.05
NEAR_SYNC = 5  # frames by which footage's own sound may be off


def default_speaker(shot: Shot, everyone: Sequence[Followed]) -> tuple[Followed, FaceReason]:
    """Return who is dubbed where no face was chosen, and by what that was told.

    Args:
        shot: its plate's sound is heard.
        everyone: the people of the shot, the largest first; at least one.
    """
    person, reason = choose_speaker(shot.plate, shot.source.rate, everyone)
    if len(everyone) > 1:
        x, y, frame = person.choice
        place = f"{x:.0f},{y:.0f}@{frame - shot.first_index}"
        LOG.info("%s: of %d faces the one at %s: %s", shot.clip, len(everyone), place, reason)
    return person, reason


def choose_speaker(
    plate: Path, rate: Fraction, everyone: Sequence[Followed]
) -> tuple[Followed, FaceReason]:
    """Return who speaks, and by what that was told.

    Args:
        plate: the movie, whose sound is heard.
        rate: its frames per second.
        everyone: the people of the shot, the largest first; at least one.
    """
    moving = [person for person in everyone if person.moves]
    if len(everyone) == 1:
        return everyone[0], "alone"
    if not moving:
        return everyone[0], "size"
    if len(moving) == 1:
        return moving[0], "moves"
    least = SECONDS_LEAST * rate
    judged = [person for person in moving if len(judged_part(person.track, rate)) >= least]
    fits = [sound_fit(plate, rate, person) for person in judged]
    known = sorted((fit for fit in fits if fit is not None), reverse=True)
    if len(known) > 1 and known[0] - known[1] >= CLEAR_LEAD:
        return judged[fits.index(known[0])], "fit"
    return moving[0], "size"


def sound_fit(plate: Path, rate: Fraction, person: Followed) -> float | None:
    """Return how much better a person's lips fit the plate's sound in time than out of time; None
    where that cannot be told.
    """
    from g4g_plugin.network import judge, mel  # torch: only where there is a choice

    part = judged_part(person.track, rate)
    rows = np.searchsorted(person.track.frames, part.frames)
    seconds = part.frames / float(rate)
    try:
        net, _ = judge.open_expert()
        samples, start = original_sound(plate, seconds)
    except (EngineError, TakeError) as err:
        LOG.info("Whose lips fit the sound is not told: %s", err.message)
        return None
    heard = mel.level_mel(mel.mel_spectrogram(samples))
    chosen, ticks = judge.even(seconds - float(start))
    greys = [
        see_square(person.squares[row], person.to_square[row], person.track.to_crop[row])
        for row in rows
    ]
    pictures = (np.stack(greys)[np.minimum(chosen, len(greys) - 1)] / 255).astype(np.float32)
    score = judge.judge(net, pictures, heard, ticks, speech=True)
    if score is None:
        return None
    return timing(score.curve, NEAR_SYNC)


def see_square(
    square: NDArray[np.uint8], to_square: NDArray[np.float32], to_crop: NDArray[np.float32]
) -> Grey:
    """Return what the sync expert sees, (48, 64) uint8 grey, from the mouth's square that following
    has kept: no picture is decoded.

    Args:
        square: (64, 64, 3) uint8.
        to_square: (2, 3), plate pixels -> the square's.
        to_crop: (2, 3), plate pixels -> the crop of 320 x 416.
    """
    matrix = np.vstack([scale_matrix(to_crop, MOUTH_PIXELS), [0, 0, 1]]).astype(np.float64)
    top, left, _, _ = mouth_box(MOUTH_PIXELS)
    matrix[:2, 2] -= left, top + SKIPPED_ROWS
    from_square = np.linalg.inv(np.vstack([to_square, [0, 0, 1]]).astype(np.float64))
    grey = square.astype(np.float32) @ LUMA
    seen = cv2.warpAffine(
        grey,
        (matrix @ from_square)[:2],
        (MOUTH_PIXELS, MOUTH_PIXELS - SKIPPED_ROWS),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.rint(np.clip(seen, 0, 255)).astype(np.uint8)
