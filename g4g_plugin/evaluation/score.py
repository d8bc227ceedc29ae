"""Score the lip sync of any clip a user has: how sure the expert is, and by how much the sound is late."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.plate import Plate
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Take
from g4g_plugin.evaluation.sync import RATE, SyncScore, even, grey_mouths, judge, open_expert
from g4g_plugin.faces.crop import runs
from g4g_plugin.faces.follow import follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.take import read_take
from g4g_plugin.network import mel as hear
from g4g_plugin.network.sketch import crop_size, scale_matrix
from g4g_plugin.network.syncnet import FRAMES, SIDE

CLEAR = 0.05  # lead of the best offset over those far from it, below which the offset is a guess
LEAST = 25  # pictures, below which nothing is said


@dataclass(frozen=True, slots=True, eq=False)
class ClipScore:
    """What the expert says of a clip: its score, pictures judged, SHA-256 of the expert."""

    score: SyncScore
    pictures: int
    expert: str

    @property
    def offset_ms(self) -> int:
        """By how much the sound is late, milliseconds; negative: early."""
        return round(1000 * self.score.offset / RATE)

    @property
    def clear(self) -> bool:
        """Say whether the offset stands out from the others."""
        return self.score.lead >= CLEAR

    def text(self) -> str:
        """Tell it in a few lines."""
        score, late = self.score, "late" if self.offset_ms >= 0 else "early"
        sure = "" if self.clear else " (no clear peak: a guess)"
        return "\n".join([
            f"confidence {score.at_zero:.3f} as it stands, {score.confidence:.3f} at the best offset",
            f"offset     {abs(self.offset_ms)} ms, sound {late}{sure}",
            f"lse_d_own  {score.lse_d:.3f}   lse_c_own {score.lse_c:.3f}",
            f"judged     {self.pictures} pictures at {RATE} a second by expert {self.expert[:12]}",
        ])  # fmt: skip


def score_video(
    video: Path, audio: Path | None = None, expert: Path | None = None, cache: Path | None = None,
    progress: Progress = SILENT,
) -> ClipScore:  # fmt: skip
    """Judge the largest face of a video against its own sound, or against another file's.

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
        track = track.within(int(track.frames[longest.start]), int(track.frames[longest.stop - 1]) + 1)
        pictures, times = read_crops(plate, track)
    chosen, ticks = even(times)
    found = judge(net, grey_mouths(pictures[chosen], SIDE), rows, ticks) if len(chosen) >= max(LEAST, FRAMES) else None
    if found is None:
        raise FaceError(f"{video.name} shows no face for a whole second.", "Score a longer clip of one speaker.")
    return ClipScore(found, len(chosen), digest)


def read_crops(plate: Plate, track: FaceTrack) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return head-aligned crops (N, 104, 80, 3) of a track without gaps, and their times (N,) in seconds."""
    size, crops = crop_size(SIDE)[::-1], []
    for picture, to_crop in zip(plate.read(int(track.frames[0]), len(track)), track.to_crop, strict=True):
        matrix = scale_matrix(to_crop, SIDE).astype(np.float64)
        scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
        rgb = picture.rgb8()
        soft = cv2.GaussianBlur(rgb, (0, 0), 0.4 / scale) if scale < 0.6 else rgb
        crops.append(cv2.warpAffine(soft, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    rate = plate.facts.rate
    return np.stack(crops).astype(np.uint8), track.frames.astype(np.float64) * float(1 / rate)
