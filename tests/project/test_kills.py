"""A few seeded kills; `just kills` is the long form."""

import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[2] / "benchmarks" / "kills.py"


def test_killed_runs_end_as_the_undisturbed_one() -> None:
    words = ["--count", "3", "--engine", "copy", "--warm", "--seed", "11"]
    done = subprocess.run([sys.executable, str(BENCH), *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert done.stdout.count(": killed") == 3, done.stdout
