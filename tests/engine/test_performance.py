"""Drawn actors who speak widely, quietly or not at all: what a dub makes of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from drawn_mouth import basis, canonical, turned

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.engine.performance import Performance, performed, speaks, watch
from g4g_plugin.network.mouth import MouthConfig, MouthNet, Said

RATE = Fraction(25)
SIZE = 12
UNIT = 0.174  # eye distances of aperture for one unit of the drawn opening


def footage(width: float, seconds: float = 12.0, moves: bool = True) -> FaceTrack:
    """An actor whose mouth opens up to `width` eye distances and shuts again, twice a second."""
    count = round(seconds * 25)
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * 2 * np.arange(count) / 25)
    openings = width * (swing if moves else np.zeros(count))
    mesh = np.stack([turned(canonical(float(o / UNIT)), 120.0, (300, 200)) for o in openings])
    matrix = np.tile(np.eye(2, 3, dtype=np.float32), (count, 1, 1))
    return FaceTrack(np.arange(count), mesh, matrix, np.ones(count, np.float32))


def typical(width: float = 0.15) -> tuple[tuple[float, float], ...]:
    """The moments of a person who opens up to `width`."""
    track = footage(width, 40)
    codes, _ = basis().encode(track.mesh)
    return tuple(zip(codes.mean(axis=0).tolist(), codes.std(axis=0).tolist(), strict=True))


def said(count: int = 300) -> np.ndarray:
    """What a net says of such a person, a sentence long."""
    codes, _ = basis().encode(footage(0.15, count / 25).mesh)
    return codes


@pytest.mark.parametrize("width", [0.1, 0.15, 0.22])
def test_a_dub_opens_as_wide_as_the_actor_does(width: float) -> None:
    own = watch(basis(), footage(width), RATE, typical())
    opening = basis().aperture(own.apply(said()))
    sure = own.seconds / (own.seconds + 3.0)
    wanted = 0.15 * (width / 0.15) ** sure
    assert opening.max() - opening.min() == pytest.approx(wanted, rel=0.12)


def test_an_actor_who_never_speaks_in_the_plate_tells_nothing() -> None:
    own = watch(basis(), footage(0.0, moves=False), RATE, typical())
    assert own.seconds == 0
    np.testing.assert_allclose(own.apply(said()), said(), atol=1e-5)


def test_little_footage_changes_little() -> None:
    gains = [watch(basis(), footage(0.25, s), RATE, typical()).gain.max() for s in (1, 4, 20)]
    assert 1 < gains[0] < gains[1] < gains[2] <= 2


def test_a_mouth_at_rest_stays_at_rest_whoever_it_is() -> None:
    own = watch(basis(), footage(0.25), RATE, typical())
    assert not own.apply(np.zeros((5, SIZE), np.float32)).any()


def test_speech_is_where_the_mouth_moves_and_a_gap_is_no_movement() -> None:
    frames = np.r_[np.arange(100), np.arange(200, 250)]
    opening = np.zeros(150, np.float32)
    opening[30:60] = 0.1 * (np.arange(30) % 6 > 2)
    opening[100:] = 0.2  # another shape after the gap, held still
    found = speaks(opening, frames, RATE)
    assert found[32:58].all()
    assert not found[:10].any()
    assert not found[90:].any()


def test_lips_touch_where_the_sound_says_so_however_lively_the_actor_is() -> None:
    torch.manual_seed(0)
    net = MouthNet(MouthConfig(width=8, dilations=(1,), meant=typical()), basis())
    shut = (np.arange(300) % 50 < 5).astype(np.float32)
    codes = performed(net, Said(said(), shut), footage(0.22), RATE)
    opening = basis().aperture(codes)
    assert opening[shut > 0].max() < 1e-3
    assert opening.max() > 0.16


def test_quiet_actors_still_open_their_mouths_to_be_seen() -> None:
    torch.manual_seed(0)
    net = MouthNet(MouthConfig(width=8, dilations=(1,), meant=typical()), basis())
    codes = performed(net, Said(said(), np.zeros(300, np.float32)), footage(0.05), RATE)
    opening, spoken = basis().aperture(codes), basis().aperture(said())
    assert opening.max() < 0.85 * spoken.max()  # quieter than others
    assert (opening >= 0.75 * spoken - 1e-3).all()


def test_a_net_that_knows_no_typical_person_is_taken_at_its_word() -> None:
    net = MouthNet(MouthConfig(width=8, dilations=(1,)), basis())
    codes = performed(net, Said(said(), np.zeros(300, np.float32)), footage(0.22), RATE)
    np.testing.assert_array_equal(codes, said())


def test_a_performance_is_gain_and_shift() -> None:
    one = np.ones(SIZE, np.float32)
    own = Performance(2 * one, 0.5 * one, one, 1.0)
    np.testing.assert_allclose(own.apply(3 * one[None]), 6.5)
