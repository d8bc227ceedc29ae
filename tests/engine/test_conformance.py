"""`check_engine` passes what is sound and names what is not: every broken fake is found, by its own
fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from g4g_plugin.core.crop import Crop, Crops, Patch
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import MOUTH_WEIGHTS, models_folder
from g4g_plugin.engine import copy
from g4g_plugin.engine.base import EngineOptions, EngineSpec
from g4g_plugin.engine.conformance import (
    FACELESS_FRAMES,
    FIRST_FRAME,
    FRAME_COUNT,
    check_engine,
    drawn_shot,
    drawn_take,
)


class Fake(copy.CopyEngine):
    """Sound as it stands; what derives from it is not."""

    batch = 4
    opened = 0

    def __init__(self) -> None:
        type(self).opened += 1
        self.closed = 0

    @property
    def spec(self) -> EngineSpec:
        return EngineSpec("fake", batch=self.batch)

    def patch(self, n: int, crop: Crop) -> Patch:
        matte = copy.mouth_matte(crop)
        x, y = crop.origin
        return Patch(
            crop.frame, crop.pixels * 0.9, matte, np.array([[1, 0, x], [0, 1, y]], np.float32)
        )

    def dub(self, crops: Crops, take: np.ndarray) -> Iterator[Patch]:
        for n, crop in enumerate(crops):
            yield self.patch(n, crop)

    def close(self) -> None:
        self.closed += 1


class FailsAtFrame7(Fake):
    def patch(self, n, crop):
        if n == 7:
            raise ZeroDivisionError("of lips")
        return super().patch(n, crop)


class TooFew(Fake):
    def dub(self, crops, take):
        patches = list(super().dub(crops, take))
        yield from patches[:-3]


class TooMany(Fake):
    def dub(self, crops, take):
        for patch in super().dub(crops, take):
            yield patch
            if patch.frame == crops.track.frames[3]:
                yield patch


class Shuffled(Fake):
    def dub(self, crops, take):
        yield from reversed(list(super().dub(crops, take)))


class NotANumber(Fake):
    def patch(self, n, crop):
        patch = super().patch(n, crop)
        if n == 2:
            patch.pixels[5, 5] = np.nan
        return patch


class WideMatte(Fake):
    def patch(self, n, crop):
        return replace(super().patch(n, crop), matte=copy.mouth_matte(crop) * 1.5)


class WrongSize(Fake):
    def patch(self, n, crop):
        return replace(super().patch(n, crop), matte=np.ones((4, 4), np.float32))


class Elsewhere(Fake):
    def patch(self, n, crop):
        return replace(
            super().patch(n, crop), to_plate=np.array([[1, 0, 5000], [0, 1, 0]], np.float32)
        )


class Moody(Fake):
    def patch(self, n, crop):
        patch = super().patch(n, crop)
        return replace(patch, pixels=patch.pixels + np.float32(1e-3 * self.opened))


class Grudging(Fake):
    """Another answer the second time."""

    asked = 0

    def dub(self, crops, take):
        self.asked += 1
        for patch in super().dub(crops, take):
            yield replace(patch, pixels=patch.pixels * np.float32(1 - 0.01 * self.asked))


class BatchNormed(Fake):
    """Each batch is levelled by its own mean, as a net in training would."""

    def dub(self, crops, take):
        patches = list(super().dub(crops, take))
        for i in range(0, len(patches), 4):
            part = patches[i : i + 4]
            lift = 0.04 * (part[0].frame % 3)
            yield from (replace(p, pixels=p.pixels + np.float32(lift)) for p in part)


class Writes(Fake):
    def patch(self, n, crop):
        patch = super().patch(n, crop)
        crop.pixels[:] = 0.5
        return patch


class WritesMesh(Fake):
    def patch(self, n, crop):
        crop.mesh[0] = 0
        return super().patch(n, crop)


class WritesTake(Fake):
    def dub(self, crops, take):
        take *= 0.5
        yield from super().dub(crops, take)


class Hoards(Fake):
    batch = 2

    def dub(self, crops, take):
        held = list(crops)
        yield from (self.patch(n, crop) for n, crop in enumerate(held))


class NoGenerator(Fake):
    def dub(self, crops, take):
        return iter(list(super().dub(crops, take)))


class SpentByAStop(Fake):
    stopped = False

    def dub(self, crops, take):
        if self.stopped:
            return
        try:
            yield from super().dub(crops, take)
        except GeneratorExit:
            self.stopped = True
            raise


class DeafWithoutATake(Fake):
    def dub(self, crops, take):
        loud = take.max()
        yield from (replace(p, pixels=p.pixels * loud / loud) for p in super().dub(crops, take))


class ClosesOnce(Fake):
    def close(self):
        super().close()
        if self.closed > 1:
            raise RuntimeError("already closed")


class NoUse(Fake):
    @property
    def spec(self):
        return EngineSpec("", sample_rate=0)


def test_sound_engines_pass():
    assert check_engine(copy.open_engine) == []
    assert check_engine(lambda options: Fake()) == []


@pytest.mark.skipif(
    not (models_folder() / MOUTH_WEIGHTS).exists(), reason="the weights are not installed"
)
def test_the_house_s_engine_passes():
    from g4g_plugin.engine.g4g import open_engine

    assert (
        check_engine(open_engine, EngineOptions(device="cpu", renderer="native", threads=1)) == []
    )


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (FailsAtFrame7, "fails at frame 26, after 7 patches: ZeroDivisionError: of lips"),
        (TooFew, "patches came for frames 17-20, 23-36, 17-20, 23-39 were asked for"),
        (TooMany, "patches came for"),
        (Shuffled, "patches came for"),
        (NotANumber, "frame 19: pixels are not finite"),
        (WideMatte, "the matte leaves 0 to 1"),
        (WrongSize, "differ in size"),
        (Elsewhere, "lies beside the face"),
        (Moody, "opened anew, the engine gives other pixels"),
        (Grudging, "asked a second time, the engine gives other pixels"),
        (BatchNormed, "depends on its place in the batch"),
        (Writes, "writes to the pixels"),
        (WritesMesh, "writes to the mesh"),
        (WritesTake, "writes to the take"),
        (Hoards, "memory grows with the shot"),
        (NoGenerator, "cannot be stopped in the middle"),
        (SpentByAStop, "after a stop in the middle it yields 0 patches"),
        (DeafWithoutATake, "silence: ValueError"),
        (ClosesOnce, "closes: RuntimeError: already closed"),
        (NoUse, "the spec is no use"),
    ],
)
def test_every_fault_is_named(broken, fault):
    findings = check_engine(lambda options: broken())
    assert any(fault in finding for finding in findings), findings


def test_an_engine_that_does_not_open_is_a_finding():
    def shut(options: EngineOptions):
        raise EngineError("No weights.", "Install them.")

    assert set(check_engine(shut)) == {f"{name}: EngineError: No weights." for name in NAMES}


NAMES = ("patches", "same again", "batches", "inputs", "stops", "silence", "closes")


def test_every_engine_is_closed():
    opened: list[Fake] = []

    def opens(options: EngineOptions) -> Fake:
        opened.append(FailsAtFrame7())
        return opened[-1]

    check_engine(opens)
    assert all(engine.closed for engine in opened)


def test_the_drawn_shot_is_a_face_in_motion_with_a_gap():
    shot = drawn_shot()
    assert len(shot.track) == FRAME_COUNT - len(FACELESS_FRAMES)
    crops = list(shot)
    assert {c.frame for c in crops} <= set(shot.pool.frames.tolist())
    assert shot.start == shot.track.frames[0] == FIRST_FRAME + 12
    for crop in crops:
        x, y = (crop.mesh[:, :2] - crop.origin).T
        assert 0 < x.min() < x.max() < crop.pixels.shape[1]
        assert 0 < y.min() < y.max() < crop.pixels.shape[0]
        mouth = crop.mesh[[61, 291, 0, 17], :2] @ crop.to_crop[:, :2].T + crop.to_crop[:, 2]
        assert ((mouth > (32, 128)) & (mouth < (288, 384))).all()
    assert np.abs(drawn_take(16_000)).max() > 0.1
