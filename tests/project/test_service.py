"""One project under two faces: the same decisions, versions and results, by content, never lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.errors import FarmError, G4GError, TimelineError
from g4g_plugin.core.settings import Settings, cache_dir
from g4g_plugin.project.batch import DubbedTimeline, Order, Request, dub_timeline
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.journal import journal_file, own_journal_file, session_file
from g4g_plugin.project.ownership import LOCK_FILE, owned
from g4g_plugin.project.project import open_project
from g4g_plugin.project.service import Service

HOUR = 90_000
COUNT = 10
PATIENCE = 60
COPY = ShotSettings(engine="copy", codec="ffv1", fit="pad")


@pytest.fixture
def cut(draw_plate, draw_timeline) -> Path:
    """Three clips, each of its own plate."""
    names = ("a", "b", "c")
    plates = [draw_plate(f"{name}.mov", COUNT) for name in names]
    clips = [(n, p, HOUR, COUNT, HOUR, COUNT) for n, p in zip(names, plates, strict=True)]
    return draw_timeline(clips)


@pytest.fixture
def line(draw_tone) -> Path:
    return draw_tone("line.wav", COUNT / 25)


def say(audio: Path, settings: ShotSettings = COPY) -> Decisions:
    return Decisions((Line(Take(audio, label="line")),), settings)


def order(cut: Path, out: Path, audio: Path, *clips: str) -> Order:
    asked = tuple(Request(clip, say(audio).lines, COPY) for clip in clips)
    return Order(cut, out, asked)


def dub(cut: Path, out: Path, audio: Path, *clips: str) -> DubbedTimeline:
    return dub_timeline(order(cut, out, audio, *clips), Settings(), cache_dir())


def by_panel(cut: Path, out: Path, decided: dict[str, Decisions]) -> Service:
    """Dub as the panel does: verb by verb."""
    service = Service(Settings(), cache_dir())
    service.open(cut, out)
    service.assign(decided)
    plan = service.plan()
    assert not plan.refused
    service.enqueue(plan.jobs)
    ended = 0
    while ended < len(plan.jobs):
        ended += sum(event.kind == "finished" for event in service.drain(timeout=PATIENCE))
    service.deliver()
    service.close()
    return service


def test_both_faces_write_the_same_project(cut: Path, line: Path, tmp_path: Path) -> None:
    dub(cut, tmp_path / "shell", line, "V1/1", "V1/3")
    by_panel(cut, tmp_path / "panel", {"V1/1": say(line), "V1/3": say(line)})
    texts = []
    for face in ("shell", "panel"):
        project = json.loads((tmp_path / face / "cut.g4g.otio").read_text())
        for clip in project["tracks"]["children"][0]["children"]:
            for version in clip["metadata"].get("g4g", {}).get("dubs", {}).values():
                assert len(version.pop("media_digest")) == 64  # two encodings differ in their bytes
                assert version.pop("made")
        texts.append(json.dumps(project, indent=1).replace(f"/{face}/", "/out/"))
    assert texts[0] == texts[1]


def test_a_version_says_how_it_was_made_and_is_dubbed_again_from_it(
    cut: Path, line: Path, tmp_path: Path
) -> None:
    ranges = (RangeSetting(2, 5, "keep", ramp=1),)
    asked = replace(COPY, strength=1.5, lip_offset=-1, keep_expression=0.25, fit="trim")
    face = FaceChoice(50, 60, 3)
    lines = (Line(Take(line, Fraction(1, 25), channel=0, label="line"), None, 2),)
    decided = Decisions(lines, asked, ranges)
    by_panel(cut, tmp_path / "out", {"V1/2": decided})
    _, project = open_project(tmp_path / "out" / "cut.g4g.otio")
    assert project.decisions == {"V1/2": decided}
    (version,) = project.versions["V1/2"]
    assert version.key == "g4g-dub-v001"
    assert not version.missing
    assert project.version("V1/2") == version
    assert (version.decisions.settings, version.decisions.ranges) == (asked, ranges)
    assert version.decisions.lines[0].at == 2
    assert version.dub.origin is not None
    assert len(version.dub.origin.plate) == len(version.dub.origin.takes[0]) == 64
    assert not project.stale("V1/2")
    assert project.assign({"V1/2": decided.with_line(face=face)}).stale("V1/2")
    assert project.assign({"V1/2": decided.with_settings(strength=1.0)}).stale("V1/2")

    like = Order(cut, tmp_path / "out", (Request("V1/2", like="v001"),))
    again = dub_timeline(like, Settings(), cache_dir()).dubs[0]
    assert again.media.name == "b.g4g-dub-v002.mkv"
    assert replace(again.shot, name="") == replace(version.dub.shot, name="")
    assert again.origin == version.dub.origin
    wrong = Order(cut, tmp_path / "out", (Request("V1/2", like="v007"),))
    with pytest.raises(TimelineError, match="no version v007"):
        dub_timeline(wrong, Settings(), cache_dir())


def frames(media: Path) -> np.ndarray:
    with av.open(str(media)) as movie:
        return np.stack([frame.to_ndarray(format="gray") for frame in movie.decode(video=0)])


@pytest.mark.parametrize("changed", ["plate", "take"])
def test_what_was_made_of_other_content_is_never_delivered(
    cut: Path, line: Path, tmp_path: Path, draw_plate, draw_tone, changed: str
) -> None:
    """A run ends after its first shot; a file changes under its name; the same order again."""
    out = tmp_path / "out"
    service = Service(Settings(), cache_dir())
    service.open(cut, out)
    service.assign({"V1/1": say(line)})
    service.enqueue(service.plan().jobs)
    while not any(event.kind == "finished" for event in service.drain(timeout=PATIENCE)):
        pass
    assert service.worker is not None
    service.worker.close()  # and no more: what it made stands in no timeline
    old = out / "a.g4g-dub-v001.mkv"
    was = frames(old)
    if changed == "plate":
        draw_plate("a.mov", COUNT, picture=lambda n: np.full((144, 192, 3), 9 * n, np.uint8))
    else:
        shutil.copy(draw_tone("other.wav", COUNT / 25, 700), line)
    done = dub(cut, out, line, "V1/1", "V1/3")
    media = [made.media for made in done.dubs]
    assert sorted(out.glob("*.mkv")) == sorted(media)
    if changed == "plate":
        assert np.abs(frames(media[0]).astype(int) - was).mean() > 20
        assert np.abs(frames(media[0]).astype(int) - frames(tmp_path / "a.mov")).max() <= 1
    takes = {made.origin.takes[0] for made in done.dubs if made.origin is not None}
    assert len(takes) == 1
    _, project = open_project(done.written.project)
    assert [v.media for v in project.versions["V1/1"]] == [media[0]]


def test_what_a_dead_run_had_finished_is_in_the_next_run_s_timeline(
    cut: Path, line: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    service = Service(Settings(), cache_dir())
    service.open(cut, out)
    service.assign({"V1/1": say(line)})
    service.enqueue(service.plan().jobs)
    while not any(event.kind == "finished" for event in service.drain(timeout=PATIENCE)):
        pass
    assert service.worker is not None
    service.worker.close()
    done = dub(cut, out, line, "V1/3")
    _, project = open_project(done.written.project)
    assert {clip: len(stack) for clip, stack in project.versions.items()} == {"V1/1": 1, "V1/3": 1}
    assert not list((cache_dir() / "jobs").glob("*"))


def test_a_take_that_changes_while_the_shot_waits_is_told(
    cut: Path, line: Path, tmp_path: Path, draw_tone
) -> None:
    service = Service(Settings(), cache_dir())
    service.open(cut, tmp_path / "out")
    service.assign({"V1/1": say(line)})
    plan = service.plan()
    shutil.copy(draw_tone("other.wav", COUNT / 25, 700), line)
    service.enqueue(plan.jobs)
    events = []
    while not {"failed", "finished"} & {event.kind for event in events}:
        events += service.drain(timeout=PATIENCE)
    assert next(e for e in events if e.kind == "failed").message.startswith("line.wav changed")
    assert not list((tmp_path / "out").glob("*.mkv"))
    service.close()


def test_one_bad_clip_does_not_stop_the_others(cut: Path, line: Path, tmp_path: Path) -> None:
    (tmp_path / "b.mov").write_bytes(b"no movie")
    done = dub(cut, tmp_path / "out", line, "V1/1", "V1/2", "V1/3")
    assert [made.shot.clip for made in done.dubs] == ["V1/1", "V1/3"]
    assert list(done.failed) == ["V1/2"]
    assert done.written.project.is_file()
    with pytest.raises(G4GError):
        dub(cut, tmp_path / "none", line, "V1/2")
    assert not (tmp_path / "none").exists()


OWNER = (
    "import sys, time; from pathlib import Path; from g4g_plugin.project.ownership import owned\n"
    "with owned(Path(sys.argv[1])): print('mine', flush=True); time.sleep(float(sys.argv[2]))"
)


def owner(folder: Path, seconds: float) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", OWNER, str(folder), str(seconds)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_folder_has_one_owner_and_a_dead_one_lets_it_go(tmp_path: Path) -> None:
    other = owner(tmp_path, 600)
    with pytest.raises(FarmError, match=f"process {other.pid}, since"), owned(tmp_path):
        pass
    other.kill()
    other.communicate()
    assert (tmp_path / LOCK_FILE).exists()  # it had no time to clean up
    with owned(tmp_path), owned(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_an_owner_is_waited_for_where_asked(tmp_path: Path) -> None:
    other = owner(tmp_path, 1.0)
    looks: list[int] = []
    with owned(tmp_path, wait=True, waiting=lambda: looks.append(1)):
        other.communicate()
    assert looks


def test_decisions_wait_in_a_journal_beside_the_timeline(
    cut: Path, line: Path, tmp_path: Path
) -> None:
    service = Service(Settings(), cache_dir())
    service.open(cut, tmp_path / "out")
    before = service.assign({"V1/1": say(line), "V1/2": say(line)})
    assert before == {"V1/1": None, "V1/2": None}
    undo = service.change(["V1/2"], strength=0.5)
    service.assign(undo)
    service.set_ranges("V1/1", [RangeSetting(0, 3, "shut")])
    service.move_to(tmp_path / "elsewhere")
    service.save()
    service.close()
    _, project = open_project(cut)
    assert project.out == tmp_path / "elsewhere"
    assert project.decisions["V1/2"] == say(line)
    assert project.decisions["V1/1"].ranges == (RangeSetting(0, 3, "shut"),)
    journal_file(cut).write_text(journal_file(cut).read_text()[:200])
    _, project = open_project(cut)
    assert project.decisions == {}
    assert "set aside" in project.problems[0]
    assert journal_file(cut).with_name(f"{journal_file(cut).name}.damaged").is_file()


def test_the_journal_lies_in_the_user_s_folder_where_the_timeline_s_cannot_be_written(
    cut: Path, line: Path, tmp_path: Path
) -> None:
    journal_file(cut).mkdir()  # root may write everywhere: a folder in its place stops even root
    service = Service(Settings(), cache_dir())
    service.open(cut)
    service.assign({"V1/1": say(line)})
    service.save()
    assert own_journal_file(cut).is_file()
    _, project = open_project(cut)
    assert list(project.decisions) == ["V1/1"]


def old_session(cut: Path, out: Path, line: Path, media: Path) -> dict[str, object]:
    """Return what G4G 0.1 kept of a timeline, from the sample beside this test."""
    sample = Path(__file__).with_name("session-0.1.json").read_text("utf-8")
    places = {"CUT": cut, "OUT": out, "LINE": line, "MEDIA": media, "PLATE": cut.parent / "a.mov"}
    for name, path in places.items():
        sample = sample.replace(f"@{name}@", str(path))
    return json.loads(sample)


def test_a_session_of_before_is_read_and_its_versions_reach_the_project(
    cut: Path, line: Path, tmp_path: Path, make_media: Callable[[], Path]
) -> None:
    media = make_media()
    old = session_file(cut)
    old.parent.mkdir(parents=True)
    old.write_text(json.dumps(old_session(cut, tmp_path / "dubs", line, media)))
    service = Service(Settings(), cache_dir())
    project = service.open(cut)
    assert project.out == tmp_path / "dubs"
    assert project.decisions["V1/1"] == Decisions(
        (Line(Take(line, label="line"), FaceChoice(96.0, 72.0, 0)),), ShotSettings(fit="pad")
    )
    service.save()
    assert not old.exists()
    service.deliver()
    _, project = open_project(tmp_path / "dubs" / "cut.g4g.otio")
    (version,) = project.versions["V1/1"]
    assert version.media == media
    assert (version.dub.engine, version.dub.origin, version.dub.frames_dubbed) == ("g4g", None, 10)
    assert version.decisions.take.audio == line


@pytest.fixture
def make_media(tmp_path: Path, draw_plate) -> Callable[[], Path]:
    def make() -> Path:
        (tmp_path / "dubs").mkdir()
        return shutil.copy(draw_plate("made.mov", COUNT), tmp_path / "dubs" / "a.g4g-dub-v001.mov")

    return make


def test_a_service_shows_what_the_command_line_delivered(
    cut: Path, line: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    dub(cut, out, line, "V1/1")
    dub(cut, out, line, "V1/1")
    service = Service(Settings(), cache_dir())
    project = service.open(out / "cut.g4g.otio")
    assert project.out == out
    assert [made.media.name for made in project.versions["V1/1"]] == [
        "a.g4g-dub-v001.mkv",
        "a.g4g-dub-v002.mkv",
    ]
    assert project.version("V1/1") == project.versions["V1/1"][1]
    assert project.decisions["V1/1"].take.audio == line
    assert not project.stale("V1/1")
    service.close()
