"""Teach the mouth net: mel rows -> mouth and jaw codes, a step the paper does not have."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError, MediaError
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.weight_files import MOUTH_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel as hear
from g4g_plugin.network.mel import resample
from g4g_plugin.network.mouth import EarMember, MouthConfig, MouthNet, SpeechMember, load_mouth
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.speech import on_grid
from g4g_plugin.network.syncnet import load_sync
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Corpus, write_json
from g4g_plugin.training.loop.curves import draw_tracks
from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team
from g4g_plugin.training.loop.loop import LoopConfig, Outcome, teach
from g4g_plugin.training.nets import losses
from g4g_plugin.training.nets.augment import shut_in_silence
from g4g_plugin.training.nets.mouth_talks import (
    SHUT_OPENING,
    Talk,
    by_person,
    fit_calibration,
    fit_corpus_basis,
    gaps_of_codes,
    held_people,
    identity_weights,
    measure_talks,
    read_talks,
    said_codes,
    widths_of_codes,
)

Floats = NDArray[np.float32]
logger = logging.getLogger(__name__)

MARGIN_ROWS = 48  # mel rows heard before the first and after the last frame of an item: 0.6 s
LOG_POWER_PER_UNIT = 2.88  # mel units times this are natural logarithms of power: 1 unit is 12.5 dB
# Mel units: a take of mere hiss may come out this loud, and the mouth stays shut
LOUDEST_ROOM = -0.9
CLOSING_SECONDS = 0.12  # seconds in which a mouth closes once the sound has gone


@dataclass(frozen=True, slots=True)
class TrainMouthConfig:
    """How the mouth net is taught. The paper has no such step; every figure here is ours."""

    net: MouthConfig = field(default_factory=MouthConfig)
    loop: LoopConfig = field(
        default_factory=lambda: LoopConfig(steps=2500, rate=1.5e-3, decay=0.05)
    )
    batch: int = 32  # items
    frames: int = 28  # of an item, 25 a second; most news clips are 30 long
    speed: float = 1.0  # weight of `code_speed`
    agree: float = 0.5  # weight of `disagreement` of the aperture
    wide: float = 0.25  # and of the mouth's width
    shut: float = 0.3  # weight of the lips' touching, where the net says it
    travel: float = 0.05  # weight of `travel_error` of the aperture
    balance: float = (
        0.5  # identities are drawn by their frames to this power: 0 evenly, 1 by frames
    )
    silent: float = 0.06  # share of items that are silence with a closed mouth
    cut: float = 0.12  # share of items whose sound stops or starts midway
    hush: bool = True  # in the middle of the clips' own silent spans the mouth is taught shut
    held: int = 8  # training identities kept for validation
    emphasis: float = 2.0  # of the first four components
    augment: bool = True
    expert: str = ""  # weights of a sync expert whose audio tower the `ears` hear through
    basis: str = (
        ""  # mouth-net weights whose shape basis is kept, so that other nets' codes mean the same
    )
    half: bool = True  # bf16 products


class MouthLesson:
    """The mouth net as a lesson for the loop."""

    team: Team = SOLO_TEAM

    def __init__(
        self,
        net: MouthNet,
        train: Sequence[Talk],
        valid: Sequence[Talk],
        config: TrainMouthConfig,
        rooms: Sequence[NDArray[np.float16]] = (),
    ) -> None:
        """rooms: speech features (rows, 288) of rooms in which nobody speaks, where the net hears
        any.
        """
        self.net, self.train, self.valid, self.config = net, train, valid, config
        self.weights = identity_weights([talk.clip for talk in train], config.balance)
        self.parts = torch.ones(config.net.codes)
        self.parts[:4] = config.emphasis
        self.opening = torch.from_numpy(gaps_of_codes(net.basis))
        self.width = torch.from_numpy(widths_of_codes(net.basis))
        self.rooms = rooms

    def batch(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw `batch` items, identities balanced."""
        picks = rng.choice(len(self.train), self.config.batch, p=self.weights)
        items = [self.item(self.train[i], rng) for i in picks]
        return {
            name: torch.from_numpy(np.stack([item[name] for item in items])) for name in items[0]
        }

    def item(self, talk: Talk, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Cut one item out of a clip: mel (T, 80 or 368), times (N,), codes (N, 12), weight (N,)."""
        config, count = self.config, self.config.frames
        pace = (
            float(rng.uniform(0.92, 1.08)) if config.augment else 1.0
        )  # > 1: everything runs faster
        first = rng.uniform(0, max(0.0, len(talk.codes) - 1 - (count - 1) * pace))
        track = first + np.arange(count) * pace  # clip frames that the item's frames show
        weight = (track <= len(talk.codes) - 1).astype(np.float32)
        codes = resample(talk.codes, track)
        begin = (talk.start + first / CORPUS_RATE) * hear.MEL_RATE - MARGIN_ROWS * pace
        rows = (
            begin
            + np.arange(2 * MARGIN_ROWS + int(np.ceil(count * hear.MEL_RATE / CORPUS_RATE))) * pace
        )
        mel = resample(talk.mel, rows, hear.SILENCE_LEVEL)
        times = (MARGIN_ROWS + np.arange(count) * hear.MEL_RATE / CORPUS_RATE) / hear.MEL_RATE
        speech = None
        if talk.heard:
            heard = talk.heard[rng.integers(len(talk.heard)) if config.augment else 0]
            speech = on_grid(
                heard.features, rows / hear.MEL_RATE / heard.pace, self.net.encoder.silence
            )
            mel, codes = muted(
                heard.mute, mel, rows / hear.MEL_RATE, codes, talk.start + track / CORPUS_RATE
            )
        if config.augment:
            mel = augment_mel(mel, rng)
            mel, codes, gone = self.silence(mel, codes, times, rng)
            if speech is not None:
                quiet_room = self.rooms[int(rng.integers(len(self.rooms)))]
                lulled = quiet_room[
                    rng.integers(4, len(quiet_room) - 4) + np.zeros(len(rows), np.int64)
                ]
                speech = np.where(gone[:, None], lulled, speech + rng.normal(0, 0.05, speech.shape))
        if speech is not None:
            mel = np.concatenate([mel, speech], axis=1)
        mel = mel[: len(mel) // 2 * 2]
        return {
            "mel": mel.astype(np.float32),
            "times": times,
            "codes": codes.astype(np.float32),
            "weight": weight,
        }

    def silence(
        self, mel: Floats, codes: Floats, times: NDArray[np.float64], rng: np.random.Generator
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Take the sound away, wholly or from one moment on, and close the mouth there; return the
        rows that are gone, too.

        Args:
            mel: (T, F) what is heard.
            codes: (N, 12).
            times: (N,) seconds of the codes.
            rng: draws which.
        """
        chance = rng.random()
        hush = quiet(len(mel), rng, LOUDEST_ROOM)
        if chance < self.config.silent:
            return hush, np.zeros_like(codes), np.ones(len(mel), np.bool_)
        if chance < self.config.silent + self.config.cut:
            moment, after = rng.uniform(times[2], times[-3]), rng.random() < 0.6
            heard = np.arange(len(mel)) / hear.MEL_RATE
            gone = heard > moment if after else heard < moment
            distance = (moment - times if after else times - moment) / CLOSING_SECONDS
            share = np.clip(distance + (1.0 if after else 0.0), 0, 1)[:, None].astype(np.float32)
            return np.where(gone[:, None], hush, mel), codes * share, gone
        return mel, codes, np.zeros(len(mel), np.bool_)

    def losses(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the losses of each member's own codes, so that an ensemble's members stay several
        opinions.
        """
        found: dict[str, Tensor] = {}
        mine, count = self.team.part(batch), len(batch["codes"])
        for member in self.net.members:
            with torch.autocast(batch["mel"].device.type, torch.bfloat16, enabled=self.config.half):
                said = self.team.gather(self.net.read(member, mine["mel"], mine["times"]), count)
            for name, value in self._losses(said, batch).items():
                found[name] = found.get(name, value.new_zeros(())) + value / len(self.net.members)
        return found

    def _losses(self, said: Tensor, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        true, weight, config = batch["codes"], batch["weight"], self.config
        parts, opening, width = (t.to(said.device) for t in (self.parts, self.opening, self.width))
        said, touching = said[..., : config.net.codes], said[..., config.net.codes :]
        open_said, open_true = said @ opening, true @ opening
        found = {
            "error": losses.code_error(said, true, weight, parts),
            "speed": losses.code_speed(said, true, weight, parts),
            "agree": losses.disagreement(open_said, open_true, weight),
            "travel": losses.travel_error(open_said, open_true, weight),
            "wide": losses.disagreement(said @ width, true @ width, weight),
        }
        if config.net.shut:
            found["shut"] = losses.likelihood(touching[..., 0], open_true < SHUT_OPENING, weight)
        found["total"] = found["error"] + config.speed * found["speed"]
        for name in ("agree", "travel", "wide", "shut"):
            if name in found:
                found["total"] = found["total"] + getattr(config, name) * found[name]
        return found

    def validate(self, net: nn.Module) -> dict[str, float]:
        """Correlation and travel of the aperture over the held-back people, each person counted
        once.
        """
        assert isinstance(net, MouthNet)
        rows = measure_talks(net, self.valid)
        people = by_person(rows)
        return {"score": people["correlation"], "travel": people["travel"]}

    def strip(self, net: nn.Module, clips: int = 8) -> NDArray[np.uint8]:
        """Draw the apertures of held-back people: the true one black, what the net says orange."""
        assert isinstance(net, MouthNet)
        shown = list({talk.clip.identity: talk for talk in self.valid}.values())[:clips]
        said = [net.basis.aperture(said_codes(net, talk)) for talk in shown]
        lines = zip(shown, said, strict=True)
        return np.concatenate(
            [draw_tracks(talk.clip.key, (talk.aperture, line)) for talk, line in lines]
        )


def muted(
    span: tuple[float, float],
    mel: Floats,
    heard: NDArray[np.float64],
    codes: Floats,
    seen: NDArray[np.float64],
) -> tuple[Floats, Floats]:
    """Take a span of the sound away, and close the mouth seen in it.

    Args:
        span: seconds, begin and end.
        mel: (T, F) what is heard.
        heard: (T,) seconds of its rows.
        codes: (N, 12).
        seen: (N,) seconds of the codes.
    """
    begin, end = span
    if end <= begin:
        return mel, codes
    gone = (heard >= begin) & (heard <= end)
    share = 1 - np.clip(np.minimum(seen - begin, end - seen) / CLOSING_SECONDS, 0, 1)[:, None]
    return np.where(gone[:, None], np.float32(hear.SILENCE_LEVEL), mel), (codes * share).astype(
        np.float32
    )


def quiet(rows: int, rng: np.random.Generator, loudest: float = -2.2) -> Floats:
    """Draw room tone, (rows, 80) float32: silence, or steady noise.

    Args:
        rows: how many.
        rng: draws it.
        loudest: the noise's highest level, log mel.
    """
    if rng.random() < 0.4:
        return hear.silence(rows)
    tilt = np.linspace(rng.uniform(-0.5, 1.5), rng.uniform(-1.5, 0.5), hear.MEL_BANDS)
    noise = rng.uniform(-3.8, loudest) + tilt + rng.normal(0, 0.25, (rows, hear.MEL_BANDS))
    return np.maximum(noise, hear.SILENCE_LEVEL).astype(np.float32)


def add_power(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Mix two sounds given as mel rows."""
    return np.logaddexp(LOG_POWER_PER_UNIT * one, LOG_POWER_PER_UNIT * other) / LOG_POWER_PER_UNIT


def augment_mel(mel: NDArray[Any], rng: np.random.Generator) -> Floats:
    """Change what does not move the mouth: level, microphone, voice height, room, noise; hide a
    band or a moment.
    """
    rows, bands = mel.shape
    mel = mel + np.float32(rng.normal(0, 0.25))
    mel = mel + np.interp(np.arange(bands), [0, 20, 45, 79], rng.normal(0, 0.25, 4)).astype(
        np.float32
    )
    if rng.random() < 0.7:  # a longer or shorter vocal tract, a higher or lower voice
        stretch, shift = rng.uniform(0.9, 1.1), rng.uniform(-3, 3)
        mel = resample(np.ascontiguousarray(mel.T), np.arange(bands) * stretch + shift).T
    if rng.random() < 0.3:  # a room: rows die away at 1 unit (12.5 dB) in so many rows
        fall, level = 1 / rng.uniform(3, 16), rng.uniform(0.1, 0.5)
        for row in range(1, rows):
            mel[row] = add_power(mel[row], mel[row - 1] - fall - level)
    if rng.random() < 0.5:
        mel = add_power(mel, quiet(rows, rng) + rng.uniform(-0.5, 0.6))
    mel = mel + rng.normal(0, 0.1, mel.shape)
    if rng.random() < 0.4:
        start, width = rng.integers(0, bands - 12), rng.integers(2, 13)
        mel[:, start : start + width] = mel.mean()
    if rng.random() < 0.2:
        start, width = rng.integers(0, rows - 6), rng.integers(1, 6)
        mel[start : start + width] = mel.mean()
    return np.maximum(mel, hear.SILENCE_LEVEL).astype(np.float32)


def read_basis(path: Path) -> ShapeBasis:
    """Read the shape basis out of mouth-net weights.

    Raises:
        EngineError: they hold none.
    """
    return load_mouth(path)[0].basis


def lend_ear(net: MouthNet, expert: Path) -> None:
    """Copy a sync expert's audio tower into the members that hear through one.

    Raises:
        EngineError: the expert is missing, or of another size.
    """
    sync, _ = load_sync(expert)
    if sync.config != net.config.ear:
        raise EngineError(
            "The expert {expert} has another size than the mouth net's ears.",
            tr("Set `net.ear`."),
            expert=expert.name,
        )
    for member in net.members:
        if isinstance(member, EarMember):
            member.ear.load_state_dict(sync.ear.state_dict())


def combine(nets: Sequence[MouthNet]) -> MouthNet:
    """Return one net whose codes are the mean of these nets' codes; they share basis and sizes. Not
    yet calibrated.

    Raises:
        EngineError: they do not fit together.
    """
    first = nets[0].config
    sizes = {(n.config.width, n.config.dilations, n.config.codes, n.config.ear) for n in nets}
    same = all(np.array_equal(n.basis.components, nets[0].basis.components) for n in nets)
    if len(sizes) > 1 or not same:
        raise EngineError(
            "These mouth nets have other sizes or another shape basis.",
            tr("Teach them with one `basis`."),
        )
    members = [member for net in nets for member in net.members]
    members.sort(
        key=lambda member: isinstance(member, EarMember) + 2 * isinstance(member, SpeechMember)
    )
    ears, speech = (
        sum(isinstance(member, kind) for member in members) for kind in (EarMember, SpeechMember)
    )
    net = MouthNet(
        replace(first, members=len(members), ears=ears, speech=speech, said=(), meant=()),
        nets[0].basis,
    )
    net.members = nn.ModuleList(members)
    return net.eval()


def train(
    config: TrainMouthConfig,
    pack: Path,
    out: Path,
    minutes: float,
    progress: Progress = SILENT,
    team: Team = SOLO_TEAM,
) -> Outcome:
    """Teach a mouth net on a pack; write out/mouth.safetensors, config.json, log.csv and the table
    of test people.

    Args:
        config: of net and lesson.
        pack: folder of the training pack.
        out: folder of checkpoints and results.
        minutes: of teaching.
        progress: told of each step; may raise Cancelled.
        team: the processes that teach together.

    Raises:
        MediaError: the pack has no training clips.
        EngineError: out holds a checkpoint of another run.
    """
    corpus = Corpus(pack)
    clips = corpus.select("train", sound=True)
    if not clips:
        raise MediaError("The pack has no training clips.", tr("Build a pack with more videos."))
    held = held_people(clips, config.held)
    learn, check = (
        [c for c in clips if c.identity not in held],
        [c for c in clips if c.identity in held],
    )
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "config.json", asdict(config) | {"corpus": corpus.digest, "pack": pack.name})
    basis = read_basis(Path(config.basis)) if config.basis else fit_corpus_basis(corpus, learn)
    torch.manual_seed(config.loop.seed)
    net = MouthNet(config.net, basis)
    if config.net.ears:
        lend_ear(net, Path(config.expert))
    versions = int(corpus.read_speech_table().get("versions", 1)) if config.net.speech else 0
    learning = read_talks(corpus, learn, basis, True, versions)
    if config.hush:
        learning = [
            replace(t, codes=shut_in_silence(t.codes, corpus.silent(t.clip))) for t in learning
        ]
    checking = read_talks(corpus, check or learn, basis, False, min(versions, 1))
    lesson = MouthLesson(
        net, learning, checking, config, list(corpus.quiet_rooms()) if versions else ()
    )
    outcome = teach(lesson, config.loop, out, minutes, progress, team)
    if not team.first:
        return outcome
    net.config = fit_calibration(net, lesson.valid)
    tests = read_talks(corpus, corpus.select("test", sound=True), basis, False, min(versions, 1))
    _write_results(net, tests, out, {"corpus": corpus.digest}, outcome)
    return outcome


def _write_results(
    net: MouthNet, tests: list[Talk], out: Path, card: dict[str, Any], outcome: Outcome
) -> None:
    """Write test.json and the weights with their card, the test people's table in it."""
    rows = measure_talks(net, tests)
    summary = by_person(rows) if rows else {}
    write_json(out / "test.json", {"people": summary, "clips": rows})
    card |= {"steps": outcome.steps, "validation": outcome.best, "test": summary}
    net.save(out / MOUTH_WEIGHTS, card)
    logger.info("test people: %s", json.dumps(summary))
