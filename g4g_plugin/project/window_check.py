"""Whether the panel's window opens here: what Qt's plug-ins miss of the system, and a real window.

Standard library only: the set-up (`installer/install.py`) runs it with the system's own Python.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

X11_PLUGINS = ("platforms/libqxcb.so", "xcbglintegrations/*.so")
WAYLAND_PLUGINS = ("platforms/libqwayland.so",)
WINDOW_SECONDS = 120  # seconds a window may take: a cold start on a busy machine took 20
PACKAGES = {  # shared library of a Qt plug-in: the Debian package that holds it
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


def plugins_needed(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the plug-ins that a display needs: X11's, unless Wayland is all there is."""
    wayland = environment.get("WAYLAND_DISPLAY") and not environment.get("DISPLAY")
    return WAYLAND_PLUGINS if wayland else X11_PLUGINS


def missing_libraries(pyside: Path, plugins: Iterable[str] = X11_PLUGINS) -> list[str]:
    """Return the shared libraries that Qt's plug-ins ask for and the system does not have.

    Args:
        pyside: the folder of the installed PySide6.
        plugins: patterns below its folder of plug-ins.

    Returns:
        Their names; none where there is no `ldd` to ask.
    """
    paths = [path for name in plugins for path in (pyside / "Qt" / "plugins").glob(name)]
    missing: set[str] = set()
    for plugin in paths:
        try:
            answer = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True)
        except OSError:
            return []
        lines = (line.partition("=>") for line in answer.stdout.splitlines())
        missing |= {name.strip() for name, _, place in lines if "not found" in place}
    return sorted(missing)


def packages_of(libraries: Iterable[str]) -> list[str]:
    """Return the Debian packages that hold these libraries; of one that is not known, its name."""
    return sorted({PACKAGES.get(library, library) for library in libraries})


def install_command(packages: Iterable[str]) -> str:
    """Return the command that installs Debian packages."""
    prefix = "" if hasattr(os, "geteuid") and os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get install -y --no-install-recommends {' '.join(packages)}"


def displays(environment: Mapping[str, str]) -> list[str]:
    """Return where a window is to be tried: always off screen; on the display where there is one."""
    on_display = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    return ["offscreen", "display"] if on_display else ["offscreen"]


def open_window(python: Path, display: str) -> str:
    """Open the panel's window for a moment, in a process of its own: Qt ends one that cannot.

    Args:
        python: the interpreter of the environment that holds the panel.
        display: "offscreen", or "display" for the one there is.

    Returns:
        Why it did not open; empty where it did.
    """
    environment = dict(os.environ)
    environment.pop("QT_QPA_PLATFORM", None)
    if display == "offscreen":
        environment["QT_QPA_PLATFORM"] = "offscreen"
    command = [str(python), "-m", "g4g_plugin.panel.shell.trial"]
    try:
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=WINDOW_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no window within {WINDOW_SECONDS} seconds"
    if ran.returncode == 0:
        return ""
    lines = [line for line in ran.stderr.splitlines() if line.strip()]
    return lines[0] if lines else f"it ended with {ran.returncode}"
