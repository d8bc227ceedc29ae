"""State that is not as we write it now: what G4G 0.1 wrote (a project and a job store, made by its
own code; a session: test_service.py), what a newer one did, and what was damaged.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.decisions import FaceChoice, Line, Take
from g4g_plugin.project.job_store import JobStore
from g4g_plugin.project.journal import journal_file
from g4g_plugin.project.project import open_project, save_project
from g4g_plugin.timeline.write import revert

HERE = Path(__file__).parent
LINE = Line(
    Take(Path("/takes/line.wav"), Fraction(1, 5), Fraction(2, 5), 1, "line"),
    FaceChoice(96.0, 72.0, 3),
)


@pytest.fixture
def old_project(tmp_path: Path) -> Path:
    path = tmp_path / "cut.g4g.otio"
    path.write_bytes((HERE / "cut-0.1.g4g.otio").read_bytes())
    return path


@pytest.fixture
def old_store(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((HERE / "jobs-0.1.sql").read_text("utf-8"))
    return path


def test_a_project_of_before_is_read(old_project: Path) -> None:
    _, project = open_project(old_project)
    assert project.problems == ()
    assert {clip: len(stack) for clip, stack in project.versions.items()} == {"V1/1": 2, "V1/2": 1}
    first, second = project.versions["V1/1"]
    assert (first.decisions.lines, first.decisions.fit) == ((LINE,), "pad")
    assert (first.dub.frames_dubbed, first.dub.frames_kept) == (9, 1)
    assert first.dub.sync == {"confidence_before": 5.25, "confidence_after": 4.5}
    assert second.dub.unjudged == {"before": "No sound."}
    assert project.version("V1/1") == second


def test_a_clip_of_a_project_of_before_is_put_back(old_project: Path, tmp_path: Path) -> None:
    written = revert(old_project, "V1/1", tmp_path / "out")
    _, project = open_project(written.project)
    assert project.version("V1/1") is None
    assert len(project.versions["V1/1"]) == 2


def test_jobs_of_before_are_upgraded(old_store: Path) -> None:
    store = JobStore(old_store)
    rows = store.rows()
    assert store.problems == []
    assert [row.state for row in rows] == ["done", "queued", "failed", "running"]
    assert rows[0].job.shot.lines == (LINE,)
    assert (rows[0].job.options.strength, rows[0].job.options.device) == (1.5, "cpu")
    assert rows[0].dub is not None
    assert rows[0].dub.media.name == "1.g4g-dub-v001.mov"
    assert rows[2].message == "The plate is gone."
    again = JobStore(old_store)
    assert again.rows() == rows
    assert [again.get(row.job.id) for row in rows] == rows  # under the ids they have now
    assert [row.job for row in again.recover()] == [rows[1].job, rows[3].job]
    assert again.problems == []


def test_of_a_damaged_journal_only_what_is_damaged_is_lost(old_project: Path) -> None:
    journal = journal_file(old_project)
    decided = {"lines": [to_plain(LINE)], "settings": {}, "ranges": [], "of tomorrow": 1}
    damaged = decided | {"lines": [to_plain(LINE) | {"at": "x"}]}
    written = {"schema": 2, "out": None, "chosen": {"V1/1": 3, "V1/2": ""}, "mood": "sad"}
    written["decisions"] = {"V1/1": damaged, "V1/2": decided}
    journal.write_text(json.dumps(written))
    _, project = open_project(old_project)
    assert project.decisions["V1/2"].lines == (LINE,)
    assert project.version("V1/2") is None
    assert "V1/1" not in project.decisions
    (problem,) = project.problems
    assert str(journal) in problem
    assert "decisions.V1/1.lines[0].at is text, not a whole number" in problem
    assert "chosen.V1/1 is a whole number, not text" in problem
    aside = journal.with_name(f"{journal.name}.damaged")
    assert json.loads(aside.read_text()) == written
    assert open_project(old_project)[1].problems == ()
    assert open_project(old_project)[1].decisions == project.decisions


def test_keys_of_a_newer_version_stay_in_a_journal(old_project: Path) -> None:
    journal = journal_file(old_project)
    decided = {"lines": [to_plain(LINE)], "settings": {"relight": 1}, "ranges": []}
    journal.write_text(json.dumps({"schema": 2, "decisions": {"V1/2": decided}, "mood": "sad"}))
    _, project = open_project(old_project)
    save_project(project.assign({"V1/2": project.decisions["V1/2"].with_line(at=7)}))
    kept = json.loads(journal.read_text())
    assert (kept["mood"], kept["decisions"]["V1/2"]["settings"]["relight"]) == ("sad", 1)
    assert kept["decisions"]["V1/2"]["lines"][0]["at"] == 7


def test_wrong_types_in_a_project_are_named_and_kept(old_project: Path, tmp_path: Path) -> None:
    value = json.loads(old_project.read_text())
    first, second = value["tracks"]["children"][0]["children"]
    first["metadata"]["g4g"]["dubs"]["g4g-dub-v001"]["shot"]["lines"] = [{"at": "x"}]
    second["metadata"]["g4g"]["dubs"] = 3
    old_project.write_text(json.dumps(value))
    _, project = open_project(old_project)
    assert [version.key for version in project.versions["V1/1"]] == ["g4g-dub-v002"]
    said = " ".join(project.problems)
    assert f"V1/1 in {old_project}" in said
    assert "dubs.g4g-dub-v001.shot.lines[0]" in said
    assert f"V1/2 in {old_project} cannot be read whole: dubs" in said
    written = revert(old_project, "V1/1", tmp_path / "out")
    kept = json.loads(written.project.read_text())["tracks"]["children"][0]["children"]
    assert "g4g-dub-v001" in kept[0]["metadata"]["g4g"]["dubs"]
    assert kept[1]["metadata"]["g4g"]["dubs"] == 3
