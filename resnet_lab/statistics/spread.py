"""Mean and standard deviation over seeds."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

NOTHING = "—"
"""Stands in a table for what there is not."""


@dataclass(frozen=True)
class Spread:
    """A figure over seeds.

    Attributes:
        mean: Over the seeds that have it; None if none has.
        sd: Standard deviation, divisor n - 1; None below two seeds.
        n: Seeds that have it.
    """

    mean: float | None
    sd: float | None
    n: int

    def __str__(self) -> str:
        """Mean and deviation with four decimals; a dash where there is none."""
        if self.mean is None:
            return NOTHING
        return f"{self.mean:.4f}" if self.sd is None else f"{self.mean:.4f}\u00a0±\u00a0{self.sd:.4f}"


def spread(values: Iterable[float | None]) -> Spread:
    """Return mean and standard deviation of the values that are there.

    >>> spread([0.5, 0.7, None])
    Spread(mean=0.6, sd=0.14142135623730948, n=2)
    """
    there = [value for value in values if value is not None]
    return Spread(fmean(there) if there else None, stdev(there) if len(there) > 1 else None, len(there))
