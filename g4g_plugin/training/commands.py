"""What `g4g corpus`, `g4g train` and `g4g adapt` do; each command returns what is to be printed."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g4g_plugin.core.errors import EngineError, MediaError
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.progress_bar import ProgressBar
from g4g_plugin.core.weight_files import BLEND_WEIGHTS, MOUTH_WEIGHTS, SYNC_WEIGHTS, models_folder
from g4g_plugin.core.words import tr

if TYPE_CHECKING:
    from g4g_plugin.training.loop.distributed import Team
    from g4g_plugin.training.loop.loop import Outcome
    from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig

logger = logging.getLogger(__name__)


def settled(config: Any, settings: list[str]) -> Any:
    """Return a config with fields set as NAME=VALUE; dots lead into nested ones, values are JSON.

    Raises:
        EngineError: no such field, or a value of another kind.
    """
    for setting in settings:
        path, mark, value = setting.partition("=")
        if not mark:
            raise EngineError(
                "{setting!r} is not NAME=VALUE.",
                tr("For instance --set loop.steps=800."),
                setting=setting,
            )
        config = _with(config, path.split("."), value, setting)
    return config


def _with(config: Any, path: list[str], value: str, setting: str) -> Any:
    known = [f.name for f in fields(config)] if is_dataclass(config) else []
    if path[0] not in known or isinstance(config, type):
        raise EngineError(
            "There is no field {path!r} in {setting!r}.",
            tr("Known: {known}."),
            path=path[0],
            setting=setting,
            known=", ".join(known),
        )
    old = getattr(config, path[0])
    new = _with(old, path[1:], value, setting) if len(path) > 1 else _value(value, old, setting)
    try:
        return replace(config, **{path[0]: new})
    except ValueError as err:
        raise EngineError(
            "{setting!r} cannot be: {err}.", tr("See docs/training.md."), setting=setting, err=err
        ) from err


def _value(text: str, old: Any, setting: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, list) and isinstance(old, tuple):
        value = tuple(value)
    if isinstance(old, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if old is not None and type(value) is not type(old):
        raise EngineError(
            "{setting!r} is of another kind: {old!r} stands there.",
            tr("Give the same kind of value."),
            setting=setting,
            old=old,
        )
    return value


def _begin(args: argparse.Namespace) -> None:
    logging.getLogger("g4g_plugin").setLevel(logging.INFO)
    there = list(args.out.glob("**/checkpoint.pt"))
    if there and not args.resume:
        raise EngineError(
            "{out} holds a training already.",
            tr("Give --resume to go on with it, or another --out."),
            out=args.out,
        )


# --- corpus ---


def build_command(args: argparse.Namespace) -> str:
    """Build a pack, and let the sync expert find its offsets."""
    from g4g_plugin.training.corpus.build import build_corpus
    from g4g_plugin.training.nets.audio_offsets import estimate_offsets

    logging.getLogger("g4g_plugin").setLevel(logging.INFO)
    if args.processes < 1 or (args.cap is not None and args.cap < 1):
        raise MediaError(
            "Processes and clips are counted from 1.", tr("See g4g corpus build --help.")
        )
    expert = args.expert or models_folder() / SYNC_WEIGHTS
    if args.expert and not args.expert.is_file():
        raise MediaError(
            "There is no sync expert {expert}.",
            tr("Name its weights, or give --no-offsets."),
            expert=args.expert,
        )
    found = build_corpus(
        args.video_dir,
        args.out,
        args.mouth,
        args.processes,
        args.manifest,
        args.cap,
        ProgressBar(),
        layout=args.layout,
    )
    told = [
        f"{args.out}: {found['clips']} clips, {found['frames']} frames, {found['dropped']} left out"
    ]
    if args.no_offsets or not expert.is_file():
        told.append(
            "Offsets were not looked for; `g4g train sync --correct` does it with an expert of your own."
        )
    else:
        rows = estimate_offsets(args.out, expert, args.processes, ProgressBar())
        moved, unclear = (
            sum(bool(r["offset"]) for r in rows.values()),
            sum(not r["sound"] for r in rows.values()),
        )
        told.append(
            f"Offsets of {len(rows)} clips: {moved} corrected, {unclear} dropped for want of a clear peak"
        )
    return "\n".join([*told, f"See g4g corpus show {args.out}"])


def hear_command(args: argparse.Namespace) -> str:
    """Store the speech features of a pack's clips."""
    from g4g_plugin.training.corpus.speech_features import hear_corpus

    if args.versions < 1:
        raise MediaError("Versions are counted from 1.", tr("See g4g corpus hear --help."))
    count = hear_corpus(
        args.pack, args.video_dir, args.versions, args.manifest, args.layout, ProgressBar()
    )
    return f"{args.pack}: {count} clips heard"


def split_command(args: argparse.Namespace) -> str:
    """Draw the people of a pack who are held back from teaching."""
    from g4g_plugin.training.corpus.held_back import SPLIT_SEED, split_corpus

    drawn = split_corpus(args.pack, SPLIT_SEED if args.seed is None else args.seed)
    return (
        f"{args.pack}, seed {drawn.seed}\nheld back: {', '.join(drawn.held_back)}\n"
        f"retired, may be taught: {', '.join(drawn.retired)}"
    )


def show_command(args: argparse.Namespace) -> str:
    """Print a pack's table and draw its contact sheet."""
    from g4g_plugin.training.corpus.contact_sheet import draw_sheet, table
    from g4g_plugin.training.corpus.pack import Corpus

    corpus = Corpus(args.pack, 96)
    sheet = args.sheet or args.pack / "contact-sheet.png"
    draw_sheet(corpus, sheet)
    return f"{table(corpus)}\nContact sheet: {sheet}"


# --- train ---


def _ended(outcome: Outcome, weights: Path) -> str:
    state = "finished" if outcome.finished else "stopped; --resume goes on"
    best = " ".join(f"{name} {value:.4f}" for name, value in outcome.best.items())
    return f"{outcome.steps} steps, {state}; best at step {outcome.best_step}: {best}\nWeights: {weights}"


def _seeded(config: Any, seed: int | None) -> Any:
    return config if seed is None else replace(config, loop=replace(config.loop, seed=seed))


def _taught(
    teach: Callable[[argparse.Namespace, Team], str],
) -> Callable[[argparse.Namespace], str]:
    """Return a command that is taught by every process torchrun started, and told by the first of
    them.
    """

    @wraps(teach)
    def command(args: argparse.Namespace) -> str:
        from g4g_plugin.training.loop.distributed import team

        with team() as mine:
            _begin(args)
            mine.wait()
            if not mine.first:
                logging.getLogger("g4g_plugin").setLevel(logging.WARNING)
            told = teach(args, mine)
            return told if mine.first else ""

    return command


@_taught
def sync_command(args: argparse.Namespace, mine: Team) -> str:
    """Teach a sync expert; with --correct let it find the clips' offsets."""
    from g4g_plugin.network.syncnet import load_sync
    from g4g_plugin.training.nets import train_sync

    config = _seeded(train_sync.TrainSyncConfig(part=args.half), args.seed)
    if args.width is not None:
        if args.width < 8 or args.width % 8:
            raise EngineError(
                "The expert cannot be {width} wide.",
                tr("Take a multiple of 8, for instance 24."),
                width=args.width,
            )
        config = settled(config, [f"net.width={args.width}"])
    config = settled(config, args.set)
    outcome = train_sync.train(config, args.pack, args.out, args.minutes, _bar(mine), mine)
    if not mine.first:
        return ""
    weights = args.out / SYNC_WEIGHTS
    told = [
        _ended(outcome, weights),
        f"Test people: {(args.out / 'test.json').read_text('utf-8').strip()}",
    ]
    if args.correct:
        net, digest = load_sync(weights)
        found = train_sync.correct_offsets(net, args.pack, digest)
        told.append(f"Offsets of {len(found)} clips: {args.pack / 'offsets.json'}")
    return "\n".join(told)


@_taught
def mouth_command(args: argparse.Namespace, mine: Team) -> str:
    """Teach the mouth net."""
    from g4g_plugin.training.corpus.pack import Corpus
    from g4g_plugin.training.nets import train_mouth

    base = train_mouth.TrainMouthConfig()
    if Corpus(args.pack, check=False).read_speech_table():
        base = replace(base, net=replace(base.net, speech=1))
    config = settled(_seeded(base, args.seed), args.set)
    outcome = train_mouth.train(config, args.pack, args.out, args.minutes, _bar(mine), mine)
    if not mine.first:
        return ""
    test = json.loads((args.out / "test.json").read_text("utf-8"))["people"]
    return f"{_ended(outcome, args.out / 'mouth.safetensors')}\nTest people: {json.dumps(test)}"


@_taught
def generator_command(args: argparse.Namespace, mine: Team) -> str:
    """Teach the generator through the stages of its curriculum, or one stage of one size."""
    from g4g_plugin.network.syncnet import load_sync
    from g4g_plugin.training.corpus.pack import Corpus
    from g4g_plugin.training.nets import generator_stages as stages
    from g4g_plugin.training.nets import train_generator as teach
    from g4g_plugin.training.nets.perceptual import label_of, open_perceptual

    basis, seen = teach.read_basis(_shape(args.shape)), open_perceptual(args.vgg)
    config, expert = _generator_config(args), load_sync(args.sync)[0] if args.sync else None
    if args.mouth:
        config, corpus = (
            replace(config, net=replace(config.net, mouth=args.mouth)),
            Corpus(args.pack, args.mouth),
        )
        taught = teach.train_generator(
            corpus, basis, config, args.out, args.minutes, None, seen, args.begin, expert, mine
        )
    else:
        packs = partial(Corpus, args.pack)
        taught = stages.train_stages(
            packs, basis, config, args.out, args.minutes, seen, args.begin, expert, mine
        )
    if taught is None or not mine.first:
        return f"All {len(config.stages)} stages were taught already."
    facts = {
        "steps": taught.step,
        "minutes": round(taught.seconds / 60),
        "corpus": Corpus(args.pack, 64).digest,
    }
    facts |= {
        "perceptual": label_of(seen),
        "people": len(taught.sampler.people),
        "clips": len(taught.sampler.clips),
    }
    weights = args.out / "generator.safetensors"
    teach.export_generator(taught, basis, weights, _json(args.card) | facts)
    return f"M = {taught.config.net.mouth}: step {taught.step}\nWeights: {weights}"


def _generator_config(args: argparse.Namespace) -> TrainGeneratorConfig:
    from g4g_plugin.training.nets import generator_stages as stages
    from g4g_plugin.training.nets.generator_config import config_from

    try:
        config = settled(config_from(_json(args.settings)), args.set)
    except (TypeError, ValueError) as err:
        raise EngineError(
            "The settings {settings} cannot be: {err}.",
            tr("See docs/training.md."),
            settings=args.settings,
            err=err,
        ) from err
    config = config if args.seed is None else replace(config, seed=args.seed)
    config = replace(config, stages=stages.parse_stages(args.stages)) if args.stages else config
    return replace(config, batch=replace(config.batch, sound=True)) if args.sync else config


def _json(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as err:
        raise EngineError(
            "{path} cannot be read: {err}.", tr("It is a JSON object."), path=path, err=err
        ) from err


@_taught
def blend_command(args: argparse.Namespace, mine: Team) -> str:
    """Teach the blend net."""
    from g4g_plugin.training.corpus.pack import Corpus
    from g4g_plugin.training.nets import train_blend as teach
    from g4g_plugin.training.nets.perceptual import open_perceptual
    from g4g_plugin.training.nets.train_generator import read_basis

    config = settled(_seeded(teach.TrainBlendConfig(), args.seed), args.set)
    generator = teach.load_generator(args.generator, args.mouth) if args.generator else None
    corpus, basis = Corpus(args.pack, mouth=args.mouth), read_basis(_shape(args.shape))
    seen = open_perceptual(args.vgg)
    net, outcome = teach.train_blend(
        corpus, basis, config, args.out, args.minutes, seen, generator, _bar(mine), mine
    )
    weights = args.out / BLEND_WEIGHTS
    if mine.first:
        card = {"steps": outcome.steps, "corpus": corpus.digest, "validation": outcome.best}
        teach.export_blend(net, config, weights, card)
    return _ended(outcome, weights)


@_taught
def visibility_command(args: argparse.Namespace, mine: Team) -> str:
    """Teach the visibility net."""
    from g4g_plugin.training.corpus.pack import Corpus
    from g4g_plugin.training.nets import train_visibility as teach

    config = settled(_seeded(teach.TrainVisibilityConfig(), args.seed), args.set)
    corpus = Corpus(args.pack)
    net, outcome = teach.train_visibility(
        corpus, args.videos, config, args.out, args.minutes, args.begin, _bar(mine), mine
    )
    weights = args.out / "visibility.safetensors"
    if mine.first:
        card = {"steps": outcome.steps, "corpus": corpus.digest, "validation": outcome.best}
        teach.export_visibility(net, config, weights, card)
    return _ended(outcome, weights)


def _bar(mine: Team) -> Progress:
    return ProgressBar() if mine.first else SILENT


# --- adapt ---


def adapt_command(args: argparse.Namespace) -> str:
    """Learn the people of some clips; the results lie beside the project as
    `<project>.adapt/<clip>.safetensors`.
    """
    from g4g_plugin.core.settings import cache_dir, load_settings
    from g4g_plugin.project.adaptation import adapt_file, adapt_folder
    from g4g_plugin.project.planning import clip_shot, silent
    from g4g_plugin.timeline.read import open_timeline
    from g4g_plugin.training.adaptation.adapt import AdaptConfig, adapt_shot, report_text

    edit = open_timeline(args.timeline, load_settings().path_map)
    folder = adapt_folder(edit.name, (args.out or args.timeline.parent).absolute())
    shots = []
    for clip in args.shot:
        slot = edit.slot(clip)
        shots.append(clip_shot(slot, silent(slot).with_line(face=args.face)))
    config, bar, reports = AdaptConfig(seed=args.seed), ProgressBar(), []
    for shot in shots:
        file = adapt_file(folder, shot.clip)
        reports.append(adapt_shot(shot, file, args.minutes, config, bar, cache_dir(), args.weights))
    return json.dumps(reports, indent=2) if args.json else "\n".join(map(report_text, reports))


def _shape(path: Path | None) -> Path:

    return path or models_folder() / MOUTH_WEIGHTS
