"""From an edit and what is asked of it to a revised timeline: plan the shots, dub them, write both
files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from g4g_plugin.core.decisions import FaceChoice, Fit, Line, Take
from g4g_plugin.core.errors import (
    Cancelled,
    DeliverError,
    EngineError,
    G4GError,
    TakeError,
    TimelineError,
)
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange, can_drop, timecode
from g4g_plugin.engine.base import EngineOptions
from g4g_plugin.engine.registry import engines
from g4g_plugin.media.probe import probe
from g4g_plugin.media.take import probe_take
from g4g_plugin.project.adaptation import Fitting, adapt_folder, find_adaptation
from g4g_plugin.project.job_store import Job, JobStore
from g4g_plugin.project.worker import Event, Worker
from g4g_plugin.render.dub import check_plate, fitted_take
from g4g_plugin.timeline.read import (
    Edit,
    Slot,
    open_timeline,
    sounds_under,
    take_from_track,
    with_media,
)
from g4g_plugin.timeline.write import Written, write_dubs

PREVIEW_RATE = 16_000  # Hz, to check a take before anything is rendered


@dataclass(frozen=True, slots=True)
class Request:
    """One clip to dub: its address, the file with the new line, which face, how to fit."""

    clip: str
    audio: Path | None = None
    face: FaceChoice | None = None
    fit: Fit = "exact"


@dataclass(frozen=True, slots=True)
class Order:
    """All that is asked of one timeline."""

    timeline: Path
    out: Path
    requests: tuple[Request, ...] = ()
    from_track: str | None = None
    engine: str = "g4g"
    options: EngineOptions = field(default_factory=EngineOptions)
    codec: str = "prores"
    handles: int = 0
    keep_dialogue: bool = False
    path_map: tuple[tuple[str, str], ...] = ()
    adapt: bool = False  # use what `g4g adapt` learned of the people seen


@dataclass(frozen=True, slots=True)
class DubbedTimeline:
    """The two timelines written, and the dubs in them; adapted: what was used for each clip, where
    that was asked.
    """

    written: Written
    dubs: tuple[Dub, ...]
    adapted: tuple[Fitting, ...] = ()


def known_slot(slot: Slot) -> Slot:
    """Fill in what the timeline leaves unsaid from the media file: its range, and whether it counts
    drop-frame.
    """
    unsaid = slot.available is None or (not slot.drop and can_drop(slot.source.rate))
    if slot.media is None or not slot.media.is_file() or not unsaid:
        return slot
    return _settled(slot, probe(slot.media))


def _settled(slot: Slot, facts: PlateFacts) -> Slot:
    slot = with_media(replace(slot, drop=slot.drop or facts.drop), facts.available)
    if slot.available is None:
        return slot
    return replace(
        slot, start_timecode=timecode(slot.available.first, slot.available.rate, slot.drop)
    )


def plan_shot(slot: Slot, take: Take, request: Request, handles: int) -> Shot:
    """Turn a clip and a take into a Shot, and see that both can be used before anything is
    rendered.

    Raises:
        TimelineError: the clip cannot be dubbed, and why.
        MediaError, TakeError: plate or take cannot be used.
    """
    shot = clip_shot(slot, take, request, handles)
    fitted_take(shot, PREVIEW_RATE)
    return (
        replace(shot, lines=(replace(shot.lines[0], take=_bounded(shot)),))
        if take.length is None
        else shot
    )


def clip_shot(slot: Slot, take: Take, request: Request, handles: int) -> Shot:
    """Turn a clip into a Shot and see that its picture can be used; the take is not looked at.

    Raises:
        TimelineError: the clip cannot be dubbed, and why.
        MediaError: the plate cannot be used.
    """
    _refuse_blocked(slot)
    if slot.media is None:
        raise TimelineError(
            f"{slot.clip} ({slot.name}) names no media.",
            "Relink it in the editing program.",
            slot.clip,
        )
    facts = probe(slot.media)
    slot = _settled(slot, facts)
    _refuse_blocked(slot)
    head, tail = slot.handles
    source, available = _inside(slot, slot.source, slot.available or facts.available)
    shot = Shot(
        name=slot.name or slot.clip.replace("/", "-"),
        clip=slot.clip,
        record=slot.record,
        plate=facts.path,
        source=source,
        available=available,
        lines=(Line(take, request.face),),
        handles=(max(head, handles), max(tail, handles)),
        fit=request.fit,
        drop=slot.drop,
    )
    check_plate(shot, facts)
    if facts.count < shot.available.count:  # handles must not reach beyond the file
        shot = replace(
            shot, available=FrameRange(shot.available.first, facts.count, shot.available.rate)
        )
    return shot


def _refuse_blocked(slot: Slot) -> None:
    if slot.blocked:
        raise TimelineError(
            f"{slot.clip} ({slot.name}) cannot be dubbed.", slot.blocked.message, slot.clip
        )


def _bounded(shot: Shot) -> Take:
    """Say how much of the take's file is heard: what is there, and no more than the shot lasts."""
    there = probe_take(shot.take.audio).seconds - shot.take.start
    return replace(shot.take, length=min(there, shot.source.seconds))


def _inside(slot: Slot, source: FrameRange, available: FrameRange) -> tuple[FrameRange, FrameRange]:
    if (
        source.rate != available.rate
        or source.first < available.first
        or source.end > available.end
    ):
        raise TimelineError(
            f"{slot.clip} ({slot.name}) uses frames {source.first} to {source.end - 1}, its media has "
            f"{available.first} to {available.end - 1}.",
            "Relink the clip, or trim it to its media.",
            slot.clip,
        )
    return source, available


def plan(order: Order, edit: Edit) -> list[Shot]:
    """Turn what is asked into Shots, in the order of asking.

    Raises:
        G4GError: anything that would fail later and can be known now.
    """
    if order.from_track is not None:
        return _plan_from_track(order, edit)
    shots: list[Shot] = []
    for request in order.requests:
        if request.audio is None:
            raise TakeError(
                f"{request.clip} has no take.", "Give one with --audio FILE.", request.clip
            )
        slot = edit.slot(request.clip)
        if any(shot.clip == slot.clip for shot in shots):
            raise TimelineError(
                f"{request.clip} is asked for twice.", "Name each clip once.", request.clip
            )
        take = Take(request.audio.absolute(), label=request.audio.stem)
        shots.append(plan_shot(slot, take, request, order.handles))
    return shots


def _plan_from_track(order: Order, edit: Edit) -> list[Shot]:
    """Plan the clips asked for, or every enabled one that has something under it on the track."""
    track = order.from_track or ""
    requests = order.requests or tuple(
        Request(slot.clip)
        for slot in edit.slots
        if slot.enabled and not slot.blocked and sounds_under(edit, slot, track)
    )
    if not requests:
        raise TimelineError(
            f"No clip has a take under it on {track}.", "See `g4g shots` for the clips."
        )
    asked = [(edit.slot(request.clip), request) for request in requests]
    return [
        plan_shot(slot, take_from_track(edit, slot, track), request, order.handles)
        for slot, request in asked
    ]


def dub_timeline(
    order: Order,
    cache: Path,
    watch: Callable[[Event], None] = lambda event: None,
    worker_box: list[Worker] | None = None,
) -> DubbedTimeline:
    """Dub what `order` asks and write the revised timeline and the project beside the media.

    `watch` is told every event in this thread; the Worker is put into `worker_box` so that a signal
    may cancel it. A run that was killed and is started again keeps what it had finished.

    Raises:
        G4GError: one sentence and a hint; finished shots are kept for the next run.
        Cancelled: the user asked to stop.
    """
    if order.engine not in (known := [entry.name for entry in engines()]):
        raise EngineError(
            f"There is no engine {order.engine!r}.", f"Known engines: {', '.join(known)}."
        )
    edit = open_edit(order)
    shots = plan(order, edit)
    folders = [
        adapt_folder(edit.name, place) for place in (order.out, order.timeline.absolute().parent)
    ]
    adapted = [find_adaptation(folders, shot) for shot in shots] if order.adapt else []
    options = [found.options(order.options) for found in adapted] or [order.options] * len(shots)
    jobs = [
        Job(shot, order.out, order.engine, o, order.codec)
        for shot, o in zip(shots, options, strict=True)
    ]
    made = _make_folder(order.out)
    path = cache / "jobs" / f"{_run_id(order)}.sqlite3"
    try:
        dubs = _run(JobStore(path), jobs, cache, watch, [] if worker_box is None else worker_box)
        written = write_dubs(
            edit, dubs, order.out, order.keep_dialogue, order.from_track is not None
        )
    except BaseException:
        if made and not any(order.out.iterdir()):
            order.out.rmdir()
        raise
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    return DubbedTimeline(written, tuple(dubs), tuple(adapted))


def open_edit(order: Order) -> Edit:
    """Open the timeline to dub; where `out` holds its project already, go on with that, so that
    earlier dubs stay.

    Raises:
        TimelineError: unreadable, or the project there is of another version of the timeline.
    """
    edit = open_timeline(order.timeline, dict(order.path_map))
    stem = order.timeline.name.removesuffix(".otio").removesuffix(".g4g")
    project = order.out / f"{stem}.g4g.otio"
    if not project.is_file() or project.resolve() == order.timeline.resolve():
        return edit
    going_on = open_timeline(project, dict(order.path_map))
    if _same_cut(edit, going_on):
        return going_on
    raise TimelineError(
        f"{project} is the project of another version of {order.timeline.name}.",
        "Choose another folder with --out, or move that project away.",
    )


def _same_cut(one: Edit, other: Edit) -> bool:
    """Return whether two edits hold the same clips at the same places."""
    cuts = [
        [(s.clip, s.name, s.record, s.source, s.media) for s in edit.slots] for edit in (one, other)
    ]
    return cuts[0] == cuts[1]


def _make_folder(out: Path) -> bool:
    try:
        if out.is_dir():
            probe_file = out / ".g4g-write-test.part"
            probe_file.touch()
            probe_file.unlink()
            return False
        out.mkdir(parents=True)
    except OSError as err:
        raise DeliverError(
            f"The folder {out} cannot be written: {err.strerror}.", "Choose another with --out."
        ) from err
    return True


def _run_id(order: Order) -> str:
    text = json.dumps([str(order.timeline.resolve()), str(order.out.resolve())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _run(
    store: JobStore,
    jobs: Sequence[Job],
    cache: Path,
    watch: Callable[[Event], None],
    worker_box: list[Worker],
) -> list[Dub]:
    wanted = {job.id for job in jobs}
    for row in store.recover():
        if row.job.id not in wanted:
            store.remove(row.job.id)
    worker = Worker(store, cache)
    worker_box.append(worker)
    done: dict[str, Dub] = {}
    try:
        for job in jobs:
            worker.submit(job)
        worker.start()
        while len(done) < len(wanted):
            event = worker.events.get()
            watch(event)
            if event.kind == "finished" and event.dub is not None:
                done[event.job] = event.dub
            stop_on(event, jobs)
    finally:
        worker.close()
    return [done[job.id] for job in jobs]


def stop_on(event: Event, jobs: Sequence[Job]) -> None:
    """Raise what an event says went wrong, if anything did.

    Raises:
        G4GError: the job failed. Cancelled: it was stopped. RuntimeError: it crashed (our bug),
        with the report.
    """
    clip = next((job.shot.clip for job in jobs if job.id == event.job), None)
    if event.kind == "failed":
        raise G4GError(event.message, event.hint, clip)
    if event.kind == "cancelled":
        raise Cancelled
    if event.kind == "crashed":
        raise RuntimeError(event.hint)
