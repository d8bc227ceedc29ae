"""File names that every system takes, files that arrive whole, settings that are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.files import safe_name, write_whole
from g4g_plugin.core.settings import Settings, load_settings, settings_file
from g4g_plugin.deliver.names import next_name


@pytest.mark.parametrize("name", ["\u0639" * 120, "\u6f22" * 100, "\U0001f600" * 80, "x" * 999])
def test_long_names_are_cut_between_characters(tmp_path: Path, name: str) -> None:
    path = next_name(tmp_path, name, "prores")
    label = path.with_name(f"{path.name}.g4g.json")
    label.touch()  # the file system takes it
    assert path.name.removesuffix(".g4g-dub-v001.mov").strip(name[0]) == ""


def test_names_keep_their_reading_direction() -> None:
    assert safe_name("a\u202egpj.exe\ud800b") == "a_gpj.exe_b"
    assert safe_name("\u2066") == "_"


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "a.toml"
    write_whole(path, b"one")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    assert [file.name for file in path.parent.iterdir()] == ["a.toml"]


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ('renderer = "sharp"', "auto, native, network"),
        ('deliver = "mp4"', "prores, ffv1, dnxhr, h264, h265"),
        ("strength = 7.5", "0 to 2"),
        ("strength = nan", "0 to 2"),
        ("strength = true", "0 to 2"),
        ("handles = -3", "0 or more"),
        ("threads = 1.5", "0 or more"),
        ("lip_offset = 0.5", "a whole number"),
        ('adapt = "yes"', "true, false"),
        ("weights = 3", "the path of a file"),
        ("path_map = 3", "a table of text"),
        ("engine = 3", "g4g, copy"),
        ('[path_map]\n"/a" = 3', "a table of text"),
    ],
)
def test_settings_of_a_wrong_type_or_value_are_refused(line: str, allowed: str) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(line, "utf-8")
    with pytest.raises(G4GError) as caught:
        load_settings()
    assert str(settings_file()) in str(caught.value)
    assert line.split(" = ")[0].split("]")[0].strip("[") in str(caught.value)
    assert caught.value.hint == f"Allowed: {allowed}."


def test_whole_numbers_are_numbers_too() -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("strength = 2", "utf-8")
    assert load_settings() == Settings(ShotSettings(strength=2))
