"""Gradients over depth against closed forms: a factor lost at each layer, an odd one among even ones, a dead one."""

import math

import numpy as np
import pytest

from resnet_lab.statistics.gradients import decades_lost, unevenness


@pytest.mark.parametrize("layers", [4, 19, 33, 109])
@pytest.mark.parametrize("factor", [0.5, 1.0, 0.97, 1.2])
def test_a_factor_lost_at_each_layer_is_lost_as_often_as_the_quarters_are_apart(layers, factor):
    """Of a linear net whose layers all shrink the gradient alike; quarters of q layers lie ``layers - q`` apart."""
    norms = [factor ** (layers - 1 - layer) for layer in range(layers)]
    apart = layers - round(layers / 4)
    assert decades_lost(norms) == pytest.approx(-apart * math.log10(factor))


@pytest.mark.parametrize("layers", [4, 20, 34])
def test_unevenness_of_even_steps_is_that_of_a_uniform_distribution(layers):
    norms = [10.0 ** (0.1 * layer) for layer in range(layers)]
    assert unevenness(norms) == pytest.approx(0.1 * math.sqrt((layers**2 - 1) / 12))


def test_neither_depends_on_the_scale_of_the_loss():
    norms = np.exp(np.random.default_rng(0).normal(size=33))
    assert unevenness(1e-6 * norms) == pytest.approx(unevenness(norms))
    assert decades_lost(1e-6 * norms) == pytest.approx(decades_lost(norms))


def test_one_odd_layer_is_no_trend():
    assert decades_lost([1e-3] + [1.0] * 32) == 0
    assert decades_lost([1.0] * 32 + [0.0]) == 0


def test_a_net_that_no_gradient_crosses_has_lost_more_than_any():
    lost = decades_lost([0.0] * 20 + [1.0] * 13)
    assert 30 < lost < math.inf
    assert 10 < unevenness([0.0] * 20 + [1.0] * 13) < math.inf


def test_where_no_convolution_of_a_block_has_a_gradient_nothing_is_defined():
    """The stem has one through the shortcuts, as with zero-initialized branches at depth 20; so may one odd layer."""
    norms = [0.3, *[0.0] * 18]
    assert decades_lost(norms) is None
    assert unevenness(norms) is None
    assert unevenness([*norms, 0.7]) is None  # with the last layer
    assert decades_lost([0.0] * 14 + [1.0] * 5) is not None


def test_what_is_no_number_stays_none():
    assert math.isnan(unevenness([1.0, math.nan, 1.0]))
