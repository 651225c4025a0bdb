"""How the cores are shared out among runs."""

import os
from collections.abc import Set
from pathlib import Path

from resnet_lab.errors import InputError

_TOPOLOGY = Path("/sys/devices/system/cpu")


def threads_of_a_run(asked: int | None, jobs: int, cores: int, used: Set[int]) -> int:
    """Return how many threads each run of a study has, the same from the first to the last.

    Args:
        asked: ``--threads``; without it, an equal share of the cores.
        jobs: Runs at a time.
        cores: Cores that there are.
        used: Numbers of threads of the runs that are there already.

    Raises:
        InputError: The runs that are there had another number.
    """
    threads = asked or max(1, cores // jobs)
    if len(used) > 1:
        raise InputError(
            f"The runs of this study have {' and '.join(map(str, sorted(used)))} threads, and results depend on it: "
            "move those of one number away, or name another folder with --logs."
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
    """Return the number of cores that this process may use; two hardware threads of one core are one, as to torch.

    Args:
        topology: Where Linux describes its processors; where it does not, each counts as a core.
    """
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len({_siblings(topology / f"cpu{number}") for number in allowed})


def _siblings(processor: Path) -> str:
    """Return the hardware threads of a processor's core, which are the same for each of them."""
    described = processor / "topology" / "thread_siblings_list"
    return described.read_text().strip() if described.exists() else processor.name
