from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import cv2
import drawn_people
import numpy as np
import pytest
import torch
from drawn_people import draw_pack, drawn_face, drawn_speech, turned

from g4g_plugin.core.errors import FaceError, MediaError, TakeError
from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.network import mel
from g4g_plugin.network.syncnet import SyncConfig, SyncNet
from g4g_plugin.training.corpus import contact_sheet as contact
from g4g_plugin.training.corpus import extract
from g4g_plugin.training.corpus.build import build_corpus, share_out
from g4g_plugin.training.corpus.dataset_layouts import Source, capped, in_pieces, list_plain
from g4g_plugin.training.corpus.pack import Corpus, silent_spans, write_offsets
from g4g_plugin.training.nets import audio_offsets as offsets

COUNT = 40


def bits(number: int) -> np.ndarray:
    """A 96 x 96 picture that carries its number: eight grey columns of 12 pixels, dark or bright."""
    shade = [200 if number >> k & 1 else 30 for k in range(8)]
    return np.repeat(np.repeat(np.array(shade, np.uint8), 12)[None, :, None], 96, axis=0).repeat(
        3, axis=2
    )


def number_of(picture: np.ndarray) -> int:
    columns = picture[:, :, 1].reshape(len(picture), 8, -1).mean(axis=(0, 2))
    return sum(1 << k for k, shade in enumerate(columns) if shade > 115)


def whole(mesh: np.ndarray, mouth: int) -> np.ndarray:
    """A crop matrix that lays the 96 x 96 picture over the crop's full size."""
    matrix = np.array([[80 / 96, 0, 0], [0, 104 / 96, 0]], np.float32)
    return np.repeat(matrix[None], len(mesh), axis=0)


def measure(pictures) -> np.ndarray:
    """Pretend to see a face; frames 3 and 4 of a clip have none."""
    meshes = np.stack(
        [turned(drawn_face(np.zeros(1)), 0, 0, 30, (48, 30, 0))[0] + number_of(p) for p in pictures]
    )
    meshes[3:5] = np.nan
    return meshes


def blind(pictures) -> np.ndarray:
    return np.full((len(list(pictures)), 478, 3), np.nan, np.float32)


def write_clip(
    path: Path, rate: int = 25, sound: float = 0.3, late: float = 0.0, click: float = 0.8
) -> None:
    """Write bit-coded pictures and a click; the sound's first sample stands `late` seconds after
    the first picture.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.zeros(round(16000 * COUNT / rate), np.float32)
    samples[round(16000 * (click - late)) :][:200] = sound
    with av.open(str(path), "w") as movie:
        video = movie.add_stream("libx264", rate=rate, options={"crf": "4"})
        video.width = video.height = 96
        audio = movie.add_stream("pcm_s16le", rate=16000, layout="mono")
        for number in range(COUNT):
            movie.mux(video.encode(av.VideoFrame.from_ndarray(bits(number), format="rgb24")))
        movie.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(
            (samples * 32767).astype(np.int16)[None], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = 16000, round(late * 16000)
        movie.mux(audio.encode(frame))
        movie.mux(audio.encode(None))


def test_a_pack_is_built_and_read_at_random(tmp_path):
    for name in ("anna/1.mov", "anna/2.mov", "ben/1.mov"):
        write_clip(tmp_path / "in" / name)
    made = build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    assert made == {"clips": 3, "frames": 3 * COUNT, "dropped": 0}
    corpus = Corpus(tmp_path / "pack", mouth=64)
    clip = corpus.clips[1]
    assert (clip.key, clip.identity, clip.group) == ("anna/2.mov", "anna", "anna")
    wanted = [39, 0, 17, 17]
    assert [number_of(p) for p in corpus.pictures(clip, wanted)] == wanted
    points = corpus.mesh(clip)
    assert points.shape == (COUNT, 478, 3)
    drawn = turned(drawn_face(np.zeros(1)), 0, 0, 30, (48, 30, 0))[0] + 17
    np.testing.assert_allclose(points[17, :, 0], drawn[:, 0] * 80 / 96, atol=0.05)
    np.testing.assert_allclose(
        points[3:5, 0, 0] - points[2:4, 0, 0], 80 / 96, atol=0.1
    )  # the gap is bridged
    assert corpus.landmarks(clip).shape == (COUNT, len(LANDMARKS_68), 2)
    loudest = corpus.mel(clip).max(axis=1).argmax() / mel.MEL_RATE
    heard = np.abs(corpus.times(clip) - loudest).argmin()
    assert abs(heard - 0.8 * 25) <= 1
    assert contact.show_corpus(corpus)[0]["clips"] == 2
    with pytest.raises(IndexError):
        corpus.pictures(clip, [COUNT])


def test_other_rates_become_25_by_the_nearest_picture(tmp_path):
    times = np.arange(60) / 30 + 0.5
    index = extract.even_times(times)
    assert len(index) == 50
    assert np.abs(times[index] - (0.5 + np.arange(50) / 25)).max() <= 1 / 60 + 1e-9
    np.testing.assert_array_equal(extract.even_times(np.arange(10) / 25), np.arange(10))
    write_clip(tmp_path / "a.mov", rate=50)
    shown = [
        number_of(p) for p in extract.read_pictures(tmp_path / "a.mov", np.array([0, 2, 2, 8]))
    ]
    assert shown == [0, 2, 2, 8]


def test_sound_is_laid_by_its_time_stamps(tmp_path):
    for late in (0.0, 0.2):
        write_clip(tmp_path / "a.mov", late=late)
        samples = extract.read_sound(tmp_path / "a.mov", 0.0, 1.6)
        assert abs(int(np.abs(samples).argmax()) - 12_800) < 250


def test_a_larger_opening_scales_points_with_the_pictures(tmp_path):
    draw_pack(tmp_path / "pack", 2, 1, 30)
    small, large = Corpus(tmp_path / "pack", mouth=64), Corpus(tmp_path / "pack", mouth=128)
    clip = small.clips[0]
    assert large.pictures(clip).shape == (30, 208, 160, 3)
    np.testing.assert_allclose(
        large.mesh(clip)[..., :2] + 0.5, 2 * (small.mesh(clip)[..., :2] + 0.5), atol=1e-3
    )


def test_a_broken_run_goes_on(tmp_path):
    write_clip(tmp_path / "in" / "a" / "1.mov")
    build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    before = (tmp_path / "pack" / "corpus.json").read_bytes()
    (tmp_path / "pack" / "corpus.json").unlink()

    def never(pictures):
        raise AssertionError("a finished shard was measured again")

    build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=never, to_crop=whole)
    assert (tmp_path / "pack" / "corpus.json").read_bytes() == before


class Told:
    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int]] = []

    def step(self, stage: str, done: int, total: int) -> None:
        self.steps.append((stage, done, total))


def told_of(pack: Path) -> dict:
    """The table of a pack but for the digests of its .npz, in which the hour stands."""
    table = json.loads((pack / "corpus.json").read_text())
    for shard in table["shards"]:
        shard["digests"].pop(shard["numbers"])
    return table


def fails_on(name, broken=measure):
    """A measure that breaks down at its n-th call, as a killed process would."""
    calls = []

    def measured(pictures):
        calls.append(1)
        if len(calls) == name:
            raise KeyboardInterrupt
        return broken(pictures)

    return measured, calls


def test_a_run_that_is_killed_goes_on_with_the_next_clip(tmp_path):
    for name in ("anna/1.mov", "anna/2.mov", "ben/1.mov"):
        write_clip(tmp_path / "in" / name)
    killed, calls = fails_on(3)
    with pytest.raises(KeyboardInterrupt):
        build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=killed, to_crop=whole)
    assert len(list((tmp_path / "pack" / "work").glob("*.npz"))) == 2
    again, calls = fails_on(0)
    bar = Told()
    made = build_corpus(
        tmp_path / "in", tmp_path / "pack", 64, 1, measure=again, to_crop=whole, progress=bar
    )
    assert (made["clips"], len(calls)) == (3, 1)
    assert bar.steps == [("corpus", k, 3) for k in (1, 2, 3)]
    assert not (tmp_path / "pack" / "work").exists()
    build_corpus(tmp_path / "in", tmp_path / "once", 64, 1, measure=measure, to_crop=whole)
    assert told_of(tmp_path / "pack") == told_of(tmp_path / "once")


def test_two_processes_make_the_same_pack_as_one(tmp_path):
    for name in ("anna/1.mov", "anna/2.mov", "ben/1.mov"):
        write_clip(tmp_path / "in" / name)
    for processes in (1, 2):
        out = tmp_path / str(processes)
        build_corpus(
            tmp_path / "in",
            out,
            64,
            processes,
            measure=drawn_people.steady,
            to_crop=drawn_people.halved,
        )
    assert told_of(tmp_path / "1") == told_of(tmp_path / "2")


def test_a_long_video_becomes_several_clips_that_miss_nothing(tmp_path):
    write_clip(tmp_path / "in" / "anna.mov", click=0.79)
    sources = in_pieces([Source("anna.mov", "anna", seconds=COUNT / 25)], 0.9)
    assert [(s.key, s.path) for s in sources] == [
        ("anna.mov#0-0.8", "anna.mov"),
        ("anna.mov#0.8-1.6", "anna.mov"),
    ]
    parts = [
        extract.extract(tmp_path / "in/anna.mov", 64, steady, whole, s.begin, s.length)
        for s in sources
    ]
    assert [number_of(p) for e in parts for p in e.pictures] == list(range(COUNT))
    assert [e.first for e in parts] == [0, 20]
    loudest = parts[1].mel.max(axis=1).argmax() / mel.MEL_RATE - 1.0
    assert abs(loudest - 0.0) < 0.05  # the click at 0.8 s is heard with its first frame


def steady(pictures) -> np.ndarray:
    return np.stack([turned(drawn_face(np.zeros(1)), 0, 0, 30, (48, 30, 0))[0] for _ in pictures])


def test_silent_spans_are_found_stored_and_moved_with_the_offset(tmp_path):
    _, rows = drawn_speech(60, 3)
    rows[80 + 64 : 80 + 128] = mel.SILENCE_LEVEL  # nothing is said in frames 20 .. 39
    spans = silent_spans(mel.level_mel(rows), 60)
    around = [span for span in spans if span[0] <= 22 < sum(span)]
    assert len(around) == 1
    assert 17 <= around[0][0] <= 21
    assert 38 <= sum(around[0]) <= 43
    assert silent_spans(np.full((240, 80), mel.SPEECH_LEVEL, np.float32), 25) == ()
    write_clip(tmp_path / "in" / "a" / "1.mov")
    build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    corpus = Corpus(tmp_path / "pack")
    assert corpus.clips[0].silence
    quiet = corpus.silent(corpus.clips[0])
    assert quiet[2:17].all()
    assert not quiet[20]  # the click
    write_offsets(
        tmp_path / "pack", {corpus.clips[0].key: {"offset": 3.0, "sound": True}}, "expert"
    )
    corpus = Corpus(tmp_path / "pack")
    assert not corpus.silent(corpus.clips[0])[17]
    np.testing.assert_array_equal(
        corpus.silent(replace(corpus.clips[0], silence=None)), corpus.silent(corpus.clips[0])
    )


def test_the_table_and_the_sheet_show_every_identity_and_every_reason(tmp_path):
    write_clip(tmp_path / "in" / "anna" / "1.mov")
    write_clip(tmp_path / "in" / "mute" / "1.mov", sound=0.0)
    build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    reason = {
        "offset": 0.0,
        "sound": False,
        "reason": "no clear audio-video offset: leads by 0.01 only",
    }
    write_offsets(tmp_path / "pack", {"anna/1.mov": reason | {"lead": 0.01}}, "expert")
    corpus = Corpus(tmp_path / "pack")
    rows = {row["identity"]: row for row in contact.show_corpus(corpus)}
    assert rows["anna"] | {"face": 0, "silence": 0} == {
        "identity": "anna",
        "split": "train",
        "clips": 1,
        "seconds": 1.6,
        "face": 0,
        "offset": None,
        "silence": 0,
        "unclear": 1,
        "lost": 0,
    }
    assert rows["anna"]["face"] == pytest.approx(
        np.ptp(drawn_face(np.zeros(1))[0, LANDMARKS_68, 1]) * 30, abs=0.1
    )
    assert rows["anna"]["silence"] > 0.8
    assert rows["mute"]["lost"] == 1
    told = contact.table(corpus)
    assert "mute/1.mov: 1.mov is mute" in told
    assert "leads by 0.01 only" in told
    contact.draw_sheet(corpus, tmp_path / "sheet.png")
    sheet = np.asarray(cv2.imread(str(tmp_path / "sheet.png")))
    height, width = corpus.size
    assert sheet.shape == (height + contact.LABEL_PIXELS, width, 3)
    assert sheet[height:].max() > 200  # the label
    np.testing.assert_allclose(
        sheet[:height, :, ::-1], corpus.pictures(corpus.clips[0], [COUNT // 2])[0], atol=12
    )


def test_offsets_are_found_reported_and_not_looked_for_twice(tmp_path, monkeypatch):
    pack = draw_pack(tmp_path / "pack", 2, 2, 30)
    torch.manual_seed(0)
    SyncNet(SyncConfig(width=8, size=16)).save(tmp_path / "sync.safetensors", {}, half=False)
    rows = offsets.estimate_offsets(pack, tmp_path / "sync.safetensors", 1)
    assert set(rows) == {clip.key for clip in Corpus(pack).clips}
    for clip in Corpus(
        pack
    ).clips:  # an untaught expert hears nothing clearly: dropped with a reason, or near zero
        row = rows[clip.key]
        assert row["sound"] == (abs(row["best"]) <= 1)
        assert clip.reason == row.get("reason", "")
        assert bool(clip.reason) != clip.sound
    monkeypatch.setattr(offsets, "hear_clips", blind)
    assert offsets.estimate_offsets(pack, tmp_path / "sync.safetensors", 1) == rows


def test_unusable_clips_are_dropped_with_a_reason(tmp_path):
    write_clip(tmp_path / "in" / "good" / "1.mov")
    write_clip(tmp_path / "in" / "mute" / "1.mov", sound=0.0)
    (tmp_path / "in" / "good" / "2.mp4").write_bytes(b"no video")
    made = build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    assert made == {"clips": 1, "frames": COUNT, "dropped": 2}
    reasons = {
        row["key"]: row["reason"]
        for row in json.loads((tmp_path / "pack/corpus.json").read_text())["dropped"]
    }
    assert "mute" in reasons["mute/1.mov"]
    assert "decoded" in reasons["good/2.mp4"]
    with pytest.raises(TakeError):
        extract.extract(tmp_path / "in/mute/1.mov", 64, measure, whole)
    with pytest.raises(FaceError):
        extract.extract(tmp_path / "in/good/1.mov", 64, blind, whole)


def test_a_damaged_shard_is_noticed(tmp_path):
    pack = draw_pack(tmp_path / "pack", 2, 1, 30)
    with (pack / "shard-000.npz").open("r+b") as file:
        file.seek(200)
        file.write(b"x")
    with pytest.raises(MediaError, match="damaged"):
        Corpus(pack)
    with pytest.raises(MediaError, match="no corpus pack"):
        Corpus(tmp_path)


def test_offsets_move_where_sound_is_looked_up(tmp_path):
    pack = draw_pack(tmp_path / "pack", 2, 1, 30)
    key = Corpus(pack).clips[0].key
    write_offsets(pack, {key: {"offset": 2.5, "sound": False}}, "expert")
    corpus = Corpus(pack)
    late, other = corpus.clips
    np.testing.assert_allclose(corpus.times(late) - corpus.times(other), 0.1)
    assert corpus.select(sound=True) == [other]


def test_runs_and_gaps():
    seen = np.array([1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1], bool)
    assert extract.longest_run(seen) == (0, 7)
    assert extract.longest_run(~seen & False) == (0, 0)


def test_lists_are_capped_and_shared_out_the_same_each_time(tmp_path):
    sources = [Source(f"{who}/{k}.mp4", who, seconds=30.0) for who in "ab" for k in range(9)]
    few = capped(sources, 4)
    assert [s.identity for s in few] == ["a"] * 4 + ["b"] * 4
    assert [len(s) for s in share_out(few)] == [4, 4]
    for k in range(12):
        write_clip(tmp_path / f"speaker{k:02d}" / "1.mov")
        if k == 2:
            break
    assert [s.identity for s in list_plain(tmp_path)] == ["speaker00", "speaker01", "speaker02"]


def test_speech_is_where_the_drawing_says():
    aperture, rows = drawn_speech(50, 3)
    loud = rows.max(axis=1)[80 + np.rint(np.arange(50) * 3.2).astype(int)]
    assert np.corrcoef(loud[aperture > 0.02], np.log(aperture[aperture > 0.02]))[0, 1] > 0.7
