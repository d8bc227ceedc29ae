"""What lies before a mouth: found on drawn faces, whatever the light; the covered frames left out."""

import cv2
import numpy as np
import pytest

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.visibility import Visibility
from g4g_plugin.faces import visibility
from g4g_plugin.faces.crop import filled
from g4g_plugin.faces.mouth_square import SQUARE_PIXELS
from g4g_plugin.faces.standing import motion, standing_edges, still


def track(count: int, first: int = 0) -> FaceTrack:
    frames = np.arange(first, first + count, dtype=np.int64)
    mesh, crop = np.zeros((count, 478, 3), np.float32), np.zeros((count, 2, 3), np.float32)
    return FaceTrack(frames, mesh, crop, np.ones(count, np.float32))


def spot(area: int, surely: float = 0.9) -> np.ndarray:
    picture = np.zeros(SQUARE_PIXELS * SQUARE_PIXELS, np.float32)
    picture = picture.reshape(SQUARE_PIXELS, SQUARE_PIXELS)
    picture[20 : 20 + area // 4, 30:34] = surely
    return picture


def test_noise_and_blinks_are_no_cover() -> None:
    blank = spot(0)
    lips = np.zeros((4, 2, SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
    flicker = np.array([blank, spot(40), blank, blank])  # in one frame alone
    small = np.array([spot(8)] * 3)
    unsure = np.array([spot(40, 0.4)] * 3)
    stays = np.array([spot(40)] * 3)
    assert not visibility.cleaned(flicker, lips).any()
    assert not visibility.cleaned(small, lips).any()
    assert not visibility.cleaned(unsure, lips).any()
    assert (visibility.cleaned(stays, lips) == 1).sum() == 3 * 40


def test_teeth_in_the_opening_are_no_cover_but_what_reaches_in_is() -> None:
    lips = np.zeros((3, 2, SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
    lips[:, 1, 18:32, 28:38] = 1
    teeth = np.array([spot(40)] * 3)
    assert not visibility.cleaned(teeth, lips).any()
    pencil = teeth.copy()
    pencil[:, 22:26, 30:60] = 0.9
    assert visibility.cleaned(pencil, lips)[1, 24, 50] == 1


def test_without_a_free_frame_it_takes_more_to_keep_them_all() -> None:
    assert not visibility.steadied(np.full(20, 0.5, np.float32)).any()
    assert visibility.steadied(np.full(20, 0.8, np.float32)).all()
    half = visibility.steadied(np.r_[np.full(20, 0.5), np.zeros(20)].astype(np.float32))
    assert half.sum() == 20 + visibility.APPROACH_FRAMES


def test_frames_are_kept_from_a_share_left_at_a_lower_one_and_a_little_around() -> None:
    share = np.zeros(40, np.float32)
    share[10:15] = (0.1, 0.25, 0.5, 0.25, 0.1)
    share[30:32] = 0.3  # never reaches the share
    kept = np.flatnonzero(visibility.steadied(share))
    assert kept.tolist() == [
        *range(11 - visibility.APPROACH_FRAMES, 14 + visibility.APPROACH_FRAMES)
    ]


def test_two_frames_between_covered_ones_are_kept_too() -> None:
    share = np.zeros(40, np.float32)
    share[[5, 16, 28]] = 1  # covered with what is around: 1-9, 12-20, 24-32
    free = np.flatnonzero(~visibility.steadied(share)).tolist()
    assert free == [0, 21, 22, 23, *range(33, 40)]


def test_only_free_frames_lend_and_where_none_is_the_least_covered_do() -> None:
    pool, looked = track(9), np.array([0, 4, 8])
    free = visibility.lenders(pool, looked, np.array([0.0, 0.0, 0.5], np.float32))
    assert free.frames.tolist() == [0, 1, 2, 3, 4]
    least = visibility.lenders(pool, looked, np.array([0.3, 0.2, 0.5], np.float32))
    assert least.frames.tolist() == [4]


def test_letters_that_stand_still_are_found_where_the_net_missed_them() -> None:
    rng = np.random.default_rng(0)
    maps = np.zeros((24, SQUARE_PIXELS, SQUARE_PIXELS), np.float32)
    frames = np.empty((24, SQUARE_PIXELS, SQUARE_PIXELS, 3), np.float32)
    ways = np.zeros((24, 2, 3), np.float32)
    points = np.full((24, 9, 2), 32, np.float32)
    for i in range(24):  # the head moves a pixel a frame; letters stay at plate x = 40..50
        shift = i - 12.0
        ways[i] = [[1, 0, -shift], [0, 1, 0]]
        frames[i] = rng.uniform(0.2, 0.8, (SQUARE_PIXELS, SQUARE_PIXELS, 1))
        here = slice(int(40 - shift), int(50 - shift))
        frames[i, 30:36, here] = 1.0
        if i % 2:
            maps[i, 30:36, here] = 0.9
    found = still(maps, frames, ways, points)
    missed = found[10, 31:35, 43:51]  # an even frame, letters at 42..52
    assert missed.min() > 0.5
    assert found[10, :28].max() == 0
    walking = still(maps, frames, np.tile(np.eye(2, 3, dtype=np.float32), (24, 1, 1)), points)
    assert not walking.any()  # what moves in the plate does not stand still in it


GRID = np.stack(np.meshgrid(np.linspace(4, 60, 12), np.linspace(4, 60, 12)), -1).reshape(-1, 2)


def slid(far: float, letters: bool, count: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Return frames of a face that slides to and fro by `far` pixels, as the plate lies; its mesh."""
    rng = np.random.default_rng(1)
    skin = cv2.GaussianBlur(rng.uniform(0, 1, (96, 96, 3)).astype(np.float32), (0, 0), 1.5)
    skin = 0.5 + 2.0 * (skin - 0.5)
    frames, points = [], []
    for i in range(count):
        at = far * np.sin(i / 3)
        move = np.array([[1, 0, at - 16], [0, 1, 0.5 * at - 16]])
        frame = cv2.warpAffine(skin, move, (SQUARE_PIXELS, SQUARE_PIXELS))
        if letters:
            for k in range(4):
                frame[28:38, 14 + 10 * k : 17 + 10 * k] = 1.0
                frame[28:38, 17 + 10 * k : 19 + 10 * k] = 0.0
        frames.append(frame)
        points.append(GRID + np.array([at, 0.5 * at]))
    return np.array(frames, np.float32), np.array(points, np.float32)


@pytest.mark.parametrize("far", [1.5, 4.0])
def test_edges_that_stand_while_the_face_moves_are_found_without_a_net(far: float) -> None:
    frames, points = slid(far, letters=True)
    stands = standing_edges(frames, points, np.ones((SQUARE_PIXELS, SQUARE_PIXELS), bool))
    letters = stands[30:36, 14:47:10]
    assert letters.mean() > 0.7
    assert stands[:24].sum() + stands[42:].sum() < 20


@pytest.mark.parametrize("far", [0.2, 1.5, 4.0])
def test_a_face_that_moves_or_rests_has_no_standing_edges(far: float) -> None:
    frames, points = slid(far, letters=False)
    assert not standing_edges(frames, points, np.ones((SQUARE_PIXELS, SQUARE_PIXELS), bool)).any()


def test_where_the_face_rests_letters_are_left_to_the_net() -> None:
    frames, points = slid(0.05, letters=True)
    assert not standing_edges(frames, points, np.ones((SQUARE_PIXELS, SQUARE_PIXELS), bool)).any()


def test_motion_is_that_of_the_mesh_around() -> None:
    _, points = slid(4.0, letters=False)
    across, along, both = motion(points)[32, 32]
    assert across == pytest.approx(float(points[:, 0, 0].var()), rel=0.01)
    assert along == pytest.approx(across / 4, rel=0.01)
    assert both == pytest.approx(across / 2, rel=0.01)


def test_a_map_is_grown_soft_and_white_where_nothing_is() -> None:
    maps = np.array([spot(0), np.minimum(spot(60) * 2, 1)])
    seen = visibility.seen(maps)
    assert seen[0].min() == 255
    assert seen[1][25, 31] == 0
    assert seen[1][25, 30 - visibility.COVER_GROWTH] < 128  # grown
    assert ((seen[1] > 0) & (seen[1] < 255)).any()  # soft


def test_visibility_lies_over_the_plate_where_its_matrix_says() -> None:
    maps = np.full((2, SQUARE_PIXELS, SQUARE_PIXELS), 255, np.uint8)
    maps[1, :, 32:] = 0
    to_map = np.array([[[0.5, 0, -50], [0, 0.5, -50]]] * 2, np.float32)
    shown = Visibility(np.array([3, 5]), maps, to_map)
    assert shown.over(3, (0, 0, 10, 10)) is None  # all seen
    assert shown.over(4, (0, 0, 10, 10)) is None  # never looked at
    over = shown.over(5, (100, 100, 228, 140))
    assert over is not None
    assert over.shape == (40, 128)
    assert over[:, :60].min() == 1  # plate x = 164 is map x = 32
    assert over[:, 68:].max() == 0


@pytest.mark.parametrize("kind", ["flat", "slope"])
def test_what_is_covered_is_filled_from_around_it(kind: str) -> None:
    face = np.full((80, 100, 3), 0.6, np.float32)
    if kind == "slope":
        face *= np.linspace(0.8, 1.2, 100, dtype=np.float32)[None, :, None]
    seen = np.ones((80, 100), np.float32)
    seen[30:50, 40:60] = 0
    covered = np.where(seen[..., None] > 0, face, 0).astype(np.float32)
    result = filled(covered, seen)
    assert np.abs(result - face).max() < 0.06
    assert np.array_equal(result[:20], covered[:20])
