"""Where the faces are: MediaPipe's full-range detector on the whole picture and, for small faces,
on tiles of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from g4g_plugin.core.errors import FaceError
from g4g_plugin.core.words import tr
from g4g_plugin.faces.landmarks import Box, Pixels, quiet_stderr, quiet_warnings

LEAST_SCORE = 0.5
# The picture is reduced as long as its longer side keeps this; a tile then has 256 or more
WORK_SIDE = 768
# longer side over the side of a tile: a face of 4 % of the width is 12 % of a tile's, found
# reliably
TILE_ASPECT = 3.0
LARGEST_IN_TILE = 0.4  # of its side: what is larger the look at the whole picture finds, and whole
TILE_OVERLAP = 0.25  # of a tile's side
# of the picture on each side, where nothing was found: a face that fills the frame, or more than
# it, is "no face" else
PAD_SHARES = (0.4, 1.5)
SAME_FACE_OVERLAP = 0.5  # intersection over the smaller box from which two boxes are one face
UPRIGHT_LIMIT = np.radians(30)  # up to here the mesh finds a face as if it stood upright
BRIGHT_PERCENTILE, MOST_GAIN = 98, 12.0  # percentile that becomes white, and by how much at most
QUARTER_TURNS = 4  # turns of 90 degrees: the detector finds faces tilted by up to about 60


@dataclass(frozen=True, slots=True)
class Found:
    """A detected face: its box from brows to chin (left, top, right, bottom; picture pixels), score
    0..1, roll in radians, clockwise positive; 0 up to `UPRIGHT_LIMIT`.
    """

    box: Box
    score: float
    roll: float = 0.0


def overlap(one: Box, other: Box) -> float:
    """Return the intersection of two boxes over the area of the smaller one."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return width * height / smaller if smaller > 0 else 0.0


def _distinct(found: list[Found]) -> list[Found]:
    """Keep the best-scored box of each face, best first."""
    kept: list[Found] = []
    for face in sorted(found, key=lambda f: -f.score):
        if all(overlap(face.box, other.box) < SAME_FACE_OVERLAP for other in kept):
            kept.append(face)
    return kept


def _starts(length: int, side: int) -> list[int]:
    steps = int(np.ceil(max(length - side, 0) / (side * (1 - TILE_OVERLAP))))
    return [round(i * (length - side) / steps) for i in range(steps + 1)] if steps else [0]


def tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Return overlapping squares (left, top, right, bottom) that cover the picture."""
    side = round(max(width, height) / TILE_ASPECT)
    across, down = min(side, width), min(side, height)
    return [
        (x, y, x + across, y + down) for y in _starts(height, down) for x in _starts(width, across)
    ]


def import_models() -> Any:
    """Import MediaPipe (seconds, the first time) and return its face detection; a dub need not wait
    for it then.

    Raises:
        FaceError: it is not installed whole.
    """
    with quiet_stderr(), quiet_warnings():
        try:
            from mediapipe.python.solutions.face_detection import FaceDetection
        except (ImportError, RuntimeError) as err:
            hint = tr("Install mediapipe 0.10.14: run installer/install.py again.")
            raise FaceError("The face models cannot be loaded.", hint) from err
    return FaceDetection


class FaceDetector:
    """Finds every face of a picture, from about 4 % of its width to more than all of it."""

    def __init__(self, least_score: float = LEAST_SCORE) -> None:
        found = import_models()
        with quiet_stderr(), quiet_warnings():
            try:
                self._net: Any = found(min_detection_confidence=least_score, model_selection=1)
                self._net.process(
                    np.zeros((64, 64, 3), np.uint8)
                )  # the first picture makes it talk
            except RuntimeError as err:
                hint = tr("Install mediapipe 0.10.14: run installer/install.py again.")
                raise FaceError("The face models cannot be loaded.", hint) from err

    def __enter__(self) -> FaceDetector:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the net go; calling it again does nothing."""
        if self._net is not None:
            self._net.close()
            self._net = None

    def _look(self, rgb: Pixels, left: int = 0, top: int = 0) -> list[Found]:
        with quiet_warnings():
            detections = self._net.process(np.ascontiguousarray(rgb)).detections or []
        height, width = rgb.shape[:2]
        found = []
        for detection in detections:
            part = detection.location_data.relative_bounding_box
            x, y = part.xmin * width - 0.5 + left, part.ymin * height - 0.5 + top
            right, bottom = x + part.width * width, y + part.height * height
            roll = _roll(detection.location_data.relative_keypoints, width, height)
            found.append(Found((x, y, right, bottom), float(detection.score[0]), roll))
        return found

    def _padded(self, rgb: Pixels) -> list[Found]:
        height, width = rgb.shape[:2]
        for pad in PAD_SHARES:
            x, y = round(pad * width), round(pad * height)
            wide = cv2.copyMakeBorder(rgb, y, y, x, x, cv2.BORDER_REPLICATE)
            found = self._look(np.asarray(wide, np.uint8), -x, -y)
            if found:
                return found
        return []

    def __call__(self, rgb: Pixels, thorough: bool = True, hard: bool = True) -> list[Found]:
        """Return the faces of a picture, best score first; an empty list where there are none.

        One look finds faces from 8 % of the longer side.

        Args:
            rgb: (h, w, 3) uint8.
            thorough: look at tiles too, for small faces.
            hard: where there are none, look with a border, for faces larger than the picture, and
                with the light levelled.
        """
        height, width = rgb.shape[:2]
        factor = max(height, width) // WORK_SIDE
        if factor > 1:  # a whole factor: several times quicker than any other
            size = (max(1, width // factor), max(1, height // factor))
            whole = rgb[: size[1] * factor, : size[0] * factor]
            rgb = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
        found = self._look(rgb)
        if thorough:
            for left, top, right, bottom in tiles(rgb.shape[1], rgb.shape[0]):
                seen = self._look(rgb[top:bottom, left:right], left, top)
                found += [
                    face
                    for face in seen
                    if face.box[2] - face.box[0] < LARGEST_IN_TILE * (right - left)
                ]
        found = _distinct(found)
        if not found and hard:
            found = self._padded(rgb) or self._look(_levelled(rgb))
        return [replace(face, box=_scaled(face.box, max(factor, 1))) for face in found]

    def turned(self, rgb: Pixels, thorough: bool = False) -> list[Found]:
        """Return the faces that are found with the picture turned by 90, 180 and 270 degrees.

        rgb (h, w, 3) uint8. For heads that hang, lie, or stand on their top: where the upright
        search finds nothing, or now and then. What comes back is in the picture as it is.
        """
        found: list[Found] = []
        for quarters in range(1, QUARTER_TURNS):
            picture = np.ascontiguousarray(np.rot90(rgb, quarters))
            seen = self(picture, thorough)
            found += [_turned_back(face, quarters, rgb.shape) for face in seen]
        return _distinct(found)


def _levelled(rgb: Pixels) -> Pixels:
    """Bring each channel's bright places to white: for faces at night and under coloured light."""
    bright = np.percentile(rgb[::4, ::4].reshape(-1, 3), BRIGHT_PERCENTILE, axis=0)
    gain = np.minimum(255 / np.maximum(bright, 1), MOST_GAIN)
    return np.clip(rgb * gain, 0, 255).astype(np.uint8)


def _roll(keypoints: Any, width: int, height: int) -> float:
    """Return how a face is tilted, from the detector's eyes; 0 up to `UPRIGHT_LIMIT`."""
    left, right = keypoints[0], keypoints[1]  # as seen in the picture
    roll = float(np.arctan2((right.y - left.y) * height, (right.x - left.x) * width))
    return roll if abs(roll) > UPRIGHT_LIMIT else 0.0


def _turned_back(face: Found, quarters: int, shape: tuple[int, ...]) -> Found:
    """Bring a face of a picture turned counter-clockwise back to the picture of this shape."""
    left, top, right, bottom = face.box
    for turn in range(quarters, 0, -1):
        # one turn takes (x, y) of a picture w wide to (y, w - 1 - x)
        last = shape[1] - 1 if turn % 2 else shape[0] - 1
        left, top, right, bottom = last - bottom, left, last - top, right
    return replace(face, box=(left, top, right, bottom), roll=face.roll + quarters * np.pi / 2)


def _scaled(box: Box, factor: int) -> Box:
    left, top, right, bottom = ((edge + 0.5) * factor - 0.5 for edge in box)
    return left, top, right, bottom
