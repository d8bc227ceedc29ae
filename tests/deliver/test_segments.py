"""Segments are joined without encoding again, and a run that goes on gives the undisturbed movie."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from drawn_movies import Movie, noise16, read_number, write_movie

from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import Cancelled
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.shot import Shot
from g4g_plugin.deliver.delivery import WorkFolder
from g4g_plugin.deliver.encode import encode_segments
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.segments import SegmentStore, segment_ranges
from g4g_plugin.deliver.sound import HeardLine
from g4g_plugin.media.plate import open_plate
from g4g_plugin.media.probe import probe

COUNT = 130  # three segments at 25 frames per second
BIG = (256, 128)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)])
@pytest.mark.parametrize("count", [1, 2, 47, 48, 49, 50, 51, 100, 101, 1497, 15_000])
def test_ranges_cover_the_comp_in_equal_parts(count: int, rate: Fraction) -> None:
    ranges = segment_ranges(count, rate)
    assert [frame for part in ranges for frame in part] == list(range(count))
    lengths = {len(part) for part in ranges}
    assert max(lengths) <= 2 * rate
    assert max(lengths) - min(lengths) <= 1
    assert len(ranges) == 1 or min(lengths) >= rate * Fraction(9, 10)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sounds = [("pcm_s16le", noise16(2, COUNT * 1920), 48_000)]
    movie = Movie(count=COUNT, rate=Fraction(25), size=BIG, sounds=sounds, timecode="10:00:00:00")
    return write_movie(tmp_path_factory.mktemp("plate") / "a.mov", movie)


def comp_of(plate: Path, codec: str) -> Comp:
    facts = probe(plate)
    span = facts.available
    return Comp(Shot("shot", "V1/2", span, plate, span, span, (Line(Take(plate)),)), facts, codec)


def pictures(plate: Path, first: int, stop_at: int = COUNT) -> Iterator[Picture]:
    with open_plate(plate) as opened:
        for picture in opened.read(first, COUNT - first):
            if picture.index == stop_at:
                raise Cancelled
            yield picture


def made(plate: Path, out: Path, codec: str, stops: tuple[int, ...] = ()) -> tuple[Path, int]:
    """Make a movie in tries that end at `stops`; return it, and how many frames were encoded."""
    comp, encoded = comp_of(plate, codec), 0

    class Count:
        def step(self, stage: str, done: int, total: int) -> None:
            nonlocal encoded
            encoded += stage == "encode"

    out.mkdir()
    work = WorkFolder(out, "job")
    line = HeardLine(np.full((1, 48_000), 0.25, np.float32), 4800, "line")
    for stop in (*stops, COUNT):
        work.open("same")
        store = SegmentStore(work.path, comp, work.out)
        finished = store.finished()
        begin = finished[-1].frames.stop if finished else 0
        try:
            segments = encode_segments(
                pictures(plate, begin, stop), store, finished, progress=Count()
            )
        except Cancelled:
            continue
        work.join(comp, segments, [line])
        work.name_media(out / "movie.mov")
    work.discard()
    assert [path.name for path in out.iterdir()] == ["movie.mov"]
    return out / "movie.mov", encoded


def packets(path: Path) -> list[list[tuple[int | None, int | None, bool, bytes]]]:
    with av.open(str(path)) as movie:
        return [
            [(p.pts, p.dts, p.is_keyframe, bytes(p)) for p in list(movie.demux(stream)) if p.size]
            for stream in movie.streams
            if movie.seek(0) is None
        ]


@pytest.mark.parametrize("codec", CODECS.own)
def test_a_run_that_goes_on_gives_the_undisturbed_movie(
    plate: Path, tmp_path: Path, codec: str
) -> None:
    whole, _ = made(plate, tmp_path / "whole", codec)
    resumed, encoded = made(plate, tmp_path / "resumed", codec, (20, 60, 125))
    assert encoded <= 20 + 60 + (125 - 43) + (COUNT - 86)
    assert packets(resumed) == packets(whole)
    before, after = probe(whole), probe(resumed)
    assert (before.count, before.variable, before.start_timecode) == (COUNT, False, "10:00:00:00")
    assert (after.count, after.rate, after.colour) == (before.count, before.rate, before.colour)
    with open_plate(resumed) as movie:
        numbers = [read_number(p.planes[0]) for p in movie.read(0, COUNT)]
        assert numbers == list(range(COUNT))
        assert read_number(movie.fetch([87])[0].planes[0]) == 87  # across a seam, by seeking


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_each_segment_begins_with_a_key_and_times_ascend(
    plate: Path, tmp_path: Path, codec: str
) -> None:
    path, _ = made(plate, tmp_path / "out", codec)
    video = packets(path)[0]
    pts = sorted(p for p, _, _, _ in video if p is not None)
    steps = np.diff(pts)
    assert steps.min() == steps.max()
    dts = [d for _, d, _, _ in video if d is not None]
    assert all(a < b for a, b in pairwise(dts))
    assert all(d <= p for p, d, _, _ in video if p is not None and d is not None)
    keys = [((p or 0) - pts[0]) // int(steps[0]) for p, _, key, _ in video if key]
    assert {part.start for part in segment_ranges(COUNT, Fraction(25))} <= set(keys)


@pytest.mark.parametrize("damage", ["packets", "index", "gone", "other"])
def test_a_damaged_segment_is_made_again(plate: Path, tmp_path: Path, damage: str) -> None:
    comp = comp_of(plate, "ffv1")
    work = WorkFolder(tmp_path, "job")
    work.open("same")
    store = SegmentStore(work.path, comp, work.out)
    encode_segments(pictures(plate, 0), store, [])
    assert [len(segment.frames) for segment in store.finished()] == [43, 43, 44]
    second = sorted(work.path.glob("*.packets"))[1]
    if damage == "packets":
        content = bytearray(second.read_bytes())
        content[1000] ^= 1
        second.write_bytes(content)
    elif damage == "index":
        index = second.with_suffix(".npz")
        index.write_bytes(index.read_bytes()[:100])
    elif damage == "gone":
        second.unlink()
    else:
        work.open("another")
    assert [s.frames.start for s in store.finished()] == ([0] if damage != "other" else [])
