"""Content tells files apart, whatever their names, sizes and times."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

from g4g_plugin.core.decisions import Line, ShotSettings, Take
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.settings import Settings, cache_dir
from g4g_plugin.project import identity
from g4g_plugin.project.batch import Order, Request, dub_timeline
from g4g_plugin.project.identity import changed_files, digest_plate, origin_of

HOUR, COUNT = 90_000, 10


def change(path: Path, place: int) -> None:
    """Change one byte, and leave size and time of change as they were."""
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(1)
        file.seek(place)
        file.write(bytes([old[0] ^ 255]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("place", [0, 777_777, 999_999])
def test_every_byte_of_a_small_plate_counts(tmp_path: Path, place: int) -> None:
    path = tmp_path / "plate"
    path.write_bytes(bytes(1_000_000))
    before = digest_plate(path, 100)
    change(path, place)
    assert digest_plate(path, 100) != before


def test_of_a_large_plate_every_byte_counts_where_the_shot_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "WHOLE_BYTES", 2_000_000)
    path = tmp_path / "plate"
    path.write_bytes(bytes(16_000_000))  # 100 frames of 160 kB
    used = range(50, 58)
    before = digest_plate(path, 100, used)
    change(path, 55 * 160_000 + 80_000)
    assert digest_plate(path, 100, used) != before
    touched = digest_plate(path, 100)  # more than is read whole
    os.utime(path, ns=(1, 1))
    assert digest_plate(path, 100) != touched


def write_raw(path: Path, grey: int) -> Path:
    """Write uncompressed frames, of one size whatever they show."""
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 192, 144, "uyvy422"
        for n in range(COUNT):
            shade = grey if n == 6 else 10 * n
            picture = np.full((144, 192, 3), shade, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts = n
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
    os.utime(path, ns=(10**18, 10**18))
    return path


def test_a_plate_twin_is_dubbed_anew(tmp_path: Path, draw_tone, draw_timeline) -> None:
    """The same name, size and time; one frame shows something else."""
    plate, line = write_raw(tmp_path / "twin.mov", 60), draw_tone("line.wav", COUNT / 25)
    size = plate.stat().st_size
    cut = draw_timeline([("a", plate, 0, COUNT, 0, COUNT)])
    settings = ShotSettings(engine="copy", codec="ffv1")
    order = Order(cut, tmp_path / "out", (Request("V1/1", (Line(Take(line)),), settings),))
    first = dub_timeline(order, Settings(), cache_dir()).dubs[0]
    assert first.origin is not None
    write_raw(plate, 200)
    assert plate.stat().st_size == size
    assert changed_files(first.shot, first.origin) == [plate]
    second = dub_timeline(order, Settings(), cache_dir()).dubs[0]
    with av.open(str(second.media)) as movie:
        shades = [f.to_ndarray(format="gray").mean() for f in movie.decode(video=0)]
    assert abs(shades[6] - 200) < 20


def test_weights_asked_for_count_by_their_content(
    tmp_path: Path, draw_plate, draw_tone, draw_timeline
) -> None:
    from g4g_plugin.project.decisions import Decisions
    from g4g_plugin.project.planning import plan_shot
    from g4g_plugin.timeline.read import open_timeline

    plate = draw_plate("a.mov", COUNT)
    cut = draw_timeline([("a", plate, HOUR, COUNT, HOUR, COUNT)])
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"one")
    settings = ShotSettings(weights=weights)
    line = Line(Take(draw_tone("line.wav", COUNT / 25)))
    shot = plan_shot(open_timeline(cut).slots[0], Decisions((line,), settings))
    origin = origin_of(shot, settings)
    assert changed_files(shot, origin) == []
    weights.write_bytes(b"two")
    assert changed_files(shot, origin) == [weights]
    weights.unlink()
    with pytest.raises(EngineError, match=r"mine\.safetensors cannot be read"):
        origin_of(shot, settings)
