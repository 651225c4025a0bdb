"""Summaries of curves, against values by hand and the interquartile range of scipy."""

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.curves import area, epochs_to, rise, roughness


def test_overfitting_is_what_validation_loss_had_risen_again():
    assert rise({1: 1.0, 2: 0.5, 3: 0.5, 4: 0.7, 5: 0.7}) == pytest.approx(0.2)
    assert rise({1: 1.0, 2: 0.7, 3: 0.5}) == 0


def test_an_epoch_that_wavers_is_no_overfitting():
    assert rise({1: 1.0, 2: 0.5, 3: 0.9, 4: 0.5, 5: 0.5, 6: 0.2, 7: 0.5}) == 0


def test_the_area_counts_epochs_between_measurements():
    assert area({1: 0.2, 4: 0.8}) == pytest.approx(0.5)
    assert area({1: 0.2, 4: 0.8, 5: 0.8}) == pytest.approx((3 * 0.5 + 0.8) / 4)
    assert area({7: 0.3}) == 0.3


def test_a_curve_that_rises_earlier_has_more_area():
    early, late = {1: 0.5, 2: 0.8, 3: 0.8}, {1: 0.5, 2: 0.5, 3: 0.8}
    assert area(early) > area(late)


def test_steadiness_is_neither_of_a_trend_nor_of_a_jump():
    falling = {epoch: 2.0 - 0.1 * epoch for epoch in range(1, 11)}
    restless = {epoch: value + 0.08 * (-1) ** epoch for epoch, value in falling.items()}
    jump = {epoch: value - (epoch > 1) for epoch, value in falling.items()}
    assert roughness(falling) == roughness(jump) == 0
    assert roughness(restless) == pytest.approx(0.16 - 0.1)


def test_a_smooth_curve_that_falls_fast_is_steadier_than_a_restless_one_that_falls_slowly():
    fast = {epoch: float(np.exp(-epoch)) for epoch in range(10)}
    slow = {epoch: 1.0 - 0.01 * epoch + 0.02 * (-1) ** epoch for epoch in range(10)}
    changes = [np.diff(list(curve.values())) for curve in (fast, slow)]
    assert stats.iqr(changes[0]) > stats.iqr(changes[1])  # why the spread of changes is not the figure
    assert roughness(fast) == 0 < roughness(slow)


def test_epochs_to_a_level_count_from_its_first_epoch():
    assert epochs_to({1: 0.1, 2: 0.5, 3: 0.4, 4: 0.6}, 0.5) == 2
    assert epochs_to({1: 0.1, 2: 0.5}, 0.6) is None
