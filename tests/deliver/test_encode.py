from __future__ import annotations

import errno
import io
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from drawn_movies import Movie, noise16, read_number, write_movie

from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import Cancelled, DeliverError, MediaError
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import FrameRange, timecode
from g4g_plugin.deliver import delivery
from g4g_plugin.deliver.encode import check_encoder, encode, next_name, safe_name
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe

NTSC24, NTSC30 = Fraction(24000, 1001), Fraction(30000, 1001)
BIG = (256, 128)
EXACT = [
    "yuv420p",
    "yuv422p",
    "yuv444p",
    "yuv411p",
    "yuva420p",
    "gray",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p10le",
    "yuv422p12le",
    "yuva444p10le",
    "yuv444p16le",
    "gray10le",
    "gbrp",
    "gbrap",
    "gbrp10le",
    "gbrp16le",
    "gbrap12le",
]


def shot_of(
    facts: PlateFacts, first: int = 5, count: int = 10, handles: tuple[int, int] = (2, 3)
) -> Shot:
    source = FrameRange(facts.available.first + first, count, facts.rate)
    take = Take(facts.path, label="line 7")
    return Shot(
        "shot",
        "V1/2",
        source,
        facts.path,
        source,
        facts.available,
        (Line(take),),
        handles,
        drop=facts.drop,
    )


def delivered(plate: Path, out: Path, codec: str, shot: Shot | None = None) -> Path:
    """Deliver a plate's own pictures."""
    with open_plate(plate) as opened:
        shot = shot or shot_of(opened.facts)
        pictures = opened.read(shot.deliver.first - shot.available.first, shot.deliver.count)
        return encode(pictures, shot, opened.facts, next_name(out, shot.name, codec), codec, SILENT)


def pictures_of(path: Path) -> list[Picture]:
    with open_plate(path) as plate:
        return list(plate.read(0, plate.facts.count))


@pytest.mark.parametrize("pix_fmt", EXACT)
@pytest.mark.parametrize("size", [(128, 64), (70, 38)])
def test_ffv1_is_the_plate_exactly(tmp_path: Path, pix_fmt: str, size: tuple[int, int]) -> None:
    options = {"level": "1"} if pix_fmt == "yuv411p" else {}
    codec, suffix = ("utvideo", "avi") if pix_fmt in ("gbrp", "gbrap") else ("ffv1", "mkv")
    movie = Movie(pix_fmt=pix_fmt, codec=codec, options=options, size=size, noise=True)
    plate = write_movie(tmp_path / f"a.{suffix}", movie)
    comp = delivered(plate, tmp_path, "ffv1")
    want, got = pictures_of(plate)[3:18], pictures_of(comp)
    assert len(got) == 15
    for a, b in zip(want, got, strict=True):
        assert a.format == b.format
        assert all(np.array_equal(x, y) for x, y in zip(a.planes, b.planes, strict=True))
    assert not np.array_equal(want[0].planes[0], got[1].planes[0])


@pytest.mark.parametrize("codec", CODECS.own)
@pytest.mark.parametrize(
    ("rate", "text"),
    [(NTSC24, "01:00:00:00"), (Fraction(25), "10:00:00:00"), (NTSC30, "00:59:59;20")],
)
def test_right_frames_rate_and_timecode(
    tmp_path: Path, codec: str, rate: Fraction, text: str
) -> None:
    movie = Movie(
        rate=rate,
        timecode=text,
        tags=(1, 1, 1, 1),
        aspect=Fraction(4, 3),
        size=BIG,
        pix_fmt="yuv422p10le",
    )
    plate = write_movie(tmp_path / "a.mov", movie)
    comp = delivered(plate, tmp_path, codec)
    before, after = probe(plate), probe(comp)
    assert (after.rate, after.count, after.variable) == (rate, 15, False)
    assert (after.width, after.height) == BIG
    if codec != "ffv1":  # Matroska: the pixels' shape is in the pictures, where PyAV does not look
        assert after.sample_aspect == Fraction(4, 3)
    assert after.start_timecode == timecode(before.start_frame + 3, rate, before.drop)
    assert (after.start_frame, after.drop) == (before.start_frame + 3, before.drop)
    assert after.colour == before.colour
    assert [read_number(p.planes[0]) for p in pictures_of(comp)] == list(range(3, 18))


@pytest.mark.parametrize(
    ("codec", "plate", "kept", "tag"),
    [
        ("prores", "yuv420p", "yuv422p10le", "apch"),
        ("prores", "yuv422p10le", "yuv422p10le", "apch"),
        ("prores", "yuva444p10le", "yuva444p12le", "ap4h"),
        ("dnxhr", "yuv420p", "yuv422p10le", "AVdh"),
        ("h264", "yuv420p", "yuv420p", "avc1"),
        ("h264", "yuv420p10le", "yuv420p10le", "avc1"),
        ("h265", "yuv422p10le", "yuv422p10le", "hvc1"),
        ("h265", "yuv444p", "yuv444p", "hvc1"),
    ],
)
def test_each_codec_keeps_depth_and_colour(
    tmp_path: Path, codec: str, plate: str, kept: str, tag: str
) -> None:
    """Seen as R'G'B', the comp is the plate within a few codes; a wrong matrix or range would be
    tens off.
    """
    path = write_movie(
        tmp_path / "a.mkv",
        Movie(count=15, pix_fmt=plate, codec="ffv1", options={}, size=BIG, tags=(1, 1, 1, 1)),
    )
    comp = delivered(path, tmp_path, codec, shot_of(probe(path), 0, 15, (0, 0)))
    assert probe(comp).format.name == kept
    with av.open(str(comp)) as movie:
        assert movie.streams.video[0].codec_context.codec_tag == tag
    for a, b in zip(pictures_of(path), pictures_of(comp), strict=True):
        assert np.abs(a.rgb() - b.rgb()).mean() * 255 < 1.5


@pytest.mark.parametrize("codec", ["prores", "dnxhr", "h264"])
@pytest.mark.parametrize("kind", ["bt601 untagged", "full range", "rgb"])
def test_colour_survives_a_change_of_kind(tmp_path: Path, codec: str, kind: str) -> None:
    movie = {
        "bt601 untagged": Movie(count=6, pix_fmt="yuv444p", codec="ffv1", options={}),
        "full range": Movie(
            count=6, pix_fmt="yuv444p", codec="ffv1", options={}, tags=(1, 1, 1, 2)
        ),
        "rgb": Movie(count=6, pix_fmt="gbrp", codec="utvideo", options={}),
    }[kind]
    path = write_movie(tmp_path / ("a.avi" if kind == "rgb" else "a.mkv"), replace(movie, size=BIG))
    comp = delivered(path, tmp_path, codec, shot_of(probe(path), 0, 6, (0, 0)))
    for a, b in zip(pictures_of(path), pictures_of(comp), strict=True):
        x, y = np.clip(a.rgb(), 0, 1), np.clip(b.rgb(), 0, 1)
        assert np.abs(x - y).mean() * 255 < 2


def test_rotated_plate_is_delivered_upright(tmp_path: Path) -> None:
    plate = write_movie(tmp_path / "a.mov", Movie(rotation=90))
    comp = delivered(plate, tmp_path, "ffv1")
    facts = probe(comp)
    assert (facts.width, facts.height, facts.rotation) == (64, 128, 0)
    for a, b in zip(pictures_of(plate)[3:18], pictures_of(comp), strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a.planes, b.planes, strict=True))


@pytest.mark.parametrize("codec", ["prores", "ffv1"])
def test_variable_rate_becomes_a_steady_grid(tmp_path: Path, codec: str) -> None:
    times = np.cumsum([0, *np.random.default_rng(3).choice([33, 34, 67, 100], 19)]).tolist()
    plate = write_movie(tmp_path / "a.mp4", Movie(pts=times, tick=Fraction(1, 1000)))
    facts = probe(plate)
    assert facts.variable
    comp = delivered(plate, tmp_path, codec)
    assert not probe(comp).variable
    assert abs(probe(comp).rate - facts.rate) < Fraction(1, 50)
    assert [read_number(p.planes[0]) for p in pictures_of(comp)] == list(range(3, 18))


@pytest.mark.parametrize("codec", ["prores", "ffv1", "h264"])
@pytest.mark.parametrize("top", [True, False])
def test_interlaced_plate_stays_interlaced(tmp_path: Path, codec: str, top: bool) -> None:
    """Fields of different colours: converted as whole pictures they would run into each other."""
    path = tmp_path / "plate.mov"
    options = {"qp": "0", "preset": "ultrafast", "x264-params": "tff=1" if top else "bff=1"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for n in range(15):
            luma = np.full((64, 64), 120, np.uint8)
            chroma = np.tile(np.array([[60], [190]], np.uint8), (16, 32))
            frame = av.VideoFrame.from_ndarray(
                np.concatenate([luma, *[chroma.reshape(-1, 64)] * 2]), "yuv420p"
            )
            frame.pts = n
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    facts = probe(path)
    assert (facts.interlaced, facts.top_first) == (True, top)
    comp = delivered(path, tmp_path, codec, shot_of(facts, 0, 15, (0, 0)))
    after = probe(comp)
    assert (after.interlaced, after.top_first) == (True, top)
    blue = pictures_of(comp)[3].planes[1].astype(float) / (1 << after.format.bits - 8)
    assert abs(blue[0::2][2:-2] - 60).max() < 3
    assert abs(blue[1::2][2:-2] - 190).max() < 3


def test_names_are_free_and_safe(tmp_path: Path) -> None:
    assert next_name(tmp_path, "Clip A", "prores") == tmp_path / "Clip A.g4g-dub-v001.mov"
    assert next_name(tmp_path / "not there", "a", "ffv1").name == "a.g4g-dub-v001.mkv"
    (tmp_path / "Clip A.g4g-dub-v001.mov").touch()
    (tmp_path / "Clip A.g4g-dub-v004.mkv").touch()
    (tmp_path / "Clip AB.g4g-dub-v009.mkv").touch()
    assert next_name(tmp_path, "Clip A", "h264").name == "Clip A.g4g-dub-v005.mov"
    assert safe_name("../a\\b:c*?\n") == "_a_b_c___"
    assert [safe_name(name) for name in ("", "...", "CON", "nul.x", "ok")] == [
        "clip",
        "clip",
        "_CON",
        "_nul.x",
        "ok",
    ]
    assert len(safe_name("x" * 999)) <= 255


def left(folder: Path, plate: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path != plate)


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    sounds = [("pcm_s16le", noise16(2, 48_000), 48_000)]
    return write_movie(tmp_path / "plate.mov", Movie(noise=True, sounds=sounds))


def _refusing(
    plate: Path, codec: str, said: str, change: Callable[[list[Picture]], list[Picture]]
) -> None:
    facts, shot = probe(plate), shot_of(probe(plate))
    pictures = change(pictures_of(plate)[3:18])
    with pytest.raises(DeliverError, match=said) as told:
        encode(iter(pictures), shot, facts, plate.with_name("x.mov"), codec)
    assert told.value.message.endswith(".")
    assert told.value.hint
    assert left(plate.parent, plate) == []


DOORS: dict[str, tuple[str, str, Callable[[list[Picture]], list[Picture]]]] = {
    "codec": ("betamax", "no way to deliver", lambda p: p),
    "none": ("prores", "no pictures", lambda p: []),
    "too few": ("prores", "15 frames, but 14 came", lambda p: p[:14]),
    "too many": ("prores", "15 frames, but 16 or more", lambda p: [*p, p[0]]),
    "size": ("h264", "Frame 8 of the comp", lambda p: [*p[:5], _smaller(p[5]), *p[6:]]),
    "too small": ("dnxhr", "holds no picture of 128 x 64", lambda p: p),
}


def _smaller(picture: Picture) -> Picture:
    return Picture(picture.index, tuple(p[: len(p) // 2] for p in picture.planes), picture.format)


@pytest.mark.parametrize("door", DOORS)
def test_what_cannot_be_delivered_is_told(plate: Path, door: str) -> None:
    _refusing(plate, *DOORS[door])


def test_media_is_never_overwritten(plate: Path) -> None:
    out = plate.with_name("x.mov")
    out.write_text("mine")
    with pytest.raises(DeliverError, match="already exists"):
        encode(iter(pictures_of(plate)[3:18]), shot_of(probe(plate)), probe(plate), out, "prores")
    assert out.read_text() == "mine"

    def late() -> Iterator[Picture]:
        yield from pictures_of(plate)[3:18]
        out.write_text("somebody else's")

    out.unlink()
    with pytest.raises(DeliverError, match="Someone else has created"):
        encode(late(), shot_of(probe(plate)), probe(plate), out, "prores")
    assert out.read_text() == "somebody else's"
    assert left(plate.parent, plate) == ["x.mov"]


def test_folder_that_is_not_there_or_no_folder(plate: Path) -> None:
    for folder in (plate.parent / "gone", plate):
        with pytest.raises(DeliverError, match="cannot be written"):
            encode(
                iter(pictures_of(plate)[3:18]),
                shot_of(probe(plate)),
                probe(plate),
                folder / "x.mov",
                "prores",
            )
    assert left(plate.parent, plate) == []


@pytest.mark.parametrize("codec", CODECS.own)
def test_stopping_leaves_nothing(tmp_path: Path, codec: str) -> None:
    plate = write_movie(tmp_path / "plate.mov", Movie(size=BIG, noise=True))

    class Stop:
        def step(self, stage: str, done: int, total: int) -> None:
            assert (stage, total) == ("encode", 15)
            assert [path.name for path in tmp_path.iterdir() if path != plate] == [
                delivery.WORK_SUFFIX
            ]
            if done == 7:
                raise Cancelled

    with pytest.raises(Cancelled):
        encode(
            iter(pictures_of(plate)[3:18]),
            shot_of(probe(plate)),
            probe(plate),
            tmp_path / "x.mov",
            codec,
            Stop(),
        )
    assert left(tmp_path, plate) == []


@pytest.mark.parametrize(
    "error", [MediaError("Frame 7 is broken.", "x"), OSError("the card is gone"), KeyError(3)]
)
def test_another_rooms_error_passes_through(plate: Path, error: Exception) -> None:
    def breaking() -> Iterator[Picture]:
        yield from pictures_of(plate)[3:10]
        raise error

    with pytest.raises(type(error)) as told:
        encode(breaking(), shot_of(probe(plate)), probe(plate), plate.with_name("x.mov"), "prores")
    assert told.value is error
    assert left(plate.parent, plate) == []


@contextmanager
def _no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("codec", ["prores", "ffv1"])
@pytest.mark.parametrize("size", [0, 5_000, 100_000])
def test_file_that_may_not_grow(plate: Path, codec: str, size: int) -> None:
    pictures, facts = pictures_of(plate)[3:18], probe(plate)
    with _no_larger_than(size), pytest.raises(DeliverError, match="too large") as told:
        encode(iter(pictures), shot_of(facts), facts, plate.with_name("x.mov"), codec)
    assert told.value.hint
    assert left(plate.parent, plate) == []


@pytest.mark.parametrize("spare", [0, 40_000])
def test_full_disk(plate: Path, spare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.FileIO):
        room = spare

        def write(self, data: object) -> int:
            size = memoryview(data).nbytes  # type: ignore[arg-type]
            if size > self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            Full.room = self.room - size
            return super().write(data)  # type: ignore[arg-type]

    real = Path.open

    def opened(path: Path, mode: str = "r", **how: object) -> object:
        if path.suffix != ".part":
            return real(path, mode, **how)  # type: ignore[call-overload]
        return io.BufferedRandom(Full(path, "w+"), buffer_size=1 << 14)

    pictures, facts = pictures_of(plate)[3:18], probe(plate)
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(DeliverError, match="disk is full") as told:
        encode(iter(pictures), shot_of(facts), facts, plate.with_name("x.mov"), "prores")
    monkeypatch.undo()
    assert "room" in told.value.hint
    assert left(plate.parent, plate) == []


def test_pictures_are_pulled_one_by_one(plate: Path) -> None:
    """No more than one picture is ever asked for ahead of what was encoded."""
    pulled = 0

    def counted() -> Iterator[Picture]:
        nonlocal pulled
        for picture in pictures_of(plate)[3:18]:
            pulled += 1
            yield picture

    class Watch:
        def step(self, stage: str, done: int, total: int) -> None:
            assert stage != "encode" or pulled == done

    encode(
        counted(), shot_of(probe(plate)), probe(plate), plate.with_name("x.mov"), "prores", Watch()
    )
    assert pulled == 15


def test_file_systems_without_links(plate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(delivery.os, "link", refuse)
    out = plate.with_name("x.mov")
    encode(iter(pictures_of(plate)[3:18]), shot_of(probe(plate)), probe(plate), out, "prores")
    assert left(plate.parent, plate) == ["x.mov"]


def test_encoders_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for codec in CODECS.own:
        check_encoder(codec)
    with pytest.raises(DeliverError, match="no way"):
        check_encoder("betamax")
    recipe = replace(CODECS.own["h264"], encoder="nobody")
    monkeypatch.setitem(CODECS.own, "h264", recipe)
    with pytest.raises(DeliverError, match="nobody is not installed"):
        check_encoder("h264")
