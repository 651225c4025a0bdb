"""Comparison of predictions with chance: a network that has learned nothing, and the most frequent class."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

_SPREADS = 2
"""Standard deviations above chance from which correct predictions are no luck."""


def learned_nothing(confusion: ArrayLike) -> bool:
    """Return whether a confusion matrix is that of a network that has learned nothing.

    Two things must be true. The network is right on at most one image more than the constant prediction of the most
    frequent class. And it is right no more often than its predictions would be if they were dealt out to the images at
    random: on at most two standard deviations more than the mean of all ways to deal them out. The second condition
    spares networks that pay for the rare classes with accuracy, as with class weights. Networks with one prediction for
    all images meet both.

    The mean is that of Cohen (1960, A coefficient of agreement for nominal scales). Mean and variance are those of the
    multivariate hypergeometric distribution, with all row and column sums fixed.

    Args:
        confusion: Counts ``(K, K)``; rows are true classes, columns predicted ones.

    >>> learned_nothing([[0, 30], [0, 70]]), learned_nothing([[5, 25], [1, 69]])
    (True, False)
    >>> learned_nothing([[27, 3], [30, 40]])
    False
    """
    counts = np.asarray(confusion, dtype=float)
    rows, columns, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    right = counts.trace()
    if right > rows.max() + 1:
        return False
    products = rows * columns
    mean = products.sum() / n
    # Covariance of two diagonal cells is r_i r_j c_i c_j, of a cell with itself r c (n - r) (n - c), over n^2 (n - 1).
    spread = (products * (n - rows) * (n - columns)).sum() + products.sum() ** 2 - (products**2).sum()
    return bool(right <= mean + _SPREADS * math.sqrt(spread / (n**2 * max(n - 1, 1))) + 1e-9)


def standard_error(share: float, n: int) -> float:
    """Return the standard error of an accuracy over ``n`` images, by the binomial distribution.

    >>> standard_error(0.5, 100)
    0.05
    """
    return math.sqrt(share * (1 - share) / n)


def most_frequent(counts: Sequence[int]) -> tuple[int, float]:
    """Return the index of the most frequent class and its share: the accuracy of predicting it always.

    >>> most_frequent([30, 70])
    (1, 0.7)
    """
    largest = max(range(len(counts)), key=lambda k: counts[k])
    return largest, counts[largest] / sum(counts)
