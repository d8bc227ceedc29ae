"""What a user may set, kept as TOML in the user's own folders; and where things lie."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import appdirs

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.words import tr

APP = "g4g"
GENERATOR_WEIGHTS = "g4g-m96-v3.safetensors"  # below resources/models: mouth box in pixels, version


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
    renderer: str = "auto"  # auto | native | network
    device: str = "auto"  # auto | cuda | cpu
    deliver: str = "prores"  # prores | ffv1 | dnxhr | h264 | h265
    strength: float = 1.0  # 0..2, scales the mouth shape
    handles: int = 0  # frames delivered beyond each end of a clip
    threads: int = 0  # torch threads, 0: as many as there are cores
    path_map: dict[str, str] = field(default_factory=dict)  # "/Volumes/x" -> "/mnt/x"


def settings_file() -> Path:
    """The TOML file."""
    return config_dir() / "settings.toml"


def load_settings() -> Settings:
    """Read the user's settings; the defaults where there is no file.

    Raises:
        G4GError: the file is no TOML or names a setting that does not exist.
    """
    path = settings_file()
    if not path.exists():
        return Settings()
    try:
        values = tomllib.loads(path.read_text("utf-8"))
        return Settings(**values)
    except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError, OSError) as err:
        known = ", ".join(f.name for f in fields(Settings))
        raise G4GError(
            "The settings in {path} cannot be read: {err}.",
            tr("Known settings: {known}."),
            path=path,
            err=err,
            known=known,
        ) from err


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def save_settings(settings: Settings) -> Path:
    """Write the settings atomically; returns the file."""
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    values = asdict(settings)
    path_map = values.pop("path_map")
    lines = [f"{name} = {_toml(value)}" for name, value in values.items()]
    lines += ["", "[path_map]", *(f"{_toml(old)} = {_toml(new)}" for old, new in path_map.items())]
    part = path.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", "utf-8")
    part.replace(path)
    return path
