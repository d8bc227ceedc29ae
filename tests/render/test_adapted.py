"""Which adaptation a dub takes, and what comes of it."""

from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from g4g_plugin.cli import main
from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, Take
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.adapted_weights import Amplitude, save_adaptation
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.g4g import weight_files
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network.mouth import load_mouth
from g4g_plugin.project.adaptation import adapt_file, adapt_folder, find_adaptation
from g4g_plugin.project.job_store import Job

HOUR = 90_000
RATE = Fraction(25)
COUNT = 8


def shot(clip: str = "V1/1", plate: str = "plate.mov", face: FaceChoice | None = None) -> Shot:
    span = FrameRange(HOUR, COUNT, RATE)
    return Shot(
        "face",
        clip,
        FrameRange(0, COUNT, RATE),
        Path(plate),
        span,
        span,
        (Line(Take(Path("line.wav")), face),),
    )


def write(
    folder: Path, clip: str, plate: str = "plate.mov", gain: float | None = 1.5, face: object = None
) -> Path:
    file = adapt_file(folder, clip)
    amplitude = None if gain is None else Amplitude(gain)
    save_adaptation(
        file, {"mouth": "m"}, amplitude, {}, {"clip": clip, "plate": [plate, 0], "face": face}
    )
    return file


def test_the_clips_own_is_found_beside_the_project_then_one_of_the_same_face(
    tmp_path: Path,
) -> None:
    folder = adapt_folder("cut", tmp_path)
    assert (folder.name, adapt_file(folder, "V1/2").name) == ("cut.adapt", "V1-2.safetensors")
    missing = find_adaptation([folder, folder], shot())
    assert (missing.file, missing.digest) == (None, None)
    assert missing.said.count("cut.adapt") == 1
    assert "base weights are used" in missing.said
    other, own = write(folder, "V1/2"), write(folder, "V1/1", gain=1.25)
    assert find_adaptation([folder], shot("V1/1")).file == own
    assert find_adaptation([folder], shot("V1/3")).file in (own, other)
    assert find_adaptation([folder], shot("V1/1", plate="another.mov")).file is None
    assert find_adaptation([folder], shot("V1/1", face=FaceChoice(10, 20))).file is None
    found = find_adaptation([tmp_path / "none", folder], shot())
    assert "1.25 times as far" in found.said
    write(folder, "V1/1", gain=None)
    base = find_adaptation([folder], shot())
    assert base.file is None
    assert "nothing better" in base.said


def test_a_job_knows_what_it_is_adapted_by(tmp_path: Path) -> None:
    folder = adapt_folder("cut", tmp_path)
    write(folder, "V1/1")
    found = find_adaptation([folder], shot())
    plain, adapted = (
        Job(shot(), tmp_path, "g4g", o) for o in (EngineOptions(), found.options(EngineOptions()))
    )
    assert from_plain(Job, json.loads(json.dumps(to_plain(adapted)))) == adapted
    assert from_plain(Job, json.loads(json.dumps(to_plain(plain)))) == plain
    assert plain.id != adapted.id
    write(folder, "V1/1", gain=1.1)
    assert (
        Job(shot(), tmp_path, "g4g", find_adaptation([folder], shot()).options(EngineOptions())).id
        != adapted.id
    )


@pytest.fixture
def cut(draw_plate, draw_timeline) -> Path:
    def face(n: int) -> np.ndarray:
        move = np.array([[2.0, 0, -250 + 1.5 * n], [0, 2.0, -20 + n]])
        return cv2.warpAffine(astronaut(), move, (400, 360), flags=cv2.INTER_LANCZOS4)

    return draw_timeline(
        [("face", draw_plate(count=COUNT, picture=face), HOUR, COUNT, HOUR, COUNT)]
    )


def frames(movie: str) -> np.ndarray:
    with open_plate(Path(movie)) as plate:
        return np.stack([picture.rgb8() for picture in plate.read(0, COUNT)]).astype(int)


def test_dub_adapt_moves_the_mouth_otherwise_and_without_it_as_before(
    cut: Path, tmp_path: Path, draw_tone, capfd: pytest.CaptureFixture[str]
) -> None:
    line, out = draw_tone(seconds=COUNT / 25, hertz=200), tmp_path / "out"
    argv = [
        "dub",
        str(cut),
        "--clip",
        "V1/1",
        "--audio",
        str(line),
        "--out",
        str(out),
        "--renderer",
        "native",
    ]
    net = Path(
        shutil.copy(weight_files(None)[0], tmp_path / "net.safetensors")
    )  # whatever is installed meanwhile
    argv += ["--deliver", "ffv1", "--json", "--weights", str(net)]

    def dub(*more: str) -> tuple[dict, np.ndarray]:
        assert main([*argv, *more]) == 0, capfd.readouterr().err
        told = json.loads(capfd.readouterr().out)
        return told, frames(told["dubs"][0]["media"])

    none, before = dub("--adapt")
    assert none["adapted"][0]["file"] is None
    assert "has no adaptation" in none["adapted"][0]["said"]
    mouth = load_mouth(net)[1]
    plate = tmp_path / "plate.mov"
    card = {"clip": "V1/1", "plate": [plate.name, plate.stat().st_size], "face": None}
    file = adapt_file(adapt_folder("cut", out), "V1/1")
    save_adaptation(file, {"mouth": mouth}, Amplitude(1.9, 0.02), {}, card)
    adapted, after = dub("--adapt")
    assert adapted["adapted"][0]["file"] == str(file)
    assert np.abs(after - before).max() > 8
    assert adapted["dubs"][0]["weights"] != none["dubs"][0]["weights"]
    plain, unchanged = dub()
    assert "adapted" not in plain
    assert np.array_equal(unchanged, before)
    assert plain["dubs"][0]["weights"] == none["dubs"][0]["weights"]
    save_adaptation(file, {"mouth": "0" * 64}, Amplitude(1.9, 0.02), {}, card)
    assert main([*argv, "--adapt"]) == 1
    told = capfd.readouterr().err
    assert "made for another mouth net" in told
    assert "without --adapt" in told
    file.write_bytes(b"no weights")
    assert main([*argv, "--adapt"]) == 1
    assert "Traceback" not in capfd.readouterr().err
