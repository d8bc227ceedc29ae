"""What the window remembers from day to day: recent timelines, theme, shortcuts, presets, sizes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from g4g_plugin.core.conversion import readable_parts, to_plain
from g4g_plugin.core.files import read_json, set_aside, write_json
from g4g_plugin.core.settings import Settings, config_dir
from g4g_plugin.core.words import reason_of

LOG = logging.getLogger(__name__)
RECENT_MOST = 10  # timelines listed


@dataclass(frozen=True, slots=True)
class Preferences:
    """Remembered by the panel alone; nothing here changes what is rendered but the presets a person
    picks.
    """

    recent: tuple[Path, ...] = ()
    theme: Literal["dark", "light", "system"] = "dark"
    language: str = ""  # "de", "en"; empty: the system's
    shortcuts: dict[str, str] = field(default_factory=dict)  # action -> key sequence, where changed
    presets: dict[str, Settings] = field(default_factory=dict)  # by name
    geometry: str = ""  # hex of QWidget.saveGeometry
    layout: str = ""  # hex of QMainWindow.saveState
    waveforms: bool = True
    checked: bool = False  # the first-run check has been shown

    def opened(self, timeline: Path) -> Preferences:
        """Put a timeline at the top of the recent ones."""
        rest = [path for path in self.recent if path != timeline]
        return replace(self, recent=(timeline, *rest)[:RECENT_MOST])


def preferences_file() -> Path:
    """The JSON file."""
    return config_dir() / "panel.json"


def load_preferences() -> Preferences:
    """Read what was remembered; what is damaged is forgotten, and the file kept under another name."""
    path = preferences_file()
    memory, faults = Preferences(), []
    try:
        value = read_json(path)
        if not isinstance(value, dict):
            raise ValueError("it is not what G4G writes")
        memory, faults = readable_parts(Preferences, value)
    except FileNotFoundError:
        return memory
    except (OSError, ValueError) as err:
        faults = [reason_of(err)]
    if not faults:
        return memory
    aside = set_aside(path)
    reasons = "; ".join(faults)
    LOG.warning("%s is damaged and was set aside as %s: %s", path, aside.name, reasons)
    return memory


def save_preferences(memory: Preferences) -> None:
    """Write whole or not at all, and what a newer version wrote stays; a disk that is full costs
    the memory, not the session.
    """
    path = preferences_file()
    plain = to_plain(memory)
    try:
        older = read_json(path)
    except (OSError, ValueError):
        older = None
    unknown = older if isinstance(older, dict) else {}
    try:
        write_json(path, {**unknown, **plain})
    except OSError:
        LOG.warning("%s cannot be written", path)
