"""The t interval against scipy and by simulation; what it does with one difference and with equal ones."""

import math

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.intervals import p_value, paired_t


@pytest.mark.parametrize("n", [2, 3, 5, 10, 200])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.9875])
def test_interval_and_p_are_those_of_scipy(n, level):
    differences = np.random.default_rng(n).normal(0.02, 0.03, n)
    interval = paired_t(differences.tolist(), level)
    reference = stats.ttest_1samp(differences, 0.0)
    low, high = reference.confidence_interval(level)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert p_value(interval) == pytest.approx(reference.pvalue)
    assert interval.mean == pytest.approx(differences.mean())
    assert interval.sd == pytest.approx(differences.std(ddof=1))
    assert (interval.n, interval.level) == (n, level)


@pytest.mark.parametrize("n", [3, 5, 10])
def test_it_covers_as_often_as_it_says_and_misses_as_often_on_either_side(n):
    samples = np.random.default_rng(0).normal(1.0, 2.0, (20_000, n))
    intervals = [paired_t(row) for row in samples]
    too_high = np.mean([interval.low > 1.0 for interval in intervals])
    too_low = np.mean([interval.high < 1.0 for interval in intervals])
    assert 0.94 <= 1 - too_high - too_low <= 0.96
    assert (too_high, too_low) == (pytest.approx(0.025, abs=0.005), pytest.approx(0.025, abs=0.005))


@pytest.mark.parametrize("n", [3, 5, 10])
@pytest.mark.parametrize("spread", [0.3, 0.6, 1.0, 2.0, 5.0])
def test_of_equal_arms_that_are_counted_in_whole_images_it_excludes_zero_at_most_as_often(n, spread):
    """Also where counts are so coarse that differences are often all equal, and the interval one point."""
    generator = np.random.default_rng(0)
    level = generator.uniform(0, 1, (8000, n))
    control, treated = (np.rint(level + generator.normal(0, spread / math.sqrt(2), level.shape)) for _ in range(2))
    false = np.mean([paired_t(row).side != 0 for row in treated - control])
    assert false <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 8000)


@pytest.mark.parametrize("level", [0.95, 0.9875])
def test_zero_is_excluded_exactly_where_p_is_below_the_level(level):
    samples = np.random.default_rng(1).normal(1.0, 1.0, (2000, 4))
    sides = []
    for row in samples:
        interval = paired_t(row, level)
        sides.append(interval.side)
        assert (interval.side != 0) == (p_value(interval) < 1 - level)
        assert interval.has_spread
    assert {0, 1} <= set(sides)


@pytest.mark.parametrize(("differences", "side"), [([1.0, 1.1, 0.9], 1), ([-1.0, -1.1, -0.9], -1), ([-1.0, 1.0], 0)])
def test_the_side_is_that_of_the_whole_interval(differences, side):
    assert paired_t(differences).side == side


@pytest.mark.parametrize("against", [1.0, -0.5])
def test_held_against_a_value_it_is_the_interval_of_the_distances_moved_there(against):
    values = np.random.default_rng(2).normal(against + 0.3, 0.2, 6)
    interval, distance = paired_t(values, against=against), paired_t(values - against)
    assert (interval.mean, interval.low, interval.high) == pytest.approx(
        (distance.mean + against, distance.low + against, distance.high + against)
    )
    assert (interval.side, interval.sign) == (distance.side, distance.sign)
    assert p_value(interval) == pytest.approx(p_value(distance))
    assert p_value(interval) == pytest.approx(stats.ttest_1samp(values, against).pvalue)


def test_one_difference_shows_no_spread():
    interval = paired_t([0.3])
    assert (interval.mean, interval.n, interval.side) == (0.3, 1, 0)
    assert all(map(math.isnan, (interval.low, interval.high, interval.sd, p_value(interval))))


@pytest.mark.parametrize(
    "differences",
    [[0.5] * 4, [-0.5] * 4, [0.0] * 4, [0.85 - 0.8, 0.65 - 0.6, 0.95 - 0.9]],  # the last differ by rounding alone
)
def test_equal_differences_give_one_point_that_decides_nothing(differences):
    interval = paired_t(differences)
    assert (interval.low, interval.high) == pytest.approx((differences[0], differences[0]))
    assert not interval.has_spread
    assert interval.side == 0
    assert math.isnan(p_value(interval))


def test_the_sign_is_that_of_the_mean_but_for_rounding():
    assert [paired_t([value, 3 * value]).sign for value in (1.0, -1.0, 0.0)] == [1, -1, 0]
    assert paired_t([0.3]).sign == 1
    rounded = paired_t([0.1 + 0.2 - 0.3 + 0.01, -0.01])
    assert rounded.mean > 0
    assert rounded.sign == 0
