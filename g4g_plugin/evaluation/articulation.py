"""How a mouth speaks beside the one that really spoke: how wide, how round, does it close when it
should.

Openings are eye distances above each person's own closed mouth. A line may be early or late in its
own film by more than was found, so everything but `correlation` is read at the lag at which the two
openings agree best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.network.shape import CLOSED_GAP

Doubles = NDArray[np.float64]

TICK = 0.04  # seconds: a frame at 25 a second
MOST_LAG = 5  # ticks to either side that are searched
SHUT = 0.02  # eye distances: a mouth less open than this is closed
NEARLY_SHUT = 0.025  # and a dub this far open still shows the closure
CLEARLY_OPEN = 0.05  # eye distances: a mouth that nobody takes for a closed one
SHORTEST_CLOSURE = 2  # ticks; a single one may be the mesh's own noise
LEAST = 12  # ticks, below which a correlation says nothing
WIDE = 95  # percentile of the opening: how wide a mouth opens when it does


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A mouth while it speaks: times (N,) s; opening, width (N,) eye distances."""

    times: Doubles
    opening: Doubles
    width: Doubles

    def at(self, times: Doubles) -> Speech:
        """Return the same mouth at other times, linear between frames."""
        columns = (np.interp(times, self.times, c) for c in (self.opening, self.width))
        return Speech(times, *columns)


def closed_opening(apertures: Doubles) -> float:
    """Return how far a person's closed mouth stands apart for the mesh: 5th percentile, at most
    `CLOSED_GAP` where it never closes.
    """
    return min(float(np.percentile(apertures, 5)), CLOSED_GAP)


def ticks(made: Speech, true: Speech, lag: float) -> tuple[Speech, Speech]:
    """Return both at 25 samples a second where both are known; the true one `lag` seconds later.

    Args:
        made: the mouth that was made.
        true: the mouth that really spoke.
        lag: seconds by which the made mouth is late.
    """
    begin = max(made.times[0], true.times[0] + lag)
    end = min(made.times[-1], true.times[-1] + lag)
    times = np.arange(begin, end + TICK / 1000, TICK)
    return made.at(times), true.at(times - lag)


def best_lag(made: Speech, true: Speech) -> float:
    """Return the lag in seconds, within 0.2 s, at which the two openings agree best."""
    lags = [step * TICK for step in sorted(range(-MOST_LAG, MOST_LAG + 1), key=abs)]
    return max(lags, key=lambda lag: _agreement(made, true, lag))


def _agreement(made: Speech, true: Speech, lag: float) -> float:
    a, b = ticks(made, true, lag)
    return -1.0 if len(a.times) < LEAST else correlated(a.opening, b.opening)


def correlated(a: Doubles, b: Doubles) -> float:
    """Return the correlation of two series, 0 where one of them stands still."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-6 and b.std() > 1e-6 else 0.0


def closures(opening: Doubles) -> Iterator[slice]:
    """Yield the runs of `SHORTEST_CLOSURE` ticks and more in which a mouth is shut."""
    edges = np.flatnonzero(np.diff(np.r_[False, opening < SHUT, False].astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        if end - begin >= SHORTEST_CLOSURE:
            yield slice(int(begin), int(end))


def articulation_figures(made: Speech, true: Speech) -> dict[str, float]:
    """Compare a mouth with the one that spoke the line.

    correlation_best, lag: at the best lag; opening95: 95th percentile of the opening, made / true;
    width, width_travel: correlation and deviation of the mouth's width; closures, closures_hit: how
    often the true mouth closes, and how often the made one is (nearly) shut within a frame of it;
    open, shut_while_open: ticks in which the true mouth is clearly open, and those of them in which
    the made one is shut.
    """
    lag = best_lag(made, true)
    a, b = ticks(made, true, lag)
    if len(a.times) < LEAST:
        return {}
    shut = list(closures(b.opening))
    reach = [a.opening[max(run.start - 1, 0) : run.stop + 1] for run in shut]
    opened = b.opening > CLEARLY_OPEN
    return {
        "correlation_best": correlated(a.opening, b.opening),
        "lag": lag,
        "opening95": float(
            np.percentile(a.opening, WIDE) / max(float(np.percentile(b.opening, WIDE)), 1e-6)
        ),
        "width": correlated(a.width, b.width),
        "width_travel": float(a.width.std() / max(float(b.width.std()), 1e-6)),
        "closures": float(len(shut)),
        "closures_hit": float(sum(part.min() < NEARLY_SHUT for part in reach)),
        "open": float(opened.sum()),
        "shut_while_open": float((opened & (a.opening < SHUT)).sum()),
    }
