"""Damage as disks, transfers, hosts and editors do it, for fuzz_state.py."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if "G4G_HOME" not in os.environ:
    os.environ["G4G_HOME"] = tempfile.mkdtemp(prefix="g4g-fuzz-home-")


DEEP = 100_000  # brackets, one in the other
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 3, 1.5, 10**30, -(10**30), 1e308, float("nan"), float("inf")),
    *("", "x", "0", "1/0", "1e999999999", "\0", "\ud800", "\u202e", "a" * 300, "/" * 5000, "{0.x}"),
    *([], {}, [[]], [None], {"": None}, {"a": {"b": {}}}, ["x"] * 50),
)
TEXTS = (  # JSON that no Python value gives
    *("NaN", "-Infinity", "1e999", "9" * 5000, "[" * DEEP, '{"a":' * 5000, "'x'", "", "nul"),
    *('"\\ud800"', '"\\u0000"', '"\udcff"', '{"a": 1, "a": "x"}', "0x1", "01", "/*x*/1"),
)


def damaged_bytes(content: bytes, rng: random.Random) -> bytes:
    """Return a file's content as disks, transfers and editors damage it."""
    at = rng.randrange(len(content) + 1)
    to = min(len(content), at + rng.choice((1, 2, 16, 300)))
    match rng.randrange(8):
        case 0:
            flipped = bytearray(content)
            for _ in range(rng.choice((1, 2, 8))):
                flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            return bytes(flipped)
        case 1:
            return content[:at]
        case 2:
            return content[:at] + content[to:]
        case 3:
            return content[:at] + rng.randbytes(to - at) + content[to:]
        case 4:
            return content[:at] + content[at:to] * 2 + content[to:]
        case 5:
            return content[:at] + bytes(to - at) + content[to:]
        case 6:
            text = content.decode("utf-8", "replace")
            coding = rng.choice(("utf-16", "utf-32", "utf-8-sig", "latin-1"))
            return text.encode(coding, "replace")
    return rng.choice((b"", b"\n", b"\xff\xfe", b"null", b"[]", b"{}", b"3", b'"x"', b"\0" * 99))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every key and member."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in steps:
        yield (*path, step)
        if isinstance(member, dict | list):
            yield from places(member, (*path, step))


def damaged_value(value: Any, rng: random.Random, ours: str = "") -> str:
    """Return JSON text in which one or two keys are gone, wrong, doubled or strange.

    Args:
        value: is changed.
        rng: decides.
        ours: only what lies below a key of this name, nine times in ten.
    """
    for _ in range(rng.choice((1, 1, 1, 2))):
        known = list(places(value))
        inner = [path for path in known if ours in path] if rng.random() < 0.9 else []
        path = rng.choice(inner or known)
        parent = value
        for step in path[:-1]:
            parent = parent[step]
        match rng.randrange(6):
            case 0:
                del parent[path[-1]]
            case 1 if isinstance(parent, dict):
                parent[rng.choice(("", "x", "self", "\0", "a" * 300))] = parent.pop(path[-1])
            case 2:
                marked = json.dumps(_with(parent, path[-1], "@HERE@", value), ensure_ascii=True)
                return marked.replace('"@HERE@"', rng.choice(TEXTS), 1)
            case _:
                parent[path[-1]] = rng.choice(WRONG)
    return json.dumps(value)


def _with(parent: Any, step: Any, new: str, whole: Any) -> Any:
    parent[step] = new
    return whole


def damage_file(path: Path, rng: random.Random) -> None:
    """Put something in a file's place that is no file."""
    path.unlink(missing_ok=True)
    match rng.randrange(5):
        case 0:
            path.mkdir()
            (path / "x").write_text("x")
        case 1:
            path.symlink_to(path.name)
        case 2:
            path.symlink_to("/dev/zero")
        case 3:
            os.mkfifo(path)
        case _:
            path.symlink_to("/nowhere/at/all")


def damaged_toml(content: bytes, rng: random.Random) -> bytes:
    """Return settings with one line of another kind."""
    lines = content.decode().splitlines()
    at = rng.randrange(len(lines))
    wrong = (*("nan", "inf", "-1", "3", '"x"', "true", "[]", "{}", "{a = 1}", "1979-05-27", "''"),)
    odd = ("x = [" + "[" * 5000, "9" * 5000, '"\\u0000"', '"a\\u202e"', "1e999", "0x" + "f" * 40)
    name = lines[at].partition("=")[0]
    lines[at] = rng.choice((f"{name}= {rng.choice((*wrong, *odd))}", lines[at] * 2, f"{name}x = 1"))
    return "\n".join(lines).encode("utf-8", "surrogateescape")
