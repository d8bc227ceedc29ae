"""A patch touches what its matte covers and nothing else, in every plane layout and depth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from g4g_plugin.composite.matte import face_matte, face_size
from g4g_plugin.composite.merge import averaged, merge
from g4g_plugin.core.crop import Patch
from g4g_plugin.core.errors import CompositeError
from g4g_plugin.core.face import LANDMARKS_68, FaceTrack
from g4g_plugin.core.kept import KeptReason
from g4g_plugin.core.picture import Picture, PixelFormat, rgb_to_ycc
from g4g_plugin.core.visibility import Visibility

FORMATS = [
    PixelFormat("yuv420p", 8, (1, 1)),
    PixelFormat("yuv420p10le", 10, (1, 1), matrix="bt2020"),
    PixelFormat("yuv422p10le", 10, (1, 0)),
    PixelFormat("yuv444p", 8, matrix="bt601", full_range=True),
    PixelFormat("yuva444p10le", 10, alpha=True),
    PixelFormat("gbrp", 8, rgb=True),
    PixelFormat("gbrp12le", 12, rgb=True),
    PixelFormat("gray", 8),
]
WIDTH, HEIGHT = 161, 143  # odd, so that the last chroma sample covers less than its share


def noise(form: PixelFormat, index: int = 5, seed: int = 1) -> Picture:
    """Draw a picture of noise between the legal levels, in every plane."""
    rng = np.random.default_rng(seed + index)
    chroma = (-(-HEIGHT // (1 << form.chroma[1])), -(-WIDTH // (1 << form.chroma[0])))
    shapes = [(HEIGHT, WIDTH)] + [chroma, chroma] * (not form.gray) + [(HEIGHT, WIDTH)] * form.alpha
    kind = np.uint8 if form.bits == 8 else np.uint16
    low, high = int(form.top * 0.3), int(form.top * 0.6)
    return Picture(
        index, tuple(rng.integers(low, high, shape).astype(kind) for shape in shapes), form
    )


def face(centre: tuple[float, float] = (80.0, 70.0), size: float = 40.0) -> np.ndarray:
    """Draw a mesh whose 68 landmarks stand as an oval face of `size` eye distances would."""
    mesh = np.zeros((478, 3), np.float32)
    turn = np.linspace(np.pi, 0, 17)
    points = np.zeros((68, 2))
    points[:17] = np.stack([0.75 * np.cos(turn), 1.15 * np.sin(turn)], 1)
    nose = np.r_[0, 0.15, 0.3, 0.4, 0.5 * np.ones(5)]
    points[27:36] = np.stack([np.r_[0, 0, 0, 0, -0.2, -0.1, 0, 0.1, 0.2], nose], 1)
    points[36], points[45] = (-0.5, 0.0), (0.5, 0.0)
    points[48:55] = np.stack([np.linspace(-0.3, 0.3, 7), 0.75 * np.ones(7)], 1)
    mesh[list(LANDMARKS_68), :2] = np.asarray(centre) + size * (points - (0, 0.6))
    return mesh


def track(frames: list[int]) -> FaceTrack:
    n = len(frames)
    mesh = np.repeat(face()[None], n, axis=0)
    return FaceTrack(
        np.array(frames, np.int64), mesh, np.zeros((n, 2, 3), np.float32), np.ones(n, np.float32)
    )


def shift(left: float, top: float) -> np.ndarray:
    return np.array([[1, 0, left], [0, 1, top]], np.float32)


def only(pictures: list[Picture], patches: list[Patch]) -> list[Picture]:
    return list(merge(pictures, track([p.index for p in pictures]), patches))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_plates_own_pixels_leave_every_code_as_it_was(form: PixelFormat) -> None:
    plate = noise(form)
    pixels = plate.rgb((31, 21, 130, 120))
    matte = np.random.default_rng(3).random(pixels.shape[:2]).astype(np.float32)
    comp = only([plate], [Patch(5, pixels, matte, shift(31, 21))])[0]
    for before, after in zip(plate.planes, comp.planes, strict=True):
        np.testing.assert_array_equal(after, before)
        assert after.dtype == before.dtype


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_outside_the_matte_luma_and_chroma_are_exactly_the_plate(form: PixelFormat) -> None:
    plate = noise(form)
    matte = np.zeros((60, 64), np.float32)
    matte[11:47, 9:50] = 0.7
    patch = Patch(5, np.full((60, 64, 3), 0.9, np.float32), matte, shift(51, 41))
    comp = only([plate], [patch])[0]
    free = np.ones((HEIGHT, WIDTH), bool)
    free[41 + 11 : 41 + 47, 51 + 9 : 51 + 50] = False
    rows, columns = np.nonzero(free)
    for number, (before, after) in enumerate(zip(plate.planes, comp.planes, strict=True)):
        across, down = form.chroma if number in (1, 2) and not form.rgb else (0, 0)
        at = (rows >> down, columns >> across)
        np.testing.assert_array_equal(after[at], before[at])
        if number < 3:
            assert (after != before).any()  # the comparison can fail
    if form.alpha:
        assert comp.planes[3] is plate.planes[3]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_a_whole_matte_lays_down_the_patchs_colour(form: PixelFormat) -> None:
    plate = noise(form)
    colour = np.array([0.7, 0.5, 0.4], np.float32)
    patch = Patch(
        5, np.broadcast_to(colour, (32, 32, 3)).copy(), np.ones((32, 32), np.float32), shift(64, 58)
    )
    comp = only([plate], [patch])[0]
    inside = comp.rgb((66, 60, 94, 88))
    colour = np.full(3, rgb_to_ycc(colour, form.matrix)[0]) if form.gray else colour
    np.testing.assert_allclose(
        inside, np.broadcast_to(colour, inside.shape), atol=2.6 / form.top * 2
    )


def test_codes_stay_legal_but_a_plate_beyond_them_is_not_clipped() -> None:
    form = PixelFormat("yuv444p", 8)
    plate = noise(form)
    plate.planes[0][70, 80], plate.planes[0][71, 81] = 250, 3
    bright = Patch(
        5, np.full((40, 40, 3), 3.0, np.float32), np.ones((40, 40), np.float32), shift(60, 50)
    )
    comp = only([plate], [bright])[0]
    assert comp.planes[0].max() == 250
    assert comp.planes[0][70, 80] == 250
    assert comp.planes[0][60, 70] == 235


def test_pictures_without_a_patch_pass_as_the_same_object_and_planes_are_not_changed_in_place() -> (
    None
):
    form = PixelFormat("yuv420p", 8, (1, 1))
    plates = [noise(form, index) for index in (3, 4, 5, 6)]
    kept = [tuple(plane.copy() for plane in plate.planes) for plate in plates]
    patch = Patch(
        5, np.zeros((40, 40, 3), np.float32), np.ones((40, 40), np.float32), shift(60, 50)
    )
    comps = only(plates, [patch])
    assert [comp is plate for comp, plate in zip(comps, plates, strict=True)] == [
        True,
        True,
        False,
        True,
    ]
    assert [comp.index for comp in comps] == [3, 4, 5, 6]
    for plate, before in zip(plates, kept, strict=True):
        for plane, was in zip(plate.planes, before, strict=True):
            np.testing.assert_array_equal(plane, was)


def test_merging_draws_patches_only_as_pictures_come() -> None:
    drawn: list[int] = []

    def patches() -> Iterator[Patch]:
        for frame in (0, 1, 2):
            drawn.append(frame)
            yield Patch(
                frame, np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.float32), shift(70, 60)
            )

    flow = merge((noise(FORMATS[0], index) for index in range(3)), track([0, 1, 2]), patches())
    next(flow)
    assert drawn == [0]


def test_a_resampled_patch_lands_where_its_matrix_says() -> None:
    plate = noise(PixelFormat("yuv444p10le", 10))
    y, x = np.mgrid[0:90, 0:96].astype(np.float32)
    spot = np.exp(-((x - 40) ** 2 + (y - 44) ** 2) / 60)[..., None] * np.ones(3, np.float32)
    matrix = np.array([[0.5, 0, 60.25], [0, 0.5, 48.5]], np.float32)
    matte = np.zeros((90, 96), np.float32)
    matte[4:-4, 4:-4] = 1.0
    comp = only([plate], [Patch(5, spot.astype(np.float32), matte, matrix)])[0]
    light = np.clip(comp.rgb((64, 54, 100, 90))[..., 1], 0, 1) ** 2
    rows, columns = np.mgrid[54:90, 64:100]
    found = (light * columns).sum() / light.sum(), (light * rows).sum() / light.sum()
    np.testing.assert_allclose(found, (0.5 * 40 + 60.25, 0.5 * 44 + 48.5), atol=0.6)


def test_levels_meet_the_plate_at_the_ring() -> None:
    form = PixelFormat("yuv444p10le", 10)
    planes = tuple(np.full((HEIGHT, WIDTH), code, np.uint16) for code in (500, 512, 512))
    plate = Picture(5, planes, form)
    grey = plate.rgb()[0, 0]
    y, x = np.mgrid[-30:30, -30:30]
    matte = np.clip((28 - np.hypot(x, y)) / 8, 0, 1).astype(np.float32)
    patch = Patch(
        5, np.broadcast_to(grey + 0.05, (60, 60, 3)).astype(np.float32).copy(), matte, shift(50, 40)
    )
    comp = only([plate], [patch])[0]
    assert np.abs(comp.planes[0].astype(int) - 500).max() <= 3  # 0.05 of 876 codes would be 44


@pytest.mark.parametrize(
    ("frames", "index"),
    [([5], 4), ([6], 5), ([4], 5)],
    ids=["no face", "never comes", "came too late"],
)
def test_a_patch_that_is_not_due_is_refused(frames: list[int], index: int) -> None:
    patches = [
        Patch(f, np.zeros((8, 8, 3), np.float32), np.ones((8, 8), np.float32), shift(60, 50))
        for f in frames
    ]
    plates = [noise(FORMATS[0], index), noise(FORMATS[0], index + 1)]
    with pytest.raises(CompositeError):
        list(merge(plates[: 1 if index == 5 else 2], track([2]), patches))


def test_a_patch_of_no_numbers_is_refused() -> None:
    patch = Patch(
        5, np.full((8, 8, 3), np.nan, np.float32), np.ones((8, 8), np.float32), shift(60, 50)
    )
    with pytest.raises(CompositeError, match="not numbers"):
        only([noise(FORMATS[0])], [patch])


def test_a_patch_beyond_the_frame_is_cut_there() -> None:
    plate = noise(FORMATS[0])
    far = Patch(5, np.ones((20, 20, 3), np.float32), np.ones((20, 20), np.float32), shift(500, 500))
    over = Patch(
        5, np.ones((200, 200, 3), np.float32), np.ones((200, 200), np.float32), shift(-20, -20)
    )
    assert only([plate], [far])[0] is plate
    assert only([plate], [over])[0].size == plate.size


def test_the_matte_is_whole_on_the_mouth_bounded_and_soft() -> None:
    mesh = face()
    matte = face_matte(mesh, (0, 0, 400, 400))
    size = face_size(mesh[list(LANDMARKS_68), :2])
    assert matte[76, 80] == 1.0
    y, x = np.mgrid[0:400, 0:400]
    far = np.hypot(x - 80, y - 70) > 2.2 * size
    assert (matte[far] == 0).all()
    assert np.abs(np.diff(matte, axis=0)).max() < 3 / size / 0.3
    part = face_matte(mesh, (40, 50, 120, 130))
    np.testing.assert_allclose(part, matte[50:130, 40:120], atol=0.08)


def test_the_matte_scales_with_the_face() -> None:
    small = face_matte(face((80, 70), 20.0), (0, 0, 160, 160))
    large = face_matte(face((160, 140), 40.0), (0, 0, 320, 320))
    np.testing.assert_allclose(large[::2, ::2], small, atol=0.08)


def test_chroma_is_averaged_only_where_the_matte_covers_all_its_pixels() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    touched = np.ones((4, 4), bool)
    touched[0, 3] = False
    mean = averaged(values, touched, PixelFormat("yuv420p", 8, (1, 1)))
    np.testing.assert_array_equal(mean, [[2.5, 0.0], [10.5, 12.5]])


def test_a_bad_patch_is_named_where_reasons_are_asked_for_and_the_plate_stays() -> None:
    plates = [noise(FORMATS[0], 5), noise(FORMATS[0], 6)]
    matte = np.ones((40, 40), np.float32)
    patches = [
        Patch(5, np.zeros((40, 40, 3), np.float32), matte, shift(60, 50)),
        Patch(6, plates[1].rgb((60, 50, 100, 90)) + np.float32(0.05), matte, shift(60, 50)),
    ]
    reasons: dict[int, KeptReason] = {}
    comps = list(merge(plates, track([5, 6]), patches, None, reasons))
    assert reasons == {5: "bad-patch"}
    assert comps[0] is plates[0]
    assert comps[1] is not plates[1]


def test_what_is_covered_stays_the_plates_to_the_bit() -> None:
    plate = noise(FORMATS[0])
    maps = np.full((1, 64, 64), 255, np.uint8)
    maps[0, :, 32:] = 0  # of the plate: x from 80 on
    visibility = Visibility(np.array([5]), maps, np.array([[[0.4, 0, 0], [0, 0.4, 0]]], np.float32))
    over = Patch(
        5, np.ones((100, 100, 3), np.float32), np.ones((100, 100), np.float32), shift(30, 20)
    )
    comp = next(merge([plate], track([5]), [over], visibility))
    changed = comp.planes[0] != plate.planes[0]
    assert changed[:, :78].any()
    assert not changed[:, 84:].any()
