"""How a mouth speaks beside the one that really spoke: how wide, how round, does it close when it
should.

Openings are eye distances above each person's own closed mouth. A line may be early or late in its
own film by more than was found, so everything but `correlation` is read at the lag at which the two
openings agree best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from g4g_plugin.network.mel import SAMPLE_RATE
from g4g_plugin.network.shape import CLOSED_GAP

Doubles = NDArray[np.float64]

TICK_SECONDS = 0.04  # seconds: a frame at 25 a second
MOST_LAG = 5  # ticks to either side that are searched
SHUT_OPENING = 0.02  # eye distances: a mouth less open than this is closed
NEARLY_SHUT = 0.025  # and a dub this far open still shows the closure
CLEARLY_OPEN = 0.05  # eye distances: a mouth that nobody takes for a closed one
SHORTEST_CLOSURE = 2  # ticks; a single one may be the mesh's own noise
CORRELATION_TICKS_LEAST = 12  # ticks, below which a correlation says nothing
WIDE_PERCENTILE = 95  # percentile of the opening: how wide a mouth opens when it does
# decibels below a line's loud parts (its 95th percentile): what is fainter is breath and room, to
# which mouths stand open or not as they like; in GRID's rooms the noise lies 28 to 35 below
UNHEARD_DB = 25.0
LEVEL_STEP = 0.01  # seconds between levels of a line
LEVEL_SMOOTH = 2.0  # of these steps, standard deviation
HEARD_REACH = 7  # of these steps: a sound is heard in the frame before and behind it too


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A mouth while it speaks: times (N,) s; opening, width (N,) eye distances.

    heard (N,) 1 where its line sounds, 0 in pauses and before it; None: everywhere.
    """

    times: Doubles
    opening: Doubles
    width: Doubles
    heard: Doubles | None = None

    def at(self, times: Doubles) -> Speech:
        """Return the same mouth at other times, linear between frames."""
        columns = [np.interp(times, self.times, c) for c in (self.opening, self.width)]
        heard = None if self.heard is None else np.interp(times, self.times, self.heard)
        return Speech(times, columns[0], columns[1], heard)

    def hearing(self, samples: NDArray[np.float32], times: Doubles) -> Speech:
        """Return the same mouth, told where its line sounds.

        Args:
            samples: (n,) the line, mono at 16 kHz.
            times: (N,) where the frames stand in it, seconds.
        """
        return replace(self, heard=sounding(samples, times))


def sounding(samples: NDArray[np.float32], times: Doubles) -> Doubles:
    """Return where a line (n,) at 16 kHz sounds, 1 or 0 at each of the times (N,) in seconds."""
    step = round(LEVEL_STEP * SAMPLE_RATE)
    rows = len(samples) // step
    if not rows or not np.any(samples):
        return np.zeros(len(times))
    power = (samples[: rows * step].reshape(rows, step).astype(np.float64) ** 2).mean(axis=1)
    power = gaussian_filter1d(power, LEVEL_SMOOTH)
    loud = power > np.percentile(power, WIDE_PERCENTILE) * 10 ** (-UNHEARD_DB / 10)
    loud = maximum_filter1d(loud.astype(np.float64), 2 * (HEARD_REACH // 2) + 1)
    nearest = np.rint(times / LEVEL_STEP - 0.5).astype(np.int64)
    inside = (nearest >= 0) & (nearest < rows)
    return np.where(inside, loud[np.clip(nearest, 0, rows - 1)], 0.0)


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
    times = np.arange(begin, end + TICK_SECONDS / 1000, TICK_SECONDS)
    return made.at(times), true.at(times - lag)


def best_lag(made: Speech, true: Speech) -> float:
    """Return the lag in seconds, within 0.2 s, at which the two openings agree best."""
    lags = [step * TICK_SECONDS for step in sorted(range(-MOST_LAG, MOST_LAG + 1), key=abs)]
    return max(lags, key=lambda lag: _agreement(made, true, lag))


def _agreement(made: Speech, true: Speech, lag: float) -> float:
    a, b = ticks(made, true, lag)
    return -1.0 if len(a.times) < CORRELATION_TICKS_LEAST else correlated(a.opening, b.opening)


def correlated(a: Doubles, b: Doubles) -> float:
    """Return the correlation of two series, 0 where one of them stands still."""
    return float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-6 and b.std() > 1e-6 else 0.0


def closures(opening: Doubles) -> Iterator[slice]:
    """Yield the runs of `SHORTEST_CLOSURE` ticks and more in which a mouth is shut."""
    edges = np.flatnonzero(np.diff(np.r_[False, opening < SHUT_OPENING, False].astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        if end - begin >= SHORTEST_CLOSURE:
            yield slice(int(begin), int(end))


def articulation_figures(made: Speech, true: Speech) -> dict[str, float]:
    """Compare a mouth with the one that spoke the line.

    correlation_best, lag: at the best lag; opening95: 95th percentile of the opening, made / true;
    width, width_travel: correlation and deviation of the mouth's width; closures, closures_hit: how
    often the true mouth closes, and how often the made one is (nearly) shut within a frame of it;
    open, shut_while_open: ticks in which the line sounds and the true mouth is clearly open, and
    those of them in which the made one is shut; open_at_all, shut_at_all: the same with the ticks
    in which nothing sounds, where nobody can hear whether a mouth is open.
    """
    lag = best_lag(made, true)
    a, b = ticks(made, true, lag)
    if len(a.times) < CORRELATION_TICKS_LEAST:
        return {}
    shut = list(closures(b.opening))
    reach = [a.opening[max(run.start - 1, 0) : run.stop + 1] for run in shut]
    opened = b.opening > CLEARLY_OPEN
    heard = opened if b.heard is None else opened & (b.heard > 0.5)
    return {
        "correlation_best": correlated(a.opening, b.opening),
        "lag": lag,
        "opening95": float(
            np.percentile(a.opening, WIDE_PERCENTILE)
            / max(float(np.percentile(b.opening, WIDE_PERCENTILE)), 1e-6)
        ),
        "width": correlated(a.width, b.width),
        "width_travel": float(a.width.std() / max(float(b.width.std()), 1e-6)),
        "closures": float(len(shut)),
        "closures_hit": float(sum(part.min() < NEARLY_SHUT for part in reach)),
        "open": float(heard.sum()),
        "shut_while_open": float((heard & (a.opening < SHUT_OPENING)).sum()),
        "open_at_all": float(opened.sum()),
        "shut_at_all": float((opened & (a.opening < SHUT_OPENING)).sum()),
    }
