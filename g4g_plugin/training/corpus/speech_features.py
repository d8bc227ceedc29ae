"""Speech features for a pack: each clip's sound heard by the frozen recogniser, as it is and
disturbed.

The pack gets, beside its shards:

    speech.json             the encoder's SHA-256, and for each file its SHA-256
    speech-000-0.npz        shard 0, version 0 (as recorded): features (rows, 288) float16, first
    (clips + 1,),
    speech-000-1.npz ...    pace (clips,), mute (clips, 2); the other versions are disturbed, for
    training
    speech-quiet.npz        features of rooms in which nobody speaks, (n, rows, 288) float16

What disturbs is done to the sound itself, for the recogniser hears seconds at once: level,
microphone, noise, other people, a room, another voice height (faster or slower by `pace`), and a
span of silence (`mute`, seconds).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.network.mel import HOP_SAMPLES, MEL_RATE, SAMPLE_RATE
from g4g_plugin.network.speech import SpeechEncoder
from g4g_plugin.training.corpus.build import longest_piece
from g4g_plugin.training.corpus.dataset_layouts import (
    Source,
    in_pieces,
    list_sources,
    read_manifest,
)
from g4g_plugin.training.corpus.extract import duration, picture_times, read_sound
from g4g_plugin.training.corpus.pack import (
    CORPUS_RATE,
    LEAD_ROWS,
    Clip,
    Corpus,
    digest_of,
    write_json,
)

Floats = NDArray[np.float32]
logger = logging.getLogger(__name__)

QUIET_ROOMS, QUIET_SECONDS = 32, 4


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A changed sound: samples at 16 kHz, how much faster it runs, the span (s of the original)
    that fell silent.
    """

    samples: Floats
    pace: float = 1.0
    mute: tuple[float, float] = (-1.0, -1.0)


def hear_corpus(
    pack: Path,
    video_dir: Path,
    versions: int = 4,
    manifest: Path | None = None,
    layout: str = "auto",
    progress: Progress = SILENT,
) -> int:
    """Write the speech features of all clips and return how many were heard.

    Files that are there already, of the same encoder, are kept.

    Args:
        pack: the pack.
        video_dir: the videos it was made of.
        versions: of each sound: as it is, and `versions` - 1 disturbed ones.
        manifest: as it was given when the pack was built.
        layout: of the folder.
        progress: told of every clip; may cancel.

    Raises:
        MediaError: a clip of the pack is not in the folder.
        EngineError: no speech encoder is installed.
    """
    corpus, encoder = Corpus(pack), SpeechEncoder()
    listed = read_manifest(manifest) if manifest else list_sources(video_dir, layout, duration)
    sources = {
        source.key: source for source in [*listed, *in_pieces(listed, longest_piece(corpus.stored))]
    }
    missing = [clip.key for clip in corpus.clips if clip.key not in sources]
    if missing:
        hint = tr("Name the folder of the pack's videos; it lacks {clips}.")
        raise MediaError("The clips are not in {folder}.", hint, clips=missing, folder=video_dir)
    table = corpus.read_speech_table()
    files: dict[str, str] = table["files"] if table.get("encoder") == encoder.digest else {}
    for shard in sorted({clip.shard for clip in corpus.clips}):
        clips = [clip for clip in corpus.clips if clip.shard == shard]
        names = [speech_name(shard, version) for version in range(versions)]
        if not all(name in files and (pack / name).is_file() for name in names):
            sounds = [
                clip_sound(video_dir / sources[clip.key].path, sources[clip.key], clip)
                for clip in clips
            ]
            for version, name in enumerate(names):
                _write(pack / name, hear_version(sounds, version, shard, encoder))
                files[name] = digest_of(pack / name)
            write_json(
                pack / "speech.json",
                {"encoder": encoder.digest, "versions": versions, "files": files},
            )
        progress.step("speech", clips[-1].shard + 1, len({clip.shard for clip in corpus.clips}))
    _write(pack / "speech-quiet.npz", {"features": quiet_rooms(encoder)})
    files["speech-quiet.npz"] = digest_of(pack / "speech-quiet.npz")
    write_json(
        pack / "speech.json", {"encoder": encoder.digest, "versions": versions, "files": files}
    )
    return len(corpus.clips)


def speech_name(shard: int, version: int) -> str:
    """Return the file's name."""
    return f"speech-{shard:03d}-{version}.npz"


def clip_sound(path: Path, source: Source, clip: Clip) -> Floats:
    """Return the sound of the very span of a clip's mel rows, (n,) float32 at 16 kHz, silence where
    none is.

    Args:
        path: the video.
        source: which part of it the clip is.
        clip: the clip as the pack knows it.

    Raises:
        TakeError: the file has no sound.
    """
    start = float(picture_times(path, source.begin, source.length)[0]) - source.begin
    sound = read_sound(path, start, duration(path) + 1.0)
    first = clip.first * SAMPLE_RATE // CORPUS_RATE - LEAD_ROWS * HOP_SAMPLES
    wanted = np.zeros(clip.mel_rows * HOP_SAMPLES, np.float32)
    begin, end = max(0, first), min(len(sound), first + len(wanted))
    wanted[begin - first : max(end, begin) - first] = sound[begin : max(end, begin)]
    return wanted


def hear_version(
    sounds: Sequence[Floats], version: int, shard: int, encoder: SpeechEncoder
) -> dict[str, NDArray[Any]]:
    """Return the arrays of one file: every clip's speech features, disturbed as this version is.

    Args:
        sounds: (n,) float32 at 16 kHz, a clip each.
        version: 0 hears them as they are.
        shard: number of the shard; with the version it seeds the disturbance.
        encoder: the frozen speech encoder.
    """
    rng = np.random.default_rng([version, shard])
    changed = [Disturbed(s) if version == 0 else disturb(s, sounds, rng) for s in sounds]
    features = [encoder.features(d.samples).astype(np.float16) for d in changed]
    return {
        "features": np.concatenate(features),
        "first": np.cumsum([0, *map(len, features)]),
        "pace": np.array([d.pace for d in changed]),
        "mute": np.array([d.mute for d in changed]),
    }


def disturb(samples: Floats, others: Sequence[Floats], rng: np.random.Generator) -> Disturbed:
    """Change what does not move the mouth, and at times take a span of the sound away.

    Args:
        samples: (n,) float32 at 16 kHz.
        others: sounds of other people, to be mixed in.
        rng: draws the disturbance.
    """
    pace = float(rng.uniform(0.88, 1.14)) if rng.random() < 0.7 else 1.0
    wave, mute = samples.astype(np.float64), (-1.0, -1.0)
    seconds = len(wave) / SAMPLE_RATE
    if rng.random() < 0.2 and seconds > 2.6:
        length = float(rng.uniform(0.25, 1.0))
        begin = float(
            rng.uniform(LEAD_ROWS / MEL_RATE - 0.2, seconds - LEAD_ROWS / MEL_RATE + 0.2 - length)
        )
        mute = (begin, begin + length)
        wave[int(begin * SAMPLE_RATE) : int((begin + length) * SAMPLE_RATE)] = 0
    if pace != 1.0:
        wave = np.interp(np.arange(int(len(wave) / pace)) * pace, np.arange(len(wave)), wave)
    wave = microphone(wave, rng)
    if rng.random() < 0.3:
        wave = room(wave, rng)
    level = float(np.sqrt(np.square(wave).mean())) + 1e-5
    if rng.random() < 0.6:
        wave = wave + noise(len(wave), rng) * level * 10 ** (-rng.uniform(5, 30) / 20)
    if rng.random() < 0.15:
        other = np.resize(others[int(rng.integers(len(others)))], len(wave))
        share = level / (float(np.sqrt(np.square(other).mean())) + 1e-5)
        wave = wave + other * share * 10 ** (-rng.uniform(12, 25) / 20)
    return Disturbed((wave * np.exp(rng.normal(0, 0.4))).astype(np.float32), pace, mute)


def microphone(wave: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Colour a sound: gains of 4 dB standard deviation at five places of its spectrum, smooth
    between.
    """
    spectrum = np.fft.rfft(wave)
    place = np.linspace(0, 1, len(spectrum))
    gain = np.interp(np.sqrt(place), np.linspace(0, 1, 6), rng.normal(0, 4, 6))
    if rng.random() < 0.15:  # a telephone
        gain = gain - 40 * ((place < 300 / 8000) | (place > 3400 / 8000))
    return np.fft.irfft(spectrum * 10 ** (gain / 20), len(wave))


def room(wave: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Put a sound into a room: noise that dies away in 0.1 to 0.5 s, behind the direct sound."""
    length = int(0.5 * SAMPLE_RATE)
    tail = rng.normal(0, 1, length) * 10 ** (
        -3 * np.arange(length) / SAMPLE_RATE / rng.uniform(0.1, 0.5)
    )
    tail *= rng.uniform(0.1, 0.5) / np.sqrt(np.square(tail).sum())
    size = len(wave) + length
    return wave + np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(tail, size), size)[: len(wave)]


def noise(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw steady noise of unit power, from white to deep brown."""
    spectrum = np.fft.rfft(rng.normal(0, 1, count))
    spectrum *= np.maximum(np.arange(len(spectrum)), 1) ** -rng.uniform(0, 1)
    wave = np.fft.irfft(spectrum, count)
    return wave / (np.sqrt(np.square(wave).mean()) + 1e-9)


def quiet_rooms(encoder: SpeechEncoder) -> NDArray[np.float16]:
    """Hear rooms in which nobody speaks, digital silence among them."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(QUIET_ROOMS):
        wave = (
            noise(QUIET_SECONDS * SAMPLE_RATE, rng)
            * 10 ** (rng.uniform(-95, -50) / 20)
            * (number % 4 > 0)
        )
        found.append(encoder.features(wave.astype(np.float32)))
    return np.stack(found).astype(np.float16)


def _write(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    with whole_file(path) as file:
        np.savez(file, allow_pickle=False, **arrays)
