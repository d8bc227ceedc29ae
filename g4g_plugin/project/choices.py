"""What a person can choose from: lists that are derived from where each fact stands."""

from __future__ import annotations

from typing import get_args

from g4g_plugin.core.decisions import Codec, Fit, RendererName

CODECS: tuple[str, ...] = get_args(Codec)
RENDERERS: tuple[str, ...] = get_args(RendererName)
FITS: tuple[Fit, ...] = get_args(Fit)
DEVICES = ("auto", "cuda", "cpu")


def engine_names() -> list[str]:
    """Return the engines, plug-ins too; none is imported."""
    from g4g_plugin.engine.registry import engines

    return [entry.name for entry in engines()]
