"""The renderers of the engine G4G: which one is drawn with, and how the house's own are opened.

`native` moves the plate's own pixels (native.py), `network` is the paper's generator (network.py);
plug-ins add others (core/catalogue.py: RENDERERS). `auto` is native: no measure of ours tells the
shots in which the network is better to the eye (docs/decisions.md).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from g4g_plugin.core.catalogue import AUTO, RENDERERS
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.registry import BrokenEntry
from g4g_plugin.core.weight_files import BLEND_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.engine.base import Renderer, RendererNeeds
from g4g_plugin.engine.native import Finish, NativeRenderer
from g4g_plugin.network.fusion import BlendNet
from g4g_plugin.network.weights import read_card

Floats = NDArray[np.float32]
DEFAULT_RENDERER = "native"


def choose_renderer(asked: str) -> str:
    """Return the name of a renderer: the user's choice, native where that is left to us.

    Raises:
        EngineError: there is none of that name.
    """
    name = DEFAULT_RENDERER if asked == AUTO else asked
    if name not in RENDERERS.names():
        raise EngineError(
            "There is no renderer {name!r}.",
            tr("Known renderers: {known}."),
            name=name,
            known=", ".join(RENDERERS.names()),
        )
    return name


def open_renderer(name: str, needs: RendererNeeds) -> tuple[Renderer, str]:
    """Return the renderer and the SHA-256 of the weights it adds, "" where it has none.

    Raises:
        EngineError: the plug-in it comes from is broken, or its weights are missing.
    """
    try:
        return RENDERERS.load(name)(needs)
    except BrokenEntry as err:
        raise EngineError(
            "The renderer {name} is broken: {reason}.",
            tr("Install the plug-in it comes from again, or {@choose_native}."),
            name=name,
            reason=err.reason,
        ) from err


def open_native(needs: RendererNeeds) -> tuple[Renderer, str]:
    """Open the native renderer; the nets it may be finished with are measured apart."""
    finish = open_finish(needs.generator.with_name(BLEND_WEIGHTS), needs.device)
    return NativeRenderer(needs.basis, finish, needs.options.keep_expression), ""


def open_network(needs: RendererNeeds) -> tuple[Renderer, str]:
    """Open the network renderer.

    Raises:
        EngineError: its weights are missing, damaged, or not those an adaptation was made for.
    """
    from g4g_plugin.engine import network  # heavy: only when it is chosen

    if not needs.generator.is_file():
        raise EngineError(
            "The network renderer has no weights installed.",
            tr("{@choose_native}, or {@choose_weights}."),
        )
    renderer, digest = network.open_renderer(
        needs.generator, needs.basis, needs.device, needs.adapted
    )
    renderer.keep_expression = needs.options.keep_expression
    return renderer, digest


def open_finish(path: Path, device: torch.device) -> Finish | None:
    """Return the blend net as a last stage of the native renderer, where its card says that was
    measured better.

    The card's `finishes` lists the renderers whose picture it improves.
    """
    if not path.is_file() or "native" not in read_card(path).get("finishes", ()):
        return None
    from g4g_plugin.engine.network import open_blend  # heavy: only when it is wanted

    net = open_blend(path)
    return None if net is None else finish_with(net.to(device).eval(), device)


def finish_with(net: BlendNet, device: torch.device) -> Finish:
    """Return a function that finishes one patch with a blend net: (pixels, matte, plate) -> pixels."""

    def finish(pixels: Floats, matte: Floats, plate: Floats) -> Floats:
        planes = [
            torch.from_numpy(np.ascontiguousarray(p)).to(device) for p in (pixels, matte, plate)
        ]
        pasted, source = (planes[i].permute(2, 0, 1)[None].clamp(0, 1) for i in (0, 2))
        with torch.inference_mode():
            painted = net.paint(pasted, planes[1][None, None], source)
        return painted[0].permute(1, 2, 0).float().cpu().numpy()

    return finish
