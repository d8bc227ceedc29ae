from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from drawn_movies import Movie, bits_of, drawn_planes, frame_of, read_number, write_movie
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.picture import Picture
from g4g_plugin.media.pixels import plane_format
from g4g_plugin.media.plate import FilePlate, PlateFrame, open_plate, planes_of

B_FRAMES = {"crf": "4", "preset": "medium", "bf": "3", "g": "12"}
OPEN_GOP = {**B_FRAMES, "x264-params": "open-gop=1"}
LOSSLESS = [
    "yuv420p",
    "yuv422p",
    "yuv444p",
    "yuv440p",
    "yuv411p",
    "yuva420p",
    "yuva444p",
    "gray",
    "yuv420p9le",
    "yuv420p10le",
    "yuv422p10le",
    "yuv444p10le",
    "yuv422p12le",
    "yuv444p16le",
    "yuva444p10le",
    "yuva422p12le",
    "gray10le",
    "gray16le",
    "gbrp10le",
    "gbrp12le",
    "gbrp16le",
    "gbrap16le",
]


def same(first: Picture, second: Picture) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


def numbers(plate: FilePlate, first: int = 0, count: int | None = None) -> list[int]:
    return [read_number(p.planes[0]) for p in plate.read(first, count or plate.facts.count)]


@pytest.mark.parametrize("pix_fmt", LOSSLESS)
@pytest.mark.parametrize("size", [(128, 64), (70, 38)])
def test_planes_are_the_files_own(tmp_path: Path, pix_fmt: str, size: tuple[int, int]) -> None:
    options = (
        {"level": "1"} if pix_fmt == "yuv411p" else {}
    )  # FFV1's slices lose a column of odd 4:1:1
    movie = Movie(count=3, pix_fmt=pix_fmt, codec="ffv1", options=options, size=size, noise=True)
    with open_plate(write_movie(tmp_path / "a.mkv", movie)) as plate:
        assert (plate.facts.format.name, plate.facts.format.bits) == (pix_fmt, bits_of(pix_fmt))
        for n, picture in enumerate(plate.read(0, 3)):
            drawn = drawn_planes(n, pix_fmt, size)
            assert all(np.array_equal(a, b) for a, b in zip(picture.planes, drawn, strict=True))
            assert all(p.flags.c_contiguous and p.flags.writeable for p in picture.planes)
            assert picture.format == plate.facts.format
            assert picture.index == n


def _split(name: str, raw: NDArray[Any], w: int, h: int) -> list[NDArray[Any]]:
    """Take a packed picture apart in numpy: the twin of what the plate does."""
    if name == "nv12":
        chroma = raw[w * h :].reshape(h // 2, w // 2, 2)
        return [raw[: w * h].reshape(h, w), chroma[..., 0], chroma[..., 1]]
    if name == "p010le":
        words = raw.view("<u2") >> 6
        chroma = words[w * h :].reshape(h // 2, w // 2, 2)
        return [words[: w * h].reshape(h, w), chroma[..., 0], chroma[..., 1]]
    if name in ("uyvy422", "yuyv422"):
        pairs = raw.reshape(h, w // 2, 4)
        luma, blue, red = ((1, 3), 0, 2) if name == "uyvy422" else ((0, 2), 1, 3)
        return [pairs[..., luma].reshape(h, w), pairs[..., blue], pairs[..., red]]
    if name == "yuv422p10be":
        words = raw.view(">u2").astype("<u2")
        parts = np.split(words, [w * h, w * h * 3 // 2])
        return [parts[0].reshape(h, w), parts[1].reshape(h, w // 2), parts[2].reshape(h, w // 2)]
    order = {
        "rgb24": "rgb",
        "bgr24": "bgr",
        "rgba": "rgba",
        "bgra": "bgra",
        "argb": "argb",
        "bgr0": "bgr0",
    }
    order |= {"rgb48le": "rgb", "rgb48be": "rgb", "rgba64le": "rgba"}
    kind = {"rgb48le": "<u2", "rgba64le": "<u2", "rgb48be": ">u2"}.get(name, "u1")
    pixels = raw.view(kind).reshape(h, w, -1)
    return [
        pixels[..., order[name].index(c)].astype(f"=u{pixels.itemsize}")
        for c in "gbra"
        if c in order[name]
    ]


PACKED = {
    "nv12": "yuv420p",
    "p010le": "yuv420p10le",
    "uyvy422": "yuv422p",
    "yuyv422": "yuv422p",
    "rgb24": "gbrp",
    "bgr24": "gbrp",
    "bgr0": "gbrp",
    "rgba": "gbrap",
    "bgra": "gbrap",
    "argb": "gbrap",
    "rgb48le": "gbrp16le",
    "rgb48be": "gbrp16le",
    "rgba64le": "gbrap16le",
    "yuv422p10be": "yuv422p10le",
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_pixels_are_split_without_loss(name: str) -> None:
    w, h = 64, 32
    frame = av.VideoFrame(w, h, name)
    raw = (
        np.random.default_rng(1)
        .integers(0, 256, sum(p.line_size * p.height for p in frame.planes))
        .astype(np.uint8)
    )
    if name == "p010le":
        raw = (raw.view("<u2") & 0xFFC0).view(np.uint8)
    if name == "yuv422p10be":
        raw = (raw.view(">u2") & 0x3FF).astype(">u2").view(np.uint8)
    at = 0
    for plane in frame.planes:
        size = plane.line_size * plane.height
        plane.update(raw[at : at + size].tobytes())
        at += size
    kept = plane_format(name, h, 1, 1)
    assert kept is not None
    assert kept.name == PACKED[name]
    for ours, twin in zip(planes_of(frame, kept), _split(name, raw, w, h), strict=True):
        assert np.array_equal(ours, twin)


def test_pixels_that_would_lose_are_refused() -> None:
    assert plane_format("yuv420p", 64, 1, 1) is not None
    assert [
        plane_format(name, 64, 1, 1) for name in ("gbrpf32le", "bayer_rggb8", "xyz12le", "monow")
    ] == [None] * 4


CASES: dict[str, tuple[str, Movie]] = {
    "b frames mp4": ("a.mp4", Movie(count=50, options=B_FRAMES)),
    "open gop mkv": ("a.mkv", Movie(count=50, options=OPEN_GOP)),
    "open gop ts": ("a.ts", Movie(count=50, options=OPEN_GOP)),
    "mpeg-2": (
        "a.mpg",
        Movie(count=50, codec="mpeg2video", options={"b": "4000000", "bf": "2", "g": "12"}),
    ),
    "h265": (
        "a.mov",
        Movie(count=40, codec="libx265", options={"x265-params": "log-level=none:keyint=12"}),
    ),
    "prores": ("a.mov", Movie(count=30, codec="prores_ks", pix_fmt="yuv422p10le", options={})),
    "untimed avi": ("a.avi", Movie(count=30, options=B_FRAMES)),
    "avi": ("a.avi", Movie(count=30, codec="mjpeg", pix_fmt="yuvj420p", options={})),
    "ntsc": ("a.mkv", Movie(count=50, rate=Fraction(30000, 1001), options=B_FRAMES)),
}


@pytest.mark.parametrize("case", CASES)
def test_any_frame_by_its_number(tmp_path: Path, case: str) -> None:
    """Sequential numbers are right, and any other order of asking gives the very same pictures."""
    name, movie = CASES[case]
    with open_plate(write_movie(tmp_path / name, movie)) as plate:
        assert plate.facts.count == movie.count
        pictures = list(plate.read(0, movie.count))
        assert [read_number(p.planes[0]) for p in pictures] == list(range(movie.count))
        order = list(range(movie.count))
        random.Random(7).shuffle(order)
        for n in order:
            assert same(plate.fetch([n])[0], pictures[n])
        few = order[:9] + order[:2]
        assert [p.index for p in plate.fetch(few)] == few
        assert numbers(plate, 17, 9) == list(range(17, 26))


def test_frames_before_an_edit_list_are_not_counted(tmp_path: Path) -> None:
    movie = Movie(count=40, options=B_FRAMES, shift=7)
    with open_plate(write_movie(tmp_path / "a.mp4", movie)) as plate:
        assert plate.facts.count == 33
        assert numbers(plate) == list(range(7, 40))
        assert [read_number(p.planes[0]) for p in plate.fetch([20, 0, 32])] == [27, 7, 39]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_variable_rate_goes_through_the_map(tmp_path: Path, suffix: str) -> None:
    times = np.cumsum([0, *np.random.default_rng(3).choice([33, 34, 67, 100], 29)]).tolist()
    movie = Movie(count=30, pts=times, tick=Fraction(1, 1000), options=B_FRAMES)
    with open_plate(write_movie(tmp_path / f"a.{suffix}", movie)) as plate:
        assert plate.facts.variable
        assert numbers(plate) == list(range(30))
        assert [read_number(p.planes[0]) for p in plate.fetch([29, 3, 15])] == [29, 3, 15]
        shown = (plate.pts - plate.pts[0]) * float(plate.tick) * 1000
        assert np.allclose(shown, times, atol=1)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize(("rotation", "turns"), [(90, 1), (180, 2), (270, 3)])
def test_rotation_is_applied_sample_for_sample(
    tmp_path: Path, pix_fmt: str, rotation: int, turns: int
) -> None:
    """`rotation` counterclockwise, as the display matrix counts; the twin is numpy's rot90."""
    plain = write_movie(tmp_path / "a.mov", Movie(count=3, pix_fmt=pix_fmt))
    turned = write_movie(tmp_path / "b.mov", Movie(count=3, pix_fmt=pix_fmt, rotation=rotation))
    with open_plate(plain) as a, open_plate(turned) as b:
        assert b.facts.rotation == (360 - rotation) % 360
        assert (b.facts.width, b.facts.height) == ((64, 128) if turns % 2 else (128, 64))
        for before, after in zip(a.read(0, 3), b.read(0, 3), strict=True):
            assert after.size == (b.facts.width, b.facts.height)
            planes = list(before.planes)
            if pix_fmt == "yuv422p" and turns % 2:
                planes[1:] = [np.repeat(p, 2, axis=1) for p in planes[1:]]
                assert after.format.chroma == (0, 0)
            for ours, twin in zip(after.planes, planes, strict=True):
                assert np.array_equal(ours, np.rot90(twin, turns))
            assert np.abs(after.rgb() - np.rot90(before.rgb(), turns)).max() < 1e-5


def test_mirrored_display_matrix(tmp_path: Path) -> None:
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        stream.set_display_rotation(0, hflip=True)
        frame = frame_of(drawn_planes(5, "yuv420p", noise=False), "yuv420p")
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with open_plate(path) as plate:
        luma = plate.fetch([0])[0].planes[0]
    assert read_number(luma[:, ::-1]) == 5
    assert read_number(luma) != 5


@pytest.mark.parametrize(
    ("pix_fmt", "tags"),
    [("yuv420p", (1, 1, 1, 1)), ("yuv422p10le", (9, 16, 9, 1)), ("yuv444p", (5, 6, 5, 2))],
)
def test_fast_look_is_the_exact_one(
    tmp_path: Path, pix_fmt: str, tags: tuple[int, int, int, int]
) -> None:
    movie = Movie(count=1, pix_fmt=pix_fmt, codec="ffv1", options={}, tags=tags)
    with open_plate(write_movie(tmp_path / "a.mkv", movie)) as plate:
        picture = plate.fetch([0])[0]
    assert isinstance(picture, PlateFrame)
    assert picture.format.full_range is (tags[3] == 2)
    gap = np.abs(picture.rgb8().astype(int) - Picture.rgb8(picture).astype(int))
    assert gap.max() <= 4
    brighter = replace(picture, planes=(picture.planes[0] + 8, *picture.planes[1:]))
    assert brighter.rgb8().mean() > picture.rgb8().mean() + 1


@pytest.mark.parametrize(("first", "count"), [(-1, 2), (0, 21), (20, 1), (5, 0)])
def test_range_outside_the_file(tmp_path: Path, first: int, count: int) -> None:
    with open_plate(write_movie(tmp_path / "a.mov", Movie())) as plate:
        with pytest.raises(MediaError, match="holds frames 0 to 19"):
            plate.read(first, count)
        with pytest.raises(MediaError, match="holds frames 0 to 19"):
            plate.fetch([3, 20])
        assert plate.fetch([]) == []


def test_reads_overlap_and_end_early(tmp_path: Path) -> None:
    with open_plate(write_movie(tmp_path / "a.mp4", Movie(count=40, options=B_FRAMES))) as plate:
        one, two = plate.read(0, 40), plate.read(20, 20)
        for n in range(10):
            assert read_number(next(one).planes[0]) == n
            assert read_number(next(two).planes[0]) == 20 + n
            assert read_number(plate.fetch([39 - n])[0].planes[0]) == 39 - n
        assert isinstance(one, Iterator)
        one.close()  # type: ignore[attr-defined]
        assert read_number(next(two).planes[0]) == 30


def test_digest_tells_files_apart(tmp_path: Path) -> None:
    one = write_movie(tmp_path / "a.mov", Movie())
    two = write_movie(tmp_path / "b.mov", Movie(count=21))
    with open_plate(one) as a, open_plate(one) as again, open_plate(two) as b:
        assert a.digest() == again.digest()
        assert a.digest() != b.digest()
    before = open_plate(one).digest()
    one.touch()
    assert open_plate(one).digest() != before


def test_frame_that_cannot_be_decoded(tmp_path: Path) -> None:
    """Damage in the middle of a file is met when that frame is asked for, and named."""
    path = write_movie(
        tmp_path / "a.mov", Movie(count=30, codec="prores_ks", pix_fmt="yuv422p10le", options={})
    )
    with av.open(str(path)) as movie:
        spot = [(p.pos, p.size) for p in movie.demux(movie.streams.video[0]) if p.size][20]
    data = bytearray(path.read_bytes())
    data[spot[0] : spot[0] + spot[1]] = bytes(spot[1])
    path.write_bytes(data)
    with open_plate(path) as plate:
        assert numbers(plate, 0, 20) == list(range(20))
        with pytest.raises(MediaError, match="Frame 20 "):
            plate.fetch([20])
        assert numbers(plate, 21, 9) == list(range(21, 30))
