"""What a sync expert says of a clip: offset curve, offset, and the two figures of SyncNet under
names of our own.

LSE-D and LSE-C are defined on one public network (Chung and Zisserman 2016). Ours is another one,
so its figures are `lse_d_own` and `lse_c_own`; they mean something only beside those of real video,
never beside a paper's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import JUDGE_WEIGHTS, SYNC_WEIGHTS, models_folder
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel as hear
from g4g_plugin.network.syncnet import MOUTH_PIXELS, SKIPPED_ROWS, WINDOW_FRAMES, SyncNet, load_sync

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

JUDGE_FILES = (JUDGE_WEIGHTS, SYNC_WEIGHTS)  # the expert that only judges comes first
JUDGE_RATE = 25  # pictures a second, as the expert was taught
MAX_OFFSET = 15  # frames: offsets from -15 to 15, as SyncNet's own evaluation looks for them
AT_ONCE = 256  # windows in one go
# Loudness of a levelled mel's window from which something is said: 25 dB below its loud rows
HEARD_LEVEL = hear.SPEECH_LEVEL - 2.0
NEEDS_EXPERT = "not computed: needs the weights of a sync expert (--expert FILE)"


@dataclass(frozen=True, slots=True, eq=False)
class SyncScore:
    """What the expert says of one clip.

    curve (31,): mean confidence -1..1 at offsets -15 .. 15 frames, positive: the sound is late;
    offset: where it is best, frames; confidence: there; at_zero: confidence as it stands; lead:
    over the best more than 4 frames away.
    """

    curve: Doubles
    offset: int
    confidence: float
    at_zero: float
    lead: float
    lse_d: float  # least mean distance of the embeddings over the offsets, 0..2: lower is better
    lse_c: float  # median over the offsets less the least: higher is better

    def at(self, seconds: float) -> float:
        """Return the confidence with the sound looked up so much later, between the curve's whole
        frames.
        """
        return float(
            np.interp(seconds * JUDGE_RATE, np.arange(-MAX_OFFSET, MAX_OFFSET + 1), self.curve)
        )

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values."""
        plain = {name: getattr(self, name) for name in ("offset", "confidence", "at_zero", "lead")}
        return plain | {
            "lse_d_own": self.lse_d,
            "lse_c_own": self.lse_c,
            "curve": [float(c) for c in self.curve],
        }


def find_expert(path: Path | None = None) -> Path | None:
    """Return the weights of the judging expert: the file given, or the first that is installed;
    None without any.
    """
    if path is not None:
        return path
    found = [models_folder() / name for name in JUDGE_FILES if (models_folder() / name).is_file()]
    return found[0] if found else None


def open_expert(path: Path | None = None) -> tuple[SyncNet, str]:
    """Open the judging expert; return (net, SHA-256 of its file).

    Raises:
        EngineError: there are no such weights.
    """
    found = find_expert(path)
    if found is None:
        raise EngineError(
            "No sync expert is installed.",
            tr("Teach one with `g4g train sync`, and put it into {folder}."),
            folder=models_folder(),
        )
    return load_sync(found)


def grey_mouths(pictures: NDArray[np.uint8], mouth: int) -> Floats:
    """Return what the expert looks at, (N, 48, 64) float32 0..1, of RGB crops (N, H, W, 3) of mouth
    size M.
    """
    top, left, bottom, right = mouth_box(mouth)
    boxes = pictures[:, top:bottom, left:right]
    grey = [cv2.cvtColor(np.ascontiguousarray(box), cv2.COLOR_RGB2GRAY) for box in boxes]
    small = [
        cv2.resize(g, (MOUTH_PIXELS, MOUTH_PIXELS), interpolation=cv2.INTER_AREA)
        if mouth != MOUTH_PIXELS
        else g
        for g in grey
    ]
    return (np.stack(small)[:, SKIPPED_ROWS:] / 255).astype(np.float32)


def even(times: Doubles, start: float | None = None) -> tuple[NDArray[np.int64], Doubles]:
    """Return (rows, seconds): for every tick of 25 a second the row shown then, from pictures at
    `times` (N,).
    """
    first = times[0] if start is None else start
    ticks = np.arange(first, times[-1] + 0.5 / JUDGE_RATE, 1 / JUDGE_RATE)
    middle = (times[1:] + times[:-1]) / 2
    return np.searchsorted(middle, ticks).astype(np.int64), ticks


def judge(
    net: SyncNet, grey: Floats, mel: Floats, times: Doubles, speech: bool = False
) -> SyncScore | None:
    """Judge how well pictures fit sound; None for fewer than 5 pictures, or where nothing is heard.

    Args:
        net: the expert.
        grey: (N, 48, 64) mouths, 25 a second.
        mel: (T, 80) levelled mel rows.
        times: (N,) where each picture stands in the mel, seconds.
        speech: judge only where something is heard, see `speaking`.
    """
    if len(grey) < WINDOW_FRAMES:
        return None
    found = compare(net, grey, mel, times)
    if speech:
        found = found[speaking(mel, times)[WINDOW_FRAMES // 2 : WINDOW_FRAMES // 2 + len(found)]]
    return curve_score(found) if len(found) else None


@torch.no_grad()
def compare(net: SyncNet, grey: Floats, mel: Floats, times: Doubles) -> Doubles:
    """Return the confidences (N - 4, 31) of every five of N >= 5 pictures at offsets -15 .. 15.

    Args:
        net: the expert.
        grey: (N, 48, 64) mouths, 25 a second.
        mel: (T, 80) levelled mel rows.
        times: (N,) where each picture stands in the mel, seconds.
    """
    net.eval()
    index = np.arange(len(grey) - WINDOW_FRAMES + 1)[:, None] + np.arange(WINDOW_FRAMES)
    seen = torch.cat([net.see(torch.from_numpy(grey[part])) for part in _parts(index)])
    centre = times[WINDOW_FRAMES // 2 : WINDOW_FRAMES // 2 + len(seen)]
    before, after = (
        np.arange(-MAX_OFFSET, 0) / JUDGE_RATE,
        np.arange(1, MAX_OFFSET + 1) / JUDGE_RATE,
    )
    ticks = np.concatenate([centre[0] + before, centre, centre[-1] + after])
    windows = hear.windows_at(mel, ticks)
    heard = torch.cat([net.hear(torch.from_numpy(part)) for part in _parts(windows)])
    rows = torch.arange(len(seen))[:, None] + torch.arange(2 * MAX_OFFSET + 1)
    return torch.einsum("nd,nsd->ns", seen, heard[rows]).double().numpy()


def speaking(mel: Floats, times: Doubles) -> NDArray[np.bool_]:
    """Return at which times (N,), seconds, a levelled mel (T, 80) is heard within 0.1 s: room tone
    and pauses are not.
    """
    if (
        not len(mel) or np.percentile(_loudness(mel), 95) < hear.SPEECH_LEVEL - 0.05
    ):  # too quiet to have been turned up
        return np.zeros(len(times), np.bool_)
    return _loudness(hear.windows_at(mel, times)).max(axis=1) >= HEARD_LEVEL


def _loudness(rows: Floats) -> Floats:
    return np.sort(rows, axis=-1)[..., -20:].mean(axis=-1)  # as `hear.level_mel` measures it


def _parts(rows: NDArray[Any]) -> list[NDArray[Any]]:
    return np.array_split(rows, len(rows) // AT_ONCE + 1)


def curve_score(confidences: Doubles) -> SyncScore:
    """Score a clip by its windows' confidences (n, 31) at offsets -15 .. 15 (SyncNet's own
    calculation).
    """
    mean = confidences.mean(axis=0)
    distance = np.sqrt(np.maximum(2 - 2 * confidences, 0)).mean(axis=0)  # of unit vectors
    best = int(mean.argmax())
    far = np.abs(np.arange(len(mean)) - best) > 4
    lead = float(mean[best] - mean[far].max())
    least = float(distance.min())
    return SyncScore(
        mean,
        best - MAX_OFFSET,
        float(mean[best]),
        float(mean[MAX_OFFSET]),
        lead,
        least,
        float(np.median(distance)) - least,
    )
