"""Teach the visibility net: squares of the training people's faces, with drawn things pasted before
them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.faces.detect import FaceDetector
from g4g_plugin.faces.landmarks import FaceMesh
from g4g_plugin.faces.mouth_square import SQUARE_FACE_SIZES, cut_square, lips, square
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network.visibility_net import VisibilityNet
from g4g_plugin.network.weights import fill, load_weights, save_weights
from g4g_plugin.training.corpus.pack import Clip as PackClip
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import LoopConfig, Outcome, teach
from g4g_plugin.training.nets.visibility_samples import STORED_PIXELS, Clip, SampleConfig, Samples

Pixels = NDArray[np.uint8]
logger = logging.getLogger(__name__)

CLIPS_PER_PERSON, FRAMES_PER_CLIP = 2, 12  # clips of each person, and frames of each clip
FRAMES_LOOKED_THROUGH = 100  # frames of a clip that are looked through
PHOTOGRAPHS = ("coffee", "chelsea", "rocket", "brick", "grass", "gravel", "page", "text")
CONTOUR = LANDMARKS_68[:17]
OCCLUDED_COVER = 0.3  # of a sample's cover: from here on it shows an occluder


@dataclass(frozen=True, slots=True)
class TrainVisibilityConfig:
    """How the net is taught; all figures are ours."""

    width: int = 16
    batch: int = 24
    weight: float = 2.0  # of covered pixels, which are the fewer
    overlap: float = 0.5  # weight of the Dice loss beside the cross entropy
    samples: SampleConfig = field(default_factory=SampleConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(
            steps=4000, rate=1.5e-3, decay=0.01, warm=50, average=0.99, check_every=100
        )
    )


class VisibilityLesson:
    """The visibility net as a lesson for the loop."""

    team: Team = SOLO_TEAM

    def __init__(
        self, net: VisibilityNet, train: Samples, valid: Samples, config: TrainVisibilityConfig
    ) -> None:
        self.net, self.train, self.config = net, train, config
        rng = np.random.default_rng(1)
        self.held = stacked([valid.draw(rng) for _ in range(128)])

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw `batch` squares with their covers."""
        return stacked([self.train.draw(rng) for _ in range(self.config.batch)])

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return every loss by name; `total` is what is minimised."""
        mine = self.team.part(batch)
        logits = self.team.gather(self.net(mine["planes"]), len(batch["cover"]))
        weight = torch.tensor(self.config.weight)
        cross = functional.binary_cross_entropy_with_logits(
            logits, batch["cover"], pos_weight=weight
        )
        dice = 1 - overlap(torch.sigmoid(logits), batch["cover"]).mean()
        return {"total": 3 * cross + self.config.overlap * dice, "cross": cross, "dice": dice}

    @torch.no_grad()
    def validate(self, net: nn.Module) -> dict[str, float]:
        """Measure on held-back people: share of covers hit, area falsely called covered."""
        net.eval()
        cover = self.held["cover"] > 0.5
        parts = [net(part) for part in self.held["planes"].split(self.config.batch)]
        said = torch.cat(parts) > 0
        clear = self.held["cover"].amax((1, 2, 3)) > OCCLUDED_COVER
        hit = (said & cover).sum((1, 2, 3)) / cover.sum((1, 2, 3)).clamp(min=1)
        recall = float(hit[cover.any(3).any(2).any(1)].mean())
        false = float((said & (self.held["cover"] < OCCLUDED_COVER)).float().mean())
        free = float(said[~clear].float().mean())
        return {
            "score": recall - 5 * false - 5 * free,
            "recall": recall,
            "false": false,
            "free": free,
        }


def stacked(
    samples: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> dict[str, Tensor]:
    """Turn samples (planes, cover) into a batch."""
    planes, cover = (np.stack(part) for part in zip(*samples, strict=True))
    return {"planes": torch.from_numpy(planes), "cover": torch.from_numpy(cover)[:, None]}


def overlap(said: Tensor, true: Tensor) -> Tensor:
    """Return the Dice overlap of maps (n, 1, h, w), (n,); two empty maps agree."""
    both = 2 * (said * true).sum((1, 2, 3)) + 8
    return both / ((said**2).sum((1, 2, 3)) + (true**2).sum((1, 2, 3)) + 8)


def chosen_clips(clips: Sequence[PackClip], split: str, seed: int) -> list[PackClip]:
    """Choose up to `CLIPS_PER_PERSON` clips of each person of a split."""
    rng = np.random.default_rng(seed)
    people: dict[str, list[PackClip]] = {}
    for clip in clips:
        if clip.split == split:
            people.setdefault(clip.identity, []).append(clip)
    return [
        own[int(i)]
        for _, own in sorted(people.items())
        for i in np.sort(rng.permutation(len(own))[:CLIPS_PER_PERSON])
    ]


def squares_of(video: Path, count: int, detect: FaceDetector, find: FaceMesh) -> Clip | None:
    """Cut the squares of up to `FRAMES_PER_CLIP` of a video's first `count` frames; None where
    fewer than six show a face.
    """
    pixels, outlines, contours = [], [], []
    with closing(open_plate(video)) as plate:
        last = min(count, plate.facts.count)
        wanted = set(np.linspace(0, last - 1, FRAMES_PER_CLIP).astype(int).tolist())
        for picture in plate.read(0, last):
            if picture.index not in wanted:
                continue
            rgb = picture.rgb8()
            faces = detect(rgb)
            found = find(rgb, faces[0].box) if faces else None
            if found is None:
                continue
            way = square(found[0], STORED_PIXELS, SQUARE_FACE_SIZES * 1.5)
            pixels.append(cut_square(rgb, way, STORED_PIXELS))
            outlines.append(lips(found[0], way))
            contours.append(found[0][list(CONTOUR), :2] @ way[:, :2].T + way[:, 2])
    if len(pixels) < 6:
        return None
    return Clip(np.array(pixels), np.array(outlines), np.array(contours, np.float32))


def gathered(pack: Corpus, videos: Path, split: str, keep: Path, seed: int) -> list[Clip]:
    """Return the squares of a split's people; what was cut before is read from file `keep`.

    Raises:
        MediaError: none of the pack's videos shows a face.
    """
    if not keep.is_file():
        rows: dict[str, Any] = {}
        with FaceDetector() as detect, FaceMesh() as find:
            for n, clip in enumerate(chosen_clips(pack.clips, split, seed)):
                cut = squares_of(videos / clip.key, FRAMES_LOOKED_THROUGH, detect, find)
                if cut is not None:
                    rows |= {f"{n}-p": cut.pixels, f"{n}-l": cut.lips, f"{n}-c": cut.contour}
        if not rows:
            raise MediaError(
                "No video of the pack was found in {folder}.",
                tr("Name the folder that the pack was built from."),
                folder=videos,
            )
        keep.parent.mkdir(parents=True, exist_ok=True)
        np.savez(keep, **rows)
    with np.load(keep, allow_pickle=False) as kept:
        names = sorted({name.split("-")[0] for name in kept.files}, key=int)
        return [Clip(*(kept[f"{name}-{part}"] for part in "plc")) for name in names]


def photographs() -> list[Pixels]:
    """Return surfaces for what is pasted, (256, 256, 3): scikit-image's sample pictures."""
    from skimage import data

    found = [np.asarray(getattr(data, name)()) for name in PHOTOGRAPHS]
    return [
        np.asarray(
            cv2.resize(
                np.repeat(p[..., None], 3, 2) if p.ndim == 2 else p[..., :3],
                (256, 256),
                interpolation=cv2.INTER_AREA,
            ),
            np.uint8,
        )
        for p in found
    ]


def begun(net: VisibilityNet, begin: Path | None) -> VisibilityNet:
    """Fill a net with weights to go on from, where there are any.

    Raises:
        EngineError: missing or damaged weights, or another net's.
    """
    if begin is None:
        return net
    state, _, _ = load_weights(begin)
    fill(net, state, begin.name)
    return net


def train_visibility(
    pack: Corpus,
    videos: Path,
    config: TrainVisibilityConfig,
    out: Path,
    minutes: float,
    begin: Path | None = None,
    progress: Progress = SILENT,
    team: Team = SOLO_TEAM,
) -> tuple[VisibilityNet, Outcome]:
    """Teach a visibility net; resume it where `out/checkpoint.pt` is there. Return the net with its
    best weights.

    Args:
        pack: says who is taught on and who is held back.
        videos: the folder the pack was built from.
        config: of net, samples and loop.
        out: the run's folder.
        minutes: for this call.
        begin: weights to go on from.
        progress: told of every step; may cancel.
        team: the processes that teach together.
    """
    seed = config.loop.seed
    torch.manual_seed(seed)
    surfaces = photographs()
    train, valid = (
        Samples(
            gathered(pack, videos, split, out / f"squares-{split}.npz", seed),
            surfaces,
            config.samples,
            seed + part,
        )
        for part, split in enumerate(("train", "test"))
    )
    net = begun(VisibilityNet(config.width), begin)
    lesson = VisibilityLesson(net, train, valid, config)
    outcome = teach(lesson, config.loop, out, minutes, progress, team)
    return lesson.net, outcome


def export_visibility(
    net: VisibilityNet, config: TrainVisibilityConfig, path: Path, card: dict[str, Any]
) -> str:
    """Write a net in half precision; return the file's SHA-256.

    Args:
        net: the visibility net.
        config: it was taught with.
        path: the file.
        card: what is to be known of the weights.
    """
    kind = {"kind": "visibility", "width": config.width}
    return save_weights(path, net.state_dict(), kind, card, half=True)
