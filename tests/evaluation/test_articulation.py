"""Openings with known answers: wide, narrow, late, shut when they should be and when not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from g4g_plugin.evaluation.articulation import (
    Speech,
    articulation_figures,
    best_lag,
    closed_opening,
    closures,
)
from g4g_plugin.evaluation.report import means

COUNT = 100


def talk(late: float = 0.0, size: float = 0.2, wide: float = 0.05, rate: float = 25.0) -> Speech:
    """A mouth that opens and shuts four times in four seconds, and is wide when it is narrow."""
    times = np.arange(int(COUNT * rate / 25)) / rate
    swing = 1 - np.cos(2 * np.pi * (times - late) / 1.0)
    return Speech(times, size * np.maximum(swing / 2, 0), 0.6 - wide * swing)


def test_the_same_mouth_is_right_in_everything() -> None:
    found = articulation_figures(talk(), talk())
    assert found["correlation_best"] == found["width"] == pytest.approx(1)
    assert found["opening95"] == found["width_travel"] == pytest.approx(1)
    assert found["closures_hit"] == found["closures"] == 5  # at both ends and three between
    assert found["shut_while_open"] == 0 < found["open"]


@pytest.mark.parametrize("rate", [24.0, 25.0, 50.0])
def test_a_late_mouth_is_read_at_its_lag(rate: float) -> None:
    made = talk(late=0.12, rate=rate)
    assert best_lag(made, talk()) == pytest.approx(0.12)
    found = articulation_figures(made, talk())
    assert found["correlation_best"] > 0.99
    assert found["closures_hit"] == found["closures"] == 4  # the first is before the dub begins


def test_a_mumble_is_small_and_narrow() -> None:
    found = articulation_figures(talk(size=0.1, wide=0.01), talk())
    assert found["opening95"] == pytest.approx(0.5, abs=0.01)
    assert found["width_travel"] == pytest.approx(0.2, abs=0.01)
    assert found["correlation_best"] == pytest.approx(1)


def test_a_mouth_that_never_closes_hits_no_closure() -> None:
    true = talk()
    found = articulation_figures(replace(true, opening=true.opening + 0.03), true)
    assert (found["closures"], found["closures_hit"]) == (5, 0)


def test_a_mouth_that_stays_shut_hits_all_and_is_shut_while_it_should_be_open() -> None:
    true = talk()
    found = articulation_figures(replace(true, opening=0 * true.opening), true)
    assert found["closures_hit"] == found["closures"]
    assert found["shut_while_open"] == found["open"]


def test_what_nobody_hears_is_no_fault() -> None:
    """A mouth that waits with parted lips before its line, in a room with noise 30 dB below it."""
    rng = np.random.default_rng(0)
    times = np.arange(COUNT) / 25
    line = rng.normal(size=4 * 16000) * np.where(np.arange(4 * 16000) < 2 * 16000, 0.03, 1.0)
    true = Speech(times, np.full(COUNT, 0.1), 0.6 + 0 * times).hearing(
        line.astype(np.float32), times
    )
    made = replace(true, opening=np.where(times < 2, 0.0, 0.1) + 0.001 * np.sin(times))
    found = articulation_figures(made, true)
    assert found["shut_while_open"] <= 2 < 48 <= found["shut_at_all"] <= 50
    assert 50 <= found["open"] <= 52
    late = articulation_figures(replace(made, opening=made.opening[::-1]), true)
    assert late["shut_while_open"] >= 46  # shut where the line sounds


def test_one_shut_frame_is_no_closure() -> None:
    opening = np.full(20, 0.1)
    opening[[4, 9, 10, 19]] = 0.0
    assert [(run.start, run.stop) for run in closures(opening)] == [(9, 11)]


def test_a_mouth_that_never_shuts_has_its_closed_one_assumed() -> None:
    assert closed_opening(np.linspace(0.01, 0.2, 100)) == pytest.approx(0.0195, abs=1e-3)
    assert closed_opening(np.linspace(0.1, 0.2, 100)) == 0.03


def test_closures_are_counted_over_clips_and_ratios_have_their_median() -> None:
    rows = [
        {"row": "a", "identity": str(k), "closures": c, "closures_hit": h, "opening95": o}
        for k, (c, h, o) in enumerate([(10, 9, 0.9), (0, 0, 1.0), (2, 0, 5.0)])
    ]
    found = means(rows, ("closures_hit", "opening95"))["a"]
    assert found["closures_hit"] == pytest.approx(0.75)
    assert found["opening95"] == 1.0
