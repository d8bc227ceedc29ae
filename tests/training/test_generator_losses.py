"""Eq. 12-17 against numbers worked out by hand or in numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from g4g_plugin.core.errors import EngineError
from g4g_plugin.training.nets import generator_losses as losses


def test_attribute_loss_is_one_minus_the_cosine_and_spares_the_landmarks() -> None:
    a, b = (
        torch.tensor([[1.0, 0.0], [3.0, 4.0]], requires_grad=True),
        torch.tensor([[1.0, 1.0], [6.0, 8.0]]),
    )
    landmarks = b.clone().requires_grad_()
    loss = losses.attribute_loss(a, landmarks)
    assert loss.item() == pytest.approx(((1 - 1 / np.sqrt(2)) + 0) / 2, abs=1e-6)
    loss.backward()
    assert a.grad is not None
    assert landmarks.grad is None


def test_reconstruction_is_a_weighted_mean() -> None:
    made, true, weight = (
        torch.zeros(1, 3, 2, 2),
        torch.zeros(1, 3, 2, 2),
        torch.tensor([[[[1.0, 3.0], [0.0, 0.0]]]]),
    )
    true[..., 0, 0], true[..., 0, 1], true[..., 1, 1] = 0.4, 0.2, 9.0
    assert losses.reconstruction_loss(made, true, weight).item() == pytest.approx(
        (0.4 + 3 * 0.2) / 4
    )


def test_detail_sees_edges_and_is_blind_to_a_shift_of_brightness() -> None:
    torch.manual_seed(0)
    true, weight = torch.rand(1, 3, 32, 32), torch.ones(1, 1, 32, 32)
    assert losses.detail_loss(true + 0.1, true, weight).item() < 1e-6
    blurred = torch.nn.functional.avg_pool2d(true, 5, stride=1, padding=2, count_include_pad=False)
    assert losses.detail_loss(blurred, true, weight).item() > 0.05


def test_the_open_mouth_weighs_most_and_outside_the_matte_little() -> None:
    matte, planes = torch.zeros(1, 1, 32, 32), torch.zeros(1, 3, 32, 32)
    matte[..., 8:, :] = 1
    planes[:, 0, 16:28, 8:24] = 1
    planes[:, 1, 20:25, 12:20] = 1
    weight = losses.mouth_weight(matte, planes)[0, 0]
    assert weight[2, 16] == pytest.approx(0.05)
    assert weight[9, 1] == pytest.approx(1.05)
    assert weight[22, 16] > weight[17, 9] > 1.05


def test_supervision_compares_each_size_with_its_own_truth() -> None:
    true, weight = torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    pool = torch.nn.functional.avg_pool2d
    right = (pool(true, 2), pool(true, 4))
    assert losses.supervision_loss(right, true, weight).item() < 1e-7
    assert losses.supervision_loss(
        (right[0] + 0.5, right[1]), true, weight
    ).item() == pytest.approx(0.5)


def test_sync_loss_prefers_the_true_time_to_others_of_the_same_clip() -> None:
    torch.manual_seed(0)
    heard = F.normalize(
        torch.randn(3 * 5, 16), dim=1
    )  # three runs, five times of each, the right one in the middle
    right = losses.sync_loss(heard[2::5], heard, torch.tensor(10.0))
    assert right < losses.sync_loss(heard[1::5], heard, torch.tensor(10.0)) - 2
    assert right < losses.sync_loss(heard[2::5].roll(1, 0), heard, torch.tensor(10.0)) - 2
    assert right.item() == pytest.approx(
        F.cross_entropy(10 * heard[2::5] @ heard.T, torch.tensor([2, 7, 12])).item()
    )


def test_total_is_the_weighted_sum() -> None:
    weights = losses.LossWeights(r=2.0, p=3.0, v=0.5)
    terms = {"r": torch.tensor(1.0), "p": torch.tensor(10.0), "v": torch.tensor(4.0)}
    assert losses.total_loss(terms, weights).item() == pytest.approx(2 + 30 + 2)
    assert losses.PAPER_WEIGHTS == {"v": 1, "p": 2, "gan": 3, "r": 4, "con": 5}


def write_vgg(folder: Path) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    sizes = {0: (3, 3, 1), 2: (4, 3, 3), 5: (4, 4, 3), 9: (6, 4, 3)}
    state = {f"{n}.weight": torch.randn(o, i, k, k) * 0.3 for n, (o, i, k) in sizes.items()}
    state |= {f"{n}.bias": torch.randn(o) * 0.1 for n, (o, _, _) in sizes.items()}
    torch.save(state, folder / "vgg_normalised_conv2_1.pth")
    return state


def test_perceptual_loss_is_equation_13_on_the_layers_there_are(tmp_path: Path) -> None:
    state = write_vgg(tmp_path)
    vgg = losses.Perceptual(tmp_path)
    assert vgg.reach == "relu2_1"
    a, b = torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)

    def maps(x: torch.Tensor) -> list[np.ndarray]:
        """The same layers by a plain stack of modules."""
        layers: list[torch.nn.Module] = []
        for number in (0, 2, 5, 9):
            weight = state[f"{number}.weight"]
            conv = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2])
            conv.load_state_dict({"weight": weight, "bias": state[f"{number}.bias"]})
            layers += [torch.nn.MaxPool2d(2)] if number == 9 else []
            layers += (
                [conv] if number == 0 else [torch.nn.ReflectionPad2d(1), conv, torch.nn.ReLU()]
            )
        found = []
        for layer in layers:
            x = layer(x)
            if isinstance(layer, torch.nn.ReLU):
                found.append(x.detach().numpy())
        return found

    half = torch.nn.functional.avg_pool2d
    wanted = 0.0
    for x, y in ((a, b), (half(a, 2), half(b, 2))):
        wanted += np.mean([np.abs(p - q).mean() for p, q in zip(maps(x), maps(y), strict=True)]) / 2
    assert vgg(a, b).item() == pytest.approx(float(wanted), rel=1e-4)
    assert vgg(a, a).item() == 0


def test_without_a_network_the_perceptual_loss_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no VGG-19"):
        losses.Perceptual(tmp_path)
