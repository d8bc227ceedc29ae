from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from drawn_movies import Movie, noise16, tone, write_movie
from numpy.typing import NDArray

from g4g_plugin.core.conversion import from_plain
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.deliver.encode import encode, next_name
from g4g_plugin.deliver.provenance import SOURCE_TYPE, record
from g4g_plugin.deliver.sound import TAKE_RATE, HeardLine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe

RATE, COUNT = Fraction(24000, 1001), 48
SAMPLES = round(COUNT / RATE * 48_000)
FIRST, LENGTH, HEAD = 12, 20, 4  # source range and head handle, frames
START = (FIRST - HEAD) / RATE  # s: where the comp begins on the plate's clock


def shot_of(facts: PlateFacts) -> Shot:
    source = FrameRange(facts.available.first + FIRST, LENGTH, facts.rate)
    take = Take(facts.path, label="Zeile 7")
    return Shot(
        "shot",
        "V1/2",
        source,
        facts.path,
        source,
        facts.available,
        (Line(take),),
        (HEAD, 0),
        drop=facts.drop,
    )


def delivered(plate: Path, codec: str = "prores", *lines: HeardLine) -> Path:
    with open_plate(plate) as opened:
        shot = shot_of(opened.facts)
        pictures = opened.read(shot.deliver.first - shot.available.first, shot.deliver.count)
        out = next_name(plate.parent, shot.name, codec)
        return encode(pictures, shot, opened.facts, out, codec, SILENT, lines)


def packets(path: Path, stream: int = 0) -> list[tuple[float, bytes]]:
    """Return each packet's time (s) and content."""
    with av.open(str(path)) as movie:
        sound = movie.streams.audio[stream]
        return [(float(p.pts * p.time_base), bytes(p)) for p in movie.demux(sound) if p.size]


def heard(path: Path, stream: int = 0) -> tuple[float, NDArray[Any]]:
    """Decode a stream: when it begins after the picture (s), and its samples (channels, n)."""
    with av.open(str(path)) as movie:
        picture = movie.streams.video[0]
        frames = list(movie.decode(movie.streams.audio[stream]))
        begin = float(
            frames[0].pts * frames[0].time_base - (picture.start_time or 0) * picture.time_base
        )
        parts = [
            f.to_ndarray()
            if f.format.is_planar
            else f.to_ndarray().reshape(-1, f.layout.nb_channels).T
            for f in frames
        ]
        return begin, np.concatenate(parts, axis=1)


@pytest.mark.parametrize("codec", ["prores", "ffv1"])
@pytest.mark.parametrize(
    ("coded", "width", "channels"),
    [
        ("pcm_s16le", 2, 2),
        ("pcm_s24le", 3, 1),
        ("pcm_s16be", 2, 1),
        ("pcm_f32le", 4, 2),
        ("pcm_s24le", 3, 6),
    ],
)
@pytest.mark.parametrize("suffix", ["mov", "mkv"])
def test_pcm_is_cut_bit_for_bit(
    tmp_path: Path, suffix: str, codec: str, coded: str, width: int, channels: int
) -> None:
    samples = noise16(channels, SAMPLES).astype(np.int32) << 16
    plate = write_movie(
        tmp_path / f"a.{suffix}", Movie(count=COUNT, rate=RATE, sounds=[(coded, samples, 48_000)])
    )
    comp = delivered(plate, codec)
    whole = b"".join(data for _, data in packets(plate))
    first, end = round(START * 48_000), round((START + (HEAD + LENGTH) / RATE) * 48_000)
    cut = whole[first * width * channels : end * width * channels]
    got = b"".join(data for _, data in packets(comp))
    assert hashlib.md5(got).hexdigest() == hashlib.md5(cut).hexdigest()
    assert packets(comp)[0][0] == 0
    assert cut != whole[(first + 1) * width * channels : (end + 1) * width * channels]


@pytest.mark.parametrize(
    ("coded", "slack"), [("aac", 1.2e-4), ("ac3", 1.2e-4), ("libmp3lame", 1.2e-4)]
)
@pytest.mark.parametrize("codec", ["prores", "ffv1"])
def test_compressed_packets_are_kept_whole_and_in_sync(
    tmp_path: Path, codec: str, coded: str, slack: float
) -> None:
    sound = np.zeros(SAMPLES, np.float32)
    burst = round((START + Fraction(1, 2)) * 48_000)
    sound[burst : burst + 4800] = tone(1000, 0.1, 48_000)
    movie = Movie(count=COUNT, rate=RATE, sounds=[(coded, sound[None], 48_000)])
    plate = write_movie(tmp_path / "a.mov", movie)
    comp = delivered(plate, codec)
    theirs = {data for _, data in packets(plate)}
    ours = [data for _, data in packets(comp)]
    assert len(ours) > 20
    assert all(data in theirs for data in ours)
    begin, samples = heard(comp)
    loud = np.flatnonzero(np.abs(samples[0]) > 0.1)
    twin_begin, twin = heard(plate)
    theirs_at = twin_begin + np.flatnonzero(np.abs(twin[0]) > 0.1)[0] / 48_000 - float(START)
    tick = 1.1e-3 if codec == "ffv1" else slack  # Matroska counts in thousandths of a second
    assert abs(begin + loud[0] / 48_000 - theirs_at) <= tick


def test_late_sound_stays_late(tmp_path: Path) -> None:
    samples = noise16(1, SAMPLES)
    late = START + Fraction(1, 10)
    movie = Movie(count=COUNT, rate=RATE, sounds=[("pcm_s16le", samples, 48_000)], late=late)
    plate = write_movie(tmp_path / "a.mov", movie)
    begin, got = heard(delivered(plate))
    assert abs(begin - (heard(plate)[0] - float(START))) < 1 / 48_000
    assert abs(begin - 0.1) < 1e-3
    assert np.array_equal(got[0], samples[0, : got.shape[1]])


@pytest.mark.parametrize(
    ("coded", "stored", "said"),
    [("flac", "pcm_s16le", "lossless"), ("libopus", "pcm_f32le", "decoded")],
)
def test_codec_that_mov_cannot_hold_becomes_pcm(
    tmp_path: Path, coded: str, stored: str, said: str
) -> None:
    samples = noise16(2, SAMPLES)
    plate = write_movie(
        tmp_path / "a.mkv", Movie(count=COUNT, rate=RATE, sounds=[(coded, samples, 48_000)])
    )
    comp = delivered(plate)
    with av.open(str(comp)) as movie:
        assert movie.streams.audio[0].codec_context.name == stored
        assert f"stored as {stored}, {said}" in movie.metadata["comment"]
    _, got = heard(comp)
    if said == "lossless":
        first = round(START * 48_000)
        assert np.array_equal(got, samples[:, first : first + got.shape[1]])
    assert abs(got.shape[1] - round((HEAD + LENGTH) / RATE * 48_000)) <= 1


@pytest.mark.parametrize("codec", ["prores", "ffv1", "h264"])
def test_take_lies_under_the_source_range_and_plays_by_default(tmp_path: Path, codec: str) -> None:
    samples = noise16(1, SAMPLES)
    plate = write_movie(
        tmp_path / "a.mov", Movie(count=COUNT, rate=RATE, sounds=[("pcm_s16le", samples, 48_000)])
    )
    take = tone(700, float(Fraction(LENGTH) / RATE), 48_000)
    start = round(HEAD / RATE * TAKE_RATE)
    comp = delivered(plate, codec, HeardLine(take[None], start, "Zeile 7"))
    begin, got = heard(comp, 1)
    assert begin == 0
    assert got.shape == (1, round((HEAD + LENGTH) / RATE * 48_000))
    line = got[0].astype(np.float64) / 2**31
    assert not line[:start].any()
    assert np.abs(line[start:] - take[: len(line) - start]).max() < 2**-22
    with av.open(str(comp)) as movie:
        own, new = movie.streams.audio
        assert (new.codec_context.name, new.rate, new.channels) == ("pcm_s24le", 48_000, 1)
        assert "G4G take: Zeile 7" in new.metadata.values()
        assert [bool(s.disposition & av.stream.Disposition.default) for s in (own, new)] == [
            False,
            True,
        ]
    assert heard(comp, 0)[1].shape == got.shape


def test_take_longer_than_the_comp_ends_with_it(tmp_path: Path) -> None:
    plate = write_movie(tmp_path / "a.mov", Movie(count=COUNT, rate=RATE))
    comp = delivered(plate, "prores", HeardLine(tone(700, 5, 48_000)[None], 0, "long"))
    _, got = heard(comp)
    assert got.shape[1] == round((HEAD + LENGTH) / RATE * 48_000)


def test_stereo_line_stays_stereo(tmp_path: Path) -> None:
    plate = write_movie(tmp_path / "a.mov", Movie(count=COUNT, rate=RATE))
    both = np.stack([tone(700, 1, 48_000), -0.5 * tone(300, 1, 48_000)])
    _, got = heard(delivered(plate, "prores", HeardLine(both, 480, "stereo")))
    line = got.astype(np.float64)[:, 480 : 480 + 10_000] / 2**31
    assert np.abs(line - both[:, :10_000]).max() < 2**-22


def test_plate_without_sound_and_without_take(tmp_path: Path) -> None:
    comp = delivered(write_movie(tmp_path / "a.mov", Movie(count=COUNT, rate=RATE)))
    assert probe(comp).audio_streams == 0


def test_far_into_a_long_plate(tmp_path: Path) -> None:
    """The range is sought, not run up to, and still cut to the sample."""
    samples = noise16(1, 48_000 * 12)
    sounds = [("pcm_s16le", samples, 48_000)]
    plate = write_movie(tmp_path / "a.mov", Movie(count=300, sounds=sounds, timecode="01:00:00:00"))
    with open_plate(plate) as opened:
        source = FrameRange(opened.facts.available.first + 251, 10, Fraction(25))
        shot = Shot(
            "s", "V1/1", source, plate, source, opened.facts.available, (Line(Take(plate)),)
        )
        comp = encode(opened.read(251, 10), shot, opened.facts, tmp_path / "x.mov", "prores")
    assert np.array_equal(heard(comp)[1][0], samples[0, 251 * 1920 : 261 * 1920])


def test_file_and_sidecar_say_what_was_done(tmp_path: Path) -> None:
    plate = write_movie(tmp_path / "a.mov", Movie(count=COUNT, rate=RATE))
    comp = delivered(plate)
    with av.open(str(comp)) as movie:
        assert movie.metadata["comment"].startswith("Altered speech: made with G4G Dub")
        assert movie.metadata["digitalSourceType"] == SOURCE_TYPE
    shot = shot_of(probe(plate))
    dub = Dub(shot, comp, shot.deliver, "00:00:00:08", "g4g", "ab" * 32, 24, 0)
    told = json.loads(json.dumps(record(dub)))
    assert told["digitalSourceType"] == SOURCE_TYPE
    assert (told["engine"], told["weights_sha256"]) == ("g4g", "ab" * 32)
    assert from_plain(Dub, told["dub"]) == dub
