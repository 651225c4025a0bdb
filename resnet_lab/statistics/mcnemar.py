"""Comparison of two trained networks on the same images: McNemar's test and an interval of their accuracies."""

import math
from collections.abc import Callable

from scipy.special import ndtri
from scipy.stats import binomtest

from resnet_lab.statistics.intervals import Interval

FEWEST_DISCORDANT = 10
"""Number of images on which only one network is right, from which the interval has its coverage."""


def mcnemar(only_control: int, only_treated: int) -> float:
    """Return the two-sided p of the exact McNemar test (McNemar 1947, Psychometrika 12:153-157).

    The null hypothesis is that each discordant image, on which only one network is right, falls to either side with
    equal chance.

    Args:
        only_control: Images that only the network of the control classified correctly.
        only_treated: Images that only the treated network classified correctly.

    >>> mcnemar(2, 8)
    0.109375
    """
    discordant = only_control + only_treated
    return float(binomtest(only_treated, discordant).pvalue) if discordant else 1.0


def paired_proportions(only_control: int, only_treated: int, n: int, level: float = 0.95) -> Interval:
    """Return the score interval of a difference of two accuracies on the same images (Tango 1998).

    The interval holds all differences that a score test at ``1 - level`` does not reject (Statistics in Medicine
    17:891-908). By enumeration of all outcomes, from 200 images and 10 expected discordant images on, the 95% interval
    covers 94.1 to 95.9%. If one network is right on more than nine in ten of the discordant images, it covers 93.4 to
    96.7%, like intervals of a single proportion. Intervals with closed forms miss by more: those of Wald and of Agresti
    and Min fall to 93%, and the one of Bonett and Price rises to 97.6%. The images are the sample: the interval says
    nothing about other seeds.

    Args:
        only_control: Images that only the network of the control classified correctly.
        only_treated: Images that only the treated network classified correctly.
        n: Number of all images, at least 1.
        level: Confidence.

    Returns:
        The difference of accuracies, treated minus control; ``sd`` is the standard deviation of the difference on one
        image.

    >>> interval = paired_proportions(14, 26, 393)
    >>> round(interval.mean, 4), round(interval.low, 4), round(interval.high, 4)
    (0.0305, -0.0011, 0.0639)
    """
    surplus, discordant = only_treated - only_control, only_treated + only_control
    mean = surplus / n
    z = float(ndtri((1 + level) / 2))

    def rejected(difference: float) -> bool:
        """Whether the score test rejects a difference."""
        # Maximum-likelihood share of images that only the network of the control gets right, given this difference.
        b = (2 * n - surplus) * difference - discordant
        c = -only_control * difference * (1 - difference)
        share = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * share + difference * (1 - difference))
        return abs(surplus - n * difference) > z * math.sqrt(max(variance, 0.0))

    sd = math.sqrt((discordant - n * mean**2) / max(n - 1, 1))
    return Interval(mean, _edge(rejected, -1.0, mean), _edge(rejected, 1.0, mean), sd, n, level)


def _edge(rejected: Callable[[float], bool], outer: float, inner: float) -> float:
    """Return the point between ``inner``, which is not rejected, and ``outer`` at which rejection begins."""
    for _ in range(60):
        middle = (outer + inner) / 2
        if rejected(middle):
            outer = middle
        else:
            inner = middle
    return inner
