"""Shares of kinds of operations: from names by hand, and of a real step, where they sum to one."""

import pytest
import torch
from torch import nn

from resnet_lab.speed.breakdown import convolution_share, profiled, shares_by_kind


def test_operations_are_sorted_by_name():
    shares = shares_by_kind(
        [
            ("aten::convolution_backward", 40.0),
            ("aten::mkldnn_convolution", 20.0),
            ("aten::native_batch_norm_backward", 6.0),
            ("aten::native_batch_norm", 4.0),
            ("aten::threshold_backward", 5.0),
            ("aten::relu_", 3.0),
            ("aten::add_", 2.0),
            ("aten::max_pool2d_with_indices", 1.0),
            ("aten::_to_copy", 1.0),
            ("aten::_fused_adamw_", 8.0),
            ("aten::empty", 10.0),
        ]
    )
    assert shares == pytest.approx(
        {
            "convolution, backward": 0.4,
            "convolution, forward": 0.2,
            "BatchNorm": 0.1,
            "rest": 0.1,
            "ReLU": 0.08,
            "optimizer": 0.08,
            "additions": 0.02,
            "pooling": 0.01,
            "casts and copies": 0.01,
        }
    )
    assert next(iter(shares)) == "convolution, backward"
    assert convolution_share(shares) == pytest.approx(0.6)


def test_a_step_that_convolves_is_mostly_convolution():
    net, images = nn.Conv2d(3, 64, 7), torch.ones(4, 3, 96, 96)
    operations = profiled(lambda: net(images).sum().backward(), torch.device("cpu"))
    shares = shares_by_kind(operations)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert {"convolution, forward", "convolution, backward"} <= shares.keys()
    assert convolution_share(shares) > 0.5
