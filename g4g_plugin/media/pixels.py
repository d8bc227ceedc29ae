"""How a plate's pixels are kept here: the planes of a pixel format, and what a turn makes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import av
import numpy as np

from g4g_plugin.core.picture import Matrix, PixelFormat

MATRICES: dict[int, Matrix] = {
    1: "bt709",
    4: "bt601",
    5: "bt601",
    6: "bt601",
    7: "bt709",
    9: "bt2020",
    10: "bt2020",
}
_YUV = re.compile(r"^yuv(j|a?)(420|422|444|440|411|410)p(\d*)(le|be)?$")
_GBR = re.compile(r"^gbr(a?)p(\d*)(le|be)?$")
_GRAY = re.compile(r"^gray(\d*)(le|be)?$")
_CHROMA = {"420": (1, 1), "422": (1, 0), "444": (0, 0), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_PLANAR = {  # what packed formats are turned into, without loss
    **dict.fromkeys(("nv12", "nv21"), "yuv420p"),
    **dict.fromkeys(("nv16", "yuyv422", "uyvy422", "yvyu422"), "yuv422p"),
    **dict.fromkeys(("nv24", "nv42"), "yuv444p"),
    **{"p010": "yuv420p10le", "p012": "yuv420p12le", "p016": "yuv420p16le"},
    **{"p210": "yuv422p10le", "p212": "yuv422p12le", "p216": "yuv422p16le"},
    **{"p410": "yuv444p10le", "p412": "yuv444p12le", "p416": "yuv444p16le"},
    **{"y210": "yuv422p10le", "y212": "yuv422p12le", "xv30": "yuv444p10le", "xv36": "yuv444p12le"},
    **{"vuyx": "yuv444p", "vuya": "yuva444p", "ayuv": "yuva444p", "ayuv64": "yuva444p16le"},
    **dict.fromkeys(("rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "0bgr"), "gbrp"),
    **dict.fromkeys(("rgba", "bgra", "argb", "abgr", "pal8"), "gbrap"),
    **dict.fromkeys(("rgb48", "bgr48"), "gbrp16le"),
    **dict.fromkeys(("rgba64", "bgra64"), "gbrap16le"),
    **dict.fromkeys(("x2rgb10", "x2bgr10"), "gbrp10le"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """How stored planes are turned to be shown: transposed first, then mirrored across and down."""

    transpose: bool = False
    across: bool = False
    down: bool = False

    @property
    def degrees(self) -> int:
        """Clockwise rotation, a mirroring left aside."""
        if self.transpose:
            return 90 if self.across else 270
        return 180 if self.across and self.down else 0


def plane_format(name: str, height: int, matrix: int, range_: int) -> PixelFormat | None:
    """Describe the planes that a picture is kept in here; None where that would lose something.

    Untagged pictures are taken as BT.709 from 720 lines up, else as BT.601; gray and RGB as full
    range.

    Args:
        name: FFmpeg's pixel format.
        height: of the picture, lines.
        matrix: FFmpeg's colour space code.
        range_: FFmpeg's range code.
    """
    stem = re.sub(r"(le|be)$", "", name)
    name = _PLANAR.get(stem, name)
    kind = MATRICES.get(matrix, "bt709" if height >= 720 else "bt601")
    if match := _YUV.match(name):
        bits, alpha = int(match[3] or 8), "a" if match[1] == "a" else ""
        plain = f"yuv{alpha}{match[2]}p" + (f"{bits}le" if bits > 8 else "")
        full = match[1] == "j" or range_ == 2
        return PixelFormat(
            plain, bits, _CHROMA[match[2]], alpha=bool(alpha), matrix=kind, full_range=full
        )
    if match := _GBR.match(name):
        bits = int(match[2] or 8)
        plain = f"gbr{match[1]}p" + (f"{bits}le" if bits > 8 else "")
        return PixelFormat(
            plain, bits, rgb=True, alpha=bool(match[1]), matrix=kind, full_range=True
        )
    if match := _GRAY.match(name):
        bits = int(match[1] or 8)
        return PixelFormat(
            f"gray{bits}le" if bits > 8 else "gray", bits, matrix=kind, full_range=range_ != 1
        )
    return None


def turned_format(format_: PixelFormat, turn: Turn, width: int, height: int) -> PixelFormat:
    """Describe the planes after a turn.

    Where the chroma grid does not survive it (4:2:2 on its side, a mirrored odd size) chroma is
    repeated to 4:4:4: nothing is lost, nothing is invented.

    Args:
        format_: as stored.
        turn: quarter turns and mirroring.
        width: as stored, pixels.
        height: as stored, pixels.
    """
    across, down = format_.chroma
    odd = width % (1 << across) or height % (1 << down)
    if turn == Turn() or not (across or down) or not (odd or (turn.transpose and across != down)):
        return format_
    alpha, depth = "a" if format_.alpha else "", f"{format_.bits}le" if format_.bits > 8 else ""
    return PixelFormat(
        f"yuv{alpha}444p{depth}",
        format_.bits,
        (0, 0),
        alpha=format_.alpha,
        matrix=format_.matrix,
        full_range=format_.full_range,
    )


def turn_of(frame: av.VideoFrame) -> Turn:
    """Read how the frame is to be turned (the display matrix's nearest right angle, mirrored or
    not).
    """
    side = frame.side_data.get("DISPLAYMATRIX")
    if side is None:
        return Turn()
    a, b, _, c, d = np.frombuffer(bytes(side), np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)
