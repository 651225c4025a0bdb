"""Cores and threads per run of a study."""

import os
from collections.abc import Set
from pathlib import Path

from resnet_lab.errors import InputError

_TOPOLOGY = Path("/sys/devices/system/cpu")


def threads_per_run(asked: int | None, jobs: int, cores: int, used: Set[int]) -> int:
    """Return the number of threads per run, which is the same for all runs of a study.

    Args:
        asked: ``--threads``; None for an equal share of the cores.
        jobs: Runs at a time.
        cores: Cores of this machine.
        used: Numbers of threads of existing runs.

    Raises:
        InputError: Existing runs have another number of threads.
    """
    threads = asked or max(1, cores // jobs)
    if len(used) > 1:
        raise InputError(
            f"The runs of this study have {' and '.join(map(str, sorted(used)))} threads, and results depend on it: "
            "move the runs of one number away, or name another folder with --logs."
        )
    for before in used - {threads}:
        why = "" if asked else f" ({cores} cores, {jobs} at a time)"
        each = f"{before} thread{'s' if before > 1 else ''} each"
        raise InputError(
            f"The runs of this study so far have {each}, not {threads}{why}, and results depend on it: give --threads "
            f"{before}, or another folder with --logs."
        )
    return threads


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
