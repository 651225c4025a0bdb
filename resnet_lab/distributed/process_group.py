"""Process group of a run: rank, world size, and work that rank zero does for all ranks."""

import math
import os
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import DDPStrategy

from resnet_lab.errors import InputError, NothingToResumeError

T = TypeVar("T")


class LauncherNeededError(Exception):
    """Raised when a run needs several ranks and no launcher has started them.

    Args:
        count: Ranks on this machine.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} processes are needed")
        self.count = count


def rank() -> int:
    """Return the rank of this process, from 0, as its launcher has put it into the environment."""
    return int(getattr(rank_zero_only, "rank", 0))


def launched_world_size() -> tuple[int, int] | None:
    """Return how many ranks per machine, and on how many machines, torchrun or srun has started.

    Returns:
        Ranks per machine and machines; None if neither of the two started this process.
    """
    if torch.distributed.is_available() and torch.distributed.is_torchelastic_launched():
        local = int(os.environ["LOCAL_WORLD_SIZE"])
        return local, int(os.environ["WORLD_SIZE"]) // local
    if SLURMEnvironment.detect():
        nodes = int(os.environ.get("SLURM_NNODES", 1))
        return int(os.environ.get("SLURM_NTASKS_PER_NODE", int(os.environ["SLURM_NTASKS"]) // nodes)), nodes
    return None


def adopt_world_size(trainer: Any, given: Collection[str]) -> None:
    """Set ``devices`` and ``num_nodes`` to what torchrun or srun has started, unless the user gave them.

    Args:
        trainer: The config's ``trainer``; changed in place.
        given: Keys that the user gave.
    """
    for key, count in zip(("devices", "num_nodes"), launched_world_size() or (), strict=False):
        if f"trainer.{key}" not in given:
            trainer[key] = count


def init_group(trainer: Trainer) -> None:
    """Wait for all ranks of a command and connect them. Afterward they work in step.

    Args:
        trainer: Any trainer of the command.

    Raises:
        LauncherNeededError: The ranks have to be started first.
        InputError: The launcher started another number of ranks than the trainer has.
    """
    strategy, found = trainer.strategy, launched_world_size()
    if found is not None and math.prod(found) != trainer.world_size:  # each would work as if it were alone
        raise InputError(
            f"{math.prod(found)} processes were started, but trainer.devices and trainer.num_nodes make "
            f"{trainer.world_size}: leave both out, or start as many."
        )
    if trainer.world_size == 1:
        return
    assert isinstance(strategy, DDPStrategy)  # others are refused
    assert strategy.cluster_environment is not None
    assert strategy.launcher is not None
    if not strategy.cluster_environment.creates_processes_externally:
        raise LauncherNeededError(strategy.num_processes)
    strategy.launcher.launch(strategy.setup_environment)  # as Trainer.fit does


def destroy_group() -> None:
    """Destroy the process group, if there is one.

    Lightning (2.6) does so for NCCL alone. A process that exits while threads of gloo still run may be aborted.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def rank_zero_first(trainer: Trainer, work: Callable[[], T]) -> T:
    """Do something on rank zero alone, and return its result on all ranks.

    Args:
        trainer: A trainer whose ranks are connected.
        work: Called on rank zero.

    Raises:
        InputError: Raised by ``work``, on rank zero; the other ranks exit without a message.
        NothingToResumeError: Raised by ``work``, on all ranks.
    """
    outcome: Any = None
    if trainer.is_global_zero:
        try:
            outcome = work()
        except (InputError, NothingToResumeError) as error:
            outcome = error
    outcome = trainer.strategy.broadcast(outcome)
    if isinstance(outcome, NothingToResumeError):
        raise outcome
    if isinstance(outcome, InputError):
        raise outcome if trainer.is_global_zero else SystemExit(2)
    return cast(T, outcome)


def gather_over_ranks(batches: list[T]) -> list[T]:
    """Gather the batches of all ranks, in the order in which one process would have had them.

    All ranks call this, and all get the whole list.
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return batches
    shards: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(shards, batches)
    return [batch for turn in zip_longest(*shards) for batch in turn if batch is not None]


@contextmanager
def rank_zero_output() -> Iterator[None]:
    """Suppress prints and warnings of all ranks but rank zero. Errors of every rank are shown."""
    if rank() == 0:
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
