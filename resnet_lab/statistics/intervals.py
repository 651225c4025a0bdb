"""Intervals of a mean difference over pairs, and how many pairs a difference would need."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

_ZERO = 1e-6  # of the standard deviation: a mean below it would take more than 10^12 pairs
_SAME = 1e-6  # of the mean: a standard deviation below it comes from rounding


@dataclass(frozen=True)
class Interval:
    """A mean and the interval around it: of differences, or of figures that are held against a value.

    Attributes:
        mean: Mean of the differences, treated minus control, or of the figures.
        low: Lower end; nan where one value shows no spread.
        high: Upper end; nan likewise.
        sd: Standard deviation, divisor n - 1; nan likewise.
        n: Number of values.
        level: Confidence, such as 0.95.
        against: What it is held against: zero for differences.
    """

    mean: float
    low: float
    high: float
    sd: float
    n: int
    level: float
    against: float = 0.0

    @property
    def has_spread(self) -> bool:
        """Whether the differences show how far they scatter: one alone, or equal ones, do not."""
        return self.sd > _SAME * abs(self.mean)

    @property
    def sign(self) -> int:
        """Of the mean less ``against``: 1, -1, or 0 where it is zero but for rounding."""
        distance = self.mean - self.against
        return 0 if abs(distance) <= _ZERO * self.sd else int(distance > 0) - int(distance < 0)

    @property
    def side(self) -> int:
        """Where the whole interval lies: 1 above ``against``, -1 below, 0 where it includes it or is unknown."""
        return int(self.low > self.against) - int(self.high < self.against) if self.has_spread else 0


def paired_t(differences: Sequence[float], level: float = 0.95, against: float = 0.0) -> Interval:
    """Return the two-sided t interval of a mean difference, or of a mean (Student 1908).

    Exact where differences are normal. Equal differences give an interval of one point, which lies on no side: figures
    that are counts of images are often equal by chance, and nothing is known of their spread.

    Args:
        differences: One a pair, treated minus control, or one a seed; at least one.
        level: Confidence.
        against: The value that the interval is held against.

    >>> interval = paired_t([1.0, 2.0, 3.0])
    >>> round(interval.low, 3), round(interval.high, 3), interval.side
    (-0.484, 4.484, 0)
    """
    values = np.asarray(differences, dtype=np.float64)
    n, mean = len(values), float(values.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, math.nan, n, level, against)
    sd = float(values.std(ddof=1))
    half = float(stdtrit(n - 1, (1 + level) / 2)) * sd / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, sd, n, level, against)


def p_value(interval: Interval) -> float:
    """Return the two-sided p of the t test of an interval: below ``1 - level`` where it excludes ``against``.

    Without spread it is nan: there is nothing to hold the mean against.
    """
    if not interval.has_spread:
        return math.nan
    t = abs(interval.mean - interval.against) / (interval.sd / math.sqrt(interval.n))
    return 2 * float(stdtr(interval.n - 1, -t))


def seeds_needed(interval: Interval) -> int | None:
    """Return the smallest n at which a t interval of this mean, spread and level would exclude ``against``.

    From 8 pairs on, a study of so many decides about every second time (53 to 61% at 8, 50 to 51% at 50): it takes the
    mean seen here for the true one, and the mean of another study falls below the true one as often as above. With
    fewer, it decides more often, as one pair more is a large step.

    Returns:
        At least 2; None where the spread is unknown, or the mean as good as ``against``.

    >>> seeds_needed(paired_t([1.0, 2.0, 3.0]))
    4
    """
    if not interval.has_spread or not interval.sign:
        return None

    def enough(n: int) -> bool:
        half = float(stdtrit(n - 1, (1 + interval.level) / 2)) * interval.sd / math.sqrt(n)
        return half < abs(interval.mean - interval.against)

    upper = 2
    while not enough(upper):
        upper *= 2
    return 2 + bisect_left(range(2, upper), True, key=enough)
