"""Gradient norms against a closed form, and against autograd on the whole sample at once."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.inspection.gradient_profile import loss_gradient_norms


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
