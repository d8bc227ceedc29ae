"""The commands `evaluate`, `score`, `study` and `ablate`: light to import, each returns what is to
be printed.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g4g_plugin.core.errors import G4GError, MediaError
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.words import tr

if TYPE_CHECKING:
    from g4g_plugin.evaluation.evaluate import Tools
    from g4g_plugin.evaluation.rows import Row
    from g4g_plugin.evaluation.subjects import Subject
    from g4g_plugin.network.mouth import MouthNet

MOST_LATE = 6  # frames: a larger offset of a plain video is not believed

logger = logging.getLogger(__name__)


def add_commands(commands: Any) -> None:
    """Add the commands to the parser's subparsers; each sets `run`, which takes the arguments and
    returns text.
    """
    _evaluate_parser(commands)
    score = commands.add_parser(
        "score", help="say how well lips and sound of a clip fit, and by how much it is off"
    )
    score.add_argument("video", type=Path)
    score.add_argument(
        "--audio", type=Path, metavar="FILE", help="another sound than the video's own"
    )
    score.add_argument("--expert", type=Path, metavar="FILE", help="weights of a sync expert")
    score.add_argument("--json", action="store_true")
    score.set_defaults(run=score_command)
    _study_parser(commands)
    _ablate_parser(commands)


def _evaluate_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "evaluate", help="measure the engine and others beside the paper's Table 1"
    )
    parser.add_argument("--pack", type=Path, help="a corpus pack; its test clips are measured")
    parser.add_argument(
        "--plates",
        type=Path,
        metavar="DIR",
        help="the videos the pack was made from: at their own size",
    )
    parser.add_argument(
        "--videos", type=Path, nargs="+", default=[], metavar="FILE", help="plain videos instead"
    )
    parser.add_argument(
        "--manifest", type=Path, help="JSON rows {file, split}: the test files beside it instead"
    )
    parser.add_argument(
        "--weights",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="mouth net, generator",
    )
    parser.add_argument(
        "--peer", type=_named, action="append", default=[], metavar="NAME=DIR", help="result videos"
    )
    parser.add_argument("--out", type=Path, default=Path("evaluation"), metavar="DIR")
    parser.add_argument("--clips", type=_count, default=12, metavar="N")
    parser.add_argument(
        "--frames", type=_count, default=100, metavar="N", help="of each clip, at most"
    )
    parser.add_argument("--mouth", type=int, choices=(64, 96, 128, 256), default=128)
    parser.add_argument(
        "--rows", nargs="+", default=[], metavar="NAME", help="only these, besides ground truth"
    )
    parser.add_argument("--no-cross", action="store_true", help="self-reconstruction alone")
    parser.add_argument(
        "--read", type=Path, metavar="FILE", help="an evaluation.json: print its tables as Markdown"
    )
    _tools_arguments(parser)
    parser.set_defaults(run=evaluate_command)


def _tools_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--expert", type=Path, metavar="FILE", help="weights of the judging sync expert"
    )
    parser.add_argument(
        "--lpips", type=Path, metavar="DIR", help="folder of LPIPS' AlexNet and heads"
    )
    parser.add_argument("--fid", type=Path, metavar="FILE", help="Inception-V3 as TorchScript")
    parser.add_argument("--json", action="store_true")


def _study_parser(commands: Any) -> None:
    study = commands.add_parser("study", help="ask people, blind: make the page, read the answers")
    deeds = study.add_subparsers(dest="deed", required=True, metavar="make|read")
    make = deeds.add_parser("make", help="write one local HTML page and its key")
    make.add_argument(
        "--method", type=_named, action="append", default=[], metavar="NAME=DIR", required=True
    )
    make.add_argument("--out", type=Path, default=Path("study"), metavar="DIR")
    make.add_argument("--seed", type=int, default=0)
    make.set_defaults(run=study_make_command)
    read = deeds.add_parser("read", help="turn answers into means and intervals")
    read.add_argument("--key", type=Path, required=True, metavar="study-key.json")
    read.add_argument("answers", type=Path, nargs="+")
    read.add_argument("--json", action="store_true")
    read.set_defaults(run=study_read_command)


def _ablate_parser(commands: Any) -> None:
    parser = commands.add_parser(
        "ablate", help="leave alignment, supervision and fusion out, beside the paper's Table 2"
    )
    parser.add_argument("--pack", type=Path, required=True)
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument(
        "--minutes", type=float, default=math.inf, metavar="N", help="of training for each variant"
    )
    budget.add_argument(
        "--steps", type=_count, metavar="N", help="the same, counted in steps: for a shared machine"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="mouth net whose shapes are used"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="JSON", help="fields of TrainGeneratorConfig"
    )
    parser.add_argument("--mouth", type=int, choices=(64, 96, 128, 256), default=64)
    parser.add_argument("--vgg", type=Path, metavar="DIR", help="VGG-19 for the perceptual loss")
    parser.add_argument("--clips", type=_count, default=8, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("ablation"), metavar="DIR")
    parser.add_argument("--seed", type=int, default=0)
    _tools_arguments(parser)
    parser.set_defaults(run=ablate_command)


def _named(text: str) -> tuple[str, Path]:
    name, mark, folder = text.partition("=")
    if not (name and mark and folder):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=DIR")
    return name, Path(folder)


def _count(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("counts begin at 1")
    return int(text)


class Told:
    """Progress as lines in the log: every clip that is finished."""

    def step(self, stage: str, done: int, total: int) -> None:
        """Print that `done` of `total` clips are measured.

        Args:
            stage: name of what is under way.
            done: clips measured.
            total: clips in all.
        """
        logging.getLogger("g4g_plugin").setLevel(logging.INFO)
        logger.info("%s: %d of %d clips measured", stage, done, total)


# --- what they do ---


def evaluate_command(args: argparse.Namespace) -> str:
    """Measure every row on the test clips; write JSON and strips, return the tables."""
    from g4g_plugin.evaluation import report
    from g4g_plugin.evaluation.card import read_markdown
    from g4g_plugin.evaluation.evaluate import EvaluateConfig, evaluate

    if args.read:
        return read_markdown(args.read)
    began = time.monotonic()
    config = EvaluateConfig(args.mouth, args.frames, args.clips, cross=not args.no_cross)
    net, rows, weights = _ours(args.weights, args.mouth)
    rows = _chosen(rows, args.rows)
    peers = dict(args.peer)
    _check_folders(peers)
    expert = judging_expert(args.expert)
    with ExitStack() as stack:
        tools = _tools(args, expert, stack)
        subjects, source, draw = _subjects(args, expert)
        for subject in subjects:
            stack.callback(subject.close)
        outcome = evaluate(subjects, rows, net, tools, config, peers, Told())
    facts = {
        "source": source,
        "held_back": draw,
        "weights": weights,
        "expert": _named_weights(expert),
        "starred": report.starred_rows(rows),
        "minutes": (time.monotonic() - began) / 60,
        "peers": {name: str(path) for name, path in peers.items()},
    }
    written = report.write_report(outcome, config, facts, args.out)
    if args.json:
        return written.read_text("utf-8").rstrip()
    told = report.text(outcome, config, report.starred_rows(rows), source)
    return f"{told}\n\nFigures: {written}\nStrips:  {args.out / 'strips'}"


def judging_expert(chosen: Path | None) -> Path | None:
    """Find the judging expert; say so where the one that judges is the one that taught."""
    from g4g_plugin.network.judge import JUDGE_FILES, find_expert

    found = find_expert(chosen)
    if chosen is None and found is not None and found.name != JUDGE_FILES[0]:
        logger.warning(
            "no judging expert is installed: %s judges, which the mouth net learned from",
            found.name,
        )
    return found


def _named_weights(path: Path | None) -> dict[str, str] | None:
    from g4g_plugin.network.weights import load_weights

    return {"file": path.name, "sha256": load_weights(path)[2]} if path else None


def _ours(chosen: Sequence[Path], mouth: int) -> tuple[MouthNet, list[Row], dict[str, str]]:
    """Open the weights; return (mouth net, all rows, SHA-256 by kind). Without a choice, the
    installed ones.
    """
    from g4g_plugin.engine.g4g import weight_files
    from g4g_plugin.evaluation.rows import copying_rows, our_rows
    from g4g_plugin.network.mouth import load_mouth
    from g4g_plugin.network.weights import load_weights

    mouth_file, generator = weight_files(None)
    for path in chosen:
        kind = load_weights(path)[1].get("kind")
        mouth_file, generator = (path, generator) if kind == "mouth" else (mouth_file, path)
    net, digest = load_mouth(mouth_file)
    weights = {"mouth": digest} | (
        {"generator": load_weights(generator)[2]} if generator.is_file() else {}
    )
    return net, [*copying_rows(net.basis, mouth), *our_rows(net.basis, generator)], weights


def _chosen(rows: list[Row], names: Sequence[str]) -> list[Row]:
    known = [row.name for row in rows]
    wrong = [name for name in names if name not in known]
    if wrong:
        raise G4GError(
            "There is no row {wrong!r}.",
            tr("Known: {known}."),
            wrong=wrong[0],
            known=", ".join(known),
        )
    return [row for row in rows if row.name in names] if names else rows


def _check_folders(peers: dict[str, Path]) -> None:
    for name, folder in peers.items():
        if not folder.is_dir():
            raise MediaError(
                "The folder {folder} of {name} does not exist.",
                tr("Give --peer NAME=DIR."),
                folder=folder,
                name=name,
            )


def _subjects(
    args: argparse.Namespace, expert: Path | None
) -> tuple[list[Subject], str, dict[str, Any]]:
    """Return what is measured, its name and the draw that held its people back.

    A pack's test clips, small or at their plates' size, or videos, which no draw holds back.
    """
    from g4g_plugin.evaluation.plates import plate_subjects, video_subjects
    from g4g_plugin.evaluation.subjects import pack_subjects
    from g4g_plugin.training.corpus.pack import Corpus

    if sum(map(bool, (args.pack, args.videos, args.manifest))) != 1 or (
        args.plates and not args.pack
    ):
        hint = tr("Give one of --pack, --videos and --manifest; --plates goes with --pack.")
        raise G4GError("Say what is to be measured.", hint)
    if args.plates:
        corpus = Corpus(args.pack, 64)
        found = plate_subjects(corpus, args.plates, cache_dir(), args.frames, args.clips)
        return found, f"the pack {args.pack.name}, at their plates' own size", corpus.draw
    if args.pack:
        corpus = Corpus(args.pack, args.mouth)
        found = pack_subjects(corpus, args.frames, args.clips)
        return found, f"the pack {args.pack.name}", corpus.draw
    paths = (args.videos or manifest_videos(args.manifest, args.clips))[: args.clips]
    late = _found_late(expert) if expert else None
    found = video_subjects(paths, cache_dir(), args.frames, late)
    return found, str(args.manifest or "the videos given"), {}


def _found_late(expert: Path) -> Callable[[Path], float]:
    """Return what says by how many frames a video's sound is late: 0 where the expert finds no
    clear peak nearby.
    """
    from g4g_plugin.evaluation.score import score_video

    def late(path: Path) -> float:
        found = score_video(path, None, expert, cache_dir())
        sure = found.clear and abs(found.score.offset) <= MOST_LATE
        logger.info(
            "%s: sound %+d frames late%s",
            path.name,
            found.score.offset,
            "" if sure else ", left as it is",
        )
        return float(found.score.offset) if sure else 0.0

    return late


def manifest_videos(manifest: Path, clips: int) -> list[Path]:
    """Return the first `clips` test files of a manifest, one a person before a second one.

    Raises:
        MediaError: it cannot be read or names no test files.
    """
    try:
        rows = [row for row in json.loads(manifest.read_text("utf-8")) if row["split"] == "test"]
        people: dict[str, list[Path]] = {}
        for row in sorted(rows, key=lambda r: -float(r.get("seconds") or 0)):
            people.setdefault(row["identity"], []).append(manifest.parent / row["file"])
    except (OSError, ValueError, KeyError, TypeError) as err:
        hint = tr("It is a JSON list of {file, identity, split}.")
        raise MediaError(
            "The manifest {manifest} cannot be read.", hint, manifest=manifest
        ) from err
    if not people:
        raise MediaError(
            "The manifest {manifest} names no test files.",
            tr("Mark some rows with split: test."),
            manifest=manifest,
        )
    turns = range(max(map(len, people.values())))
    return [own[turn] for turn in turns for own in people.values() if turn < len(own)][:clips]


def _tools(args: argparse.Namespace, expert: Path | None, stack: ExitStack) -> Tools:
    from g4g_plugin.evaluation.evaluate import Tools
    from g4g_plugin.evaluation.features import Lpips, open_inception
    from g4g_plugin.evaluation.inspection import MeshFinder
    from g4g_plugin.network.judge import open_expert

    return Tools(
        stack.enter_context(MeshFinder()),
        open_expert(expert)[0] if expert else None,
        Lpips(args.lpips) if args.lpips else None,
        open_inception(args.fid) if args.fid else None,
    )


def score_command(args: argparse.Namespace) -> str:
    """Score one clip."""
    from g4g_plugin.evaluation.score import score_video

    found = score_video(args.video, args.audio, judging_expert(args.expert), cache_dir())
    if not args.json:
        return found.text()
    told = {
        "video": str(args.video),
        "audio": str(args.audio or args.video),
        "offset_ms": found.offset_ms,
    }
    return json.dumps(
        told | {"clear": found.clear, "pictures": found.pictures} | found.score.to_json(), indent=2
    )


def study_make_command(args: argparse.Namespace) -> str:
    """Make the page of a study."""
    from g4g_plugin.evaluation.study import make_study

    page = make_study(dict(args.method), args.out, args.seed)
    return f"Page to hand out:  {page}\nKey to keep:       {page.with_name('study-key.json')}"


def study_read_command(args: argparse.Namespace) -> str:
    """Read the answers back."""
    from dataclasses import asdict

    from g4g_plugin.evaluation.report import PAPER_TABLE_3, paper_table
    from g4g_plugin.evaluation.study import opinions_text, read_study

    opinions = read_study(args.key, args.answers)
    if args.json:
        return json.dumps([asdict(opinion) for opinion in opinions], indent=2)
    return f"{opinions_text(opinions)}\n\nThe paper's Table 3 (20 people, other clips)\n{paper_table(PAPER_TABLE_3)}"


def ablate_command(args: argparse.Namespace) -> str:
    """Teach and measure the variants."""
    from g4g_plugin.evaluation.ablate import ablate, ablation_text, open_perceptual, read_base
    from g4g_plugin.network.mouth import load_mouth
    from g4g_plugin.training.corpus.pack import Corpus

    base = read_base(args.settings, args.mouth, args.seed)
    net, _ = load_mouth(args.weights or _installed_mouth())
    perceptual = open_perceptual(args.vgg)
    with ExitStack() as stack:
        corpus = Corpus(args.pack, args.mouth)
        tools = _tools(args, judging_expert(args.expert), stack)
        budget = (args.minutes, tools, perceptual, args.steps)
        outcome = ablate(corpus, net, base, args.out, *budget, args.clips, Told())
    if args.json:
        return (args.out / "evaluation.json").read_text("utf-8").rstrip()
    return ablation_text(
        outcome, f"{args.steps} steps" if args.steps else f"{args.minutes:g} minutes"
    )


def _installed_mouth() -> Path:
    from g4g_plugin.engine.g4g import weight_files

    return weight_files(None)[0]
