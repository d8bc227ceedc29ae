"""Progress of long work on stderr: a bar that moves on a terminal, lines at every tenth of the way
elsewhere.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 28  # characters
EVERY = 0.2  # seconds between two drawings


class Bar:
    """Progress as a bar: stage, done of total, time left as the last stretch lets expect."""

    def __init__(
        self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out, self._clock = out or sys.stderr, clock
        self._stage, self._told, self._tenth = "", -EVERY, -1
        self._begin = (0.0, 0)

    def step(self, stage: str, done: int, total: int) -> None:
        """Say that `done` of `total` are finished."""
        now, total = self._clock(), max(total, 1)
        if stage != self._stage:
            self._stage, self._tenth, self._begin = stage, -1, (now, done)
        live, tenth = self._out.isatty(), 10 * done // total
        if done < total and (now - self._told < EVERY if live else tenth == self._tenth):
            return
        self._told, self._tenth = now, tenth
        began, first = self._begin
        left = (
            f"  {(now - began) / (done - first) * (total - done):5.0f} s left"
            if done > first
            else ""
        )
        full = WIDTH * done // total
        line = f"{stage:<8} [{'#' * full}{'-' * (WIDTH - full)}] {done}/{total}{left}"
        self._out.write(f"\r{line:<78}" + ("\n" if done >= total else "") if live else line + "\n")
        self._out.flush()
