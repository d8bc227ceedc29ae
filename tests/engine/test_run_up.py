"""A frame's patch is the same whether the shot is drawn whole or gone on with in its middle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from drawn_shot import DrawnCrops

from g4g_plugin.core.crop import Crop, Patch
from g4g_plugin.engine.base import Engine, EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.render.dub import warm_start

COUNT, AGAIN = 48, 37  # frames; where the shot is gone on with


class Later(DrawnCrops):
    """The same shot, given from a frame on."""

    begin = 0

    def __iter__(self) -> Iterator[Crop]:
        for frame in self.track.frames[self.begin :]:
            yield self.crop(int(frame))


def shot(begin: int = 0) -> Later:
    """Return a talking face in flickering light, without a face in three frames."""
    rng = np.random.default_rng(4)
    openings = (0.5 + 0.5 * np.sin(np.arange(COUNT) / 2)).tolist()
    light = rng.uniform(0.5, 1.0, COUNT).tolist()
    numbers = [n if n < 30 else n + 3 for n in range(COUNT)]
    crops = Later(openings, numbers, light=light)
    crops.begin = begin
    return crops


def patches(engine: Engine, begin: int) -> list[Patch]:
    rng = np.random.default_rng(1)
    take = (rng.normal(0, 0.1, 16_000 * 2) * np.repeat([1, 0.1] * 10, 1600)).astype(np.float32)
    return list(engine.dub(shot(begin), take))


@pytest.mark.parametrize("renderer", ["native"])
def test_frames_are_those_of_a_whole_run(renderer: str) -> None:
    options = EngineOptions(renderer=renderer, device="cpu", threads=1)  # type: ignore[arg-type]
    engine = open_engine("g4g", options)
    start = warm_start(engine.spec, AGAIN)
    assert 0 < start < AGAIN
    whole, again = patches(engine, 0), patches(engine, start)
    engine.close()
    assert [p.frame for p in again] == [p.frame for p in whole[start:]]
    for one, other in zip(whole[AGAIN:], again[AGAIN - start :], strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert np.array_equal(one.matte, other.matte)
    early = zip(whole[start : start + 2], again[:2], strict=True)
    assert not all(np.array_equal(a.pixels, b.pixels) for a, b in early)  # the run-up is needed
