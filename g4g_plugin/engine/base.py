"""The seam between the house and whoever moves the mouth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.crop import Crops, Patch

if TYPE_CHECKING:
    import torch

    from g4g_plugin.engine.adapted_weights import Adaptation
    from g4g_plugin.network.shape import ShapeBasis


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What a user may ask of any engine; one that has no use for an option ignores it."""

    device: str = "auto"  # core/catalogue.py: DEVICES
    renderer: str = "auto"  # core/catalogue.py: RENDERERS
    strength: float = 1.0  # 0..2
    weights: Path | None = None  # None: the installed ones
    threads: int = 0  # 0: as many as there are cores
    adapt: Path | None = None  # what was learned of the person seen (g4g adapt)
    adapt_digest: str | None = None  # its SHA-256: another file under that name is refused
    keep_expression: float = 0.8  # 0..1: how much of the plate's slow expression stays


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What an engine is: its name, the sample rate (Hz) it hears, frames per batch, SHA-256 of its
    weights, and the renderer that was chosen where it has several.

    run_up: how many faces before a frame its patch may depend on, beside what the whole track and
    pool tell (smoothing over time that looks at pixels). A killed run goes on in the middle of a
    shot, this many faces earlier and at a whole batch. None: any number; the shot is then drawn
    from its beginning again.
    """

    name: str
    sample_rate: int = 16_000
    batch: int = 8
    weights: str | None = None
    run_up: int | None = None
    needs_face: bool = True  # False: a shot without any face is delivered as it is
    renderer: str = ""


class Engine(Protocol):
    """Moves the mouth. One engine serves many shots, one at a time."""

    @property
    def spec(self) -> EngineSpec:
        """What this engine is."""
        ...

    def dub(self, crops: Crops, take: NDArray[np.float32]) -> Iterator[Patch]:
        """Yield one Patch for each Crop of `crops`, in order.

        With a `run_up`, crops may begin in the middle of `crops.track`: look a crop's row up by its
        frame.

        take (samples,) float32 mono at `spec.sample_rate`; sample 0 is heard with plate frame
        `crops.start`; before and after it there is silence.
        """
        ...

    def close(self) -> None:
        """Let memory and device go."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RendererNeeds:
    """What a renderer of the engine G4G is opened with.

    basis: the shape basis codes come in. generator: the installed weights, or those the user chose;
    the file need not be there. adapted: what was learned of the person seen.
    """

    options: EngineOptions
    basis: ShapeBasis
    device: torch.device
    generator: Path
    adapted: Adaptation | None = None


class Renderer(Protocol):
    """Puts mouth shapes on a face. It is opened by a function `(RendererNeeds) -> (Renderer, digest
    of its weights or "")`, which an entry point of the group `g4g_plugin.renderers` names.
    """

    def render(self, crops: Crops, codes: NDArray[np.float32]) -> Iterator[Patch]:
        """Yield one patch for each frame of `crops`, in order; codes (N, 12), one for each frame of
        `crops.track`.
        """
        ...
