"""The faces of a shot as an earlier dub has seen them, to be drawn over moving pictures; nothing is
decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.plate import Conform
from g4g_plugin.core.shot import FaceChoice
from g4g_plugin.faces import follow
from g4g_plugin.faces.landmarks import box_of
from g4g_plugin.media.plate import open_plate
from g4g_plugin.render.speaker import choose_speaker
from g4g_plugin.render.triage import Face, Floats, Seen


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked: file frames first up to, not with, end; `start` is where `choice.frame` counts
    from.
    """

    first: int
    end: int
    start: int
    choice: FaceChoice | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Every face seen in frames `first` up to `end` of a file, and the track of the one that moves."""

    span: Span
    track: FaceTrack
    frames: np.ndarray  # (M,) int64, ascending: one row a face
    mesh: Floats  # (M, 478, 3) float32, plate pixels

    def covers(self, frame: int) -> bool:
        """Return whether this frame was looked at."""
        return self.span.first <= frame < self.span.end

    def at(self, frame: int) -> Seen:
        """Return the faces of a frame, the one that moves first, as it was steadied."""
        rows = range(*np.searchsorted(self.frames, (frame, frame + 1)))
        others = [self.mesh[row] for row in rows]
        mine = self.moving(frame)
        if mine is not None:
            nearest = min(
                range(len(others)),
                key=lambda n: float(np.abs(others[n][:, :2] - mine[:, :2]).mean()),
            )
            others.pop(nearest)
        return Seen(
            frame,
            tuple(
                Face(box_of(mesh), mesh) for mesh in ([mine] if mine is not None else []) + others
            ),
        )

    def moving(self, frame: int) -> Floats | None:
        """Return the mesh (478, 3) of the face that moves, None where it is not in the picture."""
        row = int(np.searchsorted(self.track.frames, frame))
        here = row < len(self.track) and self.track.frames[row] == frame
        return self.track.mesh[row] if here else None


def recall_faces(
    plate: Path, span: Span, cache: Path, conform: Conform | None = None
) -> Faces | None:
    """Return what is kept of the faces of these frames; None where not all of them were looked at.

    Args:
        plate: the movie.
        span: the frames.
        cache: folder of face analyses.
        conform: how the movie's frames are counted.

    Raises:
        MediaError: the plate cannot be opened.
    """
    with open_plate(plate, conform) as reel:
        end = min(span.end, reel.facts.count)
        found = follow.recall(reel, span.first, end, span.choice, cache, span.start)
        if found is None:
            return None
        people, frames, mesh = found
        speaker, _ = choose_speaker(plate, reel.facts.rate, people)
    return Faces(span, speaker.track, frames, mesh)
