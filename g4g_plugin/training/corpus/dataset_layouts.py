"""Which clips lie in a folder: plain folders of people, HDTF, LRS2, or a manifest; identity and
split of each.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.words import tr

VIDEO_SUFFIXES = (".mp4", ".mov", ".mpg", ".avi", ".mkv", ".webm")
SPAN_FILES = "*_annotion_time.txt"  # HDTF's own spelling
HDTF_SUBSETS = ("RD_", "WDA_", "WRA_")  # HDTF: radio, Democrats, Republicans
CLIP_NUMBER = re.compile(r"_\d{1,3}$")  # HDTF: <video>_<clip>.mp4
UNTOLD_SECONDS = 4.0  # seconds taken for a clip whose length nobody tells

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """One clip to take in.

    key: its name in the pack; file: its path below the folder, where that is not the key; seconds
    as far as they are known; begin, length: the part of the file it is, seconds (length None: to
    the end).
    """

    key: str
    identity: str
    split: str = "train"
    licence: str = ""
    seconds: float = UNTOLD_SECONDS
    file: str = ""
    begin: float = 0.0
    length: float | None = None

    @property
    def path(self) -> str:
        """Where the file lies below the folder."""
        return self.file or self.key


def list_sources(
    video_dir: Path, layout: str = "auto", length_of: Callable[[Path], float] | None = None
) -> list[Source]:
    """List the clips of a folder as its layout says.

    Args:
        video_dir: the folder with the videos.
        layout: auto, plain, hdtf or lrs2.
        length_of: a file's seconds, asked where the layout does not tell them.

    Raises:
        MediaError: no folder, no videos, or not that layout.
    """
    if not video_dir.is_dir():
        raise MediaError(
            "There is no folder {video_dir}.",
            tr("Name the folder that holds the videos."),
            video_dir=video_dir,
        )
    found = LAYOUTS[guess_layout(video_dir) if layout == "auto" else layout](video_dir)
    if not found:
        raise MediaError(
            "No videos were found in {video_dir}.",
            tr("Looked for {videos} as {layout}."),
            video_dir=video_dir,
            videos=", ".join(VIDEO_SUFFIXES),
            layout=layout,
        )
    if length_of is None:
        return found
    unknown = {
        s.path
        for s in found
        if s.length is None and s.seconds == UNTOLD_SECONDS and not _is_lrs2_main(s)
    }
    lengths = {path: length_of(video_dir / path) for path in sorted(unknown)}
    return [replace(s, seconds=lengths[s.path]) if s.path in lengths else s for s in found]


def guess_layout(video_dir: Path) -> str:
    """Return which layout a folder has: lrs2 (main/ and its lists), hdtf (time stamps or names),
    else plain.
    """
    if _lrs2_root(video_dir) is not None:
        return "lrs2"
    if next(video_dir.rglob(SPAN_FILES), None) is not None:
        return "hdtf"
    names = [p.stem for p in _videos(video_dir)]
    named = [n for n in names if n.startswith(HDTF_SUBSETS) and CLIP_NUMBER.search(n)]
    return "hdtf" if names and len(named) == len(names) else "plain"


def list_plain(video_dir: Path) -> list[Source]:
    """List a folder of folders: each holds one person. Videos beside them are a person each."""
    files = _videos(video_dir)
    names = [p.parent.name if p.parent != video_dir else p.stem for p in files]
    keys = [p.relative_to(video_dir).as_posix() for p in files]
    return _split(Source(key, name) for key, name in zip(keys, names, strict=True))


def list_hdtf(video_dir: Path) -> list[Source]:
    """List HDTF: clips <video>_<number>.mp4; whole videos are cut at the time stamps of
    *_annotion_time.txt.

    Identity: the video's name without its subset and, but for the radio shows, without the number
    behind a person's name (BarbaraLee0 and BarbaraLee1 are one). Whole videos without time stamps,
    and those whose clips lie there too, are left out. Published without a split: every tenth
    identity is a test identity. (MRzzm/HDTF, README.)
    """
    spans: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(video_dir.rglob(SPAN_FILES)):
        subset = path.name.removesuffix("annotion_time.txt")
        for video, times in read_spans(path).items():
            spans[video] = spans[subset + video] = times
    files = _videos(video_dir)
    cut = {CLIP_NUMBER.sub("", p.stem) for p in files if CLIP_NUMBER.search(p.stem)}
    found: list[Source] = []
    for path in files:
        name, key = path.stem, path.relative_to(video_dir).as_posix()
        if CLIP_NUMBER.search(name):
            found.append(Source(key, hdtf_identity(CLIP_NUMBER.sub("", name))))
        elif name in spans and name not in cut:
            found += [
                Source(
                    _part_key(key, a, b - a),
                    hdtf_identity(name),
                    seconds=b - a,
                    file=key,
                    begin=a,
                    length=b - a,
                )
                for a, b in spans[name]
            ]
    return _split(found)


def hdtf_identity(video: str) -> str:
    """Return whose video it is, from its name."""
    for subset in HDTF_SUBSETS:
        video = video.removeprefix(subset)
    return video if re.fullmatch(r"Radio\d+", video) else video.rstrip("0123456789") or video


def read_spans(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Read HDTF's time stamps: {video: [(from, to) seconds]}; a line is `Radio11.mp4 00:30-01:00
    01:30-02:30`.

    Raises:
        MediaError: another format.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    try:
        for line in path.read_text("utf-8").splitlines():
            if words := line.split():
                pairs = [word.split("-") for word in words[1:]]
                found[Path(words[0]).stem] = [(_seconds(a), _seconds(b)) for a, b in pairs]
    except (OSError, ValueError) as err:
        raise MediaError(
            "The time stamps {path} cannot be read.",
            tr("A line is NAME.mp4 00:30-01:00."),
            path=path,
        ) from err
    return {name: [(a, b) for a, b in times if b > a] for name, times in found.items()}


def list_lrs2(video_dir: Path) -> list[Source]:
    """List LRS2: main/<id>/<clip>.mp4 and pretrain/<id>/<clip>.mp4, split by train.txt, val.txt,
    test.txt.

    <id> is a broadcast, the nearest to a person that is published. Clips of main/ that no list
    names are left out, and so is whatever shows a test identity outside the test list; without
    lists every tenth identity is a test identity. The split `val` is packed and shown; neither
    training nor the tables of test people use it.
    """
    root = _lrs2_root(video_dir)
    if root is None:
        raise MediaError(
            "{video_dir} is not LRS2.",
            tr("It holds main/<id>/<clip>.mp4, with train.txt, val.txt, test.txt."),
            video_dir=video_dir,
        )
    splits: dict[str, str] = {}
    for name in ("train", "val", "test"):
        lists = [
            folder / f"{name}.txt"
            for folder in (root, root.parent)
            if (folder / f"{name}.txt").is_file()
        ]
        for line in lists[0].read_text("utf-8").splitlines() if lists else ():
            if line.strip():
                splits[line.split()[0]] = name  # test lines go on with a flag (MV, NF)
    tested = {clip.split("/")[0] for clip, split in splits.items() if split == "test"}
    found, twice = [], 0
    for path in _videos(root / "main") + _videos(root / "pretrain"):
        clip, main = f"{path.parent.name}/{path.stem}", path.parent.parent.name == "main"
        split = splits.get(clip, "") if main and splits else "train"
        if split != "test" and path.parent.name in tested:
            twice += 1
        elif split:
            found.append(Source(path.relative_to(video_dir).as_posix(), path.parent.name, split))
    if twice:
        logger.info("left out %d clips of test identities that are not in test.txt", twice)
    return found if splits else _split(found)


def read_manifest(path: Path) -> list[Source]:
    """Read the rows of a manifest.

    Raises:
        MediaError: it cannot be read.
    """
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [
            Source(
                r["file"],
                r["identity"],
                r["split"],
                r.get("licence") or "",
                float(r.get("seconds") or UNTOLD_SECONDS),
            )
            for r in rows
        ]
    except (OSError, ValueError, KeyError, TypeError) as err:
        hint = tr("It is a JSON list of {file, identity, split}.")
        raise MediaError("The manifest {path} cannot be read.", hint, path=path) from err


def in_pieces(sources: Iterable[Source], longest: float) -> list[Source]:
    """Cut sources of more than `longest` seconds into equal pieces, so that a shard stays small
    enough to travel.
    """
    pieces: list[Source] = []
    for source in sources:
        count = math.ceil(source.seconds / longest - 1e-6)
        if count <= 1:
            pieces.append(source)
            continue
        size = source.seconds / count
        for number in range(count):
            begin = round(source.begin + number * size, 2)
            last = number == count - 1
            length = source.length and source.seconds - number * size if last else size
            key = _part_key(source.path, begin, size)
            pieces.append(
                replace(source, key=key, file=source.path, begin=begin, length=length, seconds=size)
            )
    return pieces


def capped(sources: Sequence[Source], cap: int) -> list[Source]:
    """Keep at most `cap` clips of an identity, spread evenly over its list."""
    by: dict[str, list[Source]] = {}
    for source in sources:
        by.setdefault(source.identity, []).append(source)
    kept = {s.key for group in by.values() for s in _spread(group, cap)}
    return [s for s in sources if s.key in kept]


def _spread(group: list[Source], cap: int) -> list[Source]:
    return (
        group
        if len(group) <= cap
        else [group[i] for i in np.linspace(0, len(group) - 1, cap).round().astype(int)]
    )


def _split(found: Iterable[Source]) -> list[Source]:
    """Keep every tenth identity for tests."""
    listed = list(found)
    held = set(sorted({s.identity for s in listed})[9::10])
    return [replace(s, split="test" if s.identity in held else "train") for s in listed]


def _videos(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file()
    )


def _lrs2_root(video_dir: Path) -> Path | None:
    """LRS2 is unpacked as mvlrs_v1/main; its lists lie in it or beside it."""
    for root in (video_dir, video_dir / "mvlrs_v1"):
        lists = any((folder / "train.txt").is_file() for folder in (root, root.parent))
        if (root / "main").is_dir() and (
            lists or (root / "pretrain").is_dir() or root != video_dir
        ):
            return root
    return None


def _is_lrs2_main(source: Source) -> bool:
    return "main" in Path(source.path).parts[:-2]


def _part_key(path: str, begin: float, length: float) -> str:
    return f"{path}#{begin:g}-{round(begin + length, 2):g}"


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


LAYOUTS: dict[str, Callable[[Path], list[Source]]] = {
    "plain": list_plain,
    "hdtf": list_hdtf,
    "lrs2": list_lrs2,
}
