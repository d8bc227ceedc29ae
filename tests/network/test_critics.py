"""Eq. 14: least squares in numbers, one frame and five."""

import pytest
import torch

from g4g_plugin.network.critics import Critic, critic_loss, generator_loss, stack_clip


def test_least_squares_by_hand() -> None:
    real, fake = torch.tensor([0.5, 1.5]), torch.tensor([0.2, -0.4])
    assert critic_loss(real, fake).item() == pytest.approx((0.25 + (0.04 + 0.16) / 2) / 2)
    assert generator_loss(fake).item() == pytest.approx((0.64 + 1.96) / 2)
    assert generator_loss(torch.ones(3)).item() == 0


def test_critics_of_one_and_five_frames() -> None:
    assert Critic(1, 8)(torch.rand(2, 3, 64, 64)).shape == (2, 1, 8, 8)
    clip = torch.rand(2, 5, 3, 64, 64)
    stacked = stack_clip(clip)
    assert torch.equal(stacked[1, 6:9], clip[1, 2])
    assert Critic(5, 8)(stacked).shape == (2, 1, 8, 8)
    with pytest.raises(ValueError, match="1 frames"):
        Critic(1, 8)(stacked)


def test_a_critic_learns_to_tell_noise_from_flat() -> None:
    torch.manual_seed(0)
    critic = Critic(1, 8)
    steps = torch.optim.Adam(critic.parameters(), 2e-3)
    losses = []
    for _ in range(40):
        real, fake = torch.rand(8, 3, 32, 32), torch.rand(8, 3, 1, 1).expand(-1, -1, 32, 32)
        loss = critic_loss(critic(real), critic(fake))
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_a_critic_sees_softness_of_a_few_grey_levels_where_the_matte_lies() -> None:
    torch.manual_seed(0)
    critic = Critic(1, 8)
    steps = torch.optim.Adam(critic.parameters(), 1e-3)
    matte = torch.zeros(8, 1, 32, 32)
    matte[..., 8:24, 8:24] = 1
    told = []
    for _ in range(60):
        real = torch.rand(8, 3, 1, 1) * 0.8 + 0.1 + 0.02 * torch.randn(8, 3, 32, 32)
        soft = torch.nn.functional.avg_pool2d(real, 3, stride=1, padding=1, count_include_pad=False)
        fake = real + matte * (soft - real)
        scores = critic(real), critic(fake)
        loss = critic_loss(*scores, matte)
        steps.zero_grad()
        loss.backward()
        steps.step()
        told.append((scores[0] > scores[1])[..., 1:3, 1:3].float().mean().item())
    assert sum(told[-10:]) / 10 > 0.9


def test_places_count_by_the_matte() -> None:
    real, fake = torch.zeros(1, 1, 1, 2), torch.tensor([[[[1.0, 0.0]]]])
    matte = torch.zeros(1, 1, 8, 16)
    matte[..., 8:] = 1  # the right half alone, where the fake scores 0
    assert critic_loss(real, fake, matte).item() == pytest.approx(0.5)
    assert generator_loss(fake, matte).item() == pytest.approx(1)
