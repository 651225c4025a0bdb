"""GPUs of this machine by name, and the number of them that a run asks for."""

import os
import subprocess
from collections.abc import Mapping, Sequence, Set
from itertools import takewhile
from math import ceil
from typing import Any

from resnet_lab.errors import InputError
from resnet_lab.study.plan import PlannedRun

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Environment variable with the names of the GPUs that a process may use."""

_LIST = ("nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader")


def gpu_names(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of the GPUs that this process may use, without torch.

    The names in ``CUDA_VISIBLE_DEVICES`` are kept: numbers, UUIDs, instances of MIG. As in CUDA, the list ends at the
    first word that is no name, such as -1. Without the variable, ``nvidia-smi`` lists the GPUs; without ``nvidia-smi``,
    there are none.

    Args:
        environment: Environment variables.
    """
    if (visible := environment.get(VISIBLE)) is not None:
        words = [word.strip() for word in visible.split(",")]
        return tuple(dict.fromkeys(takewhile(_is_name, words)))
    try:
        listed = subprocess.run(_LIST, capture_output=True, text=True, check=True, timeout=60, env=dict(environment))
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(word for line in listed.stdout.splitlines() if _is_name(word := line.strip()))


def gpus_of_run(planned: PlannedRun, processes: Set[int], available: int) -> int:
    """Return the number of GPUs that a run needs: one per process.

    The number of processes is fixed, since results depend on it. It does not change with the machine or with the
    number of runs at a time. Where ``trainer.devices`` is ``auto`` or -1 (all), a run has as many processes as the runs
    of its seed; in a new seed ``auto`` means one. A run that names its GPUs by their indices sees all GPUs.

    Args:
        planned: The run.
        processes: Numbers of processes of the runs that its seed has.
        available: Number of GPUs of this machine.

    Returns:
        The number; 0 for a run on the CPU.

    Raises:
        InputError: There are fewer, or the runs of the seed have several numbers of processes.
    """
    accelerator = str(planned.config.get("trainer.accelerator", "auto")).lower()
    if accelerator not in ("auto", "gpu", "cuda"):
        return 0
    devices = planned.config.get("trainer.devices", "auto")
    asked = _devices(devices, available)
    needed = _settled(planned.seed, processes, available if str(devices) == "-1" else 1) if asked is None else asked
    on_gpu = available > 0 or accelerator == "cuda"
    on_cpu_as_asked = not on_gpu and accelerator == "auto" and asked is not None  # any number of processes
    if not on_cpu_as_asked and needed > (available if on_gpu else 1):  # without CUDA, one: the CPU, or the GPU of a Mac
        as_before = asked is None and bool(processes)
        way_out = "set trainer.devices or trainer.accelerator to what this machine has, or use another machine."
        if as_before:
            way_out = "use a machine with as many, or name another folder with --logs."
        raise InputError(
            f"{planned.cell.name} with seed {planned.seed} needs {_count(needed)}"
            f"{', as many as the runs that the seed has' if as_before else ''}, and there "
            f"{'is' if available == 1 else 'are'} {available or 'none'}: {way_out}"
        )
    return needed if on_gpu else 0


def gpu_phrase(gpus: Sequence[int], there: int, jobs: int) -> str:
    """Return how the GPUs of this machine are dealt to the runs of a study.

    Args:
        gpus: Numbers of GPUs that the open runs ask for.
        there: Number of GPUs of this machine.
        jobs: Runs at a time.

    >>> gpu_phrase([1], 4, 4), gpu_phrase([1], 2, 4)
    ('4 GPUs, 1 run each', '2 GPUs, 4 runs, 2 per GPU by turns')
    >>> gpu_phrase([2], 4, 2), gpu_phrase([1], 4, 2), gpu_phrase([0], 4, 2)
    ('4 GPUs, 2 per run', '4 GPUs, 2 of them used', '4 GPUs, none of them used: the runs are on the CPU')
    """
    asked = sorted(set(gpus) - {0})
    parts = [_count(there)]
    if not asked:
        return f"{parts[0]}, none of them used: the runs are on the CPU"
    most = jobs * asked[-1]
    if asked != [1]:
        parts.append(f"{' or '.join(map(str, asked))} per run")
    if most > there:
        parts += [f"{jobs} run{'' if jobs == 1 else 's'}", f"{ceil(most / there)} per GPU by turns"]
    elif most < there:
        parts.append(f"{most} of them used")
    elif asked == [1]:
        parts.append("1 run each")
    if 0 in gpus:
        parts.append("other runs on the CPU")
    return ", ".join(parts)


def _is_name(word: str) -> bool:
    return word.isdecimal() or word.startswith(("GPU-", "MIG-"))


def _settled(seed: int, processes: Set[int], otherwise: int) -> int:
    if len(processes) > 1:
        raise InputError(
            f"The runs of seed {seed} have {' and '.join(map(str, sorted(processes)))} processes, and trainer.devices "
            "does not say the number: set it to a number, or move the runs of one number away."
        )
    return next(iter(processes), otherwise)


def _devices(devices: Any, available: int) -> int | None:
    """Return the number of GPUs that Lightning's ``trainer.devices`` says; None if it says none: auto, or -1."""
    if isinstance(devices, str):
        words = [word.strip() for word in devices.split(",")]
        numbers = [int(word) for word in words if word.isdecimal()]
        if not numbers:  # fit refuses words without a meaning
            return None
        devices = numbers[0] if len(words) == 1 else numbers
    if isinstance(devices, list | tuple):
        return max([available, *(int(index) + 1 for index in devices)])
    return devices if isinstance(devices, int) and devices >= 0 else None


def _count(number: int) -> str:
    return f"{number} GPU{'' if number == 1 else 's'}"
