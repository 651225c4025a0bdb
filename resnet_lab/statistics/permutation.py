"""The exact permutation test over pairs: what is left of a difference if the arms of any pair may be exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_PAIRS = 40
_ROUNDING = 1e-9  # of the largest sum: sums that differ by less are equal


@dataclass(frozen=True)
class Permutation:
    """Result of a permutation test.

    Attributes:
        p: Two-sided p.
        smallest: The smallest p that so many pairs allow, 2 / 2^n.
    """

    p: float
    smallest: float


def permutation_test(differences: Sequence[float]) -> Permutation:
    """Return the share of all 2^n sign patterns whose mean is at least as far from zero as the one seen (Fisher 1935).

    Exact whenever the arms are exchangeable within a pair, whatever the distribution. Of the 2^n sums only two halves
    are ever listed, 2^(n/2) each; how many sums of both lie far out is counted in the sorted second half.

    Args:
        differences: One a pair, treated minus control; 1 to ``MOST_PAIRS``.

    Raises:
        ValueError: There are more.

    >>> permutation_test([0.3, 0.1, 0.2])
    Permutation(p=0.25, smallest=0.25)
    """
    values = np.asarray(differences, dtype=np.float64)
    n = len(values)
    if n > MOST_PAIRS:
        raise ValueError(f"{n} pairs are too many to count all their sign patterns; the most are {MOST_PAIRS}.")
    far = abs(values.sum()) - _ROUNDING * np.abs(values).sum()
    if far <= 0:
        return Permutation(1.0, 2.0 / 2**n)
    first, second = _sums(values[: n // 2]), np.sort(_sums(values[n // 2 :]))
    above = len(second) - np.searchsorted(second, far - first, side="left")
    return Permutation(2 * int(above.sum()) / 2**n, 2.0 / 2**n)  # below: as many, by symmetry


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of all sign patterns, ``(2^n,)``."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums
