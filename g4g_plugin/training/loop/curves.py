"""What a run leaves to look at: CSV rows, loss curves and picture strips as PNG, TensorBoard where
it is installed.
"""

from __future__ import annotations

import csv
import logging
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.files import whole_file, write_image

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pixels = NDArray[np.uint8]

PANEL_INCHES = (3.2, 1.7)  # width and height of one curve, at 100 dots an inch
FIGURE_COLUMNS = 3
SMOOTHING = 0.9  # of the bold line: exponential mean over the rows
AXIS_COLUMNS = ("step", "seconds")  # columns that are no curve

logger = logging.getLogger(__name__)


class Board(Protocol):
    """What is asked of TensorBoard's SummaryWriter."""

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        """Add one point.

        Args:
            tag: name of the curve.
            scalar_value: of the point.
            global_step: where it stands.
        """
        ...

    def add_image(self, tag: str, img_tensor: Any, global_step: int, *, dataformats: str) -> None:
        """Add one picture.

        Args:
            tag: name of the picture.
            img_tensor: the pixels.
            global_step: where it stands.
            dataformats: order of its axes, "HWC".
        """
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


class Journal:
    """The log of one run in one folder; `quiet` writes nothing (the other processes of a team)."""

    def __init__(
        self,
        out: Path,
        minutes: float = 10.0,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.out, self.minutes, self.quiet, self._clock = out, minutes, quiet, clock
        self._board = None if quiet else open_board(out / "board")
        self._shown = self._told = clock()
        self._step: int | None = None

    def row(self, name: str, step: int, values: dict[str, float]) -> None:
        """Add a row to <name>.csv and to the board.

        Args:
            name: of the log, "log" or "checks".
            step: the row's step.
            values: by column.
        """
        if self.quiet:
            return
        write_log(self.out / f"{name}.csv", {"step": step} | values)
        for key, value in values.items():
            if self._board is not None and key not in AXIS_COLUMNS:
                self._board.add_scalar(f"{name}/{key}", float(value), step)

    def pace(self, step: int) -> float:
        """Return the steps a second since this was asked last; 0 the first time."""
        now = self._clock()
        pace = (step - self._step) / max(now - self._told, 1e-9) if self._step is not None else 0.0
        self._told, self._step = now, step
        return pace

    def due(self) -> bool:
        """Return whether curves and strips are to be drawn again."""
        return not self.quiet and self._clock() - self._shown >= self.minutes * 60

    def draw(self, step: int, strip: Pixels | None) -> None:
        """Draw the curves, and keep a picture strip (H, W, 3) uint8 RGB as strip-<step>.png."""
        if self.quiet:
            return
        self._shown = self._clock()
        draw_curves(self.out)
        if strip is not None:
            write_image(self.out / f"strip-{step:06d}.png", strip)
            if self._board is not None:
                self._board.add_image("strip", strip, step, dataformats="HWC")

    def close(self) -> None:
        """End the run's log."""
        if self._board is not None:
            self._board.close()


def open_board(folder: Path) -> Board | None:
    """Open TensorBoard's writer where it is installed, else return None."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder))


def write_log(path: Path, row: dict[str, float]) -> None:
    """Add a row to a CSV log, whose header names the columns; a row of other columns begins
    <name>-2.csv, and so on.
    """
    names, number, file_path = list(row), 1, path
    while file_path.is_file() and _header(file_path) != names:
        number += 1
        file_path = path.with_stem(f"{path.stem}-{number}")
    begin = not file_path.is_file()
    with file_path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        if begin:
            writer.writeheader()
        writer.writerow(
            {
                name: round(value, 5) if isinstance(value, float) else value
                for name, value in row.items()
            }
        )


def _header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file), [])


def read_curves(folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Return {name: [(step, value)]} of all CSV logs of a run, joined and sorted by step."""
    curves: dict[str, dict[float, float]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                for name, text in row.items():
                    if name not in AXIS_COLUMNS and text:
                        label = f"check: {name}" if path.stem.startswith("check") else name
                        curves.setdefault(label, {})[float(row["step"])] = float(text)
    return {name: sorted(points.items()) for name, points in curves.items()}


def draw_curves(folder: Path) -> Path | None:
    """Draw every logged quantity over the steps into curves.png, one panel each; None where nothing
    is logged yet.
    """
    curves = read_curves(folder)
    if not curves:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = math.ceil(len(curves) / FIGURE_COLUMNS)
    figure = Figure(figsize=(FIGURE_COLUMNS * PANEL_INCHES[0], rows * PANEL_INCHES[1]), dpi=100)
    FigureCanvasAgg(figure)
    for place, (name, points) in enumerate(curves.items(), 1):
        _plot(figure.add_subplot(rows, FIGURE_COLUMNS, place), name, points)
    figure.tight_layout()
    with whole_file(folder / "curves.png") as file:
        figure.savefig(file, format="png")
    return folder / "curves.png"


def _plot(axes: Axes, name: str, points: list[tuple[float, float]]) -> None:
    finite = np.array([p for p in points if math.isfinite(p[1])] or [(0.0, 0.0)])
    steps, values = finite[:, 0], finite[:, 1]
    low, high = np.percentile(values, (1, 99))  # one wild value must not flatten the curve
    margin = 0.05 * max(float(high - low), 1e-12)
    axes.plot(steps, values, color="#bec9e6", linewidth=0.8)
    axes.plot(steps, _smoothed(values), color="#1446a0", linewidth=1.6)
    axes.set_ylim(low - margin, high + margin)
    axes.set_title(f"{name}  {values[-1]:.4g}", fontsize=8, loc="left")
    axes.tick_params(labelsize=7)


def draw_tracks(title: str, tracks: Sequence[NDArray[Any]], head: Pixels | None = None) -> Pixels:
    """Draw tracks over one another beside a picture; (120, w, 3) uint8 RGB.

    Args:
        title: written above them.
        tracks: (n,) values each, the true one first.
        head: a grey or RGB picture, drawn at the left.
    """
    height, width = 120, 480
    panel = np.full((height, width, 3), 255, np.uint8)
    low, high = float(min(t.min() for t in tracks)), float(max(t.max() for t in tracks))
    for track, colour in zip(tracks, ((40, 40, 40), (225, 105, 20), (20, 110, 200)), strict=False):
        x = np.linspace(6, width - 6, len(track))
        y = height - 8 - (track - low) / max(high - low, 1e-9) * (height - 30)
        cv2.polylines(
            panel,
            [np.stack([x, y], axis=1).round().astype(np.int32)[:, None]],
            False,
            colour,
            1,
            cv2.LINE_AA,
        )
    cv2.putText(panel, title, (6, 14), cv2.FONT_HERSHEY_PLAIN, 0.8, (40, 40, 40), 1, cv2.LINE_AA)
    if head is None:
        return panel
    colour = head if head.ndim == 3 else np.repeat(head[..., None], 3, axis=2)
    small = cv2.resize(
        colour,
        (round(height * head.shape[1] / head.shape[0]), height),
        interpolation=cv2.INTER_LINEAR,
    )
    return np.concatenate([np.asarray(small, np.uint8), panel], axis=1)


def _smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    smooth, keep = np.empty_like(values), 0.0
    for i, value in enumerate(values):
        keep = value if i == 0 else SMOOTHING * keep + (1 - SMOOTHING) * value
        smooth[i] = keep
    return smooth
