"""What a user may set, kept as TOML in the user's own folders; and where things lie."""

from __future__ import annotations

import json
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import appdirs

from g4g_plugin.core.catalogue import DEVICES, renderer_choices
from g4g_plugin.core.codecs import CODECS
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.files import write_whole
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
    """Every default stands here once; the command line takes its flags' defaults from these fields."""

    engine: str = "g4g"
    renderer: str = field(default="auto", metadata={"choices": renderer_choices})
    device: str = field(default="auto", metadata={"choices": lambda: DEVICES})
    deliver: str = field(default="prores", metadata={"choices": CODECS.names})
    strength: float = field(default=1.0, metadata={"least": 0, "most": 2})  # scales the mouth shape
    handles: int = field(default=0, metadata={"least": 0})  # frames beyond each end of a clip
    threads: int = field(default=0, metadata={"least": 0})  # of torch, 0: as there are cores
    path_map: dict[str, str] = field(default_factory=dict)  # "/Volumes/x" -> "/mnt/x"


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
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        settings = Settings(**values)
    except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError, OSError) as err:
        known = ", ".join(f.name for f in fields(Settings))
        raise G4GError(
            "The settings in {path} cannot be read: {err}.",
            tr("Known settings: {known}."),
            path=path,
            err=err,
            known=known,
        ) from err
    _check(settings, path)
    return settings


def _check(settings: Settings, path: Path) -> None:
    """Check that every value is one of those there are.

    Raises:
        G4GError: one is not; it names file, setting and what is allowed.
    """
    for setting in fields(Settings):
        value, limits = getattr(settings, setting.name), setting.metadata
        allowed = _allowed(setting.type, value, limits)
        if allowed:
            raise G4GError(
                "{name} is {value} in {path}.",
                tr("Allowed: {allowed}."),
                name=setting.name,
                value=repr(value),
                path=path,
                allowed=allowed,
            )


def _allowed(kind: object, value: object, limits: Mapping[str, Any]) -> str:
    """Return what a value may be where it is something else; "" where it is right."""
    if "choices" in limits:
        choices = limits["choices"]()
        return "" if value in choices else ", ".join(choices)
    if kind == "str":
        return "" if isinstance(value, str) else "text"
    if not str(kind).startswith("dict"):
        number = int if kind == "int" else (int, float)
        least, most = limits["least"], limits.get("most", math.inf)
        right = isinstance(value, number) and not isinstance(value, bool) and least <= value <= most
        limit = f" to {most}" if most < math.inf else " or more"
        return "" if right else f"{least}{limit}"
    pairs = value.items() if isinstance(value, dict) else [(0, 0)]
    return (
        "" if all(isinstance(text, str) for pair in pairs for text in pair) else "a table of text"
    )


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def save_settings(settings: Settings) -> Path:
    """Write the settings atomically; returns the file."""
    path = settings_file()
    values = asdict(settings)
    path_map = values.pop("path_map")
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    lines += ["", "[path_map]", *(f"{_toml(old)} = {_toml(new)}" for old, new in path_map.items())]
    write_whole(path, ("\n".join(lines) + "\n").encode())
    return path
