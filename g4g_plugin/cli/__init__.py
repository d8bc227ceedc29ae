"""The `g4g` command line. Each command imports what it needs, so that --help loads neither torch
nor Qt.
"""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Sequence

from g4g_plugin.cli.dub import CANCELLED
from g4g_plugin.cli.parser import COMMANDS, build_parser
from g4g_plugin.cli.phrases import sentence
from g4g_plugin.cli.usage import UsageError
from g4g_plugin.core.errors import Cancelled, G4GError
from g4g_plugin.core.settings import load_settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 (said in a sentence), 2 (usage) or 130
    (cancelled).
    """
    logging.basicConfig(
        level=os.environ.get("G4G_LOG", "WARNING").upper(),
        format="%(levelname)s %(name)s: %(message)s",
    )
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path may hold what its encoding lacks
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        settings = load_settings()
        args = build_parser(settings).parse_args(argv)
        if hasattr(args, "run"):
            print(args.run(args))
            return 0
        return COMMANDS[args.command](args, settings)
    except UsageError as error:
        print(f"g4g: {error}", file=sys.stderr)
        return 2
    except G4GError as error:
        print(f"g4g: {sentence(error)}", file=sys.stderr)
        return 1
    except (Cancelled, KeyboardInterrupt):
        print("g4g: cancelled; what was finished is kept", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last door: a report instead of a traceback
        return _bug(error)


def _bug(error: Exception) -> int:
    import traceback

    from g4g_plugin.cli.report import write_report

    print(f"g4g: this is a bug of ours: {type(error).__name__}.", file=sys.stderr)
    try:
        where = f"The report is in {write_report(traceback.format_exc())}"
    except OSError as err:
        where = f"No report could be written ({err.strerror})"
    print(f"     {where}; your files are as they were.", file=sys.stderr)
    return 1
