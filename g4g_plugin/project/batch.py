"""One order from the command line: plan, dub and deliver clips of a timeline, and say what failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

from g4g_plugin.core.decisions import FaceChoice, Line, RangeSetting, ShotSettings
from g4g_plugin.core.errors import Cancelled, FarmError, G4GError, TakeError, TimelineError
from g4g_plugin.core.settings import Settings
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import NO_WORDS, tr
from g4g_plugin.project.adaptation import Fitting
from g4g_plugin.project.decisions import Decisions
from g4g_plugin.project.other_lines import with_other_lines
from g4g_plugin.project.ownership import owned
from g4g_plugin.project.planning import known_slot
from g4g_plugin.project.project import Project
from g4g_plugin.project.service import Plan, Service, make_folder
from g4g_plugin.project.versions import Version
from g4g_plugin.project.worker import Event
from g4g_plugin.timeline.edit import Edit, Slot
from g4g_plugin.timeline.read import line_from_track, sounds_under
from g4g_plugin.timeline.write import Written

LOG = logging.getLogger(__name__)

OF_CLIP = tr("{clip}: {why}")
TWO_SENTENCES = tr("{one} {other}")  # two sentences


@dataclass(frozen=True, slots=True)
class Request:
    """One clip to dub: its lines, its settings and ranges; or `like`, a version to dub again from
    its own record ("v001").
    """

    clip: str
    lines: tuple[Line, ...] = ()
    settings: ShotSettings = field(default_factory=ShotSettings)
    ranges: tuple[RangeSetting, ...] = ()
    like: str | None = None
    face: FaceChoice | None = None  # whose mouth moves, where the line comes from a track


@dataclass(frozen=True, slots=True)
class Order:
    """All that is asked of one timeline."""

    timeline: Path
    out: Path
    requests: tuple[Request, ...] = ()
    from_track: str | None = None
    defaults: ShotSettings = field(default_factory=ShotSettings)  # of clips found under a track
    keep_dialogue: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class DubbedTimeline:
    """The two timelines written, the dubs in them, what failed by clip, reports of crashes, and
    what was used of `g4g adapt`.
    """

    written: Written
    dubs: tuple[Dub, ...]
    failed: dict[str, G4GError] = field(default_factory=dict)
    reports: tuple[str, ...] = ()
    adapted: tuple[Fitting, ...] = ()


@dataclass(slots=True)
class _Outcome:
    dubs: dict[str, Dub] = field(default_factory=dict)  # by job
    failed: dict[str, G4GError] = field(default_factory=dict)  # by clip
    reports: list[str] = field(default_factory=list)


def dub_timeline(
    order: Order,
    settings: Settings,
    cache: Path,
    watch: Callable[[Event], None] = lambda event: None,
    box: list[Service] | None = None,
) -> DubbedTimeline:
    """Dub what `order` asks and write the revised timeline and the project beside the media.

    A clip that fails is named in the result and does not stop the others. A run that was killed and
    is started again keeps what it had finished.

    Args:
        order: what to dub.
        settings: the user's: device, threads, path map.
        cache: folder of what can be made again.
        watch: told every event, in this thread.
        box: the Service is put into it, so that a signal may cancel.

    Raises:
        G4GError: nothing could be dubbed; one sentence and a hint.
        Cancelled: the user asked to stop; finished shots are kept for the next run.
        RuntimeError: a bug of ours and nothing was dubbed; it holds the report.
    """
    service = Service(settings, cache, own_only=True)
    if not order.timeline.exists():  # before a folder is made for it
        service.open(order.timeline, order.out)
    made = make_folder(order.out)
    try:
        with owned(order.out, order.wait):
            return _dub(order, service, watch, [] if box is None else box)
    finally:
        service.close()
        if made and order.out.is_dir() and not any(order.out.iterdir()):
            order.out.rmdir()


def _dub(
    order: Order, service: Service, watch: Callable[[Event], None], box: list[Service]
) -> DubbedTimeline:
    project = service.open(order.timeline, order.out)
    for problem in project.problems:
        LOG.warning("%s", problem)
    assert service.edit is not None
    decided, refused = decide(order, service.edit, project, service.cache)
    before = service.assign(decided)
    plan = service.plan(list(decided))
    plan.refused.update(refused)
    if not plan.jobs:
        service.assign(before)
        raise joined(plan.refused)
    box.append(service)
    outcome = _run(service, plan, watch)
    if not outcome.dubs:
        if outcome.reports:
            raise RuntimeError(outcome.reports[0])
        raise joined(outcome.failed)
    service.assign({clip: before[clip] for clip in outcome.failed if clip in before})
    written = service.deliver(order.keep_dialogue)
    dubs = tuple(outcome.dubs[job.id] for job in plan.jobs if job.id in outcome.dubs)
    return DubbedTimeline(written, dubs, outcome.failed, tuple(outcome.reports), plan.adapted)


def _run(service: Service, plan: Plan, watch: Callable[[Event], None]) -> _Outcome:
    """Work until every job of the plan has ended."""
    outcome = _Outcome(failed=dict(plan.refused))
    clips = {job.id: job.shot.clip for job in plan.jobs}
    service.enqueue(plan.jobs)
    while len(outcome.dubs) + len(outcome.failed) - len(plan.refused) < len(clips):
        events = service.drain(timeout=1.0)
        for event in events:
            watch(event)
            _ended(event, clips, outcome)
        if not events:
            _check_waiting(
                service, {job for job, clip in clips.items() if clip not in outcome.failed}
            )
    return outcome


def _check_waiting(service: Service, jobs: set[str]) -> None:
    """See that what is waited for can still come.

    Raises:
        RuntimeError: the worker has ended, or the store has lost a job: a bug of ours.
    """
    alive = service.worker is not None and service.worker.alive
    if not alive or not jobs <= {row.job.id for row in service.rows}:
        raise RuntimeError("a job can end no more: the worker or the store has lost it")


def _ended(event: Event, clips: dict[str, str], outcome: _Outcome) -> None:
    """Take note of a job that ended.

    Raises:
        Cancelled: it was stopped. FarmError: the store cannot be used.
    """
    if event.kind == "cancelled":
        raise Cancelled
    if event.kind == "failed" and event.job not in clips:
        raise FarmError(event.message, event.hint)
    if event.kind == "finished" and event.dub is not None and event.job in clips:
        outcome.dubs[event.job] = event.dub
    elif event.kind == "failed":
        clip = clips[event.job]
        outcome.failed[clip] = G4GError(event.message, event.hint, clip)
    elif event.kind == "crashed":
        clip = clips[event.job]
        outcome.reports.append(event.hint)
        outcome.failed[clip] = G4GError(
            "A bug in G4G Dub: {event}", NO_WORDS, clip, event=event.message
        )


def joined(failed: dict[str, G4GError]) -> G4GError:
    """Return one error for all clips that failed: the only one as it is, several by name."""
    errors = list(failed.values())
    if len(errors) == 1:
        return errors[0]
    told = [OF_CLIP.filled(clip=clip, why=error.message) for clip, error in failed.items()]
    return FarmError(
        reduce(lambda one, other: TWO_SENTENCES.filled(one=one, other=other), told), errors[0].hint
    )


def decide(
    order: Order, edit: Edit, project: Project, cache: Path | None = None
) -> tuple[dict[str, Decisions], dict[str, G4GError]]:
    """Return what is asked for each clip, as decisions, and why nothing can be for some.

    Args:
        order: what is asked.
        edit: the open timeline.
        project: what is decided already.
        cache: folder of what was seen of faces.

    Raises:
        G4GError: a clip that there is not, or one asked for twice.
    """
    if order.from_track is None and not order.requests:
        raise TimelineError("No clip was named.", tr("{@give_take}."))
    decided: dict[str, Decisions] = {}
    refused: dict[str, G4GError] = {}
    for request in order.requests or _under_track(order, edit):
        slot = edit.slot(request.clip)
        if slot.clip in decided or slot.clip in refused:
            raise TimelineError(
                "{clip} is named twice.",
                tr("Give several lines of one clip different faces."),
                slot.clip,
                clip=request.clip,
            )
        try:
            asked = _decided(order, request, edit, slot, project)
            if request.like is None:
                asked = with_other_lines(project, slot, asked, cache)
            decided[slot.clip] = asked
        except G4GError as error:
            refused[slot.clip] = error
    return decided, refused


def _decided(order: Order, request: Request, edit: Edit, slot: Slot, project: Project) -> Decisions:
    if request.like is not None:
        return find_version(project, slot.clip, request.like).decisions
    lines = request.lines
    if order.from_track is not None:
        line = line_from_track(edit, known_slot(slot), order.from_track)
        lines = (replace(line, face=request.face),)
    if not lines:
        raise TakeError("{clip} has no take.", tr("{@give_take}."), slot.clip, clip=request.clip)
    return Decisions(lines, request.settings, request.ranges)


def _under_track(order: Order, edit: Edit) -> tuple[Request, ...]:
    """Ask for every enabled clip that has something under it on the track."""
    track = order.from_track or ""
    requests = tuple(
        Request(slot.clip, settings=order.defaults)
        for slot in edit.slots
        if slot.enabled and not slot.blocked and sounds_under(edit, slot, track)
    )
    if not requests:
        raise TimelineError(
            "No clip has a take under it on {track}.", tr("{@list_clips}."), track=track
        )
    return requests


def find_version(project: Project, clip: str, name: str) -> Version:
    """Return a version of a clip by its key or number: "g4g-dub-v001", "v001", "1".

    Raises:
        TimelineError: there is none, and which there are.
    """
    stack = project.versions.get(clip, ())
    number = name.lower().removeprefix("g4g-dub-").removeprefix("v")
    key = f"g4g-dub-v{int(number):03d}" if number.isdigit() else name
    for version in stack:
        if version.key == key:
            return version
    known = ", ".join(version.key.removeprefix("g4g-dub-") for version in stack) or "none"
    raise TimelineError(
        "{clip} has no version {name}.",
        tr("It has {known}; give the project, <name>.g4g.otio."),
        clip,
        clip=clip,
        name=name,
        known=known,
    )
