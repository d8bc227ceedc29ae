"""The copy engine gives back the very pixels, under a matte that is whole on the mouth and nothing
at its box.
"""

from __future__ import annotations

import numpy as np

from g4g_plugin.core.crop import mouth_box
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.conformance import drawn_shot
from g4g_plugin.engine.copy import mouth_matte, open_engine


def test_the_very_pixels_where_they_were():
    shot = drawn_shot()
    engine = open_engine(EngineOptions())
    patches = list(engine.dub(shot, np.zeros(0, np.float32)))
    assert [p.frame for p in patches] == shot.track.frames.tolist()
    for patch, (crop, _) in zip(patches, shot.given, strict=True):
        assert patch.pixels is crop.pixels
        assert patch.to_plate.tolist() == [[1, 0, crop.origin[0]], [0, 1, crop.origin[1]]]
    assert not engine.spec.needs_face
    assert engine.spec.weights is None


def test_the_matte_covers_the_mouth_and_ends_at_its_box():
    crop = next(iter(drawn_shot()))
    matte = mouth_matte(crop)
    assert matte.dtype == np.float32
    assert matte.min() == 0
    assert matte.max() == 1
    for x, y in crop.mesh[[61, 291, 0, 17, 13, 14], :2] - crop.origin:
        assert matte[round(y), round(x)] > 0.95
    rows, columns = np.nonzero(matte)
    inside = np.column_stack([columns, rows]) + crop.origin
    x, y = (inside @ crop.to_crop[:, :2].T + crop.to_crop[:, 2]).T
    top, left, bottom, right = mouth_box(256)
    assert left - 0.5 <= x.min() <= x.max() <= right - 0.5
    assert top - 0.5 <= y.min() <= y.max() <= bottom - 0.5
    assert np.abs(np.diff(matte, axis=0)).max() < 0.15  # soft


def test_options_and_takes_do_not_matter():
    for options in (EngineOptions(), EngineOptions(device="cuda", strength=0.0, threads=7)):
        engine = open_engine(options)
        assert len(list(engine.dub(drawn_shot(), np.ones(100, np.float32)))) == len(
            drawn_shot().track
        )
        engine.close()
        engine.close()
