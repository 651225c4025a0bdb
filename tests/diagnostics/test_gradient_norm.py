"""Against a linear network, whose gradients are known."""

import pytest
import torch
from lightning.pytorch.plugins import MixedPrecision
from torch import nn

from resnet_lab.diagnostics.aggregates import ALL
from resnet_lab.diagnostics.callbacks import COLUMNS, diagnostics_callbacks
from resnet_lab.diagnostics.gradient_norm import step_gradient_norms
from resnet_lab.model.backbone import ResNet


def test_a_deep_linear_network():
    """With y = w3 w2 w1 x, the derivative with respect to one weight is the product of all others and x."""
    network = nn.Sequential(*(nn.Linear(1, 1, bias=False) for _ in range(3)))
    for layer, weight in zip(network, (2.0, 3.0, 5.0), strict=True):
        layer.weight.data.fill_(weight)
    network(torch.tensor([[7.0]])).sum().backward()
    assert step_gradient_norms(network) == pytest.approx(
        {"0": 105.0, "1": 70.0, "2": 42.0, ALL: (105**2 + 70**2 + 42**2) ** 0.5}
    )


def test_a_layer_is_its_weight_and_the_network_all_its_parameters():
    """The loss is the sum of outputs: the gradient of a weight is its input, and the gradient of a bias is 1."""
    network = nn.Sequential(nn.Linear(2, 3))
    network(torch.tensor([[3.0, 4.0]])).sum().backward()
    assert step_gradient_norms(network) == pytest.approx({"0": 75**0.5, ALL: 78**0.5})


def test_what_has_no_gradient_is_left_out():
    network = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1, bias=False))
    network[0].requires_grad_(False)
    assert step_gradient_norms(network) == {}
    network(torch.ones(1, 1)).sum().backward()
    assert step_gradient_norms(network).keys() == {"1", ALL}


def test_the_norm_of_the_network_is_the_one_that_clipping_returns():
    network = ResNet(20, num_classes=2)
    network(torch.randn(2, 3, 16, 16)).square().sum().backward()
    expected = step_gradient_norms(network)[ALL]
    assert float(nn.utils.clip_grad_norm_(network.parameters(), 0.1)) == pytest.approx(expected)
    assert step_gradient_norms(network)[ALL] == pytest.approx(0.1, rel=1e-4)


def test_a_scaled_loss_does_not_scale_the_norm(train):
    """The fused AdamW undoes the scaling of 16-mixed within its step, after the norm is taken."""
    found = []
    for plugins in ([], [MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=1024.0))]):
        callbacks = diagnostics_callbacks(1)
        train(callbacks, plugins=plugins, max_epochs=1)
        column = COLUMNS.index("gradient_norm")
        found.append([float(sample.values[-1, column]) for sample in callbacks[0].samples])
    assert found[1] == pytest.approx(found[0], rel=0.05)
