"""The frozen speech encoder: where rows stand in time, level, pieces, and files that are not it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import models_folder
from g4g_plugin.network import mel, speech
from g4g_plugin.network.speech import SPEECH_FEATURES, SpeechEncoder, on_grid


@pytest.fixture(scope="module")
def encoder() -> SpeechEncoder:
    return SpeechEncoder()


def syllables(seconds: float) -> np.ndarray:
    """A buzz in bursts of a fifth of a second: something like speech to a recogniser."""
    time = np.arange(int(16_000 * seconds)) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 20))
    return (0.1 * buzz * (np.sin(2 * np.pi * 2.3 * time) > 0.3)).astype(np.float32)


def test_rows_stand_on_the_mel_grid_and_move_with_the_sound(encoder: SpeechEncoder) -> None:
    sound = syllables(3)
    rows, later = encoder.rows(sound), encoder.rows(np.pad(sound, (24 * 200, 77)))
    assert rows.shape == (len(mel.mel_spectrogram(sound)), SPEECH_FEATURES)
    inside = rows[20:200]
    alike = [
        np.corrcoef(inside.ravel(), later[20 + k : 200 + k].ravel())[0, 1]
        for k in (8, 16, 24, 32, 40)
    ]
    assert int(np.argmax(alike)) == 2
    assert alike[2] > 0.9


def test_level_does_not_matter(encoder: SpeechEncoder) -> None:
    sound = syllables(2)
    loud, soft = encoder.rows(sound), encoder.rows(0.1 * sound)
    assert np.abs(loud - soft).mean() < 0.05 * np.abs(loud - encoder.silence).mean()


def test_pieces_of_a_long_take_are_as_the_whole(
    encoder: SpeechEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = syllables(13)
    pieces = encoder.features(sound)
    monkeypatch.setattr(speech, "PIECE_SAMPLES", 10**4 * speech.ROW_SAMPLES)
    whole = encoder.features(sound)
    assert pieces.shape == whole.shape
    inside = slice(60, -60)
    alike = [np.corrcoef(a, b)[0, 1] for a, b in zip(pieces[inside], whole[inside], strict=True)]
    assert np.mean(alike) > 0.97
    assert np.corrcoef(pieces[100], whole[105])[0, 1] < np.mean(alike)


def test_beyond_the_take_there_is_silence() -> None:
    silence = np.full(SPEECH_FEATURES, 7, np.float32)
    features = np.arange(120, dtype=np.float32)[:, None].repeat(SPEECH_FEATURES, axis=1)
    place = 40.5
    time = (
        place * speech.ROW_SAMPLES + speech.FIRST_ROW_CENTRE - speech.EDGE_SAMPLES
    ) / mel.SAMPLE_RATE
    read = on_grid(features, np.array([-9.0, time, 9.0]), silence)
    assert read[:, 0].tolist() == pytest.approx([7, place, 7])


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no speech encoder"):
        SpeechEncoder(tmp_path / "speech.ort")
    content = bytearray((models_folder() / speech.SPEECH_WEIGHTS).read_bytes()[:4000])
    (tmp_path / "speech.ort").write_bytes(content)
    with pytest.raises(EngineError, match="damaged"):
        SpeechEncoder(tmp_path / "speech.ort")
    (tmp_path / "digests.json").write_text('{"speech.ort": "00"}')
    with pytest.raises(EngineError, match="altered"):
        SpeechEncoder(tmp_path / "speech.ort")
