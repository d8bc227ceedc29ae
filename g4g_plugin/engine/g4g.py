"""The engine G4G: a take becomes mouth shapes, and one of two renderers puts them on the actor's
face.

`native` moves the plate's own pixels (native.py), `network` is the paper's generator (network.py).
`auto` is native: no measure of ours tells the shots in which the network is better to the eye
(docs/decisions.md).
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.settings import GENERATOR_WEIGHTS
from g4g_plugin.core.words import tr
from g4g_plugin.engine import draw, light
from g4g_plugin.engine.adapted_weights import Adaptation, Amplitude, read_adaptation
from g4g_plugin.engine.base import EngineOptions, EngineSpec
from g4g_plugin.engine.native import Finish, NativeRenderer
from g4g_plugin.engine.performance import performed
from g4g_plugin.network.fusion import BlendNet
from g4g_plugin.network.mel import SAMPLE_RATE
from g4g_plugin.network.mouth import MouthNet, load_mouth
from g4g_plugin.network.weights import load_weights, models_folder, read_card

if TYPE_CHECKING:
    from g4g_plugin.engine.network import NetworkRenderer

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

# frames before one that its patch depends on: its light, and the lent mouth's light, which is found
# on a picture that was parted as the frames before it were
RUN_UP = light.REMEMBERED - 1 + 2 * (draw.REMEMBERED - 1)
MOUTH_WEIGHTS = "mouth.safetensors"
BLEND_WEIGHTS = "blend.safetensors"
LITTLE = 0.9  # share of covered frames below which the user is told
QUIET = 36.0  # dB below the loud parts of a take: no speech, the mouth rests
PAUSE = (
    0.12  # seconds: shorter silences are closures within speech, which the mouth net knows better
)
EASE = 0.05  # seconds: standard deviation of the way into and out of rest


class Renderer(Protocol):
    """Puts shapes on a face."""

    def render(self, crops: Crops, codes: Floats) -> Iterator[Patch]:
        """Yield one patch for each frame of `crops.track`, in order; codes (N, 12), one for each."""
        ...


class G4GEngine:
    """Take -> codes at the frames' own times -> patches."""

    def __init__(
        self,
        mouth: MouthNet,
        renderer: Renderer,
        spec: EngineSpec,
        strength: float,
        amplitude: Amplitude | None = None,
    ) -> None:
        """Take the nets; amplitude: how far this person's mouth moves, where that was measured."""
        self._mouth: MouthNet | None = mouth
        self._amplitude = amplitude
        self._renderer: Renderer | None = renderer
        self._spec = spec
        self._strength = strength

    @property
    def spec(self) -> EngineSpec:
        """What this engine is."""
        return self._spec

    def codes(self, crops: Crops, take: Floats) -> Floats:
        """Return the code of each frame of `crops.track`, (N, 12) float32; code 0 is the actor's
        closed mouth.
        """
        if self._mouth is None:
            raise EngineError("The engine was closed.", tr("Open it again."))
        times = frame_times(crops)
        samples = np.ascontiguousarray(take, np.float32)
        said = self._mouth.say(self._mouth.hear(samples), times)
        codes = performed(self._mouth, said, crops.pool, crops.rate)
        if self._amplitude is not None:
            codes = self._amplitude.apply(codes, self._mouth.basis)
        strength = crops.direction.strength(self._strength)
        return (strength * speaking(samples, times))[:, None] * codes

    def dub(self, crops: Crops, take: NDArray[np.float32]) -> Iterator[Patch]:
        """Yield one Patch for each frame of `crops.track`, in order (see base.Engine)."""
        if not len(crops.track):
            return
        codes = self.codes(crops, take)
        if self._renderer is None:
            raise EngineError("The engine was closed.", tr("Open it again."))
        self._tell_coverage(self._renderer, crops, codes)
        yield from self._renderer.render(crops, codes)

    def _tell_coverage(self, renderer: Renderer, crops: Crops, codes: Floats) -> None:
        if isinstance(renderer, NativeRenderer):
            share = renderer.coverage(crops, codes)
            if share < LITTLE:
                log.warning(
                    "only %d %% of the frames' openings are seen in the footage: more of it would help",
                    100 * share,
                )

    def close(self) -> None:
        """Let memory and device go."""
        self._mouth = self._renderer = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def open_engine(options: EngineOptions) -> G4GEngine:
    """Load the weights and return the engine.

    Raises:
        EngineError: weights missing or damaged, no such device, a renderer whose weights are not
        installed, or an
            adaptation made for other weights.
    """
    device = choose_device(options.device)
    torch.set_num_threads(options.threads or os.cpu_count() or 1)
    mouth_path, generator_path = weight_files(options.weights)
    mouth, digest = load_mouth(mouth_path)
    name = choose_renderer(options, generator_path)
    log.info("renderer %s on %s, mouth net %s", name, device, mouth_path.name)
    adapted = open_adaptation(options)
    amplitude = None if adapted is None else adapted.amplitude_for(digest)
    digests = [digest]
    renderer: Renderer
    if name == "network":
        network, other = open_network(generator_path, mouth, device, adapted)
        network.keep_expression, renderer = options.keep_expression, network
        digests.append(other)
    else:
        blend = generator_path.with_name(BLEND_WEIGHTS)
        renderer = NativeRenderer(mouth.basis, open_finish(blend, device), options.keep_expression)
    if adapted is not None and (amplitude is not None or (name == "network" and adapted.delta)):
        digests.append(adapted.digest)
    whole = digest if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    return G4GEngine(
        mouth,
        renderer,
        EngineSpec("g4g", SAMPLE_RATE, weights=whole, renderer=name, run_up=RUN_UP),
        options.strength,
        amplitude,
    )


def open_adaptation(options: EngineOptions) -> Adaptation | None:
    """Return what was learned of the person, None where no such file was named.

    Raises:
        EngineError: missing or damaged, or another file than the one that was named.
    """
    if options.adapt is None:
        return None
    found = read_adaptation(options.adapt)
    if options.adapt_digest not in (None, found.digest):
        raise EngineError(
            "The adaptation {path} was changed since it was chosen.",
            tr("Dub the shot again."),
            path=found.path.name,
        )
    return found


def weight_files(chosen: Path | None) -> tuple[Path, Path]:
    """Return the paths of (mouth net, generator); a chosen file replaces the one whose kind it is.

    Raises:
        EngineError: the chosen file is missing or damaged.
    """
    mouth, generator = models_folder() / MOUTH_WEIGHTS, models_folder() / GENERATOR_WEIGHTS
    if chosen is None:
        return mouth, generator
    _, config, _ = load_weights(chosen)
    return (chosen, generator) if config.get("kind") == "mouth" else (mouth, chosen)


def choose_device(name: str) -> torch.device:
    """Return the device a user asked for.

    Raises:
        EngineError: there is no such device here.
    """
    if name not in ("auto", "cuda", "cpu"):
        raise EngineError(
            "There is no device {name!r}.", tr("Choose auto, cuda or cpu."), name=name
        )
    if name == "cuda" and not torch.cuda.is_available():
        raise EngineError("No CUDA device answers.", tr("{@choose_device}, or {@check_machine}."))
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def choose_renderer(options: EngineOptions, generator: Path) -> str:
    """Return "native" or "network": the user's choice, native where that is left to us.

    Raises:
        EngineError: the network was asked for and its weights are not there.
    """
    if options.renderer == "network" and not generator.is_file():
        raise EngineError(
            "The network renderer has no weights installed.",
            tr("{@choose_native}, or {@choose_weights}."),
        )
    return "network" if options.renderer == "network" else "native"


def open_network(
    generator: Path, mouth: MouthNet, device: torch.device, adapted: Adaptation | None = None
) -> tuple[NetworkRenderer, str]:
    """Return (the network renderer, SHA-256 of its base weights).

    Args:
        generator: its weights.
        mouth: the mouth net whose shapes it is given.
        device: where it runs.
        adapted: what was learned of the person.
    """
    from g4g_plugin.engine.network import open_renderer  # heavy: only when it is chosen

    return open_renderer(generator, mouth.basis, device, adapted)


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


def frame_times(crops: Crops) -> NDArray[np.float64]:
    """Return when each frame of the track is shown, seconds of the take, (N,): exact at any rate."""
    rate = crops.rate
    since = crops.track.frames - crops.start
    return since.astype(np.float64) * rate.denominator / rate.numerator


def speaking(samples: Floats, times: NDArray[np.float64]) -> Floats:
    """Return how much of the mouth's movement each time is to show, (N,) 0..1: 0 in pauses and
    outside the take.

    samples (n,) float32 at 16 kHz. Silent is what lies `QUIET` dB under the take's loud parts for
    longer than `PAUSE`.
    """
    step = SAMPLE_RATE // 100
    rows = len(samples) // step
    if not rows or not np.any(samples):
        return np.zeros(len(times), np.float32)
    power = (samples[: rows * step].reshape(rows, step).astype(np.float64) ** 2).mean(axis=1)
    power = gaussian_filter1d(power, 1.0)
    heard = (power > np.percentile(power, 95) * 10 ** (-QUIET / 10)).astype(np.float64)
    edge = round(100 * (PAUSE + 3 * EASE)) + 1
    heard = maximum_filter1d(np.pad(heard, edge), 1 + 2 * round(100 * PAUSE / 2))
    eased = gaussian_filter1d(heard, 100 * EASE)
    at = (np.arange(len(eased)) - edge + 0.5) / 100
    return np.interp(times, at, eased).astype(np.float32)
