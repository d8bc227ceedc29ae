"""Engines are listed without importing; a broken one is shown with its reason; an unknown one is a
clear sentence.
"""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from g4g_plugin.core import registry
from g4g_plugin.core.catalogue import ENGINES
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.registry import Entry
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.copy import CopyEngine
from g4g_plugin.engine.registry import engines, open_engine

OPTIONS = EngineOptions()


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Install plug-ins: file name -> source, and entry points name -> value."""

    def install(files: dict[str, str], points: dict[str, str]) -> None:
        for name, source in files.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        found = EntryPoints(
            EntryPoint(name, value, ENGINES.group) for name, value in points.items()
        )
        monkeypatch.setattr(registry, "entry_points", lambda group: found)

    return install


def test_the_house_s_own_are_there_without_an_installation(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints())
    assert engines()[:2] == [Entry("g4g", True), Entry("copy", True)]
    assert isinstance(open_engine("copy", OPTIONS), CopyEngine)


def test_listing_imports_nothing():
    code = "import sys; from g4g_plugin.engine.registry import engines; engines(); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "False"


def test_a_plug_in_is_listed_and_opened(plugins):
    source = "from g4g_plugin.engine.copy import CopyEngine\ndef open_engine(options): return CopyEngine()\n"
    plugins(
        {"goodplug/__init__.py": "raise_if_imported = 1\n", "goodplug/lips.py": source},
        {"good": "goodplug.lips:open_engine"},
    )
    assert engines()[2:] == [Entry("good", True)]
    assert "goodplug" not in sys.modules
    assert isinstance(open_engine("good", OPTIONS), CopyEngine)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("nowhere.lips:open_engine", "module nowhere.lips is not installed"),
        ("badplug.gone:open_engine", "module badplug.gone is not installed"),
        ("badplug", "names a module, not an object in it"),
        ("not a value!", "names no object"),
    ],
)
def test_a_broken_one_is_shown_with_its_reason(plugins, value, reason):
    plugins({"badplug/__init__.py": ""}, {"bad": value})
    (entry,) = engines()[2:]
    assert not entry.ready
    assert reason in entry.reason
    with pytest.raises(EngineError, match="The engine bad is broken") as caught:
        open_engine("bad", OPTIONS)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothing_of_that_name", "is broken: it cannot be loaded: ModuleNotFoundError"),
        ("open_engine = ", "is broken: it cannot be loaded: SyntaxError"),
        ("1 / 0", "is broken: it cannot be loaded: ZeroDivisionError"),
        ("opened = 1", "is broken: it cannot be loaded: AttributeError"),
        (
            "def open_engine(options): raise OSError('no device')",
            "cannot be opened: OSError: no device",
        ),
        ("def open_engine(): pass", "cannot be opened: TypeError"),
    ],
)
def test_a_plug_in_that_fails_is_no_crash(plugins, monkeypatch, source, said):
    plugins({"failing.py": source}, {"failing": "failing:open_engine"})
    monkeypatch.delitem(sys.modules, "failing", raising=False)
    assert engines()[2:] == [Entry("failing", True)]
    with pytest.raises(EngineError, match=said):
        open_engine("failing", OPTIONS)
    sys.modules.pop("failing", None)


def test_a_plug_in_s_own_error_passes_as_it_is(plugins):
    source = "from g4g_plugin.core.errors import EngineError\ndef open_engine(o): raise EngineError('No licence.', 'Buy.')"
    plugins({"paid.py": source}, {"paid": "paid:open_engine"})
    with pytest.raises(EngineError, match=r"^No licence\.$"):
        open_engine("paid", OPTIONS)
    sys.modules.pop("paid", None)


def test_nobody_takes_the_house_s_names(plugins, caplog):
    plugins({"thief.py": "def open_engine(o): raise OSError"}, {"copy": "thief:open_engine"})
    assert [entry.name for entry in engines()] == ["g4g", "copy"]
    assert isinstance(open_engine("copy", OPTIONS), CopyEngine)
    assert "the name is taken" in caplog.text


def test_an_unknown_one_lists_the_known():
    with pytest.raises(EngineError, match="no engine called 'lips'") as caught:
        open_engine("lips", OPTIONS)
    assert "g4g, copy" in caught.value.hint
