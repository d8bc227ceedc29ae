"""The set-up script: what it refuses, what it says when a download fails, and that it repeats and
undoes itself.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from g4g_plugin.project import window_check

SCRIPT = Path(__file__).resolve().parent.parent / "installer" / "install.py"
BROKEN_OFF = """Collecting numba==0.68.1
  Downloading numba-0.68.1-cp311-cp311-manylinux_2_28_x86_64.whl (3.8 MB)
ERROR: Exception:
pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.pythonhosted.org'): Read timed out.
"""
UNREACHABLE = """WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('Name not known')'
ERROR: Could not find a version that satisfies the requirement av==18.1.0 (from versions: none)
ERROR: No matching distribution found for av==18.1.0
"""
NOT_OFFERED = """ERROR: Could not find a version that satisfies the requirement av==18.1.0 (from versions: 9.0.0)
ERROR: No matching distribution found for av==18.1.0
"""
FULL = "Collecting torch==2.13.0\nERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with nothing in it but what the script reads."""
    for name in (
        "installer/install.py",
        "installer/run.txt",
        "installer/panel.txt",
        "installer/test.txt",
        "pyproject.toml",
    ):
        place = tmp_path / "checkout" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((SCRIPT.parent.parent / name).read_text("utf-8"), "utf-8")
    return tmp_path / "checkout"


@pytest.fixture
def install(checkout: Path) -> ModuleType:
    """The script as a module, living in that checkout."""
    spec = importlib.util.spec_from_file_location(
        "install_under_test", checkout / "installer" / "install.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pip_calls(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """A pip that only writes down what it was asked; the disk is large and the system complete."""
    calls: list[Sequence[str]] = []
    monkeypatch.setattr(install, "pip", lambda arguments, total=1: calls.append(arguments))
    monkeypatch.setattr(install, "missing_packages", lambda lists: [])
    monkeypatch.setattr(install, "check_space", lambda build: None)
    monkeypatch.setattr(install, "check_window", lambda: None)
    return calls


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 13, 0), (2, 7, 18)])
def test_other_pythons_are_refused_by_name(install: ModuleType, version: tuple[int, ...]) -> None:
    with pytest.raises(
        install.SetupError, match=rf"3\.11 or 3\.12; this is {version[0]}\.{version[1]}"
    ):
        install.check_machine(version, "Linux", "x86_64")
    install.check_machine((3, 11, 0), "Linux", "x86_64")
    install.check_machine((3, 12, 9), "Linux", "aarch64")


def test_other_systems_are_refused(install: ModuleType) -> None:
    with pytest.raises(install.SetupError, match="Linux only"):
        install.check_machine((3, 11, 0), "Windows", "AMD64")


@pytest.mark.parametrize(
    ("output", "package", "sentence", "hint"),
    [
        (BROKEN_OFF, "numba==0.68.1", "cannot be reached or broke off", "HTTPS_PROXY"),
        (UNREACHABLE, "av==18.1.0", "cannot be reached or broke off", "HTTPS_PROXY"),
        (NOT_OFFERED, "av==18.1.0", "is not offered for this machine", "mirror"),
        (FULL, "torch==2.13.0", "disk is full", "Make space"),
        ("Collecting x==1\nsomething else", "x==1", "could not be installed", "something else"),
    ],
)
def test_a_failed_download_names_the_package(
    install: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    output: str,
    package: str,
    sentence: str,
    hint: str,
) -> None:
    def fake(arguments: Sequence[str]) -> Iterator[tuple[str, int | None]]:
        yield from ((line, None) for line in output.splitlines())
        yield "", 1

    monkeypatch.setattr(install, "pip_lines", fake)
    with pytest.raises(install.SetupError) as caught:
        install.pip(["install", "-r", "run.txt"])
    assert package in str(caught.value)
    assert sentence in str(caught.value)
    assert hint in caught.value.hint


def test_real_pip_names_what_it_cannot_find(
    install: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "venv_python", lambda: Path(sys.executable))
    (checkout / ".venv").mkdir()
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "empty"))
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("this environment has no pip")
    with pytest.raises(install.SetupError, match=r"g4g-no-such-package==1\.0 is not offered"):
        install.pip(["install", "--no-index", "g4g-no-such-package==1.0"])


def test_a_local_cpu_torch_is_taken_first(
    install: ModuleType, pip_calls: list[Sequence[str]]
) -> None:
    install.install_torch("cpu")
    assert len(pip_calls) == 1
    assert "--no-index" in pip_calls[0]
    assert pip_calls[0][-1] == "torch==2.13.0+cpu"


def test_torch_falls_back_step_by_step(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Sequence[str]] = []

    def fail(arguments: Sequence[str], total: int = 1) -> None:
        calls.append(arguments)
        if "+cpu" in arguments[-1]:
            raise install.SetupError("torch is not offered for this machine.", "")

    monkeypatch.setattr(install, "pip", fail)
    install.install_torch("cpu")
    assert ["--no-index" in calls[0], install.CPU_INDEX in calls[1], calls[2][-1]] == [
        True,
        True,
        "torch===2.13.0",
    ]
    calls.clear()
    install.install_torch("cuda")
    assert [call[-1] for call in calls] == ["torch===2.13.0"]


@pytest.mark.parametrize(("answer", "cuda"), [("exit 0", True), ("exit 9", False), (None, False)])
def test_cuda_only_where_a_driver_answers(
    install: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    answer: str | None,
    cuda: bool,
) -> None:
    if answer:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{answer}\n", "utf-8")
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert install.driver_answers() == cuda


def test_a_second_call_does_nothing(
    install: ModuleType,
    pip_calls: list[Sequence[str]],
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install, "run_quietly", lambda command: _lay_python(checkout))
    monkeypatch.setattr(install, "run_tests", lambda words: 7)
    assert install.main(["test"]) == 7  # pytest's own status
    asked = len(pip_calls)
    assert asked == 4  # pip itself, torch, the lists, the package
    assert install.main(["test"]) == 7
    assert install.main(["setup"]) == 0  # less than the tests need: there already
    assert len(pip_calls) == asked
    append(checkout / "installer" / "run.txt", "six==1.17.0\n")
    assert install.main(["setup"]) == 0
    assert len(pip_calls) == 2 * asked


def test_an_interrupted_set_up_is_not_called_ready(
    install: ModuleType,
    pip_calls: list[Sequence[str]],
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(install, "run_quietly", lambda command: _lay_python(checkout))
    assert install.main(["setup"]) == 0

    def stop(arguments: Sequence[str], total: int = 1) -> None:
        raise KeyboardInterrupt

    append(checkout / "pyproject.toml", "\n")
    monkeypatch.setattr(install, "pip", stop)
    assert install.main(["setup"]) == 130
    assert not install.is_ready("run")


def test_somebody_else_s_environment_is_left_alone(
    install: ModuleType,
    pip_calls: list[Sequence[str]],
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "theirs").touch()
    assert install.main(["setup"]) == 1
    assert "was not made by this set-up" in capsys.readouterr().err
    assert install.main(["remove"]) == 0
    assert (checkout / ".venv" / "theirs").exists()
    assert not pip_calls


@pytest.mark.parametrize("keep", [False, True])
def test_remove_takes_everything(
    install: ModuleType,
    pip_calls: list[Sequence[str]],
    checkout: Path,
    monkeypatch: pytest.MonkeyPatch,
    keep: bool,
) -> None:
    monkeypatch.setattr(install, "run_quietly", lambda command: _lay_python(checkout))
    before = sorted(checkout.rglob("*"))
    assert install.main(["setup"]) == 0
    home = Path(os.environ["G4G_HOME"])
    for made in (
        checkout / ".pytest_cache",
        checkout / "tests" / "a" / "__pycache__",
        home / "cache",
        home / "config",
    ):
        made.mkdir(parents=True)
    assert install.main(["remove", *(["--keep-settings"] if keep else [])]) == 0
    left = [p for p in sorted(checkout.rglob("*")) if p not in before]
    assert left == [checkout / "tests", checkout / "tests" / "a"]
    assert [p.name for p in home.iterdir()] == (["config"] if keep else [])


def test_missing_libraries_are_found(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        install, "LIBRARIES", {"run.txt": {"libc.so.6": "libc6", "libnosuch.so.1": "libnosuch1"}}
    )
    assert install.missing_packages(["run.txt"]) == ["libnosuch1"]


def test_missing_packages_come_as_a_command(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    with pytest.raises(install.SetupError) as caught:
        install.install_packages(["python3.11-venv"])
    assert caught.value.hint.endswith(
        "sudo apt-get install -y --no-install-recommends python3.11-venv"
    )


def test_a_full_disk_is_said_beforehand(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: _Usage(10**9))
    with pytest.raises(install.SetupError, match=r"1\.0 GB are free"):
        install.check_space("cpu")


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8") + text, "utf-8")


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def _lay_python(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").touch()


def test_a_library_of_qt_that_is_missing_comes_as_a_command(
    install: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / ".venv" / "lib" / "python3.11" / "site-packages" / "PySide6").mkdir(parents=True)
    monkeypatch.setattr(
        window_check, "missing_libraries", lambda *_: ["libxcb-icccm.so.4", "libxcb-keysyms.so.1"]
    )
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    with pytest.raises(install.SetupError) as caught:
        install.check_window()
    assert caught.value.hint.endswith(
        "sudo apt-get install -y --no-install-recommends libxcb-icccm4 libxcb-keysyms1"
    )


def test_a_window_that_does_not_open_fails_the_set_up(
    install: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def refuse(python: Path, display: str) -> str:
        opened.append(display)
        return "no plug-in" if display == "display" else ""

    monkeypatch.setattr(window_check, "open_window", refuse)
    monkeypatch.setenv("DISPLAY", ":77")
    with pytest.raises(install.SetupError, match="no plug-in"):
        install.check_window()
    assert opened == ["offscreen", "display"]
