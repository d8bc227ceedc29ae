"""A codec, a renderer and a timeline format of strangers, one file each, work like the house's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import numpy as np
import plug_ins
import pytest

from g4g_plugin.cli import main
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.formats import file_patterns
from g4g_plugin.core.settings import Settings, load_settings, save_settings, settings_file
from g4g_plugin.core.weight_files import WEIGHT_FILES, models_folder
from g4g_plugin.project.demo import make_demo
from g4g_plugin.timeline.read import open_timeline


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("G4G_HOME", str(tmp_path / "home"))
    plug_ins.install(tmp_path / "site", monkeypatch)


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in file.decode(video=0)]


def test_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    told = capsys.readouterr().out
    assert "cues       Cue sheet                read, written" in told
    assert "mpeg4      MPEG-4 Part 2            .mov" in told
    assert main(["engines"]) == 0
    assert "blush        ready" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["dub", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--codec {prores,ffv1,dnxhr,h264,h265,mpeg4}" in told
    assert "--renderer {auto,native,network,blush}" in told
    assert "*.cues" in file_patterns()


def test_the_settings_file_takes_them() -> None:
    wanted = Settings().with_shot(codec="mpeg4", renderer="blush")
    save_settings(wanted)
    assert 'deliver = "mpeg4"' in settings_file().read_text("utf-8")
    assert load_settings() == wanted


def test_a_dub_is_rendered_delivered_exported_and_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    demo, out = make_demo(tmp_path / "demo"), tmp_path / "out"
    argv = ["dub", str(demo.timeline), "--out", str(out), "--renderer", "blush", "--also", "cues"]
    argv += ["--codec", "mpeg4", "--clip", demo.clip, "--audio", str(demo.take), "--fit", "pad"]
    assert main([*argv, "--json"]) == 0
    dub = json.loads(capsys.readouterr().out)["dubs"][0]
    assert dub["renderer"] == "blush"
    with av.open(dub["media"]) as movie:
        assert movie.streams.video[0].codec_context.name == "mpeg4"
    (clip,) = (s for s in open_timeline(demo.timeline).slots if s.clip == demo.clip)
    assert clip.media
    assert clip.available
    first = dub["first"] - clip.available.first
    plate = pictures(clip.media)[first : first + dub["count"]]
    assert len(plate) == dub["count"] == dub["frames_dubbed"]
    reddened = []
    for before, after in zip(plate, pictures(Path(dub["media"])), strict=True):
        added = (after - before)[..., 0] - (after - before)[..., 1:].max(-1)
        assert np.abs(np.median(added)) < 4  # the rest of the picture
        reddened.append(np.percentile(added, 99))
    assert 8 < np.median(reddened) < 26  # the mouth: up to .1 of 255
    sheet = out / "demo.dubbed.cues"
    assert f"close\t{dub['media']}\t25.0\t" in sheet.read_text("utf-8")
    assert main(["shots", str(sheet), "--json"]) == 0
    one, two, three = json.loads(capsys.readouterr().out)
    assert (one["problems"], three["problems"]) == ([], [])
    assert two["media"] == str(clip.media)  # the plate: the sheet's media is known as ours
    assert "a dub of ours" in two["problems"][0]["message"]


def test_one_that_is_broken_is_named_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(tmp_path / "site" / "__pycache__", ignore_errors=True)
    (tmp_path / "site" / "mpeg4_codec.py").unlink()
    assert main(["formats"]) == 0
    assert "mpeg4      its module mpeg4_codec is not installed" in capsys.readouterr().out
    assert "mpeg4" not in CODECS.all()


def test_every_weight_file_has_its_licence_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    licence = (models_folder() / "LICENSE-weights.txt").read_text("utf-8")
    there = {
        p.name for p in models_folder().iterdir() if p.suffix in (".safetensors", ".npz", ".ort")
    }
    assert {file.name for file in WEIGHT_FILES} == there
    assert main(["engines"]) == 0
    told = capsys.readouterr().out
    for file in WEIGHT_FILES:
        assert file.name in licence
        assert f"{file.licence}" in next(line for line in told.splitlines() if file.name in line)
