"""A network as a sequence: its stem, its blocks in order, its head; and a block as its branch and its shortcut."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.layer_names import on_main_path
from resnet_lab.model.backbone import BasicBlock, Bottleneck, ResNet
from resnet_lab.model.layers import layers

Block = BasicBlock | Bottleneck


def stem(net: ResNet, images: Tensor) -> Tensor:
    """Map images ``(B, 3, H, W)`` to what the first block gets ``(B, C, H', W')``; it is nowhere negative."""
    return net.maxpool(net.relu(net.bn1(net.conv1(images))))


def blocks(net: ResNet) -> dict[str, Block]:
    """Return the blocks by their names, ``layer1.0`` and so on, in the order of the forward pass."""
    stages = ("layer1", "layer2", "layer3", "layer4")
    return {f"{stage}.{n}": block for stage in stages for n, block in getattr(net, stage).named_children()}


def head(net: ResNet, features: Tensor) -> Tensor:
    """Map what the last block gives ``(B, C, H, W)`` to logits ``(B, K)``."""
    return net.fc(torch.flatten(net.avgpool(features), 1))


def keeps_shape(block: Block) -> bool:
    """Say whether a block gives what it gets: as many channels, as many pixels."""
    first, *_, last = convolutions = [m for m in block.children() if isinstance(m, nn.Conv2d)]
    return first.in_channels == last.out_channels and all(conv.stride == (1, 1) for conv in convolutions)


def branch(block: Block, x: Tensor) -> Tensor:
    """Return F(x): what the block computes before the addition and the last ReLU."""
    last = 3 if isinstance(block, Bottleneck) else 2
    for n in range(1, last + 1):
        x = getattr(block, f"bn{n}")(getattr(block, f"conv{n}")(x))
        if n < last:
            x = F.relu(x)
    return x


def without_branch(block: Block, x: Tensor) -> Tensor:
    """Return what is left of a block without its branch: its shortcut and the last ReLU.

    A block of a plain net has no shortcut: it becomes the identity, which is possible where it keeps the shape.
    """
    if block.downsample is not None:
        return F.relu(block.downsample(x))
    assert keeps_shape(block), "a plain block that changes the shape cannot be removed"
    return x


def weighted_layers(net: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return convolutions and linear layers by their names, in the order of the forward pass.

    Projections of shortcuts are left out: they stand beside the path of weighted layers that gives a net its depth.
    """
    return {name: layer for name, layer in layers(net).items() if on_main_path(name)}
