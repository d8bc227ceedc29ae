"""What is known of a dub once its pictures have passed by: gathered for the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.composite.checks import PatchFigures
from g4g_plugin.core.assessment import Assessment, ChosenFace
from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.direction import Direction
from g4g_plugin.core.kept import Kept, KeptReason, kept_runs
from g4g_plugin.core.shot import LineResult, Shot
from g4g_plugin.render.lines import ShotFace, Speaker, said
from g4g_plugin.render.sync_score import SAMPLE_RATE, Onlooker
from g4g_plugin.render.verdict import MouthFacts, MouthLook, assess

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Grey levels: what a mouth that speaks is off its neighbouring frames at least; filmed ones reach 1
# to 4.6. A plate that rests, or a photograph, says nothing of how far a line may move it.
SPEAKING_JUMP = 1.5
# Of what the sync expert sees, (48, 64): the lips and a little around
MOUTH_PIXELS = np.s_[10:42, 12:52]


def assessed(
    shot: Shot,
    speakers: Sequence[Speaker],
    onlookers: Sequence[Onlooker],
    lines: Sequence[LineResult],
) -> Assessment:
    """Return the word about a dub.

    Args:
        shot: that was dubbed.
        speakers: its mouths.
        onlookers: one for each, they have watched plate and dub.
        lines: what came of each line.
    """
    mouths = [
        mouth_facts(shot, speaker, onlooker, lines[speaker.lines[0]])
        for speaker, onlooker in zip(speakers, onlookers, strict=True)
    ]
    return assess(mouths, shot.source)


def mouth_facts(shot: Shot, speaker: Speaker, onlooker: Onlooker, result: LineResult) -> MouthFacts:
    """Gather what was measured of one mouth, by frame of the source range."""
    first, count = shot.first_index, shot.source.count
    face = speaker.face
    reasons = face_reasons(shot, face.reasons)
    changed = set(onlooker.changed)
    kept: dict[int, KeptReason] = {
        frame - first: reasons.get(frame, "no-patch")
        for frame in range(first, first + count)
        if frame in reasons or frame not in changed
    }
    return MouthFacts(
        speech=speech_frames(shot, speaker),
        kept=kept,
        figures=_by_frame(face.figures, first, count),
        sync=result.sync,
        judged="after" not in result.unjudged,
        look=mouth_look(onlooker.before, onlooker.after),
        face=result.face,
    )


def _by_frame(figures: Mapping[int, PatchFigures], first: int, count: int) -> Floats:
    rows = np.full((count, len(PatchFigures._fields)), np.nan, np.float32)
    for frame, told in figures.items():
        if first <= frame < first + count:
            rows[frame - first] = told
    return rows


def speech_frames(shot: Shot, speaker: Speaker) -> NDArray[np.bool_]:
    """Return the frames of the source range in which a mouth speaks, (N,)."""
    from g4g_plugin.network import judge, mel  # torch: not before the first dub

    rows = mel.level_mel(mel.mel_spectrogram(said(shot, speaker.lines, SAMPLE_RATE)))
    times = np.arange(shot.source.count) / float(shot.source.rate)
    return judge.speaking(rows, times)


def mouth_look(before: Sequence[Grey], after: Sequence[Grey]) -> MouthLook | None:
    """Compare what the expert saw of a mouth in the plate and in the dub, (N, 48, 64) grey each;
    None where it saw less than two frames.

    Mouths are compared by their mean over time: what is said is averaged away, what stays is whose
    mouth it is and where it sits.
    """
    if len(after) < 2 or len(after) != len(before):
        return None
    plate, dub = (np.stack(side).astype(np.float32) for side in (before, after))
    old, new = (side.mean(axis=0) for side in (plate, dub))
    window = cv2.createHanningWindow((old.shape[1], old.shape[0]), cv2.CV_32F)
    (across, down), _ = cv2.phaseCorrelate(_flat(old), _flat(new), window)
    return MouthLook(
        alike=_alike(old[MOUTH_PIXELS], new[MOUTH_PIXELS]),
        shift=float(np.hypot(across, down)) / old.shape[1],
        jumps=_jumps(dub) / max(_jumps(plate), SPEAKING_JUMP),
    )


def _alike(one: Floats, other: Floats) -> float:
    """Return the correlation of two pictures; 1 where one of them shows nothing."""
    a, b = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / size if size > 1e-3 else 1.0


def _flat(picture: Floats) -> Floats:
    return picture - cv2.GaussianBlur(picture, (0, 0), 8)


def _jumps(greys: Floats) -> float:
    """Return how far a frame is off the mean of its neighbours, in grey levels."""
    if len(greys) < 3:
        return 0.0
    between = (greys[:-2] + greys[2:]) / 2
    return float(np.abs(greys[1:-1] - between)[:, *MOUTH_PIXELS].mean())


def chosen_face(shot: Shot, face: ShotFace) -> ChosenFace | None:
    """Return whose mouth was moved; None where there is no face."""
    if not len(face.track):
        return None
    middle = len(face.track) // 2
    x, y = face.track.mesh[middle, :, :2].mean(axis=0)
    frame = int(face.track.frames[middle]) - shot.first_index
    return ChosenFace(
        FaceChoice(round(float(x), 1), round(float(y), 1), frame), face.chosen, face.faces
    )


def face_reasons(shot: Shot, reasons: Mapping[int, KeptReason]) -> dict[int, KeptReason]:
    """Return why delivered frames (file frame index) are kept: asked for, or what the face says."""
    first = shot.deliver.first - shot.available.first
    frames = np.arange(first, first + shot.deliver.count)
    asked = Direction.of(shot.ranges, frames - shot.first_index).own >= 1
    return {**reasons, **dict.fromkeys(frames[asked].tolist(), "asked")}


def kept_frames(
    shot: Shot, changed: Iterable[int], speakers: Sequence[Speaker]
) -> tuple[Kept, ...]:
    """Return the delivered frames that are the plate's own, and why; of several speakers' reasons
    the first one's.
    """
    reasons: dict[int, KeptReason] = {}
    for speaker in reversed(speakers):
        reasons |= speaker.face.reasons
    reasons = face_reasons(shot, reasons)
    first = shot.deliver.first - shot.available.first
    unchanged = set(range(first, first + shot.deliver.count)) - set(changed)
    return kept_runs(
        {i + shot.available.first: reasons.get(i, "no-patch") for i in unchanged},
        shot.source.rate,
    )
