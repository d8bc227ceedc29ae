"""A decoded frame in its own planes and depth, and the colour maths between them and R'G'B'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[
    int, int, int, int
]  # left, top, right, bottom; plate pixels, right and bottom exclusive
Matrix = Literal["bt601", "bt709", "bt2020"]

LUMA: dict[
    Matrix, tuple[float, float]
] = {  # K_R, K_B of ITU-R BT.601, BT.709, BT.2020 (non-constant luminance)
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """How the planes hold the picture. Planar only: Y Cb Cr [A], or G B R [A] as FFmpeg's gbrp
    orders them.
    """

    name: str  # FFmpeg's name, for instance yuv422p10le
    bits: int  # 8 to 16
    chroma: tuple[int, int] = (0, 0)  # log2 of the chroma subsampling across and down
    rgb: bool = False
    alpha: bool = False
    matrix: Matrix = "bt709"
    full_range: bool = False

    @property
    def gray(self) -> bool:
        """Return whether there is luma alone (one plane, two with alpha)."""
        return self.name.startswith(("gray", "ya"))

    @property
    def top(self) -> int:
        """Largest code value."""
        return (1 << self.bits) - 1

    def luma_levels(self) -> tuple[float, float]:
        """(offset, span) of luma codes: code = offset + span * value."""
        if self.full_range or self.rgb:
            return 0.0, float(self.top)
        unit = 1 << (self.bits - 8)
        return 16.0 * unit, 219.0 * unit

    def chroma_levels(self) -> tuple[float, float]:
        """(offset, span) of chroma codes: code = offset + span * value, value -0.5..0.5."""
        unit = 1 << (self.bits - 8)
        return 128.0 * unit, float(self.top) if self.full_range else 224.0 * unit


def rgb_to_ycc(rgb: Floats, matrix: Matrix) -> Floats:
    """Take (..., 3) R'G'B' to Y'CbCr, Y' 0..1 and Cb, Cr -0.5..0.5. Linear: differences may be
    passed too.
    """
    kr, kb = LUMA[matrix]
    y = kr * rgb[..., 0] + (1 - kr - kb) * rgb[..., 1] + kb * rgb[..., 2]
    chroma = (rgb[..., 2] - y) / (2 - 2 * kb), (rgb[..., 0] - y) / (2 - 2 * kr)
    return np.stack([y, *chroma], axis=-1, dtype=rgb.dtype)


def ycc_to_rgb(ycc: Floats, matrix: Matrix) -> Floats:
    """Undo `rgb_to_ycc`."""
    kr, kb = LUMA[matrix]
    red = ycc[..., 0] + (2 - 2 * kr) * ycc[..., 2]
    blue = ycc[..., 0] + (2 - 2 * kb) * ycc[..., 1]
    green = (ycc[..., 0] - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack([red, green, blue], axis=-1, dtype=ycc.dtype)


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame: `index` in its file, planes (h, w) uint8 or uint16 as `format` says; `native` is
    media's own.
    """

    index: int
    planes: tuple[NDArray[Any], ...]
    format: PixelFormat
    native: object | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        height, width = self.planes[0].shape
        return width, height

    def rgb(self, box: Box | None = None) -> Floats:
        """Return R'G'B' of `box` (clipped to the picture; None: all of it), (h, w, 3) float32, 0..1
        unclamped.

        Chroma is raised by repetition: exact, and undone by the box average the composite uses.
        """
        width, height = self.size
        left, top, right, bottom = box or (0, 0, width, height)
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        if self.format.rgb:
            green, blue, red = (p[top:bottom, left:right] for p in self.planes[:3])
            return np.stack([red, green, blue], -1).astype(np.float32) / np.float32(self.format.top)
        offset, span = self.format.luma_levels()
        luma = (self.planes[0][top:bottom, left:right].astype(np.float32) - offset) / span
        if self.format.gray:
            return np.repeat(luma[..., None], 3, axis=-1)
        offset, span = self.format.chroma_levels()
        across, down = self.format.chroma
        rows = (np.arange(top, bottom) >> down)[:, None]
        columns = (np.arange(left, right) >> across)[None, :]
        chroma = [(p[rows, columns].astype(np.float32) - offset) / span for p in self.planes[1:3]]
        return ycc_to_rgb(np.stack([luma, *chroma], -1), self.format.matrix).astype(np.float32)

    def rgb8(self) -> NDArray[np.uint8]:
        """Return all of it as 8-bit R'G'B', (h, w, 3); for looking, not for compositing (media's is
        faster).
        """
        return np.rint(np.clip(self.rgb(), 0, 1) * 255).astype(np.uint8)
