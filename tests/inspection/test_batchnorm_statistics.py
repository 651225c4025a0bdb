"""Each mode of BatchNorm normalizes by its statistics, and leaves the network as it was."""

import pytest
import torch
from torch import nn

from resnet_lab.inspection.batchnorm_statistics import (
    batch_statistics,
    constant_batch_statistics,
    running_statistics,
)

WAYS = (running_statistics, batch_statistics, constant_batch_statistics)


@pytest.fixture
def layer():
    net = nn.Sequential(nn.BatchNorm2d(2))
    nn.init.constant_(net[0].weight, 3.0)
    nn.init.constant_(net[0].bias, 1.0)
    net[0].running_mean.fill_(5.0)
    return net


X = torch.randn(4, 2, 3, 3, generator=torch.Generator().manual_seed(0))


def by_hand(x):
    mean, variance = x.mean((0, 2, 3), keepdim=True), x.var((0, 2, 3), correction=0, keepdim=True)
    return 3 * (x - mean) / (variance + 1e-5).sqrt() + 1


def test_the_values_are_those_of_the_batch_or_the_running_ones(layer):
    with running_statistics(layer):
        torch.testing.assert_close(layer(X), 3 * (X - 5) / (1 + 1e-5) ** 0.5 + 1)
    for way in (batch_statistics, constant_batch_statistics):
        with way(layer):
            torch.testing.assert_close(layer(X), by_hand(X))


def test_gradients_go_through_the_statistics_or_take_them_as_constants(layer):
    x = X.clone().requires_grad_()
    with batch_statistics(layer):
        [through] = torch.autograd.grad(layer(x).sum(), x)
    assert through.abs().max() < 1e-5  # the sum of normalized values is fixed
    with constant_batch_statistics(layer):
        [constant] = torch.autograd.grad(layer(x).sum(), x)
    expected = 3 / (X.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(constant, expected.expand_as(X))


@pytest.mark.parametrize("way", WAYS)
def test_the_network_is_as_it_was_also_after_an_exception(network, batches, way):
    net = network(True)
    net.layer2.train()
    modes = [module.training for module in net.modules()]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(RuntimeError, match="channels"), way(net):
        [net(images) for images in (batches[0][0], torch.zeros(2, 6, 16, 16))]
    assert [module.training for module in net.modules()] == modes
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    layers = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    assert all(layer.track_running_stats for layer in layers)
    assert not any(layer._forward_hooks for layer in layers)
