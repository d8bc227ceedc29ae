"""Colour maths against values that the ITU's recommendations fix."""

import numpy as np
import pytest

from g4g_plugin.core.picture import LUMA, Matrix, Picture, PixelFormat, rgb_to_ycc, ycc_to_rgb

# 100 % colour bars in 8-bit narrow-range BT.709 codes, Y Cb Cr.
BARS_709 = {
    (1, 1, 1): (235, 128, 128),
    (1, 1, 0): (219, 16, 138),
    (0, 1, 1): (188, 154, 16),
    (0, 1, 0): (173, 42, 26),
    (1, 0, 1): (78, 214, 230),
    (1, 0, 0): (63, 102, 240),
    (0, 0, 1): (32, 240, 118),
    (0, 0, 0): (16, 128, 128),
}


def flat(
    format: PixelFormat, codes: tuple[int, int, int], size: tuple[int, int] = (8, 4)
) -> Picture:
    width, height = size
    across, down = (0, 0) if format.rgb else format.chroma
    kind = np.uint8 if format.bits == 8 else np.uint16
    shapes = [(height, width)] + 2 * [(-(-height >> down), -(-width >> across))]
    return Picture(
        0,
        tuple(np.full(shape, code, kind) for shape, code in zip(shapes, codes, strict=True)),
        format,
    )


@pytest.mark.parametrize(("rgb", "codes"), BARS_709.items())
def test_bars(rgb: tuple[int, int, int], codes: tuple[int, int, int]) -> None:
    y, cb, cr = rgb_to_ycc(np.array(rgb, np.float32), "bt709")
    assert (round(16 + 219 * y), round(128 + 224 * cb), round(128 + 224 * cr)) == codes
    seen = flat(PixelFormat("yuv420p", 8, (1, 1)), codes).rgb()
    assert np.abs(seen - rgb).max() < 0.006  # half a code of each plane


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_white_and_black_at_every_depth(bits: int) -> None:
    unit = 1 << (bits - 8)
    kind = PixelFormat(f"yuv444p{bits}le", bits)
    assert kind.luma_levels() == (16 * unit, 219 * unit)
    for value, luma in ((0.0, 16), (1.0, 235)):
        seen = flat(kind, (luma * unit, 128 * unit, 128 * unit)).rgb()
        assert np.allclose(seen, value, atol=1e-6)


def test_full_range_uses_every_code() -> None:
    seen = flat(PixelFormat("yuvj444p", 8, full_range=True), (255, 128, 128)).rgb()
    assert np.allclose(seen, 1, atol=1e-6)


def test_planes_of_gbr_come_back_in_order() -> None:
    seen = flat(PixelFormat("gbrp10le", 10, rgb=True), (1023, 0, 512)).rgb()
    assert np.allclose(seen, (512 / 1023, 1, 0))


@pytest.mark.parametrize("matrix", LUMA)
def test_there_and_back(matrix: Matrix) -> None:
    rgb = np.random.default_rng(1).uniform(-0.2, 1.2, (5, 7, 3))
    assert np.abs(ycc_to_rgb(rgb_to_ycc(rgb, matrix), matrix) - rgb).max() < 1e-12
    other = "bt2020" if matrix != "bt2020" else "bt601"
    assert np.abs(ycc_to_rgb(rgb_to_ycc(rgb, matrix), other) - rgb).max() > 1e-3


@pytest.mark.parametrize("chroma", [(0, 0), (1, 0), (1, 1), (2, 0), (2, 2)])
@pytest.mark.parametrize("box", [(3, 1, 9, 6), (0, 0, 11, 7), (-4, -4, 40, 40)])
def test_a_box_is_cut_from_the_whole(
    chroma: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    rng = np.random.default_rng(2)
    small = (-(-7 >> chroma[1]), -(-11 >> chroma[0]))
    planes = tuple(rng.integers(0, 1024, shape, np.uint16) for shape in ((7, 11), small, small))
    picture = Picture(0, planes, PixelFormat("drawn", 10, chroma))
    left, top, right, bottom = box
    assert np.array_equal(
        picture.rgb(box), picture.rgb()[max(top, 0) : bottom, max(left, 0) : right]
    )
    assert picture.size == (11, 7)
