"""The network renderer on a drawn actor: geometry there and back, references once, batches, memory,
weights.
"""

import dataclasses
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawn_mouth import basis as drawn_basis
from drawn_shot import DrawnCrops, codes

from g4g_plugin.core.crop import Crop, Patch, mouth_box
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.face import OUTER_LIPS, FaceTrack
from g4g_plugin.engine import network
from g4g_plugin.engine.light import looked_at
from g4g_plugin.engine.network import (
    NetworkRenderer,
    network_inputs,
    open_renderer,
    pick_references,
    to_network,
)
from g4g_plugin.network.fusion import BlendNet
from g4g_plugin.network.generator import G4G, SMALL_CONFIG
from g4g_plugin.network.sketch import apply_matrix, scale_matrix
from g4g_plugin.network.weights import save_weights

CONFIG = dataclasses.replace(SMALL_CONFIG, mouth=64, width=4, dim=16)
OPENINGS = [0.0, 0.1, 0.25, 0.4, 0.3, 0.2, 0.05, 0.0, 0.15, 0.35, 0.1]


class Crops(DrawnCrops):
    """The drawn actor with the way to the network's crop filled in: 2.2 crop pixels to a plate
    pixel, no turn.
    """

    def __init__(self, openings: list[float], first: int = 0, end: int = 10**6) -> None:
        super().__init__(openings, first=first, end=end)
        at = self.pool.mesh[:, 168, :2]
        to_crop = np.zeros((len(at), 2, 3), np.float32)
        to_crop[:, 0, 0] = to_crop[:, 1, 1] = 2.2
        to_crop[..., 2] = np.array([160, 120]) - 2.2 * at
        self.pool = FaceTrack(self.pool.frames, self.pool.mesh, to_crop, self.pool.score)
        self.track = self.pool.within(first, end)


# Lips as large as the picture
EVERYWHERE = np.array([[-500, -500], [900, -500], [900, 900], [-500, 900]], np.float32)


def renderer(blend: bool = False) -> NetworkRenderer:
    torch.manual_seed(0)
    basis = drawn_basis()
    return NetworkRenderer(
        G4G(CONFIG), basis, basis, torch.device("cpu"), BlendNet(4) if blend else None
    )


def patched(moved: Crop, made: np.ndarray, lips: np.ndarray = EVERYWHERE) -> Patch:
    return network.refined(
        network.raised(moved, made, np.ones((104, 80), np.float32), 64), moved, lips, 64
    )


def test_one_patch_a_frame_in_order_with_a_soft_matte() -> None:
    crops = Crops(OPENINGS)
    patches = list(renderer(blend=True).render(crops, codes([0.2] * len(OPENINGS))))
    assert [p.frame for p in patches] == list(range(len(OPENINGS)))
    for patch in patches:
        assert patch.pixels.shape[:2] == patch.matte.shape
        assert 110 < patch.matte.shape[0] < 125  # 64 of its pixels are 116 of the plate
        assert patch.matte.max() > 0.95
        edge = np.concatenate(
            [patch.matte[0], patch.matte[-1], patch.matte[:, 0], patch.matte[:, -1]]
        )
        assert (edge == 0).all()
        assert np.isfinite(patch.pixels).all()


def test_a_patch_lies_on_the_plates_own_pixels_where_its_crop_was_cut() -> None:
    crop = Crops(OPENINGS).crop(3)
    source, _ = to_network(crop, 64)
    patch = patched(crop, source)  # what was shown comes back
    assert np.array_equal(patch.to_plate[:, :2], np.eye(2))
    left, top = patch.to_plate[:, 2].astype(int)
    corner = apply_matrix(scale_matrix(crop.to_crop, 64), patch.to_plate[None, :, 2])[0]
    assert np.abs(corner - mouth_box(64)[1::-1]).max() < 1  # the mouth box, to a plate pixel
    height, width = patch.matte.shape
    own = crop.pixels[top - 20 : top - 20 + height, left - 10 : left - 10 + width]
    made = np.abs(patch.pixels - own).mean()
    seen = np.abs(
        cv2.resize(source[mouth_box(64)[0] : mouth_box(64)[2], 8:72], (width, height)) - own
    ).mean()
    assert made < 0.5 * seen  # finer than the network's pixels could show


def test_detail_is_the_native_pictures_where_both_show_the_same() -> None:
    crop = Crops(OPENINGS).crop(3)
    grain = (
        np.random.default_rng(0)
        .normal(0, 0.04, crop.pixels.shape[:2])[..., None]
        .astype(np.float32)
    )
    moved = replace(crop, pixels=(crop.pixels * 0.5 + 0.2 + grain).astype(np.float32))
    made = to_network(replace(crop, pixels=crop.pixels * 0.5 + np.float32(0.23)), 64)[
        0
    ]  # a little lighter, no grain
    alike = patched(moved, made).pixels
    made[60:, :40] = 0.5 + 0.5 * np.sin(np.indices((44, 40))[0] / 3)[..., None]
    other = patched(moved, made).pixels  # another thing on the left of the mouth
    half = (slice(70, None), slice(10, alike.shape[1] // 2 - 20))
    left, top, right, bottom = network.plate_box(moved, 64)
    own = grain[top - 20 : bottom - 20, left - 10 : right - 10]

    def fine(picture: np.ndarray) -> np.ndarray:
        return (
            (picture - cv2.GaussianBlur(picture, (0, 0), 1.5).reshape(picture.shape))
            .mean(axis=2)[half]
            .ravel()
        )

    assert np.corrcoef(fine(alike), fine(own))[0, 1] > 0.9
    assert np.corrcoef(fine(other), fine(own))[0, 1] < 0.5


def test_skin_is_the_native_pictures_and_lips_are_the_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "LIP_MARGIN", 0.05)  # the drawn crop shows little skin
    monkeypatch.setattr(network, "LIP_SOFTNESS", 0.03)
    crop = Crops(OPENINGS).crop(3)
    made = np.ones_like(to_network(crop, 64)[0])  # white wherever the network paints
    lips = crop.mesh[list(OUTER_LIPS), :2]
    patch = patched(crop, made, lips)
    left, top = patch.to_plate[:, 2].astype(int)
    height, width = patch.matte.shape
    own = crop.pixels[top - 20 : top - 20 + height, left - 10 : left - 10 + width]
    inside = cv2.fillPoly(
        np.zeros((height, width), np.uint8), [np.round(lips - (left, top)).astype(np.int32)], 1
    )
    far = cv2.dilate(inside, np.ones((81, 81), np.uint8)) == 0
    assert patch.pixels[inside == 1].mean() > 0.9 > 0.7 > own[inside == 1].mean()
    assert far.sum() > 100
    assert np.array_equal(patch.pixels[far], own[far])


def test_light_may_differ_where_pictures_agree_but_an_edge_may_not() -> None:
    one = np.zeros((100, 100, 3), np.float32)
    edge = one.copy()
    edge[:, 50:52] = 0.5
    assert network.agreement(one, one + np.float32(0.1), 100).min() > 0.99
    share = network.agreement(one, edge, 100)
    assert share[50, 51] < 0.01
    assert share[50, 20] > 0.99


@pytest.mark.parametrize("mouth", [64, 128])
def test_the_networks_crop_shows_the_plate_where_its_matrix_says(mouth: int) -> None:
    crop = Crops(OPENINGS).crop(2)
    height, width = crop.pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    known = np.stack(
        [(x + crop.origin[0]) / 300, (y + crop.origin[1]) / 300, np.zeros_like(x)], -1
    )  # a map
    pixels, matrix = to_network(
        Crop(crop.frame, known, crop.origin, crop.mesh, crop.to_crop), mouth
    )
    for point in ((40, 60), (30, 80), (55, 70)):
        place = np.array(point, np.float32) * mouth / 64
        seen = pixels[int(place[1]), int(place[0]), :2] * 300
        assert np.allclose(apply_matrix(matrix, seen[None])[0], np.floor(place), atol=0.15)


def test_references_are_fetched_and_encoded_once_spread_over_openness() -> None:
    crops, made, calls = Crops(OPENINGS, 2, 9), renderer(), []
    made.net.reference.register_forward_hook(lambda *_: calls.append(1))
    made.batch = 2
    assert len(list(made.render(crops, codes([0.1] * 7)))) == 7
    assert len(calls) == 1
    looks = len(looked_at(crops.track))  # what the shot's light is known by
    # five references, and what the native picture lends
    assert 5 <= len(crops.fetched) - looks <= 5 + 2
    opened = [OPENINGS[i] for i in pick_references(crops, made.own, 5)]
    assert opened == sorted(opened)
    assert opened[0] == 0
    assert opened[-1] >= 0.35
    assert len(set(pick_references(Crops([0.1, 0.2]), made.own, 5))) == 2  # fewer frames than slots


def test_the_size_of_the_batch_changes_nothing() -> None:
    crops, found = Crops(OPENINGS), []
    for batch in (1, 4, 8):
        made = renderer()
        made.batch = batch
        found.append([p.pixels for p in made.render(crops, codes([0.2] * len(OPENINGS)))])
    for one, four, eight in zip(*found, strict=True):
        assert np.abs(one - four).max() < 2 / 255
        assert np.abs(one - eight).max() < 2 / 255


def test_the_mouth_that_is_drawn_follows_the_code() -> None:
    crops, made = Crops(OPENINGS), renderer()
    rows = []
    for opening in (0.0, 0.4):
        wanted, said = made.wanted(crops, codes([opening] * len(OPENINGS)))
        rows.append((network_inputs(crops.crop(3), wanted[3], 64)["planes"][1].sum(), said[3, 0]))
    assert rows[1][0] > rows[0][0] + 10
    assert rows[1][1] > rows[0][1] + 0.2


def test_out_of_gpu_memory_halves_the_batch_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made, tried = renderer(), []
    whole = made._run

    def small(inputs: list, said: np.ndarray, reference: torch.Tensor) -> np.ndarray:
        tried.append(made.batch)
        if made.batch > 2:
            raise torch.cuda.OutOfMemoryError("no room")
        return whole(inputs, said, reference)

    monkeypatch.setattr(made, "_run", small)
    assert len(list(made.render(Crops(OPENINGS), codes([0.2] * len(OPENINGS))))) == len(OPENINGS)
    assert tried[:3] == [8, 4, 2]
    assert made.batch == 2
    monkeypatch.setattr(
        made, "_run", lambda *_: (_ for _ in ()).throw(torch.cuda.OutOfMemoryError("no room"))
    )
    with pytest.raises(EngineError, match="not have enough memory"):
        list(made.render(Crops(OPENINGS), codes([0.2] * len(OPENINGS))))


def test_weights_open_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    basis, net, path = drawn_basis(), G4G(CONFIG), tmp_path / "generator.safetensors"
    state = net.state_dict() | {k: torch.from_numpy(v) for k, v in basis.to_state().items()}
    digest = save_weights(path, state, CONFIG.to_json() | {"kind": "generator"}, {}, half=True)
    helps, blend = {"finishes": ["network"]}, tmp_path / "blend.safetensors"
    save_weights(blend, BlendNet(4).state_dict(), {"kind": "blend", "width": 4}, {"finishes": []})
    assert open_renderer(path, basis, torch.device("cpu"))[0].blend is None
    save_weights(blend, BlendNet(4).state_dict(), {"kind": "blend", "width": 4}, helps)
    opened, found = open_renderer(path, basis, torch.device("cpu"))
    assert found == digest
    assert opened.blend is not None
    save_weights(blend, {}, {"kind": "mouth"}, helps)
    with pytest.raises(EngineError, match="no blend net"):
        open_renderer(path, basis, torch.device("cpu"))
    blend.unlink()
    save_weights(path, state, CONFIG.to_json() | {"kind": "generator", "width": 8}, {})
    with pytest.raises(EngineError, match="do not fit"):
        open_renderer(path, basis, torch.device("cpu"))
    save_weights(path, state, {"kind": "mouth"}, {})
    with pytest.raises(EngineError, match="no generator"):
        open_renderer(path, basis, torch.device("cpu"))
