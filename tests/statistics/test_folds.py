"""The interval over folds against its closed form; its p, and a single fold."""

import math

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.folds import fold_interval
from resnet_lab.statistics.intervals import p_value, paired_t


@pytest.mark.parametrize("k", [2, 5, 10])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_it_is_the_corrected_resampled_t_interval(k, level):
    means = np.random.default_rng(k).normal(0.02, 0.02, k)
    interval = fold_interval(means.tolist(), 1 / k, level)
    se = math.sqrt((1 / k + 1 / (k - 1)) * means.var(ddof=1))
    low, high = stats.t.interval(level, k - 1, loc=means.mean(), scale=se)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert p_value(interval) == pytest.approx(2 * stats.t.sf(abs(means.mean()) / se, k - 1))
    assert (interval.side != 0) == (p_value(interval) < 1 - level)
    assert (interval.n, interval.sd) == (k, pytest.approx(means.std(ddof=1)))


def test_without_a_test_share_it_would_be_the_plain_t():
    means = [0.01, 0.03, 0.02]
    interval, plain = fold_interval(means, 0.0), paired_t(means)
    assert (interval.low, interval.high) == pytest.approx((plain.low, plain.high))


def test_a_validation_part_that_is_not_trained_on_widens_it():
    """With 2,624 images in five folds and 393 to choose the best epoch, 1,706 are left to train on."""
    means = [0.01, 0.03, 0.02, 0.0, 0.01]
    widths = [
        interval.high - interval.low for interval in (fold_interval(means, 0.2), fold_interval(means, 525 / 2231))
    ]
    assert widths[1] / widths[0] == pytest.approx(math.sqrt((1 / 5 + 525 / 1706) / (1 / 5 + 1 / 4)))


def test_one_fold_and_equal_folds_decide_nothing():
    assert math.isnan(fold_interval([0.02], 0.2).low)
    equal = fold_interval([0.02, 0.02, 0.02], 0.2)
    assert equal.side == 0
    assert math.isnan(p_value(equal))
