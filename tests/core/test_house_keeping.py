"""Errors that travel between processes, and settings that come back as they were saved."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from g4g_plugin.core import errors
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.errors import Cancelled, G4GError
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.settings import (
    Settings,
    cache_dir,
    config_dir,
    load_settings,
    save_settings,
    settings_file,
)

KINDS = [G4GError, *G4GError.__subclasses__()]


@pytest.mark.parametrize("kind", KINDS)
def test_errors_pickle(kind: type[G4GError]) -> None:
    error = kind("The plate is empty.", "Export it again.", "V1/2")
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is kind
    assert (other.message, other.hint, other.shot) == (
        "The plate is empty.",
        "Export it again.",
        "V1/2",
    )
    assert str(other) == "The plate is empty."


def test_the_tree_is_drawn_in_the_docstring_and_has_no_grandchildren() -> None:
    for kind in KINDS[1:]:
        assert kind.__name__ in (errors.__doc__ or "")
        assert not kind.__subclasses__()


def test_cancelled_is_no_error() -> None:
    assert not issubclass(Cancelled, Exception)


def test_silence_says_nothing() -> None:
    assert SILENT.step("decode", 1, 2) is None


def test_settings_come_back(tmp_path: Path) -> None:
    assert load_settings() == Settings()  # no file yet
    wanted = replace(
        Settings(ShotSettings(strength=1.25, handles=12, codec="dnxhr", weights=Path("/w"))),
        path_map={'/Volumes/Møller "A"': "/mnt/a", "C:\\film\\": "/mnt/c", "tab\there": "/x"},
    )
    path = save_settings(wanted)
    assert path == settings_file()
    assert load_settings() == wanted
    assert [p.name for p in path.parent.iterdir()] == ["settings.toml"]


def test_everything_lies_under_one_home(tmp_path: Path) -> None:
    for folder in (config_dir(), cache_dir()):
        assert folder.is_relative_to(tmp_path)


@pytest.mark.parametrize("text", ["engine = ", "no_such = 1", "\x00", 'engine = "g4g'])
def test_broken_settings_say_where_they_lie(text: str) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(text, "utf-8")
    with pytest.raises(G4GError) as caught:
        load_settings()
    assert str(settings_file()) in caught.value.message
    assert "path_map" in caught.value.hint
