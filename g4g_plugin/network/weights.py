"""Weights in and out: safetensors only, the config and the model card inside the file, the digest
checked.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse
from safetensors.torch import save as serialise
from torch import Tensor, nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.files import write_whole
from g4g_plugin.core.words import tr

# Beside the weights: {file name: SHA-256}, for the weights we install
DIGESTS_FILE = "digests.json"
DIGEST_SUFFIX = ".sha256"  # or one digest beside one file: name.safetensors.sha256
FORMAT_VERSION = "1"


def save_weights(
    path: Path,
    state: Mapping[str, Tensor],
    config: dict[str, Any],
    card: dict[str, Any],
    half: bool = False,
) -> str:
    """Write tensors, config and card into one safetensors file, whole or not at all; return its
    SHA-256 (hex).

    Args:
        path: the file.
        state: tensors by name.
        config: what the network needs to be built again.
        card: what is to be known of the weights.
        half: store floats as float16; `load_weights` gives float32 back.

    Raises:
        EngineError: the folder cannot be written.
    """
    tensors = {name: _stored(value, half) for name, value in state.items()}
    # safetensors orders several metadata entries at random; one entry keeps the file's digest the
    # same each time
    inside = {"format": FORMAT_VERSION, "config": config, "card": card}
    content = serialise(tensors, metadata={"g4g": json.dumps(inside, sort_keys=True)})
    try:
        write_whole(path, content)
    except OSError as err:
        raise EngineError(
            "The weights cannot be written to {path}.",
            tr("Choose a folder you may write to."),
            path=path,
        ) from err
    return hashlib.sha256(content).hexdigest()


def load_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any], str]:
    """Read a weights file; return (state in float32, config, SHA-256 of the file in hex).

    A digest is checked where one is known: `digests.json` beside the file, or `<file>.sha256`.

    Raises:
        EngineError: missing, not ours, truncated, or not the file its digest was taken of.
    """
    content = _content(path)
    digest = hashlib.sha256(content).hexdigest()
    known = known_digest(path)
    if known is not None and known != digest:
        raise EngineError(
            "The weights {path} were altered: their digest is not the recorded one.",
            _HINT,
            path=path.name,
        )
    config = _inside(path, content)["config"]
    try:
        tensors = parse(content)
    except (SafetensorError, ValueError, KeyError) as err:
        raise EngineError(
            "The weights {path} are damaged or cut short.", _HINT, path=path.name
        ) from err
    state = {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }
    if not all(bool(torch.isfinite(v).all()) for v in state.values() if v.is_floating_point()):
        raise EngineError(
            "Some values in the weights {path} are not numbers.", _HINT, path=path.name
        )
    return state, config, digest


def read_card(path: Path) -> dict[str, Any]:
    """Read the model card a weights file carries.

    Raises:
        EngineError: missing or not ours.
    """
    return _inside(path, _content(path))["card"]


def known_digest(path: Path) -> str | None:
    """Return the recorded SHA-256 of an installed weights file, None for a file nobody recorded.

    Raises:
        EngineError: the record itself cannot be read.
    """
    record, sidecar = path.with_name(DIGESTS_FILE), path.with_name(path.name + DIGEST_SUFFIX)
    try:
        if record.is_file():
            digests = json.loads(record.read_text())
            if path.name in digests:
                return str(digests[path.name])
        return sidecar.read_text().split()[0] if sidecar.is_file() else None
    except (OSError, ValueError, IndexError, TypeError) as err:
        raise EngineError(
            "The digests beside {path} cannot be read.", _HINT, path=path.name
        ) from err


def record_digest(path: Path, digest: str) -> None:
    """Enter a weights file's SHA-256 in `digests.json` beside it."""
    record = path.with_name(DIGESTS_FILE)
    digests = json.loads(record.read_text()) if record.is_file() else {}
    digests[path.name] = digest
    write_whole(record, (json.dumps(digests, indent=2, sort_keys=True) + "\n").encode())


def fill(module: nn.Module, state: Mapping[str, Tensor], name: str) -> None:
    """Put a state into a module; every tensor must be there and fit.

    Args:
        module: the network.
        state: tensors by name.
        name: of the weights, for the error.

    Raises:
        EngineError: the weights belong to another network than their config says.
    """
    try:
        module.load_state_dict(dict(state))
    except RuntimeError as err:
        raise EngineError(
            "The weights {name} do not fit the network their config describes.", _HINT, name=name
        ) from err


_HINT = tr("Install the weights again, or {@choose_weights}.")


def _stored(value: Tensor, half: bool) -> Tensor:
    kept = value.detach().cpu()
    return (kept.half() if half and kept.is_floating_point() else kept).contiguous().clone()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise EngineError("There are no weights at {path}.", _HINT, path=path) from err


def _inside(path: Path, content: bytes) -> dict[str, Any]:
    """Read our entry from the header of a safetensors file: 8 bytes length, then JSON with
    "__metadata__".
    """
    try:
        (length,) = struct.unpack("<Q", content[:8])
        inside = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["g4g"])
        if (
            inside["format"] == FORMAT_VERSION
            and isinstance(inside["config"], dict)
            and isinstance(inside["card"], dict)
        ):
            return inside
    except (struct.error, ValueError, KeyError, TypeError, OverflowError) as err:
        raise EngineError(
            "{path} is damaged, or is not a G4G weights file.", _HINT, path=path.name
        ) from err
    raise EngineError(
        "The weights {path} are of another version.",
        tr("Update G4G Dub and try again."),
        path=path.name,
    )
