"""What a dub may touch: with `copy` nothing at all, with `g4g` nothing outside the matte of the
lower face.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from g4g_plugin.composite.matte import face_matte
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.faces.follow import follow
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.dub import dub_shot

RATE = Fraction(25)
COUNT = 10
NO_FACE = (4, 5)  # frames that show none


def face_frame(n: int) -> np.ndarray:
    """Draw frame n, (360, 400, 3) uint8: the astronaut's face, drifting; a plain ramp where no face
    is to be.
    """
    if n in NO_FACE:
        return np.repeat(np.linspace(20, 220, 400, dtype=np.uint8)[None, :, None], 360, 0).repeat(
            3, 2
        )
    move = np.array([[2.0, 0, -250 + 1.5 * n], [0, 2.0, -20 + n]])
    return cv2.warpAffine(astronaut(), move, (400, 360), flags=cv2.INTER_LANCZOS4)


@pytest.fixture
def face_plate(tmp_path: Path) -> Callable[[str], Path]:
    def draw(pixels: str) -> Path:
        path = tmp_path / f"{pixels}.mkv"
        with av.open(str(path), "w") as movie:
            stream = movie.add_stream("ffv1", rate=RATE)
            stream.width, stream.height, stream.pix_fmt = 400, 360, pixels
            stream.metadata["timecode"] = "10:00:00:00"
            for n in range(COUNT):
                frame = av.VideoFrame.from_ndarray(face_frame(n), format="rgb24").reformat(
                    format=pixels
                )
                frame.pts, frame.time_base = n, 1 / RATE
                movie.mux(stream.encode(frame))
            movie.mux(stream.encode(None))
        return path

    return draw


def dub(plate: Path, line: Path, out: Path, engine: str) -> Dub:
    span = FrameRange(900_000, COUNT, RATE)
    shot = Shot("face", "V1/1", FrameRange(0, COUNT, RATE), plate, span, span, (Line(Take(line)),))
    opened = open_engine(engine, EngineOptions(renderer="native", device="cpu", threads=1))
    out.mkdir()
    try:
        return dub_shot(shot, opened, out, "ffv1")
    finally:
        opened.close()


def differing(plate: Path, comp: Path) -> list[list[np.ndarray]]:
    """Return, for each frame and plane, where comp and plate differ: bool (h, w)."""
    with open_plate(plate) as before, open_plate(comp) as after:
        assert after.facts.count == before.facts.count
        assert after.facts.format == before.facts.format
        pairs = zip(before.read(0, COUNT), after.read(0, COUNT), strict=True)
        return [[a != b for a, b in zip(x.planes, y.planes, strict=True)] for x, y in pairs]


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le"])
def test_copy_engine_gives_the_plate_back_exactly(
    pixels: str, face_plate, draw_tone, tmp_path: Path
) -> None:
    plate = face_plate(pixels)
    done = dub(plate, draw_tone(seconds=COUNT / 25), tmp_path / "out", "copy")
    assert (done.frames_dubbed, done.frames_kept) == (COUNT - len(NO_FACE), len(NO_FACE))
    assert {run.reason for run in done.kept} == {"no-face"}
    assert [(run.frames.first - 900_000, run.frames.count) for run in done.kept] == [(4, 2)]
    assert not any(plane.any() for frame in differing(plate, done.media) for plane in frame)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le"])
def test_g4g_touches_nothing_outside_the_matte(
    pixels: str, face_plate, draw_tone, tmp_path: Path
) -> None:
    plate = face_plate(pixels)
    done = dub(plate, draw_tone(seconds=COUNT / 25, hertz=200), tmp_path / "out", "g4g")
    with open_plate(plate) as opened:
        track = follow(opened, 0, COUNT, None, SILENT, None, 0)
    moved = 0
    for n, planes in enumerate(differing(plate, done.media)):
        if n in NO_FACE:
            assert not any(plane.any() for plane in planes)
            continue
        mesh = track.mesh[int(np.searchsorted(track.frames, n))]
        free = face_matte(mesh, (0, 0, 400, 360)) == 0
        for plane in planes:
            down, across = free.shape[0] // plane.shape[0], free.shape[1] // plane.shape[1]
            blocks = free.reshape(plane.shape[0], down, plane.shape[1], across)
            assert not plane[blocks.any(axis=(1, 3))].any()
        moved += int(planes[0].sum())
    assert moved > 0  # it did something, so that the comparison can fail
