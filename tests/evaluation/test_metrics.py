from __future__ import annotations

import cv2
import numpy as np
import pytest
from drawn_subjects import drawn_heads, swinging
from skimage.metrics import structural_similarity

from g4g_plugin.core.face import INNER_LIPS, OUTER_LIPS
from g4g_plugin.evaluation import metrics
from g4g_plugin.evaluation.evaluate import mouth_figures
from g4g_plugin.evaluation.metrics import Mouth


def grain(count: int = 2, side: int = 64) -> np.ndarray:
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.normal(0, 60, (side, side, 3)), (0, 0), 1.2)
    return np.clip(128 + np.stack([noise] * count), 0, 255).astype(np.uint8)


def test_a_copy_scores_perfectly():
    pictures = grain()
    assert metrics.mse(pictures, pictures) == pytest.approx([0, 0])
    assert metrics.psnr(pictures, pictures) == pytest.approx([metrics.PSNR_CEILING_DB] * 2)
    assert metrics.ssim(pictures, pictures) == pytest.approx([1, 1])


def test_psnr_and_mse_of_a_known_error():
    true = np.full((3, 32, 32, 3), 100, np.uint8)
    made = true + np.uint8(10)
    assert metrics.mse(made, true) == pytest.approx([(10 / 255) ** 2] * 3)
    assert metrics.psnr(made, true) == pytest.approx([20 * np.log10(25.5)] * 3)


def test_the_papers_mse_and_psnr_are_one_scale():
    assert -10 * np.log10(0.0020) == pytest.approx(27.0, abs=0.05)


def test_ssim_falls_with_blur_and_hardly_with_light():
    true = grain()
    lit = np.clip(true.astype(int) + 6, 0, 255).astype(np.uint8)
    soft = np.stack([cv2.GaussianBlur(p, (0, 0), 2) for p in true])
    assert metrics.ssim(soft, true).mean() < 0.7 < 0.95 < metrics.ssim(lit, true).mean()


def test_ssim_is_scikit_images():
    rng = np.random.default_rng(4)
    true = grain(1, 40)[0]
    made = np.clip(true + rng.normal(0, 20, true.shape), 0, 255).astype(np.uint8)
    options = {
        "channel_axis": 2,
        "data_range": 255,
        "gaussian_weights": True,
        "use_sample_covariance": False,
    }
    expected = structural_similarity(made, true, **options)
    assert 0.2 < expected < 0.95
    assert metrics.ssim(made[None], true[None])[0] == pytest.approx(expected, abs=1e-7)


def test_the_mouth_part_is_the_mouth_box():
    crops = np.zeros((1, 104, 80, 3), np.uint8)
    crops[:, 32:96, 8:72] = 9
    part = metrics.mouth_part(crops, 64)
    assert part.shape == (1, 64, 64, 3)
    assert part.min() == 9


def test_aperture_is_in_eye_distances_at_any_size_and_turn():
    wanted = np.array([0.0, 0.1, 0.3])
    mesh = drawn_heads.turned(drawn_heads.drawn_face(wanted), 0.5, 0.3, 70.0, (100, 90, 0))
    assert metrics.aperture(mesh) == pytest.approx(wanted, abs=1e-5)


def test_texture_ratio_of_a_blurred_mouth_is_low_and_of_a_copy_one():
    mesh = drawn_heads.turned(drawn_heads.drawn_face(np.array([0.2])), 0, 0, 60, (60, 30, 0))[0]
    picture = grain(1, 120)[0]
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)
    sharp, blurred = metrics.texture(picture, mesh), metrics.texture(soft, mesh)
    mouths = [Mouth(np.arange(2.0), np.zeros(2), np.full(2, t)) for t in (sharp, blurred)]
    assert metrics.texture_ratio(mouths[0], mouths[0]) == 1
    assert metrics.texture_ratio(mouths[1], mouths[0]) < 0.3


def test_texture_of_stripes_is_the_laplacians():
    mesh = drawn_heads.turned(drawn_heads.drawn_face(np.array([0.2])), 0, 0, 60, (60, 30, 0))[0]
    picture = np.zeros((120, 120, 3), np.uint8)
    picture[:, ::2] = 100
    assert metrics.texture(picture, mesh) == pytest.approx(
        200, rel=0.03
    )  # 100 - 2 * 0 + 100 and its negative
    assert np.isnan(metrics.texture(picture, mesh + 1000))


def test_half_the_travel_is_half_the_travel():
    true = swinging()
    half = Mouth(true.times, true.aperture / 2, true.texture)
    assert metrics.travel(half, true) == pytest.approx(0.5)
    assert metrics.opening_ratio(half, true) == pytest.approx(0.5)
    assert metrics.jitter_ratio(half, true) == pytest.approx(0.5)
    assert metrics.correlation(half, true) == pytest.approx(1.0)


def test_a_shifted_mouth_correlates_by_the_cosine_of_its_shift():
    speed = 0.7
    true, late = swinging(1000, speed), swinging(1000, speed, late=0.08)
    assert metrics.correlation(late, true) == pytest.approx(np.cos(25 * speed * 0.08), abs=0.01)
    assert metrics.correlation(late, true, offset=0.08) == pytest.approx(1.0, abs=0.01)


def test_a_still_mouth_correlates_with_nothing_and_a_short_one_is_not_judged():
    true, still = swinging(), Mouth(np.arange(100) / 25, np.full(100, 0.1), np.ones(100))
    assert metrics.correlation(still, true) == 0
    assert np.isnan(metrics.correlation(swinging(8), true))
    assert np.isnan(metrics.correlation(swinging(0), true))


def test_even_movement_has_no_jitter_and_a_known_zigzag_has_its_own():
    times = np.arange(60) / 25
    assert metrics.jitter(Mouth(times, 0.01 * times, times)) == pytest.approx(0, abs=1e-9)
    zigzag = 0.02 * (np.arange(60) % 2)
    assert metrics.jitter(Mouth(times, zigzag, times)) == pytest.approx(0.04)


def test_jitter_does_not_depend_on_the_rate():
    at = [
        Mouth(np.arange(n) / rate, 0.1 * np.sin(np.arange(n) / rate * 9), np.ones(n))
        for n, rate in ((100, 25), (200, 50))
    ]
    assert metrics.jitter(at[1]) == pytest.approx(metrics.jitter(at[0]), rel=0.02)


def test_lmd_of_a_copy_is_nothing_and_of_a_known_move_is_that_move():
    true = drawn_heads.turned(drawn_heads.drawn_face(np.array([0.1, 0.2])), 0, 0, 50, (60, 40, 0))
    eyes = np.linalg.norm(true[0, 33] - true[0, 263])
    assert metrics.lmd(true, true) == 0
    assert metrics.lmd(true + 5, true) == pytest.approx(0, abs=1e-4)  # position does not count
    made = true.copy()
    made[:, list(OUTER_LIPS), 0] += 2.0
    made[:, list(INNER_LIPS), 0] -= 2.0
    assert metrics.lmd(made, true) == pytest.approx(100 * 2.0 / eyes, rel=1e-4)
    made[1] = np.nan
    assert metrics.lmd(made, true) == pytest.approx(100 * 2.0 / eyes, rel=1e-4)


def test_lip_leak_is_the_share_of_open_frames():
    opened = np.where(np.arange(100) < 30, 0.12, 0.01)
    silent = Mouth(np.arange(100) / 25, opened, opened)
    assert metrics.lip_leak(silent, 0.01) == pytest.approx(0.30)
    assert metrics.lip_leak(silent, 0.10) == 0
    assert metrics.closed_aperture(silent) == pytest.approx(0.01)


def test_a_seam_is_a_step_and_a_fade_is_none():
    source = np.full((1, 40, 40, 3), 100, np.uint8)
    ring = np.zeros((1, 40, 40), np.float32)
    ring[:, :, 15:25] = 1
    step, fade = source.copy(), source.copy()
    step[:, :, 20:] += 20
    fade[:] = (source + np.linspace(0, 20, 40)[None, None, :, None]).astype(np.uint8)
    assert metrics.seam(source, source, ring) == 0
    assert metrics.seam(step, source, ring) == pytest.approx(20 / 10)
    assert metrics.seam(fade, source, ring) < 0.7


def test_a_result_is_judged_by_the_driver_and_not_by_its_source():
    source, driver = swinging(200, 0.31, size=0.2), swinging(200, 0.7)
    obeys = mouth_figures(driver, driver, source)
    names = ("correlation", "travel", "opening", "texture", "jitter")
    assert [obeys[n] for n in names] == pytest.approx([1] * 5)
    lazy = mouth_figures(source, driver, source)
    assert abs(lazy["correlation"]) < 0.2
    assert lazy["travel"] == pytest.approx(2, rel=0.05)
    assert mouth_figures(swinging(0), driver, source) == {}


def test_a_late_line_is_judged_without_its_lateness_and_with_it():
    speed, late = 0.7, 0.08
    spoken = swinging(1000, speed)
    found = mouth_figures(
        spoken, spoken, spoken, late
    )  # the lateness was taken out before the mouth was made
    assert found["correlation"] == pytest.approx(1)
    assert found["correlation_raw"] == pytest.approx(np.cos(25 * speed * late), abs=0.01)
    assert mouth_figures(spoken, spoken, spoken)["correlation_raw"] == pytest.approx(1)
