"""McNemar's test against a list of all outcomes; the score interval against its definition, and what it covers."""

import math
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar

from resnet_lab.statistics.mcnemar import mcnemar, paired_proportions

TABLES = [(14, 26, 393), (5, 15, 200), (1, 7, 21), (0, 12, 300), (30, 2, 250), (4, 4, 656)]


@pytest.mark.parametrize("discordant", range(1, 11))
def test_p_is_the_share_of_all_ways_the_discordant_images_can_fall(discordant):
    falls = [sum(way) for way in product((0, 1), repeat=discordant)]
    p_values = []
    for only_treated in range(discordant + 1):
        distance = abs(only_treated - discordant / 2)
        p = mcnemar(discordant - only_treated, only_treated)
        assert p == pytest.approx(np.mean([abs(fall - discordant / 2) >= distance for fall in falls]))
        p_values.append(p)
    of_all_ways = np.array([p_values[fall] for fall in falls])
    for level in (*p_values, 0.05):
        assert np.mean(of_all_ways <= level) <= level + 1e-12


def test_nets_that_are_right_on_the_same_images_do_not_differ():
    assert mcnemar(0, 0) == 1.0


def test_the_interval_of_a_published_table():
    """Airway hyper-responsiveness of 21 children: Fagerland, Lydersen, Laake 2014, Statistics in Medicine 33:2850."""
    interval = paired_proportions(7, 1, 21)
    assert (round(interval.low, 3), round(interval.high, 3)) == (-0.517, -0.026)


@pytest.mark.parametrize(("only_control", "only_treated", "n"), TABLES)
@pytest.mark.parametrize("level", [0.95, 0.99])
def test_at_its_ends_the_score_statistic_is_the_quantile(only_control, only_treated, n, level):
    """With the share of discordant images that is likeliest there, found by search instead of by Tango's formula."""
    interval = paired_proportions(only_control, only_treated, n, level)
    for end, sign in ((interval.low, 1), (interval.high, -1)):

        def minus_log_likelihood(share, end=end):  # share: of images that only the control's net gets
            shares = (share, share + end, 1 - 2 * share - end)
            counts = (only_control, only_treated, n - only_control - only_treated)
            return -sum(c * math.log(max(s, 1e-300)) for c, s in zip(counts, shares, strict=True) if c)

        lowest, highest = max(0.0, -end), (1 - end) / 2
        share = minimize_scalar(minus_log_likelihood, bounds=(lowest, highest), options={"xatol": 1e-12}).x
        variance = (2 * share + end - end**2) / n
        statistic = ((only_treated - only_control) / n - end) / math.sqrt(variance)
        assert statistic == pytest.approx(sign * stats.norm.ppf((1 + level) / 2), rel=1e-4)


@pytest.mark.parametrize(("only_control", "only_treated", "n"), TABLES)
def test_the_other_way_round_it_is_its_mirror_image(only_control, only_treated, n):
    here, there = paired_proportions(only_control, only_treated, n), paired_proportions(only_treated, only_control, n)
    assert (here.mean, here.low, here.high) == pytest.approx((-there.mean, -there.high, -there.low))
    differences = [1] * only_treated + [-1] * only_control + [0] * (n - only_control - only_treated)
    assert (here.mean, here.sd) == pytest.approx((np.mean(differences), np.std(differences, ddof=1)))


@pytest.mark.parametrize(
    ("only_control", "only_treated", "n", "low", "high"),
    [
        (0, 0, 200, -0.01885, 0.01885),  # z^2 / (n + z^2)
        (0, 200, 200, 0.96231, 1.0),
        (200, 0, 200, -1.0, -0.96231),
        (0, 0, 1, -0.79345, 0.79345),
    ],
)
def test_tables_at_the_edge(only_control, only_treated, n, low, high):
    interval = paired_proportions(only_control, only_treated, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-5)


@cache
def interval_of(only_control, only_treated, n):
    interval = paired_proportions(only_control, only_treated, n)
    return interval.low, interval.high


def closed_form(only_control, only_treated, n, added):
    """Wald's interval with ``added`` images in each discordant cell, and two in all.

    Agresti and Min 2005 add half an image, Bonett and Price 2012 one; Wald none.
    """
    n = n + 2 if added else n
    p, q = (only_treated + added) / n, (only_control + added) / n
    half = stats.norm.ppf(0.975) * math.sqrt((p + q - (p - q) ** 2) / n)
    return p - q - half, p - q + half


def coverage(method, n, discordant, share):
    """The exact probability that an interval covers the true difference.

    ``discordant`` images are expected, a ``share`` of them only the treated net's. All counts are listed but those
    beyond a probability of 1e-8.
    """
    p, q = discordant * share / n, discordant * (1 - share) / n
    treated = np.arange(stats.binom.ppf(1e-8, n, p), stats.binom.ppf(1 - 1e-8, n, p) + 1)
    weight = covered = 0.0
    for only_treated in treated:
        rest = n - int(only_treated)
        of_rest = q / (1 - p)
        control = np.arange(stats.binom.ppf(1e-8, rest, of_rest), stats.binom.ppf(1 - 1e-8, rest, of_rest) + 1)
        weights = stats.binom.pmf(only_treated, n, p) * stats.binom.pmf(control, rest, of_rest)
        ends = np.array([method(int(only_control), int(only_treated), n) for only_control in control])
        covered += weights[(ends[:, 0] <= p - q) & (p - q <= ends[:, 1])].sum()
        weight += weights.sum()
    assert weight == pytest.approx(1.0, abs=1e-6)
    return covered


@pytest.mark.parametrize("n", [200, 656])
@pytest.mark.parametrize("discordant", [10, 12, 15, 20, 40])
@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8, 0.9])
def test_from_200_images_with_ten_discordant_on_it_covers_95_percent_within_one(n, discordant, share):
    assert 0.94 <= coverage(interval_of, n, discordant, share) <= 0.96


def test_where_one_net_gets_all_the_discordant_images_it_covers_as_well_as_a_single_proportion():
    covers = [coverage(interval_of, 200, discordant, 1.0) for discordant in (10, 12, 15, 20)]
    assert 0.934 <= min(covers) <= max(covers) <= 0.968


@pytest.mark.parametrize(
    ("added", "discordant", "share", "covers"),
    [(0.0, 10, 0.9, 0.934), (0.0, 15, 1.0, 0.929), (0.5, 15, 1.0, 0.929), (1.0, 10, 0.5, 0.976), (1.0, 10, 0.7, 0.969)],
)
def test_intervals_with_closed_forms_miss_by_more(added, discordant, share, covers):
    def interval(only_control, only_treated, n):
        return closed_form(only_control, only_treated, n, added)

    assert coverage(interval, 200, discordant, share) == pytest.approx(covers, abs=0.001)
    assert abs(covers - 0.95) > 0.01
