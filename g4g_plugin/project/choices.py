"""What a person can choose from: lists that are derived from where each fact stands."""

from __future__ import annotations

from typing import get_args

from g4g_plugin.core.catalogue import DEVICES, ENGINES, renderer_choices
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.decisions import Fit

__all__ = ["DEVICES", "FITS", "codec_names", "engine_names", "renderer_choices"]
FITS: tuple[Fit, ...] = get_args(Fit)


def codec_names() -> list[str]:
    """Return the codecs a dub can be delivered in, plug-ins' too; none is imported."""
    return list(CODECS.names())


def engine_names() -> list[str]:
    """Return the engines, plug-ins' too; none is imported."""
    return list(ENGINES.names())
