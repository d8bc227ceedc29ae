"""Batches for generator and blend net: runs of frames, their references, masks and drawn mouths,
out of a corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.core.face import NOSE_BASE
from g4g_plugin.network.encoders import reference_slots
from g4g_plugin.network.fusion import soft_matte
from g4g_plugin.network.mel import SILENCE_LEVEL
from g4g_plugin.network.shape import Pose, ShapeBasis
from g4g_plugin.network.sketch import (
    align_references,
    draw_hidden,
    draw_mouth,
    draw_sketch,
)
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Clip
from g4g_plugin.training.nets import augment

Floats = NDArray[np.float32]

# Frames (0.5 s) between a target and its references: a neighbour would give the answer away
REFERENCE_GAP_FRAMES = 13
SHUT_APERTURE = 0.02  # aperture in eye distances below which a mouth is closed
SILENT_RUN_TRIES = 8  # clips looked at for a silent run
# Frames: what a run's sound is told apart from, its own time in the middle
CONTRAST_SHIFTS = tuple(range(-15, 16, 3))
REFERENCE_CANDIDATES = 24  # frames looked at for five references


class Pack(Protocol):
    """What is asked of a corpus (training.corpus.Corpus, or a drawn one in tests)."""

    clips: tuple[Clip, ...]
    mouth: int

    def pictures(
        self, clip: Clip, frames: Sequence[int] | NDArray[np.int64] | None = None
    ) -> NDArray[np.uint8]:
        """Return crops (n, H, W, 3) uint8."""
        ...

    def mesh(self, clip: Clip) -> Floats:
        """Return meshes (N, 478, 3), crop pixels."""
        ...

    def windows(
        self, clip: Clip, frames: Sequence[int] | NDArray[np.int64] | None = None
    ) -> Floats:
        """Return mel windows (n, 16, 80)."""
        ...


@runtime_checkable
class Hushed(Protocol):
    """A pack that knows where nothing is said."""

    def silent(self, clip: Clip) -> NDArray[np.bool_]:
        """Return which frames (N,) are seen while nothing is said."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is worked out once for a clip: mesh (N, 478, 2), pose, closed mouth (59, 3), codes,
    aperture (N,).
    """

    mesh: Floats
    pose: Pose
    neutral: Floats
    codes: Floats
    aperture: Floats

    def wanted(self, basis: ShapeBasis, frames: NDArray[np.int64], codes: Floats) -> Floats:
        """Return the wanted 59 points (n, 59, 2), crop pixels.

        Args:
            basis: what the codes mean.
            frames: (n,) whose pose is taken.
            codes: (n, 12).
        """
        pose = Pose(self.pose.scale[frames], self.pose.rotation[frames], self.pose.shift[frames])
        return pose.to_plate(self.neutral + basis.decode(codes))[..., :2].astype(np.float32)


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How a batch is drawn; pixels are those of a mouth box of 64."""

    clips: int = 6
    run: int = 5  # consecutive frames of each clip, as the five-frame critic needs
    references: int = 5
    balance: float = 0.4  # identities by their frames to this power: 0 evenly, 1 by frames
    elsewhere: float = (
        0.3  # share of runs whose references come from another clip of the same person
    )
    code_noise: float = 0.1  # added to the code the vector route hears (codes have unit variance)
    shape_noise: float = 0.03  # added to the code that is drawn
    inset: int = (
        6  # the mask comes in by up to this many pixels left and right, half of it at the top
    )
    gain: float = 0.12  # brightness and colour
    mirror: bool = True
    aligned: bool = (
        False  # the references warped to each frame too, as `G4GConfig.aligned` wants them
    )
    direct: bool = False  # mel windows in place of codes
    split: bool = (
        False  # random numbers of its own for each item, so that processes can share a batch out
    )
    occluders: float = 0.0  # share of runs with something pasted over the mouth box's border
    light: float = (
        0.0  # brightness, contrast, colours of frames and references apart from each other, at most
    )
    jpeg: float = 0.0  # share of runs that went through JPEG, frames and references alike
    pose: float = 0.0  # references turned (degrees), sized (percent) and shifted by up to so much
    # share of runs out of silent spans with the mouth shut; with `direct` they hear silence
    silent: float = 0.0
    # the mel windows at `CONTRAST_SHIFTS` from each run's middle frame too, for the sync expert
    sound: bool = False


def plain_batch(config: BatchConfig) -> BatchConfig:
    """Return the same batches with nothing disturbed, for pictures of test people."""
    still = replace(
        config, mirror=False, gain=0.0, inset=0, code_noise=0.0, shape_noise=0.0, elsewhere=0.0
    )
    return replace(still, occluders=0.0, light=0.0, jpeg=0.0, pose=0.0, silent=0.0)


class Sampler:
    """Draws batches; step k of a seed is always the same batch, so a resumed run needs no more than
    its step.
    """

    def __init__(
        self, pack: Pack, clips: Sequence[Clip], basis: ShapeBasis, config: BatchConfig, seed: int
    ) -> None:
        self.pack, self.basis, self.config, self.seed = pack, basis, config, seed
        least = config.run + REFERENCE_GAP_FRAMES + 1
        self.clips = [
            c
            for c in clips
            if c.frames >= least and (c.sound or not (config.direct or config.sound))
        ]
        if not self.clips:
            raise ValueError(f"no clip has the {least} frames a run and its references need")
        self.people: dict[str, list[Clip]] = {}
        for clip in self.clips:
            self.people.setdefault(clip.identity, []).append(clip)
        share = (
            np.array([sum(c.frames for c in own) for own in self.people.values()], np.float64)
            ** config.balance
        )
        self.share = share / share.sum()
        self.names = list(self.people)
        self.mirrored = mirror_codes(basis)
        self._known: dict[str, Known] = {}

    def known(self, clip: Clip) -> Known:
        """Return what is known of a clip, worked out at the first call."""
        if clip.key not in self._known:
            mesh = self.pack.mesh(clip)
            codes, neutral = self.basis.encode(mesh)
            pose, flat = self.basis.pose(mesh), np.ascontiguousarray(mesh[..., :2])
            self._known[clip.key] = Known(flat, pose, neutral, codes, self.basis.aperture(codes))
        return self._known[clip.key]

    def batch(self, step: int, numbers: Sequence[int] | None = None) -> dict[str, Tensor]:
        """Draw the batch of a step: pictures 0..1 channels-last, `clips` x `run` frames one after
        another.

        numbers: those of its items only, for one of several processes (`BatchConfig.split`).

        Raises:
            ValueError: a part is asked of a batch that is drawn in one go.
        """
        if numbers is not None and not self.config.split:
            raise ValueError("only a batch with `split` can be shared out")
        rng, rows = np.random.default_rng([self.seed, step]), []
        for number in range(self.config.clips) if numbers is None else numbers:
            if self.config.split:
                rng = np.random.default_rng([self.seed, step, number])
            own = self.people[self.names[rng.choice(len(self.names), p=self.share)]]
            clip = own[rng.choice(len(own), p=_shares(own))]
            start = int(rng.integers(0, clip.frames - self.config.run + 1))
            rows.append(self.silence(rng, number) or self.item(clip, start, rng, number))
        return collate(rows)

    def silence(self, rng: np.random.Generator, number: int = 0) -> dict[str, NDArray[Any]] | None:
        """Cut a run in which nothing is said and the mouth is shut, as often as `silent` says; None
        otherwise.
        """
        pack = self.pack
        if (
            self.config.silent <= 0
            or not isinstance(pack, Hushed)
            or rng.random() >= self.config.silent
        ):
            return None
        for _ in range(SILENT_RUN_TRIES):
            own = self.people[self.names[rng.choice(len(self.names), p=self.share)]]
            clip = own[rng.choice(len(own), p=_shares(own))]
            shut = pack.silent(clip) & (self.known(clip).aperture < SHUT_APERTURE)
            runs = np.lib.stride_tricks.sliding_window_view(shut, self.config.run).all(axis=1)
            if runs.any():
                return self.item(
                    clip, int(rng.choice(np.flatnonzero(runs))), rng, number, hushed=True
                )
        return None

    def item(
        self,
        clip: Clip,
        start: int,
        rng: np.random.Generator,
        number: int = 0,
        said: Floats | None = None,
        hushed: bool = False,
    ) -> dict[str, NDArray[Any]]:
        """Cut one run out of a clip, with references and drawings.

        Args:
            clip: where it is cut.
            start: its first frame.
            rng: draws references and disturbances.
            number: its place in the batch.
            said: (run, 12) other codes than its own.
            hushed: silence is heard, whatever noise the clip has there.
        """
        config, known = self.config, self.known(clip)
        frames = np.arange(start, start + config.run)
        codes = known.codes[frames] if said is None else said
        drawn = known.wanted(
            self.basis,
            frames,
            codes + rng.normal(0, config.shape_noise, codes.shape[1]).astype(np.float32),
        )
        row = self.draw(known, frames, drawn, self._inset(rng))
        row["truth"] = known.wanted(self.basis, frames, codes)
        lent, shapes = self.references(clip, start, rng)
        pictures = self.pack.pictures(clip, frames).astype(np.float32) / np.float32(255)
        pictures, lent, shapes = self.disturb(pictures, lent, shapes, rng)
        row["references"] = np.concatenate(list(lent.transpose(0, 3, 1, 2)))
        if config.aligned:
            each = zip(known.mesh[frames], drawn, strict=True)
            row["lent"] = np.stack(
                [align_references(lent, shapes, m, p, self.pack.mouth) for m, p in each]
            )
        row["audio"] = self.pack.windows(clip, frames) if config.direct else codes
        if config.direct and hushed:
            row["audio"] = np.full_like(row["audio"], SILENCE_LEVEL)
        row["pictures"] = pictures
        if config.sound:
            row["windows"] = self.pack.windows(
                clip, frames[config.run // 2] + np.array(CONTRAST_SHIFTS)
            )
        row["clip"] = np.full(config.run, number)
        row["seconds"] = frames / CORPUS_RATE
        return self.vary(row, rng)

    def draw(
        self, known: Known, frames: NDArray[np.int64], drawn: Floats, inset: tuple[int, int, int]
    ) -> dict[str, Any]:
        """Draw sketch, wanted mouth, mask and matte of frames: uint8 planes (n, c, H, W), matte
        float32.

        Args:
            known: the clip's meshes and codes.
            frames: (n,) which of its frames.
            drawn: (n, 59, 2) the wanted points, crop pixels.
            inset: pixels by which the mask's top, left and right come in.
        """
        mouth = self.pack.mouth
        meshes = known.mesh[frames]
        return {
            "sketch": np.stack([draw_sketch(m, mouth) for m in meshes])[:, None],
            "planes": np.stack([draw_mouth(p, mouth) for p in drawn]),
            "mask": np.stack([draw_hidden(float(m[NOSE_BASE, 1]), mouth, inset) for m in meshes])[
                :, None
            ],
            "matte": np.stack(
                [soft_matte(m, p, mouth) for m, p in zip(meshes, drawn, strict=True)]
            )[:, None],
        }

    def references(self, clip: Clip, start: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return five pictures (5, H, W, 3) 0..1 of the person, shut to open, and their meshes (5,
        478, 2).

        None lies within 0.5 s of the run.

        Args:
            clip: the run's clip.
            start: the run's first frame.
            rng: draws them.
        """
        others = [c for c in self.people.get(clip.identity, []) if c.key != clip.key]
        index = np.arange(clip.frames)
        far = index[
            (index < start - REFERENCE_GAP_FRAMES + 1)
            | (index > start + self.config.run - 1 + REFERENCE_GAP_FRAMES - 1)
        ]
        mixed = "mixed" in clip.identity  # labels that hold several people
        if (others and not mixed and rng.random() < self.config.elsewhere) or len(
            far
        ) < self.config.references:
            if others and not mixed:
                clip = others[rng.choice(len(others), p=_shares(others))]
                far = np.arange(clip.frames)
            elif not len(far):
                far = index[:1]
        some = rng.choice(far, min(REFERENCE_CANDIDATES, len(far)), replace=False)
        chosen = some[reference_slots(self.known(clip).aperture[some], self.config.references)]
        pictures = self.pack.pictures(clip, chosen).astype(np.float32) / np.float32(255)
        return pictures, self.known(clip).mesh[chosen]

    def disturb(
        self, pictures: Floats, lent: Floats, shapes: Floats, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        """Change frames, references and their meshes as cameras, hands and codecs do.

        Nothing is drawn from `rng` for what is switched off: an older run goes on with the very
        same batches.

        Args:
            pictures: (n, H, W, 3) 0..1.
            lent: (5, H, W, 3) 0..1 references.
            shapes: (n + 5, 478, 2) their meshes.
            rng: draws the changes.
        """
        config, box = self.config, mouth_box(self.pack.mouth)
        if config.pose > 0:
            centre = ((box[1] + box[3]) / 2, (box[0] + box[2]) / 2)
            lent, shapes = augment.posed(lent, shapes, rng, config.pose, centre)
        if config.light > 0:
            pictures, lent = (augment.lit(x, rng, config.light) for x in (pictures, lent))
        if config.occluders > 0 and rng.random() < config.occluders:
            paint, cover = augment.occluder(box, pictures.shape[1:3], rng)
            moves = rng.normal(0, 0.01, (len(pictures), 2)).cumsum(axis=0) * self.pack.mouth
            pictures = augment.paste(pictures, paint, cover, moves)
        if config.jpeg > 0 and rng.random() < config.jpeg:
            quality = int(rng.integers(25, 90))
            pictures, lent = (augment.compressed(x, quality) for x in (pictures, lent))
        return pictures, lent, shapes

    def vary(
        self, row: dict[str, NDArray[Any]], rng: np.random.Generator
    ) -> dict[str, NDArray[Any]]:
        """Change light and colour of the whole row, mirror it, disturb the code that is heard."""
        config = self.config
        gain = (
            1
            + rng.uniform(-config.gain, config.gain, 3) * 0.4
            + rng.uniform(-config.gain, config.gain)
        )
        gamma = np.exp(rng.uniform(-config.gain, config.gain))
        row["pictures"] = _lit(row["pictures"], gain, gamma).transpose(0, 3, 1, 2)
        own = np.tile(gain, config.references)[:, None, None] * (
            1 + rng.uniform(-0.04, 0.04, (3 * config.references, 1, 1))
        )
        lent = [name for name in ("references", "lent") if name in row]
        for name in lent:
            row[name] = _lit(row[name], own, gamma)
        if config.mirror and rng.random() < 0.5:
            for name in ("pictures", *lent, "sketch", "planes", "mask", "matte"):
                row[name] = row[name][..., ::-1]
            if not config.direct:
                row["audio"] = row["audio"] @ self.mirrored
        if not config.direct:
            row["audio"] = row["audio"] + rng.normal(0, config.code_noise, row["audio"].shape)
        return row

    def _inset(self, rng: np.random.Generator) -> tuple[int, int, int]:
        most = self.config.inset * self.pack.mouth / 64
        top, left, right = rng.uniform(0, most, 3) * (0.5, 1.0, 1.0)
        return int(top), int(left), int(right)


def collate(rows: list[dict[str, NDArray[Any]]]) -> dict[str, Tensor]:
    """Join rows: drawn planes 0..1, pictures channels-last float32; references one stack per run."""
    out: dict[str, Tensor] = {}
    for name in rows[0]:
        join = np.stack if name == "references" else np.concatenate
        value = join([row[name] for row in rows])
        if name in ("clip", "seconds", "audio", "truth", "windows"):
            out[name] = torch.from_numpy(np.ascontiguousarray(value)).to(
                torch.long if name == "clip" else torch.float32
            )
            continue
        scale = 255.0 if name in ("sketch", "planes") else 1.0
        tensor = torch.from_numpy(np.ascontiguousarray(value)).float() / scale
        out[name] = tensor.contiguous(memory_format=torch.channels_last)
    return out


def mirror_codes(basis: ShapeBasis) -> Floats:
    """Return (12, 12): codes @ this = the codes of the mirrored mouth."""
    order = mirror_points()
    flipped = basis.components[:, order] * np.array([-1, 1, 1], np.float32)
    return np.einsum("kpd,pdj->kj", flipped, basis.analysis).astype(np.float32)


def mirror_points() -> NDArray[np.int64]:
    """Return for each of the 59 SHAPE_POINTS the place of its mirror image (20 outer, 20 inner
    lips, 19 jaw points).
    """
    ring = np.array(
        [(10 - i) % 20 for i in range(20)]
    )  # both rings start at one corner and meet the other at 10
    return np.concatenate([ring, 20 + ring, 40 + np.arange(18, -1, -1)]).astype(np.int64)


def _lit(pictures: NDArray[Any], gain: NDArray[np.float64], gamma: float) -> Floats:
    return np.clip(np.power(np.clip(pictures, 0, 1), gamma) * gain, 0, 1).astype(np.float32)


def _shares(clips: Sequence[Clip]) -> NDArray[np.float64]:
    frames = np.array([min(c.frames, 250) for c in clips], np.float64)
    return frames / frames.sum()
