"""`g4g dub` and `g4g demo`: from the options to an order, and from its result to words or JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from g4g_plugin.cli.phrases import PHRASES, sentence
from g4g_plugin.cli.told import dub_json, dub_lines
from g4g_plugin.cli.usage import UsageError, read_as, spread
from g4g_plugin.core.controls import controls
from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, ShotSettings, Take
from g4g_plugin.core.settings import Settings, cache_dir

if TYPE_CHECKING:
    from g4g_plugin.project.adaptation import Fitting
    from g4g_plugin.project.batch import DubbedTimeline, Order, Request
    from g4g_plugin.project.service import Service
    from g4g_plugin.project.worker import Event

CANCELLED = 130  # exit status: what a shell reports for Ctrl-C


def dub_command(args: argparse.Namespace, settings: Settings) -> int:
    """Dub clips and write the revised timeline."""
    from g4g_plugin.project.batch import Order
    from g4g_plugin.project.listing import export_and_tell, format_to_write

    also = [format_to_write(key) for key in args.also]  # before anything is rendered
    read_as(args)
    groups, defaults = spread(args.groups or [], args.defaults or {})
    base = settings.shot
    order = Order(
        timeline=args.timeline,
        out=args.out.absolute(),
        requests=_requests(groups, args.from_track, base),
        from_track=args.from_track,
        defaults=_settings(defaults, base),
        keep_dialogue=args.keep_dialogue,
        wait=args.wait,
    )
    done = _dub(order, replace(settings, device=args.device))
    _tell(done, args.json)
    for entry in also:
        made, out = export_and_tell(done.written.dubbed, entry, order.out), sys.stdout
        out = sys.stderr if args.json else out
        for path in made.paths:
            print(f"The timeline as {entry.name}: {path}", file=out)
        for item in made.lost:
            print(f"! not in it: {item}", file=out)
    return _tell_failed(done)


def demo_command(args: argparse.Namespace, settings: Settings) -> int:
    """Make a small timeline, dub its middle shot, and draw before and after."""
    from g4g_plugin.project.batch import Order, Request
    from g4g_plugin.project.demo import demo_strip, make_demo

    demo = make_demo(args.out)
    line = Line(Take(demo.take.absolute(), label=demo.take.stem))
    request = Request(demo.clip, (line,), ShotSettings(fit="pad"))
    done = _dub(Order(demo.timeline, args.out.absolute() / "dubbed", (request,)), settings)
    strip = args.out.absolute() / "before-after.png"
    demo_strip(done.dubs[0], strip)
    _tell(done, args.json)
    if not args.json:
        print(f"Before (above) and after (below):  {strip}")
    return 0


def _settings(options: dict[str, Any], base: ShotSettings) -> ShotSettings:
    names = [control.name for control in controls(ShotSettings) if control.name in options]
    return replace(base, **{name: options[name] for name in names})


def _requests(
    groups: list[dict[str, Any]], from_track: str | None, base: ShotSettings
) -> tuple[Request, ...]:
    """Return what is asked for each clip; groups of the same clip are lines of one shot.

    Raises:
        UsageError: the options do not fit together.
    """
    if from_track is None and not groups:
        raise UsageError(
            "name a clip with --clip V1/2 --audio FILE, or take the lines of a track with --from-track A2"
        )
    by_clip: dict[str, list[dict[str, Any]]] = {}
    for group in groups:
        _check_line(group, from_track)
        by_clip.setdefault(group["clip"].upper(), []).append(group)
    return tuple(_request(group, from_track, base) for group in by_clip.values())


def _check_line(group: dict[str, Any], from_track: str | None) -> None:
    clip = group["clip"]
    if from_track is not None and ("audio" in group or "like" in group):
        raise UsageError("--audio, --like and --from-track exclude each other")
    if "audio" in group and "like" in group:
        raise UsageError(f"clip {clip}: --like takes the version's own line, --audio is another")
    if from_track is None and "audio" not in group and "like" not in group:
        raise UsageError(f"clip {clip} needs its new line: --audio FILE")


def _request(groups: list[dict[str, Any]], from_track: str | None, base: ShotSettings) -> Request:
    from g4g_plugin.project.batch import Request

    first = groups[0]
    settings = [_settings(group, base) for group in groups]
    faces = [group.get("face") for group in groups]
    if len(groups) > 1 and (len(set(faces)) < len(faces) or None in faces):
        raise UsageError(f"clip {first['clip']} is given twice: each line needs its own --face")
    if any(other != settings[0] for other in settings):
        raise UsageError(f"clip {first['clip']}: its lines share one picture and so one setting")
    ranges = tuple(setting for group in groups for setting in group.get("range", ()))
    lines = () if "audio" not in first else tuple(map(_line, groups, faces))
    return Request(first["clip"], lines, settings[0], ranges, first.get("like"), faces[0])


def _line(group: dict[str, Any], face: FaceChoice | None) -> Line:
    begin, end = group.get("first", 0), group.get("until")
    if end is not None and end <= begin:
        raise UsageError(f"clip {group['clip']}: --until lies after --in")
    audio = group["audio"].absolute()
    length = None if end is None else end - begin
    take = Take(audio, Fraction(begin), length, group.get("channel"), audio.stem)
    return Line(take, face, group.get("at", 0))


def _dub(order: Order, settings: Settings) -> DubbedTimeline:
    from g4g_plugin.core.progress_bar import ProgressBar
    from g4g_plugin.project.batch import dub_timeline

    box: list[Service] = []
    bar = ProgressBar()
    with _stopped_by_signals(box), contextlib.closing(bar):
        return dub_timeline(order, settings, cache_dir(), _shown(bar.step), box)


def _shown(step: Callable[[str, int, int], None]) -> Callable[[Event], None]:
    def show(event: Event) -> None:
        if event.kind == "stepped":
            step(event.stage, event.done, event.total)

    return show


@contextlib.contextmanager
def _stopped_by_signals(box: list[Service]) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM cancel the running job at its next frame instead of tearing the
    thread. A second one ends the process as it stands, where an engine gives no frame any more.
    """
    asked: list[int] = []

    def stop(number: int, frame: object) -> None:
        if not box:
            raise KeyboardInterrupt
        if asked:
            os.write(2, b"g4g: ended at once; what was finished is kept\n")
            os._exit(CANCELLED)
        asked.append(number)
        box[0].cancel_all()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _adapted_json(found: Fitting) -> dict[str, Any]:
    return {"clip": found.clip, "file": to_plain(found.file), "said": found.said.worded(PHRASES)}


def _dubbed_json(done: DubbedTimeline) -> dict[str, Any]:
    adapted = {"adapted": [_adapted_json(found) for found in done.adapted]} if done.adapted else {}
    said = {
        clip: {"message": error.message, "hint": error.hint} for clip, error in done.failed.items()
    }
    failed = {"failed": said} if said else {}
    return (
        adapted
        | failed
        | {
            "timeline": str(done.written.dubbed),
            "project": str(done.written.project),
            "dubs": [dub_json(dub) for dub in done.dubs],
            "still_speaking": [asdict(clip) for clip in done.written.speaking],
        }
    )


def _tell(done: DubbedTimeline, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_dubbed_json(done), indent=2))
        return
    for fitting in done.adapted:
        print(fitting.said.worded(PHRASES))
    for dub in done.dubs:
        for line in dub_lines(dub):
            print(line)
    for heard in done.written.speaking:
        which = "the old line is still on" if heard.old_line else "is still on"
        end = heard.first + heard.count - 1
        print(
            f"{heard.clip:<10} ! {heard.sound} ({heard.name}) {which}: frames {heard.first} to {end}"
        )
    print(f"Timeline for your editing program: {done.written.dubbed}")
    print(f"Project with originals and takes:  {done.written.project}")


def _tell_failed(done: DubbedTimeline) -> int:
    """Name the clips that failed, on stderr; returns the exit status."""
    for clip, error in done.failed.items():
        print(f"g4g: {clip} was not dubbed: {sentence(error)}", file=sys.stderr)
    if done.reports:
        from g4g_plugin.cli.report import write_report

        print(f"     The report is in {write_report(done.reports[0])}.", file=sys.stderr)
    return 1 if done.failed else 0
