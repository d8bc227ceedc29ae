"""The same script alone and under torchrun: several processes share each batch and take the very
same step.

Every process runs the network on its share of the batch; what the losses compare is then gathered,
so that contrast sees all negatives and weighted means their whole denominators. Gradients averaged
over the processes are those that one process would have found for the whole batch (a test says so).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather

# For the others: the first of them may be measuring test people
TEAM_TIMEOUT = timedelta(minutes=30)

Tree = TypeVar("Tree")  # a tensor, or tuples and dicts of them


@dataclass(frozen=True, slots=True)
class Team:
    """The processes that teach one net together; one alone is a team too."""

    rank: int = 0
    size: int = 1
    local: int = 0  # which of its machine's devices is this process's

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes files and says when to stop."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """Where this process computes: its own CUDA device where there is one."""
        return (
            torch.device("cuda", self.local) if torch.cuda.is_available() else torch.device("cpu")
        )

    def places(self, count: int) -> list[int]:
        """Return which of a batch's `count` items are this process's; the last one fills up."""
        part = -(-count // self.size)
        return [min(i, count - 1) for i in range(self.rank * part, (self.rank + 1) * part)]

    def part(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return this process's rows of a batch that every process has drawn."""
        if self.size == 1:
            return dict(batch)
        return {name: value[self.places(len(value))] for name, value in batch.items()}

    def gather(self, value: Tree, count: int) -> Tree:
        """Join every process's rows of tensors, in tuples and dicts too, to `count` rows; gradients
        flow back.
        """
        return value if self.size == 1 else _gathered(value, count, self)

    @torch.no_grad()
    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace gradients by their mean over the processes, in one message."""
        held = [p.grad for p in parameters if p.grad is not None] if self.size > 1 else []
        if not held:
            return
        flat = torch.cat([grad.float().flatten() for grad in held])
        dist.all_reduce(flat)
        for grad, part in zip(
            held, flat.div_(self.size).split([grad.numel() for grad in held]), strict=True
        ):
            grad.copy_(part.view_as(grad))

    def agree(self, value: bool) -> bool:
        """Return what the first process says, so that a clock stops all of them at the same step."""
        if self.size == 1:
            return value
        said = torch.tensor([float(value)], device=self.device)
        dist.broadcast(said, 0)
        return bool(said.item())

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()


SOLO_TEAM = Team()


@contextmanager
def team() -> Iterator[Team]:
    """Join the processes that torchrun started, or be alone; leaves them at the end."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 or not dist.is_available():
        yield SOLO_TEAM
        return
    mine = Team(int(os.environ["RANK"]), size, int(os.environ.get("LOCAL_RANK", "0")))
    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(mine.device)
    dist.init_process_group("nccl" if cuda else "gloo", timeout=TEAM_TIMEOUT)
    try:
        yield mine
    finally:
        dist.destroy_process_group()


def _gathered(value: Any, count: int, mine: Team) -> Any:
    if isinstance(value, Tensor):
        plain = value.contiguous().float() if value.is_floating_point() else value.contiguous()
        parts = all_gather(plain) if value.requires_grad else _all_gather_plain(plain, mine.size)
        return torch.cat(list(parts)).to(value.dtype)[:count]
    if isinstance(value, dict):
        return {name: _gathered(part, count, mine) for name, part in value.items()}
    parts = [_gathered(part, count, mine) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)


def _all_gather_plain(value: Tensor, size: int) -> list[Tensor]:
    """Gather what no gradient flows through; torch's differentiable gather takes floats only."""
    parts = [torch.empty_like(value) for _ in range(size)]
    dist.all_gather(parts, value)
    return parts
