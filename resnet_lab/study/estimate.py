"""Estimate of the time left for a study, from its own runs so far, or from a few steps of its networks."""

import heapq
import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from resnet_lab.allocator import preload_environment
from resnet_lab.study.run_rows import CLOSED, RunRow

_PROGRAM = "resnet_lab.speed.run_seconds"
_LONGEST = 120.0
"""Seconds after which a machine is too slow to time any step."""


def seconds_from_steps(
    configs: Mapping[str, Mapping[str, Any]], program: Sequence[str], environment: Mapping[str, str]
) -> dict[str, float]:
    """Return the seconds of a run of each cell, from a few steps that are timed now, where they can be.

    Args:
        configs: Resolved config of each cell by name, as ``group.key``.
        program: Command ``resnet-lab``, as Python with ``-m``.
        environment: Environment variables of the runs.
    """
    command = [*program[:-1], _PROGRAM]
    own = {**os.environ, **(preload_environment() or {}), **environment}
    try:
        done = subprocess.run(
            command, input=json.dumps(configs), env=own, capture_output=True, text=True, timeout=_LONGEST, check=True
        )
        return {str(name): float(seconds) for name, seconds in json.loads(done.stdout).items()}
    except (OSError, subprocess.SubprocessError, ValueError):
        return {}


def seconds_left(rows: Sequence[RunRow], jobs: int, of_cell: Mapping[str, float] | None = None) -> float | None:
    """Return the seconds until all open runs are done; None if nothing has been timed.

    Each run is assumed to last as long as the mean of its cell's timed runs, or of all timed runs if its cell has none.
    It starts when fewer than ``jobs`` runs are active.

    Args:
        rows: The runs, in the order in which they are run.
        jobs: Runs at a time.
        of_cell: Seconds of a run by cell, from :func:`seconds_from_steps`, for cells without a timed run.
    """
    timed = defaultdict[str, list[float]](list)
    for row in rows:
        if row.progress.seconds is not None:
            timed[row.planned.cell.name].append(row.progress.seconds)
    for name, seconds in (of_cell or {}).items():
        if name not in timed:
            timed[name].append(seconds)
    if not timed:
        return None
    of_any = [seconds for cell in timed.values() for seconds in cell]
    free_at = [0.0] * jobs
    for row in rows:
        if row.state not in CLOSED:
            whole = row.progress.seconds or fmean(timed.get(row.planned.cell.name, of_any))
            heapq.heapreplace(free_at, free_at[0] + whole * row.progress.share_left)
    return max(free_at)


def as_duration(seconds: float) -> str:
    """Return a duration in minutes or hours and minutes, as precise as an estimate can be.

    >>> as_duration(45), as_duration(754), as_duration(9000), as_duration(0)
    ('1 min', '13 min', '2 h 30 min', '0 min')
    """
    minutes = max(1, round(seconds / 60)) if seconds else 0
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
