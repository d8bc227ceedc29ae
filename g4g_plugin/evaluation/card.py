"""The model card's tables, set from evaluation.json and never by hand; and how the figures stand to
what was asked for.

Nothing here measures anything, and nothing imports torch: a card can be set on any machine.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.words import tr

Figures = dict[str, dict[str, float]]  # by row

OUR_ROWS = ("ours", "ours network")
STATIC_ROW, NEAREST_ROW = "static mouth", "nearest own frame pasted"
ARTICULATION_COLUMNS = (
    "correlation_best",
    "travel_median",
    "opening95",
    "width",
    "width_travel",
    "closures_hit",
    "shut_while_open",
    "shut_at_all",
    "lip_chroma",
    "inner_texture",
    "inner_contrast",
    "teeth_change",
)
SHORT_NAMES = {
    "correlation_best": "corr best",
    "travel_median": "travel med",
    "shut_while_open": "shut open",
    "shut_at_all": "shut, all",
    "inner_texture": "in texture",
    "inner_contrast": "in contrast",
    "width_travel": "width trav",
    "closures_hit": "closures",
    "correlation": "corr",
    "correlation_raw": "corr raw",
    "confidence_share": "conf/real",
    "share_raw": "conf raw",
}
DIGITS = {"psnr": 2, "mse": 4, "off_by": 1, "lmd": 2, "seam": 2}
CARD_COLUMNS = {
    "self": (
        "psnr",
        "ssim",
        "lpips",
        "fid",
        "mse",
        "lse_d_gap",
        "lse_c_gap",
        "correlation",
        "travel",
        "travel_each",
        "texture",
        "lmd",
        "jitter",
        "seam",
        "lip_leak",
        "leak_noise",
    ),
    "cross": (
        "correlation",
        "correlation_raw",
        "source",
        "travel",
        "travel_each",
        "opening",
        "texture",
        "jitter",
        "seam",
        "lost",
        "lse_d_gap",
        "lse_c_gap",
        "confidence_share",
        "share_raw",
        "off_by",
    ),
}
TITLES = {"self": "Self-reconstruction", "cross": "Cross-audio"}
ARTICULATION_TITLE = "Articulation, lips and inside, of the same"


@dataclass(frozen=True, slots=True)
class Asked:
    """One figure that was asked for: of which protocol and name, within which bounds, or better
    than which row.
    """

    what: str
    protocol: str
    name: str
    low: float = -math.inf
    high: float = math.inf
    above: str = ""  # the row it has to beat


@dataclass(frozen=True, slots=True)
class Standing:
    """How one row stands to one figure that was asked for; `holds` is None where it was not
    measured.
    """

    what: str
    wanted: str
    row: str
    value: float
    holds: bool | None


TARGETS = (
    Asked(
        "corr with the driver's mouth, beside nearest own frame",
        "cross",
        "correlation",
        above=NEAREST_ROW,
    ),
    Asked("corr with the driver's mouth", "cross", "correlation", low=0.55),
    Asked("judging expert's confidence, of real video's", "cross", "confidence_share", low=0.8),
    Asked("mouth PSNR, beside static mouth", "self", "psnr", above=STATIC_ROW),
    Asked("mouth SSIM, beside static mouth", "self", "ssim", above=STATIC_ROW),
    Asked("corr at the best lag", "cross", "correlation_best", low=0.65),
    Asked("texture ratio", "cross", "texture", 0.85, 1.15),
    Asked("travel, median of clips", "cross", "travel_median", 0.9, 1.15),
    Asked("95th percentile of the opening, median", "cross", "opening95", 0.9, 1.15),
    Asked("travel of the mouth's width, median", "cross", "width_travel", low=0.8),
    Asked("closures of the driver hit", "cross", "closures_hit", low=0.9),
    Asked("shut while the driver is open and heard", "cross", "shut_while_open", high=0.05),
    Asked("lip chroma", "cross", "lip_chroma", 0.97, 1.03),
    Asked("inner texture", "cross", "inner_texture", 0.9, 1.1),
    Asked("change of the teeth, skull-fixed", "cross", "teeth_change", high=1.2),
    Asked("jitter", "cross", "jitter", high=1.2),
    Asked("corr with the source's own mouth", "cross", "source", high=0.10),
    Asked("LipLeak: digital silence", "self", "lip_leak", high=0.05),
    Asked("LipLeak: room noise 30 dB below speech", "self", "leak_noise", high=0.05),
)


def standings(found: dict[str, Figures]) -> list[Standing]:
    """Hold the mean figures by protocol and row against what is asked for."""
    told = []
    for asked in TARGETS:
        figures = found.get(asked.protocol, {})
        for row in OUR_ROWS:
            value = _known(figures.get(row, {}).get(asked.name))
            low = _known(figures.get(asked.above, {}).get(asked.name)) if asked.above else asked.low
            known = math.isfinite(value) and not math.isnan(low)
            inside = low < value if asked.above else low <= value <= asked.high
            told.append(
                Standing(asked.what, _wanted(asked, low), row, value, inside if known else None)
            )
    return told


def _wanted(asked: Asked, low: float) -> str:
    if asked.above:
        return f"above {low:.3f}"
    if math.isinf(asked.low):
        return f"at most {asked.high:g}"
    return (
        f"at least {asked.low:g}" if math.isinf(asked.high) else f"{asked.low:g} to {asked.high:g}"
    )


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)


def standings_text(told: Sequence[Standing]) -> str:
    """Set standings as text: a line for each figure, a column for each of ours."""
    wide = max(len(one.what) for one in told)
    lines = [f"{'':<{wide}} {'wanted':>14} " + " ".join(f"{row:>18}" for row in OUR_ROWS)]
    for group in _by_figure(told):
        cells = [f"{number(one.value, 3)} {_said(one)}" for one in group]
        lines.append(
            f"{group[0].what:<{wide}} {group[0].wanted:>14} "
            + " ".join(f"{cell:>18}" for cell in cells)
        )
    return "\n".join(lines)


def _by_figure(told: Sequence[Standing]) -> list[list[Standing]]:
    return [
        [one for one in told if one.what == what]
        for what in dict.fromkeys(one.what for one in told)
    ]


def _said(one: Standing) -> str:
    return "not measured" if one.holds is None else "holds" if one.holds else "fails"


def number(value: float | None, digits: int) -> str:
    """Set a figure; a dash where there is none."""
    known = _known(value)
    return f"{known:.{digits}f}" if math.isfinite(known) else "-"


def read_markdown(path: Path) -> str:
    """Return the tables of an evaluation.json, or of an ablation's, as Markdown.

    Raises:
        MediaError: it is no such file.
    """
    try:
        told = json.loads(path.read_text("utf-8"))
        return markdown(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise MediaError(
            "{path} holds no evaluation.",
            tr("Give the evaluation.json that `g4g evaluate` wrote."),
            path=path,
        ) from err


def markdown(told: dict[str, Any]) -> str:
    """Set an evaluation (what write_report wrote) as Markdown: what stands where, then a table for
    each protocol.
    """
    facts, rows = told["facts"], told["clips"]["self"]
    clips = {row["clip"] for row in rows}
    people = {row["identity"] for row in rows}
    parts = [
        f"{len(clips)} clips of {len(people)} people"
        + (f" of {facts['source']}" if "source" in facts else "")
        + f"; mouth boxes of {told['config']['mouth']} pixels; means over people."
    ]
    if "variants" not in facts:
        parts.append(
            _standings_table(
                [Standing(**{**one, "value": _known(one["value"])}) for one in told["standings"]]
            )
        )
    for protocol, figures in told["means"].items():
        starred = facts.get("starred", []) if protocol == "self" else []
        for title, names in (
            (TITLES[protocol], CARD_COLUMNS[protocol]),
            (ARTICULATION_TITLE, ARTICULATION_COLUMNS),
        ):
            parts.append(f"{title}:\n\n{_figures_table(figures, names, starred)}")
    parts += [f"- {line}" for line in told["not_computed"]]
    return "\n\n".join(parts)


def _standings_table(told: Sequence[Standing]) -> str:
    lines = [
        f"| asked for | wanted | {' | '.join(OUR_ROWS)} |",
        "|---|---|" + "---|" * len(OUR_ROWS),
    ]
    for group in _by_figure(told):
        cells = [
            f"**{number(o.value, 3)}**" if o.holds else f"{number(o.value, 3)} ({_said(o)})"
            for o in group
        ]
        lines.append(f"| {group[0].what} | {group[0].wanted} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _figures_table(
    figures: dict[str, dict[str, float | None]], names: Sequence[str], starred: Sequence[str]
) -> str:
    filled = {name for row in figures.values() for name, value in row.items() if value is not None}
    names = [name for name in names if name in filled]
    lines = [
        "| row | " + " | ".join(SHORT_NAMES.get(n, n) for n in names) + " |",
        "|---|" + "---|" * len(names),
    ]
    for row, own in figures.items():
        title = row + (" \\*" if row in starred else "")
        title = f"**{title}**" if row in OUR_ROWS else title
        lines.append(
            f"| {title} | " + " | ".join(number(own.get(n), DIGITS.get(n, 3)) for n in names) + " |"
        )
    return "\n".join(lines)
