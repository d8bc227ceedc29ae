"""What the options of the command line mean: checked text, and groups that begin with --clip."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast, get_args

from g4g_plugin.core.controls import Control
from g4g_plugin.core.decisions import FaceChoice, Mouth, RangeSetting
from g4g_plugin.core.reading import Reading, choose
from g4g_plugin.core.time import snap_rate

_RANGE = re.compile(r"^(-?\d+)-(-?\d+):(shut|keep|anyway|[\d.]+)(?:~(\d+))?$")
# said once and only after the last --clip, these hold for all clips, as they always have
FOR_ALL = ("renderer", "strength", "codec", "handles", "adapt", "engine", "weights")


class UsageError(Exception):
    """The words on the command line do not fit together."""


class ClipOption(argparse.Action):
    """--clip begins a group. Another option fills the group begun last; before the first --clip it
    is the default of all.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        space: argparse.Namespace,
        value: Any,
        option: Any = None,
    ) -> None:
        """Take an option that was read."""
        groups: list[dict[str, Any]] = getattr(space, "groups", None) or []
        defaults: dict[str, Any] = getattr(space, "defaults", None) or {}
        target = groups[-1] if groups else defaults
        value = not str(option).startswith("--no-") if self.nargs == 0 else value
        if self.dest == "clip":
            groups.append({"clip": value})
        elif not groups and self.dest in OF_ONE_CLIP:
            parser.error(f"{option} comes after the --clip it belongs to")
        elif self.dest == "range":
            target["range"] = (*target.get("range", ()), value)
        elif self.dest in target:
            whose = f"for clip {target['clip']}" if groups else "for all clips"
            parser.error(f"{option} is given twice {whose}")
        else:
            target[self.dest] = value
        space.groups, space.defaults = groups, defaults


OF_ONE_CLIP = ("audio", "face", "at", "first", "until", "range", "like")


def spread(
    groups: list[dict[str, Any]], defaults: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the groups, each with the defaults it does not override, and the defaults."""
    for name in FOR_ALL:
        only_last = [name in group for group in groups] == [False] * (len(groups) - 1) + [True]
        if only_last and name not in defaults:
            defaults = {**defaults, name: groups[-1][name]}
    return [{**defaults, **group} for group in groups], defaults


def face(text: str) -> FaceChoice:
    """Read X,Y or X,Y@FRAME."""
    try:
        return FaceChoice.from_text(text)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err


def number(control: Control) -> Callable[[str], float]:
    """Return a reader of the numbers a control takes."""

    def read(text: str) -> float:
        try:
            value = control.kind(text)
        except ValueError:
            value = math.nan
        if control.allowed(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not {control.allowed(value)}")
        return value

    return read


def channel(text: str) -> int:
    """Read a channel, counted from 1 as on every recorder; returns it counted from 0."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("channels are counted from 1")
    return int(text) - 1


def seconds(text: str) -> Fraction:
    """Read seconds, "1.5" or "3/2"."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError) as err:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds") from err
    if value < 0:
        raise argparse.ArgumentTypeError("seconds are counted from 0")
    return value


def range_setting(text: str) -> RangeSetting:
    """Read FIRST-LAST:keep|shut|anyway|STRENGTH[~RAMP]."""
    match = _RANGE.match(text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not FIRST-LAST:keep, :shut, :anyway or :STRENGTH, with ~RAMP where it fades"
        )
    first, last, what, ramp = match.groups()
    mouth = cast("Mouth", what) if what in get_args(Mouth) else "move"
    amount = float(what) if mouth == "move" else 1.0
    try:
        return RangeSetting(int(first), int(last), mouth, amount, int(ramp or 0))
    except ValueError as err:
        raise argparse.ArgumentTypeError(f"{text!r}: {err}") from err


def frame_rate(text: str) -> Fraction:
    """Read a frame rate: "25", "23.976", "24000/1001".

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return snap_rate(Fraction(text))
    except (ValueError, ZeroDivisionError) as err:
        raise argparse.ArgumentTypeError(f"{text} is no frame rate") from err


def read_as(args: argparse.Namespace) -> None:
    """Let the timeline be read as the options say."""
    choose(args.timeline, Reading(args.rate, args.sequence))
