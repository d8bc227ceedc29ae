"""From a shot and a take to a delivered comp. Read this first: it is the whole flow."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from g4g_plugin import __version__
from g4g_plugin.composite import merge
from g4g_plugin.core.crop import Patch
from g4g_plugin.core.decisions import FaceChoice, Origin
from g4g_plugin.core.errors import FaceError, MediaError
from g4g_plugin.core.face import MESH_POINTS, FaceTrack
from g4g_plugin.core.kept import Kept, KeptReason, kept_runs
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import Plate, PlateFacts
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange, timecode
from g4g_plugin.core.visibility import Visibility
from g4g_plugin.core.words import tr
from g4g_plugin.deliver import encode
from g4g_plugin.deliver.delivery import WorkFolder
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.segments import SegmentStore
from g4g_plugin.deliver.sound import TAKE_RATE, HeardLine
from g4g_plugin.engine.base import Engine, EngineSpec
from g4g_plugin.faces import crop, follow
from g4g_plugin.faces.drawn import is_drawn
from g4g_plugin.faces.visibility import find_cover
from g4g_plugin.media.plate import FilePlate, open_plate
from g4g_plugin.media.take import digest_take, fit_take, read_take
from g4g_plugin.render.prefetch import ahead
from g4g_plugin.render.speaker import default_speaker
from g4g_plugin.render.sync_score import SAMPLE_RATE, Onlooker, judged_part, sync_figures

POOL_SECONDS = 15  # of the actor's own footage looked at on either side of the shot, for references
AHEAD = 3  # pictures in flight between two stages; a 4K 4:2:2 frame is 33 MB
FETCH = 4  # reference frames decoded between two looks at the stop button


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
    """Put `shot.take` in the mouth seen in `shot.plate`; write the comp into folder `out`.

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
        reel = stack.enter_context(closing(open_plate(shot.plate)))
        check_plate(shot, reel.facts)
        encode.check_holds(codec, reel.facts)
        work = WorkFolder(out, job or f"{shot.id}-{os.getpid()}")
        if job is None:
            stack.callback(work.discard)
        asked = _Asked(Comp(shot, reel.facts, codec), origin)
        work.open(made_of(shot, engine, codec, reel))
        with work.kept_for_next_try():
            return work.delivered() or _dubbed(asked, engine, reel, work, progress, cache)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be delivered: the comp and its label's origin."""

    comp: Comp
    origin: Origin | None


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
    face = find_face(shot, plate, engine, progress, cache)
    track = face.track
    onlooker = Onlooker(judged_part(track.within(*_spoken(shot)), shot.source.rate))
    for segment in segments:
        onlooker.recall(segment.records)
    begin = _first(shot) + (segments[-1].frames.stop if segments else 0)
    with ExitStack() as stack:
        pictures = _comp(shot, engine, plate, Rest(face, begin), onlooker, stack)
        made = stack.enter_context(
            closing(ahead(pictures, AHEAD, lambda: progress.step("dub", 0, 0)))
        )
        segments = encode.encode_segments(
            made, store, segments, lambda part: onlooker.record(_first(shot) + part.stop), progress
        )
    stop = partial(progress.step, "join", 0, 0)
    work.join(comp, segments, [_heard(shot)], stop)
    dub = _delivered(shot, engine, comp, onlooker, face.reasons)
    dub = replace(_judged(dub, onlooker, reel, progress), origin=asked.origin)
    return work.deliver(partial(encode.next_name, work.out, shot.name, comp.codec), dub)


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """The face to dub, and the file frame index from which the comp is still to be made."""

    face: ShotFace
    begin: int


def _comp(
    shot: Shot,
    engine: Engine,
    plate: Plate,
    rest: Rest,
    onlooker: Onlooker,
    stack: ExitStack,
) -> Iterator[Picture]:
    """Yield the comp's pictures from `rest.begin` on; `stack` ends the threads that make them."""
    left = _first(shot) + shot.deliver.count - rest.begin
    if not left:
        return
    pictures = stack.enter_context(closing(ahead(plate.read(rest.begin, left), AHEAD)))
    patches = stack.enter_context(closing(ahead(_patches(shot, engine, plate, rest), AHEAD)))
    face = rest.face
    yield from onlooker.comp(
        merge.merge(onlooker.plate(pictures), face.track, patches, face.visibility, face.reasons)
    )


def _patches(shot: Shot, engine: Engine, plate: Plate, rest: Rest) -> Iterator[Patch]:
    """Yield the engine's patches from frame `rest.begin` on, as they would be in a whole run."""
    face = rest.face
    row = int(np.searchsorted(face.track.frames, rest.begin))
    if row == len(face.track):
        return
    start = warm_start(engine.spec, row)
    crops = crop.crops(
        plate,
        face.track,
        face.pool,
        shot.first_index,
        begin=int(face.track.frames[start]),
        visibility=face.visibility,
    )
    patches = engine.dub(crops, fitted_take(shot, engine.spec.sample_rate))
    try:
        yield from (patch for patch in patches if patch.frame >= rest.begin)
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
        "shot": shot.to_json(),
        "codec": codec,
        "engine": [engine.spec.name, engine.spec.weights],
        "plate": reel.digest(),
        "take": digest_take(shot.take.audio),
    }
    return json.dumps(parts, sort_keys=True)


def _heard(shot: Shot) -> HeardLine:
    first = round((shot.source.first - shot.deliver.first) / shot.source.rate * TAKE_RATE)
    title = shot.take.label or shot.take.audio.stem
    return HeardLine(fitted_take(shot, TAKE_RATE)[None], first, title)


def _judged(dub: Dub, onlooker: Onlooker, reel: FilePlate, progress: Progress) -> Dub:
    """Say how well the lips fit the sound, before and after."""
    times = (reel.pts - reel.pts[0]).astype(np.float64) * float(reel.tick)
    take = fitted_take(dub.shot, SAMPLE_RATE)
    figures, notes = sync_figures(onlooker, dub.shot, take, times[onlooker.track.frames], progress)
    return replace(dub, sync=figures, unjudged=notes)


def fitted_take(shot: Shot, sample_rate: int) -> np.ndarray:
    """Read the take and fit it to the shot: (samples,) float32, sample 0 heard with the source
    range's first frame.
    """
    samples = read_take(shot.take, sample_rate)
    return fit_take(samples, sample_rate, shot.source.seconds, 1 / shot.source.rate, shot.fit)


def check_plate(shot: Shot, facts: PlateFacts) -> None:
    """See that the file holds what the timeline says.

    Raises:
        MediaError: another rate, or too few frames.
    """
    if facts.rate != shot.source.rate and not facts.variable:
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


@dataclass(frozen=True, slots=True, eq=False)
class ShotFace:
    """The face to dub: its track over the delivered frames that can be dubbed, the pool references
    may be taken from, what lies before the mouth, and why the other frames are left out (file frame
    index -> reason).
    """

    track: FaceTrack
    pool: FaceTrack
    visibility: Visibility | None
    reasons: dict[int, KeptReason]


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
    try:
        if shot.face is None and engine.spec.needs_face:
            everyone = follow.follow_everyone(plate, first, end, progress, cache)
            own = default_speaker(shot, everyone)
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
    if is_drawn(own):
        raise FaceError(
            "The face is drawn, not filmed.",
            tr("Only filmed faces are dubbed: a drawing would get a photograph's mouth."),
        )
    cover = find_cover(own, pool)
    reasons |= dict.fromkeys(cover.covered.tolist(), "covered")
    if not len(cover.track):
        raise FaceError(
            "The mouth is covered in every frame of the shot.",
            tr("Choose a shot in which the mouth is seen, or another face."),
        )
    return ShotFace(cover.track, cover.pool, cover.maps, reasons)


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
    reasons: Mapping[int, KeptReason],
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
        kept=_kept(shot, onlooker.changed, reasons),
    )


def _faceless(shot: Shot, track: FaceTrack) -> dict[int, KeptReason]:
    """Return the delivered frames (file frame index) in which the face is not seen."""
    first = _first(shot)
    frames = set(range(first, first + shot.deliver.count)) - set(track.frames.tolist())
    return dict.fromkeys(frames, "no-face")


def _kept(
    shot: Shot, changed: Sequence[int], reasons: Mapping[int, KeptReason]
) -> tuple[Kept, ...]:
    """Return the frames that are the plate's own, and why; all counted by file frame index."""
    first = _first(shot)
    unchanged = set(range(first, first + shot.deliver.count)) - set(changed)
    why: dict[int, KeptReason] = {
        i + shot.available.first: reasons.get(i, "no-patch") for i in unchanged
    }
    return kept_runs(why, shot.source.rate)


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
        for at in range(0, len(indices), FETCH):
            self._progress.step("references", at, len(indices))
            found += self._plate.fetch(indices[at : at + FETCH])
        return found

    def digest(self) -> str:
        return self._plate.digest()

    def close(self) -> None:
        self._plate.close()
