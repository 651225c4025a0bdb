"""Summaries of curves, against values by hand and the interquartile range of scipy."""

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.curves import epochs_to, relaxation, relaxation_time, rise, roughness


def test_overfitting_is_what_validation_loss_had_risen_again():
    assert rise({1: 1.0, 2: 0.5, 3: 0.5, 4: 0.7, 5: 0.7}) == pytest.approx(0.2)
    assert rise({1: 1.0, 2: 0.7, 3: 0.5}) == 0


def test_an_epoch_that_wavers_is_no_overfitting():
    assert rise({1: 1.0, 2: 0.5, 3: 0.9, 4: 0.5, 5: 0.5, 6: 0.2, 7: 0.5}) == 0


EPOCHS = np.arange(1, 2001) / 100


@pytest.mark.parametrize("final", [0.75, 0.95])
@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_the_relaxation_time_of_an_exponential_curve_is_its_time_constant_whatever_its_end(tau, final):
    values = final - (final - 0.6) * np.exp(-EPOCHS / tau)
    assert relaxation(EPOCHS, values, 0.6) == pytest.approx(tau, rel=1e-3)


def test_the_relaxation_time_is_the_mean_time_of_the_rise():
    """Elmore's delay: the mean of the times at which a curve of straight lines rises, weighted by the rises."""
    generator = np.random.default_rng(0)
    values = np.sort(generator.random(9)) + 0.2
    epochs = np.array([1, 2, 3, 5, 6, 8, 9, 10, 12])
    values[-2:] = values[-2:].mean()
    middles = (np.array([0, *epochs[:-1]]) + epochs) / 2
    rises = np.diff([0.2, *values])
    assert relaxation(epochs, values, 0.2) == pytest.approx(np.average(middles, weights=rises))


def test_relaxation_times_of_many_curves_are_those_of_each():
    curves = np.random.default_rng(1).random((3, 4, 6)) + 1
    times = relaxation(range(1, 7), curves, 0.0)
    assert times.shape == (3, 4)
    one = dict(enumerate(curves[1, 2].tolist(), start=1))
    assert relaxation_time(one, 0.0, 0.1) == pytest.approx(times[1, 2])


def test_the_same_curve_in_half_the_epochs_has_half_the_time():
    values = [0.5, 0.6, 0.7, 0.75, 0.75]
    slow = dict(zip(range(2, 12, 2), values, strict=True))
    assert relaxation_time(slow, 0.4, 0) == pytest.approx(2 * relaxation_time(dict(enumerate(values, 1)), 0.4, 0))


def test_a_curve_that_hardly_rises_or_has_few_epochs_has_no_relaxation_time():
    assert relaxation_time({1: 0.5, 2: 0.7}, 0.4, 0.0) is None
    flat = {1: 0.5, 2: 0.52, 3: 0.5, 4: 0.54}
    assert relaxation_time(flat, 0.5, 0.021) is None
    assert relaxation_time(flat, 0.5, 0.01) is not None
    assert relaxation_time(flat, 0.6, 0.0) is None


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
