"""Estimate of the time left for a study, from its own runs so far."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from resnet_lab.study.run_rows import CLOSED, RunRow


def seconds_left(rows: Sequence[RunRow], jobs: int) -> float | None:
    """Return the seconds until all open runs are done; None until an epoch of some run has been timed.

    Each run is assumed to last as long as the mean of its cell's timed runs, or of all timed runs if its cell has none.
    It starts when fewer than ``jobs`` runs are active.

    Args:
        rows: The runs, in the order in which they are run.
        jobs: Runs at a time.
    """
    timed = defaultdict[str, list[float]](list)
    for row in rows:
        if row.progress.seconds is not None:
            timed[row.planned.cell.name].append(row.progress.seconds)
    if not timed:
        return None
    of_any = [seconds for of_cell in timed.values() for seconds in of_cell]
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
