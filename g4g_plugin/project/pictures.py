"""What is to be looked at: frames of any file by their index, the faces in them, their matte.

The stage rooms are imported when they are first needed: a window opens without them.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.decisions import FaceChoice, Fit, Take
from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.face import LANDMARKS_68
from g4g_plugin.core.plate import Conform
from g4g_plugin.timeline.edit import Slot

if TYPE_CHECKING:
    from g4g_plugin.media.plate import FilePlate
    from g4g_plugin.render.cached_faces import Faces
    from g4g_plugin.render.triage import Remark, Seen

LOG = logging.getLogger(__name__)
Pixels = NDArray[np.uint8]
OPEN_FILES = 4  # the plate, the dub, a version beside it, and the shot before


class FrameReader:
    """Reads frames of several files, the last of which stay open. For one thread."""

    def __init__(self) -> None:
        self._plates: OrderedDict[tuple[Path, Conform | None], FilePlate] = OrderedDict()

    def read(self, path: Path, index: int, conform: Conform | None = None) -> Pixels:
        """Return frame `index` of a file, counted as it is conformed, (h, w, 3) uint8 RGB.

        Raises:
            MediaError: it is not there or cannot be decoded.
        """
        return self._plate(path, conform).fetch([index])[0].rgb8()

    def _plate(self, path: Path, conform: Conform | None) -> FilePlate:
        from g4g_plugin.media.plate import open_plate

        key = (path, conform)
        if key not in self._plates:
            self._plates[key] = open_plate(path, conform)
        self._plates.move_to_end(key)
        while len(self._plates) > OPEN_FILES:
            self._plates.popitem(last=False)[1].close()
        return self._plates[key]

    def close(self) -> None:
        """Let the files go."""
        for plate in self._plates.values():
            plate.close()
        self._plates.clear()


def known_media(slot: Slot) -> Slot:
    """Return a clip with what its media holds, read from the file where the timeline does not say.

    Raises:
        MediaError: the file cannot be read.
    """
    from g4g_plugin.media.probe import probe
    from g4g_plugin.project.planning import known_slot

    slot = known_slot(slot)
    if slot.media is not None and slot.available is None:
        return replace(slot, available=probe(slot.media).available)
    return slot


def middle_frame(slot: Slot) -> Pixels:
    """Return the frame in the middle of what a clip shows, (h, w, 3) uint8 RGB.

    Raises:
        MediaError: the file cannot be read.
    """
    from g4g_plugin.media.plate import open_plate

    slot = known_media(slot)
    assert slot.media is not None
    offset = slot.available.first if slot.available else slot.source.first
    with open_plate(slot.media, slot.conform) as plate:
        middle = slot.source.first + slot.source.count // 2 - offset
        return plate.fetch([min(max(middle, 0), plate.facts.count - 1)])[0].rgb8()


def search_faces(path: Path, index: int, conform: Conform | None = None) -> Seen:
    """Return the faces of a frame; none where the models for that are not installed."""
    from g4g_plugin.render.triage import Seen, look_at

    try:
        return (look_at(path, [index], conform) if conform else look_at(path, [index]))[0]
    except FaceError as error:
        LOG.warning("no faces: %s", error.message)
        return Seen(index, ())


def cached_faces(
    plate: tuple[Path, Conform | None],
    frames: tuple[int, int, int],
    choice: FaceChoice | None,
    cache: Path,
) -> Faces | None:
    """Return what a dub or preview has kept of a shot's faces, None where nothing was.

    Args:
        plate: the file, and how it is conformed.
        frames: file indices of the first frame that was followed, the end, and the shot's first.
        choice: whose mouth moves, as it was chosen.
        cache: the folder of what is kept.
    """
    from g4g_plugin.render.cached_faces import Span, recall_faces

    path, conform = plate
    return recall_faces(path, Span(*frames, choice), cache, conform)


def face_alpha(
    mesh: NDArray[np.float32], width: int, height: int
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return the matte of a face, 0..1, and the plate pixel of its first value.

    Args:
        mesh: (478, 3) plate pixels.
        width: of the plate.
        height: of the plate.
    """
    from g4g_plugin.composite.matte import LOWER_FACE, face_matte, face_size

    points = mesh[list(LANDMARKS_68), :2]
    # it ends within .85 of a face size, mitred corners apart
    hull, margin = points[list(LOWER_FACE)], 2 * face_size(points)
    x, y = (hull.min(0) - margin).clip(0, (width - 1, height - 1)).astype(int).tolist()
    end = (hull.max(0) + margin).clip((x + 1, y + 1), (width, height)).astype(int).tolist()
    return np.clip(face_matte(mesh, (x, y, *end)), 0, 1), (x, y)


def check_shot(slot: Slot, take: Take | None, fit: Fit, face: FaceChoice | None) -> list[Remark]:
    """Look at frames and take of a clip, and say whether a dub will work.

    Args:
        slot: the clip, whose media is there.
        take: the line it is to say, if any.
        fit: what happens to a line of another length.
        face: whose mouth moves, where that was chosen.

    Raises:
        G4GError: plate or take cannot be read.
    """
    from g4g_plugin.render.triage import triage

    known = known_media(slot)
    assert known.media is not None
    available = known.available or known.source
    return triage(known.media, known.source, available, take, fit, face, known.conform)
