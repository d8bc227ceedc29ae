"""The engine around its renderers: times, pauses, choices, and a drawn shot from take to patches."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_mouth import basis
from drawn_shot import DrawnCrops, codes

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import BLEND_WEIGHTS
from g4g_plugin.engine import g4g, renderers
from g4g_plugin.engine.base import EngineOptions, EngineSpec, RendererNeeds
from g4g_plugin.engine.g4g import (
    G4GEngine,
    choose_device,
    frame_times,
    speaking,
    weight_files,
)
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.engine.renderers import choose_renderer, open_renderer
from g4g_plugin.network.fusion import BlendNet
from g4g_plugin.network.mouth import MouthConfig, MouthNet
from g4g_plugin.network.weights import save_weights

RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)]
SECOND = 16_000


def small_net() -> MouthNet:
    torch.manual_seed(0)
    return MouthNet(MouthConfig(width=8, dilations=(1, 2)), basis()).eval()


def engine(strength: float = 1.0) -> G4GEngine:
    return G4GEngine(small_net(), NativeRenderer(basis()), EngineSpec("g4g"), strength)


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    return (0.2 * np.random.default_rng(seed).standard_normal(round(SECOND * seconds))).astype(
        np.float32
    )


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_frames_time_is_its_own_at_any_rate(rate: Fraction) -> None:
    crops = DrawnCrops([0.0] * 8, frames=range(90_000, 90_008), rate=rate, start=90_002)
    exact = [float((frame - 90_002) / rate) for frame in range(90_000, 90_008)]
    np.testing.assert_allclose(frame_times(crops), exact, atol=1e-12)


def test_the_mouth_rests_in_pauses_and_outside_the_take() -> None:
    take = np.concatenate([voice(1.0), np.zeros(SECOND, np.float32), voice(1.0)])
    times = np.array([-0.5, 0.5, 1.5, 2.5, 3.5])
    np.testing.assert_allclose(speaking(take, times), [0, 1, 0, 1, 0], atol=0.02)


def test_a_short_closure_within_speech_is_the_nets_business() -> None:
    take = np.concatenate([voice(0.5), np.zeros(SECOND * 6 // 100, np.float32), voice(0.5)])
    assert speaking(take, np.array([0.53]))[0] > 0.9


def test_rest_is_entered_and_left_smoothly() -> None:
    take = np.concatenate([voice(1.0), np.zeros(SECOND, np.float32)])
    share = speaking(take, np.arange(0.5, 1.5, 0.04))
    assert np.abs(np.diff(share)).max() < 0.4
    assert (np.diff(share) < 1e-6).all()


@pytest.mark.parametrize(
    "take", [np.zeros(0, np.float32), np.zeros(SECOND, np.float32)], ids=["empty", "silent"]
)
def test_silence_asks_for_the_shut_mouth(take: np.ndarray) -> None:
    codes = engine().codes(DrawnCrops([0.5] * 6), take)
    np.testing.assert_array_equal(codes, np.zeros((6, 12), np.float32))


def test_strength_scales_the_shape() -> None:
    crops, take = DrawnCrops([0.0] * 20), voice(0.8)
    plain, strong, none = (engine(s).codes(crops, take) for s in (1.0, 1.5, 0.0))
    assert np.abs(plain).max() > 0
    np.testing.assert_allclose(strong, 1.5 * plain, rtol=1e-5)
    assert not none.any()


def test_codes_follow_the_take_and_not_the_files_numbering() -> None:
    take = voice(0.8)
    here = engine().codes(DrawnCrops([0.0] * 20), take)
    there = engine().codes(DrawnCrops([0.0] * 20, frames=range(500, 520), start=500), take)
    late = engine().codes(DrawnCrops([0.0] * 20, start=5), take)
    np.testing.assert_array_equal(there, here)
    np.testing.assert_allclose(late[5:], here[:15], atol=1e-5)


def test_a_drawn_shot_is_dubbed_frame_for_frame() -> None:
    crops = DrawnCrops([0.0, 0.3, 0.6, 0.3] * 4, frames=[*range(8), *range(12, 20)])
    patches = list(engine().dub(crops, voice(0.7)))
    assert [p.frame for p in patches] == crops.track.frames.tolist()
    assert all(np.isfinite(p.pixels).all() for p in patches)


def test_no_face_no_patch_and_a_closed_engine_says_so() -> None:
    crops = DrawnCrops([0.0] * 4, frames=range(4), first=50)
    opened = engine()
    assert list(opened.dub(crops, voice(0.2))) == []
    opened.close()
    with pytest.raises(EngineError, match="closed"):
        list(opened.dub(DrawnCrops([0.0] * 4), voice(0.2)))


def test_devices_that_are_not_there_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == choose_device("cpu").type == "cpu"
    with pytest.raises(EngineError, match="CUDA"):
        choose_device("cuda")
    with pytest.raises(EngineError, match="no device"):
        choose_device("abacus")


def test_the_network_is_used_only_where_it_is_asked_for_and_installed(tmp_path: Path) -> None:
    assert choose_renderer("auto") == choose_renderer("native") == "native"
    assert choose_renderer("network") == "network"
    with pytest.raises(EngineError, match="no renderer 'sharp'") as caught:
        choose_renderer("sharp")
    assert caught.value.hint == "Known renderers: native, network."
    missing = tmp_path / "none.safetensors"
    needs = RendererNeeds(EngineOptions(), basis(), torch.device("cpu"), missing)
    with pytest.raises(EngineError, match="no weights"):
        open_renderer("network", needs)
    renderer, digest = open_renderer("native", needs)
    assert isinstance(renderer, NativeRenderer)
    assert digest == ""


def test_chosen_weights_replace_those_of_their_kind(tmp_path: Path) -> None:
    mouth, generator = weight_files(None)
    own = tmp_path / "mine.safetensors"
    small_net().save(own, {})
    assert weight_files(own) == (own, generator)
    save_weights(own, {"x": torch.zeros(1)}, {"kind": "generator"}, {})
    assert weight_files(own) == (mouth, own)


def test_a_blend_net_finishes_where_its_card_says_so(tmp_path: Path) -> None:
    path = tmp_path / BLEND_WEIGHTS
    cpu = torch.device("cpu")
    assert renderers.open_finish(path, cpu) is None
    net = BlendNet(8)
    save_weights(path, net.state_dict(), {"kind": "blend", "width": 8}, {})
    assert renderers.open_finish(path, cpu) is None
    save_weights(path, net.state_dict(), {"kind": "blend", "width": 8}, {"finishes": ["native"]})
    finish = renderers.open_finish(path, cpu)
    assert finish is not None
    plain = list(NativeRenderer(basis()).render(DrawnCrops([0.0, 0.5] * 4), codes([0.6] * 8)))
    done = list(
        NativeRenderer(basis(), finish).render(DrawnCrops([0.0, 0.5] * 4), codes([0.6] * 8))
    )
    for a, b in zip(plain, done, strict=True):  # an untaught blend net gives the composite back
        np.testing.assert_allclose(
            b.pixels.clip(0.002, 0.998), a.pixels.clip(0.002, 0.998), atol=2e-3
        )
        np.testing.assert_array_equal(b.pixels[b.matte == 0], a.pixels[a.matte == 0])


def test_an_engine_opens_from_its_weights_and_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(g4g, "models_folder", lambda: tmp_path)
    with pytest.raises(EngineError, match="no weights"):
        g4g.open_engine(EngineOptions(device="cpu", threads=1))
    digest = small_net().save(tmp_path / g4g.MOUTH_WEIGHTS, {"what": "a test"})
    opened = g4g.open_engine(EngineOptions(device="cpu", threads=1))
    assert opened.spec == replace(
        EngineSpec("g4g", 16_000, weights=digest, renderer="native"), run_up=opened.spec.run_up
    )
    (tmp_path / g4g.MOUTH_WEIGHTS).write_bytes(b"nothing of ours")
    with pytest.raises(EngineError):
        g4g.open_engine(EngineOptions(device="cpu", threads=1))
