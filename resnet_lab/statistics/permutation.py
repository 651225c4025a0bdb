"""Exact permutation test of a mean difference over pairs."""

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
        smallest: The smallest possible p with this number of pairs, 2 / 2^n.
    """

    p: float
    smallest: float


def permutation_test(differences: Sequence[float]) -> Permutation:
    """Return the share of all 2^n sign patterns whose mean is at least as far from zero as the observed mean.

    The test (Fisher 1935, The Design of Experiments, section 21) is exact for every distribution if the arms are
    exchangeable within a pair. Only the sums of two halves of the pairs are listed, 2^(n/2) each; for each sum of the
    first half, a search in the sorted second half counts the total sums that are at least as far from zero.

    Args:
        differences: Treated minus control of each pair; 1 to ``MOST_PAIRS`` pairs.

    Raises:
        ValueError: There are more than ``MOST_PAIRS`` pairs.

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
    return Permutation(2 * int(above.sum()) / 2**n, 2.0 / 2**n)  # twice: as many sums are below, by symmetry


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums of all sign patterns, ``(2^n,)``."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums
