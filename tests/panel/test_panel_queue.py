# pyright: reportOptionalMemberAccess=false, reportAttributeAccessIssue=false,
# reportOptionalOperand=false
from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import make_timeline, open_window, shut, until, write_line
from PySide6.QtWidgets import QMessageBox

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.progress import Progress
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project import preview, worker
from g4g_plugin.project.time_estimate import TimeEstimate

pytestmark = pytest.mark.usefixtures("faceless")


def ask(window: Window, *clips: str, line: Path) -> None:
    """Give clips a take and press Dub."""
    window.take_commands.assign_dropped([(clip, line) for clip in clips])
    window.document.select(clips)
    window.actions_by_name["dub"].trigger()


def ended(window: Window) -> None:
    jobs = window.document.queue
    until(lambda: not jobs.planning and not jobs.unfinished and not window.document.files.busy)


class Gate:
    """Lets a dub run, step by step, until it is told to finish."""

    def __init__(self, steps: int = 40) -> None:
        self.steps = steps
        self.open = threading.Event()
        self.whole = worker.dub_shot

    def __call__(
        self, shot: Shot, engine: Any, out: Path, codec: str, progress: Progress, *rest: Any
    ) -> Dub:
        progress.step("faces", 1, 24)
        at = 0
        while not self.open.wait(0.01):
            at = min(at + 1, self.steps)
            progress.step("encode", at, 100)
        return self.whole(shot, engine, out, codec, progress, *rest)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(worker, "dub_shot", made)
    yield made
    made.open.set()


def stepped(window: Window) -> None:
    """Wait until a dub is being rendered, not only begun."""
    jobs = window.document.queue
    until(
        lambda: (
            jobs.running is not None
            and jobs.last_step is not None
            and jobs.last_step.stage == "encode"
        )
    )


def test_lines_are_added_while_a_dub_runs(window: Window, line: Path, gate: Gate) -> None:
    jobs = window.document.queue
    ask(window, "V1/1", line=line)
    stepped(window)
    ask(window, "V1/2", "V1/4", line=line)
    until(lambda: len(jobs.unfinished) == 3 and not jobs.planning)
    assert [(row.job.shot.clip, row.state) for row in jobs.unfinished] == [
        ("V1/1", "running"),
        ("V1/2", "queued"),
        ("V1/4", "queued"),
    ]
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == [
        "running",
        "queued",
        "queued",
    ]
    gate.open.set()
    ended(window)
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == ["done"] * 3
    made = sorted(
        (p.stat().st_mtime_ns, p.name[:6]) for p in window.document.project.out.glob("*.mkv")
    )
    assert [name for _, name in made] == ["shot 1", "shot 2", "shot 4"]


def test_progress_tells_stage_frames_speed_and_time_left(
    window: Window, line: Path, gate: Gate
) -> None:
    page = window.queue
    assert page.bar.format() == "nothing is running"
    ask(window, "V1/1", "V1/2", line=line)
    stepped(window)
    until(lambda: window.document.queue.last_step.done == 40)
    shown = re.fullmatch(r"dubbing 40/100 · (\d+\.\d) fps · (\d+:\d\d) left", page.bar.format())
    assert shown, page.bar.format()
    assert float(shown[1]) > 0
    assert (
        page.bar.value() == 610
    )  # of 1000: faces and references are behind, 40 of 100 frames of the rest
    assert re.fullmatch(r"2 to do · about \d+:\d\d left", page.summary.text()), page.summary.text()
    assert page.list.topLevelItem(0).text(1) == "running 61%"
    assert page.list.topLevelItem(1).text(1) == "waiting"
    assert "61%" in window.progress.text()
    assert window.document.progress_of("V1/1") == pytest.approx(0.61)


def test_time_left_counts_all_that_waits_and_no_pause() -> None:
    estimate = TimeEstimate()
    step = functools.partial(worker.Event, "stepped", stage="encode", total=100)
    estimate.record(worker.Event("started", "a"), 100, 0.0)
    estimate.record(step(job="a", done=50), 100, 10.0)
    share = estimate.fraction("a")
    one = estimate.seconds_left({"a": 100}, 10.0)
    assert one == pytest.approx(10.0 * (1 - share) / share)
    assert estimate.seconds_left({"a": 100, "b": 200}, 10.0) == pytest.approx(
        one + 2 * 10.0 / share
    )
    estimate.exclude_pause(30.0)
    assert estimate.seconds_left({"a": 100}, 40.0) == pytest.approx(one)


def test_one_is_cancelled_by_its_button_the_others_go_on(
    window: Window, line: Path, gate: Gate
) -> None:
    jobs, page = window.document.queue, window.queue
    ask(window, "V1/1", "V1/2", "V1/4", line=line)
    stepped(window)
    until(lambda: not jobs.planning)
    page.list.topLevelItem(1).setSelected(True)
    page.stop_one.click()
    until(lambda: window.document.state("V1/2") == "take")
    assert jobs.running.job.shot.clip == "V1/1"
    page.list.clearSelection()
    page.list.topLevelItem(0).setSelected(True)
    page.stop_one.click()  # the one that runs
    until(lambda: window.document.state("V1/1") == "take")
    gate.open.set()
    ended(window)
    assert window.document.state("V1/4") == "done"
    assert page.again.isEnabled()
    page.again.click()
    ended(window)
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2")] == ["done", "take"]


def test_all_is_cancelled_even_what_is_still_being_checked(
    window: Window, line: Path, gate: Gate
) -> None:
    ask(window, "V1/1", line=line)
    stepped(window)
    ask(window, "V1/2", line=line)  # being planned
    window.actions_by_name["cancel_all"].trigger()
    ended(window)
    gate.open.set()
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2")] == ["take", "take"]
    assert not list(window.document.project.out.glob("*.mkv"))


def test_a_dub_that_waits_is_not_queued_twice(window: Window, line: Path, gate: Gate) -> None:
    jobs = window.document.queue
    ask(window, "V1/1", line=line)
    stepped(window)
    window.actions_by_name["dub"].trigger()
    until(lambda: "Already" in window.statusBar().currentMessage())
    assert [row.state for row in jobs.rows.values()] == ["running"]
    assert jobs.worker.store.get(next(iter(jobs.rows))).state == "running"


def test_selection_goes_with_the_job_that_is_moved(window: Window, line: Path) -> None:
    jobs, page = window.document.queue, window.queue
    window.actions_by_name["pause"].trigger()
    ask(window, "V1/1", "V1/2", "V1/4", line=line)
    until(lambda: jobs.running is not None and not jobs.planning)
    last = jobs.unfinished[2].job.id
    page.list.topLevelItem(2).setSelected(True)
    page.up.click()
    assert page.chosen() == [last]
    assert page.list.selectedItems() == [page.list.topLevelItem(1)]
    page.down.click()
    assert [row.job.shot.clip for row in jobs.unfinished] == ["V1/1", "V1/2", "V1/4"]
    window.actions_by_name["cancel_all"].trigger()
    ended(window)


def test_paused_queue_holds_is_ordered_and_cancelled(window: Window, line: Path) -> None:
    jobs = window.document.queue
    window.actions_by_name["pause"].trigger()
    ask(window, "V1/1", "V1/2", "V1/4", line=line)
    until(lambda: jobs.running is not None)
    assert [row.job.shot.clip for row in jobs.unfinished] == ["V1/1", "V1/2", "V1/4"]
    assert window.document.state("V1/1") == "running"
    last = jobs.unfinished[2].job.id
    jobs.move(last, -1)
    assert [row.job.shot.clip for row in jobs.unfinished] == ["V1/1", "V1/4", "V1/2"]
    assert [row.job.shot.clip for row in jobs.worker.store.rows()] == ["V1/1", "V1/4", "V1/2"]
    window.actions_by_name["cancel"].trigger()  # the running one, though it is paused
    until(lambda: window.document.state("V1/1") == "take")
    window.actions_by_name["cancel_all"].trigger()
    until(lambda: not jobs.unfinished)
    assert [row.state for row in jobs.rows.values()] == ["cancelled"] * 3
    assert not list(window.document.project.out.glob("*"))
    window.actions_by_name["pause"].trigger()
    window.actions_by_name["retry"].trigger()
    ended(window)
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == ["done"] * 3


def test_rows_say_state_and_result(window: Window, line: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    item = window.queue.list.topLevelItem(0)
    assert [item.text(n) for n in range(3)] == ["V1/1 · shot 1", "done", "shot 1.g4g-dub-v001.mkv"]
    window.queue.clear.click()
    assert window.queue.list.topLevelItemCount() == 0
    assert window.document.state("V1/1") == "done"  # versions stay


def test_project_is_saved_after_every_dub(window: Window, line: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    saved = window.document.project.out / "edit.g4g.otio"
    until(saved.is_file)
    assert "g4g-dub-v001" in saved.read_text("utf-8")


def test_preview_is_the_first_seconds_as_the_full_dub_will_show_them(
    window: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "FIRST_SECONDS", 0.4)
    asked = []
    whole = worker.dub_shot
    monkeypatch.setattr(worker, "dub_shot", lambda *rest: asked.append(rest) or whole(*rest))
    window.take_commands.assign_dropped([("V1/1", line)])
    window.actions_by_name["preview"].trigger()
    until(lambda: window.document.previews or window.banner.isVisible())
    assert window.document.shown_dub("V1/1").available.count == 10  # 0.4 s of 24 frames
    row = window.document.queue.rows[next(iter(window.document.queue.rows))]
    assert (row.job.options.renderer, row.job.codec) == ("auto", "h264")
    window.actions_by_name["dub"].trigger()
    until(lambda: window.document.state("V1/1") == "done")
    assert window.document.shown_dub("V1/1").available.count == 24
    assert [shot.deliver.count for shot, *_ in asked] == [10, 24]
    assert window.document.row_of("V1/1").job.options.renderer == "auto"


def test_take_that_does_not_fit_is_refused_before_rendering(window: Window, tmp_path: Path) -> None:
    long = write_line(tmp_path / "long.wav", 3)
    ask(window, "V1/1", line=long)
    until(lambda: window.document.state("V1/1") == "failed")
    assert "longer" in window.document.problem("V1/1")
    assert not window.document.queue.rows
    window.document.change_take("fit", fit="trim")
    assert window.document.state("V1/1") == "take"
    window.actions_by_name["dub"].trigger()
    ended(window)
    assert window.document.state("V1/1") == "done"


def test_failure_and_crash_spare_the_queue(
    window: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert [window.document.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == [
        "failed",
        "failed",
        "done",
    ]
    assert window.document.problem("V1/1") == "The weights are missing. Install them."
    report = window.findChild(ReportDialog)
    assert "ZeroDivisionError" in report.text.toPlainText()
    report.close()


def test_versions_stack_are_chosen_compared_reverted_and_dropped(
    window: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        ask(window, "V1/1", line=line)
        ended(window)
    stack = window.document.versions("V1/1")
    assert [dub.media.name for dub in stack] == [
        "shot 1.g4g-dub-v001.mkv",
        "shot 1.g4g-dub-v002.mkv",
    ]
    assert window.document.shown_dub("V1/1") == stack[1]
    window.shot.versions.setCurrentRow(0)
    window.shot.compare.setChecked(True)
    assert window.viewer.other == stack[0]
    window.shot.use.click()
    assert window.document.shown_dub("V1/1") == stack[0]
    window.actions_by_name["revert"].trigger()
    assert window.document.shown_dub("V1/1") is None
    assert window.document.dubs() == []
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    window.shot.versions.setCurrentRow(0)
    window.shot.delete.click()
    until(lambda: not stack[0].media.exists())
    assert window.document.versions("V1/1") == stack[1:]
    assert stack[1].media.is_file()


def test_another_take_makes_the_dub_stale(window: Window, line: Path, tmp_path: Path) -> None:
    ask(window, "V1/1", line=line)
    ended(window)
    window.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "other.wav", 0.96))])
    assert window.document.state("V1/1") == "stale"
    window.actions_by_name["undo"].trigger()
    assert window.document.state("V1/1") == "done"


def test_preview_renders_in_to_out_only(window: Window, line: Path) -> None:
    window.take_commands.assign_dropped([("V1/1", line)])
    window.document.select(["V1/1"])
    until(lambda: window.viewer.slot is not None)
    move = window.viewer.transport
    move.go(90_012)
    move.mark("in")
    move.go(90_016)
    move.mark("out")
    window.actions_by_name["preview"].trigger()
    until(lambda: window.document.previews or window.banner.isVisible())
    dub = window.document.shown_dub("V1/1")
    assert dub is not None, window.banner.label.text()
    assert (dub.available.first, dub.available.count) == (90_012, 5)
    assert dub.media.parent == window.document.queue.previews_folder
    assert window.document.project.versions == {}
    assert window.document.state("V1/1") == "take"


def test_closing_asks_while_a_dub_runs_and_leaves_no_half_file(
    timeline: Path, line: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = []
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(
        QMessageBox, "question", lambda *words: questions.append(words[2]) or answers.pop(0)
    )
    window = open_window(timeline)
    ask(window, "V1/1", line=line)
    stepped(window)
    window.close()
    assert not window._ending
    assert window.document.state("V1/1") == "running"
    window.close()
    until(lambda: window._ended)
    assert ["goes on at the next start" in words for words in questions] == [True, True]
    assert not window.isVisible()
    assert window.document.queue.closed
    row = window.document.queue.worker.store.rows()[0]
    assert row.state == "queued"
    assert not list(window.document.project.out.iterdir())
    window.deleteLater()


def test_closing_while_a_dub_runs_asks_stops_and_goes_on_next_time(
    timeline: Path, line: Path
) -> None:
    window = open_window(timeline)
    window.document.queue.pause(True)
    ask(window, "V1/1", line=line)
    until(lambda: window.document.queue.running is not None)
    window._may_stop = lambda: False  # type: ignore[method-assign]
    window.close()
    assert not window._ended
    shut(window)
    again = open_window(None)  # no timeline given: the last one is opened, for its dub waits
    try:
        assert again.document.project.timeline == timeline
        until(lambda: again.banner.isVisible())
        assert again.document.state("V1/1") == "queued"
        again.banner.buttons[0].click()  # Go on
        ended(again)
        assert again.document.state("V1/1") == "done"
    finally:
        shut(again)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import open_window, until
from PySide6.QtWidgets import QApplication
from g4g_plugin.render import dub
dub.find_face = lambda *_: dub.ShotFace(dub._nobody(), dub._nobody(), None, {{}})
app = QApplication([])
window = open_window(Path({timeline!r}))
window.take_commands.assign_dropped([("V1/1", Path({line!r})), ("V1/2", Path({line!r}))])
window.document.select(["V1/1"])
window.actions_by_name["dub"].trigger()
until(lambda: window.document.state("V1/1") == "done")
window.document.queue.pause(True)
window.document.select(["V1/2"])
window.actions_by_name["dub"].trigger()
until(lambda: window.document.queue.running is not None)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_in_the_middle_nothing_is_lost(tmp_path: Path, line: Path) -> None:
    timeline = make_timeline(tmp_path)
    script = KILLED.format(tests=str(Path(__file__).parent), timeline=str(timeline), line=str(line))
    ran = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=False
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    window = open_window(None)
    try:
        until(lambda: window.banner.isVisible())
        assert [window.document.state(clip) for clip in ("V1/1", "V1/2", "V1/4")] == [
            "done",
            "queued",
            "plain",
        ]
        assert window.document.decisions("V1/2").take.audio == line
        window.banner.buttons[0].click()
        ended(window)
        assert window.document.state("V1/2") == "done"
        out = window.document.project.out
        assert sorted(path.name for path in out.iterdir() if path.suffix == ".mkv") == [
            "shot 1.g4g-dub-v001.mkv",
            "shot 2.g4g-dub-v001.mkv",
        ]
        assert not list(out.glob(".*.part"))
    finally:
        shut(window)
