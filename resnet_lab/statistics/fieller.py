"""Ratio of two means over the same pairs, with Fieller's confidence set."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Kind = Literal["interval", "outside", "everything", "unknown"]
_SAME = 1e-9  # of the two means: a smaller spread comes from rounding


@dataclass(frozen=True)
class Ratio:
    """A ratio of two means and the set of ratios that the data do not reject.

    Attributes:
        value: Mean of the numerators divided by the mean of the denominators.
        kind: Form of the set. ``interval``: from ``low`` to ``high``. ``outside``: everything up to ``low`` and from
            ``high`` on, since the denominator may be zero. ``everything``: every ratio. ``unknown``: the values show no
            spread, as with one pair.
        low: See ``kind``; infinite or nan where the set has no such end.
        high: As ``low``.
        n: Number of pairs.
        level: Confidence, such as 0.95.
    """

    value: float
    kind: Kind
    low: float
    high: float
    n: int
    level: float

    def __contains__(self, ratio: float) -> bool:
        """Return whether the set holds a ratio."""
        if self.kind == "interval":
            return self.low <= ratio <= self.high
        if self.kind == "outside":
            return ratio <= self.low or ratio >= self.high
        return self.kind == "everything"


def fieller(numerators: Sequence[float], denominators: Sequence[float], level: float = 0.95) -> Ratio:
    """Return the ratio of two means with Fieller's set (Fieller 1954, J. R. Statist. Soc. B 16:175-185).

    A ratio is in the set exactly if the paired t test does not reject that the mean of ``numerator - ratio *
    denominator`` is zero. So the set is exact if the pairs are normal together, whatever their covariance, and it holds
    zero exactly if the t interval of the numerators holds zero. It is bounded exactly if the t interval of the
    denominators excludes zero.

    Args:
        numerators: One value per pair; at least one.
        denominators: The values of the same pairs, in the same order.
        level: Confidence.

    >>> ratio = fieller([1.0, 2.0, 3.0], [4.0, 4.1, 3.9])
    >>> ratio.kind, round(ratio.value, 3), round(ratio.low, 3), round(ratio.high, 3)
    ('interval', 0.5, -0.117, 1.16)
    """
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    n, above, below = len(top), float(top.mean()), float(bottom.mean())
    value = above / below if below else math.nan
    if n == 1 or not _has_spread(top, bottom, value):
        return Ratio(value, "unknown", math.nan, math.nan, n, level)
    c = float(stdtrit(n - 1, (1 + level) / 2)) ** 2 / n
    (var_top, cov), (_, var_bottom) = c * np.cov(top, bottom)
    square, half, rest = below**2 - var_bottom, above * below - cov, above**2 - var_top
    root = half**2 - square * rest
    if root < 0:
        return Ratio(value, "everything", -math.inf, math.inf, n, level)
    larger = half + math.copysign(math.sqrt(root), half)  # without a difference of nearly equal numbers
    far = larger / square if square else -math.copysign(math.inf, larger)
    low, high = sorted((far, rest / larger if larger else 0.0))
    return Ratio(value, "interval" if square > 0 else "outside", float(low), float(high), n, level)


def _has_spread(top: NDArray[np.float64], bottom: NDArray[np.float64], value: float) -> bool:
    """Return whether the differences that the ratio leaves over vary by more than rounding."""
    left = top - value * bottom if math.isfinite(value) else top
    return float(left.std(ddof=1)) > _SAME * float(abs(top).max() + abs(bottom).max())
