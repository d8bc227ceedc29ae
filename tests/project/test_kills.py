"""A few seeded kills and pairs; `just kills` and `just pairs` are the long forms."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def run(name: str, *words: str) -> str:
    command = [sys.executable, str(BENCHMARKS / name), *words]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def test_killed_runs_end_as_the_undisturbed_one() -> None:
    """One kill in each stage."""
    said = run("kills.py", "--count", "7", "--engine", "copy", "--seed", "11")
    assert "7 of 7 as the undisturbed run" in said


def test_two_runs_at_once_end_and_lose_nothing() -> None:
    """The four ways in which two runs meet in one folder."""
    assert "4 of 4 pairs well, 0 hung" in run("pairs.py", "--count", "4", "--seed", "3")
