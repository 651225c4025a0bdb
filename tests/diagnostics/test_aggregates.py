"""The network as the median of its layers."""

import torch

from resnet_lab.diagnostics.aggregates import ALL, as_floats, with_median


def test_a_projection_has_a_value_and_is_left_out_of_the_median():
    values = {"conv1": 1.0, "layer1.0.conv1": 2.0, "layer1.0.downsample.0": 50.0, "fc": 4.0, "layer1.0.conv2": 9.0}
    assert with_median({layer: torch.tensor(value) for layer, value in values.items()}) == {**values, ALL: 3.0}
    assert with_median({}) == {} == as_floats({})
