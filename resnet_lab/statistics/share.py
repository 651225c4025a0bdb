"""Interval of a share of images, such as an accuracy or a recall."""

from scipy.stats import binomtest


def wilson_interval(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share of ``n`` images (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    It knows the chance that lies in these images, and not that of another training.

    Args:
        share: Share from 0 to 1; its product with ``n`` is a number of images.
        n: Number of images, at least one.
        level: Confidence.

    >>> [round(end, 3) for end in wilson_interval(0.8, 100)]
    [0.711, 0.867]
    """
    interval = binomtest(round(share * n), n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)
