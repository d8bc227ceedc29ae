"""Who speaks where no face was chosen: drawn people, and an expert that knows brightness and
loudness.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawn_people import drawn_face
from test_sync import COUNT, LoudAndBright, heard, opening, write_plate

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.faces.follow import Followed
from g4g_plugin.network import judge
from g4g_plugin.render import speaker
from g4g_plugin.render.speaker import choose_speaker

RATE = Fraction(25)
SIDE = 64


@pytest.fixture(autouse=True)
def expert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "open_expert", lambda path=None: (LoudAndBright(), "ab" * 32))


def person(wide: np.ndarray, moving: bool = True, frames: int = COUNT) -> Followed:
    """Return someone whose mouth is as bright as it is open in each frame."""
    n = np.arange(frames)
    mesh = drawn_face(0.3 * wide[:frames] if moving else np.full(frames, 0.1)) * 40 + 100
    bright = np.rint(60 + 150 * wide[:frames]).astype(np.uint8)
    squares = np.broadcast_to(bright[:, None, None, None], (frames, SIDE, SIDE, 3)).copy()
    ways = np.repeat(np.eye(2, 3, dtype=np.float32)[None], frames, 0)
    track = FaceTrack(n, mesh.astype(np.float32), ways * 5, np.ones(frames, np.float32))
    nobody = np.empty(0, np.int64)
    return Followed(track, squares, ways, nobody, np.empty((0, 478, 2), np.float32), nobody)


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Return a plate on which the second opening is heard."""
    return write_plate(tmp_path / "plate.mkv", opening(2), heard(opening(2)))


def test_whose_lips_fit_the_sound_speaks_however_small(plate: Path) -> None:
    everyone = [person(opening(1)), person(opening(3)), person(opening(2))]
    assert choose_speaker(plate, RATE, everyone) == (everyone[2], "fit")


def test_footage_whose_sound_lies_some_frames_off_is_still_told(tmp_path: Path) -> None:
    late = write_plate(tmp_path / "late.mkv", opening(2), heard(opening(2), 4))
    everyone = [person(opening(1)), person(opening(2))]
    assert choose_speaker(late, RATE, everyone) == (everyone[1], "fit")


def test_where_several_fit_the_largest_whose_mouth_moves_is_taken(plate: Path) -> None:
    photo, twin = person(opening(2), moving=False), person(opening(2))
    everyone = [photo, twin, person(opening(2))]
    assert choose_speaker(plate, RATE, everyone) == (twin, "size")


def test_a_photo_never_speaks_where_somebody_moves(plate: Path) -> None:
    everyone = [person(opening(2), moving=False), person(opening(1))]
    assert choose_speaker(plate, RATE, everyone) == (everyone[1], "moves")
    photos = [person(opening(1), moving=False), person(opening(2), moving=False)]
    assert choose_speaker(plate, RATE, photos) == (photos[0], "size")


def test_one_person_needs_no_judge(plate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "original_sound", None)
    alone = person(opening(1))
    assert choose_speaker(plate, RATE, [alone]) == (alone, "alone")


def test_without_old_sound_size_decides(tmp_path: Path) -> None:
    mute = write_plate(tmp_path / "mute.mkv", opening(2), None)
    everyone = [person(opening(1)), person(opening(2))]
    assert choose_speaker(mute, RATE, everyone) == (everyone[0], "size")


def test_who_is_in_the_picture_for_less_than_a_second_is_not_judged(plate: Path) -> None:
    everyone = [person(opening(1)), person(opening(2), frames=20)]
    assert choose_speaker(plate, RATE, everyone) == (everyone[0], "size")
