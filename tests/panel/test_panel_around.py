"""What stands around the work: opening, undo, keys, pages, the first start, one window a user,
words for what fails.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import open_window, otio_clip, shut, until, write_timeline
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QWidget,
)

from g4g_plugin.core.codecs import CODECS, Codec
from g4g_plugin.core.decisions import FaceChoice, Take
from g4g_plugin.core.errors import MediaError
from g4g_plugin.panel.commands.actions import ACTIONS, set_shortcuts
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.shell import app
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.preferences import load_preferences
from g4g_plugin.project import doctor
from g4g_plugin.project.doctor import Finding


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Another timeline, beside the one that is open."""
    return write_timeline(
        tmp_path / "other.otio",
        [otio_clip("alone", tmp_path / "plate1.mkv", 90_000, 9, (90_000, 40))],
    )


def dropped(widget: QWidget, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    widget.dropEvent(QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, mime, left, none))


# Opening


def test_timeline_is_opened_by_dialog_by_drop_and_from_the_recent_ones(
    window: Window, timeline: Path, other: Path, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    window.actions_by_name["open"].trigger()
    until(lambda: window.document.project.timeline == other)
    assert "other" in window.windowTitle()
    dropped(window, timeline)
    until(lambda: window.document.project.timeline == timeline)
    dropped(window, line)  # sound is no timeline: it goes to the files
    assert window.takes.bin.paths() == [line]
    window.file_commands.recent.aboutToShow.emit()
    assert [action.text() for action in window.file_commands.recent.actions()] == [
        str(timeline),
        str(other),
    ]
    window.file_commands.recent.actions()[1].trigger()
    until(lambda: window.document.project.timeline == other)


def test_a_start_without_a_timeline_offers_the_demo(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, other: Path
) -> None:
    window = Window()
    window.document.set_preferences(checked=True)
    demo: list[bool] = []
    monkeypatch.setattr(window.file_commands, "_open_demo", lambda *_: demo.append(True))
    monkeypatch.setattr(
        "g4g_plugin.project.demo.make_demo",
        lambda folder: type("D", (), {"timeline": other, "take": 0}),
    )
    window.show()
    window.begin()
    try:
        until(lambda: window.banner.isVisible())
        assert [button.text() for button in window.banner.buttons] == ["Open…", "Demo", "Close"]
        window.banner.buttons[1].click()
        until(lambda: demo)
        window.greeting.welcome()
        window.document.open(other)
        until(lambda: window.document.edit is not None)
        assert not window.banner.isVisible()
    finally:
        shut(window)


# Undo


def test_every_kind_of_assignment_is_undone_and_redone(window: Window, line: Path) -> None:
    document, clip = window.document, "V1/1"
    document.select([clip])
    steps = [
        lambda: window.take_commands.assign_dropped([(clip, line)]),
        lambda: document.change_take("fit", fit="trim"),
        lambda: document.change_take(
            "in and out", take=Take(line, Fraction(1, 5), Fraction(1, 2), 0)
        ),
        lambda: document.choose_face(FaceChoice(10, 20, 3)),
        lambda: window.actions_by_name["unassign"].trigger(),
    ]
    seen = [document.decisions(clip)]
    for step in steps:
        step()
        seen.append(document.decisions(clip))
    assert len({str(given) for given in seen[1:]}) == len(steps)
    for given in reversed(seen[:-1]):
        window.actions_by_name["undo"].trigger()
        assert document.decisions(clip) == given
    for given in seen[1:]:
        window.actions_by_name["redo"].trigger()
        assert document.decisions(clip) == given


# Keys and pages


def test_keys_do_what_the_menu_says_and_can_be_others(window: Window) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert not window.queue.visibleRegion().isEmpty()
    QTest.keyClick(window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
    assert not window.clips.visibleRegion().isEmpty()
    assert window.clips.isAncestorOf(QApplication.focusWidget())
    set_shortcuts(window.actions_by_name, {"page_queue": "Ctrl+Y"})
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.queue.visibleRegion().isEmpty()
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert not window.queue.visibleRegion().isEmpty()
    assert "Ctrl+Y" in window.actions_by_name["page_queue"].toolTip()


def test_every_page_comes_back_by_its_action_after_it_was_closed(window: Window) -> None:
    for name, dock in window.docks.items():
        dock.hide()
        window.actions_by_name[f"page_{name}"].trigger()
        assert not dock.visibleRegion().isEmpty(), name


def test_no_menu_holds_an_action_that_is_not_in_the_table(window: Window) -> None:
    names = {spec.name for spec in ACTIONS}
    for menu in window.menuBar().actions():
        for action in menu.menu().actions():
            assert (
                action.objectName() in names
                or action.menu() is window.file_commands.recent
                or action.isSeparator()
            ), action.text()


# The window itself


def test_window_fits_the_screen_and_a_laptop_at_200_percent(window: Window) -> None:
    until(lambda: window.viewer.canvas.shown)
    laptop = QSize(960, 540)  # 1920 x 1080 at 200 %
    assert window.minimumSizeHint().boundedTo(laptop) == window.minimumSizeHint()
    room = window.screen().availableSize().expandedTo(laptop)  # the offscreen screen is 800 x 800
    assert window.size().boundedTo(room) == window.size()
    window.resize(1280, 720)
    until(lambda: window.width() == 1280)
    page = window.docks["takes"].widget()
    assert isinstance(page, QScrollArea)
    until(lambda: page.verticalScrollBar().maximum() == page.horizontalScrollBar().maximum() == 0)
    window.resize(960, 540)
    until(lambda: window.width() == 960)
    for name in window.docks:
        window.actions_by_name[f"page_{name}"].trigger()
        QTest.qWait(1)
        for button in window.docks[name].findChildren(QPushButton):
            if not button.visibleRegion().isEmpty():
                assert button.width() >= button.minimumSizeHint().width(), (
                    f"{name}: {button.text()} is cut off"
                )


def test_window_stands_beside_the_editing_program_and_comes_back(window: Window) -> None:
    before, wide = window.geometry(), window.width()
    window.actions_by_name["beside"].trigger()
    until(lambda: window.width() < wide)
    room = window.screen().availableGeometry()
    assert window.geometry().right() == room.right()
    area = window.dockWidgetArea(window.docks["queue"])
    assert area == Qt.DockWidgetArea.BottomDockWidgetArea  # below the picture
    window.actions_by_name["on_top"].trigger()
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    window.actions_by_name["on_top"].trigger()
    assert not window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    window.actions_by_name["beside"].trigger()
    until(lambda: window.geometry() == before)
    assert window.width() == wide
    assert window.dockWidgetArea(window.docks["queue"]) == Qt.DockWidgetArea.RightDockWidgetArea


def test_pages_and_sizes_are_as_they_were_left(timeline: Path) -> None:
    window = open_window(timeline)
    window.resize(798, 640)
    window.docks["export"].hide()
    shut(window)
    again = open_window(timeline)
    try:
        assert again.docks["export"].isHidden()
        assert not again.docks["queue"].isHidden()
        assert again.height() == 640
    finally:
        shut(again)


# One window a user


HOLDER = """
import sys
from PySide6.QtCore import QCoreApplication
from g4g_plugin.panel.shell.app import take_lock
lock = take_lock()
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


def test_one_panel_a_user_and_a_crash_leaves_no_lock(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert held.stdout.readline().strip() == "held"
        assert app.take_lock() is None
        told: list[str] = []
        monkeypatch.setattr(QMessageBox, "information", lambda *words: told.append(words[-1]))
        assert app.run() == 1
        assert "already open" in told[0]
        held.send_signal(signal.SIGKILL)
        held.communicate()
        lock = app.take_lock()
        assert lock is not None
        lock.unlock()
    finally:
        held.kill()
        held.communicate()


# What is missing, and what goes wrong


def test_first_start_checks_this_machine_once(
    qtbot: Any, timeline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def examine(_: Any, try_window: bool) -> list[Finding]:
        looks.append(time.monotonic())
        return [Finding("weights", False, "none", "Install them."), Finding("disk", True, "9 GB")]

    monkeypatch.setattr(doctor, "examine", examine)
    for start in (1, 2):
        window = Window()
        window.show()
        window.begin(timeline)
        until(
            lambda window=window: (
                window.document.edit is not None and not window.document.files.busy
            )
        )
        assert ("weights" in window.banner.label.text()) is (start == 1)
        shut(window)
    assert len(looks) == 1
    assert load_preferences().checked


def test_diagnostics_are_copied_by_the_button(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        doctor,
        "examine",
        lambda _, try_window: [Finding("weights", False, "none", "Install them.")],
    )
    window.actions_by_name["doctor"].trigger()
    dialog = window.findChild(DoctorDialog)
    until(lambda: dialog.findings)
    next(b for b in dialog.findChildren(QPushButton) if "diagnostics" in b.text()).click()
    assert json.loads(QGuiApplication.clipboard().text())[0]["hint"] == "Install them."
    dialog.close()


def refused(window: Window, line: Path, **settings: Any) -> str:
    """Dub with these settings; return what the banner says."""
    machine = {"device": settings.pop("device")} if "device" in settings else {}
    wanted = replace(window.document.settings.with_shot(**settings), **machine)
    window.document.set_settings(wanted)
    window.document.assign({"V1/1": None}, "decide anew")
    window.take_commands.assign_dropped([("V1/1", line)])
    window.banner.hide()
    window.actions_by_name["dub"].trigger()
    until(lambda: window.document.state("V1/1") == "failed" and window.banner.isVisible())
    return window.banner.label.text()


def test_missing_codec_is_said_before_anything_is_rendered(
    window: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Codec("Nothing", "no_such_encoder", "mov", "mov")
    monkeypatch.setitem(CODECS.own, "prores", recipe)
    words = refused(window, line, codec="prores")
    assert "encoder no_such_encoder is not installed" in words
    assert "Install" in words
    assert not window.document.queue.rows
    assert not window.findChildren(ReportDialog)


@pytest.mark.usefixtures("faceless")
def test_missing_gpu_and_weights_are_said_in_words(
    window: Window, line: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "No CUDA device responds." in refused(window, line, engine="g4g", device="cuda")
    monkeypatch.setattr("g4g_plugin.engine.g4g.models_folder", lambda: tmp_path)
    words = refused(window, line, engine="g4g", device="cpu", renderer="network")
    assert "weights" in words
    assert "Traceback" not in words
    assert "no_such" in refused(window, line, engine="no_such")
    assert not window.findChildren(ReportDialog)


def test_what_nobody_caught_is_reported_and_the_window_lives_on(
    window: Window, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise ZeroDivisionError("a slot of the window")
    except ZeroDivisionError as error:
        app.report_uncaught(window.document, type(error), error, error.__traceback__)
        app.report_uncaught(window.document, type(error), error, error.__traceback__)
    reports = window.findChildren(ReportDialog)
    assert len(reports) == 1  # not one for each tick
    assert "a slot of the window" in reports[0].text.toPlainText()
    copy = next(b for b in reports[0].findChildren(QPushButton) if "report" in b.text())
    copy.click()
    assert "ZeroDivisionError" in QGuiApplication.clipboard().text()
    reports[0].close()
    ours = MediaError("The disk was taken out.", "Put it back.")
    app.report_uncaught(window.document, type(ours), ours, None)
    assert window.banner.label.text() == "The disk was taken out. Put it back."
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_the_panel_reports_uncaught_errors(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(QApplication, "exec", lambda *_: 0)
    interval = sys.getswitchinterval()
    try:
        assert app.run() == 0
        assert sys.excepthook.func is app.report_uncaught
        assert isinstance(sys.excepthook.args[0], Document)
    finally:
        sys.setswitchinterval(interval)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, Window):
                shut(widget)


def test_a_job_store_that_fails_is_told_of(window: Window) -> None:
    from g4g_plugin.project.worker import Event

    window.document.queue.worker.events.put(
        Event("failed", message="The job store is full.", hint="Free space.")
    )
    until(lambda: window.banner.label.text() == "The job store is full. Free space.")


def test_what_failed_goes_on_no_more(window: Window) -> None:
    window.document.status_changed.emit("Reading edit.otio…")
    window.document.failed.emit("It cannot be read.", "Export it again.")
    assert window.statusBar().currentMessage() == ""
    assert window.banner.label.text() == "It cannot be read. Export it again."


def test_what_goes_on_stands_in_the_status_line_until_the_next(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[str, int]] = []
    monkeypatch.setattr(
        window.statusBar(), "showMessage", lambda words, stays=0: shown.append((words, stays))
    )
    window.document.status_changed.emit("Making the demo timeline…")
    window.document.status_changed.emit("done")
    assert [stays == 0 for _, stays in shown] == [True, False]


def test_a_window_that_closes_may_still_be_painted(timeline: Path) -> None:
    window = open_window(timeline)
    shut(window)
    window.pictures.thumbnail(window.document.slots["V1/2"], 77)
    assert window.document.looks.ask(lambda: 1, lambda _: None).cancelled()


LOADED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import open_window, shut, until
from PySide6.QtWidgets import QApplication
app = QApplication([])
window = open_window(Path({timeline!r}))
window.take_commands.assign_dropped([("V1/1", Path({line!r}))])
until(lambda: window.viewer.canvas.shown)
until(lambda: not window.document.looks.busy and not window.document.files.busy)
shut(window)
sys.exit("torch" in sys.modules)
"""


def test_no_torch_before_the_first_dub(timeline: Path, line: Path) -> None:
    script = LOADED.format(tests=str(Path(__file__).parent), timeline=str(timeline), line=str(line))
    ran = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
