"""Measure the panel: the window up, 5,000 clips opened and scrolled, and how it answers while a dub
is rendered.

    python benchmarks/bench_panel.py [--engine g4g] [--clips 5000]

Each part runs in a process of its own. Times are seconds or milliseconds of this machine; its load
is told.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICK = 10  # ms between ticks of the timer that is watched
PATIENCE = 1800  # seconds


def main() -> int:
    """Run all parts, or the one a child process was started for."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--engine", default="g4g")
    words.add_argument("--clips", type=int, default=5000)
    words.add_argument("--part", choices=("window", "clips", "ticks"))
    args = words.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if args.part:
        parts = {
            "window": window_up,
            "clips": lambda: many_clips(args.clips),
            "ticks": lambda: ticks(args.engine),
        }
        print(json.dumps(parts[args.part]()))
        return 0
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for part in ("window", "clips", "ticks"):
        with tempfile.TemporaryDirectory(prefix="g4g-bench-") as home:
            asked = [
                sys.executable,
                __file__,
                "--part",
                part,
                "--engine",
                args.engine,
                "--clips",
                str(args.clips),
            ]
            ran = subprocess.run(
                asked,
                env={**os.environ, "G4G_HOME": home},
                capture_output=True,
                text=True,
                check=False,
            )
        print(
            part, ran.stdout.strip().splitlines()[-1] if ran.returncode == 0 else ran.stderr[-2000:]
        )
    return 0


def window_up() -> dict[str, object]:
    """Import and show; the window is up when it has been painted once."""
    began = time.perf_counter()
    window = _window()
    shown = time.perf_counter() - began
    cpu = round(
        time.process_time(), 2
    )  # of the whole process until now: what it takes on an idle machine
    return {
        "seconds to the first paint": round(shown, 2),
        "processor seconds": cpu,
        "torch loaded": "torch" in sys.modules,
        **_end(window),
    }


def many_clips(count: int) -> dict[str, object]:
    """Open a timeline of many clips, then scroll and zoom through it."""
    window = _window()
    path = Path(os.environ["G4G_HOME"]) / "many.otio"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_timeline(count)), "utf-8")
    _wait(3000)  # let what is imported at the start be imported
    began, cpu = time.perf_counter(), time.process_time()
    window.document.open(path)
    _until(lambda: window.document.edit is not None)
    window.strip.viewport().repaint()
    opened, cpu = time.perf_counter() - began, time.process_time() - cpu
    paints = []
    for zoom in (1.0, 4.0, 16.0, 64.0):
        window.strip.zoom(zoom, 300)
        for at in range(
            0,
            window.strip.horizontalScrollBar().maximum() + 1,
            max(1, window.strip.horizontalScrollBar().maximum() // 25),
        ):
            start = time.perf_counter()
            window.strip.horizontalScrollBar().setValue(at)
            window.strip.viewport().repaint()
            paints.append(1000 * (time.perf_counter() - start))
            _wait(1)
    paints.sort()
    return {
        "clips": len(window.document.slots),
        "seconds to open": round(opened, 2),
        "processor seconds to open": round(cpu, 2),
        "paint ms median": round(paints[len(paints) // 2], 1),
        "paint ms worst": round(paints[-1], 1),
        **_end(window),
    }


def ticks(engine: str) -> dict[str, object]:
    """Dub the demo's shot and watch how late a 10 ms timer comes in the main thread."""
    from PySide6.QtCore import Qt, QTimer

    from g4g_plugin.project.demo import make_demo

    demo = make_demo(Path(os.environ["G4G_HOME"]) / "demo")
    window = _window()
    window.document.settings = window.document.settings.with_shot(engine=engine)
    window.document.open(demo.timeline)
    _until(lambda: window.document.edit is not None and window.document.queue.worker is not None)
    window.take_commands.assign_dropped([(demo.clip, demo.take)])
    window.document.select([demo.clip])
    _wait(3000)
    gaps: list[float] = []
    last = [time.perf_counter()]

    opening: list[float] = []  # gaps until the engine is open: torch is imported once

    def tick() -> None:
        now = time.perf_counter()
        (gaps if window.document.queue.now is not None else opening).append(1000 * (now - last[0]))
        last[0] = now

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start(TICK)
    last[0] = began = time.perf_counter()
    window.actions_by_name["dub"].trigger()
    _until(lambda: window.document.state(demo.clip) in ("done", "failed"))
    seconds = time.perf_counter() - began
    timer.stop()
    gaps.sort()
    at = {
        f"gap ms {share}": round(gaps[min(int(len(gaps) * share / 100), len(gaps) - 1)], 1)
        for share in (50, 99, 99.9)
    }
    return {
        "state": window.document.state(demo.clip),
        "dub seconds": round(seconds, 1),
        **at,
        "gap ms longest": round(gaps[-1], 1),
        "gap ms longest while opening": round(max(opening, default=0.0), 1),
        **_end(window),
    }


def _window():
    from PySide6.QtWidgets import QApplication

    from g4g_plugin.panel.shell.app import SWITCH
    from g4g_plugin.panel.shell.docks import WINDOW_SIZE
    from g4g_plugin.panel.shell.window import Window
    from g4g_plugin.panel.widgets.style import apply_theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    sys.setswitchinterval(SWITCH)
    window = Window()
    apply_theme(app, "dark")
    window.document.set_preferences(checked=True)
    window.resize(WINDOW_SIZE)  # whatever the screen
    window.show()
    window.repaint()
    app.processEvents()
    window.begin()
    return window


def _wait(milliseconds: int) -> None:
    """Let the window live. An event loop lets the other threads run; QTest.qWait keeps Python to
    itself.
    """
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _until(happened) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError
        _wait(10)


def _end(window) -> dict[str, object]:
    window._may_stop = lambda: True
    window.close()
    _until(lambda: window._ended)
    return {"memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


def _timeline(count: int) -> dict[str, object]:
    """Three tracks of short clips without media."""

    def time_(value: int) -> dict[str, object]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": float(value)}

    def clip(number: int) -> dict[str, object]:
        span = {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": time_(90_000),
            "duration": time_(20 + number % 60),
        }
        media = {
            "OTIO_SCHEMA": "ExternalReference.1",
            "target_url": f"/nowhere/{number}.mov",
            "metadata": {},
            "name": "",
        }
        media["available_range"] = {
            "OTIO_SCHEMA": "TimeRange.1",
            "start_time": time_(90_000),
            "duration": time_(200),
        }
        return {
            "OTIO_SCHEMA": "Clip.2",
            "name": f"clip {number}",
            "source_range": span,
            "effects": [],
            "markers": [],
            "enabled": True,
            "metadata": {},
            "active_media_reference_key": "DEFAULT_MEDIA",
            "media_references": {"DEFAULT_MEDIA": media},
        }

    tracks = [
        {
            "OTIO_SCHEMA": "Track.1",
            "kind": "Video",
            "name": f"V{n + 1}",
            "metadata": {},
            "effects": [],
            "markers": [],
            "enabled": True,
            "source_range": None,
            "children": [clip(k) for k in range(n, count, 3)],
        }
        for n in range(3)
    ]
    stack = {
        "OTIO_SCHEMA": "Stack.1",
        "name": "tracks",
        "metadata": {},
        "effects": [],
        "markers": [],
        "enabled": True,
        "source_range": None,
        "children": tracks,
    }
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "name": "many",
        "metadata": {},
        "global_start_time": time_(90_000),
        "tracks": stack,
    }


if __name__ == "__main__":
    sys.exit(main())
