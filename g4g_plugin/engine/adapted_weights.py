"""What was learned of one person: a small change of the base weights, kept in a file of its own
(g4g adapt).

The file holds only what differs: how far this person's mouth moves (two numbers, for both
renderers), and what was added to some of the generator's weights, in half precision. Its card names
the base weights by their SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network.mouth import opening_code
from g4g_plugin.network.shape import ShapeBasis
from g4g_plugin.network.weights import load_weights, read_card, save_weights

Floats = NDArray[np.float32]

ADAPTATION_KIND = "adaptation"
# Eye distances: from this opening on the whole offset counts; a closed mouth stays closed
OPEN_DISTANCE = 0.03
_AGAIN = tr("{@adapt_again}, or {@undo_adaptation}.")


@dataclass(frozen=True, slots=True)
class Amplitude:
    """How far one person's mouth moves: aperture meant = gain x aperture said + offset (eye
    distances) once open.
    """

    gain: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.gain < 10 or not -self.gain * OPEN_DISTANCE < self.offset < 1:
            raise ValueError(f"a gain of {self.gain} and an offset of {self.offset} move no mouth")

    def aperture(self, said: Floats) -> Floats:
        """Return the apertures meant by apertures said, (N,); 0 stays 0."""
        return (self.gain * said + self.offset * np.clip(said / OPEN_DISTANCE, 0, 1)).astype(
            np.float32
        )

    def apply(self, codes: Floats, basis: ShapeBasis) -> Floats:
        """Scale codes (N, 12) as a whole, then open or shut the mouth by the offset."""
        said = basis.aperture(codes)
        rest = self.aperture(said) - self.gain * said
        return (self.gain * codes + rest[:, None] * opening_code(basis)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """An adaptation as it lies on disc.

    digest: SHA-256 of the file; base: SHA-256 of the weights it was made for, under "mouth" and
    "generator";
    amplitude: None where the base was better; delta: what is added to the generator, by name, empty
    where the base was better; card: what was measured, of what.
    """

    path: Path
    digest: str
    base: dict[str, str]
    amplitude: Amplitude | None
    delta: dict[str, Tensor]
    card: dict[str, Any]

    def amplitude_for(self, mouth: str) -> Amplitude | None:
        """Return the amplitude for the mouth net of this SHA-256.

        Raises:
            EngineError: it was measured with another mouth net.
        """
        if self.amplitude is not None and self.base.get("mouth") != mouth:
            raise EngineError(
                "The adaptation {path} was made for another mouth net.", _AGAIN, path=self.path.name
            )
        return self.amplitude

    def changed(self, state: Mapping[str, Tensor], generator: str) -> dict[str, Tensor]:
        """Return the generator's state with what was learned added; generator: SHA-256 of its file.

        Raises:
            EngineError: it was learned on another generator.
        """
        if self.delta and self.base.get("generator") != generator:
            raise EngineError(
                "The adaptation {path} was made for another generator.", _AGAIN, path=self.path.name
            )
        return added(state, self.delta, self.path.name)


def added(
    state: Mapping[str, Tensor], delta: Mapping[str, Tensor], name: str = ""
) -> dict[str, Tensor]:
    """Return a state with a change added.

    Args:
        state: tensors by name.
        delta: the change, by name.
        name: of what is changed, put before the change's names.

    Raises:
        EngineError: the change names tensors the state has not.
    """
    if any(key not in state or state[key].shape != value.shape for key, value in delta.items()):
        raise EngineError("The adaptation {name} does not fit the network.", _AGAIN, name=name)
    return dict(state) | {key: state[key] + value for key, value in delta.items()}


def save_adaptation(
    path: Path,
    base: dict[str, str],
    amplitude: Amplitude | None,
    delta: Mapping[str, Tensor],
    card: dict[str, Any],
) -> str:
    """Write an adaptation, whole or not at all; return the file's SHA-256.

    Args:
        path: the file.
        base: SHA-256 of the weights that are changed, by part.
        amplitude: of the person's mouth; None where it was not learned.
        delta: what is added to the generator.
        card: what is said of the adaptation.

    Raises:
        EngineError: the folder cannot be written.
    """
    config = {
        "kind": ADAPTATION_KIND,
        "amplitude": None if amplitude is None else asdict(amplitude),
    }
    return save_weights(path, delta, config, card | {"base": base}, half=True)


def read_adaptation(path: Path) -> Adaptation:
    """Read an adaptation.

    Raises:
        EngineError: missing, damaged, or weights of another kind.
    """
    delta, config, digest = load_weights(path)
    card = read_card(path)
    try:
        if config["kind"] != ADAPTATION_KIND:
            raise KeyError("kind")
        amplitude = None if config["amplitude"] is None else Amplitude(**config["amplitude"])
        base = {str(name): str(value) for name, value in card["base"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise EngineError("{path} holds no adaptation.", _AGAIN, path=path.name) from err
    return Adaptation(path, digest, base, amplitude, delta, card)
