"""The options of every command, and the function behind it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from g4g_plugin import __version__
from g4g_plugin.cli.commands import (
    doctor_command,
    engines_command,
    export_command,
    formats_command,
    panel_command,
    revert_command,
    shots_command,
)
from g4g_plugin.cli.dub import demo_command, dub_command
from g4g_plugin.cli.usage import (
    ClipOption,
    channel,
    face,
    frame_rate,
    number,
    range_setting,
    seconds,
)
from g4g_plugin.core.catalogue import DEVICES
from g4g_plugin.core.controls import Control, controls
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.settings import Settings
from g4g_plugin.evaluation.commands import add_commands as add_evaluation
from g4g_plugin.training.arguments import add_commands as add_training

COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "shots": shots_command,
    "dub": dub_command,
    "export": export_command,
    "formats": formats_command,
    "revert": revert_command,
    "demo": demo_command,
    "panel": panel_command,
    "engines": engines_command,
    "doctor": doctor_command,
}


def build_parser(settings: Settings) -> argparse.ArgumentParser:
    """Return the parser; defaults are the user's settings."""
    parser = argparse.ArgumentParser(prog="g4g", description="Dub any shot of any timeline.")
    parser.add_argument("--version", action="version", version=f"g4g {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shots = commands.add_parser(
        "shots", help="list the clips of a timeline, and what stands in the way of a dub"
    )
    shots.add_argument("timeline", type=Path)
    shots.add_argument(
        "--look",
        action="store_true",
        help="look at each clip's picture too: covered mouths, several faces, none, drawn ones",
    )
    shots.add_argument("--json", action="store_true")
    _add_reading(shots)
    _dub_parser(commands, settings)
    revert = commands.add_parser("revert", help="give a clip its original picture back")
    revert.add_argument("project", type=Path)
    revert.add_argument("--clip", required=True)
    revert.add_argument("--out", type=Path, required=True)
    export = commands.add_parser("export", help="write a delivered timeline in other formats too")
    export.add_argument("timeline", type=Path, help="<name>.dubbed.otio")
    export.add_argument(
        "--to", action="append", required=True, metavar="FORMAT", help="see g4g formats"
    )
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    commands.add_parser("formats", help="list timeline formats, what each cannot carry, and codecs")
    demo = commands.add_parser("demo", help="make a small timeline and dub its middle shot")
    demo.add_argument("--out", type=Path, default=Path("g4g-demo"))
    demo.add_argument("--json", action="store_true")
    panel = commands.add_parser("panel", help="open the desktop panel")
    panel.add_argument("timeline", type=Path, nargs="?")
    commands.add_parser("engines", help="list engines, renderers, and weights with their licences")
    doctor = commands.add_parser("doctor", help="say what is installed and what is missing")
    doctor.add_argument("--json", action="store_true")
    add_training(commands)
    add_evaluation(commands)
    return parser


def _dub_parser(commands: Any, settings: Settings) -> None:
    dub = commands.add_parser(
        "dub",
        help="dub clips and write the revised timeline",
        description="Options of a clip stand after its --clip; before the first --clip they hold for "
        "all. The same clip given again with another --face gets a second line.",
    )
    dub.add_argument("timeline", type=Path)
    dub.add_argument("--out", type=Path, required=True, metavar="DIR")
    _add_reading(dub)
    clip = dub.add_argument_group("a clip and its lines")
    shot = dub.add_argument_group("how a clip is dubbed")
    _add_lines(clip)
    _add_settings(shot, settings)
    dub.add_argument(
        "--from-track", metavar="A2", help="each clip takes what lies under it on this audio track"
    )
    dub.add_argument("--device", choices=DEVICES, default=settings.device)
    dub.add_argument(
        "--keep-dialogue", action="store_true", help="leave the original dialogue clip enabled"
    )
    dub.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="FORMAT",
        help="a format beside .otio: g4g formats",
    )
    dub.add_argument(
        "--wait", action="store_true", help="wait where somebody else works in the folder"
    )
    dub.add_argument("--json", action="store_true")
    dub.set_defaults(groups=None, defaults=None)


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """Add what a timeline file may leave open."""
    parser.add_argument("--sequence", default="", metavar="NAME", help="of a file with several")
    parser.add_argument(
        "--rate", type=frame_rate, metavar="FPS", help="of an EDL: 25, 23.976, 29.97"
    )


def _add_lines(group: Any) -> None:
    def add(name: str, text: str, **more: Any) -> None:
        group.add_argument(name, action=ClipOption, help=text, **more)

    add("--clip", "the clip; may be given again", metavar="V1/2")
    add("--audio", "its new line", type=Path, metavar="FILE")
    add("--face", "the mouth nearest to this point", type=face, metavar="X,Y[@FRAME]")
    add("--at", "frame of the shot with which the line begins", type=int, metavar="N")
    add("--in", "begin here in the file", dest="first", type=seconds, metavar="SECONDS")
    add("--until", "end here in the file", type=seconds, metavar="SECONDS")
    add("--channel", "the file's channel, counted from 1", type=channel, metavar="N")
    add(
        "--range",
        "frames of the shot that keep the plate, hold the mouth shut, move it by another "
        "strength, or anyway: also where the face is taken for covered or drawn; ~RAMP fades over so many frames; may be given again",
        type=range_setting,
        metavar="FIRST-LAST:keep|shut|anyway|STRENGTH[~RAMP]",
    )
    add("--like", "dub again as this version of the clip was: v001", metavar="VERSION")


def _add_settings(group: Any, settings: Settings) -> None:
    for control in controls(ShotSettings):
        names = dict.fromkeys((control.flag, f"--{control.name.replace('_', '-')}"))
        if control.kind is bool:
            names[control.flag.replace("--", "--no-", 1)] = None
        default = getattr(settings.shot, control.name)
        text = str(control.help) + (f" (default {default})" if control.choices else "")
        group.add_argument(
            *names, dest=control.name, action=ClipOption, help=text, **_form(control)
        )


def _form(control: Control) -> dict[str, Any]:
    """Return how argparse reads a control."""
    if callable(control.listed):  # what is not installed is told in a sentence when it is planned
        return {"metavar": "{" + ",".join(control.choices) + "}"}
    if control.choices:
        return {"choices": control.choices}
    if control.kind is bool:
        return {"nargs": 0}
    if control.kind is Path:
        return {"type": Path, "metavar": "FILE"}
    if control.kind in (int, float):
        limited = math.isfinite(control.most)
        limits = f"{control.least:g}-{control.most:g}" if limited else "N"
        return {"type": number(control), "metavar": limits}
    return {"metavar": control.name.upper()}
