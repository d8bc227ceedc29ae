"""Teach the generator: eq. 12-17 on runs of five frames, one stage of the curriculum at a time
(section 3.3).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.network.critics import Critic, critic_loss, generator_loss, stack_clip
from g4g_plugin.network.encoders import ShapeEncoder
from g4g_plugin.network.fusion import composite
from g4g_plugin.network.generator import G4G, Result
from g4g_plugin.network.inter import FeatureQueue, contrast, negatives
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.syncnet import SyncNet, lower_mouth
from g4g_plugin.network.weights import load_weights, save_weights
from g4g_plugin.training.corpus.pack import write_json
from g4g_plugin.training.loop.curves import Journal
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import Rhythm, conduct, on, read_checkpoint
from g4g_plugin.training.nets import generator_losses as losses
from g4g_plugin.training.nets.batches import (
    CONTRAST_SHIFTS,
    Pack,
    Sampler,
    collate,
    plain_batch,
)
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig

logger = logging.getLogger(__name__)


class Teaching:
    """A run under way: nets, optimisers, averages; everything the next step depends on is in
    `state`.
    """

    def __init__(
        self,
        sampler: Sampler,
        config: TrainGeneratorConfig,
        perceptual: losses.Perceptual | None,
        expert: SyncNet | None,
        team: Team = SOLO_TEAM,
    ) -> None:
        torch.manual_seed(config.seed)
        if config.net.aligned != sampler.config.aligned:
            raise ValueError("network and batches must agree on aligned references")
        self.sampler, self.config, self.team, self.device = sampler, config, team, team.device
        self.perceptual = perceptual.to(self.device) if perceptual else None
        self.expert = expert.to(self.device) if expert else None
        self.net = G4G(config.net).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        self.frame_critic, self.clip_critic = Critic(1), Critic(5)
        self.queue = FeatureQueue(config.queue, self.net.inter.visual.out_features)
        self.look = nn.Linear(
            4 * config.net.width, config.net.dim
        )  # the deformed feature's share of g_v
        for part in (self.net, self.frame_critic, self.clip_critic, self.queue, self.look):
            part.to(self.device)
        betas, critics = (
            config.betas,
            [*self.frame_critic.parameters(), *self.clip_critic.parameters()],
        )
        own = [*self.net.parameters(), *self.look.parameters()]
        self.optimiser = torch.optim.AdamW(own, config.rate, betas=betas, weight_decay=config.decay)
        self.critic_optimiser = torch.optim.AdamW(
            critics, config.critic_rate, betas=(0.5, 0.99), weight_decay=0.0
        )
        self.mean = {name: value.clone() for name, value in self.net.state_dict().items()}
        self.step, self.seconds = 0, 0.0

    def spread(self, codes: NDArray[np.float32]) -> None:
        """Teach the shape encoder how widely the corpus' codes vary, (N, 12)."""
        if isinstance(self.net.audio, ShapeEncoder):
            self.net.audio.spread.copy_(torch.from_numpy(codes.std(axis=0)).clamp(min=0.1))

    def advance(self) -> dict[str, float]:
        """Take one step; return its losses by name."""
        config, own = self.config, self._draw()
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate * min(1.0, (self.step + 1) / max(config.warm, 1))
        for group in self.critic_optimiser.param_groups:
            group["lr"] = config.critic_rate
        with self._cast():
            result = self.run(own)
        result, batch = self._joined(result, own)
        terms, painted = self.terms(result, batch)
        told: dict[str, float] = {}
        if self.step >= config.gan_from:
            told = self._critics(painted, batch, terms)
        weights = self._ramped(config.weights)
        total = losses.total_loss(terms, weights)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.team.average([*self.net.parameters(), *self.look.parameters()])
        nn.utils.clip_grad_norm_(self.net.parameters(), config.norm)
        self.optimiser.step()
        self.step += 1
        self._average()
        return (
            {name: float(value.detach()) for name, value in terms.items()}
            | {"total": float(total.detach())}
            | told
        )

    def _draw(self) -> dict[str, Tensor]:
        """Draw the step's batch; of several processes each draws its own items."""
        numbers = self.team.places(self.config.batch.clips) if self.team.size > 1 else None
        return on(self.device, self.sampler.batch(self.step, numbers))

    def _joined(self, result: Result, batch: dict[str, Tensor]) -> tuple[Result, dict[str, Tensor]]:
        """Return what all processes made, and what of the batch the losses look at."""
        clips, run = self.config.batch.clips, self.config.batch.run
        names = [
            name
            for name in ("pictures", "matte", "planes", "clip", "seconds", "windows")
            if name in batch
        ]
        whole = {
            name: self.team.gather(
                batch[name], clips * (len(CONTRAST_SHIFTS) if name == "windows" else run)
            )
            for name in names
        }
        return self.team.gather(result, clips * run), whole

    def run(self, batch: dict[str, Tensor]) -> Result:
        """Make the batch's mouths; references are encoded once a run."""
        runs = len(batch["references"])
        reference = self.net.encode_references(batch["references"]).each(
            len(batch["pictures"]) // runs
        )
        if "lent" in batch:
            reference = reference._replace(pictures=batch["lent"])
        planes = batch["planes"] if self.config.net.planes else None
        return self.net(
            batch["pictures"], batch["mask"], batch["sketch"], batch["audio"], reference, planes
        )

    def terms(self, result: Result, batch: dict[str, Tensor]) -> tuple[dict[str, Tensor], Tensor]:
        """Return the terms of eq. 17 but for the critics', and the composited region the critics
        look at.
        """
        top, left, bottom, right = self.config.net.region
        area = (..., slice(top, bottom), slice(left, right))
        true, matte = batch["pictures"][area], batch["matte"][area]
        weight = losses.mouth_weight(matte, batch["planes"][area])
        painted = composite(result.image, true, matte)
        terms = {
            "r": losses.reconstruction_loss(result.image, true, weight),
            "detail": losses.detail_loss(result.image, true, weight),
            "v": losses.attribute_loss(result.attributes, result.landmarks),
            "nce": self._contrast(result, batch),
        }
        if self.perceptual is not None:
            pick = self._pick(len(true))
            if (
                len(pick) % self.team.size == 0
            ):  # the costliest term: each process looks at its part
                pick = pick[self.team.places(len(pick))]
            with self._cast():
                terms["p"] = self.perceptual(painted[pick], true[pick])
        if self.expert is not None and self.step >= self.config.sync_from and "windows" in batch:
            terms["sync"] = self._sync(
                self.expert, self.net.paste(painted, batch["pictures"]), batch
            )
        if result.coarse:
            terms["coarse"] = losses.supervision_loss(result.coarse, true, weight)
        return terms, painted

    def _contrast(self, result: Result, batch: dict[str, Tensor]) -> Tensor:
        inter, clip = self.net.inter, batch["clip"] + 1000 * self.step
        visual = result.visual
        if self.config.contrast_deformed:
            visual = visual.detach() + self.look(result.deformed.float()).to(visual.dtype)
        seen, heard = inter(visual.float(), result.audio.float())
        counts = negatives(clip, batch["seconds"])
        loss = contrast(seen, heard, inter.scale, counts, self.queue, clip)
        self.queue.push(seen, heard, clip)
        return loss

    def _sync(self, expert: SyncNet, pictures: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Eq. 16: what the expert sees in each made run against what it hears then, earlier and
        later.
        """
        runs = pictures.unflatten(0, (-1, self.config.batch.run))
        seen, heard = expert.see(lower_mouth(runs)), expert.hear(batch["windows"])
        return losses.sync_loss(seen, heard, expert.scale.detach().exp())

    def _critics(
        self, painted: Tensor, batch: dict[str, Tensor], terms: dict[str, Tensor]
    ) -> dict[str, float]:
        """One step of both critics (eq. 14, L_D), then their verdicts on the generator (L_G) into
        `terms`.
        """
        top, left, bottom, right = self.config.net.region
        true, matte = (batch[name][..., top:bottom, left:right] for name in ("pictures", "matte"))
        pick, runs = self._pick(len(true)), self.config.batch.run
        looks = [(self.frame_critic, true[pick], painted[pick], matte[pick])]
        if runs == self.clip_critic.frames:
            whole = [x.unflatten(0, (-1, runs)) for x in (true, painted, matte)]
            looks.append(
                (self.clip_critic, stack_clip(whole[0]), stack_clip(whole[1]), whole[2].mean(dim=1))
            )
        with self._cast():
            scores = [
                (critic(real), critic(fake.detach()), seen) for critic, real, fake, seen in looks
            ]
        losses_now = [critic_loss(real.float(), fake.float(), seen) for real, fake, seen in scores]
        self.critic_optimiser.zero_grad(set_to_none=True)
        torch.stack(losses_now).sum().backward()
        self.team.average([*self.frame_critic.parameters(), *self.clip_critic.parameters()])
        self.critic_optimiser.step()
        for name, (critic, _, fake, seen) in zip(("gan", "clip"), looks, strict=False):
            with self._cast():
                verdict = critic(fake)
            terms[name] = generator_loss(verdict.float(), seen)
        return {
            f"critic_{name}": float(loss.detach())
            for name, loss in zip(("gan", "clip"), losses_now, strict=False)
        }

    def _ramped(self, weights: losses.LossWeights) -> losses.LossWeights:
        share = min(1.0, max(0, self.step - self.config.gan_from) / max(self.config.gan_warm, 1))
        return replace(weights, gan=weights.gan * share, clip=weights.clip * share)

    def _pick(self, frames: int) -> Tensor:
        """Choose the frames of each run that the costly losses look at."""
        run, draw = self.config.batch.run, np.random.default_rng([self.config.seed + 1, self.step])
        starts = np.arange(0, frames, run)[:, None]
        chosen = np.stack(
            [
                draw.choice(run, min(run, self.config.perceptual_frames), replace=False)
                for _ in starts
            ]
        )
        return torch.from_numpy((starts + chosen).ravel())

    @contextmanager
    def _cast(self) -> Iterator[None]:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.config.bfloat16):
            yield

    def _average(self) -> None:
        keep = min(self.config.average, self.step / (self.step + 9))
        for name, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.mean[name].lerp_(value, 1 - keep)
            else:
                self.mean[name].copy_(value)

    def check(self) -> dict[str, float]:
        """Measure nothing: a generator is judged on finished pictures, by `g4g evaluate`."""
        return {}

    def strip(self) -> NDArray[np.uint8] | None:
        """Draw test people as the averaged weights make them; None where the pack has none."""
        return draw_strip(self)

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on (batches depend on seed and step alone)."""
        parts = {name: getattr(self, name).state_dict() for name in self.PARTS}
        return parts | {"mean": self.mean, "step": self.step, "seconds": self.seconds}

    def restore(self, state: dict[str, Any], weights_only: bool = False) -> None:
        """Go on from `state`; `weights_only` begins a new stage (another size) with its nets and
        optimisers.

        Critics begin anew with a stage: what they learned of another size's pictures would mislead
        them.
        """
        critics = ("frame_critic", "clip_critic", "critic_optimiser")
        fits = all(_fits(getattr(self, name), state[name]) for name in critics[:2])
        if not (fits or weights_only):
            logger.info("the checkpoint's critics are of another make: they begin anew")
        for name in self.PARTS:
            if name not in critics or (fits and not weights_only):
                getattr(self, name).load_state_dict(state[name])
        self.mean, self.step = on(self.device, state["mean"]), state["step"]
        self.seconds = 0.0 if weights_only else state["seconds"]

    PARTS = ("net", "frame_critic", "clip_critic", "queue", "look", "optimiser", "critic_optimiser")


def _fits(part: nn.Module, state: dict[str, Tensor]) -> bool:
    return {k: v.shape for k, v in part.state_dict().items()} == {
        k: v.shape for k, v in state.items()
    }


def train_generator(
    pack: Pack,
    basis: ShapeBasis,
    config: TrainGeneratorConfig,
    out: Path,
    minutes: float,
    steps: int | None = None,
    perceptual: losses.Perceptual | None = None,
    begin: Path | None = None,
    expert: SyncNet | None = None,
    team: Team = SOLO_TEAM,
    progress: Progress = SILENT,
) -> Teaching:
    """Teach a generator until the steps are done or the minutes are over; resume it where
    `out/checkpoint.pt` is there.

    Writes checkpoint.pt (whole or not at all), log.csv, config.json, curves.png and
    strip-<step>.png to `out`.

    Args:
        pack: the clips.
        basis: what the codes mean.
        config: of net, batches, losses and schedule.
        out: the run's folder.
        minutes: for this call.
        steps: the last one; None for as long as there is time.
        perceptual: the perceptual loss, where there is one.
        begin: checkpoint whose nets a new run takes on.
        expert: frozen sync expert to listen to.
        team: the processes that teach together.
        progress: told of every step; may cancel.

    Raises:
        EngineError: the checkpoint is damaged.
    """
    teaching = begun(pack, basis, config, perceptual, expert, team)
    if begin is not None and not (out / "checkpoint.pt").is_file():
        teaching.restore(read_checkpoint(begin), weights_only=True)
    out.mkdir(parents=True, exist_ok=True)
    if team.first:
        write_json(out / "config.json", asdict(teaching.config))
    journal = Journal(out, config.strip_minutes, quiet=not team.first)
    rhythm = Rhythm(steps, config.log_every, save_minutes=config.save_minutes)
    conduct(teaching, rhythm, out, minutes, progress, journal)
    if team.first:
        journal.draw(teaching.step, teaching.strip())
    journal.close()
    return teaching


def begun(
    pack: Pack,
    basis: ShapeBasis,
    config: TrainGeneratorConfig,
    perceptual: losses.Perceptual | None,
    expert: SyncNet | None,
    team: Team = SOLO_TEAM,
) -> Teaching:
    """Return a run at its first step, on the pack's training people.

    Args:
        pack: the clips; those of training people are taught.
        basis: what the codes mean.
        config: of net, batches, losses and schedule.
        perceptual: the perceptual loss, where there is one.
        expert: frozen sync expert to listen to.
        team: the processes that teach together.
    """
    batch = replace(
        config.batch, aligned=config.net.aligned, split=config.batch.split or team.size > 1
    )
    config = replace(config, batch=batch)
    sampler = Sampler(
        pack, [c for c in pack.clips if c.split == "train"], basis, batch, config.seed
    )
    teaching = Teaching(sampler, config, perceptual, expert, team)
    some = sampler.clips[:: max(1, len(sampler.clips) // 100)]
    teaching.spread(np.concatenate([sampler.known(c).codes for c in some]))
    return teaching


def draw_strip(teaching: Teaching, people: int = 6) -> NDArray[np.uint8] | None:
    """Draw a picture strip of test people, three frames each: truth, their own mouth made, another
    mouth on them.
    """
    config = plain_batch(teaching.config.batch)
    pack = teaching.sampler.pack
    try:
        sampler = Sampler(
            pack, [c for c in pack.clips if c.split == "test"], teaching.sampler.basis, config, 7
        )
    except ValueError:
        return None  # no test people in this pack
    clips = [own[0] for own in sampler.people.values()][:people]
    starts = [(c.frames - config.run) // 2 for c in clips]
    said = [sampler.known(c).codes[s : s + config.run] for c, s in zip(clips, starts, strict=True)]
    own = {name: value.clone() for name, value in teaching.net.state_dict().items()}
    teaching.net.load_state_dict(teaching.mean)
    lines = []
    for i, (clip, start) in enumerate(zip(clips, starts, strict=True)):
        rows = [
            sampler.item(clip, start, np.random.default_rng(i), 0, codes)
            for codes in (said[i], said[i - 1])
        ]
        lines.append(_strip_line(teaching, [collate([row]) for row in rows]))
    teaching.net.load_state_dict(own)
    return np.vstack(lines)


@torch.no_grad()
def _strip_line(teaching: Teaching, batches: list[dict[str, Tensor]]) -> NDArray[np.uint8]:
    cells = [batches[0]["pictures"]]
    for batch in batches:
        with torch.autocast(teaching.device.type, torch.bfloat16, enabled=teaching.config.bfloat16):
            result = teaching.run(on(teaching.device, batch))
        cells.append(
            composite(teaching.net.paste(result.image.cpu(), cells[0]), cells[0], batch["matte"])
        )
    frames = sorted({0, len(cells[0]) // 2, len(cells[0]) - 1})
    line = torch.cat([cell[i] for i in frames for cell in cells], dim=2)
    return (line.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def export_generator(
    teaching: Teaching, basis: ShapeBasis, path: Path, card: dict[str, Any]
) -> str:
    """Write the averaged generator and the basis its codes mean, in half precision; return the
    file's SHA-256.

    Args:
        teaching: the run.
        basis: what the codes mean.
        path: the file.
        card: what is to be known of the weights.
    """
    state = dict(teaching.mean) | {
        k: torch.from_numpy(np.asarray(v)) for k, v in basis.to_state().items()
    }
    config = teaching.config.net.to_json() | {"kind": "generator"}
    return save_weights(path, state, config, card, half=True)


def read_basis(path: Path) -> ShapeBasis:
    """Read the shape basis out of mouth-net weights (.safetensors) or an .npz of its arrays.

    Raises:
        EngineError: no basis in it.
    """
    try:
        if path.suffix == ".npz":
            with np.load(path) as stored:
                return ShapeBasis.from_state(dict(stored))
        return ShapeBasis.from_state(load_weights(path)[0])
    except (OSError, KeyError) as err:
        raise EngineError(
            "There is no shape basis in {path}.", tr("Name the weights of a mouth net."), path=path
        ) from err


if __name__ == "__main__":
    raise SystemExit(
        "One door: g4g train generator, or torchrun -m g4g_plugin train generator. See docs/training.md."
    )
