"""Shortcuts of the rungs between the plain and the residual network; none of them has parameters."""

from collections.abc import Callable

from torch import Tensor, nn

from resnet_lab.model.rung import Rung, ShortcutGradient

BuildShortcut = Callable[[int, int, int], nn.Module]
"""Builds the shortcut of one block from ``in_channels, channels, stride``."""


class PartialShortcut(nn.Module):
    """Shortcut that gives a block a part of what ``shortcut`` gives it: w s(x), or only its value or its gradient.

    ========================  ==============================  ==========================================
    ``gradient``              output                          the block's sum has
    ========================  ==============================  ==========================================
    ``both``                  w s(x)                          the value and the gradient of the shortcut
    ``stop_gradient``         w s(x).detach()                 its value only
    ``straight_through``      w (s(x) - s(x).detach()) = 0    its gradient only
    ========================  ==============================  ==========================================

    ``straight_through`` is the estimator of Bengio et al. 2013 (arXiv:1308.3432, section 4).

    Args:
        shortcut: Shortcut s, from ``(B, C, H, W)`` to the shape of the block's output.
        weight: Weight w.
        gradient: Key ``shortcut_gradient`` of the rung.
    """

    def __init__(self, shortcut: nn.Module, weight: float, gradient: ShortcutGradient) -> None:
        super().__init__()
        self.shortcut = shortcut
        self.weight = weight
        self.gradient = gradient

    @property
    def has_value(self) -> bool:
        """Whether the output can differ from 0."""
        return self.gradient != "straight_through"

    def forward(self, x: Tensor) -> Tensor:
        """Return the term that the block adds to F(x)."""
        around: Tensor = self.shortcut(x)
        if self.gradient == "stop_gradient":
            around = around.detach()
        elif self.gradient == "straight_through":
            around = around - around.detach()
        return around if self.weight == 1 else self.weight * around


class SpanOneBlock(nn.Module):
    """Two 3x3 convolutions, each with a shortcut of its own: the layers and parameters of ``BasicBlock``.

    The output is relu(BN2(conv2 h) + h) with h = relu(BN1(conv1 x) + s(x)). BatchNorm and an identity are linear in
    evaluation mode, so the block is then a plain chain of two 3x3 convolutions with bias.
    """

    expansion = 1
    branch_ends = ("bn1", "bn2")

    def __init__(self, in_channels: int, width: int, stride: int, shortcut: BuildShortcut | None) -> None:
        assert shortcut is not None, "a rung without a shortcut has the span 2"
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = shortcut(in_channels, width, stride)
        self.second_shortcut = shortcut(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(B, in_channels, H, W)`` to ``(B, width, H', W')``."""
        x = self.relu(self.bn1(self.conv1(x)) + self.downsample(x))
        return self.relu(self.bn2(self.conv2(x)) + self.second_shortcut(x))


def shortcut_of_rung(build: BuildShortcut, rung: Rung) -> BuildShortcut | None:
    """Return the builder of a rung's shortcuts; None if its weight is 0, which is the plain net."""
    weight, gradient = rung.shortcut_weight, rung.shortcut_gradient
    if weight == 0:
        return None
    if (weight, gradient) == (1, "both"):
        return build
    return lambda *shape: PartialShortcut(build(*shape), weight, gradient)
