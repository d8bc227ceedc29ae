"""The panel in German: nothing is left in English, the compiled file is the written one, and the
window shows it.
"""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
from __future__ import annotations

import ast
import json
import pickle
import re
import string
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import until, write_line
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialogButtonBox,
    QScrollArea,
    QWidget,
)

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.words import QT_TRANSLATE_NOOP, Words
from g4g_plugin.panel.commands.actions import ACTIONS
from g4g_plugin.panel.dialogs.settings_dialog import SettingsDialog
from g4g_plugin.panel.i18n.language import languages, speak, translations
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.shell.docks import PAGES_WIDTH
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.panel.state.preferences import load_preferences
from g4g_plugin.render import triage
from g4g_plugin.timeline.edit import Problem

ROOT = Path(__file__).parent.parent.parent
GERMAN = ROOT / "resources" / "translations" / "g4g_de.ts"
LUPDATE, LRELEASE = (
    Path(sys.executable).parent / f"pyside6-{tool}" for tool in ("lupdate", "lrelease")
)
# whose sentences the window may show
ROOMS = (
    *("core", "network", "timeline", "media", "faces", "engine", "composite", "deliver"),
    *("render", "project", "panel"),
)
tools = pytest.mark.skipif(
    not LUPDATE.exists(), reason="PySide6's lupdate is not beside this Python"
)


def messages(path: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Read a .ts file: (context, English) -> (translation, its mark: "" or "unfinished")."""
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            key = (context.findtext("name", ""), message.findtext("source", ""))
            found[key] = (translation.text or "", translation.get("type", ""))
    return found


def places(text: str) -> list[tuple[str, str]]:
    """List the places to be filled in, with their formats."""
    return sorted(
        (name, spec or "")
        for _, name, spec, _ in string.Formatter().parse(text)
        if name is not None
    )


# --- the file
# ----------------------------------------------------------------------------------------------------


def test_no_word_is_left_untranslated() -> None:
    found = messages(GERMAN)
    assert len(found) > 380
    assert [key for key, (text, mark) in found.items() if mark or not text.strip()] == []


def test_translations_fill_in_the_same_places() -> None:
    wrong = [key for key, (text, _) in messages(GERMAN).items() if places(key[1]) != places(text)]
    assert wrong == []


def test_translations_end_as_the_english_does() -> None:
    """A menu entry that asks first ends in "…", a sentence in its full stop."""
    for (_, english), (german, _) in messages(GERMAN).items():
        if english.endswith((".", "…", "?")):
            assert german[-1] == english[-1], german


def test_the_recipe_names_every_error() -> None:
    recipe = (ROOT / "justfile").read_text("utf-8")
    named = re.search(r'^errors := "(.*)"$', recipe, re.MULTILINE)
    rooms = re.search(r'^rooms := "(.*)"$', recipe, re.MULTILINE)
    assert named is not None
    assert rooms is not None
    kinds = {kind.__name__ for kind in (G4GError, *G4GError.__subclasses__())}
    assert {alias.removeprefix("tr+=") for alias in named[1].split(",")} == kinds
    assert tuple(rooms[1].split()) == ROOMS


@tools
def test_every_word_of_the_code_is_in_the_file(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.ts"
    sources = [str(path) for room in ROOMS for path in (ROOT / "g4g_plugin" / room).rglob("*.py")]
    options = [
        "-silent",
        "-no-obsolete",
        "-locations",
        "none",
        "-source-language",
        "en",
        "-target-language",
        "de",
        "-tr-function-alias",
        ",".join(f"tr+={kind.__name__}" for kind in (G4GError, *G4GError.__subclasses__())),
    ]
    subprocess.run(
        [str(LUPDATE), *options, *sources, "-ts", str(fresh)], check=True, capture_output=True
    )
    missing = messages(fresh).keys() ^ messages(GERMAN).keys()
    assert not missing, "run `just translations` and translate what is new"


@tools
def test_the_compiled_file_is_of_the_written_one(tmp_path: Path) -> None:
    compiled = tmp_path / "g4g_de.qm"
    subprocess.run(
        [str(LRELEASE), "-silent", str(GERMAN), "-qm", str(compiled)],
        check=True,
        capture_output=True,
    )
    assert compiled.read_bytes() == GERMAN.with_suffix(".qm").read_bytes(), (
        "run `just translations`"
    )


def test_contexts_are_classes_or_tables_that_exist() -> None:
    """lupdate takes the name before `.tr` for the context; at run time it is the object's class."""
    classes = {
        node.name
        for path in (ROOT / "g4g_plugin" / "panel").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    # "": the sentences of the rooms below
    tables = {"actions", "tools", "states", "ranges", "app", ""}
    assert {context for context, _ in messages(GERMAN)} - classes - tables == set()


def test_menu_keys_do_not_clash_in_either_language() -> None:
    german = {
        english: text
        for (context, english), (text, _) in messages(GERMAN).items()
        if context == "actions"
    }
    for say_it in (str, german.__getitem__):
        bars = [say_it(menu) for menu in dict.fromkeys(spec.menu for spec in ACTIONS)]
        groups = [
            bars,
            *(
                [say_it(s.text) for s in ACTIONS if s.menu == menu]
                for menu in {s.menu for s in ACTIONS}
            ),
        ]
        for group in groups:
            keys = [found[1].lower() for text in group if (found := re.search("&(.)", text))]
            assert len(keys) == len(set(keys)), group


# Calls of Qt that show their text; what is given to them must have gone through a translation.
SHOWS = {
    "setText",
    "setToolTip",
    "setWindowTitle",
    "addItem",
    "addItems",
    "addAction",
    "addMenu",
    "addRow",
    "addToolBar",
    "setAccessibleName",
    "setAccessibleDescription",
    "setPlaceholderText",
    "showMessage",
    "emit",
    "drawText",
    "setIconText",
    "setSpecialValueText",
    "setHorizontalHeaderLabels",
    "QLabel",
    "QPushButton",
    "QCheckBox",
    "QAction",
    "QMenu",
    "QTableWidgetItem",
    "QListWidgetItem",
    "QLineEdit",
    "question",
    "information",
    "getText",
    "getItem",
    "getOpenFileName",
    "QMessageBox",
}
TRANSLATES = {"tr", "translate", "QT_TRANSLATE_NOOP", "say", "words"}
NO_WORDS = {"G4G Dub", " · G4G Dub", "CSV (*.csv);;(*)", "/Volumes/media = /mnt/media", "<br>"}


def shown(node: ast.AST, inside: bool = False) -> Iterator[str]:
    """Yield the literals that reach a call that shows text without passing through a translation."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in TRANSLATES:
            return
        yield from shown(node.func, inside and name == "format")
        for child in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from shown(child, name in SHOWS or (inside and name != "format"))
        return
    if (
        inside
        and isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search("[A-Za-z]{2}", node.value)
    ):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from shown(child, inside and not isinstance(node, ast.Lambda))


def test_nothing_is_shown_that_cannot_be_translated() -> None:
    panel = sorted((ROOT / "g4g_plugin" / "panel").rglob("*.py"))
    found = {
        (path.name, text) for path in panel for text in shown(ast.parse(path.read_text("utf-8")))
    }
    assert {(name, text) for name, text in found if text not in NO_WORDS} == set()
    assert list(shown(ast.parse('label.setText(f"{n} clips")'))) == [
        " clips"
    ]  # it can be seen to fail
    assert list(shown(ast.parse('QLabel(self.tr("Clips"))'))) == []


# --- sentences of the rooms below
# --------------------------------------------------------------------------------


def test_words_are_english_text_that_can_be_said_in_german(german: list[QTranslator]) -> None:
    height = triage._height_remark(100.0)
    assert (height.code, height.values) == ("face-small", {"height": 100.0})
    assert (
        height.sentence == "The face is 100 px high: the mouth will be soft. Judge it at full size."
    )
    assert say(height.sentence).startswith("Das Gesicht ist 100 px hoch")
    assert say("any other text") == "any other text"
    inner = QT_TRANSLATE_NOOP("states", "failed")
    assert say(Words("{what}!", "none", "{what}!").filled(what=inner)) == "fehlgeschlagen!"
    copied = pickle.loads(pickle.dumps(height))
    assert say(copied.sentence) == say(height.sentence)
    assert json.loads(json.dumps({"a": height.sentence}))["a"] == height.sentence


def test_every_remark_can_be_said_in_german(german: list[QTranslator]) -> None:
    filled = {
        "gone": 1,
        "faces": 2,
        "covered": 2,
        "looks": 7,
        "height": 50.0,
        "yaw": 40.0,
        "level": -40.0,
        "seconds": 1.5,
        "off": 3,
    }
    for code, sentence in triage.SENTENCES.items():
        said = say(sentence.filled(**filled))
        assert said != str(sentence.filled(**filled)), code
        assert "{" not in said


def test_the_command_line_stays_english() -> None:
    quiet = triage.take_remarks(
        np.full(16_000, 1e-3, np.float32), 16_000, triage.FrameRange(0, 25, 25), "exact"
    )
    assert [str(remark.sentence) for remark in quiet][-1].endswith("silent: the mouth will rest.")
    assert Problem("x", "y").message == "y"


# --- the window
# --------------------------------------------------------------------------------------------------


def test_the_window_speaks_german(deutsch: Window, tmp_path: Path) -> None:
    assert [action.text().replace("&", "") for action in deutsch.menuBar().actions()][:3] == [
        "Datei",
        "Bearbeiten",
        "Take",
    ]
    assert deutsch.docks["queue"].windowTitle() == "Warteschlange"
    assert deutsch.export.button.text() == "Synchronisierte Timeline exportieren"
    assert "kann nicht synchronisiert werden" in deutsch.strip.tip("V1/3")
    assert "ist nicht hier. Binden Sie das Laufwerk ein" in deutsch.strip.tip("V1/3")
    deutsch.take_commands.assign_dropped([("V1/1", write_line(tmp_path / "long.wav", 1.2))])
    until(lambda: "Um 6 Frames länger" in deutsch.takes.off.text())
    deutsch.shot.look.click()
    until(lambda: deutsch.shot.remarks)
    assert "Es wurde kein Gesicht gefunden" in deutsch.shot.lights.text()
    deutsch.export.target.setCurrentIndex(2)
    deutsch.export.target.activated.emit(2)
    assert "Geschwindigkeitsänderungen" in deutsch.export.losses.text()


def test_no_english_is_left_on_the_screen(deutsch: Window) -> None:
    english = {text.replace("&", "") for _, text in messages(GERMAN)} - {
        german.replace("&", "") for german, _ in messages(GERMAN).values()
    }
    texts = set()
    for widget in (deutsch, *deutsch.findChildren(QWidget)):
        for attribute in ("text", "toolTip", "accessibleName", "windowTitle", "placeholderText"):
            read = getattr(widget, attribute, None)
            if callable(read):
                texts.add(str(read()))
    texts |= {action.text().replace("&", "") for action in deutsch.actions_by_name.values()}
    assert len(texts) > 60
    assert texts & english == set()


def test_german_pages_fit_in_their_dock(deutsch: Window) -> None:
    for page in (
        deutsch.takes,
        deutsch.export,
        deutsch.shot,
        deutsch.queue,
        deutsch.clips,
        deutsch.inspector,
    ):
        inside = [
            area.widget()
            for area in page.findChildren(QScrollArea)
            if not isinstance(area, QAbstractItemView)
        ]
        widest = max(widget.minimumSizeHint().width() for widget in (page, *filter(None, inside)))
        assert widest <= PAGES_WIDTH - 15, page  # a scroll bar stands beside it


def test_the_language_is_a_setting_and_qt_follows(window: Window) -> None:
    assert languages() == {"de": "Deutsch", "en": "English"}
    dialog = SettingsDialog(window.document, window)
    assert dialog.language.currentData() == ""  # the system's
    dialog.language.setCurrentIndex(dialog.language.findData("de"))
    dialog.accept()
    assert load_preferences().language == "de"
    assert SettingsDialog(window.document, window).language.currentText() == "Deutsch"


def test_speaking_follows_setting_and_system(german: list[QTranslator]) -> None:
    app = QApplication.instance()
    assert app is not None
    assert len(german) == 2
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert box.buttons()[0].text().replace("&", "") == "Abbrechen"  # Qt's own word
    assert speak(app, "en") == []
    QLocale.setDefault(QLocale("fr_FR"))
    assert speak(app) == []  # no French: English, not half of each
    QLocale.setDefault(QLocale("de_AT"))
    austrian = speak(app)
    assert len(austrian) == 2
    for translator in austrian:
        app.removeTranslator(translator)
    assert QCoreApplication.translate("states", "failed") == "fehlgeschlagen"
    assert (translations() / "g4g_de.qm").stat().st_size < 200_000
