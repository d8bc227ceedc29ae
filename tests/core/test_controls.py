"""What a person may set stands once: label, help and limits of each field, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import pytest

from g4g_plugin.core.controls import controls
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.errors import EngineError
from g4g_plugin.project.service import check_settings

Pace = Literal["slow", "fast"]


@dataclass(frozen=True)
class Drawn:
    """One field of each kind."""

    pace: Pace = field(default="slow", metadata={"label": "Pace", "choices": get_args(Pace)})
    size: float = field(default=1.0, metadata={"label": "Size", "least": 0, "most": 2})
    count: int = field(default=0, metadata={"label": "Count", "least": 0, "option": "number"})
    shift: int = field(default=0, metadata={"label": "Shift"})
    sure: bool = field(default=False, metadata={"label": "Sure"})
    note: str | None = field(default=None, metadata={"label": "Note", "help": "a word"})
    hidden: int = 3


def test_a_control_is_all_that_its_field_says() -> None:
    made = {control.name: control for control in controls(Drawn)}
    assert list(made) == ["pace", "size", "count", "shift", "sure", "note"]
    assert made["pace"].kind is str
    assert made["pace"].choices == ("slow", "fast")
    assert (made["count"].flag, made["size"].flag) == ("--number", "--size")
    assert (made["note"].kind, made["note"].optional, made["note"].help) == (str, True, "a word")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("pace", "slow", ""),
        ("pace", "quick", "slow, fast"),
        ("size", 2, ""),
        ("size", float("nan"), "0 to 2"),
        ("size", True, "0 to 2"),
        ("count", -1, "0 or more"),
        ("count", 1.5, "0 or more"),
        ("shift", -9, ""),
        ("shift", "1", "a whole number"),
        ("sure", 1, "true, false"),
        ("note", None, ""),
        ("note", 3, "text"),
    ],
)
def test_a_wrong_value_is_told_what_is_allowed(name: str, value: object, allowed: str) -> None:
    control = next(control for control in controls(Drawn) if control.name == name)
    assert control.allowed(value) == allowed


def test_every_setting_of_a_shot_has_label_and_help() -> None:
    made = controls(ShotSettings)
    assert [control.name for control in made] == list(ShotSettings.__dataclass_fields__)
    assert all(control.label and control.help for control in made)
    assert all(not control.allowed(control.default) for control in made)


@pytest.mark.parametrize(
    ("settings", "known"),
    [
        (ShotSettings(renderer="sharp"), "auto, native, network"),
        (ShotSettings(codec="mp4"), "prores, ffv1, dnxhr, h264, h265"),
        (ShotSettings(engine="lips"), "g4g, copy"),
    ],
)
def test_what_is_not_installed_is_kept_and_refused_before_work(
    settings: ShotSettings, known: str
) -> None:
    """Another machine's plug-in may have it: the project opens here all the same."""
    with pytest.raises(EngineError) as caught:
        check_settings(settings)
    assert caught.value.hint == f"Allowed: {known}."
