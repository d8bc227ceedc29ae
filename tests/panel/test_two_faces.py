"""Both faces write one project: what is decided in the window by mouse and keys, and by `g4g dub`."""

# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false,
# reportArgumentType=false
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import open_window, press, shut, until
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox
from test_panel_inspector import pick, typed
from test_panel_takes import write_channels

from g4g_plugin.cli import main
from g4g_plugin.panel.shell.window import Window

OWN = {"made", "media_digest"}  # when it was written; x264 and MOV write that time into the file
LEFT = Qt.MouseButton.LeftButton


def same_but_time(value: Any, out: Path) -> Any:
    """Return a project's JSON without what tells one run from another: times and the folder."""
    if isinstance(value, dict):
        return {key: same_but_time(held, out) for key, held in value.items() if key not in OWN}
    if isinstance(value, list):
        return [same_but_time(held, out) for held in value]
    if isinstance(value, str):
        return value.replace(str(out), "OUT").replace(out.as_uri(), "OUT")
    return value


def read(out: Path) -> dict[str, Any]:
    return json.loads((out / "edit.g4g.otio").read_text("utf-8"))


def decide_by_hand(window: Window, line: Path) -> None:
    """Give V1/1 a take and everything else by the page Inspector, the marks and the keys."""
    window.take_commands.assign_dropped([("V1/1", line)])
    window.document.select(["V1/1"])
    window.actions_by_name["page_inspector"].trigger()
    rows = window.inspector.rows
    until(lambda: window.inspector.isVisible() and window.viewer.slot is not None)
    until(lambda: window.inspector.channel.count() == 3)
    typed(rows["at"].editor.widget, "5")
    pick(rows["channel"].editor.widget, 1)
    pick(rows["renderer"].editor.widget, "native")
    typed(rows["strength"].editor.widget.findChild(QDoubleSpinBox), "1.4")
    typed(rows["lip_offset"].editor.widget, "-2")
    pick(rows["fit"].editor.widget, "pad")
    pick(rows["codec"].editor.widget, "h264")
    typed(rows["handles"].editor.widget, "3")
    typed(rows["keep_expression"].editor.widget.findChild(QDoubleSpinBox), "0.5")
    window.strip.setFocus()
    press(Qt.Key.Key_Comma)  # a frame earlier: 4
    go = window.viewer.transport.go
    for begin, end, key in ((2, 7, Qt.Key.Key_S), (12, 16, Qt.Key.Key_K)):
        go(90_008 + begin)
        press(Qt.Key.Key_I)
        go(90_008 + end)
        press(Qt.Key.Key_O)
        press(key, Qt.KeyboardModifier.ShiftModifier)
        press(Qt.Key.Key_X, Qt.KeyboardModifier.ShiftModifier)
    editor = window.inspector.ranges
    typed(editor.first, "18")
    typed(editor.last, "20")
    typed(editor.ramp, "2")
    pick(editor.mouth, "move")
    typed(editor.strength, "0.5")
    QTest.mouseClick(editor.add, LEFT)


def test_both_faces_write_the_same_project(
    active: Window, timeline: Path, tmp_path: Path, faceless: None
) -> None:
    line = write_channels(tmp_path / "word.wav", 2, 10 / 25)
    decide_by_hand(active, line)
    active.strip.setFocus()
    press(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    until(lambda: active.document.state("V1/1") == "done")
    until(lambda: not active.document.files.busy)
    shell = tmp_path / "shell"
    words = ["dub", timeline, "--out", shell, "--clip", "V1/1", "--audio", line]
    words += ["--engine", "copy", "--renderer", "native", "--strength", "1.4"]
    words += ["--lip-offset=-2", "--fit", "pad", "--channel", "2", "--deliver", "h264"]
    words += ["--handles", "3", "--keep-expression", "0.5", "--at", "4"]
    words += ["--range", "2-7:shut", "--range", "12-16:keep", "--range", "18-20:0.5~2"]
    assert main([str(word) for word in words]) == 0
    panel = active.document.project.out
    ours, theirs = (same_but_time(read(out), out) for out in (panel, shell))
    assert ours == theirs
    assert "g4g-dub-v001" in json.dumps(ours)
    assert '"at": 4' in json.dumps(ours)
    changed = json.loads(json.dumps(ours).replace('"lip_offset": -2', '"lip_offset": -3'))
    assert changed != theirs  # a difference would be seen


@pytest.mark.timeout(900)  # the real engine, on a machine that may be busy
def test_the_panel_shows_what_the_demo_of_the_shell_delivered(
    home: Path, tmp_path: Path, qtbot: Any
) -> None:
    """`g4g demo` in the shell, then the panel on its project: version, take, renderer, strength and
    figures stand in the widgets. The engine is the real one.
    """
    command = [sys.executable, "-m", "g4g_plugin", "demo", "--out", str(tmp_path / "demo")]
    subprocess.run(command, check=True, env={**os.environ, "G4G_HOME": str(home)})
    window = open_window(tmp_path / "demo" / "dubbed" / "demo.g4g.otio")
    window.document.select(["V1/2"])
    window.docks["shot"].raise_()
    shown = [window.shot.versions.item(n).text() for n in range(window.shot.versions.count())]
    assert len(shown) == 1
    assert "v001" in shown[0]
    assert shown[0].startswith("✓")
    facts = window.shot.facts.text()
    assert "Renderer native, strength 1, lips +0 frames" in facts
    assert "take line.flac" in facts
    assert "Sync after: confidence" in facts
    assert "frames dubbed" in facts
    assert window.strip.tip("V1/2").count("dubbed") >= 1
    assert "line.flac" in window.takes.name.text()
    assert window.inspector.rows["renderer"].editor.value() == "auto"  # as it was asked
    assert window.inspector.rows["fit"].editor.value() == "pad"
    assert window.lane.model.runs
    until(lambda: window.viewer.canvas.shown is not None)
    assert window.viewer.dub().media.name.endswith("v001.mov")
    shut(window)
