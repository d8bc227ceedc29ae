"""What the window remembers from day to day: recent timelines, theme, shortcuts, presets, sizes."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from g4g_plugin.core.settings import config_dir

LOG = logging.getLogger(__name__)
RECENT = 10  # timelines listed


@dataclass(frozen=True, slots=True)
class Preferences:
    """Remembered by the panel alone; nothing here changes what is rendered but the presets a person
    picks.
    """

    recent: tuple[str, ...] = ()
    theme: str = "dark"  # dark | light | system
    language: str = ""  # "de", "en"; empty: the system's
    shortcuts: dict[str, str] = field(default_factory=dict)  # action -> key sequence, where changed
    presets: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> fields of Settings
    geometry: str = ""  # hex of QWidget.saveGeometry
    layout: str = ""  # hex of QMainWindow.saveState
    waveforms: bool = True
    checked: bool = False  # the first-run check has been shown

    def opened(self, timeline: Path) -> Preferences:
        """Put a timeline at the top of the recent ones."""
        rest = [path for path in self.recent if path != str(timeline)]
        return replace(self, recent=(str(timeline), *rest)[:RECENT])


def preferences_file() -> Path:
    """The JSON file."""
    return config_dir() / "panel.json"


def load_preferences() -> Preferences:
    """Read what was remembered; a damaged file is forgotten, it holds nothing that cannot be set
    again.
    """
    path = preferences_file()
    known = {f.name for f in fields(Preferences)}
    try:
        values = json.loads(path.read_text("utf-8"))
        kept = {name: value for name, value in values.items() if name in known}
        return Preferences(**{**kept, "recent": tuple(kept.get("recent", ()))})
    except FileNotFoundError:
        return Preferences()
    except (OSError, ValueError, TypeError, AttributeError):
        LOG.warning("%s is damaged and was left aside", path)
        return Preferences()


def save_preferences(memory: Preferences) -> None:
    """Write atomically; a disk that is full costs the memory, not the session."""
    path = preferences_file()
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(memory), indent=1), "utf-8")
        part.replace(path)
    except OSError:
        LOG.warning("%s cannot be written", path)
