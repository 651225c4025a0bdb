"""Gradient norms against a closed form, and against autograd on the whole sample at once."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.inspection.gradient_profile import GRADIENTS, loss_gradient_norms
from resnet_lab.inspection.measurement import profile_rows
from resnet_lab.model.backbone import ResNet
from resnet_lab.statistics.gradients import decades_lost


def test_a_linear_net_has_the_gradients_of_the_formula():
    """Of softmax regression W2 W1 x: dL/dW2 = mean (p - y) (W1 x)', dL/dW1 = W2' mean (p - y) x'."""
    generator = torch.Generator().manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 5, bias=False), nn.Linear(5, 3, bias=False))
    x, labels = torch.randn(10, 4, generator=generator), torch.randint(3, (10,), generator=generator)
    first, second = (layer.weight.detach().double() for layer in net)
    x64 = x.double()
    error = (x64 @ first.T @ second.T).softmax(dim=1) - F.one_hot(labels, 3)
    expected = {
        "0": float((second.T @ error.T @ x64 / 10).norm()),
        "1": float((error.T @ (x64 @ first.T) / 10).norm()),
    }
    found = loss_gradient_norms(net, [(x[:7], labels[:7]), (x[7:], labels[7:])])
    assert found == pytest.approx(expected, rel=1e-5)


def test_of_a_net_with_batchnorm_it_is_the_gradient_of_a_training_step(network, batches):
    net = network(True)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = loss_gradient_norms(net, batches[:1])
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
    net.train()
    images, labels = batches[0]
    F.cross_entropy(net(images), labels).backward()
    for name, norm in found.items():
        assert norm == pytest.approx(float(net.get_submodule(name).weight.grad.norm()), rel=1e-4)
    assert list(found)[:3] == ["conv1", "layer1.0.conv1", "layer1.0.conv2"]


def at_initialization(batches, **options):
    torch.manual_seed(0)
    return loss_gradient_norms(ResNet(20, shortcut="A", num_classes=3, **options), batches)


def test_of_zero_initialized_branches_no_convolution_has_a_gradient_at_initialization(batches):
    norms = at_initialization(batches, zero_init_residual=True)
    assert {layer for layer, norm in norms.items() if norm > 0} == {"conv1", "fc"}
    assert decades_lost([norm for layer, norm in norms.items() if layer != "fc"]) is None
    rows = profile_rows(norms, checkpoint="initial", name_column="layer", value_column="norm")
    assert GRADIENTS.summarize(rows).startswith("at initialization norms from 0 (layer1.0.conv1) to ")


@pytest.mark.parametrize(
    "options", [{"shortcut_gradient": "stop_gradient"}, {"shortcut_gradient": "straight_through"}, {"shortcut_span": 1}]
)
def test_the_gradients_of_a_rung_are_its_own(batches, options):
    """Values alone would give those of the plain or the residual net."""
    norms = at_initialization(batches, **options)
    assert min(norms.values()) > 0
    for other in (at_initialization(batches), at_initialization(batches, residual=False)):
        assert norms["conv1"] != pytest.approx(other["conv1"], rel=1e-2)
