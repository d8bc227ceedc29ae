from __future__ import annotations

from pathlib import Path

import pytest

from g4g_plugin.timeline.paths import form_of, local_path, plain, target_like

FORMS = [
    ("file:///mnt/a/b.mov", "/mnt/a/b.mov"),
    ("file:///mnt/a%20b/%231%2520.mov", "/mnt/a b/#1%20.mov"),
    ("file://localhost/D%3a/media/x.mov", "D:/media/x.mov"),
    ("file:///X%3a/media/x.mov", "X:/media/x.mov"),
    ("file:///C:/media/x.mov", "C:/media/x.mov"),
    ("file://C:/media/x.mov", "C:/media/x.mov"),
    ("file:///C:\\media\\x.mov", "C:/media/x.mov"),
    ("file://HOST/share/x.mov", "//HOST/share/x.mov"),
    ("file:////HOST/share/x.mov", "//HOST/share/x.mov"),
    ("file:/mnt/x.mov", "/mnt/x.mov"),
    ("FILE:///mnt/x.mov", "/mnt/x.mov"),
    ("file:///mnt/seq/x.%04d.exr", "/mnt/seq/x.%04d.exr"),
    ("C:\\m\\a b.mov", "C:/m/a b.mov"),
    ("C:/m\\a.mov", "C:/m/a.mov"),
    ("\\\\server\\share\\a.mov", "//server/share/a.mov"),
    ("//server/share/a.mov", "//server/share/a.mov"),
    ("/mnt/a\\b.mov", "/mnt/a\\b.mov"),  # a backslash is a letter like any other there
    ("media\\a.mov", "media/a.mov"),
    ("media/a.mov", "media/a.mov"),
    ("/mnt/100%25.mov", "/mnt/100%25.mov"),  # no URL: nothing is escaped
]


@pytest.mark.parametrize(("target", "text"), FORMS)
def test_every_form_of_path_is_understood(target: str, text: str) -> None:
    assert plain(target) == text


@pytest.mark.parametrize(
    ("target", "form"),
    [
        ("file:///a", "url"),
        ("C:\\a", "windows"),
        ("C:/a", "windows"),
        ("\\\\s\\a", "windows"),
        ("/a", "posix"),
        ("a/b.mov", "relative"),
        ("https://x.org/a.mov", "foreign"),
        ("s3://bucket/a.mov", "foreign"),
    ],
)
def test_forms_are_told_apart(target: str, form: str) -> None:
    assert form_of(target) == form


def test_relative_paths_count_from_the_timeline(tmp_path: Path) -> None:
    (tmp_path / "my clip.mov").touch()
    assert local_path("./my clip.mov", tmp_path, {}) == tmp_path / "my clip.mov"
    assert local_path("my%20clip.mov", tmp_path, {}).exists()  # escaped, as OTIO has it
    (tmp_path / "100%25.mov").touch()
    assert (
        local_path("100%25.mov", tmp_path, {}).name == "100%25.mov"
    )  # unless there is a file of that very name


MAPS = {
    "/Volumes/Media": "/mnt/media",
    "/Volumes/Media/Day 1": "/mnt/day1",
    "Z:\\": "/mnt/z",
    "\\\\nas\\p": "/mnt/nas",
}


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/Volumes/Media/a.mov", "/mnt/media/a.mov"),
        ("file:///Volumes/Media/Day%201/a.mov", "/mnt/day1/a.mov"),  # the longest folder wins
        (
            "/Volumes/Media2/a.mov",
            "/Volumes/Media2/a.mov",
        ),  # a whole folder's name, not its beginning
        ("z:\\x\\a.mov", "/mnt/z/x/a.mov"),  # drives have no case
        ("\\\\NAS\\p\\a.mov", "/mnt/nas/a.mov"),
        ("file://nas/p/a.mov", "/mnt/nas/a.mov"),
    ],
)
def test_the_path_map_swaps_leading_folders(target: str, path: str, tmp_path: Path) -> None:
    assert local_path(target, tmp_path, MAPS) == Path(path)


@pytest.mark.parametrize(
    ("path", "like", "written"),
    [
        ("/out/a b#1.mov", "file:///mnt/x.mov", "file:///out/a%20b%231.mov"),
        ("/out/a b.mov", "file://localhost/mnt/x.mov", "file://localhost/out/a%20b.mov"),
        ("/out/a b.mov", "file:///mnt/not escaped.mov", "file:///out/a b.mov"),
        ("/out/a b.mov", "/mnt/x.mov", "/out/a b.mov"),
        ("/out/a b.mov", "C:\\m\\x.mov", "/out/a b.mov"),
        ("/mnt/z/d/a.mov", "Z:\\m\\x.mov", "Z:\\d\\a.mov"),
        ("/mnt/z/d/a.mov", "Z:/m/x.mov", "Z:/d/a.mov"),
        ("/mnt/z/d/a.mov", "file:///Z%3a/m/x.mov", "file:///Z%3A/d/a.mov"),
        ("/mnt/z/d/a.mov", "file:///Z:/m/x.mov", "file:///Z:/d/a.mov"),
        ("/mnt/nas/a b.mov", "file://nas/p/x%20y.mov", "file://nas/p/a%20b.mov"),
        ("/mnt/media/d/a.mov", "/Volumes/Media/x.mov", "/Volumes/Media/d/a.mov"),
        ("/out/d/a b.mov", "media/x.mov", "d/a b.mov"),
        ("/out/d/a b.mov", "media/x%20y.mov", "d/a%20b.mov"),
        ("/elsewhere/a.mov", "x.mov", "../elsewhere/a.mov"),
    ],
)
def test_dubs_are_written_the_way_the_timeline_writes(path: str, like: str, written: str) -> None:
    target = target_like(Path(path), like, Path("/out"), MAPS)
    assert target == written
    assert (
        local_path(target, Path("/out"), MAPS) == Path(path) or "elsewhere" in path
    )  # and read back
