"""Time budget of measurements that can stop early."""

import math
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class TimeBudget:
    """An amount of time that begins to run out at once.

    Args:
        seconds: The amount, from now on; None for no limit.
        clock: Function that returns seconds.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    def part(self, share: float) -> "TimeBudget":
        """Return a budget of a share of the time that is left."""
        left = self._end - self._clock()
        return TimeBudget(None if math.isinf(left) else max(left, 0.0) * share, self._clock)

    def spend_on(self, items: Iterable[T], least: int = 1) -> Iterator[T]:
        """Yield items while time is left; the first ``least`` items in any case."""
        for done, item in enumerate(items, start=1):
            yield item
            if done >= least and self._clock() >= self._end:
                return
