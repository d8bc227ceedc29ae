"""From a shot and a take to a delivered comp. Read this first: it is the whole flow."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin import __version__
from g4g_plugin.composite import merge
from g4g_plugin.composite.checks import PatchFigures
from g4g_plugin.core.assessment import FaceReason
from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.crop import Patch
from g4g_plugin.core.decisions import FaceChoice, Origin
from g4g_plugin.core.direction import anyway
from g4g_plugin.core.errors import FaceError, MediaError
from g4g_plugin.core.face import MESH_POINTS, FaceTrack
from g4g_plugin.core.kept import KeptReason
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import Plate, PlateFacts
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Dub, LineResult, Shot
from g4g_plugin.core.time import FrameRange, timecode
from g4g_plugin.core.words import tr
from g4g_plugin.deliver import encode
from g4g_plugin.deliver.delivery import WorkFolder
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.segments import SegmentStore
from g4g_plugin.engine.base import Engine, EngineSpec
from g4g_plugin.faces import crop, follow
from g4g_plugin.faces.drawn import is_drawn
from g4g_plugin.faces.visibility import find_cover
from g4g_plugin.media.plate import FilePlate, open_plate
from g4g_plugin.media.take import digest_take
from g4g_plugin.render.assess import assessed, chosen_face, kept_frames
from g4g_plugin.render.lines import (
    ShotFace,
    Speaker,
    direction_of,
    heard_lines,
    joined_speaker,
    said,
    take_notes,
)
from g4g_plugin.render.prefetch import ahead
from g4g_plugin.render.speaker import default_speaker
from g4g_plugin.render.sync_score import (
    SAMPLE_RATE,
    Onlooker,
    judged_part,
    recall,
    records,
    sync_figures,
)

LOG = logging.getLogger(__name__)
POOL_SECONDS = 15  # of the actor's own footage looked at on either side of the shot, for references
PICTURES_AHEAD = 3  # pictures in flight between two stages; a 4K 4:2:2 frame is 33 MB
FETCH_FRAMES = 4  # reference frames decoded between two looks at the stop button


def dub_shot(
    shot: Shot,
    engine: Engine,
    out: Path,
    codec: str = "prores",
    progress: Progress = SILENT,
    cache: Path | None = None,
    origin: Origin | None = None,
    job: str | None = None,
) -> Dub:
    """Put a shot's lines in the mouths seen in its plate; write the comp into folder `out`.

    Frames without a face are the plate's own. The comp is kept in segments while it is made: a
    second call for the same `job` goes on with the next one, and gives the same frames.

    Args:
        shot: what is dubbed, with what.
        engine: who moves the mouth.
        out: folder of the delivery.
        codec: how it is delivered.
        progress: told of every step.
        cache: folder for what was seen of faces.
        origin: goes into what is returned and into its label.
        job: names all that is asked for (engine's options included), the same in each try; what is
            kept under it stays until `deliver.delivery.WorkFolder(out, job).discard()`. None:
            nothing is kept.

    Returns:
        What was delivered.

    Raises:
        MediaError, TakeError, FaceError, EngineError, CompositeError, DeliverError: as the rooms
            say.
        Cancelled: `progress` asked to stop; nothing stands under a final name.
    """
    with ExitStack() as stack:
        reel = stack.enter_context(closing(open_plate(shot.plate, shot.conform)))
        check_plate(shot, reel.facts)
        lost = encode.check_holds(codec, reel.facts)
        notes = (*(() if lost is None else (lost,)), *take_notes(shot))
        for note in notes:
            LOG.warning(note)
        work = WorkFolder(out, job or f"{shot.id}-{os.getpid()}")
        if job is None:
            stack.callback(work.discard)
        asked = _Asked(Comp(shot, reel.facts, codec), origin, notes)
        work.open(made_of(shot, engine, codec, reel))
        with work.kept_for_next_try():
            return work.delivered() or _dubbed(asked, engine, reel, work, progress, cache)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be delivered: the comp and its label's origin."""

    comp: Comp
    origin: Origin | None
    notes: tuple[str, ...] = ()


def _dubbed(
    asked: _Asked,
    engine: Engine,
    reel: FilePlate,
    work: WorkFolder,
    progress: Progress,
    cache: Path | None,
) -> Dub:
    comp, shot = asked.comp, asked.comp.shot
    store = SegmentStore(work.path, comp, work.out)
    segments = store.finished()
    plate = _Watched(reel, progress)
    speakers = find_speakers(shot, plate, engine, progress, cache)
    onlookers = [
        Onlooker(judged_part(speaker.face.track.within(*_spoken(shot)), shot.source.rate))
        for speaker in speakers
    ]
    for segment in segments:
        recall(onlookers, segment.records)
        for number, speaker in enumerate(speakers):
            refused = segment.records[f"{number}-refused"].tolist()
            speaker.face.reasons.update(dict.fromkeys(refused, "bad-patch"))
            for frame, *told in segment.records[f"{number}-figures"].tolist():
                speaker.face.figures[int(frame)] = PatchFigures(*told)
    begin = _first(shot) + (segments[-1].frames.stop if segments else 0)
    with ExitStack() as stack:
        crew = Crew(shot, engine, plate, speakers, onlookers)
        pictures = crew.pictures(begin, stack)
        made = stack.enter_context(
            closing(ahead(pictures, PICTURES_AHEAD, lambda: progress.step("dub", 0, 0)))
        )
        segments = encode.encode_segments(
            made,
            store,
            segments,
            lambda part: _noted(speakers, onlookers, part, _first(shot)),
            progress,
        )
    work.join(comp, segments, heard_lines(shot, speakers), partial(progress.step, "join", 0, 0))
    dub = _delivered(shot, engine, comp, onlookers[0], speakers)
    dub = replace(
        _judged(dub, speakers, onlookers, reel, progress), origin=asked.origin, notes=asked.notes
    )
    if engine.spec.needs_face:
        dub = replace(dub, assessment=assessed(shot, speakers, onlookers, dub.lines))
    return work.deliver(partial(encode.next_name, work.out, shot.name, comp.codec), dub)


def _noted(
    speakers: Sequence[Speaker], onlookers: Sequence[Onlooker], part: range, first: int
) -> dict[str, NDArray[Any]]:
    """Return what is kept with a segment of frames `part`, counted from file frame `first`."""
    end = first + part.stop
    noted: dict[str, NDArray[Any]] = {}
    for number, speaker in enumerate(speakers):
        reasons, figures = speaker.face.reasons, speaker.face.figures
        refused = [f for f, why in reasons.items() if why == "bad-patch" and f < end]
        told = [(f, *figures[f]) for f in range(end - len(part), end) if f in figures]
        noted[f"{number}-refused"] = np.array(refused, np.int64)
        noted[f"{number}-figures"] = np.array(told, np.float64)
    return records(onlookers, end) | noted


def find_speakers(
    shot: Shot, plate: Plate, engine: Engine, progress: Progress, cache: Path | None
) -> list[Speaker]:
    """Follow the mouth of each line; lines of one mouth are one speaker's.

    Raises:
        FaceError: a line's face is not seen.
    """
    speakers: list[Speaker] = []
    for number, line in enumerate(shot.lines):
        alone = replace(shot, lines=(line,))
        face = find_face(alone, plate, engine, progress, cache)
        speakers = joined_speaker(speakers, Speaker(face, (number,)))
    return speakers


@dataclass(frozen=True, slots=True, eq=False)
class Crew:
    """Who makes the comp's pictures: the engine, and an onlooker for each speaker."""

    shot: Shot
    engine: Engine
    plate: Plate
    speakers: Sequence[Speaker]
    onlookers: Sequence[Onlooker]

    def pictures(self, begin: int, stack: ExitStack) -> Iterator[Picture]:
        """Yield the comp's pictures from file frame `begin` on; `stack` ends the threads that make
        them.
        """
        left = _first(self.shot) + self.shot.deliver.count - begin
        if not left:
            return
        comp: Iterator[Picture] = stack.enter_context(
            closing(ahead(self.plate.read(begin, left), PICTURES_AHEAD))
        )
        for onlooker in self.onlookers:
            comp = onlooker.plate(comp)
        for speaker in self.speakers:
            patches = self.patches(speaker, begin)
            if len(self.speakers) == 1:  # an engine draws in one thread at a time
                patches = stack.enter_context(closing(ahead(patches, PICTURES_AHEAD)))
            face = speaker.face
            comp = merge.merge(
                comp, face.track, patches, face.visibility, face.reasons, face.figures
            )
        for onlooker in self.onlookers:
            comp = onlooker.comp(comp)
        yield from comp

    def patches(self, speaker: Speaker, begin: int) -> Iterator[Patch]:
        """Yield the engine's patches for a mouth from frame `begin` on, as in a whole run; none
        where the plate is to be kept.
        """
        shot, spec, track = self.shot, self.engine.spec, speaker.face.track
        row = int(np.searchsorted(track.frames, begin))
        if row == len(track):
            return
        first = int(track.frames[warm_start(spec, row)])
        direction = direction_of(shot, track)
        hears = shot.first_index + shot.lip_offset
        crops = crop.crops(
            self.plate,
            track,
            speaker.face.pool,
            hears,
            begin=first,
            visibility=speaker.face.visibility,
            direction=direction,
        )
        kept = set(track.frames[direction.own >= 1].tolist())
        patches = self.engine.dub(crops, said(shot, speaker.lines, spec.sample_rate))
        try:
            for patch in patches:
                if patch.frame >= begin and patch.frame not in kept:
                    yield patch
        finally:
            if isinstance(patches, Generator):
                patches.close()


def warm_start(spec: EngineSpec, row: int) -> int:
    """Return the row of a track at which an engine must begin, so that its patch for `row` is the
    one of a whole run.
    """
    if spec.run_up is None:
        return 0
    return max(row - spec.run_up, 0) // spec.batch * spec.batch


def made_of(shot: Shot, engine: Engine, codec: str, reel: FilePlate) -> str:
    """Return what a comp's frames and sound are made of, as text: equal where each would be."""
    parts = {
        "software": __version__,
        "shot": to_plain(shot),
        "codec": codec,
        "engine": [engine.spec.name, engine.spec.weights],
        "plate": reel.digest(),
        "takes": [digest_take(line.take.audio) for line in shot.lines],
    }
    return json.dumps(parts, sort_keys=True)


def _judged(
    dub: Dub,
    speakers: Sequence[Speaker],
    onlookers: Sequence[Onlooker],
    reel: FilePlate,
    progress: Progress,
) -> Dub:
    """Measure how well each line's lips fit its sound, before and after."""
    times = (reel.pts - reel.pts[0]).astype(np.float64) * float(reel.tick)
    results: dict[int, LineResult] = {}
    for speaker, onlooker in zip(speakers, onlookers, strict=True):
        take = said(dub.shot, speaker.lines, SAMPLE_RATE)
        shown = times[onlooker.track.frames]
        sync = sync_figures(onlooker, dub.shot, take, shown, progress)
        result = LineResult(*sync, chosen_face(dub.shot, speaker.face))
        results |= dict.fromkeys(speaker.lines, result)
    lines = tuple(results[number] for number in range(len(dub.shot.lines)))
    return replace(dub, sync=lines[0].sync, unjudged=lines[0].unjudged, lines=lines)


def check_plate(shot: Shot, facts: PlateFacts) -> None:
    """Check that the file holds what the timeline says; a conformed one was checked when planned.

    Raises:
        MediaError: another rate, or too few frames.
    """
    if shot.conform is not None:
        return
    if facts.rate != shot.source.rate:
        raise MediaError(
            "{plate} runs at {rate} frames per second, the timeline says {expected}.",
            tr("Relink the clip to the file it was cut from."),
            shot.clip,
            plate=shot.plate.name,
            rate=facts.rate,
            expected=shot.source.rate,
        )
    end = shot.source.end - shot.available.first
    if end > facts.count:
        raise MediaError(
            "{plate} holds {count} frames, the clip needs frame {end}.",
            tr("Relink the clip to the whole file, or trim the clip."),
            shot.clip,
            plate=shot.plate.name,
            count=facts.count,
            end=end - 1,
        )


def find_face(
    shot: Shot, plate: Plate, engine: Engine, progress: Progress, cache: Path | None
) -> ShotFace:
    """Follow the mouth through the delivered frames, and through the actor's footage around them;
    find what lies before it.

    Engines that need no face get an empty track where there is none.

    Raises:
        FaceError: no face, none where one was chosen, a drawn one, or one that is covered in every
            frame.
    """
    first, start = _first(shot), shot.first_index
    end = min(first + shot.deliver.count, plate.facts.count)
    chosen: FaceReason = "alone" if shot.face is None else "asked"
    faces = 1
    try:
        if shot.face is None and engine.spec.needs_face:
            everyone = follow.follow_everyone(plate, first, end, progress, cache)
            (own, chosen), faces = default_speaker(shot, everyone), len(everyone)
        else:
            own = follow.followed(plate, first, end, shot.face, progress, cache, start)
    except FaceError:
        if engine.spec.needs_face or shot.face is not None:
            raise
        return ShotFace(_nobody(), _nobody(), None, {})
    reasons = _faceless(shot, own.track)
    reasons |= dict.fromkeys(own.unsure.tolist(), "unsure-person")
    if not engine.spec.needs_face:
        return ShotFace(own.track, own.track, None, reasons)
    around = round(POOL_SECONDS * shot.source.rate)
    low, high = max(0, first - around), min(plate.facts.count, end + around)
    pool = own
    if (low, high) != (first, end):
        middle = len(own.track) // 2
        x, y = own.track.mesh[middle, :, :2].mean(axis=0)
        same = FaceChoice(float(x), float(y), int(own.track.frames[middle]) - start)
        pool = follow.followed(plate, low, high, same, progress, cache, start)
    free = own.track.frames[anyway(shot.ranges, own.track.frames - start)]
    if not len(free) and is_drawn(own):
        raise FaceError(
            "The face is drawn, not filmed.",
            tr(
                "Choose another face: a drawing would get a photograph's mouth. "
                "If it is filmed, {@dub_anyway}."
            ),
        )
    cover = find_cover(own, pool, free)
    reasons |= dict.fromkeys(cover.covered.tolist(), "covered")
    if not len(cover.track):
        raise FaceError(
            "The mouth is covered in every frame of the shot.",
            tr("Choose another shot or another face, or {@dub_anyway}."),
        )
    return ShotFace(cover.track, cover.pool, cover.maps, reasons, chosen, faces)


def _nobody() -> FaceTrack:
    empty = np.empty
    return FaceTrack(
        empty(0, np.int64),
        empty((0, MESH_POINTS, 3), np.float32),
        empty((0, 2, 3), np.float32),
        empty(0, np.float32),
    )


def _first(shot: Shot) -> int:
    return shot.deliver.first - shot.available.first


def _spoken(shot: Shot) -> tuple[int, int]:
    """Return the file frame indices (first, end) with which the take is heard: no handles."""
    return shot.first_index, shot.first_index + shot.source.count


def _delivered(
    shot: Shot,
    engine: Engine,
    comp: Comp,
    onlooker: Onlooker,
    speakers: Sequence[Speaker],
) -> Dub:
    """Return what was delivered, under no name yet."""
    span: FrameRange = shot.deliver
    changed = len(onlooker.changed)
    return Dub(
        shot=shot,
        media=Path(),
        available=span,
        start_timecode=timecode(comp.start_frame, span.rate, comp.drop),
        engine=engine.spec.name,
        weights=engine.spec.weights,
        renderer=engine.spec.renderer,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        frames_dubbed=changed,
        frames_kept=span.count - changed,
        dubbed=onlooker.ranges(shot),
        kept=kept_frames(shot, onlooker.changed, speakers),
    )


def _faceless(shot: Shot, track: FaceTrack) -> dict[int, KeptReason]:
    """Return the delivered frames (file frame index) in which the face is not seen."""
    first = _first(shot)
    frames = set(range(first, first + shot.deliver.count)) - set(track.frames.tolist())
    return dict.fromkeys(frames, "no-face")


class _Watched:
    """A plate that looks at the stop button while an engine fetches its references from it."""

    def __init__(self, plate: Plate, progress: Progress) -> None:
        self._plate = plate
        self._progress = progress

    @property
    def facts(self) -> PlateFacts:
        return self._plate.facts

    def read(self, first: int, count: int) -> Iterator[Picture]:
        return self._plate.read(first, count)

    def fetch(self, indices: Sequence[int]) -> list[Picture]:
        found: list[Picture] = []
        for at in range(0, len(indices), FETCH_FRAMES):
            self._progress.step("references", at, len(indices))
            found += self._plate.fetch(indices[at : at + FETCH_FRAMES])
        return found

    def digest(self) -> str:
        return self._plate.digest()

    def close(self) -> None:
        self._plate.close()
