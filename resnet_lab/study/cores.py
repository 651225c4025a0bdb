"""Cores of this machine, and threads of the runs of a study."""

import os
from collections.abc import Set
from pathlib import Path

from resnet_lab.errors import InputError

AUTO = "auto"
"""Number of runs at a time that fills this machine (:func:`jobs_of_machine`)."""
_TOPOLOGY = Path("/sys/devices/system/cpu")


def threads_per_run(asked: int | None, jobs: int, cores: int) -> int:
    """Return the number of threads of a run whose seed has no run yet.

    Args:
        asked: ``--threads``; None for an equal share of the cores.
        jobs: Runs at a time.
        cores: Cores of this machine.
    """
    return asked or max(1, cores // jobs)


def jobs_of_machine(threads: int | None, cores: int, gpus: int, per_run: int) -> int:
    """Return the number of runs at a time that ``--jobs auto`` means: all GPUs, else all cores.

    Args:
        threads: ``--threads``; None for one thread per run on the CPU.
        cores: Cores of this machine.
        gpus: GPUs of this machine.
        per_run: The most GPUs that a run asks for; 0 if all runs are on the CPU.
    """
    return max(1, gpus // per_run if per_run else cores // (threads or 1))


def threads_of_seed(seed: int, threads: int, settled: Set[int]) -> int:
    """Return the number of threads of all runs of a seed: results depend on it, and the runs of a pair are compared.

    Args:
        seed: The seed.
        threads: Threads of a run whose seed has no run yet.
        settled: Numbers of threads of the runs that the seed has.

    Raises:
        InputError: The runs of the seed have several numbers of threads.
    """
    if len(settled) > 1:
        raise InputError(
            f"The runs of seed {seed} have {' and '.join(map(str, sorted(settled)))} threads, and results depend on "
            "it: move the runs of one number away, or name another folder with --logs."
        )
    return next(iter(settled), threads)


def physical_cores(topology: Path = _TOPOLOGY) -> int:
    """Return the number of cores that this process may use. Hardware threads of one core count once, as in torch.

    Args:
        topology: Folder with Linux's description of its processors. Without it, each processor counts as a core.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len({_siblings(topology / f"cpu{number}") for number in allowed})


def _siblings(processor: Path) -> str:
    """Return the hardware threads of a processor's core, as text that is equal for all of them."""
    described = processor / "topology" / "thread_siblings_list"
    return described.read_text().strip() if described.exists() else processor.name
