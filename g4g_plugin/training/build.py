"""Make a corpus pack from a folder of videos and its manifest; a broken run goes on where it stopped."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import CROP_SIZES
from g4g_plugin.core.errors import G4GError, MediaError
from g4g_plugin.core.progress import SILENT, Progress
from g4g_plugin.network.mel import pack_mel
from g4g_plugin.training.corpus import FORMAT, RATE, Clip, digest_of, steps_of, write_json
from g4g_plugin.training.extract import Extract, Measure, ToCrop, crop_matrices, extract, measure_faces

SHARD_FRAMES = 3_000  # about 10 MiB at M = 128
LARGEST = 15 * 2**20  # bytes of a shard file
QUALITY = "17"  # x264 crf
GROUP = "12"  # pictures between key frames
VIDEOS = (".mp4", ".mov", ".mpg", ".avi", ".mkv", ".webm")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """One video to take in: key = its path below the folder; seconds as far as they are known."""

    key: str
    identity: str
    split: str = "train"
    licence: str = ""
    seconds: float = 4.0


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
) -> dict[str, int]:
    """Build the pack `out` from the videos below `video_dir`; return clips, frames and clips dropped.

    manifest: JSON rows {file, identity, split, licence, seconds}; without one every folder is an identity, and every
    tenth identity is a test identity. cap: clips of one identity at most, spread evenly.

    Raises:
        MediaError: no videos, or nothing in them could be used.
    """
    sources = read_manifest(manifest) if manifest else list_videos(video_dir)
    sources = capped(sources, cap) if cap else sources
    out.mkdir(parents=True, exist_ok=True)
    shards = list(share_out(sources))
    job = partial(build_shard, video_dir, out, mouth, measure, to_crop)
    if processes > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(processes, mp_context=context) as pool:
            waiting = [pool.submit(job, number, shard) for number, shard in enumerate(shards)]
            for done, _ in enumerate(as_completed(waiting), 1):
                progress.step("corpus", done, len(shards))
            tables = [future.result() for future in waiting]
    else:
        tables = []
        for number, shard in enumerate(shards):
            tables.append(job(number, shard))
            progress.step("corpus", number + 1, len(shards))
    return _write_table(out, mouth, tables)


def read_manifest(path: Path) -> list[Source]:
    """Read the rows of a manifest.

    Raises:
        MediaError: it cannot be read.
    """
    try:
        rows = json.loads(path.read_text())
        return [
            Source(r["file"], r["identity"], r["split"], r.get("licence") or "", float(r.get("seconds") or 4.0))
            for r in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as err:
        hint = "It is a JSON list of {file, identity, split}."
        raise MediaError(f"The manifest {path} cannot be read.", hint) from err


def list_videos(video_dir: Path) -> list[Source]:
    """List the videos of a folder; their folder is their identity, and every tenth identity is kept for tests.

    HDTF (one video a person, in one folder): the file's name is the identity. LRS2 (main/<video>/<clip>.mp4): <video>.
    """
    files = sorted(p for p in video_dir.rglob("*") if p.suffix.lower() in VIDEOS)
    names = [p.parent.name if p.parent != video_dir else p.stem for p in files]
    held = set(sorted(set(names))[9::10])
    splits = ["test" if name in held else "train" for name in names]
    keys = [p.relative_to(video_dir).as_posix() for p in files]
    return [Source(key, name, split) for key, name, split in zip(keys, names, splits, strict=True)]


def capped(sources: Sequence[Source], cap: int) -> list[Source]:
    """Keep at most `cap` clips of an identity, spread evenly over its list."""
    by: dict[str, list[Source]] = {}
    for source in sources:
        by.setdefault(source.identity, []).append(source)
    kept = {s.key for group in by.values() for s in _spread(group, cap)}
    return [s for s in sources if s.key in kept]


def _spread(group: list[Source], cap: int) -> list[Source]:
    return group if len(group) <= cap else [group[i] for i in np.linspace(0, len(group) - 1, cap).round().astype(int)]


def share_out(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Yield the clips of each shard; the same list gives the same shards, so that a broken run can go on."""
    shard: list[Source] = []
    frames = 0.0
    for source in sources:
        if shard and frames + source.seconds * RATE > SHARD_FRAMES:
            yield shard
            shard, frames = [], 0.0
        shard.append(source)
        frames += source.seconds * RATE
    if shard:
        yield shard


def build_shard(
    video_dir: Path,
    out: Path,
    mouth: int,
    measure: Measure | None,
    to_crop: ToCrop | None,
    number: int,
    shard: list[Source],
) -> dict[str, Any]:
    """Write one shard; return its table. A shard that is there, whole and of the same clips is left as it is."""
    name = f"shard-{number:03d}"
    wanted = {"mouth": mouth, "sources": [s.key for s in shard]}
    done = _finished(out, name, wanted)
    if done is not None:
        return done
    measure, to_crop = measure or measure_faces, to_crop or crop_matrices
    clips, extracts, dropped = [], [], []
    row = mel_row = 0
    for source in shard:
        try:
            found = extract(video_dir / source.key, mouth, measure, to_crop)
        except G4GError as err:
            dropped.append({"key": source.key, "reason": err.message})
            continue
        size, rows = len(found.pictures), len(found.mel)
        clips.append(
            Clip(
                source.key, source.identity, source.split, size, number, row, mel_row, rows, found.first, source.licence
            )
        )
        extracts.append(found)
        row, mel_row = row + size, mel_row + rows
    table = {"name": name, "wanted": wanted, "clips": [_row(c) for c in clips], "dropped": dropped, "frames": row}
    return _write_shard(out, name, mouth, extracts, table)


def _write_shard(out: Path, name: str, mouth: int, extracts: list[Extract], table: dict[str, Any]) -> dict[str, Any]:
    video, numbers = out / f"{name}.mp4", out / f"{name}.npz"
    if extracts:
        write_video(video, (picture for e in extracts for picture in e.pictures), CROP_SIZES[mouth])
        steps = np.concatenate([steps_of(e.mesh) for e in extracts])
        np.savez_compressed(numbers, mesh=steps, mel=np.concatenate([pack_mel(e.mel) for e in extracts]))
        for file in (video, numbers):
            if file.stat().st_size > LARGEST:
                logger.warning("%s has %d bytes, more than travels in one piece", file.name, file.stat().st_size)
        table |= {"video": video.name, "numbers": numbers.name}
        table |= {"digests": {file.name: digest_of(file) for file in (video, numbers)}}
    else:
        table |= {"video": "", "numbers": "", "digests": {}}
    write_json(out / f"{name}.json", table)
    return table


def write_video(path: Path, pictures: Iterable[NDArray[np.uint8]], size: tuple[int, int]) -> None:
    """Encode RGB crops with H.264, one after another; the file appears whole or not at all."""
    import av

    part = path.with_name(path.name + ".part")
    with av.open(str(part), "w", format="mp4") as container:
        options = {"crf": QUALITY, "g": GROUP, "preset": "fast", "threads": "1"}
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(path)


def _row(clip: Clip) -> dict[str, Any]:
    return {key: value for key, value in asdict(clip).items() if key not in ("offset", "sound")}


def _finished(out: Path, name: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
    try:
        table = json.loads((out / f"{name}.json").read_text())
    except (OSError, ValueError):
        return None
    same = table["wanted"] == wanted
    whole = all((out / file).is_file() and digest_of(out / file) == d for file, d in table["digests"].items())
    return table if same and whole else None


def _write_table(out: Path, mouth: int, tables: list[dict[str, Any]]) -> dict[str, int]:
    clips = [clip for table in tables for clip in table["clips"]]
    dropped = [row for table in tables for row in table["dropped"]]
    for row in dropped:
        logger.info("left out %s: %s", row["key"], row["reason"])
    if not clips:
        raise MediaError("No clip could be used.", "See the reasons in the log.")
    shards = [{key: table[key] for key in ("name", "video", "numbers", "frames", "digests")} for table in tables]
    height, width = CROP_SIZES[mouth]
    size = {"height": height, "width": width, "rate": RATE, "mouth": mouth, "format": FORMAT}
    write_json(out / "corpus.json", size | {"shards": shards, "clips": clips, "dropped": dropped})
    return {"clips": len(clips), "frames": sum(clip["frames"] for clip in clips), "dropped": len(dropped)}
