"""Processes told from one another: a number alone is given out again, in a container the very same
one.
"""

from __future__ import annotations

import os
from pathlib import Path


def process_began(pid: int) -> str:
    """Return when a process began, as Linux counts it; empty elsewhere, and where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def process_lives(pid: int, began: str) -> bool:
    """Return whether a process of this machine still runs.

    Args:
        pid: its number.
        began: what `process_began` said of it; empty: not known.
    """
    if pid <= 0 or (began and began != process_began(pid)):
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # or a number that no process has
        return False
    except PermissionError:
        return True
    return True
