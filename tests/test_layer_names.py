"""Projections on shortcuts are told from the layers that the depth of a network counts."""

import pytest

from resnet_lab.layer_names import on_main_path


@pytest.mark.parametrize("layer", ["conv1", "layer1.0.conv2", "fc"])
def test_layers_on_the_main_path(layer):
    assert on_main_path(layer)


@pytest.mark.parametrize("layer", ["layer2.0.downsample.0", "layer2.0.downsample"])
def test_layers_on_a_shortcut(layer):
    assert not on_main_path(layer)
