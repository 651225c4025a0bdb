"""Against steps whose ratio is known."""

import pytest
import torch
from torch import nn

from resnet_lab.diagnostics.aggregates import ALL
from resnet_lab.diagnostics.update_ratio import copied_weights, update_ratios


def network():
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    for number, layer in enumerate(network):
        layer.weight.data.fill_(number + 1.0)
    return network


def test_decay_alone_shrinks_every_layer_by_learning_rate_times_decay():
    net = network()
    for parameter in net.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = copied_weights(net)
    torch.optim.AdamW(net.parameters(), lr=0.1, weight_decay=0.05).step()
    assert update_ratios(before, net) == pytest.approx(dict.fromkeys(["0", "1", "2", ALL], 0.005), rel=1e-4)


def test_a_step_of_sgd_is_learning_rate_times_gradient_over_weight():
    net = network()
    for parameter in net.parameters():
        parameter.grad = torch.full_like(parameter, 6.0)
    before = copied_weights(net)
    torch.optim.SGD(net.parameters(), lr=0.5).step()
    assert update_ratios(before, net) == pytest.approx({"0": 3.0, "1": 1.5, "2": 1.0, ALL: 1.5})


def test_the_copy_is_one():
    net = network()
    before = copied_weights(net)
    with torch.no_grad():
        net[0].weight.mul_(3)
    assert update_ratios(before, net) == {"0": 2.0, "1": 0.0, "2": 0.0, ALL: 0.0}
