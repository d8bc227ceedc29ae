"""Score the lip sync of any clip a user has: how sure the expert is, and by how much the sound is
late.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Take
from g4g_plugin.core.words import tr
from g4g_plugin.faces.crop import runs
from g4g_plugin.faces.follow import follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.take import read_take
from g4g_plugin.network import mel as hear
from g4g_plugin.network.judge import JUDGE_RATE, SyncScore, even, judge, open_expert
from g4g_plugin.network.syncnet import WINDOW_FRAMES
from g4g_plugin.render.sync_score import CLEAR_LEAD, see_mouth

SCORE_PICTURES_LEAST = 25  # pictures, below which nothing is said


@dataclass(frozen=True, slots=True, eq=False)
class ClipScore:
    """What the expert says of a clip: its score, pictures judged, SHA-256 of the expert."""

    score: SyncScore
    pictures: int
    expert: str

    @property
    def offset_ms(self) -> int:
        """By how much the sound is late, milliseconds; negative: early."""
        return round(1000 * self.score.offset / JUDGE_RATE)

    @property
    def clear(self) -> bool:
        """Return whether the offset stands out from the others."""
        return self.score.lead >= CLEAR_LEAD

    def text(self) -> str:
        """Return the score in a few lines of text."""
        score, late = self.score, "late" if self.offset_ms >= 0 else "early"
        sure = "" if self.clear else " (no clear peak: a guess)"
        return "\n".join(
            [
                f"confidence {score.at_zero:.3f} as it stands, {score.confidence:.3f} at the best offset",
                f"offset     {abs(self.offset_ms)} ms, sound {late}{sure}",
                f"lse_d_own  {score.lse_d:.3f}   lse_c_own {score.lse_c:.3f}",
                f"judged     {self.pictures} pictures at {JUDGE_RATE} a second by expert {self.expert[:12]}",
            ]
        )


def score_video(
    video: Path,
    audio: Path | None = None,
    expert: Path | None = None,
    cache: Path | None = None,
    progress: Progress = SILENT,
) -> ClipScore:
    """Judge the largest face of a video against its own sound, or against another file's.

    Args:
        video: whose largest face is judged.
        audio: another file's sound; None takes the video's own.
        expert: weights of the sync expert; None takes the installed ones.
        cache: folder of face analyses; None keeps none.
        progress: told of each frame; may raise Cancelled.

    Raises:
        EngineError: no sync expert is installed.
        FaceError: no face for a second.
        MediaError, TakeError: picture or sound cannot be read.
    """
    net, digest = open_expert(expert)  # before the long way through the video
    rows = hear.level_mel(hear.mel_spectrogram(read_take(Take(audio or video), hear.SAMPLE_RATE)))
    with open_plate(video) as plate:
        track = follow(plate, 0, plate.facts.count, None, progress, cache, 0)
        longest = max(runs(track.frames), key=lambda run: run.stop - run.start)
        track = track.within(
            int(track.frames[longest.start]), int(track.frames[longest.stop - 1]) + 1
        )
        pictures, times = see_mouths(plate, track)
    chosen, ticks = even(times)
    grey = (pictures[chosen] / 255).astype(np.float32)
    found = (
        judge(net, grey, rows, ticks)
        if len(chosen) >= max(SCORE_PICTURES_LEAST, WINDOW_FRAMES)
        else None
    )
    if found is None:
        raise FaceError(
            "{video} shows no face for a whole second.",
            tr("Score a longer clip of one speaker."),
            video=video.name,
        )
    return ClipScore(found, len(chosen), digest)


def see_mouths(plate: Plate, track: FaceTrack) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return what the expert sees of a track without gaps, (N, 48, 64) grey, and its times (N,) in
    seconds.
    """
    pictures = plate.read(int(track.frames[0]), len(track))
    seen = [
        see_mouth(picture, to_crop)
        for picture, to_crop in zip(pictures, track.to_crop, strict=True)
    ]
    return np.stack(seen), track.frames.astype(np.float64) * float(1 / plate.facts.rate)
