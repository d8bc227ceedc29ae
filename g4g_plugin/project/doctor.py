"""What this machine has and what it lacks, in words a user can act on."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av

from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.settings import Settings, cache_dir
from g4g_plugin.core.weight_files import WEIGHT_FILES, models_folder
from g4g_plugin.core.words import NO_WORDS, Words, tr
from g4g_plugin.engine.registry import engines
from g4g_plugin.project.window_check import (
    displays,
    install_command,
    missing_libraries,
    open_window,
    packages_of,
    plugins_needed,
)

PACKAGES = (
    "torch",
    "opentimelineio",
    "av",
    "mediapipe",
    "librosa",
    "numpy",
    "appdirs",
    "safetensors",
    "onnxruntime",
)
WINDOW_HINT = tr("Run QT_DEBUG_PLUGINS=1 g4g panel and read which plug-in fails.")
LEAST_FREE = 2 << 30  # bytes: a minute of 1080p ProRes 422 HQ is 1.6 GB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: Words
    ok: bool
    found: Words
    hint: Words = NO_WORDS


def examine(settings: Settings, try_window: bool = True) -> list[Finding]:
    """Look at Python, packages, GPU, engines, weights, encoders and disk.

    try_window: open the panel's window for a moment too; the panel itself need not.
    """
    machine = tr("{system} {machine}, {cpu_count} cores, Python {python_version}").filled(
        system=platform.system(),
        machine=platform.machine(),
        cpu_count=os.cpu_count(),
        python_version=platform.python_version(),
    )
    return [
        Finding(tr("machine"), True, machine),
        *(_package(name) for name in PACKAGES),
        _panel(),
        *(_windows() if try_window else ()),
        _gpu(),
        *(
            Finding(
                tr("engine {name}").filled(name=e.name),
                e.ready,
                tr("ready") if e.ready else e.reason,
            )
            for e in engines()
        ),
        _weights(),
        *_encoders(),
        _disk(cache_dir()),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(Words(name), True, Words(importlib.metadata.version(name)))
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            Words(name),
            False,
            tr("not installed"),
            tr("Run python3 installer/install.py setup again."),
        )


def _panel() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding(Words("PySide6"), True, tr("not installed (needed by the panel only)"))
    return _package("PySide6-Essentials")


def _windows() -> list[Finding]:
    """Look whether the panel's window opens, off screen and on the display where there is one."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return []
    libraries = missing_libraries(Path(spec.origin).parent, plugins_needed(os.environ))
    if libraries:
        hint = tr("Run: {command}").filled(command=install_command(packages_of(libraries)))
        lacking = tr("Qt needs {libraries}").filled(libraries=libraries)
        return [Finding(tr("window"), False, lacking, hint)]
    findings = []
    for display in displays(os.environ):
        reason = open_window(Path(sys.executable), display)
        name = tr("window, off screen") if display == "offscreen" else tr("window, on the display")
        opened = Words(reason) if reason else tr("opens")
        findings.append(Finding(name, not reason, opened, WINDOW_HINT if reason else NO_WORDS))
    return findings


def _gpu() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding(tr("GPU"), True, tr("no NVIDIA driver; the CPU is used"))
    asked = [tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return Finding(
        tr("GPU"),
        True,
        Words(answer.stdout.strip())
        if answer.returncode == 0
        else tr("the driver does not answer; CPU"),
    )


def _weights() -> Finding:
    folder = models_folder()
    there = [file.name for file in WEIGHT_FILES if file.path.is_file()]
    missing = [file.name for file in WEIGHT_FILES if file.name not in there]
    hint = tr("Put {missing} into {folder}, or install again.").filled(
        missing=missing, folder=folder
    )
    return Finding(tr("weights"), not missing, Words(", ".join(there)) or tr("none"), hint)


def _encoders() -> list[Finding]:
    found = []
    for name, codec in CODECS.all().items():
        ready = codec.encoder in av.codecs_available
        found.append(
            Finding(
                tr("deliver {name}").filled(name=name),
                ready,
                Words(codec.encoder),
                tr("Install PyAV from its own wheel: pip install av."),
            )
        )
    return found


def _disk(folder: Path) -> Finding:
    at = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(at).free
    return Finding(
        tr("disk"),
        free > LEAST_FREE,
        tr("{free:.1f} GB free for the cache in {folder}").filled(free=free / 2**30, folder=folder),
        tr("Free some space."),
    )
