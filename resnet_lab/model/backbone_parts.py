"""Parts of a network: stem, blocks in order and head; and what remains of a block without its branches."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.layer_names import on_main_path
from resnet_lab.model.backbone import BasicBlock, Bottleneck, ResNet
from resnet_lab.model.layers import layers
from resnet_lab.model.shortcuts import PartialShortcut, SpanOneBlock

Block = BasicBlock | Bottleneck | SpanOneBlock


def stem(net: ResNet, images: Tensor) -> Tensor:
    """Map images ``(B, 3, H, W)`` to the input of the first block ``(B, C, H', W')``, which is nowhere negative."""
    return net.maxpool(net.relu(net.bn1(net.conv1(images))))


def blocks(net: ResNet) -> dict[str, Block]:
    """Return the blocks by name, such as ``layer1.0``, in the order of the forward pass."""
    stages = ("layer1", "layer2", "layer3", "layer4")
    return {f"{stage}.{n}": block for stage in stages for n, block in getattr(net, stage).named_children()}


def head(net: ResNet, features: Tensor) -> Tensor:
    """Map the output of the last block ``(B, C, H, W)`` to logits ``(B, K)``."""
    return net.fc(torch.flatten(net.avgpool(features), 1))


def keeps_shape(block: Block) -> bool:
    """Return whether the output of a block has the channels and pixels of its input."""
    first, *_, last = convolutions = [m for m in block.children() if isinstance(m, nn.Conv2d)]
    return first.in_channels == last.out_channels and all(conv.stride == (1, 1) for conv in convolutions)


def shortcuts(block: Block) -> list[nn.Module]:
    """Return the shortcuts of a block whose value reaches its output: one, two with span 1, and none in a plain net.

    The shortcut of ``straight_through`` has the value 0 and only carries a gradient. For what a trained network
    computes, its block is that of a plain net.
    """
    present = [block.downsample, block.second_shortcut] if isinstance(block, SpanOneBlock) else [block.downsample]
    return [
        shortcut
        for shortcut in present
        if shortcut is not None and not (isinstance(shortcut, PartialShortcut) and not shortcut.has_value)
    ]


def without_branch(block: Block, x: Tensor) -> Tensor:
    """Return the output of a block without its branch: of its shortcut, with its weight, and the ReLU after the sum.

    A block of span 1 loses both of its branches. A block without the value of a shortcut (:func:`shortcuts`) becomes
    the identity, which requires that it keeps the shape.
    """
    if remaining := shortcuts(block):
        for shortcut in remaining:
            x = F.relu(shortcut(x))
        return x
    assert keeps_shape(block), "a plain block that changes the shape cannot be removed"
    return x


def weighted_layers(net: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return convolutions and linear layers by name, in the order of the forward pass.

    Projections on shortcuts are left out, as the depth of a network does not count them.
    """
    return {name: layer for name, layer in layers(net).items() if on_main_path(name)}
