"""The whole evaluation on drawn heads: a tiny expert, true and shifted results, and what the tables
say of them.
"""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from drawn_subjects import draw_pack, find_drawn, speaking_head, write_movie, write_sound

from g4g_plugin.core.errors import EngineError, MediaError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.evaluation import metrics, report, score
from g4g_plugin.evaluation.ablate import ablate, ablation_text, variants
from g4g_plugin.evaluation.card import read_markdown
from g4g_plugin.evaluation.evaluate import (
    EvaluateConfig,
    Outcome,
    Tools,
    evaluate,
    pair_up,
)
from g4g_plugin.evaluation.inspection import MeshFinder, look
from g4g_plugin.evaluation.plates import plate_subject
from g4g_plugin.evaluation.rows import (
    TRUTH_ROW,
    UNCHANGED_ROW,
    copying_rows,
    heard_codes,
    noisy_codes,
    peer_pictures,
    pink,
    renderer_rows,
)
from g4g_plugin.evaluation.subjects import (
    Subject,
    choose_window,
    cross_subject,
    loudness,
    pack_subjects,
    shortened,
    whole_crop,
)
from g4g_plugin.network.generator import G4GConfig
from g4g_plugin.network.judge import curve_score, even, find_expert, grey_mouths, judge, open_expert
from g4g_plugin.network.mouth import MouthConfig, MouthNet
from g4g_plugin.network.syncnet import SyncConfig, SyncNet, load_sync
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.loop.loop import LoopConfig
from g4g_plugin.training.nets import mouth_talks, train_sync
from g4g_plugin.training.nets.batches import BatchConfig
from g4g_plugin.training.nets.generator_config import TrainGeneratorConfig

LATE = 5  # frames by which the worse of two results is late
SYNC = train_sync.TrainSyncConfig(
    net=SyncConfig(width=8, size=32, dropout=0.0),
    loop=LoopConfig(steps=50, rate=3e-3, warm=5, log_every=25, check_every=25, average=0.9),
    clips=6,
    windows=5,
    held=1,
    half=False,
    turn=0.0,
    zoom=0.0,
    mask=0.0,
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return Corpus(draw_pack(tmp_path_factory.mktemp("drawn") / "pack", people=5), mouth=64)


@pytest.fixture(scope="module")
def subjects(corpus) -> list[Subject]:
    return pack_subjects(corpus, most=40, clips=2)


@pytest.fixture(scope="module")
def net(corpus) -> MouthNet:
    torch.manual_seed(0)
    basis = mouth_talks.fit_corpus_basis(corpus, corpus.select("train"))
    return MouthNet(MouthConfig(width=16, dilations=(1,)), basis).eval()


@pytest.fixture(scope="module")
def expert_file(corpus, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("expert")
    train_sync.train(SYNC, corpus.path, out, 2)
    return out / "sync.safetensors"


@pytest.fixture(scope="module")
def expert(expert_file) -> SyncNet:
    return load_sync(expert_file)[0]


@pytest.fixture(scope="module")
def peers(subjects, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("peers")
    for subject in subjects:
        rgb = np.stack([picture.rgb8() for picture in subject.pictures()])
        write_movie(folder / "true" / f"{subject.file_name}.mkv", rgb)
        write_movie(
            folder / "late" / f"{subject.file_name}.mkv",
            np.concatenate([rgb[:1]] * LATE + [rgb[:-LATE]]),
        )
    return {name: folder / name for name in ("true", "late")}


@pytest.fixture(scope="module")
def outcome(subjects, net, expert, peers) -> Outcome:
    native = renderer_rows("ours", NativeRenderer(net.basis))
    rows = [*copying_rows(net.basis, 64), *native]
    config = EvaluateConfig(mouth=64, clips=2, silent=1)
    return evaluate(subjects, rows, net, Tools(find_drawn, expert), config, peers)


def own(outcome: Outcome, protocol: str = "self") -> dict[str, dict[str, float]]:
    return report.summary(outcome)[protocol]


def test_a_shifted_clip_ranks_below_a_true_one(outcome):
    true, late = own(outcome)["true"], own(outcome)["late"]
    assert true["psnr"] > late["psnr"] + 3
    assert true["ssim"] > late["ssim"]
    assert true["correlation"] > 0.99 > 0.8 > late["correlation"]
    sure = {
        name: np.mean([r["confidence"] for r in outcome.figures["self"] if r["row"] == name])
        for name in ("true", "late")
    }
    assert (
        sure["true"] > sure["late"] + 0.2
    )  # lse_c is taken at the best offset, wherever that lies: a shift hardly shows
    offsets = {(r["row"], r["clip"]): r["offset"] for r in outcome.figures["self"]}
    assert [offset for (row, _), offset in offsets.items() if row == "true"] == pytest.approx(
        [0] * 2, abs=1
    )
    told = [offset for (row, _), offset in offsets.items() if row == "late"]
    assert told == pytest.approx(
        [-LATE] * 2, abs=1
    )  # late pictures: early sound; a window of a second is short
    assert true["off_by"] <= 1
    assert late["off_by"] == pytest.approx(LATE, abs=1)


def test_a_true_copy_is_the_ground_truth(outcome):
    true, truth = own(outcome)["true"], own(outcome)[TRUTH_ROW]
    for name in (
        "psnr",
        "ssim",
        "mse",
        "correlation",
        "travel",
        "texture",
        "lmd",
        "seam",
        "lse_d_own",
    ):
        assert true[name] == pytest.approx(truth[name], abs=1e-6), name
    assert truth["lse_d_gap"] == truth["lse_c_gap"] == 0


def test_the_rows_score_what_they_are(outcome):
    table = own(outcome)
    assert table[UNCHANGED_ROW]["psnr"] == table[TRUTH_ROW]["psnr"]
    assert table["static mouth"]["travel"] < 0.3
    assert table["static mouth"]["correlation"] < 0.5
    assert table["ours, true shapes"]["correlation"] > 0.6
    assert table["ours, true shapes"]["psnr"] > table["static mouth"]["psnr"]
    cross = own(outcome, "cross")
    assert cross[UNCHANGED_ROW]["source"] == pytest.approx(1)
    assert cross[UNCHANGED_ROW]["correlation"] < 0.9
    assert cross[TRUTH_ROW]["confidence_share"] == pytest.approx(1)
    assert cross[UNCHANGED_ROW]["confidence_share"] < 0.5
    assert cross["ours, true shapes"]["correlation"] > cross[UNCHANGED_ROW]["correlation"]


def test_leak_is_of_rows_that_hear(outcome):
    table = own(outcome)
    assert math.isnan(table["ours, true shapes"]["lip_leak"])
    assert 0 <= table["ours"]["lip_leak"] <= 1
    assert table[UNCHANGED_ROW]["lip_leak"] > 0.2  # the actor's own mouth goes on talking


def test_the_report_names_what_is_missing(outcome, tmp_path):
    config = EvaluateConfig(mouth=64)
    path = report.write_report(outcome, config, {"source": "drawn"}, tmp_path)
    told = json.loads(path.read_text())
    assert told["means"]["self"]["true"]["lpips"] is None
    assert [line.split(":")[0] for line in told["not_computed"]] == ["LPIPS", "FID"]
    assert len(told["curves"]["self/true"]["drawn/4/0.mp4"]) == 31
    assert len(list((tmp_path / "strips").glob("*.png"))) == 4
    said = report.text(outcome, config, ["ours"], "drawn heads")
    assert "ours *" in said
    assert "27.5560" in said  # the paper's own figure beside ours
    assert "What differs" in said
    assert "corr with the driver's mouth" in said
    card = (tmp_path / "evaluation.md").read_text()
    assert card == read_markdown(path) + "\n"
    assert "| **ours** |" in card


def test_no_reference_comes_from_the_window(subjects):
    for subject in subjects:
        frames = subject.track.frames
        apart = np.abs(subject.crops.pool.frames[:, None] - frames[None]).min()
        assert apart >= 13
        assert len(subject.crops.pool) >= 20
    with pytest.raises(KeyError):
        subjects[0].crops.fetch(subjects[0].track.frames[:1])


@pytest.mark.parametrize(
    ("count", "most", "others", "expected"),
    [
        (200, 50, 0, (150, 200, 137)),  # the last frames, half a second clear of what may be lent
        (100, 80, 0, (60, 100, 47)),  # two fifths at most
        (30, 80, 0, None),  # nothing left to borrow
        (30, 80, 200, (0, 30, 0)),  # other clips lend
        (10, 80, 500, None),  # too short to correlate
    ],
)
def test_the_window_leaves_something_to_borrow(count, most, others, expected):
    window = choose_window(count, Fraction(25), most, others)
    assert (window and (window.first, window.end, window.low)) == expected


def test_the_window_lies_where_it_is_loud():
    loud = np.zeros(200)
    loud[70:110] = 1.0
    window = choose_window(200, Fraction(25), 40, loud=loud)
    assert window is not None
    assert (window.first, window.end, window.low, window.high) == (70, 110, 57, 123)
    short = choose_window(
        75, Fraction(25), 100, loud=np.bincount([35] * 5, minlength=75).astype(float)
    )
    assert short is not None
    assert short.first <= 35 < short.end  # as near as leaves twenty frames to borrow
    assert short.free(np.arange(75)).sum() >= 20


def test_loudness_follows_the_sound_and_is_nothing_outside():
    mel = np.full((80, 80), -4.0, np.float32)
    mel[40:] = 1.0
    assert loudness(mel, np.array([-1.0, 0.1, 0.7, 5.0])) == pytest.approx([0, 0, 5, 0])


def test_half_a_second_is_more_frames_at_a_higher_rate():
    window = choose_window(300, Fraction(50), 100)
    assert window is not None
    assert window.first - window.low == 25


def test_cross_hears_the_other_line_and_ends_with_the_shorter(subjects, net):
    one, other = subjects
    mixed = cross_subject(one, other)
    assert mixed.sound is other.sound
    assert len(mixed.track) == min(len(one.track), len(other.track))
    assert len(list(mixed.pictures())) == len(mixed.track) == len(list(mixed.crops))
    assert np.allclose(heard_codes(net, mixed), heard_codes(net, other)[: len(mixed.track)])


@pytest.mark.parametrize(
    ("seconds", "people", "expected"),
    [
        (
            (1, 3, 2),
            "abc",
            [(0, 1), (1, 2), (2, 0)],
        ),  # the next shorter one is heard, last the longest
        ((4, 3, 2, 1), "aabb", [(0, 2), (1, 2), (2, 0), (3, 0)]),  # somebody else
        ((2, 1), "aa", [(0, 1), (1, 0)]),  # nobody else is there
        ((2,), "a", []),
    ],
)
def test_everybody_hears_a_line_of_like_length_of_somebody_else(seconds, people, expected):
    clips = [
        Clocked(np.array([0.0, length]), who) for length, who in zip(seconds, people, strict=True)
    ]
    assert pair_up(clips) == expected  # type: ignore[arg-type]


class Clocked(NamedTuple):
    """As much of a subject as pairing looks at."""

    times: np.ndarray
    identity: str


def test_a_shortened_subject_is_the_same_until_there(subjects):
    short = shortened(subjects[0], subjects[0].crops.start + 7)
    assert len(short.track) == len(list(short.pictures())) == len(list(short.crops)) == 7
    assert short.crops.pool is subjects[0].crops.pool
    assert short.sound is subjects[0].sound


def test_rows_that_hear_nothing_are_made_once_and_shown_again(outcome):
    own = {r["clip"]: r for r in outcome.figures["self"] if r["row"] == "static mouth"}
    for row in (r for r in outcome.figures["cross"] if r["row"] == "static mouth"):
        assert row["texture"] == pytest.approx(own[row["clip"]]["texture"], rel=0.2)
        assert row["driver"] != row["clip"]


def test_room_noise_needs_the_line_it_follows(subjects, net):
    subject = subjects[0]
    assert noisy_codes(net, subject) is None  # a pack holds mel rows alone
    line = (0.3 * np.sin(np.arange(32_000) * 0.3)).astype(np.float32)
    heard = noisy_codes(net, replace(subject, sound=replace(subject.sound, samples=line)))
    assert heard is not None
    assert heard.shape == (len(subject.track), 12)


def test_pink_noise_has_as_much_power_in_every_octave():
    power = np.abs(np.fft.rfft(pink(65_536, np.random.default_rng(1)))) ** 2
    octaves = [power[2**k : 2 ** (k + 1)].sum() for k in range(8, 14)]
    assert max(octaves) / min(octaves) < 1.25


def test_a_peer_without_this_clip_has_no_row_and_one_cut_short_is_refused(subjects, tmp_path):
    subject = subjects[0]
    assert peer_pictures(tmp_path, subject) is None
    write_movie(tmp_path / f"{subject.file_name}.mkv", np.zeros((7, 104, 80, 3), np.uint8))
    pictures = peer_pictures(tmp_path, subject)
    assert pictures is not None
    with pytest.raises(MediaError, match="7 frames"):
        list(pictures)


def test_texture_is_of_the_plate_whatever_the_crop(subjects, net):
    subject = subjects[0]
    small, large = (
        look(subject.pictures(), subject, mouth, find_drawn, net.basis) for mouth in (64, 128)
    )
    assert small.pictures.shape[1:] != large.pictures.shape[1:]
    np.testing.assert_array_equal(small.texture, large.texture)
    first = next(iter(subject.pictures())).rgb8()
    mesh = find_drawn(first, subject.track.mesh[0])
    assert mesh is not None
    assert small.texture[0] == metrics.texture(first, mesh) > 0


def test_a_face_that_is_lost_is_counted(subjects, net):
    subject = subjects[0]
    lost = look(subject.pictures(), subject, 64, lambda rgb, near: None, net.basis)
    assert not lost.found.any()
    assert not len(lost.mouth().times)


# --- the expert ---


def test_the_curve_of_a_known_offset():
    curves = np.zeros((20, 31))
    curves[:, 15 + 4] = 0.8
    score = curve_score(curves)
    assert score.offset == 4
    assert score.confidence == pytest.approx(0.8)
    assert score.at_zero == 0
    assert score.lead == pytest.approx(0.8)
    assert score.lse_d == pytest.approx(np.sqrt(0.4))
    assert score.lse_c == pytest.approx(np.sqrt(2) - np.sqrt(0.4))


def test_confidence_between_frames_lies_between_them():
    curves = np.zeros((20, 31))
    curves[:, 15 + 4] = 0.8
    score = curve_score(curves)
    assert score.at(0) == score.at_zero
    assert [score.at(n / 25) for n in (4, 3.5, 3, -4)] == pytest.approx([0.8, 0.4, 0, 0])


def test_the_judge_sees_what_the_expert_was_taught(corpus, expert):
    clip = corpus.select("test")[0]
    grey = grey_mouths(corpus.pictures(clip), 64)
    found = judge(expert, grey, corpus.mel(clip), corpus.times(clip))
    assert found is not None
    taught = train_sync.offset_curves(expert, train_sync.read_mouths(corpus, [clip])[0]).mean(
        axis=0
    )
    assert found.curve == pytest.approx(taught, abs=0.02)
    assert judge(expert, grey[:4], corpus.mel(clip), corpus.times(clip)[:4]) is None


def test_even_ticks_show_the_nearest_picture():
    rows, ticks = even(np.arange(10) / 50)
    assert rows.tolist() == [0, 2, 4, 6, 8]
    rows, ticks = even(np.arange(6) / 12.5)
    assert rows.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5] or rows.tolist() == [
        0,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
        5,
        5,
    ]
    assert np.diff(ticks) == pytest.approx(0.04)


def test_without_an_expert_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("g4g_plugin.network.judge.models_folder", lambda: tmp_path)
    assert find_expert() is None
    with pytest.raises(EngineError, match="No sync expert") as caught:
        open_expert()
    assert "g4g train sync" in caught.value.hint


# --- any clip ---


@pytest.mark.parametrize("late", [0, 160, -120])
def test_score_tells_how_late_the_sound_is(late, expert_file, tmp_path, monkeypatch):
    crops, mesh, samples = speaking_head(late=late / 1000)
    video = write_movie(tmp_path / "head.mkv", crops)
    sound = write_sound(tmp_path / "line.wav", samples)
    track = FaceTrack(
        np.arange(len(mesh)), mesh, whole_crop(64, len(mesh)), np.ones(len(mesh), np.float32)
    )
    monkeypatch.setattr(score, "follow", lambda *_: track)
    found = score.score_video(video, sound, expert_file)
    assert found.offset_ms == pytest.approx(late, abs=40)
    assert found.clear
    assert found.pictures == len(crops)
    assert ("early" if late < 0 else "late") in found.text()


def test_score_of_a_still_mouth_is_a_guess(expert_file, tmp_path, monkeypatch):
    crops, mesh, samples = speaking_head()
    video = write_movie(tmp_path / "head.mkv", np.stack([crops[0]] * len(crops)))
    track = FaceTrack(
        np.arange(len(mesh)), mesh, whole_crop(64, len(mesh)), np.ones(len(mesh), np.float32)
    )
    monkeypatch.setattr(score, "follow", lambda *_: track)
    found = score.score_video(video, write_sound(tmp_path / "line.wav", samples), expert_file)
    assert not found.clear
    assert "guess" in found.text()


# --- the ablation ---


def test_variants_are_one_line_each():
    made = {v.name: v for v in variants(TrainGeneratorConfig())}
    whole = made["ours"].config
    assert whole.net.supervision
    assert replace(made["w/o supervision"].config, net=whole.net) == whole
    assert made["w/o alignment"].config.net.align_blocks == 0
    assert (made["w/o alignment"].config.weights.v, made["w/o alignment"].config.weights.nce) == (
        0,
        0,
    )
    assert made["w/o fusion"].config == whole
    assert made["w/o fusion"].training == "ours"
    assert not made["w/o fusion"].fused


def test_ablation_teaches_all_alike_and_asserts_no_order(corpus, net, tmp_path, monkeypatch):
    small = G4GConfig(
        mouth=64,
        width=8,
        dim=16,
        stem=3,
        reference_blocks=1,
        align_blocks=1,
        align_pool=2,
        decoder_blocks=1,
        whole=False,
    )
    base = TrainGeneratorConfig(
        net=small, batch=BatchConfig(clips=1, run=1), gan_from=99, queue=16, bfloat16=False
    )
    found = ablate(corpus, net, base, tmp_path, 1, Tools(find_drawn), steps=2, clips=1)
    table = report.means(found.figures["self"], ["psnr", "texture"])
    assert list(table) == [TRUTH_ROW, "w/o alignment", "w/o supervision", "w/o fusion", "ours"]
    assert {p.parent.name for p in tmp_path.glob("*/generator.safetensors")} == {
        "wo-alignment",
        "wo-supervision",
        "ours",
    }
    assert table["w/o fusion"]["psnr"] != table["ours"]["psnr"]
    said = ablation_text(found, "2 steps")
    assert "2 steps of training each" in said
    assert "23.7250" in said  # the paper's own, beside ours
    monkeypatch.setattr("g4g_plugin.evaluation.ablate.train_generator", None)
    again = ablate(
        corpus, net, base, tmp_path, 1, Tools(find_drawn), steps=2, clips=1
    )  # taught already: measured anew
    assert report.means(again.figures["self"], ["psnr"]) == report.means(
        found.figures["self"], ["psnr"]
    )


# --- real footage ---

FOOTAGE = Path(__file__).parents[3] / "shared" / "data" / "grid" / "person-003" / "0001.mp4"


@pytest.mark.footage
@pytest.mark.skipif(not FOOTAGE.is_file(), reason="needs ../shared/data")
def test_a_real_clip_unchanged_is_its_own_truth(net, tmp_path):
    with closing(plate_subject(FOOTAGE, tmp_path, most=12)) as subject, MeshFinder() as find:
        seen = look(subject.pictures(), subject, 96, find, net.basis)
        assert seen.found.all()
        assert seen.pictures.shape == (12, 156, 120, 3)
        close = metrics.aperture(seen.mesh) - metrics.aperture(subject.track.mesh)
        assert np.abs(close).max() < 0.03
        assert np.abs(subject.crops.pool.frames[:, None] - subject.track.frames[None]).min() >= 13
        codes = heard_codes(net, subject)
        assert codes.shape == (12, 12)


def test_travel_over_people_is_the_ratio_of_mean_spreads() -> None:
    """One who hardly moves has a large ratio against anybody; it must not count for all."""
    figures = (
        {"identity": "lively", "travel": 1.0, "spread": 0.05, "true_spread": 0.05},
        {"identity": "still", "travel": 3.0, "spread": 0.015, "true_spread": 0.005},
    )
    found = report.means([{"row": "ours", "clip": "x", **f} for f in figures], ["travel"])["ours"]
    assert found["travel"] == pytest.approx(0.065 / 0.055)
    assert found["travel_each"] == pytest.approx(2.0)
