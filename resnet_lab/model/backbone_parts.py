"""Parts of a network: stem, blocks in order and head; parts of a block: branch and shortcut."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.layer_names import on_main_path
from resnet_lab.model.backbone import BasicBlock, Bottleneck, ResNet
from resnet_lab.model.layers import layers

Block = BasicBlock | Bottleneck


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


def branch(block: Block, x: Tensor) -> Tensor:
    """Return F(x): the output of a block before the addition and the last ReLU."""
    last = 3 if isinstance(block, Bottleneck) else 2
    for n in range(1, last + 1):
        x = getattr(block, f"bn{n}")(getattr(block, f"conv{n}")(x))
        if n < last:
            x = F.relu(x)
    return x


def without_branch(block: Block, x: Tensor) -> Tensor:
    """Return the output of a block without its branch: of its shortcut and the last ReLU.

    A block of a plain network has no shortcut and becomes the identity, which requires that it keeps the shape.
    """
    if block.downsample is not None:
        return F.relu(block.downsample(x))
    assert keeps_shape(block), "a plain block that changes the shape cannot be removed"
    return x


def weighted_layers(net: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return convolutions and linear layers by name, in the order of the forward pass.

    Projections on shortcuts are left out, as the depth of a network does not count them.
    """
    return {name: layer for name, layer in layers(net).items() if on_main_path(name)}
