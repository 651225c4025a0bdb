"""Fieller's set against the test that it inverts, its closed form without covariance, and coverage in simulation."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from resnet_lab.statistics.fieller import fieller
from resnet_lab.statistics.intervals import paired_t


def draws(seed, gap, n=5):
    """Errors of three networks that share seeds: numerators and denominators of a share."""
    draw = np.random.default_rng(seed)
    common = draw.normal(0, 0.05, n)
    plain = 0.5 + common + draw.normal(0, 0.05, n)
    return plain - 0.3 - draw.normal(0, 0.03, n) - 0.3 * common, plain - (0.5 - gap) - draw.normal(0, 0.02, n)


def p_of(ratio, top, bottom):
    return stats.ttest_1samp(top - ratio * bottom, 0).pvalue


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_the_ends_are_the_ratios_that_the_paired_t_test_just_rejects(seed, level):
    top, bottom = draws(seed, 0.45)
    ratio = fieller(top, bottom, level)
    assert (ratio.kind, ratio.n, ratio.level) == ("interval", 5, level)
    assert ratio.value == pytest.approx(top.mean() / bottom.mean())
    low, high = (
        optimize.brentq(lambda end: p_of(end, top, bottom) - (1 - level), *sorted((ratio.value, ratio.value + far)))
        for far in (-5, 5)
    )
    assert (ratio.low, ratio.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
def test_it_holds_exactly_what_the_test_does_not_reject_also_where_the_gap_is_not_decided(seed):
    top, bottom = draws(seed, 0.04)
    ratio = fieller(top, bottom)
    for value in np.linspace(-40, 40, 81):
        assert (value in ratio) == (p_of(value, top, bottom) >= 0.05), value
    assert (ratio.kind == "interval") == (paired_t(bottom).side != 0)


def test_all_three_forms_occur():
    found = set()
    for seed in range(30):
        top, bottom = draws(seed, 0.04)
        found |= {fieller(top - far, bottom).kind for far in (0, 0.15)}
    assert found == {"interval", "outside", "everything"}


def test_without_covariance_it_is_the_textbook_form():
    """Franz 2007 (arXiv:0710.2024), with g = t^2 var(b) / b^2 and no covariance."""
    top, bottom = np.array([1.0, 2, 3, 2]), np.array([5.0, 4, 5, 6])
    assert np.cov(top, bottom)[0, 1] == 0
    a, b, var_a, var_b, t = 2.0, 5.0, np.var(top, ddof=1) / 4, np.var(bottom, ddof=1) / 4, stats.t.ppf(0.975, 3)
    g = t**2 * var_b / b**2
    half = t / b * math.sqrt((1 - g) * var_a + (a / b) ** 2 * var_b)
    ratio = fieller(top, bottom)
    assert (ratio.low, ratio.high) == pytest.approx(((a / b - half) / (1 - g), (a / b + half) / (1 - g)))


def test_it_excludes_zero_exactly_if_the_t_interval_of_the_numerators_does():
    for seed in range(20):
        top, bottom = draws(seed, 0.45)
        assert (0 in fieller(top - 0.15, bottom)) == (paired_t(top - 0.15).side == 0)


def test_a_denominator_on_the_edge_gives_a_half_line():
    """The t of the denominators is 1, and so is its quantile at 50%: the far end runs away, the near one is exact."""
    ratio = fieller([1.0, 2.0], [1.0, 0.0], 0.5)
    assert ratio.value == 3
    assert ratio.low < -1e12
    assert ratio.high == pytest.approx(1)
    assert p_of(1, np.array([1.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(0.5)
    assert 1e9 in ratio
    assert 0.9 not in ratio


@pytest.mark.parametrize(
    ("top", "bottom"), [([0.3], [0.4]), ([0.3, 0.4, 0.5], [0.3, 0.4, 0.5]), ([0.2] * 3, [0.4] * 3)]
)
def test_without_spread_nothing_is_known(top, bottom):
    ratio = fieller(top, bottom)
    assert (ratio.kind, ratio.value) == ("unknown", pytest.approx(sum(top) / sum(bottom)))
    assert 0.5 not in ratio


def test_it_covers_the_true_share_at_five_seeds():
    """At least 94%, with errors like those of the digits; benchmarks/ladder_coverage.py has all settings."""
    draw = np.random.default_rng(0)
    common = draw.normal(0, 0.05, (4000, 5))
    plain = 0.507 + common + draw.normal(0, 0.057, (4000, 5))
    rung, residual = (
        mean + sd * (0.6 * common / 0.05 + 0.8 * draw.normal(0, 1, (4000, 5)))
        for mean, sd in ((0.117, 0.03), (0.05, 0.015))
    )
    true = (0.507 - 0.117) / (0.507 - 0.05)
    covered = [true in fieller(*pair) for pair in zip(plain - rung, plain - residual, strict=True)]
    assert 0.94 <= np.mean(covered) <= 0.96
