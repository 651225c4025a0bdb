"""Several processes of one run: how many there are, where they meet, and what the first one does for all."""

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


class ProcessesNeededError(Exception):
    """A run takes several processes, and nobody has started them yet.

    Args:
        count: Processes on this machine.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} processes are needed")
        self.count = count


def process_number() -> int:
    """Return the number of this process, from 0, as what started it has left it in the environment."""
    return int(getattr(rank_zero_only, "rank", 0))


def launched() -> tuple[int, int] | None:
    """Return how many processes a machine, and on how many machines, torchrun or srun has started; None without."""
    if torch.distributed.is_available() and torch.distributed.is_torchelastic_launched():
        here = int(os.environ["LOCAL_WORLD_SIZE"])
        return here, int(os.environ["WORLD_SIZE"]) // here
    if SLURMEnvironment.detect():
        nodes = int(os.environ.get("SLURM_NNODES", 1))
        return int(os.environ.get("SLURM_NTASKS_PER_NODE", int(os.environ["SLURM_NTASKS"]) // nodes)), nodes
    return None


def adopt_launched(trainer: Any, given: Collection[str]) -> None:
    """Take the number of processes from what started them, where the user does not name it.

    Args:
        trainer: The config's ``trainer``; changed in place.
        given: Keys that the user names.
    """
    for key, count in zip(("devices", "num_nodes"), launched() or (), strict=False):
        if f"trainer.{key}" not in given:
            trainer[key] = count


def meet(trainer: Trainer) -> None:
    """Wait for all processes of a command, and connect them; from here on they go in step.

    Args:
        trainer: Any trainer of the command.

    Raises:
        ProcessesNeededError: They have to be started first.
        InputError: There are not as many as the trainer is to have.
    """
    strategy, found = trainer.strategy, launched()
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
        raise ProcessesNeededError(strategy.num_processes)
    strategy.launcher.launch(strategy.setup_environment)  # as Trainer.fit does


def part() -> None:
    """Leave the other processes in order, if there are any.

    Lightning (2.6) does so for NCCL alone; a process that exits with threads of gloo still running may be aborted.
    """
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def first_does(trainer: Trainer, work: Callable[[], T]) -> T:
    """Have the first process do something, and return what it gave in all of them.

    Raises:
        InputError: Of the first process; the others leave without a word.
        NothingToResumeError: In all of them.
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


def in_order(batches: list[T]) -> list[T]:
    """Return the batches of all processes in the order from which they were dealt; all processes call this."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return batches
    shares: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(shares, batches)
    return [batch for turn in zip_longest(*shares) for batch in turn if batch is not None]


@contextmanager
def first_speaks() -> Iterator[None]:
    """Let only the first process print and warn; errors of all are told."""
    if process_number() == 0:
        yield
        return
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
