"""Levels of the looks of a study: numbers of pairs, fixed in advance, at which the arms are judged."""

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.special import stdtr

_EXPERIMENTS = 1_000_000
_DIGITS = 3


def look_levels(looks: Sequence[int], alpha: float = 0.05) -> tuple[float, ...]:
    """Return the level of the test at each look, so that a true null is rejected at any of them with chance alpha.

    A study that looks more than once and stops when it is decided needs stricter levels (Pocock 1977, Biometrika
    64:191-199). Here the level of a look is proportional to its number of pairs, a spending that is linear in time
    like one of those of Lan and DeMets (1983, Biometrika 70:659-663), for t tests, whose number of pairs is small. The
    constant is the alpha quantile, over simulated studies without an effect, of the smallest p per number of pairs.
    Levels are rounded down to three significant digits. They are solved for the paired t; the interval that decides is
    never narrower.

    Args:
        looks: Numbers of pairs, ascending, the first at least 2.
        alpha: Chance of a false verdict at any look.

    Raises:
        ValueError: The looks do not ascend, or the first has less than two pairs.

    >>> look_levels([6, 9, 12])
    (0.0148, 0.0222, 0.0297)
    >>> look_levels([8])
    (0.05,)
    """
    if not looks or looks[0] < 2 or any(later <= earlier for earlier, later in pairwise(looks)):
        raise ValueError(f"The looks {list(looks)} do not ascend from at least 2 pairs; sort them.")
    return (alpha,) if len(looks) == 1 else _solved(tuple(looks), alpha)


@cache
def _solved(looks: tuple[int, ...], alpha: float) -> tuple[float, ...]:
    """Return the rounded levels.

    The pairs between two looks are drawn as their sum and their sum of squared deviations, which are independent.
    """
    generator = np.random.default_rng(0)
    total, squares = np.zeros(_EXPERIMENTS), np.zeros(_EXPERIMENTS)
    smallest = np.full(_EXPERIMENTS, np.inf)
    for before, pairs in zip((0, *looks), looks, strict=False):
        new = pairs - before
        added = generator.normal(0.0, math.sqrt(new), _EXPERIMENTS)
        squares += added**2 / new + (generator.chisquare(new - 1, _EXPERIMENTS) if new > 1 else 0.0)
        total += added
        variance = (squares - total**2 / pairs) / (pairs - 1)
        p = 2 * stdtr(pairs - 1, -np.abs(total) / np.sqrt(pairs * variance))
        np.minimum(smallest, p / pairs, out=smallest)
    constant = float(np.quantile(smallest, alpha))
    return tuple(_rounded_down(min(constant * pairs, alpha)) for pairs in looks)


def _rounded_down(level: float) -> float:
    place = _DIGITS - 1 - math.floor(math.log10(level))
    return math.floor(level * 10**place) / 10**place
