"""Progress of long work on stderr: tqdm's bar on a terminal, a line at every tenth elsewhere."""

from __future__ import annotations

import sys
from typing import TextIO

from tqdm import tqdm

LOG_LINES_PER_STAGE = 10  # lines a stage leaves in a log file
BAR_COLUMNS = 90


class ProgressBar:
    """A `Progress` that draws each stage as a bar of its own: frames done, rate, time left."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Draw to `out`, standard error by default."""
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._stage = ""
        self._tenth = -1
        self._bar: tqdm | None = None

    def step(self, stage: str, done: int, total: int) -> None:
        """Show how much of a stage is finished.

        Args:
            stage: its name.
            done: frames finished.
            total: frames in all; 0 shows nothing.
        """
        if total <= 0:
            return
        if stage != self._stage:
            self._begin(stage, done, total)
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
            if done >= total:
                self.close()
        elif self._due(done, total):
            self._out.write(f"{stage:<11} {done}/{total}\n")
            self._out.flush()

    def close(self) -> None:
        """Leave the bar as it stands and go to the next line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._stage = ""

    def _begin(self, stage: str, done: int, total: int) -> None:
        self.close()
        self._stage, self._tenth = stage, -1
        if self._live:
            self._bar = tqdm(
                total=total, initial=done, desc=f"{stage:<11}", file=self._out, ncols=BAR_COLUMNS
            )

    def _due(self, done: int, total: int) -> bool:
        tenth = LOG_LINES_PER_STAGE * done // total
        due = tenth != self._tenth
        self._tenth = tenth
        return due
