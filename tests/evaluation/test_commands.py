"""The research commands as a user meets them: files where they should be, one sentence and a hint
where not.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drawn_subjects import draw_pack

from g4g_plugin.cli import main
from g4g_plugin.core.errors import EngineError
from g4g_plugin.evaluation.commands import judging_expert, manifest_videos
from g4g_plugin.training.commands import settled
from g4g_plugin.training.nets.train_sync import TrainSyncConfig

TINY = [
    "net.width=8",
    "net.size=16",
    "clips=3",
    "windows=3",
    "half=false",
    "loop.steps=4",
    "loop.check_every=4",
]


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Path:
    return draw_pack(tmp_path_factory.mktemp("drawn") / "pack", people=4, clips=2, frames=40)


def told(capfd, *argv: object) -> tuple[int, str, str]:
    code = main([str(word) for word in argv])
    said = capfd.readouterr()
    return code, said.out, said.err


def test_study_makes_a_page_and_reads_it(tmp_path, capfd):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "clip.mp4").write_bytes(b"clip")
    methods = ["--method", f"a={tmp_path / 'a'}", "--method", f"b={tmp_path / 'b'}"]
    code, out, _ = told(capfd, "study", "make", *methods, "--out", tmp_path / "out")
    assert code == 0
    assert "study.html" in out
    key = tmp_path / "out" / "study-key.json"
    known = json.loads(key.read_text())
    votes = {name: {"quality": 4, "sync": 3, "realness": 2} for name in known["clips"]}
    (tmp_path / "answers.json").write_text(json.dumps({"study": known["study"], "votes": votes}))
    code, out, _ = told(capfd, "study", "read", "--key", key, tmp_path / "answers.json")
    assert code == 0
    assert "4.00 [1.00, 5.00]" in out
    assert "Table 3" in out


def test_score_without_an_expert_names_the_way(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("g4g_plugin.network.judge.models_folder", lambda: tmp_path)
    code, _, err = told(capfd, "score", tmp_path / "clip.mp4")
    assert code == 1
    assert "No sync expert is installed." in err
    assert "g4g train sync" in err


def test_it_is_said_when_the_judge_is_the_teacher(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("g4g_plugin.network.judge.models_folder", lambda: tmp_path)
    assert judging_expert(None) is None
    (tmp_path / "sync.safetensors").touch()
    assert judging_expert(None) == tmp_path / "sync.safetensors"
    assert "no judging expert is installed" in caplog.text
    caplog.clear()
    (tmp_path / "judge.safetensors").touch()
    assert judging_expert(None) == tmp_path / "judge.safetensors"
    assert (
        judging_expert(tmp_path / "sync.safetensors") == tmp_path / "sync.safetensors"
    )  # asked for by name
    assert not caplog.text


def test_an_unknown_row_is_refused(capfd):
    code, _, err = told(
        capfd, "evaluate", "--pack", "/nowhere", "--rows", "static mouth", "ours nativ"
    )
    assert code == 1
    assert "'ours nativ'" in err
    assert "nearest own frame pasted" in err


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["evaluate"], "--pack"),
        (["evaluate", "--pack", "/nowhere"], "corpus pack"),
        (
            ["evaluate", "--pack", "/nowhere", "--peer", "dinet=/nowhere/results"],
            "/nowhere/results",
        ),
        (["evaluate", "--videos", "/nowhere/clip.mp4"], "clip.mp4"),
        (["evaluate", "--manifest", "/nowhere/manifest.json"], "manifest"),
        (
            ["evaluate", "--pack", "/nowhere", "--weights", "/nowhere/w.safetensors"],
            "w.safetensors",
        ),
        (
            ["evaluate", "--videos", "/nowhere/clip.mp4", "--plates", "/nowhere"],
            "--plates goes with --pack",
        ),
        (["evaluate", "--read", "/nowhere/evaluation.json"], "evaluation.json"),
        (["ablate", "--pack", "/nowhere", "--minutes", "1"], "corpus pack"),
        (["corpus", "show", "/nowhere"], "corpus pack"),
        (
            ["train", "sync", "--pack", "/nowhere", "--out", "/tmp/nowhere", "--minutes", "1"],
            "corpus pack",
        ),
        (
            [
                "train",
                "sync",
                "--pack",
                "/x",
                "--out",
                "/tmp/nowhere",
                "--minutes",
                "1",
                "--set",
                "bach=3",
            ],
            "bach",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence_and_a_hint(argv, word, capfd):
    code, _, err = told(capfd, *argv)
    assert code == 1
    assert word in err
    assert "bug of ours" not in err
    assert len(err.strip().splitlines()) >= 2


def test_corpus_show_prints_a_table_and_draws_a_sheet(pack, tmp_path, capfd):
    code, out, _ = told(capfd, "corpus", "show", pack, "--sheet", tmp_path / "sheet.png")
    assert code == 0
    assert "4 people, 8 clips" in out
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def test_train_sync_writes_weights_and_resumes_only_when_told(pack, tmp_path, capfd):
    argv = ["train", "sync", "--pack", pack, "--out", tmp_path, "--minutes", "1", "--seed", "5"]
    argv += [word for setting in TINY for word in ("--set", setting)]
    code, out, _ = told(capfd, *argv)
    assert code == 0
    assert "4 steps, finished" in out
    assert (tmp_path / "sync.safetensors").is_file()
    assert json.loads((tmp_path / "config.json").read_text())["loop"]["seed"] == 5
    code, _, err = told(capfd, *argv)
    assert code == 1
    assert "--resume" in err
    assert told(capfd, *argv, "--resume")[0] == 0


def test_settings_reach_nested_fields_and_nothing_else():
    config = settled(TrainSyncConfig(), ["loop.steps=7", "within=2", "net.width=8"])
    assert (config.loop.steps, config.within, config.net.width) == (7, 2.0, 8)
    assert type(config.within) is float
    for wrong in ("loop.stepz=1", "loop.steps=many", "loop", "loop.steps.x=1", "half=3"):
        with pytest.raises(EngineError):
            settled(TrainSyncConfig(), [wrong])


def test_a_manifest_gives_one_clip_a_person_first(tmp_path):
    rows = [
        {
            "file": f"{p}/{n}.mp4",
            "identity": p,
            "split": "train" if p == "c" else "test",
            "seconds": n,
        }
        for p in "abc"
        for n in (3, 5)
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(rows))
    found = [
        p.relative_to(tmp_path).as_posix() for p in manifest_videos(tmp_path / "manifest.json", 3)
    ]
    assert found == ["a/5.mp4", "b/5.mp4", "a/3.mp4"]
