"""Channels that are dead by construction are found, and no others."""

import pytest
import torch
from torch import nn

from resnet_lab.diagnostics.dead_relus import dead_channels, dead_shares, register_relu_hooks
from resnet_lab.layer_names import on_main_path
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.layers import layers


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_channel_is_dead_that_is_zero_everywhere(dtype):
    given = torch.randn(4, 6, 5, 5).to(dtype)
    given[:, [1, 4]] = -given[:, [1, 4]].abs()
    given[:, 2] = -1.0
    given[3, 2, 4, 4] = 1e-3  # one value of one image is life enough
    for layout in (torch.contiguous_format, torch.channels_last):
        dead = dead_channels(given.relu().contiguous(memory_format=layout))
        assert dead.tolist() == [False, True, False, False, True, False]


def test_a_nan_is_not_dead():
    assert dead_channels(torch.full((1, 1, 2, 2), float("nan"))).tolist() == [False]


@pytest.mark.parametrize(("depth", "residual"), [(20, True), (20, False), (50, True)])
def test_each_layer_of_the_main_path_has_one_relu(depth, residual):
    network, measured = ResNet(depth, residual, "B", 2), {}
    register_relu_hooks(network, measured)
    assert_each_layer_has_one(network, measured)


@pytest.mark.parametrize("options", [{"shortcut_span": 1}, {"shortcut_gradient": "stop_gradient"}])
def test_each_layer_of_a_rung_has_one_relu(options):
    network, measured = ResNet(20, True, "A", 2, **options), {}
    register_relu_hooks(network, measured)
    assert_each_layer_has_one(network, measured)


def assert_each_layer_has_one(network, measured):
    network(torch.randn(2, 3, 32, 32))
    assert measured.keys() == {layer for layer in layers(network) if on_main_path(layer)} - {"fc"}
    channels = {layer: layers(network)[layer].out_channels for layer in measured}
    assert {layer: len(dead) for layer, dead in measured.items()} == channels


def silence(norm: nn.BatchNorm2d, channels: int) -> None:
    """Shift the first channels of a BatchNorm far below zero."""
    norm.bias.data[:channels] = -100.0


def test_channels_that_are_silenced_are_found_where_they_are():
    network, measured = ResNet(20, False, num_classes=2), {}
    silence(network.bn1, 4)
    silence(network.layer1[0].bn1, 8)
    silence(network.layer3[2].bn2, 64)
    register_relu_hooks(network, measured)
    network(torch.randn(4, 3, 16, 16))
    found = {layer: share for layer, share in dead_shares(measured).items() if share}
    every = 16 * 7 + 32 * 6 + 64 * 6
    assert found == pytest.approx(
        {"conv1": 0.25, "layer1.0.conv1": 0.5, "layer3.2.conv2": 1.0, "all": (4 + 8 + 64) / every}
    )


def test_after_the_addition_the_shortcut_counts():
    """The identity brings back what the branch silences: the output of the ReLU counts, not that of its BatchNorm."""
    plain, residual = (ResNet(20, residual, "A", 2) for residual in (False, True))
    for network, share in ((plain, 1.0), (residual, 0.0)):
        network.layer1[0].bn2.weight.data.zero_()
        network.layer1[0].bn2.bias.data.fill_(-1e-6)
        measured = {}
        register_relu_hooks(network, measured)
        network(torch.randn(4, 3, 16, 16))
        assert dead_shares(measured)["layer1.0.conv2"] == share
