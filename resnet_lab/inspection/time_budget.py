"""How long a measurement may go on adding to what it has."""

import math
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class TimeBudget:
    """A time that runs out.

    Args:
        seconds: From now; None for ever.
        clock: What tells seconds.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    def part(self, share: float) -> "TimeBudget":
        """Return a budget of a share of what is left."""
        left = self._end - self._clock()
        return TimeBudget(None if math.isinf(left) else max(left, 0.0) * share, self._clock)

    def spend_on(self, items: Iterable[T], least: int = 1) -> Iterator[T]:
        """Yield items as long as time is left; the first ``least`` in any case."""
        for done, item in enumerate(items, start=1):
            yield item
            if done >= least and self._clock() >= self._end:
                return
