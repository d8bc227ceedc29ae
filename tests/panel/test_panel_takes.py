"""The page Takes: channels, in and out heard, takes from a track, CSV and matches shown before they
are applied.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import make_timeline, open_window, shut, until, write_line
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from g4g_plugin.core.decisions import Take
from g4g_plugin.panel.dialogs.match_dialog import MatchDialog
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.widgets.waveform import WAVE_COLOUR
from g4g_plugin.project.take_matching import match_by_timecode, take_time

RATE = Fraction(25)


def write_channels(path: Path, count: int, seconds: float = 0.96, rate: int = 16_000) -> Path:
    """Write a WAV whose channel n is a steady 0.1 * (n + 1)."""
    values = np.tile(0.1 * np.arange(1, count + 1), (round(seconds * rate), 1))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(count)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((values * 32767).astype("<i2").tobytes())
    return path


# --- channel, in and out
# -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 6])
def test_channels_of_the_file_are_offered_no_more_no_fewer(
    window: Window, tmp_path: Path, count: int
) -> None:
    window.take_commands.assign_dropped(
        [("V1/1", write_channels(tmp_path / f"{count}.wav", count))]
    )
    box = window.takes.channel
    until(lambda: box.count() == count + 1)
    assert [box.itemData(at) for at in range(box.count())] == [None, *range(count)]
    box.setCurrentIndex(count)
    box.activated.emit(count)
    assert window.document.decisions("V1/1").take.channel == count - 1
    assert box.currentIndex() == count


def test_another_clips_file_brings_its_own_channels(window: Window, tmp_path: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", write_channels(tmp_path / "six.wav", 6))])
    window.take_commands.assign_dropped([("V1/2", write_channels(tmp_path / "two.wav", 2))])
    until(lambda: window.takes.channel.count() == 3)
    window.document.select(["V1/1"])
    until(lambda: window.takes.channel.count() == 7)


def heard(window: Window, monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    played: list[np.ndarray] = []
    monkeypatch.setattr(
        window.takes.audio, "start", lambda samples, seconds: played.append(samples)
    )
    return played


def test_audition_plays_from_in_to_out_of_the_channel(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = heard(window, monkeypatch)
    window.take_commands.assign_dropped([("V1/1", write_channels(tmp_path / "six.wav", 6, 1.2))])
    until(lambda: window.takes.end.value() == pytest.approx(1.2))
    window.takes.wave.ranged.emit(0.2, 0.7)
    until(lambda: window.takes.channel.count() == 7)
    window.takes.channel.setCurrentIndex(3)
    window.takes.channel.activated.emit(3)
    window.actions_by_name["audition"].trigger()
    until(lambda: played)
    assert len(played[0]) == pytest.approx(0.5 * 48_000, abs=2)
    assert float(np.median(played[0])) == pytest.approx(0.3, abs=0.01)  # the third channel alone
    window.actions_by_name["audition"].trigger()  # again: quiet
    assert not window.takes._clock.isActive()


def test_audition_shows_where_it_is_and_ends_at_the_out_point(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard(window, monkeypatch)
    window.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "long.wav", 1.2))])
    until(lambda: window.takes.end.value() == pytest.approx(1.2))
    window.takes.wave.ranged.emit(0.5, 0.9)
    window.takes.audition()
    until(lambda: window.takes._clock.isActive())
    monkeypatch.setattr(type(window.takes.audio), "seconds", property(lambda _: 0.3))
    until(lambda: window.takes.wave._heard == pytest.approx(0.8))
    monkeypatch.setattr(type(window.takes.audio), "seconds", property(lambda _: 0.41))
    until(lambda: not window.takes._clock.isActive())
    assert window.takes.wave._heard is None


def test_files_of_the_list_show_their_waveform_and_are_played_by_the_space_bar(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = heard(window, monkeypatch)
    line = write_line(tmp_path / "spoken.wav", 0.5)
    window.takes.bin.add([line])
    window.takes.refresh()
    item = window.takes.bin.item(0)
    until(lambda: not item.icon().isNull())
    drawn = item.icon().pixmap(96, 20).toImage()
    middle = [drawn.pixelColor(drawn.width() // 2, y) for y in range(drawn.height())]
    assert any(colour.lightness() > WAVE_COLOUR.lightness() - 20 for colour in middle)
    assert "0.50 s" in item.text()
    window.takes.bin.setCurrentItem(item)
    window.takes.bin.setFocus()
    QTest.keyClick(window.takes.bin, Qt.Key.Key_Space)
    until(lambda: played)
    assert len(played[0]) == 24_000
    assert window.document.project.decisions == {}


# --- takes from a track
# ------------------------------------------------------------------------------------------


def _time(value: float, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}


def _range(first: float, count: float, rate: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(first, rate),
        "duration": _time(count, rate),
    }


def _gap(count: int) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Gap.1",
        "metadata": {},
        "name": "",
        "source_range": _range(0, count, 25.0),
    }


def _sound(
    media: Path, first: float, count: float, rate: float, available: tuple[float, float]
) -> dict[str, Any]:
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "target_url": str(media),
        "available_range": _range(*available, rate),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {},
        "name": media.stem,
        "source_range": _range(first, count, rate),
        "enabled": True,
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": reference},
    }


@pytest.fixture
def scored(qtbot: Any, tmp_path: Path) -> Iterator[Window]:
    """A window on clips of 24 frames at 0, 24, 48, 72 with A1 (empty below clip 1) and A2.

    A2: 48 frames of one file at 25 fps, from its 10th frame, below clips 1 and 2; below clip 4 a
    piece counted in samples at 48 kHz, in a file whose own time begins at an hour, but late by 6
    frames.
    """
    path = make_timeline(tmp_path)
    long, late = write_line(tmp_path / "long.wav", 4.0), write_line(tmp_path / "late.wav", 4.0)
    hour = 3600 * 48_000
    lower = [
        _sound(long, 10, 48, 25.0, (0, 100)),
        _gap(30),
        _sound(late, hour + 4800, 18 * 1920, 48_000.0, (hour, 192_000)),
    ]
    upper = [_gap(24), _sound(late, hour + 9600, 24 * 1920, 48_000.0, (hour, 192_000))]
    value = json.loads(path.read_text("utf-8"))
    for name, items in (("A1", upper), ("A2", lower)):
        value["tracks"]["children"].append(
            {
                "OTIO_SCHEMA": "Track.1",
                "metadata": {},
                "name": name,
                "kind": "Audio",
                "source_range": None,
                "effects": [],
                "markers": [],
                "enabled": True,
                "children": items,
            }
        )
    path.write_text(json.dumps(value), "utf-8")
    made = open_window(path)
    yield made
    shut(made)


def pick_track(monkeypatch: pytest.MonkeyPatch, track: str) -> list[list[str]]:
    """Answer the question for a track; returns what was offered."""
    offered: list[list[str]] = []

    def answer(parent: Any, title: str, label: str, items: list[str], *_: Any) -> tuple[str, bool]:
        offered.append(list(items))
        return track, True

    monkeypatch.setattr(QInputDialog, "getItem", answer)
    return offered


def test_all_selected_clips_take_what_lies_under_them(
    scored: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = pick_track(monkeypatch, "A2")
    scored.document.select(["V1/1", "V1/2"])
    scored.actions_by_name["from_track"].trigger()
    until(lambda: len(scored.document.project.decisions) == 2)
    assert offered == [["A1", "A2"]]
    first, second = (scored.document.decisions(clip).lines[0] for clip in ("V1/1", "V1/2"))
    assert (first.take.audio.name, first.at, first.track) == ("long.wav", 0, "A2")
    assert (first.take.start, first.take.length) == (10 / RATE, 24 / RATE)
    assert second.at == -24  # the same line, which began a clip earlier
    assert (second.take.start, second.take.length) == (10 / RATE, 48 / RATE)
    until(lambda: "exactly" in scored.takes.off.text())
    scored.actions_by_name["undo"].trigger()  # one step for all
    assert scored.document.project.decisions == {}


def test_a_track_counted_in_samples_from_an_hour_on_is_read_exactly(
    scored: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_track(monkeypatch, "A1")
    scored.document.select(["V1/2"])
    scored.take_commands.from_track()
    until(lambda: scored.document.decisions("V1/2"))
    take = scored.document.decisions("V1/2").take
    assert (take.audio.name, take.start, take.length) == (
        "late.wav",
        Fraction(9600, 48_000),
        24 / RATE,
    )


def test_clips_that_find_no_take_are_said_and_the_others_get_theirs(
    scored: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    pick_track(monkeypatch, "A2")
    scored.document.select(["V1/4"])
    scored.take_commands.from_track()
    until(lambda: scored.document.decisions("V1/4"))
    assert scored.document.decisions("V1/4").lines[0].at == 6  # where it lies on the track
    scored.actions_by_name["undo"].trigger()
    pick_track(monkeypatch, "A1")
    scored.document.select(["V1/1", "V1/2", "V1/3", "V1/4"])
    scored.take_commands.from_track()
    until(lambda: scored.document.decisions("V1/2"))
    assert list(scored.document.project.decisions) == ["V1/2"]
    assert "Nothing lies under V1/1" in scored.banner.label.text()
    assert "2 clips were left" in scored.banner.label.text()  # V1/3 is blocked and was not asked


def test_a_track_is_not_taken_when_the_question_is_cancelled(
    scored: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: ("A2", False))
    scored.document.select(["V1/1"])
    scored.take_commands.from_track()
    assert not scored.document.files.busy
    assert scored.document.project.decisions == {}


# --- matches
# -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "names"),
    [("name", ("shot 1.wav", "x.wav")), ("timecode", ("a_01_00_00_02.wav", "x.wav"))],
)
def test_matches_are_shown_with_their_reason_before_they_are_applied(
    window: Window, tmp_path: Path, by: str, names: tuple[str, ...]
) -> None:
    files = [write_line(tmp_path / name, 0.96) for name in names]
    window.take_commands.match_files(files, by)
    until(lambda: window.findChild(MatchDialog))
    dialog = window.findChild(MatchDialog)
    assert [dialog.table.item(0, column).text() for column in range(2)] == [
        "V1/1 · shot 1",
        names[0],
    ]
    assert (
        dialog.table.item(0, 2).text()
        == {"name": "same name", "timecode": "starts 2 frames into the clip"}[by]
    )
    assert window.document.project.decisions == {}
    assert "fit no clip that can be dubbed: 1" in window.banner.label.text()
    dialog.reject()
    assert window.document.project.decisions == {}
    window.take_commands.match_files(files, by)
    until(lambda: any(d is not dialog and d.isVisible() for d in window.findChildren(MatchDialog)))
    next(d for d in window.findChildren(MatchDialog) if d.isVisible()).accept()
    assert window.document.decisions("V1/1").take == Take(files[0], label=files[0].stem)


def test_csv_rows_that_name_no_clip_to_dub_are_told(window: Window, tmp_path: Path) -> None:
    write_line(tmp_path / "a.wav", 0.96)
    sheet = tmp_path / "lines.csv"
    sheet.write_text("V1/1,a.wav\nV9/9,a.wav\nlost,a.wav\n", "utf-8")
    window.take_commands.import_csv(sheet)
    until(lambda: window.findChild(MatchDialog))
    assert window.findChild(MatchDialog).table.rowCount() == 1
    assert "2" in window.banner.label.text()


def test_a_timecode_in_a_name_counts_as_the_timeline_does(window: Window) -> None:
    ntsc = Fraction(30000, 1001)
    name = Path("adr_01_00_00_00.wav")
    assert take_time(name, ntsc, drop=True) == 107_892
    assert take_time(name, ntsc) == 108_000
    assert take_time(name, Fraction(25), drop=True) == 90_000
    assert match_by_timecode(list(window.document.slots.values()), [name])[0].clip == "V1/1"
