"""He et al. 2015, Fig. 7: after BatchNorm, before ReLU, before the addition."""

import pytest
import torch
from torch import nn

from resnet_lab.diagnostics.response_std import ResponseStd, register_response_hooks, response_std
from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.model.backbone import BasicBlock, Bottleneck, ResNet
from resnet_lab.model.layers import batchnorms


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_deviation_is_that_of_all_values(dtype):
    values = (torch.randn(4, 3, 8, 8) * 2 + torch.tensor([0.0, 10.0, -5.0]).view(3, 1, 1)).to(dtype)
    for layout in (torch.contiguous_format, torch.channels_last):
        measured = float(response_std(values.contiguous(memory_format=layout)))
        assert measured == pytest.approx(float(values.double().std(correction=0)), rel=1e-6)


def test_in_training_a_batchnorm_made_by_hand_gives_what_its_scale_and_shift_say():
    """Variance of a layer: that within channels, gamma**2 on average, and that between them, of beta."""
    network = ResNet(20, num_classes=2)
    gamma, beta = torch.linspace(0.5, 2.0, 16), torch.linspace(-3.0, 3.0, 16)
    network.bn1.weight.data, network.bn1.bias.data = gamma, beta
    measured = {}
    handles = register_response_hooks(network, measured)
    network(torch.randn(8, 3, 16, 16))
    expected = (gamma.square().mean() + beta.var(correction=0)).sqrt()
    assert float(measured["conv1"]) == pytest.approx(float(expected), rel=1e-4)
    assert float(measured["layer2.0.conv1"]) == pytest.approx(1.0, rel=1e-3)  # gamma 1, beta 0
    assert measured.keys() == batchnorms(network).keys()
    measured.clear()
    for handle in handles:
        handle.remove()
    network(torch.randn(8, 3, 16, 16))
    assert measured == {}


@pytest.mark.parametrize(("block", "last"), [(BasicBlock, "conv2"), (Bottleneck, "conv3")])
def test_the_shortcut_is_not_in_it(block, last):
    """With a shortcut that brings values of a thousand, in-place ReLU and addition would show them."""
    net = block(8, 8 // block.expansion, 1, lambda *_: nn.Identity())
    measured = {}
    register_response_hooks(net, measured)
    given = torch.randn(4, 8, 6, 6) * 1000
    assert float(net(given).detach().std()) > 100
    assert {layer: float(value) for layer, value in measured.items()} == pytest.approx(
        dict.fromkeys(measured, 1.0), rel=1e-2
    )
    assert last in measured


@pytest.mark.parametrize("options", [{"shortcut_span": 1}, {"shortcut_weight": 0.5}])
def test_the_responses_of_a_rung_are_those_of_its_batchnorms(options):
    network, measured = ResNet(20, shortcut="A", num_classes=2, **options), {}
    register_response_hooks(network, measured)
    network(torch.randn(8, 3, 16, 16) * 10)
    assert measured.keys() == batchnorms(network).keys()
    assert [float(value) for value in measured.values()] == pytest.approx([1.0] * 19, rel=1e-3)


def test_the_network_is_the_median_of_the_main_path():
    callback = ResponseStd(DiagnosticsTable(["response_std"], 1))
    values = {"conv1": 1.0, "layer2.0.downsample.0": 9.0, "layer1.0.conv1": 3.0, "layer1.0.conv2": 2.0}
    assert callback.summarize({layer: torch.tensor(value) for layer, value in values.items()}) == {**values, "all": 2.0}
