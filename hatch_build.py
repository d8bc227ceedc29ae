"""Put `resources/` inside a built wheel; an editable install reads the checkout's own."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ResourcesHook(BuildHookInterface[Any]):
    """hatchling finds this by its place beside pyproject.toml."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folder, except for an editable install."""
        if version == "standard":
            build_data["force_include"]["resources"] = "g4g_plugin/resources"
