"""Interval of a share against the closed form, and against what is known at the ends."""

import math

import pytest
from scipy.stats import norm

from resnet_lab.statistics.share import wilson_interval


@pytest.mark.parametrize(("right", "n"), [(80, 100), (1, 3), (393, 394), (0, 50), (50, 50)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_interval_is_wilsons(right, n, level):
    z = norm.ppf((1 + level) / 2)
    share = right / n
    center = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    assert wilson_interval(share, n, level) == pytest.approx((center - half, center + half), abs=1e-12)


def test_it_takes_the_float32_of_a_metric():
    assert wilson_interval(0.806615776081425, 393) == wilson_interval(317 / 393, 393)
