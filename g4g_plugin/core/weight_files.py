"""The weight files below resources/models, and the licence of each: Apache-2.0 covers the code, not
what was taught on footage that others hold rights to (resources/models/LICENSE-weights.txt).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from g4g_plugin.core.settings import resources
from g4g_plugin.core.words import Words, tr

GENERATOR_WEIGHTS = "g4g-m96-v3.safetensors"  # mouth box in pixels, version
MOUTH_WEIGHTS = "mouth.safetensors"
BLEND_WEIGHTS = "blend.safetensors"  # beside a generator; none is installed
SYNC_WEIGHTS = "sync.safetensors"
JUDGE_WEIGHTS = "judge.safetensors"
VISIBILITY_WEIGHTS = "visibility.safetensors"
APPEARANCE_WEIGHTS = "appearance.npz"
SPEECH_WEIGHTS = "speech.ort"
RESEARCH_ONLY = tr("research only, LICENSE-weights.txt")


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of weights that comes with the house."""

    name: str
    what: Words
    licence: Words = RESEARCH_ONLY

    @property
    def path(self) -> Path:
        """Where it is installed."""
        return models_folder() / self.name


WEIGHT_FILES = (
    WeightFile(MOUTH_WEIGHTS, tr("mouth net")),
    WeightFile(GENERATOR_WEIGHTS, tr("generator")),
    WeightFile(SYNC_WEIGHTS, tr("sync expert")),
    WeightFile(JUDGE_WEIGHTS, tr("judging sync expert")),
    WeightFile(VISIBILITY_WEIGHTS, tr("what covers a mouth")),
    WeightFile(APPEARANCE_WEIGHTS, tr("who is who in a shot")),
    WeightFile(SPEECH_WEIGHTS, tr("speech encoder"), tr("MIT, LICENSE-speech.txt")),
)


def models_folder() -> Path:
    """Return the folder the weights that come with the house lie in."""
    return resources() / "models"
