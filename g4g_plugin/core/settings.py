"""What a user may set, kept as TOML in the user's own folders; and where things lie."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import appdirs
import tomli_w

from g4g_plugin.core.catalogue import AUTO, DEVICES
from g4g_plugin.core.controls import Control, controls
from g4g_plugin.core.decisions import ShotSettings
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.files import read_small, write_whole
from g4g_plugin.core.words import tr

APP = "g4g"


def config_dir() -> Path:
    """Folder of the user's settings (G4G_HOME overrides, for tests and shared stations)."""
    home = os.environ.get("G4G_HOME")
    return Path(home) / "config" if home else Path(appdirs.user_config_dir(APP))


def cache_dir() -> Path:
    """Folder of what can be made again: face analyses, job store, thumbnails."""
    home = os.environ.get("G4G_HOME")
    return Path(home) / "cache" if home else Path(appdirs.user_cache_dir(APP))


def resources() -> Path:
    """Folder of weights, demo files and icons: inside the installed package, or beside it in a
    checkout.
    """
    package = Path(__file__).resolve().parent.parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user has set: what a new shot gets, and what is this machine's."""

    shot: ShotSettings = field(default_factory=ShotSettings)
    device: str = field(
        default=AUTO,
        metadata={
            "label": tr("Device"),
            "help": tr("where the nets run"),
            "choices": DEVICES,
        },
    )
    threads: int = field(
        default=0,
        metadata={
            "label": tr("Processor threads"),
            "help": tr("of one dub; 0: as many as there are cores"),
            "least": 0,
        },
    )
    path_map: dict[str, str] = field(  # "/Volumes/x" -> "/mnt/x"
        default_factory=dict,
        metadata={
            "label": tr("Path map"),
            "help": tr("where media lies here that a timeline names by another machine's path"),
        },
    )

    def with_shot(self, **changes: Any) -> Settings:
        """Return these settings with other ones for new shots.

        Raises:
            ValueError: a value that there is not.
        """
        return replace(self, shot=replace(self.shot, **changes))

    @classmethod
    def upgraded(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return stored settings in their present form; before 0.2.0 a shot's stood beside the
        machine's.
        """
        return value if "shot" in value else _nested(value)


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return values by option as `Settings` has them, the shot's apart."""
    names = {control.option: control.name for control in controls(ShotSettings)}
    shot = {names[option]: value for option, value in flat.items() if option in names}
    return {**{name: value for name, value in flat.items() if name not in names}, "shot": shot}


def setting_controls() -> dict[str, Control]:
    """Return all that can be set, by its key in the settings file."""
    every = (*controls(ShotSettings), *controls(Settings))
    return {control.option: control for control in every}


def settings_file() -> Path:
    """The TOML file."""
    return config_dir() / "settings.toml"


def load_settings() -> Settings:
    """Read the user's settings; the defaults where there is no file.

    Raises:
        G4GError: the file is no TOML, names a setting that does not exist, or gives one a value of
            another type or outside its range.
    """
    path = settings_file()
    if not path.exists():
        return Settings()
    known = setting_controls()
    try:
        values = tomllib.loads(read_small(path).decode())
        if unknown := values.keys() - known.keys():
            raise ValueError(f"there is no setting {min(unknown)}")
    except (ValueError, RecursionError, OSError) as err:
        raise G4GError(
            "The settings in {path} cannot be read: {err}.",
            tr("Known settings: {known}."),
            path=path,
            err=err,
            known=", ".join(known),
        ) from err
    read = {name: _checked(known[name], value, path) for name, value in values.items()}
    nested = _nested(read)
    return Settings(**{**nested, "shot": ShotSettings(**nested["shot"])})


def _checked(control: Control, value: Any, path: Path) -> Any:
    """Return a value of the settings file as what it stands for.

    Raises:
        G4GError: it is none of those that are allowed.
    """
    made = Path(value) if control.kind is Path and isinstance(value, str) else value
    allowed = control.allowed(made)
    if allowed:
        raise G4GError(
            "{name} is {value} in {path}.",
            tr("Allowed: {allowed}."),
            name=control.option,
            value=repr(value),
            path=path,
            allowed=allowed,
        )
    return made


def save_settings(settings: Settings) -> Path:
    """Write the settings atomically; returns the file."""
    path = settings_file()
    every = {c.option: getattr(settings.shot, c.name) for c in controls(ShotSettings)}
    every |= {f.name: getattr(settings, f.name) for f in fields(settings) if f.name != "shot"}
    plain = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in every.items()
        if value is not None
    }
    write_whole(path, tomli_w.dumps(plain).encode("utf-8"))
    return path
