"""The blend net's lessons: a warp that lands, light that matches, a net that mends what was pasted."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from drawn_pack import DrawnPack

from g4g_plugin.network.fusion import BlendNet
from g4g_plugin.network.generator import G4G, SMALL_CONFIG
from g4g_plugin.network.sketch import warp_onto
from g4g_plugin.network.weights import load_weights
from g4g_plugin.training.loop.loop import LoopConfig
from g4g_plugin.training.nets.train_blend import (
    TrainBlendConfig,
    export_blend,
    match_light,
    train_blend,
)

CONFIG = TrainBlendConfig(
    width=4,
    batch=4,
    gain=0.3,
    loop=LoopConfig(steps=30, rate=2e-2, warm=2, average=0.7, check_every=30),
)


def test_a_frame_warped_onto_another_shows_the_others_mouth() -> None:
    pack = DrawnPack()
    clip = pack.clips[0]
    mesh = pack.mesh(clip)[..., :2]
    shut, wide = 0, int(mesh[:, 14, 1].argmax())
    pictures = pack.pictures(clip).astype(np.float32) / 255
    box = (slice(50, 90), slice(20, 60))
    before = np.abs(pictures[shut] - pictures[wide])[box].mean()
    after = np.abs(warp_onto(pictures[wide], mesh[shut], mesh[wide], 64) - pictures[shut])[
        box
    ].mean()
    assert after < 0.6 * before
    same = warp_onto(pictures[shut], mesh[shut], mesh[shut], 64)
    assert np.allclose(same, pictures[shut], atol=1e-5)


def test_light_is_matched_under_the_matte() -> None:
    picture, matte = np.full((8, 8, 3), 0.4, np.float32), np.zeros((8, 8), np.float32)
    matte[2:6, 2:6] = 1
    like = np.full((8, 8, 3), (0.5, 0.3, 0.4), np.float32)
    assert np.allclose(match_light(picture, like, matte)[3, 3], (0.5, 0.3, 0.4), atol=1e-4)


def test_the_net_learns_to_mend_and_is_exported(tmp_path: Path) -> None:
    pack = DrawnPack()
    net, outcome = train_blend(pack, pack.basis(), CONFIG, tmp_path, 5)
    assert outcome.steps == 30
    assert outcome.best["after"] < 0.97 * outcome.best["before"]
    path = tmp_path / "blend.safetensors"
    export_blend(net, CONFIG, path, {})
    state, config, _ = load_weights(path)
    assert config == {"kind": "blend", "width": 4}
    BlendNet(4).load_state_dict(state)


def test_a_generators_own_pictures_are_among_the_lessons(tmp_path: Path) -> None:
    pack, calls = DrawnPack(), []
    net = G4G(dataclasses.replace(SMALL_CONFIG, width=8, dim=16)).eval()
    net.reference.register_forward_hook(lambda *_: calls.append(1))
    config = dataclasses.replace(
        CONFIG, generated=1.0, loop=dataclasses.replace(CONFIG.loop, steps=1)
    )
    _, outcome = train_blend(pack, pack.basis(), config, tmp_path, 5, generator=net)
    assert calls
    assert torch.isfinite(torch.tensor(outcome.best["after"]))
