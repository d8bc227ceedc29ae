from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from drawn_people import draw_pack

from g4g_plugin.core.errors import EngineError, MediaError
from g4g_plugin.network.mouth import MouthConfig, load_mouth
from g4g_plugin.network.syncnet import SyncConfig, SyncNet, load_sync
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.loop.loop import (
    LoopConfig,
    Run,
    rate_at,
    read_checkpoint,
    teach,
    write_checkpoint,
)
from g4g_plugin.training.nets import losses, mouth_talks, train_mouth, train_sync

MOUTH = train_mouth.TrainMouthConfig(
    net=MouthConfig(width=32, dilations=(1, 2), shut=True),
    loop=LoopConfig(steps=120, rate=4e-3, warm=10, log_every=10, check_every=60, average=0.9),
    batch=8,
    held=1,
)
# minutes, far more than the steps asked for take on any machine: the steps end these lessons
PATIENCE = 60
SYNC = train_sync.TrainSyncConfig(
    net=SyncConfig(width=8, size=32, dropout=0.0),
    loop=LoopConfig(steps=50, rate=3e-3, warm=5, log_every=5, check_every=25, average=0.9),
    clips=6,
    windows=5,
    held=1,
    half=False,
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return draw_pack(tmp_path_factory.mktemp("drawn") / "pack")


def logged(path, name):
    with (path / "log.csv").open() as file:
        return [float(row[name]) for row in csv.DictReader(file)]


def test_the_mouth_net_learns_to_open_with_the_sound(pack, tmp_path):
    outcome = train_mouth.train(MOUTH, pack, tmp_path, PATIENCE)
    assert outcome.finished
    error = logged(tmp_path, "error")
    assert np.mean(error[-3:]) < 0.75 * error[0]
    table = json.loads((tmp_path / "test.json").read_text())
    assert table["people"]["correlation"] > 0.6
    net, _ = load_mouth(tmp_path / "mouth.safetensors")
    hush = net.basis.aperture(net.predict(np.zeros(32_000, np.float32), np.arange(50) / 25))
    assert hush.std() < 0.01
    assert np.abs(hush).max() < 0.06
    said = net.say(net.hear(np.zeros(32_000, np.float32)), np.arange(50) / 25)
    assert said.shut.min() > 0.5  # silence shuts the lips


def uncalibrated(net):
    net.config = replace(net.config, said=(), meant=())
    return net


def test_ears_are_lent_and_stay_as_they_are_and_a_basis_is_kept(pack, tmp_path):
    expert = SyncNet(SyncConfig(width=8, size=32))
    expert.save(tmp_path / "sync.safetensors", {}, half=False)
    short = replace(MOUTH, loop=replace(MOUTH.loop, steps=3, check_every=3))
    short = replace(short, net=replace(MOUTH.net, ear=SyncConfig(8, 32)))
    train_mouth.train(short, pack, tmp_path / "first", PATIENCE)
    first, _ = load_mouth(tmp_path / "first" / "mouth.safetensors")
    config = replace(
        short,
        net=replace(short.net, members=2, ears=1),
        expert=str(tmp_path / "sync.safetensors"),
        basis=str(tmp_path / "first" / "mouth.safetensors"),
    )
    train_mouth.train(config, pack, tmp_path / "second", PATIENCE)
    second, _ = load_mouth(tmp_path / "second" / "mouth.safetensors")
    np.testing.assert_array_equal(first.basis.components, second.basis.components)
    both = train_mouth.combine([uncalibrated(second), uncalibrated(first)])
    rows, times = (
        np.random.default_rng(0).normal(-1, 1, (120, 80)).astype(np.float32),
        np.arange(30) / 25,
    )
    codes = [uncalibrated(net).say(rows, times).codes for net in (first, second)]
    np.testing.assert_allclose(
        both.say(rows, times).codes, (codes[0] + 2 * codes[1]) / 3, atol=1e-4
    )
    for name, value in expert.ear.state_dict().items():
        assert torch.equal(second.members[1].ear.state_dict()[name], value.half().float())
    with pytest.raises(EngineError, match="another size"):
        train_mouth.train(
            replace(config, net=replace(config.net, ear=SyncConfig())),
            pack,
            tmp_path / "third",
            PATIENCE,
        )


def test_the_expert_learns_who_belongs_together_and_finds_a_late_sound(pack, tmp_path):
    train_sync.train(SYNC, pack, tmp_path, PATIENCE)
    total = logged(tmp_path, "total")
    assert np.mean(total[-3:]) < 0.8 * total[0]
    net, digest = load_sync(tmp_path / "sync.safetensors")
    late = draw_pack(tmp_path / "late", late={f"drawn/0/{k}.mp4": 4 for k in range(3)})
    found = train_sync.correct_offsets(net, late, digest, clear=0.0)
    assert np.median([found[f"drawn/0/{k}.mp4"].frames for k in range(3)]) == pytest.approx(
        4, abs=1
    )
    assert np.median([found[f"drawn/1/{k}.mp4"].frames for k in range(3)]) == pytest.approx(
        0, abs=1
    )
    assert Corpus(late).clips[0].offset is not None


def lesson(pack, config=MOUTH):
    corpus = Corpus(pack)
    clips = corpus.select("train")
    basis = mouth_talks.fit_corpus_basis(corpus, clips)
    torch.manual_seed(3)
    net = train_mouth.MouthNet(config.net, basis)
    talks = mouth_talks.read_talks(corpus, clips, basis, True)
    return train_mouth.MouthLesson(net, talks, talks[:2], config)


def test_a_killed_run_resumes_to_the_very_same_step(pack, tmp_path):
    config = replace(MOUTH.loop, steps=9, check_every=4)
    straight = Run(lesson(pack), config)
    straight.lesson.net.train()
    found = [straight.advance()["total"] for _ in range(8)]
    broken = Run(lesson(pack), config)
    broken.lesson.net.train()
    first = [broken.advance()["total"] for _ in range(4)]
    write_checkpoint(tmp_path / "c.pt", broken.state())
    torch.manual_seed(99)
    again = Run(lesson(pack), config)
    again.lesson.net.train()
    again.restore(read_checkpoint(tmp_path / "c.pt"))
    assert first + [again.advance()["total"] for _ in range(4)] == found
    for name, value in straight.lesson.net.state_dict().items():
        assert torch.equal(value, again.lesson.net.state_dict()[name])
        assert torch.equal(straight.mean[name], again.mean[name])


def test_minutes_stop_cleanly_and_the_rest_is_done_later(pack, tmp_path):
    config = replace(MOUTH.loop, steps=6, check_every=3)
    outcome = teach(lesson(pack), config, tmp_path, 0.0)
    assert (outcome.steps, outcome.finished) == (0, False)
    assert teach(lesson(pack), config, tmp_path, 1.0).finished
    assert teach(lesson(pack), config, tmp_path, 1.0).steps == 6
    with pytest.raises(EngineError, match="another configuration"):
        teach(lesson(pack), replace(config, rate=1.0), tmp_path, 1.0)
    (tmp_path / "checkpoint.pt").write_bytes(b"half a file")
    with pytest.raises(EngineError, match="cannot be read"):
        teach(lesson(pack), config, tmp_path, 1.0)


def test_a_pack_without_training_clips_is_refused(tmp_path):
    pack = draw_pack(tmp_path / "pack", people=1, clips=1, frames=30)
    with pytest.raises(MediaError, match="no training clips"):
        train_mouth.train(MOUTH, pack, tmp_path / "out", PATIENCE)


def test_mirrored_codes_are_the_mirrored_face(pack):
    basis = lesson(pack).net.basis
    mirror = mouth_talks.mirror_of(basis)
    rng = np.random.default_rng(0)
    shape = basis.decode(rng.normal(size=(1, 12)).astype(np.float32))
    code = basis.encode_points(shape, np.zeros_like(basis.opening))
    np.testing.assert_allclose(code @ mirror @ mirror, code, atol=0.35)
    left = basis.decode(code @ mirror)[0, 0]  # point 61, the image-left corner
    right = basis.decode(code)[0, 10]  # point 291
    assert abs(left[0] + right[0]) < 0.05


def test_silence_in_an_item_closes_the_mouth(pack):
    teaching = lesson(pack, replace(MOUTH, silent=1.0))
    item = teaching.item(teaching.train[0], np.random.default_rng(0))
    assert np.abs(item["codes"]).max() == 0
    assert item["mel"].max() < -0.5


def test_identities_are_balanced(pack):
    clips = list(Corpus(pack).clips)
    weights = mouth_talks.identity_weights([*clips[:3], clips[4]], 0.0)
    assert weights[:3].sum() == pytest.approx(weights[3])
    by_frames = mouth_talks.identity_weights([*clips[:3], clips[4]], 1.0)
    np.testing.assert_allclose(by_frames, 0.25)


def test_windows_of_a_clip_stand_apart():
    rng = np.random.default_rng(0)
    for frames in (20, 30, 75, 500):
        centres = train_sync.draw_centres(frames, 8, 5, rng)
        assert centres.min() >= 2
        assert centres.max() < frames - 2
        assert np.all(np.diff(centres) >= 5)


def test_contrast_is_the_cross_entropy_of_the_diagonal():
    scores = torch.tensor([[2.0, 0.0, 1.0], [0.0, 3.0, 0.5], [1.0, 1.0, 1.0]])
    rows = [-(s[i] - np.log(np.exp(s).sum())) for i, s in enumerate(scores.numpy())]
    columns = [-(s[i] - np.log(np.exp(s).sum())) for i, s in enumerate(scores.numpy().T)]
    none = torch.zeros(3, 3, dtype=torch.bool)
    wanted = (np.mean(rows) + np.mean(columns)) / 2
    assert float(losses.contrast_pairs(scores, none)) == pytest.approx(wanted, abs=1e-5)
    banned = none.clone()
    banned[0, 2] = True
    assert float(losses.contrast_pairs(scores, banned)) < wanted


def test_disagreement_sees_direction_and_not_size():
    true = torch.sin(torch.arange(40) / 3)[None]
    weight = torch.ones(1, 40)
    assert float(losses.disagreement(0.1 * true + 5, true, weight)) == pytest.approx(0, abs=1e-3)
    assert float(losses.disagreement(-true, true, weight)) == pytest.approx(2, abs=1e-3)
    assert float(losses.travel_error(0.5 * true, true, weight)) == pytest.approx(
        np.log(2), abs=1e-3
    )
    parts = torch.ones(1)
    half = torch.cat([torch.ones(1, 20), torch.zeros(1, 20)], dim=1)
    assert float(
        losses.code_error(true[..., None] + 1, true[..., None], half, parts)
    ) == pytest.approx(1, abs=1e-5)
    assert float(
        losses.code_speed(true[..., None] + 1, true[..., None], weight, parts)
    ) == pytest.approx(0, abs=1e-6)


def test_the_rate_warms_up_and_falls():
    config = LoopConfig(steps=100, rate=1.0, warm=10, least=0.1)
    assert rate_at(0, config) == pytest.approx(0.1)
    assert rate_at(9, config) > rate_at(40, config) > rate_at(99, config)
    assert rate_at(100, config) == pytest.approx(0.1)


def test_a_lively_person_and_a_quiet_one_are_taught_as_a_typical_one(pack):
    corpus = Corpus(pack)
    clips = [c for c in corpus.clips if c.identity == "p1"]
    basis = mouth_talks.fit_corpus_basis(corpus, clips)
    plain = mouth_talks.read_talks(corpus, clips, basis, True)
    wide = [replace(t, codes=t.codes * t.liveliness) for t in plain]
    small = [replace(t, codes=0.5 * t.codes) for t in wide]
    quiet, lively = mouth_talks.typical(small, basis), mouth_talks.typical(wide, basis)
    assert lively[0].liveliness > 1.3 * quiet[0].liveliness
    assert len({t.liveliness for t in quiet}) == 1  # one person, one figure
    np.testing.assert_allclose(
        lively[0].codes * lively[0].liveliness, wide[0].codes, rtol=1e-5, atol=1e-6
    )


def test_the_likelihood_is_the_cross_entropy_of_what_is_so():
    odds, true = torch.tensor([[2.0, -1.0]]), torch.tensor([[True, True]])
    weight = torch.tensor([[1.0, 0.0]])
    found = losses.likelihood(odds, true, weight)
    assert float(found) == pytest.approx(np.log1p(np.exp(-2.0)), abs=1e-6)
