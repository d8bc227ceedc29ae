"""The window lists what plug-ins add, and a timeline is written in the format of one."""

from __future__ import annotations

from pathlib import Path

import plug_ins
import pytest
from conftest import open_window, shut, until

from g4g_plugin.core.formats import file_patterns
from g4g_plugin.panel.dialogs.settings_dialog import SettingsDialog
from g4g_plugin.panel.widgets.setting_row import SettingRow


def offered(row: SettingRow) -> list[str]:
    box = row.editor.widget
    return [box.itemData(at) for at in range(box.count())]


def test_codec_renderer_and_format_are_offered_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, timeline: Path, line: Path, faceless: None
) -> None:
    plug_ins.install(tmp_path / "site", monkeypatch)
    window = open_window(timeline)
    try:
        for rows in (window.inspector.rows, SettingsDialog(window.document, window).rows):
            assert "mpeg4" in offered(rows["codec"])
            assert "blush" in offered(rows["renderer"])
        page = window.export
        assert page.codec.findText("mpeg4") >= 0
        assert "*.cues" in file_patterns()
        page.codec.setCurrentText("mpeg4")
        page.codec.activated.emit(page.codec.currentIndex())
        page.target.setCurrentIndex(page.target.findText("Cue sheet"))
        page.target.activated.emit(page.target.currentIndex())
        window.take_commands.assign_dropped([("V1/2", line)])
        window.actions_by_name["dub"].trigger()
        until(lambda: window.document.shown_dub("V1/2") is not None)
        media = window.document.shown_dub("V1/2").media
        page.export()
        until(lambda: page.others)
        assert page.others == [window.document.project.out / "edit.dubbed.cues"]
        assert str(media) in page.others[0].read_text("utf-8")
        assert b"mp4v" in media.read_bytes()
    finally:
        shut(window)
