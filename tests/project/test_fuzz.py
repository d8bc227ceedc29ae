"""A short form of `just fuzz`: damaged state is read, or refused in a sentence, and never lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "benchmarks" / "fuzz_state.py"


@pytest.mark.parametrize("kind", ["settings", "memory", "project", "journal", "session", "store"])
def test_damaged_state_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    command = [sys.executable, str(FUZZ), "--count", "15", "--seed", "3", "--kinds", kind]
    home = {"G4G_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **home})
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
