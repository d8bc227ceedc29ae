#!/usr/bin/env python3
"""Set G4G Dub up beside this checkout and run it. Standard library only.

    python3 installer/install.py demo      set up, then dub the demo timeline
    python3 installer/install.py panel     set up with a screen, then open the panel
    python3 installer/install.py test      set up, then run the tests (further words go to pytest)
    python3 installer/install.py setup     set up only
    python3 installer/install.py remove    take away everything that the above made

All of it lives in `.venv`. A second call finds the stamp there and starts at once.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "g4g-setup.json"  # written last: what was set up, from which lists
MARK = VENV / "g4g-made-this"  # written first: this environment is ours to change and to remove
PIP = "pip==26.3"
TORCH = "2.13.0"
BAR = ("--progress-bar", "raw")  # "Progress 123 of 456" lines, made to be read by a program
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LISTS = {
    "run": ("run.txt",),
    "panel": ("run.txt", "panel.txt"),
    "test": ("run.txt", "panel.txt", "test.txt"),
}
LIBRARIES = {  # shared library: Debian package; what the wheels expect of the system
    "run.txt": {"libstdc++.so.6": "libstdc++6"},  # torch, mediapipe, OpenCV
    "panel.txt": {  # Qt
        "libEGL.so.1": "libegl1",
        "libGL.so.1": "libgl1",
        "libdbus-1.so.3": "libdbus-1-3",
        "libfontconfig.so.1": "libfontconfig1",
        "libglib-2.0.so.0": "libglib2.0-0",
        "libpulse.so.0": "libpulse0",
        "libxcb-cursor.so.0": "libxcb-cursor0",
        "libxcb-icccm.so.4": "libxcb-icccm4",
        "libxcb-image.so.0": "libxcb-image0",
        "libxcb-keysyms.so.1": "libxcb-keysyms1",
        "libxcb-render-util.so.0": "libxcb-render-util0",
        "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    },
    "test.txt": {},
}
SPACE = {"cpu": 4, "cuda": 12}  # GB, environment and downloads together
BYTES = 1_000_000

BROKEN = (  # what pip writes when the network is to blame
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|SSLError|HTTP error|"
    r"ConnectionReset|RemoteDisconnected|IncompleteRead|incomplete-download|Network is unreachable"
)


class SetupError(Exception):
    """Something a person can put right: a sentence, and what to do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def say(text: str) -> None:
    """Print one line at once, to stderr: stdout is the command's own."""
    print(text, file=sys.stderr, flush=True)


def check_machine(version: tuple[int, ...], system: str, machine: str) -> None:
    """Refuse what the pinned lists do not fit.

    Raises:
        SetupError: another Python than 3.11 or 3.12, another system than Linux.
    """
    if version[:2] not in ((3, 11), (3, 12)):
        found = ".".join(map(str, version[:2]))
        raise SetupError(
            f"G4G Dub needs Python 3.11 or 3.12; this is {found}.",
            "Call it with one of them, for instance: python3.11 installer/install.py demo",
        )
    if system != "Linux" or machine not in ("x86_64", "aarch64"):
        raise SetupError(
            f"This set-up knows Linux only, not {system} {machine}.",
            "By hand: pip install -e . in an environment.",
        )


def digest(lists: Sequence[str]) -> str:
    """Fingerprint all that decides what gets installed, and where."""
    parts = [
        str(ROOT),
        platform.python_version(),
        "driver" if shutil.which("nvidia-smi") else "no driver",
    ]
    parts += [(ROOT / "installer" / name).read_text("utf-8") for name in ("install.py", *lists)]
    parts.append((ROOT / "pyproject.toml").read_text("utf-8"))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def venv_python() -> Path:
    """Return the environment's own interpreter."""
    return VENV / "bin" / "python"


def is_ready(what: str) -> bool:
    """Say whether an earlier call already set up all that `what` needs, from the very same lists."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return stamp.get(what) == digest(LISTS[what]) and venv_python().exists()


def driver_answers() -> bool:
    """Say whether an NVIDIA driver is there and answers."""
    if not shutil.which("nvidia-smi"):
        return False
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


# --- system packages ---


def missing_packages(lists: Sequence[str]) -> list[str]:
    """Name the Debian packages without which the environment cannot be made or these lists not be
    used.
    """
    probe = [sys.executable, "-c", "import ensurepip, venv, sqlite3, ssl"]
    bare = subprocess.run(probe, capture_output=True).returncode != 0
    wanted = {library: package for name in lists for library, package in LIBRARIES[name].items()}
    missing = [package for library, package in wanted.items() if not loads(library)]
    return [f"python3.{sys.version_info.minor}-venv"] * bare + missing


def loads(library: str) -> bool:
    """Say whether the system has this shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian packages where that is allowed.

    Raises:
        SetupError: not root, no apt, or apt failed; the hint is the exact command.
    """
    prefix = "" if os.geteuid() == 0 else "sudo "
    command = f"{prefix}apt-get update && {prefix}apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(f"System packages are missing: {', '.join(packages)}.", f"Run: {command}")
    say(f"      apt-get install {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *step], capture_output=True, text=True, env=environment)
        if done.returncode and step[0] == "install":
            raise SetupError(
                f"apt-get could not install {', '.join(packages)}: {done.stderr[-300:]}",
                f"Run: {command}",
            )


# --- the private environment ---


def make_environment() -> None:
    """Make `.venv`, or keep the one an earlier call began.

    Raises:
        SetupError: there is a `.venv` that somebody else made, or it cannot be written.
    """
    if VENV.exists() and not MARK.exists():
        raise SetupError(
            f"{VENV} is there already and was not made by this set-up.",
            "Move it away or delete it, then call again.",
        )
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if MARK.exists() and (
        MARK.read_text("utf-8") != f"{version} {ROOT}\n" or not venv_python().exists()
    ):
        shutil.rmtree(VENV)
    if not VENV.exists():
        try:
            VENV.mkdir()
            MARK.write_text(f"{version} {ROOT}\n", "utf-8")
        except OSError as err:
            hint = "Move the checkout to a folder of yours."
            raise SetupError(f"{VENV} cannot be written: {err.strerror}.", hint) from err
    if not venv_python().exists():
        run_quietly([sys.executable, "-m", "venv", str(VENV)])


def run_quietly(command: Sequence[str]) -> None:
    """Run a command that has nothing to tell unless it fails.

    Raises:
        SetupError: it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{' '.join(command)} failed.", (done.stdout + done.stderr).strip()[-600:])


def check_space(build: str) -> None:
    """Refuse to start what the disk cannot hold.

    Raises:
        SetupError: too little space.
    """
    free = shutil.disk_usage(ROOT).free / (1000 * BYTES)
    if free < SPACE[build]:
        raise SetupError(
            f"{free:.1f} GB are free at {ROOT}; {SPACE[build]} GB are needed.",
            "Make space, or move the checkout.",
        )


# --- pip, and what it says ---


def explain(output: str, package: str) -> SetupError:
    """Turn pip's output into a sentence that names the package, and what to do."""
    known = re.findall(
        r"(?:No matching distribution found for|satisfies the requirement) ([\w.\-=+]+)", output
    )
    package = known[-1] if known else package
    if "No space left on device" in output:
        return SetupError(
            f"The disk is full: {package} does not fit.", "Make space and call again."
        )
    if re.search(BROKEN, output):
        return SetupError(
            f"{package} could not be downloaded: the package index cannot be reached or broke off.",
            "Check the network (behind a proxy set HTTPS_PROXY) and call again; what is already here is kept.",
        )
    if known:
        return SetupError(
            f"{package} is not offered for this machine ({platform.machine()}, Python {platform.python_version()}).",
            "Where pip is set to a mirror (pip config list), see that the mirror holds this package.",
        )
    tail = "\n".join(line for line in output.splitlines()[-12:] if not line.startswith("Progress"))
    return SetupError(f"{package} could not be installed.", f"pip said:\n{tail}")


def pip_lines(arguments: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    """Run pip; yield (line, None) as it writes, then ("", exit status)."""
    command = [
        str(venv_python()),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    ]
    environment = os.environ | {"PIP_CACHE_DIR": str(VENV / "pip-cache"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield line.rstrip("\n"), None
    yield "", process.returncode


def show(line: str, package: str, number: int, total: int) -> None:
    """Show one line a package; on a terminal also how far its download is."""
    moving = re.match(r"Progress (\d+) of (\d+)", line)
    if moving and sys.stderr.isatty():
        done, size = int(moving[1]) / BYTES, int(moving[2]) / BYTES
        print(
            f"\r      {number:2d}/{total} {package}  {done:.0f} of {size:.0f} MB   ",
            end="",
            file=sys.stderr,
            flush=True,
        )
        if done == size:
            say("")
    elif line.startswith("Downloading"):
        size = re.search(r"\(([\d.]+ [kMG]B)\)", line)
        say(f"      {number:2d}/{total} {package}  {size[1] if size else ''}".rstrip())
    elif line.startswith("Installing collected"):
        say("      laying the packages down ...")


def pip(arguments: Sequence[str], total: int = 1) -> None:
    """Run pip with progress.

    Raises:
        SetupError: it failed; names the package and says what to do.
    """
    package, number, heard = arguments[-1], 0, []
    for line, status in pip_lines(arguments):
        heard.append(line)
        begun = re.match(r"(?:Collecting|Processing) ([^\s;]+)", line)
        if begun:
            package, number = Path(begun[1]).name, number + 1
        show(line.strip(), package, number, max(total, number))
        if status:
            raise explain("\n".join(heard), package)


def install_torch(build: str) -> None:
    """Install the pinned torch: CUDA from PyPI; CPU from a folder that pip knows, else from
    PyTorch's own index.

    Raises:
        SetupError: none of them has it.
    """
    for source in (
        (["--no-index"], ["--retries", "1", "--index-url", CPU_INDEX]) if build == "cpu" else ()
    ):
        try:
            pip(["install", *BAR, "--no-deps", *source, f"torch=={TORCH}+cpu"])
            return
        except SetupError as err:
            if "disk is full" in str(err):
                raise
    if build == "cpu":
        say("      no CPU build within reach; taking PyPI's, which brings CUDA along (3 GB)")
    pins = str(ROOT / "installer" / "run.txt")
    exact = f"torch==={TORCH}"  # three signs: never the +cpu twin that a local folder may offer
    pip(["install", *BAR, "--only-binary", ":all:", "--constraint", pins, exact])


def count_pins(lists: Sequence[str]) -> int:
    """Count the packages in these lists."""
    lines = [
        line
        for name in lists
        for line in (ROOT / "installer" / name).read_text("utf-8").splitlines()
    ]
    return sum("==" in line and not line.startswith("#") for line in lines)


def set_up(what: str) -> None:
    """Bring the environment to what `what` ("run" or "test") needs; every step may be repeated.

    Raises:
        SetupError: with what to do about it.
    """
    lists = LISTS[what]
    packages = missing_packages(lists)
    say(f"[1/5] System packages: {', '.join(packages) or 'nothing missing'}")
    if packages:
        install_packages(packages)
    build = "cuda" if driver_answers() else "cpu"
    check_space(build)
    say(f"[2/5] Private environment {VENV} (Python {platform.python_version()})")
    make_environment()
    STAMP.unlink(missing_ok=True)
    pip(["install", "--quiet", PIP])
    say(f"[3/5] torch {TORCH}, {build.upper()} build")
    install_torch(build)
    total = count_pins(lists)
    say(f"[4/5] {total} pinned packages")
    requirements = [word for name in lists for word in ("-r", str(ROOT / "installer" / name))]
    pip(["install", *BAR, "--no-deps", "--only-binary", ":all:", *requirements], total)
    say("[5/5] G4G Dub itself")
    pip(["install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    shutil.rmtree(VENV / "pip-cache", ignore_errors=True)
    done = {name: digest(LISTS[name]) for name in LISTS if set(LISTS[name]) <= set(lists)}
    if "panel.txt" in lists:
        check_window()
    STAMP.write_text(json.dumps(done | {"torch": build}), "utf-8")


# --- does the window open? ---


def check_window() -> None:
    """Install what Qt's plug-ins miss, then open the panel's window for a moment: off screen, and
    on the display where there is one.

    Raises:
        SetupError: it does not open; the hint is the exact command.
    """
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from g4g_plugin.project import window_check

    for pyside in VENV.glob("lib/python3*/site-packages/PySide6"):
        plugins = window_check.plugins_needed(os.environ)
        packages = window_check.packages_of(window_check.missing_libraries(pyside, plugins))
        if packages:
            say(f"      Qt's plug-ins miss: {', '.join(packages)}")
            install_packages(packages)
    for display in window_check.displays(os.environ):
        reason = window_check.open_window(venv_python(), display)
        if reason:
            raise SetupError(
                f"The panel's window does not open ({display}): {reason}.",
                "Run: QT_DEBUG_PLUGINS=1 .venv/bin/g4g panel, and read which plug-in fails.",
            )
        say(f"      the panel's window opens ({display})")


# --- the doors ---


def user_folders(keep_settings: bool) -> list[Path]:
    """Name the folders that g4g itself makes outside the checkout (as g4g_plugin/core/settings.py
    has them).
    """
    home = os.environ.get("G4G_HOME")
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "g4g"
    config = Path(os.environ.get("XDG_CONFIG_HOME", "~/.config")).expanduser() / "g4g"
    if home:
        cache, config = Path(home) / "cache", Path(home) / "config"
    return [cache] if keep_settings else [cache, config]


def remove(keep_settings: bool) -> int:
    """Take away the environment, what tools left in the checkout, and the user's caches and
    settings.
    """
    targets = [VENV] if MARK.exists() else []
    if VENV.exists() and not targets:
        say(f"{VENV} was not made by this set-up; it stays.")
    targets += [ROOT / name for name in (".pytest_cache", ".ruff_cache", ".import_linter_cache")]
    targets.append(ROOT / "__pycache__")
    for folder in ("g4g_plugin", "tests", "installer", "benchmarks"):
        targets += (ROOT / folder).rglob("__pycache__")
    for target in [*targets, *user_folders(keep_settings)]:
        if target.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            say(f"removed {target}" if not target.exists() else f"could not remove all of {target}")
    say("System packages stay; the checkout and what you dubbed are untouched.")
    return 0


def environment() -> dict[str, str]:
    """Return the variables that our commands run with: what tools cache lies inside `.venv` too."""
    return {"MPLCONFIGDIR": str(VENV / "matplotlib")} | os.environ


def run_tests(words: Sequence[str]) -> int:
    """Run pytest; without words of the user's own, on as many cores as there are up to four."""
    variables = {"OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"} | environment()
    workers = str(min(4, os.cpu_count() or 1))
    options = list(words) or ["-rs", "-n", workers, "--dist", "loadfile"]
    return subprocess.run(
        [str(venv_python()), "-m", "pytest", *options], cwd=ROOT, env=variables
    ).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("demo", "panel", "test", "setup", "remove"))
    parser.add_argument(
        "--keep-settings", action="store_true", help="with remove: leave the user's settings"
    )
    options, words = parser.parse_known_args(arguments)
    try:
        if options.command == "remove":
            return remove(options.keep_settings)
        check_machine(sys.version_info[:3], platform.system(), platform.machine())
        what = options.command if options.command in LISTS else "run"
        if not is_ready(what):
            set_up(what)
            say(f"Ready. {venv_python().parent / 'g4g'} is the command.")
        if options.command == "test":
            return run_tests(words)
        if options.command in ("demo", "panel"):
            command = [str(venv_python()), "-m", "g4g_plugin", options.command, *words]
            return subprocess.run(command, env=environment()).returncode
    except SetupError as err:
        say(f"{err}\n{err.hint}")
        return 1
    except KeyboardInterrupt:
        say("Stopped. Call again to go on where this ended.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
