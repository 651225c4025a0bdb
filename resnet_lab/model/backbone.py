"""Residual networks of He et al. 2015 (arXiv:1512.03385) and their exact plain twins.

Shapes in the comments: B batch, C channels, H W pixels; sizes are those of depth 34 at 224 pixels
(Table 1 of the paper). Attribute names are torchvision's, so that weights can be exchanged.
"""

from functools import partial
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.config.ranges import BOTTLENECK_DEPTHS, check_depth
from resnet_lab.errors import InputError
from resnet_lab.model.initialization import initialize
from resnet_lab.model.rung import Rung
from resnet_lab.model.shortcuts import BuildShortcut, SpanOneBlock, shortcut_of_rung

_IMAGENET_BLOCKS = {  # Table 1: blocks in each of the four stages
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


class ZeroPadShortcut(nn.Module):
    """Option A: subsample, and fill the new channels with zeros (He et al. 2015, section 3.3).

    ``(B, in_channels, H, W)`` becomes ``(B, channels, ceil(H / stride), ceil(W / stride))``; no parameters.
    """

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels = channels - in_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """Identity where channels and pixels allow, zeros elsewhere."""
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


def _projection(in_channels: int, channels: int, stride: int) -> nn.Module:
    """Build a 1x1 convolution with BatchNorm (He et al. 2015, eq. 2)."""
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, 1, stride=stride, bias=False),
        nn.BatchNorm2d(channels),
    )


Shortcut = Literal["A", "B", "C"]  # Table 3; the command line takes its choices from here
_SHORTCUTS: dict[Shortcut, tuple[BuildShortcut, BuildShortcut]] = {
    "A": (nn.Identity, ZeroPadShortcut),
    "B": (nn.Identity, _projection),
    "C": (_projection, _projection),
}
"""Table 3 of the paper: the shortcut of a block that keeps the shape, and of a block that changes it.

Each is built from ``in_channels, channels, stride``.
"""


def _shortcut(option: Shortcut, in_channels: int, channels: int, stride: int) -> nn.Module:
    """Build the shortcut of one block."""
    same, changed = _SHORTCUTS[option]
    build = same if stride == 1 and in_channels == channels else changed
    return build(in_channels, channels, stride)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions (Fig. 5, left): ``(B, in_channels, H, W)`` to ``(B, width, H', W')``.

    Without ``shortcut`` it is the block of the plain twin: two stacked layers, with the last ReLU.
    """

    expansion = 1
    branch_ends = ("bn2",)

    def __init__(self, in_channels: int, width: int, stride: int, shortcut: BuildShortcut | None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(in_channels, width, stride) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        """F(x) + x, or F(x) in a plain net, then ReLU (eq. 1)."""
        out = self.relu(self.bn1(self.conv1(x)))

        out = self.bn2(self.conv2(out))

        if self.downsample is not None:
            out += self.downsample(x)
        return self.relu(out)


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions (Fig. 5, right): ``(B, in_channels, H, W)`` to ``(B, 4 width, H', W')``.

    The stride sits in the 3x3 convolution, as in torchvision; the paper has it in the first 1x1.
    """

    expansion = 4
    branch_ends = ("bn3",)

    def __init__(self, in_channels: int, width: int, stride: int, shortcut: BuildShortcut | None) -> None:
        super().__init__()
        channels = width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(in_channels, channels, stride) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        """F(x) + x, or F(x) in a plain net, then ReLU (eq. 1)."""
        out = self.relu(self.bn1(self.conv1(x)))

        out = self.relu(self.bn2(self.conv2(out)))

        out = self.bn3(self.conv3(out))

        if self.downsample is not None:
            out += self.downsample(x)
        return self.relu(out)


def _stage(
    block: type[BasicBlock | Bottleneck | SpanOneBlock],
    in_channels: int,
    width: int,
    count: int,
    stride: int,
    shortcut: BuildShortcut | None,
) -> nn.Sequential:
    """Stack ``count`` blocks; the first takes the stride and the change of channels."""
    first = [block(in_channels, width, stride, shortcut)] if count else []
    rest = [block(width * block.expansion, width, 1, shortcut) for _ in range(count - 1)]
    return nn.Sequential(*first, *rest)


def check_architecture(depth: int, residual: bool, shortcut: str, rung: Rung) -> None:
    """Refuse a network that cannot exist; the arguments are those of :class:`ResNet`.

    Raises:
        InputError: An unknown depth or shortcut, or a rung that the network cannot have.
    """
    check_depth(depth)
    if shortcut not in _SHORTCUTS:
        options = ", ".join(_SHORTCUTS)
        raise InputError(f"shortcut {shortcut!r} is not known; choose one of {options} (He et al. 2015, Table 3).")
    rung.check(residual=residual, shortcut=shortcut, bottlenecks=depth in BOTTLENECK_DEPTHS)


class ResNet(nn.Module):
    """A residual network, or with ``residual=False`` its plain twin: the same layers, no shortcut.

    One draw from torch's default generator decides all initial weights. After ``torch.manual_seed(s)``, twins are
    bit-equal in every layer that both have.

    Args:
        depth: Number of weighted layers. 18, 34, 50, 101, 152 have the stem for 224 pixels (section 3.4); every other
            6n+2 from 8 to 1202 has the 3x3 stem of the CIFAR networks (section 4.2: 20, 32, 44, 56, 110, 1202).
        residual: Whether there are shortcuts.
        shortcut: Option of Table 3, without effect in a plain network. A: identity, with zeros for new channels
            (no parameters). B: projections where the shape changes (the network of torchvision). C: only projections.
        num_classes: Number of outputs K.
        rung: Keys of a :class:`~resnet_lab.model.rung.Rung`, none of them in the paper.

    Raises:
        InputError: The network cannot exist (:func:`check_architecture`).
    """

    def __init__(
        self,
        depth: int = 34,
        residual: bool = True,
        shortcut: Shortcut = "B",
        num_classes: int = 1000,
        **rung: Any,
    ) -> None:
        super().__init__()
        self.rung = Rung(**rung)
        check_architecture(depth, residual, shortcut, self.rung)
        seed = int(torch.randint(2**63 - 1, (), device="cpu"))

        if depth in _IMAGENET_BLOCKS:
            width = 64
            self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
            self.maxpool: nn.Module = nn.MaxPool2d(3, stride=2, padding=1)
            stages = _IMAGENET_BLOCKS[depth]
        else:
            width = 16
            self.conv1 = nn.Conv2d(3, width, 3, padding=1, bias=False)
            self.maxpool = nn.Identity()
            stages = ((depth - 2) // 6,) * 3 + (0,)  # three stages; the empty fourth is the identity
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

        option = shortcut_of_rung(partial(_shortcut, shortcut), self.rung) if residual else None
        two_layers = SpanOneBlock if self.rung.shortcut_span == 1 else BasicBlock
        block = Bottleneck if depth in BOTTLENECK_DEPTHS else two_layers
        out = block.expansion
        self.layer1 = _stage(block, width, width, stages[0], 1, option)
        self.layer2 = _stage(block, width * out, width * 2, stages[1], 2, option)
        self.layer3 = _stage(block, width * 2 * out, width * 4, stages[2], 2, option)
        self.layer4 = _stage(block, width * 4 * out, width * 8, stages[3], 2, option)

        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width * (8 if stages[3] else 4) * out, num_classes)
        initialize(self, self.rung, torch.Generator(self.fc.weight.device).manual_seed(seed))

    def forward(self, x: Tensor) -> Tensor:
        """Map images ``(B, 3, H, W)`` to logits ``(B, num_classes)``."""
        x = self.relu(self.bn1(self.conv1(x)))  # (B, 64, 112, 112)
        x = self.maxpool(x)  # (B, 64, 56, 56)
        x = self.layer1(x)  # (B, 64, 56, 56)
        x = self.layer2(x)  # (B, 128, 28, 28)
        x = self.layer3(x)  # (B, 256, 14, 14)
        x = self.layer4(x)  # (B, 512, 7, 7)
        x = torch.flatten(self.avgpool(x), 1)  # (B, 512)
        return self.fc(x)
