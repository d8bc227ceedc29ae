"""What was measured, set as text beside the paper's tables, as JSON, and as picture strips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.files import write_image, write_json, write_whole
from g4g_plugin.evaluation.card import DIGITS, SHORT_NAMES, read_markdown, standings, standings_text
from g4g_plugin.evaluation.evaluate import STRIP_FRAMES, EvaluateConfig, Outcome
from g4g_plugin.evaluation.features import NEEDS_FID, NEEDS_LPIPS
from g4g_plugin.evaluation.rows import TRUTH_ROW
from g4g_plugin.network.judge import NEEDS_EXPERT

Pixels = NDArray[np.uint8]
Row = dict[str, Any]

PAPER_NAMES = ("psnr", "ssim", "lpips", "mse", "LSE-D", "LSE-C")
PAPER_TABLE_1 = {  # HDTF and LRS2, Table 1
    "Wav2Lip, HDTF": (27.9359, 0.8935, 0.1455, 0.0017, 7.0138, 8.3739),
    "VideoReTalking, HDTF": (23.8450, 0.8479, 0.1262, 0.0046, 7.2773, 7.5827),
    "DINet, HDTF": (23.7150, 0.8558, 0.1017, 0.0045, 8.0256, 7.0689),
    "IP_LAP, HDTF": (27.9556, 0.9088, 0.0918, 0.0018, 8.2667, 6.3498),
    "G4G, HDTF": (27.5560, 0.9083, 0.0904, 0.0020, 7.8920, 7.3381),
    "Wav2Lip, LRS2": (28.4655, 0.8928, 0.1542, 0.0014, 7.0256, 8.2106),
    "VideoReTalking, LRS2": (25.8770, 0.8430, 0.1451, 0.0026, 7.0523, 7.5366),
    "DINet, LRS2": (26.8306, 0.8765, 0.0966, 0.0022, 8.1542, 6.6632),
    "IP_LAP, LRS2": (27.3878, 0.8798, 0.1106, 0.0020, 9.3604, 4.8714),
    "G4G, LRS2": (27.0606, 0.9101, 0.0846, 0.0020, 8.5688, 6.5064),
}
PAPER_TABLE_2 = {
    "w/o alignment": (23.7250, 0.8557, 0.1027, 0.0042, 8.0251, 7.0682),
    "w/o supervision": (27.6478, 0.9160, 0.0783, 0.0019, 7.7244, 7.4636),
    "w/o fusion": (25.7960, 0.8746, 0.1082, 0.0030, 7.9698, 7.3311),
    "ours": (27.5560, 0.9083, 0.0904, 0.0020, 7.8920, 7.3381),
}
PAPER_TABLE_3 = {  # user study: visual quality, lip synchronisation, realness
    "Wav2Lip": (2.92, 3.34, 3.51),
    "VideoReTalking": (3.14, 3.42, 3.28),
    "DINet": (2.98, 3.72, 3.37),
    "IP_LAP": (2.33, 3.91, 3.68),
    "G4G": (3.41, 4.26, 4.34),
}
ARTICULATION_FIGURES = (  # articulation.py and interior.py
    "correlation_best",
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
SHARE_COUNTS = {  # counts, and of what
    "closures_hit": "closures",
    "shut_while_open": "open",
    "shut_at_all": "open_at_all",
}
# Over clips: ratios have long tails
MEDIAN_FIGURES = ("travel_median", "opening95", "width_travel")
SELF_FIGURES = (
    "psnr",
    "ssim",
    "lpips",
    "fid",
    "mse",
    "lse_d_own",
    "lse_d_gap",
    "lse_c_own",
    "lse_c_gap",
    "off_by",
    "correlation",
    "travel",
    "travel_each",
    "travel_median",
    "opening",
    "texture",
    "lmd",
    "lip_leak",
    "leak_noise",
    "jitter",
    "seam",
    "lost",
    *ARTICULATION_FIGURES,
)
CROSS_FIGURES = (
    "correlation",
    "correlation_raw",
    "source",
    "travel",
    "travel_each",
    "travel_median",
    "opening",
    "texture",
    "jitter",
    "seam",
    "lost",
    "lse_d_own",
    "lse_d_gap",
    "lse_c_own",
    "lse_c_gap",
    "confidence_share",
    "share_raw",
    "off_by",
    *ARTICULATION_FIGURES,
)
TABLE_COLUMNS_MOST = 10  # columns in one line
PROTOCOL_DIFFERENCES = (
    "The paper: HDTF (20 videos) and LRS2 (45), mouth boxes of 256 pixels in crops of 416 x 320, LPIPS and LSE-D/C "
    "from public networks.",
    "lse_d_own and lse_c_own come from our own expert: only their gaps to ground truth mean anything, and no column of "
    "the paper's can be set beside them. LMD is in hundredths of the eye distance.",
    "References never come from within half a second of the evaluated window; the paper does not say where its come "
    "from, and a reference beside the target flatters LPIPS by a third.",
    "Rows marked * are given, in self-reconstruction, the very frame whose mouth they are compared with: their PSNR, "
    "SSIM, LPIPS and MSE say how little was changed, not how well a mouth was made. Cross-audio is their test.",
)


def means(rows: Sequence[Row], names: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return the mean of each figure by row: over the clips of a person first, then over people;
    NaN where none is.

    travel is the ratio of the mean spreads, so that one who hardly moves does not count for all;
    `travel_each` is the mean of the ratios, `travel_median` their median over clips, as the other
    `MEDIAN_FIGURES` are. `SHARE_COUNTS` are counted over all clips.
    """
    table: dict[str, dict[str, float]] = {}
    for row in dict.fromkeys(r["row"] for r in rows):
        own = [r for r in rows if r["row"] == row]
        people = dict.fromkeys(r["identity"] for r in own)
        groups = [[r for r in own if r["identity"] == person] for person in people]

        def mean(name: str, groups: list[list[Row]] = groups) -> float:
            return _mean([_mean([_figure(r, name) for r in group]) for group in groups])

        table[row] = {name: mean(name) for name in names}
        if "travel" in names:
            table[row]["travel_each"], true = table[row]["travel"], mean("true_spread")
            table[row]["travel"] = mean("spread") / true if true > 0 else math.nan
            table[row]["travel_median"] = _median([_figure(r, "travel") for r in own])
        table[row] |= {
            n: _median([_figure(r, n) for r in own]) for n in MEDIAN_FIGURES[1:] if n in names
        }
        table[row] |= {n: _share(own, n, whole) for n, whole in SHARE_COUNTS.items() if n in names}
    return table


def _figure(row: Row, name: str) -> float:
    return float(row.get(name, math.nan))


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return float(np.mean(known)) if known else math.nan


def _median(values: Sequence[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return float(np.median(known)) if known else math.nan


def _share(rows: Sequence[Row], name: str, whole: str) -> float:
    counted = [(r[name], r[whole]) for r in rows if name in r and r[whole] > 0]
    return sum(n for n, _ in counted) / sum(w for _, w in counted) if counted else math.nan


def table(
    rows: dict[str, dict[str, float]], names: Sequence[str], starred: Sequence[str] = ()
) -> str:
    """Set rows of figures as text; a figure that is not known is a dash, a column without any is
    left out.

    Args:
        rows: figures by name, by row.
        names: the columns.
        starred: rows marked with a star.
    """
    names = [
        name
        for name in names
        if any(math.isfinite(own.get(name, math.nan)) for own in rows.values())
    ]
    if len(names) > TABLE_COLUMNS_MOST:
        cut = -(-len(names) // -(-len(names) // TABLE_COLUMNS_MOST))
        return "\n\n".join(
            table(rows, names[at : at + cut], starred) for at in range(0, len(names), cut)
        )
    titles = {name: name + (" *" if name in starred else "") for name in rows}
    wide = max([len(title) for title in titles.values()] + [12])
    lines = [" " * wide + " " + " ".join(f"{_short(name):>10}" for name in names)]
    for name, figures in rows.items():
        cells = [_cell(figures.get(n, math.nan), DIGITS.get(n, 3)) for n in names]
        lines.append(f"{titles[name]:<{wide}} " + " ".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)


def _short(name: str) -> str:
    return SHORT_NAMES.get(name, name)


def _cell(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def paper_table(figures: dict[str, tuple[float, ...]]) -> str:
    """Set one of the paper's tables as text."""
    names = (
        PAPER_NAMES
        if len(next(iter(figures.values()))) == len(PAPER_NAMES)
        else ("quality", "sync", "realness")
    )
    digits = {"psnr": 4, "ssim": 4, "lpips": 4, "mse": 4, "LSE-D": 4, "LSE-C": 4}
    wide = max(len(name) for name in figures)
    lines = [" " * wide + " " + " ".join(f"{name:>9}" for name in names)]
    for name, row in figures.items():
        cells = [f"{v:9.{digits.get(n, 2)}f}" for n, v in zip(names, row, strict=True)]
        lines.append(f"{name:<{wide}} " + " ".join(cells))
    return "\n".join(lines)


def missing(outcome: Outcome) -> list[str]:
    """Return why columns are empty."""
    rows = outcome.figures["self"]
    known = lambda name: any(math.isfinite(_figure(r, name)) for r in rows)  # noqa: E731
    said = [] if known("lpips") else [f"LPIPS: {NEEDS_LPIPS}"]
    said += [] if any(math.isfinite(v) for v in outcome.fid.values()) else [f"FID: {NEEDS_FID}"]
    said += [] if known("lse_d_own") else [f"lse_d_own, lse_c_own, off_by: {NEEDS_EXPERT}"]
    return said


def summary(outcome: Outcome) -> dict[str, dict[str, dict[str, float]]]:
    """Return the mean figures by protocol and row."""
    own = means(outcome.figures["self"], SELF_FIGURES)
    for name, figures in own.items():
        figures["fid"] = outcome.fid.get(name, math.nan)
    cross = means(
        outcome.figures["cross"],
        (*CROSS_FIGURES, "confidence", "real_confidence", "confidence_raw"),
    )
    for figures in (
        cross.values()
    ):  # of means: a ratio for each clip would hang on the few where real video scores low
        real = figures["real_confidence"] or math.nan
        figures["confidence_share"], figures["share_raw"] = (
            figures["confidence"] / real,
            figures["confidence_raw"] / real,
        )
    return {"self": own} | ({"cross": cross} if cross else {})


def text(outcome: Outcome, config: EvaluateConfig, starred: Sequence[str], source: str) -> str:
    """Set everything as text, the paper's Table 1 beside it and the differences of the protocols
    named.

    Args:
        outcome: what was measured.
        config: of what, and how much.
        starred: rows marked with a star.
        source: where the clips come from.
    """
    found = summary(outcome)
    clips = sorted({str(r["clip"]) for r in outcome.figures["self"]})
    people = {str(r["identity"]) for r in outcome.figures["self"]}
    parts = [
        f"{len(clips)} clips of {len(people)} people of {source}; mouth boxes of {config.mouth} pixels, "
        f"at most {config.most} frames a clip; means over people.",
        "Self-reconstruction: each clip hears its own sound\n"
        + table(found["self"], SELF_FIGURES, starred),
    ]
    if "cross" in found:
        parts.append(
            "Cross-audio: each clip hears another's line; corr with the driver's mouth, source: with the clip's own; "
            "raw: the lines' own audio-video offsets left in\n"
            + table(found["cross"], CROSS_FIGURES)
        )
    parts += ["What is asked for\n" + standings_text(standings(found))]
    parts += ["\n".join(missing(outcome))] if missing(outcome) else []
    parts.append("The paper's Table 1\n" + paper_table(PAPER_TABLE_1))
    parts.append("What differs:\n" + "\n".join(f"- {line}" for line in PROTOCOL_DIFFERENCES))
    return "\n\n".join(parts)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: numbers that are none become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 6) if math.isfinite(value) else None
    return value


def write_report(
    outcome: Outcome, config: EvaluateConfig, facts: dict[str, Any], out: Path
) -> Path:
    """Write out/evaluation.json and a strip per clip into out/strips; return the JSON's path.

    Args:
        outcome: what was measured.
        config: of what, and how much.
        facts: what else the JSON says.
        out: folder.
    """
    (out / "strips").mkdir(parents=True, exist_ok=True)
    told = {
        "facts": facts,
        "config": asdict(config),
        "means": summary(outcome),
        "clips": outcome.figures,
        "standings": [asdict(one) for one in standings(summary(outcome))],
        "curves": outcome.curves,
        "not_computed": missing(outcome),
        "differences": list(PROTOCOL_DIFFERENCES),
        "paper": {"table_1": PAPER_TABLE_1, "columns": list(PAPER_NAMES)},
    }
    path = out / "evaluation.json"
    write_json(path, plain(told))
    write_whole(out / "evaluation.md", f"{read_markdown(path)}\n".encode())
    for name, rows in outcome.strips.items():
        write_image(out / "strips" / f"{name}.png", strip(rows))
    return path


def strip(rows: dict[str, Pixels], count: int = STRIP_FRAMES) -> Pixels:
    """Draw a strip, (h, w, 3): a line for each row, the same frames side by side, the row's name on
    the left.
    """
    least = min(len(pictures) for pictures in rows.values())
    frames = np.unique(np.linspace(0, least - 1, count).round().astype(int))
    lines = []
    for name, pictures in rows.items():
        line = np.concatenate(list(pictures[frames]), axis=1)
        margin = np.full((line.shape[0], 150, 3), 30, np.uint8)
        for k, word in enumerate(_wrapped(name)):
            cv2.putText(
                margin,
                word,
                (4, 16 + 15 * k),
                cv2.FONT_HERSHEY_SIMPLEX,
                0.42,
                (230,) * 3,
                1,
                cv2.LINE_AA,
            )
        lines.append(np.concatenate([margin, line], axis=1))
    return np.concatenate(lines, axis=0)


def _wrapped(name: str) -> list[str]:
    lines = [""]
    for word in name.split():
        if len(lines[-1]) + len(word) > 17:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def starred_rows(rows: Sequence[Any]) -> list[str]:
    """Return the names of rows that are given the answer in self-reconstruction, ground truth among
    them.
    """
    return [TRUTH_ROW, *(row.name for row in rows if row.sees_answer)]
