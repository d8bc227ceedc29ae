"""Faces of every size are found, once each, in silence."""

import os

import cv2
import numpy as np
import pytest
from drawn_faces import backdrop

from g4g_plugin.faces.detect import FaceDetector, Found, overlap, tiles
from g4g_plugin.faces.landmarks import FaceMesh


def _pasted(face, width_of_face, x, y, size=(1920, 1080)):
    """Paste the astronaut so that her face is `width_of_face` of the picture's width; returns
    picture and scale.
    """
    scale = width_of_face * size[0] / (0.2 * 512)
    small = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[
        : size[1], : size[0]
    ]
    canvas = backdrop(*size)
    x, y = round(x * (size[0] - small.shape[1])), round(y * (size[1] - small.shape[0]))
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas, scale, (x, y)


@pytest.mark.parametrize("width", [0.04, 0.06, 0.08, 0.12, 0.2])
@pytest.mark.parametrize("place", [(0.0, 0.0), (0.47, 0.53), (1.0, 1.0)])
def test_finds_small_faces(face, still, detector, width, place):
    picture, scale, (x, y) = _pasted(face, width, *place)
    found = detector(picture)
    assert len(found) == 1
    nose = (still[1, :2] + 0.5) * scale - 0.5 + (x, y)
    left, top, right, bottom = found[0].box
    assert left < nose[0] < right
    assert top < nose[1] < bottom
    assert right - left == pytest.approx(width * 1920, rel=0.3)


def test_one_look_alone_misses_the_smallest(face, detector):
    picture, _, _ = _pasted(face, 0.03, 0.3, 0.3)
    assert detector(picture, thorough=False) == []


def test_finds_a_face_that_fills_the_picture(face, detector):
    found = detector(np.ascontiguousarray(face[70:190, 165:280]))
    assert len(found) == 1


def test_finds_nothing_where_nothing_is(detector):
    assert detector(backdrop(640, 480)) == []
    assert detector(np.zeros((5, 7, 3), np.uint8)) == []


def test_finds_two_faces_once_each(face, detector):
    both = np.hstack([face, face[:, ::-1]])
    found = detector(both)
    assert len(found) == 2
    assert sorted((f.box[0] + f.box[2]) // 1024 for f in found) == [0, 1]


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (512, 512), (100, 3)])
def test_tiles_cover_the_picture(size):
    seen = np.zeros((size[1], size[0]), bool)
    for left, top, right, bottom in tiles(*size):
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        seen[top:bottom, left:right] = True
    assert seen.all()


def test_overlap():
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == 0.5
    assert overlap((0, 0, 10, 10), (2, 2, 4, 4)) == 1
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert Found((0, 0, 1, 1), 0.5).score == 0.5


def test_native_chatter_stays_off_the_screen(face, capfd):
    with FaceDetector() as eyes, FaceMesh() as mesh:
        assert mesh(face, eyes(face)[0].box) is not None
    os.write(2, b"still here")
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "still here"


def test_closes_twice():
    eyes, mesh = FaceDetector(), FaceMesh()
    for net in (eyes, mesh, eyes, mesh):
        net.close()
