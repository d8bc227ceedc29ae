"""Say what this machine has and what it lacks, in words a user can act on."""

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

from g4g_plugin.core.settings import Settings, cache_dir, resources
from g4g_plugin.deliver.recipes import RECIPES
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
HINT = "Run QT_DEBUG_PLUGINS=1 g4g panel and read which plug-in fails."
LEAST_FREE = 2 << 30  # bytes: a minute of 1080p ProRes 422 HQ is 1.6 GB


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    ok: bool
    found: str
    hint: str = ""


def examine(settings: Settings, try_window: bool = True) -> list[Finding]:
    """Look at Python, packages, GPU, engines, weights, encoders and disk.

    try_window: open the panel's window for a moment too; the panel itself need not.
    """
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return [
        Finding("machine", True, machine),
        *(_package(name) for name in PACKAGES),
        _panel(),
        *(_windows() if try_window else ()),
        _gpu(),
        *(
            Finding(f"engine {e.name}", e.ready, "ready" if e.ready else e.reason)
            for e in engines()
        ),
        _weights(),
        *_encoders(),
        _disk(cache_dir()),
    ]


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            name, False, "not installed", "Run python3 installer/install.py setup again."
        )


def _panel() -> Finding:
    if importlib.util.find_spec("PySide6") is None:
        return Finding("PySide6", True, "not installed (needed by the panel only)")
    return _package("PySide6-Essentials")


def _windows() -> list[Finding]:
    """Look whether the panel's window opens, off screen and on the display where there is one."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return []
    libraries = missing_libraries(Path(spec.origin).parent, plugins_needed(os.environ))
    if libraries:
        hint = f"Run: {install_command(packages_of(libraries))}"
        return [Finding("window", False, f"Qt misses {', '.join(libraries)}", hint)]
    findings = []
    for display in displays(os.environ):
        reason = open_window(Path(sys.executable), display)
        name = "window, off screen" if display == "offscreen" else "window, on the display"
        findings.append(Finding(name, not reason, reason or "opens", "" if not reason else HINT))
    return findings


def _gpu() -> Finding:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Finding("GPU", True, "no NVIDIA driver; the CPU is used")
    asked = [tool, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return Finding(
        "GPU",
        True,
        answer.stdout.strip() if answer.returncode == 0 else "the driver does not answer; CPU",
    )


def _weights() -> Finding:
    folder = resources() / "models"
    found = sorted(path.name for kind in ("*.safetensors", "*.ort") for path in folder.glob(kind))
    hint = f"Put the weights into {folder}, or install again."
    return Finding("weights", bool(found), ", ".join(found) or "none", hint)


def _encoders() -> list[Finding]:
    found = []
    for name, recipe in RECIPES.items():
        ready = recipe.encoder in av.codecs_available
        found.append(
            Finding(
                f"deliver {name}",
                ready,
                recipe.encoder,
                "Install PyAV from its own wheel: pip install av.",
            )
        )
    return found


def _disk(folder: Path) -> Finding:
    at = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(at).free
    return Finding(
        "disk",
        free > LEAST_FREE,
        f"{free / 2**30:.1f} GB free for the cache in {folder}",
        "Free some space.",
    )
