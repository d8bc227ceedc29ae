"""Two processes take the very step that one would: same gradients, same losses, for the same whole
batch.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pair
import pytest
import torch
from drawn_people import draw_pack

from g4g_plugin.training.loop.distributed import SOLO_TEAM, Team


@pytest.mark.skipif(
    not torch.distributed.is_available(), reason="this torch has no torch.distributed"
)
def test_two_processes_find_the_gradients_of_one(tmp_path: Path) -> None:
    pack = draw_pack(tmp_path / "pack", 3, 2, 40)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "OMP_NUM_THREADS": "1",
    }
    places = [Path(pair.__file__).parents[k] for k in (2, 1, 0)] + [
        Path(pair.__file__).parents[1] / "network"
    ]
    shared |= {"PYTHONPATH": os.pathsep.join(map(str, places)), "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, str(Path(pair.__file__)), str(pack), str(tmp_path / "both.npz")]
    started = [
        subprocess.Popen(command, env=os.environ | shared | {"RANK": str(rank)})
        for rank in range(2)
    ]
    try:
        alone = {name: value.numpy() for name, value in pair.gradients(SOLO_TEAM, pack).items()}
        assert [process.wait() for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
            process.wait()
    with np.load(tmp_path / "both.npz") as stored:
        both = dict(stored)
    assert set(both) == set(alone)
    assert any("clip_critic" in name for name in both)
    for name, value in alone.items():
        if name.endswith(" p") and "loss" in name:
            continue  # each process tells its own share of the perceptual loss
        net = [
            v
            for n, v in alone.items()
            if "loss" not in n and n.split(" ")[:1] == name.split(" ")[:1]
        ]
        size = (
            float(np.abs(value).max())
            if "loss" in name
            else max(float(np.abs(v).max()) for v in net)
        )
        np.testing.assert_allclose(both[name], value, atol=2e-3 * size + 1e-7, err_msg=name)


def test_a_batch_is_shared_out_whole_and_alone_nothing_happens() -> None:
    teams = [Team(rank, 3) for rank in range(3)]
    assert [team.places(7) for team in teams] == [[0, 1, 2], [3, 4, 5], [6, 6, 6]]
    batch = {"x": torch.arange(6)}
    assert torch.equal(torch.cat([team.part(batch)["x"] for team in teams]), batch["x"])
    assert SOLO_TEAM.part(batch)["x"] is batch["x"]
    assert SOLO_TEAM.gather(batch, 6) is batch
    assert SOLO_TEAM.agree(True)
    assert SOLO_TEAM.first
