"""Plug-ins as strangers would install them: one module and the entry point that names it, each."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

CODEC = """
from g4g_plugin.core.codecs import Codec, Variant

CODEC = Codec(
    "MPEG-4 Part 2", "mpeg4", "mov", "mov", (Variant("yuv420p"),), {"b": "20000000", "g": "1"},
    tag="mp4v", matrices=("bt709",),
)
"""
RENDERER = '''
import numpy as np

from g4g_plugin.core.crop import Patch
from g4g_plugin.engine.copy import mouth_matte


class Blush:
    """Reddens each mouth."""

    def render(self, crops, codes):
        assert codes.shape == (len(crops.track), 12)
        for crop in crops:
            x, y = crop.origin
            matte = mouth_matte(crop)
            red = crop.pixels + matte[..., None] * np.array([0.1, 0, 0], np.float32)
            place = np.array([[1, 0, x], [0, 1, y]], np.float32)
            yield Patch(crop.frame, red, matte, place)


def open_blush(needs):
    return Blush(), ""
'''
FORMAT = """
import opentimelineio as otio

from g4g_plugin.core.formats import Format

FORMAT = Format("Cue sheet", (".cues",), "cue_sheet")


def write_to_string(input_otio):
    lines = []
    for track in input_otio.tracks:
        lines.append(f"track\\t{track.kind}")
        for clip in track.find_clips():
            source, media = clip.source_range, clip.media_reference
            known = media.available_range
            numbers = [t.value for t in (*_ends(source), *_ends(known))]
            lines.append("\\t".join([clip.name, media.target_url, str(source.start_time.rate),
                                    *map(str, numbers)]))
    return "\\n".join(lines)


def _ends(span):
    return span.start_time, span.duration


def read_from_string(input_str):
    edit = otio.schema.Timeline("cues")
    for line in input_str.splitlines():
        name, *rest = line.split("\\t")
        if name == "track":
            edit.tracks.append(otio.schema.Track(kind=rest[0]))
            continue
        url, rate, *numbers = rest
        start, count, first, length = (
            otio.opentime.RationalTime(float(n), float(rate)) for n in numbers
        )
        media = otio.schema.ExternalReference(url, otio.opentime.TimeRange(first, length))
        span = otio.opentime.TimeRange(start, count)
        edit.tracks[-1].append(otio.schema.Clip(name, media, span))
    return edit
"""
PLUG_INS = {  # module: (its source, group and name of the entry point, object)
    "mpeg4_codec": (CODEC, "g4g_plugin.codecs", "mpeg4", "CODEC"),
    "blush_renderer": (RENDERER, "g4g_plugin.renderers", "blush", "open_blush"),
    "cue_sheet": (FORMAT, "g4g_plugin.formats", "cues", "FORMAT"),
}


def install(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Install them all into a folder that this process and those it starts import from."""
    folder.mkdir()
    for module, (source, group, name, thing) in PLUG_INS.items():
        (folder / f"{module}.py").write_text(source, "utf-8")
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}:{thing}\n")
    patch.syspath_prepend(str(folder))
    root = Path(__file__).resolve().parents[1]
    patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (folder, root))))
    importlib.invalidate_caches()
