"""What G4G 0.1 wrote is read: a project and a job store, made by its own code (a session:
test_service.py).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from g4g_plugin.core.decisions import FaceChoice, Line, Take
from g4g_plugin.project.job_store import JobStore
from g4g_plugin.project.project import open_project
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
