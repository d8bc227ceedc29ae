"""What a dub came to, in lines of the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from g4g_plugin.cli.phrases import PHRASES
from g4g_plugin.core.conversion import to_plain

if TYPE_CHECKING:
    from g4g_plugin.core.assessment import Assessment
    from g4g_plugin.core.kept import Kept
    from g4g_plugin.core.shot import Dub
    from g4g_plugin.core.time import FrameRange

DETAIL_INDENT = " " * 10


def dub_lines(dub: Dub) -> Iterator[str]:
    """Yield what is said of a dub: where it lies, how good it is and why, what was kept, who was
    dubbed. Frames count from the first of the clip, as in `--range`.
    """
    yield f"{dub.shot.clip}: {dub.media}"
    yield f"{DETAIL_INDENT} {_rated(dub)}"
    first = dub.shot.source.first
    if dub.assessment is not None:
        for finding in dub.assessment.findings:
            where = f" ({_ranges(finding.frames, first)})" if finding.frames else ""
            yield f"{DETAIL_INDENT} {finding.rating}: {finding.words.worded(PHRASES)}{where}"
    for run in dub.kept:
        yield f"{DETAIL_INDENT} ! kept, {run.words}: {_ranges([run.frames], first)}"
    for number, line in enumerate(dub.lines, start=1):
        if line.face is not None and (line.face.faces > 1 or len(dub.lines) > 1):
            point = line.face.face
            place = f"{point.x:.0f},{point.y:.0f}@{point.frame}"
            said = f"line {number}: " if len(dub.lines) > 1 else ""
            yield f"{DETAIL_INDENT} {said}dubbed {line.face.words} (--face {place})"
    for note in dub.notes:
        yield f"{DETAIL_INDENT} ! {note}"


def _rated(dub: Dub) -> str:
    frames = f"{dub.frames_dubbed} frames dubbed, {dub.frames_kept} kept"
    said = dub.assessment
    if said is None:
        return frames
    speech = f", {100 * said.coverage.share:.0f} % of the speech" if said.coverage.speech else ""
    return f"{said.rating.upper()}: {frames}{speech}"


def _ranges(spans: Sequence[FrameRange], first: int) -> str:
    """Write runs of frames, counted from frame `first`: "frames 3 to 8, 12"."""
    told = []
    for span in spans:
        begin, end = span.first - first, span.end - 1 - first
        told.append(f"{begin}" if begin == end else f"{begin} to {end}")
    one = len(spans) == 1 and spans[0].count == 1
    return f"frame{'' if one else 's'} {', '.join(told)}"


def dub_json(dub: Dub) -> dict[str, Any]:
    """Return what `--json` says of a dub."""
    said = to_plain(dub)
    names = ("start_timecode", "engine", "renderer", "weights", "frames_dubbed", "frames_kept")
    return {
        "clip": dub.shot.clip,
        "media": str(dub.media),
        **said["available"],
        **{name: said[name] for name in names},
        "verdict": None if dub.assessment is None else _verdict_json(dub.assessment),
        "faces": [line["face"] for line in said["lines"]],
        "sync": dub.sync,
        "unjudged": dub.unjudged,
        "dubbed": None if dub.dubbed is None else _pairs(dub.dubbed),
        "kept": _kept_json(dub.kept),
        "notes": list(dub.notes),
    }


def _verdict_json(said: Assessment) -> dict[str, Any]:
    return {
        "rating": said.rating,
        "speech": {
            "frames": said.coverage.speech,
            "dubbed": round(said.coverage.share, 4),
            "kept": _kept_json(said.coverage.missed),
        },
        "findings": [
            {
                "code": finding.code,
                "rating": finding.rating,
                "message": finding.words.worded(PHRASES),
                "frames": _pairs(finding.frames),
            }
            for finding in said.findings
        ],
    }


def _kept_json(runs: Sequence[Kept]) -> list[dict[str, Any]]:
    return [
        {"reason": run.reason, "first": run.frames.first, "count": run.frames.count} for run in runs
    ]


def _pairs(spans: Sequence[FrameRange]) -> list[list[int]]:
    return [[span.first, span.count] for span in spans]
