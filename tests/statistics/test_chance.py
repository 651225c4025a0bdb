"""Chance: against all ways to deal predictions out, and against networks of known skill."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics import chance
from resnet_lab.statistics.chance import learned_nothing, most_frequent, standard_error


def confusion(labels, predicted, classes=3):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (np.asarray(labels), np.asarray(predicted)), 1)
    return counts


@pytest.mark.parametrize(
    ("labels", "predicted"),
    [
        ([0, 0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 2]),
        ([0, 0, 0, 0, 1, 1, 2], [1, 0, 0, 0, 0, 2, 1]),
        ([0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 2, 2]),
    ],
)
def test_the_limit_is_that_of_all_ways_to_deal_the_predictions_out(labels, predicted, monkeypatch):
    """By enumeration of the 5,040 orders. Only the second condition is tested: the first is met by all of these."""
    monkeypatch.setattr(chance, "_SPREADS", 0.5)
    right = [sum(a == b for a, b in zip(labels, order, strict=True)) for order in permutations(predicted)]
    limit = np.mean(right) + 0.5 * np.std(right)
    for order in set(permutations(predicted)):
        hits = sum(a == b for a, b in zip(labels, order, strict=True))
        if hits <= max(np.bincount(labels)) + 1:
            assert learned_nothing(confusion(labels, order)) == (hits <= limit + 1e-9)


@pytest.mark.parametrize("majority", [0.5, 0.7, 0.95])
def test_one_prediction_for_all_images_is_nothing_learned(majority):
    n = round(400 * majority)
    for guess in (0, 1):
        assert learned_nothing(confusion([0] * n + [1] * (400 - n), [guess] * 400, 2))


def test_one_image_more_than_the_constant_prediction_is_nothing_and_two_are_something():
    """With 60 of 100 in the first class: 60, 61 and 62 right, each with one image of it missed."""
    assert learned_nothing([[60, 0], [40, 0]])
    assert learned_nothing([[60, 0], [39, 1]])
    assert not learned_nothing([[60, 0], [38, 2]])


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5])
def test_predictions_that_do_not_see_the_class_are_nothing_learned(share):
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1], [270, 123])
    told = [learned_nothing(confusion(labels, (generator.random(393) < share).astype(int), 2)) for _ in range(1000)]
    assert np.mean(told) > 0.95


def test_a_network_that_pays_for_the_rare_class_has_learned_something():
    """Accuracy 0.79 where the constant prediction has 0.9, and a recall of 0.8 in both classes."""
    assert not learned_nothing([[288, 72], [8, 32]])


def test_a_single_image_shows_nothing():
    assert learned_nothing([[1, 0], [0, 0]])
    assert learned_nothing([[0, 1], [0, 0]])


def test_the_first_of_equally_frequent_classes_is_named():
    assert most_frequent([2, 5, 5]) == (1, 5 / 12)


def test_the_standard_error_is_the_spread_of_a_binomial_share():
    assert standard_error(0.687, 394) == pytest.approx(stats.binom(394, 0.687).std() / 394)
