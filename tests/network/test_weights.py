"""Weights survive the way to disk and back; every kind of damage is told apart from sound files."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from g4g_plugin.core.errors import EngineError
from g4g_plugin.network import weights

CONFIG = {"kind": "generator", "width": 8}
CARD = {"steps": 3, "corpus": "drawn"}


def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"a.weight": torch.randn(3, 4), "a.bias": torch.randn(3), "steps": torch.tensor(7)}


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    digest = weights.save_weights(path, state(), CONFIG, CARD)
    loaded, config, found = weights.load_weights(path)
    assert config == CONFIG
    assert found == digest
    assert weights.read_card(path) == CARD
    assert all(torch.equal(loaded[k], v) for k, v in state().items())
    assert not list(tmp_path.glob("*.part"))


def test_the_same_weights_have_the_same_digest(tmp_path: Path) -> None:
    digests = {
        weights.save_weights(tmp_path / f"{i}.safetensors", state(), CONFIG, CARD) for i in range(4)
    }
    assert len(digests) == 1


def test_half_storage_rounds_to_float16_and_loads_as_float32(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    weights.save_weights(path, state(), CONFIG, CARD, half=True)
    loaded, _, _ = weights.load_weights(path)
    assert loaded["a.weight"].dtype == torch.float32
    assert torch.equal(loaded["a.weight"], state()["a.weight"].half().float())
    assert loaded["steps"].item() == 7


@pytest.mark.parametrize("record", ["digests.json", "sidecar"])
def test_an_altered_file_is_refused(tmp_path: Path, record: str) -> None:
    path = tmp_path / "w.safetensors"
    digest = weights.save_weights(path, state(), CONFIG, CARD)
    if record == "digests.json":
        weights.record_digest(path, digest)
    else:
        path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n")
    weights.load_weights(path)  # sound as long as it is unaltered
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(EngineError, match="altered") as caught:
        weights.load_weights(path)
    assert caught.value.hint


@pytest.mark.parametrize("keep", [0, 4, 40, -5])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "w.safetensors"
    weights.save_weights(path, state(), CONFIG, CARD)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(EngineError) as caught:
        weights.load_weights(path)
    assert caught.value.hint


def test_a_missing_a_foreign_and_a_nan_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no weights"):
        weights.load_weights(tmp_path / "absent.safetensors")
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(b"PK\x03\x04 a pickle or a zip, who knows" * 9)
    with pytest.raises(EngineError, match="damaged"):
        weights.load_weights(foreign)
    ill = tmp_path / "ill.safetensors"
    weights.save_weights(ill, {"a": torch.tensor([1.0, float("nan")])}, CONFIG, CARD)
    with pytest.raises(EngineError, match="not numbers"):
        weights.load_weights(ill)


def test_a_version_from_the_future_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "FORMAT_VERSION", "9")
    weights.save_weights(tmp_path / "w.safetensors", state(), CONFIG, CARD)
    monkeypatch.undo()
    with pytest.raises(EngineError, match="another version"):
        weights.load_weights(tmp_path / "w.safetensors")


def test_a_state_for_another_network_is_refused() -> None:
    weights.fill(nn.Linear(4, 3), {"weight": torch.ones(3, 4), "bias": torch.ones(3)}, "w")
    with pytest.raises(EngineError, match="do not fit"):
        weights.fill(nn.Linear(5, 3), {"weight": torch.ones(3, 4), "bias": torch.ones(3)}, "w")


def test_digests_are_added_one_by_one(tmp_path: Path) -> None:
    for name in ("a.safetensors", "b.safetensors"):
        weights.record_digest(tmp_path / name, name[0] * 64)
    assert set(json.loads((tmp_path / "digests.json").read_text())) == {
        "a.safetensors",
        "b.safetensors",
    }
    (tmp_path / "digests.json").write_text("{")
    with pytest.raises(EngineError, match="digests"):
        weights.known_digest(tmp_path / "a.safetensors")


def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="cannot be written"):
        weights.save_weights(tmp_path / "file" / "w.safetensors", state(), CONFIG, CARD)
