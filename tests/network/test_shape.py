from __future__ import annotations

import numpy as np
import pytest
from drawn_people import drawn_face, turned

from g4g_plugin.network.shape import SHAPE_POINTS, ShapeBasis, fit_basis, fit_template, gaps


@pytest.fixture(scope="module")
def basis() -> ShapeBasis:
    rng = np.random.default_rng(0)
    clips = [
        turned(
            drawn_face(rng.uniform(0, 0.3, 40), rng.uniform(0.3, 0.4)),
            rng.uniform(-0.4, 0.4),
            0.1,
            60,
            (100, 80, 0),
        )
        for _ in range(12)
    ]
    return fit_basis(fit_template(np.concatenate(clips)), clips, [1.0] * 12, 4)


def test_turning_sizing_and_moving_the_head_changes_nothing(basis):
    aperture = np.linspace(0, 0.3, 9).astype(np.float32)
    here, _ = basis.encode(turned(drawn_face(aperture), 0, 0, 50, (0, 0, 0)))
    there, _ = basis.encode(turned(drawn_face(aperture), 0.5, -0.3, 210, (900, 400, 7)))
    np.testing.assert_allclose(here, there, atol=1e-2)


def test_codes_tell_the_aperture_and_decode_to_the_points(basis):
    aperture = np.linspace(0, 0.3, 13).astype(np.float32)
    mesh = turned(drawn_face(aperture), 0.3, 0.1, 80, (300, 200, 0))
    codes, rest = basis.encode(mesh)
    np.testing.assert_allclose(basis.aperture(codes), aperture - aperture[0], atol=0.02)
    wanted = basis.pose(mesh).to_plate(rest + basis.decode(codes))
    assert np.abs(wanted - mesh[:, SHAPE_POINTS])[..., :2].max() < 1.0


def test_code_nought_is_the_closed_mouth_even_of_one_who_never_closes(basis):
    talking = turned(drawn_face(np.linspace(0.1, 0.3, 20)), 0, 0, 60, (0, 0, 0))
    closed = basis.neutral(turned(drawn_face(np.zeros(5)), 0, 0, 60, (0, 0, 0)))
    rest = basis.neutral(talking)
    assert gaps(rest[None])[0] < 0.04
    assert np.abs(rest - closed).max() < 0.04


def test_state_goes_and_comes(basis):
    again = ShapeBasis.from_state(basis.to_state())
    np.testing.assert_array_equal(again.components, basis.components)


def test_meshes_of_another_shape_are_refused(basis):
    with pytest.raises(ValueError, match="meshes"):
        basis.points(np.zeros((2, 468, 3), np.float32))
