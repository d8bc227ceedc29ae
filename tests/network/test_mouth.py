from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_people import drawn_face, turned

from g4g_plugin.core.errors import EngineError
from g4g_plugin.network import mel
from g4g_plugin.network.mouth import (
    MOST_GAIN,
    MouthConfig,
    MouthNet,
    at_times,
    calibrate,
    closed,
    load_mouth,
)
from g4g_plugin.network.shape import ShapeBasis, fit_basis, fit_template
from g4g_plugin.network.syncnet import SyncConfig, SyncNet


@pytest.fixture(scope="module")
def basis() -> ShapeBasis:
    rng = np.random.default_rng(0)
    clips = [
        turned(drawn_face(rng.uniform(0, 0.3, 30), 0.3 + 0.01 * k), 0.05 * k, 0, 60, (0, 0, 0))
        for k in range(8)
    ]
    return fit_basis(fit_template(np.concatenate(clips)), clips, [1.0] * 8)


EARS = [
    MouthConfig(width=32, dilations=(1, 2, 4), members=n, ears=e, speech=s, ear=SyncConfig(8, 32))
    for n, e, s in ((1, 0, 0), (2, 1, 0), (1, 0, 1))
]


@pytest.fixture(params=EARS, ids=["mel", "mel and ear", "speech"])
def net(basis, request) -> MouthNet:
    torch.manual_seed(1)
    return MouthNet(request.param, basis).eval()


def take(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, int(16000 * seconds)).astype(np.float32)


def beside(net: MouthNet, rows: np.ndarray) -> np.ndarray:
    """The rows with speech features of silence beside them, where the net hears any."""
    return np.concatenate([rows, net.silence(len(rows))[:, mel.MEL_BANDS :]], axis=1)


def test_any_times_in_any_order(net):
    times = np.array([0.0, 0.5, 1.01, 1.9999])
    codes = net.predict(take(2), times)
    assert codes.shape == (4, 12)
    assert codes.dtype == np.float32
    np.testing.assert_allclose(net.predict(take(2), times[::-1])[::-1], codes, atol=1e-5)
    assert net.predict(take(2), np.zeros(0)).shape == (0, 12)


def test_a_time_has_one_code_whatever_else_is_asked(net):
    sound = take(3)
    alone = net.predict(sound, np.array([1.3]))
    among = net.predict(sound, np.arange(-20, 120) / 30 + 0.3 - 0.3)
    other = net.predict(sound, np.array([-4.001, 1.3, 7.7]))
    np.testing.assert_allclose(alone[0], other[1], atol=1e-5)
    np.testing.assert_allclose(alone[0], among[20 + 39], atol=1e-5)


def test_batch_size_never_changes_the_result(net):
    rows = torch.randn(5, 120, net.silence(1).shape[1])
    times = torch.rand(5, 7) * 1.4
    with torch.no_grad():
        together = net(rows, times)
        apart = torch.cat([net(rows[i : i + 1], times[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(together, apart, atol=1e-5, rtol=1e-5)


def test_far_sound_changes_nothing_near(net):
    sound = take(4)
    changed = sound.copy()
    changed[int(16000 * 3.2) :] = take(0.8, 9)
    rows, other = (beside(net, mel.mel_spectrogram(s)) for s in (sound, changed))
    np.testing.assert_allclose(
        net.predict_rows(rows, np.arange(50) / 25),
        net.predict_rows(other, np.arange(50) / 25),
        atol=1e-5,
    )


def test_times_are_read_between_rows():
    ramp = torch.arange(10, dtype=torch.float32)[None, :, None].repeat(
        1, 1, 12
    )  # row j stands at (2 j + .5) / 80 s
    times = torch.tensor([[0.5 / 80, 4.5 / 80, 5.5 / 80, 99.0]], dtype=torch.float64)
    assert at_times(ramp, times)[0, :, 0].tolist() == pytest.approx([0, 2, 2.5, 9])


def test_both_kinds_of_member_hear_a_click_where_it_is(net):
    """The code row that a click changes most is the one that stands on it."""
    rows = torch.from_numpy(beside(net, mel.silence(240)))[None]
    click = rows.clone()
    click[0, 119:121, : mel.MEL_BANDS] = 1.0
    with torch.no_grad():
        for member in net.members:
            change = (member(click) - member(rows)).abs().sum(dim=2)[0]
            reach = torch.nonzero(change > 1e-6)[:, 0]
            middle = (
                float(reach.min()) + float(reach.max())
            ) / 2  # row j is centred on mel row 2 j + .5
            assert abs(2 * middle + 0.5 - 119.5) <= 2.5


def test_calibration_gives_each_code_its_mean_and_spread_and_leaves_rest_at_rest():
    rng = np.random.default_rng(0)
    said = rng.normal(1.0, 0.5, (4000, 12)).astype(np.float32)
    meant = tuple((0.5 + k / 10, 0.3 + k / 20) for k in range(12))
    codes = calibrate(said, ((1.0, 0.5),) * 12, meant)
    np.testing.assert_allclose(codes.mean(axis=0), [m for m, _ in meant], atol=0.05)
    np.testing.assert_allclose(codes.std(axis=0), [d for _, d in meant], rtol=0.05)
    loud = calibrate(said, ((1.0, 0.5),) * 12, ((1.0, 5.0),) * 12)
    np.testing.assert_allclose(loud.std(axis=0), 0.5 * MOST_GAIN, rtol=0.05)  # a guess stays small
    rest = np.zeros((3, 12), np.float32)
    assert not calibrate(rest, ((1.0, 0.5),) * 12, meant).any()
    assert calibrate(said, (), ()) is said


def test_lips_that_touch_are_brought_together_and_nothing_else_is_moved(basis):
    opening = np.repeat(basis.opening[None] * 0.1, 4, axis=0)
    codes = basis.encode_points(opening, np.zeros_like(basis.opening))
    codes[:, 5] += 0.3
    made = closed(codes, np.array([0.0, 0.3, 0.5, 0.9], np.float32), basis)
    wide = float(basis.aperture(codes[:1])[0])
    np.testing.assert_allclose(basis.aperture(made), [wide, wide, wide / 2, 0], atol=1e-4)
    np.testing.assert_array_equal(made[:2], codes[:2])
    shut = np.full(4, 0.9, np.float32)
    lifted = basis.aperture(closed(-codes, shut, basis))  # lips pressed together stay pressed
    np.testing.assert_allclose(lifted, basis.aperture(-codes), atol=1e-4)


def test_a_net_that_says_nothing_of_touching_lips_never_closes_them(net):
    said = net.say(beside(net, mel.silence(200)), np.arange(20) / 25)
    assert said.codes.shape == (20, 12)
    assert not said.shut.any()


def test_a_net_says_how_likely_lips_touch_beside_the_same_codes(basis):
    torch.manual_seed(2)
    net = MouthNet(MouthConfig(width=16, dilations=(1,), shut=True), basis).eval()
    rows, times = np.zeros((100, 80), np.float32), np.arange(20) / 25
    said = net.say(rows, times)
    assert said.codes.shape == (20, 12)
    assert ((said.shut > 0) & (said.shut < 1)).all()
    np.testing.assert_array_equal(
        net.predict_rows(rows, times), closed(said.codes, said.shut, basis)
    )


def test_a_file_gives_the_same_net_again(net, tmp_path):
    moments = tuple((0.1 * k, 1.0 + k) for k in range(12))
    net.config = replace(net.config, said=moments, meant=moments)
    digest = net.save(tmp_path / "m.safetensors", {"corpus": "drawn"}, half=False)
    again, found = load_mouth(tmp_path / "m.safetensors")
    assert found == digest
    assert again.config == net.config
    times = np.arange(30) / 24
    np.testing.assert_allclose(
        again.predict(take(1), times), net.predict(take(1), times), atol=1e-5
    )


def test_other_weights_are_refused(net, tmp_path):
    SyncNet(SyncConfig(width=8, size=16)).save(tmp_path / "s.safetensors", {})
    with pytest.raises(EngineError, match="no mouth net"):
        load_mouth(tmp_path / "s.safetensors")
