"""Folders as HDTF and LRS2 lay them out: who is seen in a clip, and whether it may be trained on."""

from pathlib import Path

import pytest

from g4g_plugin.core.errors import MediaError
from g4g_plugin.training.corpus.dataset_layouts import (
    guess_layout,
    hdtf_identity,
    in_pieces,
    list_sources,
)


def lay(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_hdtf_clips_are_known_by_their_names(tmp_path: Path) -> None:
    lay(tmp_path, "RD_Radio11_000.mp4", "RD_Radio11_001.mp4", "RD_Radio1_000.mp4")
    lay(tmp_path, "WDA_BarbaraLee0_000.mp4", "WDA_BarbaraLee1_000.mp4")
    assert guess_layout(tmp_path) == "hdtf"
    found = {s.key: s.identity for s in list_sources(tmp_path)}
    assert found == {
        "RD_Radio11_000.mp4": "Radio11",
        "RD_Radio11_001.mp4": "Radio11",
        "RD_Radio1_000.mp4": "Radio1",
        "WDA_BarbaraLee0_000.mp4": "BarbaraLee",
        "WDA_BarbaraLee1_000.mp4": "BarbaraLee",
    }
    assert hdtf_identity("Radio59") == "Radio59"


def test_whole_hdtf_videos_are_cut_at_their_time_stamps(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "videos/Radio11.mp4",
        "videos/AmyKlobuchar1.mp4",
        "videos/Radio2.mp4",
        "videos/Radio2_0.mp4",
    )
    lay(tmp_path, "videos/Nobody.mp4", "HDTF_dataset/x")
    stamps = "Radio11.mp4 00:30-01:00 01:30-02:30\nRadio2.mp4 00:22-01:45\n"
    (tmp_path / "HDTF_dataset" / "RD_annotion_time.txt").write_text(stamps)
    (tmp_path / "HDTF_dataset" / "WDA_annotion_time.txt").write_text(
        "AmyKlobuchar1.mp4 00:35-01:05\n"
    )
    found = list_sources(tmp_path)
    assert [(s.key, s.identity, s.path, s.begin, s.length) for s in found] == [
        ("videos/AmyKlobuchar1.mp4#35-65", "AmyKlobuchar", "videos/AmyKlobuchar1.mp4", 35, 30),
        ("videos/Radio11.mp4#30-60", "Radio11", "videos/Radio11.mp4", 30, 30),
        ("videos/Radio11.mp4#90-150", "Radio11", "videos/Radio11.mp4", 90, 60),
        ("videos/Radio2_0.mp4", "Radio2", "videos/Radio2_0.mp4", 0, None),
    ]
    (tmp_path / "HDTF_dataset" / "RD_annotion_time.txt").write_text("Radio11.mp4 from-to\n")
    with pytest.raises(MediaError, match="time stamps"):
        list_sources(tmp_path)


@pytest.mark.parametrize("root", ["", "mvlrs_v1/"])
def test_lrs2_is_split_by_its_lists(tmp_path: Path, root: str) -> None:
    clips = (
        "main/111/00001",
        "main/111/00002",
        "main/222/00001",
        "main/333/00001",
        "main/444/00009",
    )
    lay(tmp_path, *[f"{root}{clip}.{kind}" for clip in clips for kind in ("mp4", "txt")])
    lay(tmp_path, f"{root}pretrain/111/00007.mp4", f"{root}pretrain/333/00004.mp4")
    for name, text in (
        ("train", "111/00001\n111/00002\n"),
        ("val", "222/00001\n"),
        ("test", "333/00001 MV\n"),
    ):
        (tmp_path / f"{name}.txt").write_text(text)
    assert guess_layout(tmp_path) == "lrs2"
    found = {s.key.removeprefix(root): (s.identity, s.split) for s in list_sources(tmp_path)}
    assert found == {
        "main/111/00001.mp4": ("111", "train"),
        "main/111/00002.mp4": ("111", "train"),
        "main/222/00001.mp4": ("222", "val"),
        "main/333/00001.mp4": ("333", "test"),
        "pretrain/111/00007.mp4": ("111", "train"),
    }


def test_plain_folders_are_people_and_every_tenth_is_kept(tmp_path: Path) -> None:
    lay(tmp_path, *[f"p{k:02d}/{c}.mp4" for k in range(20) for c in "ab"], "alone.mov")
    assert guess_layout(tmp_path) == "plain"
    found = list_sources(tmp_path, length_of=lambda path: 7.0)
    assert {s.identity for s in found if s.split == "test"} == {"p08", "p18"}
    assert {s.seconds for s in found} == {7.0}
    assert "alone" in {s.identity for s in found}


def test_what_is_no_such_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no folder"):
        list_sources(tmp_path / "nowhere")
    with pytest.raises(MediaError, match="No videos"):
        list_sources(tmp_path)
    with pytest.raises(MediaError, match="not LRS2"):
        list_sources(tmp_path, "lrs2")


def test_pieces_are_even_and_whole(tmp_path: Path) -> None:
    lay(tmp_path, "anna/1.mp4")
    pieces = in_pieces(list_sources(tmp_path, length_of=lambda path: 130.0), 60)
    assert [(p.begin, p.length) for p in pieces] == [(0, 130 / 3), (43.33, 130 / 3), (86.67, None)]
    assert len({p.key for p in pieces}) == 3
