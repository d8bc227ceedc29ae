"""What PyAV cannot write, read back by FFmpeg's own probe."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from drawn_movies import Movie, tone, write_movie
from test_encode import delivered, pictures_of, shot_of

from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.deliver.encode import encode
from g4g_plugin.media.probe import probe

pytestmark = pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
POINTS = (34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450)  # R, G, B, white; 1/50000
MASTERING = struct.pack(
    "<20i2i", *(n for p in POINTS for n in (p, 50000)), 50, 10000, 10**7, 10000, 1, 1
)
LIGHT = struct.pack("<2I", 1000, 400)


def said(path: Path, *more: str) -> dict[str, Any]:
    """Ask ffprobe for the picture stream, and its first frame."""
    asked = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_streams", "-show_frames"]
    asked += ["-read_intervals", "%+#1", *more, "-of", "json", str(path)]
    return json.loads(subprocess.run(asked, capture_output=True, check=True, text=True).stdout)


@pytest.mark.parametrize(("codec", "suffix"), [("ffv1", ".mkv"), ("prores", ".mov")])
@pytest.mark.parametrize("aspect", [Fraction(64, 45), Fraction(16, 15), Fraction(11, 10)])
def test_pixels_keep_their_shape(tmp_path: Path, codec: str, suffix: str, aspect: Fraction) -> None:
    heard = (tone(440, 0.8, 48000) * 9000).astype("i2")[None]
    movie = Movie(size=(720, 64), aspect=aspect, sounds=[("pcm_s16le", heard, 48000)])
    plate = write_movie(tmp_path / "p.mov", movie)
    made = delivered(plate, tmp_path, codec)
    assert made.suffix == suffix
    (stream,) = said(made)["streams"]
    assert Fraction(stream["sample_aspect_ratio"].replace(":", "/")) == aspect
    assert "g4g" not in stream.get("tags", {}).get("title", "")
    after = probe(made)
    assert after.sample_aspect == aspect
    assert after.audio_streams == 1
    assert len(pictures_of(made)) == 15


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [("ffv1", ".mkv"), ("prores", ".mov"), ("h265", ".mov"), ("dnxhr", ".mov")],
)
def test_hdr10_data_are_delivered(tmp_path: Path, codec: str, suffix: str) -> None:
    size = (256, 128)
    plate = write_movie(tmp_path / "p.mov", Movie(pix_fmt="yuv422p10le", size=size))
    facts: PlateFacts = replace(probe(plate), mastering=MASTERING, light_level=LIGHT)
    made = tmp_path / f"c{suffix}"
    encode(iter(pictures_of(plate)[3:18]), shot_of(facts), facts, made, codec)
    answer = said(made)
    sides = {s["side_data_type"]: s for s in answer["streams"][0].get("side_data_list", [])}
    master, light = sides["Mastering display metadata"], sides["Content light level metadata"]
    assert (light["max_content"], light["max_average"]) == (1000, 400)
    names = [f"{c}_{axis}" for c in ("red", "green", "blue", "white_point") for axis in "xy"]
    read = [round(Fraction(master[name]) * 50000) for name in names]
    assert read == list(POINTS)
    assert [Fraction(master[f"{end}_luminance"]) for end in ("min", "max")] == [
        Fraction(50, 10000),
        Fraction(1000),
    ]
    assert len(pictures_of(made)) == 15
    again = probe(made)
    assert again.light_level[:8] == LIGHT
    assert again.count == 15


def test_hdr10_data_are_read_from_the_pictures(tmp_path: Path) -> None:
    master = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    how = f"log-level=error:hdr10=1:master-display={master}:max-cll=1000,400"
    movie = Movie(pix_fmt="yuv420p10le", codec="libx265", options={"x265-params": how})
    facts = probe(write_movie(tmp_path / "p.mp4", movie))
    assert facts.light_level == LIGHT
    assert struct.unpack("<20i2i", facts.mastering)[:16:2] == POINTS


@pytest.mark.parametrize("codec", ["ffv1", "prores", "h264"])
def test_dv_is_bottom_first_and_stays_so(tmp_path: Path, codec: str) -> None:
    movie = Movie(pix_fmt="yuv420p", codec="dvvideo", size=(720, 576), options={})
    plate = write_movie(tmp_path / "p.avi", movie)
    facts = probe(plate)
    assert (facts.interlaced, facts.top_first) == (True, False)
    made = delivered(plate, tmp_path, codec)
    (frame,) = said(made)["frames"]
    assert (frame["interlaced_frame"], frame["top_field_first"]) == (1, 0)
    assert (probe(made).interlaced, probe(made).top_first) == (True, False)
