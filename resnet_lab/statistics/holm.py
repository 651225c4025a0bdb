"""Holm's step-down correction of p-values for the number of tested claims."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for their number (Holm 1979, Scandinavian Journal of Statistics 6:65-70).

    The procedure at alpha decides the claims whose adjusted p-value is at most alpha. The chance that it decides any
    false claim is at most alpha, for every kind of dependence between the claims.

    >>> [round(p, 4) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    return [float(value) for value in adjusted]


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """Return the level at which Holm's procedure tests each p-value.

    The smallest of m p-values is tested at alpha / m, the next at alpha / (m - 1), and so on, until one p-value is not
    below its level. That p-value and all larger ones get the level at which the procedure stopped. So a p-value is
    below its level exactly if its adjusted p-value (:func:`holm`) is below alpha, and exactly then an interval at
    confidence 1 - level excludes zero.

    >>> [round(level, 4) for level in holm_levels([0.01, 0.04, 0.03], 0.05)]
    [0.0167, 0.025, 0.025]
    """
    levels = [alpha] * len(p_values)
    level, stopped = alpha, False
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if not stopped:
            level = alpha / (len(p_values) - rank)
            stopped = p_values[index] >= level
        levels[index] = level
    return levels
