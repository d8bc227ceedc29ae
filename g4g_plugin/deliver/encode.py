"""The comp is written: in segments while its pictures are pulled, then joined with its sound; whole
or not at all, never over another file.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from g4g_plugin.core.errors import DeliverError
from g4g_plugin.core.picture import Picture
from g4g_plugin.core.plate import PlateFacts
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.delivery import WorkFolder
from g4g_plugin.deliver.names import next_name, safe_name
from g4g_plugin.deliver.recipes import Comp, check_encoder, check_holds
from g4g_plugin.deliver.segments import Arrays, Segment, SegmentStore, miscounted
from g4g_plugin.deliver.sound import HeardLine

__all__ = [
    "check_encoder",
    "check_holds",
    "encode",
    "encode_segments",
    "next_name",
    "safe_name",
]

log = logging.getLogger(__name__)


def encode(
    pictures: Iterable[Picture],
    shot: Shot,
    facts: PlateFacts,
    out: Path,
    codec: str,
    progress: Progress = SILENT,
    lines: Sequence[HeardLine] = (),
) -> Path:
    """Write the comp and its sound to `out`, and return it.

    Size, rate, pixel aspect and colour tags are the plate's; the start timecode is that of
    `shot.deliver.first`. A plate of variable rate is delivered on a steady grid at the shot's rate:
    its frame i is the comp's frame i. The plate's own sound is kept bit for bit, the lines come
    after it (see sound.py). Memory is flat: pictures are pulled one by one while the encoder works.

    Args:
        pictures: one for each frame of `shot.deliver`.
        shot: which frames of which plate.
        facts: of the plate.
        out: the file to write.
        codec: a name in core.codecs.CODECS.
        progress: told of every frame.
        lines: what is heard beside the plate's own sound.

    Raises:
        DeliverError: unknown codec, `out` exists, the folder cannot be written, the disk is full,
            the codec cannot hold such pictures, or too few or too many pictures come. Nothing is
            left behind then.
    """
    if out.exists():
        raise DeliverError(
            "{out} already exists.",
            tr("Media is never overwritten: deliver under another name."),
            out=out,
        )
    comp = Comp(shot, facts, codec)
    check_holds(codec, facts)
    with WorkFolder.temporary(out.parent, shot.id) as work:
        store = SegmentStore(work.path, comp, work.out)
        segments = encode_segments(pictures, store, [], progress=progress)
        work.join(comp, segments, lines, lambda: progress.step("join", 0, 0))
        work.name_media(out)
    return out


def encode_segments(
    pictures: Iterable[Picture],
    store: SegmentStore,
    finished: Sequence[Segment],
    records: Callable[[range], Arrays] = lambda frames: {},
    progress: Progress = SILENT,
) -> list[Segment]:
    """Encode the segments of a comp that are not there yet; return all of them.

    Args:
        pictures: the comp's, from the first frame that is not in `finished`.
        store: where segments are kept.
        finished: the segments that are there, from the first on.
        records: called with each segment's frames once they are encoded: arrays to be kept with it.
        progress: told of every frame.

    Raises:
        DeliverError: as `encode`.
    """
    segments = list(finished)
    source = iter(pictures)
    for number in range(len(segments), len(store.ranges)):
        segments.append(store.write(number, source, records, progress))
    _check_end(source, store)
    return segments


def _check_end(source: Iterator[Picture], store: SegmentStore) -> None:
    total = store.ranges[-1].stop
    if next(source, None) is not None:
        raise miscounted(total + 1, total)
    log.info("%d frames in %d segments", total, len(store.ranges))
