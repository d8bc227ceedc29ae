"""Where what was learned of a person lies, beside the project, and which of it fits a shot (g4g
adapt).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from g4g_plugin.core.conversion import to_plain
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.words import Words, tr
from g4g_plugin.engine.base import EngineOptions

if TYPE_CHECKING:  # it brings torch along, which nobody who only opens a timeline need wait for
    from g4g_plugin.engine.adapted_weights import Adaptation

ADAPTATION_SUFFIX = ".safetensors"
NO_ADAPTATION = tr("{clip} has no adaptation in {folders}: the base weights are used.")
NO_BETTER = tr("{clip}: {file} found nothing better than the base weights, which are used.")
ADAPTED = tr("{clip} is adapted by {file}: {parts}.")
MOVES_FARTHER = tr("its mouth moves {times} times as far")
PAINTS = tr("the network renderer paints with what it learned")


@dataclass(frozen=True, slots=True)
class Fitting:
    """What an adapted dub uses for a clip: the file and its SHA-256, both None for the base; and a
    sentence.
    """

    clip: str
    file: Path | None
    digest: str | None
    said: Words

    def options(self, options: EngineOptions) -> EngineOptions:
        """Return the engine's options for this clip."""
        return replace(options, adapt=self.file, adapt_digest=self.digest)


def adapt_folder(name: str, out: Path) -> Path:
    """Return the folder of the adaptations of the edit `name` whose project lies in `out`."""
    return out / f"{name}.adapt"


def adapt_file(folder: Path, clip: str) -> Path:
    """Return the file of one clip's adaptation."""
    return folder / (
        "".join(c if c.isalnum() or c in "-_." else "-" for c in clip) + ADAPTATION_SUFFIX
    )


def find_adaptation(folders: Iterable[Path], shot: Shot) -> Fitting:
    """Find what was learned of the person of a shot: of this clip, else of another clip of the same
    plate and face.

    Raises:
        EngineError: a file that lies there is damaged.
    """
    from g4g_plugin.engine.adapted_weights import read_adaptation

    looked = list(dict.fromkeys(folders))
    paths = [path for folder in looked for path in sorted(folder.glob(f"*{ADAPTATION_SUFFIX}"))]
    own = [path for path in paths if path.name == adapt_file(path.parent, shot.clip).name]
    for path in [*own, *(path for path in paths if path not in own)]:
        found = read_adaptation(path)
        if fits(found, shot):
            return _taken(found, shot)
    said = NO_ADAPTATION.filled(clip=shot.clip, folders=[str(folder) for folder in looked])
    return Fitting(shot.clip, None, None, said)


def fits(found: Adaptation, shot: Shot) -> bool:
    """Return whether an adaptation was learned of this plate and this face in it."""
    return {name: found.card.get(name) for name in ("plate", "face")} == seen_in(shot)


def seen_in(shot: Shot) -> dict[str, Any]:
    """Return whose footage a shot shows: the plate by name and size in bytes (it may be moved), and
    the face chosen.
    """
    size = shot.plate.stat().st_size if shot.plate.is_file() else 0
    return {"plate": [shot.plate.name, size], "face": to_plain(shot.lines[0])["face"]}


def _taken(found: Adaptation, shot: Shot) -> Fitting:
    parts = []
    if found.amplitude is not None:
        parts.append(MOVES_FARTHER.filled(times=f"{found.amplitude.gain:.2f}"))
    if found.delta:
        parts.append(PAINTS)
    if not parts:
        return Fitting(
            shot.clip, None, None, NO_BETTER.filled(clip=shot.clip, file=str(found.path))
        )
    said = ADAPTED.filled(clip=shot.clip, file=str(found.path), parts=parts)
    return Fitting(shot.clip, found.path, found.digest, said)
