"""Telling and stopping in one call."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Whoever waits for the work: told of every step, may stop it."""

    def step(self, stage: str, done: int, total: int) -> None:
        """Report how much of a stage is finished.

        Args:
            stage: its name.
            done: frames finished.
            total: frames in all.

        Raises:
            Cancelled: the user asked to stop; let it pass through.
        """


class _Silent:
    def step(self, stage: str, done: int, total: int) -> None:
        return None


SILENT: Progress = _Silent()
