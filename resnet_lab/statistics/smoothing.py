"""Lowest possible value of a label-smoothed loss."""

import math


def smoothing_floor(smoothing: float, classes: int) -> float:
    """Return the minimum of the smoothed cross-entropy, in nats: the entropy of its target.

    The target is ``(1 - smoothing) * onehot + smoothing / classes`` (Szegedy et al. 2015, arXiv:1512.00567, section 7).

    Args:
        smoothing: From 0 to 1.
        classes: Number of classes K.

    >>> round(smoothing_floor(0.1, 3), 4)
    0.2911
    >>> smoothing_floor(0.0, 3)
    0.0
    """
    other = smoothing / classes
    target = [1 - smoothing + other, *[other] * (classes - 1)]
    return sum(-share * math.log(share) for share in target if share > 0)
