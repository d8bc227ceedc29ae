"""The bar of long work: moving on a terminal, a few lines in a log."""

from __future__ import annotations

import io

from g4g_plugin.core.progress_bar import ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_a_bar_for_each_stage() -> None:
    screen = Terminal()
    bar = ProgressBar(screen)
    for stage in ("faces", "encode"):
        for done in range(1, 31):
            bar.step(stage, done, 30)
    bar.close()
    assert "faces" in screen.getvalue()
    assert screen.getvalue().count("30/30") == 2
    assert screen.getvalue().count("\n") == 2
    assert "\r" in screen.getvalue()


def test_a_log_gets_a_line_at_every_tenth() -> None:
    log = io.StringIO()
    bar = ProgressBar(log)
    for done in range(1, 31):
        bar.step("corpus", done, 30)
    bar.step("dub", 0, 0)
    lines = log.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[-1].split() == ["corpus", "30/30"]
