"""Mean and standard deviation over seeds."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev

MISSING = "—"
"""Shown for a missing value."""


@dataclass(frozen=True)
class MeanSD:
    """Mean and standard deviation of a value over seeds.

    Attributes:
        mean: Mean over the seeds that have the value; None without such seeds.
        sd: Standard deviation, divisor n - 1; None below two seeds.
        n: Number of seeds that have the value.
    """

    mean: float | None
    sd: float | None
    n: int

    def __str__(self) -> str:
        """Mean and standard deviation with four decimals; a dash without a mean."""
        if self.mean is None:
            return MISSING
        return f"{self.mean:.4f}" if self.sd is None else f"{self.mean:.4f}\u00a0±\u00a0{self.sd:.4f}"


def mean_sd(values: Iterable[float | None]) -> MeanSD:
    """Return mean and standard deviation of the values that are not None.

    >>> mean_sd([0.5, 0.7, None])
    MeanSD(mean=0.6, sd=0.14142135623730948, n=2)
    """
    present = [value for value in values if value is not None]
    return MeanSD(fmean(present) if present else None, stdev(present) if len(present) > 1 else None, len(present))
