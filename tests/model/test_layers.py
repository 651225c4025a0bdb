"""Names of layers."""

import pytest
from torch import nn

from resnet_lab.layer_names import on_main_path
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.layers import batchnorms, layers


@pytest.mark.parametrize(("depth", "residual"), [(20, True), (20, False), (34, True), (50, True)])
def test_the_main_path_has_as_many_layers_as_the_depth_says(depth, residual):
    names = list(layers(ResNet(depth, residual, "B", 2)))
    assert len([name for name in names if on_main_path(name)]) == depth
    assert (names[0], names[-1]) == ("conv1", "fc")


def test_each_convolution_has_the_batchnorm_that_follows_it():
    network = ResNet(18, shortcut="B")
    found = {
        layer: name for layer, norm in batchnorms(network).items() for name, m in network.named_modules() if m is norm
    }
    assert found.keys() == layers(network).keys() - {"fc"}
    assert found["conv1"] == "bn1"
    assert found["layer2.0.conv2"] == "layer2.0.bn2"
    assert found["layer2.0.downsample.0"] == "layer2.0.downsample.1"


def test_names_are_those_in_the_network():
    assert list(layers(nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.BatchNorm2d(1)))) == ["0"]
