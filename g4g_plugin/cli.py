"""The `g4g` command line. Each command imports what it needs, so that --help loads neither torch
nor Qt.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g4g_plugin import __version__
from g4g_plugin.core.errors import Cancelled, G4GError
from g4g_plugin.core.settings import Settings, cache_dir, load_settings
from g4g_plugin.core.time import rate_text, timecode
from g4g_plugin.evaluation.commands import add_commands as add_evaluation
from g4g_plugin.training.arguments import add_commands as add_training

if TYPE_CHECKING:
    from g4g_plugin.project.service import DubbedTimeline, Order, Request
    from g4g_plugin.project.worker import Event, Worker
    from g4g_plugin.timeline.read import Slot

CANCELLED = 130  # what a shell reports for Ctrl-C
DELIVERIES = ("prores", "ffv1", "dnxhr", "h264", "h265")


class _NextClip(argparse.Action):
    """--clip begins a group; --audio, --face and --fit fill the group begun last."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        space: argparse.Namespace,
        value: Any,
        option: Any = None,
    ) -> None:
        groups: list[dict[str, Any]] = getattr(space, "groups", None) or []
        if self.dest == "clip":
            groups.append({"clip": value})
        elif not groups:
            parser.error(f"{option} comes after the --clip it belongs to")
        elif self.dest in groups[-1]:
            parser.error(f"{option} is given twice for clip {groups[-1]['clip']}")
        else:
            groups[-1][self.dest] = value
        space.groups = groups


def _face(text: str) -> tuple[float, float, int | None]:
    point, _, frame = text.partition("@")
    try:
        x, y = (float(part) for part in point.split(","))
        return x, y, int(frame) if frame else None
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y or X,Y@FRAME") from err


def _strength(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError("strength lies between 0 and 2")
    return value


def _handles(text: str) -> int:
    if int(text) < 0:
        raise argparse.ArgumentTypeError("handles are counted in frames from 0")
    return int(text)


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="g4g", description="Dub any shot of any timeline.")
    parser.add_argument("--version", action="version", version=f"g4g {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shots = commands.add_parser(
        "shots", help="list the clips of a timeline, and what stands in the way of a dub"
    )
    shots.add_argument("timeline", type=Path)
    shots.add_argument("--json", action="store_true")
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
    commands.add_parser("formats", help="list the timeline formats, and what each cannot carry")
    demo = commands.add_parser("demo", help="make a small timeline and dub its middle shot")
    demo.add_argument("--out", type=Path, default=Path("g4g-demo"))
    demo.add_argument("--json", action="store_true")
    panel = commands.add_parser("panel", help="open the desktop panel")
    panel.add_argument("timeline", type=Path, nargs="?")
    commands.add_parser("engines", help="list the engines that move mouths")
    doctor = commands.add_parser("doctor", help="say what is installed and what is missing")
    doctor.add_argument("--json", action="store_true")
    add_training(commands)
    add_evaluation(commands)
    return parser


def _dub_parser(commands: Any, settings: Settings) -> None:
    dub = commands.add_parser("dub", help="dub clips and write the revised timeline")
    dub.add_argument("timeline", type=Path)
    dub.add_argument(
        "--clip", action=_NextClip, metavar="V1/2", help="the clip; may be given again"
    )
    dub.add_argument("--audio", action=_NextClip, type=Path, metavar="FILE", help="its new line")
    dub.add_argument(
        "--face",
        action=_NextClip,
        type=_face,
        metavar="X,Y[@FRAME]",
        help="the mouth nearest to this point",
    )
    dub.add_argument(
        "--fit",
        action=_NextClip,
        choices=("exact", "trim", "pad"),
        help="what if the line is too long or short",
    )
    dub.add_argument(
        "--from-track", metavar="A2", help="each clip takes what lies under it on this audio track"
    )
    dub.add_argument("--out", type=Path, required=True, metavar="DIR")
    dub.add_argument("--engine", default=settings.engine)
    dub.add_argument("--renderer", choices=("auto", "native", "network"), default=settings.renderer)
    dub.add_argument("--strength", type=_strength, default=settings.strength, metavar="0-2")
    dub.add_argument("--weights", type=Path, metavar="FILE")
    dub.add_argument(
        "--adapt", action="store_true", help="use what `g4g adapt` learned of the people seen"
    )
    dub.add_argument("--device", choices=("auto", "cuda", "cpu"), default=settings.device)
    dub.add_argument("--deliver", choices=DELIVERIES, default=settings.deliver)
    dub.add_argument("--handles", type=_handles, default=settings.handles, metavar="N")
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
    dub.add_argument("--json", action="store_true")
    dub.set_defaults(groups=None)


def shots_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the clips of a timeline."""
    from g4g_plugin.project.service import known_slot
    from g4g_plugin.timeline.read import open_timeline

    slots = [
        _told(known_slot, slot) for slot in open_timeline(args.timeline, settings.path_map).slots
    ]
    if args.json:
        print(json.dumps([_slot_json(slot) for slot in slots], indent=2))
        return 0
    for slot in slots:
        start = timecode(slot.source.first, slot.source.rate, slot.drop)
        media = slot.media.name if slot.media else "no media"
        span = f"{start} + {slot.source.count:<6} @ {rate_text(slot.source.rate):<12}"
        print(f"{slot.clip:<10} {span} {slot.name:<32} {media}")
        for problem in slot.problems:
            print(f"{'':<10} ! {problem.message}")
    return 0


def _told(known_slot: Any, slot: Slot) -> Slot:
    from g4g_plugin.timeline.read import Problem

    try:
        return known_slot(slot)
    except G4GError as error:
        return replace(slot, problems=(*slot.problems, Problem("unreadable-media", error.message)))


def _slot_json(slot: Slot) -> dict[str, Any]:
    return {
        "clip": slot.clip,
        "name": slot.name,
        "track": slot.track,
        "record": slot.record.to_json() if slot.record else None,
        "source": slot.source.to_json() if slot.source else None,
        "media": str(slot.media) if slot.media else None,
        "start_timecode": slot.start_timecode,
        "problems": [
            {"code": problem.code, "message": problem.message} for problem in slot.problems
        ],
    }


def dub_command(args: argparse.Namespace, settings: Settings) -> int:
    """Dub clips and write the revised timeline."""
    from g4g_plugin.engine.base import EngineOptions
    from g4g_plugin.project.service import Order
    from g4g_plugin.timeline.export import export_as, format_to_write

    also = [format_to_write(key) for key in args.also]  # before anything is rendered
    options = EngineOptions(
        args.device, args.renderer, args.strength, args.weights, settings.threads
    )
    order = Order(
        timeline=args.timeline,
        out=args.out.absolute(),
        requests=_requests(args),
        from_track=args.from_track,
        engine=args.engine,
        options=options,
        codec=args.deliver,
        handles=args.handles,
        keep_dialogue=args.keep_dialogue,
        path_map=tuple(settings.path_map.items()),
        adapt=args.adapt,
    )
    done = _dub(order)
    _tell(done, args.json)
    for entry in also:
        for path in export_as(done.written.dubbed, entry, order.out):
            print(
                f"The timeline as {entry.name}: {path}",
                file=sys.stderr if args.json else sys.stdout,
            )
    return 0


def export_command(args: argparse.Namespace, settings: Settings) -> int:
    """Write a delivered timeline in other formats too."""
    from g4g_plugin.timeline.export import export_as, format_to_write

    for entry in [format_to_write(key) for key in args.to]:
        for path in export_as(args.timeline, entry, args.out):
            print(f"The timeline as {entry.name}: {path}")
        print(f"It cannot carry: {'; '.join(entry.loses)}.")
    return 0


def formats_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the timeline formats, and what each cannot carry."""
    from g4g_plugin.timeline.formats import FORMATS, written_formats

    for entry in FORMATS:
        does = "read, written" if entry is FORMATS[0] or entry in written_formats() else "read"
        print(
            f"{entry.key:<10} {entry.name:<24} {does if entry.ready else f'needs {entry.package}'}"
        )
        if entry.loses:
            print(
                f"{'':<10} {'cannot carry' if entry.writes else 'not written'}: {'; '.join(entry.loses)}"
            )
    return 0


def _requests(args: argparse.Namespace) -> tuple[Request, ...]:
    from g4g_plugin.core.shot import FaceChoice
    from g4g_plugin.project.service import Request

    groups = args.groups or []
    if args.from_track is None and not groups:
        raise _UsageError(
            "name a clip with --clip V1/2 --audio FILE, or take the lines of a track with --from-track A2"
        )
    for group in groups:
        if args.from_track is None and "audio" not in group:
            raise _UsageError(f"clip {group['clip']} needs its new line: --audio FILE")
        if args.from_track is not None and "audio" in group:
            raise _UsageError("--audio and --from-track exclude each other")
    faces = [FaceChoice(*group["face"]) if "face" in group else None for group in groups]
    return tuple(
        Request(group["clip"], group.get("audio"), face, group.get("fit", "exact"))
        for group, face in zip(groups, faces, strict=True)
    )


class _UsageError(Exception):
    """The words on the command line do not fit together."""


def _dub(order: Order) -> DubbedTimeline:
    from g4g_plugin.project.service import dub_timeline

    box: list[Worker] = []
    bar = _Bar()
    with _stopped_by_signals(box):
        try:
            return dub_timeline(order, cache_dir(), bar, box)
        finally:
            bar.end()


@contextlib.contextmanager
def _stopped_by_signals(box: list[Worker]) -> Any:
    """Let Ctrl-C and SIGTERM cancel the running job at its next frame instead of tearing the
    thread.
    """

    def stop(number: int, frame: object) -> None:
        if not box:
            raise KeyboardInterrupt
        for row in box[0].store.rows():
            box[0].cancel(row.job.id)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Bar:
    """Progress on stderr: bar, stage, frames per second, time left. Plain lines where stderr is no
    terminal.
    """

    WIDTH = 28

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._told = 0.0
        self._stage = ""
        self._here = ("", -1)

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        last = event.kind == "stepped" and event.done >= event.total
        every = 0.1 if self._live else 5.0
        here = (event.stage, event.done)
        if event.kind != "stepped" or here == self._here:
            return
        if now - self._told < every and event.stage == self._stage and not last:
            return
        self._told, self._stage, self._here = now, event.stage, here
        full = round(self.WIDTH * event.done / max(event.total, 1))
        left = (event.total - event.done) / event.fps if event.fps else 0.0
        bar = "#" * full + "-" * (self.WIDTH - full)
        line = f"{event.stage:<11} [{bar}] {event.done}/{event.total}  {event.fps:5.1f} fps  {left:4.0f} s left"
        end = "\r" if self._live and not last else "\n"
        print(line.ljust(90), end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            print(file=sys.stderr)


def _dubbed_json(done: DubbedTimeline) -> dict[str, Any]:
    adapted = {"adapted": [found.to_json() for found in done.adapted]} if done.adapted else {}
    return adapted | {
        "timeline": str(done.written.dubbed),
        "project": str(done.written.project),
        "dubs": [
            {
                "clip": dub.shot.clip,
                "media": str(dub.media),
                **dub.available.to_json(),
                "start_timecode": dub.start_timecode,
                "engine": dub.engine,
                "weights": dub.weights,
                "frames_dubbed": dub.frames_dubbed,
                "frames_kept": dub.frames_kept,
                "sync": dub.sync,
                "unjudged": dub.unjudged,
                "dubbed": None
                if dub.dubbed is None
                else [[span.first, span.count] for span in dub.dubbed],
                "kept": [
                    {"reason": run.reason, "first": run.frames.first, "count": run.frames.count}
                    for run in dub.kept
                ],
            }
            for dub in done.dubs
        ],
    }


def _tell(done: DubbedTimeline, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_dubbed_json(done), indent=2))
        return
    for found in done.adapted:
        print(found.said)
    for dub in done.dubs:
        print(
            f"{dub.shot.clip}: {dub.media} ({dub.frames_dubbed} frames dubbed, {dub.frames_kept} kept)"
        )
        for run in dub.kept:
            first = run.frames.first - dub.shot.source.first
            print(f"{'':<10} ! kept, {run.words}: frames {first} to {first + run.frames.count - 1}")
    print(f"Timeline for your editing program: {done.written.dubbed}")
    print(f"Project with originals and takes:  {done.written.project}")


def revert_command(args: argparse.Namespace, settings: Settings) -> int:
    """Give a clip its original picture back."""
    from g4g_plugin.timeline.write import revert

    written = revert(args.project, args.clip, args.out)
    print(f"Timeline: {written.dubbed}\nProject:  {written.project}")
    return 0


def demo_command(args: argparse.Namespace, settings: Settings) -> int:
    """Make a small timeline, dub its middle shot, and draw before and after."""
    from g4g_plugin.engine.base import EngineOptions
    from g4g_plugin.project.demo import demo_strip, make_demo
    from g4g_plugin.project.service import Order, Request

    demo = make_demo(args.out)
    options = EngineOptions(settings.device, "auto", 1.0, None, settings.threads)
    request = Request(demo.clip, demo.take, fit="pad")
    done = _dub(Order(demo.timeline, args.out.absolute() / "dubbed", (request,), options=options))
    strip = args.out.absolute() / "before-after.png"
    demo_strip(done.dubs[0], strip)
    _tell(done, args.json)
    if not args.json:
        print(f"Before (above) and after (below):  {strip}")
    return 0


def panel_command(args: argparse.Namespace, settings: Settings) -> int:
    """Open the desktop panel."""
    import importlib.util

    if importlib.util.find_spec("PySide6") is None:
        raise G4GError(
            "The panel needs PySide6.", 'Install it with pip install "g4g-plugin[panel]".'
        )
    from g4g_plugin.panel.shell.app import run

    return run(args.timeline)


def engines_command(args: argparse.Namespace, settings: Settings) -> int:
    """List the engines that move mouths."""
    from g4g_plugin.engine.registry import engines

    for entry in engines():
        print(f"{entry.name:<12} {'ready' if entry.ready else entry.reason}")
    return 0


def doctor_command(args: argparse.Namespace, settings: Settings) -> int:
    """Say what is installed and what is missing."""
    from g4g_plugin.project.doctor import examine

    findings = examine(settings)
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok' if finding.ok else 'MISSING':<8} {finding.what:<18} {finding.found}")
            if not finding.ok and finding.hint:
                print(f"{'':<8} {finding.hint}")
    return 0 if all(finding.ok for finding in findings) else 1


COMMANDS = {
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 (said in a sentence), 2 (usage) or 130
    (cancelled).
    """
    logging.basicConfig(
        level=os.environ.get("G4G_LOG", "WARNING").upper(),
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        settings = load_settings()
        parser = _parser(settings)
        args = parser.parse_args(argv)
        if hasattr(args, "run"):
            print(args.run(args))
            return 0
        return COMMANDS[args.command](args, settings)
    except _UsageError as error:
        print(f"g4g: {error}", file=sys.stderr)
        return 2
    except G4GError as error:
        print(
            f"g4g: {error.message}" + (f"\n     {error.hint}" if error.hint else ""),
            file=sys.stderr,
        )
        return 1
    except (Cancelled, KeyboardInterrupt):
        print("g4g: cancelled; what was finished is kept", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last door: a report instead of a traceback
        return _bug(error)


def _bug(error: Exception) -> int:
    import traceback

    report = cache_dir() / "report.txt"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(f"g4g {__version__}\n{' '.join(sys.argv)}\n{traceback.format_exc()}", "utf-8")
    print(f"g4g: this is a bug of ours: {type(error).__name__}.", file=sys.stderr)
    print(f"     The report is in {report}; your files are as they were.", file=sys.stderr)
    return 1
