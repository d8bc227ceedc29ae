"""Effects that change a clip's speed, by their schema or name."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from g4g_plugin.timeline.load import schema
from g4g_plugin.timeline.ranges import number

Node = dict[str, Any]
TIME_EFFECTS = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")
PLAIN_EFFECTS = ("Effect",)
_TIME_WORDS = re.compile(r"time.?(warp|remap|effect)|retime|speed|freeze|velocity", re.IGNORECASE)
_NOT_TIME = ("retime and scaling",)  # Resolve hangs it on every clip, with nothing in it


def time_effect(node: Node) -> str | None:
    """Return the name of an effect that changes time, None where there is none."""
    effects = node.get("effects")
    for effect in effects if isinstance(effects, list) else []:
        kind = schema(effect)
        if kind == "LinearTimeWarp" and number(effect.get("time_scalar")) == 1:
            continue
        if kind in TIME_EFFECTS:
            return kind
        name = str(effect.get("effect_name") or "") if isinstance(effect, dict) else ""
        if kind not in PLAIN_EFFECTS and _TIME_WORDS.search(kind):
            return kind
        if name.lower() not in _NOT_TIME and _TIME_WORDS.search(name):
            return name
    return None


def constant_speed(node: Node) -> Fraction | None:
    """Return how many times as fast a clip plays as it was filmed, negative backwards, 0 frozen;
    None where an effect changes its speed on the way, or in a way we do not know.
    """
    effects = node.get("effects")
    speed = Fraction(1)
    for effect in effects if isinstance(effects, list) else []:
        if time_effect({"effects": [effect]}) is None:
            continue
        scalar = number(effect.get("time_scalar"))
        if schema(effect) == "FreezeFrame":
            speed = Fraction(0)
        elif schema(effect) == "LinearTimeWarp" and scalar is not None:
            speed *= scalar
        else:
            return None
    return speed


def without_time_effects(node: Node) -> list[Any]:
    """Return a clip's effects but for those that change its speed."""
    effects = node.get("effects")
    kept = effects if isinstance(effects, list) else []
    return [effect for effect in kept if time_effect({"effects": [effect]}) is None]
