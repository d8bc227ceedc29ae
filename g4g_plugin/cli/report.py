"""The report of a crash, in the user's cache."""

from __future__ import annotations

import sys
from pathlib import Path

from g4g_plugin import __version__
from g4g_plugin.core.files import write_whole
from g4g_plugin.core.settings import cache_dir


def write_report(traceback: str) -> Path:
    """Write what happened; returns the file. Names that are no UTF-8 are written escaped."""
    report = cache_dir() / "report.txt"
    text = f"g4g {__version__}\n{' '.join(sys.argv)}\n{traceback}"
    write_whole(report, text.encode("utf-8", "backslashreplace"))
    return report
