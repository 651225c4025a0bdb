"""Estimate of the time left for a study, from its own runs so far, or from a few steps of its networks."""

import heapq
import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from statistics import fmean
from typing import Any

from resnet_lab.allocator import preload_environment
from resnet_lab.study.run_rows import CLOSED, RunRow

_PROGRAM = "resnet_lab.speed.run_seconds"
_LONGEST = 120.0
"""Seconds after which a machine is too slow to time any step."""


class StepTimer:
    """A program that times a few steps of networks. It starts at once, so that it imports torch while configs are read.

    Args:
        program: Command ``resnet-lab``, as Python with ``-m``.
    """

    def __init__(self, program: Sequence[str]) -> None:
        self._process: subprocess.Popen[str] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(
                [*program[:-1], _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **(preload_environment() or {})},
                text=True,
            )

    def seconds(self, configs: Mapping[str, Mapping[str, Any]], threads: int) -> dict[str, float]:
        """Return the seconds of a run of each cell, from a few steps that are timed now, where they can be.

        Args:
            configs: Resolved config of each cell by name, as ``group.key``.
            threads: Threads per run.
        """
        if self._process is None:
            return {}
        try:
            said, _ = self._process.communicate(json.dumps({"threads": threads, "configs": configs}), _LONGEST)
            return {str(name): float(seconds) for name, seconds in json.loads(said).items()}
        except (OSError, subprocess.SubprocessError, ValueError):
            return {}
        finally:
            self.stop()

    def stop(self) -> None:
        """End the program."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def seconds_left(rows: Sequence[RunRow], jobs: int, of_cell: Mapping[str, float] | None = None) -> float | None:
    """Return the seconds until all open runs are done; None if nothing has been timed.

    Each run is assumed to last as long as the mean of its cell's timed runs, or of all timed runs if its cell has none.
    It starts when fewer than ``jobs`` runs are active.

    Args:
        rows: The runs, in the order in which they are run.
        jobs: Runs at a time.
        of_cell: Seconds of a run by cell, from :class:`StepTimer`, for cells without a timed run.
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
