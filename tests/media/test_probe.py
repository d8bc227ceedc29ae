from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from drawn_movies import Movie, noise16, write_movie, write_sound

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.plate import ColourTags
from g4g_plugin.media import probe as probing
from g4g_plugin.media.probe import probe

NTSC24, NTSC30, NTSC60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


@pytest.mark.parametrize("suffix", ["mov", "mkv", "mp4", "ts"])
@pytest.mark.parametrize("rate", [NTSC24, Fraction(25), NTSC30, Fraction(50), NTSC60])
def test_rate_and_count_are_exact(tmp_path: Path, suffix: str, rate: Fraction) -> None:
    facts = probe(write_movie(tmp_path / f"a.{suffix}", Movie(count=37, rate=rate)))
    assert (facts.rate, facts.count, facts.variable) == (rate, 37, False)
    assert (facts.width, facts.height, facts.codec, facts.audio_streams) == (128, 64, "h264", 0)


@pytest.mark.parametrize("suffix", ["mov", "mkv"])
@pytest.mark.parametrize(
    ("text", "rate", "first", "drop"),
    [
        ("01:00:00:00", Fraction(25), 90_000, False),
        ("01:00:00:00", NTSC24, 86_400, False),
        ("00:59:59;28", NTSC30, 107_890, True),
        ("00:10:00;00", NTSC60, 35_964, True),
    ],
)
def test_start_timecode(
    tmp_path: Path, suffix: str, text: str, rate: Fraction, first: int, drop: bool
) -> None:
    facts = probe(write_movie(tmp_path / f"a.{suffix}", Movie(rate=rate, timecode=text)))
    assert (facts.start_timecode, facts.start_frame, facts.drop) == (text, first, drop)
    assert facts.available.first == first


def test_no_timecode_starts_at_zero(tmp_path: Path) -> None:
    facts = probe(write_movie(tmp_path / "a.mov", Movie()))
    assert (facts.start_timecode, facts.start_frame, facts.drop) == (None, 0, False)


def test_tags_aspect_and_sound_are_read(tmp_path: Path) -> None:
    sounds = [("pcm_s16le", noise16(2, 24_000), 48_000), ("pcm_s16le", noise16(1, 24_000), 48_000)]
    movie = Movie(tags=(9, 16, 9, 1), aspect=Fraction(4, 3), sounds=sounds, pix_fmt="yuv420p10le")
    facts = probe(write_movie(tmp_path / "a.mov", movie))
    assert facts.colour == ColourTags(9, 16, 9, 1)
    assert facts.format.matrix == "bt2020"
    assert (facts.sample_aspect, facts.audio_streams, facts.format.bits) == (Fraction(4, 3), 2, 10)


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), "bt709"), ((720, 576), "bt601")])
def test_untagged_matrix_goes_by_height(tmp_path: Path, size: tuple[int, int], matrix: str) -> None:
    assert probe(write_movie(tmp_path / "a.mov", Movie(count=1, size=size))).format.matrix == matrix


def test_range_is_read(tmp_path: Path) -> None:
    full = Movie(codec="mjpeg", pix_fmt="yuvj420p", options={})
    assert probe(write_movie(tmp_path / "a.mov", full)).format.full_range
    assert not probe(write_movie(tmp_path / "b.mov", Movie())).format.full_range


def test_interlaced_is_told(tmp_path: Path) -> None:
    fields = Movie(options={"preset": "ultrafast", "x264-params": "tff=1"})
    assert probe(write_movie(tmp_path / "a.mov", fields)).interlaced
    assert not probe(write_movie(tmp_path / "b.mov", Movie())).interlaced


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rate_is_told(tmp_path: Path, suffix: str) -> None:
    times = np.cumsum([0, 40, 40, 80, 40, 40, 120, 40, 40, 40]).tolist()
    movie = Movie(count=10, pts=times, tick=Fraction(1, 1000))
    facts = probe(write_movie(tmp_path / f"a.{suffix}", movie))
    assert (facts.variable, facts.count) == (True, 10)
    assert abs(facts.rate - Fraction(9 * 1000, times[-1])) < Fraction(1, 100)


def test_one_late_frame_is_enough(tmp_path: Path) -> None:
    times = [*range(0, 400, 40), 440]
    steady = [*range(0, 440, 40)]
    for name, pts, variable in (("a", times, True), ("b", steady, False)):
        path = write_movie(
            tmp_path / f"{name}.mp4", Movie(count=11, pts=pts, tick=Fraction(1, 1000))
        )
        assert probe(path).variable is variable


def test_cover_picture_is_no_plate(tmp_path: Path) -> None:
    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        voice = out.add_stream("aac", rate=48_000, layout="mono")
        cover = out.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        out.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        out.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48_000
        out.mux(voice.encode(frame))
        out.mux(voice.encode(None))
    with pytest.raises(MediaError, match=r"cover|no pictures"):
        probe(path)


def _still(path: Path) -> None:
    with av.open(str(path), "w", format="image2") as out:
        stream = out.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        out.mux(stream.encode(av.VideoFrame(64, 64, "rgb24")))


def _cut(path: Path, keep: float, **how: object) -> None:
    whole = write_movie(path.with_name("whole" + path.suffix), Movie(count=50, noise=True, **how))  # type: ignore[arg-type]
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * keep)])


DOORS = {
    "missing": ("gone.mov", lambda path: None, "no file"),
    "folder": ("folder", lambda path: path.mkdir(), "folder"),
    "empty": ("a.mov", lambda path: path.touch(), "empty"),
    "text": (
        "a.txt",
        lambda path: path.write_text("not a movie\n" * 90),
        "still picture, or not a video|cannot be read",
    ),
    "noise": (
        "a.mov",
        lambda path: path.write_bytes(np.random.default_rng(0).bytes(9000)),
        "cannot be read",
    ),
    "sound": (
        "a.wav",
        lambda path: write_sound(path, "pcm_s16le", noise16(1, 4800), 48_000),
        "no pictures",
    ),
    "still": ("a.png", _still, "still picture"),
    "no index": ("a.mov", lambda path: _cut(path, 0.7), "cannot be read|cut short"),
    "cut mp4": (
        "b.mov",
        lambda path: _cut(path, 0.7, codec="ffv1", container="matroska", options={}),
        "cut short|decoded|Frame",
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_bad_files_are_told_in_a_sentence(tmp_path: Path, door: str) -> None:
    name, make, said = DOORS[door]
    make(tmp_path / name)
    with pytest.raises(MediaError, match=said) as told:
        probe(tmp_path / name)
    assert told.value.message.endswith(".")
    assert told.value.hint


def test_index_that_names_lost_frames(tmp_path: Path) -> None:
    """An index at the head and frames missing at the tail: what an interrupted copy of a web movie
    looks like.
    """
    whole = tmp_path / "whole.mp4"
    with av.open(str(whole), "w", container_options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        for n in range(40):
            noise = np.random.default_rng(n).integers(0, 255, (96, 128)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(noise, "yuv420p")
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert probe(whole).count == 40
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 3 // 4])
    with pytest.raises(MediaError, match="cut short"):
        probe(cut)


def test_a_file_is_looked_at_once_while_it_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    real = probing.look

    def look(path: Path) -> probing.Probed:
        looked.append(path)
        return real(path)

    monkeypatch.setattr(probing, "look", look)
    path = write_movie(tmp_path / "a.mov", Movie(count=5))
    assert [probe(path).count for _ in range(3)] == [5, 5, 5]
    assert looked == [path]
    write_movie(path, Movie(count=7))
    assert probe(path).count == 7
    path.unlink()
    with pytest.raises(MediaError, match="no file"):
        probe(path)
