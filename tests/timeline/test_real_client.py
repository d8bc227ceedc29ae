"""A real client plays what we deliver: melt renders the dubbed timeline, and every frame is read
back by number.

Plates carry their frame number and a clip id in the picture, eight bits each. The comp that `g4g
dub --engine copy` delivers equals the plate, so its id bits are inverted before melt renders:
"dubbed" can then be told from "original". Controls must fail: without the rebase (melt counts from
frame 0), and with the original in the dubbed clip's place.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest

from g4g_plugin.cli import main
from g4g_plugin.core.time import frames_of_timecode
from g4g_plugin.timeline.write import rebase

WIDTH, HEIGHT, BITS = 128, 64, 8
PLATE_FRAMES = 60
# name, clip id, frame of the media at which the clip begins, frames; none begins at the media's
# first frame
CLIPS = (("A", 0x41, 7, 17), ("B", 0x42, 20, 24), ("C", 0x43, 13, 19))
RATES = (  # exact rate, rate as written in the timeline, start timecode, handles
    pytest.param(Fraction(24), 24.0, "01:00:00:00", 0, id="24"),
    pytest.param(Fraction(25), 25.0, "01:00:00:00", 6, id="25"),
    pytest.param(Fraction(24000, 1001), 23.976, "01:00:00:00", 0, id="23.976"),
    pytest.param(Fraction(30000, 1001), 30000 / 1001, "01:00:00;00", 3, id="29.97-drop"),
)

pytestmark = [
    pytest.mark.skipif(
        shutil.which("melt") is None, reason="melt is not installed: apt-get install melt"
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("otio_kdenlive_adapter") is None,
        reason="otio-kdenlive-adapter is not installed: pip install otio-kdenlive-adapter==0.0.3",
    ),
]


def picture(number: int, clip: int) -> np.ndarray:
    """Draw a frame: its number in the upper half, the clip's id in the lower, lowest bit left. (H,
    W) uint8 luma.
    """
    luma = np.empty((HEIGHT, WIDTH), np.uint8)
    for half, value in ((slice(0, HEIGHT // 2), number), (slice(HEIGHT // 2, HEIGHT), clip)):
        bits = [(value >> bit) & 1 for bit in range(BITS)]
        luma[half] = np.repeat([235 if bit else 16 for bit in bits], WIDTH // BITS)
    return luma


def code(luma: np.ndarray) -> tuple[int, int]:
    """Read (clip id, frame number) from the middle of each bit's field."""
    column = WIDTH // BITS
    fields = luma[:, column // 2 :: column]
    bits = fields[[HEIGHT // 4, 3 * HEIGHT // 4]] > 125
    number, clip = (int(sum(int(bit) << n for n, bit in enumerate(row))) for row in bits)
    return clip, number


def lumas(path: Path) -> Iterator[np.ndarray]:
    """Decode the luma, 8 bit, 0..255."""
    with av.open(str(path)) as movie:
        for frame in movie.decode(video=0):
            yield frame.reformat(format="gray").to_ndarray()


def write_movie(
    path: Path, pictures: list[np.ndarray], rate: Fraction, timecode: str, codec: str
) -> None:
    """Write grey pictures with a start timecode."""
    with av.open(str(path), "w") as movie:
        options = {"crf": "4", "preset": "ultrafast"} if codec == "libx264" else {"profile": "3"}
        stream = movie.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuv420p" if codec == "libx264" else "yuv422p10le"
        stream.metadata["timecode"] = timecode
        for n, luma in enumerate(pictures):
            planes = [luma, np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8)]
            frame = av.VideoFrame.from_ndarray(
                np.concatenate([p.ravel() for p in (*planes, planes[1])]).reshape(-1, WIDTH),
                "yuv420p",
            )
            frame.pts, frame.time_base = n, 1 / rate
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))


def write_line(path: Path, seconds: float) -> None:
    """Write a tone as the new line."""
    samples = (8000 * np.sin(2 * np.pi * 880 * np.arange(round(seconds * 48000)) / 48000)).astype(
        "<i2"
    )
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 48000, 0, "NONE", ""))
        sound.writeframes(samples.tobytes())


@dataclass
class Cut:
    """A timeline of three bit-coded clips, and what a right render of it shows."""

    timeline: Path
    line: Path
    rate: Fraction
    start: int  # of every plate, in frames

    def expected(self, dubbed: bool) -> list[tuple[int, int]]:
        return [
            (clip ^ 0xFF if dubbed and name == "B" else clip, first + n)
            for name, clip, first, count in CLIPS
            for n in range(count)
        ]


def make_cut(folder: Path, rate: Fraction, written: float, timecode: str) -> Cut:
    """Draw the plates and lay them end to end, source ranges in the media's own timecode."""
    start = frames_of_timecode(timecode, rate)

    def span(first: int, count: int) -> dict[str, Any]:
        names = ("start_time", "duration")
        times = {
            name: {"OTIO_SCHEMA": "RationalTime.1", "rate": written, "value": float(value)}
            for name, value in zip(names, (first, count), strict=True)
        }
        return {"OTIO_SCHEMA": "TimeRange.1", **times}

    children = []
    for name, clip, first, count in CLIPS:
        plate = folder / f"plate {name}.mov"
        write_movie(
            plate, [picture(n, clip) for n in range(PLATE_FRAMES)], rate, timecode, "libx264"
        )
        reference = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "metadata": {},
            "name": plate.name,
            "available_range": span(start, PLATE_FRAMES),
            "target_url": plate.as_uri(),
        }
        children.append(
            {
                "OTIO_SCHEMA": "Clip.2",
                "metadata": {},
                "name": name,
                "source_range": span(start + first, count),
                "effects": [],
                "markers": [],
                "enabled": True,
                "media_references": {"DEFAULT_MEDIA": reference},
                "active_media_reference_key": "DEFAULT_MEDIA",
            }
        )
    track = {
        "OTIO_SCHEMA": "Track.1",
        "metadata": {},
        "name": "V1",
        "kind": "Video",
        "children": children,
    }
    stack = {"OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "tracks", "children": [track]}
    timeline = folder / "cut.otio"
    begin = {"OTIO_SCHEMA": "RationalTime.1", "rate": written, "value": float(start)}
    value = {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": "cut",
        "global_start_time": begin,
        "tracks": stack,
    }
    timeline.write_text(json.dumps(value, indent=4))
    line = folder / "line.wav"
    write_line(line, float(CLIPS[1][3] / rate))
    return Cut(timeline, line, rate, start)


def dub(
    cut: Cut, out: Path, capsys: pytest.CaptureFixture[str], handles: int = 0
) -> dict[str, Any]:
    """Dub the middle clip by the command line, and invert the id bits of what was delivered."""
    asked = [
        "dub",
        str(cut.timeline),
        "--clip",
        "V1/2",
        "--audio",
        str(cut.line),
        "--out",
        str(out),
    ]
    asked += ["--handles", str(handles)]
    capsys.readouterr()
    assert main([*asked, "--engine", "copy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    made = told["dubs"][0]
    media = Path(made["media"])
    pictures = list(lumas(media))
    first = CLIPS[1][2] - handles
    assert (made["first"] - cut.start, made["count"]) == (first, CLIPS[1][3] + 2 * handles)
    assert [code(luma) for luma in pictures] == [(0x42, first + n) for n in range(made["count"])]
    assert frames_of_timecode(made["start_timecode"], cut.rate) == made["first"]
    tagged = media.with_name("tagged.mov")
    changed = [
        np.concatenate([luma[: HEIGHT // 2], 255 - luma[HEIGHT // 2 :]]) for luma in pictures
    ]
    write_movie(tagged, changed, cut.rate, made["start_timecode"], "prores_ks")
    tagged.replace(media)
    return told


def render(timeline: Path, folder: Path, frames: int) -> list[tuple[int, int]]:
    """Convert to a Kdenlive project, let melt render it, and read every frame's code."""
    project, movie = folder / f"{timeline.stem}.kdenlive", folder / f"{timeline.stem}.mkv"
    otio.adapters.write_to_file(
        otio.adapters.read_from_file(str(timeline)), str(project), adapter_name="kdenlive"
    )
    text = (
        project.read_text()
        .replace('width="1920"', f'width="{WIDTH}"')
        .replace('height="1080"', f'height="{HEIGHT}"')
    )
    project.write_text(
        re.sub(
            r'display_aspect_num="\d+" display_aspect_den="\d+"',
            'display_aspect_num="2" display_aspect_den="1"',
            text,
        )
    )
    # Without out= melt renders 15,000 black frames.
    command = [
        "melt",
        str(project),
        f"out={frames - 1}",
        "-consumer",
        f"avformat:{movie}",
        "real_time=-1",
    ]
    command += [
        "vcodec=ffv1",
        "pix_fmt=yuv444p",
        "acodec=pcm_s16le",
        "ar=48000",
        "channels=2",
        "progressive=1",
    ]
    # About one melt 7.12 in ten hangs as it closes its file, or ends well with half a file.
    for _ in range(6):
        movie.unlink(missing_ok=True)
        try:
            subprocess.run(command, capture_output=True, timeout=30, check=True)
            return [code(luma) for luma in lumas(movie)]
        except (subprocess.TimeoutExpired, av.error.InvalidDataError, FileNotFoundError):
            continue
    pytest.fail(f"melt wrote no whole file of {project.name} in six tries")


def wrong(seen: list[tuple[int, int]], expected: list[tuple[int, int]]) -> int:
    """Count the frames that differ, missing ones included."""
    return sum(a != b for a, b in zip(seen, expected, strict=False)) + abs(
        len(seen) - len(expected)
    )


@pytest.mark.parametrize(("rate", "written", "timecode", "handles"), RATES)
def test_melt_shows_every_frame_of_the_dubbed_timeline(
    tmp_path: Path,
    rate: Fraction,
    written: float,
    timecode: str,
    handles: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut = make_cut(tmp_path, rate, written, timecode)
    told = dub(cut, tmp_path / "out", capsys, handles)
    expected = cut.expected(dubbed=True)
    delivered = Path(told["timeline"])

    right = render(rebase(delivered, tmp_path / "right.otio"), tmp_path, len(expected))
    assert wrong(right, expected) == 0

    not_rebased = render(delivered, tmp_path, len(expected))
    assert wrong(not_rebased, expected) == len(expected)
    not_dubbed = render(rebase(cut.timeline, tmp_path / "plain.otio"), tmp_path, len(expected))
    assert wrong(not_dubbed, expected) == CLIPS[1][3]
    assert wrong(not_dubbed, cut.expected(dubbed=False)) == 0


def test_melt_shows_the_original_again_after_a_revert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = make_cut(tmp_path, Fraction(25), 25.0, "01:00:00:00")
    told = dub(cut, tmp_path / "out", capsys)
    assert (
        main(["revert", told["project"], "--clip", "V1/2", "--out", str(tmp_path / "reverted")])
        == 0
    )
    expected = cut.expected(dubbed=False)
    for kind in ("dubbed", "g4g"):
        timeline = tmp_path / "reverted" / f"cut.{kind}.otio"
        seen = render(rebase(timeline, tmp_path / f"zero {kind}.otio"), tmp_path, len(expected))
        assert wrong(seen, expected) == 0
