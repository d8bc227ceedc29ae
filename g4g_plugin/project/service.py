"""The verbs of a project: plan, check, enqueue, cancel, deliver, revert, relink, export.

Command line, panel, and whatever comes later call these and nothing below. A `Service` serves one
open project; every verb may be called from any thread, one at a time.

    service = Service(settings, cache_dir())
    service.open(timeline)                       # or open(timeline, out)
    before = service.assign({"V1/2": say_line(file)})   # what it was: undo is assign(before)
    service.change(["V1/2"], strength=1.3)       # settings of clips that have a line
    service.set_ranges("V1/2", [RangeSetting(10, 20, "shut")])
    plan = service.plan(["V1/2"])                # jobs, and by clip what was refused
    service.enqueue(plan.jobs)                   # runs in a thread of its own
    for event in service.drain(): ...            # from a timer; no Qt, no callbacks
    service.deliver()                            # finished dubs into project and delivery copy
    service.save()                               # what is not delivered, into the journal
    service.close()

`service.project` is a frozen snapshot (`project/project.py`): decisions, versions, chosen.
`assign`, `change`, `set_ranges`, `choose`, `drop` and `judge` make another one and return nothing
or the undo data; nothing is written before `save` or `deliver`.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from g4g_plugin.core.controls import controls
from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.decisions import RangeSetting, ShotSettings
from g4g_plugin.core.errors import DeliverError, EngineError, G4GError, TakeError, TimelineError
from g4g_plugin.core.settings import Settings
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.delivery import recover
from g4g_plugin.deliver.encode import check_encoder
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.registry import open_engine
from g4g_plugin.project.adaptation import Fitting, adapt_folder, find_adaptation
from g4g_plugin.project.decisions import Changes, Decisions
from g4g_plugin.project.engine_pool import OpenEngine
from g4g_plugin.project.identity import changed_files, origin_of
from g4g_plugin.project.job_store import Job, JobRow, JobStore
from g4g_plugin.project.journal import has_journal
from g4g_plugin.project.own_sound import own_sound
from g4g_plugin.project.ownership import owned
from g4g_plugin.project.planning import plan_shot
from g4g_plugin.project.project import Project, changes_of, open_edit, open_project, save_project
from g4g_plugin.project.versions import read_record
from g4g_plugin.project.worker import Event, Worker, take_back
from g4g_plugin.timeline.edit import Edit
from g4g_plugin.timeline.write import Written, write_project


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be dubbed, what cannot and why, and what `adapt` uses for each clip it was asked
    for.
    """

    jobs: tuple[Job, ...] = ()
    refused: dict[str, G4GError] = field(default_factory=dict)
    adapted: tuple[Fitting, ...] = ()


class Service:
    """One open project and the worker that dubs for it."""

    def __init__(
        self,
        settings: Settings,
        cache: Path,
        engines: OpenEngine = open_engine,
        own_only: bool = False,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            settings: the user's: device, threads, path map.
            cache: folder of what can be made again.
            engines: opens an engine by its name.
            own_only: work on what is enqueued here, not on what an earlier session left queued.
        """
        self.settings = settings
        self.project: Project | None = None
        self.edit: Edit | None = None
        self.worker: Worker | None = None
        self.finished: dict[str, tuple[Dub, ...]] = {}  # by clip, in no project file yet
        self.cache = cache
        self._engines = engines
        self._own_only = own_only
        self._jobs: dict[str, Job] = {}
        self._lock = threading.RLock()

    # The project

    def open(self, timeline: Path, out: Path | None = None) -> Project:
        """Open a timeline or a project with all that is decided and was delivered.

        Raises:
            G4GError: it cannot be read, or its journal or store cannot.
        """
        with self._lock:
            self.edit, project = open_project(timeline, out, self.settings.path_map)
            folder = os.path.realpath(project.out)
            name = hashlib.sha256(os.fsencode(f"{folder}{os.sep}{self.edit.name}")).hexdigest()
            store = JobStore(self.cache / "jobs" / f"{name[:16]}.sqlite3")
            self.worker = Worker(store, self.cache, self._engines, self._own_only)
            self.project = replace(project, problems=(*project.problems, *store.problems))
            self.finished, self._jobs = {}, {}
            return self.project

    def _open(self) -> tuple[Edit, Project, Worker]:
        if self.edit is None or self.project is None or self.worker is None:
            raise TimelineError("No timeline is open.", tr("Open one first."))
        return self.edit, self.project, self.worker

    def assign(self, changes: Changes) -> dict[str, Decisions | None]:
        """Decide about clips (None: nothing any more); returns what undoes it."""
        with self._lock:
            _, project, _ = self._open()
            self.project = project.assign(changes)
            return project.before(changes)

    def change(self, clips: Sequence[str], **settings: Any) -> dict[str, Decisions | None]:
        """Change settings of clips that have a line; returns what undoes it.

        Raises:
            ValueError: a value that there is not.
        """
        _, project, _ = self._open()
        given = {clip: project.decisions[clip] for clip in clips if clip in project.decisions}
        return self.assign({clip: old.with_settings(**settings) for clip, old in given.items()})

    def set_ranges(self, clip: str, ranges: Sequence[RangeSetting]) -> dict[str, Decisions | None]:
        """Give a clip that has a line other ranges; returns what undoes it."""
        _, project, _ = self._open()
        return self.assign({clip: replace(project.decisions[clip], ranges=tuple(ranges))})

    def move_to(self, out: Path) -> Project:
        """Deliver into another folder from now on; decisions go along.

        Raises:
            G4GError: the project there is of another version of the timeline.
        """
        with self._lock:
            decisions = self._open()[1].decisions
            self.open(self._open()[1].timeline, out)
            self.project = replace(self._open()[1].assign(decisions), journaled=True)
            return self.project

    def choose(self, clip: str, index: int) -> None:
        """Use a version of a clip; -1 is the original picture."""
        with self._lock:
            self.project = self._open()[1].choose(clip, index)

    def drop(self, clip: str, index: int) -> None:
        """Forget a version; its file stays."""
        with self._lock:
            self.project = self._open()[1].drop(clip, index)

    def judge(self, clip: str, index: int, verdict: str) -> None:
        """Keep what the editor says of a version."""
        with self._lock:
            self.project = self._open()[1].judge(clip, index, verdict)

    def save(self) -> None:
        """Keep what is not delivered in the journal.

        Raises:
            FarmError: it cannot be written.
        """
        with self._lock:
            save_project(self._open()[1])

    # Planning

    def plan(self, clips: Sequence[str] | None = None) -> Plan:
        """Turn what is decided about clips (None: all decided ones) into jobs.

        A clip that cannot be dubbed is refused, with its reason; the others go on. Nothing is
        analysed before engine, encoder, plate and takes were looked at.
        """
        edit, project, _ = self._open()
        wanted = list(project.decisions) if clips is None else list(clips)
        plan = Plan()
        for clip in wanted:
            try:
                decided = _decided(project, clip)
                check_settings(decided.settings)
                shot = plan_shot(edit.slot(clip), decided)
                job, adapted = self._job(shot, decided.settings, project)
            except G4GError as error:
                error.shot = error.shot or clip
                plan.refused[clip] = error
            else:
                fitted = (*plan.adapted, *([adapted] if adapted is not None else []))
                plan = replace(plan, jobs=(*plan.jobs, job), adapted=fitted)
        return plan

    def _job(
        self, shot: Shot, settings: ShotSettings, project: Project
    ) -> tuple[Job, Fitting | None]:
        options = engine_options(settings, self.settings)
        fitting = None
        if settings.adapt:
            assert self.edit is not None
            places = (project.out, project.timeline.parent)
            fitting = find_adaptation([adapt_folder(self.edit.name, p) for p in places], shot)
            options = fitting.options(options)
        origin = origin_of(shot, settings, options.adapt_digest)
        job = Job(shot, project.out, settings.engine, options, settings.codec, origin)
        # as it is read from the store: a whole number where a float stands has another id
        return from_plain(Job, to_plain(job)), fitting

    # Work

    def enqueue(self, jobs: Sequence[Job]) -> None:
        """Queue jobs and begin; what a killed run had finished of them is not done again.

        Raises:
            G4GError: the folder cannot be written, or somebody else works there.
        """
        _, project, worker = self._open()
        if not jobs:
            return
        make_folder(project.out)
        with self._lock, owned(project.out):
            self._recover(jobs)
            for job in jobs:
                self._jobs[job.id] = job
                worker.submit(job)
        if not worker.alive:
            worker.start()

    def _recover(self, jobs: Sequence[Job]) -> None:
        """Finish what a dead run left in the folder, or remove it where its plate or take changed.

        What is finished stays in the store until `deliver` has hung it into the project.
        """
        edit, project, worker = self._open()
        store, clips = worker.store, {job.shot.clip for job in jobs}
        waiting = {row.job.id for row in store.recover() if row.job.shot.clip not in clips}
        keep = {*(job.id for job in jobs), *self._jobs, *waiting, *store.busy_elsewhere()}
        for part in project.out.glob(".g4g-*.part"):
            part.unlink(missing_ok=True)
        loose = recover(project.out, keep, store.finish)
        others = [row for row in store.rows() if row.job.id not in keep]
        loose += [row.dub for row in others if row.state == "done" and row.dub is not None]
        for dub in {dub.media: dub for dub in loose}.values():
            if dub.media in _delivered_media(project) or not dub.media.is_file():
                continue
            if any(slot.clip == dub.shot.clip for slot in edit.slots) and _holds(dub):
                self._finish(dub)
            else:
                take_back(dub)
        taken = {dub.media for stack in self.finished.values() for dub in stack}
        gone = [row for row in others if row.dub is None or row.dub.media not in taken]
        store.remove(*(row.job.id for row in gone))

    def take_over(self, dubs: Iterable[Dub]) -> None:
        """Keep dubs that another queue has finished in this project's folder, for `deliver`."""
        with self._lock:
            for dub in dubs:
                if dub.media.is_file():
                    self._finish(dub)

    def _finish(self, dub: Dub) -> None:
        """Keep a dub for `deliver`, unless a run that was killed has hung it into the project."""
        stack = self.finished.get(dub.shot.clip, ())
        known = {*_delivered_media(self._open()[1]), *(other.media for other in stack)}
        if dub.media not in known:
            self.finished[dub.shot.clip] = (*stack, dub)

    @property
    def rows(self) -> list[JobRow]:
        """Every job of this project that waits, runs or ended and is not delivered."""
        return self._open()[2].store.rows()

    def drain(self, timeout: float | None = None) -> list[Event]:
        """Return what happened since; finished dubs are kept for `deliver`.

        timeout: wait up to so many seconds for a first event; None: do not wait.
        """
        _, _, worker = self._open()
        events: list[Event] = []
        try:
            if timeout is not None:
                events.append(worker.events.get(timeout=timeout))
            while True:
                events.append(worker.events.get_nowait())
        except queue.Empty:
            pass
        with self._lock:
            for event in events:
                if event.kind == "finished" and event.dub is not None:
                    self._finish(event.dub)
        return events

    def cancel(self, job: str) -> None:
        """Stop a job that runs or waits."""
        self._open()[2].cancel(job)

    def cancel_all(self) -> None:
        """Stop all that was enqueued here, the waiting ones first."""
        for job in reversed(list(self._jobs)):
            self.cancel(job)

    def pause(self, on: bool = True) -> None:
        """Hold the running job at its next frame, or go on."""
        worker = self._open()[2]
        (worker.pause if on else worker.resume)()

    # Results

    def deliver(self, keep_dialogue: bool = False) -> Written:
        """Write finished dubs and all decisions into project and delivery copy.

        What others wrote into the project meanwhile stays. Every new dub becomes its clip's next
        version and plays, unless another one was chosen.

        Args:
            keep_dialogue: leave the original sound of the dubbed clips on.

        Raises:
            G4GError: the folder cannot be written, or somebody else works there.
        """
        with self._lock:
            _, project, worker = self._open()
            make_folder(project.out)
            with owned(project.out):
                edit = open_edit(project.timeline, project.out, self.settings.path_map)
                changes = changes_of(project, _not_in(edit, self.finished))
                written = write_project(edit, changes, project.out, keep_dialogue, own_sound(edit))
                if has_journal(project.timeline):
                    save_project(replace(project, delivered=project, loose=()))
                self.edit, self.project = open_project(
                    project.timeline, project.out, self.settings.path_map
                )
                self._handed_over(worker, _delivered_media(self.project))
            return written

    def _handed_over(self, worker: Worker, media: Collection[Path]) -> None:
        """Forget the jobs whose dubs stand in the project now; an empty store goes."""
        done = [row for row in worker.store.rows() if row.state == "done" and row.dub is not None]
        over = [row.job.id for row in done if row.dub is not None and row.dub.media in media]
        worker.store.remove(*over)
        for key in over:
            self._jobs.pop(key, None)
        self.finished = {}

    def revert(self, clip: str) -> Written:
        """Give a clip its original picture back and write both files.

        Raises:
            G4GError: the clip has no dub, or the files cannot be written.
        """
        edit, project, _ = self._open()
        slot = edit.slot(clip)
        if slot.clip not in project.versions:
            raise TimelineError(
                "{clip} ({slot}) in {path} has no dub.",
                tr("Give the project file, <name>.g4g.otio."),
                clip=slot.clip,
                slot=slot.name,
                path=edit.path.name,
            )
        self.choose(slot.clip, -1)
        return self.deliver()

    def relink(self, path_map: Mapping[str, str]) -> Project:
        """Look for media where `path_map` ("/old/folder" -> "/new/folder") says, and open again.

        Raises:
            G4GError: the timeline cannot be read any more.
        """
        _, project, _ = self._open()
        self.save()
        self.settings = replace(self.settings, path_map={**self.settings.path_map, **path_map})
        return self.open(project.timeline, project.out)

    def export(self, formats: Sequence[str]) -> list[Path]:
        """Deliver, and write the delivery copy in other formats too.

        Raises:
            G4GError: a format is not known or not installed, or a file cannot be written.
        """
        from g4g_plugin.timeline.export import export_as, format_to_write

        entries = [format_to_write(key) for key in formats]
        written = self.deliver()
        return [p for e in entries for p in export_as(written.dubbed, e, written.dubbed.parent)]

    def close(self, wait: float | None = None) -> bool:
        """Stop at the next frame (what runs stays queued) and end the thread; returns whether it
        ended in time. A store without jobs is removed.
        """
        if self.worker is None:
            return True
        ended = self.worker.close(wait)
        if ended and self._own_only:
            for row in self.worker.store.rows():
                if row.job.id in self._jobs and row.state in ("failed", "cancelled"):
                    self.worker.store.remove(row.job.id)
        if ended and not self.worker.store.problems and not self.worker.store.rows():
            path = self.worker.store.path
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink(missing_ok=True)
        return ended


def _decided(project: Project, clip: str) -> Decisions:
    if clip not in project.decisions:
        raise TakeError("{clip} has no take.", tr("Give it one."), clip, clip=clip)
    return project.decisions[clip]


def check_settings(settings: ShotSettings) -> None:
    """Check that this machine has the engine and renderer, and can write the codec.

    Raises:
        EngineError, DeliverError: it has not, or cannot.
    """
    for control in controls(ShotSettings):
        value = getattr(settings, control.name)
        allowed = control.allowed(value)
        if allowed:
            raise EngineError(
                "{label}: there is no {value!r} here.",
                tr("Allowed: {allowed}."),
                label=control.label,
                value=value,
                allowed=allowed,
            )
    check_encoder(settings.codec)


def engine_options(settings: ShotSettings, machine: Settings) -> EngineOptions:
    """Return an engine's options: what was decided for the shot, and this machine's device and
    threads.
    """
    return EngineOptions(
        machine.device,
        settings.renderer,
        settings.strength,
        settings.weights,
        machine.threads,
        keep_expression=settings.keep_expression,
    )


def _not_in(edit: Edit, dubs: Mapping[str, tuple[Dub, ...]]) -> dict[str, tuple[Dub, ...]]:
    """Return the dubs by clip that nobody has hung into the project meanwhile."""
    new: dict[str, tuple[Dub, ...]] = {}
    for clip, stack in dubs.items():
        known = {version.media for version in read_record(edit, edit.slot(clip)).versions}
        if left := tuple(dub for dub in stack if dub.media not in known):
            new[clip] = left
    return new


def _delivered_media(project: Project) -> set[Path]:
    """Return the movies that the project's versions play."""
    return {version.media for stack in project.versions.values() for version in stack}


def make_folder(out: Path) -> bool:
    """Make the delivery folder, or see that it can be written; returns whether it was made.

    Raises:
        DeliverError: it cannot.
    """
    try:
        if out.is_dir():
            attempt = out / f".g4g-write-test-{os.getpid()}.part"
            attempt.touch()
            attempt.unlink(missing_ok=True)
            return False
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise DeliverError(
            "The folder {out} cannot be written: {err}.", tr("{@choose_folder}."), out=out, err=err
        ) from err
    return True


def _holds(dub: Dub) -> bool:
    """Return whether a dub was made from what lies on the disk now."""
    if dub.origin is None:
        return False
    try:
        return not changed_files(dub.shot, dub.origin)
    except G4GError:
        return False
