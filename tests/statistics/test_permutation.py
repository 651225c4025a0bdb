"""The permutation test against a list of all sign patterns."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.permutation import MOST_PAIRS, Permutation, permutation_test

SAMPLES = [
    [0.3],
    [0.3, 0.1, 0.2],
    [0.3, -0.1, 0.2],
    [1.0, 1.0, 1.0, -1.0],  # many patterns have equal sums
    [0.1, 0.2, -0.3, 0.0],  # sums to zero but for rounding
    [0.0, 0.0, 0.5, 0.25, 0.5],
    np.random.default_rng(0).normal(0.5, 1.0, 9).tolist(),
]


def by_enumeration(differences):
    """Exact sums of integers, so that equal ones are equal."""
    scaled = [round(1e12 * difference) for difference in differences]
    sums = [
        abs(sum(s * d for s, d in zip(signs, scaled, strict=True))) for signs in product((1, -1), repeat=len(scaled))
    ]
    return sum(total >= abs(sum(scaled)) for total in sums) / len(sums)


@pytest.mark.parametrize("differences", SAMPLES)
def test_p_is_the_share_of_all_sign_patterns(differences):
    assert permutation_test(differences).p == by_enumeration(differences)


@pytest.mark.parametrize("n", [3, 6, 10])
def test_p_is_that_of_scipy(n):
    differences = np.random.default_rng(n).normal(0.4, 1.0, n)
    reference = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert permutation_test(differences).p == reference.pvalue


@pytest.mark.parametrize("n", range(1, 9))
def test_the_smallest_p_is_that_of_one_sign_only(n):
    result = permutation_test(np.arange(1.0, n + 1))
    assert result == Permutation(p=result.smallest, smallest=2 / 2**n)


@pytest.mark.parametrize("sizes", [[1.0, 2.0, 4.0, 8.0, 16.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [0.0, 0.2, 0.2, 0.7]])
def test_over_all_sign_patterns_p_never_exceeds_its_level(sizes):
    """Whatever the sizes of the differences: under exchange of the arms every pattern is as likely."""
    signs = np.array(list(product((1, -1), repeat=len(sizes))))
    p = np.array([permutation_test(row).p for row in signs * sizes])
    for level in [*p, 0.05, 0.2]:
        assert np.mean(p <= level) <= level


def test_forty_pairs_are_still_counted_exactly():
    differences = [1.0] * 30 + [-1.0] * 10  # the sums are those of a binomial distribution
    assert permutation_test(differences).p == pytest.approx(2 * stats.binom.cdf(10, 40, 0.5), rel=1e-12)


def test_more_pairs_are_refused():
    with pytest.raises(ValueError, match="41 pairs are too many to count all their sign patterns; the most are 40"):
        permutation_test([1.0] * (MOST_PAIRS + 1))
