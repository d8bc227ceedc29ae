from __future__ import annotations

import json
import struct
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from conftest import until, write_line
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.errors import TakeError
from g4g_plugin.core.settings import Settings, load_settings
from g4g_plugin.core.time import FrameRange
from g4g_plugin.media.take_level import frames_off, level, peaks, silences
from g4g_plugin.panel.commands.actions import ACTION_BY_NAME, clash
from g4g_plugin.panel.commands.shortcuts_dialog import ShortcutsDialog
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.match_dialog import MatchDialog
from g4g_plugin.panel.dialogs.settings_dialog import SettingsDialog
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.state.preferences import (
    Preferences,
    load_preferences,
    preferences_file,
    save_preferences,
)
from g4g_plugin.panel.widgets.style import apply_theme, palette
from g4g_plugin.project.doctor import Finding
from g4g_plugin.project.take_matching import match_by_name, match_by_timecode, read_pairs
from g4g_plugin.render import triage


def test_fit_and_frames_are_shown_and_changed(window: Window, tmp_path: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "long.wav", 1.2))])
    until(lambda: "6 frames" in window.takes.off.text())
    assert "Longer" in window.takes.off.text()
    window.takes.fit.setCurrentIndex(1)
    window.takes.fit.activated.emit(1)
    assert window.document.decisions("V1/1").fit == "trim"
    assert "cut" in window.takes.off.text()


def test_in_and_out_cut_the_take(window: Window, tmp_path: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "long.wav", 1.2))])
    until(lambda: window.takes.end.value() == pytest.approx(1.2))
    window.takes.begin.setValue(0.2)
    window.takes.begin.editingFinished.emit()
    assert window.document.decisions("V1/1").take.start == Fraction(1, 5)
    until(
        lambda: (
            ("Longer by" not in window.takes.off.text() and "1 frames" in window.takes.off.text())
            or "exactly" in window.takes.off.text()
        )
    )
    window.takes.wave.ranged.emit(0.1, 1.0)
    take = window.document.decisions("V1/1").take
    assert (take.start, take.length) == (Fraction(1, 10), Fraction(9, 10))
    window.actions_by_name["undo"].trigger()
    assert window.document.decisions("V1/1").take.length is None


def test_channel_is_chosen(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    until(lambda: window.takes.channel.count() == 2)  # a mono file: all, or its only one
    window.takes.channel.setCurrentIndex(1)
    window.takes.channel.activated.emit(1)
    assert window.document.decisions("V1/1").take.channel == 0


def test_files_of_the_bin_are_dragged_as_urls_and_given_by_double_click(
    window: Window, line: Path
) -> None:
    window.takes.bin.add([line, line])
    assert window.takes.bin.paths() == [line]
    item = window.takes.bin.item(0)
    assert [url.toLocalFile() for url in window.takes.bin.mimeData([item]).urls()] == [str(line)]
    window.document.select(["V1/2"])
    window.takes.bin.itemDoubleClicked.emit(item)
    assert window.document.decisions("V1/2").take.audio == line


def test_csv_is_shown_before_it_is_applied(window: Window, tmp_path: Path) -> None:
    write_line(tmp_path / "a.wav", 0.96)
    write_line(tmp_path / "b.wav", 0.96)
    sheet = tmp_path / "lines.csv"
    sheet.write_text("clip,file\nV1/1,a.wav\nshot 2,b.wav\n", "utf-8")
    window.take_commands.import_csv(sheet)
    until(lambda: window.findChild(MatchDialog))
    dialog = window.findChild(MatchDialog)
    assert window.document.project.decisions == {}
    dialog.ticks[1].setCheckState(Qt.CheckState.Unchecked)
    dialog.accept()
    assert list(window.document.project.decisions) == ["V1/1"]
    window.actions_by_name["undo"].trigger()
    assert window.document.project.decisions == {}


def test_csv_that_is_wrong_says_which_row(tmp_path: Path) -> None:
    sheet = tmp_path / "lines.csv"
    write_line(tmp_path / "a.wav", 0.1)
    sheet.write_text("V1/1,a.wav\nV1/2,gone.wav\n", "utf-8")
    with pytest.raises(TakeError, match="row 2"):
        read_pairs(sheet)
    sheet.write_text("V1/1\n", "utf-8")
    with pytest.raises(TakeError, match="row 1"):
        read_pairs(sheet)


def test_files_are_matched_by_name_and_timecode(window: Window, tmp_path: Path) -> None:
    slots = list(window.document.slots.values())
    names = [
        tmp_path / name for name in ("Shot_2.wav", "ADR shot 1 take3.wav", "lost.wav", "shot 4.txt")
    ]
    assert {pair.clip: pair.audio.name for pair in match_by_name(slots, names)} == {
        "V1/1": "ADR shot 1 take3.wav",
        "V1/2": "Shot_2.wav",
    }
    coded = [
        tmp_path / "line_01_00_00_30.wav"
    ]  # frame 30 is not there at 25 fps: carried into the next second
    assert [pair.clip for pair in match_by_timecode(slots, coded)] == ["V1/2"]
    stamped = tmp_path / "field recorder.wav"
    bext = bytes(338) + struct.pack("<Q", 3600 * 48_000 + 48_000) + bytes(256)
    fmt = struct.pack("<HHIIHH", 1, 1, 48_000, 96_000, 2, 16)
    body = (
        b"WAVE"
        + b"bext"
        + struct.pack("<I", len(bext))
        + bext
        + b"fmt "
        + struct.pack("<I", 16)
        + fmt
    )
    stamped.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert [pair.clip for pair in match_by_timecode(slots, [stamped])] == ["V1/2"]


def test_take_arithmetic() -> None:
    span = FrameRange(0, 24, Fraction(24000, 1001))
    assert frames_off(span.seconds, span) == 0
    assert frames_off(span.seconds + Fraction(2, 24), span) == 2
    tone = np.concatenate([np.zeros(16_000), 0.5 * np.sin(np.arange(16_000) / 5)]).astype(
        np.float32
    )
    assert peaks(tone, 4).tolist() == pytest.approx([0, 0, 0.5, 0.5], abs=0.01)
    assert level(tone) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.5)
    assert silences(tone, 16_000) == [(0.0, 1.0)]


def mesh_of(height: float, yaw: float = 0) -> triage.Face:
    mesh = np.zeros((478, 3), np.float32)
    mesh[263] = [np.cos(np.radians(yaw)) * 50, 0, np.sin(np.radians(yaw)) * 50]
    return triage.Face((0, 0, height, height), mesh)


@pytest.mark.parametrize(
    ("faces", "light", "words"),
    [
        ([mesh_of(200)], "green", "200 px"),
        ([mesh_of(100)], "amber", "soft"),
        ([mesh_of(40)], "red", "too small"),
        ([mesh_of(200, 45)], "amber", "45°"),
        ([mesh_of(200, 70)], "red", "profile"),
        ([mesh_of(200), mesh_of(200)], "amber", "Up to 2 faces"),
        ([], "red", "No face"),
    ],
)
def test_triage_says_what_to_do(faces: list, light: str, words: str) -> None:
    remarks = triage.face_remarks([triage.Seen(0, tuple(faces))], None)
    assert triage.worst(remarks) == light
    assert any(words in remark.sentence and remark.light == light for remark in remarks)


def test_triage_of_a_take() -> None:
    span = FrameRange(0, 25, Fraction(25))
    syllables = 0.5 - 0.5 * np.cos(np.arange(16_000) * 2 * np.pi * 4 / 16_000)  # four a second
    loud = (0.4 * syllables * np.sin(np.arange(16_000) / 3)).astype(np.float32)
    assert triage.worst(triage.take_remarks(loud, 16_000, span, "exact")) == "green"
    assert triage.worst(triage.take_remarks(loud[:8000], 16_000, span, "exact")) == "red"
    assert triage.worst(triage.take_remarks(loud[:8000], 16_000, span, "pad")) == "amber"
    assert any(
        "quiet" in r.sentence for r in triage.take_remarks(loud / 100, 16_000, span, "exact")
    )


def test_shot_page_shows_what_was_seen(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    window.shot.look.click()
    until(lambda: window.shot.remarks)
    assert "No face" in window.shot.lights.text()
    assert "exactly as long" in window.shot.lights.text()


def test_settings_and_presets_are_kept(window: Window) -> None:
    dialog = SettingsDialog(window.document, window)
    assert dialog.rows["engine"].editor.widget.findData("g4g") >= 0
    dialog.rows["strength"].editor.show(1.5)
    dialog.path_map.setPlainText("/Volumes/x = /mnt/x")
    dialog.keep_preset("strong")
    dialog.accept()
    assert window.document.settings.shot.strength == 1.5
    assert load_settings().path_map == {"/Volumes/x": "/mnt/x"}
    other = SettingsDialog(window.document, window)
    other.rows["strength"].editor.show(0)
    other.presets.setCurrentText("strong")
    other.presets.activated.emit(1)
    assert other.rows["strength"].editor.value() == 1.5
    assert load_preferences().presets["strong"].shot.strength == 1.5


def test_keys_are_changed_and_a_clash_is_refused(window: Window) -> None:
    dialog = ShortcutsDialog(window.document, window)
    dialog.set_keys("dub", "Ctrl+E")
    assert "Export" in dialog.note.text()
    dialog.set_keys("dub", "Ctrl+B")
    assert dialog.changed == {"dub": "Ctrl+B"}
    window.actions_by_name["shortcuts"].trigger()
    opened = window.findChildren(ShortcutsDialog)[-1]
    opened.set_keys("dub", "Ctrl+B")
    opened.accept()
    assert window.actions_by_name["dub"].shortcut().toString() == "Ctrl+B"
    assert load_preferences().shortcuts == {"dub": "Ctrl+B"}
    assert clash({}, "dub", ACTION_BY_NAME["open"].keys) == "open"


def test_doctor_lists_what_is_missing_first_and_copies_it(window: Window) -> None:
    dialog = DoctorDialog(window.document, window)
    dialog.show_findings(
        [Finding("disk", True, "9 GB"), Finding("weights", False, "none", "Install them.")]
    )
    assert dialog.table.item(0, 0).text().endswith("weights")
    assert dialog.table.item(0, 2).text() == "Install them."
    assert json.loads(dialog.text())[0]["what"] == "weights"
    assert "1" in dialog.verdict.text()


def test_first_start_says_what_is_missing(window: Window) -> None:
    window.greeting._show_missing(["weights"])
    assert "weights" in window.banner.label.text()
    window.banner.buttons[0].click()
    assert window.findChild(DoctorDialog) is not None


def test_export_page_says_what_a_format_loses(window: Window) -> None:
    page = window.export
    assert "everything" in page.losses.text()
    page.target.setCurrentIndex(page.target.findText("CMX 3600 EDL"))
    page.target.activated.emit(0)
    assert "media paths" in page.losses.text()
    assert "disclosed" in page.duty.text()
    page.export()
    assert "Nothing has been dubbed" in window.banner.label.text()


def test_clips_table_searches_and_selects_with_the_strip(window: Window) -> None:
    page = window.clips
    page.search.setText("shot 2")
    assert page.model.clips == ["V1/2"]
    page.search.clear()
    page.table.selectRow(1)
    assert window.document.selection == ("V1/2",)
    window.document.select(["V1/4"])
    assert [index.row() for index in page.table.selectionModel().selectedRows()] == [3]
    assert page.model.data(page.model.index(2, 1)).endswith("cannot be dubbed")


def test_lists_keep_their_arrow_keys(window: Window) -> None:
    window.docks["clips"].raise_()
    window.clips.table.setFocus()
    window.clips.table.selectRow(0)
    QTest.keyClick(window.clips.table, Qt.Key.Key_Down)
    assert window.document.selection == ("V1/2",)


def test_take_from_a_track_that_is_not_there_is_said(window: Window) -> None:
    window.take_commands.from_track()
    assert "no audio tracks" in window.banner.label.text()


def test_themes_differ_and_are_remembered(window: Window) -> None:
    app = QApplication.instance()
    apply_theme(app, "dark")
    dark = app.palette().window().color().lightness()
    window.actions_by_name["theme"].trigger()
    assert app.palette().window().color().lightness() > dark + 100
    assert load_preferences().theme == "light"
    apply_theme(app, "dark")
    for theme in ("dark", "light"):
        made = palette(theme)
        assert abs(made.windowText().color().lightness() - made.window().color().lightness()) > 120


def test_damaged_memory_is_forgotten_not_fatal(home: Path) -> None:
    preferences_file().parent.mkdir(parents=True)
    preferences_file().write_text("[1, 2", "utf-8")
    assert load_preferences().recent == ()
    assert preferences_file().with_name("panel.json.damaged").read_text("utf-8") == "[1, 2"


def test_what_is_damaged_in_the_memory_is_forgotten_the_rest_kept(home: Path) -> None:
    path = preferences_file()
    path.parent.mkdir(parents=True)
    damaged = {
        "recent": ["/a.otio", 3, "/b\0", "/c.otio"],
        "theme": "pink",
        "shortcuts": {"dub": "Ctrl+D", "open": []},
        "presets": {"a": {"strength": "x"}, "b": {"strength": 1.5, "mood": "sad"}},
        "waveforms": 1,
        "checked": True,
        "of tomorrow": {"x": 1},
    }
    path.write_text(json.dumps(damaged), "utf-8")
    memory = load_preferences()
    assert memory == Preferences(
        recent=(Path("/a.otio"), Path("/c.otio")),
        shortcuts={"dub": "Ctrl+D"},
        presets={"b": Settings(ShotSettings(strength=1.5))},
        checked=True,
    )
    assert json.loads(path.with_name("panel.json.damaged").read_text("utf-8")) == damaged
    path.write_text(json.dumps({"of tomorrow": {"x": 1}}), "utf-8")
    save_preferences(memory)
    assert json.loads(path.read_text("utf-8"))["of tomorrow"] == {"x": 1}
    assert load_preferences() == memory


def test_overlays_show_faces_and_matte(window: Window) -> None:
    until(lambda: window.viewer.canvas.shown)
    window.actions_by_name["show_box"].trigger()
    until(lambda: window.viewer.canvas.shown.seen is not None)
    assert window.viewer.canvas.shown.seen.faces == ()
    window.actions_by_name["show_ranges"].trigger()
    assert window.viewer.bar.ranges


def test_full_screen_hides_all_but_the_picture(window: Window) -> None:
    window.actions_by_name["full_screen"].trigger()
    assert not any(dock.isVisible() for dock in window.docks.values())
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.docks["strip"].isVisible()


def test_thumbnails_are_made_once_and_kept_on_disk(window: Window, home: Path) -> None:
    until(lambda: window.pictures.thumbnail(window.document.slots["V1/1"], 50) is not None)
    kept = list((home / "cache" / "thumbs").glob("*.jpg"))
    assert kept
    assert (
        window.pictures.thumbnail(replace(window.document.slots["V1/3"]), 50) is None
    )  # no media: no picture, no error


def test_dialogs_are_children_and_close(window: Window) -> None:
    for name in ("help", "about", "settings", "shortcuts"):
        window.actions_by_name[name].trigger()
    for dialog in window.findChildren(QDialog):
        dialog.close()
