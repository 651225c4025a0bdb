"""Floating-point operations of a training step, counted from the shapes of the network."""

import copy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def training_flops(backbone: nn.Module, image_size: int) -> int:
    """Count the operations of a training step for one image: forward, gradients of inputs, gradients of weights.

    A multiplication and an addition count as two operations. Only convolutions and matrix products count. The first
    layer has no gradient of its input. No tensor is computed.

    Args:
        backbone: Network for images ``(B, 3, image_size, image_size)``.
        image_size: Side of the images in pixels.

    >>> from resnet_lab.model.backbone import ResNet
    >>> 3.6e9 < training_flops(ResNet(34), 224) / 6 < 3.7e9  # He et al. 2015, Table 1: 3.6e9 multiply-adds forward
    True
    """
    shadow = copy.deepcopy(backbone).to("meta").train()
    with FlopCounterMode(display=False) as counter:
        # Two images, since BatchNorm needs more than one value per channel.
        shadow(torch.empty(2, 3, image_size, image_size, device="meta")).sum().backward()
    return int(counter.get_total_flops()) // 2
