"""Correlations of input gradients: closed forms, and what Balduzzi et al. 2017 report of plain and residual nets."""

from itertools import combinations

import pytest
import torch
from torch import nn

from resnet_lab.inspection.input_gradients import CorrelationOfPairs, input_gradient_correlations
from resnet_lab.model.backbone import ResNet


def test_equal_vectors_have_one_and_opposite_ones_minus_one():
    for vectors, expected in (
        ([[1.0, 2.0]] * 3, 1.0),
        ([[1.0, 2.0], [2.0, 4.0]], 1.0),
        ([[1.0, 0.0], [-3.0, 0.0]], -1.0),
        ([[1.0, 0.0], [0.0, 1.0]], 0.0),
    ):
        pairs = CorrelationOfPairs()
        pairs.add(torch.tensor(vectors))
        assert pairs.mean() == pytest.approx(expected, abs=1e-12)


def test_it_is_the_mean_over_all_pairs_whatever_the_batches():
    vectors = torch.randn(9, 2, 5, generator=torch.Generator().manual_seed(0)) + 0.3
    pairs = CorrelationOfPairs()
    for batch in vectors.split(4):
        pairs.add(batch)
    flat = vectors.flatten(1)
    expected = [torch.cosine_similarity(flat[i], flat[j], dim=0) for i, j in combinations(range(9), 2)]
    assert pairs.mean() == pytest.approx(float(torch.stack(expected).mean()), rel=1e-5)


def test_without_two_directions_there_is_none():
    pairs = CorrelationOfPairs()
    pairs.add(torch.tensor([[0.0, 0.0], [1.0, 0.0]]))
    assert pairs.mean() is None


def test_equal_images_have_equal_gradients(network):
    image = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    correlations = input_gradient_correlations(network(True), [(image.expand(4, -1, -1, -1), None)], seed=0)
    assert list(correlations.values()) == pytest.approx([1.0] * 9, abs=1e-5)


def test_a_net_that_is_linear_has_the_same_gradient_for_all_images(network, batches):
    """ReLU is what tears gradients apart."""
    net = network(True)
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.ReLU):
            net.get_submodule(name.rpartition(".")[0]).relu = nn.Identity()
    correlations = input_gradient_correlations(net, batches[:1], seed=0)
    assert list(correlations.values()) == pytest.approx([1.0] * 9, abs=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_at_initialization_they_shatter_in_plain_nets_and_less_so_in_residual_ones(seed):
    """Two images pass the same half of the ReLUs: plain, each layer halves the correlation, and a block has two."""
    noise = torch.randn(24, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    found = []
    for residual in (False, True):
        torch.manual_seed(seed)
        net = ResNet(20, residual, "A", num_classes=3)
        found.append(list(input_gradient_correlations(net, [(noise, None)], seed=seed).values()))
    plain, residual = found
    assert plain[0] == pytest.approx(1 / 8, rel=0.25)  # the stem has a ReLU, too
    assert plain[1] / plain[0] == pytest.approx(1 / 4, abs=0.08)
    assert plain[2] / plain[1] == pytest.approx(1 / 4, abs=0.1)
    assert max(map(abs, plain[5:])) < 0.004
    assert all(r > p for r, p in zip(residual, plain, strict=True))
    assert residual[4] > 5 * abs(plain[4])


def test_the_net_is_as_it_was(network, batches):
    net = network(False)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    first = input_gradient_correlations(net, batches, seed=3)
    assert input_gradient_correlations(net, batches, seed=3) == first
    assert input_gradient_correlations(net, batches, seed=4) != first
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert not net.training
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_bias_of_two_keeps_them_together_in_a_plain_net():
    """Nearly all values then pass the ReLU, and the net is nearly linear."""
    noise = torch.randn(24, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    last = {}
    for bias in (0.0, 2.0):
        torch.manual_seed(0)
        net = ResNet(20, False, num_classes=3, norm_bias=bias)
        last[bias] = list(input_gradient_correlations(net, [(noise, None)], seed=0).values())[-1]
    assert abs(last[0.0]) < 0.004
    assert last[2.0] > 0.2


@pytest.mark.parametrize("gradient", ["stop_gradient", "straight_through"])
def test_gradients_of_pixels_take_the_way_of_the_rung(network, batches, gradient):
    rung = input_gradient_correlations(network(True, shortcut_gradient=gradient), batches[:1], seed=0)
    others = [input_gradient_correlations(network(residual), batches[:1], seed=0) for residual in (True, False)]
    assert all(value is not None for value in rung.values())
    assert all(rung["layer3.2"] != other["layer3.2"] for other in others)
