"""The assembled network: shapes, independence of the batch, the mask, references once, the paper's
size.
"""

import dataclasses

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from g4g_plugin.core.errors import EngineError
from g4g_plugin.network.generator import G4G, PAPER_CONFIG, SMALL_CONFIG, G4GConfig, Result

TINY = dataclasses.replace(SMALL_CONFIG, mouth=64, width=4, dim=16)
CONFIGS = {
    "box": TINY,
    "whole": dataclasses.replace(TINY, whole=True),
    "vector": dataclasses.replace(TINY, planes=False),
    "direct": dataclasses.replace(TINY, planes=False, audio="direct"),
    "supervised": dataclasses.replace(TINY, supervision=True),
    "features": dataclasses.replace(TINY, pixels=False),
    "larger": dataclasses.replace(TINY, mouth=96),
}


def inputs(config: G4GConfig, batch: int, seed: int = 0) -> dict[str, torch.Tensor]:
    height, width = config.size
    draw = torch.Generator().manual_seed(seed)
    mask = torch.zeros(batch, 1, height, width)
    top, left, bottom, right = (
        config.mouth // 2,
        config.mouth // 8,
        3 * config.mouth // 2,
        config.mouth,
    )
    mask[..., top:bottom, left:right] = 1
    values = {
        "source": torch.rand(batch, 3, height, width, generator=draw),
        "mask": mask,
        "sketch": torch.rand(batch, 1, height, width, generator=draw),
        "audio": torch.randn(
            *((batch, 12) if config.audio == "shape" else (batch, 16, 80)), generator=draw
        ),
    }
    return values | (
        {"planes": torch.rand(batch, 3, height, width, generator=draw)} if config.planes else {}
    )


def network(config: G4GConfig) -> G4G:
    """A network whose zero-initialised heads were stirred, so that everything matters."""
    torch.manual_seed(0)
    net = G4G(config)
    with torch.no_grad():
        net.deformation.head.weight.normal_(0, 0.3)
        for name, value in net.named_parameters():
            if "told.weight" in name:
                value.normal_(0, 0.1)
    return net.eval()


@torch.no_grad()
def run(net: G4G, values: dict[str, torch.Tensor], references: torch.Tensor) -> Result:
    reference = net.encode_references(references)
    return net(**values, reference=reference.each(len(values["source"])))


@pytest.mark.parametrize("name", CONFIGS)
def test_shapes_and_batch_independence(name: str) -> None:
    config = CONFIGS[name]
    net, values = network(config), inputs(config, 3)
    references = torch.rand(1, 15, *config.size)
    found = run(net, values, references)
    top, left, bottom, right = config.region
    assert found.image.shape == (3, 3, bottom - top, right - left)
    assert len(found.coarse) == (2 if config.supervision else 0)
    alone = run(net, {k: v[1:2] for k, v in values.items()}, references)
    assert torch.allclose(found.image[1:2], alone.image, atol=1e-5)
    assert torch.allclose(found.visual[1:2], alone.visual, atol=1e-4)


@pytest.mark.parametrize("name", ["box", "direct"])
def test_every_input_matters_but_what_the_mask_hides(name: str) -> None:
    config = CONFIGS[name]
    net, values, references = network(config), inputs(config, 1), torch.rand(1, 15, *config.size)
    image = run(net, values, references).image
    hidden = values["source"].clone()
    hidden[values["mask"].expand_as(hidden) > 0] = torch.inf
    assert torch.equal(run(net, values | {"source": hidden}, references).image, image)
    other = inputs(config, 1, seed=1)
    for key in values:
        if key != "mask":
            assert not torch.allclose(
                run(net, values | {key: other[key]}, references).image, image, atol=1e-5
            ), key
    assert not torch.allclose(run(net, values, references.flip(3)).image, image, atol=1e-5)


def test_reference_work_is_not_repeated_for_each_frame() -> None:
    net, calls = network(TINY), []
    net.reference.register_forward_hook(lambda *_: calls.append(1))
    reference = net.encode_references(torch.rand(1, 15, *TINY.size))
    for seed in range(4):
        net(**inputs(TINY, 2, seed), reference=reference.each(2))
    assert len(calls) == 1


def test_weights_carry_over_to_a_larger_crop() -> None:
    small = network(TINY)
    large = G4G(dataclasses.replace(TINY, mouth=96))
    large.load_state_dict(small.state_dict())
    assert run(large, inputs(large.config, 1), torch.rand(1, 15, 156, 120)).image.shape == (
        1,
        3,
        96,
        96,
    )


def test_paste_puts_the_region_back_and_leaves_the_rest() -> None:
    net, source, image = G4G(TINY), torch.rand(2, 3, 104, 80), torch.rand(2, 3, 64, 64)
    whole = net.paste(image, source)
    assert torch.equal(whole[..., 32:96, 8:72], image)
    assert torch.equal(whole[..., :32, :], source[..., :32, :])
    assert torch.equal(whole[..., 72:], source[..., 72:])


def test_config_survives_json_and_refuses_nonsense() -> None:
    assert G4GConfig.from_json(PAPER_CONFIG.to_json() | {"kind": "generator"}) == PAPER_CONFIG
    assert PAPER_CONFIG.size == (416, 320)
    assert SMALL_CONFIG.size == (104, 80)
    for wrong in ({"mouth": 50}, {"audio": "direct", "planes": True}):
        with pytest.raises(EngineError):
            G4GConfig.from_json(PAPER_CONFIG.to_json() | wrong)


def cost(config: G4GConfig) -> tuple[float, float, float]:
    """(million parameters, GFLOP a frame, GFLOP a shot's references)."""
    with torch.device("meta"):
        net = G4G(config)
        values = {k: v.to("meta") for k, v in inputs(config, 1).items()}
        with FlopCounterMode(display=False) as once, torch.no_grad():
            reference = net.encode_references(torch.empty(1, 15, *config.size))
        with FlopCounterMode(display=False) as each, torch.no_grad():
            net(**values, reference=reference)
    count = sum(p.numel() for p in net.parameters())
    return count / 1e6, each.get_total_flops() / 1e9, once.get_total_flops() / 1e9


def test_stated_cost_is_the_counted_one() -> None:
    assert cost(PAPER_CONFIG) == pytest.approx((23.5, 277, 101), rel=0.02)
    assert cost(SMALL_CONFIG) == pytest.approx((4.81, 1.66, 0.84), rel=0.02)


def test_the_papers_size_runs_a_frame() -> None:
    torch.manual_seed(0)
    net = G4G(PAPER_CONFIG).eval()
    with torch.no_grad():
        found = run(net, inputs(PAPER_CONFIG, 1), torch.rand(1, 15, 416, 320))
    assert found.image.shape == (1, 3, 416, 320)
    assert torch.isfinite(found.image).all()
    assert found.image.min() > 0
    assert found.image.max() < 1


def test_with_pixels_the_picture_is_a_mixture_of_paint_and_references() -> None:
    torch.manual_seed(0)
    net, values = G4G(TINY).eval(), inputs(TINY, 2)
    assert net.decoder.share is not None
    with torch.no_grad():
        net.decoder.share.weight.zero_()
        net.decoder.share.bias.copy_(
            torch.tensor([-40.0, 40.0, 0, 0, 0, 0])
        )  # all from the first reference
    references = torch.rand(1, 15, *TINY.size)
    top, left, bottom, right = TINY.region
    found = run(net, values, references).image  # new heads are the identity: it lies where it lay
    assert torch.allclose(
        found, references[:, :3, top:bottom, left:right].expand_as(found), atol=1e-4
    )
