from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import make_timeline, open_window, shut, until, write_line
from PySide6.QtWidgets import QMessageBox

from g4g_plugin.core.errors import EngineError
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.panel.dialogs import ReportDialog
from g4g_plugin.panel.window import Window
from g4g_plugin.render import preview, worker

pytestmark = pytest.mark.usefixtures("faceless")


def ask(window: Window, *clips: str, line: Path) -> None:
    """Give clips a take and press Dub."""
    window.deeds.dropped([(clip, line) for clip in clips])
    window.desk.select(clips)
    window.actions_by_name["dub"].trigger()


def ended(window: Window) -> None:
    jobs = window.desk.jobs
    until(lambda: not jobs.planning and not jobs.queue)


def test_paused_queue_holds_is_ordered_and_cancelled(window: Window, line: Path) -> None:
    jobs = window.desk.jobs
    window.actions_by_name["pause"].trigger()
    ask(window, "V1/1", "V1/2", "V1/4", line=line)
    until(lambda: jobs.running is not None)
    assert [row.job.shot.clip for row in jobs.queue] == ["V1/1", "V1/2", "V1/4"]
    assert window.desk.state("V1/1") == "running"
    last = jobs.queue[2].job.id
    jobs.move(last, -1)
    assert [row.job.shot.clip for row in jobs.queue] == ["V1/1", "V1/4", "V1/2"]
    assert [row.job.shot.clip for row in jobs.worker.store.rows()] == ["V1/1", "V1/4", "V1/2"]
    window.actions_by_name["cancel"].trigger()  # the running one, though it is paused
    until(lambda: window.desk.state("V1/1") == "take")
    window.actions_by_name["cancel_all"].trigger()
    until(lambda: not jobs.queue)
    assert [row.state for row in jobs.rows.values()] == ["cancelled"] * 3
    assert not list(window.desk.session.out.glob("*"))
    window.actions_by_name["pause"].trigger()
    window.actions_by_name["retry"].trigger()
    ended(window)
    assert [window.desk.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == ["done"] * 3


def test_rows_say_state_and_result(window: Window, line: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    item = window.queue.list.topLevelItem(0)
    assert [item.text(n) for n in range(3)] == ["V1/1 · shot 1", "done", "shot 1.g4g-dub-v001.mkv"]
    window.queue.clear.click()
    assert window.queue.list.topLevelItemCount() == 0
    assert window.desk.state("V1/1") == "done"  # versions stay


def test_project_is_saved_after_every_dub(window: Window, line: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    saved = window.desk.session.out / "autosave" / "edit.g4g.otio"
    until(saved.is_file)
    assert "g4g-dub-v001" in saved.read_text("utf-8")


def test_preview_asks_for_the_small_network_only_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "resources", lambda: tmp_path)
    assert preview.preview_options(EngineOptions()).renderer == "auto"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "generator.safetensors").touch()
    assert preview.preview_options(EngineOptions()).renderer == "network"


def test_take_that_does_not_fit_is_refused_before_rendering(window: Window, tmp_path: Path) -> None:
    long = write_line(tmp_path / "long.wav", 3)
    ask(window, "V1/1", line=long)
    until(lambda: window.desk.state("V1/1") == "failed")
    assert "longer" in window.desk.trouble("V1/1")
    assert not window.desk.jobs.rows
    window.desk.alter("fit", fit="trim")
    assert window.desk.state("V1/1") == "take"
    window.actions_by_name["dub"].trigger()
    ended(window)
    assert window.desk.state("V1/1") == "done"


def test_failure_and_crash_spare_the_queue(window: Window, line: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = worker.dub_shot

    def broken(shot, *rest):
        if shot.clip == "V1/1":
            raise EngineError("The weights are missing.", "Install them.")
        if shot.clip == "V1/2":
            raise ZeroDivisionError("a bug")
        return whole(shot, *rest)

    monkeypatch.setattr(worker, "dub_shot", broken)
    ask(window, "V1/1", "V1/2", "V1/4", line=line)
    ended(window)
    assert [window.desk.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == ["failed", "failed", "done"]
    assert window.desk.trouble("V1/1") == "The weights are missing. Install them."
    report = window.findChild(ReportDialog)
    assert "ZeroDivisionError" in report.text.toPlainText()
    report.close()


def test_versions_stack_are_chosen_compared_reverted_and_dropped(
    window: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        ask(window, "V1/1", line=line)
        ended(window)
    stack = window.desk.session.versions["V1/1"]
    assert [dub.media.name for dub in stack] == ["shot 1.g4g-dub-v001.mkv", "shot 1.g4g-dub-v002.mkv"]
    assert window.desk.version("V1/1") == stack[1]
    window.shot.versions.setCurrentRow(0)
    window.shot.compare.setChecked(True)
    assert window.viewer.other == stack[0]
    window.shot.use.click()
    assert window.desk.version("V1/1") == stack[0]
    window.actions_by_name["revert"].trigger()
    assert window.desk.version("V1/1") is None
    assert window.desk.session.dubs() == []
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    window.shot.versions.setCurrentRow(0)
    window.shot.delete.click()
    until(lambda: not stack[0].media.exists())
    assert window.desk.session.versions["V1/1"] == stack[1:]
    assert stack[1].media.is_file()


def test_another_take_makes_the_dub_stale(window: Window, line: Path, tmp_path: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    window.deeds.dropped([("V1/1", write_line(tmp_path / "other.wav", 0.96))])
    assert window.desk.state("V1/1") == "stale"
    window.actions_by_name["undo"].trigger()
    assert window.desk.state("V1/1") == "done"


def test_preview_renders_in_to_out_only(window: Window, line: Path) -> None:
    window.deeds.dropped([("V1/1", line)])
    window.desk.select(["V1/1"])
    until(lambda: window.viewer.slot is not None)
    move = window.viewer.transport
    move.go(90_012)
    move.mark("in")
    move.go(90_016)
    move.mark("out")
    window.actions_by_name["preview"].trigger()
    until(lambda: window.desk.jobs.previews or window.banner.isVisible())
    dub = window.desk.version("V1/1")
    assert dub is not None, window.banner.label.text()
    assert (dub.available.first, dub.available.count) == (90_012, 5)
    assert dub.media.parent == window.desk.jobs.previews_folder
    assert window.desk.session.versions == {}
    assert window.desk.state("V1/1") == "take"


def test_closing_while_a_dub_runs_asks_stops_and_goes_on_next_time(timeline: Path, line: Path) -> None:
    window = open_window(timeline)
    window.desk.jobs.pause(True)
    ask(window, "V1/1", line=line)
    until(lambda: window.desk.jobs.running is not None)
    window._may_stop = lambda: False  # type: ignore[method-assign]
    window.close()
    assert not window._ended
    shut(window)
    again = open_window(None)  # no timeline given: the last one is opened, for its dub waits
    try:
        assert again.desk.edit.path == timeline
        until(lambda: again.banner.isVisible())
        assert again.desk.state("V1/1") == "queued"
        again.banner.buttons[0].click()  # Go on
        ended(again)
        assert again.desk.state("V1/1") == "done"
    finally:
        shut(again)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import open_window, until
from PySide6.QtWidgets import QApplication
from g4g_plugin.render import dub
dub.find_face = lambda *_: (dub._nobody(), dub._nobody())
app = QApplication([])
window = open_window(Path({timeline!r}))
window.deeds.dropped([("V1/1", Path({line!r})), ("V1/2", Path({line!r}))])
window.desk.select(["V1/1"])
window.actions_by_name["dub"].trigger()
until(lambda: window.desk.state("V1/1") == "done")
window.desk.jobs.pause(True)
window.desk.select(["V1/2"])
window.actions_by_name["dub"].trigger()
until(lambda: window.desk.jobs.running is not None)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_in_the_middle_nothing_is_lost(tmp_path: Path, line: Path) -> None:
    timeline = make_timeline(tmp_path)
    script = KILLED.format(tests=str(Path(__file__).parent), timeline=str(timeline), line=str(line))
    ran = subprocess.run([sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    window = open_window(None)
    try:
        until(lambda: window.banner.isVisible())
        assert [window.desk.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == ["done", "queued", "plain"]
        assert window.desk.given("V1/2").take.audio == line
        window.banner.buttons[0].click()
        ended(window)
        assert window.desk.state("V1/2") == "done"
        out = window.desk.session.out
        assert sorted(path.name for path in out.iterdir() if path.suffix == ".mkv") == [
            "shot 1.g4g-dub-v001.mkv",
            "shot 2.g4g-dub-v001.mkv",
        ]
        assert not list(out.glob(".*.part"))
    finally:
        shut(window)
