"""Intervals of a mean over pairs or seeds, and their p-value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

_ZERO = 1e-6  # of the standard deviation: a smaller mean would need more than 10^12 pairs
_SAME = 1e-6  # of the mean: a smaller standard deviation comes from rounding


@dataclass(frozen=True)
class Interval:
    """A mean and the interval around it: of differences, or of values that are compared with a fixed value.

    Attributes:
        mean: Mean of the differences, treated minus control, or of the values.
        low: Lower end; nan for a single value, which shows no spread.
        high: Upper end; nan for a single value.
        sd: Standard deviation, divisor n - 1; nan for a single value.
        n: Number of values.
        level: Confidence, such as 0.95.
        against: The fixed value; zero for differences.
        second_se: Standard error of the mean by a second method that knows more sources of variance (``crossed.py``,
            ``folds.py``); None without one. The interval is then the wider of the two.
        second_df: Degrees of freedom of the second standard error.
    """

    mean: float
    low: float
    high: float
    sd: float
    n: int
    level: float
    against: float = 0.0
    second_se: float | None = None
    second_df: float | None = None

    @property
    def has_spread(self) -> bool:
        """Whether the values show a spread, or a second standard error does; a single value shows none."""
        return self.sd > _SAME * abs(self.mean) or (self.second_se or 0.0) > _SAME * abs(self.mean)

    @property
    def sign(self) -> int:
        """Sign of the mean minus ``against``: 1, -1, or 0 if the distance is zero but for rounding."""
        distance = self.mean - self.against
        return 0 if abs(distance) <= _ZERO * self.sd else int(distance > 0) - int(distance < 0)

    @property
    def side(self) -> int:
        """Side on which the whole interval lies: 1 above ``against``, -1 below, 0 if it includes it or is unknown."""
        return int(self.low > self.against) - int(self.high < self.against) if self.has_spread else 0


def paired_t(differences: Sequence[float], level: float = 0.95, against: float = 0.0) -> Interval:
    """Return the two-sided t interval of a mean difference, or of a mean (Student 1908).

    The interval is exact for normal differences. Equal differences give an interval of one point, which lies on no
    side: values that are counts of images are often equal by chance, and then their spread is unknown.

    Args:
        differences: Treated minus control of each pair, or the value of each seed; at least one.
        level: Confidence.
        against: The fixed value with which the interval is compared.

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
    """Return the two-sided p of the t test of an interval; nan without spread.

    The p is below ``1 - level`` exactly if the interval excludes ``against``. An interval that is the wider of two has
    the larger p of their two tests: either can be the wider one, depending on the level.
    """
    if not interval.has_spread:
        return math.nan
    distance = abs(interval.mean - interval.against)
    tests = [(interval.sd / math.sqrt(interval.n), float(interval.n - 1))]
    if interval.second_se is not None and interval.second_df is not None:
        tests.append((interval.second_se, interval.second_df))
    return max(2 * float(stdtr(df, -distance / se)) if se else float(not distance) for se, df in tests)
