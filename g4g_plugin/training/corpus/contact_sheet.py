"""What is in a pack, told: a row for each identity, the clips left out with their reasons, a
contact sheet of faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import MediaError
from g4g_plugin.core.files import write_image
from g4g_plugin.core.words import tr
from g4g_plugin.training.corpus.pack import CORPUS_RATE, Clip, Corpus

Pixels = NDArray[np.uint8]

SHEET_COLUMNS = 12  # of the contact sheet
LABEL_PIXELS = 24  # pixels below each face
TEST_PERSON_COLOUR = (255, 160, 0)  # RGB frame of a test person
NAMED_MOST = 30  # clips left out that are told one by one


def show_corpus(corpus: Corpus) -> list[dict[str, Any]]:
    """Return a row for each identity, test people last.

    clips and seconds in the pack; face: median height, brows to chin, in the videos' pixels (None:
    not measured);
    offset: (least, median, most) frames by which the sound is late (None: nobody has listened);
    silence: seconds without speech; unclear: clips dropped from all that needs their sound; lost:
    clips that are not in the pack at all.
    """
    people: dict[str, list[Clip]] = {}
    for clip in corpus.clips:
        people.setdefault(clip.identity, []).append(clip)
    lost = [str(row.get("identity") or Path(row["key"]).parent.name) for row in corpus.dropped]
    rows = [_row(corpus, name, clips, lost.count(name)) for name, clips in people.items()]
    alone = sorted(set(lost) - set(people))
    rows += [_row(corpus, name, [], lost.count(name)) for name in alone]
    return sorted(rows, key=lambda row: (row["split"] == "test", row["split"], row["identity"]))


def _row(corpus: Corpus, name: str, clips: Sequence[Clip], lost: int) -> dict[str, Any]:
    faces = [clip.face for clip in clips if clip.face]
    offsets = [clip.offset for clip in clips if clip.offset is not None and clip.sound]
    return {
        "identity": name,
        "split": "/".join(sorted({clip.split for clip in clips})) or "-",
        "clips": len(clips),
        "seconds": sum(clip.frames for clip in clips) / CORPUS_RATE,
        "face": float(np.median(faces)) if faces else None,
        "offset": (min(offsets), float(np.median(offsets)), max(offsets)) if offsets else None,
        "silence": sum(int(corpus.silent(clip).sum()) for clip in clips) / CORPUS_RATE,
        "unclear": sum(not clip.sound for clip in clips),
        "lost": lost,
    }


def reasons(corpus: Corpus) -> list[tuple[str, str]]:
    """Return (clip, reason) of every clip that was left out, or whose sound was."""
    lost = [(row["key"], row["reason"]) for row in corpus.dropped]
    return lost + [
        (c.key, c.reason or "no clear audio-video offset") for c in corpus.clips if not c.sound
    ]


def table(corpus: Corpus) -> str:
    """Return the table and the reasons as text."""
    rows = show_corpus(corpus)
    wide = max([len(row["identity"]) for row in rows] + [8])
    head = f"{'identity':<{wide}} {'split':<6}{'clips':>6}{'seconds':>9}{'face px':>8}{'offset, frames':>20}"
    lines = [head + f"{'silence s':>10}{'no offset':>10}{'left out':>9}"]
    for row in rows:
        face = f"{row['face']:.0f}" if row["face"] else "-"
        offset = "{1:+.1f} ({0:+.1f} .. {2:+.1f})".format(*row["offset"]) if row["offset"] else "-"
        told = f"{row['identity']:<{wide}} {row['split']:<6}{row['clips']:>6}{row['seconds']:>9.1f}{face:>8}{offset:>20}"
        lines.append(told + f"{row['silence']:>10.1f}{row['unclear']:>10}{row['lost']:>9}")
    clips, seconds = (sum(row[name] for row in rows) for name in ("clips", "seconds"))
    lines.append(f"{len(rows)} people, {clips} clips, {seconds:.0f} s")
    why = reasons(corpus)
    lines += [f"left out: {key}: {reason}" for key, reason in why[:NAMED_MOST]]
    return "\n".join(
        lines
        + (
            [f"and {len(why) - NAMED_MOST} more: corpus.json, offsets.json"]
            if len(why) > NAMED_MOST
            else []
        )
    )


def draw_sheet(corpus: Corpus, path: Path) -> None:
    """Draw one face of each identity, labelled with its name, clips and seconds, test people
    framed, into a PNG.

    Raises:
        MediaError: it cannot be written.
    """
    people: dict[str, list[Clip]] = {}
    for clip in sorted(corpus.clips, key=lambda c: (c.split != "test", c.identity, c.key)):
        people.setdefault(clip.identity, []).append(clip)
    cells = [_cell(corpus, name, clips) for name, clips in people.items()]
    columns = min(SHEET_COLUMNS, len(cells))
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    lines = [
        np.concatenate(cells[at : at + columns], axis=1) for at in range(0, len(cells), columns)
    ]
    try:
        write_image(path, np.concatenate(lines))
    except OSError as err:
        raise MediaError(
            "The contact sheet {path} cannot be written.", tr("Give --sheet FILE.png."), path=path
        ) from err


def _cell(corpus: Corpus, name: str, clips: Sequence[Clip]) -> Pixels:
    picture = corpus.glance(clips[0])
    height, width = picture.shape[:2]
    cell = np.zeros((height + LABEL_PIXELS, width, 3), np.uint8)
    cell[:height] = picture
    if clips[0].split == "test":
        cell[:2] = cell[height - 2 : height] = cell[:height, :2] = cell[:height, -2:] = (
            TEST_PERSON_COLOUR
        )
    seconds = sum(clip.frames for clip in clips) / CORPUS_RATE
    for line, words in enumerate((name, f"{len(clips)} x {seconds:.0f} s")):
        fits = (
            words
            if len(words) <= width // 6
            else words[: width // 12 - 1] + "~" + words[-(width // 12) :]
        )
        _write(cell, fits, (3, height + 10 + 11 * line))
    return cell


def _write(cell: Pixels, words: str, at: tuple[int, int]) -> None:
    plain = words.encode("ascii", "replace").decode()  # OpenCV's font knows no other letters
    cv2.putText(cell, plain, at, cv2.FONT_HERSHEY_PLAIN, 0.65, (235, 235, 235), 1, cv2.LINE_AA)
