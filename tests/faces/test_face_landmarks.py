"""The mesh goes with the face to a fraction of a pixel, wherever the box lies; the 68 points are
iBUG's.
"""

import numpy as np
import pytest
from drawn_faces import backdrop, moved, similarity, where

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.faces import landmarks
from g4g_plugin.faces.landmarks import box_of, roll_of


@pytest.mark.parametrize(
    ("angle", "scale", "x", "y"),
    [(0, 1, 7.25, -3.5), (20, 1, 0, 0), (-35, 0.9, 5, 5), (0, 2, 0, 9)],
)
def test_known_motion_is_recovered(face, still, detector, mesher, angle, scale, x, y):
    matrix = similarity(angle, scale, x, y)
    picture = moved(face, matrix, (700, 700))
    mesh, score = mesher(picture, detector(picture)[0].box)
    off = np.linalg.norm(mesh[:, :2] - where(still, matrix), axis=1)
    assert score > 0.9
    assert off.mean() < 0.6 * max(scale, 1)
    assert np.linalg.norm(mesh[:, :2] - still[:, :2], axis=1).mean() > 3 * off.mean()


def test_depth_has_the_scale_of_width(face, still, detector, mesher):
    picture = moved(face, similarity(0, 2, 0, 0), (700, 700))
    mesh, _ = mesher(picture, detector(picture)[0].box)
    assert mesh.shape == (478, 3)
    assert mesh.dtype == np.float32
    assert np.ptp(mesh[:, 2]) == pytest.approx(2 * np.ptp(still[:, 2]), rel=0.03)
    assert still[1, 2] < still[127, 2]  # the nose is nearer than the temple


@pytest.mark.parametrize(("shift", "grow"), [((9, -7), 0.8), ((-6, 5), 1.25), ((0, 0), 1.0)])
def test_the_box_hardly_matters(face, still, mesher, shift, grow):
    x0, y0, x1, y1 = box_of(still)
    x, y, half = (x0 + x1) / 2 + shift[0], (y0 + y1) / 2 + shift[1], grow * (x1 - x0) / 2
    mesh, _ = mesher(face, (x - half, y - half, x + half, y + half))
    assert np.abs(mesh[:, :2] - still[:, :2]).mean() < 0.8  # her face is 104 pixels wide


def test_starts_from_another_mesh(face, still, mesher):
    mesh, _ = mesher(face, near=still + np.float32(4))
    assert np.abs(mesh[:, :2] - still[:, :2]).mean() < 0.5


def test_keeps_nothing_between_pictures(face, still, mesher):
    box = box_of(still)
    once = mesher(face, box)[0]
    mesher(np.ascontiguousarray(face[::-1]), (10, 10, 90, 90))
    assert np.array_equal(mesher(face, box)[0], once)


def test_no_face_is_none(mesher):
    assert mesher(backdrop(400, 300), (50, 50, 150, 150)) is None
    assert mesher(backdrop(400, 300), (5000, 5000, 5100, 5100)) is None
    assert mesher(backdrop(400, 300), (50, 50, 50, 50)) is None
    with pytest.raises(ValueError, match="box or"):
        mesher(backdrop(400, 300))


def test_a_face_at_the_picture_s_edge(face, still, mesher):
    cut = np.ascontiguousarray(face[:, 185:])  # a fifth of her face is outside
    mesh, _ = mesher(cut, near=still - np.float32([185, 0, 0]))
    assert np.abs(mesh[:, :2] - still[:, :2] + (185, 0)).mean() < 4


def test_the_68_points_are_where_ibug_has_them(still):
    p = still[list(LANDMARKS_68), :2]
    x, y = p[:, 0], p[:, 1]
    assert len(set(LANDMARKS_68)) == 68
    assert (np.diff(x[5:12]) > 0).all()  # contour from image-left to image-right
    assert y[:17].argmax() == 8  # over the chin
    assert (np.diff(x[17:27]) > 0).all()  # brows
    assert (np.diff(y[27:31]) > 0).all()  # bridge, downwards
    assert (np.diff(x[31:36]) > 0).all()  # nostrils
    for eye in (
        slice(36, 42),
        slice(42, 48),
    ):  # clockwise from the image-left corner, upper lid first
        assert x[eye].argmin() == 0
        assert x[eye].argmax() == 3
        assert y[eye][1:3].max() < y[eye][4:6].min()
    assert x[48:60].argmin() == 0  # outer lips: corner, upper edge, corner, lower edge
    assert x[48:60].argmax() == 6
    assert y[49:54].max() < y[55:60].min()
    assert x[60:68].argmin() == 0  # inner lips, likewise
    assert x[60:68].argmax() == 4
    assert y[61:64].max() < y[65:68].min()
    assert y[51] < y[62] < y[66] < y[57]  # outer above inner above inner above outer


def test_roll(still):
    assert abs(np.degrees(roll_of(still))) < 6
    turned = where(still, similarity(20, 1, 0, 0))
    assert np.degrees(roll_of(turned.astype(np.float32)) - roll_of(still)) == pytest.approx(
        20, abs=0.01
    )


def test_a_missing_model_is_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr(
        landmarks, "_GRAPH", landmarks._GRAPH.replace("face_landmark_with_attention", "gone")
    )
    with pytest.raises(FaceError, match="cannot be loaded") as caught:
        landmarks.FaceMesh()
    assert "0.10.14" in caught.value.hint
