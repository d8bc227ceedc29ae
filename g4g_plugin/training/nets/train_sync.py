"""Teach the sync expert, judge it, and let it find each clip's audio-video offset (L_sync, eq. 16)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.weight_files import SYNC_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel as hear
from g4g_plugin.network.syncnet import (
    MOUTH_PIXELS,
    SKIPPED_ROWS,
    WINDOW_FRAMES,
    SyncConfig,
    SyncNet,
)
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Clip, Corpus, write_json, write_offsets
from g4g_plugin.training.loop.curves import draw_tracks
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import LoopConfig, Outcome, teach
from g4g_plugin.training.nets import losses
from g4g_plugin.training.nets.train_mouth import held_people, identity_weights

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
logger = logging.getLogger(__name__)

HALF_WINDOW = WINDOW_FRAMES // 2
MAX_SHIFT = 3  # pixels by which a mouth box may be shifted in training
MAX_OFFSET = 15  # frames: offsets are looked for from -15 to 15
BELIEVED_FRAMES = 6.0  # frames: a larger offset is not believed
DOUBT_FREE_FRAMES = 1.0  # frames: an unclear peak here is no reason to doubt the clip
CLEAR_LEAD = 0.05  # by how much a peak stands above the best confidence more than 4 frames away
STEPS_PER_FRAME = 2  # steps per frame of the offset curve


@dataclass(frozen=True, slots=True)
class TrainSyncConfig:
    """How the expert is taught. The paper only names it; batch and contrast are feasibility.md's."""

    net: SyncConfig = field(default_factory=SyncConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(steps=1500, rate=1e-3, decay=0.02, warm=80)
    )
    clips: int = 24  # of a batch
    windows: int = 8  # of a clip: same-clip windows are the hard negatives
    apart: int = 5  # frames: nearer windows of one clip are no negatives
    within: float = 1.0  # weight of the contrast inside each clip
    balance: float = 0.6  # see TrainMouthConfig
    held: int = 8
    half: bool = True  # bf16 towers
    seed_split: int = 0  # which people are held back
    # 0 or 1: only that half of the training identities; held back are some of the other half
    part: int | None = None
    turn: float = 4.0  # degrees by which a window of mouths is turned, at most
    zoom: float = 0.06  # share by which it is enlarged or made smaller, at most
    mask: float = 0.3  # how often bands of a clip's mel are flattened


@dataclass(frozen=True, slots=True, eq=False)
class Mouths:
    """One clip for the expert: grey mouth boxes with a margin (N, 54, 70) uint8, levelled mel (T,
    80), times (N,).
    """

    clip: Clip
    grey: Pixels
    mel: Floats
    times: NDArray[np.float64]


class SyncLesson:
    """The expert as a lesson for the loop."""

    team: Team = SOLO_TEAM

    def __init__(
        self,
        net: SyncNet,
        train: Sequence[Mouths],
        valid: Sequence[Mouths],
        config: TrainSyncConfig,
    ) -> None:
        self.net, self.train, self.valid, self.config = net, train, valid, config
        self.weights = identity_weights([m.clip for m in train], config.balance)

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw `windows` windows from each of `clips` clips, at least `apart` frames from each
        other.
        """
        grey, mels, owner, place = [], [], [], []
        for number, i in enumerate(rng.choice(len(self.train), self.config.clips, p=self.weights)):
            mouths = self.train[i]
            centres = draw_centres(len(mouths.grey), self.config.windows, self.config.apart, rng)
            grey.append(
                augment_mouths(mouths.grey, centres, rng, self.config.turn, self.config.zoom)
            )
            late = rng.uniform(-0.4, 0.4) / hear.MEL_RATE
            mel = mask_bands(mouths.mel, self.config.mask, rng) + np.float32(rng.normal(0, 0.2))
            mels.append(hear.windows_at(mel, mouths.times[centres] + late) + rng.normal(0, 0.1))
            owner += [number] * len(centres)
            place += centres.tolist()
        return {
            "grey": torch.from_numpy(np.concatenate(grey)),
            "mel": torch.from_numpy(np.concatenate(mels)).float(),
            "owner": torch.tensor(owner),
            "place": torch.tensor(place),
        }

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Contrast over the batch, and inside each clip."""
        mine, count = self.team.part(batch), len(batch["owner"])
        with torch.autocast(batch["mel"].device.type, torch.bfloat16, enabled=self.config.half):
            seen, heard = self.net.see(mine["grey"]), self.net.hear(mine["mel"])
        seen, heard = self.team.gather((seen, heard), count)
        scores = self.net.scale.exp().clamp(max=60) * (seen.float() @ heard.float().T)
        same = batch["owner"][:, None] == batch["owner"]
        near = (batch["place"][:, None] - batch["place"]).abs() < self.config.apart
        itself = torch.eye(count, dtype=torch.bool, device=same.device)
        near = same & near & ~itself
        found = {
            "all": losses.contrast_pairs(scores, near),
            "within": losses.contrast_pairs(scores, near | ~same),
        }
        found["total"] = found["all"] + self.config.within * found["within"]
        return found

    def validate(self, net: nn.Module) -> dict[str, float]:
        """Share of windows and of clips whose offset is right within a frame, on held-back people."""
        assert isinstance(net, SyncNet)
        found = accuracy(net, self.valid)
        return {"score": found["windows"]} | found

    def strip(self, net: nn.Module, clips: int = 6) -> Pixels:
        """Draw held-back clips: their mouths, and the confidence at every offset, which is to peak
        in the middle.
        """
        assert isinstance(net, SyncNet)
        shown = list({m.clip.identity: m for m in self.valid}.values())[:clips]
        curves = [offset_curves(net, m).mean(axis=0) for m in shown]
        return np.concatenate(
            [
                draw_tracks(
                    f"{m.clip.key}: best at {int(c.argmax()) - MAX_OFFSET:+d} frames",
                    [c],
                    m.grey[len(m.grey) // 2],
                )
                for m, c in zip(shown, curves, strict=True)
            ]
        )


def draw_centres(
    frames: int, count: int, apart: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw window centres of a clip, away from each other where there is room.

    Args:
        frames: of the clip.
        count: of centres, at most.
        apart: frames between them.
        rng: draws them.
    """
    room = max(1, (frames - 2 * HALF_WINDOW) // apart)
    number = min(count, room)
    slack = frames - 2 * HALF_WINDOW - (number - 1) * apart
    gaps = np.sort(rng.integers(0, max(slack, 1), number))
    return HALF_WINDOW + gaps + np.arange(number) * apart


def mask_bands(mel: Floats, often: float, rng: np.random.Generator) -> Floats:
    """Flatten up to a dozen neighbouring bands of a clip's mel rows, now and then.

    Args:
        mel: (T, 80).
        often: the share of calls that do.
        rng: draws them.
    """
    if rng.random() >= often:
        return mel
    begin, width = rng.integers(0, mel.shape[1] - 12), rng.integers(2, 13)
    mel = mel.copy()
    mel[:, begin : begin + width] = mel[:, begin : begin + width].mean()
    return mel


def move_mouths(grey: Pixels, rng: np.random.Generator, turn: float, zoom: float) -> Pixels:
    """Cut mouth boxes to (N, 48, 64): shifted by up to 3 pixels, turned and zoomed, all alike.

    Args:
        grey: (N, 54, 70).
        rng: draws the movement.
        turn: degrees, at most.
        zoom: share, at most.
    """
    height, width = MOUTH_PIXELS - SKIPPED_ROWS, MOUTH_PIXELS
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, rng.uniform(-turn, turn), 1 + rng.uniform(-zoom, zoom))
    shift = np.eye(3)
    shift[:2, 2] = -rng.uniform(0, 2 * MAX_SHIFT, 2)
    matrix = matrix @ shift
    size, edge = (width, height), cv2.BORDER_REPLICATE
    moved = [cv2.warpAffine(g, matrix, size, flags=cv2.INTER_LINEAR, borderMode=edge) for g in grey]
    return np.stack(moved).astype(np.uint8)


def augment_mouths(
    grey: Pixels,
    centres: NDArray[np.int64],
    rng: np.random.Generator,
    turn: float = 0.0,
    zoom: float = 0.0,
) -> Floats:
    """Cut the windows (n, 5, 48, 64) float32 0..1 of a clip: moved, mirrored, lit and focused anew,
    all alike.

    Args:
        grey: (N, 54, 70) mouths of the clip.
        centres: (n,) middle frames of the windows.
        rng: draws the changes.
        turn: degrees, at most.
        zoom: share, at most.
    """
    height, width = MOUTH_PIXELS - SKIPPED_ROWS, MOUTH_PIXELS
    index = centres[:, None] + np.arange(-HALF_WINDOW, HALF_WINDOW + 1)
    cut = move_mouths(grey[index].reshape(-1, *grey.shape[1:]), rng, turn, zoom)
    cut = cut.reshape(*index.shape, height, width)
    cut = cut[..., ::-1] if rng.random() < 0.5 else cut
    part = cut.astype(np.float32) / 255
    part = np.clip(part, 1e-3, 1) ** rng.uniform(0.75, 1.35)
    if rng.random() < 0.4:
        sigma = rng.uniform(0.4, 1.3)
        planes = [cv2.GaussianBlur(p, (0, 0), sigma) for p in part.reshape(-1, height, width)]
        part = np.stack(planes).reshape(part.shape)
    return (part + rng.normal(0, rng.uniform(0, 0.02), part.shape)).astype(np.float32)


def half_of(clips: Sequence[Clip], part: int) -> set[str]:
    """Return the identities of one half, 0 or 1: shared out largest first, so that both have as
    many frames.
    """
    frames: dict[str, int] = {}
    for clip in clips:
        frames[clip.identity] = frames.get(clip.identity, 0) + clip.frames
    halves: tuple[set[str], set[str]] = (set(), set())
    weight = [0, 0]
    for name in sorted(frames, key=lambda n: (-frames[n], n)):
        lighter = int(weight[1] < weight[0])
        halves[lighter].add(name)
        weight[lighter] += frames[name]
    return halves[part]


def read_mouths(corpus: Corpus, clips: Sequence[Clip]) -> list[Mouths]:
    """Read clips for the expert; the corpus is opened at M = 64."""
    top, left, bottom, right = mouth_box(MOUTH_PIXELS)
    rows = slice(top + SKIPPED_ROWS - MAX_SHIFT, bottom + MAX_SHIFT)
    columns = slice(left - MAX_SHIFT, right + MAX_SHIFT)
    read = []
    for clip in clips:
        pictures = corpus.pictures(clip)[:, rows, columns]
        grey = np.stack(
            [np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), np.uint8) for p in pictures]
        )
        read.append(Mouths(clip, grey, corpus.mel(clip), corpus.times(clip)))
    return read


@torch.no_grad()
def embed_pictures(net: SyncNet, grey: Pixels) -> Tensor:
    """Return the embeddings (N - 4, size) of every five pictures of a clip's mouths (N, 54, 70)."""
    cut = grey[:, MAX_SHIFT:-MAX_SHIFT, MAX_SHIFT:-MAX_SHIFT].astype(np.float32) / 255
    index = np.arange(len(cut) - 2 * HALF_WINDOW)[:, None] + np.arange(WINDOW_FRAMES)
    with torch.autocast("cpu", torch.bfloat16):
        return torch.cat(
            [
                net.see(torch.from_numpy(cut[part]))
                for part in np.array_split(index, len(index) // 256 + 1)
            ]
        ).float()


@torch.no_grad()
def offset_curves(net: SyncNet, mouths: Mouths, fine: int = 1) -> Floats:
    """Return the confidence (N - 4, 30 fine + 1) of every window at offsets -15 .. 15 frames.

    Positive offsets look up sound that comes later.

    Args:
        net: the expert.
        mouths: of one clip, with their sound.
        fine: steps a frame.
    """
    net.eval()
    seen = embed_pictures(net, mouths.grey)
    shifts = np.arange(-MAX_OFFSET * fine, MAX_OFFSET * fine + 1) / fine
    centre = mouths.times[HALF_WINDOW : HALF_WINDOW + len(seen)] * CORPUS_RATE * fine
    first, last = np.floor(centre[0]), np.ceil(centre[-1])
    grid = np.arange(first - MAX_OFFSET * fine, last + MAX_OFFSET * fine + 1)
    grid = grid + (centre[0] - np.floor(centre[0]))
    windows = hear.windows_at(mouths.mel, grid / (CORPUS_RATE * fine))
    with torch.autocast("cpu", torch.bfloat16):
        heard = torch.cat(
            [
                net.hear(torch.from_numpy(w))
                for w in np.array_split(windows, len(windows) // 512 + 1)
            ]
        ).float()
    rows = np.rint(centre[:, None] - grid[0] + shifts * fine).astype(np.int64)
    return torch.einsum("nd,nsd->ns", seen, heard[torch.from_numpy(rows)]).numpy()


def accuracy(net: SyncNet, clips: Sequence[Mouths]) -> dict[str, float]:
    """Return how often the best of 31 offsets is right within a frame: single windows, clips, clips
    of 60 frames.
    """
    window, clip, long, own = [], [], [], []
    for mouths in clips:
        curves = offset_curves(net, mouths)
        window.append(np.mean(np.abs(curves.argmax(axis=1) - MAX_OFFSET) <= 1))
        mean = curves.mean(axis=0)
        clip.append(abs(int(mean.argmax()) - MAX_OFFSET) <= 1)
        own.append(mean[MAX_OFFSET])
        if mouths.clip.frames >= 60:
            long.append(clip[-1])
    means = {"windows": window, "clips": clip, "long": long, "confidence": own}
    return {name: float(np.mean(values)) if values else 0.0 for name, values in means.items()}


@dataclass(frozen=True, slots=True)
class Offset:
    """What an expert says of a clip: the sound is `frames` late; confidence there; lead over the
    best far offset.
    """

    frames: float
    confidence: float
    lead: float


def estimate_offset(curves: Floats, fine: int = STEPS_PER_FRAME) -> Offset:
    """Return the offset of a clip from its windows' curves (n, 30 fine + 1)."""
    mean = curves.mean(axis=0)
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    smooth = np.convolve(np.pad(mean, 1, mode="edge"), kernel, "valid")
    best = int(smooth.argmax())
    steps = np.arange(len(smooth))
    far = smooth[np.abs(steps - best) > 4 * fine]
    return Offset(
        (best - MAX_OFFSET * fine) / fine, float(smooth[best]), float(smooth[best] - far.max())
    )


def correct_offsets(
    net: SyncNet, pack: Path, expert: str, clear: float = CLEAR_LEAD
) -> dict[str, Offset]:
    """Estimate every clip's offset and write them beside the pack; return them by clip.

    A clip without a clear peak within 6 frames is marked as without usable sound
    (`Corpus.select(sound=True)` leaves it out), unless what peak it has lies at 0: mostly silence,
    then. `audio_offsets` does it in several processes.

    Args:
        net: the expert.
        pack: the pack.
        expert: SHA-256 of its weights.
        clear: by how much a peak must stand out.
    """
    corpus = Corpus(pack, mouth=MOUTH_PIXELS)
    offsets = {clip.key: clip_offset(net, corpus, clip) for clip in corpus.clips}
    found = {key: offset for key, offset in offsets.items() if offset is not None}
    write_offsets(pack, {key: offset_row(offset, clear) for key, offset in found.items()}, expert)
    return found


def clip_offset(net: SyncNet, corpus: Corpus, clip: Clip) -> Offset | None:
    """Estimate one clip's offset, whatever is known of it; None for a clip of less than five
    frames.

    Args:
        net: the expert.
        corpus: the pack.
        clip: one of its clips.
    """
    mouths = read_mouths(corpus, [replace(clip, offset=None, sound=True)])[0]
    return (
        estimate_offset(offset_curves(net, mouths, STEPS_PER_FRAME))
        if len(mouths.grey) > 2 * HALF_WINDOW
        else None
    )


def offset_row(offset: Offset, clear: float = CLEAR_LEAD) -> dict[str, Any]:
    """Return what is written of a clip's offset, with the reason where its sound is not to be used."""
    sure = offset.lead >= clear and abs(offset.frames) <= BELIEVED_FRAMES
    row = {
        "offset": offset.frames if sure else 0.0,
        "sound": sure or abs(offset.frames) <= DOUBT_FREE_FRAMES,
    }
    row |= {
        "confidence": round(offset.confidence, 4),
        "lead": round(offset.lead, 4),
        "best": offset.frames,
    }
    if not row["sound"]:
        far = (
            f"lies {offset.frames:+g} frames off"
            if abs(offset.frames) > BELIEVED_FRAMES
            else f"leads by {offset.lead:.3f} only"
        )
        row["reason"] = f"no clear audio-video offset: the best peak {far}"
    return row


def share_people(clips: Sequence[Clip], config: TrainSyncConfig) -> tuple[set[str], set[str]]:
    """Return (identities taught with, identities held back to choose the weights by)."""
    if config.part is None:
        held = held_people(clips, config.held, config.seed_split)
        return {c.identity for c in clips} - held, held
    own = half_of(clips, config.part)
    return own, held_people(
        [c for c in clips if c.identity not in own], config.held, config.seed_split
    )


def figures(net: SyncNet, corpus: Corpus, seen: set[str]) -> dict[str, Any]:
    """Return `accuracy` on test people, the same with offsets as they are, and on training people
    not in `seen`.

    Args:
        net: the expert.
        corpus: the pack.
        seen: training people it was taught on.
    """
    test = corpus.select("test")
    found: dict[str, Any] = dict(accuracy(net, read_mouths(corpus, test)))
    plain = [replace(clip, offset=None) for clip in test]
    found["as they are"] = accuracy(net, read_mouths(corpus, plain))
    others = [c for c in corpus.select("train", sound=True) if c.identity not in seen]
    if others:
        found["other half"] = accuracy(net, read_mouths(corpus, others))
    return found


def train(
    config: TrainSyncConfig,
    pack: Path,
    out: Path,
    minutes: float,
    progress: Progress = SILENT,
    team: Team = SOLO_TEAM,
) -> Outcome:
    """Teach a sync expert on a pack; write out/sync.safetensors, config.json, log.csv and
    test.json.

    Args:
        config: of net, batches and loop.
        pack: the pack.
        out: the run's folder.
        minutes: for this call.
        progress: told of every step; may cancel.
        team: the processes that teach together.

    Raises:
        MediaError: the pack has no training clips.
        EngineError: out holds a checkpoint of another run.
    """
    corpus = Corpus(pack, mouth=MOUTH_PIXELS)
    clips = corpus.select("train", sound=True)
    if not clips:
        raise MediaError("The pack has no training clips.", tr("Build a pack with more videos."))
    own, held = share_people(clips, config)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "config.json", asdict(config) | {"corpus": corpus.digest, "pack": pack.name})
    torch.manual_seed(config.loop.seed)
    net = SyncNet(config.net)
    learn = read_mouths(corpus, [c for c in clips if c.identity in own])
    check = read_mouths(corpus, [c for c in clips if c.identity in held])
    outcome = teach(
        SyncLesson(net, learn, check or learn, config), config.loop, out, minutes, progress, team
    )
    if not team.first:
        return outcome
    test = figures(net, corpus, own | held)
    write_json(out / "test.json", test)
    net.save(out / SYNC_WEIGHTS, {"corpus": corpus.digest, "steps": outcome.steps, "test": test})
    return outcome
