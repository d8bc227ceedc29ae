"""Known motion is recovered, gaps shift nothing, cuts drag nothing, the chosen mouth is kept,
nothing is seen twice.
"""

from __future__ import annotations

import numpy as np
import pytest
from drawn_faces import DrawnPlate, backdrop, moved, similarity, where

from g4g_plugin.core.errors import Cancelled, FaceError, MediaError
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import FaceChoice
from g4g_plugin.faces import follow as room
from g4g_plugin.faces import people, sight
from g4g_plugin.faces.cuts import find_cuts
from g4g_plugin.faces.follow import follow
from g4g_plugin.faces.landmarks import box_of
from g4g_plugin.faces.sight import CHUNK_FRAMES

EMPTY = backdrop(640, 360)


def path_of(n: int) -> np.ndarray:
    """Move her slowly about: a pan, a push-in, a tilt of the head."""
    return similarity(
        8 * np.sin(n / 12),
        1 + 0.1 * np.sin(n / 15),
        60 + 40 * np.sin(n / 10),
        20 + 15 * np.cos(n / 9),
    )


@pytest.fixture(scope="module")
def walk(face) -> DrawnPlate:
    return DrawnPlate(lambda n: moved(face, path_of(n), (640, 360)), 60, "walk")


@pytest.fixture(scope="module")
def gappy(face) -> DrawnPlate:
    """Frames 10 to 19 show nobody."""
    return DrawnPlate(
        lambda n: EMPTY if 10 <= n < 20 else moved(face, path_of(n), (640, 360)), 40, "gappy"
    )


def stranger(face: np.ndarray) -> np.ndarray:
    """Somebody else: her mirror image under blue light."""
    return np.ascontiguousarray(face[:, ::-1, ::-1])


def two(face: np.ndarray, n: int) -> np.ndarray:
    """A larger face on the left that moves right, a smaller one, somebody else's, on the right."""
    picture = np.zeros((360, 800, 3), np.uint8)
    picture[:, :420] = moved(face, similarity(0, 1.2, -60 + n, 40), (420, 360))
    picture[:, 420:] = moved(stranger(face), similarity(0, 0.9, -90, 60, 260), (380, 360))
    return picture


@pytest.fixture(scope="module")
def pair(face) -> DrawnPlate:
    return DrawnPlate(lambda n: two(face, n), 24, "pair")


class Counted:
    """Progress that remembers, and stops at a step if told to."""

    def __init__(self, stop: int | None = None) -> None:
        self.steps: list[tuple[str, int, int]] = []
        self.stop = stop

    def step(self, stage: str, done: int, total: int) -> None:
        self.steps.append((stage, done, total))
        if done == self.stop:
            raise Cancelled


def test_known_motion_is_recovered(walk, still):
    track = follow(walk, 0, 60, None, SILENT, None, 0)
    assert track.frames.tolist() == list(range(60))
    off = [
        np.linalg.norm(track.mesh[n, :, :2] - where(still, path_of(n)), axis=1).mean()
        for n in range(60)
    ]
    assert np.mean(off) < 0.7
    assert max(off) < 1.3


def test_the_crop_holds_the_face_still(walk, still):
    track = follow(walk, 0, 60, None, SILENT, None, 0)
    truth = np.stack([where(still, path_of(n)) for n in range(60)])
    crop = np.einsum("nij,npj->npi", track.to_crop[:, :, :2], truth) + track.to_crop[:, None, :, 2]
    assert crop.std(axis=0).mean() < 2.5  # of 320 pixels: half a plate pixel
    assert truth.std(axis=0).mean() > 10


def test_frames_without_a_face_are_absent_and_shift_nothing(gappy, still):
    track = follow(gappy, 0, 40, None, SILENT, None, 0)
    assert track.frames.tolist() == [*range(10), *range(20, 40)]
    for n, mesh in zip(track.frames, track.mesh, strict=True):
        assert np.abs(mesh[:, :2] - where(still, path_of(int(n)))).mean() < 1.3


def test_nobody_anywhere_is_an_error_with_a_hint():
    with pytest.raises(
        FaceError, match=r"No face was found in frames 3 to 8 of nobody\.mov"
    ) as caught:
        follow(DrawnPlate(lambda _: EMPTY, 12, "nobody"), 3, 9, None, SILENT, None, 3)
    assert caught.value.hint


def test_the_largest_face_is_the_default(pair):
    track = follow(pair, 0, 24, None, SILENT, None, 0)
    assert len(track) == 24
    assert track.mesh[:, :, 0].max() < 420


@pytest.mark.parametrize(("x", "left"), [(190, True), (590, False)])
def test_the_mouth_is_chosen_by_a_point(pair, x, left):
    track = follow(pair, 0, 24, FaceChoice(x, 190), SILENT, None, 0)
    assert len(track) == 24
    assert (track.mesh[:, :, 0].mean(1) < 420).all() == left
    assert (track.mesh[:, :, 0].mean(1) > 420).all() == (not left)


def test_the_choice_s_frame_counts_from_the_shot_s_first(face):
    def swap(n: int) -> np.ndarray:
        return np.roll(two(face, 0), 380, axis=1) if n >= 16 else two(face, 0)

    plate = DrawnPlate(swap, 32, "swap")
    early = follow(plate, 0, 32, FaceChoice(180, 190, 2), SILENT, None, 8)
    late = follow(plate, 0, 32, FaceChoice(180, 190, 12), SILENT, None, 8)
    assert (
        len(early) == len(late) == 32
    )  # both are known again behind the cut, where they have changed places
    assert early.mesh[0, 1, 0] < 420 < early.mesh[31, 1, 0]
    assert late.mesh[31, 1, 0] < 420 < late.mesh[0, 1, 0]


@pytest.mark.parametrize(
    "choice", [FaceChoice(420, 20), FaceChoice(190, 190, 400), FaceChoice(190, 190, -9)]
)
def test_a_choice_of_no_face_says_where_faces_are(pair, choice):
    with pytest.raises(FaceError) as caught:
        follow(pair, 0, 24, choice, SILENT, None, 0)
    assert "@0" in caught.value.hint or "0 to 23" in caught.value.hint


def test_a_cut_drags_nothing(face, still):
    jump = similarity(0, 0.8, 230, 60)
    other = stranger(face)

    def draw(n: int) -> np.ndarray:
        return moved(face, path_of(n), (640, 360)) if n < 21 else moved(other, jump, (640, 360))

    track = follow(DrawnPlate(draw, 30, "cut"), 0, 30, None, SILENT, None, 0)
    assert track.frames.tolist() == list(range(21))
    for n, mesh in zip(track.frames, track.mesh, strict=True):
        assert np.abs(mesh[:, :2] - where(still, path_of(int(n)))).mean() < 1.3
    behind = follow(
        DrawnPlate(draw, 30, "cut"), 0, 30, FaceChoice(*where_is(other, jump), 25), SILENT, None, 0
    )
    assert behind.frames.tolist() == list(range(21, 30))


def where_is(face: np.ndarray, matrix: np.ndarray) -> tuple[float, float]:
    """Return the middle of the stranger's face, mirrored about the picture's own middle."""
    x, y = where(np.array([[511 - 223.0, 130.0]], np.float32), matrix)[0]
    return float(x), float(y)


def test_cuts_are_told_from_pans():
    noise = np.random.default_rng(0).integers(0, 255, (18, 400, 3)).astype(np.uint8)
    soft = np.stack(
        [np.convolve(noise[y, :, c], np.ones(9) / 9, "same") for y in range(18) for c in range(3)]
    )
    wall = soft.reshape(18, 3, 400).transpose(0, 2, 1).astype(np.uint8)
    pan = np.stack([wall[:, 5 * n : 5 * n + 32] for n in range(40)])
    assert (
        np.abs(np.diff(pan.astype(int), axis=0)).mean() > 10
    )  # a whip pan changes as much as a cut
    assert find_cuts(pan, 0).tolist() == []
    cut = np.concatenate([np.repeat(pan[:1], 8, 0), np.repeat(pan[20:21], 8, 0)])
    assert find_cuts(cut, 100).tolist() == [108]


def test_what_was_seen_is_not_looked_at_again(walk, tmp_path, monkeypatch):
    plate = DrawnPlate(walk.draw, 60, "walk")
    first = follow(plate, 0, 40, None, SILENT, tmp_path, 0)
    assert plate.decoded == list(range(60))  # whole chunks of 32, to the file's end
    plate.decoded.clear()
    monkeypatch.setattr(sight, "FaceDetector", None)  # calling either would fail
    monkeypatch.setattr(sight, "FaceMesh", None)
    again = follow(plate, 0, 40, None, SILENT, tmp_path, 0)
    other = follow(plate, 20, 55, None, SILENT, tmp_path, 20)
    assert plate.decoded == []
    for name in ("frames", "mesh", "to_crop", "score"):
        assert np.array_equal(getattr(first, name), getattr(again, name))
    assert other.frames.tolist() == list(range(20, 55))


def test_the_range_asked_for_does_not_change_what_is_seen(walk, tmp_path):
    whole = sight.joined(sight.sights(walk, 0, 60, sight.Eyes(), SILENT, None), 30, 50)
    part = sight.joined(sight.sights(walk, 30, 50, sight.Eyes(), SILENT, tmp_path), 30, 50)
    assert np.array_equal(whole.mesh, part.mesh)
    assert np.array_equal(whole.thumbs, part.thumbs)


def test_another_plate_has_another_cache(walk, tmp_path):
    follow(walk, 0, 10, None, SILENT, tmp_path, 0)
    other = DrawnPlate(walk.draw, 60, "other")
    follow(other, 0, 10, None, SILENT, tmp_path, 0)
    assert other.decoded


def test_a_damaged_cache_is_made_anew(walk, tmp_path):
    good = follow(walk, 0, 20, None, SILENT, tmp_path, 0)
    (kept,) = tmp_path.rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(follow(walk, 0, 20, None, SILENT, tmp_path, 0).mesh, good.mesh)
    assert len(kept.read_bytes()) > 1000
    assert not list(tmp_path.rglob("*.part"))


def test_a_cache_that_cannot_be_written_stops_nothing(walk, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert len(follow(walk, 0, 10, None, SILENT, blocked, 0)) == 10


def test_progress_is_told_of_every_frame(walk):
    told = Counted()
    follow(walk, 5, 25, None, told, None, 5)
    done = [step[1] for step in told.steps]
    assert {(stage, total) for stage, _, total in told.steps} == {("faces", 20)}
    assert done == sorted(done)
    assert set(range(1, 21)) <= set(done)


def test_cancelled_passes_through_and_leaves_nothing(walk, tmp_path):
    with pytest.raises(Cancelled):
        follow(walk, 0, 60, None, Counted(stop=20), tmp_path, 0)
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_damage_outside_the_range_does_no_harm(walk, tmp_path):
    plate = DrawnPlate(walk.draw, 60, "hurt", broken=28)
    assert len(follow(plate, 3, 20, None, SILENT, tmp_path, 3)) == 17
    with pytest.raises(MediaError):
        follow(plate, 3, 29, None, SILENT, tmp_path, 3)


def test_lips_are_not_damped(still):
    """One frame's closure stays as deep as it was, while the head's tremble shrinks."""
    count = 40
    rng = np.random.default_rng(0)
    tremble = rng.normal(0, 0.5, (count, 1, 2))
    mesh = np.repeat(still[None], count, 0)
    mesh[:, :, :2] += tremble
    lower = [14, 17, 87, 317]
    mesh[20, lower, 1] -= 8
    track = room.steady(np.arange(count), mesh, np.ones(count, np.float32))
    gap = track.mesh[:, 14, 1] - track.mesh[:, 13, 1]
    assert gap[19] - gap[20] == pytest.approx(8, abs=0.3)
    middle = track.mesh[:, 168, :2] - still[168, :2]
    assert middle.std() < 0.75 * tremble.std()


def test_smoothing_stops_at_gaps(still):
    frames = np.array([*range(12), *range(50, 62)])
    mesh = np.repeat(still[None], 24, 0)
    mesh[12:, :, 0] += 100
    track = room.steady(frames, mesh, np.ones(24, np.float32))
    assert np.allclose(track.mesh, mesh, atol=1e-3)


def test_chunks_are_whole():
    assert CHUNK_FRAMES % sight.LOOK_HARD == 0
    assert sight.LOOK_HARD % sight.LOOK_INTERVAL == 0


def crowd(
    rng: np.random.Generator, still: np.ndarray, frames: int, many: int
) -> tuple[np.ndarray, np.ndarray]:
    """Many faces that stand side by side, each seen in most frames: rows of (frame, mesh)."""
    rows = [
        (n, still + np.float32([150 * k, 0, 0]))
        for n in range(frames)
        for k in range(many)
        if rng.random() < 0.8
    ]
    return np.array([n for n, _ in rows]), np.stack([mesh for _, mesh in rows])


def alike(count: int) -> np.ndarray:
    """Return what one person looks like, `count` times."""
    return np.repeat(np.eye(1, 8, dtype=np.float32), count, 0)


def test_a_crowd_is_told_apart(still):
    frames, mesh = crowd(np.random.default_rng(0), still, 40, 6)
    boxes = [box_of(m) for m in mesh]
    tracks = people.link(frames, boxes, alike(len(frames)), np.array([], np.int64))
    assert len(tracks) == 6
    for track in tracks:
        assert np.ptp(mesh[track][:, 1, 0]) == 0
        assert (np.diff(frames[track]) > 0).all()


def test_nothing_is_linked_across_a_cut(still):
    frames = np.arange(20)
    tracks = people.link(frames, [box_of(still)] * 20, alike(20), np.array([8]))
    assert [frames[t].tolist() for t in tracks] == [list(range(8)), list(range(8, 20))]


def test_who_steps_into_a_place_is_not_who_stood_there(still):
    """Frames 10 on show somebody else on the same spot, without a gap."""
    traits = np.eye(2, 8, dtype=np.float32)[[0] * 10 + [1] * 10]
    none = np.array([], np.int64)
    tracks = people.link(np.arange(20), [box_of(still)] * 20, traits, none)
    assert tracks == [list(range(10)), list(range(10, 20))]


def test_two_who_pass_keep_who_they_are():
    """They walk through one another; nearness alone would swap them."""
    boxes, frames, traits = [], [], []
    for n in range(31):
        for x, who in ((10.0 * n, 0), (300 - 10.0 * n, 1)):
            boxes.append((x, 0.0, x + 100, 100.0))
            frames.append(n)
            traits.append(np.eye(2, 8)[who])
    order = [i ^ 1 if 14 <= i // 2 <= 16 else i for i in range(62)]  # rows swap where they meet
    boxes, traits = [boxes[i] for i in order], np.float32([traits[i] for i in order])
    tracks = people.link(np.array(frames), boxes, traits, np.array([], np.int64))
    assert len(tracks) == 2
    assert all(np.ptp(traits[track], axis=0).max() == 0 for track in tracks)


def test_joined_only_if_alike_and_never_at_once():
    one, other = np.eye(2, 8, dtype=np.float32)
    traits = np.stack([one, one, other, one])
    tracks = [[0], [1], [2], [3]]
    assert people.join(tracks, np.array([0, 5, 9, 5]), traits) in (
        [[0, 1], [2], [3]],
        [[0, 3], [1], [2]],
    )


def test_who_may_be_the_person_is_named_and_not_taken():
    """The second piece is a little like the first, and like nobody else more."""
    angle = np.arccos((people.STRANGER_LIKENESS + people.SAME_PERSON) / 2)
    traits = np.float32([[1, 0]] * 5 + [[np.cos(angle), np.sin(angle)]] * 5)
    frames, boxes = np.arange(10), [(0.0, 0.0, 9.0, 9.0)] * 5 + [(500.0, 0.0, 509.0, 9.0)] * 5
    tracks = people.join([list(range(5)), list(range(5, 10))], frames, traits)
    assert len(tracks) == 2
    mine = people.certain(tracks, 0, frames, boxes, traits)
    assert mine.rows.tolist() == [0, 1, 2, 3, 4]
    assert mine.unsure.tolist() == [5, 6, 7, 8, 9]


def test_a_face_that_may_be_the_one_passing_by_is_named_and_not_taken():
    traits = np.float32([[1, 0, 0]] * 6 + [[0.1, 0.1, 0.99]] + [[0, 1, 0]] * 6)
    frames = np.array([*range(7), *range(3, 9)])
    boxes = [(0.0, 0.0, 9.0, 9.0)] * 7 + [(10.0, 0.0, 19.0, 9.0)] * 6
    mine = people.certain([list(range(7)), list(range(7, 13))], 0, frames, boxes, traits)
    assert mine.rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert mine.unsure.tolist() == [6]
    far = [(0.0, 0.0, 9.0, 9.0)] * 7 + [(900.0, 0.0, 909.0, 9.0)] * 6
    alone = people.certain([list(range(7)), list(range(7, 13))], 0, frames, far, traits)
    assert len(alone.rows) == 7
