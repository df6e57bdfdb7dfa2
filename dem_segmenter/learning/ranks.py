"""Several processes, a GPU each, on one run: what ``torchrun`` starts, seen from inside one of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel

from .. import runtime
from ..errors import CancelledError, DeviceError, TrainingError

_FINE, _CANCELLED, _FAILED = 0.0, 1.0, 2.0


@dataclass(frozen=True)
class Ranks:
    """The processes of a run.

    Attributes:
        rank: Number of this one, from 0; 0 is the one that writes and speaks.
        count: How many there are.
        device: Where this one computes.
        local_count: How many of them there are on this computer.
    """

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    local_count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def wrapped(self, model: torch.nn.Module) -> torch.nn.Module:
        """A model whose gradients are averaged over all processes, and which begins as rank 0's."""
        if self.count == 1:
            return model
        return DistributedDataParallel(model, device_ids=[self.device] if self.device.type == "cuda" else None)

    def mean(self, value: float) -> float:
        """A number's mean over all processes; nan in one is nan in all."""
        if self.count == 1:
            return value
        return self._reduced(value, distributed.ReduceOp.SUM) / self.count

    def any(self, flag: bool) -> bool:
        """Whether it holds in any process."""
        return flag if self.count == 1 else self._reduced(float(flag), distributed.ReduceOp.MAX) > 0

    def require_same(self, value: int, what: str) -> None:
        """Stop all processes where a number is not the same in each.

        Args:
            value: The number.
            what: Its name, for people.

        Raises:
            TrainingError: It differs.
        """
        if self.count == 1:
            return
        least, most = (
            int(self._reduced(float(value), how)) for how in (distributed.ReduceOp.MIN, distributed.ReduceOp.MAX)
        )
        if least != most:
            raise TrainingError(
                f"The processes of this run do not agree on the {what}: {least} in one, {most} in another.",
                "Put the output file into a folder that all of them can read, and start them again.",
            )

    def agree(self, trouble: Exception | None) -> None:
        """Stop together: none waits for one that has gone.

        Args:
            trouble: What keeps this process from going on.

        Raises:
            Exception: `trouble` itself, where there is any.
            CancelledError: Another process was cancelled.
            TrainingError: Another process has failed.
        """
        worst = _FINE
        if self.count > 1:
            state = _FINE if trouble is None else _CANCELLED if isinstance(trouble, CancelledError) else _FAILED
            worst = self._reduced(state, distributed.ReduceOp.MAX)
        if trouble is not None:
            raise trouble
        if worst == _CANCELLED:
            raise CancelledError("Cancelled.")
        if worst == _FAILED:
            raise _other_failed()

    def _reduced(self, value: float, how: distributed.ReduceOp.RedOpType) -> float:
        found = torch.tensor(value, dtype=torch.float64, device=self.device)
        try:
            distributed.all_reduce(found, how)
        except RuntimeError as error:  # it is gone
            raise _other_failed() from error
        return float(found)


def _other_failed() -> TrainingError:
    return TrainingError("Another process of this run has failed.", "See what it said on standard error.")


@contextlib.contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """This process's place among those that ``torchrun`` started; alone where it did not.

    Args:
        device: As `runtime.pick_device`; ``cuda`` and ``auto`` give each process a card of its own.

    Raises:
        DeviceError: The device is not there, or would be shared by processes that need one each.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Ranks(device=runtime.pick_device(device))
        return
    local_count = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    picked = runtime.pick_device(device)
    if str(picked) == "cuda":
        picked = runtime.pick_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
    elif picked.type == "cuda" and local_count > 1:
        raise DeviceError(
            f"{local_count} processes would share the graphics card {picked}.",
            "Choose the device cuda, which gives each a card of its own.",
        )
    if picked.type == "cuda":
        torch.cuda.set_device(picked)
    distributed.init_process_group("nccl" if picked.type == "cuda" else "gloo")
    try:
        yield Ranks(distributed.get_rank(), distributed.get_world_size(), picked, local_count)
    finally:
        distributed.destroy_process_group()
