"""The command-line options of `corpus`, `train` and `adapt`: light to import, like `g4g --help`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.training import commands as run

MOUTH_SIZES = (64, 96, 128, 256)  # of the mouth box, pixels
LAYOUTS = ("auto", "plain", "hdtf", "lrs2")


def add_commands(subparsers: Any) -> None:
    """Add the commands to a parser's subparsers; each sets `run`, which takes the arguments and
    returns text.
    """
    corpus = subparsers.add_parser("corpus", help="make and look at packs of talking clips")
    verbs = corpus.add_subparsers(dest="verb", required=True, metavar="build|hear|split|show")
    _add_build(
        verbs.add_parser("build", help="find, crop and pack the faces of a folder of videos")
    )
    _add_hear(verbs.add_parser("hear", help="store the speech features that the mouth net hears"))
    split = verbs.add_parser("split", help="draw new people to be held back from teaching")
    split.add_argument("pack", type=Path)
    split.add_argument("--seed", type=int, help="of the draw; else ours")
    split.set_defaults(run=run.split_command)
    show = verbs.add_parser("show", help="print a pack's table and draw a contact sheet")
    show.add_argument("pack", type=Path)
    show.add_argument("--sheet", type=Path, metavar="PNG", help="where the contact sheet goes")
    show.set_defaults(run=run.show_command)
    train = subparsers.add_parser("train", help="teach the nets on a pack")
    nets = train.add_subparsers(dest="net", required=True, metavar="|".join(NETS))
    for name, (said, add_own, command) in NETS.items():
        parser = nets.add_parser(name, help=said)
        _add_shared(parser)
        add_own(parser)
        parser.set_defaults(run=command)
    _add_adapt(subparsers)


def _add_build(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("video_dir", type=Path)
    add("--out", type=Path, required=True, metavar="PACK")
    add("--mouth", type=int, choices=MOUTH_SIZES, default=128)
    add("--manifest", type=Path, help="JSON rows {file, identity, split, licence, seconds}")
    add("--layout", choices=LAYOUTS, default="auto", help="of the folder")
    add("--cap", type=int, metavar="N", help="clips of one identity, at most")
    add("--processes", type=int, default=2)
    add("--expert", type=Path, metavar="FILE", help="sync expert that finds the offsets")
    add("--no-offsets", action="store_true", help="take the sound as it lies")
    parser.set_defaults(run=run.build_command)


def _add_hear(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pack", type=Path)
    add("video_dir", type=Path, help="the videos that the pack was made of")
    add("--manifest", type=Path, help="as it was given to build")
    add("--layout", choices=LAYOUTS, default="auto", help="of the folder")
    add("--versions", type=int, default=4, metavar="N", help="of each sound: as it is, disturbed")
    parser.set_defaults(run=run.hear_command)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--pack", type=Path, required=True)
    add("--out", type=Path, required=True, metavar="DIR")
    add("--minutes", type=float, required=True, metavar="N", help="stops cleanly after so many")
    add("--seed", type=int, help="of weights and batches")
    add("--resume", action="store_true", help="go on from the checkpoint in --out")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="as loop.steps=800")


def _add_sync(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--half", type=int, choices=(0, 1), help="that half of the people only: a second expert")
    add("--width", type=int, metavar="N", help="of its first layer, a multiple of 8 (32)")
    add("--correct", action="store_true", help="then write each clip's offset beside the pack")


def _add_mouth(parser: argparse.ArgumentParser) -> None:
    """The mouth net has no options of its own."""


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--shape", type=Path, metavar="FILE", help="mouth net whose shapes are used")
    add("--vgg", type=Path, metavar="PATH", help="VGG-19 folder or SqueezeNet: perceptual loss")


def _add_generator(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    add = parser.add_argument
    add("--stages", metavar="M:STEPS[:CxR],...", help="mouth size, steps, clips x frames of each")
    add("--mouth", type=int, choices=MOUTH_SIZES, help="one stage of this size, without an end")
    add("--begin", type=Path, metavar="FILE", help="checkpoint whose nets the first stage takes on")
    add("--settings", type=Path, metavar="JSON", help="fields of TrainGeneratorConfig")
    add("--sync", type=Path, metavar="FILE", help="sync expert to listen to (set weights.sync)")
    add("--card", type=Path, metavar="JSON", help="added to the card inside the weights")


def _add_blend(parser: argparse.ArgumentParser) -> None:
    _add_pictures(parser)
    add = parser.add_argument
    add("--mouth", type=int, choices=MOUTH_SIZES, default=96)
    add("--generator", type=Path, metavar="FILE", help="whose pictures are to be finished too")


def _add_visibility(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--videos", type=Path, required=True, metavar="DIR", help="that the pack was made of")
    add("--begin", type=Path, metavar="FILE", help="weights to go on from")


AddOptions = Callable[[argparse.ArgumentParser], None]
Command = Callable[[argparse.Namespace], str]
NETS: dict[str, tuple[str, AddOptions, Command]] = {
    "sync": ("the sync expert", _add_sync, run.sync_command),
    "mouth": ("the mouth net: sound to shape", _add_mouth, run.mouth_command),
    "generator": ("the paper's generator", _add_generator, run.generator_command),
    "blend": ("the blend net", _add_blend, run.blend_command),
    "visibility": ("the visibility net", _add_visibility, run.visibility_command),
}


def _add_adapt(subparsers: Any) -> None:
    parser = subparsers.add_parser("adapt", help="learn the person of a shot from its own footage")
    add = parser.add_argument
    add("timeline", type=Path)
    add("--shot", "--clip", action="append", required=True, metavar="V1/2", help="may come again")
    add("--minutes", type=_minutes, required=True, metavar="N", help="learns so long for each clip")
    add("--out", type=Path, metavar="DIR", help="folder of the project; else that of the timeline")
    add("--face", type=_face, metavar="X,Y[@FRAME]", help="the face nearest to this point")
    add("--weights", type=Path, metavar="FILE", help="the base; else the installed weights")
    add("--seed", type=int, default=0, help="of the batches")
    add("--json", action="store_true")
    parser.set_defaults(run=run.adapt_command)


def _minutes(text: str) -> float:
    if not 0 < float(text) < 1e4:
        raise argparse.ArgumentTypeError("minutes are more than 0")
    return float(text)


def _face(text: str) -> FaceChoice:
    try:
        return FaceChoice.from_text(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err
