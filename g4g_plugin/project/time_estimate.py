"""How far along a job is, and how long the queue still takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if (
    TYPE_CHECKING
):  # the worker brings every room with it; who only looks at the queue need not wait for that
    from g4g_plugin.project.worker import Event

# Share of a job's time by stage, as measured on a 12 s 1080p shot on two cores; rough, it only
# steers a bar.
STAGE_SHARES: dict[str, tuple[float, float]] = {
    "faces": (0.0, 0.3),
    "references": (0.3, 0.35),
    "encode": (0.35, 1.0),
}
NEWEST_WEIGHT = 0.5  # weight of the newest job in the estimate


@dataclass(slots=True)
class TimeEstimate:
    """Seconds per frame as seen so far. Times are seconds of any steady clock."""

    per_frame: float = 0.0  # 0: nothing seen yet
    _began: dict[str, float] = field(default_factory=dict)
    _share: dict[str, float] = field(default_factory=dict)

    def record(self, event: Event, frames: int, now: float) -> None:
        """Learn from one event of a job.

        Args:
            event: what happened.
            frames: of the job.
            now: seconds.
        """
        if event.kind == "started":
            self._began[event.job], self._share[event.job] = now, 0.0
        elif event.kind == "stepped":
            low, high = STAGE_SHARES.get(event.stage, STAGE_SHARES["encode"])
            share = low + (high - low) * event.done / max(event.total, 1)
            self._share[event.job] = max(self._share.get(event.job, 0.0), share)
        elif event.kind == "finished" and event.job in self._began:
            seen = (now - self._began.pop(event.job)) / max(frames, 1)
            self.per_frame = (
                seen
                if not self.per_frame
                else (1 - NEWEST_WEIGHT) * self.per_frame + NEWEST_WEIGHT * seen
            )
        elif event.kind in ("failed", "crashed", "cancelled"):
            self._began.pop(event.job, None)
            self._share.pop(event.job, None)

    def exclude_pause(self, seconds: float) -> None:
        """Leave a pause of so long out of the estimate."""
        self._began = {job: began + seconds for job, began in self._began.items()}

    def fraction(self, job: str) -> float:
        """Return how much of a job is done, 0..1."""
        return self._share.get(job, 0.0)

    def seconds_left(self, waiting: Mapping[str, int], now: float) -> float | None:
        """Return seconds until all of `waiting` (job -> frames) are done; None where nothing can be
        said yet.
        """
        per_frame = self.per_frame
        for job, began in self._began.items():
            if job in waiting and not per_frame and self.fraction(job) > 0.02:
                per_frame = (now - began) / (self.fraction(job) * max(waiting[job], 1))
        if not per_frame:
            return None
        return sum(frames * per_frame * (1 - self.fraction(job)) for job, frames in waiting.items())
