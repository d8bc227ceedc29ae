"""What is decided about one clip: its lines, how it is dubbed, and what its ranges do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from g4g_plugin.core.decisions import FaceChoice, Fit, Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.shot import Dub


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one clip is to say, and how it is to be dubbed."""

    lines: tuple[Line, ...]
    settings: ShotSettings = field(default_factory=ShotSettings)
    ranges: tuple[RangeSetting, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError("a clip that is decided about has a line at least")

    @property
    def take(self) -> Take:
        """The first line's take."""
        return self.lines[0].take

    @property
    def face(self) -> FaceChoice | None:
        """The first line's face."""
        return self.lines[0].face

    @property
    def fit(self) -> Fit:
        """What happens to a line that is too long or too short."""
        return self.settings.fit

    def with_line(self, number: int = 0, **changes: Any) -> Decisions:
        """Return the decisions with `take`, `face` or `at` of one line changed."""
        lines = list(self.lines)
        lines[number] = replace(lines[number], **changes)
        return replace(self, lines=tuple(lines))

    def with_settings(self, **changes: Any) -> Decisions:
        """Return the decisions with some settings changed.

        Raises:
            ValueError: a value that there is not.
        """
        return replace(self, settings=replace(self.settings, **changes))

    @classmethod
    def upgraded(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return stored decisions in their present form, from a session of before 0.2.0 too."""
        if "take" not in value:
            return value
        line = {"take": value["take"], "face": value.get("face")}
        fit = {"fit": value["fit"]} if "fit" in value else {}
        return {"lines": [line], "settings": fit, "ranges": []}


Changes = Mapping[str, Decisions | None]  # clip -> what is decided now; None: nothing


def say_line(audio: Path, settings: ShotSettings | None = None) -> Decisions:
    """Decide that a clip says a file, from its first frame on."""
    take = Take(audio.absolute(), label=audio.stem)
    return Decisions((Line(take),), settings or ShotSettings())


def decisions_of(dub: Dub) -> Decisions:
    """Return the decisions a version was made by, to dub again from it alone."""
    shot = dub.shot
    if dub.origin is not None:
        return Decisions(shot.lines, dub.origin.settings, shot.ranges)
    settings = ShotSettings(engine=dub.engine, fit=shot.fit, handles=max(shot.handles))
    return Decisions(shot.lines, settings, shot.ranges)
