"""Make a corpus pack from a folder of videos; a broken run goes on with the clip at which it
stopped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import G4GError, MediaError
from g4g_plugin.core.files import whole_file
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.core.words import tr
from g4g_plugin.network.mel import level_mel, pack_mel, unpack_mel
from g4g_plugin.training.corpus.dataset_layouts import (
    Source,
    capped,
    in_pieces,
    list_sources,
    read_manifest,
)
from g4g_plugin.training.corpus.extract import (
    Extract,
    Measure,
    ToCrop,
    crop_matrices,
    duration,
    extract,
    measure_faces,
)
from g4g_plugin.training.corpus.pack import (
    CORPUS_RATE,
    PACK_FORMAT,
    Clip,
    digest_of,
    silent_spans,
    steps_of,
    write_json,
)
from g4g_plugin.training.corpus.parallel import in_processes

if TYPE_CHECKING:
    from av import VideoFrame

SHARD_FRAMES = {256: 750}  # by mouth size; about 10 MiB
SMALL_SHARD_FRAMES = 3_000  # of a smaller mouth
SHARD_BYTES_MOST = 15 * 2**20  # bytes of a shard file
CRF_STEPS = (17, 20, 23, 26)  # x264 crf: the first with which the shard is small enough
KEY_INTERVAL = "12"  # pictures between key frames
STORED_ARRAYS = ("pictures", "mesh", "to_crop", "mel", "first", "face")  # of an Extract
WORK_FOLDER = "work"  # clips that are measured, until their shard is whole

logger = logging.getLogger(__name__)


def build_corpus(
    video_dir: Path,
    out: Path,
    mouth: int = 128,
    processes: int = 2,
    manifest: Path | None = None,
    cap: int | None = None,
    progress: Progress = SILENT,
    measure: Measure | None = None,
    to_crop: ToCrop | None = None,
    layout: str = "auto",
) -> dict[str, int]:
    """Build a pack from a folder of videos; return clips, frames and clips dropped.

    Long videos become several clips.

    Args:
        video_dir: the folder with the videos.
        out: the pack.
        mouth: size of the mouth box, pixels.
        processes: how many work beside each other.
        manifest: JSON rows {file, identity, split, licence, seconds}; without one the folder's
            layout tells identities and splits.
        cap: clips of one identity at most, spread evenly.
        progress: told of every clip; may cancel.
        measure: finds the faces of a clip; the house's own by default.
        to_crop: makes crop matrices of meshes; the house's own by default.
        layout: of the folder: auto, plain, hdtf or lrs2.

    Raises:
        MediaError: no videos, or nothing in them could be used.
    """
    sources = read_manifest(manifest) if manifest else list_sources(video_dir, layout, duration)
    frames = SHARD_FRAMES.get(mouth, SMALL_SHARD_FRAMES)
    sources = in_pieces(sources, longest_piece(mouth))
    shards = list(share_out(capped(sources, cap) if cap else sources, frames))
    (out / WORK_FOLDER).mkdir(parents=True, exist_ok=True)
    tables = {
        number: done
        for number, shard in enumerate(shards)
        if (done := _finished(out, number, mouth, shard))
    }
    todo = [
        (number, source)
        for number, shard in enumerate(shards)
        if number not in tables
        for source in shard
    ]
    left = {number: len(shard) for number, shard in enumerate(shards)}
    measured = partial(measure_clip, video_dir, out / WORK_FOLDER, mouth, measure, to_crop)
    job = partial(_measure, measured)
    total = sum(left.values())
    measuring = in_processes(job, todo, processes)
    for done, ((number, _), _) in enumerate(measuring, total - len(todo) + 1):
        left[number] -= 1
        if left[number] == 0:
            tables[number] = write_shard(out, number, mouth, shards[number])
        progress.step("corpus", done, total)
    shutil.rmtree(out / WORK_FOLDER)
    return _write_table(out, mouth, [tables[number] for number in sorted(tables)])


def longest_piece(mouth: int) -> float:
    """Return the seconds at which longer videos are cut, so that a shard of crops stays small
    enough to travel.
    """
    return (
        SHARD_FRAMES.get(mouth, SMALL_SHARD_FRAMES)
        / CORPUS_RATE
        / (1 if mouth in SHARD_FRAMES else 2)
    )


def _measure(job: Callable[[Source], None], errand: tuple[int, Source]) -> None:
    job(errand[1])


def share_out(sources: Sequence[Source], most: int = SMALL_SHARD_FRAMES) -> Iterator[list[Source]]:
    """Yield the clips of each shard; the same list gives the same shards, so that a broken run can
    go on.
    """
    shard: list[Source] = []
    frames = 0.0
    for source in sources:
        if shard and frames + source.seconds * CORPUS_RATE > most + 1:
            yield shard
            shard, frames = [], 0.0
        shard.append(source)
        frames += source.seconds * CORPUS_RATE
    if shard:
        yield shard


def measure_clip(
    video_dir: Path,
    work: Path,
    mouth: int,
    measure: Measure | None,
    to_crop: ToCrop | None,
    source: Source,
) -> None:
    """Measure one clip into the work folder, or say there why it cannot be used; what is there
    stays.

    Args:
        video_dir: the folder with the videos.
        work: where measured clips wait for their shard.
        mouth: size of the mouth box, pixels.
        measure: finds the faces of a clip; the house's own where None.
        to_crop: makes crop matrices of meshes; the house's own where None.
        source: the clip: file, part, person.
    """
    path = _work_file(work, mouth, source)
    if path.is_file():
        return
    kept: dict[str, Any] = {}
    try:
        found = extract(
            video_dir / source.path,
            mouth,
            measure or measure_faces,
            to_crop or crop_matrices,
            source.begin,
            source.length,
        )
        kept = {name: getattr(found, name) for name in STORED_ARRAYS}
    except G4GError as err:
        kept["reason"] = err.message
    with whole_file(path) as file:
        np.savez(file, **kept)


def _work_file(work: Path, mouth: int, source: Source) -> Path:
    return work / f"{hashlib.sha256(source.key.encode()).hexdigest()[:20]}-{mouth}.npz"


def write_shard(out: Path, number: int, mouth: int, shard: Sequence[Source]) -> dict[str, Any]:
    """Write one shard of measured clips and return its table; the clips leave the work folder.

    Args:
        out: the pack.
        number: of the shard, from 0.
        mouth: size of the mouth box, pixels.
        shard: the clips, in order.
    """
    clips, extracts, dropped = [], [], []
    row = mel_row = 0
    for source in shard:
        with np.load(_work_file(out / WORK_FOLDER, mouth, source)) as stored:
            kept = {name: stored[name] for name in stored.files}
        if "reason" in kept:
            lost = {"key": source.key, "identity": source.identity, "split": source.split}
            dropped.append(lost | {"reason": str(kept["reason"])})
            continue
        first, face = int(kept["first"]), float(kept["face"])
        found = Extract(kept["pictures"], kept["mesh"], kept["to_crop"], kept["mel"], first, face)
        extracts.append(found)
        clips.append(_row(source, number, found, row, mel_row))
        row, mel_row = row + len(found.pictures), mel_row + len(found.mel)
    name = _name(number)
    table = {
        "name": name,
        "wanted": _wanted(mouth, shard),
        "clips": clips,
        "dropped": dropped,
        "frames": row,
    }
    table |= (
        _write_files(out, name, mouth, extracts)
        if extracts
        else {"video": "", "numbers": "", "digests": {}}
    )
    write_json(out / f"{name}.json", table)
    for source in shard:
        _work_file(out / WORK_FOLDER, mouth, source).unlink(missing_ok=True)
    return table


def _row(source: Source, shard: int, found: Extract, row: int, mel_row: int) -> dict[str, Any]:
    clip = Clip(
        source.key,
        source.identity,
        source.split,
        len(found.pictures),
        shard,
        row,
        mel_row,
        len(found.mel),
        found.first,
        source.licence,
        silence=_silence(found.mel, len(found.pictures)),
        face=round(found.face, 1),
    )
    return {
        key: value
        for key, value in asdict(clip).items()
        if key not in ("offset", "sound", "reason")
    }


def _silence(rows: NDArray[np.float32], frames: int) -> tuple[tuple[int, int], ...]:
    return silent_spans(level_mel(unpack_mel(pack_mel(rows))), frames)


def _write_files(out: Path, name: str, mouth: int, extracts: Sequence[Extract]) -> dict[str, Any]:
    video, numbers = out / f"{name}.mp4", out / f"{name}.npz"
    for quality in CRF_STEPS:
        write_video(
            video, (picture for e in extracts for picture in e.pictures), CROP_SIZES[mouth], quality
        )
        if video.stat().st_size <= SHARD_BYTES_MOST:
            break
    steps = np.concatenate([steps_of(e.mesh) for e in extracts])
    with whole_file(numbers) as file:
        mel = np.concatenate([pack_mel(e.mel) for e in extracts])
        np.savez_compressed(file, mesh=steps, mel=mel)
    for file in (video, numbers):
        if file.stat().st_size > SHARD_BYTES_MOST:
            logger.warning(
                "%s has %d bytes, more than travels in one piece", file.name, file.stat().st_size
            )
    digests = {file.name: digest_of(file) for file in (video, numbers)}
    return {"video": video.name, "numbers": numbers.name, "digests": digests}


def write_video(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    size: tuple[int, int],
    quality: int = CRF_STEPS[0],
) -> None:
    """Encode RGB crops with H.264, one after another; the file appears whole or not at all.

    Args:
        path: the file.
        pictures: (h, w, 3) uint8 RGB, pulled one by one.
        size: width and height, pixels.
        quality: H.264's constant rate factor.
    """
    import av

    with whole_file(path) as file, av.open(file, "w", format="mp4") as container:
        options = {"crf": str(quality), "g": KEY_INTERVAL, "preset": "fast", "threads": "1"}
        stream = container.add_stream("libx264", rate=CORPUS_RATE, options=options)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(_rgb_frame(picture)))
        container.mux(stream.encode(None))


def _rgb_frame(picture: NDArray[np.uint8]) -> VideoFrame:
    """Return a picture (h, w, 3) as a frame whose padding is black too: FFmpeg's scaler reads into
    it, and what memory held before would make equal packs differ.
    """
    import av

    height, width = picture.shape[:2]
    frame = av.VideoFrame(width, height, "rgb24")
    plane = frame.planes[0]
    padded = np.zeros((height, plane.line_size), np.uint8)
    padded[:, : 3 * width] = picture.reshape(height, 3 * width)
    plane.update(padded.tobytes()[: plane.buffer_size])
    return frame


def _name(number: int) -> str:
    return f"shard-{number:03d}"


def _wanted(mouth: int, shard: Sequence[Source]) -> dict[str, Any]:
    return {"mouth": mouth, "sources": [s.key for s in shard]}


def _finished(out: Path, number: int, mouth: int, shard: Sequence[Source]) -> dict[str, Any] | None:
    """Return the table of a shard that is there, whole and of the same clips."""
    try:
        table = json.loads((out / f"{_name(number)}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    same = table["wanted"] == _wanted(mouth, shard)
    whole = all(
        (out / file).is_file() and digest_of(out / file) == d
        for file, d in table["digests"].items()
    )
    return table if same and whole else None


def _write_table(out: Path, mouth: int, tables: list[dict[str, Any]]) -> dict[str, int]:
    clips = [clip for table in tables for clip in table["clips"]]
    dropped = [row for table in tables for row in table["dropped"]]
    for row in dropped:
        logger.info("left out %s: %s", row["key"], row["reason"])
    if not clips:
        raise MediaError("No clip could be used.", tr("See the reasons in the log."))
    shards = [
        {key: table[key] for key in ("name", "video", "numbers", "frames", "digests")}
        for table in tables
    ]
    height, width = CROP_SIZES[mouth]
    size = {
        "height": height,
        "width": width,
        "rate": CORPUS_RATE,
        "mouth": mouth,
        "format": PACK_FORMAT,
    }
    write_json(out / "corpus.json", size | {"shards": shards, "clips": clips, "dropped": dropped})
    return {
        "clips": len(clips),
        "frames": sum(clip["frames"] for clip in clips),
        "dropped": len(dropped),
    }
