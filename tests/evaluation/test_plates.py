"""A pack's clips at their plates' own size: the same windows, other clips lend to short ones,
offsets are taken out.
"""

from __future__ import annotations

import json
from contextlib import closing

import numpy as np
import pytest
from drawn_subjects import draw_pack, speaking_head, write_movie

from g4g_plugin.core.errors import FaceError, MediaError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.evaluation import plates
from g4g_plugin.evaluation.plates import LentCrops, plate_subject, plate_subjects, video_subjects
from g4g_plugin.evaluation.subjects import whole_crop
from g4g_plugin.training.corpus.pack import Corpus

LATE = 2.0  # frames


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Drawn films in tmp_path, 60 frames each, whose track and sound are known; return the folder."""
    _, mesh, samples = speaking_head()
    known = {}

    def followed(plate, first, end, *_):
        count = end - first
        known.setdefault("counts", []).append(count)
        return FaceTrack(
            np.arange(count), mesh[:count], whole_crop(64, count), np.ones(count, np.float32)
        )

    monkeypatch.setattr(plates, "follow", followed)
    monkeypatch.setattr(plates, "read_take", lambda take, rate: samples)
    return tmp_path


def film(path, frames=60, seed=900):
    return write_movie(path, speaking_head(frames, seed)[0])


def test_a_short_clip_borrows_from_others_and_never_from_its_window(drawn):
    own = film(drawn / "own.mkv", 30)
    lenders = [film(drawn / f"{k}.mkv", 60, 901 + k) for k in range(2)]
    with closing(plate_subject(own, None, 40, late=0.08, lenders=lenders)) as subject:
        assert isinstance(subject.crops, LentCrops)
        assert len(subject.track) == 30
        pool = subject.crops.pool
        assert pool.frames.min() >= 30 + 13
        assert len(pool) == 120
        asked = pool.frames[[70, 3, 3]]
        crops = subject.crops.fetch(asked)
        assert [crop.frame for crop in crops] == asked.tolist()
        theirs = [speaking_head(60, 901 + k)[0][row] for k, row in ((1, 10), (0, 3), (0, 3))]
        for crop, picture in zip(crops, theirs, strict=True):
            x, y = crop.origin
            height, width = crop.pixels.shape[:2]
            assert np.abs(crop.pixels * 255 - picture[y : y + height, x : x + width]).max() < 1
        assert len(list(subject.crops)) == len(list(subject.pictures())) == 30
        assert subject.sound.late == 0.08
        assert subject.sound.start == pytest.approx(0.08)


def test_a_long_clip_lends_to_itself_and_a_short_one_alone_is_refused(drawn):
    long = film(drawn / "long.mkv", 60)
    with closing(plate_subject(long, None, 12, late=-0.04)) as subject:
        apart = np.abs(subject.crops.pool.frames[:, None] - subject.track.frames[None])
        assert apart.min() >= 13
        assert subject.sound.start == pytest.approx(subject.crops.start / 25 - 0.04)
    with pytest.raises(FaceError, match="too short"):
        plate_subject(film(drawn / "short.mkv", 30), None)


def test_the_packs_clips_are_found_with_their_offsets(drawn):
    pack = draw_pack(drawn / "pack", people=5, clips=2, frames=60)
    test = Corpus(pack).select("test")
    rows = {clip.key: {"offset": LATE, "sound": True} for clip in test}
    (pack / "offsets.json").write_text(json.dumps({"expert": "0", "clips": rows}))
    corpus = Corpus(pack, 64)
    with pytest.raises(MediaError, match="is not there"):
        plate_subjects(corpus, drawn / "videos", None)
    for clip in test:
        film(drawn / "videos" / f"{clip.key}.mkv").rename(drawn / "videos" / clip.key)
    found = plate_subjects(corpus, drawn / "videos", None, most=20, clips=2)
    assert [s.name for s in found] == [clip.key for clip in test][:2]
    assert {s.sound.late for s in found} == {LATE / 25}
    for subject in found:
        subject.close()


def test_videos_are_measured_without_their_own_lateness(drawn):
    paths = [film(drawn / f"{name}.mkv") for name in "ab"]
    late = {"a": 3.0, "b": 0.0}
    found = video_subjects(
        [*paths, film(drawn / "short.mkv", 20)], None, 20, lambda path: late.get(path.stem, 0)
    )
    assert [s.sound.late for s in found] == [0.12, 0.0]
    for subject in found:
        subject.close()
