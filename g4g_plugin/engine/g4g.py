"""The engine G4G: a take becomes mouth shapes, and a renderer (renderers.py) puts them on the
actor's face.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from g4g_plugin.core.catalogue import DEVICES
from g4g_plugin.core.crop import Crops, Patch
from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import GENERATOR_WEIGHTS, MOUTH_WEIGHTS, models_folder
from g4g_plugin.core.words import tr
from g4g_plugin.engine import draw, light
from g4g_plugin.engine.adapted_weights import Adaptation, Amplitude, read_adaptation
from g4g_plugin.engine.base import EngineOptions, EngineSpec, Renderer, RendererNeeds
from g4g_plugin.engine.native import NativeRenderer
from g4g_plugin.engine.performance import performed
from g4g_plugin.engine.renderers import choose_renderer, open_renderer
from g4g_plugin.network.mel import SAMPLE_RATE
from g4g_plugin.network.mouth import MouthNet, load_mouth
from g4g_plugin.network.weights import load_weights

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

# frames before one that its patch depends on: its light, and the lent mouth's light, which is found
# on a picture that was parted as the frames before it were
RUN_UP = light.MEMORY_FRAMES - 1 + 2 * (draw.LIGHT_MEMORY_FRAMES - 1)
COVERAGE_TO_TELL = 0.9  # share of covered frames below which the user is told
QUIET_DB = 36.0  # dB below the loud parts of a take: no speech, the mouth rests
# Seconds: shorter silences are closures within speech, which the mouth net knows better
PAUSE_SECONDS = 0.12
EASE_SECONDS = 0.05  # seconds: standard deviation of the way into and out of rest


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
            raise EngineError("The engine has been closed.", tr("Open it again."))
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
            raise EngineError("The engine has been closed.", tr("Open it again."))
        self._tell_coverage(self._renderer, crops, codes)
        yield from self._renderer.render(crops, codes)

    def _tell_coverage(self, renderer: Renderer, crops: Crops, codes: Floats) -> None:
        if isinstance(renderer, NativeRenderer):
            share = renderer.coverage(crops, codes)
            if share < COVERAGE_TO_TELL:
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
            installed, or an adaptation made for other weights.
    """
    device = choose_device(options.device)
    torch.set_num_threads(options.threads or os.cpu_count() or 1)
    mouth_path, generator_path = weight_files(options.weights)
    mouth, digest = load_mouth(mouth_path)
    name = choose_renderer(options.renderer)
    log.info("renderer %s on %s, mouth net %s", name, device, mouth_path.name)
    adapted = open_adaptation(options)
    amplitude = None if adapted is None else adapted.amplitude_for(digest)
    needs = RendererNeeds(options, mouth.basis, device, generator_path, adapted)
    renderer, other = open_renderer(name, needs)
    digests = [digest, *([other] if other else [])]
    if adapted is not None and (amplitude is not None or (other and adapted.delta)):
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
    if name not in DEVICES:
        raise EngineError(
            "There is no device {name!r}.",
            tr("Choose one of {known}."),
            name=name,
            known=", ".join(DEVICES),
        )
    if name == "cuda" and not torch.cuda.is_available():
        raise EngineError("No CUDA device responds.", tr("{@choose_device}, or {@check_machine}."))
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def frame_times(crops: Crops) -> NDArray[np.float64]:
    """Return when each frame of the track is shown, seconds of the take, (N,): exact at any rate."""
    rate = crops.rate
    since = crops.track.frames - crops.start
    return since.astype(np.float64) * rate.denominator / rate.numerator


def speaking(samples: Floats, times: NDArray[np.float64]) -> Floats:
    """Return how much of the mouth's movement each time is to show, (N,) 0..1: 0 in pauses and
    outside the take.

    samples (n,) float32 at 16 kHz. Silent is what lies `QUIET_DB` dB under the take's loud parts
    for longer than `PAUSE_SECONDS`.
    """
    step = SAMPLE_RATE // 100
    rows = len(samples) // step
    if not rows or not np.any(samples):
        return np.zeros(len(times), np.float32)
    power = (samples[: rows * step].reshape(rows, step).astype(np.float64) ** 2).mean(axis=1)
    power = gaussian_filter1d(power, 1.0)
    heard = (power > np.percentile(power, 95) * 10 ** (-QUIET_DB / 10)).astype(np.float64)
    edge = round(100 * (PAUSE_SECONDS + 3 * EASE_SECONDS)) + 1
    heard = maximum_filter1d(np.pad(heard, edge), 1 + 2 * round(100 * PAUSE_SECONDS / 2))
    eased = gaussian_filter1d(heard, 100 * EASE_SECONDS)
    at = (np.arange(len(eased)) - edge + 0.5) / 100
    return np.interp(times, at, eased).astype(np.float32)
