"""Holm's correction against the closed test that it is a short cut of."""

from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtr

from resnet_lab.statistics.holm import holm, holm_levels

FAMILIES = [
    [],
    [0.03],
    [0.01, 0.04, 0.03],
    [0.04, 0.04, 0.04],
    [0.0, 0.0, 1.0],
    [0.012, 0.013, 0.03, 0.9],
    [0.2, 0.6, 0.9, 1.0],
    *np.random.default_rng(0).beta(0.3, 2.0, (40, 5)).tolist(),
]


def by_closure(p_values):
    """A claim is decided if every group of claims that holds it is, by Bonferroni's test of the group."""
    groups = [group for size in range(1, len(p_values) + 1) for group in combinations(range(len(p_values)), size)]
    return [
        max(min(1.0, len(group) * min(p_values[k] for k in group)) for group in groups if index in group)
        for index in range(len(p_values))
    ]


@pytest.mark.parametrize("p_values", FAMILIES)
def test_adjusted_p_values_are_those_of_the_closed_test(p_values):
    assert holm(p_values) == pytest.approx(by_closure(p_values))


@pytest.mark.parametrize("p_values", FAMILIES)
@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_a_p_is_below_its_level_exactly_where_the_adjusted_one_is_below_alpha(p_values, alpha):
    below = [p < level for p, level in zip(p_values, holm_levels(p_values, alpha), strict=True)]
    assert below == [p < alpha for p in holm(p_values)]


def test_the_levels_rise_step_by_step_and_stay_where_the_procedure_stops():
    levels = holm_levels([0.9, 0.001, 0.02, 0.015, 0.5], 0.05)
    assert levels == pytest.approx([0.0125, 0.01, 0.0125, 0.0125, 0.0125])


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_of_four_claims_without_effect_any_is_decided_in_at_most_5_percent(correlation):
    generator = np.random.default_rng(0)
    shared, own = generator.normal(size=(4000, 1)), generator.normal(size=(4000, 4))
    z = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    p_values = 2 * ndtr(-np.abs(z))
    uncorrected = np.mean((p_values < 0.05).any(axis=1))
    corrected = np.mean([min(holm(row)) < 0.05 for row in p_values])
    assert corrected <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 4000)
    assert uncorrected > 0.09
