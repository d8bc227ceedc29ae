"""A followed face: the dense mesh, the paper's 68 points in it, and the way to the network's crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
MESH_POINTS = 478

# Points of the mesh that rooms measure by; left is the image's.
EYE_CORNERS = (33, 263)  # outer ones: their distance is the unit of canonical lengths
MOUTH_CORNERS = (61, 291)
UPPER_LIP, LOWER_LIP = 13, 14  # middle of the inner lips
NOSE_BASE = 2  # under the nose
CHIN = 152
FOREHEAD = 10

# The paper's 68 landmarks (iBUG 300-W order) as indices into MediaPipe's 478-point face mesh.
# 0-16 contour from the image-left ear over the chin, 17-26 brows, 27-30 nose bridge, 31-35
# nostrils, 36-41 image-left eye, 42-47 image-right eye, 48-59 outer lips, 60-67 inner lips.
LANDMARKS_68: tuple[int, ...] = (
    127,
    234,
    93,
    132,
    58,
    136,
    149,
    148,
    152,
    377,
    378,
    365,
    288,
    361,
    323,
    454,
    356,
    70,
    63,
    105,
    66,
    107,
    336,
    296,
    334,
    293,
    300,
    168,
    197,
    5,
    4,
    240,
    97,
    2,
    326,
    460,
    33,
    160,
    158,
    133,
    153,
    144,
    362,
    385,
    387,
    263,
    373,
    380,
    61,
    40,
    37,
    0,
    267,
    270,
    291,
    321,
    314,
    17,
    84,
    91,
    78,
    81,
    13,
    311,
    308,
    402,
    14,
    178,
)

OUTER_LIPS: tuple[int, ...] = (
    61,
    146,
    91,
    181,
    84,
    17,
    314,
    405,
    321,
    375,
    291,
    409,
    270,
    269,
    267,
    0,
    37,
    39,
    40,
    185,
)
INNER_LIPS: tuple[int, ...] = (
    78,
    95,
    88,
    178,
    87,
    14,
    317,
    402,
    318,
    324,
    308,
    415,
    310,
    311,
    312,
    13,
    82,
    81,
    80,
    191,
)
JAW: tuple[int, ...] = (
    93,
    132,
    58,
    172,
    136,
    150,
    149,
    176,
    148,
    152,
    377,
    400,
    378,
    379,
    365,
    397,
    288,
    361,
    323,
)
# Points that speech leaves where they are: eyes, nose bridge, forehead, temples.
STABLE: tuple[int, ...] = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 151, 9, 8, 127, 356)


@dataclass(frozen=True, slots=True, eq=False)
class FaceTrack:
    """One person's face through a plate; frames without a face are simply absent.

    frames (N,) int64 file frame indices, ascending; mesh (N, 478, 3) float32, plate pixels (x
    right, y down, z towards the viewer negative, same scale as x); to_crop (N, 2, 3) float32, plate
    pixels -> network crop pixels at the largest geometry (320 x 416); score (N,) float32 0..1.
    """

    frames: NDArray[np.int64]
    mesh: Floats
    to_crop: Floats
    score: Floats

    def __post_init__(self) -> None:
        n = len(self.frames)
        shapes = (self.mesh.shape, self.to_crop.shape, self.score.shape)
        if shapes != ((n, MESH_POINTS, 3), (n, 2, 3), (n,)):
            raise ValueError(f"a track of {n} frames cannot hold arrays of shapes {shapes}")
        if n > 1 and not bool(np.all(np.diff(self.frames) > 0)):
            raise ValueError("the frames of a track ascend")

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def landmarks(self) -> Floats:
        """The paper's 68 points, (N, 68, 2) float32, plate pixels."""
        return self.mesh[:, LANDMARKS_68, :2]

    def within(self, first: int, end: int) -> FaceTrack:
        """Keep the frames from `first` up to, not with, `end`."""
        keep = slice(*np.searchsorted(self.frames, (first, end)))
        return FaceTrack(self.frames[keep], self.mesh[keep], self.to_crop[keep], self.score[keep])

    def where(self, keep: NDArray[np.bool_]) -> FaceTrack:
        """Keep the frames marked in `keep`, (N,)."""
        return FaceTrack(self.frames[keep], self.mesh[keep], self.to_crop[keep], self.score[keep])
