"""What goes wrong below the panel, said in German: every sentence there is, and a window that shows
them.
"""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false,
# reportAttributeAccessIssue=false
from __future__ import annotations

import errno
import json
import logging
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from conftest import open_window, shut, until, write_line
from PySide6.QtCore import QCoreApplication, QTranslator

from g4g_plugin.cli import phrases
from g4g_plugin.core import weight_files
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.decisions import Take
from g4g_plugin.core.errors import (
    DeliverError,
    EngineError,
    FarmError,
    G4GError,
    TakeError,
    TimelineError,
)
from g4g_plugin.core.settings import load_settings, settings_file
from g4g_plugin.core.words import PHRASES, tr
from g4g_plugin.deliver import recipes, refusals
from g4g_plugin.engine import g4g, registry
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import read_take
from g4g_plugin.network.weights import load_weights
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.report_dialog import ReportDialog
from g4g_plugin.panel.i18n import words
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.shell.window import Window
from g4g_plugin.project import doctor, worker
from g4g_plugin.project.job_store import JobStore
from g4g_plugin.timeline.read import open_timeline

ROOT = Path(__file__).parent.parent.parent
SAME = {  # in German as in English
    *(
        "Engine",
        "Renderer",
        "GPU",
        "MIT, LICENSE-speech.txt",
        "{key}: {reason}",
        "{clip}: {why}",
        "{one} {other}",
        "{clip} ({sound}) {problem}",
    ),
}
ONLY_PHRASES = re.compile(r"({@\w+})\.$")


def sentences() -> list[str]:
    """Return the patterns of every sentence of the rooms below the panel."""
    root = ElementTree.parse(ROOT / "resources" / "translations" / "g4g_de.ts").getroot()
    context = next(context for context in root.iter("context") if not context.findtext("name"))
    return [message.findtext("source", "") for message in context.iter("message")]


# --- said
# --------------------------------------------------------------------------------------------------------


def values_of(pattern: str) -> dict[str, Any]:
    """Return a value of its own for each place of a pattern, phrases of the face aside."""
    places = [(name, spec) for _, name, spec, _ in Formatter().parse(pattern) if name is not None]
    return {
        name: 17.25 if spec else f"<{name}>" for name, spec in places if not name.startswith("@")
    } | ({"fit": "trim"} if "{@choose_fit}" in pattern else {})


def test_every_sentence_is_said_in_german_with_what_it_holds(german: list[QTranslator]) -> None:
    patterns = sentences()
    assert len(patterns) > 350
    for pattern in patterns:
        values = values_of(pattern)
        said = say(tr(pattern).filled(**values))
        assert [v for v in values.values() if isinstance(v, str) and v not in said] == [], pattern
        assert not re.search(r"[{}]", said), pattern
        translated = QCoreApplication.translate("", pattern)
        assert (translated == pattern) == (pattern in SAME or bool(ONLY_PHRASES.match(pattern)))


def test_english_stays_as_it_was_but_for_phrases_of_the_window(qtbot: Any) -> None:
    for pattern in sentences():
        words = tr(pattern).filled(**values_of(pattern))
        if "{@" not in pattern:
            assert say(words) == str(words)
        shell = re.search(r"(^|[^-\w])--[a-z]|`g4g (shots|doctor)", pattern)
        assert shell is None or "pip install" in pattern, pattern


def test_hints_name_what_each_face_has(qtbot: Any) -> None:
    error = DeliverError("{out} is there.", tr("Make room, or {@choose_folder}."), out=Path("/x"))
    assert str(error) == "/x is there."
    assert error.hint == "Make room, or choose another folder."
    assert say(error.hint) == "Make room, or choose another folder."
    assert error.hint.worded(phrases.PHRASES) == "Make room, or choose another folder with --out."
    fit = TakeError("It is long.", tr("{@choose_fit}."), fit="trim").hint
    assert say(fit) == "Choose the fit “trim”."
    assert fit.worded(phrases.PHRASES) == "Allow it with --fit trim."


def test_every_face_has_a_phrase_for_every_thing_to_do() -> None:
    assert PHRASES.keys() == phrases.PHRASES.keys() == words.PHRASES.keys()
    used = set(re.findall(r"{@(\w+)}", "".join(sentences())))
    assert used == PHRASES.keys()


def test_what_nobody_knows_stays_as_it_is(german: list[QTranslator]) -> None:
    for text in ("", "any other text", "{path} is a plug-in's own.", "{", "{}", "a {{b}}", "{0:z}"):
        assert say(text) == text
        assert str(EngineError(text)) == text
        assert say(EngineError(text).message) == text


def test_names_are_not_taken_for_words(german: list[QTranslator]) -> None:
    """A file may be called as a sentence is; only what another said is said anew."""
    gone = TimelineError("There is no timeline {path}.", path="weights")
    assert say(gone.message) == "Die Timeline weights gibt es nicht."
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    pattern = "{target} cannot be written: {err}."
    said = say(FarmError(pattern, target="/a/b", err=full).message)
    assert said == "/a/b kann nicht geschrieben werden: der Datenträger ist voll."
    odd = say(FarmError(pattern, target="/a/b", err=ValueError("the moon is full.")).message)
    assert odd == "/a/b kann nicht geschrieben werden: the moon is full."
    inner = say(FarmError(pattern, target="/a/b", err=gone).message)
    assert inner.endswith("geschrieben werden: Die Timeline weights gibt es nicht..")


# --- what really goes wrong
# --------------------------------------------------------------------------------------


def _no_encoder(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(CODECS.own, "prores", replace(CODECS.own["prores"], encoder="nothing_codes_this"))
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
    store = JobStore(folder / "jobs.sqlite3")
    (folder / "jobs.sqlite3").write_bytes(b"no database" * 999)
    store.rows()


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
    (_broken_store, "Die Auftragsliste ", "Fangen Sie noch einmal an"),
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
    "Installieren Sie die Gewichte noch einmal, oder wählen Sie im Inspektor andere Gewichte."
)


def test_failed_job_is_told_in_german_and_still_after_a_restart(
    german: list[QTranslator], timeline: Path, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(timeline)
    monkeypatch.setattr(
        worker, "dub_shot", lambda *_, **__: load_weights(Path("/models/mouth.safetensors"))
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
    assert again.document.problem("V1/1") == MISSING  # the store keeps pattern and values
    assert happened(again) == MISSING
    shut(again)


def test_missing_codec_is_refused_in_german(
    deutsch: Window, line: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        CODECS.own, "ffv1", replace(CODECS.own["ffv1"], encoder="nothing_codes_this")
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

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
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
    until(lambda: not deutsch.document.files.busy)
    service = deutsch.document.service
    service.project = replace(service.project, out=line / "dubs")  # inside a file
    deutsch.export.button.click()
    until(lambda: "kann nicht geschrieben werden: " in deutsch.banner.label.text())
    assert "das ist kein Ordner" in deutsch.banner.label.text()


def test_doctor_speaks_german_and_reports_in_english(
    deutsch: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_files, "resources", lambda: Path("/nowhere"))
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
    assert shown["Gewichte"][0] == "keine"
    assert shown["Gewichte"][1].startswith("Legen Sie mouth.safetensors, ")
    assert shown["Gewichte"][1].endswith("in /nowhere/models, oder installieren Sie noch einmal.")
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
    monkeypatch.setattr(worker, "dub_shot", lambda *_, **__: _broken_plate(tmp_path, monkeypatch))
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
