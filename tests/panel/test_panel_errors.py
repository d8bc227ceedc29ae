"""What goes wrong below the panel, said in German: every sentence there is, and a window that shows
them.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any

import pytest
from conftest import open_window, shut, until, write_line
from PySide6.QtCore import QCoreApplication, QTranslator

from g4g_plugin.core.decisions import Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import load_settings, settings_file
from g4g_plugin.core.words import Words
from g4g_plugin.deliver import recipes, refusals, segments
from g4g_plugin.engine import g4g, registry
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import read_take
from g4g_plugin.network.weights import load_weights
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.i18n.sentences import SENTENCES
from g4g_plugin.panel.i18n.words import IN_WINDOW, PASSED_ON, say
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project import doctor, worker
from g4g_plugin.project.job_store import JobStore
from g4g_plugin.timeline.read import open_timeline

ROOT = Path(__file__).parent.parent.parent
# what others say, or what was said already: nothing to be read from the source
OTHERS = {
    "project/doctor.py: answer.stdout.strip() if answer.returncode == 0 else 'the driver does not answer; CPU'",
    "project/doctor.py: ', '.join(found) or 'none'",  # file names
    "project/doctor.py: name",  # of a package
    "project/doctor.py: importlib.metadata.version(name)",
    "project/doctor.py: recipe.encoder",
    # the reasons are gathered where they are made
    "project/doctor.py: 'ready' if e.ready else e.reason",
    "project/service.py: slot.blocked.message",  # a problem: Words
    "project/service.py: event.message",  # an error's own, told again
    "project/service.py: event.hint",
}
# only who teaches or adapts on the command line comes to hear these
TAUGHT = {
    "Run `g4g adapt` again, or dub without --adapt.",
    "Teach one with `g4g train sync`, and give --expert FILE or put it into {models_folder}.",
}
SAME = {
    "GPU",
    "PySide6",
    "PySide6-Essentials",
    "{clip} ({sound}) {problem}",
}  # in German as in English


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(
        "gather_sentences", ROOT / "docs" / "gather_sentences.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


# --- gathered
# ----------------------------------------------------------------------------------------------------


def test_every_sentence_of_the_source_is_gathered(script: ModuleType) -> None:
    sentences, unread = script.Gatherer(script.HOUSE).gather()
    assert script.OUT.read_text("utf-8") == script.written(sentences), (
        "run `just translations`, translate what is new"
    )
    assert set(unread) == OTHERS, "write the sentence where it is raised, or as a constant"
    assert len(sentences) > 300


ROOM = """
from g4g_plugin.core.errors import MediaError, TakeError
from g4g_plugin.core import hints as say
from g4g_plugin.core.hints import AGAIN
FULL = {1: "it is full", 2: "it is shut"}
GONE = QT_TRANSLATE_NOOP("takes", "{path} is gone after {end:.2f} s.")

def plain(path, many):
    held = "a cover" if path else f"only {many} sounds"
    word, hint = ("long", "Cut it.") if many else ("short", "Fill {it}.")
    raise MediaError(f"{path.name} holds {held}.", hint) from None

def table(err, box):
    raise MediaError(f"{box[0]} x {box[1]}: {FULL[err.errno]}.", AGAIN)

def returned(path):
    return TakeError(message="It is " "broken.", hint=say.MORE + " Or not.")

def marked(path):
    raise TakeError(GONE.filled(path=str(path), end=1.0), other())

def given(why, hint):
    raise MediaError(f"Told: {why!r}.", hint)

def caller():
    given("x", "From the caller.")
    raise ValueError("nobody is told of this")
"""


def test_ways_of_writing_a_sentence_are_read(script: ModuleType, tmp_path: Path) -> None:
    for place, text in {
        "core/errors.py": "class G4GError(Exception): ...\nclass MediaError(G4GError): ...\n"
        "class TakeError(G4GError): ...\nclass Cancelled(BaseException): ...",
        "core/hints.py": 'AGAIN = "Again."\nMORE = "More."',
        "media/room.py": ROOM,
        "panel/page.py": 'QT_TRANSLATE_NOOP("actions", "&Open")\nraise MediaError("The panel\'s own.")',
        "training/loop.py": 'raise MediaError("Never shown in a window.")',
    }.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text, "utf-8")
    sentences, unread = script.Gatherer(tmp_path).gather()
    assert {(context, text) for context, text in sentences if text not in script.SYSTEM} == {
        ("errors", "{path} holds a cover."),
        ("errors", "{path} holds only {many} sounds."),
        ("errors", "Cut it."),
        ("errors", "Fill {{it}}."),
        ("errors", "{box} x {box2}: it is full."),
        ("errors", "{box} x {box2}: it is shut."),
        ("errors", "Again."),
        ("errors", "It is broken."),
        ("errors", "More. Or not."),
        ("takes", "{path} is gone after {end:.2f} s."),
        ("errors", "Told: {why}."),
        ("errors", "From the caller."),
        ("errors", "The panel's own."),
    }
    assert unread == ["media/room.py: other()"]


def test_what_the_script_writes_holds_what_it_read(
    script: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    text = script.written([("errors", 'Say "it" \\ so.'), ("takes", "Two\nlines {x:.2f}")])
    held: dict[str, Any] = {}
    exec(compile(text, "sentences.py", "exec"), held)
    assert [(words.context, words.pattern) for words in held["SENTENCES"]] == [
        ("errors", 'Say "it" \\ so.'),
        ("takes", "Two\nlines {x:.2f}"),
    ]


# --- said
# --------------------------------------------------------------------------------------------------------


def filled(pattern: str) -> tuple[str, list[str]]:
    """Fill each place with something of its own."""
    text, values = "", []
    for literal, name, _, _ in Formatter().parse(pattern):
        text += literal
        if name is not None:
            values.append(f"<{name} {len(values)}>")
            text += values[-1]
    return text, values


def test_every_sentence_is_said_in_german_with_what_it_holds(german: list[QTranslator]) -> None:
    for words in SENTENCES:
        text, values = filled(words.pattern)
        said = say(text)
        assert [value for value in values if value not in said] == [], words.pattern
        assert (said == text) == (words.pattern in SAME), words.pattern
        pattern = QCoreApplication.translate(words.context, words.pattern)
        bare, places = filled(pattern)
        for place in places:
            bare = bare.replace(place, "")
        for value in values:
            said = said.replace(value, "")
        assert said == bare, words.pattern  # its own translation, no other's


def test_english_stays_as_it_was_but_for_words_of_the_command_line(qtbot: Any) -> None:
    ours = {words.pattern for words in SENTENCES}
    assert IN_WINDOW.keys() <= ours
    for pattern in ours:
        text, values = filled(pattern)
        if pattern in IN_WINDOW:
            assert [value for value in values if value not in say(text)] == []
        else:
            assert say(text) == text
        asks_for_a_shell = (
            re.search(r"(^|[^-\w])--[a-z]|`g4g (shots|doctor)", pattern)
            and "pip install" not in pattern
        )
        assert bool(asks_for_a_shell) == (pattern in IN_WINDOW) or pattern in TAUGHT, pattern


def test_hints_name_what_the_window_has(qtbot: Any) -> None:
    assert (
        say("Make room or choose another folder with --out.")
        == "Make room or choose another folder."
    )
    hint = next(words for words in SENTENCES if words.pattern.startswith("Give a line of"))
    assert (
        say(hint.filled(seconds=1.25, fit="trim"))
        == "Give a line of 1.25 s, or allow it with the fit “trim”."
    )
    assert say(str(hint.filled(seconds=1.25, fit="trim"))) == say(
        hint.filled(seconds=1.25, fit="trim")
    )


@pytest.mark.parametrize("text", IN_WINDOW)
def test_german_hints_name_it_too(german: list[QTranslator], text: str) -> None:
    assert not re.search(r"--[a-z]|`g4g", say(filled(text)[0]))


def test_what_nobody_knows_stays_as_it_is(german: list[QTranslator]) -> None:
    for text in (
        "",
        "any other text",
        "{path} is a plug-in's own sentence.",
        "The engine",
        "cannot be read.",
    ):
        assert say(text) == text


def test_names_are_not_taken_for_words(german: list[QTranslator]) -> None:
    """A file may be called as a sentence is; only what another said is said anew."""
    assert say("There is no timeline weights.") == "Die Timeline weights gibt es nicht."
    assert say("not installed: x holds no clips.") == "not installed: x enthält keine Clips."
    assert "path" not in PASSED_ON
    full = os.strerror(errno.ENOSPC)
    for reason in (full, full.lower()):
        said = say(f"The session cannot be saved to /a/b: {reason}.")
        assert (
            said == "Die Sitzung kann nicht in /a/b gespeichert werden: der Datenträger ist voll."
        )
    odd = say("The session cannot be saved to /a/b: the moon is full.")
    assert odd == "Die Sitzung kann nicht in /a/b gespeichert werden: the moon is full."
    told = say(
        f"The demo cannot be written to /d: {PermissionError(errno.EACCES, 'Permission denied', '/d/x.wav')}."
    )
    assert told.endswith(
        "/d geschrieben werden: die Zugriffsrechte fehlen (Fehler 13): '/d/x.wav'."
    )


def test_remarks_read_back_from_the_store_are_said_too(german: list[QTranslator]) -> None:
    """The store keeps text alone, where a remark was `Words`; numbers stay as they were written."""
    words = next(words for words in SENTENCES if words.pattern.startswith("The take is {off"))
    remark = words.filled(off=0.5, frames=12.5)
    assert isinstance(remark, Words)
    assert say(str.__str__(remark)) == say(remark)
    assert "0.50 s (12.5 Frames)" in say(str(remark))


# --- what really goes wrong
# --------------------------------------------------------------------------------------


def _no_encoder(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(
        recipes.RECIPES, "prores", replace(recipes.RECIPES["prores"], encoder="nothing_codes_this")
    )
    recipes.check_encoder("prores")


def _full_disk(folder: Path, patch: pytest.MonkeyPatch) -> None:
    with refusals.refused(folder / "dub.mov"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _altered_weights(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "g.safetensors").write_bytes(b"nothing")
    (folder / "g.safetensors.sha256").write_text("0" * 64)
    load_weights(folder / "g.safetensors")


def _no_gpu(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(g4g.torch.cuda, "is_available", lambda: False)
    g4g.choose_device("cuda")


def _broken_take(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "line.wav").write_text("no sound")
    read_take(Take(folder / "line.wav", Fraction(0), Fraction(1)), 16_000)


def _broken_plate(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "plate.mov").write_bytes(b"no pictures" * 99)
    probe(folder / "plate.mov")


def _broken_timeline(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "cut.otio").write_text('{"OTIO_SCHEMA": "Timeline.1", ')
    open_timeline(folder / "cut.otio")


def _broken_settings(folder: Path, patch: pytest.MonkeyPatch) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text("handles = ")
    load_settings()


def _broken_store(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "jobs.sqlite3").write_bytes(b"no database" * 999)
    JobStore(folder / "jobs.sqlite3").rows()


TROUBLES: list[tuple[Callable[[Path, pytest.MonkeyPatch], object], str, str]] = [
    (_no_encoder, "Der Encoder nothing_codes_this fehlt hier.", "Installieren Sie PyAV"),
    (
        _full_disk,
        "dub.mov kann nicht geschrieben werden: Der Datenträger ist voll.",
        "Schaffen Sie Platz",
    ),
    (
        _altered_weights,
        "Die Gewichte g.safetensors wurden verändert",
        "Installieren Sie die Gewichte",
    ),
    (
        lambda folder, _: load_weights(folder / "g"),
        "g liegen keine Gewichte.",
        "Installieren Sie die Gewichte",
    ),
    (_no_gpu, "Kein CUDA-Gerät antwortet.", "Wählen Sie in den Einstellungen das Gerät"),
    (
        lambda *_: registry.open_engine("none", EngineOptions()),
        "Eine Engine namens 'none' gibt es nicht.",
        "Bekannte Engines: ",
    ),
    (_broken_take, "kann nicht als Ton gelesen werden (ungültige Daten)", "Nehmen Sie eine Audio"),
    (_broken_plate, "kann nicht als Film gelesen werden (ungültige Daten)", "Spielen Sie sie ab"),
    (
        lambda folder, _: probe(folder / "x.mov"),
        "x.mov gibt es nicht.",
        "Verknüpfen Sie den Clip neu",
    ),
    (
        _broken_timeline,
        "cut.otio ist beschädigt oder abgeschnitten: ",
        "Exportieren Sie die Timeline noch einmal",
    ),
    (
        lambda folder, _: open_timeline(folder),
        "ist ein Ordner, keine Timeline.",
        "Nehmen Sie die Timeline-Datei",
    ),
    (_broken_settings, "Die Einstellungen in ", ""),
    (_broken_store, "Die Auftragsliste ", "Schaffen Sie Platz"),
]


@pytest.mark.parametrize(("act", "sentence", "hint"), TROUBLES)
def test_what_goes_wrong_is_said_in_german(
    german: list[QTranslator],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Path, pytest.MonkeyPatch], object],
    sentence: str,
    hint: str,
) -> None:
    with pytest.raises(G4GError) as caught:
        act(tmp_path, monkeypatch)
    error = caught.value
    assert sentence in say(error.message)
    assert hint in say(error.hint)
    assert not error.hint or say(error.hint) != error.hint


# --- the window
# --------------------------------------------------------------------------------------------------


def dub(window: Window, clip: str, line: Path) -> None:
    window.take_commands.assign_dropped([(clip, line)])
    window.document.select([clip])
    window.actions_by_name["dub"].trigger()


def happened(window: Window) -> str:
    window.queue.refresh()
    item = window.queue.list.topLevelItem(0)
    return "" if item is None else item.text(2)


MISSING = (
    "Unter /models/mouth.safetensors liegen keine Gewichte. "
    "Installieren Sie die Gewichte noch einmal, oder wählen Sie andere."
)


def test_failed_job_is_told_in_german_and_still_after_a_restart(
    german: list[QTranslator], timeline: Path, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(timeline)
    monkeypatch.setattr(
        worker, "dub_shot", lambda *_: load_weights(Path("/models/mouth.safetensors"))
    )
    dub(window, "V1/1", line)
    until(lambda: window.document.state("V1/1") == "failed")
    assert window.banner.label.text() == f"shot 1: {MISSING}"
    assert window.document.problem("V1/1") == MISSING
    assert MISSING in window.strip.tip("V1/1")
    assert happened(window) == MISSING
    assert not window.queue.trouble.isVisibleTo(window.queue)
    window.queue.list.topLevelItem(0).setSelected(True)
    assert window.queue.trouble.isVisibleTo(window.queue)
    assert window.queue.trouble.text() == MISSING  # whole: the column is narrow
    shut(window)
    again = open_window(timeline)
    assert again.document.problem("V1/1") == MISSING  # the store kept the text alone
    assert happened(again) == MISSING
    shut(again)


def test_missing_codec_is_refused_in_german(
    deutsch: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        recipes.RECIPES, "ffv1", replace(recipes.RECIPES["ffv1"], encoder="nothing_codes_this")
    )
    dub(deutsch, "V1/1", line)
    until(lambda: deutsch.document.state("V1/1") == "failed")
    assert deutsch.banner.label.text().startswith(
        "Der Encoder nothing_codes_this fehlt hier. Installieren Sie PyAV"
    )
    assert "Encoder nothing_codes_this fehlt" in deutsch.strip.tip("V1/1")


def test_full_disk_and_broken_take_are_told_in_german(
    deutsch: Window, faceless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(segments.os, "fsync", full)
    dub(deutsch, "V1/1", write_line(tmp_path / "line.wav", 24 / 25))
    until(lambda: deutsch.document.state("V1/1") == "failed")
    assert (
        "kann nicht geschrieben werden: Der Datenträger ist voll. Schaffen Sie Platz"
        in happened(deutsch)
    )
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    dub(deutsch, "V1/2", broken)
    until(lambda: deutsch.document.state("V1/2") == "failed")
    assert (
        "broken.wav kann nicht als Ton gelesen werden (ungültige Daten). Nehmen Sie"
        in deutsch.banner.label.text()
    )


def test_plate_that_cannot_be_shown_says_so_in_german(deutsch: Window, tmp_path: Path) -> None:
    (tmp_path / "plate2.mkv").write_bytes(b"no pictures" * 99)
    deutsch.document.select(["V1/2"])
    until(lambda: "kann nicht als Film gelesen werden" in deutsch.viewer.canvas.message)


def test_export_that_cannot_be_written_says_so_in_german(
    deutsch: Window, line: Path, faceless: None
) -> None:
    dub(deutsch, "V1/1", line)
    until(lambda: deutsch.document.state("V1/1") == "done")
    assert deutsch.document.session is not None
    deutsch.document.keep(replace(deutsch.document.session, out=line / "dubs"))  # inside a file
    deutsch.export.button.click()
    until(lambda: "kann nicht angelegt werden: " in deutsch.banner.label.text())
    assert deutsch.banner.label.text().endswith(": das ist kein Ordner. Wählen Sie einen anderen.")


def test_doctor_speaks_german_and_reports_in_english(
    deutsch: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "resources", lambda: Path("/nowhere"))
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor, "LEAST_FREE", 1 << 60)
    dialog = DoctorDialog(deutsch.document, deutsch)
    until(lambda: dialog.findings)
    shown = {
        dialog.table.item(row, 0).text().partition(" ")[2]: (
            dialog.table.item(row, 1).text(),
            dialog.table.item(row, 2).text(),
        )
        for row in range(dialog.table.rowCount())
    }
    hint = "Legen Sie die Gewichte in /nowhere/models, oder installieren Sie noch einmal."
    assert shown["Gewichte"] == ("keine", hint)
    assert shown["no-such-package"][0] == "nicht installiert"
    assert shown["no-such-package"][1].startswith("Führen Sie python3")
    assert shown["GPU"] == ("kein NVIDIA-Treiber; es rechnet die CPU", "")
    assert shown["Engine copy"] == ("bereit", "")
    assert "frei für den Zwischenspeicher" in shown["Datenträger"][0]
    assert "Liefern: prores" in shown
    assert "Kerne, Python 3" in shown["Rechner"][0]
    found = {finding["what"]: finding["found"] for finding in json.loads(dialog.text())}
    assert found["weights"] == "none"  # a report is for us
    dialog.close()
    deutsch.greeting.check_machine()
    until(lambda: not deutsch.document.files.busy)
    assert "Gewichte" in deutsch.banner.label.text()
    assert "Datenträger" in deutsch.banner.label.text()


def test_crash_is_told_in_german(
    deutsch: Window, line: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    def bug(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(worker, "dub_shot", bug)
    dub(deutsch, "V1/1", line)
    until(lambda: deutsch.document.state("V1/1") == "failed")
    assert happened(deutsch).endswith("Siehe den Bericht.")
    deutsch.findChild(ReportDialog).close()


def test_longest_sentence_of_a_failed_job_is_read_whole_on_a_laptop(
    deutsch: Window, line: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "dub_shot", lambda *_: _broken_plate(tmp_path, monkeypatch))
    deutsch.resize(960, 540)  # 1920 x 1080 at 200 %
    dub(deutsch, "V1/1", line)
    until(lambda: deutsch.document.state("V1/1") == "failed")
    deutsch.docks["queue"].raise_()
    deutsch.queue.list.topLevelItem(0).setSelected(True)
    trouble = deutsch.queue.trouble
    until(
        lambda: trouble.isVisible() and trouble.height() >= trouble.heightForWidth(trouble.width())
    )
    assert trouble.text().endswith("kopieren Sie sie noch einmal.")
    assert deutsch.height() <= 540
    assert deutsch.queue.list.height() > 30
    deutsch.queue.list.clearSelection()
    assert not trouble.isVisible()
    assert deutsch.queue.summary.isVisible()
