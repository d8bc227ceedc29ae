"""Speech features of a pack: the clip's own span, versions, rooms, resume, and what a mouth net
then learns from.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_corpus import COUNT, measure, whole, write_clip

from g4g_plugin.core.errors import MediaError
from g4g_plugin.network import mel, speech
from g4g_plugin.training.corpus import speech_features as hear
from g4g_plugin.training.corpus.build import build_corpus
from g4g_plugin.training.corpus.pack import Corpus
from g4g_plugin.training.nets.train_mouth import CLOSING_SECONDS, muted


class DrawnEncoder:
    """Stands in for the recogniser: the first feature of a row is how loud the sound is around it."""

    digest = "drawn"
    heard = 0

    def features(self, samples: np.ndarray) -> np.ndarray:
        DrawnEncoder.heard += 1
        wave = np.pad(
            np.abs(samples), (speech.EDGE_SAMPLES, speech.EDGE_SAMPLES + speech.ROW_REACH)
        )
        rows = (len(wave) - speech.ROW_REACH) // speech.ROW_SAMPLES + 1
        loud = [
            wave[k * speech.ROW_SAMPLES : k * speech.ROW_SAMPLES + speech.ROW_REACH].mean()
            for k in range(rows)
        ]
        return np.array(loud, np.float32)[:, None].repeat(speech.SPEECH_FEATURES, axis=1)


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(hear, "SpeechEncoder", DrawnEncoder)
    for name, click in (("anna/1.mov", 0.8), ("ben/1.mov", 1.1)):
        write_clip(tmp_path / "in" / name, click=click)
    build_corpus(tmp_path / "in", tmp_path / "pack", 64, 1, measure=measure, to_crop=whole)
    return tmp_path / "pack"


def test_features_stand_where_the_mel_hears_the_same(pack: Path) -> None:
    assert hear.hear_corpus(pack, pack.parent / "in", 2) == 2
    corpus = Corpus(pack)
    for clip in corpus.clips:
        rows = corpus.mel(clip, level=False)
        loudest = int(rows.mean(axis=1).argmax()) / mel.MEL_RATE
        features = corpus.speech(clip).features
        times = np.arange(len(rows)) / mel.MEL_RATE
        read = speech.on_grid(features, times, np.zeros(speech.SPEECH_FEATURES, np.float32))
        assert abs(times[read[:, 0].argmax()] - loudest) < 0.03
    first, second = (corpus.speech(clip).features for clip in corpus.clips)
    assert len(first) == len(second)
    assert abs(int(first[:, 0].argmax()) - int(second[:, 0].argmax())) == pytest.approx(
        0.3 * 16000 / 384, abs=1
    )


def test_other_versions_are_other_sounds_and_files_that_are_there_are_kept(pack: Path) -> None:
    hear.hear_corpus(pack, pack.parent / "in", 3)
    corpus, before = Corpus(pack), DrawnEncoder.heard
    clip = corpus.clips[0]
    versions = [corpus.speech(clip, k) for k in range(3)]
    assert versions[0].pace == 1.0
    assert versions[0].mute == (-1.0, -1.0)
    assert not np.array_equal(versions[1].features[:50], versions[2].features[:50])
    (pack / "speech-000-2.npz").unlink()
    hear.hear_corpus(pack, pack.parent / "in", 3)
    assert (pack / "speech-000-2.npz").is_file()
    again = Corpus(pack).speech(clip, 2)
    assert np.array_equal(again.features, versions[2].features)
    heard = DrawnEncoder.heard
    assert heard > before
    hear.hear_corpus(pack, pack.parent / "in", 3)
    assert DrawnEncoder.heard - heard == hear.QUIET_ROOMS  # the rooms alone are heard again


def test_a_pack_that_was_not_heard_and_a_folder_without_its_videos_are_said(pack: Path) -> None:
    with pytest.raises(MediaError, match="no speech features"):
        Corpus(pack).speech(Corpus(pack).clips[0])
    (pack.parent / "in" / "anna" / "1.mov").unlink()
    with pytest.raises(MediaError, match="The clips are not in"):
        hear.hear_corpus(pack, pack.parent / "in")


def test_a_disturbed_sound_keeps_its_pace_and_says_where_it_fell_silent() -> None:
    rng = np.random.default_rng(0)
    tone = np.sin(np.arange(16_000 * 4) / 3).astype(np.float32)
    muted_spans = 0
    for _ in range(60):
        found = hear.disturb(tone, [tone], rng)
        assert len(found.samples) == int(len(tone) / found.pace)
        begin, end = found.mute
        if end > begin:
            muted_spans += 1
            place = np.arange(len(found.samples)) * found.pace / 16_000  # seconds of the original
            turned = found.samples * np.exp(-16_000j / 3 * place)  # the tone stands still
            gone, there = (
                (place > begin + 0.1) & (place < end - 0.1),
                (place < begin) | (place > end),
            )
            assert abs(turned[gone].mean()) < 0.5 * abs(turned[there].mean())
    assert 3 < muted_spans < 30


def test_the_mouth_closes_where_the_sound_was_taken_away() -> None:
    heard, seen = np.arange(160) / 80, np.arange(COUNT) / 20
    rows, codes = muted(
        (0.5, 1.0), np.ones((160, 80), np.float32), heard, np.ones((COUNT, 12), np.float32), seen
    )
    assert (rows[(heard > 0.5) & (heard < 1)] == mel.SILENCE_LEVEL).all()
    assert (rows[(heard < 0.5) | (heard > 1)] == 1).all()
    assert (codes[(seen > 0.5 + CLOSING_SECONDS) & (seen < 1 - CLOSING_SECONDS)] == 0).all()
    assert (codes[(seen <= 0.5) | (seen >= 1)] == 1).all()
