"""Whether a window opens: what Qt's plug-ins miss, and a real window off screen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from g4g_plugin.project.window_check import (
    displays,
    missing_libraries,
    open_window,
    packages_of,
    plugins_needed,
)

LDD = """#!/bin/sh
echo "	libxcb-keysyms.so.1 => not found"
echo "	libxcb-icccm.so.4 => not found"
echo "	libxcb.so.1 => /lib/libxcb.so.1 (0x00007f)"
"""


@pytest.fixture
def pyside(tmp_path: Path) -> Path:
    """A PySide6 with one plug-in."""
    plugin = tmp_path / "PySide6" / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.touch()
    return tmp_path / "PySide6"


def test_missing_libraries_are_named_with_their_packages(
    pyside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ldd = tmp_path / "bin" / "ldd"
    ldd.parent.mkdir()
    ldd.write_text(LDD, "utf-8")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", str(ldd.parent))
    missing = missing_libraries(pyside)
    assert missing == ["libxcb-icccm.so.4", "libxcb-keysyms.so.1"]
    assert packages_of([*missing, "libnobody.so.9"]) == [
        "libnobody.so.9",
        "libxcb-icccm4",
        "libxcb-keysyms1",
    ]


def test_without_ldd_nothing_is_claimed(pyside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(pyside))
    assert missing_libraries(pyside) == []


def test_wayland_needs_its_own_plug_in_only_where_it_is_all_there_is() -> None:
    assert plugins_needed({"WAYLAND_DISPLAY": "wayland-0"}) == ("platforms/libqwayland.so",)
    assert "platforms/libqxcb.so" in plugins_needed({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"})
    assert displays({}) == ["offscreen"]
    assert displays({"DISPLAY": ":0"}) == ["offscreen", "display"]


def test_a_window_opens_off_screen_and_why_it_does_not_on_a_display_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("PySide6")
    assert open_window(Path(sys.executable), "offscreen") == ""
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":7357")  # nobody is there
    assert open_window(Path(sys.executable), "display") != ""
