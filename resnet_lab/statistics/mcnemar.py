"""Two trained nets on the same images: is one right more often than the other, beyond what these images leave open?"""

import math
from collections.abc import Callable

from scipy.special import ndtri
from scipy.stats import binomtest

from resnet_lab.statistics.intervals import Interval

FEWEST_DISCORDANT = 10
"""From how many images on which only one net is right the interval covers what it says."""


def mcnemar(only_control: int, only_treated: int) -> float:
    """Return the two-sided p of the exact McNemar test (McNemar 1947): whether the discordant images fall to one side.

    Args:
        only_control: Images that only the control's net classified right.
        only_treated: Images that only the treated net did.

    >>> mcnemar(2, 8)
    0.109375
    """
    discordant = only_control + only_treated
    return float(binomtest(only_treated, discordant).pvalue) if discordant else 1.0


def paired_proportions(only_control: int, only_treated: int, n: int, level: float = 0.95) -> Interval:
    """Return the score interval of a difference of two accuracies on the same images (Tango 1998).

    All differences that a score test at ``1 - level`` does not reject (Statistics in Medicine 17:891-908). By
    enumeration of all outcomes, at 95% it covers 94.1 to 95.9% from 200 images with 10 discordant ones expected on,
    unless one net gets more than nine in ten of these; then 93.4 to 96.7%, as intervals of a single proportion do.
    Intervals with closed forms miss by more: Wald's and Agresti and Min's fall to 93%, Bonett and Price's rises to
    97.6%. The images are the sample: nothing is said of other seeds.

    Args:
        only_control: Images that only the control's net classified right.
        only_treated: Images that only the treated net did.
        n: All images, at least 1.
        level: Confidence.

    Returns:
        The difference of accuracies, treated minus control; ``sd`` is the standard deviation of one image's difference.

    >>> interval = paired_proportions(14, 26, 393)
    >>> round(interval.mean, 4), round(interval.low, 4), round(interval.high, 4)
    (0.0305, -0.0011, 0.0639)
    """
    surplus, discordant = only_treated - only_control, only_treated + only_control
    mean = surplus / n
    z = float(ndtri((1 + level) / 2))

    def rejected(difference: float) -> bool:
        """Whether the score test rejects a difference."""
        # The likeliest share of images that only the control's net gets, if the difference were this one.
        b = (2 * n - surplus) * difference - discordant
        c = -only_control * difference * (1 - difference)
        share = (math.sqrt(max(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * share + difference * (1 - difference))
        return abs(surplus - n * difference) > z * math.sqrt(max(variance, 0.0))

    sd = math.sqrt((discordant - n * mean**2) / max(n - 1, 1))
    return Interval(mean, _edge(rejected, -1.0, mean), _edge(rejected, 1.0, mean), sd, n, level)


def _edge(rejected: Callable[[float], bool], outer: float, inner: float) -> float:
    """Return where rejection begins on the way from ``inner``, which is not rejected, to ``outer``, by halving."""
    for _ in range(60):
        middle = (outer + inner) / 2
        if rejected(middle):
            outer = middle
        else:
            inner = middle
    return inner
